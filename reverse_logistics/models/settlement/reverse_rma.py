from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from ..base.reverse_retry import run_batch

BATCH = 50
#: A parcel takes weeks; what was credited and has not come by then, a person looks at.
EARLY_DAYS = 60


class ReverseRma(models.Model):
    """Returns that are replaced, and what was given before the goods came."""

    _inherit = "reverse.rma"

    is_replace_in_advance_allowed = fields.Boolean(
        compute="_compute_is_replace_in_advance_allowed"
    )

    @api.depends("state", "line_ids.qty_received", "settlement_ids.state")
    @api.depends_context("uid")
    def _compute_is_replace_in_advance_allowed(self):
        service = self._has_duty("service")
        for rma in self:
            allowed = service and bool(rma._get_advance_lines())
            rma.is_replace_in_advance_allowed = allowed

    # ------------------------------------------------------------------
    # What customers get
    # ------------------------------------------------------------------
    @api.model
    def _get_remedy_types(self):
        """Give what returns give for each remedy of a recall: ``{remedy: type}``.

        Nothing for goods that are repaired, unless they can be:
        reverse_logistics_repair.
        """
        return {"refund": "refund", "replacement": "replacement", "repair": "none"}

    def _give_instead(self, settlement_type):
        """Let returns of which nothing has come give something else.

        reverse_logistics_repair: goods that are repaired stay the customer's.
        """
        self._guarded_write({"settlement_type": settlement_type})

    # ------------------------------------------------------------------
    # Credited, and not here
    # ------------------------------------------------------------------
    @api.model
    def _cron_review_early(self):
        """Have persons look at credits whose goods do not come.

        Each batch is a transaction.
        """
        since = fields.Datetime.now() - timedelta(EARLY_DAYS)
        lines = self.env["reverse.rma.line"].search(
            [
                ("qty_early", ">", 0),
                ("state", "in", ("authorized", "expired")),
                ("rma_id.authorized_at", "<", since),
            ]
        )
        ids = sorted(lines.rma_id.ids)
        self.env["ir.cron"]._commit_progress(remaining=len(ids))
        for batch in split_every(BATCH, ids):
            work = self.browse(batch).exists()._review_old_credits
            if not run_batch(self.env, work, len(batch)):
                return

    def _review_old_credits(self):
        """Ask once about what the customer has as goods and as credit.

        However far the return was extended: whoever extends it pays nobody.
        """
        asked = self.exception_ids.filtered(lambda e: e.type == "early_credit")
        lines = (self - asked.rma_id).line_ids.filtered(
            lambda line: line.uom_id.compare(line._get_lent_quantity(), 0) > 0
        )
        lines._review_early(
            self.env._(
                "Credited more than %(days)s days ago, and the goods have not come.",
                days=EARLY_DAYS,
            )
        )

    def _get_advance_lines(self):
        """Lines that may be replaced before anything of them came back."""
        return self.line_ids.filtered(
            lambda line: (
                line.state == "authorized"
                # Without an order nothing could be invoiced that stays away.
                and line.sale_line_id
                and not line.qty_received
                and line._get_settlement_type() == "replacement"
                and line.uom_id.compare(line._get_expected_quantity(), 0) > 0
                and not line._get_live_settlement_lines()
            )
        )

    def action_replace_in_advance(self):
        """Propose replacements for goods that are still with the customer.

        The settlement then goes through the same hands as any other. What does not
        come back in the end is invoiced.

        :raises AccessError: without the role customer service
        :raises UserError: when goods came in already, or were settled
        """
        self._check_duty("service")
        for rma in self:
            if not rma._get_advance_lines():
                raise UserError(
                    self.env._(
                        "Nothing of %(rma)s can be replaced in advance: it has to be "
                        "authorized as a replacement, not received and not settled "
                        "yet.",
                        rma=rma.display_name,
                    )
                )
        settlements = self.env["reverse.settlement"]
        settlements = settlements._guarded_create(
            [{"rma_id": rma.id, "type": "replacement"} for rma in self]
        )
        for settlement in settlements:
            lines = self.env["reverse.settlement.line"]._guarded_create(
                [
                    {
                        "settlement_id": settlement.id,
                        "rma_line_id": line.id,
                        "kind": "replacement",
                        "quantity": line._get_expected_quantity(),
                    }
                    for line in settlement.rma_id._get_advance_lines()
                ]
            )
            lines._charge_fees()
        self.env["reverse.event"]._log(
            settlements, "AdvanceProposed", lambda s: {"settlement": s.id}
        )
        return self._open(settlements, self.env._("Settlements"))

    def _check_not_replaced(self):
        """Refuse to cancel what a replacement was released for."""
        for rma in self:
            lines = rma.line_ids.settlement_line_ids.filtered(
                lambda line: line.kind == "replacement" and line.state == "released"
            )
            if lines:
                raise UserError(
                    self.env._(
                        "%(rma)s is being replaced already: reverse %(settlement)s "
                        "first. If the replacement has left, close the return short; "
                        "what the customer then has too many is invoiced.",
                        rma=rma.display_name,
                        settlement=lines.settlement_id[:1].display_name,
                    )
                )
