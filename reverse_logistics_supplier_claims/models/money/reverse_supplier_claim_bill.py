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
    split_from_id = fields.Many2one(
        "reverse.supplier.claim.bill",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        guarded=True,
        help="As which these were claimed, before they were billed in several steps.",
    )
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

    def _sum_rounded(self):
        """Sum what was claimed beyond the price, since each amount is rounded.

        What is claimed at another price was not rounded: it is another amount.

        :return: ``{bill line, or the purchase line of what has none: amount}``
        """
        rounded = {}
        for part in self:
            priced = part.bill_line_id or part.line_id.purchase_line_id
            currency = priced.currency_id
            claimed = currency.round(part.quantity * part.unit_cost)
            more = claimed - part.quantity * priced._get_reverse_unit_price()
            if abs(more) <= currency.rounding:
                rounded[priced] = rounded.get(priced, 0.0) + more
        return rounded

    def _get_billed(self):
        """What the bill asked for these, before tax, in the currency of the claim.

        Of what nobody has billed yet, what the purchase says.
        """
        self.ensure_one()
        line = self.line_id
        priced = self.bill_line_id or line.purchase_line_id
        return priced.currency_id._convert(
            self.quantity * priced._get_reverse_unit_price(),
            line.currency_id,
            line.company_id,
            priced._get_reverse_price_day(),
        )

    # ------------------------------------------------------------------
    # Billed after they were claimed
    # ------------------------------------------------------------------
    @api.model
    def _find_unbilled(self, purchases):
        """Find claimed goods of purchases that had no bill, the oldest first."""
        # sudo: claims of every user count
        return self.sudo().search(
            [
                ("bill_line_id", "=", False),
                ("quantity", ">", 0),
                ("line_id.purchase_line_id", "in", purchases.ids),
                ("line_id.state", "!=", "cancelled"),
            ]
        )

    def _take_bills(self, bills):
        """Note which bills have asked for these since they were claimed.

        :param engine.bills.Ledger bills: what is left of them
        :return: those of which a bill is known now
        """
        written, vals_list = {}, []
        for part in self:
            line = part.line_id
            first, *others = bills.take(
                line.purchase_line_id.id, part.quantity, line.uom_id.rounding
            )
            if not first[0]:
                continue
            written[part] = {"bill_line_id": first[0].id, "quantity": first[1]}
            vals_list += [
                {
                    "line_id": line.id,
                    "split_from_id": (part.split_from_id or part).id,
                    "bill_line_id": bill_line and bill_line.id,
                    "quantity": quantity,
                    "unit_cost": part.unit_cost,
                }
                for bill_line, quantity in others
            ]
        self._guarded_write_each(written)
        self._guarded_create(vals_list)
        return self.concat(*written)

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
