from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.tools import split_every

from odoo.addons.reverse_logistics.models.base.reverse_retry import run_batch

#: How far back inspected goods count, in days: prices of what is older say little.
DAYS = 365
BATCH = 500


class ReverseRecoveryRate(models.Model):
    """What goods of a category really brought with a disposition, in a condition.

    Counted every night from what was inspected within a year (``_get_recovered``).
    Where there are enough cases, it stands in for the share that a rule says.
    """

    _name = "reverse.recovery.rate"
    _inherit = ["reverse.guarded.mixin", "reverse.cached.mixin"]
    _description = "Recovery from Experience"
    _order = "company_id, disposition_id, categ_id, condition_id"
    _editable_states = ()
    _once = models.Constraint(
        "UNIQUE (company_id, disposition_id, categ_id, condition_id)",
        "There is one rate for each category, disposition and condition.",
    )

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    disposition_id = fields.Many2one(
        "reverse.disposition", required=True, readonly=True, ondelete="cascade"
    )
    categ_id = fields.Many2one(
        "product.category", "Category", required=True, readonly=True, ondelete="cascade"
    )
    condition_id = fields.Many2one(
        "reverse.condition", required=True, readonly=True, ondelete="cascade"
    )
    cases = fields.Integer(readonly=True, help="Inspected parts that were counted.")
    recovered = fields.Monetary(readonly=True, help="What they brought.")
    cost = fields.Monetary(readonly=True, help="What they cost as they came back.")
    sale = fields.Monetary(readonly=True, help="What they were sold for, net.")
    cost_percent = fields.Float(
        "Of the Cost (%)", digits=(6, 2), compute="_compute_percents"
    )
    sale_percent = fields.Float(
        "Of the Sale (%)", digits=(6, 2), compute="_compute_percents"
    )

    def _get_guarded_fields(self):
        """Guard all fields: rates are counted, never entered."""
        return super()._get_guarded_fields() | {
            name
            for name, field in self._fields.items()
            if field.store and name not in models.MAGIC_COLUMNS
        }

    @api.depends("recovered", "cost", "sale")
    def _compute_percents(self):
        for rate in self:
            rate.cost_percent = rate._get_percent(rate.cost)
            rate.sale_percent = rate._get_percent(rate.sale)

    def _get_percent(self, value):
        """Give the recovered share of a value; 0 where that was nothing."""
        return round(self.recovered / value * 100, 2) if value else 0.0

    # ------------------------------------------------------------------
    # Standing in for what rules say
    # ------------------------------------------------------------------
    @api.model
    @tools.ormcache("company_id")
    def _get_known(self, company_id):
        """Give what was counted in a company.

        :return: ``{(disposition, category, condition) by ids: {basis: percent, "cases":
            count}}``
        """
        # sudo: rates apply to everybody, also where the user cannot read them
        rates = self.sudo().search([("company_id", "=", company_id)])
        return {
            (rate.disposition_id.id, rate.categ_id.id, rate.condition_id.id): {
                "cases": rate.cases,
                "cost": rate.cost_percent if rate.cost else None,
                "sale": rate.sale_percent if rate.sale else None,
            }
            for rate in rates
        }

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------
    def action_count(self):
        """Count anew now instead of at night.

        :raises AccessError: without the role administrator
        """
        self.browse()._check_duty("administrator")
        for company in self.env.companies:
            self._count(company)
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @api.model
    def _cron_count(self):
        groups = self.env["reverse.rma"]._read_group([], ["company_id"])
        companies = [company for (company,) in groups]
        self.env["ir.cron"]._commit_progress(remaining=len(companies))
        for company in companies:
            if not run_batch(self.env, lambda c=company: self._count(c), 1):
                return

    @api.model
    def _count(self, company):
        """Count what the inspected goods of a company brought."""
        sums = {}
        # sudo: what all goods brought, whoever asks
        parts = self.env["reverse.inspection"].sudo()
        found = parts.search(self._get_counted_domain(company))
        for ids in split_every(BATCH, found.ids):
            self._add_cases(sums, parts.browse(ids))
            self.env.invalidate_all()
        # sudo: only the count writes rates
        rates = self._workflow()
        rates.search([("company_id", "=", company.id)]).unlink()
        rates.create(
            [
                {
                    "company_id": company.id,
                    "disposition_id": disposition,
                    "categ_id": category,
                    "condition_id": condition,
                    **amounts,
                }
                for (disposition, category, condition), amounts in sums.items()
            ]
        )

    @api.model
    def _get_counted_domain(self, company):
        since = fields.Datetime.now() - timedelta(days=DAYS)
        return [
            ("company_id", "=", company.id),
            ("state", "=", "done"),
            ("disposed", "=", True),
            ("condition_id", "!=", False),
            ("inspected_at", ">=", since),
        ]

    @api.model
    def _add_cases(self, sums, parts):
        recovered = parts._get_recovered()
        counted = parts.filtered(lambda part: part in recovered)
        values = counted._get_recovery_values()
        for part in counted:
            key = (
                part.disposition_id.id,
                part.product_id.categ_id.id,
                part.condition_id.id,
            )
            own = sums.setdefault(
                key, {"cases": 0, "recovered": 0.0, "cost": 0.0, "sale": 0.0}
            )
            counted = part._get_recovered_quantity()
            quantity = part.line_id._in_product_uom(counted)
            own["cases"] += 1
            own["recovered"] += recovered[part]
            for basis in ("cost", "sale"):
                own[basis] += values[part][basis] * quantity
