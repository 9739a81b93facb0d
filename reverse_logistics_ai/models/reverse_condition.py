from odoo import models

#: Of goods that are other ones than announced.
OTHER_GOODS = "X"


class ReverseCondition(models.Model):
    """Conditions tell whether goods can still be sold as new."""

    _inherit = "reverse.condition"

    def _is_worn(self):
        """Tell whether goods found so can no longer be sold as new.

        None where that is not said: of other goods, and without a disposition.
        """
        state = self.disposition_id.location_state
        if not state or self.code == OTHER_GOODS:
            return None
        return state != "sellable"
