from collections import Counter
from datetime import timedelta

from psycopg2.errors import UniqueViolation

from odoo import Command, api, fields, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.fields import Domain
from odoo.tools import consteq, email_normalize, hmac, split_every

from ...engine import limits
from ...engine.allocation import Supply, allocate, prefer
from ..base import codes
from ..base.reverse_retry import run_batch
from .ir_attachment import MOST_FILES

#: Deliveries that a page offers before somebody asks for more of them, and those that a
#: search shows: policy is asked about each, and nobody reads more on a phone.
MOST_OFFERED, MOST_FOUND = 10, 50
#: How often a page offers more; what is older is searched for.
MOST_PAGES = 20
#: Deliveries that are looked through for what was named.
MOST_DELIVERIES = 2000
#: How many signs the code in a photo has, which a person reads.
CODE_LENGTH = 6
#: Returns that a customer may have begun and not sent to us.
MOST_DRAFTS = 20
#: Days after which what a customer began and did not send is forgotten.
DRAFT_DAYS = 14
#: What customers are told, and the mail that says it.
MAILS = {
    "requested": "reverse_logistics.mail_template_requested",
    "proof": "reverse_logistics.mail_template_proof",
    "authorized": "reverse_logistics.mail_template_authorized",
    "expiring": "reverse_logistics.mail_template_expiring",
    "rejected": "reverse_logistics.mail_template_rejected",
    "received": "reverse_logistics.mail_template_received",
    "inspected": "reverse_logistics.mail_template_inspected",
    "credited": "reverse_logistics.mail_template_credited",
    "denied": "reverse_logistics.mail_template_denied",
    "offer": "reverse_logistics.mail_template_offer",
    "offer_ends": "reverse_logistics.mail_template_offer_ends",
}
#: Returns whose customers are reminded in one transaction.
BATCH = 100
#: How far a return has come, as its customer sees it.
MILESTONES = ("requested", "authorized", "shipped", "received", "inspected", "settled")


