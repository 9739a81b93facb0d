from markupsafe import Markup

from odoo import api, fields, models, tools


class ReverseAiPeer(models.Model):
    """What somebody was credited in the last months, beside what was usual for others.

    Counted every day by the task; those with the highest scores of each kind are kept.
    """

    _name = "reverse.ai.peer"
    _description = "Comparison of Credits"
    _order = "is_unusual desc, score desc, id"
    _rec_name = "subject"

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    kind = fields.Selection(
        [
            ("customer", "Customer"),
            ("branch", "Branch"),
            ("category", "Product category"),
            ("salesperson", "Salesperson"),
            ("approver", "Approver"),
        ],
        "Compared As",
        required=True,
        readonly=True,
    )
    res_model = fields.Char("Kind of Record", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        "Record", model_field="res_model", required=True, readonly=True
    )
    subject = fields.Char("Who or What", compute="_compute_subject")
    based = fields.Float(
        "Sold, or Credits Approved",
        readonly=True,
        help="What credits are compared with: sales before tax in the last three "
        "months; of approvers, how many lines they approved.",
    )
    credited = fields.Monetary(
        readonly=True, help="Before tax, in this month and the two before."
    )
    usual = fields.Monetary(
        readonly=True,
        help="What all others would have been credited in these months, for as much.",
    )
    score = fields.Float(
        digits=(6, 1),
        readonly=True,
        aggregator=None,
        help="How far from the middle of all, in units of how far they usually lie "
        "from it.",
    )
    is_unusual = fields.Boolean("Unusual", readonly=True)
    drawing = fields.Html("Beside Others", compute="_compute_drawing", sanitize=False)
    explanation = fields.Char(compute="_compute_drawing")

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    @tools.ormcache("company_id")
    def _get_unusual(self, company_id):
        """Give who is told of in a company: ``{(company, kind, record): id}``.

        Every credit that waits for an approval asks it.
        """
        # sudo: what is told counts, whoever may read it
        rows = self.sudo().search(
            [("company_id", "=", company_id), ("is_unusual", "=", True)]
        )
        return {(company_id, row.kind, row.res_id): row.id for row in rows}

    @api.depends("res_model", "res_id")
    @api.depends_context("uid")
    def _compute_subject(self):
        for model, rows in self.grouped("res_model").items():
            records = self.env[model].browse(set(rows.mapped("res_id"))).exists()
            readable = records._filtered_access("read")
            names = {record.id: record.display_name for record in readable}
            for row in rows:
                row.subject = names.get(row.res_id, "")

    @api.depends("credited", "usual")
    @api.depends_context("lang")
    def _compute_drawing(self):
        """Draw two bars, as long as the amounts are, to the scale of the larger."""
        labels = {"own": self.env._("Credited"), "usual": self.env._("Usual")}
        for row in self:
            most = max(row.credited, row.usual) or 1.0
            row.explanation = self._describe(
                row.kind, row.credited, row.usual, row.currency_id
            )
            row.drawing = Markup("").join(
                Markup(
                    '<div class="bg-{} mb-1" title="{}" '
                    'style="height: 8px; width: {:.0f}%; min-width: 1px"></div>'
                ).format(
                    colour,
                    f"{labels[name]}: {row.currency_id.format(amount)}",
                    100 * amount / most,
                )
                for name, colour, amount in (
                    ("own", "warning" if row.is_unusual else "info", row.credited),
                    ("usual", "secondary", row.usual),
                )
            )

    @api.model
    def _describe(self, kind, credited, usual, currency):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        return self.env._(
            "%(kind)s: %(credited)s credited in the last three months; %(usual)s were "
            "usual for others with as much.",
            kind=labels[kind],
            credited=currency.format(credited),
            usual=currency.format(usual),
        )

    def action_view_credits(self):
        """Show the credits that were counted."""
        self.ensure_one()
        order = "line_ids.rma_line_id.sale_line_id.order_id"
        fields_by_kind = {
            "customer": "rma_id.commercial_partner_id",
            "branch": f"{order}.reverse_branch_id",
            "category": "line_ids.product_id.categ_id",
            "salesperson": f"{order}.reverse_seller_id",
            "approver": "approved_by_id",
        }
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_settlement_action"
        )
        since = fields.Date.subtract(fields.Date.today().replace(day=1), months=2)
        # sudo: nobody reads who sold when it was confirmed; whoever opens the list
        # sees those of these credits that they may read
        counted = self.env["reverse.settlement"].sudo()
        counted = counted.search(
            [
                (fields_by_kind[self.kind], "=", self.res_id),
                ("company_id", "=", self.company_id.id),
                ("state", "=", "released"),
                ("create_date", ">=", fields.Date.to_string(since)),
            ]
        )
        return {**action, "domain": [("id", "in", counted.ids)], "context": {}}
