from odoo import api, fields, models

from ...engine import transitions
from ..reverse_supplier_claim import DECIDING


class ReverseSupplierClaim(models.Model):
    """Days that claims take, and their amounts beside those of other currencies."""

    _inherit = "reverse.supplier.claim"

    submitted_on = fields.Date(
        compute="_compute_days", store=True, help="For the first time."
    )
    answered_on = fields.Date(
        compute="_compute_days", store=True, help="The first decision of the supplier."
    )
    is_awaited = fields.Boolean(
        "Answer Awaited",
        compute="_compute_is_awaited",
        store=True,
        help="The supplier has not decided yet, also where the goods are sent already.",
    )
    recovered_on = fields.Date(readonly=True, copy=False, guarded=True)
    company_rate = fields.Float(
        compute="_compute_company_rate",
        store=True,
        digits=0,
        help="What one unit of the claim's currency was in the company's when it was "
        "opened: reports add up with it.",
    )
    is_repeat = fields.Boolean(
        "Happened Before",
        compute="_compute_is_repeat",
        search="_search_is_repeat",
        compute_sudo=True,
        help="The same part was claimed from the same supplier for the same reason "
        "within a year before.",
    )

    @api.depends("answer_ids.kind", "answer_ids.day")
    def _compute_days(self):
        for claim in self:
            days = claim.answer_ids.sorted("id").grouped("kind")
            decided = [
                answers[0].day for kind, answers in days.items() if kind in DECIDING
            ]
            submitted = days.get("submit")
            claim.submitted_on = submitted and submitted[0].day
            claim.answered_on = min(decided, default=False)

    @api.depends("state", "answer_ids.kind")
    def _compute_is_awaited(self):
        """Goods that are sent are no answer: one is awaited until the supplier decides.

        A dispute awaits a decision of its own.
        """
        for claim in self:
            said = claim.answer_ids.filtered(lambda a: a.kind in (*DECIDING, "submit"))
            undecided = said.sorted("id")[-1:].kind not in DECIDING
            claim.is_awaited = claim.state in transitions.AWAITED_IN or (
                claim.state == "sent" and undecided
            )

    @api.depends("currency_id", "company_id")
    def _compute_company_rate(self):
        for claim in self:
            claim.company_rate = claim.currency_id._get_conversion_rate(
                claim.currency_id,
                claim.company_id.currency_id,
                claim.company_id,
                (claim.create_date or fields.Datetime.now()).date(),
            )

    @api.model
    def _search_is_repeat(self, operator, value):
        if operator != "in" or set(value) != {True}:
            return NotImplemented
        # sudo: whether it happened before is told to whoever sees the claim
        lines = self.env["reverse.supplier.claim.line"].sudo()
        return [("line_ids", "in", lines._search([("is_repeat", "=", True)]))]

    @api.depends("line_ids.is_repeat")
    def _compute_is_repeat(self):
        for claim in self:
            claim.is_repeat = any(claim.line_ids.mapped("is_repeat"))
