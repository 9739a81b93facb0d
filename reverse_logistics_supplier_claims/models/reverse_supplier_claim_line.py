from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..engine import amounts, transitions

#: Lines that claim something; a cancelled claim lets go of its goods.
LIVE = [("state", "!=", "cancelled")]
#: Of inspected goods that are claimed, or not owed, nobody has to claim anything.
NOTHING_LEFT = {"claim_deadline": False, "unclaimed_reason": False}
#: Kinds of claims on whoever sold the goods.
SELLER = ("supplier", "rotation")


class ReverseSupplierClaimLine(models.Model):
    """What is claimed for one inspected part: the goods, or what they caused.

    Four amounts say who bears what: claimed by the customer, claimed from the supplier,
    approved by it, and granted to the customer. One failure is claimed once, from one
    payer: an index says so of each kind of line, and what touches the inspection before
    asking makes the second of two users wait and see.
    """

    _name = "reverse.supplier.claim.line"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Supplier Claim Line"
    _order = "claim_id desc, id"
    _check_company_auto = True
    _fixed_fields = frozenset({"claim_id", "inspection_id", "kind"})
    _claimed_once = models.UniqueIndex(
        "(inspection_id) WHERE kind = 'goods' AND state != 'cancelled' "
        "AND inspection_id IS NOT NULL",
        "These goods are claimed already.",
    )
    _extra_once = models.UniqueIndex(
        "(inspection_id, kind) WHERE kind IN ('labour', 'freight', 'handling') "
        "AND state != 'cancelled' AND inspection_id IS NOT NULL",
        "Labour, freight and handling of these goods are claimed already.",
    )
    # Apart, since databases may have such lines twice from before.
    _others_once = models.UniqueIndex(
        "(inspection_id, kind) WHERE kind NOT IN ('goods', 'labour', 'freight', "
        "'handling') AND state != 'cancelled' AND inspection_id IS NOT NULL",
        "What this failure has cost is claimed already: see the other claims of its "
        "return.",
    )
    _amount_positive = models.Constraint(
        "CHECK (amount_claimed >= 0 AND quantity >= 0)",
        "Quantity and amount of a claim cannot be negative.",
    )

    claim_id = fields.Many2one(
        "reverse.supplier.claim", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(related="claim_id.partner_id", store=True)
    currency_id = fields.Many2one(related="claim_id.currency_id", store=True)
    state = fields.Selection(related="claim_id.state", store=True, index=True)
    kind = fields.Selection(
        [
            ("goods", "Goods"),
            ("labour", "Labour"),
            ("freight", "Freight"),
            ("handling", "Handling"),
            ("service", "External Service"),
            ("duty", "Duty"),
            ("allowance", "Allowance"),
            ("other", "Other"),
        ],
        default="goods",
        required=True,
    )
    name = fields.Char("Description")
    inspection_id = fields.Many2one(
        "reverse.inspection",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        domain="[('state', '=', 'done'), ('company_id', '=', company_id)]",
    )
    rma_id = fields.Many2one(
        related="inspection_id.rma_id",
        string="Return",
        store=True,
        index="btree_not_null",
    )
    product_id = fields.Many2one(
        "product.product",
        compute="_compute_goods",
        store=True,
        readonly=False,
        precompute=True,
        guarded=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    lot_id = fields.Many2one(
        "stock.lot",
        compute="_compute_goods",
        store=True,
        readonly=False,
        precompute=True,
        guarded=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    quantity = fields.Float(digits="Product Unit", readonly=True, guarded=True)
    uom_id = fields.Many2one(related="product_id.uom_id")
    receipt_move_id = fields.Many2one(
        "stock.move",
        "Came in with",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        domain="[('id', 'in', candidate_ids)]",
        help="The receipt from the supplier that these goods were part of.",
    )
    source_state = fields.Selection(
        [("sure", "Known"), ("unclear", "To Choose"), ("none", "Not Found")],
        "Source",
        readonly=True,
        guarded=True,
    )
    purchase_line_id = fields.Many2one(
        "purchase.order.line",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    bill_ids = fields.One2many(
        "reverse.supplier.claim.bill", "line_id", "Bills", readonly=True, guarded=True
    )
    bills_text = fields.Char(
        "Billed With",
        compute="_compute_bills_text",
        compute_sudo=True,
        help="Which bills asked for these goods, the oldest with quantity left first. "
        "Each gets a credit note of its own.",
    )
    unit_cost = fields.Float(
        min_display_digits="Product Price", readonly=True, guarded=True
    )
    received_on = fields.Date(readonly=True, guarded=True)
    counted_from = fields.Date(
        readonly=True, guarded=True, help="From which the agreement's deadline counts."
    )
    amount_customer = fields.Monetary(
        "Claimed by Customer", readonly=True, guarded=True
    )
    amount_claimed = fields.Monetary("Claimed")
    amount_approved = fields.Monetary("Approved", readonly=True, guarded=True)
    amount_granted = fields.Monetary(
        "Granted to Customer",
        compute="_compute_amount_granted",
        compute_sudo=True,
        help="What released settlements gave the customer for these goods, before tax.",
    )
    amount_noted = fields.Monetary(
        "Paid without Credit Note", readonly=True, copy=False, guarded=True
    )
    amount_recovered = fields.Monetary(
        "Recovered",
        compute="_compute_amount_recovered",
        compute_sudo=True,
        store=True,
        help="Posted credit notes before tax, debit memos as far as they are paid, "
        "replacements, and what was paid without any of these.",
    )
    amount_written_off = fields.Monetary(
        "Written Off", readonly=True, copy=False, guarded=True
    )
    amount_open = fields.Monetary("Open", compute="_compute_amount_open", store=True)
    refusal_reason = fields.Char(readonly=True, copy=False, guarded=True)
    refund_line_ids = fields.One2many("account.move.line", "reverse_claim_line_id")
    move_ids = fields.One2many("stock.move", "reverse_claim_line_id")

    @api.depends("bill_ids")
    @api.depends_context("lang")
    def _compute_bills_text(self):
        for line in self:
            line.bills_text = "; ".join(bill._say() for bill in line.bill_ids) or False

    @api.depends("claim_id.name", "kind", "name", "product_id")
    @api.depends_context("lang")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for line in self:
            product = line.product_id.display_name
            said = line.kind != "goods" and line.name
            what = said or product or line.name
            texts = [what, None if line.kind == "goods" and what else labels[line.kind]]
            line.display_name = ": ".join(filter(None, [line.claim_id.name, *texts]))

    @api.depends("inspection_id.product_id", "inspection_id.lot_id")
    def _compute_goods(self):
        """What an inspection found; own goods are named when they are claimed."""
        for line in self:
            part = line.inspection_id
            line.product_id = part.product_id if part else line.product_id
            line.lot_id = part.lot_id if part else line.lot_id

    # ------------------------------------------------------------------
    # Amounts
    # ------------------------------------------------------------------
    @api.depends(
        "inspection_id.settlement_line_ids.amount",
        "inspection_id.settlement_line_ids.amount_net",
        "kind",
    )
    def _compute_amount_granted(self):
        for line in self:
            granted = 0.0
            if line.kind == "goods":
                for given in line.inspection_id.settlement_line_ids:
                    if given.state == "released":
                        # At its own rate: what was given does not move afterwards.
                        granted += given.currency_id._convert(
                            given._get_given()[0],
                            line.currency_id,
                            line.company_id,
                            line.company_id._to_reverse_day(given.create_date),
                        )
            line.amount_granted = granted

    @api.depends(
        "amount_noted",
        "refund_line_ids.parent_state",
        "refund_line_ids.price_subtotal",
        "refund_line_ids.currency_id",
        "refund_line_ids.move_id.amount_residual",
        "replacement_move_ids.state",
        "replacement_move_ids.quantity",
    )
    def _compute_amount_recovered(self):
        for line in self:
            recovered = line.amount_noted + line._get_replaced_value()
            recovered += sum(map(line._get_recovered_of, line.refund_line_ids))
            line.amount_recovered = recovered

    @api.depends("amount_claimed", "amount_recovered", "amount_written_off")
    def _compute_amount_open(self):
        for line in self:
            line.amount_open = max(
                line.amount_claimed - line.amount_recovered - line.amount_written_off,
                0.0,
            )

    def _is_short(self):
        """Whether less was approved than is claimed."""
        self.ensure_one()
        order = self.currency_id.compare_amounts
        return order(self.amount_approved, self.amount_claimed) < 0

    def _check_approved(self, amount, reason):
        """What is not approved has a reason; more than claimed cannot be approved."""
        self.ensure_one()
        order = self.currency_id.compare_amounts(amount, self.amount_claimed)
        if amount < 0 or order > 0:
            raise UserError(
                self.env._(
                    "%(line)s: between nothing and %(claimed)s can be approved.",
                    line=self.display_name,
                    claimed=self.currency_id.format(self.amount_claimed),
                )
            )
        if order < 0 and not reason:
            raise UserError(
                self.env._(
                    "%(line)s: say why not all of it was approved.",
                    line=self.display_name,
                )
            )

    # ------------------------------------------------------------------
    # Lines by hand, and the choice of a receipt
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        """Refuse goods that are claimed already, or that nobody has inspected."""
        self._check_duty("claims")
        if any(vals.get("kind") == "allowance" for vals in vals_list):
            raise UserError(
                self.env._("Allowances are claimed with the button of their agreement.")
            )
        if any(
            vals.get("kind", "goods") == "goods" and not vals.get("inspection_id")
            for vals in vals_list
        ):
            raise UserError(
                self.env._(
                    "Choose the inspection of the goods. Goods that no customer sent "
                    "back are claimed with “Claim from Supplier” on the list of stock "
                    "or on their receipt; for anything else, choose another kind."
                )
            )
        named = self.env["reverse.inspection"].browse(
            vals["inspection_id"] for vals in vals_list if vals.get("inspection_id")
        )
        named.check_access("read")
        parts = self.env["reverse.inspection"].browse(
            vals["inspection_id"]
            for vals in vals_list
            if vals.get("inspection_id") and vals.get("kind") == "goods"
        )
        # Of two users at once, the second finds the claim of the first.
        named._reverse_touch()
        parts._check_not_claimed()
        for part in named.filtered(lambda part: part.state != "done"):
            raise UserError(self.env._("%s is not inspected yet.", part.display_name))
        named._check_asked_once(
            [
                (vals["inspection_id"], vals["kind"], vals["claim_id"])
                for vals in vals_list
                if vals.get("inspection_id")
            ]
        )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        goods = lines.filtered(lambda line: line.kind == "goods")
        goods.inspection_id._note_drafted()
        if not self._in_workflow():
            lines._check_editable()
            lines._check_no_rotation()
            lines._name_failure()
            lines._check_not_allowed_for()
            chosen = {
                line: {"receipt_move_id": line.receipt_move_id.id}
                for line in lines.filtered("receipt_move_id")
            }
            lines._enter_goods()
            lines._guarded_write_each(chosen)
            self.concat(*chosen)._choose_source()
        return lines

    def write(self, vals):
        chosen = "receipt_move_id" in vals and not self._in_workflow()
        if chosen:
            self._check_no_rotation()
        res = super().write(vals)
        if chosen:
            self._choose_source()
        return res

    def _note_by_hand(self):
        self.claim_id._note_author()

    def unlink(self):
        parts = self.inspection_id
        self._release_aside()
        res = super().unlink()
        parts._note_claimable()
        return res

    def _name_failure(self):
        """Of a claim about one failure, what it has cost is of that failure.

        Otherwise it could be asked for again with another claim.
        """
        for claim, lines in self.grouped("claim_id").items():
            loose = lines.filtered(lambda line: not line.inspection_id)
            part = claim.line_ids.inspection_id
            if not loose or len(part) != 1 or "goods" in loose.mapped("kind"):
                continue
            part._reverse_touch()
            part._check_asked_once([(part.id, one.kind, claim.id) for one in loose])
            loose._guarded_write({"inspection_id": part.id})

    def _enter_goods(self):
        """Complete lines that a person entered about inspected goods."""
        goods = self.filtered(lambda line: line.inspection_id and line.kind == "goods")
        for seller, lines in goods.grouped(
            lambda line: line.claim_id.kind == "supplier" and line.partner_id
        ).items():
            lines._take_sources(seller or None)

    def _take_sources(self, seller):
        """Enter what is known of the goods of lines that a person has added.

        :param seller: the only supplier that counts
        """
        # sudo: who claims need not read purchases
        lines = self.sudo()
        parts = lines.inspection_id
        found = parts._find_supplier_sources(seller)
        purchases = self.env["purchase.order.line"].sudo()  # sudo: as above
        purchases = purchases.union(
            *(moves[:1].purchase_line_id for moves, _sure in found.values())
        )
        bills = purchases._read_reverse_bills(self)
        values = parts._get_customer_values()
        factors = self.env["reverse.supplier.factor"]._find_for(
            {line.inspection_id: line.partner_id for line in lines}
        )
        sources = {}
        for line in lines:
            part, claim = line.inspection_id, line.claim_id
            moves, sure = found[part]
            sources[line] = {
                "factor": factors[part],
                **line._prepare_source(
                    part._get_claimed(),
                    moves[:1],
                    sure,
                    claim.agreement_id,
                    claim.currency_id,
                    claim.kind,
                    bills,
                ),
                "amount_customer": part.company_id.currency_id._convert(
                    values[part],
                    claim.currency_id,
                    part.company_id,
                    fields.Date.today(),
                ),
            }
        lines._write_sources(sources)
        unsaid = lines.filtered(lambda line: not line.amount_claimed)
        unsaid._guarded_write_each(
            {line: {"amount_claimed": line._get_full_amount()} for line in unsaid}
        )

    def _write_sources(self, sources):
        """Write what ``_prepare_source`` gives for each line, their bills together.

        :param dict sources: ``{line: values}``
        """
        billed = {line: vals.pop("bill_ids") for line, vals in sources.items()}
        self._guarded_write_each(sources)
        bills = self.env["reverse.supplier.claim.bill"]
        self.concat(*billed).bill_ids._workflow().unlink()
        bills._guarded_create(
            [
                {**command[2], "line_id": line.id}
                for line, commands in billed.items()
                for command in commands
                if command[0] == Command.CREATE
            ]
        )

    def _choose_source(self):
        """Take over price and bill of the receipts that a person has chosen."""
        # sudo: who claims need not read purchases
        lines = self.sudo()
        moves = lines.receipt_move_id
        # Of two users at once, the second finds what the first has left of them.
        moves._reverse_touch()
        lines.invalidate_recordset(["candidate_ids"])
        for line in lines:
            move = line.receipt_move_id
            if not line.product_id or (move and move not in line.candidate_ids):
                raise UserError(
                    self.env._(
                        "%(line)s: these goods did not come in with %(receipt)s, or "
                        "nothing of it is left to claim.",
                        line=line.display_name,
                        receipt=move.picking_id.name or move.display_name,
                    )
                )
        bills = moves.purchase_line_id._read_reverse_bills(lines)
        lines._write_sources(
            {
                line: line._prepare_source(
                    line._get_claimed(),
                    line.receipt_move_id,
                    True,
                    line.claim_id.agreement_id,
                    line.claim_id.currency_id,
                    line.claim_id.kind,
                    bills,
                )
                for line in lines
            }
        )
        lines._guarded_write_each(
            {line: {"amount_claimed": line._get_full_amount()} for line in lines}
        )

    def _get_full_amount(self):
        """Give what the agreement lets us claim for these goods."""
        # sudo: terms decide whoever enters the line
        agreement = self.claim_id.sudo().agreement_id
        return self._get_agreed_amounts(agreement, self.quantity)["goods"]

    def _get_agreed_amounts(self, agreement, quantity):
        """Give what an agreement lets us ask for so many: ``{kind: amount}``."""
        self.ensure_one()
        terms = agreement._get_terms(
            self.currency_id,
            (self.claim_id.create_date or fields.Datetime.now()).date(),
            self.factor,
            self.inspection_id.no_trouble_found,
        )
        return amounts.claim(quantity, self.unit_cost, terms, self.currency_id.round)

    # ------------------------------------------------------------------
    # What a line says of its goods
    # ------------------------------------------------------------------
    @api.model
    def _prepare_lines(
        self,
        goods,
        move,
        sure,
        agreement,
        currency,
        day,
        value,
        bills,
        factor=1.0,
        kind="supplier",
        **own,
    ):
        """Give commands that create the lines about some goods.

        :param claimed.Claimed goods: what is claimed
        :param move: receipt that the goods are likeliest of
        :param bool sure: whether they can be of no other
        :param float value: what the customer claims, in the company's currency
        :param bills: what is left of the bills of everything that is claimed
        :param float factor: see ``reverse.supplier.factor``
        :param str kind: of the claim
        :param own: of each line, such as the inspection
        """
        source = self._prepare_source(
            goods, move, sure, agreement, currency, kind, bills
        )
        terms = agreement._get_terms(currency, day, factor, goods.faultless)
        found = amounts.claim(
            goods.quantity, source["unit_cost"], terms, currency.round
        )
        company = goods.company
        customer = company.currency_id._convert(value, currency, company, day)
        about_goods = {**source, "amount_customer": customer}
        return [
            Command.create(
                {
                    "kind": what,
                    "amount_claimed": amount,
                    "factor": factor,
                    **own,
                    **(about_goods if what == "goods" else {}),
                }
            )
            for what, amount in found.items()
        ]

    @api.model
    def _prepare_source(self, goods, move, sure, agreement, currency, kind, bills):
        """Give the values that come from the receipt of the goods.

        Where others come into question, a person chooses: only its cost is proposed.
        A carrier or customs pays what the goods cost, but not on the seller's bill.

        :param claimed.Claimed goods: what is claimed
        :param engine.bills.Ledger bills: what is left of the bills of the purchase
        """
        ours = sure and kind in SELLER
        # Of faultless goods nothing is claimed, so that all of their bill is left.
        shared = goods.faultless and agreement.no_trouble_share > 0
        purchase_line = move.purchase_line_id
        received_on = move and goods.company._to_reverse_day(move.reverse_done_at)
        step = goods.product.uom_id.rounding
        taken = bills.take(
            purchase_line.id, goods.quantity, step, keep=ours and not shared
        )
        none = purchase_line.invoice_lines.browse()
        billed = [
            {
                "bill_line_id": bill_line and bill_line.id,
                "quantity": quantity,
                "unit_cost": self._get_unit_cost(
                    goods, purchase_line, bill_line or none, agreement, currency
                ),
            }
            for bill_line, quantity in taken
        ]
        if ours and not shared and purchase_line.currency_id == currency:
            for (bill_line, quantity), each in zip(taken, billed, strict=True):
                each["unit_cost"] = bills.price(
                    bill_line or purchase_line,
                    quantity,
                    each["unit_cost"],
                    currency.round,
                )
        cost = sum(each["quantity"] * each["unit_cost"] for each in billed)
        kept = billed if ours and purchase_line else ()
        if shared:
            kept = [{**each, "quantity": 0.0} for each in kept if each["bill_line_id"]]
        return {
            "quantity": 0.0 if shared else goods.quantity,
            "receipt_move_id": sure and move.id,
            "purchase_line_id": ours and purchase_line.id,
            "bill_ids": [Command.clear(), *map(Command.create, kept)],
            "unit_cost": cost / (goods.quantity or 1.0),
            "received_on": sure and received_on,
            "counted_from": agreement._get_start(
                received_on, goods.found_on, goods.sold_on
            ),
            "source_state": (sure and "sure" or "unclear") if move else "none",
        }

    @api.model
    def _get_unit_cost(self, goods, purchase_line, bill_line, agreement, currency):
        """Give the cost of one product unit, in the currency of the claim.

        At the rate of the day on which it was agreed, so that a bill is never claimed
        for more than it asked.
        """
        product, company = goods.product, goods.company
        day = fields.Date.today()
        basis = agreement.basis or "bill"
        if basis == "bill" and bill_line:
            cost = bill_line._get_reverse_unit_price()
            source, day = bill_line.currency_id, bill_line._get_reverse_price_day()
        elif basis != "cost" and purchase_line and purchase_line.product_qty:
            cost = purchase_line._get_reverse_unit_price()
            source = purchase_line.currency_id
            day = purchase_line._get_reverse_price_day()
        else:
            cost = product.with_company(company).standard_price
            source = company.currency_id
        return source._convert(cost, currency, company, day, round=False)

    # ------------------------------------------------------------------
    # Goods that go back to the supplier
    # ------------------------------------------------------------------
    def _goes_back(self):
        """Whether these goods lie, or lay, where what suppliers get back lies."""
        self.ensure_one()
        part = self._get_sent_part()
        is_decided = (
            part
            and not part.not_inspected
            and part.disposition_id.location_state == "vendor_return"
        )
        return bool(
            self.kind == "goods"
            and self.claim_id._is_on_seller()
            and (is_decided if self.inspection_id else self.stock_location_id)
        )

    def _is_sendable(self):
        self.ensure_one()
        # sudo: whether a transfer is under way, whoever may read it
        under_way = self.sudo().move_ids.filtered(lambda m: m.state != "cancel")
        return bool(self._goes_back() and self.receipt_move_id and not under_way)

    def _is_sent(self):
        self.ensure_one()
        sent = self.move_ids.filtered(lambda m: m.state == "done")
        quantity = sum(sent.mapped("quantity"))
        return self.uom_id.compare(quantity, self.quantity) >= 0

    def _create_supplier_returns(self):
        """Announce the transfers that take these goods to the supplier.

        Each move names purchase and receipt, so that received quantity and value are
        right.
        """
        # sudo: duty and state are checked before; exactly the goods of these lines
        lines = self.sudo()
        groups = lines.grouped(
            lambda line: (
                line.claim_id,
                line._get_place(),
                line.receipt_move_id.picking_id.picking_type_id,
                line.receipt_move_id.location_id,
                bool(line.inspection_id),
            )
        )
        parts = lines.inspection_id
        pickings = lines._sudo_clean(self.env["stock.picking"]).create(
            [
                own._prepare_supplier_return(source, receipt_type, goal)
                for (_claim, source, receipt_type, goal, _part), own in groups.items()
            ]
        )
        inspected = pickings.filtered("move_ids.reverse_inspection_id")
        if inspected:
            parts._fill_transfers(inspected, picked=False)
        for move in (pickings - inspected).move_ids:
            move._take_reverse_own(move.reverse_claim_line_id.lot_id)
        pickings.move_ids._action_confirm(merge=False)
        pickings.move_ids._action_assign()
        return pickings.with_env(self.env)

    def _prepare_supplier_return(self, source, receipt_type, goal):
        claim = self.claim_id
        picking_type = (
            receipt_type.return_picking_type_id or receipt_type.warehouse_id.out_type_id
        )
        return {
            "picking_type_id": picking_type.id,
            "partner_id": self.receipt_move_id.picking_id.partner_id.id
            or claim.partner_id.id,
            "company_id": claim.company_id.id,
            "location_id": source.id,
            "location_dest_id": goal.id,
            "origin": claim.name,
            "user_id": False,
            "move_ids": [
                Command.create(
                    {
                        **line._prepare_sent_move(picking_type, source, goal),
                        "origin": claim.name,
                        "origin_returned_move_id": line.receipt_move_id.id,
                        "purchase_line_id": line.purchase_line_id.id,
                        "to_refund": True,
                        "reverse_claim_line_id": line.id,
                    }
                )
                for line in self
            ],
        }

    def _prepare_sent_move(self, picking_type, source, goal):
        part = self.inspection_id
        if part:
            return part._prepare_transfer_move(picking_type, source, goal, False)
        return self._prepare_stock_move(picking_type, source, goal)

    # ------------------------------------------------------------------
    # Vendor credit notes
    # ------------------------------------------------------------------
    def _find_rivals(self):
        """Find lines of other claims that money for the same purchases may be about."""
        # sudo: claims of every user count
        lines = self.sudo().search(
            [
                ("purchase_line_id", "in", self.purchase_line_id.ids),
                ("claim_id", "not in", self.claim_id.ids),
                ("claim_id.kind", "in", SELLER),
                ("currency_id", "in", self.currency_id.ids),
                ("partner_id", "in", self.partner_id.ids),
                ("state", "in", transitions.PAID_IN),
            ]
        )
        return lines.with_env(self.env)

    def _get_uncredited(self):
        """What was approved, less what has a document, also in draft, or was paid."""
        self.ensure_one()
        documents = self.refund_line_ids.filtered(lambda a: a.parent_state != "cancel")
        return self.currency_id.round(
            self.amount_approved
            - self.amount_noted
            - self._get_replaced_value()
            - sum(documents.mapped("price_subtotal"))
        )

    def _create_refunds(self, way=False, set_off=None):
        """Draft a credit note for each bill, over what these lines have approved.

        :param str way: ``set_off`` or ``cash`` where it does not lower its own bill
        :param set_off: the bill that it lowers instead
        """
        # sudo: duty and state are checked; who claims need not have the books
        lines = self.sudo()
        due = {}
        lines.purchase_line_id._bill_reverse_claimed()
        for line in lines:
            for billed, amount in line._get_uncredited_by_bill().items():
                bill = line._get_bill_line(billed).move_id
                due.setdefault((line.claim_id, bill), []).append((line, billed, amount))
        refunds = self._sudo_clean(self.env["account.move"]).create(
            [
                {
                    **claim.line_ids._prepare_refund(bill, own),
                    "reversed_entry_id": not way and bill.id,
                    "reverse_recovery": way,
                    "reverse_set_off_id": set_off and set_off.id,
                }
                for (claim, bill), own in due.items()
            ]
        )
        return refunds.with_env(self.env)

    def _get_bill_line(self, billed):
        """Give the line of the bill; labour and the like follow their goods.

        Only who sold the goods has billed them.

        :param billed: the ``reverse.supplier.claim.bill``, if it is about goods
        """
        self.ensure_one()
        if billed or not self.claim_id._is_on_seller():
            return billed.bill_line_id
        goods = self.claim_id.line_ids.filtered("bill_ids.bill_line_id")
        own = goods.filtered(lambda line: line.inspection_id == self.inspection_id)
        return (own or goods).bill_ids.bill_line_id[:1]

    def _prepare_refund(self, bill, due):
        """Give the values of a credit note over one bill.

        :param list due: ``(line, its part of the bill, amount before tax)``
        """
        claim = self.claim_id
        return {
            "move_type": "in_refund",
            "company_id": claim.company_id.id,
            "partner_id": bill.partner_id.id or claim.partner_id.id,
            "currency_id": claim.currency_id.id,
            "fiscal_position_id": bill.fiscal_position_id.id,
            "invoice_date": fields.Date.context_today(self),
            "invoice_origin": claim.name,
            "ref": claim.supplier_reference or claim.name,
            **({"journal_id": bill.journal_id.id} if bill else {}),
            "invoice_line_ids": [
                Command.create(vals)
                for line, billed, amount in due
                for vals in line._prepare_refund_lines(billed, amount)
            ],
        }

    def _prepare_refund_lines(self, billed, amount):
        """What goes back leaves the bill at its price; what is not paid is an expense.

        Otherwise goods of the same purchase that stay would cost more by it.
        """
        vals = self._prepare_refund_line(billed, amount)
        if not billed or "purchase_line_id" not in vals:
            return [vals]
        share = vals["quantity"] / billed.quantity
        whole = self.currency_id.round(billed._get_billed() * share)
        less = self.currency_id.round(whole - amount)
        if not less:
            return [vals]
        ratio = vals["price_unit"] * vals["quantity"] / amount
        return [
            {**vals, "price_unit": whole / vals["quantity"] * ratio},
            {
                "name": self.env._("%s: not at the price of the bill", vals["name"]),
                "quantity": 1.0,
                "price_unit": -less * ratio,
                "tax_ids": vals["tax_ids"],
                "account_id": self._get_expense_account().id,
                "reverse_claim_line_id": self.id,
                "reverse_claim_bill_id": billed.id,
            },
        ]

    def _prepare_refund_line(self, billed, amount):
        """Price and taxes of the bill; goods that stay here stay received and billed.

        :param billed: its part of the bill, if it is about goods
        :param float amount: what is credited, before tax
        """
        self.ensure_one()
        bill_line = self._get_bill_line(billed)
        # What nobody has billed yet is priced and taxed as it was bought.
        ordered = self.claim_id._is_on_seller() and self.purchase_line_id
        ordered = ordered or self.purchase_line_id.browse()
        taxes = (bill_line or ordered).tax_ids
        # Of what never came, the bill is lowered as of what goes back.
        goes_back = self.found == "short" or (
            self._goes_back() and self._is_wanted_back()
        )
        pieces = self._count_uncredited(billed) if self.kind == "goods" else 0.0
        quantity = pieces or 1.0
        ratio = (bill_line or ordered)._get_reverse_shown_ratio()
        vals = {
            "name": self.name or self.display_name,
            "quantity": quantity,
            "price_unit": amount / quantity * ratio,
            "tax_ids": [Command.set(taxes.ids)],
            "reverse_claim_line_id": self.id,
            "reverse_claim_bill_id": billed.id,
        }
        if self.kind == "goods" and self.product_id:
            vals |= {
                "product_id": self.product_id.id,
                "product_uom_id": self.uom_id.id,
            }
        if self._went_straight():
            # They left our stock for good when they were sold.
            if pieces and self._is_sent():
                vals["purchase_line_id"] = self.purchase_line_id.id
            vals["account_id"] = self._get_expense_account().id
        elif goes_back:
            if pieces:
                vals["purchase_line_id"] = self.purchase_line_id.id
            elif self._has_credited_pieces(billed):
                # Their price left the bill, and what was not paid became an expense.
                vals["account_id"] = self._get_expense_account().id
            if bill_line:
                vals.setdefault("account_id", bill_line.account_id.id)
        elif self._lowers_stock():
            vals["account_id"] = self._get_stock_account().id
            vals["reverse_kept_move_id"] = self._get_kept_move().id
        else:
            vals["account_id"] = self._get_expense_account().id
        return vals

    def _has_credited_pieces(self, billed):
        """Whether a credit note counts pieces of a bill already."""
        self.ensure_one()
        return any(
            credit.purchase_line_id and credit.parent_state != "cancel"
            for credit in self.refund_line_ids
            if credit.reverse_claim_bill_id in (billed, billed.split_from_id)
        )

    def _count_uncredited(self, billed):
        """Count the approved pieces of a bill that no credit note counts yet.

        Pieces that the supplier did not approve stay billed: they are ours again, or
        still to be argued about.
        """
        self.ensure_one()
        approved = self.quantity - max(self._count_unapproved(), self._count_back())
        approved = max(approved - self._count_replaced(), 0.0)
        first = billed.split_from_id or billed
        credited = sum(
            credit.product_uom_id._compute_quantity(credit.quantity, self.uom_id)
            for credit in self.refund_line_ids
            if credit.purchase_line_id
            and credit.parent_state != "cancel"
            and credit.reverse_claim_bill_id in (billed, first, billed.browse())
        )
        if billed:
            weights = {one: one.quantity for one in self.bill_ids}
            shares = amounts.divide(approved, weights, self.uom_id.round)
            # What was credited before it was billed in several steps is of all these.
            same = first | self.bill_ids.filtered(lambda b: b.split_from_id == first)
            approved = shares[billed]
            credited = amounts.fill(credited, {b: shares[b] for b in same})[billed]
        return max(self.uom_id.round(approved - credited), 0.0)

    def _get_expense_account(self):
        """What is no stock lowers the expense that the return has caused."""
        company = self.company_id
        product = self.product_id.with_company(company)
        accounts = product.product_tmpl_id.get_product_accounts()
        return accounts.get("expense") or company.expense_account_id
