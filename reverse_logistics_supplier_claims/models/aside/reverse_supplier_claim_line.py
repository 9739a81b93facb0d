from odoo import Command, fields, models
from odoo.exceptions import UserError

from ..own.reverse_supplier_claim import Own
from ..reverse_supplier_claim_line import LIVE


class ReverseSupplierClaimLine(models.Model):
    """Own goods that were set aside for their supplier, which does not get them.

    No customer sent them back, so that no inspection decides about them: they go back
    to where they lay.
    """

    _inherit = "reverse.supplier.claim.line"

    aside_move_ids = fields.One2many("stock.move", "reverse_aside_line_id")

    def _is_own(self):
        """Whether these are goods of our own stock, which no inspection found."""
        self.ensure_one()
        return bool(
            self.kind == "goods" and self.stock_location_id and not self.inspection_id
        )

    def _filter_aside(self):
        """Give the lines whose goods lie in returns, and wait for their supplier."""
        return self.filtered(
            lambda line: (
                line._is_own()
                and line.found
                and line.stock_location_id._is_reverse()
                # sudo: where the goods are, whoever may read transfers
                and line.sudo()._get_parts_state() in ("here", "requested")
            )
        )

    def _get_origin_place(self):
        """Give where own goods lay before they were set aside, if that is known."""
        self.ensure_one()
        # sudo: exactly the transfers of these goods
        moves = self.sudo().aside_move_ids.filtered(
            lambda m: m.state == "done" and m.location_dest_id == self.stock_location_id
        )
        return moves[:1].location_id

    def _get_kept_place(self):
        """Give where own goods go that the supplier does not get.

        Nobody knows of goods that lay in returns before whether they can be sold: they
        wait for an inspection.
        """
        self.ensure_one()
        place = self.stock_location_id
        if not place._is_reverse():
            return place
        # sudo: where returns lie is configuration
        facility = place._get_reverse_place_facility().sudo()
        return self._get_origin_place() or facility._get_location("inspection")

    def _count_aside(self):
        """Count what lies there of the goods that were set aside for a line."""
        self.ensure_one()
        claim = self.claim_id
        own = Own(
            self._get_claimed(),
            self.found,
            self.receipt_move_id,
            self.stock_location_id,
            True,
        )
        mine = self.quantity if self.filtered_domain(LIVE) else 0.0
        return max(min(self.quantity, claim._get_own_free(own, mine)), 0.0)

    def _release_aside(self):
        """Put back what was set aside for lines that are cancelled or deleted.

        What is not there any more holds up neither.
        """
        lines = self._filter_aside()
        lines.filtered(lambda line: line._get_origin_place())._put_back()

    def _put_back(self):
        """Move own goods back to where they lay, as far as they are there.

        :return: ``{line: how many}``
        """
        none = self.env["stock.picking.type"]
        done = {}
        # sudo: duty and state are checked; exactly the goods of these lines
        for line in self.sudo():
            place, many = line._get_kept_place(), line._count_aside()
            if line.uom_id.is_zero(many):
                continue
            moves = line._workflow()._sudo_clean(self.env["stock.move"])
            move = moves.create(
                {
                    **line._prepare_stock_move(none, line.stock_location_id, place),
                    "product_uom_qty": many,
                    "origin": line.claim_id.name,
                    "reverse_aside_line_id": line.id,
                }
            )
            move._take_reverse_own(line.lot_id, picked=True)
            move._action_confirm(merge=False)
            move._action_done()
            line._guarded_write(
                {"stock_location_id": False, "kept_location_id": place.id}
            )
            done[line.with_env(self.env)] = many
        return done

    def _refuse_gone(self):
        self.ensure_one()
        raise UserError(
            self.env._(
                "%(goods)s: nothing of it lies in %(place)s any more, where it was set "
                "aside.",
                goods=self._get_short_name(),
                place=self.stock_location_id.display_name,
            )
        )

    def _take_own_back(self, quantity):
        """Receive own goods that the supplier did not keep, where they lay.

        :param float quantity: in the product's unit
        """
        self.ensure_one()
        # sudo: exactly the goods that were sent for this line
        line = self.sudo()
        brought = line.back_move_ids.grouped("origin_returned_move_id")
        place = line._get_kept_place()
        for sent in line.move_ids.filtered(lambda m: m.state == "done"):
            back = brought.get(sent, sent.browse())
            left = sum(sent._get_reverse_parts_sum().values())
            left -= sum(back._get_reverse_parts_sum().values())
            many = min(quantity, left)
            quantity -= many
            if not self.uom_id.is_zero(many):
                line._receive_back(sent, many, place)

    def _receive_back(self, sent, many, place):
        """Receive so many of what a transfer has sent to the supplier."""
        none = self.env["stock.picking.type"]
        source = sent.location_dest_id
        moves = self._workflow()._sudo_clean(self.env["stock.move"])
        move = moves.create(
            {
                **self._prepare_stock_move(none, source, place),
                "product_uom_qty": many,
                "purchase_line_id": sent.purchase_line_id.id,
                "origin_returned_move_id": sent.id,
                "to_refund": True,
                "origin": self.claim_id.name,
                "reverse_back_line_id": self.id,
            }
        )
        move.move_line_ids = [
            Command.create(
                {
                    "product_id": self.product_id.id,
                    "product_uom_id": self.uom_id.id,
                    "quantity": many,
                    "location_id": source.id,
                    "location_dest_id": place.id,
                    "lot_id": self.lot_id.id,
                    "company_id": self.company_id.id,
                    "picked": True,
                }
            )
        ]
        move._action_confirm(merge=False)
        move._action_done()
