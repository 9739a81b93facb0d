from odoo import api, fields, models
from odoo.tools import format_date


class ReverseHealthScore(models.Model):
    """How complete the master data that rules need was on a day, for each company.

    Only the check of master data writes it.
    """

    _name = "reverse.health.score"
    _description = "Score of Master Data"
    _order = "day desc, company_id"
    _once = models.Constraint(
        "UNIQUE (company_id, day)", "This company already has a score for this day."
    )

    day = fields.Date(required=True, readonly=True, index=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    checked = fields.Integer(readonly=True, help="How many records were checked.")
    lacking = fields.Integer("To Fix", readonly=True)
    score = fields.Float(
        "Score (%)",
        digits=(5, 1),
        readonly=True,
        aggregator="avg",
        help="The share of the data needed by rules that is present; 100 when nothing "
        "is missing.",
    )

    @api.depends("day")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for score in self:
            score.display_name = format_date(self.env, score.day)

    @api.model
    def _note(self, findings):
        """Note the scores of today; a later check on the same day replaces them.

        :param engine.health.Findings findings: of the check
        """
        companies = self.env["res.company"].browse(findings.lineages)
        today = {company.id: company._get_reverse_today() for company in companies}
        known = {
            (score.company_id.id, score.day): score
            for score in self.search([("day", "in", list(set(today.values())))])
        }
        new = []
        for company, day in today.items():
            checked, lacking, share = findings.score(company)
            vals = {"checked": checked, "lacking": lacking, "score": share}
            if (company, day) in known:
                known[company, day].write(vals)
            else:
                new.append({**vals, "company_id": company, "day": day})
        self.create(new)
