import json
import logging
from datetime import datetime, time, timedelta
from itertools import accumulate

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import format_date

from ...engine import simulation as costs
from ...engine import transitions
from ..base.reverse_guarded_mixin import RETRIED, unless_uninstalling
from ..base.reverse_labels import get_labels
from ..base.reverse_retry import run_batch
from .reverse_simulation_line import AMOUNTS

#: The most lines that are simulated while the user waits.
AT_ONCE = 500
#: Days after which results are deleted, since they can be computed again at any time.
KEPT_DAYS = 90
_logger = logging.getLogger(__name__)
#: The most lines in one batch, unless a single return has more: it is never divided.
BATCH = 250


class ReverseSimulation(models.Model):
    """What a version would have decided about the returns or deliveries of a period.

    An administrator enters the parameters in a ``draft`` and starts it. It is
    ``running`` until all of it is ``done``: few lines at once, many in the background
    (``_cron_run``). It can be ``cancelled`` and, also after it ``failed``, go on where
    it stopped.

    Products, customers and agreements are taken as they are today, times and versions
    as they were. Quotas of agreements are left out, because what was left of one
    depends on all returns before.
    """

    _name = "reverse.simulation"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Policy Simulation"
    _steps = transitions.SIMULATION
    _order = "id desc"
    _period = models.Constraint(
        "CHECK (date_from <= date_to)", "The period ends before it begins."
    )
    _days_after_not_negative = models.Constraint(
        "CHECK (days_after >= 0)", "Goods cannot come back before they were delivered."
    )

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
    # The rules that are simulated, even if the draft is changed in the meantime.
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
    change_ids = fields.One2many(
        "reverse.simulation.change", "simulation_id", "Decisions", readonly=True
    )
    changed_count = fields.Integer("Changed Decisions", compute="_compute_sums")
    is_start_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_resume_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_cancel_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_refresh_allowed = fields.Boolean(compute="_compute_steps_allowed")
    credit_difference = fields.Monetary("Credit ±", compute="_compute_sums")
    waiting_difference = fields.Monetary("For a Person ±", compute="_compute_sums")
    fee_difference = fields.Monetary("Fee ±", compute="_compute_sums")
    freight_difference = fields.Monetary("Freight ±", compute="_compute_sums")
    cost_difference = fields.Monetary("Cost ±", compute="_compute_sums")

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
        scopes = get_labels(self, "scope")
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
    @api.depends("state")
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        administrator = self._has_duty("administrator")
        for simulation in self:
            running = simulation._may("cancel")
            simulation.is_start_allowed = administrator and simulation._may("start")
            simulation.is_resume_allowed = administrator and simulation._may("resume")
            simulation.is_cancel_allowed = administrator and running
            simulation.is_refresh_allowed = running

    def action_start(self):
        """Start the simulation: few lines at once, many in the background.

        :raises AccessError: without the role administrator
        :raises UserError: when there is nothing to simulate, or no version to compare
            with
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
        # sudo: whoever may simulate the version may use what was frozen
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
        # sudo(False): results show both versions, so the user has to be allowed to
        # read them
        (self.version_id | self.base_version_id).sudo(False).check_access("read")
        owner = self.version_id.company_id
        # sudo: the user need not belong to the parent companies
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
        """Stop, and keep what is simulated so far."""
        self._check_duty("administrator")
        self._transition(transitions.SIMULATION, "cancel")
        return True

    def action_resume(self):
        """Go on where it stopped, with the rules it started with."""
        self._check_duty("administrator")
        self._transition(transitions.SIMULATION, "resume", {"error": False})
        self._wake_up()
        return True

    def _wake_up(self):
        # sudo: starting the scheduled action is part of what was just checked
        self.env.ref("reverse_logistics.cron_simulate").sudo()._trigger()

    def action_refresh(self):
        """Reload the form, to show how far it has come."""
        return True

    def action_view_lines(self):
        """Show the results line by line."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_simulation_line_action"
        )
        return {**action, "domain": [("simulation_id", "=", self.id)]}

    @unless_uninstalling
    def _unlink_only_editable(self):
        """Let results be deleted at any time, since they decided nothing."""
        for simulation in self.filtered(lambda s: s.state == "running"):
            raise UserError(
                self.env._(
                    "%(simulation)s is running: stop it first.",
                    simulation=simulation.display_name,
                )
            )

    @api.autovacuum
    def _gc_simulations(self):
        """Delete old results."""
        oldest = fields.Datetime.now() - timedelta(days=KEPT_DAYS)
        old = self.sudo().search(  # sudo: the system does this for all companies
            [("create_date", "<", oldest), ("state", "!=", "running")], limit=100
        )
        old.unlink()

    # ------------------------------------------------------------------
    # The work of a simulation, in batches of one transaction each
    #
    # Lines are made in memory from each document, and decided by the code that decides
    # on real ones. Where a batch ends is stored with its results, so that the next one
    # goes on there, whatever interrupted it.
    # ------------------------------------------------------------------
    @api.model
    def _cron_run(self):
        """Go on with running simulations, the oldest first, until time is up."""
        # sudo: the system does this for all companies
        running = self.sudo().search([("state", "=", "running")], order="id")
        left = sum(max(each.total - each.done, 1) for each in running)
        self.env["ir.cron"]._commit_progress(remaining=left)
        for simulation in running:
            while simulation._is_running():
                if not run_batch(self.env, simulation._run_batch, BATCH):
                    return
        self.env["ir.cron"]._commit_progress(remaining=0)

    def _is_running(self):
        """Tell whether there is more to do; a user may have stopped or deleted it."""
        return bool(self.exists()) and self.state == "running"

    def _run_batch(self):
        """Simulate the next documents; an error ends the simulation, with its text.

        Nothing happens when somebody has stopped it.
        """
        # The batch before ran in another transaction, and read other documents.
        self.env.invalidate_all()
        if not self._is_running():
            return
        try:
            with self.env.cr.savepoint():
                self._in_scope()._simulate_next()
        except Exception as error:
            # Any error only ends this simulation, so that those behind it go on.
            if isinstance(error, RETRIED):
                raise
            if not isinstance(error, UserError):
                _logger.exception("%s failed", self)
            self.env.invalidate_all()
            self._transition(transitions.SIMULATION, "fail", {"error": str(error)})

    def _in_scope(self):
        """Give the simulation in its company and the language of its user."""
        # sudo: like policy, it looks at all documents of the company
        return self.sudo().with_context(
            lang=self.user_id.lang, allowed_company_ids=self.company_id.ids
        )

    def _simulate_next(self):
        documents = self._get_documents()
        if not documents:
            values = {"total": self.done, "finished_at": fields.Datetime.now()}
            self._transition(transitions.SIMULATION, "finish", values)
            return
        lines = self._suppose(documents)
        self.env["reverse.simulation.line"].create(self._compare(lines))
        self._guarded_write(
            {"done": self.done + len(lines), "position": documents[-1].id}
        )

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------
    def _get_bounds(self):
        """Give the first moment of the period and the first one after it, in UTC."""
        zone = self.company_id._get_reverse_zone()
        return [
            zone.localize(datetime.combine(day, time.min))
            .astimezone(pytz.utc)
            .replace(tzinfo=None)
            for day in (self.date_from, self.date_to + timedelta(days=1))
        ]

    def _get_domain(self):
        """Give the domain of the returns or deliveries of the period."""
        start, stop = self._get_bounds()
        company = Domain("company_id", "=", self.company_id.id)
        if self.scope == "returns":
            return (
                company
                & Domain("requested_at", ">=", start)
                & Domain("requested_at", "<", stop)
            )
        return (
            company
            & Domain("reverse_done_at", ">=", start)
            & Domain("reverse_done_at", "<", stop)
        )

    def _count_lines(self):
        """Count the lines that will be simulated."""
        scope = self._in_scope()
        domain = scope._get_domain()
        if self.scope == "returns":
            lines = scope.env["reverse.rma.line"]
            return lines.search_count([("rma_id", "any", domain)])
        return scope.env["stock.move"].search_count(scope._get_delivery_domain(domain))

    def _get_documents(self):
        """Give the documents of the next batch, in the order of their ids."""
        domain = self._get_domain() & Domain("id", ">", self.position)
        if self.scope == "deliveries":
            moves = self.env["stock.move"]
            domain = self._get_delivery_domain(domain)
            return moves.search(domain, order="id", limit=BATCH)
        domain &= Domain("line_ids", "!=", False)
        rmas = self.env["reverse.rma"].search(domain, order="id", limit=BATCH)
        lines = self.env["reverse.rma.line"]
        counts = dict(
            lines._read_group([("rma_id", "in", rmas.ids)], ["rma_id"], ["__count"])
        )
        sums = accumulate(counts[rma] for rma in rmas)
        taken = sum(1 for count in sums if count <= BATCH)
        return rmas[: max(taken, 1)]

    def _get_delivery_domain(self, domain):
        return (
            Domain("state", "=", "done")
            & Domain("origin_returned_move_id", "=", False)
            & Domain("location_dest_id.usage", "=", "customer")
            & Domain("quantity", ">", 0)
            & domain
        )

    # ------------------------------------------------------------------
    # Lines in memory
    # ------------------------------------------------------------------
    def _suppose(self, documents):
        """Make lines in memory from documents."""
        if self.scope == "returns":
            return self._suppose_returns(documents)
        return self._suppose_deliveries(documents)

    def _suppose_returns(self, rmas):
        """Make lines as they were requested, before anybody saw the goods."""
        lines = self.env["reverse.rma.line"]
        return lines.concat(
            *(
                line.new(
                    {
                        "rma_id": supposed,
                        "as_of": rma.requested_at,
                        "with_proofs": self.with_proofs,
                        # Not what happened to the goods after the request.
                        "inspection_ids": False,
                        "move_ids": False,
                    },
                    origin=line,
                )
                for rma, supposed in self._suppose_rmas(rmas)
                for line in rma.line_ids
            )
        )

    def _suppose_rmas(self, rmas):
        """Give each return with a copy in memory, to which no route applied yet."""
        defaults = rmas._get_default_facilities()
        for rma in rmas:
            vals = {"line_ids": False}
            if rma.facility_source != "person":
                vals |= {
                    "facility_source": "default",
                    "facility_id": defaults[rma].id,
                }
            yield rma, rma.new(vals, origin=rma)

    def _suppose_deliveries(self, moves):
        """Make one line for each delivery, as if all of it was asked back."""
        rmas = {
            picking: self._suppose_return(picking, group)
            for picking, group in moves.grouped("picking_id").items()
        }
        lines = self.env["reverse.rma.line"]
        return lines.concat(
            *(
                lines.new(self._prepare_line(move, rmas[move.picking_id]))
                for move in moves
            )
        )

    def _suppose_return(self, picking, moves):
        order = moves.sale_line_id.order_id[:1]
        partner = order.partner_id or picking.partner_id or moves.partner_id[:1]
        return self.env["reverse.rma"].new(
            {
                "company_id": self.company_id.id,
                "partner_id": partner.id,
                "channel_id": self.channel_id.id,
                "settlement_type": "refund",
            }
        )

    def _prepare_line(self, move, rma):
        return {
            "rma_id": rma,
            "move_id": move.id,
            "sale_line_id": move.sale_line_id.id,
            "product_id": move.product_id.id,
            "quantity": move.quantity,
            "uom_id": move.product_uom.id,
            "lot_id": move.lot_ids[:1].id,
            "reason_id": self.reason_id.id,
            "as_of": move._get_reverse_moved_at() + timedelta(days=self.days_after),
            "with_proofs": self.with_proofs,
        }

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------
    def _compare(self, lines):
        """Give the values of results: what this version says, and what was said."""
        after = self._decide_by(dict.fromkeys(lines, self._suppose_version()))
        before = self._get_before(lines)
        values = lines._get_values_at_stake()
        rates = lines._get_fee_rates()
        rules = self._get_rule_names(before, after)
        return [
            {
                "simulation_id": self.id,
                "currency_id": self.currency_id.id,
                **line._prepare_simulated(values[line]),
                **self._describe(before[line], after[line], values[line], rates[line]),
                "before_rule": rules.get(before[line]["policy_rule_id"]),
                "after_rule": rules.get(after[line]["policy_rule_id"]),
            }
            for line in lines
        ]

    def _describe(self, before, after, value, rate):
        """Give both decisions on a line, their amounts, and the differences.

        :param dict before: verdict that is compared with
        :param dict after: verdict of this version
        :param float value: net value in the company's currency
        :param float rate: units of the fee's currency for one of the company's
        """
        row = {"changed": before["decision"] != after["decision"]}
        amounts = {}
        for side, verdict in (("before", before), ("after", after)):
            row[f"{side}_decision"] = verdict["decision"]
            row[f"{side}_explanation"] = verdict["explanation"]
            amounts[side] = costs.amounts(
                verdict["decision"],
                value,
                self.currency_id.round((verdict["fee"] or 0.0) / rate),
                verdict["freight"],
            )
        for name in AMOUNTS:
            old, new = (getattr(amounts[side], name) for side in ("before", "after"))
            row |= {
                f"before_{name}": old,
                f"after_{name}": new,
                f"{name}_difference": new - old,
            }
        return row

    def _suppose_version(self):
        """Give the version in memory, as it was when the simulation started."""
        return self.version_id.new(
            {
                "state": "active",
                "snapshot": self.snapshot,
                "snapshot_hash": self.fingerprint,
            },
            origin=self.version_id,
        )

    def _decide_by(self, versions):
        """Decide each line by a version: ``{line: verdict}``.

        :param dict versions: ``{line: reverse.policy.version}``
        """
        lines = self.env["reverse.rma.line"]
        verdicts = {}
        for version in dict.fromkeys(versions.values()):
            group = lines.concat(
                *(line for line, own in versions.items() if own == version)
            )
            found = group._evaluate({self.company_id: version})
            for line, freight in group._suppose_freights(version, found).items():
                found[line]["freight"] = freight
            verdicts |= found
        return verdicts

    def _get_before(self, lines):
        if self.baseline == "decided":
            return lines._get_kept_verdicts()
        if self.baseline == "version":
            return self._decide_by(dict.fromkeys(lines, self.base_version_id))
        days = {line: line._get_decision_day() for line in lines}
        versions = self.version_id._get_at(self.company_id, days.values())
        first = self.version_id._get_first(self.company_id)
        return self._decide_by(
            {
                line: first if first and day < first.date_from else versions[day]
                for line, day in days.items()
            }
        )

    def _get_rule_names(self, *sides):
        ids = {verdict["policy_rule_id"] for side in sides for verdict in side.values()}
        rules = self.env["reverse.policy.rule"].browse(sorted(ids - {None, False}))
        return {rule.id: rule.name for rule in rules.exists()}

    # ------------------------------------------------------------------
    # Sums of the results
    # ------------------------------------------------------------------
    @api.depends("done")
    def _compute_sums(self):
        names = [f"{name}_difference" for name in AMOUNTS]
        sums = {
            simulation: amounts
            for simulation, *amounts in self.env[
                "reverse.simulation.change"
            ]._read_group(
                [("simulation_id", "in", self.ids)],
                ["simulation_id"],
                [f"{name}:sum" for name in names],
            )
        }
        counts = dict(
            self.env["reverse.simulation.change"]._read_group(
                [("simulation_id", "in", self.ids), ("changed", "=", True)],
                ["simulation_id"],
                ["count:sum"],
            )
        )
        for simulation in self:
            amounts = sums.get(simulation._origin, [0.0] * len(names))
            simulation.update(dict(zip(names, amounts, strict=True)))
            simulation.changed_count = counts.get(simulation._origin, 0)
