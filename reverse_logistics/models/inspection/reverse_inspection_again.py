from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import transitions

# What a correction starts from; a second look at parked goods starts empty.
FINDINGS = ("condition_id", "disposition_id", "override_reason", "liability", "note")


class ReverseInspection(models.Model):
    """Inspections are never edited: a new one supersedes them."""

    _inherit = "reverse.inspection"

    goods_gone = fields.Boolean(
        readonly=True,
        help="The goods were sold again, sent or used up: correcting the inspection "
        "moves nothing, but what is found counts for the customer's credit.",
        guarded=True,
    )

    def action_reinspect(self):
        """Open a new inspection for goods whose disposition was not final."""
        self._check_duty("inspector")
        for part in self:
            if part.disposition_id.is_final or not part.disposed:
                raise UserError(
                    self.env._(
                        "%(part)s is at its final destination.",
                        part=part.display_name,
                    )
                )
        parts = self._look_again()
        return self.rma_id._open(parts, self.env._("Inspections"))

    def action_correct(self):
        """Replace completed inspections, whatever became of the goods since.

        What still lies where it was put is fetched back to be inspected, also from
        sellable stock. What is gone stays gone: only what is found changes.

        :raises AccessError: without the role inspector
        :raises UserError: for inspections that are not completed
        """
        self._check_duty("inspector")
        parts = self._look_again(FINDINGS)
        return self.rma_id._open(parts, self.env._("Inspections"))

    def _look_again(self, findings=()):
        """Supersede these parts; give the new ones.

        :param findings: names of fields that the new ones start with
        """
        put_away = {part: part._get_put_away() for part in self}
        self._transition(transitions.INSPECTION, "supersede")
        self._set_denied(False)
        amounts = {}
        for part in self:
            changes = amounts.setdefault(
                part.line_id, {"inspected": 0.0, "put_away": 0.0, "kept": 0.0}
            )
            changes["inspected"] -= part.quantity
            changes["put_away"] -= put_away[part]
            changes["kept"] -= part.quantity if part.not_inspected else 0.0
        self.line_id._add(amounts)
        parts = self._guarded_create(
            [
                {**part._prepare_again(findings), **piece}
                for part in self
                for piece in part._fetch_goods()
            ]
        )
        self._log_parts("InspectionSuperseded")
        self.rma_id.filtered(lambda rma: rma.state == "done")._transition(
            transitions.RMA, "reopen", {"closed_at": False}
        )
        self.rma_id._update_progress()
        return parts

    def _prepare_again(self, findings):
        self.ensure_one()
        vals = {name: self[name] for name in findings}
        return {
            **self._convert_to_write(vals),
            "line_id": self.line_id.id,
            "lot_id": self.lot_id.id,
            "receipt_move_id": self.receipt_move_id.id,
            "owner_id": self.owner_id.id,
            "supersedes_id": self.id,
        }
