from odoo import models


class ReverseInspection(models.Model):
    """What a corrected inspection means for goods that are gone, and for credits."""

    _inherit = "reverse.inspection"

    def action_complete(self):
        self._check_duty("inspector")
        self._review_credits()
        return super().action_complete()

    def _review_credits(self):
        """A credit that was released on other findings is looked at by a person."""
        changed = self.filtered(
            lambda part: (
                part.supersedes_id.disposition_id.is_final
                and part.disposition_id.credit != "none"
                and part._has_other_findings()
                and "released" in part._get_live_settlement_lines().mapped("state")
            )
        )
        waiting = changed.rma_id._get_open_exceptions().filtered(
            lambda e: e.type == "credit_review"
        )
        self.env["reverse.exception"]._raise_for(
            changed.line_id - waiting.line_id, "credit_review"
        )

    def _get_latest(self):
        """The completed inspections that hold for these goods now."""
        return self.line_id.inspection_ids.filtered(
            lambda part: part.state == "done" and part._get_lineage() & self
        )

    def _get_lineage(self):
        """This inspection and those it supersedes."""
        parts = self
        while earlier := parts.supersedes_id - parts:
            parts |= earlier
        return parts

    def _has_other_findings(self):
        self.ensure_one()
        earlier = self.supersedes_id
        return any(
            self[name] != earlier[name]
            for name in ("condition_id", "disposition_id", "liability")
        )

    def _dispose(self):
        gone = self.filtered("goods_gone")
        if gone:
            gone._guarded_write({"disposed": True})
            gone._note_put_away()
        present = self - gone
        return super(ReverseInspection, present)._dispose() if present else None

    def _get_put_away(self):
        if self.goods_gone:
            return self.quantity if self.disposed else 0.0
        return super()._get_put_away()
