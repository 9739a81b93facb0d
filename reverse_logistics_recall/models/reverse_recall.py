from collections import defaultdict
from datetime import timedelta
from functools import partial

from odoo import Command, api, fields, models, tools
from odoo.exceptions import RedirectWarning, UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, split_every

from odoo.addons.reverse_logistics.models.base.reverse_authored_mixin import AUTHORS
from odoo.addons.reverse_logistics.models.base.reverse_guarded_mixin import RETRIED
from odoo.addons.reverse_logistics.models.base.reverse_retry import run_batch

from ..engine import effect, holdings, notices
from .reverse_recall_line import TOLD

STEPS = {
    "start": (("draft",), "running"),
    "close": (("running",), "closed"),
    "reopen": (("closed",), "running"),
    "cancel": (("draft", "running"), "cancelled"),
}
#: Who asked to cancel a recall meant it as it was then: each step needs a new asker.
_ASK_AGAIN = {"cancel_asked_by_id": False}
#: What a recall stops, and whether it does, is kept in mind until one of these changes.
_STOPPING = {"state", "product_ids", "lot_ids", "stops_stock", "stock_released_by_id"}
#: Customers whose returns are made in one transaction.
CUSTOMERS = 50
#: Transfers that are named in a note.
NAMED = 10
REMEDIES = ("refund", "replacement", "repair")
#: What customers read, in their language.
TEXTS = ("title", "hazard", "instruction")


