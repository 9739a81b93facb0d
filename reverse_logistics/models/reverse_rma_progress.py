from odoo import models

from ..engine import transitions


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
                rma.state, rma.line_ids.mapped("stage")
            )
        ).items():
            rmas.filtered(lambda rma, stage=stage: rma.stage != stage)._enter_stage(
                stage
            )
        self.filtered(
            lambda rma: (
                rma.state == "authorized"
                and rma.stage == "settled"
                and not rma._get_open_exceptions()
            )
        )._close()
