from odoo import Command, api, fields, models
from odoo.exceptions import UserError

# Nobody looks through more deliveries than this; users search for the order instead.
MAX_DELIVERIES = 200


class ReverseReturnWizard(models.TransientModel):
    """What customer service enters to make a return and, at the counter, to settle it.

    At the counter, all steps are taken at once, in one transaction. Each step is an
    action of the return itself, taken by the acting user, so that duties and
    segregation hold as everywhere. What policy does not decide waits for a person.
    """

    _name = "reverse.return.wizard"
    _description = "New Return"

    mode = fields.Selection(
        [
            ("return", "The goods come later"),
            ("counter", "The goods are here: settle at once"),
        ],
        "Goods",
        default="return",
        required=True,
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    search_text = fields.Char(
        "Search",
        help="Order, invoice, the customer's order number, serial or lot, delivery, "
        "tracking number, telephone number, customer or product.",
    )
    candidate_ids = fields.One2many(
        "reverse.return.wizard.candidate",
        "wizard_id",
        "Found",
        compute="_compute_candidate_ids",
        store=True,
        readonly=False,
        precompute=True,
    )
    order_id = fields.Many2one("sale.order", readonly=True)
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        help="Who bought the goods and is credited.",
    )
    end_partner_id = fields.Many2one(
        "res.partner",
        "End Customer",
        help="Who has the goods, when that is not who bought them.",
    )
    client_ref = fields.Char("Customer Reference")
    channel_id = fields.Many2one("reverse.channel")
    settlement_type = fields.Selection(
        lambda self: (
            self.env["reverse.rma"]
            ._fields["settlement_type"]
            ._description_selection(self.env)
        ),
        "Customer Wants",
        default="refund",
        required=True,
    )
    reason_id = fields.Many2one("reverse.reason", "Reason for All")
    basis = fields.Selection(
        lambda self: (
            self.env["reverse.rma"]._fields["basis"]._description_selection(self.env)
        ),
        help="A withdrawal is acknowledged at once, whatever policy says.",
    )
    stated_on = fields.Date(
        "Withdrawn on", help="The day on which the customer said it; today when empty."
    )
    withdrawable_order_id = fields.Many2one(
        "sale.order",
        compute="_compute_withdrawable_order_id",
        help="The order that is meant, of which something is not delivered yet.",
    )
    line_ids = fields.One2many(
        "reverse.return.wizard.line",
        "wizard_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
        precompute=True,
    )

    amount_paid = fields.Monetary(
        "Paid, Including Tax",
        compute="_compute_amount_paid",
        help="What the customer paid for what comes back. Policy, condition and fees "
        "decide how much of it is credited.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_amount_paid")
    has_lots = fields.Boolean(compute="_compute_has_lots")
    has_wrong_items = fields.Boolean(compute="_compute_has_wrong_items")
    proofs_asked = fields.Char(
        compute="_compute_proofs_asked",
        help="Which files any rule may ask for, for the columns to show.",
    )
    condition_id = fields.Many2one("reverse.condition", "Condition for All")
    rma_id = fields.Many2one("reverse.rma", "Return", readonly=True)
    outcome = fields.Selection(
        [("done", "Done"), ("waiting", "Something is left to do")], readonly=True
    )
    result = fields.Text(readonly=True)
    can_settle = fields.Boolean(compute="_compute_can_settle")
    can_receive = fields.Boolean(compute="_compute_can_receive")

    # ------------------------------------------------------------------
    # Search
    # ------------------------------------------------------------------
    @api.depends("search_text", "company_id")
    def _compute_candidate_ids(self):
        for wizard in self:
            found = self.env["reverse.search"]._search_anything(
                wizard.search_text or "", wizard.company_id
            )
            rows = [
                {key: record.id, "found_by": why}
                for key, target in (
                    ("order_id", found.orders),
                    ("picking_id", found.pickings),
                    ("partner_id", found.partners),
                )
                for record, why in target.items()
            ]
            # Users need not choose when only one thing was found.
            rows = [{**row, "chosen": len(rows) == 1} for row in rows]
            wizard.candidate_ids = [
                Command.clear(),
                *(Command.create(row) for row in rows),
            ]

    def _get_chosen(self):
        return self.candidate_ids.filtered("chosen")

    @api.depends("order_id", "candidate_ids.chosen")
    def _compute_partner_id(self):
        for wizard in self:
            chosen = wizard._get_chosen()
            owners = wizard.order_id.partner_id | chosen.order_id.partner_id
            owners |= chosen.picking_id.partner_id | chosen.partner_id
            if len(owners) > 1 and len(owners.commercial_partner_id) == 1:
                owners = owners.commercial_partner_id
            # While users have not chosen among what was found, or nothing was found,
            # no customer is meant. A customer chosen by hand afterwards stays.
            searched = wizard.candidate_ids or (
                wizard.search_text and not wizard.order_id
            )
            undecided = searched and not chosen
            wizard.partner_id = owners[:1] or (not undecided and wizard.partner_id)

    # ------------------------------------------------------------------
    # What can come back
    # ------------------------------------------------------------------
    @api.depends("line_ids.quantity", "line_ids.amount_paid")
    def _compute_amount_paid(self):
        for wizard in self:
            lines = wizard.line_ids.filtered("quantity")
            wizard.currency_id = lines.currency_id[:1]
            # Amounts in different currencies cannot be added.
            several = len(lines.currency_id) > 1
            wizard.amount_paid = 0.0 if several else sum(lines.mapped("amount_paid"))

    @api.depends("order_id", "candidate_ids.chosen", "basis")
    def _compute_withdrawable_order_id(self):
        for wizard in self:
            order = wizard.order_id | wizard._get_chosen().order_id
            waits = (
                wizard.basis
                and len(order) == 1
                and any(
                    line.product_id.type == "consu"
                    and line.product_uom_qty > line.qty_delivered
                    for line in order.order_line
                )
            )
            wizard.withdrawable_order_id = waits and order

    @api.depends("line_ids.product_id")
    def _compute_has_lots(self):
        for wizard in self:
            wizard.has_lots = any(
                line.product_id.tracking not in (False, "none")
                for line in wizard.line_ids
            )

    @api.depends("line_ids.reason_id")
    def _compute_has_wrong_items(self):
        for wizard in self:
            wizard.has_wrong_items = "wrong_item" in wizard.line_ids.mapped("claim")

    @api.depends("company_id")
    def _compute_proofs_asked(self):
        versions = self.env["reverse.policy.version"]._get_for(self.company_id)
        for wizard in self:
            asked = versions[wizard.company_id]._get_asked_proofs()
            wizard.proofs_asked = " ".join(sorted(asked))

    @api.depends("order_id", "candidate_ids.chosen", "partner_id")
    def _compute_line_ids(self):
        """Propose what can still be returned, by lot where lots are tracked."""
        for wizard in self:
            entered = {
                (line.move_id.id, line.lot_id.id): line._get_entered()
                for line in wizard.line_ids
                if line.move_id and line.quantity
            }
            loose = wizard.line_ids.filtered(lambda line: not line.move_id)
            named = wizard._get_named_lots()
            rows = []
            for (move, lot), free in (
                wizard._get_deliveries()._get_reverse_offers().items()
            ):
                row = {"move_id": move.id, "lot_id": lot.id, "returnable": free}
                if lot.id in named:
                    row["quantity"] = min(free, 1.0)
                rows.append({**row, **entered.get((move.id, lot.id), {})})
            rows.sort(key=lambda row: row["lot_id"] not in named)
            rows.sort(key=lambda row: not wizard._is_meant(row["move_id"]))
            rows += [{"product_id": r.product_id.id, **r._get_entered()} for r in loose]
            wizard.line_ids = [
                Command.clear(),
                *(Command.create(row) for row in rows),
            ]

    def _is_meant(self, move_id):
        """Tell whether a delivery is of the product that was searched for."""
        text = (self.search_text or "").strip().lower()
        # sudo: the user may read the order of this delivery
        product = self.env["stock.move"].sudo().browse(move_id).product_id
        names = (product.default_code, product.barcode, product.name)
        return bool(text) and any(text in (name or "").lower() for name in names)

    def _get_named_lots(self):
        """Give the ids of serial numbers that were searched for: these come back."""
        text = (self.search_text or "").strip()
        if not text or not self._get_chosen():
            return []
        return (
            self.env["stock.lot"]
            .search([("name", "=ilike", text), ("product_id.tracking", "=", "serial")])
            .ids
        )

    def _get_deliveries(self):
        """Give the deliveries of everything chosen, the newest first."""
        chosen = self._get_chosen()
        orders = self.order_id | chosen.order_id
        moves = self.env["stock.move"]
        if orders or chosen.picking_id:
            domain = [
                "|",
                ("sale_line_id.order_id", "in", orders.ids),
                ("picking_id", "in", chosen.picking_id.ids),
            ]
        elif self.partner_id:
            owner = self.partner_id.commercial_partner_id
            domain = [
                ("company_id", "=", self.company_id.id),
                ("sale_line_id.order_id.partner_id", "child_of", owner.ids),
            ]
        else:
            return moves
        return moves._search_reverse_deliveries(domain, limit=MAX_DELIVERIES)

    # ------------------------------------------------------------------
    # Creating the return
    # ------------------------------------------------------------------
    def action_search(self):
        """Show what was found; the search itself runs as soon as a text is entered."""
        self.ensure_one()
        return self._reopen()

    def _reopen(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_return_wizard_action"
        )
        return {**action, "name": self._get_title(), "res_id": self.id}

    def _get_title(self):
        if self.mode == "counter":
            return self.env._("Counter Return")
        return self.env._("New Return")

    def action_create(self):
        """Create the return and request it, so that policy answers at once.

        Deliveries are proposed for products without one, and a person looks at them
        before the request. So does it wait for what a shipping error or the policy's
        proofs still lack: the draft names it, and it is entered there.
        """
        self.ensure_one()
        if self.rma_id:
            return self.action_open_return()
        rma = self._create_return()
        unknown = rma.line_ids.filtered(lambda line: not line._is_sourced())
        if unknown or rma._may_need_proof():
            rma.action_find_deliveries()
        # A withdrawal takes effect when it arrives, so open questions come afterwards.
        doubts = () if rma.basis else (unknown, rma.proof_gaps)
        if not (rma.claim_gaps or any(doubts)):
            rma.action_request()
        return rma.get_formview_action()

    def action_withdraw(self):
        """Withdraw from the whole order, including what was not delivered yet."""
        self.ensure_one()
        if not self.rma_id:
            action = self.withdrawable_order_id.action_reverse_withdraw()
            # Noted here, so that a second click on the button makes no second return.
            self.rma_id = self.env["reverse.rma"].browse(action["res_id"])
            if self.stated_on:
                self.rma_id.stated_on = self.stated_on
        return self.action_open_return()

    def action_save(self):
        """Create the return as a draft, which shows what policy would decide."""
        self.ensure_one()
        rma = self.rma_id or self._create_return()
        rma._foresee()
        return rma.get_formview_action()

    def _create_return(self):
        lines = self.line_ids.filtered("quantity")
        if not lines:
            raise UserError(
                self.env._("Enter the quantity that comes back on at least one line.")
            )
        self._check_customer(lines)
        # Noted here, so that a second click on the button makes no second return.
        self.rma_id = self.env["reverse.rma"].create(self._prepare_return(lines))
        return self.rma_id

    def _check_customer(self, lines):
        if not self.partner_id:
            raise UserError(
                self.env._(
                    "Choose the customer who is credited; for somebody unknown, a "
                    "contact of your own such as “Walk-in customer”."
                )
            )
        for line in lines:
            if not line.product_id:
                raise UserError(self.env._("Choose the product on every line."))
            if line.move_id and line.uom_id.compare(line.quantity, line.returnable) > 0:
                raise UserError(
                    self.env._(
                        "%(product)s: only %(returnable).12g of %(document)s can be "
                        "returned; you entered %(quantity).12g.",
                        product=line.product_id.display_name,
                        quantity=line.quantity,
                        document=line.document,
                        returnable=line.returnable,
                    )
                )

    def _prepare_return(self, lines):
        return {
            "partner_id": self.partner_id.id,
            "end_partner_id": self.end_partner_id.id,
            "company_id": self.company_id.id,
            "client_ref": self.client_ref,
            "channel_id": self.channel_id.id,
            "settlement_type": self.settlement_type,
            "basis": self.basis,
            **({"stated_on": self.stated_on} if self.basis and self.stated_on else {}),
            "line_ids": [
                Command.create(line._prepare_return_line(number))
                for number, line in enumerate(lines, 1)
            ],
        }

    # ------------------------------------------------------------------
    # At the counter
    # ------------------------------------------------------------------
    @api.depends_context("uid")
    def _compute_can_receive(self):
        """Tell in advance whether the user has all roles that the counter needs."""
        user = self.env.user
        roles = ("service", "receiver", "inspector")
        self.can_receive = all(
            user.has_group(f"reverse_logistics.group_{role}") for role in roles
        )

    @api.depends("rma_id")
    def _compute_can_settle(self):
        user = self.env.user
        roles = ("service", "approver", "releaser")
        allowed = all(user.has_group(f"reverse_logistics.group_{r}") for r in roles)
        for wizard in self:
            wizard.can_settle = allowed and bool(wizard._get_waiting_credits())

    def action_counter(self):
        """Request, receive, inspect and settle what was handed over.

        :raises AccessError: unless the user has the roles customer service, receiver
            and inspector
        :raises UserError: when any step is refused; then nothing is kept
        """
        self.ensure_one()
        if self.rma_id:
            return self._show_result()
        self.mode = "counter"
        self._check_conditions()
        rma = self._create_return()
        rma.action_request()
        if rma.state == "authorized":
            rma.action_receive()
            # Each part takes condition and disposition from its line.
            rma.inspection_ids.action_complete()
            # Credits that policy leaves to a person go to the approvers at once.
            rma.settlement_ids.filtered(lambda s: s.state == "draft").action_submit()
        return self._show_result()

    def action_settle(self):
        """Approve and release, as this user, what policy left to a person.

        Credits that others have to approve as well are left to them.
        """
        self.ensure_one()
        settlements = self._get_waiting_credits()
        ready = settlements.filtered(lambda s: not s._is_asked_by_rule())
        ready.action_approve()
        ready.action_release()
        return self._show_result()

    def action_open_return(self):
        return self.rma_id.get_formview_action()

    def action_next(self):
        """Start the return of the next customer."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_counter_wizard_action"
        )
        return action

    def _check_conditions(self):
        for line in self.line_ids.filtered("quantity"):
            if not (line._get_condition() and line._get_disposition()):
                raise UserError(
                    self.env._(
                        "%(product)s: enter the condition, and where the goods go.",
                        product=line.product_id.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Result
    # ------------------------------------------------------------------
    def _show_result(self):
        left = self._get_left()
        self.outcome = "waiting" if left else "done"
        self.result = "\n".join([self._get_done(), *left])
        return self._reopen()

    def _get_waiting_credits(self):
        return self.rma_id.settlement_ids.filtered(lambda s: s.state == "submitted")

    def _get_done(self):
        """Say what has happened, in words for the customer."""
        rma = self.rma_id
        if rma.state == "requested":
            return self.env._("%(rma)s is saved.", rma=rma.name)
        # sudo: only number and amount are shown, which the customer gets as well
        notes = rma.sudo().credit_note_ids.filtered(lambda m: m.state == "posted")
        if not notes and rma.stage == "settled":
            return self.env._(
                "%(rma)s: received and inspected; there is nothing to credit.",
                rma=rma.name,
            )
        if not notes:
            return self.env._("%(rma)s: received and inspected.", rma=rma.name)
        return self.env._(
            "%(rma)s: received, inspected and credited with %(credit_notes)s.",
            rma=rma.name,
            credit_notes=", ".join(
                f"{note.name} ({note.currency_id.format(note.amount_total)})"
                for note in notes
            ),
        )

    def _get_left(self):
        """Say what is left to do, and by whom."""
        rma = self.rma_id
        left = []
        if rma.state == "requested":
            left.append(
                self.env._(
                    "An approver decides first. %(reasons)s",
                    reasons=rma.decision_summary,
                )
            )
        left += [
            self.env._(
                "A credit of %(amount)s, tax included, waits for an approver: policy "
                "leaves these goods to a person.",
                amount=credit.currency_id.format(credit._get_given()[1]),
            )
            for credit in self._get_waiting_credits()
            if not credit._is_asked_by_rule()
        ]
        left += [
            credit._get_waiting_text()
            for credit in rma.settlement_ids
            if credit.approval_state == "waiting" and credit._is_asked_by_rule()
        ]
        left += [
            ": ".join(filter(None, (exception.display_name, exception.message)))
            for exception in rma._get_open_exceptions()
        ]
        return left


class ReverseReturnWizardCandidate(models.TransientModel):
    """An order, delivery or customer that the search found, for the user to choose."""

    _name = "reverse.return.wizard.candidate"
    _description = "New Return: Found"

    wizard_id = fields.Many2one(
        "reverse.return.wizard", required=True, ondelete="cascade"
    )
    chosen = fields.Boolean("Take")
    order_id = fields.Many2one("sale.order")
    picking_id = fields.Many2one("stock.picking")
    partner_id = fields.Many2one("res.partner", "Found Customer")
    found_by = fields.Char(readonly=True)
    name = fields.Char("Document", compute="_compute_name")
    customer = fields.Char(compute="_compute_name")
    date = fields.Date(compute="_compute_name")

    @api.depends("order_id", "picking_id", "partner_id")
    def _compute_name(self):
        for row in self:
            document = row.order_id or row.picking_id
            owner = document.partner_id or row.partner_id
            moment = row.order_id.date_order or row.picking_id._get_reverse_done_at()
            row.name = document.name or self.env._("All deliveries")
            row.customer = owner.display_name
            row.date = moment and fields.Date.context_today(row, moment)
