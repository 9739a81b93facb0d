from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import transitions


class ReverseRma(models.Model):
    """How far a return has come, and when it is finished."""

    _inherit = "reverse.rma"

    def _update_progress(self):
        """Write the stages that follow from states and quantities, and finish what
        is.
        """
        self.line_ids._update_stage()
        for stage, rmas in self.grouped(
            lambda rma: transitions.header_stage(
                rma.state,
                rma.line_ids.mapped("stage"),
                # A shipping error is corrected in the books: nothing arrives for it.
                any(line.qty_received for line in rma.line_ids if not line.claim),
            )
        ).items():
            rmas.filtered(lambda rma, stage=stage: rma.stage != stage)._enter_stage(
                stage
            )
        # sudo: whether any is open, for whoever takes the step
        self.sudo()._get_open_exceptions()._close_gone()
        self._pass_breaches_on()
        self.filtered(
            lambda rma: (
                rma.state == "authorized"
                and rma.stage == "settled"
                and not rma._get_open_exceptions()
            )
        )._close()

    def _has_work_left(self, method):
        """What was announced, expired or cancelled otherwise needs no retry."""
        if method == "_create_receipts":
            return self.state == "authorized" and bool(self._get_unannounced_lines())
        if method == "_expire":
            return bool(self._get_expiry())
        return self.state == "authorized" and super()._has_work_left(method)

    def action_close(self):
        """Finish returns on which nothing is left to do."""
        self._check_duty("service")
        for rma in self:
            exceptions = rma._get_open_exceptions()
            if exceptions:
                message = self.env._(
                    "%(rma)s is not finished: resolve “%(exceptions)s” first.",
                    rma=rma.display_name,
                    exceptions="”, “".join(exceptions.mapped("display_name")),
                )
                raise UserError(message)
            if rma.stage != "settled":
                message = self.env._(
                    "%(rma)s is not finished: something is still to be received, "
                    "inspected, put away or settled.",
                    rma=rma.display_name,
                )
                raise UserError(message)
        self._close()
        return True

    def _close(self):
        self._transition(transitions.RMA, "close", {"closed_at": fields.Datetime.now()})
        self.env["reverse.event"]._log(self, "ReturnClosed")
