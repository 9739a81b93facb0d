from odoo import api, fields, models
from odoo.tools import SQL, format_date

from ..engine import measures


class ReverseAiMonth(models.Model):
    """How a version did in a month: what people chose, and whether cases have changed.

    Computed from suggestions whenever it is looked at, so a choice shows at once.
    """

    _name = "reverse.ai.month"
    _description = "Month of Suggestions"
    _auto = False
    _rec_name = "model_id"
    _order = "month desc, task_id, model_id"

    task_id = fields.Many2one("reverse.ai.task", readonly=True)
    model_id = fields.Many2one("reverse.ai.model", "Version", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    is_silent = fields.Boolean("Silent", readonly=True)
    month = fields.Date("From", readonly=True)
    month_text = fields.Char("Month", compute="_compute_month_text")
    suggested_by = fields.Char("What Suggests", compute="_compute_month_text")
    suggested = fields.Integer("Looked At", readonly=True)
    abstained = fields.Integer("Not Sure", readonly=True)
    chosen = fields.Integer(readonly=True, help="A person chose, whatever it was.")
    accepted = fields.Integer("As Suggested", readonly=True)
    overruled = fields.Integer("Something Else", readonly=True)
    override_rate = fields.Float(
        "Overruled (%)", digits=(5, 1), readonly=True, aggregator="avg"
    )
    abstention_rate = fields.Float(
        "Not Sure (%)", digits=(5, 1), readonly=True, aggregator="avg"
    )
    stability = fields.Float(
        "Change (PSI)",
        digits=(5, 3),
        compute="_compute_quality",
        help="How differently sure it is from when it learned: from 0.2 on, cases are "
        "not what they were, and it should learn anew. Not told of versions that know "
        "listed examples only: these are always easier than what customers write.",
    )
    has_drifted = fields.Boolean("Cases Have Changed", compute="_compute_quality")
    calibration_table = fields.Html(compute="_compute_quality", sanitize=False)

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT MIN(id) AS id, task_id, model_id, company_id, is_silent,
                   DATE_TRUNC('month', create_date)::date AS month,
                   COUNT(*) AS suggested,
                   COUNT(*) FILTER (WHERE state = 'abstained') AS abstained,
                   COUNT(chosen) AS chosen,
                   COUNT(*) FILTER (WHERE chosen = answer) AS accepted,
                   COUNT(*) FILTER (WHERE chosen <> answer) AS overruled,
                   100.0 * COUNT(*) FILTER (WHERE chosen <> answer)
                         / NULLIF(COUNT(chosen), 0) AS override_rate,
                   100.0 * COUNT(*) FILTER (WHERE state = 'abstained')
                         / COUNT(*) AS abstention_rate
              FROM reverse_ai_suggestion
             WHERE state <> 'outdated'
          GROUP BY task_id, model_id, company_id, is_silent,
                   DATE_TRUNC('month', create_date)
            """
        )

    @api.depends("month", "task_id", "model_id")
    @api.depends_context("lang")
    def _compute_month_text(self):
        for month in self:
            month.month_text = format_date(self.env, month.month, date_format="MMM y")
            # What learns nothing has no versions.
            month.suggested_by = (month.model_id or month.task_id).display_name

    @api.depends("task_id", "model_id", "month")
    def _compute_quality(self):
        for month in self:
            said = month._get_suggestions()
            learned = (month.model_id.metrics or {}).get("confidences", [])
            seen = measures.distribute(said.mapped("confidence"))
            enough = len(said) >= measures.LEAST_ANSWERS and month.model_id.case_count
            psi = measures.stability(learned, seen) if enough else 0.0
            month.stability = psi
            month.has_drifted = psi >= measures.DRIFT
            known = said.filtered("chosen")
            rows = measures.calibrate(
                known.mapped("confidence"), known.mapped("is_right")
            )
            month.calibration_table = self._make_calibration(rows) if known else False

    def _get_suggestions(self):
        """Give what was said in this month by this version."""
        self.ensure_one()
        first = fields.Date.to_date(self.month)
        return self.env["reverse.ai.suggestion"].search(
            [
                ("task_id", "=", self.task_id.id),
                ("model_id", "=", self.model_id.id),
                ("is_silent", "=", self.is_silent),
                ("state", "!=", "outdated"),
                ("create_date", ">=", first),
                ("create_date", "<", fields.Date.add(first, months=1)),
            ]
        )

    @api.model
    def _make_calibration(self, rows):
        head = [
            self.env._("Confidence"),
            self.env._("Chosen"),
            self.env._("Mean confidence (%)"),
            self.env._("As suggested (%)"),
        ]
        return self.env["reverse.ai.model"]._make_table(
            [
                head,
                *(
                    [
                        f"{100 * low:.0f}–{100 * high:.0f} %",
                        count,
                        f"{100 * mean:.0f}" if count else "–",
                        f"{100 * right:.0f}" if count else "–",
                    ]
                    for low, high, count, mean, right in rows
                ),
            ]
        )

    def action_view_suggestions(self):
        """Show what was said in this month, one by one."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics_ai.reverse_ai_suggestion_action"
        )
        said = self._get_suggestions()
        return {**action, "domain": [("id", "in", said.ids)], "context": {}}
