from odoo import models


class ReverseRmaLine(models.Model):
    """Say which lines need an approval because their sale is not confirmed."""

    _inherit = "reverse.rma.line"

    def _lacks_confirmed_sale(self):
        """Tell whether nobody has confirmed that we sold these goods."""
        return self._get_source().lacks_confirmation(self)
