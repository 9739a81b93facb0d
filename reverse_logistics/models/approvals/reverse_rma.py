from odoo import Command, api, fields, models

from ...engine import approvals
from ..base.reverse_authored_mixin import AUTHORS


class ReverseRma(models.Model):
    """Ask others to approve returns, and go on when they have."""

    _inherit = "reverse.rma"
    _gate_actors = (
        "requested_by_id",
        "source_named_by_ids",
        "word_by_ids",
        "invited_by_ids",
        "customer_user_ids",
        *AUTHORS,
    )
    _gates = (
        "authorization",
        "commercial_exception",
        "no_receipt",
        "serialized",
        "repeated_exceptions",
    )

    invited_by_ids = fields.Many2many(
        "res.users",
        string="Let the Customer In",
        compute="_compute_invited_by_ids",
        compute_sudo=True,
        help="Who made the users of the portal that asked or their contacts, or "
        "changed their e-mail address, password or company: whoever did may be "
        "able to sign in as them, so somebody else decides.",
    )

    customer_user_ids = fields.Many2many(
        "res.users",
        string="Is the Customer",
        compute="_compute_customer_user_ids",
        compute_sudo=True,
        help="Nobody approves, inspects or releases what they get themselves.",
    )

    @api.depends("partner_id", "end_partner_id")
    def _compute_customer_user_ids(self):
        for rma in self:
            people = rma.partner_id | rma.commercial_partner_id | rma.end_partner_id
            rma.customer_user_ids = people.user_ids

    @api.depends("entered_by_id", "changed_by_ids", "requested_by_id")
    def _compute_invited_by_ids(self):
        for rma in self:
            users = rma.entered_by_id | rma.changed_by_ids | rma.requested_by_id
            asked = users.filtered("share")
            rma.invited_by_ids = (
                asked.create_uid | asked.partner_id._get_reverse_let_in()
            )

    # ------------------------------------------------------------------
    # Gates
    # ------------------------------------------------------------------
    def _get_gate_facts(self):
        asked = self.filtered(
            lambda rma: (
                rma.state == "requested"
                and not rma._only_goes_back()
                and not rma._is_by_right()
            )
        )
        taken_in = self.filtered(lambda rma: rma.state == "authorized")._get_taken_in()
        # sudo: rules look at the whole return, whatever the user may read
        known = self.sudo().with_context(active_test=False).with_prefetch()
        values = known.line_ids._get_values_at_stake()
        of_orders = asked._get_asked_of_orders()
        elsewhere = asked.line_ids._get_asked_elsewhere() if of_orders else {}
        rules = self.env["reverse.approval.rule"]
        dimensions = rules._get_dimensions(known.company_id, self._gates)
        batch = known._get_batch_facts(dimensions)
        facts = {}
        for rma, own in zip(self, known, strict=True):
            gates = own._get_gate_lines() if rma in asked else {}
            if rma in taken_in:
                gates = {"no_receipt": own.line_ids & taken_in[rma]}
            facts[rma] = {
                gate: own._get_control_facts(
                    lines,
                    own._get_gate_value(
                        gate, lines, values, elsewhere, of_orders.get(rma, 0.0)
                    ),
                    dimensions,
                    batch,
                )
                for gate, lines in gates.items()
                if lines
            }
        return facts

    def _get_default_rules(self, found):
        """Let an approver decide on what policy and rules leave open."""
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
        """Tell whether a person has to decide on the return, and could do so now."""
        self.ensure_one()
        if self.state != "requested" or self._only_goes_back():
            return False
        # sudo: only who named a source and what the return waits for is read
        known = self.sudo()
        if not any(line._is_sourced() for line in known.line_ids):
            return False
        if any(
            line.decision != "authorize" and not line.customer_owned
            for line in known.line_ids
        ):
            return True
        # A new request goes on by policy at once. If it has not, it was stopped.
        return known.stage == "requested" and (
            bool(known.source_named_by_ids)
            or any(
                exception.type in ("no_authorization", "late_goods")
                for exception in known._get_open_exceptions()
            )
        )

    def _only_goes_back(self):
        """Tell whether goods are here and go back without any credit."""
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

    def _get_asked_of_orders(self):
        """Sum what other live returns ask back of the same orders, old invoices or
        deliveries without order.

        :return: ``{return: net value}``, empty where there are none
        """
        siblings = self.line_ids._find_siblings_by_document()
        # sudo: what is asked back counts, whoever asked
        lines = self.env["reverse.rma.line"].sudo().union(*siblings.values())
        values = lines._get_values_at_stake() if lines else {}
        return {
            rma: sum(values[line] for line in others)
            for rma, others in siblings.items()
        }

    def _get_gate_value(self, gate, lines, values, elsewhere, of_orders):
        """Give the value that rules at a gate look at.

        Of serialized goods it is the most expensive unit, otherwise the value of these
        goods and of what other live returns ask back of the same goods; where the whole
        return is to be authorized, of the same orders.

        :param elsewhere: what ``_get_asked_elsewhere`` gave
        :param float of_orders: what ``_get_asked_of_orders`` gave
        :return: net, in the company's currency
        """
        if gate == "authorization":
            return of_orders + sum(values[line] for line in lines)
        if gate != "serialized":
            first = lines.grouped(lambda line: line._get_proof_key()).values()
            others = sum(elsewhere.get(own[:1], (0.0, 0.0))[1] for own in first)
            return others + sum(values[line] for line in lines)
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
        """Count earlier returns with goodwill, by customer and by salesperson.

        :param dict rules: ``{return: rule that says how far back to count}``
        :return: ``{return: the highest of these counts}``
        """
        if not rules:
            return {}
        counts = {}
        # sudo: rules apply to everybody, and returns of every user count
        rmas = self.sudo().browse([rma.id for rma in rules])
        for days, group in rmas.grouped(
            lambda rma: rules[rma].sudo().exception_days  # sudo: as above
        ).items():
            owners = {rma: rma._get_owners() for rma in group}
            customers = rmas.env["res.partner"].union(*owners.values())
            of_customers = customers._count_commercial_exceptions(days)
            of_sellers = group._get_salespeople()._count_commercial_exceptions(days)
            for rma in group:
                counts[rma] = max(
                    sum(of_customers[owner] for owner in owners[rma]),
                    *(of_sellers[seller] for seller in rma._get_salespeople()),
                    0,
                )
        return counts

    def _get_owners(self):
        """Give the companies that bought the goods, asked, and are the customer now."""
        self.ensure_one()
        ids = {buyer["owner"] for buyer in self.line_ids._get_buyers()}
        found = self.commercial_partner_id.browse(ids.union(self._get_owner_ids()))
        return found.exists().commercial_partner_id | self.commercial_partner_id

    def _get_salespeople(self):
        """Give who sold the goods, whomever their orders name now."""
        return self.line_ids.sale_line_id.order_id.reverse_seller_id

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
        by_link = self._is_asked_by_link() and self.env._(
            "Requested by a link, not by a signed-in customer: two people decide, or "
            "one who may combine the duties of customer service and approver."
        )
        return "\n".join(
            filter(
                None, [by_link, self.product_summary, self.decision_summary, self.note]
            )
        )

    def _get_least_approvers(self):
        """Ask two people about what a visitor wants: one of them may be the visitor."""
        return 2 if self._is_asked_by_link() else 1

    def _is_asked_by_link(self):
        """Tell whether anybody can have asked who reads a link or an order's number."""
        self.ensure_one()
        # sudo: whether they are users of this customer, and what came by the site
        known = self.sudo()
        users = known.entered_by_id | known.changed_by_ids | known.requested_by_id
        return bool(known.withdrawal_statement_ids) or any(
            user.share and user.commercial_partner_id != known.commercial_partner_id
            for user in users
        )

    # ------------------------------------------------------------------
    # Going on
    # ------------------------------------------------------------------
    def _go_on_approved(self):
        """Authorize what is decided, and announce goods that were taken in.

        Even with all approvals, a return waits until it is known where the goods go.
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
            votes = decided.sudo().approval_ids.vote_ids  # sudo: only combined duties
            combined = votes.filtered("combined_duties").approval_id.rma_id
            decided._authorize(bypassed=decided & combined.sudo(False))

    def _is_decided(self, line):
        """Tell whether policy or the approvals given say what becomes of a line.

        Approvals at other gates are needed in addition, but do not authorize anything.
        """
        # sudo: only which approvals were given is read
        given = self.sudo().approval_ids.filtered(lambda a: a.state == "approved")
        return self._is_decided_by(set(given.mapped("gate")), line)

    def _is_decided_by(self, gates, line):
        """Tell whether approvals at these gates leave nothing about a line open."""
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
        """Say that a requested return waits for approvals of others."""
        if self.stage == "requested" and self.approval_state == "waiting":
            return self.env._(
                "It waits for approval: whoever has the role finds it under To Approve."
            )
        return None

    def _exclude_from_approvals(self):
        """Keep the acting user from approving: they have named a source."""
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
        """Give lines taken in without a sale and not announced yet, by return."""
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
        """Authorize lines that wait for no approval; announce goods that are here."""
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
        """Ask for approvals, and give the acting user's own where a rule asks for it.

        :return: the returns that still wait for others
        """
        waiting = self._ask_approvals()
        waiting._give_approvals(bypassed=(), by_rule=True)
        return waiting.filtered(
            lambda rma: rma.approval_state == "waiting" and rma._is_asked_by_rule()
        )
