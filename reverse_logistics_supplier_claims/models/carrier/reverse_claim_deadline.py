from odoo import api, fields, models, tools

from ...engine import deadlines

CARRIAGES = [
    ("road", "Road (CMR)"),
    ("rail", "Rail (CIM)"),
    ("sea", "Sea"),
    ("air", "Air"),
    ("us_truck", "Truck, USA"),
]
FINDINGS = [
    ("visible", "Visible damage or loss"),
    ("hidden", "Hidden damage"),
    ("damage", "Damage of either kind"),
    ("delay", "Delay"),
]
#: What is taken to have been found until a person says otherwise.
ASSUMED = "hidden"


class ReverseClaimDeadline(models.Model):
    """Until when a carrier has to be told, and how much it pays for a kg at most.

    The law of each way of carriage says so. An agreement names the carriage, or days
    of its own that count instead.

    Approvers of claims write them alone, and each change is an event.
    """

    _name = "reverse.claim.deadline"
    _inherit = ["reverse.governed.mixin"]
    _description = "Carrier Deadline"
    _order = "sequence, id"
    _free_fields = frozenset({"sequence", "note"})
    _waits_for_others = False
    _finding_unique = models.Constraint(
        "UNIQUE (carriage, finding)",
        "There is a deadline for this carriage and finding already: change that one.",
    )
    _not_negative = models.Constraint(
        "CHECK (days >= 0 AND months >= 0 AND cap_per_kg >= 0)",
        "Days, months and limits cannot be negative.",
    )

    sequence = fields.Integer(default=10)
    carriage = fields.Selection(CARRIAGES, required=True)
    finding = fields.Selection(FINDINGS, "What Was Found", required=True)
    days = fields.Integer(
        help="After the delivery. 0 days and 0 months: on the day of the delivery."
    )
    months = fields.Integer(help="Counted before the days.")
    cap_per_kg = fields.Float(
        "Limit per kg",
        digits=(16, 2),
        help="The most that the carrier pays for each kg of gross weight, in the unit "
        "beside it. 0: no limit.",
    )
    cap_unit = fields.Char(
        "Unit", default="SDR", help="SDR: special drawing rights of the IMF."
    )
    note = fields.Char(help="Where it is written, and what it leaves out.")

    @api.depends("carriage", "finding")
    @api.depends_context("lang")
    def _compute_display_name(self):
        carriages = dict(self._fields["carriage"]._description_selection(self.env))
        findings = dict(self._fields["finding"]._description_selection(self.env))
        for rule in self:
            names = [carriages.get(rule.carriage), findings.get(rule.finding)]
            rule.display_name = ": ".join(filter(None, names))

    # ------------------------------------------------------------------
    # For the engine
    # ------------------------------------------------------------------
    @api.model
    @tools.ormcache("carriage")
    def _get_terms(self, carriage):
        """Give the terms of a carriage, as a tuple of ``engine.deadlines.Term``."""
        # sudo: the law is the same for everybody
        rules = self.sudo().search([("carriage", "=", carriage)])
        return tuple(
            deadlines.Term(rule.finding, rule.days, rule.months) for rule in rules
        )

    @api.model
    @tools.ormcache("carriage", "finding")
    def _get_cap(self, carriage, finding):
        """Give the limit for each kg and its unit, ``(0.0, "")`` where there is none.

        Delay is limited by the freight instead, so that its own rule has to say.
        """
        # sudo: as above
        rules = self.sudo().search(
            [("carriage", "=", carriage), ("cap_per_kg", ">", 0)]
        )
        own = rules.filtered(lambda rule: rule.finding == finding)
        if finding != "delay":
            own = own or rules.filtered(lambda rule: rule.finding != "delay")
        return own[:1].cap_per_kg, own[:1].cap_unit or ""

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._on_changed()
        return rules

    def write(self, vals):
        carriages = set(self.mapped("carriage"))
        res = super().write(vals)
        self._on_changed(carriages)
        return res

    def unlink(self):
        carriages = set(self.mapped("carriage"))
        res = super().unlink()
        self._on_changed(carriages)
        return res

    def _on_changed(self, carriages=()):
        """Claims that are not submitted yet follow; the others keep their day."""
        self.env.registry.clear_cache()
        # sudo: drafts of all companies follow the law
        drafts = self.env["reverse.supplier.claim"].sudo()
        drafts = drafts.search(
            [
                ("state", "=", "draft"),
                (
                    "agreement_id.carriage",
                    "in",
                    list({*carriages, *self.exists().mapped("carriage")}),
                ),
            ]
        )
        for name in ("deadline", "amount_limit"):
            self.env.add_to_compute(drafts._fields[name], drafts)
