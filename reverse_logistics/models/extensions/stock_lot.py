from odoo import api, fields, models
from odoo.exceptions import UserError

from ..base.reverse_columns import differs


class StockLot(models.Model):
    """Value returned lots, and keep when their warranty begins."""

    _name = "stock.lot"
    _inherit = ["stock.lot", "reverse.origin.mixin", "reverse.word.mixin"]
    _reverse_origin_path = "lot_id"
    _reverse_words = ("reverse_warranty_from",)

    reverse_warranty_from = fields.Date(
        "Warranty Begins",
        help="When that is later than the sale, such as the day of the first use.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        lots = super().create(vals_list)
        # Where none is said, lots cost what their product does, or have no own cost.
        said = lots.filtered(
            lambda lot: lot.standard_price not in (0, lot.product_id.standard_price)
        )
        if not self.env.su:
            said._check_reverse_cost()
        return lots

    def write(self, vals):
        # Clients never run as superuser.
        if "name" in vals and not self.env.su:
            renamed = self.filtered(lambda lot: differs(lot, vals, {"name"}))
            known = renamed._find_reverse_delivered() | renamed._find_reverse_here()
            known._refuse_reverse_name()
        if "standard_price" in vals and not self.env.su:
            changed = self.filtered(lambda lot: differs(lot, vals, {"standard_price"}))
            changed.filtered("standard_price")._check_reverse_cost()
        return super().write(vals)

    def _update_standard_price(self):
        """Let Odoo write the mean cost of lots whoever receives or bills them."""
        # sudo: what Odoo computes of the goods, and nobody's word
        return super(StockLot, self.sudo())._update_standard_price()

    def _check_reverse_cost(self):
        """Refuse that whoever handles goods says what they cost.

        What comes back is worth what it left with, what is sold in bulk is compared
        with that, and shares of kits follow it: also of goods that nobody sold yet.

        :raises UserError: for users without Accounting
        """
        if self.env.user.has_group("account.group_account_user"):
            return
        for lot in self:
            raise UserError(
                self.env._(
                    "Credits and returns of %(product)s go by the cost of its lots, "
                    "such as %(lot)s: ask Accounting to change it.",
                    lot=lot.name,
                    product=lot.product_id.display_name,
                )
            )

    def _refuse_reverse_name(self):
        """Keep numbers by which goods are known: under it, others would be taken."""
        for lot in self:
            raise UserError(
                self.env._(
                    "%(lot)s of %(product)s was delivered, or lies in returns, which "
                    "go by its number: it is not changed. Note another number as its "
                    "internal reference.",
                    lot=lot.name,
                    product=lot.product_id.display_name,
                )
            )

    def _find_reverse_delivered(self):
        """Find those of these lots of which something was delivered."""
        # sudo: deliveries of everybody count
        lines = self.env["stock.move.line"].sudo()
        lines = lines.search(
            [
                ("lot_id", "in", self.ids),
                ("state", "=", "done"),
                ("location_dest_id.usage", "in", ("customer", "transit")),
            ]
        )
        left = lines.filtered(lambda line: line.location_dest_id._is_outgoing())
        return self & left.lot_id.with_env(self.env)

    def _find_reverse_here(self):
        """Find those of these lots of which something lies in returns."""
        # sudo: goods of everybody count
        quants = self.env["stock.quant"].sudo()
        quants = quants.search([("lot_id", "in", self.ids), ("quantity", "!=", 0)])
        here = quants.filtered(lambda quant: quant.location_id._is_reverse_stock())
        return self & here.lot_id.with_env(self.env)

    def _compute_value(self):
        """Count returned goods as well, which lie outside of warehouses.

        Odoo counts what lies in warehouses; the others are worth as much.
        """
        if not any(self.mapped("lot_valuated")):
            return super()._compute_value()
        places = self.env["stock.location"].search([("is_valued_internal", "=", True)])
        lots = self.with_context(
            location=places.ids, owners=[False, self.env.company.partner_id.id]
        )
        return super(StockLot, lots)._compute_value()
