import json
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from ...engine import transitions
from ..base.reverse_guarded_mixin import unless_uninstalling

#: So many lines are simulated while the user waits.
AT_ONCE = 500
#: Days after which results are deleted: they can be had again at any time.
KEPT_DAYS = 90


class ReverseSimulation(models.Model):
    """What a version would have decided about returns or deliveries of a period.

    What is asked for is entered in a draft; ``reverse_simulation_run`` does the work.
    Products, customers and agreements are taken as they are today, moments and versions
    as they were. Quotas of agreements are left out: what was left of one depends on all
    returns before.
    """

    _name = "reverse.simulation"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Policy Simulation"
    _order = "id desc"

    version_id = fields.Many2one(
        "reverse.policy.version",
        required=True,
        index=True,
        ondelete="cascade",
        domain="['|', ('company_id', '=', False), ('company_id', 'parent_of', "
        "company_id)]",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
        ondelete="cascade",
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    scope = fields.Selection(
        [("returns", "Past returns"), ("deliveries", "All deliveries")],
        "Applied to",
        default="returns",
        required=True,
    )
    date_from = fields.Date(
        "From", required=True, default=lambda self: self._get_default_start()
    )
    date_to = fields.Date(
        "Until", required=True, default=fields.Date.context_today, help="The last day."
    )
    baseline = fields.Selection(
        [
            ("decided", "What was decided"),
            ("then", "The version in force at the time"),
            ("version", "Another version"),
        ],
        "Compare with",
        compute="_compute_baseline",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        help="Before the first version there was, that one counts as in force.",
    )
    base_version_id = fields.Many2one(
        "reverse.policy.version",
        "Other Version",
        domain="[('id', '!=', version_id)]",
        ondelete="cascade",
        index="btree_not_null",
    )
    days_after = fields.Integer(
        "Days after Delivery",
        default=14,
        help="When the goods are assumed to be asked back.",
    )
    reason_id = fields.Many2one("reverse.reason", "Assumed Reason", ondelete="restrict")
    channel_id = fields.Many2one(
        "reverse.channel", "Assumed Channel", ondelete="restrict"
    )
    with_proofs = fields.Boolean(
        "Proofs Are Added",
        default=True,
        help=(
            "Customers are assumed to add the proofs that a rule asks for. Off: "
            "only proofs that are there count."
        ),
    )
    user_id = fields.Many2one(
        "res.users", "Started by", readonly=True, copy=False, guarded=True
    )

    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Running"),
            ("done", "Done"),
            ("failed", "Failed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        guarded=True,
    )
    total = fields.Integer("Lines", readonly=True, copy=False, guarded=True)
    done = fields.Integer("Simulated", readonly=True, copy=False, guarded=True)
    position = fields.Integer(readonly=True, copy=False, guarded=True)
    progress = fields.Float(compute="_compute_progress")
    # the rules that are simulated, whatever becomes of the draft meanwhile
    snapshot = fields.Text(readonly=True, copy=False, prefetch=False, guarded=True)
    fingerprint = fields.Char(readonly=True, copy=False, guarded=True)
    is_outdated = fields.Boolean(compute="_compute_is_outdated")
    error = fields.Text(readonly=True, copy=False, guarded=True)
    finished_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    line_ids = fields.One2many(
        "reverse.simulation.line",
        "simulation_id",
        "Results",
        readonly=True,
        guarded=True,
    )

    _period = models.Constraint(
        "CHECK (date_from <= date_to)", "The period ends before it begins."
    )
    _days_after_not_negative = models.Constraint(
        "CHECK (days_after >= 0)", "Goods cannot come back before they were delivered."
    )

    @api.model
    def _get_default_start(self):
        return fields.Date.context_today(self) - timedelta(days=90)

    @api.depends("scope")
    def _compute_baseline(self):
        for simulation in self:
            decided = simulation.scope == "returns"
            simulation.baseline = "decided" if decided else "then"

    @api.depends("version_id", "scope", "date_from", "date_to")
    @api.depends_context("lang")
    def _compute_display_name(self):
        scopes = dict(self._fields["scope"]._description_selection(self.env))
        for simulation in self:
            simulation.display_name = self.env._(
                "%(version)s · %(scope)s, %(start)s to %(end)s",
                version=simulation.version_id.display_name or "",
                scope=scopes.get(simulation.scope, ""),
                start=format_date(self.env, simulation.date_from),
                end=format_date(self.env, simulation.date_to),
            )

    @api.depends("state", "total", "done")
    def _compute_progress(self):
        for simulation in self:
            share = 100.0 * simulation.done / max(simulation.total, 1)
            finished = simulation.state == "done"
            simulation.progress = 100.0 if finished else min(share, 99.0)

    @api.depends("snapshot", "state")
    def _compute_is_outdated(self):
        for simulation in self:
            version = simulation.version_id
            simulation.is_outdated = bool(simulation.snapshot) and (
                version._complete(json.loads(simulation.snapshot))
                != version._complete(version._read_document())
            )

    # ------------------------------------------------------------------
    # Buttons
    # ------------------------------------------------------------------
    def action_start(self):
        """Simulate: few lines at once, many in the background.

        :raises AccessError: without the role administrator
        :raises UserError: when there is nothing to simulate, or no version for it
        """
        self._check_duty("administrator")
        for simulation in self:
            simulation._start()
        return True

    def _start(self):
        self._check_parameters()
        total = self._count_lines()
        if not total:
            raise UserError(
                self.env._("Nothing was found in this period. Choose a longer one.")
            )
        version = self.version_id
        # sudo: what was frozen, for whoever may simulate it
        text = version.sudo().snapshot or version._make_snapshot()
        self._transition(
            transitions.SIMULATION,
            "start",
            {
                "total": total,
                "user_id": self.env.uid,
                "snapshot": text,
                "fingerprint": version._hash_snapshot(text),
            },
        )
        if total > AT_ONCE:
            self._wake_up()
            return
        while self._is_running():
            self._run_batch()

    def _check_parameters(self):
        # What is compared is shown: also as superuser only what the user may read.
        (self.version_id | self.base_version_id).sudo(False).check_access("read")
        owner = self.version_id.company_id
        # sudo: parents that the user may not be in
        if owner and owner not in self.company_id.sudo().parent_ids:
            raise UserError(
                self.env._(
                    "%(version)s decides for %(owner)s and its branches, not for "
                    "%(company)s.",
                    version=self.version_id.display_name,
                    owner=owner.name,
                    company=self.company_id.name,
                )
            )
        if self.baseline == "version" and not self.base_version_id:
            raise UserError(self.env._("Choose the version to compare with."))
        if self.baseline == "decided" and self.scope != "returns":
            raise UserError(
                self.env._(
                    "Deliveries that nobody asked back have no decision yet: choose "
                    "a version to compare with."
                )
            )

    def action_cancel(self):
        """Stop: what is simulated so far stays."""
        self._check_duty("administrator")
        self._transition(transitions.SIMULATION, "cancel")
        return True

    def action_resume(self):
        """Go on where it stopped, with the rules it began with."""
        self._check_duty("administrator")
        self._transition(transitions.SIMULATION, "resume", {"error": False})
        self._wake_up()
        return True

    def _wake_up(self):
        # sudo: the scheduled action is the system's; it does what was just checked
        self.env.ref("reverse_logistics.cron_simulate").sudo()._trigger()

    def action_refresh(self):
        """Show how far it has come."""
        return True

    def action_view_lines(self):
        """Show what was decided otherwise."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_simulation_line_action"
        )
        return {**action, "domain": [("simulation_id", "=", self.id)]}

    @unless_uninstalling
    def _unlink_only_editable(self):
        """Results can go at any time, since nothing was decided by them."""
        for simulation in self.filtered(lambda s: s.state == "running"):
            raise UserError(
                self.env._(
                    "%(simulation)s is running: stop it first.",
                    simulation=simulation.display_name,
                )
            )

    @api.autovacuum
    def _gc_simulations(self):
        """Delete results that are old."""
        oldest = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        old = self.sudo().search(  # sudo: of all companies, by the system
            [("create_date", "<", oldest), ("state", "!=", "running")], limit=100
        )
        old.unlink()


class ReversePolicyVersion(models.Model):
    _inherit = "reverse.policy.version"

    simulation_count = fields.Integer(compute="_compute_simulation_count")

    def _compute_simulation_count(self):
        counts = {}
        if self.env["reverse.simulation"].has_access("read"):
            counts = dict(
                self.env["reverse.simulation"]._read_group(
                    [("version_id", "in", self.ids)], ["version_id"], ["__count"]
                )
            )
        for version in self:
            version.simulation_count = counts.get(version._origin, 0)

    def action_simulate(self):
        """Enter what this version is to be tried on."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Simulate"),
            "res_model": "reverse.simulation",
            "view_mode": "form",
            "context": {
                "default_version_id": self.id,
                "default_company_id": (self.company_id or self.env.company).id,
            },
        }

    def action_view_simulations(self):
        """Show what this version was tried on."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_simulation_action"
        )
        return {**action, "domain": [("version_id", "=", self.id)]}
