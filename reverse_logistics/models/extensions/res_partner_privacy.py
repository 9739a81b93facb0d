from odoo import models
from odoo.exceptions import AccessError
from odoo.fields import Domain


class ResPartner(models.Model):
    """Erasing what returns know about a customer."""

    _inherit = "res.partner"

    def _get_privacy_rmas(self):
        """Returns of these persons and their addresses, in the open companies."""
        rmas = self.env["reverse.rma"].with_context(active_test=False)
        return rmas.search(
            Domain.OR(
                Domain(name, "child_of", self.ids) for name in rmas._get_person_fields()
            )
        )

    def _reverse_erase(self):
        """Erase personal data of these customers in their returns.

        :return: the returns
        :raises AccessError: outside the role administrator
        :raises UserError: when one is under legal hold or still open
        """
        if not self.env.user.has_group("reverse_logistics.group_administrator"):
            raise AccessError(
                self.env._("Personal data in returns is erased by administrators.")
            )
        rmas = self._get_privacy_rmas()
        rmas._erase_personal_data()
        return rmas
