from odoo import api, fields, models
from odoo.exceptions import UserError


class StockMove(models.Model):
    """Customers' goods that become ours: worth what was agreed, booked at once."""

    _inherit = "stock.move"

    reverse_title_id = fields.Many2one(
        "reverse.inspection",
        "Taken Over from Customer",
        index="btree_not_null",
        readonly=True,
        copy=False,
    )

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves.filtered("reverse_title_id")._check_reverse_title()
        return moves

    def write(self, vals):
        if "reverse_title_id" in vals:
            self._check_reverse_title()
        return super().write(vals)

    def _check_reverse_title(self):
        # Being superuser is not enough: defaults of a client reach such code as well.
        if self and not self.env["reverse.rma"]._in_workflow():
            raise UserError(
                self.env._("Goods of customers are taken over by their inspection.")
            )

    def _is_reverse_title(self):
        """Brings in what was a customer's."""
        self.ensure_one()
        return bool(self.reverse_title_id and self.location_id._is_outgoing())

    def _get_reverse_title_value(self, quantity):
        """What was agreed for goods that become ours."""
        # sudo: the value of goods does not depend on who asks
        part = self.sudo().reverse_title_id
        return self._is_reverse_title() and {
            "value": part.title_value,
            "quantity": quantity,
            "description": self.env._(
                "Agreed by %(user)s with %(rma)s",
                user=part.title_by_id.name,
                rma=part.rma_id.name,
            ),
        }

    def _should_create_account_move(self):
        if self._is_reverse_title():
            return (
                self.is_valued
                and self.product_id.valuation == "real_time"
                and bool(self.value)
            )
        return super()._should_create_account_move()

    def _get_account_move_line_vals(self):
        """No invoice or credit note brings this value into the books."""
        if not self._is_reverse_title():
            return super()._get_account_move_line_vals()
        accounts = self.product_id._get_product_accounts()
        name = f"{self.origin} - {self.product_id.name}"
        return [
            {
                "account_id": accounts[account].id,
                "name": name,
                "debit": self.value if account == "stock_valuation" else 0.0,
                "credit": self.value if account == "expense" else 0.0,
                "product_id": self.product_id.id,
            }
            for account in ("stock_valuation", "expense")
        ]
