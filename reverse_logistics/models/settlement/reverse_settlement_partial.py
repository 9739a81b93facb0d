from odoo import fields, models

from ...engine import transitions


class ReverseSettlement(models.Model):
    """Settlements of which one credit note is gone and another one is not."""

    _inherit = "reverse.settlement"

    def _on_credit_notes_gone(self):
        res = super()._on_credit_notes_gone()
        # sudo: whoever keeps the books need not be of returns
        for settlement in self.sudo().filtered(lambda s: s.state == "released"):
            gone = settlement.credit_note_ids.filtered(
                lambda m: m._is_reverse_credit_gone()
            )
            lines = settlement.line_ids.filtered(
                lambda line, gone=gone: (
                    not line.credit_gone
                    and line.invoice_id in gone.reversed_entry_id
                    and line._is_settled_at_release()
                )
            )
            if gone and lines:
                lines._on_credit_gone()
        return res


class ReverseSettlementLine(models.Model):
    _inherit = "reverse.settlement.line"

    credit_gone = fields.Boolean(
        readonly=True,
        copy=False,
        help="The credit note of this invoice was cancelled or reversed in the books, "
        "while others of the settlement hold.",
        guarded=True,
    )

    def _is_settled_at_release(self):
        return super()._is_settled_at_release() and not self.credit_gone

    def _on_credit_gone(self):
        """Unsettle what the books took back, and let somebody settle it anew."""
        amounts = {}
        for line in self:
            changes = amounts.setdefault(line.rma_line_id, {"settled": 0.0})
            changes["settled"] -= line.quantity
        self._guarded_write({"credit_gone": True})
        self.rma_line_id._add(amounts)
        self.settlement_id._log_step("CreditCancelled")
        rma = self.settlement_id.rma_id
        rma.filtered(lambda r: r.state == "done")._transition(
            transitions.RMA, "reopen", {"closed_at": False}
        )
        waiting = rma._get_open_exceptions().mapped("type")
        if "credit_gone" not in waiting:
            self.env["reverse.exception"]._raise_for(rma, "credit_gone")
        rma._update_progress()


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _get_document_quantities(self):
        result = super()._get_document_quantities()
        for line, amounts in result.items():
            # sudo: documents of every department count
            gone = line.sudo().settlement_line_ids.filtered(
                lambda r: (
                    r.credit_gone
                    and r.settlement_id.state == "released"
                    and r.kind in ("goods", "kept")
                )
            )
            amounts["settled"] -= sum(gone.mapped("quantity"))
        return result
