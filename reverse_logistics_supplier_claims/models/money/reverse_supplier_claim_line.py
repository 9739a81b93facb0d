from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import amounts


class ReverseSupplierClaimLine(models.Model):
    """What a line may recover, and pieces that come in place of its goods."""

    _inherit = "reverse.supplier.claim.line"

    replacement_move_ids = fields.One2many("stock.move", "reverse_replaced_line_id")

    # ------------------------------------------------------------------
    # Never more than was billed
    # ------------------------------------------------------------------
    def _check_bill_covers(self):
        """Refuse to recover more for goods than their bill asked for.

        What the supplier credited of that bill without any claim counts, too. Of two
        users at once, the second sees what the first one recovered.

        :raises UserError: naming the bill
        """
        # sudo: claims and books of every user count
        lines = self.sudo()
        lines.purchase_line_id._bill_reverse_claimed()
        lines._check_unbilled_covers()
        bill_lines = lines.bill_ids.bill_line_id
        bill_lines.move_id._reverse_touch()
        recovered = bill_lines._get_reverse_recovered()
        for bill_line in bill_lines:
            most = bill_line.price_subtotal
            if bill_line.currency_id.compare_amounts(recovered[bill_line], most) > 0:
                raise UserError(
                    self.env._(
                        "%(bill)s billed %(most)s for %(product)s, and %(recovered)s "
                        "would be recovered of it with all claims and credit notes. "
                        "Book what is more as something else.",
                        bill=bill_line.move_id.name,
                        most=bill_line.currency_id.format(most),
                        product=bill_line.product_id.display_name or bill_line.name,
                        recovered=bill_line.currency_id.format(recovered[bill_line]),
                    )
                )

    def _check_unbilled_covers(self):
        """Refuse to recover more for goods without a bill than they were bought at."""
        lines = self.filtered(
            lambda line: any(not one.bill_line_id for one in line.bill_ids)
        )
        # Of two users at once, the second sees what the first one recovered.
        lines.receipt_move_id._reverse_touch()
        for purchase, (
            recovered,
            most,
        ) in lines.purchase_line_id._get_reverse_unbilled().items():
            if purchase.currency_id.compare_amounts(recovered, most) > 0:
                raise UserError(
                    self.env._(
                        "%(order)s: %(product)s that nobody has billed yet was bought "
                        "at %(most)s, and %(recovered)s would be recovered of it with "
                        "all claims. Book what is more as something else.",
                        order=purchase.order_id.name,
                        product=purchase.product_id.display_name,
                        most=purchase.currency_id.format(most),
                        recovered=purchase.currency_id.format(recovered),
                    )
                )

    # ------------------------------------------------------------------
    # What each bill gives
    # ------------------------------------------------------------------
    def _get_recovered_by_bill(self):
        """Divide what came by bills: ``{reverse.supplier.claim.bill: amount}``.

        A credit note of the claim names its bill; what else came fills the oldest.
        """
        self.ensure_one()
        came = dict.fromkeys(self.bill_ids, 0.0)
        rooms = {billed: billed._get_billed() for billed in self.bill_ids}
        rest = self.amount_recovered
        for credit in self.refund_line_ids:
            amount = self._get_recovered_of(credit)
            named = self._find_named_bills(credit)
            rest -= amount if named else 0.0
            self._fill_bills(amount, named, rooms, came)
        self._fill_bills(rest, self.bill_ids, rooms, came)
        return came

    def _find_named_bills(self, credit):
        """Give the bills that a credit note is about, where it names one.

        What it credited before it was billed may have had several bills since.
        """
        named = credit.reverse_claim_bill_id
        return self.bill_ids.filtered(
            lambda billed: named and named in (billed, billed.split_from_id)
        )

    @api.model
    def _fill_bills(self, amount, bills, rooms, came=None):
        """Count an amount against bills, the oldest with room first.

        :param dict rooms: what is left of each, which is lowered
        :param dict came: what came of each, which is raised
        """
        own = {billed: rooms[billed] for billed in bills}
        for billed, part in amounts.fill(amount, own).items():
            rooms[billed] -= part
            if came is not None:
                came[billed] += part

    def _get_recovered_of(self, credit):
        """What one line of a credit note gives of this claim, in its currency."""
        return credit.currency_id._convert(
            credit.price_subtotal * credit.move_id._get_reverse_paid_share(),
            self.currency_id,
            self.company_id,
            credit.date,
        )

    def _get_uncredited_by_bill(self):
        """Divide what waits for a credit note by the bills of the goods.

        :return: ``{reverse.supplier.claim.bill: amount}``; an empty one where no bill
            is known
        """
        self.ensure_one()
        uncredited = self._get_uncredited()
        if self.currency_id.compare_amounts(uncredited, 0) <= 0:
            return {}
        if not self.bill_ids:
            return {self.bill_ids: uncredited}
        rooms = amounts.divide(
            self.amount_approved,
            {billed: billed.quantity * billed.unit_cost for billed in self.bill_ids},
            self.currency_id.round,
        )
        others = self.amount_noted + self._get_replaced_value()
        for credit in self.refund_line_ids:
            if credit.parent_state == "cancel":
                continue
            named = self._find_named_bills(credit)
            others += 0.0 if named else credit.price_subtotal
            self._fill_bills(credit.price_subtotal, named, rooms)
        self._fill_bills(others, self.bill_ids, rooms)
        due = amounts.fill(uncredited, rooms)
        return {
            billed: rounded
            for billed, amount in due.items()
            if (rounded := self.currency_id.round(amount))
        }

    # ------------------------------------------------------------------
    # Replacement
    # ------------------------------------------------------------------
    def _get_unreplaced(self):
        """What was neither replaced nor announced as a replacement."""
        self.ensure_one()
        # sudo: receipts count whoever may read them
        moves = self.sudo().replacement_move_ids.filtered(lambda m: m.state != "cancel")
        return self.quantity - sum(moves._get_reverse_parts_sum().values())

    def _get_replaced_value(self):
        """A piece that came is worth what was claimed for the piece it replaces."""
        came = self._count_replaced()
        return self.currency_id.round(self.amount_claimed * came / (self.quantity or 1))

    def _count_replaced(self):
        """Count the pieces that came instead."""
        self.ensure_one()
        moves = self.replacement_move_ids.filtered(lambda m: m.state == "done")
        return sum(moves._get_reverse_parts_sum().values())

    def _create_replacements(self):
        # sudo: duty and state are checked before; exactly what these lines wait for
        lines = self.sudo()
        groups = lines.grouped(
            lambda line: (
                line.claim_id,
                line.receipt_move_id.picking_id.picking_type_id,
                line.receipt_move_id.location_id,
            )
        )
        pickings = self._sudo_clean(self.env["stock.picking"]).create(
            [
                own._prepare_replacement(picking_type, source)
                for (_claim, picking_type, source), own in groups.items()
            ]
        )
        pickings.move_ids._action_confirm(merge=False)
        return pickings.with_env(self.env)

    def _prepare_replacement(self, picking_type, source):
        claim = self.claim_id
        goal = picking_type.default_location_dest_id
        return {
            "picking_type_id": picking_type.id,
            "partner_id": claim.partner_id.id,
            "company_id": claim.company_id.id,
            "location_id": source.id,
            "location_dest_id": goal.id,
            "origin": claim.name,
            "user_id": False,
            "move_ids": [
                Command.create(line._prepare_replacement_move(picking_type))
                for line in self
            ],
        }

    def _prepare_replacement_move(self, picking_type):
        """Against what was sent, the purchase counts it as received again.

        For goods that stayed here it names no purchase: nothing more is to be billed.
        """
        self.ensure_one()
        sent = self.move_ids.filtered(lambda m: m.state == "done")[:1]
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self._get_unreplaced(),
            "product_uom": self.uom_id.id,
            "location_id": self.receipt_move_id.location_id.id,
            "location_dest_id": picking_type.default_location_dest_id.id,
            "picking_type_id": picking_type.id,
            "warehouse_id": picking_type.warehouse_id.id,
            "company_id": self.company_id.id,
            "origin": self.claim_id.name,
            "procure_method": "make_to_stock",
            "purchase_line_id": sent.purchase_line_id.id,
            "origin_returned_move_id": sent.id,
            "to_refund": bool(sent),
            "reverse_replaced_line_id": self.id,
        }

    def _check_replaced(self):
        """Refuse more pieces than were claimed."""
        for line in self:
            if line.uom_id.compare(line._get_unreplaced(), 0) < 0:
                raise UserError(
                    self.env._(
                        "%(line)s: %(quantity)s are replaced on this claim, no more. "
                        "Receive what is more on a purchase.",
                        line=line.display_name,
                        quantity=line.uom_id._say_reverse(line.quantity),
                    )
                )