class ReverseRma(models.Model):
    """Returns as their customers see them, and the steps that customers take.

    Customers have no access to the model: pages show what these methods give, of a
    return that :meth:`_find_shown_to` found for them. What a customer asks for is
    decided by policy like every other request, and a person who took it down would have
    the same answer.
    """

    _name = "reverse.rma"
    _inherit = ["reverse.rma", "portal.mixin"]

    # Whoever knows it is taken for the customer: no user reads it.
    access_token = fields.Char(groups=fields.NO_ACCESS, guarded=True)
    denied_told = fields.Boolean(
        readonly=True,
        copy=False,
        guarded=True,
        help="The customer was told which goods are not credited.",
    )
    findings_told = fields.Boolean(
        readonly=True,
        copy=False,
        guarded=True,
        help="The customer was written how the goods were found.",
    )
    reminded_of = fields.Date(
        readonly=True,
        copy=False,
        guarded=True,
        help="The last day of which the customer was reminded.",
    )
    is_by_recipient = fields.Boolean(
        "Requested by the Recipient",
        readonly=True,
        copy=False,
        guarded=True,
        help="Somebody who has the goods and did not buy them asked for this return by "
        "the code of the delivery slip. They see no price, order or buyer; a refund "
        "goes to whoever paid.",
    )
    recipient_email = fields.Char(
        "Recipient's Email",
        readonly=True,
        copy=False,
        index="btree_not_null",
        guarded=True,
    )
    recipient_lang = fields.Char(
        "Recipient's Language", readonly=True, copy=False, guarded=True
    )
    live_code = fields.Char(
        "Code in Photos",
        readonly=True,
        copy=False,
        help="What can be read in photos that the customer took for this request.",
        guarded=True,
    )
    customer_comment = fields.Text(
        "The Customer Says",
        readonly=True,
        copy=False,
        help="In their own words, with the request.",
        guarded=True,
    )
    # The key of the form: sending it again begins nothing anew, and opens the first.
    submission = fields.Char(copy=False, groups=fields.NO_ACCESS, guarded=True)
    withdrawal_statement_ids = fields.One2many("reverse.withdrawal.statement", "rma_id")

    _begun_once = models.UniqueIndex("(submission) WHERE submission IS NOT NULL")

    @api.model
    def _check_create(self, vals_list):
        self._check_channels({vals.get("channel_id") for vals in vals_list})
        return super()._check_create(vals_list)

    @api.model
    def _check_channels(self, chosen):
        """Keep users from saying that a customer asked: only the site's pages do.

        :param set chosen: ids of the channels that they choose
        """
        portal = self.env.ref("reverse_logistics.channel_portal", False)
        # Clients never run as superuser; the pages of the site do.
        if portal and not self.env.su and portal.id in chosen:
            raise UserError(
                self.env._(
                    "Only customers ask by the channel “%(channel)s”. Choose by which "
                    "way you were asked.",
                    channel=portal.display_name,
                )
            )

    def copy_data(self, default=None):
        """A copy is asked for by whoever makes it."""
        portal = self.env.ref("reverse_logistics.channel_portal", False)
        return [
            {**vals, "channel_id": False}
            if portal and vals.get("channel_id") == portal.id
            else vals
            for vals in super().copy_data(default)
        ]

    def _compute_access_url(self):
        result = super()._compute_access_url()
        for rma in self:
            rma.access_url = f"/my/returns/{rma.id}"
        return result

    def _portal_ensure_token(self):
        """Give the token of a link, made when it is asked for the first time.

        Users get none, who could act as the customer by it: a link that is made for
        them opens what they see anyway.
        """
        self.ensure_one()
        # Clients never run as superuser; mails, pages and notices to customers do.
        if not self.env.su:
            self.check_access("read")
            return ""
        if not self.access_token:
            self._guarded_write({"access_token": self._generate_token()})
        return self.access_token

    def _sign_token(self, pid):
        # sudo: Odoo signs the customer's link in the notice of what a user wrote
        return super(ReverseRma, self.sudo())._sign_token(pid)

    @api.model
    def _generate_token(self):
        return codes.new_key()

    # ------------------------------------------------------------------
    # Whose it is
    # ------------------------------------------------------------------
    @api.model
    def _find_shown_to(self, number, user, token=None, bought=None):
        """Find a return that somebody may see as its customer.

        Users of a company see the returns of their company, as they see its orders;
        what they have begun and not sent yet is theirs alone. A colleague's draft is
        not the customer's to request or to discard.

        How much is asked of the database depends on who asks and not on what there is:
        what is somebody else's, and what there is not, take the same time.

        :param int number: id of the return, of whomever
        :param user: who asks, also nobody in particular
        :param str token: of the link by which they came
        :param bought: order or delivery of which they showed that it is theirs, without
            logging in
        """
        shown = Domain(
            [
                ("id", "=", number),
                ("company_id.reverse_portal", "!=", "no"),
                "|",
                ("state", "!=", "draft"),
                ("entered_by_id.share", "=", True),
            ]
        )
        if token:
            found = self.search_fetch(shown, ["access_token", "recipient_email"])
            if found and found._is_opened_by(token):
                return found
        ways = [self._get_guest_domain(user, bought)] if bought else []
        if user.share and not user._is_public():
            ways.append(self._get_customer_domain(user))
        return self.search(shown & Domain.OR(ways)) if ways else self.browse()

    def _is_opened_by(self, token):
        """Whether a token is that of the customer's link or of the recipient's."""
        # sudo: it is compared, and told to nobody
        rma = self.sudo()
        return any(
            key and _is_same(key, token)
            for key in (rma.access_token, rma._get_recipient_token())
        )

    def _shows_words_to(self, token=None, bought=None):
        """Whether somebody who sees this return may read what was said with it.

        What a recipient says of a present is not told to whoever gave it.
        """
        self.ensure_one()
        if not self.is_by_recipient:
            return True
        # sudo: it is compared, and told to nobody
        key = self.sudo()._get_recipient_token()
        by_link = key and token and _is_same(key, token)
        by_code = bought and bought._name == "stock.picking"
        return bool(self.recipient_email and (by_link or by_code))

    @api.model
    def _get_thread_with_access(self, thread_id, **kwargs):
        """Open the messages about a present by nobody's link.

        Its buyer and its recipient must not read of each other: both of them ask by
        mail.
        """
        rma = super()._get_thread_with_access(thread_id, **kwargs)
        # sudo: for whom it is, whoever asks
        if rma.sudo().is_by_recipient and self.env.user.share:
            return self.browse()
        return rma

    def _get_recipient_token(self):
        """Give the token of the recipient's link.

        Users get none, who could act as the recipient by it, like the customer's of
        :meth:`_portal_ensure_token`. Without an address there is no recipient.
        """
        self.ensure_one()
        if not self.env.su or not self.recipient_email:
            return ""
        return hmac(
            self.env,
            "reverse-recipient",
            (self.id, self.recipient_email),
        )

    def _get_recipient_url(self):
        """Give the link to this return for whoever requested it as its recipient."""
        return f"{self.access_url}?access_token={self._get_recipient_token()}"

    @api.model
    def _get_guest_domain(self, user, bought):
        """Give the domain of what somebody asked for who need not log in.

        :param user: who asks, mostly nobody in particular
        :param bought: order or delivery of which they showed that it is theirs
        """
        by_code = bought._name == "stock.picking"
        path = "move_id.picking_id" if by_code else "sale_line_id.order_id"
        return [
            (f"line_ids.{path}", "in", bought.ids),
            ("is_by_recipient", "=", by_code),
            ("entered_by_id", "=", user.id),
        ]

    @api.model
    def _find_of_guest(self, own, bought):
        """Find what a guest has asked for of the order or delivery that they look at.

        :param own: order or delivery of which they showed that it is theirs
        :param bought: the one that they look at
        """
        if not bought or own != bought:
            return self.browse()
        return self.search(self._get_guest_domain(self.env.user, bought), limit=20)

    def _shows_prices(self):
        """Whether pages, papers and mails of this return may speak of its sale.

        That is prices, amounts, invoices, order and buyer: whoever was given something
        as a present learns none of it.
        """
        self.ensure_one()
        return not self.is_by_recipient

    @api.model
    def _get_customer_domain(self, user):
        """Give the domain of the returns that a customer sees in a list."""
        return [
            ("commercial_partner_id", "=", user.commercial_partner_id.id),
            ("company_id.reverse_portal", "!=", "no"),
            "|",
            ("state", "!=", "draft"),
            ("entered_by_id", "=", user.id),
        ]

    # ------------------------------------------------------------------
    # What customers do
    # ------------------------------------------------------------------
    @api.model
    def _find_page(self, partner, bought, text, pages):
        """Find what a page offers of what a customer can send back.

        Where nothing of the newest deliveries is left to send back, it looks further.

        :param int pages: how many were asked for
        :return: ``(offered, whether there is more)``, as of :meth:`_find_offered`
        """
        limit = (MOST_FOUND if text else MOST_OFFERED) * min(pages, MOST_PAGES)
        offered, is_more = {}, True
        while is_more and not offered and limit <= MOST_DELIVERIES:
            moves = self._search_offered(partner, bought, text, limit=limit + 1)
            offered, is_more = moves[:limit]._get_reverse_offers(), len(moves) > limit
            limit *= 4
        return offered, is_more and pages < MOST_PAGES

    @api.model
    def _find_offered(self, partner, bought=None, more=()):
        """Find what a customer can send back, the newest delivery first.

        The parameters are those of :meth:`_search_offered`.

        :return: ``{(delivery, lot): quantity}`` in the unit of the order line
        """
        return self._search_offered(partner, bought, more=more)._get_reverse_offers()

    @api.model
    def _search_offered(
        self, partner, bought=None, text=None, more=(), limit=MOST_DELIVERIES
    ):
        """Find the deliveries of a customer, the newest first.

        :param partner: the customer; colleagues' orders count as theirs
        :param bought: only what belongs to this order or delivery
        :param str text: only what a product is called like, or its order where none
            is given: who returns a present learns no number of an order by trying
        :param more: only deliveries that fit this domain as well
        """
        owner = partner.commercial_partner_id
        buyer = "sale_line_id.order_id.partner_id.commercial_partner_id"
        domain = [(buyer, "=", owner.id)]
        domain += [("company_id.reverse_portal", "=", "request")]
        if bought:
            by_code = bought._name == "stock.picking"
            path = "picking_id" if by_code else "sale_line_id.order_id"
            domain += [(path, "=", bought.id)]
        text = limits.clean_search(text)
        if text:
            names = ["product_id.name", "product_id.default_code"]
            names += [] if bought else ["sale_line_id.order_id.name"]
            domain = Domain(domain) & Domain.OR(Domain(n, "ilike", text) for n in names)
        # sudo: the customer's own deliveries, see above
        moves = self.env["stock.move"].sudo()
        return moves._search_reverse_deliveries(
            Domain(domain) & Domain(more), limit=limit
        )

    @api.model
    def _sum_offered(self, offered):
        """Sum up what came with several deliveries, whichever of them it is taken from.

        What is tracked is named by its number, and not summed.

        :param offered: as of :meth:`_find_offered`
        :return: ``{(product, company that sold it): (unit, quantity, how many
            deliveries)}``
        """
        sums = {}
        for sold, keys in self._get_alike(offered).items():
            if len(keys) > 1:
                unit = keys[0][0]._get_reverse_uom()
                sums[sold] = unit, sum(offered[key] for key in keys), len(keys)
        return sums

    @api.model
    def _get_alike(self, offered):
        """Give the deliveries that a quantity can be spread over.

        They are of one company, and were ordered in the same unit, that of the newest.

        :return: ``{(product, company): keys}``
        """
        alike = {}
        for move, lot in offered:
            if not lot:
                keys = alike.setdefault((move.product_id, move.company_id), [])
                if not keys or keys[0][0]._get_reverse_uom() == move._get_reverse_uom():
                    keys.append((move, lot))
        return alike

    @api.model
    def _spread(self, keys, quantity, left, policies):
        """Take a quantity from deliveries in the order of the policy.

        Customer service names a product without its order in the same way.

        :param keys: ``[(delivery, lot)]``, the newest first, in one unit
        :param left: ``{(delivery, lot): quantity}`` of what is not taken yet
        :param policies: version in force of each company
        :return: ``([(key, part)], what is left over)``
        """
        move = keys[0][0]
        order = policies[move.company_id].allocation
        by_price = order == "lowest_price"
        supplies = [
            Supply(key, left[key], by_price and key[0]._get_reverse_unit_price())
            for key in keys
        ]
        return allocate(
            quantity, prefer(supplies, order), move._get_reverse_uom().rounding
        )

    @api.model
    def _get_policies(self, offered):
        """Give the version in force of each company that sold these goods."""
        moves = self.env["stock.move"].union(*(move for move, _lot in offered))
        return self.env["reverse.policy.version"]._get_for(moves.company_id)

    @api.model
    def _spread_products(self, partner, offered, wanted, products):
        """Find the deliveries of products of which only the quantity was named.

        :param offered: as of :meth:`_find_offered`, of what was named with its delivery
        :param wanted: what was named with its delivery, which is taken first
        :param products: ``[((product id, company id), {"quantity", "reason_id"})]``
        :return: ``(offered, wanted)``, of all
        :raises UserError: for more than can be sent back, and for what cannot be sent
            back any more
        """
        if not products:
            return offered, wanted
        more = [("product_id", "in", [product for (product, _), _entry in products])]
        # the newest first, also of those that were named
        offered = self._find_offered(partner, more=more) | offered
        alike = {
            (product.id, company.id): keys
            for (product, company), keys in self._get_alike(offered).items()
        }
        left = dict(offered)
        by_key = {(move.id, lot.id): (move, lot) for move, lot in offered}
        for key, entry in wanted:
            if key in by_key:
                left[by_key[key]] -= entry["quantity"]
        wanted = list(wanted)
        policies = self._get_policies(left)
        for sold, entry in products:
            keys = alike.get(sold)
            if not keys:
                # Whose number was sent need not be the customer's: it is not named.
                raise UserError(
                    self.env._(
                        "Something that you entered cannot be sent back any more. "
                        "Search for it again to see what can."
                    )
                )
            parts, rest = self._spread(keys, entry["quantity"], left, policies)
            if rest or not parts:
                most = max(sum(left[key] for key in keys), 0.0)
                raise self._get_too_much(keys[0][0], most)
            for (move, lot), part in parts:
                left[move, lot] -= part
                wanted.append(((move.id, lot.id), {**entry, "quantity": part}))
        return offered, wanted

    @api.model
    def _get_too_much(self, move, most):
        return UserError(
            self.env._(
                "%(product)s: you can send back at most %(most)s.",
                product=move.product_id.display_name,
                most=move._get_reverse_uom()._say_reverse(most),
            )
        )

    @api.model
    def _get_portal_channel(self):
        """Give the channel of what customers ask for themselves."""
        # Nobody asks whether it is still there: its name would be gone with it.
        known = self.env["ir.model.data"]._xmlid_to_res_id
        return self.env["reverse.channel"].browse(
            known("reverse_logistics.channel_portal", raise_if_not_found=True)
        )

    @api.model
    def _foresee_offered(self, partner, offered):
        """Ask policy what it would say to one piece of each of these goods, now.

        That nothing is missing is taken for granted: what has to be shown is asked for
        before the request.

        :param offered: as of :meth:`_find_offered`
        :return: ``{(delivery, lot): {decision field: value}}``
        """
        channel = self._get_portal_channel()
        lines = self.env["reverse.rma.line"]
        supposed = {}
        for (move, lot), most in offered.items():
            rma = self.new(
                {
                    "company_id": move.company_id.id,
                    "partner_id": partner.id,
                    "channel_id": channel.id,
                    "settlement_type": "refund",
                }
            )
            supposed[move, lot] = lines.new(
                {
                    **self._prepare_customer_line(move, lot),
                    "rma_id": rma,
                    "quantity": min(most, 1.0),
                    "as_of": fields.Datetime.now(),
                    "with_proofs": True,
                }
            )
        asked = lines.concat(*supposed.values())
        versions = self.env["reverse.policy.version"]._get_for(asked.company_id)
        verdicts = asked._evaluate(versions)
        return {key: verdicts[line] for key, line in supposed.items()}

    @api.model
    def _begin_once(self, partner, offered, wanted, values, recipient_email=None):
        """Make a draft and let policy say what it would decide, or change nothing.

        A form that was sent already gives the draft that it made. The parameters are
        those of :meth:`_begin_for_customer`.

        :raises ConcurrencyError: when the same form arrives twice at the same time;
            Odoo repeats the request, which then finds the first
        """
        known = self._find_begun(values.get("submission"))
        if known:
            return known
        try:
            with self.env.cr.savepoint():
                rma = self._begin_for_customer(
                    partner, offered, wanted, values, recipient_email
                )
                rma._foresee()
                rma._check_offered_settlement()
        except UniqueViolation as error:
            raise ConcurrencyError("the same form arrived twice") from error
        return rma

    @api.model
    def _begin_for_customer(
        self, partner, offered, wanted, values, recipient_email=None
    ):
        """Make the draft of what a customer wants to send back.

        Nothing is claimed yet: the request looks again, under lock.

        :param offered: what :meth:`_find_offered` gave for this customer
        :param wanted: ``[((delivery id, lot id), {"quantity", "reason_id"})]``
        :param dict values: what the customer wants in exchange, their reference, and
            what else they say
        :param str recipient_email: address of whoever has the goods and did not buy
            them, nothing when the customer asks
        :raises UserError: for what is not offered, or too much
        """
        self._check_drafts(partner, recipient_email)
        by_key = {(move.id, lot.id): (move, lot) for move, lot in offered}
        if not wanted or any(key not in by_key for key, _entry in wanted):
            raise UserError(
                self.env._("Enter how many pieces you send back, of at least one item.")
            )
        chosen = [(by_key[key], entry) for key, entry in wanted]
        self._check_wanted(offered, chosen)
        comment = self._check_comment(values.get("comment"))
        moves = self.env["stock.move"].union(*(move for (move, _lot), _entry in chosen))
        companies = moves.company_id
        if len(companies) > 1:
            raise UserError(
                self.env._(
                    "These goods were sold by different companies. Please make a "
                    "return for each."
                )
            )
        owners = moves.sale_line_id.order_id.partner_id
        rma = self.with_company(companies).create(
            {
                "partner_id": (owners if len(owners) == 1 else partner).id,
                "company_id": companies.id,
                "channel_id": self.env.ref("reverse_logistics.channel_portal").id,
                "user_id": False,
                "settlement_type": values["settlement_type"],
                "client_ref": values.get("client_ref"),
                "line_ids": [
                    Command.create({**self._prepare_customer_line(move, lot), **entry})
                    for (move, lot), entry in chosen
                ],
            }
        )
        rma._guarded_write(
            {
                "customer_comment": comment,
                "live_code": codes.new_code(CODE_LENGTH),
                "submission": values.get("submission"),
            }
        )
        if recipient_email:
            rma._guarded_write(
                {
                    "is_by_recipient": True,
                    "recipient_email": recipient_email,
                    "recipient_lang": self.env.lang,
                }
            )
        return rma

    @api.model
    def _find_begun(self, submission):
        """Find what this visitor began with a form that they send once more."""
        own = [("submission", "=", submission), ("entered_by_id", "=", self.env.uid)]
        return self.search(own, limit=1) if submission else self.browse()

    @api.model
    def _check_comment(self, text):
        """Give what a customer adds in their own words, as it is kept."""
        text = limits.clean_text(text)
        if len(text) > limits.COMMENT:
            raise UserError(
                self.env._(
                    "Please say it in at most %s characters; more you can write to us "
                    "once the request is sent.",
                    limits.COMMENT,
                )
            )
        return text or False

    @api.model
    def _prepare_customer_line(self, move, lot):
        """Give the values of a line for goods that a customer may send back."""
        return {
            "move_id": move.id,
            "sale_line_id": move.sale_line_id.id,
            "product_id": move.product_id.id,
            "uom_id": move._get_reverse_uom().id,
            "lot_id": lot.id,
        }

    @api.model
    def _check_drafts(self, partner, recipient_email=None):
        """Refuse another draft of a customer, or of an address another one on one day.

        Recipients enter the address themselves, and each return writes to it. Who comes
        by the link of an order counts apart: the customer does not see their drafts.
        """
        channel = self.env.ref("reverse_logistics.channel_portal")
        domain = [("channel_id", "=", channel.id)]
        if recipient_email:
            since = fields.Datetime.now() - timedelta(1)
            domain += [
                ("recipient_email", "=", recipient_email),
                ("create_date", ">", since),
            ]
        else:
            domain += [
                ("commercial_partner_id", "=", partner.commercial_partner_id.id),
                ("entered_by_id", "=", self.env.uid),
                ("state", "=", "draft"),
                ("is_by_recipient", "=", False),
            ]
        if self.search_count(domain, limit=MOST_DRAFTS) < MOST_DRAFTS:
            return
        if recipient_email:
            raise UserError(
                self.env._(
                    "You have begun many returns today. Please try again tomorrow."
                )
            )
        raise UserError(
            self.env._(
                "You have begun many returns. Please send or discard them before you "
                "begin another."
            )
        )

    @api.model
    def _check_wanted(self, offered, chosen):
        """Refuse more than is offered, and a reason that is none."""
        reasons = self._get_customer_reasons()
        wanted = Counter()
        for (move, lot), entry in chosen:
            unit, most = move._get_reverse_uom(), offered[move, lot]
            quantity = entry["quantity"]
            wanted[move, lot] += quantity
            if not limits.is_number(quantity, limits.QUANTITY) or not (
                0 < quantity and unit.compare(wanted[move, lot], most) <= 0
            ):
                raise self._get_too_much(move, most)
            if entry["reason_id"] not in reasons.ids:
                raise UserError(
                    self.env._(
                        "%(product)s: tell us why you send it back.",
                        product=move.product_id.display_name,
                    )
                )

    @api.model
    def _get_customer_reasons(self):
        """Give the reasons that customers choose from; claims take a person.

        Where a reason has sub-reasons, one of these is chosen. Those of one reason are
        beside each other.
        """
        # sudo: customers read names only
        reasons = self.env["reverse.reason"].sudo()
        found = reasons.search_fetch(
            [
                ("claim", "=", False),
                ("is_for_customers", "=", True),
                ("child_ids", "=", False),
            ],
            ["name", "sequence", "parent_id"],
        )

        def place(reason):
            head = reason.parent_id or reason
            return head.sequence, head.id, reason.sequence, reason.id

        return found.sorted(place)

    @api.model
    def _get_customer_agreements(self, partner):
        """Give the agreements that hold for a customer today, with what is left."""
        # sudo: what was agreed with them
        agreements = self.env["reverse.agreement"].sudo()
        company = self.env.company
        found = agreements.search(
            [("partner_ids", "=", partner.commercial_partner_id.id)]
        )
        # sudo: only its time zone is read
        today = found and company.sudo()._get_reverse_today()
        return found.filtered(lambda agreement: agreement._is_valid(company, today))

    @api.model
    def _get_customer_settlements(self):
        """Give what customers may ask for: ``{value: label}``."""
        labels = self._fields["settlement_type"]._description_selection(self.env)
        return {value: label for value, label in labels if value != "none"}

    @api.model
    def _get_offered_settlements(self, verdicts):
        """Give what customers may ask for of any of these goods: ``{value: label}``.

        :param verdicts: what policy said of each, as of :meth:`_foresee_offered`
        """
        settlements = self._get_customer_settlements()
        ruled = {
            (each["policy_version_id"], each["policy_rule_id"]) for each in verdicts
        }
        withheld = [self._get_withheld(*pair) for pair in ruled]
        found = {
            value: label
            for value, label in settlements.items()
            if any(value not in each for each in withheld)
        }
        return found or settlements

    def _check_offered_settlement(self):
        """Refuse what policy offers for none of these goods, as the form does.

        :raises UserError: naming what is offered
        """
        self.ensure_one()
        verdicts = [
            {
                "policy_version_id": line.policy_version_id.id,
                "policy_rule_id": line.policy_rule_id.id,
            }
            for line in self.line_ids
        ]
        offered = self._get_offered_settlements(verdicts)
        if self.settlement_type not in offered:
            raise UserError(
                self.env._(
                    "For these goods we offer: %(offered)s. Please choose again.",
                    offered=", ".join(offered.values()),
                )
            )

    @api.model
    def _get_withheld(self, version_id, rule_id):
        # sudo: what policy says binds everybody
        version = self.env["reverse.policy.version"].sudo().browse(version_id or ())
        terms = version and version._get_rules("policy").terms.get(rule_id)
        if not terms:
            return frozenset()
        return self.env["reverse.policy.rule"]._to_engine(terms).withheld

    def _request_by_customer(self, hazards=None):
        """Ask for what a customer has begun; policy answers at once.

        :param hazards: ``{line id: "yes" or "no"}``, whether these are damaged
        :raises UserError: when something is missing, or it is no longer free
        """
        self.ensure_one()
        if self.state == "draft":
            self.line_ids._answer_hazards(hazards or {})
            self.line_ids._check_live_photos()
        self._request()
        if not self.is_by_recipient:
            self.message_subscribe(self.partner_id.ids)

    def _get_customer_author(self):
        """Give who speaks for the customer: the user, or the customer of the link."""
        self.ensure_one()
        user = self.env.user
        return self.partner_id if user._is_public() else user.partner_id

    def _is_withdrawable_by_customer(self):
        """Whether the customer may take it back: while nothing is on its way."""
        self.ensure_one()
        waiting = self.state in ("requested", "authorized")
        under_way = self.shipped_at or self.received_at or self._has_begun()
        return waiting and not under_way and self._is_cancellable()

    def _cancel_by_customer(self):
        """Take back what was asked for, or forget what was only begun.

        :raises UserError: once goods are on their way
        """
        self.ensure_one()
        if self.state == "draft":
            self.unlink()
            return
        if not self._is_withdrawable_by_customer():
            raise UserError(
                self.env._(
                    "This return is under way and can no longer be cancelled here. "
                    "Please write to us below."
                )
            )
        self._check_claims_uncorrected()
        self._check_not_replaced()
        self._cancel()

    def _is_shippable_by_customer(self):
        self.ensure_one()
        return not self.shipped_at and self._is_awaited_from_customer()

    def _is_number_awaited(self):
        """Whether the customer has sent it, and may still say by which parcel."""
        self.ensure_one()
        return bool(
            self.shipped_at
            and not self.carrier_tracking_ref
            and self._is_awaited_from_customer()
        )

    def _is_awaited_from_customer(self):
        """Whether the customer was to send it, and nothing of it is here."""
        self.ensure_one()
        return (
            self.state == "authorized"
            and not self.received_at
            and not self._is_dangerous()
            and bool(self.line_ids._get_lines_to_send())
        )

    def _ship_by_customer(self, tracking):
        """Note that the customer has sent the goods, which nobody else has seen yet.

        :param str tracking: number of the parcel, empty when they do not know it
        :raises UserError: when nothing is to be sent
        """
        self.ensure_one()
        tracking = limits.clean_search(tracking)
        if tracking and self._is_number_awaited():
            self.carrier_tracking_ref = tracking
            return
        if not self._is_shippable_by_customer():
            raise UserError(
                self.env._("Nothing of this return is waiting to be sent by you.")
            )
        self.write(
            {
                "shipped_at": fields.Datetime.now(),
                "carrier_tracking_ref": tracking or self.carrier_tracking_ref,
            }
        )

    @api.autovacuum
    def _gc_customer_drafts(self):
        """Forget what customers began and did not send."""
        channel = self.env.ref("reverse_logistics.channel_portal", False)
        self.search(
            [
                ("state", "=", "draft"),
                ("channel_id", "=", channel and channel.id),
                ("entered_by_id.share", "=", True),
                ("write_date", "<", fields.Datetime.now() - timedelta(DRAFT_DAYS)),
            ],
            limit=1000,
        ).unlink()

    def _get_report_base_filename(self):
        self.ensure_one()
        return self.env._("Return %s", self.name)

    # ------------------------------------------------------------------
    # What customers ask
    # ------------------------------------------------------------------
    def _message_post_after_hook(self, message, msg_vals):
        """Have customer service answer what a customer writes, within a day."""
        result = super()._message_post_after_hook(message, msg_vals)
        if message.message_type in ("comment", "email"):
            self._note_question(message)
            self._answer_by_mail(message, msg_vals)
        return result

    def _answer_by_mail(self, message, msg_vals):
        """Mail an answer about a present to whoever asked: they follow nothing.

        The others do not get it: it may speak of the sale, or of the recipient.
        """
        said = message.sudo()  # sudo: whoever writes need not read all messages
        if (
            not self.is_by_recipient
            or said.subtype_id.internal
            or said._is_from_customer()
        ):
            return
        known = (self.recipient_email, self.partner_id.email_normalized)
        address = email_normalize(self._find_last_question(said).email_from)
        if address and address in known:
            said.outgoing_email_to = msg_vals["outgoing_email_to"] = address

    def _find_last_question(self, before):
        """Give what somebody outside of the company wrote last before a message."""
        return before.search(
            [
                ("id", "<", before.id),
                ("model", "=", self._name),
                ("res_id", "=", self.id),
                ("message_type", "in", ("comment", "email")),
                ("subtype_id.internal", "=", False),
                "|",
                ("author_id", "=", False),
                ("author_id.partner_share", "=", True),
            ],
            order="id desc",
            limit=1,
        )

    def _message_get_suggested_recipients_batch(self, *args, **kwargs):
        """Propose nobody to write to about a present, least of all its buyer.

        An answer goes to whoever asked, see :meth:`_answer_by_mail`.
        """
        found = super()._message_get_suggested_recipients_batch(*args, **kwargs)
        presents = self.filtered("is_by_recipient")
        return found | dict.fromkeys(presents.ids, [])

    def _note_question(self, message):
        # sudo: whoever writes need not see exceptions
        rma = self.sudo()
        asked = rma._get_open_exceptions().filtered(lambda e: e.type == "question")
        if not message.sudo()._is_from_customer():  # sudo: as above
            asked._close_gone()
        elif not asked and rma.company_id.reverse_portal != "no":
            asked._raise_for(rma, "question")

    def _check_file_count(self):
        """Refuse more files of customers and visitors than anybody looks at."""
        self.ensure_one()
        own = [("res_model", "=", self._name), ("res_id", "=", self.id)]
        # sudo: files of everybody count
        files = self.env["ir.attachment"].sudo()
        if files.search_count(own, limit=MOST_FILES + 1) > MOST_FILES:
            raise UserError(
                self.env._(
                    "%(rma)s has %(most)s files already. Please write to us instead.",
                    rma=self.display_name,
                    most=MOST_FILES,
                )
            )

    # ------------------------------------------------------------------
    # What customers are told
    # ------------------------------------------------------------------
    def _waits_for_customer(self):
        """Whether the customer has the goods, and is to hand them over."""
        self.ensure_one()
        here = self.parcel_back or self.line_ids.counter_condition_id
        return not (here or self._is_dangerous())

    def _is_dangerous(self):
        """Whether the customer has goods that nobody should send."""
        self.ensure_one()
        waiting = self.state in ("draft", "requested", "authorized")
        return (
            waiting
            and not self.received_at
            and any(self.line_ids.mapped("is_damaged_hazard"))
        )

    def _tell_requested(self):
        """Tell whose request a person looks at, and what is missing to decide it."""
        waiting = self.filtered(lambda rma: rma.state == "requested")
        lacking = waiting.filtered(lambda rma: rma._get_customer_gaps())
        lacking._tell_customers("proof")
        (waiting - lacking)._tell_customers("requested")

    def _tell_customers(self, step):
        """Write to the customers what has happened, each in their language.

        Companies whose customers do not follow their returns write themselves; others
        switch a mail off by archiving its template. The mails leave later, so that
        none is sent of what is rolled back. What a recipient asked for is told to them,
        in words without prices; whoever paid is told of their credit.

        :param str step: key of :meth:`_get_customer_mails`
        """
        # sudo: whoever takes the step need not read addresses
        rmas = self.sudo().filtered(lambda rma: rma.company_id.reverse_portal != "no")
        if not rmas:
            return
        name = self._get_customer_mails()[step]
        template = self.env.ref(name, raise_if_not_found=False)
        # sudo: the mail says what the customer may know
        template = template and template.sudo()
        if not template or not template.active:
            return
        told = rmas.filtered(
            lambda rma: (
                rma.partner_id.email
                and (rma._shows_prices() or step in self._get_payer_mails())
            )
        )
        told._send_mails(template)
        given = rmas.filtered("recipient_email")
        template = self.env.ref("reverse_logistics.mail_template_recipient", False)
        if given and template and template.active:
            # sudo: this mail says what whoever has the goods may know
            template = template.sudo().with_context(reverse_step=step)
            given._send_mails(template)

    @api.model
    def _get_payer_mails(self):
        """Give the steps of which whoever pays is told, also of others' returns."""
        return {"credited"}

    def _send_mails(self, template):
        """Mail to the customers of these returns, and give the mails."""
        if not self:
            return self.env["mail.mail"]
        return template.send_mail_batch(
            self.ids, email_layout_xmlid="reverse_logistics.mail_layout"
        )

    @api.model
    def _get_customer_mails(self):
        """Give the mail of each step; addons add theirs."""
        return MAILS

    def _tell_findings(self):
        """Tell once how goods were found, where nothing is credited for them yet."""
        waiting = self.filtered(
            lambda rma: (
                rma.state == "authorized"
                and rma.stage in ("inspected", "put_away")
                and rma.company_id.reverse_portal != "no"
                and not rma.findings_told
                and rma._get_customer_findings()
            )
        )
        if waiting:
            waiting._guarded_write({"findings_told": True})
            waiting._tell_customers("inspected")

    @api.model
    def _cron_remind(self):
        """Remind customers of the last day to send their goods; in batches."""
        companies = self.env["res.company"].search(
            [("reverse_remind_days", ">", 0), ("reverse_portal", "!=", "no")]
        )
        ids = []
        for company in companies:
            today = company._get_reverse_today()
            last = today + timedelta(company.reverse_remind_days)
            domain = [
                ("company_id", "=", company.id),
                ("state", "=", "authorized"),
                ("expires_on", ">=", today),
                ("expires_on", "<=", last),
                ("shipped_at", "=", False),
                ("received_at", "=", False),
            ]
            ids += self.search(domain, order="id")._get_unreminded().ids
        self.env["ir.cron"]._commit_progress(remaining=len(ids))
        for batch in split_every(BATCH, ids):
            rmas = self.browse(batch)
            if not run_batch(self.env, rmas._remind, len(batch)):
                return

    def _get_unreminded(self):
        """Give those whose customers still have to send something by a new last day."""
        return self.filtered(
            lambda rma: (
                rma.expires_on != rma.reminded_of and rma._is_shippable_by_customer()
            )
        )

    def _remind(self):
        """Remind once of each last day; an extension is another one."""
        rmas = self.exists()._get_unreminded()
        rmas._guarded_write_each({rma: {"reminded_of": rma.expires_on} for rma in rmas})
        rmas._tell_customers("expiring")

    # ------------------------------------------------------------------
    # What customers read
    # ------------------------------------------------------------------
    def _get_milestones(self):
        """Give how far the return has come: ``[(label, day or None, reached)]``."""
        self.ensure_one()
        labels = {
            "requested": self.env._("Requested"),
            "authorized": self.env._("Accepted"),
            "shipped": self.env._("Sent by you"),
            "received": self.env._("Received by us"),
            "inspected": self.env._("Inspected"),
            "settled": self.env._("Settled"),
        }
        done = self.inspection_ids.filtered(lambda part: part.state == "done")
        inspected = "draft" not in self.inspection_ids.mapped("state") and done
        moments = {
            "requested": self.requested_at,
            "authorized": self.authorized_at,
            "shipped": self.shipped_at,
            "received": self.received_at,
            "inspected": inspected and max(done.mapped("inspected_at")),
            "settled": self.closed_at if self.state == "done" else None,
        }
        last = max(
            (number for number, name in enumerate(MILESTONES) if moments[name]),
            default=-1,
        )
        return [
            (labels[name], moments[name], number <= last)
            for number, name in enumerate(MILESTONES)
        ]

    def _get_customer_gaps(self):
        """Give what a requested return waits for: ``{line: what is missing}``."""
        self.ensure_one()
        lines = self.line_ids.filtered(lambda line: line._awaits_proof())
        gaps = lines._find_proof_gaps()
        return {line: line._name_proofs(codes) for line, codes in gaps.items()}

    def _get_label_hint(self):
        """Say where the customer gets a label for the parcel, nothing without one.

        reverse_logistics_delivery knows of labels.
        """
        self.ensure_one()
        return False

    def _needs_no_sending(self):
        """Whether it is accepted, and the customer keeps all of it."""
        self.ensure_one()
        return self.state == "authorized" and not self.line_ids._get_lines_to_send()

    def _get_customer_state(self):
        """Say in a sentence where the return stands and what the customer does now."""
        self.ensure_one()
        if self.state != "draft" and self._is_dangerous():
            return self.env._("Please do not send it. We call you.")
        if self._get_customer_gaps():
            return self.env._("Something is missing. Please add it below, we wait.")
        if self.offer_state == "sent":
            return self.env._("We have made you an offer. Please answer it below.")
        if self._needs_no_sending():
            return self.env._("Nothing needs to be sent back.")
        if self.state == "done" and self._get_customer_denied():
            return self._say_denied()
        looked_at = self.env._(
            "We have looked at the goods, and tell you what follows as soon as it is "
            "decided."
        )
        sentences = {
            "draft": self.env._("Not requested yet: check it, then send your request."),
            "requested": self.env._(
                "We look at your request and tell you what we decide."
            ),
            "authorized": self.env._("Accepted. Please send the goods now."),
            "in_transit": self.env._("The goods are on their way to us."),
            "receiving": self.env._("Part of the goods has arrived."),
            "received": self.env._("The goods are here. We look at them now."),
            "inspected": looked_at,
            "put_away": looked_at,
            "settled": self.env._("Everything is settled."),
            "rejected": self.env._("We could not accept this return."),
            "cancelled": self.env._("This return was cancelled."),
            "expired": self.env._("The time to send the goods is over."),
        }
        return sentences[self.stage]

    def _get_customer_stage(self):
        """Give the name of the stage in a word for a badge, and its look."""
        self.ensure_one()
        if self.state == "authorized" and self._is_dangerous():
            return self.env._("Do not send it"), "text-bg-danger"
        if self._get_customer_gaps():
            return self.env._("Something is missing"), "text-bg-warning"
        if self.offer_state == "sent":
            return self.env._("Please answer"), "text-bg-primary"
        usual = "text-bg-light border"
        if self._needs_no_sending():
            return self.env._("Nothing to send"), usual
        good, bad = "bg-success-subtle text-success-emphasis", "text-bg-danger"
        if self.state == "done" and self._get_customer_denied():
            if self._get_customer_credits():
                return self.env._("Credited in part"), "text-bg-warning"
            return self.env._("Not credited"), bad
        badges = {
            "draft": (self.env._("Not requested yet"), "text-bg-warning"),
            "requested": (self.env._("We look at it"), usual),
            "authorized": (self.env._("Please send it"), "text-bg-primary"),
            "in_transit": (self.env._("On its way"), usual),
            "settled": (self.env._("Settled"), good),
            "rejected": (self.env._("Not accepted"), bad),
            "cancelled": (self.env._("Cancelled"), usual),
            "expired": (self.env._("Expired"), usual),
        }
        return badges.get(self.stage, (self.env._("With us"), usual))

    def _get_customer_denied(self):
        """Give the parts for which the customer wanted money and gets none."""
        self.ensure_one()
        # sudo: what is told of their own goods
        return self.sudo().inspection_ids.filtered(
            lambda part: (
                part.state == "done"
                and part.denied
                and part.line_id._get_settlement_type() == "refund"
            )
        )

    def _say_denied(self):
        """Say that goods are not credited, and what the customer can do about it."""
        if self._get_customer_credits():
            return self.env._(
                "We have credited part of the goods, and could not credit what is "
                "marked below. If you do not agree, ask a person."
            )
        return self.env._(
            "We have looked at the goods, and could not credit them. If you do not "
            "agree, ask a person."
        )

    def _tell_denied(self):
        """Tell customers once that goods of a finished return are not credited."""
        untold = self.filtered(
            lambda rma: not rma.denied_told and rma._get_customer_denied()
        )
        if untold:
            untold._guarded_write({"denied_told": True})
            untold._tell_customers("denied")

    def _get_customer_credited(self):
        """Give what was credited: ``[(return line, quantity)]``."""
        self.ensure_one()
        released = self.settlement_ids.filtered(lambda s: s.state == "released")
        lines = released.line_ids.filtered("quantity")
        return [
            (line, sum(own.mapped("quantity")))
            for line, own in lines.grouped("rma_line_id").items()
        ]

    def _get_customer_replacements(self):
        """Give the deliveries of what is sent instead."""
        self.ensure_one()
        # sudo: what the customer is sent
        moves = self.sudo().settlement_ids.line_ids.replacement_move_ids
        return moves.filtered(
            lambda move: move.state != "cancel" and move.location_dest_id._is_outgoing()
        )

    def _get_customer_findings(self):
        """Give the parts of which somebody has noted how they were found."""
        self.ensure_one()
        return self.inspection_ids.filtered(lambda part: part._is_finding())

    def _foresee_credit(self):
        """Give what a refund would be, as settlements compute it; nothing is written.

        :return: ``{line: {"net", "fee", "tax", "total", "currency"}}``, without what is
            not billed yet; nothing once goods are here or something was settled
        """
        self.ensure_one()
        waiting = self.state in ("draft", "requested", "authorized")
        settled = self.received_at or self.settlement_ids.filtered(
            lambda s: s.state != "cancelled" or s._is_overruled()
        )
        hidden = not self._shows_prices() or self.settlement_type != "refund"
        if hidden or settled or not waiting or self._is_dangerous():
            return {}
        found = self.env["reverse.settlement.line"]._foresee(self.line_ids)
        credits = {}
        for line, own in found.items():
            given = [part._get_given() for part in own]
            net, total = (sum(amounts) for amounts in zip(*given, strict=True))
            fee = sum(part._get_fee_withheld() for part in own)
            credits[line] = {
                "net": net + fee,
                "fee": fee,
                "tax": total - net,
                "total": total,
                "currency": own.currency_id[:1],
            }
        return credits

    def _get_kept_freight(self):
        """Give what sending the goods cost the customer, and is not given back.

        reverse_logistics_delivery knows it.

        :return: ``[(order, amount with tax)]``
        """
        self.ensure_one()
        return []

    def _foresee_deadline(self):
        """Give until when the goods had to be sent if they were accepted today."""
        self.ensure_one()
        version = self.line_ids._get_last_version()
        return not self.basis and self._plan_expiry(version.validity_days)

    def _get_customer_credits(self):
        """Give the posted credit notes of this return."""
        self.ensure_one()
        return self.credit_note_ids.filtered(lambda move: move.state == "posted")

    def _get_customer_deductions(self):
        """Give what was withheld: ``[(product, amount, reason, currency)]``."""
        self.ensure_one()
        given = self.settlement_ids.filtered(lambda s: s.state == "released").line_ids
        rows = []
        for line in given:
            currency = line.settlement_id.currency_id
            product = line.rma_line_id.product_id.display_name
            if line.deduction:
                reason = line.deduction_reason or self.env._("Deduction")
                rows.append((product, line.deduction, reason, currency))
            if line.fee:
                rows.append((product, line.fee, line._get_fee_label(), currency))
        return rows


def _is_same(key, token):
    """Compare a key with what a visitor sent, in a time that tells nothing of it."""
    return token.isascii() and consteq(key, token)
