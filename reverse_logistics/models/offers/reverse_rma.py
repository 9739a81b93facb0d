from odoo import api, fields, models
from odoo.exceptions import UserError

#: The share that is proposed where no rule of policy names one.
USUAL_PERCENT = 30.0


class ReverseRma(models.Model):
    """Returns whose customers are asked to agree to something."""

    _inherit = "reverse.rma"

    offer_ids = fields.One2many("reverse.offer", "rma_id", "Offers")
    offer_count = fields.Integer(compute="_compute_offer_count")
    offer_state = fields.Selection(
        [("draft", "Prepared"), ("sent", "Waits for the customer's answer")],
        "Open Offer",
        readonly=True,
        copy=False,
        guarded=True,
    )
    is_offer_keep_allowed = fields.Boolean(compute="_compute_is_offer_keep_allowed")

    @api.depends("offer_ids")
    def _compute_offer_count(self):
        self._count_documents("offer_count", "offer_ids")

    @api.depends("state", "stage", "shipped_at", "settlement_ids.state")
    @api.depends_context("uid")
    def _compute_is_offer_keep_allowed(self):
        service = self._has_duty("service")
        for rma in self:
            rma.is_offer_keep_allowed = service and bool(rma._get_offerable_lines())

    def action_view_offers(self):
        return self._open(self.offer_ids, self.env._("Offers"))

    # ------------------------------------------------------------------
    # Making offers
    # ------------------------------------------------------------------
    def _may_get_offers(self):
        """Whether the customer may be asked to agree to less than is due.

        Whoever withdraws from a contract is paid whatever they answer, and of a present
        one person would be asked about another one's money.
        """
        self.ensure_one()
        return self.basis != "withdrawal" and not self.is_by_recipient

    def _check_may_offer(self):
        self.ensure_one()
        if self.basis == "withdrawal":
            raise UserError(
                self.env._(
                    "%(rma)s is a withdrawal from the contract: what the customer is "
                    "paid back does not depend on an offer.",
                    rma=self.display_name,
                )
            )
        if self.is_by_recipient:
            raise UserError(
                self.env._(
                    "%(rma)s was asked for by the recipient of a present, who learns "
                    "no price. Nothing is offered for it.",
                    rma=self.display_name,
                )
            )

    def _get_offerable_lines(self):
        """Give the lines that the customer may be asked to keep, none while on it."""
        self.ensure_one()
        waits = self.state == "authorized" and not (self.shipped_at or self.received_at)
        if not waits or not self._may_get_offers():
            return self.line_ids.browse()
        return self.line_ids._get_offerable()

    def action_offer_keep(self):
        """Prepare offers to keep the goods for a part of the credit.

        The settlement that it makes waits for approval as any other does.

        :raises AccessError: without the role customer service
        :raises UserError: when the goods are on their way, settled, or not invoiced
        """
        self._check_duty("service")
        offers = self.env["reverse.offer"]
        for rma in self:
            rma._check_may_offer()
            lines = rma._get_offerable_lines()
            percents = lines._get_keep_percents()
            percent = max(percents.values(), default=0.0) or USUAL_PERCENT
            made = self._make_keep_offers(lines, percent, self.env.uid)
            if not made:
                raise UserError(
                    self.env._(
                        "Nothing of %(rma)s can be left to the customer for an offer: "
                        "it has to be accepted as a refund, invoiced, still with the "
                        "customer, and not settled yet.",
                        rma=rma.display_name,
                    )
                )
            offers |= made
        return self._open(offers, self.env._("Offers"))

    @api.model
    def _make_keep_offers(self, lines, percent, author=False):
        """Make a settlement for each currency of these lines, and the offer of it.

        :param float percent: the share that the customer gets
        :param author: id of the user who enters it; left out for policy
        """
        priced = lines._prepare_kept()
        groups = {}
        for line, vals_list in priced.items():
            key = (line.rma_id, line._get_credit_currency())
            groups.setdefault(key, []).extend(vals_list)
        settlements = self.env["reverse.settlement"]._guarded_create(
            [
                {"rma_id": rma.id, "type": "refund", "entered_by_id": author}
                for rma, _currency in groups
            ]
        )
        self.env["reverse.settlement.line"]._guarded_create(
            [
                {**vals, "settlement_id": settlement.id}
                for settlement, group in zip(settlements, groups.values(), strict=True)
                for vals in group
            ]
        )
        return self.env["reverse.offer"]._make(settlements, "keep", percent)

    def _offer_by_policy(self):
        """Make the offers that policy makes once a return is authorized, once each.

        They are approved like other credits of policy. Where a person has to look at
        the credit, the offer waits for that person as a draft. Goods that are always
        inspected are not offered, nor anything to whoever asked by a link, which
        colleagues may read: it would be paid without anybody seeing the goods.
        """
        wanted = {
            line: percent
            for line, percent in self.line_ids._get_keep_percents().items()
            if percent
            and line.decision == "authorize"
            and line.credit_release != "authorization"
        }
        offered = self.env["reverse.offer"]
        for rma in self if wanted else ():
            if rma.offer_ids or rma._is_asked_by_link():
                continue
            lines = rma._get_offerable_lines().filtered(wanted.get)
            lines -= lines._get_always_inspected()
            for percent, own in lines.grouped(wanted.get).items():
                offered |= self._make_keep_offers(own, percent)
        # Nobody is asked to keep goods for nothing, as persons cannot ask it either.
        nothing = offered.filtered(lambda own: own._is_nothing())
        nothing._give_up()
        (offered - nothing).settlement_id._release_by_policy()

    def _get_asked_settlements(self):
        """Give the approved settlements that wait for nobody but the customer."""
        # sudo: whether something waits is for every role
        return self.sudo().settlement_ids.filtered(
            lambda settlement: (
                settlement.state == "approved" and settlement._is_only_offered()
            )
        )

    # ------------------------------------------------------------------
    # Offers that wait
    # ------------------------------------------------------------------
    def _update_offer_state(self):
        """Write whether customers have something to answer, or soon will."""
        values = {}
        for rma in self:
            # sudo: offers count, whoever may read them
            states = set(rma.sudo().offer_ids.mapped("state"))
            state = next((name for name in ("sent", "draft") if name in states), False)
            if rma.offer_state != state:
                values[rma] = {"offer_state": state}
        self._guarded_write_each(values)

    def _end_keep_offers(self):
        """Withdraw offers to keep goods that are not with the customer any more."""
        # sudo: offers of these very returns, whoever moves the goods
        waiting = self.sudo().filtered("offer_state")
        offers = waiting.offer_ids.filtered(
            lambda offer: (
                offer._may("withdraw")
                and offer.kind == "keep"
                and not offer._is_about_what_is_there()
            )
        )
        offers._give_up()

    def _end_offers_of_orders(self):
        """Ask nothing any more about orders from which the customer withdraws."""
        orders = self.line_ids.sale_line_id.order_id
        # sudo: offers of all returns of these orders, whoever notes the withdrawal
        offers = self.env["reverse.offer"].sudo()
        offers = offers.search(
            [
                ("state", "in", ("draft", "sent")),
                ("rma_id.line_ids.sale_line_id.order_id", "in", orders.ids),
            ]
        )
        offers._give_up()

    def _get_customer_offers(self):
        """Give the offers that the page shows: those to answer, else the last one."""
        self.ensure_one()
        told = self.offer_ids.filtered(
            lambda offer: offer.state not in ("draft", "withdrawn")
        ).sorted("id", reverse=True)
        open_ones = told.filtered(lambda offer: offer._is_open())
        return open_ones or told[:1]

    def _answer_offer_by_customer(self, number, answer):
        """Take a customer's answer to one of the offers of this return.

        :param number: id of the offer, of any return
        :param str answer: ``accept`` or ``refuse``
        :raises UserError: for what is no offer to this customer, or answered, and for
            colleagues who read the customer's link
        """
        self.ensure_one()
        user = self.env.user
        is_customer = user.commercial_partner_id == self.commercial_partner_id
        if not (is_customer or user.share):
            raise UserError(
                self.env._(
                    "You are signed in as %(user)s, who is not the customer. Note on "
                    "the offer what the customer told you.",
                    user=user.name,
                )
            )
        offer = self.offer_ids.filtered(
            lambda own: own.id == number and own.state not in ("draft", "withdrawn")
        )
        if not offer or answer not in ("accept", "refuse"):
            raise UserError(
                self.env._("This offer is no longer open. Please write to us below.")
            )
        offer._answer(answer, "portal" if is_customer else "link")
