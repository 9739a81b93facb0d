from odoo import api, fields, models


class ReverseSupplierClaimBill(models.Model):
    """As many of the claimed goods as one bill asked for.

    A purchase is billed in several steps, each at its own price and tax. The claimed
    quantity is taken from the bills with quantity left, the oldest first, so that each
    bill gets a credit note of its own and never gives more than it asked for.
    """

    _name = "reverse.supplier.claim.bill"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Bill of Claimed Goods"
    _order = "id"

    line_id = fields.Many2one(
        "reverse.supplier.claim.line",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        guarded=True,
    )
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    bill_line_id = fields.Many2one(
        "account.move.line",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
        help="Empty: nobody has billed these yet.",
    )
    quantity = fields.Float(
        digits="Product Unit",
        readonly=True,
        guarded=True,
        help="In the unit of the product.",
    )
    unit_cost = fields.Float(
        min_display_digits="Product Price", readonly=True, guarded=True
    )

    @api.model
    def _check_create(self, vals_list):
        self.env["reverse.supplier.claim.line"]._refuse_guarded({"bill_ids": vals_list})

    @api.model
    def _complete_create(self, vals_list):
        """Of two users at once, the second finds what the first left of the bill."""
        bill_lines = self.env["account.move.line"].browse(
            vals["bill_line_id"] for vals in vals_list if vals.get("bill_line_id")
        )
        # sudo: only whose turn it is
        bill_lines.sudo().move_id._reverse_touch()
        return vals_list

    def _get_billed(self):
        """What the bill asked for these, before tax, in the currency of the claim."""
        self.ensure_one()
        line, bill_line = self.line_id, self.bill_line_id
        price = bill_line._get_reverse_unit_price()
        return bill_line.currency_id._convert(
            self.quantity * price, line.currency_id, line.company_id, bill_line.date
        )

    def _say(self):
        """Say how many were billed with which bill, and at which price."""
        self.ensure_one()
        line = self.line_id
        return self.env._(
            "%(bill)s: %(quantity)s × %(price)s",
            bill=self.bill_line_id.move_id.name or self.env._("Not billed yet"),
            quantity=line.uom_id._say_reverse(self.quantity),
            price=line.currency_id.format(self.unit_cost),
        )
