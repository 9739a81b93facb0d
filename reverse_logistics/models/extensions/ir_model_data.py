from odoo import api, models
from odoo.exceptions import UserError

from ..base.reverse_guarded_mixin import is_uninstalling

#: Names of Odoo's own records by which returns know what is a delivery.
_NAMED = frozenset({("stock", "stock_location_inter_company")})


class IrModelData(models.Model):
    """Keep the names by which returns know who has which role."""

    _inherit = "ir.model.data"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_reverse_names()
        return records

    def write(self, vals):
        self._check_reverse_names()
        res = super().write(vals)
        self._check_reverse_names()
        return res

    def unlink(self):
        self._check_reverse_names()
        return super().unlink()

    def _check_reverse_names(self):
        """Refuse that a name of returns means something else from now on.

        :raises UserError: for users; addons are installed as superuser
        """
        # Clients never run as superuser.
        if self.env.su or is_uninstalling(self.env):
            return
        for name in self:
            ours = (name.module or "").startswith("reverse_logistics")
            if ours or (name.module, name.name) in _NAMED:
                raise UserError(
                    self.env._(
                        "Returns know roles, dispositions and places by external names "
                        "such as “%(name)s”, so these stay. Give the roles to users, "
                        "and change the records themselves.",
                        name=name.complete_name,
                    )
                )
