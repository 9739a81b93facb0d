from odoo import models

from odoo.addons.reverse_logistics.models.inspection.reverse_inspection import FINDINGS


class ReverseInspection(models.Model):
    """Inspected goods of which the supplier keeps some, and sends others back."""

    _inherit = "reverse.inspection"

    def _take_from_supplier(self):
        """Open an inspection of what came back; what the supplier keeps is as it was.

        :return: the inspection of what came back
        """
        parts = self._look_again(FINDINGS)
        kept = parts.filtered("goods_gone")
        kept._complete_as_found()
        back = parts - kept
        back._guarded_write(dict.fromkeys(FINDINGS, False))
        return back

    def _complete_as_found(self):
        """Complete these as the inspection had found them that they supersede.

        Nobody sees the goods again, so whoever inspected them has said what counts.
        """
        names = ("no_trouble_found", "inspected_by_id", "inspected_at")
        if not self:
            return
        self._guarded_write_each(
            {
                part: part._convert_to_write(
                    {name: part.supersedes_id[name] for name in names}
                )
                for part in self
            }
        )
        self._complete({})

    def _get_decider_data(self):
        """Who had inspected what a supplier keeps decided about it, no policy."""
        part = self[:1]
        earlier = part.supersedes_id
        # sudo: what came back, whoever may read claims
        if part.goods_gone and earlier.sudo()._find_back_moves():
            return {"decider": "person", "inspection": earlier.id}
        return super()._get_decider_data()

    def _find_back_moves(self):
        """Find the moves with which the supplier has sent some of these back."""
        return self._get_lineage().supplier_claim_line_ids.back_move_ids

    def _fetch_goods(self):
        """Of what the supplier keeps, more may come back in the end."""
        # sudo: exactly the transfers of these goods
        known = self.sudo()
        lines = known._get_lineage().supplier_claim_line_ids.filtered("back_move_ids")
        if lines and self._went_straight():
            return self._fetch_straight()
        if not self.goods_gone or not lines:
            return super()._fetch_goods()
        there = self.line_id._from_product_uom(
            sum(line._count_with_supplier() for line in lines)
        )
        sent = lines.move_ids.filtered(lambda m: m.state == "done")[:1]
        pieces = [
            (self.uom_id.round(self.quantity - there), sent.location_id, False),
            (min(there, self.quantity), self.location_id, True),
        ]
        return [
            {"quantity": quantity, "location_id": place.id, "goods_gone": gone}
            for quantity, place, gone in pieces
            if self.uom_id.compare(quantity, 0) > 0
        ]
