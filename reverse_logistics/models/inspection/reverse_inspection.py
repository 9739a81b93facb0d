import json

from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine import allocation, custody, endings, grading, snapshot, transitions
from ..base.reverse_authored_mixin import AUTHORS
from ..base.reverse_inputs import checked, number

# What a correction starts from; a second look at parked goods starts empty.
FINDINGS = (
    "condition_id",
    "grade_reason",
    "disposition_id",
    "override_reason",
    "liability",
    "note",
)
# Where goods may go that are not ours.
_FOREIGN = ("customer", "customer_return", "hold", "scrap")
# Where goods may go that are only safe in quarantine.
_SAFE = ("quarantine", "scrap", "vendor_return")
#: States of a return whose goods may be inspected.
INSPECTED_IN = ("authorized", "done")


class ReverseInspection(models.Model):
    """One part of a return line: goods of one lot, in one condition, that go one way.

    A part is opened for what a receipt brought in (``_create_for``), or by an inspector
    for goods that never will (``not_inspected``: kept by the customer, lost). Entering
    a smaller quantity splits it. Where a template applies to the goods, the part asks
    its questions, and the answers give the condition (``_ask``).

    ``draft`` until an inspector completes it (``action_complete``) or policy takes the
    goods as announced (``_assume`` in routing/); then ``done``: what follows is in
    ``_complete``. Nobody edits a completed inspection: a new one supersedes it
    (``_look_again``), and it stays as ``superseded``. ``cancelled`` where the receipt
    was taken back.

    What the goods mean for the credit is in settlement/, goods that nobody collects in
    exceptions/, receipts that said too much in receipt/.
    """

    _name = "reverse.inspection"
    _inherit = [
        "reverse.guarded.mixin",
        "reverse.touch.mixin",
        "reverse.evidence.mixin",
    ]
    _description = "Return Inspection"
    _order = "rma_id desc, id"
    _check_company_auto = True
    _steps = transitions.INSPECTION
    _fixed_fields = frozenset({"line_id"})
    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "The inspected quantity must be above zero."
    )

    rma_id = fields.Many2one(
        related="line_id.rma_id", string="Return", store=True, index=True
    )
    customer_user_ids = fields.Many2many(related="rma_id.customer_user_ids")
    line_id = fields.Many2one(
        "reverse.rma.line",
        "Return Line",
        required=True,
        index=True,
        ondelete="restrict",
    )
    company_id = fields.Many2one(related="line_id.company_id", store=True, index=True)
    partner_id = fields.Many2one(
        related="rma_id.partner_id", string="Customer", store=True
    )
    facility_id = fields.Many2one(related="rma_id.facility_id", store=True)
    product_id = fields.Many2one(related="line_id.product_id", store=True)
    uom_id = fields.Many2one(related="line_id.uom_id")
    tracking = fields.Selection(related="product_id.tracking")
    quantity = fields.Float(
        digits="Product Unit",
        required=True,
        help="Enter less to split: the rest becomes a part of its own.",
    )
    lot_id = fields.Many2one("stock.lot", "Lot/Serial", check_company=True)
    receipt_move_id = fields.Many2one(
        "stock.move",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    location_id = fields.Many2one("stock.location", readonly=True, guarded=True)
    owner_id = fields.Many2one(
        "res.partner",
        readonly=True,
        help="Whose the goods were when they came in, such as a supplier's in "
        "consignment. Empty: ours.",
        guarded=True,
    )
    condition_id = fields.Many2one(
        "reverse.condition",
        compute="_compute_condition_id",
        store=True,
        readonly=False,
        ondelete="restrict",
    )
    # What answers gave last: a grade that none of them gives any more goes with them.
    proposed_condition_id = fields.Many2one(
        "reverse.condition",
        compute="_compute_condition_id",
        store=True,
        ondelete="restrict",
    )
    template_id = fields.Many2one(
        "reverse.inspection.template",
        "Asked by",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    questions = fields.Text(
        "Questions as Asked",
        readonly=True,
        copy=False,
        prefetch=False,
        guarded=True,
        help="As they were when the inspection began.",
    )
    questions_hash = fields.Char(readonly=True, copy=False, guarded=True)
    answer_ids = fields.One2many(
        "reverse.inspection.answer", "inspection_id", "Questions"
    )
    graded_condition_id = fields.Many2one(
        "reverse.condition", "Grade by Answers", compute="_compute_graded"
    )
    grade_note = fields.Char(compute="_compute_graded")
    asked_keys = fields.Json(
        compute="_compute_graded",
        help="The questions that apply, by key: a form learns of a changed answer's "
        "effect on other lines only through their parent.",
    )
    grade_reason = fields.Char(
        "Why Another Grade",
        help="Why the condition is another than the one that the answers give.",
    )
    disposition_id = fields.Many2one(
        "reverse.disposition",
        compute="_compute_disposition_id",
        store=True,
        readonly=False,
        ondelete="restrict",
    )
    # What was proposed last: whoever has chosen something else keeps it.
    proposed_disposition_id = fields.Many2one(
        "reverse.disposition",
        compute="_compute_disposition_id",
        store=True,
        ondelete="restrict",
    )
    override_reason = fields.Char(
        help="Why the disposition is another than the recommended one."
    )
    leaves_quarantine = fields.Boolean(compute="_compute_leaves_quarantine")
    release_reason = fields.Char(
        "Why It Leaves Quarantine",
        copy=False,
        help="Why goods that were in quarantine are let go, or rejected.",
    )
    liability = fields.Selection(
        [
            ("customer", "Customer"),
            ("carrier", "Carrier"),
            ("warehouse", "Warehouse"),
            ("supplier", "Supplier"),
            ("company", "Company"),
            ("unknown", "Unknown"),
        ],
        compute="_compute_liability",
        store=True,
        readonly=False,
    )
    found_danger = fields.Boolean(
        "Leaking, Burnt or Swollen",
        help="The goods are only safe in quarantine. No later inspection takes that "
        "back.",
    )
    note = fields.Text()
    not_inspected = fields.Boolean(
        readonly=True,
        copy=False,
        help="The goods never arrived here: kept, lost, or sent elsewhere.",
        guarded=True,
    )
    state = fields.Selection(
        [
            ("draft", "To Inspect"),
            ("done", "Inspected"),
            ("superseded", "Superseded"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        guarded=True,
    )
    supersedes_id = fields.Many2one(
        "reverse.inspection", readonly=True, copy=False, guarded=True
    )
    inspected_by_id = fields.Many2one(
        "res.users",
        "Inspector",
        readonly=True,
        copy=False,
        guarded=True,
    )
    found_by = fields.Json(
        readonly=True,
        copy=False,
        guarded=True,
        help="Ids of the users who filled it in, read with it in lists of thousands.",
    )
    inspected_by_ids = fields.Many2many(
        "res.users",
        string="Inspectors",
        compute="_compute_inspected_by_ids",
        compute_sudo=True,
        help="Who completed it, and who filled it in before. None of them decides "
        "about the credit.",
    )
    inspected_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    disposed = fields.Boolean(
        readonly=True,
        copy=False,
        help="The goods are on their way as the disposition says.",
        guarded=True,
    )
    denied = fields.Boolean(
        "Not Credited",
        readonly=True,
        copy=False,
        help="The customer gets nothing for these goods.",
        guarded=True,
    )
    move_ids = fields.One2many("stock.move", "reverse_inspection_id", "Stock Moves")
    settlement_line_ids = fields.One2many("reverse.settlement.line", "inspection_id")
    recommended_disposition_id = fields.Many2one(
        "reverse.disposition",
        "Recommended",
        compute="_compute_recommended_disposition_id",
    )
    goods_gone = fields.Boolean(
        readonly=True,
        help="The goods were sold again, sent or used up: correcting the inspection "
        "moves nothing, but what is found counts for the customer's credit.",
        guarded=True,
    )
    is_last_draft = fields.Boolean(
        compute="_compute_is_last_draft",
        help="Nothing else of the return waits: parts that are completed together are "
        "credited together, so that one by one is offered for the last only.",
    )
    is_authorized = fields.Boolean(
        compute="_compute_is_authorized",
        search="_search_is_authorized",
        help="The return may have these goods, so that they can be inspected.",
    )
    reason_id = fields.Many2one(related="line_id.reason_id", store=True)
    customer_note = fields.Text(related="line_id.note")
    un_number = fields.Char(related="product_id.reverse_un_number")
    handling = fields.Text(related="product_id.reverse_handling")
    accessory_ids = fields.Many2many(
        related="product_id.reverse_accessory_ids", string="Comes With"
    )
    is_complete_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_reinspect_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_correct_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_take_title_allowed = fields.Boolean(compute="_compute_steps_allowed")
    customer_owned = fields.Boolean(
        "Customer's Property", compute="_compute_customer_owned", compute_sudo=True
    )
    title_value = fields.Monetary(
        "Agreed Value",
        currency_field="company_currency_id",
        copy=False,
        help="What all the goods of this part are worth to us once they are ours.",
    )
    title_by_id = fields.Many2one(
        "res.users",
        "Taken over by",
        readonly=True,
        copy=False,
        guarded=True,
    )
    title_move_ids = fields.One2many(
        "stock.move", "reverse_title_id", "Taken Over", guarded=True
    )
    company_currency_id = fields.Many2one(related="company_id.currency_id")

    @api.depends("rma_id.name", "product_id", "quantity")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for part in self:
            product = part.product_id.display_name
            part.display_name = f"{part.rma_id.name}: {part.quantity:.12g} × {product}"

    @api.depends("inspected_by_id", "found_by")
    def _compute_inspected_by_ids(self):
        """Whoever filled it in has inspected, too, if a colleague completes it."""
        users = self.env["res.users"]
        for part in self:
            part.inspected_by_ids = part.inspected_by_id | users.browse(part.found_by)

    def _note_by_hand(self):
        """Remember who fills in drafts."""
        user = self.env.user
        others = self.filtered(
            lambda part: part.state == "draft" and user.id not in (part.found_by or ())
        )
        if user.id != SUPERUSER_ID:
            for known, parts in others.grouped(
                lambda part: tuple(part.found_by or ())
            ).items():
                parts._guarded_write({"found_by": [*known, user.id]})

    @api.depends("line_id.reason_id")
    def _compute_liability(self):
        for part in self:
            part.liability = (
                part.liability or part.line_id.reason_id.liability or "unknown"
            )

    # ------------------------------------------------------------------
    # Parts of a line
    # ------------------------------------------------------------------
    @api.model
    def _create_for(self, moves):
        """Open one part to inspect per lot and owner that came in."""
        vals_list = []
        for move in moves:
            line = move.reverse_rma_line_id
            groups = move.move_line_ids.grouped(
                lambda ml: (ml.lot_id, ml.location_dest_id, ml.owner_id)
            )
            for (lot, location, owner), move_lines in groups.items():
                quantity = line._from_product_uom(
                    sum(move_lines.mapped("quantity_product_uom"))
                )
                if not line.uom_id.is_zero(quantity):
                    vals_list.append(
                        {
                            "line_id": line.id,
                            "quantity": quantity,
                            "lot_id": lot.id,
                            "receipt_move_id": move.id,
                            "location_id": location.id,
                            "owner_id": owner.id,
                        }
                    )
        parts = self._guarded_create(vals_list)
        parts._take_over_kept()
        parts._propose_counter_findings()
        return parts

    def _take_over_kept(self):
        """Let goods that come in be those that were said to stay where they were.

        What is to be inspected anew of these waits for nothing else, and what was
        credited of them is the credit of what came.
        """
        for line, own in self.grouped("line_id").items():
            kept = line.inspection_ids.filtered(
                lambda part: (
                    part.not_inspected and part.state == "draft" and part.supersedes_id
                )
            )
            # As many as are still to come may be these; the others have come instead.
            left = sum(kept.mapped("quantity")) - max(line._get_expected_quantity(), 0)
            for draft in kept.sorted("id"):
                for part in own.filtered(
                    lambda part, lot=draft.lot_id: (
                        not part.supersedes_id and (not lot or part.lot_id == lot)
                    )
                ):
                    if draft.state == "draft":
                        left -= draft._pass_on(part, left)

    def _pass_on(self, part, most):
        """Let goods that came, or as many of them, be these, inspected anew.

        :param float most: how many at most
        :return: how many they were
        """
        self.ensure_one()
        taken = self.uom_id.round(min(part.quantity, self.quantity, most))
        if self.uom_id.compare(taken, 0) <= 0:
            return 0.0
        if self.uom_id.compare(taken, part.quantity) < 0:
            part._split_off(taken)
            part._guarded_write({"quantity": taken})
        part._guarded_write({"supersedes_id": self.supersedes_id.id})
        left = self.uom_id.round(self.quantity - taken)
        if self.uom_id.is_zero(left):
            self._transition(transitions.INSPECTION, "cancel")
        else:
            self._guarded_write({"quantity": left})
        return taken

    @api.model
    def _check_create(self, vals_list):
        """A person may only note goods that will never come in."""
        self._check_duty("inspector")
        for vals in vals_list:
            line = self.env["reverse.rma.line"].browse(vals.get("line_id"))
            expected = line._get_expected_quantity() - sum(
                line.inspection_ids.filtered(
                    lambda p: p.not_inspected and p.state == "draft"
                ).mapped("quantity")
            )
            quantity = vals.get("quantity", 0.0)
            if (
                line.state != "authorized"
                or line.uom_id.compare(quantity, expected) > 0
            ):
                self._refuse_unexpected(line, expected)

    def _check_kept(self):
        """What was noted as kept may have come in since, or have been noted twice."""
        for line, parts in self.filtered("not_inspected").grouped("line_id").items():
            expected = line._get_expected_quantity()
            if line.uom_id.compare(sum(parts.mapped("quantity")), expected) > 0:
                self._refuse_unexpected(line, expected)

    def _refuse_unexpected(self, line, expected):
        raise UserError(
            self.env._(
                "%(line)s expects %(expected)s more; what has come in is "
                "there to be inspected, and its parts are split by their quantity.",
                line=line.display_name,
                expected=line.uom_id._say_reverse(max(expected, 0.0)),
            )
        )

    @api.model
    def _complete_create(self, vals_list):
        return [
            {**vals, "not_inspected": not vals.get("receipt_move_id")}
            for vals in vals_list
        ]

    def write(self, vals):
        """Entering another quantity splits the part."""
        if "quantity" in vals and not self._in_workflow():
            self._check_title_whole()
            self._check_editable()
            for part in self:
                part._split_off(vals["quantity"])
        if "title_value" in vals and self.title_by_id and not self._in_workflow():
            raise UserError(
                self.env._(
                    "%(part)s was taken over at the value agreed, which stays.",
                    part=self.filtered("title_by_id")[0].display_name,
                )
            )
        return super().write(vals)

    def _check_title_whole(self):
        """Goods are taken over at a value for all of them."""
        if self.title_by_id:
            raise UserError(
                self.env._(
                    "%(part)s was taken over as a whole and cannot be split.",
                    part=self.filtered("title_by_id")[0].display_name,
                )
            )

    def _split_off(self, quantity):
        """Keep ``quantity`` on this part and open another for the rest.

        reverse_logistics_dropshipping: never, once they went to the supplier.
        """
        self.ensure_one()
        order = self.uom_id.compare(quantity, self.quantity)
        if order > 0 or quantity <= 0:
            raise UserError(
                self.env._(
                    "%(part)s: a part can only be split into smaller ones, so enter "
                    "more than zero and at most %(quantity).12g.",
                    part=self.display_name,
                    quantity=self.quantity,
                )
            )
        if order < 0:
            rest = self._guarded_create(
                [
                    {
                        **data,
                        "quantity": self.uom_id.round(self.quantity - quantity),
                        "supersedes_id": self.supersedes_id.id,
                        "inspection_level": self.inspection_level,
                        "condition_id": False,
                        "grade_reason": False,
                        "disposition_id": False,
                    }
                    for data in self.copy_data()
                ]
            )
            rest._copy_answers(self, rest._copy_evidence(self))

    def _copy_evidence(self, source):
        """Have files of their own show these goods, which other ones showed until now.

        A file belongs to one record. Whoever inspects the parts removes from each what
        does not show it, until they are completed.

        :param source: the part that they were of
        :return: ``{file of the source: its copy}``
        """
        self.ensure_one()
        # sudo: all that shows these goods, whoever added it, and nothing else
        files = self._sudo_clean(self.env["ir.attachment"])
        found = source._find_evidence(files).get(source.id, files)
        copies = files.union(*(file.copy({"res_id": self.id}) for file in found))
        return dict(zip(found, copies, strict=True))

    # ------------------------------------------------------------------
    # Completion
    # ------------------------------------------------------------------
    def action_complete(self):
        """Complete inspections as an inspector; what follows is in ``_complete``.

        Where a credit was released on other findings, a person is told to look at it.

        :raises AccessError: without the role inspector
        :raises UserError: when condition or disposition is missing, or do not fit, and
            for one's own goods
        """
        self._check_duty("inspector", excluded=("customer_user_ids",))
        self._review_credits()
        self._check_complete()
        self._check_kept()
        return self._complete_decided()

    def _complete_decided(self):
        """Complete what the acting inspector has decided.

        reverse_logistics_choice: what others have to approve waits for them.
        """
        self._complete(
            {"inspected_by_id": self.env.uid, "inspected_at": fields.Datetime.now()}
        )
        return True

    def _complete(self, vals):
        """Complete inspections as somebody has decided, in this order:

        1. the state becomes *done*, and the lines count the goods as inspected;
        2. the goods go where the disposition says (``_dispose``); what could not be
           moved stays behind as an exception with a retry;
        3. what the customer gets is proposed (``_propose`` of ``reverse.settlement``),
           and released where policy decides;
        4. the return goes on, or closes, and the customer is told what was found.

        :param dict vals: who did and when
        """
        self._transition(transitions.INSPECTION, "complete", vals)
        self.filtered("not_inspected").rma_id._end_keep_offers()
        amounts = {}
        for part in self:
            changes = amounts.setdefault(part.line_id, {"inspected": 0.0})
            changes["inspected"] += part.quantity
            if part.not_inspected:
                changes["kept"] = changes.get("kept", 0.0) + part.quantity
        self.line_id._add(amounts)
        self._log_parts("InspectionCompleted")
        for parts in self.grouped("disposition_id").values():
            parts._work("_dispose")
        self.env["reverse.settlement"]._propose(self)
        self.rma_id._update_progress()
        self.rma_id._tell_findings()

    def _has_work_left(self, method):
        return self.state == "done" and not self.disposed

    def _check_complete(self):
        """Refuse what cannot be completed as it was entered.

        reverse_logistics_dropshipping and reverse_logistics_disposal refuse more.

        :raises UserError: saying what is missing or does not fit
        """
        self._check_lots()
        self._check_not_credited()
        self._check_answers()
        self._check_findings()
        self._check_release()
        self._check_obstacles()

    def _check_lots(self):
        """What is inspected is what came in, lot by lot."""
        # sudo: the receipt is the warehouse's
        for receipt in self.sudo().receipt_move_id:
            if receipt.product_id.tracking == "none":
                continue
            received = receipt.move_line_ids.grouped("lot_id")
            parts = receipt.reverse_rma_line_id.inspection_ids.filtered(
                lambda p, receipt=receipt: (
                    p.receipt_move_id == receipt and p.state in ("draft", "done")
                )
            )
            for lot, group in parts.grouped("lot_id").items():
                came = sum(line.quantity_product_uom for line in received.get(lot, ()))
                found = group.line_id._in_product_uom(sum(group.mapped("quantity")))
                if receipt.product_id.uom_id.compare(found, came) > 0:
                    raise UserError(
                        self.env._(
                            "%(part)s: %(came).12g of %(lot)s came in, not "
                            "%(found).12g.",
                            part=group[:1].display_name,
                            came=came,
                            found=found,
                            lot=lot.name or self.env._("no lot"),
                        )
                    )

    def _check_not_credited(self):
        """Goods looked at again may have been credited, or be about to."""
        for part in self.filtered("supersedes_id"):
            if part.disposition_id.credit != "none":
                continue
            settlements = part._get_live_settlement_lines().settlement_id
            if settlements:
                raise UserError(
                    self.env._(
                        "%(part)s: “%(disposition)s” gives no credit, but there is "
                        "%(settlements)s. Cancel or reverse that first.",
                        part=part.display_name,
                        disposition=part.disposition_id.name,
                        settlements=", ".join(settlements.mapped("display_name")),
                    )
                )

    @api.depends("supersedes_id.disposed", "disposition_id.location_state")
    def _compute_leaves_quarantine(self):
        for part in self:
            earlier, goal = part.supersedes_id, part.disposition_id.location_state
            part.leaves_quarantine = (
                earlier.disposed
                and earlier.disposition_id.location_state == "quarantine"
                and goal not in (False, "quarantine")
            )

    def _check_release(self):
        """Goods are let out of quarantine, or rejected, for a reason that stays."""
        for part in self.filtered("leaves_quarantine"):
            if not (part.release_reason or "").strip():
                raise UserError(
                    self.env._(
                        "%(part)s was in quarantine: enter why it becomes "
                        "“%(disposition)s” now.",
                        part=part.display_name,
                        disposition=part.disposition_id.name,
                    )
                )

    def _check_findings(self):
        for part in self:
            if not part.is_authorized:
                raise UserError(
                    self.env._(
                        "%(rma)s is not authorized: an approver decides first whether "
                        "it is taken in or sent back.",
                        rma=part.rma_id.display_name,
                    )
                )
            missing = part.disposition_id if part.not_inspected else part.condition_id
            if not missing or not part.disposition_id:
                raise UserError(
                    self.env._(
                        "%(part)s: enter the condition and the disposition first.",
                        part=part.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # Which dispositions are possible at all
    # ------------------------------------------------------------------
    def _check_obstacles(self):
        """Refuse the dispositions that were chosen where something forbids them.

        :raises UserError: saying what, and what to do instead
        """
        chosen = self.filtered("disposition_id").grouped("disposition_id")
        for disposition, parts in chosen.items():
            for part, obstacles in parts._find_obstacles(disposition).items():
                if disposition in obstacles:
                    raise UserError(
                        self.env._(
                            "%(part)s: %(problem)s",
                            part=part.display_name,
                            problem=obstacles[disposition],
                        )
                    )

    def _get_keeper(self):
        """Give to whom the disposition sends these goods while they stay ours.

        reverse_logistics_refurbish: the vendor that does the work.

        :return: ``res.partner``, empty where they stay here
        """
        return self.env["res.partner"]

    def _find_obstacles(self, dispositions):
        """Say which of these dispositions the goods cannot have, and why.

        What is refused when an inspection is completed, and not recommended before, is
        said here once. What is still to be entered, such as a charity, is no obstacle.

        reverse_logistics_choice: what a rule forbids. reverse_logistics_disposal: to
        destroy what the law protects. reverse_logistics_expiry: to sell what is past
        its date. reverse_logistics_supplier_claims: to send anything to a supplier on
        hold.

        :param dispositions: ``reverse.disposition``
        :return: ``{part: {disposition: phrase}}``, for each part
        """
        found = {part: {} for part in self}
        dangers = self._get_dangers()
        for part, obstacles in found.items():
            foreign = not part.not_inspected and part._get_goods_owner()
            for disposition in dispositions:
                if disposition.keeps_goods != part.not_inspected:
                    obstacles[disposition] = part._say_unfit(disposition)
                elif part in dangers and not part._is_safe_with(disposition):
                    obstacles[disposition] = self.env._(
                        "%(danger)s, so “%(disposition)s” is not possible. Choose "
                        "“Quarantine”, “Scrap” or the supplier.",
                        danger=dangers[part],
                        disposition=disposition.name,
                    )
                elif part in dangers and disposition.location_state == "quarantine":
                    continue  # whose they are, it is the only place where they are safe
                elif foreign and not part._is_for_foreign(disposition):
                    obstacles[disposition] = self.env._(
                        "this belongs to %(owner)s. An approver takes the goods over "
                        "at an agreed value first; or send them back, or scrap them.",
                        owner=foreign.name,
                    )
        return found

    def _get_dangers(self):
        """Say why goods are only safe in quarantine: ``{part: phrase}``, others left
        out.

        reverse_logistics_recall: what was recalled.
        """
        phrase = self.env._("this is leaking, burnt or swollen")
        return dict.fromkeys(self._filter_damaged(), phrase)

    def _filter_damaged(self):
        """Give those that are dangerous as they are.

        What the customer has said counts, and whatever any inspection of these goods
        has found.
        """
        here = self.filtered(lambda part: not part.not_inspected)
        lineages = here._get_lineages()
        return here.filtered(
            lambda part: (
                part.line_id.is_damaged_hazard
                or any(lineages[part].mapped("found_danger"))
            )
        )

    def _is_safe_with(self, disposition):
        """Whether goods that are only safe in quarantine may have a disposition.

        reverse_logistics_recall: also the repair that a customer chose.
        """
        self.ensure_one()
        return disposition.location_state in _SAFE

    def _is_repaired(self):
        """Whether these goods have been repaired here.

        reverse_logistics_repair: by a repair order that is done.
        """
        self.ensure_one()
        return False

    def _get_arrival_place(self):
        """Give where these goods wait for their inspection."""
        self.ensure_one()
        return self.facility_id._get_arrival_place(bool(self._get_dangers()))

    def _say_unfit(self, disposition):
        received = (
            self.env._("not received") if self.not_inspected else self.env._("received")
        )
        return self.env._(
            "“%(disposition)s” does not fit goods that were %(received)s.",
            disposition=disposition.name,
            received=received,
        )

    def _is_for_foreign(self, disposition):
        """Whether goods that are not ours may have a disposition.

        reverse_logistics_repair: also to the workshop.
        """
        self.ensure_one()
        return disposition.location_state in _FOREIGN

    def _review_credits(self):
        """A credit that was released on other findings is looked at by a person."""
        changed = self.filtered(
            lambda part: (
                any(part._get_credited_findings().mapped("disposition_id.is_final"))
                and part.disposition_id.credit != "none"
                and part._has_other_findings()
                and "released" in part._get_live_settlement_lines().mapped("state")
            )
        )
        waiting = changed.rma_id._get_open_exceptions().filtered(
            lambda e: e.type == "credit_review"
        )
        self.env["reverse.exception"]._raise_for(
            changed.line_id - waiting.line_id, "credit_review"
        )

    def _has_other_findings(self):
        self.ensure_one()
        return any(
            self[name] != earlier[name]
            for earlier in self._get_credited_findings()
            for name in ("condition_id", "disposition_id", "liability")
        )

    def _get_credited_findings(self):
        """Give the inspections on which the credit was released, however often the
        goods were inspected since; else the one before this.
        """
        credits_ = self._get_lineage().settlement_line_ids
        released = credits_.filtered(lambda line: line.state == "released")
        return released.inspection_id or self.supersedes_id

    # ------------------------------------------------------------------
    # What events say of inspected goods: codes, quantities and references
    # ------------------------------------------------------------------
    def _log_parts(self, name):
        by_rma = self.grouped("rma_id")
        files = self._get_evidence()
        line_files = self.line_id._get_evidence()
        self.env["reverse.event"]._log(
            self.rma_id,
            name,
            lambda rma: {
                **by_rma[rma]._get_decider_data(),
                "parts": [
                    {
                        **({"files": files[part.id]} if files[part.id] else {}),
                        **part._get_event_data(),
                    }
                    for part in by_rma[rma]
                ],
                # What the customer sent, as it was when the goods were inspected.
                "line_files": {
                    str(line.id): line_files[line.id]
                    for line in by_rma[rma].line_id
                    if line_files[line.id]
                },
            },
        )

    def _get_event_data(self):
        """What an event says of one part: codes, quantities and references."""
        self.ensure_one()
        data = {
            "inspection": self.id,
            "line": self.line_id.id,
            "quantity": self.quantity,
            "lot": self.lot_id.id,
            "condition": self.condition_id.code or "",
            "disposition": self.disposition_id.code,
            "recommended": self.recommended_disposition_id.code or "",
            "liability": self.liability or "",
            "location": self.location_id.id,
        }
        if self.leaves_quarantine:
            data["released"] = True
        if self.inspection_level != "full":
            data["level"] = self.inspection_level
        if self.found_danger:
            data["danger"] = True
        return {**data, **self._get_answer_data()}

    def _get_decider_data(self):
        """What an event says of who decided, where that is not the acting user."""
        # sudo: policy applies to everybody, also where the user cannot read it
        part = self[:1].sudo()
        if part.offer_id:
            return {"decider": "person", "offer": part.offer_id.id}
        version = part.policy_version_id
        return {"decider": version._get_decider()} if version else {}

    # ------------------------------------------------------------------
    # Where inspected goods go: the public methods that disposition steps call
    # ------------------------------------------------------------------
    def _dispose(self):
        """Take the steps of the disposition; what is gone moves nowhere."""
        gone = self.filtered("goods_gone")
        if gone:
            gone._guarded_write({"disposed": True})
            gone._note_put_away()
        present = self - gone
        if not present:
            return
        present.disposition_id._run_steps(present)
        left = present.filtered(lambda part: not part.disposed)
        if left:
            raise UserError(
                self.env._(
                    "The steps of “%(disposition)s” did not move %(parts)s.",
                    disposition=left.disposition_id[:1].name,
                    parts=", ".join(left.mapped("display_name")),
                )
            )

    def _stays_with_customer(self):
        """Whether nobody gets these goods back.

        reverse_logistics_dropshipping: unless the supplier does.
        """
        self.ensure_one()
        return self.not_inspected and not self.line_id.undelivered

    def _check_disposer(self):
        """Goods are moved for inspectors, or for policy where that has decided.

        Goods that a customer keeps by an accepted offer, nobody inspects.
        """
        # sudo: who decided
        by_policy = self.sudo().filtered(lambda p: p.policy_version_id or p.offer_id)
        if self - by_policy or not self:
            self._check_duty("inspector")

    def _check_dispose(self, *states, keeps_goods=False):
        """Refuse the step to users without its duty, and in other states.

        The disposition has to mean this step, because it can be called without one, and
        something may have come in its way since it was chosen, such as a recall.
        """
        self._check_disposer()
        self.check_access("read")
        self._check_obstacles()
        for part in self:
            disposition = part.disposition_id
            if disposition.keeps_goods != keeps_goods or (
                states and disposition.location_state not in states
            ):
                raise UserError(
                    self.env._(
                        "%(part)s: “%(disposition)s” asks for something else.",
                        part=part.display_name,
                        disposition=disposition.name,
                    )
                )
            if part.state != "done" or part.disposed:
                raise UserError(
                    self.env._(
                        "%(part)s is not waiting to be moved.", part=part.display_name
                    )
                )

    def action_dispose_move(self):
        """Move the goods to the location of their disposition and post the transfer."""
        self._check_dispose()
        destinations = {
            part: part.facility_id._get_location(part.disposition_id.location_state)
            for part in self
        }
        missing = [part.display_name for part in self if not destinations[part]]
        if missing:
            raise UserError(
                self.env._(
                    "The facility has no location to put %(parts)s.",
                    parts=", ".join(missing),
                )
            )
        # What was received into quarantine may stay there.
        moving = self.filtered(lambda part: part.location_id != destinations[part])
        groups = moving.grouped(
            lambda part: (part.rma_id, part.location_id, destinations[part])
        )
        # sudo: duty and state are checked above; this moves the inspected goods only
        pickings = self._sudo_clean(self.env["stock.picking"]).create(
            [
                parts._prepare_transfer(
                    rma.facility_id.putaway_type_id, source, destination
                )
                for (rma, source, destination), parts in groups.items()
            ]
        )
        self._move_at_once(pickings)
        for destination, parts in self.grouped(destinations.get).items():
            parts._guarded_write({"location_id": destination.id, "disposed": True})
        self._note_put_away()
        return True

    def action_dispose_scrap(self):
        """Scrap the goods; their value is written off to the location's account."""
        self._check_dispose("scrap")
        self._check_account({part: part._get_scrap_location() for part in self})
        # sudo: duty and state are checked above; this scraps the inspected goods only
        prepared = self.sudo()._prepare_scraps()
        scraps = self._workflow()._sudo_clean(self.env["stock.scrap"])
        for _company, parts in self.grouped("company_id").items():
            own = [(part, vals) for part in parts for vals in prepared[part]]
            made = scraps.create([vals for _part, vals in own])
            made._do_reverse_scraps([part for part, _vals in own])
        self._guarded_write_each(
            {
                part: {"location_id": vals[0]["scrap_location_id"], "disposed": True}
                for part, vals in prepared.items()
            }
        )
        self._note_put_away()
        return True

    def _check_account(self, places):
        """Refuse to write off without an account what the books value at once, and to
        where nothing goes any more.

        Odoo would book nothing, and the value would stay in stock.

        :param dict places: ``{part: location to which its value is expensed}``
        """
        for part, place in places.items():
            if not place.active:
                raise UserError(
                    self.env._(
                        "%(part)s: %(place)s is archived. Take it out of the archive "
                        "of locations, and try again.",
                        part=part.display_name,
                        place=place.display_name,
                    )
                )
            # sudo: accounts are configuration that an inspector cannot read
            product = part.product_id.sudo().with_company(part.company_id)
            account = place.sudo().valuation_account_id  # sudo: as above
            booked = product.valuation == "real_time" and not part._get_stock_owner()
            if booked and not account:
                raise UserError(
                    self.env._(
                        "%(part)s: no account says where the value of "
                        "“%(disposition)s” is expensed. Choose one in the settings of "
                        "returns.",
                        part=part.display_name,
                        disposition=part.disposition_id.name,
                    )
                )

    def _prepare_scraps(self):
        """Values of what writes each part off: one for each package it lies in.

        :return: ``{part: [values]}``
        """
        values = [
            {
                "product_id": part.product_id.id,
                "product_uom_id": part.uom_id.id,
                "quantity": part.quantity,
                "lot_id": part.lot_id.id,
                "owner_id": part._get_stock_owner().id,
                "location_id": part.location_id.id,
                "scrap_location_id": part._get_scrap_location().id,
                "company_id": part.company_id.id,
                "origin": part.rma_id.name,
            }
            for part in self
        ]
        quants = self.env["stock.quant"]._get_quants_by_products_locations(
            self.product_id,
            self.location_id,
            [("lot_id", "in", [False, *self.lot_id.ids])],
        )
        taken = self._take_from_packages(values, quants)
        return {
            part: [{"scrap_qty": vals.pop("quantity"), **vals} for vals in own]
            for part, own in zip(self, taken, strict=True)
        }

    def _get_scrap_location(self):
        """Where this part is written off to, and with it the account.

        reverse_logistics_disposal: elsewhere where it is recycled.
        """
        self.ensure_one()
        return self.company_id._ensure_reverse_scrap()

    def action_dispose_customer(self):
        """Prepare the delivery that sends the goods back to the customer."""
        self._check_dispose("customer")
        self._create_deliveries_back()
        self._guarded_write({"disposed": True})
        return True

    def _create_deliveries_back(self):
        """Announce to the warehouse what it sends back.

        The caller has checked who decides that.
        """
        groups = self.grouped(
            lambda part: (
                part.rma_id,
                part.location_id,
                part.receipt_move_id.location_id,
                part.line_id._get_goods_partner(),
            )
        )
        # sudo: duty and state are checked before; the delivery is the warehouse's to do
        pickings = (
            self.env["stock.picking"]
            .sudo()
            .create(
                [
                    parts._prepare_transfer(
                        rma._get_warehouse().out_type_id, source, destination
                    )
                    for (rma, source, destination, _partner), parts in groups.items()
                ]
            )
        )
        self._fill_transfers(pickings, picked=False)
        pickings.move_ids._action_confirm(merge=False)
        pickings.move_ids._action_assign()

    def action_dispose_keep(self):
        """Nothing to move: the goods stay with the customer."""
        self._check_dispose(keeps_goods=True)
        self._guarded_write({"disposed": True})
        # The warehouse no longer expects what the customer keeps.
        self.line_id._fit_open_receipts()
        self._note_put_away()
        return True

    def _note_put_away(self, quantities=None):
        """Note that all of each part, or ``quantities``, is where it belongs.

        reverse_logistics_repair: what is in the workshop is on its way still.
        """
        amounts = {}
        for part in self:
            changes = amounts.setdefault(part.line_id, {"put_away": 0.0})
            changes["put_away"] += quantities[part] if quantities else part.quantity
        self.line_id._add(amounts)
        self._log_parts("InventoryDispositionUpdated")

    def _get_put_away(self):
        """What of this part is where its disposition says.

        reverse_logistics_repair: nothing of what is in the workshop.
        """
        self.ensure_one()
        if self.goods_gone:
            return self.quantity if self.disposed else 0.0
        sent = self.move_ids.filtered(lambda m: m.location_dest_id._is_outgoing())
        if sent:
            return self.line_id._sum_moves(sent)
        to_customer = self.disposition_id.location_state == "customer"
        if not self.disposed or (to_customer and not self.disposition_id.keeps_goods):
            return 0.0
        return self.quantity

    def _on_sent_back(self, moves):
        """Note that deliveries took goods, or part of them, back to the customer."""
        if not self:
            return
        self._note_put_away(
            {
                part: part.line_id._sum_moves(group)
                for part, group in moves.grouped("reverse_inspection_id").items()
            }
        )
        self.rma_id._update_progress()
        # sudo: as in _update_progress
        self.sudo().rma_id._get_open_exceptions()._close_gone()

    def _on_left_behind(self):
        """Put up anew what no transfer takes to where it was to go.

        The transfer was cancelled, or took less and left the rest. While the rest is
        on its way still, nothing is to be decided.
        """
        left = self.filtered(lambda part: part._is_left_behind())
        if left:
            left._look_again(FINDINGS)

    def _is_left_behind(self):
        self.ensure_one()
        if self.state != "done" or not self.disposed or self.goods_gone:
            return False
        moves = self.move_ids.filtered(lambda m: m._is_reverse_hand_over())
        if any(move.state not in ("done", "cancel") for move in moves):
            return False
        return self.uom_id.compare(self.line_id._sum_moves(moves), self.quantity) < 0

    # ------------------------------------------------------------------
    # Transfers of inspected goods
    # ------------------------------------------------------------------
    def _prepare_transfer(self, picking_type, source, destination):
        rma = self.rma_id
        outgoing = picking_type.code == "outgoing"
        return {
            "picking_type_id": picking_type.id,
            "partner_id": outgoing and self.line_id[:1]._get_goods_partner().id,
            "company_id": rma.company_id.id,
            "location_id": source.id,
            "location_dest_id": destination.id,
            "origin": rma.name,
            "user_id": False,
            "move_ids": [
                Command.create(
                    part._prepare_transfer_move(
                        picking_type, source, destination, outgoing
                    )
                )
                for part in self
            ],
        }

    def _prepare_transfer_move(self, picking_type, source, destination, outgoing):
        self.ensure_one()
        # sudo: link to the receipt of these goods
        receipt = self.sudo().receipt_move_id
        vals = {
            "product_id": self.product_id.id,
            "product_uom_qty": self.quantity,
            "product_uom": self.uom_id.id,
            "location_id": source.id,
            "location_dest_id": destination.id,
            "location_final_id": destination.id,
            "picking_type_id": picking_type.id,
            "warehouse_id": picking_type.warehouse_id.id,
            "company_id": self.company_id.id,
            "origin": self.rma_id.name,
            "procure_method": "make_to_stock",
            "restrict_partner_id": self._get_stock_owner().id,
            "reverse_inspection_id": self.id,
        }
        if outgoing:
            vals.update(
                origin_returned_move_id=receipt.id,
                sale_line_id=receipt.sale_line_id.id,
                # What came in without changing what was delivered goes out so, too.
                to_refund=receipt.to_refund or not receipt.origin_returned_move_id,
            )
        return vals

    def _get_goal(self):
        """Give the kind of place where the inspection lets the goods go, see
        ``engine.custody``; None while nobody has decided.

        reverse_logistics_repair: back to the customer from the workshop.
        """
        self.ensure_one()
        disposition = self.disposition_id
        if self.state != "done" or disposition.keeps_goods:
            return None
        return {"sellable": custody.STOCK, "scrap": custody.LOSS}.get(
            disposition.location_state, disposition.location_state
        )

    def _owns_lines(self, lines):
        """Whether what these lines of a transfer are about to move is this part.

        Another piece of the same product may still have to be inspected.
        """
        self.ensure_one()
        own = self.lot_id, self._get_stock_owner(), self.location_id
        return all(
            (line.lot_id, line.owner_id, line.location_id) == own
            for line in lines
            if line.picked and line.state != "done"
        )

    def _follow(self, lines):
        """Point inspections at the places where their goods were put by hand.

        What else lies there moves first: only goods that are not there any more are
        looked for where they were put. A part of which some were put elsewhere becomes
        two, while nobody has inspected it.

        :param lines: of done moves from one place in returns to another
        """
        if not lines:
            return
        found = self._find_lying(lines).grouped(
            lambda p: (p.product_id, p.location_id, p.lot_id)
        )
        for (product, source, lot), moved in lines.grouped(
            lambda line: (line.product_id, line.location_id, line.lot_id)
        ).items():
            parts = found.get((product, source, lot), self.browse())
            for owner, own in parts.grouped(lambda p: p._get_stock_owner()).items():
                quants = self.env["stock.quant"].search(
                    [
                        ("product_id", "=", product.id),
                        ("location_id", "=", source.id),
                        ("lot_id", "=", lot.id),
                        ("owner_id", "=", owner.id),
                    ]
                )
                here = sum(quants.mapped("quantity"))
                own._follow_missing(
                    here, moved.filtered(lambda r, owner=owner: r.owner_id == owner)
                )

    @api.model
    def _find_lying(self, lines):
        """Find the parts of such products that lie where these lines take goods."""
        return self.search(
            [
                ("product_id", "in", lines.product_id.ids),
                ("location_id", "in", lines.location_id.ids),
                ("state", "in", ("draft", "done")),
                ("goods_gone", "=", False),
                ("receipt_move_id", "!=", False),
            ],
            order="id",
        )

    def _follow_missing(self, here, lines):
        """Follow what is not there any more.

        :param float here: of the goods of these parts, in the product's unit
        """
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        amounts = {p: p.line_id._in_product_uom(p.quantity) for p in self}
        missing = sum(amounts.values()) - max(here, 0.0)
        for line in lines:
            taken = min(missing, line.quantity_product_uom)
            left, rest = endings.cut(list(amounts.items()), taken, step)
            missing -= taken - rest
            for part, stays in left:
                if not stays:
                    del amounts[part]
                elif part.state == "draft" and not part.title_by_id:
                    amounts[part] = stays
                    part = part._part_with(stays)
                else:
                    continue  # whoever moves it on is told what is missing
                part._guarded_write({"location_id": line.location_dest_id.id})

    def _part_with(self, stays):
        """Keep what stays, and give the part that is made of the rest.

        :param float stays: in the product's unit
        """
        before = self.line_id.inspection_ids
        quantity = self.line_id._from_product_uom(stays)
        self._split_off(quantity)
        self._guarded_write({"quantity": quantity})
        return self.line_id.inspection_ids - before

    def _check_transfer(self, move):
        """By hand, the transfer of inspected goods can be split, not multiplied."""
        self.ensure_one()
        out = self.move_ids.filtered(
            lambda m: m.state != "cancel" and m.location_dest_id._is_outgoing()
        )
        sent = sum(
            m.product_uom._compute_quantity(m.product_uom_qty, self.uom_id) for m in out
        )
        if self.state != "done" or self.uom_id.compare(sent, self.quantity) > 0:
            raise UserError(
                self.env._(
                    "%(transfer)s cannot move %(part)s: its inspection decides where "
                    "it goes.",
                    transfer=move.picking_id.name or move.display_name,
                    part=self.display_name,
                )
            )

    def _check_on_hand(self, moves, quants):
        """Goods that left by another way cannot be put away: they would sell twice."""
        wanted = moves.filtered("product_id.is_storable").grouped(
            lambda m: (
                m.product_id,
                m.location_id,
                m.reverse_inspection_id.lot_id,
                m.restrict_partner_id,
            )
        )
        for (product, location, lot, owner), group in wanted.items():
            here = sum(
                sum(found.mapped("quantity"))
                for (*place, _package_id, owner_id), found in quants.items()
                if place == [product.id, location.id, lot.id] and owner_id == owner.id
            )
            needed = sum(group.mapped("product_qty"))
            if product.uom_id.compare(needed, here) > 0:
                raise UserError(
                    self.env._(
                        "%(needed)s of %(product)s should be moved, but %(location)s "
                        "has only %(here).12g. Find out where the rest went, bring it "
                        "back there, and try again.",
                        needed=product.uom_id._say_reverse(needed),
                        product=product.display_name,
                        here=max(here, 0.0),
                        location=location.display_name,
                    )
                )

    def _fill_transfers(self, pickings, picked):
        """Enter exactly the lots and quantities that were inspected."""
        moves = pickings.move_ids
        # sudo: as the transfer itself; the quants of all are looked up at once
        quants = (
            self.env["stock.quant"]
            .sudo()
            ._get_quants_by_products_locations(
                moves.product_id,
                moves.location_id,
                [("lot_id", "in", [False, *moves.reverse_inspection_id.lot_id.ids])],
            )
        )
        self._check_on_hand(moves, quants)
        lines = self.env["stock.move.line"].sudo()  # sudo: as the transfer itself
        values = [
            {
                "move_id": move.id,
                "picking_id": move.picking_id.id,
                "product_id": move.product_id.id,
                "product_uom_id": move.product_uom.id,
                "quantity": move.product_uom_qty,
                "location_id": move.location_id.id,
                "location_dest_id": move.location_dest_id.id,
                "lot_id": move.reverse_inspection_id.lot_id.id,
                "owner_id": move.restrict_partner_id.id,
                "company_id": move.company_id.id,
                "picked": picked,
            }
            for move in moves
        ]
        # Before confirming: what Odoo reserves then may be of other parts, and would
        # count twice.
        lines.with_context(quants_cache=quants).create(
            [vals for own in self._take_from_packages(values, quants) for vals in own]
        )

    @api.model
    def _take_from_packages(self, values, quants):
        """Name the packages that goods lie in.

        Taken from elsewhere, the goods would stay there and be missing here.

        :param list values: dicts with product, unit, quantity, location, lot and owner
        :param quants: as Odoo's ``_get_quants_by_products_locations`` gives them
        :return: a list for each of them: the same values, once for each package
        """
        free = {}
        for (*place, package, owner), found in quants.items():
            supplies = free.setdefault((*place, owner), {})
            supplies[package] = sum(q.quantity - q.reserved_quantity for q in found)
        return [
            self._take_from(
                vals,
                free.get(
                    tuple(
                        vals[name]
                        for name in ("product_id", "location_id", "lot_id", "owner_id")
                    )
                ),
            )
            for vals in values
        ]

    @api.model
    def _take_from(self, vals, supplies):
        """Spread one quantity over packages, and take it from ``supplies``.

        :param dict supplies: ``{package id or False: free quantity}``
        """
        if not supplies or not any(supplies):
            return [vals]
        unit = self.env["product.product"].browse(vals["product_id"]).uom_id
        own_unit = self.env["uom.uom"].browse(vals["product_uom_id"])
        parts, rest = allocation.allocate(
            own_unit._compute_quantity(
                vals["quantity"], unit, rounding_method="HALF-UP"
            ),
            [allocation.Supply(*supply) for supply in supplies.items()],
            unit.rounding,
        )
        if rest:  # promised elsewhere, and taken nevertheless
            parts.append((next(iter(supplies)), rest))
        for package, part in parts:
            supplies[package] -= part
        if len(parts) == 1:
            return [{**vals, "package_id": parts[0][0]}]
        return [
            {
                **vals,
                "package_id": package,
                "product_uom_id": unit.id,
                "quantity": part,
            }
            for package, part in parts
        ]

    def _move_at_once(self, pickings):
        """Post transfers of what was inspected."""
        self._fill_transfers(pickings, picked=True)
        self._post_at_once(pickings)

    def _post_at_once(self, pickings):
        # What was inspected is out of its package.
        moves = pickings.move_ids.with_context(bypass_entire_pack=True)
        moves._action_confirm(merge=False)
        pickings.with_context(
            skip_backorder=True, skip_expired=True, skip_sms=True
        ).button_validate()
        unfinished = pickings.filtered(lambda p: p.state != "done")
        if unfinished:
            raise UserError(
                self.env._(
                    "%(pickings)s could not be validated.",
                    pickings=", ".join(unfinished.mapped("name")),
                )
            )

    # ------------------------------------------------------------------
    # What a template asks, and the grade that the answers give
    # ------------------------------------------------------------------
    def _ask(self):
        """Ask about goods that somebody will look at what their template asks.

        The questions are frozen: an inspection that has begun does not change with its
        template.
        """
        parts = self.filtered(
            lambda part: part.state == "draft" and not part.not_inspected
        )
        templates = self.env["reverse.inspection.template"]._find_for(parts.line_id)
        asked = parts.filtered(lambda part: part.line_id in templates)
        for template, group in asked.grouped(lambda p: templates[p.line_id]).items():
            texts = template._freeze(group.product_id)
            for product, own in group.grouped("product_id").items():
                own._begin(template, texts[product])

    def _begin(self, template, text, answers=None):
        """Keep these questions, with empty answers or such as are known.

        :param dict answers: ``{key: values}``
        """
        self._guarded_write(
            {
                "template_id": template.id,
                "questions": text,
                "questions_hash": snapshot.digest(text),
            }
        )
        rows = json.loads(text)["questions"]
        self.env["reverse.inspection.answer"]._guarded_create(
            [
                {
                    "inspection_id": part.id,
                    "sequence": place,
                    "key": row["key"],
                    "kind": row["kind"],
                    **(answers or {}).get(row["key"], {}),
                }
                for part in self
                for place, row in enumerate(rows)
            ]
        )

    def _copy_answers(self, source, photos):
        """Ask about these goods what was asked about others, answered alike.

        :param source: the part that they were of
        :param dict photos: ``{photo of the source: photo that shows these goods}``
        """
        source.ensure_one()
        # sudo: who found it stays who found it
        users = source.sudo().inspected_by_ids
        if users:
            self._guarded_write({"found_by": users.ids})
        if source.template_id:
            answers = {
                answer.key: {
                    "value": answer.value,
                    "photo_ids": [
                        # what an earlier part showed stays with it, and shows this too
                        Command.set(
                            [photos.get(photo, photo).id for photo in answer.photo_ids]
                        )
                    ],
                }
                for answer in source.answer_ids
            }
            self._begin(source.template_id, source.questions, answers)

    def _get_question_rows(self):
        """Give the questions as they were frozen: ``{part: {key: plain data}}``."""
        read = {}
        rows = {}
        for part in self.filtered("template_id"):
            text = part.questions
            if text not in read:
                questions = json.loads(text)["questions"]
                read[text] = {row["key"]: row for row in questions}
            rows[part] = read[text]
        return rows

    def _get_sheets(self):
        """Give the questions for the engine: ``{part: engine.grading.Sheet}``."""
        read = {}
        sheets = {}
        for part in self.filtered("template_id"):
            text = part.questions
            if text not in read:
                read[text] = grading.read(json.loads(text))
            sheets[part] = read[text]
        return sheets

    def _get_answers(self):
        self.ensure_one()
        return {answer.key: answer._get_text() for answer in self.answer_ids}

    def _get_graded_goods(self):
        """Give what answers are compared with: what was announced, else what came."""
        self.ensure_one()
        lot = self.line_id.lot_id or self.lot_id
        pieces = self.line_id._in_product_uom(self.quantity)
        return grading.Goods(pieces, lot.name or "")

    @api.depends(
        "questions",
        "quantity",
        "lot_id",
        "answer_ids.value",
        "answer_ids.photo_ids",
    )
    @api.depends_context("lang")
    def _compute_graded(self):
        sheets = self._get_sheets()
        conditions = self.env["reverse.condition"]
        for part in self:
            part.graded_condition_id = part.grade_note = part.asked_keys = False
            if part not in sheets:
                continue
            answers, goods = part._get_answers(), part._get_graded_goods()
            missing = sheets[part].missing(answers, goods)
            verdict = sheets[part].grade(answers, goods)
            asked = sheets[part].applying(answers, goods)
            part.asked_keys = [question.key for question in asked]
            part.graded_condition_id = conditions.browse(verdict and verdict.grade)
            part.grade_note = (
                part._say_missing(missing) if missing else part._say_verdict(verdict)
            )

    def _say_missing(self, missing):
        keys = {question.key for question in missing}
        answers = self.answer_ids.filtered(lambda answer: answer.key in keys)
        return self.env._(
            "Still to answer: %(questions)s",
            questions=", ".join(f"“{answer.question}”" for answer in answers),
        )

    def _say_verdict(self, verdict):
        """Say which answer decides on the grade."""
        if not verdict:
            return self.env._("The answers give no grade.")
        answer = self.answer_ids.filtered(lambda answer: answer.key == verdict.key)
        return self.env._(
            "%(grade)s, because of “%(question)s”: %(answer)s",
            grade=self.graded_condition_id.name,
            question=answer.question,
            answer=answer.remark or answer._say(),
        )

    def _say_missing_accessories(self):
        """Say which accessories were missing, empty when nobody found that any was."""
        self.ensure_one()
        if not self.template_id:
            return ""
        # sudo: what was counted, for whoever is told what was found
        counted = self.sudo().answer_ids.filtered(lambda a: a.kind == "accessories")
        return " ".join(filter(None, counted.mapped("remark")))

    @api.depends("graded_condition_id", "grade_reason")
    def _compute_condition_id(self):
        """The answers say the condition, unless the inspector says why another.

        Where corrected answers give none, the one that they gave before is not kept.
        """
        for part in self:
            chosen, proposed = part.condition_id, part.proposed_condition_id
            if part.state == "draft" and not part.grade_reason:
                graded = part.graded_condition_id
                if graded or (proposed and chosen == proposed):
                    chosen = graded
                proposed = graded
            part.condition_id, part.proposed_condition_id = chosen, proposed

    def _check_answers(self):
        """Refuse what was not answered, and another grade without a reason.

        Nobody is asked about goods whose condition a rule assumes.
        """
        asked = self.filtered(
            lambda part: part.template_id and part.inspection_level != "assumed"
        )
        sheets = asked._get_sheets()
        for part in asked:
            missing = sheets[part].missing(
                part._get_answers(), part._get_graded_goods()
            )
            if missing:
                raise UserError(
                    self.env._(
                        "%(part)s cannot be completed yet. %(missing)s",
                        part=part.display_name,
                        missing=part._say_missing(missing),
                    )
                )
            if part._is_graded_otherwise() and not part.grade_reason:
                raise UserError(
                    self.env._(
                        "%(part)s: the answers give %(grade)s. To complete it with "
                        "another condition, enter why.",
                        part=part.display_name,
                        grade=part.grade_note,
                    )
                )

    def _is_graded_otherwise(self):
        """Whether the inspector says another grade than the answers."""
        self.ensure_one()
        graded = self.graded_condition_id
        return bool(graded) and self.condition_id != graded

    def _get_answer_data(self):
        """What an event says of the answers: the questions and answers as hashes."""
        self.ensure_one()
        if not self.template_id:
            return {}
        data = {"template": self.template_id.id, **self._get_answer_hashes()}
        if self._is_graded_otherwise():
            data["graded"] = self.graded_condition_id.code
        return data

    def _get_answer_hashes(self):
        """Give the hashes of the questions, and of the answers, as they are now."""
        self.ensure_one()
        answers = [
            [answer.key, answer.value or "", sorted(answer.photo_ids.ids)]
            for answer in self.answer_ids
        ]
        return {
            "questions": snapshot.digest(self.questions),
            "answers": snapshot.digest(snapshot.canonical(answers)),
        }

    # ------------------------------------------------------------------
    # What should become of the goods, before a person decides
    # ------------------------------------------------------------------
    @api.depends("condition_id.disposition_id", "found_danger")
    def _compute_recommended_disposition_id(self):
        recommended = self._get_recommended_dispositions()
        for part in self:
            part.recommended_disposition_id = recommended[part]

    @api.depends("condition_id")
    def _compute_disposition_id(self):
        """What was chosen stays, but with each answer the grade may be another."""
        undecided = self.filtered(
            lambda part: not part.disposition_id or part._is_graded_by_answers()
        )
        recommended = undecided._get_recommended_dispositions()
        for part in self:
            proposed = recommended.get(part, part.proposed_disposition_id)
            part.disposition_id = recommended.get(part, part.disposition_id)
            part.proposed_disposition_id = proposed

    def _is_graded_by_answers(self):
        """Whether answers still decide, and nobody has chosen anything else."""
        self.ensure_one()
        return (
            self.state == "draft"
            and self.template_id
            and not self.override_reason
            and self.disposition_id == self.proposed_disposition_id
        )

    def _get_recommended_dispositions(self):
        """Give what is recommended: ``{part: disposition or empty}``.

        What is only safe in quarantine goes there. reverse_logistics_expiry and
        reverse_logistics_repair know better of goods past their removal date, and of
        what is here to be repaired, whatever goods of their kind usually become.
        """
        recommended = self._get_usual_dispositions()
        for part in self._get_dangers():
            if not part._is_safe_with(recommended[part]):
                recommended[part] = self.env.ref(
                    "reverse_logistics.disposition_quarantine"
                )
        return recommended

    def _get_usual_dispositions(self):
        """Give what goods in their condition become: ``{part: disposition or empty}``.

        reverse_logistics_choice: what is expected to bring most.
        """
        return {part: part.condition_id.disposition_id for part in self}

    def _get_recovered(self):
        """Give what inspected goods brought, as far as that can be told.

        What is restocked is sold with everything else of its kind.
        reverse_logistics_resale: goods sold in lots. reverse_logistics_supplier_claims:
        what suppliers gave for goods that went back to them.

        :return: ``{part: amount in the company's currency}``, others left out
        """
        return {}

    def _get_recovered_quantity(self):
        """Give how many of these goods brought what ``_get_recovered`` says.

        reverse_logistics_resale: of goods in lots, those that were delivered.
        """
        self.ensure_one()
        return self.quantity

    def _get_expected_nets(self):
        """Give what these goods are expected to bring with each disposition, net.

        reverse_logistics_choice: by its rules.

        :return: ``{part: {disposition id: amount in the company's currency}}``, parts
            of which nothing is expected left out
        """
        return {}

    # ------------------------------------------------------------------
    # Inspections are never edited: a new one supersedes them
    # ------------------------------------------------------------------
    def action_reinspect(self):
        """Open a new inspection for goods whose disposition was not final."""
        self._check_duty("inspector")
        for part in self:
            if not part._is_parked():
                raise UserError(
                    self.env._(
                        "%(part)s is at its final destination.",
                        part=part.display_name,
                    )
                )
        parts = self._look_again()
        return self.rma_id._open(parts, self.env._("Inspections"))

    def action_correct(self):
        """Replace completed inspections, whatever became of the goods since.

        What still lies where it was put is fetched back to be inspected, also from
        sellable stock. What is gone stays gone: only what is found changes.

        :raises AccessError: without the role inspector
        :raises UserError: for inspections that are not completed
        """
        self._check_duty("inspector")
        parts = self._look_again(FINDINGS)
        return self.rma_id._open(parts, self.env._("Inspections"))

    def _look_again(self, findings=()):
        """Supersede these parts, in this order:

        1. the state becomes *superseded*, and the lines count the goods no longer as
           inspected, put away or denied;
        2. what is still where it was put is fetched, and the new parts are opened
           (``_fetch_goods``);
        3. a return that was closed is open again.

        Credits stay: completing the new parts says whether they hold.
        reverse_logistics_repair calls open repairs off.

        :return: the new parts
        :param findings: names of fields that the new ones start with
        """
        put_away = {part: part._get_put_away() for part in self}
        self._transition(transitions.INSPECTION, "supersede")
        self._set_denied(False)
        amounts = {}
        for part in self:
            changes = amounts.setdefault(
                part.line_id, {"inspected": 0.0, "put_away": 0.0, "kept": 0.0}
            )
            changes["inspected"] -= part.quantity
            changes["put_away"] -= put_away[part]
            changes["kept"] -= part.quantity if part.not_inspected else 0.0
        self.line_id._add(amounts)
        parts = self._guarded_create(
            [
                {**part._prepare_again(findings), **piece}
                for part in self
                for piece in part._fetch_goods()
            ]
        )
        parts._ask_again(findings)
        self._log_parts("InspectionSuperseded")
        self.rma_id._open_again()
        self.rma_id._update_progress()
        return parts

    def _prepare_again(self, findings):
        self.ensure_one()
        vals = {name: self[name] for name in findings}
        return {
            **self._convert_to_write(vals),
            "line_id": self.line_id.id,
            "lot_id": self.lot_id.id,
            "receipt_move_id": self.receipt_move_id.id,
            "owner_id": self.owner_id.id,
            "found_danger": self.found_danger,
            "supersedes_id": self.id,
            # sudo: whose findings these are
            "found_by": findings and self.sudo().inspected_by_ids.ids,
        }

    def _ask_again(self, findings):
        """Go on from what was answered before; a second look, or a first one, is new.

        :param findings: names of fields that stay as they were found, empty for anew
        """
        answered = self.filtered(lambda p: findings and p.supersedes_id.template_id)
        (self - answered)._ask()
        for part in answered:
            earlier = part.supersedes_id
            # its photos show these goods as well, and are fixed
            shown = earlier.answer_ids.photo_ids
            part._copy_answers(earlier, {photo: photo for photo in shown})
            vals = {name: earlier[name] for name in findings}
            part._guarded_write(self._convert_to_write(vals))

    def _get_latest(self):
        """The completed inspections that hold for these goods now."""
        return self.line_id.inspection_ids.filtered(
            lambda part: part.state == "done" and part._get_lineage() & self
        )

    def _is_known(self):
        """Tell whether something is found of these goods, or they are here to be seen.

        That they stay where they are may have been taken back, and not said anew.
        """
        self.ensure_one()
        if self.state in ("draft", "done"):
            return True
        parts = self.line_id.inspection_ids
        lineages = parts._get_lineages()
        own = parts.filtered(lambda part: self in lineages[part])
        if any(
            part.state == "done" or (part.state == "draft" and part.receipt_move_id)
            for part in own
        ):
            return True
        # What is to be said anew is waited for, unless other goods came instead.
        drafts = parts.filtered(lambda p: p.state == "draft" and p.not_inspected)
        said = sum(drafts.mapped("quantity"))
        expected = self.line_id._get_expected_quantity()
        return bool(own & drafts) and self.uom_id.compare(expected, said) >= 0

    def _get_lineage(self):
        """These inspections and those they supersede."""
        # What is asked of one part is read for all that it was found with.
        found = self.union(*self._get_lineages().values())
        return found.with_prefetch(self._prefetch_ids)

    def _get_lineages(self):
        """Give each inspection with those it supersedes: ``{part: parts}``."""
        lineages = {part: part for part in self}
        reached = lineages
        while reached:
            # Records of one set read together what they supersede.
            level = zip(reached, self.browse().concat(*reached.values()), strict=True)
            reached = {
                part: earlier
                for part, last in level
                if (earlier := last.supersedes_id - lineages[part])
            }
            lineages |= {part: lineages[part] | reached[part] for part in reached}
        return lineages

    # ------------------------------------------------------------------
    # Where the goods of a superseded inspection are now
    # ------------------------------------------------------------------
    def _fetch_goods(self):
        """Get back what is still where the disposition put it.

        :return: values of ``quantity``, ``location_id`` and ``goods_gone`` of the new
            parts: what can be moved again, and what is gone
        """
        self.ensure_one()
        if self.not_inspected:
            return [{"quantity": self.quantity}]
        if self.goods_gone:
            here, location = 0.0, self.location_id
        elif not self.disposed:
            here, location = self.quantity, self.location_id
        else:
            here, location = self._fetch_disposed()
        pieces = [
            (here, location, False),
            (self.uom_id.round(self.quantity - here), self.location_id, True),
        ]
        return [
            {"quantity": quantity, "location_id": place.id, "goods_gone": gone}
            for quantity, place, gone in pieces
            if self.uom_id.compare(quantity, 0) > 0
        ]

    def _fetch_disposed(self):
        """Give what is back or still there, and where.

        reverse_logistics_repair: also from the workshop.
        """
        state = self.disposition_id.location_state
        if state == "customer":
            return self._fetch_from_delivery()
        if state == "sellable":
            return self._fetch_from_stock()
        if state == "scrap":
            return self._fetch_from_scrap()
        # Parked in returns; whoever decides anew is told when it is not there.
        return self.quantity, self.location_id

    def _fetch_from_delivery(self):
        """Stop the delivery that sends the goods back, if it has not left."""
        # sudo: the delivery was made by the inspection's own disposition
        out = self.sudo().move_ids.filtered(
            lambda m: m.location_dest_id._is_outgoing() and m.state != "cancel"
        )
        sent = out.filtered(lambda m: m.state == "done")
        (out - sent)._action_cancel()
        return self.quantity - self.line_id._sum_moves(sent), self.location_id

    def _fetch_from_stock(self):
        """Take goods out of sellable stock that were not sold or promised since."""
        inspection = self._get_arrival_place()
        wanted = self.line_id._in_product_uom(self.quantity)
        owner = self._get_stock_owner()
        # sudo: exactly the goods that this inspection put there
        quants = self.env["stock.quant"].sudo()
        found = quants._gather(
            self.product_id, self.location_id, lot_id=self.lot_id, strict=False
        ).filtered(lambda q: q.lot_id == self.lot_id and q.owner_id == owner)
        takes = []
        for quant in found:
            free = quant.quantity - quant.reserved_quantity
            taken = min(free, wanted - sum(part for _quant, part in takes))
            if self.product_id.uom_id.compare(taken, 0) > 0:
                takes.append((quant, taken))
        if takes:
            self._move_back(takes, inspection)
        here = sum(part for _quant, part in takes)
        return self.line_id._from_product_uom(here), inspection

    def _move_back(self, takes, inspection):
        rma = self.rma_id
        quantity = sum(part for _quant, part in takes)
        picking_type = rma.facility_id.putaway_type_id
        vals = self._prepare_transfer(picking_type, self.location_id, inspection)
        move_vals = {
            **self._prepare_transfer_move(
                picking_type, self.location_id, inspection, False
            ),
            "product_uom_qty": quantity,
            "product_uom": self.product_id.uom_id.id,
        }
        vals["move_ids"] = [Command.create(move_vals)]
        # sudo: as above
        picking = self._workflow()._sudo_clean(self.env["stock.picking"]).create([vals])
        self._sudo_clean(self.env["stock.move.line"]).create(
            [
                {
                    "move_id": picking.move_ids.id,
                    "picking_id": picking.id,
                    "product_id": self.product_id.id,
                    "product_uom_id": self.product_id.uom_id.id,
                    "quantity": part,
                    "location_id": quant.location_id.id,
                    "location_dest_id": inspection.id,
                    "lot_id": quant.lot_id.id,
                    "package_id": quant.package_id.id,
                    "owner_id": quant.owner_id.id,
                    "company_id": self.company_id.id,
                    "picked": True,
                }
                for quant, part in takes
            ]
        )
        self._post_at_once(picking)

    def _fetch_from_scrap(self):
        """Take the write-off back by counter-moves, at the value it had.

        There is one for each package that the goods lay in.
        """
        # sudo: exactly the goods that this inspection scrapped
        scrapped = self.sudo().move_ids.filtered(
            lambda m: m.state == "done" and m.location_dest_id.usage == "inventory"
        )
        inspection = self._get_arrival_place()
        moves = self._workflow()._sudo_clean(self.env["stock.move"])
        for move in moves.create(
            [
                {
                    **self._prepare_counter_move(own, own.quantity),
                    "location_dest_id": inspection.id,
                    "reverse_inspection_id": self.id,
                }
                for own in scrapped
            ]
        ):
            self._do_counter_move(move, self.lot_id)
        return self.line_id._sum_moves(scrapped), inspection

    def _prepare_counter_move(self, move, quantity):
        """Values of a move that takes another one back."""
        return {
            "product_id": move.product_id.id,
            "product_uom_qty": quantity,
            "product_uom": move.product_uom.id,
            "location_id": move.location_dest_id.id,
            "location_dest_id": move.location_id.id,
            "location_final_id": False,
            "company_id": move.company_id.id,
            "origin": self.rma_id.name,
            "origin_returned_move_id": move.id,
            "procure_method": "make_to_stock",
            "restrict_partner_id": move.restrict_partner_id.id,
        }

    def _do_counter_move(self, move, lot):
        """Post it with exactly this lot."""
        quants = self.env["stock.quant"]._get_quants_by_products_locations(
            move.product_id, move.location_id, [("lot_id", "=", lot.id)]
        )
        vals = {
            "move_id": move.id,
            "product_id": move.product_id.id,
            "product_uom_id": move.product_uom.id,
            "quantity": move.product_uom_qty,
            "location_id": move.location_id.id,
            "location_dest_id": move.location_dest_id.id,
            "lot_id": lot.id,
            "owner_id": self._get_stock_owner().id,
            "company_id": move.company_id.id,
            "picked": True,
        }
        # sudo: the move itself was made so; lines before confirming, as elsewhere
        lines = self.env["stock.move.line"].sudo()
        lines.create(self._take_from_packages([vals], quants)[0])
        move = move.with_context(bypass_entire_pack=True)
        move._action_confirm(merge=False)
        move._action_done()

    # ------------------------------------------------------------------
    # Goods of customers become ours at an agreed value, or stay theirs
    # ------------------------------------------------------------------
    def _compute_customer_owned(self):
        for part in self:
            part.customer_owned = bool(part._get_goods_owner())

    def _get_goods_owner(self):
        """Whose the goods of this part are; nobody's name means ours."""
        self.ensure_one()
        part = self
        while part:
            if part.title_by_id:
                return self.env["res.partner"]
            part = part.supersedes_id
        return self.line_id._get_goods_owner()

    def _get_stock_owner(self):
        """Give the partner under whose name the goods lie in stock.

        That is the customer, or a supplier whose goods we sell in consignment. The
        latter are inspected and sold as our own.
        """
        self.ensure_one()
        owner = self._get_goods_owner()
        return owner if self.line_id._get_goods_owner() else self.owner_id

    @checked(value=number)
    def action_take_title(self, value=None):
        """Make customers' goods ours at the value agreed, for an approver.

        :param float value: what all goods of each part are worth; left out, the agreed
            value entered on it
        :raises AccessError: without the role approver
        :raises UserError: when the goods are ours, not here, or dealt with already, and
            for one's own request or goods
        """
        bypassed = self.rma_id._check_duty(
            "approver", excluded=("requested_by_id", "customer_user_ids", *AUTHORS)
        )
        for part in self:
            if (
                part.state != "draft"
                or part.not_inspected
                or not part._get_goods_owner()
            ):
                raise UserError(
                    self.env._(
                        "%(part)s is not waiting here as the customer's property.",
                        part=part.display_name,
                    )
                )
            if (part.title_value if value is None else value) < 0:
                raise UserError(self.env._("The agreed value cannot be negative."))
            read = self.env.context.get("reverse_read_value", part.title_value)
            if value is None and part.company_currency_id.compare_amounts(
                read, part.title_value
            ):
                raise UserError(
                    self.env._(
                        "%(part)s: another value has been entered since you opened it. "
                        "Reload the page, and read it once more.",
                        part=part.display_name,
                    )
                )
        if value is not None:
            self._guarded_write({"title_value": value})
        for part in self:
            part._take_title()
        self._log_title(bypassed)
        return True

    def _take_title(self):
        """The owner's goods out, ours in: Odoo values goods as they come in."""
        self.ensure_one()
        owner = self._get_goods_owner()
        outside = self.line_id._get_receipt_origin()
        here = self.location_id
        self._do_title_move(self._prepare_title_move(here, outside, owner), owner)
        self._guarded_write({"title_by_id": self.env.uid})
        self._do_title_move(
            self._prepare_title_move(outside, here), self.env["res.partner"]
        )

    def _prepare_title_move(self, source, destination, owner=None):
        picking_type = self.facility_id.putaway_type_id
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self.quantity,
            "product_uom": self.uom_id.id,
            "location_id": source.id,
            "location_dest_id": destination.id,
            "location_final_id": destination.id,
            "picking_type_id": picking_type.id,
            "company_id": self.company_id.id,
            "origin": self.rma_id.name,
            "procure_method": "make_to_stock",
            "restrict_partner_id": owner.id if owner else False,
            "reverse_title_id": self.id,
        }

    def _do_title_move(self, vals, owner):
        # sudo: the duty is checked; exactly this part's goods change their owner, and
        # only the workflow makes such moves
        move = self._sudo_clean(self._workflow().env["stock.move"].create(vals))
        move.move_line_ids = [
            Command.create(
                {
                    "product_id": move.product_id.id,
                    "product_uom_id": move.product_uom.id,
                    "quantity": move.product_uom_qty,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                    "lot_id": self.lot_id.id,
                    "owner_id": owner.id,
                    "company_id": move.company_id.id,
                    "picked": True,
                }
            )
        ]
        move._action_confirm(merge=False)
        move._action_done()
        if move.state != "done":
            raise UserError(
                self.env._("%(part)s could not be taken over.", part=self.display_name)
            )

    def _log_title(self, bypassed):
        for part in self:
            self.env["reverse.event"]._log(
                part.rma_id,
                "TitleTaken",
                {
                    "inspection": part.id,
                    "line": part.line_id.id,
                    "quantity": part.quantity,
                    "value": part.title_value,
                    "currency": part.company_currency_id.name,
                    "combined_duties": part.rma_id in bypassed,
                },
            )

    # ------------------------------------------------------------------
    # What an inspector is shown beside the part itself
    # ------------------------------------------------------------------
    @api.depends("state", "rma_id.inspection_ids.state")
    def _compute_is_last_draft(self):
        for part in self:
            drafts = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
            part.is_last_draft = drafts == part

    @api.depends("rma_id.state")
    def _compute_is_authorized(self):
        for part in self:
            part.is_authorized = part.rma_id.state in INSPECTED_IN

    @api.model
    def _search_is_authorized(self, operator, value):
        if operator != "in":
            return NotImplemented
        may = Domain("rma_id.state", "in", INSPECTED_IN)
        return Domain.OR(may if wanted else ~may for wanted in value)

    # ------------------------------------------------------------------
    # Steps that the form offers
    # ------------------------------------------------------------------
    @api.depends("state", "rma_id.state", "disposed", "disposition_id.is_final")
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        """Goods that are parked are looked at again; what is final is corrected."""
        inspector, approver = self._has_duty("inspector"), self._has_duty("approver")
        for part in self:
            open_here = part._may("complete")
            again = inspector and part._may("supersede")
            parked = part._is_parked()
            saved = bool(part._origin)
            part.is_complete_allowed = (
                inspector and open_here and saved and part.is_authorized
            )
            part.is_reinspect_allowed = again and parked
            part.is_correct_allowed = again and not parked
            part.is_take_title_allowed = approver and open_here and part.customer_owned

    def _is_parked(self):
        """Whether the goods are where they do not stay."""
        return self.disposed and not self.disposition_id.is_final

    def _get_evidence_inspections(self):
        return self