class ReverseRecall(models.Model):
    """A recall: unsafe goods are stopped, and whoever has some of them is told.

    1. Customer service enters what is unsafe, by lots or by days of delivery, and what
       customers are to read; ``action_find_customers`` finds who has it.
    2. Another person, an approver, starts it: from then on its lots are stopped in
       stock and in open deliveries.
    3. In the background every customer gets an authorized return and the notice, and
       later a reminder; deliveries that were done at the last moment are found, too.
    4. It is closed once enough is known; its lots stay stopped. Cancelling it lets
       them go, and needs two persons as well.
    """

    _name = "reverse.recall"
    _inherit = ["reverse.authored.mixin", "mail.thread", "mail.activity.mixin"]
    _description = "Recall"
    _order = "id desc"
    _check_company_auto = True
    _steps = STEPS
    _said_lines = "line_ids"

    name = fields.Char("Number", readonly=True, copy=False, default="/", guarded=True)
    title = fields.Char(
        required=True,
        translate=True,
        tracking=True,
        help="What it is about, as customers read it in the subject of the mail.",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    user_id = fields.Many2one(
        "res.users",
        "Responsible",
        default=lambda self: self.env.user,
        domain="[('share', '=', False)]",
        unlocked=True,
        tracking=True,
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("running", "Running"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        "Status",
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        tracking=True,
        guarded=True,
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Products",
        check_company=True,
        ondelete="restrict",
        context={"active_test": False},
        domain="[('is_storable', '=', True)]",
    )
    lot_ids = fields.Many2many(
        "stock.lot",
        string="Lots/Serials",
        check_company=True,
        ondelete="restrict",
        domain="[('product_id', 'in', product_ids)]",
        help="Empty: all that was delivered on the days below.",
    )
    made_lot_ids = fields.Many2many(
        "stock.lot",
        "reverse_recall_made_lot_rel",
        string="What Became of It",
        check_company=True,
        ondelete="restrict",
        readonly=True,
        copy=False,
        guarded=True,
        help="Lots of other products that returns have made of the recalled ones: they "
        "are stopped, and whoever has some is told, as well.",
    )
    delivered_from = fields.Date("Delivered from")
    delivered_to = fields.Date("Delivered to")
    stops_stock = fields.Boolean(
        "Stop What Is in Stock",
        default=True,
        help="Where goods are recalled by days, nobody knows which of those in stock "
        "are unsafe, too. None of them is delivered until an approver lets them go.",
    )
    stock_released_by_id = fields.Many2one(
        "res.users", "Stock Let Go by", readonly=True, copy=False, guarded=True
    )
    hazard = fields.Text(
        translate=True,
        help="What can happen, in clear words. Words that make the risk look smaller "
        "are refused.",
    )
    instruction = fields.Text(
        "What to Do",
        translate=True,
        help="What customers should do at once, such as stop using it.",
    )
    picture = fields.Image(
        max_width=1024,
        max_height=1024,
        help="By which customers know the goods; the notice shows it.",
    )
    without_picture = fields.Boolean(
        "No Picture Exists", help="The notice goes out without one."
    )
    offers_refund = fields.Boolean("Refund", default=True)
    offers_replacement = fields.Boolean("Replacement", default=True)
    offers_repair = fields.Boolean("Repair")
    is_repaired_outside = fields.Boolean(
        compute="_compute_is_repaired_outside",
        help="No repair of a customer's goods can be ordered here: it is arranged by "
        "other means, and does not count among the two remedies.",
    )
    remind_days = fields.Integer(
        "Remind after Days", default=14, help="Who has not answered by then. 0: never."
    )
    started_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    started_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, guarded=True
    )
    cancel_asked_by_id = fields.Many2one(
        "res.users", "Cancellation Asked by", readonly=True, copy=False, guarded=True
    )
    line_ids = fields.One2many(
        "reverse.recall.line", "recall_id", "Customers", copy=False, unlocked=True
    )
    rma_ids = fields.One2many("reverse.rma", "recall_id", "Returns")
    rma_count = fields.Integer(compute="_compute_counts", compute_sudo=True)
    customer_count = fields.Integer(
        "Customers Found", compute="_compute_counts", compute_sudo=True
    )
    untold_count = fields.Integer(
        "Customers Not Told", compute="_compute_counts", compute_sudo=True
    )
    untold_recipient_count = fields.Integer(
        "Recipients Not Told", compute="_compute_counts", compute_sudo=True
    )
    quantity = fields.Float(
        "Delivered",
        digits="Product Unit",
        compute="_compute_effect",
        compute_sudo=True,
    )
    told = fields.Float(
        digits="Product Unit", compute="_compute_effect", compute_sudo=True
    )
    answered = fields.Float(
        digits="Product Unit", compute="_compute_effect", compute_sudo=True
    )
    returned = fields.Float(
        digits="Product Unit", compute="_compute_effect", compute_sudo=True
    )
    destroyed = fields.Float(
        digits="Product Unit", compute="_compute_effect", compute_sudo=True
    )
    scrapped = fields.Float(
        "Destroyed Here",
        digits="Product Unit",
        compute="_compute_effect",
        compute_sudo=True,
        help="Of what came back, we have scrapped or recycled so many.",
    )
    outstanding = fields.Float(
        digits="Product Unit", compute="_compute_effect", compute_sudo=True
    )
    response_rate = fields.Float(
        compute="_compute_effect",
        compute_sudo=True,
        help="The share of the goods of which customers have said something, or sent "
        "them back.",
    )
    effect_rate = fields.Float(
        "Out of Use",
        compute="_compute_effect",
        compute_sudo=True,
        help="The share of the goods of which it is known that they are out of use.",
    )
    in_stock = fields.Float(
        "Stopped in Stock",
        digits="Product Unit",
        compute="_compute_in_stock",
        compute_sudo=True,
    )
    gap_note = fields.Text(
        "Not Accounted For",
        compute="_compute_gap_note",
        compute_sudo=True,
        help="Lots of which the stock says that customers have more, or less, than the "
        "deliveries by which this recall finds customers, and deliveries of which "
        "nobody knows who got them.",
    )
    is_find_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_close_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_reopen_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_start_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_ask_cancel_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_cancel_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_release_stock_allowed = fields.Boolean(compute="_compute_steps_allowed")

    _days_in_order = models.Constraint(
        "CHECK (delivered_from <= delivered_to)",
        "The first day of delivery is after the last one.",
    )

    # ------------------------------------------------------------------
    # What is known
    # ------------------------------------------------------------------
    @api.depends("name", "title")
    def _compute_display_name(self):
        for recall in self:
            named = [recall.name != "/" and recall.name, recall.title]
            recall.display_name = ": ".join(filter(None, named))

    @api.depends(
        "line_ids.rma_id",
        "line_ids.told_at",
        "line_ids.told_otherwise",
        "line_ids.recipient_told",
        "line_ids.recipient_told_at",
    )
    def _compute_counts(self):
        for recall in self:
            lines = recall.line_ids
            recall.rma_count = len(lines.rma_id)
            recall.customer_count = len(lines.partner_id)
            untold = lines.filtered(lambda line: not line._get_reach().told)
            recall.untold_count = len(untold.partner_id)
            unaware = lines.filtered(
                lambda line: not (line.recipient_told or line.recipient_told_at)
            )
            recall.untold_recipient_count = len(unaware.recipient_id)

    @api.depends(
        "line_ids.returned",
        "line_ids.destroyed",
        "line_ids.scrapped",
        "line_ids.answer",
    )
    def _compute_effect(self):
        for recall in self:
            found = effect.sum_up([line._get_reach() for line in recall.line_ids])
            recall.quantity = found.quantity
            recall.told = found.told
            recall.answered = found.answered
            recall.returned = found.returned
            recall.destroyed = found.destroyed
            recall.scrapped = found.scrapped
            recall.outstanding = found.outstanding
            recall.response_rate = found.response
            recall.effect_rate = found.rate

    @api.depends("lot_ids", "product_ids", "stops_stock", "stock_released_by_id")
    @api.depends("made_lot_ids")
    def _compute_in_stock(self):
        by_product = self.filtered(lambda recall: recall._stops_products())
        groups = self.env["stock.quant"]._read_group(
            Domain("location_id.usage", "in", ("internal", "transit"))
            & (
                Domain("lot_id", "in", self._get_lots().ids)
                | Domain("product_id", "in", by_product.product_ids.ids)
            ),
            ["company_id", "product_id", "lot_id"],
            ["quantity:sum"],
        )
        for recall in self:
            recall.in_stock = sum(
                quantity
                for company, product, lot, quantity in groups
                if lot in recall._get_lots()._origin
                or recall in by_product
                and product in recall.product_ids._origin
                and company == recall.company_id
            )

    @api.depends("lot_ids", "line_ids", "state")
    @api.depends("product_ids", "delivered_from", "delivered_to", "made_lot_ids")
    def _compute_gap_note(self):
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        for recall in self:
            lots = recall._get_lots()._origin
            gaps = effect.find_gaps(
                recall._sum_with_customers(lots), recall._sum_known(lots), step
            )
            recall.gap_note = "\n".join(
                [recall._say_gap(lot, *gaps[lot]) for lot in lots if lot in gaps]
                + recall._say_unnamed()
                + recall._say_unnumbered()
            )

    @api.depends("offers_repair")
    def _compute_is_repaired_outside(self):
        impossible = self.env["reverse.rma"]._get_remedy_types()["repair"] == "none"
        for recall in self:
            recall.is_repaired_outside = recall.offers_repair and impossible

    def _sum_with_customers(self, lots):
        """Give ``{lot: quantity}`` of what lies with customers by the books."""
        groups = self.env["stock.quant"]._read_group(
            [("lot_id", "in", lots.ids), ("location_id.usage", "=", "customer")],
            ["lot_id"],
            ["quantity:sum"],
        )
        return dict(groups)

    def _sum_known(self, lots):
        """Give ``{lot: quantity}`` of what known customers got by deliveries of this
        recall's company, less what came back of it.
        """
        sent = Domain("location_dest_id.usage", "=", "customer")
        back = Domain("location_id.usage", "=", "customer")
        lines = self.env["stock.move.line"].search(
            Domain("lot_id", "in", lots.ids)
            & Domain("state", "=", "done")
            & Domain("company_id", "=", self.company_id.id)
            & (sent | back)
        )
        known = defaultdict(float)
        for line in lines:
            if self._find_customer(line.move_id._get_reverse_roots()):
                quantity = line.quantity_product_uom
                if line.location_dest_id.usage == "customer":
                    known[line.lot_id] += quantity
                if line.location_id.usage == "customer":
                    known[line.lot_id] -= quantity
        return known

    def _say_gap(self, lot, stock, known):
        say = lot.product_id.uom_id._say_reverse
        return self.env._(
            "%(lot)s of %(product)s: %(stock)s with customers by the stock, %(known)s "
            "by deliveries of %(company)s to customers that are known.",
            lot=lot.name,
            product=lot.product_id.display_name,
            stock=say(stock),
            known=say(known),
            company=self.company_id.name,
        )

    def _say_unnamed(self):
        """Say, of each product, what was delivered to nobody who is named.

        Of lots with customers, the stock tells it.
        """
        products = self._get_products()._origin
        if not (self.lot_ids or self.delivered_from or self.delivered_to):
            return []
        domain = self._get_deliveries_domain()
        domain &= Domain("sale_line_id", "=", False)
        domain &= Domain("picking_id.partner_id", "=", False)
        if self.lot_ids:
            domain &= Domain("location_dest_id.usage", "=", "inventory")
        moves = self.env["stock.move"].search(domain, order="id")
        held = defaultdict(float)
        for (move_id, _lot), (left, back, _asked) in moves._get_reverse_balance(
            moved=True
        ).items():
            held[moves.browse(move_id)] += left - back
        open_moves = moves.filtered(
            lambda move: move.product_id.uom_id.compare(held[move], 0) > 0
        ).grouped("product_id")
        return [
            self.env._(
                "Delivered to nobody who is named: %(quantity)s of %(product)s, with "
                "%(transfers)s.",
                quantity=product.uom_id._say_reverse(
                    sum(held[move] for move in open_moves[product])
                ),
                product=product.display_name,
                transfers=self._name_some(open_moves[product].mapped("reference")),
            )
            for product in products
            if product in open_moves
        ]

    @api.model
    def _name_some(self, names):
        """Name the first of very many."""
        first, *rest = split_every(NAMED, dict.fromkeys(names))
        more = sum(map(len, rest))
        if not more:
            return ", ".join(first)
        return self.env._(
            "%(names)s and %(more)s more", names=", ".join(first), more=more
        )

    def _say_unnumbered(self):
        """Say what was made of recalled lots, and has no number by which to find it."""
        return [
            self.env._(
                "%(quantity)s of %(product)s were made of recalled lots, and have no "
                "lot by which they could be stopped: recall that product by its days "
                "of delivery.",
                quantity=product.uom_id._say_reverse(quantity),
                product=product.display_name,
            )
            for (product, lot), quantity in self._find_made().items()
            if not lot
        ]

    @api.model
    def _find_customer(self, move):
        """Give who got these goods, empty where neither order nor transfer says it."""
        return move.sale_line_id.order_id.partner_id or move.picking_id.partner_id

    @api.model
    def _find_recipient(self, move, buyer):
        """Give who got these goods in place of whoever bought them, else nobody."""
        recipient = move.picking_id.partner_id
        own = recipient.commercial_partner_id == buyer.commercial_partner_id
        return recipient.browse() if own else recipient

    @api.depends(
        "state",
        "cancel_asked_by_id",
        "entered_by_id",
        "changed_by_ids",
        "stock_released_by_id",
    )
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        approver, service = self._has_duty("approver"), self._has_duty("service")
        user = self.env.user
        for recall in self:
            own = user in recall.entered_by_id | recall.changed_by_ids
            recall.is_find_allowed = service and recall._may("start")
            recall.is_close_allowed = approver and recall._may("close")
            recall.is_reopen_allowed = approver and recall._may("reopen")
            asked = recall.cancel_asked_by_id
            recall.is_start_allowed = approver and not own and recall._may("start")
            recall.is_ask_cancel_allowed = (
                service and not asked and recall._may("cancel")
            )
            recall.is_cancel_allowed = (
                approver and asked and asked != user and recall._may("cancel")
            )
            recall.is_release_stock_allowed = (
                approver and not own and recall._is_stopping_stock()
            )

    # ------------------------------------------------------------------
    # Preparing
    # ------------------------------------------------------------------
    @api.model
    def _complete_create(self, vals_list):
        """Give each recall its number and author."""
        # sudo: sequences belong to the system
        sequence = self.env["ir.sequence"].sudo()
        return [
            {
                **vals,
                "name": sequence.with_company(
                    vals.get("company_id") or self.env.company.id
                ).next_by_code("reverse.recall"),
                "entered_by_id": self.env.uid,
            }
            for vals in vals_list
        ]

    @api.model
    def _check_create(self, vals_list):
        self._check_duty("service")

    def _update_field_translations(self, field_name, translations, *args, **kwargs):
        """What is told in other languages is part of the notice, too."""
        self._check_editable()
        res = super()._update_field_translations(
            field_name, translations, *args, **kwargs
        )
        self._check_words()
        self._note_by_hand()
        return res

    @api.constrains(*TEXTS)
    def _check_words(self):
        # sudo: the list holds for everybody
        refused = self.env["reverse.recall.word"].sudo()
        words = refused.search([("active", "=", True)]).mapped("name")
        languages = [code for code, _name in self.env["res.lang"].get_installed()]
        for recall in self:
            texts = (
                recall.with_context(lang=code)[name] or ""
                for code in languages
                for name in TEXTS
            )
            for text in texts:
                found = notices.find_soothing(text, words)
                if found:
                    raise ValidationError(
                        self.env._(
                            "“%(words)s” makes the risk look smaller, which a notice "
                            "of a recall must not do. Say plainly what can happen.",
                            words="”, “".join(found),
                        )
                    )

    @api.constrains("lot_ids", "product_ids")
    def _check_lots(self):
        for recall in self:
            other = recall.lot_ids.filtered(
                lambda lot, own=recall.product_ids: lot.product_id not in own
            )
            if other:
                raise ValidationError(
                    self.env._(
                        "Lot %(lot)s is of %(product)s, which is not among the "
                        "products of the recall.",
                        lot=other[0].name,
                        product=other[0].product_id.display_name,
                    )
                )

    def action_find_customers(self):
        """Find who has recalled goods, through the deliveries.

        In a draft what was found before is found anew.

        :raises UserError: where neither lots nor days say what is meant
        """
        self._check_duty("service")
        self._check_steps("start")
        self._check_scope()
        self._workflow().line_ids.unlink()
        self._follow_made()
        self._find_customers()
        return True

    def _check_steps(self, step):
        for recall in self.filtered(lambda r: not r._may(step)):
            raise UserError(
                self.env._(
                    "%(recall)s is %(state)s: this step is not possible any more.",
                    recall=recall.display_name,
                    state=recall._state_label(),
                )
            )

    def _check_running(self):
        for recall in self.filtered(lambda r: r.state != "running"):
            raise UserError(
                self.env._(
                    "%(recall)s is not running: answers are noted while it is.",
                    recall=recall.display_name,
                )
            )

    def _check_scope(self):
        for recall in self:
            if not recall.product_ids or not (
                recall.lot_ids or recall.delivered_from or recall.delivered_to
            ):
                raise UserError(
                    self.env._(
                        "Say what %(recall)s is about: products, and their lots or "
                        "the days on which they were delivered.",
                        recall=recall.display_name,
                    )
                )

    @api.model
    def _get_products_by_day(self):
        """Give the ids of products of which a recall stops what left on some days."""
        return self._get_by_day()[0]

    @api.model
    def _get_domain_by_day(self):
        return [("state", "in", ("running", "closed")), ("lot_ids", "=", False)]

    def _stops_products(self):
        """Whether it stops all stock of its products, once it is started."""
        self.ensure_one()
        return self.stops_stock and not self.lot_ids and not self.stock_released_by_id

    def _get_lots(self):
        """Give the lots that are recalled, with those that were made of them."""
        return self.lot_ids | self.made_lot_ids

    def _get_products(self):
        return self.product_ids | self.made_lot_ids.product_id

    def _find_made(self):
        """Find what returns have made of the lots, and of that, and so on.

        :return: as ``stock.lot._find_reverse_made``
        """
        self.ensure_one()
        found = defaultdict(float)
        todo = known = self.lot_ids._origin
        while todo:
            made = todo._find_reverse_made()
            for key, quantity in made.items():
                found[key] += quantity
            todo = known.union(*(lot for _product, lot in made)) - known
            known |= todo
        return found

    def _follow_made(self):
        """Recall with the lots what was made of them.

        What another recall has stopped stays with it, which tells whoever has some; and
        what this one has stopped stays with this one.
        """
        for recall in self:
            made = recall.lot_ids.union(*(lot for _product, lot in recall._find_made()))
            free = (made - recall.lot_ids).filtered(
                lambda lot, own=recall: lot.reverse_recall_id <= own
            )
            if recall.state != "draft":
                free |= recall.made_lot_ids
            if free != recall.made_lot_ids:
                recall._guarded_write({"made_lot_ids": [Command.set(free.ids)]})

    def _is_stopping_stock(self):
        self.ensure_one()
        return self.state in ("running", "closed") and self._stops_products()

    @api.model
    def _get_stopped_products(self):
        """Give what is stopped in stock: ``{(company id, product id): recall id}``."""
        return self._get_by_day()[1]

    @api.model
    @tools.ormcache()
    def _get_by_day(self):
        return self._read_by_day()

    @api.model
    def _read_by_day(self):
        """Read what recalls by days are about, and what they stop in stock."""
        # sudo: a recall stops goods for everybody
        recalls = self.sudo().search(self._get_domain_by_day(), order="id desc")
        stopped = {
            (recall.company_id.id, product): recall.id
            for recall in recalls
            if recall._stops_products()
            for product in recall.product_ids.ids
        }
        return frozenset(recalls.product_ids.ids), stopped

    @api.model
    def _find_by_day(self, company, product, day):
        """Find the recalls that stop goods because of the day on which they left.

        :param date day: None where nobody knows it
        """
        if not day or product.id not in self._get_products_by_day():
            return self.browse()
        # sudo: a recall stops goods for everybody
        recalls = self.sudo().search(
            [
                *self._get_domain_by_day(),
                ("company_id", "=", company.id),
                ("product_ids", "in", product.ids),
            ]
        )
        return recalls.filtered(
            lambda recall: (
                (recall.delivered_from or day) <= day <= (recall.delivered_to or day)
            )
        )

    def write(self, vals):
        res = super().write(vals)
        if _STOPPING & set(vals):
            self.env.registry.clear_cache()
        return res

    def _find_customers(self):
        """Add what customers have and nobody has been found with yet.

        Of what they have asked to return already, they are told with that return.
        """
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        vals_list = []
        for recall in self:
            recall.line_ids._let_go()
            known = recall.line_ids._sum_at_home()
            held = recall._find_holdings()
            claims = recall._find_claims({source for source, _lot in held})
            for (source, lot), quantity in held.items():
                own = claims[source]
                fitting = {
                    line: waiting
                    for line, waiting in own.items()
                    if line.lot_id in (lot, lot.browse())
                }
                missing = quantity - known[source, lot]
                for line, part in holdings.assign(missing, fitting, step):
                    vals_list.append(recall._prepare_found(source, lot, line, part))
                    if line:
                        own[line] -= part
        self.env["reverse.recall.line"]._guarded_create(vals_list)

    def _prepare_found(self, source, lot, rma_line, quantity):
        """Values of what was found with a customer.

        :param source: the delivery, or the sale of the time before Odoo
        :param rma_line: of the return with which it comes, None where there is none
        """
        by_delivery = source._name == "stock.move"
        buyer = self._find_customer(source) if by_delivery else source.partner_id
        return {
            "recall_id": self.id,
            "partner_id": (rma_line.rma_id.partner_id if rma_line else buyer).id,
            "recipient_id": by_delivery and self._find_recipient(source, buyer).id,
            "move_id" if by_delivery else "historic_sale_id": source.id,
            "product_id": source.product_id.id,
            "lot_id": lot.id,
            "quantity": quantity,
            "rma_line_id": rma_line and rma_line.id,
            "received_before": rma_line and rma_line._get_recall_received(lot),
        }

    def _find_holdings(self):
        """Give what customers have: ``{(delivery or old sale, lot): quantity}``.

        It is in the product's unit. What nobody knows the buyer of is left out.
        """
        self.ensure_one()
        # sudo: deliveries of every user and order count
        moves = self.sudo()._search_deliveries()
        by_lot = moves.filtered(lambda move: move.product_id.tracking != "none")
        balance = {
            **by_lot._get_reverse_balance(by_lot=True, moved=True),
            **(moves - by_lot)._get_reverse_balance(moved=True),
        }
        # Of these all that is read is read at once.
        by_id = {move.id: move for move in moves}
        held = {
            (by_id[move_id], self.lot_ids.browse(lot_id or ())): left - back
            for (move_id, lot_id), (left, back, _requested) in balance.items()
            if self._find_customer(by_id[move_id])
        }
        # sudo: old sales, whoever imported them
        for sale, lot in self.sudo()._search_old_sales().items():
            back = sum(line._get_recall_received(lot) for line in sale.rma_line_ids)
            held[sale, lot] = sale._in_product_uom(sale.quantity) - back
        # What was repaired is safe with them again.
        for line in self.line_ids.filtered(
            lambda r: r.move_id and r.remedy == "repair"
        ):
            key = line.move_id, line.lot_id
            if key in held:
                held[key] -= line.rma_line_id._get_recall_repaired(line.lot_id)
        return {
            (source, lot): quantity
            for (source, lot), quantity in held.items()
            if not self.lot_ids or lot in self._get_lots()
        }

    def _find_claims(self, sources):
        """Find what is to come with returns by which nobody was found yet.

        :return: ``{delivery or old sale: {return line: quantity}}``, in the product's
            unit
        """
        moves = self.env["stock.move"].sudo()  # sudo: as what they brought
        sales = self.env["reverse.historic.sale"].sudo()  # sudo: as above
        for source in sources:
            if source._name == moves._name:
                moves |= source
            else:
                sales |= source
        # sudo: returns of every user count
        known = self.line_ids.sudo().rma_line_id
        claims = defaultdict(dict)
        for line in (moves.reverse_line_ids | sales.rma_line_ids) - known:
            if line.state in ("requested", "authorized") and not line.undelivered:
                waiting = line._get_recall_waiting()
                claims[line.move_id or line.historic_sale_id][line] = waiting
        return claims

    def _search_old_sales(self):
        """Give sales of the time before Odoo that the recall is about: ``{sale: lot}``.

        A sale of which nobody knows the lot is found by days only.
        """
        self.ensure_one()
        domain = Domain(
            [
                ("company_id", "=", self.company_id.id),
                ("product_id", "in", self.product_ids.ids),
                ("confirmed", "=", True),
            ]
        )
        if self.delivered_from:
            domain &= Domain("date", ">=", self.delivered_from)
        if self.delivered_to:
            domain &= Domain("date", "<=", self.delivered_to)
        by_name = {(lot.product_id, lot.name): lot for lot in self.lot_ids}
        return {
            sale: sale.lot_id
            or by_name.get((sale.product_id, sale.lot_name), self.lot_ids.browse())
            for sale in self.env["reverse.historic.sale"].search(domain, order="id")
        }

    def _search_deliveries(self):
        """Give the deliveries that the recall is about, also of what was given away."""
        return self.env["stock.move"].search(self._get_deliveries_domain(), order="id")

    def _get_deliveries_domain(self):
        self.ensure_one()
        domain = Domain(
            [
                ("state", "=", "done"),
                ("company_id", "=", self.company_id.id),
                ("origin_returned_move_id", "=", False),
            ]
        )
        # See ``stock.move._is_reverse_given_away``.
        decided = Domain("reverse_inspection_id", "!=", False)
        decided &= Domain("picking_id", "!=", False)
        given_away = Domain("location_dest_id.usage", "=", "inventory")
        given_away &= Domain("picking_type_id.code", "=", "outgoing") | decided
        domain &= given_away | Domain("location_dest_id.usage", "=", "customer")
        meant = Domain("product_id", "in", self.product_ids.ids)
        if self.lot_ids:
            meant &= Domain("move_line_ids.lot_id", "in", self.lot_ids.ids)
        if self.delivered_from:
            start = self.company_id._get_reverse_midnight(self.delivered_from)
            meant &= Domain("reverse_done_at", ">=", start)
        if self.delivered_to:
            after = self.delivered_to + timedelta(days=1)
            end = self.company_id._get_reverse_midnight(after)
            meant &= Domain("reverse_done_at", "<", end)
        if self.made_lot_ids:
            # What came of recalled lots left later than they did.
            meant |= Domain("move_line_ids.lot_id", "in", self.made_lot_ids.ids)
        return domain & meant

    # ------------------------------------------------------------------
    # The way of a recall
    # ------------------------------------------------------------------
    def action_start(self):
        """Stop the goods; customers are told, and get their returns, in the background.

        :raises AccessError: without the role approver
        :raises UserError: for a recall that one has prepared oneself, or where the
            notice lacks something
        """
        self._check_other_person(AUTHORS)
        self._check_read()
        self._check_scope()
        self._check_notice()
        self._transition(
            STEPS,
            "start",
            {
                "started_at": fields.Datetime.now(),
                "started_by_id": self.env.uid,
                **_ASK_AGAIN,
            },
        )
        self._follow_made()
        self._stop_lots()
        self._clear_deliveries()
        self._log_step("RecallStarted")
        self._find_customers()
        self._schedule()
        # Last: until this is committed, all that leaves waits.
        self._hold_deliveries()
        return True

    def _log_step(self, name):
        """Note in the company's chain which lots are stopped, or may be sold again."""
        for recall in self:
            self.env["reverse.event"]._log(
                recall.company_id,
                name,
                {
                    "recall": recall.id,
                    "lots": recall._get_lots().ids,
                    "products": recall._get_products().ids,
                },
            )

    def _check_other_person(self, excluded):
        """Let an approver decide who took none of these steps; no grant combines them.

        :param excluded: names of fields with the users of earlier steps
        """
        self._check_person()
        delegation = self._check_role("approver", excluded)
        # What follows is written as superuser, see _check_duty.
        self.sudo(False).check_access("read")
        self._check_own_companies()
        actors = self.env.user | delegation.delegator_id
        steps = self._find_earlier_steps(actors, excluded)
        self.filtered(steps.get)._refuse_own_step(steps)
        self._note_deputy(delegation, "approver")

    def _note_deputy(self, delegation, duty):
        """Events are the company's: the recall says itself who acted for whom."""
        for recall in self if delegation else ():
            # sudo: the name of who is stood in for
            name = delegation.sudo().delegator_id.name
            recall._message_log(
                body=self.env._("The next step is taken for %(user)s.", user=name)
            )

    def _check_notice(self):
        for recall in self:
            missing = notices.find_missing(
                {
                    "hazard": recall.hazard,
                    "instruction": recall.instruction,
                    "picture": recall.picture or recall.without_picture,
                },
                len(recall._get_remedies()) - recall.is_repaired_outside,
            )
            if missing:
                words = {
                    "hazard": self.env._("what can happen"),
                    "instruction": self.env._("what customers should do"),
                    "picture": self.env._(
                        "a picture of the goods, or that there is none"
                    ),
                    "remedies": self.env._("at least two remedies to choose from"),
                }
                raise UserError(
                    self.env._(
                        "The notice of %(recall)s still lacks %(missing)s.",
                        recall=recall.display_name,
                        missing=", ".join(words[name] for name in missing),
                    )
                )

    def _get_picture_url(self):
        """Give where customers see the picture without logging in, None without one.

        Many mail programs show no picture that is part of the text itself.
        """
        # sudo: the attachment is the field's own, and the notice shows it to everybody
        picture = self.env["ir.attachment"].sudo()
        picture = self.ids and picture.search(
            [
                ("res_model", "=", self._name),
                ("res_field", "=", "picture"),
                ("res_id", "in", self.ids),
            ],
            limit=1,
        )
        if not picture:
            return None
        [token] = picture.generate_access_token()
        return f"{self.get_base_url()}/web/image/{picture.id}?access_token={token}"

    def _get_remedies(self):
        """Give the remedies of one recall, none without one: Odoo tries the mail on any
        return when its template is saved.
        """
        return [name for name in REMEDIES if self[f"offers_{name}"]]

    def _get_remedy_labels(self):
        """Give the remedies as customers read them."""
        return [
            self._fields[f"offers_{name}"]._description_string(self.env)
            for name in self._get_remedies()
        ]

    @api.model
    def _hold_deliveries(self):
        """Let deliveries wait until this recall is started, and then begin anew.

        See ``_await_starts``.
        """
        self.env.execute_query(
            SQL(
                "UPDATE ir_model SET write_date = write_date WHERE model = %s "
                "RETURNING id",
                self._name,
            )
        )

    @api.model
    def _await_starts(self):
        """See every recall that was started, before goods leave.

        Deliveries share a row that whoever starts a recall writes: one that began
        before is repeated by Odoo, since its transaction does not see the recall. What
        such a transaction left in the cache is forgotten.
        """
        self.env.execute_query(
            SQL("SELECT id FROM ir_model WHERE model = %s FOR SHARE", self._name)
        )
        if self._get_by_day() != self._read_by_day():
            self.env.registry.clear_cache()

    def _stop_lots(self):
        for recall in self:
            lots = recall.lot_ids.filtered("reverse_recall_id")
            taken = lots.reverse_recall_id
            if taken:
                raise UserError(
                    self.env._(
                        "%(lots)s: stopped by %(other)s already, which tells whoever "
                        "has them. Take them out of %(recall)s. If they need this "
                        "notice instead, take the other recall back first.",
                        lots=", ".join(lots.mapped("display_name")),
                        other=", ".join(taken.mapped("display_name")),
                        recall=recall.display_name,
                    )
                )
            recall._stop(recall._get_lots())

    def _stop(self, lots):
        lots.with_env(self._workflow().env).write({"reverse_recall_id": self.id})

    def _find_late(self):
        """Find what was delivered, or made of the lots, while it was started."""
        self._follow_made()
        late = self.made_lot_ids.filtered(lambda lot: not lot.reverse_recall_id)
        if late:
            self._stop(late)
            self._clear_deliveries()
        self._find_customers()
        if late:
            self._hold_deliveries()

    def _clear_deliveries(self):
        """Take what is stopped from deliveries that have not left yet."""
        products = self.filtered(lambda recall: recall._stops_products()).product_ids
        # sudo: deliveries of every user stop
        lines = self.env["stock.move.line"].sudo()
        lines = lines.search(
            Domain("state", "not in", ("done", "cancel", "draft"))
            & Domain("location_id.usage", "=", "internal")
            & (
                Domain("lot_id", "in", self._get_lots().ids)
                | Domain("product_id", "in", products.ids)
            )
        )
        lines = lines.filtered(
            lambda line: (
                line._is_reverse_leaving()
                and (line.lot_id in self._get_lots() or line._find_stopping_recall())
            )
        )
        moves = lines.move_id
        lines.unlink()
        moves._action_assign()

    def _schedule(self):
        cron = self.env.ref("reverse_logistics_recall.ir_cron_recall")
        cron._trigger()

    @api.model
    def _cron_work(self):
        """Make returns, tell customers and remind them, one transaction for each batch.

        What was delivered while a recall started is found here.
        """
        recalls = self.search([("state", "=", "running")])
        self.env["ir.cron"]._commit_progress(remaining=len(recalls))
        for recall in recalls:
            recall = recall.with_company(recall.company_id)
            if not run_batch(self.env, recall._find_late, 0):
                return
            lacking = recall.line_ids.filtered(lambda line: line._lacks_return())
            untold = (recall.line_ids - lacking).filtered(
                lambda line: line._waits_for_notice()
            )
            steps = [
                ("partner_id", recall._reach, lacking),
                ("partner_id", recall._tell, untold),
            ]
            for who in TOLD:
                direct = recall.line_ids.filtered(
                    lambda line, who=who: line._waits_for_word(who)
                )
                steps.append((who, partial(recall._tell_directly, who), direct))
            for who, step, lines in steps:
                for ids in split_every(CUSTOMERS, lines[who].ids):
                    own = lines.filtered(
                        lambda line, ids=ids, who=who: line[who].id in ids
                    )
                    if not run_batch(self.env, partial(step, own), 0):
                        return
            if not run_batch(self.env, recall._follow_up, 1):
                return

    def _reach(self, lines):
        """Make returns and tell customers; one who cannot have any holds up nobody.

        The responsible person is told of that customer once.
        """
        try:
            with self._all_or_nothing():
                self._open_returns(lines)
        except RETRIED:
            raise
        except (UserError, RedirectWarning) as error:
            partners = lines.partner_id
            if len(partners) == 1:
                self._note_unreached(lines, error.args[0])
                return
            first = partners[: len(partners) // 2]
            own = lines.filtered(lambda line: line.partner_id in first)
            self._reach(own)
            self._reach(lines - own)

    def _note_unreached(self, lines, reason):
        if not any(lines.mapped("unreached_reason")):
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._(
                    "No return for %(customer)s", customer=lines.partner_id.name
                ),
                note=reason,
                user_id=self.user_id.id,
            )
        lines._guarded_write({"unreached_reason": reason})

    def _open_returns(self, lines):
        """Give each customer one return over all they have, and the notice."""
        self.ensure_one()
        reason = self.env.ref("reverse_logistics_recall.reason_recall")
        groups = lines.grouped("partner_id")
        rmas = self.env["reverse.rma"]._guarded_create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": self.company_id.id,
                    "recall_id": self.id,
                    "user_id": self.user_id.id,
                    "settlement_type": own._get_settlement_type(),
                    "line_ids": [
                        Command.create(line._prepare_return_line(reason))
                        for line in own
                    ],
                }
                for partner, own in groups.items()
            ]
        )
        for rma, own in zip(rmas, groups.values(), strict=True):
            pairs = zip(rma.line_ids.sorted("id"), own, strict=True)
            for returned, line in pairs:
                line._guarded_write(
                    {
                        "rma_line_id": returned.id,
                        "received_before": 0.0,
                        "unreached_reason": False,
                    }
                )
        rmas._request()
        self._tell(lines)

    def _tell(self, lines):
        """Mail the notice to whoever has an address; the others are listed."""
        reached = lines.filtered(lambda line: line.partner_id.email)
        if not reached:
            return
        # sudo: the notice says what customers have to know
        template = self.env.ref("reverse_logistics_recall.mail_template_recall").sudo()
        mails = reached.rma_id._send_mails(
            template.with_context(reverse_recall_id=self.id)
        )
        messages = {mail.res_id: mail.mail_message_id.id for mail in mails}
        reached._note_told(
            "partner_id", {line: messages[line.rma_id.id] for line in reached}
        )

    def _tell_directly(self, who, lines):
        """Mail the notice to whoever has goods and gets no return for them.

        What they answer, and mails that come back, arrive at the recall.

        :param who: the field of the lines that names them; who has no address is listed
        """
        reached = lines.filtered(lambda line: line[who].email)
        groups = reached.grouped(who)
        if not groups:
            return
        # sudo: the notice says what whoever has the goods has to know
        template = self.env.ref("reverse_logistics_recall.mail_template_word").sudo()
        mails = template.with_context(reverse_recall_told=who).send_mail_batch(
            [own[:1].id for own in groups.values()],
            email_values={"model": self._name, "res_id": self.id},
            email_layout_xmlid="reverse_logistics_recall.mail_layout",
        )
        messages = dict(zip(groups, mails.mail_message_id.ids, strict=True))
        reached._note_told(who, {line: messages[line[who]] for line in reached})

    def _message_receive_bounce(self, email, partner):
        """Who was told without a return was not, where the notice came back."""
        # sudo: the mail server tells it, whoever fetches its messages
        self.sudo().line_ids._note_bounce(email, partner)
        return super()._message_receive_bounce(email, partner)

    def _follow_up(self):
        """Note mails that came back, and remind who has not answered."""
        self.ensure_one()
        lines = self.line_ids
        notices = lines.notice_id | lines.recipient_notice_id
        failed = self.env["mail.mail"].search(
            [("mail_message_id", "in", notices.ids), ("state", "=", "exception")]
        )
        for who, kept in TOLD.items():
            lines.filtered(
                lambda line, kept=kept: line[kept.notice] in failed.mail_message_id
            )._note_lost(who)
        if self.remind_days > 0:
            self._remind(fields.Datetime.now() - timedelta(days=self.remind_days))

    def _remind(self, limit):
        """Remind who was told before a moment, and has not answered."""
        for who in TOLD:
            silent = self.line_ids.filtered(
                lambda line, who=who: line._is_silent(who, limit)
            )
            direct = silent.filtered(lambda line, who=who: line._has_no_return(who))
            self._tell_directly(who, direct)
            self._tell(silent - direct)

    def action_close(self):
        """End reminders; the goods stay stopped."""
        self._check_duty("approver")
        self._transition(STEPS, "close", _ASK_AGAIN)
        self._log_step("RecallClosed")
        return True

    def action_reopen(self):
        self._check_duty("approver")
        self._transition(STEPS, "reopen", _ASK_AGAIN)
        self._log_step("RecallReopened")
        return True

    def action_ask_cancel(self):
        """Ask somebody else to take the recall back."""
        self._check_duty("service")
        self._check_steps("cancel")
        self._guarded_write({"cancel_asked_by_id": self.env.uid})
        self._log_step("RecallCancelAsked")
        return True

    def action_cancel(self):
        """Take the recall back: its goods may be sold again.

        Returns that were made go on: customers were told to send the goods.

        :raises UserError: unless somebody else has asked for it
        """
        for recall in self.filtered(lambda r: not r.cancel_asked_by_id):
            raise UserError(
                self.env._(
                    "%(recall)s is taken back by two persons: one asks for it, and "
                    "another, who approves, does it.",
                    recall=recall.display_name,
                )
            )
        self._check_other_person(("cancel_asked_by_id",))
        self._transition(STEPS, "cancel")
        lots = self._get_lots().filtered(lambda lot: lot.reverse_recall_id in self)
        lots.with_env(self._workflow().env).write({"reverse_recall_id": False})
        self._log_step("RecallCancelled")
        return True

    def action_release_stock(self):
        """Let go what is in stock, once somebody knows that it is safe.

        :raises AccessError: without the role approver
        :raises UserError: for a recall that one has prepared oneself, or that stops
            nothing but lots
        """
        self._check_other_person(AUTHORS)
        for recall in self.filtered(lambda r: not r._is_stopping_stock()):
            raise UserError(
                self.env._(
                    "%(recall)s stops no stock by its products.",
                    recall=recall.display_name,
                )
            )
        self._guarded_write({"stock_released_by_id": self.env.uid})
        self._log_step("RecallStockReleased")
        return True

    # ------------------------------------------------------------------
    # Opening what belongs to it
    # ------------------------------------------------------------------
    def _open(self, name, model, domain):
        self.ensure_one()
        self.check_access("read")
        return {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": model,
            "view_mode": "list,form",
            "domain": domain,
            "context": {"create": False},
        }

    def action_view_returns(self):
        return self._open(
            self.env._("Returns"), "reverse.rma", [("recall_id", "=", self.id)]
        )

    def action_view_customers(self):
        return self._open(
            self.env._("Customers"),
            "reverse.recall.line",
            [("recall_id", "=", self.id)],
        )
