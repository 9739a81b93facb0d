from odoo import Command, models

from ...engine import approvals


class ReverseRma(models.Model):
    """Returns that somebody else has to approve, whatever policy says."""

    _inherit = "reverse.rma"
    _gate_actors = ("requested_by_id", "source_named_by_ids")
    _gates = (
        "authorization",
        "commercial_exception",
        "no_receipt",
        "serialized",
        "repeated_exceptions",
    )

    # ------------------------------------------------------------------
    # Gates
    # ------------------------------------------------------------------
    def _get_gate_facts(self):
        asked = self.filtered(
            lambda rma: (
                rma.state == "requested"
                and not rma._only_goes_back()
                and not rma._is_clear_withdrawal()
            )
        )
        taken_in = self.filtered(lambda rma: rma.state == "authorized")._get_taken_in()
        # sudo: rules look at the whole return, whatever the user may read
        known = self.sudo().with_context(active_test=False).with_prefetch()
        values = known.line_ids._get_values_at_stake()
        rules = self.env["reverse.approval.rule"]
        dimensions = rules._get_dimensions(known.company_id, self._gates)
        batch = known.line_ids._get_batch_facts(dimensions)
        facts = {}
        for rma, own in zip(self, known, strict=True):
            gates = own._get_gate_lines() if rma in asked else {}
            if rma in taken_in:
                gates = {"no_receipt": own.line_ids & taken_in[rma]}
            facts[rma] = {
                gate: own._get_facts(
                    lines, own._get_gate_value(gate, lines, values), dimensions, batch
                )
                for gate, lines in gates.items()
                if lines
            }
        return facts

    def _get_default_rules(self, found):
        """An approver decides on what policy and those whom rules ask leave open."""
        why = self.env._("Policy leaves it to a person.")
        waiting = self.filtered(
            lambda rma: (
                rma._waits_for_approver()
                and not (
                    found[rma]
                    and all(
                        rma._is_decided_by(found[rma], line) for line in rma.line_ids
                    )
                )
            )
        )
        return {rma: {"authorization": why} for rma in waiting}

    def _waits_for_approver(self):
        """Whether a person says if it may come back, and could say so now."""
        self.ensure_one()
        if self.state != "requested" or self._only_goes_back():
            return False
        # sudo: who named a source, and what else it waits for
        known = self.sudo()
        if not any(line._is_sourced() for line in known.line_ids):
            return False
        if any(
            line.decision != "authorize" and not line.customer_owned
            for line in known.line_ids
        ):
            return True
        # As it is requested, policy goes on at once; later it may have been stopped.
        return known.stage == "requested" and (
            bool(known.source_named_by_ids)
            or any(
                exception.type in ("no_authorization", "late_goods")
                for exception in known._get_open_exceptions()
            )
        )

    def _only_goes_back(self):
        """Goods are here and go back, nothing is given for them."""
        return self.settlement_type == "none" and any(
            self.line_ids.mapped("qty_received")
        )

    def _get_gate_lines(self):
        """Give the lines that bring a return to a gate: ``{gate: lines}``."""
        lines = self.line_ids
        exceptions = lines.filtered(lambda line: line.decision == "exception")
        return {
            "authorization": lines,
            "commercial_exception": exceptions,
            "no_receipt": lines.filtered(lambda line: line._lacks_confirmed_sale()),
            "serialized": lines.filtered(lambda line: line.tracking == "serial"),
            "repeated_exceptions": exceptions,
        }

    def _get_gate_value(self, gate, lines, values):
        """Of serialized goods the dearest piece counts, else what all are worth."""
        if gate != "serialized":
            return sum(values[line] for line in lines)
        return max(
            values[line] / (line._in_product_uom(line.quantity) or 1.0)
            for line in lines
        )

    def _find_rules(self, facts=None):
        found = super()._find_rules(facts)
        repeated = {
            rma: rules["repeated_exceptions"][0]
            for rma, rules in found.items()
            if "repeated_exceptions" in rules
        }
        for rma, count in self._count_earlier_exceptions(repeated).items():
            if count < repeated[rma].sudo().exception_count:  # sudo: as all rules
                del found[rma]["repeated_exceptions"]
        return found

    def _count_earlier_exceptions(self, rules):
        """Count earlier commercial exceptions: of the customer, or of a salesperson.

        :param dict rules: ``{return: rule that says how far back}``
        :return: ``{return: the higher of both counts}``, in returns
        """
        if not rules:
            return {}
        counts = {}
        # sudo: rules apply to everybody, and returns of every user count
        rmas = self.sudo().browse([rma.id for rma in rules])
        for days, group in rmas.grouped(
            lambda rma: rules[rma].sudo().exception_days  # sudo: as above
        ).items():
            of_customers = group.partner_id._count_commercial_exceptions(days)
            of_sellers = group._get_salespeople()._count_commercial_exceptions(days)
            for rma in group:
                counts[rma] = max(
                    of_customers[rma.partner_id],
                    *(of_sellers[seller] for seller in rma._get_salespeople()),
                    0,
                )
        return counts

    def _get_salespeople(self):
        return self.line_ids.sale_line_id.order_id.user_id

    def _get_subjects(self):
        # sudo: what is approved does not depend on who looks
        rmas = self.sudo().with_prefetch()
        values = rmas.line_ids._get_values_at_stake()
        subjects = {}
        for rma, own in zip(self, rmas, strict=True):
            quantities = {}
            for line in own.line_ids:
                quantities.setdefault(line.product_id.id, 0.0)
                quantities[line.product_id.id] += line._in_product_uom(line.quantity)
            amount = sum(values[line] for line in own.line_ids)
            subjects[rma] = approvals.Subject(amount, quantities)
        return subjects

    def _get_approval_details(self):
        self.ensure_one()
        return "\n".join(
            filter(None, [self.product_summary, self.decision_summary, self.note])
        )

    # ------------------------------------------------------------------
    # Going on
    # ------------------------------------------------------------------
    def _go_on_approved(self):
        """Authorize what persons have decided, and go on with what was taken in.

        What is approved waits all the same until it is known where it goes.
        """
        known = self - self._get_lost_exceptions().rma_id
        here = known.filtered(lambda rma: rma.state == "authorized")
        for rma, lines in here._get_taken_in().items():
            rma._go_on_without_source(lines)
        decided = known.filtered(
            lambda rma: (
                rma.state == "requested"
                and all(rma._is_decided(line) for line in rma.line_ids)
                and any(line._is_sourced() for line in rma.line_ids)
            )
        )
        if decided:
            decided.line_ids._check_over_return()
            votes = decided.sudo().approval_ids.vote_ids  # sudo: who decided how
            combined = votes.filtered("combined_duties").approval_id.rma_id
            decided._authorize(bypassed=decided & combined.sudo(False))

    def _is_decided(self, line):
        """Whether policy or the approvals that were given say what becomes of a line.

        The other gates look at a return besides; whether it is authorized stays for an
        approver.
        """
        # sudo: which approvals were given
        given = self.sudo().approval_ids.filtered(lambda a: a.state == "approved")
        return self._is_decided_by(set(given.mapped("gate")), line)

    def _is_decided_by(self, gates, line):
        """Whether approvals at these gates leave nothing of a line to a person."""
        return (
            "authorization" in gates
            or line.decision == "authorize"
            or (line.decision == "exception" and "commercial_exception" in gates)
            or (line._lacks_confirmed_sale() and "no_receipt" in gates)
        )

    def _go_on_refused(self, reason):
        here = self.filtered(lambda rma: any(rma.line_ids.mapped("qty_received")))
        (self - here).filtered(lambda rma: rma.state == "requested")._reject(reason)

    def _get_approval_step(self):
        """Say that a requested return waits for others than whoever authorizes it."""
        if self.stage == "requested" and self.approval_state == "waiting":
            return self.env._(
                "It waits for approval: whoever has the role finds it under To Approve."
            )
        return None

    def _exclude_from_approvals(self):
        """Ask the acting user no longer: he has named a source."""
        asked = (
            self.env["reverse.approval"]
            .union(*self._get_live_approvals().values())
            .filtered(lambda a: a.state == "pending")
        )
        asked._guarded_write({"excluded_ids": [Command.link(self.env.uid)]})

    # ------------------------------------------------------------------
    # Goods taken in without a sale
    # ------------------------------------------------------------------
    def _get_taken_in(self):
        """Give what was taken in without a sale and is not announced yet."""
        found = {}
        for rma in self:
            lines = rma.line_ids.filtered(
                lambda line: (
                    line.decision_code == "taken_in"
                    and line.customer_owned
                    and not line.qty_authorized
                )
            )
            if lines:
                found[rma] = lines
        return found

    def _go_on_without_source(self, lines):
        """Authorize what waited for nothing else; announce it where that was done."""
        for rma in self - self._ask_who_approves():
            own = lines & rma.line_ids
            if rma.state == "authorized":
                own._authorize()
                rma._work("_create_receipts")
                rma._update_progress()
            elif rma.state == "requested" and all(
                line.decision == "authorize" or line.customer_owned
                for line in rma.line_ids
            ):
                rma.action_authorize()

    def _ask_who_approves(self):
        """Ask for approvals; the acting user gives his own, as far as a rule asks him.

        :return: the returns that still wait for others
        """
        waiting = self._ask_approvals()
        waiting._give_approvals(bypassed=(), by_rule=True)
        return waiting.filtered(
            lambda rma: rma.approval_state == "waiting" and rma._is_asked_by_rule()
        )
