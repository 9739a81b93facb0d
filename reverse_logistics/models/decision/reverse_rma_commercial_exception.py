from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

#: A return whose exception was granted and not withdrawn since.
GRANTED = ("authorized", "done", "expired")


class ReverseRma(models.Model):
    """Returns outside of policy: why an approver allows them all the same."""

    _inherit = "reverse.rma"

    exception_reason = fields.Text(
        "Reason for Goodwill",
        copy=False,
        help="Why goods outside policy are accepted. It is kept with the return.",
        unlocked=True,
    )
    needs_exception_reason = fields.Boolean(compute="_compute_needs_exception_reason")

    @api.depends("state", "settlement_type", "line_ids.decision", "exception_reason")
    def _compute_needs_exception_reason(self):
        for rma in self:
            reason = (rma.exception_reason or "").strip()
            rma.needs_exception_reason = bool(
                rma.state == "requested"
                and not reason
                and rma.line_ids._get_commercial_exceptions()
            )

    def write(self, vals):
        if "exception_reason" in vals and not self._in_workflow():
            # What was granted was granted for that reason.
            self.filtered(lambda rma: rma.state != "requested")._check_editable()
            asked = self.filtered(lambda rma: rma._is_asked_by_rule())
            asked._check_reason_kept(vals["exception_reason"])
        return super().write(vals)

    def _check_reason_kept(self, reason):
        """What others approve, or have approved, is for the reason that they read."""
        for rma in self:
            known = (rma.exception_reason or "").strip()
            if known and known != (reason or "").strip():
                raise UserError(
                    self.env._(
                        "%(rma)s is being approved for the reason it names, so the "
                        "reason can no longer be changed.",
                        rma=rma.display_name,
                    )
                )

    def action_authorize_exception(self, reason=None):
        """Authorize as a person, and say why goods outside of policy are taken back.

        :param str reason: for all these returns; left out, what was entered on each
        :raises AccessError: without the role approver
        :raises UserError: as :meth:`action_authorize`
        """
        self._check_duty(
            "approver", excluded=("requested_by_id", "source_named_by_ids")
        )
        if reason:
            outside = self.line_ids._get_commercial_exceptions().rma_id
            outside = outside.filtered(lambda rma: rma.state == "requested")
            live = outside._get_live_approvals()
            outside.filtered(lambda rma: live[rma].vote_ids)._check_reason_kept(reason)
            outside._guarded_write({"exception_reason": reason})
        return self.action_authorize()

    def _authorize(self, version=None, bypassed=()):
        if version:
            return super()._authorize(version, bypassed)
        for rma in self.filtered("needs_exception_reason"):
            raise UserError(
                self.env._(
                    "%(rma)s is outside policy: %(why)s Say on the return why it is "
                    "accepted anyway.",
                    rma=rma.display_name,
                    why=rma.line_ids._get_commercial_exceptions()[0].explanation,
                )
            )
        outside = self.line_ids._get_commercial_exceptions()
        res = super()._authorize(version, bypassed)
        outside._grant_exceptions(bypassed)
        return res

    def _get_approval_question(self):
        """Ask why goods outside of policy are taken back, where nobody has said so."""
        if not self.needs_exception_reason:
            return super()._get_approval_question()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_exception_wizard_action"
        )
        return {**action, "context": {"default_rma_ids": self.ids}}

    def _get_personal_fields(self):
        return [*super()._get_personal_fields(), (self, ["exception_reason"])]


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    commercial_exception = fields.Boolean(
        readonly=True,
        copy=False,
        index=True,
        help="It was outside of policy, and an approver allowed it.",
        guarded=True,
    )
    exception_granted_at = fields.Datetime(
        "Granted On", readonly=True, copy=False, guarded=True
    )
    exception_granted_by_id = fields.Many2one(
        "res.users",
        "Granted by",
        readonly=True,
        copy=False,
        guarded=True,
    )
    exception_value = fields.Monetary(
        "Value of the Goodwill",
        currency_field="company_currency_id",
        readonly=True,
        copy=False,
        help="Net, when it was granted.",
        guarded=True,
    )
    salesperson_id = fields.Many2one(
        "res.users",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="Who had sold the goods, when the goodwill was granted.",
        guarded=True,
    )
    exception_reason = fields.Text(related="rma_id.exception_reason")

    def _get_commercial_exceptions(self):
        """Give the lines for which something is given that policy would not give."""
        return self.filtered(
            lambda line: (
                line.decision == "exception"
                and line._is_sourced()
                and line._get_settlement_type() != "none"
            )
        )

    def _grant_exceptions(self, bypassed=()):
        if not self:
            return
        values = self._get_values_at_stake()
        for line in self:
            # sudo: who sold the goods, whoever decides
            order = line.sudo().sale_line_id.order_id
            line._guarded_write(
                {
                    "commercial_exception": True,
                    "exception_granted_at": fields.Datetime.now(),
                    "exception_granted_by_id": self.env.uid,
                    "exception_value": values[line],
                    "salesperson_id": order.user_id.id,
                }
            )
        self.env["reverse.event"]._log(
            self.rma_id,
            "CommercialExceptionGranted",
            lambda rma: {
                "decider": "person",
                "combined_duties": rma in bypassed,
                "amount": sum(values[line] for line in self & rma.line_ids),
                "currency": rma.company_id.currency_id.name,
                "lines": (self & rma.line_ids)._event_data(),
            },
        )

    # ------------------------------------------------------------------
    # How often
    # ------------------------------------------------------------------
    @api.model
    def _count_exceptions(self, path, records, days):
        """Count the returns with commercial exceptions of the last days.

        :param str path: from a line to these records
        :return: ``{record: number of returns}``
        """
        since = fields.Datetime.now() - timedelta(days=days)
        # sudo: a rule counts what everybody has granted
        lines = self.sudo().search_fetch(
            [
                ("commercial_exception", "=", True),
                ("exception_granted_at", ">=", since),
                ("state", "in", GRANTED),
                (path, "in", records.ids),
            ],
            ["rma_id"],
        )
        found = lines.grouped(lambda line: line.mapped(path).id)
        return {
            record: len(found.get(record.id, lines.browse()).rma_id)
            for record in records
        }


