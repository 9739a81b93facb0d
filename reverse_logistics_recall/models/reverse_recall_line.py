from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..engine.effect import Reach

#: What customers say, as customer service notes it.
_SAID = {"answer", "destroyed", "recipient_told", "remedy", "told_otherwise"}


class Told(NamedTuple):
    """Names of the fields that say how somebody was told."""

    at: str
    reminded: str
    lost: str
    notice: str
    otherwise: str


#: By whom is told: the customer, and who got the goods in their place.
TOLD = {
    "partner_id": Told(
        "told_at", "reminded_at", "lost_at", "notice_id", "told_otherwise"
    ),
    "recipient_id": Told(
        "recipient_told_at",
        "recipient_reminded_at",
        "recipient_lost_at",
        "recipient_notice_id",
        "recipient_told",
    ),
}


class ReverseRecallLine(models.Model):
    """Recalled goods of one lot that one customer got with one delivery.

    It is found through the delivery, or the sale of the time before Odoo, and counts
    what is still with the customer then. They come back with a return of the recall, or
    with one that the customer had asked for before. What was given away has no return:
    a person arranges how it comes back. Customer service notes what the customer says.
    """

    _name = "reverse.recall.line"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Recalled Goods of a Customer"
    _order = "recall_id desc, partner_id, id"
    _check_company_auto = True
    _has_source = models.Constraint(
        "CHECK (move_id IS NOT NULL OR historic_sale_id IS NOT NULL)",
        "Recalled goods are found through what brought them to the customer.",
    )

    recall_id = fields.Many2one(
        "reverse.recall",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        guarded=True,
    )
    company_id = fields.Many2one(related="recall_id.company_id", store=True, index=True)
    state = fields.Selection(related="recall_id.state")
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        guarded=True,
    )
    recipient_id = fields.Many2one(
        "res.partner",
        "Delivered to",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Who got the goods, where that is not the customer who bought them.",
        guarded=True,
    )
    move_id = fields.Many2one(
        "stock.move",
        "Delivery",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    historic_sale_id = fields.Many2one(
        "reverse.historic.sale",
        "Old Sale",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    picking_id = fields.Many2one(related="move_id.picking_id", string="Transfer")
    product_id = fields.Many2one(
        "product.product",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        guarded=True,
    )
    uom_id = fields.Many2one(related="product_id.uom_id")
    lot_id = fields.Many2one(
        "stock.lot",
        "Lot/Serial",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    quantity = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="What the customer had of it when the recall found the delivery.",
        guarded=True,
    )
    rma_line_id = fields.Many2one(
        "reverse.rma.line",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        guarded=True,
    )
    received_before = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="What had come back with the return when the recall found it.",
        guarded=True,
    )
    rma_id = fields.Many2one(related="rma_line_id.rma_id", string="Return", store=True)
    told_at = fields.Datetime(
        "Told",
        readonly=True,
        help="When the notice was mailed. Empty as well where the mail came back: "
        "call or write to the customer then.",
        guarded=True,
    )
    reminded_at = fields.Datetime("Reminded", readonly=True, guarded=True)
    lost_at = fields.Datetime(
        "Mail Came Back",
        readonly=True,
        help="When the last mail could not be delivered. Nothing more is mailed until "
        "somebody has corrected the address and chosen “Mail Again”.",
        guarded=True,
    )
    notice_id = fields.Many2one(
        "mail.message",
        "Last Notice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        guarded=True,
    )
    unreached_reason = fields.Char(
        "Why There Is No Return",
        readonly=True,
        help="What kept the customer from getting a return; tried again each day.",
        guarded=True,
    )
    told_otherwise = fields.Char(
        help="How the customer was told, where a mail does not reach them.",
        unlocked=True,
    )
    recipient_told_at = fields.Datetime(
        "Recipient Told",
        readonly=True,
        help="When the notice was mailed to whoever got the goods. The return goes to "
        "the customer only: it leads to what was bought.",
        guarded=True,
    )
    recipient_reminded_at = fields.Datetime(
        "Recipient Reminded", readonly=True, guarded=True
    )
    recipient_lost_at = fields.Datetime(
        "Recipient's Mail Came Back", readonly=True, guarded=True
    )
    recipient_notice_id = fields.Many2one(
        "mail.message",
        "Recipient's Last Notice",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        guarded=True,
    )
    recipient_told = fields.Char(
        "How the Recipient Was Told",
        help="Where a mail does not reach them.",
        unlocked=True,
    )
    is_given_away = fields.Boolean(
        "Given Away",
        compute="_compute_is_given_away",
        compute_sudo=True,
        help="Nobody bought these goods, so there is no return: arrange how they come "
        "back.",
    )
    answer = fields.Selection(
        [
            ("returns", "Sends It Back"),
            ("destroyed", "Destroyed It"),
            ("gone", "No Longer Has It"),
            ("keeps", "Keeps It"),
        ],
        help="What the customer says.",
        unlocked=True,
    )
    remedy = fields.Selection(
        [
            ("refund", "Refund"),
            ("replacement", "Replacement"),
            ("repair", "Repair"),
        ],
        help="What the customer chose of what the notice offers; nothing yet means a "
        "refund. It holds for all of their return.",
        unlocked=True,
    )
    destroyed = fields.Float(
        digits="Product Unit",
        help="Destroyed, or made unusable, by the customer.",
        unlocked=True,
    )
    returned = fields.Float(
        digits="Product Unit", compute="_compute_reach", compute_sudo=True
    )
    scrapped = fields.Float(
        "Destroyed Here",
        digits="Product Unit",
        compute="_compute_reach",
        compute_sudo=True,
        help="Of what came back, we have scrapped or recycled so many.",
    )
    outstanding = fields.Float(
        digits="Product Unit",
        compute="_compute_reach",
        compute_sudo=True,
        help="Nobody knows yet that these are out of use.",
    )

    _destroyed_positive = models.Constraint(
        "CHECK (destroyed >= 0)", "What was destroyed cannot be below zero."
    )

    @api.depends("product_id", "partner_id")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.partner_id.name}: {line.product_id.name}"

    @api.depends(
        "rma_line_id.qty_received",
        "rma_line_id.inspection_ids.state",
        "rma_line_id.inspection_ids.disposed",
        "received_before",
        "quantity",
        "destroyed",
    )
    def _compute_reach(self):
        for line in self:
            reach = line._get_reach()
            line.returned = reach.returned
            line.scrapped = reach.scrapped
            line.outstanding = reach.outstanding

    @api.depends("move_id")
    def _compute_is_given_away(self):
        for line in self:
            line.is_given_away = line.move_id.location_dest_id.usage == "inventory"

    def _get_reach(self):
        """Give what is known of these goods, see ``engine.effect``."""
        self.ensure_one()
        came = self.rma_line_id._get_recall_received(self.lot_id)
        back = came - self.received_before
        returned = min(max(back, 0.0), self.quantity)
        return Reach(
            quantity=self.quantity,
            returned=returned,
            destroyed=self.destroyed,
            scrapped=min(self.rma_line_id._get_recall_scrapped(self.lot_id), returned),
            told=bool(self.told_at or self.told_otherwise),
            answered=bool(self.answer or returned),
        )

    def _say_untold(self):
        """Say why the customer was not told yet, nothing of those who were."""
        self.ensure_one()
        if self.told_at or self.told_otherwise:
            return ""
        if self.lost_at:
            return self.env._("The mail came back.")
        if self.unreached_reason:
            return self.unreached_reason
        if not self.partner_id.email:
            return self.env._("No e-mail address is known.")
        return self.env._("The notice is not sent yet.")

    def _get_source(self):
        """Give what brought the goods to the customer."""
        return self.move_id or self.historic_sale_id

    def _sum_at_home(self):
        """Sum what is known to be with customers: ``{(source, lot): quantity}``."""
        known = defaultdict(float)
        for line in self:
            reach = line._get_reach()
            key = line._get_source(), line.lot_id
            known[key] += reach.quantity - reach.returned
        return known

    def _is_left_by_return(self):
        """Tell whether the return ended, and the customer has not answered.

        One that the customer had asked for before may end with less, too.
        """
        self.ensure_one()
        rma_line = self.rma_line_id
        if not rma_line or self.answer:
            return False
        if rma_line.state in ("cancelled", "rejected", "expired"):
            return True
        waits = rma_line.state == "requested" or self.rma_id.recall_id == self.recall_id
        return not (waits or rma_line._get_recall_waiting())

    def _lacks_return(self):
        """Tell whether the customer has no return to send the goods with."""
        self.ensure_one()
        reach = self._get_reach()
        at_home = self.uom_id.compare(reach.quantity, reach.returned) > 0
        left = not self.rma_line_id or (at_home and self._is_left_by_return())
        return left and not self.is_given_away

    def _let_go(self):
        """Count no more than what came of returns that ended with a part of it.

        What the customer still has is found anew.
        """
        for line in self:
            returned = line._get_reach().returned
            if returned and line._lacks_return():
                line._guarded_write({"quantity": returned})

    def _waits_for_notice(self):
        """Tell whether the customer can be told by mail, and was not told yet."""
        self.ensure_one()
        told = self.told_at or self.told_otherwise or self.lost_at
        return bool(self.rma_line_id and self.partner_id.email and not told)

    def _waits_for_word(self, who):
        """Tell whether somebody without a return can be told by mail, and was not yet.

        :param who: the field that names them
        """
        self.ensure_one()
        kept = TOLD[who]
        told = self[kept.at] or self[kept.otherwise] or self[kept.lost]
        return bool(self[who].email and self._has_no_return(who) and not told)

    def _has_no_return(self, who):
        """Tell whether somebody is told of the goods, and gets no return for them."""
        self.ensure_one()
        return who == "recipient_id" or self.is_given_away

    def _is_silent(self, who, limit):
        """Tell whether somebody was told before a moment, and nobody has answered."""
        self.ensure_one()
        kept = TOLD[who]
        told = self[kept.reminded] or self[kept.at]
        return bool(
            self[kept.at]
            and not self[kept.lost]
            and told < limit
            and not self._get_reach().answered
        )

    def _note_told(self, who, messages):
        """Note the mails by which these were told now, or reminded.

        :param dict messages: ``{line: id of the message}``
        """
        kept, now = TOLD[who], fields.Datetime.now()
        self._guarded_write_each(
            {
                line: {
                    kept.reminded if line[kept.at] else kept.at: now,
                    kept.notice: messages[line],
                }
                for line in self
            }
        )

    def _note_lost(self, who="partner_id"):
        """Note that the last mail came back: a notice told nobody, then.

        Of a reminder, the notice had arrived.
        """
        kept = TOLD[who]
        lost = self.filtered(lambda line: line[kept.at] and not line[kept.lost])
        lost._guarded_write({kept.lost: fields.Datetime.now()})
        lost.filtered(lambda line: not line[kept.reminded])._guarded_write(
            {kept.at: False}
        )

    def _note_bounce(self, email, partner):
        """Note it where a mail came back of somebody without a return."""
        for who in TOLD:
            self.filtered(
                lambda line, who=who: (
                    line._has_no_return(who)
                    and line[who]
                    and (line[who] == partner or line[who].email == email)
                )
            )._note_lost(who)

    def _get_addressee(self):
        """Give who is told by the notice that names no return."""
        self.ensure_one()
        return self[self._get_told_field()]

    def _get_told_field(self):
        """Odoo tries the mail on any line when its template is saved."""
        who = self.env.context.get("reverse_recall_told")
        return who if who in TOLD else "partner_id"

    def _get_notice_lines(self):
        """Give what the notice names: all of the recall that its addressee has."""
        self.ensure_one()
        who = self._get_told_field()
        return self.recall_id.line_ids.filtered(
            lambda line: line[who] == self[who] and line._has_no_return(who)
        )

    def action_tell_again(self):
        """Mail the notice again, once the address was corrected.

        :raises AccessError: without the role customer service
        """
        self._check_duty("service")
        self.recall_id._check_running()
        for kept in TOLD.values():
            cleared = dict.fromkeys((kept.at, kept.reminded, kept.lost), False)
            self.filtered(kept.lost)._guarded_write(cleared)
        self.recall_id._schedule()
        return True

    def _prepare_return_line(self, reason):
        self.ensure_one()
        return {
            "move_id": self.move_id.id,
            # Where the transfer names somebody else, the order says who bought it.
            "sale_line_id": bool(self.recipient_id) and self.move_id.sale_line_id.id,
            "historic_sale_id": self.historic_sale_id.id,
            "product_id": self.product_id.id,
            "uom_id": self.uom_id.id,
            "lot_id": self.lot_id.id,
            "quantity": self.quantity,
            "reason_id": reason.id,
            "recall_line_id": self.id,
        }

    @api.constrains("destroyed", "answer")
    def _check_destroyed(self):
        for line in self:
            known = line.destroyed + line._get_reach().returned
            more = line.destroyed and line.uom_id.compare(known, line.quantity) > 0
            if more:
                raise UserError(
                    self.env._(
                        "%(customer)s got %(quantity)s of %(product)s, of which some "
                        "may have come back: no more can have been destroyed.",
                        customer=line.partner_id.display_name,
                        quantity=line.uom_id._say_reverse(line.quantity),
                        product=line.product_id.display_name,
                    )
                )
            if line.destroyed and line.answer in ("returns", "keeps", False):
                raise UserError(
                    self.env._(
                        "%(customer)s: choose “Destroyed It” or “No Longer Has It” "
                        "as the answer where goods were destroyed.",
                        customer=line.partner_id.display_name,
                    )
                )

    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._("Recalled goods are found through deliveries: “Find Customers”.")
        )

    def write(self, vals):
        if not self._in_workflow():
            self._check_duty("service")
            self.recall_id._check_running()
        if "remedy" in vals and not self._in_workflow():
            self._choose_remedy(vals["remedy"] or "refund")
        res = super().write(vals)
        if _SAID & vals.keys():
            self._log_answers()
        return res

    def _get_settlement_type(self):
        """Give what a return over these gives: what the customer chose of them."""
        remedy = next(filter(None, self.mapped("remedy")), "refund")
        return self.env["reverse.rma"]._get_remedy_types()[remedy]

    def _choose_remedy(self, remedy):
        """Let the return give what the customer chose.

        A return that the customer had asked for before has its own wish, which customer
        service sees to; so it does to repairs, wherever these are done.

        :raises UserError: for what is not offered, and once the goods are here
        """
        for recall in self.recall_id:
            if remedy not in recall._get_remedies():
                raise UserError(
                    self.env._(
                        "%(recall)s does not offer this remedy. Choose one that the "
                        "notice names.",
                        recall=recall.display_name,
                    )
                )
        own = self.filtered(lambda line: line.rma_id.recall_id == line.recall_id)
        # sudo: the return is the recall's own, and follows the choice noted here
        for rma in own.sudo().rma_id:
            if rma.received_at or rma.settlement_ids or rma.state != "authorized":
                raise UserError(
                    self.env._(
                        "%(rma)s has gone too far for another remedy: see to it there, "
                        "by its settlement.",
                        rma=rma.display_name,
                    )
                )
            rma._give_instead(rma._get_remedy_types()[remedy])
        others = own.recall_id.line_ids.filtered(lambda line: line.rma_id in own.rma_id)
        (others - self)._guarded_write({"remedy": remedy})
        if remedy == "repair":
            for line in self:
                line.recall_id.activity_schedule(
                    "mail.mail_activity_data_todo",
                    summary=self.env._(
                        "%(customer)s chose a repair: arrange it",
                        customer=line.partner_id.name,
                    ),
                    user_id=line.recall_id.user_id.id,
                )

    def action_settle_destroyed(self):
        """Let an inspector confirm that customers destroyed goods as they were told.

        Then they get the remedy for these as for goods that came back, as persons
        decide: that nothing comes is the word of one.

        :raises AccessError: without the role customer service
        :raises UserError: where nothing destroyed is left to settle
        """
        self._check_duty("service")
        self.recall_id._check_running()
        keep = self.env.ref("reverse_logistics.disposition_keep")
        vals_list = []
        for line in self:
            rma_line = line.rma_line_id
            noted = rma_line.inspection_ids.filtered(
                lambda part, lot=line.lot_id: (
                    part.not_inspected
                    and part.lot_id == lot
                    and part.state in ("draft", "done")
                )
            )
            left = rma_line._from_product_uom(line.destroyed) - sum(
                noted.mapped("quantity")
            )
            if not rma_line or rma_line.uom_id.compare(left, 0) <= 0:
                raise UserError(
                    self.env._(
                        "%(customer)s: nothing that was destroyed is left to settle. "
                        "Note first how many they have destroyed.",
                        customer=line.partner_id.display_name,
                    )
                )
            vals_list.append(
                {
                    "line_id": rma_line.id,
                    "quantity": left,
                    "lot_id": line.lot_id.id,
                    "disposition_id": keep.id,
                    "note": self.env._(
                        "Destroyed by the customer, as %(recall)s asks.",
                        recall=line.recall_id.name,
                    ),
                }
            )
        parts = self.env["reverse.inspection"]._guarded_create(vals_list)
        parts.sudo(False)._check_kept()
        return self.rma_id[:1]._open(parts.sudo(False), self.env._("Inspections"))

    def _log_answers(self):
        """Keep who noted which answer: by these a recall is said to be effective.

        Of who has no return it is kept with the company.
        """
        chains = self.grouped(lambda line: line.rma_id or line.company_id)
        for chain, lines in chains.items():
            self.env["reverse.event"]._log(
                chain,
                "RecallAnswered",
                {
                    "recall": lines.recall_id.ids,
                    "lines": [line._describe_answer() for line in lines],
                },
            )

    def _describe_answer(self):
        """Give the answer in codes, ids and numbers, as events keep it."""
        return {
            "id": self.id,
            "line": self.rma_line_id.id,
            "answer": self.answer or "",
            "remedy": self.remedy or "",
            "quantity": self.destroyed,
            "told": bool(self.told_otherwise),
            "recipient_told": bool(self.recipient_told),
        }

    def _check_editable(self):
        """What is found is not changed by hand; see ``unlocked`` fields."""
        if not self._in_workflow():
            raise UserError(
                self.env._("What a recall has found is not changed by hand.")
            )

    def action_open_return(self):
        self.ensure_one()
        return self.rma_id.get_formview_action()
