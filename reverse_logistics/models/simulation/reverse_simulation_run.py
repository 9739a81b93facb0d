import logging
from datetime import datetime, time, timedelta
from itertools import accumulate

import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine import simulation as costs
from ...engine import transitions
from ..base.reverse_guarded_mixin import RETRIED
from ..base.reverse_retry import run_batch
from .reverse_simulation_line import AMOUNTS

_logger = logging.getLogger(__name__)

#: Lines of one batch; a return is never divided.
BATCH = 250


class ReverseSimulation(models.Model):
    """The work of a simulation, in batches of one transaction each.

    Each document is read anew, becomes lines in memory, and these are decided by what
    decides on real ones. Where a batch ends is stored with its results, so that the
    next one goes on there, after whatever interrupted it.
    """

    _inherit = "reverse.simulation"

    @api.model
    def _cron_run(self):
        """Go on with what runs, the oldest first, until there is no time left."""
        # sudo: of all companies, by the system
        running = self.sudo().search([("state", "=", "running")], order="id")
        left = sum(max(each.total - each.done, 1) for each in running)
        self.env["ir.cron"]._commit_progress(remaining=left)
        for simulation in running:
            while simulation._is_running():
                if not run_batch(self.env, simulation._run_batch, BATCH):
                    return
        self.env["ir.cron"]._commit_progress(remaining=0)

    def _is_running(self):
        """Whether there is more to do; somebody may have stopped or deleted it."""
        return bool(self.exists()) and self.state == "running"

    def _run_batch(self):
        """Simulate the next documents; what fails ends the simulation, with a reason.

        Nothing happens when somebody has stopped it.
        """
        # Another transaction than the batch before, and other documents.
        self.env.invalidate_all()
        if not self._is_running():
            return
        try:
            with self.env.cr.savepoint():
                self._in_scope()._simulate_next()
        except Exception as error:
            # Whatever it is, the simulations that wait behind this one go on.
            if isinstance(error, RETRIED):
                raise
            if not isinstance(error, UserError):
                _logger.exception("%s failed", self)
            self.env.invalidate_all()
            self._transition(transitions.SIMULATION, "fail", {"error": str(error)})

    def _in_scope(self):
        """Give the simulation as its company sees it, in its user's language."""
        # sudo: it looks at all documents of the company, as policy does
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
        """Give the first moment of the period and the one after it, in UTC."""
        zone = self.company_id._get_reverse_zone()
        return [
            zone.localize(datetime.combine(day, time.min))
            .astimezone(pytz.utc)
            .replace(tzinfo=None)
            for day in (self.date_from, self.date_to + timedelta(days=1))
        ]

    def _get_domain(self):
        """Say which returns or deliveries are meant."""
        start, stop = self._get_bounds()
        company = Domain("company_id", "=", self.company_id.id)
        if self.scope == "returns":
            return (
                company
                & Domain("requested_at", ">=", start)
                & Domain("requested_at", "<", stop)
            )
        return company & Domain("date", ">=", start) & Domain("date", "<", stop)

    def _count_lines(self):
        """Say how many lines there are."""
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
        """Make lines in memory of documents."""
        if self.scope == "returns":
            return self._suppose_returns(documents)
        return self._suppose_deliveries(documents)

    def _suppose_returns(self, rmas):
        """Give the lines as they were asked for, before anybody saw the goods."""
        lines = self.env["reverse.rma.line"]
        return lines.concat(
            *(
                line.new(
                    {
                        "rma_id": supposed,
                        "as_of": rma.requested_at,
                        "with_proofs": self.with_proofs,
                        # what happened to the goods afterwards
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
        """Give pairs of each return and one in memory, not routed by anything yet."""
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
        """Give one line for each delivery, as if all of it was asked back."""
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
            "as_of": move.date + timedelta(days=self.days_after),
            "with_proofs": self.with_proofs,
        }

    # ------------------------------------------------------------------
    # Decisions
    # ------------------------------------------------------------------
    def _compare(self, lines):
        """Give values of the results: what the version says, and what was said."""
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
        """Give the decisions of a line, what follows from them, and the difference.

        :param float value: net value in the company's currency
        :param float rate: units of the currency of fees for one of the company's
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
        """Give the version in memory, frozen as it was when the simulation began."""
        return self.version_id.new(
            {
                "state": "active",
                "snapshot": self.snapshot,
                "snapshot_hash": self.fingerprint,
            },
            origin=self.version_id,
        )

    def _decide_by(self, versions):
        """Let each line be decided by a version: ``{line: verdict}``."""
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
