from odoo import models
from odoo.exceptions import UserError

from ..base.reverse_inputs import checked, number, text


class ReverseInspection(models.Model):
    """Receipts that said more than had arrived, or another lot."""

    _inherit = "reverse.inspection"

    @checked(quantity=number, reason=text)
    def action_correct_receipt(self, quantity, reason=None):
        """Say how much of each of these parts really is there.

        What was entered too much goes back by a counter-move and is expected again;
        what was entered too little is simply received. Of what was credited already,
        somebody else approves that first.

        :param float quantity: really there, in the line's unit, below what was entered
        :param str reason: why, for whoever approves it
        :raises AccessError: without the role receiver
        :raises UserError: for parts that are inspected or about to be credited, or a
            quantity that is not less
        """
        self._check_duty("receiver")
        # Of two receivers at once, the second finds what the first one asked for.
        self._reverse_touch()
        self._check_correct_receipt(quantity)
        credited = self.filtered(lambda part: part._has_given())
        credited._check_correct_credited()
        # sudo: duty and state are checked; this takes back what was entered too much
        moves = self._sudo_clean(self.env["stock.move"])
        for part in self - credited:
            part._correct_receipt(moves, quantity)
        if not credited:
            return True
        changes = self.env["reverse.quantity.change"]._request(
            [part._prepare_credited_change(quantity, reason) for part in credited]
        )
        return changes._tell_asked()

    def _correct_receipt(self, moves, quantity):
        """Take back what was entered too much.

        :param moves: empty, in the environment in which the counter-move is made
        :return: the counter-move
        """
        surplus = self.line_id.uom_id.round(self.quantity - quantity)
        receipt = self.sudo().receipt_move_id  # sudo: the caller has checked the duty
        move = moves.create(
            {
                **self._prepare_counter_move(
                    receipt,
                    self.uom_id._compute_quantity(surplus, receipt.product_uom),
                ),
                "location_id": self.location_id.id,
                "sale_line_id": receipt.sale_line_id.id,
                "to_refund": receipt.to_refund,
            }
        )
        self._do_counter_move(move, self.lot_id)
        return move

    # ------------------------------------------------------------------
    # What was credited and is said not to have come
    # ------------------------------------------------------------------
    def _check_correct_credited(self):
        for part in self:
            # sudo: receivers need not read credits
            lines = part.sudo()._get_live_settlement_lines()
            pending = lines.settlement_id.filtered(
                lambda s: s.state in ("draft", "submitted", "approved")
            )
            if pending:
                raise UserError(
                    self.env._(
                        "%(part)s is about to be credited: customer service cancels "
                        "%(settlements)s first.",
                        part=part.display_name,
                        settlements=", ".join(pending.mapped("display_name")),
                    )
                )
            # sudo: whether somebody has asked for it before
            changes = self.env["reverse.quantity.change"].sudo()
            asked = changes.search(
                [("inspection_id", "=", part.id), ("state", "=", "requested")], limit=1
            )
            if asked:
                raise UserError(
                    self.env._(
                        "%(change)s waits for approval.", change=asked.display_name
                    )
                )

    def _prepare_credited_change(self, quantity, reason):
        self.ensure_one()
        receipt = self.sudo().receipt_move_id  # sudo: the receipt of these goods
        return {
            "company_id": self.company_id.id,
            "kind": "receipt",
            "product_id": self.product_id.id,
            "lot_id": self.lot_id.id,
            "owner_id": self._get_stock_owner().id,
            "location_id": self.location_id.id,
            "location_dest_id": receipt.location_id.id,
            "quantity": self.line_id._in_product_uom(self.quantity - quantity),
            "inspection_id": self.id,
            "reason": reason
            or self.env._(
                "%(rma)s: credited, and said not to have come", rma=self.rma_id.name
            ),
        }

    def _correct_credited(self, change):
        """Take back what somebody has approved; persons look at the credit then.

        :param change: the approved ``reverse.quantity.change``
        """
        self.ensure_one()
        left = self.uom_id.round(
            self.quantity - self.line_id._from_product_uom(change.quantity)
        )
        self._check_correct_receipt(left)
        line = self.line_id
        moves = self._workflow().env["stock.move"]
        move = self._correct_receipt(moves, left)
        move.reverse_quantity_change_id = change
        waiting = line.rma_id._get_open_exceptions().filtered(
            lambda e: e.type == "credit_review" and e.line_id == line
        )
        if not waiting:
            self.env["reverse.exception"]._raise_for(line, "credit_review")

    def _check_correct_receipt(self, quantity):
        for part in self:
            if part.state != "draft" or not part.receipt_move_id:
                raise UserError(
                    self.env._(
                        "%(part)s is %(state)s: correct the inspection first, then "
                        "the receipt.",
                        part=part.display_name,
                        state=part._state_label(),
                    )
                )
            if part.title_by_id:
                raise UserError(
                    self.env._(
                        "%(part)s was taken over at an agreed value, so its receipt "
                        "stays. Inspect it; what is missing is counted in stock.",
                        part=part.display_name,
                    )
                )
            if part.supersedes_id and part.location_id.reverse_state != "inspection":
                raise UserError(
                    self.env._(
                        "%(part)s lies in %(location)s: it was there when it was put "
                        "away, so its receipt was right.",
                        part=part.display_name,
                        location=part.location_id.display_name,
                    )
                )
            compare = part.uom_id.compare
            if compare(quantity, 0) < 0 or compare(quantity, part.quantity) >= 0:
                raise UserError(
                    self.env._(
                        "%(part)s: enter less than %(quantity).12g. What arrived "
                        "beyond what was entered is received on the return.",
                        part=part.display_name,
                        quantity=part.quantity,
                    )
                )

    def _get_withdrawable(self):
        """Inspected goods that are still here and nobody has got anything for."""
        return self.filtered(
            lambda part: (
                part.state == "done"
                and not part.not_inspected
                and not part.goods_gone
                and part.disposition_id.location_state not in ("customer", "scrap")
                and "released" not in part._get_live_settlement_lines().mapped("state")
            )
        )
