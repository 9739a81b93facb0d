from odoo import api, fields, models
from odoo.exceptions import AccessError


class ResPartner(models.Model):
    """Know the charities to which goods are given."""

    _inherit = "res.partner"

    reverse_is_charity = fields.Boolean(
        "Charity",
        copy=False,
        help="Returned goods may be donated to it. Administrators of returns say so, "
        "and somebody else decides what it gets.",
    )
    # Who has said so last.
    reverse_charity_by_id = fields.Many2one(
        "res.users", copy=False, ondelete="restrict", groups=fields.NO_ACCESS
    )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        # also one that a client puts into the context
        charities = partners.filtered("reverse_is_charity")
        if charities:
            charities._check_reverse_charity()
            charities._sign_reverse_charity()
            charities._log_control("ControlCreated")
        return partners

    def write(self, vals):
        if vals.get("reverse_is_charity"):
            self._check_reverse_charity()
        # Who says it once more is not who said it first.
        named = self.filtered(lambda partner: not partner.reverse_is_charity)
        res = super().write(vals)
        if vals.get("reverse_is_charity"):
            named._sign_reverse_charity()
        return res

    def _get_deciding_fields(self):
        return super()._get_deciding_fields() | {"reverse_is_charity"}

    def _sign_reverse_charity(self):
        """Keep who says that these are charities."""
        # sudo: kept of everybody, and read by nobody
        self.sudo().write({"reverse_charity_by_id": self.env.uid})

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
