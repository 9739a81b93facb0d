import logging
from collections import defaultdict
from datetime import timedelta

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import split_every

from ..base.reverse_retry import run_batch

_logger = logging.getLogger(__name__)

BATCH = 100
# Closed returns are looked at this long: their credit may still be cancelled.
CLOSED_DAYS = 30
WATERMARK = "reverse_logistics.checked_up_to"


class ReverseRma(models.Model):
    """Stored quantities against documents, events against their hashes."""

    _inherit = "reverse.rma"

    # ------------------------------------------------------------------
    # Quantities
    # ------------------------------------------------------------------
    @api.model
    def _cron_check_quantities(self):
        """Compare stored quantities with the documents; one transaction per batch.

        Continues after the last batch when the time of one run did not suffice.
        """
        # sudo: how far the check got is nobody's setting
        parameters = self.env["ir.config_parameter"].sudo()
        start = int(parameters.get_param(WATERMARK, 0))
        since = fields.Datetime.now() - timedelta(days=CLOSED_DAYS)
        ids = self.search(
            [
                ("id", ">", start),
                ("state", "in", ("requested", "authorized", "done")),
                "|",
                ("closed_at", "=", False),
                ("closed_at", ">=", since),
            ],
            order="id",
        ).ids
        cron = self.env["ir.cron"]
        cron._commit_progress(remaining=len(ids))
        for batch in split_every(BATCH, ids):
            if not self._check_batch(batch):
                return
        parameters.set_param(WATERMARK, "0")

    @api.model
    def _check_batch(self, ids):
        """Check these returns in a transaction of their own; tell the seconds left."""
        # sudo: how far the check got is nobody's setting
        parameters = self.env["ir.config_parameter"].sudo()

        def work():
            self.browse(ids).exists()._check_quantities()
            parameters.set_param(WATERMARK, str(ids[-1]))

        return run_batch(self.env, work, len(ids))

    def _check_quantities(self):
        """Set quantities and stage to what the documents say, and report what differed.

        :return: ``{line: {name: (stored, found)}}``
        """
        lines = self.line_ids
        drift = defaultdict(dict)
        for line, amounts in lines._get_document_quantities().items():
            for name, found in amounts.items():
                stored = line[f"qty_{name}"]
                if line.uom_id.compare(stored, found):
                    drift[line][name] = (stored, found)
        for line, changes in drift.items():
            line._guarded_write(
                {f"qty_{name}": found for name, (_old, found) in changes.items()}
            )
        stages = {line: line.stage for line in lines}
        self._update_progress()
        for line, stage in stages.items():
            if line.stage != stage:
                drift[line]["stage"] = (stage, line.stage)
        self._report_drift(drift)
        return dict(drift)

    def _report_drift(self, drift):
        by_rma = defaultdict(list)
        for line, changes in drift.items():
            for name, (stored, found) in changes.items():
                by_rma[line.rma_id].append(
                    {"line": line.id, "name": name, "stored": stored, "found": found}
                )
        for rma, rows in by_rma.items():
            _logger.warning("%s: stored quantities differed: %s", rma.name, rows)
            self.env["reverse.event"]._log(rma, "DriftFound", {"drift": rows})
            items = Markup().join(
                Markup("<li>%s</li>")
                % self.env._(
                    "line %(line)s, %(name)s: %(stored)s was stored, %(found)s is "
                    "right",
                    **row,
                )
                for row in rows
            )
            # sudo: whoever runs the check need not write on every return
            rma.sudo().message_post(
                body=Markup("<p>%s</p><ul>%s</ul>")
                % (
                    self.env._("The documents say otherwise, and were followed:"),
                    items,
                )
            )

    # ------------------------------------------------------------------
    # Events
    # ------------------------------------------------------------------
    def action_verify_events(self):
        """Verify the events of these returns and say what was found."""
        roles = ("auditor", "administrator")
        groups = [f"reverse_logistics.group_{role}" for role in roles]
        if not any(self.env.user.has_group(group) for group in groups):
            raise AccessError(
                self.env._("Events are verified by auditors and administrators.")
            )
        self.check_access("read")
        breaks = self.env["reverse.event"]._find_breaks(self)
        files = self.env["reverse.event"]._find_evidence_breaks(self)
        if breaks:
            message = self.env._(
                "Changed or missing events: %(events)s",
                events=", ".join(
                    f"{rma.name} #{number}" for rma, number in breaks.items()
                ),
            )
        elif files:
            message = self.env._(
                "Evidence was changed, added or is missing: %(returns)s",
                returns=", ".join(rma.name for rma in files),
            )
        else:
            message = (
                self.env._("1 return checked: no event is missing or changed.")
                if len(self) == 1
                else self.env._(
                    "%(count)s returns checked: no event is missing or changed.",
                    count=len(self),
                )
            )
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "title": self.env._("Verification of Events"),
                "message": message,
                "type": "danger" if breaks or files else "success",
                "sticky": bool(breaks or files),
            },
        }


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _get_document_quantities(self):
        """Count from transfers, inspections and settlements what the lines store.

        :return: ``{line: {name: quantity}}`` in the line's unit
        """
        # sudo: documents of every department count
        settled = defaultdict(float)
        settlement_lines = self.env["reverse.settlement.line"].sudo()
        for line, quantity in settlement_lines._read_group(
            [
                ("rma_line_id", "in", self.ids),
                ("settlement_id.state", "=", "released"),
                ("kind", "in", ("goods", "kept")),
            ],
            ["rma_line_id"],
            ["quantity:sum"],
        ):
            settled[line.id] = quantity
        result = {}
        for line in self:
            documents = line.sudo()  # sudo: as above
            parts = documents.inspection_ids.filtered(lambda p: p.state == "done")
            kept = parts.filtered("not_inspected")
            replaced = documents._sum_moves(
                documents.settlement_line_ids.replacement_move_ids
            )
            result[line] = {
                "received": documents._sum_moves(
                    documents.move_ids.filtered(lambda m: m._is_reverse_receipt())
                ),
                "inspected": sum(parts.mapped("quantity")),
                "kept": sum(kept.mapped("quantity")),
                "put_away": sum(part._get_put_away() for part in parts),
                "denied": sum(parts.filtered("denied").mapped("quantity")),
                "settled": settled[line.id] + replaced,
                "replaced": replaced,
            }
        return result

    def _sum_moves(self, moves):
        """Sum what was moved, in the line's unit."""
        self.ensure_one()
        return sum(
            move.product_uom._compute_quantity(
                move.quantity, self.uom_id, rounding_method="HALF-UP"
            )
            for move in moves
            if move.state == "done"
        )


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

    def _get_put_away(self):
        """What of this part is where its disposition says."""
        self.ensure_one()
        sent = self.move_ids.filtered(lambda m: m.location_dest_id._is_outgoing())
        if sent:
            return self.line_id._sum_moves(sent)
        to_customer = self.disposition_id.location_state == "customer"
        if not self.disposed or (to_customer and not self.disposition_id.keeps_goods):
            return 0.0
        return self.quantity
