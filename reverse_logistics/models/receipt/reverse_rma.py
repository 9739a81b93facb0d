from collections import defaultdict
from datetime import timedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import split_every

from ...engine import endings, transitions
from ..base.reverse_inputs import checked, day
from ..base.reverse_retry import run_batch
from ..inspection.reverse_inspection import FINDINGS

BATCH = 50
#: By how many days a return can be extended at once.
MOST_DAYS = 366
#: What clocks of clients may be ahead of ours.
SOON = timedelta(minutes=5)
# States in which goods that arrive are late: nothing is announced any more.
LATE = ("done", "expired", "rejected", "cancelled")
# States in which a return may have a last day.
VALID_UNTIL = ("authorized", "expired")
# Kinds of facilities whose goods do not come to us.
ELSEWHERE = ("supplier_direct", "customer_keeps")


class ReverseRma(models.Model):
    """Goods coming in: announced, received, or simply there."""

    _inherit = "reverse.rma"

    expires_on = fields.Date(
        "Valid Until",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="What was not sent by this day is no longer expected.",
        guarded=True,
    )
    origin_rma_id = fields.Many2one(
        "reverse.rma",
        "Follows",
        readonly=True,
        copy=False,
        index="btree_not_null",
        check_company=True,
        help="The return on which these goods were announced.",
        guarded=True,
    )
    follow_up_ids = fields.One2many(
        "reverse.rma", "origin_rma_id", "Followed by", guarded=True
    )
    follow_up_count = fields.Integer(compute="_compute_follow_up_count")
    receipt_mark = fields.Char(
        compute="_compute_receipt_mark",
        help="Changes with every receipt, so that one is not repeated unseen.",
    )
    parcel_back = fields.Boolean(
        "Never Reached the Customer",
        readonly=True,
        copy=False,
        help="The parcel was refused or could not be delivered.",
        guarded=True,
    )

    is_receive_allowed = fields.Boolean(compute="_compute_receipt_allowed")
    is_receive_part_allowed = fields.Boolean(compute="_compute_receipt_allowed")
    is_receive_late_allowed = fields.Boolean(compute="_compute_receipt_allowed")
    is_keep_allowed = fields.Boolean(compute="_compute_receipt_allowed")
    is_inspect_allowed = fields.Boolean(compute="_compute_receipt_allowed")
    is_close_short_allowed = fields.Boolean(compute="_compute_receipt_allowed")
    is_extend_allowed = fields.Boolean(compute="_compute_receipt_allowed")
    is_correct_receipt_allowed = fields.Boolean(compute="_compute_receipt_allowed")

    # ------------------------------------------------------------------
    # Steps that the form offers
    # ------------------------------------------------------------------
    @api.depends("state", "stage", "received_at", "expires_on", "facility_kind")
    @api.depends_context("uid")
    def _compute_receipt_allowed(self):
        service, receiver = self._has_duty("service"), self._has_duty("receiver")
        inspector = self._has_duty("inspector")
        may_extend = self._has_duty("service", "approver")
        for rma in self:
            coming = rma._awaits_goods()
            here = rma.state == "authorized" and rma.stage == "received"
            rma.is_receive_allowed = (
                receiver and coming and rma.facility_kind not in ELSEWHERE
            )
            rma.is_receive_part_allowed = receiver and coming
            rma.is_receive_late_allowed = receiver and rma._awaits_nothing()
            rma.is_keep_allowed = inspector and coming
            rma.is_inspect_allowed = inspector and here
            rma.is_close_short_allowed = service and coming
            rma.is_extend_allowed = may_extend and rma._is_extendable()
            rma.is_correct_receipt_allowed = receiver and rma._has_receipt_to_correct()

    def _awaits_goods(self):
        return self.state == "authorized" and self.stage in transitions.COMING

    def _awaits_nothing(self):
        """Whether what comes in now was not announced, or no longer is."""
        known = self.state in ("authorized", *LATE)
        return known and self.stage not in transitions.COMING

    def _is_extendable(self):
        """Whether it has a last day that the goods are still waited for."""
        waited_for = self.stage in (*transitions.COMING, "expired")
        return bool(self.expires_on) and self.state in VALID_UNTIL and waited_for

    def _has_receipt_to_correct(self):
        """Whether goods came in that nobody has inspected yet."""
        return bool(
            self.state in ("requested", "authorized")
            and self.received_at
            and self.stage in ("requested", "receiving", "received")
        )

    def _check_shipped_at(self, moment):
        """Refuse to note what nobody can have seen: the past before the return was
        entered, and what is still to come.

        :raises UserError: for users, as clients never run as superuser
        """
        if self.env.su:
            return
        moment = fields.Datetime.to_datetime(moment)
        for rma in self:
            # A form says it to the second; what was imported was asked for before.
            first = min(filter(None, (rma.create_date, rma.requested_at)))
            first = first.replace(microsecond=0)
            if not first <= moment <= fields.Datetime.now() + SOON:
                raise UserError(
                    self.env._(
                        "%(rma)s: the customer cannot have sent the goods then. "
                        "Enter a moment between the entry of the return and now.",
                        rma=rma.display_name,
                    )
                )

    def _note_shipped_before(self):
        """Note who says that goods were sent before their return was entered.

        :raises UserError: for users, where that would be later than now
        """
        late = fields.Datetime.now() + SOON
        for rma in self:
            if rma.shipped_at > late and not self.env.su:
                raise UserError(
                    self.env._(
                        "%(rma)s: the customer cannot have sent the goods later than "
                        "now. Enter when they were sent, or leave it empty.",
                        rma=rma.display_name,
                    )
                )
        self._guarded_write({"shipped_by_id": self.env.uid})

    def _note_shipped(self, sent):
        """Tell what the customer has sent, of what may come back.

        :param bool sent: False when it was noted by mistake
        """
        self._guarded_write({"shipped_by_id": sent and self.env.uid})
        shipped = self.filtered(lambda r: r.shipped_at and r.state == "authorized")
        shipped._log_shipped()
        self._update_progress()

    def _log_shipped(self):
        """Say when goods were sent, as somebody noted it, beside when they did."""
        self.env["reverse.event"]._log(
            self,
            "ReturnShipped",
            lambda rma: {"shipped_at": fields.Datetime.to_string(rma.shipped_at)},
        )

    def _create_receipts(self):
        """Announce the goods to the warehouse: one transfer per return and origin.

        No warehouse waits for what stays with the customer or goes to the supplier.
        reverse_logistics_dropshipping: transfers to the supplier.
        """
        coming = self.filtered(
            # sudo: what kind of facility it is
            lambda rma: rma.sudo().facility_id.receives or not rma.facility_id
        )
        lines = coming._get_unannounced_lines()
        if not lines:
            return
        groups = lines.grouped(
            lambda line: (
                line.rma_id,
                line._get_receipt_origin(),
                line._get_goods_partner(),
            )
        )
        # sudo: customer service authorizes, the receipt itself belongs to the warehouse
        pickings = self._sudo_clean(self.env["stock.picking"]).create(
            [
                rma._prepare_receipt(location, group)
                for (rma, location, _partner), group in groups.items()
            ]
        )
        moves = pickings.move_ids
        moves._action_confirm(merge=False)
        moves._action_assign()
        moves.reverse_rma_line_id._set_expected_lots(moves)

    def _get_unannounced_lines(self):
        """Give what is to come in and no transfer waits for."""
        return self.line_ids.filtered(
            lambda line: (
                line._is_sourced()
                and line._comes_in()
                and line.uom_id.compare(line._get_unannounced_quantity(), 0) > 0
            )
        )

    def _prepare_receipt(self, location, lines):
        """Give the values of a receipt.

        reverse_logistics_delivery: carrier and tracking number.
        """
        self.ensure_one()
        facility = self.facility_id
        if not facility:
            raise UserError(
                self.env._(
                    "No returns facility is set on %(rma)s, so nobody can receive its "
                    "goods. Choose one there. If %(company)s has none, create a "
                    "warehouse in Inventory: its facility comes with it.",
                    rma=self.display_name,
                    company=self.company_id.name,
                )
            )
        places = lines._get_receipt_places()
        goals = set(places.values())
        usual = facility._get_location("inspection")
        return {
            "picking_type_id": facility.receipt_type_id.id,
            "partner_id": lines[:1]._get_goods_partner().id,
            "company_id": self.company_id.id,
            "location_id": location.id,
            "location_dest_id": (goals.pop() if len(goals) == 1 else usual).id,
            "origin": self.name,
            "return_id": lines.move_id.picking_id.id
            if len(lines.move_id.picking_id) == 1
            else False,
            "user_id": False,
            "scheduled_date": self._get_expected_moment(),
            "move_ids": [
                Command.create(line._prepare_receipt_move(location, places[line]))
                for line in lines
            ],
        }

    def _validate_receipts(self):
        """Validate the open receipts: the quantities entered, or all that is expected.

        :raises UserError: when nothing is expected, or Odoo asks for more information
        """
        pickings = self._get_open_receipts()
        # The warehouse may have cancelled the transfer, or taken a part for the whole.
        unannounced = (self - pickings.reverse_rma_id).filtered(
            lambda rma: rma.state == "authorized"
        )
        if unannounced:
            unannounced._create_receipts()
            pickings = self._get_open_receipts()
        for rma in self:
            if rma not in pickings.reverse_rma_id:
                raise UserError(
                    self.env._("Nothing is expected for %(rma)s.", rma=rma.display_name)
                )
        moves = pickings.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        for group in moves.grouped("picking_id").values():
            entered = group.filtered("picked")
            (entered or group).picked = True
        result = pickings.with_context(
            skip_backorder=True, skip_expired=True, skip_sms=True
        ).button_validate()
        # A wizard that Odoo would show to a person is a failure here.
        if result is not True and any(p.state != "done" for p in pickings):
            raise UserError(
                self.env._(
                    "%(pickings)s could not be validated: open it and complete it "
                    "there.",
                    pickings=", ".join(pickings.mapped("name")),
                )
            )
        return True

    def _get_open_receipts(self):
        # sudo: the role receiver is checked; it covers the returns' own transfers only
        return self._sudo_clean(self).picking_ids.filtered(
            lambda p: (
                p.state not in ("done", "cancel")
                and p.picking_type_id == p.reverse_rma_id.facility_id.receipt_type_id
            )
        )

    @api.model
    def _adopt_receipts(self, moves):
        """Make returns of goods that came back outside of any, for a person."""
        if not moves:
            return
        # sudo: whoever received the goods need not be of customer service
        rmas = self._guarded_create(
            [
                self._prepare_adopted(picking, group)
                for picking, group in moves.grouped("picking_id").items()
            ]
        )
        for rma, group in zip(rmas, moves.grouped("picking_id").values(), strict=True):
            for line, move in zip(rma.line_ids.sorted("id"), group, strict=True):
                # sudo: the link is the return's to set
                move.sudo().reverse_rma_line_id = line
        rmas._request_adopted()

    @api.model
    def _prepare_adopted(self, picking, moves):
        wanted = any(moves.mapped("reverse_exchange"))
        return {
            "partner_id": self._find_adopted_partner(picking, moves).id,
            "company_id": picking.company_id.id,
            "facility_id": moves[:1]._get_reverse_facility().id,
            "settlement_type": "replacement" if wanted else "refund",
            "user_id": False,
            "line_ids": [
                Command.create(move._prepare_adopted_line()) for move in moves
            ],
        }

    @api.model
    def _find_adopted_partner(self, picking, moves):
        """Give whose return it is: whoever the transfer names, if they bought these.

        The contact of an open transfer is anybody's to write in the warehouse.
        """
        order = moves._get_reverse_roots().sale_line_id.order_id[:1]
        named = picking.partner_id or picking.return_id.partner_id
        buyers = (order.partner_id | order.partner_shipping_id).commercial_partner_id
        if buyers and named.commercial_partner_id not in buyers:
            return order.partner_id
        # A delivery to nobody took its goods from ourselves.
        return named or picking.company_id.partner_id

    def _request_adopted(self, kind="no_authorization"):
        """Request returns of goods that are here already: a person decides.

        :param str kind: of the exception that asks a person
        """
        self._transition(
            transitions.RMA,
            "request",
            {"requested_at": fields.Datetime.now(), "requested_by_id": self.env.uid},
        )
        self.line_ids._decide(
            self.env["reverse.policy.version"]._get_for(self.company_id)
        )
        self.env["reverse.event"]._log(
            self,
            "ReturnRequested",
            lambda rma: {"lines": rma.line_ids._event_data(), "adopted": True},
        )
        self.env["reverse.exception"]._raise_for(self, kind)
        self._update_progress()
        self._ask_approvals()

    # ------------------------------------------------------------------
    # Until when an authorization holds, and what happens after that day.
    # ------------------------------------------------------------------
    def _set_validity(self, version=None):
        """Set until when what is authorized has to be sent.

        :param version: of policy that decided; left out, the one in force counts
        """
        versions = self.env["reverse.policy.version"]._get_for(self.company_id)
        # A withdrawal has worked: it does not expire for want of the goods.
        expiring = self.filtered(lambda rma: not rma.basis)
        for company, rmas in expiring.grouped("company_id").items():
            days = (version or versions[company]).validity_days
            rmas._guarded_write({"expires_on": rmas._plan_expiry(days)})

    def _plan_expiry(self, days):
        if not days:
            return False
        return self.company_id._get_reverse_today() + timedelta(days)

    @checked(until=day)
    def action_extend(self, until=None):
        """Give the customer more time; an expired return becomes valid again.

        :param date until: the new last day; left out, the policy's validity from today
        :raises AccessError: for other roles than customer service and approver
        :raises UserError: for a day that has passed, when nothing is waited for, or for
            more than a year in all without an approver who took no earlier step
        """
        approver = self.env.user.has_group("reverse_logistics.group_approver")
        self._check_duty("approver" if approver else "service")
        policies = self.env["reverse.policy.version"]._get_for(self.company_id)
        longer = self.browse()
        for rma in self:
            rma._check_extend()
            today = rma.company_id._get_reverse_today()
            last = today + timedelta(MOST_DAYS)
            last_day = until or rma._plan_expiry(policies[rma.company_id].validity_days)
            if last_day and last_day < today:
                raise UserError(
                    self.env._(
                        "Choose a day that has not passed: the return would "
                        "expire at once."
                    )
                )
            if last_day and last_day > last:
                raise UserError(
                    self.env._(
                        "Choose a day until %(last)s: a return is extended by a year "
                        "at most.",
                        last=fields.Date.to_string(last),
                    )
                )
            validity = policies[rma.company_id].validity_days
            if last_day and last_day > rma._get_longest(validity):
                longer |= rma
            rma._guarded_write({"expires_on": last_day})
        if longer:
            longer._check_longer(approver)
        expired = self.filtered(lambda rma: rma.state == "expired")
        expired._reopen({})
        self.env["reverse.event"]._log(
            self,
            "ReturnExtended",
            lambda rma: {"until": fields.Date.to_string(rma.expires_on) or ""},
        )
        return True

    def _get_longest(self, validity):
        """Give the last day until which customer service extends a return by itself.

        All extensions together are a year at most: else each would be another one.

        :param int validity: for how many days policy authorizes
        """
        since = self.company_id._to_reverse_day(self.authorized_at or self.create_date)
        return since + timedelta(validity + MOST_DAYS)

    def _check_longer(self, approver):
        """Have an approver who took no earlier step give more than a year in all."""
        if not approver:
            raise UserError(
                self.env._(
                    "%(rmas)s would be valid for more than a year longer than "
                    "authorized. Choose an earlier day, or ask an approver who took no "
                    "earlier step of it to extend it.",
                    rmas=", ".join(self.mapped("display_name")),
                )
            )
        self._check_duty("approver", excluded=self._gate_actors)

    def _check_extend(self):
        if self.state not in VALID_UNTIL:
            raise UserError(
                self.env._(
                    "%(rma)s is %(state)s: only returns whose goods are waited for "
                    "can be extended.",
                    rma=self.display_name,
                    state=self._state_label(),
                )
            )

    def _reopen(self, closed_short):
        """Wait again for goods of finished or expired returns.

        :param dict closed_short: ``{line: change}`` of what is closed short
        :raises UserError: when another return claims the goods by now
        """
        self.filtered(lambda rma: rma.state != "authorized")._transition(
            transitions.RMA, "reopen", {"closed_at": False}
        )
        self.line_ids._add(
            {line: {"closed_short": change} for line, change in closed_short.items()}
        )
        self.line_ids._check_over_return()
        self.line_ids._note_beyond_quota()
        self.env["reverse.event"]._log(
            self,
            "ReturnReopened",
            lambda rma: {
                "lines": [
                    {"line": line.id, "quantity": line._get_expected_quantity()}
                    for line in rma.line_ids
                ]
            },
        )
        self._create_receipts()
        self._update_progress()

    # ------------------------------------------------------------------
    # The day after
    # ------------------------------------------------------------------
    @api.model
    def _cron_expire(self):
        """Expire what was not sent in time; one transaction per batch."""
        # The latest day anywhere: each return is compared with its company's own.
        tomorrow = fields.Date.today() + timedelta(1)
        ids = self.search(
            [
                ("state", "=", "authorized"),
                ("expires_on", "<", tomorrow),
                ("shipped_at", "=", False),
            ],
            order="id",
        ).ids
        self.env["ir.cron"]._commit_progress(remaining=len(ids))
        for batch in split_every(BATCH, ids):
            if not self._expire_batch(batch):
                return

    @api.model
    def _expire_batch(self, ids):
        """Expire these returns in one transaction, and give the seconds left."""
        return run_batch(
            self.env,
            lambda: self.browse(ids).exists()._get_expirable()._work("_expire"),
            len(ids),
        )

    def _get_expirable(self):
        """Give those that may expire: not those whose expiry failed before, of which an
        exception tells somebody.
        """
        return self.filtered(
            lambda rma: "_expire" not in rma._get_open_exceptions().mapped("method")
        )

    def _expire(self):
        """Do what the policy has said with the validity; no person decides here."""
        due = {"expire": self.browse(), "close_short": self.browse()}
        for rma in self:
            verdict = rma._get_expiry()
            if verdict:
                due[verdict] |= rma
        due["expire"]._expire_untouched()
        lines = due["close_short"].line_ids.filtered(
            lambda line: line.uom_id.compare(line._get_closable_quantity(), 0) > 0
        )
        if lines:
            lines._close_short(
                {line: line._get_closable_quantity() for line in lines}, "not_sent"
            )

    def _get_expiry(self):
        """Say what the day does to this return: see ``engine.endings.expiry``."""
        self.ensure_one()
        lines = self.line_ids
        waits = any(
            line.uom_id.compare(line._get_expected_quantity(), 0) > 0 for line in lines
        )
        if self.state != "authorized" or not waits:
            return None
        live = self.settlement_ids._filter_agreed().filtered(
            lambda s: s.state not in ("cancelled", "reversed")
        )
        begun = any(
            line.qty_received or line.qty_kept or line.qty_inspected for line in lines
        )
        return endings.expiry(
            self.company_id._get_reverse_today(),
            self.expires_on or None,
            bool(self.shipped_at),
            begun or bool(live),
        )

    def _expire_untouched(self):
        """End returns of which nothing came in time and nothing was settled."""
        if not self:
            return
        self._transition(
            transitions.RMA, "expire", {"closed_at": fields.Datetime.now()}
        )
        self._withdraw_approvals()
        self.line_ids.inspection_ids.filtered(
            lambda part: part.state == "draft"
        )._transition(transitions.INSPECTION, "cancel")
        # sudo: the open receipt is the return's own
        self.sudo().picking_ids.filtered(lambda p: p.state != "done").action_cancel()
        self.env["reverse.event"]._log(
            self,
            "ReturnExpired",
            lambda rma: {
                "decider": rma._get_version()._get_decider(),
                "lines": rma.line_ids._event_data(),
            },
        )
        self._update_progress()

    def _get_version(self):
        versions = self.env["reverse.policy.version"]._get_for(self.company_id)
        return versions[self.company_id]

    # ------------------------------------------------------------------
    # Goods that come in when nobody waits for them any more, or other than announced.
    #
    # Goods that stand on the dock are always taken in. Where the return itself may
    # still have them it is reopened; otherwise they become a return of their own, for
    # a person.
    # ------------------------------------------------------------------
    @api.depends("follow_up_ids")
    def _compute_follow_up_count(self):
        for rma in self:
            rma.follow_up_count = len(rma.follow_up_ids)

    @api.depends("line_ids.qty_received", "picking_ids.state")
    def _compute_receipt_mark(self):
        for rma in self:
            pickings = rma._get_open_receipts().sorted("id")
            received = sum(rma.line_ids.mapped("qty_received"))
            rma.receipt_mark = f"{rma.state} {pickings.ids} {received:.12g}"

    def action_view_follow_ups(self):
        return self._open(self.follow_up_ids, self.env._("Follow-up Returns"))

    def action_view_origin(self):
        return self._open(self.origin_rma_id, self.env._("Returns"))

    def _check_seen(self, seen):
        if seen and len(self) == 1 and self.receipt_mark != seen:
            raise UserError(
                self.env._(
                    "Goods of %(rma)s have been received or changed meanwhile. Reload "
                    "the page, and receive what is still there.",
                    rma=self.display_name,
                )
            )

    @api.model
    def _get_rmas(self, lines):
        return self.browse({line.rma_id.id for line in lines})

    def _get_arrivals(self, quantities):
        """Give ``{line: quantity}`` of what is not simply received as announced."""
        if quantities is None:
            lines = self.filtered(lambda rma: rma.state in LATE).line_ids
            arrived = {line: line._get_outstanding_quantity() for line in lines}
        else:
            lines = self.line_ids.filtered(
                lambda line: (
                    line.id in quantities and line.state in ("authorized", *LATE)
                )
            )
            arrived = {line: quantities[line.id] for line in lines}
        return {
            line: quantity
            for line, quantity in arrived.items()
            if line.uom_id.compare(quantity, 0) > 0
        }

    def _take_in(self, arrived):
        """Put goods where they belong, ready to be validated.

        :return: returns that take them themselves, and new ones for the rest
        """
        self._get_rmas(arrived)._receive_direct_goods()
        arrivals = self.line_ids._sort_arrivals(arrived)
        late = self.browse()
        own = {}
        reopened = defaultdict(float)
        for line, arrival in arrivals.items():
            if arrival.expected or arrival.reopened:
                own[line] = arrival.expected + arrival.reopened
            if arrival.reopened:
                reopened[line] = arrival.reopened
        for rma in self._get_rmas(reopened):
            rma._reopen_for(reopened)
        for rma in self._get_rmas(arrivals):
            late |= rma._create_follow_up(
                {line: arrivals[line] for line in rma.line_ids if line in arrivals}
            )
        rmas = self._get_rmas(own)
        rmas._create_receipts()
        rmas.line_ids._enter_arrivals(own)
        return rmas, late

    def _reopen_for(self, reopened):
        """Wait for exactly what has arrived, and for nothing else of before."""
        self.ensure_one()
        if self.closed_at and not self.expires_on and not self.basis:
            # Nothing was waited for any longer since then, see _note_late.
            closed_on = self.company_id._to_reverse_day(self.closed_at)
            self._guarded_write({"expires_on": closed_on})
        changes = {line: -reopened[line] for line in self.line_ids}
        if self.state != "authorized":
            for line in self.line_ids:
                changes[line] += line._get_expected_quantity()
        given_up = self.line_ids.filtered(lambda line: changes[line] > 0)
        given_up._guarded_write({"short_reason": "not_sent"})
        self._reopen({line: change for line, change in changes.items() if change})

    def _note_late(self, lines):
        """Leave to persons what was not even sent on the last day.

        Policy had promised nothing for that. It does not matter whether the return had
        ended meanwhile: who says that they have sent something need not have.

        :param lines: those of which goods arrive now
        """
        for rma in self.filtered("expires_on"):
            # sudo: a setting of the company
            company = rma.sudo().company_id
            transit = timedelta(company.reverse_expected_days)
            if rma.expires_on < company._get_reverse_today() - transit:
                late = lines & rma.line_ids
                late._guarded_write({"credit_release": "person"})
                # sudo: who receives goods need not write on the chatter
                rma.sudo()._message_log(
                    body=self.env._(
                        "A person decides on the credit: the goods came long after "
                        "%(day)s, when the authorization ended.",
                        day=fields.Date.to_string(rma.expires_on),
                    )
                )

    # ------------------------------------------------------------------
    # Returns of their own
    # ------------------------------------------------------------------
    def _create_follow_up(self, arrivals):
        """Make a return of what this one cannot have any more; a person decides."""
        self.ensure_one()
        vals_list = [
            vals
            for line, arrival in arrivals.items()
            for vals in line._prepare_follow_up(arrival)
        ]
        if not vals_list:
            return self.browse()
        follow_up = self._guarded_create(
            [
                {
                    **self._prepare_follow_up(),
                    "line_ids": [Command.create(vals) for vals in vals_list],
                }
            ]
        )
        follow_up._request_adopted("late_goods")
        follow_up._create_receipts()
        self.env["reverse.event"]._log(
            self,
            "LateGoodsTaken",
            {
                "follow_up": follow_up.id,
                "lines": [
                    {"line": line.id, "quantity": arrival.linked + arrival.foreign}
                    for line, arrival in arrivals.items()
                ],
            },
        )
        return follow_up

    def _prepare_follow_up(self):
        return {
            "partner_id": self.partner_id.id,
            "company_id": self.company_id.id,
            "facility_id": self.facility_id.id,
            "channel_id": self.channel_id.id,
            "settlement_type": self.settlement_type,
            "carrier_tracking_ref": self.carrier_tracking_ref,
            "origin_rma_id": self.id,
            "user_id": self.user_id.id,
        }

    # ------------------------------------------------------------------
    # Returns withdrawn when some of the goods are here already.
    # ------------------------------------------------------------------
    def _has_begun(self):
        """Tell whether goods came in, stayed with the customer, or were credited.

        Such a return is not simply cancelled.
        """
        self.ensure_one()
        lines = self.line_ids
        here = any(line.qty_received or line.qty_kept for line in lines)
        return here or bool(lines._get_early_lines() or lines._get_released_lines())

    def _withdraw(self):
        """Stop waiting for goods, send back what is here, and credit no more.

        What is settled stays: it is undone by correcting it.
        """
        for rma in self:
            rma._check_withdraw()
        lines = self.line_ids.filtered(
            lambda line: line.uom_id.compare(line._get_expected_quantity(), 0) > 0
        )
        parts = self.inspection_ids._get_withdrawable()
        self._guarded_write({"settlement_type": "none"})
        self._withdraw_settlements()
        drafts = self.inspection_ids.filtered(lambda part: part.state == "draft")
        drafts.filtered("not_inspected")._transition(transitions.INSPECTION, "cancel")
        drafts = drafts.filtered("receipt_move_id") | parts._look_again(FINDINGS)
        disposition = self.env.ref("reverse_logistics.disposition_customer")
        drafts._guarded_write({"disposition_id": disposition.id})
        self.env["reverse.event"]._log(
            self, "ReturnWithdrawn", lambda rma: {"lines": rma.line_ids._event_data()}
        )
        if lines:
            lines._close_short(
                {line: line._get_expected_quantity() for line in lines}, "withdrawn"
            )
        self._update_progress()

    def _withdraw_settlements(self):
        pending = self.settlement_ids.filtered(
            lambda s: s.state in ("draft", "submitted", "approved")
        )
        pending._transition(transitions.SETTLEMENT, "cancel")
        pending._log_step("CreditDenied")
        pending.line_ids.inspection_id._set_denied(True)

    def _check_withdraw(self):
        """Say why nothing of the return can be withdrawn any more, if nothing can."""
        waiting = any(
            line.uom_id.compare(line._get_expected_quantity(), 0) > 0
            for line in self.line_ids
        )
        drafts = self.inspection_ids.filtered(lambda part: part.state == "draft")
        parts = self.inspection_ids._get_withdrawable()
        pending = self.settlement_ids.filtered(
            lambda s: s.state in ("draft", "submitted", "approved")
        )
        if self.state != "authorized":
            raise UserError(
                self.env._(
                    "%(rma)s is %(state)s, and its goods are here: an approver "
                    "decides whether they are taken in or sent back.",
                    rma=self.display_name,
                    state=self._state_label(),
                )
                if self.state == "requested"
                else self.env._(
                    "%(rma)s is %(state)s: this step is not possible from there. "
                    "Reload the page to see where it is.",
                    rma=self.display_name,
                    state=self._state_label(),
                )
            )
        if not (waiting or drafts or parts or pending):
            raise UserError(
                self.env._(
                    "Nothing of %(rma)s can be cancelled any more: all that came in is "
                    "settled or on its way back. Correct the inspection or reverse "
                    "the settlement instead.",
                    rma=self.display_name,
                )
            )
