from odoo import api, models
from odoo.exceptions import UserError


class ProductValue(models.Model):
    """Let Accounting say what goods are worth that were delivered or came back."""

    _inherit = "product.value"

    @api.model_create_multi
    def create(self, vals_list):
        values = super().create(vals_list)
        values._check_reverse_valued()
        return values

    def write(self, vals):
        self._check_reverse_valued()
        res = super().write(vals)
        self._check_reverse_valued()
        return res

    def unlink(self):
        self._check_reverse_valued()
        return super().unlink()

    def _check_reverse_valued(self):
        """Refuse that whoever handles goods says what they cost.

        What comes back is worth what it left with, and what is sold in bulk is compared
        with that.

        :raises UserError: for users without Accounting
        """
        # Clients never run as superuser, as Odoo does when it keeps another cost.
        if self.env.su or self.env.user.has_group("account.group_account_user"):
            return
        for move in self.move_id:
            if move._passes_reverse():
                raise UserError(
                    self.env._(
                        "%(transfer)s delivered %(product)s or took it back, and "
                        "returns go by what it cost: ask Accounting to value it.",
                        transfer=move.picking_id.name or move.display_name,
                        product=move.product_id.display_name,
                    )
                )
