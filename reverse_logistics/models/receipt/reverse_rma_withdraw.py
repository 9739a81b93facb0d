from odoo import models
from odoo.exceptions import UserError

from ...engine import transitions
from ..inspection.reverse_inspection_again import FINDINGS


class ReverseRma(models.Model):
    """Returns withdrawn when some of the goods are here already."""

    _inherit = "reverse.rma"

    def _has_begun(self):
        """Whether goods have come in, or were left to the customer."""
        self.ensure_one()
        return any(line.qty_received or line.qty_kept for line in self.line_ids)

    def _withdraw(self):
        """Stop waiting for goods, send back what is here and not settled, credit no
        more. What is settled stays: it is undone by correcting it.
        """
        for rma in self:
            rma._check_withdraw()
        lines = self.line_ids.filtered(
            lambda line: line.uom_id.compare(line._get_expected_quantity(), 0) > 0
        )
        parts = self.inspection_ids._get_withdrawable()
        self._guarded_write({"settlement_type": "none"})
        self._withdraw_settlements()
        drafts = self.inspection_ids.filtered(lambda part: part.state == "draft")
        drafts.filtered("not_inspected")._transition(transitions.INSPECTION, "cancel")
        drafts = drafts.filtered("receipt_move_id") | parts._look_again(FINDINGS)
        disposition = self.env.ref("reverse_logistics.disposition_customer")
        drafts._guarded_write({"disposition_id": disposition.id})
        self.env["reverse.event"]._log(
            self, "ReturnWithdrawn", lambda rma: {"lines": rma.line_ids._event_data()}
        )
        if lines:
            lines._close_short(
                {line: line._get_expected_quantity() for line in lines}, "withdrawn"
            )
        self._update_progress()

    def _withdraw_settlements(self):
        pending = self.settlement_ids.filtered(
            lambda s: s.state in ("draft", "submitted", "approved")
        )
        pending._transition(transitions.SETTLEMENT, "cancel")
        pending._log_step("CreditDenied")
        pending.line_ids.inspection_id._set_denied(True)

    def _check_withdraw(self):
        """Say why nothing of the return can be withdrawn any more, if nothing can."""
        waiting = any(
            line.uom_id.compare(line._get_expected_quantity(), 0) > 0
            for line in self.line_ids
        )
        drafts = self.inspection_ids.filtered(lambda part: part.state == "draft")
        parts = self.inspection_ids._get_withdrawable()
        pending = self.settlement_ids.filtered(
            lambda s: s.state in ("draft", "submitted", "approved")
        )
        if self.state != "authorized":
            raise UserError(
                self.env._(
                    "%(rma)s is %(state)s, and its goods are here: an approver "
                    "decides whether they are taken in or sent back.",
                    rma=self.display_name,
                    state=self._state_label(),
                )
                if self.state == "requested"
                else self.env._(
                    "%(rma)s is %(state)s: this step is not possible from there. "
                    "Reload the page to see where it is.",
                    rma=self.display_name,
                    state=self._state_label(),
                )
            )
        if not (waiting or drafts or parts or pending):
            raise UserError(
                self.env._(
                    "Nothing of %(rma)s can be cancelled any more: all that came in is "
                    "settled or on its way back. Correct the inspection or reverse "
                    "the settlement instead.",
                    rma=self.display_name,
                )
            )


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

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
