from odoo import api, fields, models
from odoo.exceptions import AccessError


class ResPartner(models.Model):
    """Know the charities to which goods are given."""

    _inherit = "res.partner"

    reverse_is_charity = fields.Boolean(
        "Charity",
        copy=False,
        help="Returned goods may be donated to it. Administrators of returns say so.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        # also one that a client puts into the context
        if any(partners.mapped("reverse_is_charity")):
            self._check_reverse_charity()
        return partners

    def write(self, vals):
        if vals.get("reverse_is_charity"):
            self._check_reverse_charity()
        return super().write(vals)

    @api.model
    def _check_reverse_charity(self):
        """Refuse that whoever gives goods away says who may get them."""
        administrator = "reverse_logistics.group_administrator"
        # Clients never run as superuser.
        if not (self.env.su or self.env.user.has_group(administrator)):
            raise AccessError(
                self.env._(
                    "Which contacts are charities is said by an administrator of "
                    "returns: ask one to tick “Charity”."
                )
            )