class ResPartner(models.Model):
    _inherit = "res.partner"

    reverse_exception_count = fields.Integer(
        "Goodwill", compute="_compute_reverse_exception_count"
    )

    def _count_commercial_exceptions(self, days):
        """Count the returns that these customers got outside of policy.

        :param int days: how far back, from now
        :return: ``{partner: number of returns}``, of all contacts of a company together
        """
        owners = self.commercial_partner_id
        counts = self.env["reverse.rma.line"]._count_exceptions(
            "rma_id.commercial_partner_id", owners, days
        )
        return {partner: counts[partner.commercial_partner_id] for partner in self}

    def _compute_reverse_exception_count(self):
        known = self.env["reverse.rma.line"].has_access("read")
        saved = self._origin if known else self.browse()
        counts = saved._count_commercial_exceptions(365)
        for partner in self:
            partner.reverse_exception_count = counts.get(partner._origin, 0)

    def action_view_reverse_exceptions(self):
        """Open what these customers got outside of policy."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_rma_line_action_exception"
        )
        owners = self.commercial_partner_id
        domain = [
            ("commercial_exception", "=", True),
            ("partner_id", "child_of", owners.ids),
        ]
        return {**action, "domain": domain}


class ResUsers(models.Model):
    _inherit = "res.users"

    def _count_commercial_exceptions(self, days):
        """Count the returns outside of policy of what these users had sold.

        :param int days: how far back, from now
        :return: ``{user: number of returns}``
        """
        return self.env["reverse.rma.line"]._count_exceptions(
            "salesperson_id", self, days
        )


class ReverseEvent(models.Model):
    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "CommercialExceptionGranted": self.env._("Goodwill granted"),
        }
