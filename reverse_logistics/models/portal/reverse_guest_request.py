from datetime import timedelta
from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine import limits
from ..base import codes

#: Requests of a visitor that are looked at within an hour.
TRIES_PER_HOUR = 20
#: Hours for which a link can be opened, once.
LINK_HOURS = 24
#: Requests above which older ones are forgotten, and for how many days they are kept.
MOST_KEPT = 20_000
KEPT_DAYS = 3


class ReverseGuestRequest(models.Model):
    """What a visitor without an account asked for: a link to an order, or a code.

    Where number and address are those of an order, a link is mailed right after. Codes
    of deliveries are answered at once; what is kept of them is only that this visitor
    tried one.

    Who asks too often gets the same answer and nothing is stored. All of it is
    forgotten after a few days; where too much is kept, what was handled is forgotten
    earlier, of those who asked most at first.
    """

    _name = "reverse.guest.request"
    _inherit = "reverse.visitor.mixin"
    _description = "Request of a Guest"
    _order = "id desc"
    _mailed_per_hour = {"email": 3, "order_id": 3}

    kind = fields.Selection(
        [("link", "Link to an Order"), ("code", "Return Code")],
        required=True,
        readonly=True,
        guarded=True,
    )
    asked_at = fields.Datetime(
        required=True,
        readonly=True,
        index=True,
        default=fields.Datetime.now,
        guarded=True,
    )
    number = fields.Char("Order Number", readonly=True, guarded=True)
    order_id = fields.Many2one(
        "sale.order",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        guarded=True,
        help="The order that was meant.",
    )
    # A hash of the link that can still be opened: nobody opens one by reading it here.
    link_hash = fields.Char(
        readonly=True,
        copy=False,
        index="btree_not_null",
        groups=fields.NO_ACCESS,
        guarded=True,
    )
    valid_until = fields.Datetime(readonly=True, guarded=True)

    @api.model
    def _check_create(self, vals_list):
        raise UserError(self.env._("These requests arrive by the pages for guests."))

    # ------------------------------------------------------------------
    # It arrives
    # ------------------------------------------------------------------
    @api.model
    def _read_entered(self, entered):
        """Read what a visitor entered to get a link.

        :param dict entered: of any names and values
        :raises UserError: for what is missing or too long
        """
        number = limits.clean_line(entered.get("number"))
        if not 0 < len(number) <= limits.ENTRY:
            raise UserError(self.env._("Please enter the number of your order."))
        return {"number": number, "email": self._read_email(entered)}

    @api.model
    def _read_email(self, entered):
        """Read the address that a visitor entered.

        :raises UserError: for what is none
        """
        email = super()._read_email(entered)
        if not email:
            raise UserError(self.env._("Please enter your email address."))
        return email

    @api.model
    def _receive(self, kind, company, visitor, **values):
        """Store that a visitor asked for something.

        :param str visitor: fingerprint of the visitor's address
        :return: what was stored, nothing for who asks too often
        """
        hour_ago = fields.Datetime.now() - timedelta(hours=1)
        asked = [("kind", "=", kind), ("visitor", "=", visitor)]
        asked += [("asked_at", ">", hour_ago)]
        if self.search_count(asked, limit=TRIES_PER_HOUR) >= TRIES_PER_HOUR:
            return self.browse()
        if not self._make_room(hour_ago):
            return self.browse()
        return self._guarded_create(
            {"kind": kind, "company_id": company.id, "visitor": visitor, **values}
        )

    @api.model
    def _receive_link(self, values, company, visitor):
        """Store that a visitor asked for a link; it is answered right after."""
        if self._receive("link", company, visitor, **values):
            # sudo: visitors start the action that answers them
            self.env.ref("reverse_logistics.cron_answer_guests").sudo()._trigger()

    @api.model
    def _make_room(self, before):
        """Forget old requests where too much is kept, of the busiest visitor first.

        What waits for its answer stays, and what counts for the limits.

        :param datetime before: until when a request is old
        :return: whether there is room for another one
        """
        if self.search_count([], limit=MOST_KEPT) < MOST_KEPT:
            return True
        old = Domain("asked_at", "<", before) & (
            Domain("handled_at", "!=", False) | Domain("kind", "=", "code")
        )
        for [visitor] in self._read_group(
            old, ["visitor"], order="__count desc", limit=1
        ):
            self.search(old & Domain("visitor", "=", visitor))._workflow().unlink()
            return True
        return False

    # ------------------------------------------------------------------
    # It is answered
    # ------------------------------------------------------------------
    @api.model
    def _get_waiting_domain(self):
        return [("kind", "=", "link"), *super()._get_waiting_domain()]

    def _handle(self):
        self._attempt("_send_link", self.env._("Link not sent"))

    def _send_link(self):
        """Mail a link where number and address are those of an order for guests."""
        order = self.env["sale.order"]._find_reverse_order(self.number, self.email)
        if order._is_reverse_open_to_guests():
            self._guarded_write({"order_id": order.id})
            self._pick_mailable()._mail_link()

    def _mail_link(self):
        """Make the link, which only its mail knows, and have it sent right away."""
        template = self.env.ref("reverse_logistics.mail_template_guest", False)
        if not self or not template or not template.active:
            return
        key = codes.new_key()
        now = fields.Datetime.now()
        self._guarded_write(
            {
                "link_hash": codes.fingerprint(key),
                "valid_until": now + timedelta(hours=LINK_HOURS),
                "mailed_at": now,
            }
        )
        order = self.order_id
        query = urlencode({"key": key, "company": order.company_id.id})
        link = f"{order.get_base_url()}/returns/guest/open?{query}"
        template.with_context(reverse_link=link).send_mail(self.id)
        self.env.ref("mail.ir_cron_mail_scheduler_action")._trigger()

    @api.model
    def _open(self, key):
        """Use up a link.

        Who opens it at the same time as somebody else is the second: both write the
        same row, and Odoo repeats the request that lost.

        :param key: of the link, of any type
        :return: the order to which it leads, none when it was used or is too old
        """
        wish = self.search(
            [
                ("link_hash", "=", codes.fingerprint(limits.clean_line(key))),
                ("valid_until", ">", fields.Datetime.now()),
            ],
            limit=1,
        )
        order = wish.order_id
        if wish:
            wish._guarded_write({"link_hash": False})
        return order.filtered(lambda each: each._is_reverse_open_to_guests())

    # ------------------------------------------------------------------
    # It is forgotten
    # ------------------------------------------------------------------
    @api.autovacuum
    def _gc_requests(self):
        """Forget what guests asked for some days ago, with all that names them."""
        kept_since = fields.Datetime.now() - timedelta(KEPT_DAYS)
        old = self.search([("asked_at", "<", kept_since)], limit=MOST_KEPT)
        old._workflow().unlink()
