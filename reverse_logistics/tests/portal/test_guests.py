"""Who has no account returns one order, or one delivery of which they have the code."""

import re
from datetime import timedelta
from unittest.mock import patch
from urllib.parse import urlencode

from odoo import SUPERUSER_ID, Command, fields, http
from odoo.exceptions import AccessError, UserError
from odoo.tests import HOST, tagged
from odoo.tools import mute_logger

from ...controllers import visitor
from ...models.portal import (
    reverse_guest_request,
    reverse_rma,
    reverse_visitor_mixin,
)
from ..portal_common import PortalCase

EMAIL = "ada@example.com"
USED = "This link was used already"
MIXIN = reverse_visitor_mixin.__name__


@tagged("post_install", "-at_install")
class TestGuests(PortalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.reverse_slip_code = True
        cls.customer.write({"email": EMAIL, "street": "Analytical Street 5"})
        cls.env.ref("base.public_user").write(
            {
                "company_ids": [Command.link(cls.company.id)],
                "company_id": cls.company.id,
            }
        )
        cls.requests = cls.env["reverse.guest.request"]
        cls.line = cls._sell(3, 123.45)
        cls.order, cls.move = cls.line.order_id, cls.line.move_ids
        cls.delivery = cls.move.picking_id

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _send(self, url, values=None, files=None, **options):
        """Send a form; binding a visitor gives their session another number."""
        page = super()._send(url, values, files, **options)
        sid = self.opener.cookies.get("session_id", domain=HOST)
        self.session = http.root.session_store.get(sid)
        return page

    def _ask(self, number, email=EMAIL):
        return self._send("/returns/guest", {"number": number, "email": email})

    def _answer(self):
        """Do what the server does right after; give the mails, the last first."""
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", return_value=60.0):
            self.requests.with_user(SUPERUSER_ID)._cron_answer()
        self.env.invalidate_all()
        return self.env["mail.mail"].search(
            [("model", "=", self.requests._name)], order="id desc"
        )

    def _get_link(self, mail):
        self.assertIn(f"company={self.company.id}", mail.body_html)
        link = re.search(r"/returns/guest/open\?key=[\w-]+", mail.body_html)[0]
        # Auditors read the message before it is sent, and open nothing by it.
        self.assertNotIn(link.partition("=")[2], mail.mail_message_id.body)
        return link

    def _let_in(self):
        """Open the link to the order of a guest; give the page behind it."""
        self._ask(self.order.name)
        link = self._get_link(self._answer()[0])
        return self._send("/returns/guest/open", {"key": link.partition("=")[2]})

    def _enter(self, code, email="gift@example.com"):
        return self._send("/returns/code", {"code": code, "email": email})

    def test_by_a_link_that_works_once(self):
        login = self._read("/web/login").get_element_by_id("reverse_guest_login")
        form = self._read(login.get("href")).xpath("//form[@method='post']")[0]
        self.assertEqual(form.action, "/returns/guest")
        page = self._ask(f" #{self.order.name.lower()} ", "Ada@Example.com")
        self.assertIn("a link is on its way", self._text(page, "reverse_sent"))
        mail = self._answer()
        self.assertEqual((len(mail), mail.email_to, mail.auto_delete), (1, EMAIL, True))
        self.assertIn(self.order.name, mail.subject)
        link = self._get_link(mail)
        # what looks into mails only reads them
        for _reader in range(2):
            page = self._read(link)
            self.assertTrue(page.get_element_by_id("reverse_open") is not None)
        self._read(f"/my/returns/new?order_id={self.order.id}")
        self.assertTrue(self.place.endswith("/returns/guest"), "where to begin anew")

        form = page.xpath("//form[@action='/returns/guest/open']")[0]
        before = self.session.sid
        page = self._send(form.action, {"key": form.fields["key"]})
        self.assertNotEqual(self.session.sid, before)
        self.assertIn(self.order.name, self._text(page))
        self.assertIn("of 3 units", self._text(page))
        page = self._begin(self.move, 2, order_id=self.order.id)
        rma = self._get_last_return()
        self.assertEqual(
            (rma.partner_id, rma.line_ids.move_id), (self.customer, self.move)
        )
        self.assertIn("$ 246.90", self._text(page))
        self._begin(self.move, 1, order_id=self.order.id)
        second = self._get_last_return()
        page = self._send(f"/my/returns/{second.id}/cancel")
        self.assertFalse(second.exists())
        self.assertIn(f"/my/returns/new?order_id={self.order.id}", self.place)
        self.assertIn("of 3 units", self._text(page))
        self._send(f"/my/returns/{rma.id}/request")
        self.assertEqual(rma.state, "authorized")
        told = self.env["mail.mail"].search([("res_id", "=", rma.id)])
        self.assertEqual(told.recipient_ids, self.customer)
        page = self._read(f"/my/returns/new?order_id={self.order.id}")
        self.assertIn(rma.name, self._text(page, "reverse_begun"))

        # another visitor with the same link
        self.authenticate(None, None)
        page = self._send("/returns/guest/open", {"key": form.fields["key"]})
        self.assertIn(USED, self._text(page, "reverse_used"))
        for key in ("", "guessed", "x" * 10_000, "\0x"):
            page = self._send("/returns/guest/open", {"key": key})
            self.assertIn(USED, self._text(page, "reverse_used"))
        self._read(f"/my/returns/{rma.id}")
        self.assertNotIn("/my/returns/", self.place)

    def test_nothing_else_is_let_in(self):
        other = self._sell(1, 50)
        foreign_move = other.move_ids
        own, foreign = self._requested(self.move), self._requested(foreign_move)
        self._let_in()
        page = self._begin(foreign_move, 1, order_id=self.order.id)
        self.assertIn("Enter how many pieces", self._text(page, "reverse_error"))
        own_page = f"/my/returns/new?order_id={self.order.id}"
        for address in (
            f"/my/returns/new?order_id={other.order_id.id}",
            "/my/returns/new",
            f"/my/returns/new?delivery_id={self.delivery.id}",
            f"/my/returns/new?delivery_id={self.order.id}",
            f"/my/returns/{own.id}",  # made by the customer, not in this way
            f"/my/returns/{foreign.id}",
        ):
            self._read(address)
            self.assertTrue(self.place.endswith(own_page), (address, self.place))
        # what one page does not show is searched for
        toaster = self._create_product("Toaster")
        self._stock(toaster, 1)
        self.order = self._new_order((self.product, 1), (toaster, 1))
        kettle = self._deliver(self.order)[0]
        self._let_in()
        with patch.object(reverse_rma, "MOST_OFFERED", 1):
            page = self._read(f"/my/returns/new?order_id={self.order.id}")
            self.assertIn("Search for the product", self._text(page, "reverse_older"))
            self.assertNotIn("Kettle", self._text(page))
            [form] = page.xpath("//form[@role='search']")
            sent = {**dict(form.fields), "search": "kettle"}
            page = self._read(f"{form.action}?{urlencode(sent)}")
            self.assertNotIn("Toaster", self._text(page))
            self._begin(kettle, 1, **sent)
        self.assertEqual(self._get_last_return().line_ids.move_id, kettle)
        # a visitor who enters a code is no longer the customer of the order
        self._enter(self.delivery._get_reverse_slip()["code"])
        form = f"/my/returns/new?delivery_id={self.delivery.id}&search="
        for text, found in (("kettle", True), (self.order.name, False)):
            page = self._read(form + text)
            self.assertEqual("Kettle" in self._text(page), found, text)
            self.assertTrue(page.xpath("//form[@role='search']/input[@type='hidden']"))
        self._read(f"/my/returns/new?order_id={self.order.id}")
        self.assertTrue(self.place.endswith(f"delivery_id={self.delivery.id}"))

    def test_what_is_bound_ends(self):
        def opens():
            self._read(f"/my/returns/new?order_id={self.order.id}")
            return "/my/returns/new" in self.place

        self._let_in()
        self.assertTrue(opens())
        with patch.object(
            visitor.time, "time", return_value=visitor.time.time() + 3601
        ):
            self.assertFalse(opens())
        self.order.state = "cancel"
        self.assertFalse(opens())
        self.order.state = "sale"
        self.company.reverse_portal = "follow"
        self.assertFalse(opens())
        for address in ("/returns/guest", "/returns/guest/open", "/returns/code"):
            self.assertEqual(self.url_open(address).status_code, 404)
        self.company.reverse_portal = "request"
        self.assertTrue(opens())
        # a link that nobody opened in time
        self._ask(self.order.name)
        link = self._get_link(self._answer()[0])
        last = self.requests.search([], limit=1)
        last._guarded_write({"valid_until": fields.Datetime.now() - timedelta(0, 1)})
        page = self._send("/returns/guest/open", {"key": link.partition("=")[2]})
        self.assertIn(USED, self._text(page, "reverse_used"))

    def test_whoever_asks_learns_nothing(self):
        draft = self.order.copy()
        foreign = self._new_order((self.product, 1), partner_id=self.stranger.id)
        pages = set()
        orders = type(self.env["sale.order"])
        numbers = [*(self.order | foreign | draft).mapped("name"), "S99999"]
        with patch.object(orders, "_search", side_effect=AssertionError("reads it")):
            for number in numbers:
                pages.add(self._text(self._ask(number)))
        self.assertEqual(len(pages), 1)
        mails = self._answer()
        self.assertEqual(len(mails), 1)
        self.assertIn(self.order.name, mails.subject)
        stored = self.requests.search([])
        self.assertEqual(stored.order_id, self.order)
        self.assertTrue(all(stored.mapped("handled_at")))
        for number, email, sentence in (
            (" ", EMAIL, "enter the number of your order"),
            ("x" * 201, EMAIL, "enter the number of your order"),
            ("S1", "ada", "enter your email address"),
            ("S1", "a@b.com, c@d.com", "enter your email address"),
        ):
            page = self._ask(number, email)
            self.assertIn(sentence, self._text(page, "reverse_error"))
        self.assertEqual(self.requests.search([]), stored)

    def test_limits(self):
        self.customer.email = "ada@other.example"
        for _again in range(2):
            self._ask(self.order.name, "ada@other.example")
        self.assertEqual(len(self._answer()), 2)
        # by order: its customer has another address now
        self.customer.email = EMAIL
        for _again in range(2):
            self._ask(self.order.name)
        self.assertEqual(len(self._answer()), 3)
        # by address, whatever is asked for; what mailed nothing fills no mailbox, and
        # one that fails keeps nobody else waiting
        order = self._new_order((self.product, 1))
        self._ask("S99999")
        self._ask(order.name)
        orders = type(order)
        find = orders._find_reverse_order

        def fail(model, number, email):
            if number == "S99999":
                raise ValueError("broken")
            return find(model, number, email)

        with patch.object(orders, "_find_reverse_order", fail), mute_logger(MIXIN):
            self.assertEqual(len(self._answer()), 4)
        self.assertTrue(all(self.requests.search([]).mapped("handled_at")))
        for _again in range(2):
            self._ask(order.name)
        self.assertEqual(len(self._answer()), 5)
        # by visitor: the answer stays the same
        with patch.object(reverse_guest_request, "TRIES_PER_HOUR", 8):
            page = self._ask(order.name)
        self.assertIn("a link is on its way", self._text(page, "reverse_sent"))
        # in all: what is handled and old makes room, of the busiest visitor first
        stored = self.requests.search([])
        self.assertEqual(len(stored), 8)
        self.assertNotIn("127.0.0.1", stored.mapped("visitor"))
        stored[0]._guarded_write({"visitor": "rare"})
        with patch.object(reverse_guest_request, "MOST_KEPT", 8):
            self._ask(order.name)
            self.assertEqual(self.requests.search([]), stored)
            long_ago = fields.Datetime.now() - timedelta(hours=2)
            stored[:3]._guarded_write({"asked_at": long_ago})
            self._ask(order.name)
        self.env.invalidate_all()
        self.assertEqual(self.requests.search([])[1:], stored - stored[1:3])
        stored[3]._guarded_write({"asked_at": fields.Datetime.now() - timedelta(4)})
        self.requests._gc_requests()
        self.assertEqual(self.requests.search([])[1:], stored[0] + stored[4:])

    def _read_slip(self):
        """Print the delivery slip as the warehouse does; give its text."""
        report = self.env["ir.actions.report"].with_user(self.users["receiver"])
        content, _kind = report._render_qweb_html(
            "stock.report_deliveryslip", self.delivery.ids
        )
        return " ".join(content.decode().split())

    def test_the_code_of_a_delivery(self):
        self.assertFalse(self.delivery.sudo().reverse_code)
        slip = self._read_slip()
        code = re.search(r"([A-Z0-9]{4}-){2}[A-Z0-9]{4}", slip)[0]
        self.assertIn("/returns/code", slip)
        self.assertIn("data:image/svg+xml", slip)
        self.assertEqual(self.delivery.sudo().reverse_code, code.replace("-", ""))
        self.assertIn(code, self._read_slip())
        self.assertIn("Goods may come back until", slip)
        self._set_policy(window_days=14)
        until = self.delivery._get_reverse_until()
        today = self.company._to_reverse_day(self.delivery.date_done)
        self.assertEqual(until, today + timedelta(14))
        # a date that is entered later changes nothing
        self._as("receiver", self.delivery).date_done += timedelta(400)
        self.assertEqual(self.delivery._get_reverse_until(), until)
        self._set_policy(window_from="invoice")
        self.assertNotIn("Goods may come back until", self._read_slip())
        self.company.reverse_slip_code = False
        self.assertNotIn("/returns/code", self._read_slip())
        self.assertEqual(self.url_open("/returns/code").status_code, 404)
        for user in (self.users["administrator"], self.users["receiver"]):
            with self.assertRaises(AccessError):
                self.delivery.with_user(user).read(["reverse_code"])
            with self.assertRaises(AccessError):
                self.delivery.with_user(user).write({"reverse_code": "A" * 12})
            with self.assertRaises(AccessError):
                self.env["stock.picking"].with_user(user).search(
                    [("reverse_code_hash", "!=", False)]
                )

    def test_guesses_are_limited(self):
        code = self.delivery._get_reverse_slip()["code"]
        page = self._read(f"/returns/code?code={code}")
        self.assertEqual(page.get_element_by_id("code").value, code)
        self.assertFalse(self.requests.search([]))
        with patch.object(reverse_guest_request, "TRIES_PER_HOUR", 4):
            for guess in ("\0x", "A" * 12, code[:-1]):
                page = self._enter(guess)
                self.assertIn(
                    "do not know this code", self._text(page, "reverse_error")
                )
            page = self._enter(code, "nobody")
            self.assertIn("enter your email", self._text(page, "reverse_error"))
            self._enter(code.lower().replace("-", " "))
            self.assertIn("/my/returns/new", self.place)
            page = self._enter(code)
            self.assertIn("Too many codes", self._text(page, "reverse_error"))
        self.assertFalse(any(self.requests.search([]).mapped("number")))

    def test_recipients_never_learn_of_the_sale(self):
        """Neither on a page, nor on the slip, nor in a mail, from code to credit."""
        self._set_policy(max_value=201.75, proof_photo=True)
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        template = self.env.ref("reverse_logistics.mail_template_recipient")
        template.with_context(lang="de_DE").subject = "{{ object.name }}: Paket"
        secrets = (
            *(self.customer.name, self.customer.street, EMAIL, self.order.name),
            *(
                self.order.invoice_ids.name,
                "123.45",
                "246.9",
                "201.75",
                "$\xa0",
                "INV/",
            ),
        )

        def check(html):
            for secret in secrets:
                self.assertNotIn(secret, html)

        def look(url):
            answer = self.url_open(url)
            self.assertEqual(answer.status_code, 200)
            self.assertIn("Kettle", answer.text, url)
            check(answer.text)
            return answer

        self._enter(self.delivery._get_reverse_slip()["code"])
        form = f"/my/returns/new?delivery_id={self.delivery.id}"
        page = look(form)
        self.assertIn("A refund goes to whoever paid", page.text)
        for quantity, reason in (("4", self.unwanted.id), ("2", "")):
            page = self._begin(
                self.move, quantity, delivery_id=self.delivery.id, reason=reason
            )
            self.assertIn("reverse_error", page.xpath("//@id"))
            check(self._text(page))
        self._begin(
            self.move,
            2,
            delivery_id=self.delivery.id,
            recipient_email="x@x.example",
            comment="I have two of them",
            key="k" * 43,
        )
        rma = self._get_last_return()
        self.assertEqual((rma.partner_id, rma.state), (self.customer, "draft"))
        self.assertEqual(
            (rma.is_by_recipient, rma.recipient_email), (True, "gift@example.com")
        )
        link = f"/my/returns/{rma.id}"
        self.assertIn(f"{link}?access_token=", self.place)
        token = self.place.rpartition("=")[2]
        with patch(f"{reverse_rma.__name__}.MOST_DRAFTS", 1):
            page = self._begin(self.move, 1, delivery_id=self.delivery.id)
            self.assertIn("try again tomorrow", self._text(page, "reverse_error"))
            self.env["reverse.rma"]._check_drafts(self.customer)
        self.assertIn("We need this before", look(link).text)
        page = self._send(f"{link}/request")
        self.assertIn("We need this before", self._text(page, "reverse_error"))
        self._send(
            f"{link}/files",
            {"line_id": rma.line_ids.id, "code": "photo"},
            files={"files": ("goods.jpg", self._picture())},
        )
        self._send(f"{link}/request")
        self.assertEqual(rma.line_ids.decision_code, "max_value")
        self.assertIn("does not decide this by itself", look(link).text)
        self.assertNotIn(self.customer, rma.message_partner_ids)
        self._as("service", rma).exception_reason = "It was a present."
        for approver in (
            self.users["approver"],
            self._create_user("approver", login="second"),
        ):
            rma.with_user(approver).action_authorize()
        self.assertIn("Send the goods", look(link).text)
        self.assertIn(rma.name, look(f"{link}?report_type=pdf").text)
        self._send(f"{link}/ship", {"tracking": "1Z 999"})
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self._settle(rma.settlement_ids.filtered(lambda each: each.state == "draft"))
        self.assertEqual(rma.state, "done")
        secrets += (rma.credit_note_ids.name,)
        look(link)

        # the link in the mails, in another browser, opens the same and no messages
        self.authenticate(None, None)
        look(f"{link}?access_token={token}")
        self._read(link)
        self.assertNotIn(link, self.place)
        for address in ("/mail/chatter_fetch", "/portal/chatter_init"):
            params = {"thread_model": rma._name, "thread_id": rma.id, "token": token}
            check(self.url_open(address, json={"params": params}).text)

        mails = self.env["mail.mail"].search(
            [("model", "=", rma._name), ("res_id", "=", rma.id)], order="id"
        )
        mine = mails.filtered(lambda mail: mail.email_to == "gift@example.com")
        self.assertFalse(mine.recipient_ids)
        words = ("We look at it", "is accepted", "have arrived", "went to whoever paid")
        for mail, word in zip(mine, words, strict=True):
            check(mail.subject + mail.body_html)
            self.assertIn("your return", mail.subject, "in the recipient's language")
            self.assertIn(word, mail.body_html)
            self.assertIn(f"{link}?access_token={token}", mail.body_html)
        # whoever paid is told of their credit, and nothing else
        [paid] = mails - mine
        self.assertEqual(paid.recipient_ids, self.customer)
        self.assertIn("246,90", paid.body_html)
        self.assertNotIn("gift@example.com", paid.body_html)
        self._check_words_stay_apart(rma, link, token)

        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            rma.with_user(self.users["service"]).is_by_recipient = False
        self.customer.with_user(self.users["administrator"])._reverse_erase()
        self.assertFalse(rma.recipient_email)
        self.assertFalse(rma.sudo().submission, "the form opens nothing any more")
        self._read(f"{link}?access_token={token}")
        self.assertNotIn(link, self.place)

    def test_users_do_not_read_the_link_of_a_recipient(self):
        rma = self._requested(self.move, 1)
        given = {"is_by_recipient": True, "recipient_email": "gift@example.com"}
        rma._guarded_write(given)
        token = rma.sudo()._get_recipient_token()
        template = self.env.ref("reverse_logistics.mail_template_recipient")
        for role in ("service", "approver", "administrator"):
            user = self.users[role]
            mine = rma.with_user(user)
            self.assertEqual(mine._get_recipient_token(), "")
            values = {
                "model": rma._name,
                "res_ids": str(rma.ids),
                "template_id": template.id,
                "composition_mode": "comment",
            }
            composer = self.env["mail.compose.message"].with_user(user).create(values)
            self.assertIn(f"{rma.access_url}?access_token=", composer.body)
            self.assertNotIn(token, composer.body)
            # what they do not read is still compared with
            self.assertTrue(mine._is_opened_by(token))
            self.assertTrue(mine._shows_words_to(token))
            for wrong in ("", "wrong"):
                self.assertFalse(mine._is_opened_by(wrong))
                self.assertFalse(mine._shows_words_to(wrong))
        rma._guarded_write({"recipient_email": False})
        self.assertFalse(rma._is_opened_by(""))
        self.assertFalse(rma._is_opened_by(token))

    def _check_words_stay_apart(self, rma, link, token):
        """Buyer and recipient do not read of each other, and both get answers."""
        said = {"message_type": "comment", "subtype_xmlid": "mail.mt_comment"}
        clerk = self._as("service", rma)
        self.assertFalse(clerk._message_get_suggested_recipients(reply_discussion=True))
        for asker in ("gift@example.com", EMAIL, "eve@example.com"):
            author = self.customer if asker == EMAIL else self.env["res.partner"]
            asked = {"body": f"Asked by {asker}", "message_type": "email"}
            rma.message_post(
                email_from=f"Somebody <{asker}>",
                author_id=author.id,
                **{**said, **asked},
            )
            self.assertIn("open", rma.exception_ids.mapped("state"))
            answer = clerk.message_post(**{"body": "It is done"}, **said)
            self.assertNotIn("open", rma.exception_ids.mapped("state"))
            self.assertFalse(clerk.message_post(**{"body": "A note"}).outgoing_email_to)
            told = self.env["mail.mail"].search([("mail_message_id", "=", answer.id)])
            known = asker != "eve@example.com"
            by_address = told.filtered("email_to").mapped("email_to")
            self.assertEqual(by_address, [asker] if known else [])
            self.assertFalse(told.recipient_ids.filtered("partner_share"))
        self.authenticate(None, None)
        for key in (rma.access_token, token):
            place = {"thread_model": rma._name, "thread_id": rma.id, "token": key}
            answer = self.url_open("/mail/chatter_fetch", json={"params": place})
            self.assertIn("NotFound", answer.text)
            page = self._read(f"{link}?access_token={key}")
            read = "I have two of them" in self._text(page)
            self.assertEqual(read, key == token)
