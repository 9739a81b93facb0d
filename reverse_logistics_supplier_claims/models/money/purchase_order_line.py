from odoo import models
from odoo.fields import Domain

from ...engine import amounts
from ...engine.bills import Ledger


class PurchaseOrderLine(models.Model):
    """Bills of a purchase, and how many of them can still be claimed."""

    _name = "purchase.order.line"
    _inherit = ["purchase.order.line", "reverse.computed.mixin"]
    _reverse_computed = frozenset(
        {
            "company_id",
            "partner_id",
            "price_subtotal",
            "price_tax",
            "price_total",
            "product_uom_qty",
            "qty_invoiced",
            "qty_received_method",
            "qty_to_invoice",
        }
    )

    def _get_reverse_unit_price(self):
        """Give what one unit of the product was bought at, before tax."""
        self.ensure_one()
        bought = self.product_uom_id._compute_quantity(
            self.product_qty, self.product_id.uom_id, round=False
        )
        return self.price_subtotal / (bought or 1.0)

    def _get_reverse_shown_ratio(self):
        """Give what the order shows for one of its net amount, as its bill would."""
        if not self.price_subtotal:
            return 1.0
        shown = self.price_unit * (1 - self.discount / 100) * self.product_qty
        return shown / self.price_subtotal

    def _get_reverse_price_day(self):
        """Give the day of whose rate the price is."""
        self.ensure_one()
        return self.company_id._to_reverse_day(self.order_id.date_order)

    def _read_reverse_bills(self, apart_from=()):
        """Read how many each bill asked for that nobody credited or claimed.

        A credit note that names no bill lowers the oldest one.

        :param apart_from: lines of claims that are about to be entered anew
        :rtype: engine.bills.Ledger
        """
        bill_lines = self._find_reverse_bill_lines()
        left = {aml: aml._get_reverse_billed_quantity() for aml in bill_lines}
        claimed = self._find_reverse_claimed_bills(apart_from)
        for part in claimed:
            if part.bill_line_id in left:
                left[part.bill_line_id] -= part.quantity
        credits = bill_lines.browse()
        if bill_lines:
            credits = bill_lines.purchase_line_id._find_reverse_unclaimed(drafts=True)
        for credit in credits:
            lowered = bill_lines & bill_lines._get_reverse_credited(credit)
            rooms = {aml: left[aml] for aml in lowered}
            credited = amounts.fill(credit._get_reverse_billed_quantity(), rooms)
            for bill_line, quantity in credited.items():
                left[bill_line] -= quantity
        return Ledger(
            {
                purchase.id: {aml: left[aml] for aml in own}
                for purchase, own in bill_lines.grouped("purchase_line_id").items()
            },
            claimed._sum_rounded(),
        )

    def _find_reverse_claimed_bills(self, apart_from=()):
        """Find what is claimed of these purchases, of each of their bills."""
        # sudo: buyers and accountants see sums of claims that they need not read
        return (
            self.env["reverse.supplier.claim.bill"]
            .sudo()
            .search_fetch(
                [
                    ("line_id.purchase_line_id", "in", self.ids),
                    ("line_id.state", "!=", "cancelled"),
                    ("line_id", "not in", [line.id for line in apart_from]),
                ],
                ["line_id", "bill_line_id", "quantity", "unit_cost"],
            )
        )

    def _bill_reverse_claimed(self):
        """Name the bill of goods that were claimed before anybody had billed them.

        From then on, what is recovered of them counts against that bill, and the credit
        note over them is reconciled with it.
        """
        unbilled = self.env["reverse.supplier.claim.bill"]._find_unbilled(self)
        purchases = unbilled.line_id.purchase_line_id
        bills = purchases._find_reverse_bill_lines()
        if not bills:
            return
        # Of two users at once, the second finds what the first left of the bill.
        bills.move_id._reverse_touch()
        taken = unbilled._take_bills(purchases._read_reverse_bills())
        taken.line_id.refund_line_ids.move_id._reconcile_reverse_late_bills()

    def _find_reverse_bill_lines(self):
        """Find the lines of their posted bills, the oldest first."""
        # sudo: books of every user count
        bill_lines = self.sudo().invoice_lines.filtered(
            lambda aml: (
                aml.parent_state == "posted" and aml.move_id.move_type == "in_invoice"
            )
        )
        return bill_lines.sorted(lambda aml: (aml.date, aml.id))

    def _find_reverse_unclaimed(self, drafts=False):
        """Find posted credit notes over these purchases that are on no claim.

        :param bool drafts: also those that wait to be posted since consigned goods came
            back
        """
        counted = Domain("parent_state", "=", "posted")
        if drafts:
            counted |= Domain("parent_state", "=", "draft") & Domain(
                "reverse_consigned_id", "!=", False
            )
        # sudo: books of every user count
        return (
            self.env["account.move.line"]
            .sudo()
            .search(
                counted
                & Domain(
                    [
                        ("move_id.move_type", "=", "in_refund"),
                        ("purchase_line_id", "in", self.ids),
                        ("reverse_claim_line_id", "=", False),
                    ]
                ),
                order="date, id",
            )
        )

    def _get_reverse_unbilled(self):
        """Sum what is recovered of goods without a bill, and what may be at most.

        What is bought and not billed limits it, at the price of the purchase. A credit
        note without a claim lowers the bills, and what was bought where there is none.

        :return: ``{order line: (recovered, most)}``, before tax, in its currency
        """
        unbilled = self.env["reverse.supplier.claim.bill"]._find_unbilled(self)
        by_line = unbilled.grouped("line_id")
        recovered = dict.fromkeys(self, 0.0)
        claimed = dict.fromkeys(self, 0.0)
        for line, parts in by_line.items():
            purchase, came = line.purchase_line_id, line._get_recovered_by_bill()
            claimed[purchase] += sum(parts.mapped("quantity"))
            recovered[purchase] += line.currency_id._convert(
                sum(came[part] for part in parts),
                purchase.currency_id,
                line.company_id,
                purchase._get_reverse_price_day(),
            )
        never = self.filtered(lambda line: not line._find_reverse_bill_lines())
        for credit in never._find_reverse_unclaimed():
            purchase = credit.purchase_line_id
            recovered[purchase] += credit.currency_id._convert(
                credit.price_subtotal,
                purchase.currency_id,
                purchase.company_id,
                credit.date,
            )
        most = {}
        for line in self:
            bought = max(line.product_qty, line.reverse_qty_received)
            open_quantity = line.product_uom_id._compute_quantity(
                bought - line.reverse_qty_billed, line.product_id.uom_id, round=False
            )
            quantity = max(claimed[line], open_quantity)
            most[line] = quantity * line._get_reverse_unit_price()
        return {line: (recovered[line], most[line]) for line in self}
