from odoo import fields, models

from odoo.addons.reverse_logistics.engine.eligibility import Legal
from odoo.addons.reverse_logistics.models.base.reverse_columns import column

RECALL = "recall"


class ReverseRmaLine(models.Model):
    """Take recalled goods back whatever policy says, free of charge."""

    _inherit = "reverse.rma.line"

    recall_line_id = fields.Many2one(
        "reverse.recall.line",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )

    recall_line_ids = fields.One2many(
        "reverse.recall.line", "rma_line_id", "Recalled Goods"
    )

    def _get_legal_rights(self, version):
        rights = super()._get_legal_rights(version)
        # sudo: what a recall named holds for everybody
        named = column(self.sudo(), "recall_line_id")
        ids = [id_ for id_, line in zip(self._ids, named, strict=True) if line]
        right = Legal(RECALL, None, freight_payer="company", unconditional=True)
        return rights | {
            line: right for line in self.browse(ids) if line._is_recalled()
        }

    def _is_recalled(self):
        """Tell whether the line asks back what a recall named, and no more of it."""
        self.ensure_one()
        # sudo: what a recall named holds for everybody
        named = self.sudo().recall_line_id
        return bool(named) and (
            named._get_source() == (self.move_id or self.historic_sale_id)
            and named.lot_id == self.lot_id
            and self.uom_id == self.product_id.uom_id
            and self.uom_id.compare(self.quantity, named.quantity) <= 0
        )

    def _get_recall_received(self, lot):
        """Give what came back of a lot, in the product's unit.

        A line that names no lot may bring several.
        """
        if not self:
            return 0.0
        if not lot or self.lot_id == lot:
            return self._in_product_uom(self.qty_received)
        # sudo: what came, whoever reads the recall
        came = self.sudo().inspection_ids.filtered(
            lambda part: (
                part.lot_id == lot
                and part.state in ("draft", "done")
                and not part.not_inspected
            )
        )
        return self._in_product_uom(sum(came.mapped("quantity")))

    def _get_recall_scrapped(self, lot):
        """Give what we destroyed of a lot that came back, in the product's unit."""
        # sudo: what became of the goods, whoever reads the recall
        gone = self.sudo().inspection_ids.filtered(
            lambda part: (
                part.state == "done"
                and part.disposed
                and part.disposition_id.location_state == "scrap"
                and (not lot or part.lot_id == lot)
            )
        )
        return self._in_product_uom(sum(gone.mapped("quantity"))) if gone else 0.0

    def _get_recall_repaired(self, lot):
        """Give what was repaired of a lot and sent back, in the product's unit."""
        # sudo: what became of the goods, whoever reads the recall
        parts = self.sudo().inspection_ids.filtered(
            lambda part: (not lot or part.lot_id == lot) and part._is_repaired()
        )
        sent = parts.move_ids.filtered(
            lambda m: m.state == "done" and m.location_dest_id._is_outgoing()
        )
        return self._in_product_uom(self._sum_moves(sent)) if sent else 0.0

    def _is_recall_repair(self, lot):
        """Tell whether all recalls that stop these goods have the customer's word that
        they are to be repaired.
        """
        self.ensure_one()
        # sudo: what the customer chose, whoever inspects
        chosen = self.sudo().recall_line_ids.filtered(
            lambda line: line.lot_id == lot and line.remedy == "repair"
        )
        return bool(chosen) and self._find_stopping(lot) <= chosen.recall_id

    def _get_recall_waiting(self):
        """Give what is still to come, in the product's unit."""
        self.ensure_one()
        requested = self.state == "requested"
        waiting = self.quantity if requested else self._get_expected_quantity()
        return max(self._in_product_uom(waiting), 0.0)

    def _find_stopping(self, lot):
        """Find the recalls that stop these goods, of whatever return they are.

        Their lot is, or they come back with a recall that was not taken back, or left
        on its days.
        """
        self.ensure_one()
        # sudo: a recall stops goods for everybody
        recalls = lot.sudo().reverse_recall_id | self.sudo().rma_id.recall_id
        found = recalls.filtered(lambda recall: recall.state != "cancelled")
        if self.product_id.id in recalls._get_products_by_day():
            day = self._get_delivered_days().get(self)
            found |= recalls._find_by_day(self.company_id, self.product_id, day)
        return found

    def _get_dangers(self):
        found = super()._get_dangers()
        phrase = self.env._("this was recalled")
        return found | {
            line: phrase
            for line in self
            if line not in found and line._find_stopping(line.lot_id)
        }

    def _is_fee_forbidden(self, verdict=None):
        code = self.decision_code if verdict is None else verdict.get("decision_code")
        return code == RECALL or super()._is_fee_forbidden(verdict)

    def _get_sentences(self):
        return super()._get_sentences() | {
            RECALL: self.env._(
                "This was recalled because it is not safe: please send it back."
            )
        }
