"""A customer returns goods alone, and always reads where the return stands."""

import io
import json
from datetime import timedelta
from unittest.mock import patch

from PIL import Image

from odoo import Command, fields, http
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import format_date

from ...models.portal import reverse_rma, reverse_rma_line
from ..portal_common import PortalCase


@tagged("post_install", "-at_install")
class TestPortal(PortalCase):
    def test_from_the_first_page_to_the_credit_note(self):
        order_line = self._sell(3, 100)
        move = order_line.move_ids
        self.authenticate("ada", "ada")
        home = self._read("/my/home")
        self.assertTrue(home.xpath("//a[@href='/my/returns']"))
        orders = self._read("/my/orders")
        self.assertEqual(
            orders.get_element_by_id("reverse_new").get("href"), "/my/returns/new"
        )
        order_page = self._read(order_line.order_id.access_url)
        button = order_page.get_element_by_id("reverse_return")
        page = self._read(button.get("href"))
        self.assertIn(order_line.order_id.name, self._text(page))
        self.assertIn("of 3 units", self._text(page))
        self.assertIn("within the 30 days for returns", self._text(page))

        [key] = page.xpath("//input[@name='key']/@value")
        self._begin(move, 2, key=key)
        first = self._get_last_return()
        page = self._begin(move, 2, key=key)
        rma = self._get_last_return()
        self.assertEqual(rma, first, "a second click shows what the first made")
        self.assertIn(f"/my/returns/{rma.id}?", self.place)
        self.assertEqual((rma.state, rma.entered_by_id), ("draft", self.ada))
        self.assertEqual(rma.partner_id, order_line.order_id.partner_id)
        self.assertEqual(rma.line_ids.move_id, move)
        self.assertIn("within the 30 days for returns", self._text(page))
        self.assertIn("$ 200.00", self._text(page))

        page = self._send(f"/my/returns/{rma.id}/request")
        self.assertEqual((rma.state, rma.requested_by_id), ("authorized", self.ada))
        self.assertTrue(rma.authorized_by_version_id)
        self.assertEqual(
            self._text(page, "reverse_state"), "Accepted. Please send the goods now."
        )
        slip = self.url_open(f"/my/returns/{rma.id}?report_type=pdf")
        # a page where no PDF can be made
        self.assertIn(slip.headers["Content-Type"], ("application/pdf", "text/html"))
        self.assertIn("Put this page into the parcel", slip.text)

        page = self._send(f"/my/returns/{rma.id}/ship", {"tracking": "  1Z 999  "})
        self.assertEqual(
            (rma.stage, rma.carrier_tracking_ref), ("in_transit", "1Z 999")
        )
        self.assertEqual(
            self._text(page, "reverse_state"), "The goods are on their way to us."
        )
        # the customer's own word pays nothing
        self.assertFalse(rma._is_shipment_shown())

        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertEqual(rma.state, "done")
        page = self._read(f"/my/returns/{rma.id}")
        self.assertEqual(self._text(page, "reverse_state"), "Everything is settled.")
        [found] = page.xpath("//ul[@name='found']")
        self.assertEqual(
            [" ".join(row.text_content().split()) for row in found],
            [
                f"Received: 2 units, on {format_date(self.env, rma.received_at)}",
                "Found: 2 units – As new (grade A)",
            ],
        )
        money = self._text(page, "reverse_money")
        self.assertIn(rma.credit_note_ids.name, money)
        self.assertIn("$ 200.00", money)
        page = self._read("/my/returns")
        self.assertIn(rma.name, page.text_content())
        self.assertIn("Settled", page.text_content())

    def test_a_quantity_whichever_order_it_is_of(self):
        """Policy says which deliveries it is taken from; the draft shows them."""
        first, second, dear = (self._sell(3, price) for price in (100, 100, 300))
        for name in ("Toaster", "Cup"):
            product = self._create_product(name)
            self._stock(product, 1)
            self._sell(1, 50, product=product)
        moves = first.move_ids, second.move_ids, dear.move_ids
        for day, move in enumerate(moves, 1):
            move.date = fields.Datetime.now() - timedelta(9 - day)
        key = f"product-{self.product.id}-{self.company.id}"
        self.authenticate("ada", "ada")
        page = self._read("/my/returns/new")
        self.assertNotIn("reverse_sums", page.xpath("//@id"))
        page = self._read("/my/returns/new?search=toaster")
        self.assertNotIn("reverse_sums", page.xpath("//@id"))
        page = self._read("/my/returns/new?search=kettle")
        said = self._text(page, "reverse_sums")
        self.assertIn("Kettle from any of 3 deliveries of 9 units", said)
        self.assertEqual(
            page.xpath("//input[starts-with(@name,'product-')]/@name"), [key]
        )

        def ask(quantity, **values):
            return self._send(
                "/my/returns/new",
                {
                    "search": "kettle",
                    key: quantity,
                    "reason": self.unwanted.id,
                    **values,
                },
            )

        for allocation, expected in (
            ("newest", {dear: 3, second: 1}),
            ("oldest", {first: 3, second: 1}),
            ("lowest_price", {second: 3, first: 1}),
        ):
            self._set_policy(allocation=allocation)
            page = ask("4")
            lines = self._get_last_return().line_ids
            self.assertEqual(
                {line.sale_line_id: line.quantity for line in lines}, expected
            )
            for line in expected:
                self.assertIn(line.order_id.name, self._text(page))
        # beside what is named with its delivery, and no more than there is
        ask("2", **{f"quantity-{first.move_ids.id}-": "2"})
        lines = self._get_last_return().line_ids
        self.assertEqual(
            sorted((line.sale_line_id.id, line.quantity) for line in lines),
            [(first.id, 2), (second.id, 2)],
        )
        known = self._get_last_return()
        for quantity in ("10", "0.0", "-1", "x"):
            page = ask(quantity)
            said = self._text(page, "reverse_error")
            self.assertIn("Kettle: you can send back at most 9 units.", said)
        page = ask("8", **{f"quantity-{first.move_ids.id}-": "2"})
        self.assertIn("at most 7 units", self._text(page, "reverse_error"))
        self.authenticate("bolt", "bolt")
        page = ask("1")
        self.assertIn("cannot be sent back any more", self._text(page, "reverse_error"))
        self.assertEqual(self._get_last_return(), known)
        # a return is of one company
        elsewhere, returns = self.env.ref("base.main_company"), self.env["reverse.rma"]
        dear.move_ids.flush_recordset()
        self.env.cr.execute(
            "UPDATE stock_move SET company_id = %s WHERE id IN %s",
            (elsewhere.id, dear.move_ids._ids),
        )
        self.env.invalidate_all()
        lot = self.env["stock.lot"]
        left = {(move, lot): 3 for move in moves}
        policies = returns._get_policies(left)
        row = {"product": "Kettle", "quantity": "9"}
        self.assertIn(
            "only 6 units",
            self.env["reverse.rma.sheet"]._take(
                row, [*left], False, left, [], policies
            ),
        )
        sums = returns._sum_offered(left)
        self.assertEqual(
            {
                sold: (quantity, count)
                for sold, (_unit, quantity, count) in sums.items()
            },
            {(self.product, self.company): (6, 2)},
        )

    def test_what_is_outside_of_policy_waits_for_a_person(self):
        move = self._sell(3, 100).move_ids
        move.sudo().reverse_done_at = "2020-01-01 12:00:00"
        self.authenticate("ada", "ada")
        page = self._begin(move)
        self.assertIn("A person looks at it.", page.text_content())
        rma = self._get_last_return()
        line = rma.line_ids
        for code, sentence in (
            ("late", "Too late. A person looks at it."),
            ("withdrawal_late", "Too late."),
            (
                "other_customer",
                "Our policy does not decide this by itself. A person looks at it.",
            ),
        ):
            verdict = {"decision": "review", "decision_code": code}
            verdict["explanation"] = "Too late."
            self.assertEqual(line._explain_to_customer(verdict), sentence)
        self._send(f"/my/returns/{rma.id}/request")
        self.assertEqual(rma.state, "requested")
        # sending it again makes no second request
        page = self._send(f"/my/returns/{rma.id}/request")
        self.assertIn("this step is not possible", self._text(page, "reverse_error"))
        self.assertEqual(len(rma.event_ids), 1)
        page = self._send(f"/my/returns/{rma.id}/cancel")
        self.assertEqual(rma.state, "cancelled")
        self.assertEqual(
            self._text(page, "reverse_state"), "This return was cancelled."
        )
        self._send(f"/my/returns/{rma.id}/cancel")
        self.assertEqual(rma.state, "cancelled")

    def test_what_cannot_be_asked_for(self):
        move = self._sell(3, 100).move_ids
        foreign = self._deliver(
            self._new_order((self.product, 5), partner_id=self.stranger.id)
        )
        self.authenticate("ada", "ada")
        before = self._get_last_return()
        refused = "at most 3 units"
        for quantity, sentence in (
            ("3.5", refused),
            ("1e9", refused),
            ("999999999", refused),
            ("NaN", refused),
            ("-1", refused),
            ("0", "Enter how many pieces"),
            ("", "Enter how many pieces"),
        ):
            page = self._begin(move, quantity)
            self.assertIn(sentence, self._text(page, "reverse_error"), quantity)
        for goods in (foreign, self._buy(self.product, 1, 1.0)):
            page = self._begin(goods)
            self.assertIn("Enter how many pieces", self._text(page, "reverse_error"))
        page = self._begin(
            move, reason=self.env.ref("reverse_logistics.reason_wrong_item").id
        )
        self.assertIn("tell us why", self._text(page, "reverse_error"))
        self.assertEqual(self._get_last_return(), before)
        # what another return claims in the meantime is not offered twice
        self._begin(move, 2)
        rma = self._get_last_return()
        self._requested(move, quantity=2)
        page = self._send(f"/my/returns/{rma.id}/request")
        self.assertEqual(
            self._text(page, "reverse_error"),
            "Kettle: some of it is in another return already. Enter less, or look at "
            "your returns.",
        )
        self.assertEqual(rma.state, "draft")

    def test_reasons_and_own_words(self):
        ref = self.env.ref
        parent = self._create_reason("Wrong size")
        small = self._create_reason("Too tight", parent)
        order = self._sell(3, 100).order_id
        first = order.order_line.move_ids
        other = self._deliver(self._new_order((self.product, 2)))
        self.authenticate("ada", "ada")
        page = self._read("/my/returns/new")
        self.assertTrue(page.xpath("//textarea[@maxlength='2000']"))
        groups = page.xpath("//select[@id='reason']/optgroup")
        self.assertIn("Wrong size", [group.get("label") for group in groups])
        offered = [option.get("value") for option in page.xpath("//option")]
        self.assertIn(str(small.id), offered)
        self.assertNotIn(str(parent.id), offered)
        sent = {f"quantity-{other.id}-": 1, f"reason-{other.id}-": small.id}
        page = self._begin(first, reason=parent.id, **sent)
        self.assertIn("tell us why", self._text(page, "reverse_error"))
        page = self._begin(first, comment="x" * 2001, **sent)
        self.assertIn("at most 2000 characters", self._text(page, "reverse_error"))
        page = self._begin(first, comment=" One <b>box</b>\r\nis wet\0 ", **sent)
        rma = self._get_last_return()
        self.assertEqual(
            {line.move_id: line.reason_id for line in rma.line_ids},
            {first: self.unwanted, other: small},
        )
        self.assertIn("Wrong size: Too tight", page.text_content())
        self.assertEqual(rma.customer_comment, "One <b>box</b>\nis wet")
        self.assertIn("One <b>box</b>", self._text(page, "reverse_comment"))
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("service", rma).customer_comment = "All is well"
        for reason, above in (
            (parent, ref("reverse_logistics.reason_defective")),
            (self.unwanted, small),
            (self.unwanted, self.unwanted),
            (self.unwanted, ref("reverse_logistics.reason_wrong_item")),
        ):
            with (
                self.assertRaisesRegex(ValidationError, "cannot be a sub-reason"),
                self.env.cr.savepoint(),
            ):
                reason.parent_id = above
        # a rule about the reason is about its sub-reasons
        fits = {"name": "Size", "reason_ids": [(6, 0, parent.ids)], "authorize": False}
        self._set_policy([fits, {"name": "All", "window_days": 30}])
        self._send(f"/my/returns/{rma.id}/request")
        self.assertEqual(rma.state, "requested")
        decided = {line.reason_id: line.decision for line in rma.line_ids}
        self.assertEqual(decided, {small: "review", self.unwanted: "authorize"})

    def test_what_must_not_be_sent(self):
        self.product.reverse_un_number = "UN3481"
        self._set_policy(
            returnless="below", returnless_value=1000, credit_release="person"
        )
        moves = [self._sell(3, 100).move_ids for _each in range(2)]
        self.customer.email = "ada@example.com"
        self.authenticate("ada", "ada")
        for move, answer in zip(moves, ("no", "yes"), strict=True):
            page = self._begin(move)
            rma = self._get_last_return()
            line, url = rma.line_ids, f"/my/returns/{rma.id}/request"
            self.assertIn("leaking, burnt or swollen?", page.text_content())
            for said in ({}, {f"hazard-{line.id}": "maybe"}, {"hazard-1": answer}):
                page = self._send(url, said)
                self.assertIn(
                    "Kettle: say whether it is leaking",
                    self._text(page, "reverse_error"),
                )
                self.assertEqual((rma.state, line.hazard_answer), ("draft", False))
            page = self._send(url, {f"hazard-{line.id}": answer})
            self.assertEqual(line.is_damaged_hazard, answer == "yes")
            self.assertEqual(line.returnless, answer == "no")
            if answer == "no":
                self.assertEqual(rma.state, "authorized")
                self.assertEqual(
                    self._text(page, "reverse_state"), "Nothing needs to be sent back."
                )
                self.assertIn("Nothing to send", self._text(page))
        self.assertEqual(rma.state, "requested")
        self.assertEqual((line.decision, line.fee), ("review", 0.0))
        self.assertIn("Do not send it", self._text(page, "reverse_danger"))
        self.assertEqual(
            self._text(page, "reverse_state"), "Please do not send it. We call you."
        )
        mail = self.env["mail.mail"].search([("res_id", "=", rma.id)])
        self.assertIn("we have received your request", mail.subject)
        self.assertIn("Please do not send it. We call you.", mail.body_html)
        exception = rma.exception_ids
        self.assertEqual((exception.type, exception.state), ("hazard", "open"))
        self.assertLessEqual(exception.raised_on, exception.deadline)
        # a person who accepts it has nobody send it, and nobody is told to
        self._as("approver", rma).action_authorize()
        page = self._read(f"/my/returns/{rma.id}")
        self.assertIn("Do not send it", self._text(page, "reverse_danger"))
        self.assertFalse(page.xpath("//*[@id='reverse_send']"))
        self.assertNotIn("Please send it", page.text_content())
        slip = self.url_open(f"/my/returns/{rma.id}?report_type=pdf")
        self.assertNotIn("Put this page into the parcel", slip.text)
        self._as("service", exception).action_hazard_arranged()
        self.assertEqual(exception.state, "resolved")
        for values in ({"hazard_answer": "no"}, {"is_damaged_hazard": False}):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                self._as("service", line).write(values)

    def test_what_they_would_get(self):
        """It is what the settlement gives in the end, fee and taxes to the cent."""
        service = {"name": "Handling", "type": "service", "invoice_policy": "order"}
        self.company.reverse_fee_product_id = self.env["product.product"].create(
            {**service, "taxes_id": [Command.set(self._create_tax(7).ids)]}
        )
        fee = Command.create({"name": "Fee", "percent": 15})
        self._set_policy(fee_rule_ids=[Command.clear(), fee])
        tax = [Command.set(self._create_tax(19).ids)]
        move = self._sell(3, 33.33, tax_ids=tax, discount=10).move_ids
        self.authenticate("ada", "ada")
        page = self._begin(move, 2)
        rma = self._get_last_return()
        rows = page.xpath("//*[@name='credit']//dd")
        shown = [row.text_content().replace("\ufeff", "") for row in rows]
        shown = [" ".join(text.split()) for text in shown]
        self.assertEqual(shown, ["$ 59.99", "$ -9.00", "$ 10.77", "$ 61.76"])
        outlook = self._text(page, "reverse_outlook")
        self.assertIn("Your credit, with tax $ 61.76", outlook)
        self.assertIn("Once it is accepted, send it", outlook)
        [foreseen] = rma._foresee_credit().values()
        self.assertFalse(rma.settlement_ids)
        self._send(f"/my/returns/{rma.id}/request")
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        given = rma.settlement_ids
        self.assertEqual(given.state, "released")
        self.assertAlmostEqual(given.amount_total, foreseen["total"])
        self.assertAlmostEqual(given.amount_tax, foreseen["tax"])
        self.assertFalse(rma._foresee_credit())

    def test_photos_and_documents(self):
        move = self._sell(3, 100).move_ids
        self.authenticate("ada", "ada")
        self._begin(move)
        rma = self._get_last_return()
        line = rma.line_ids

        def send(name, content, code="photo"):
            return self._send(
                f"/my/returns/{rma.id}/files",
                {"line_id": line.id, "code": code},
                files={"files": (name, content)},
            )

        page = send("goods.jpg", self._picture())
        self.assertIn("goods.jpg", page.text_content())
        photo = line._get_customer_files()
        self.assertEqual((photo.res_model, photo.res_id), (line._name, line.id))
        kept = Image.open(io.BytesIO(photo.raw))
        self.assertEqual((kept.size, dict(kept.getexif())), ((40, 30), {}))
        for name, content in (
            ("page.html", b"<html><script>alert(1)</script></html>"),
            ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
            ("goods.jpg", b"MZ\x90\x00 no picture"),
            ("large.jpg", b"\xff\xd8\xff" + b"0" * 10_000_001),
            ("text.txt", b"plain"),
        ):
            page = send(name, content)
            self.assertRegex(
                self._text(page, "reverse_error"), "cannot be used|too large"
            )
        send("bill.pdf", b"%PDF-1.4 bill", "purchase")
        self.assertEqual(len(line._get_customer_files()), 2)
        # valuable goods are shown with a code that was given for this request
        self.company.reverse_live_photo_above = 99
        page = self._send(f"/my/returns/{rma.id}/request")
        code = rma.live_code
        self.assertRegex(code, "^[A-Z3-9]{6}$")
        self.assertIn(f"the code {code} can be read", self._text(page, "reverse_error"))
        self.assertIn(code, page.xpath("//form[@name='live']")[0].text_content())
        send("bill.pdf", b"%PDF-1.4 bill", "live")
        self.assertFalse(line.live_photo_id)
        send("live.jpg", self._picture(), "live")
        self.assertEqual(line.live_photo_id.name, "live.jpg")
        line.live_photo_id.unlink()
        self.company.reverse_live_photo_above = 100
        with patch(f"{reverse_rma_line.__name__}.MOST_FILES", 2):
            page = send("more.jpg", self._picture())
        self.assertIn("at most 2 files of one product", page.text_content())
        self.assertEqual(len(line._get_customer_files()), 2)
        self._send(f"/my/returns/{rma.id}/request")
        send("late.jpg", self._picture())
        self.assertEqual(len(line._get_customer_files()), 2)

    def test_what_customers_are_told(self):
        """Each step is a mail in their language, unless it is switched off."""
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.write({"email": "ada@example.com", "lang": "de_DE"})
        template = self.env.ref("reverse_logistics.mail_template_received")
        template.with_context(lang="de_DE").subject = "{{ object.name }}: angekommen"
        mails = self.env["mail.mail"]

        def told(rma):
            mine = [("model", "=", rma._name), ("res_id", "=", rma.id)]
            found = mails.search(mine, order="id")
            self.assertEqual(found.recipient_ids, self.customer)
            self.assertEqual(set(found.mapped("state")), {"outgoing"})
            self.assertIn(f"/my/returns/{rma.id}?access_token=", found[-1].body_html)
            return [mail.subject.partition(": ")[2] for mail in found]

        order_line = self._sell(8, 100)
        move = order_line.move_ids
        rma = self._return(order_line, 2)
        self.assertEqual(
            told(rma), ["your return is accepted", "angekommen", "your credit"]
        )
        self._set_policy(authorize=False)
        waiting = self._requested(move)
        self.assertEqual(told(waiting), ["we have received your request"])
        self._as("approver", waiting).action_reject("It was used.")
        self.assertEqual(told(waiting)[1:], ["we could not accept your return"])
        last = mails.search([("res_id", "=", waiting.id)], limit=1)
        self.assertIn("It was used.", last.body_html)
        self.env.ref("reverse_logistics.mail_template_requested").active = False
        untold = self._requested(move)
        self.company.reverse_portal = "no"
        self._as("approver", untold).action_reject("It was used.")
        self.assertFalse(mails.search([("res_id", "=", untold.id)]))

    def test_what_is_not_credited(self):
        """Nobody reads “settled” who gets nothing, and everybody is told."""
        self.customer.email = "ada@example.com"
        self._set_policy(credit_release="person")
        rma = self._received(self._sell(3, 100), 2)
        self._as("inspector", rma.inspection_ids).quantity = 1
        first, second = rma.inspection_ids.sorted("id")
        self.authenticate("ada", "ada")
        address = f"/my/returns/{rma.id}"
        for part, state, badge in (
            (first, "With us", ""),
            (second, "could not credit them. If you do not agree", "Not credited"),
        ):
            self._inspect(part, "D", "SCRAP")
            waiting = rma.settlement_ids.filtered(lambda s: s.state == "draft")
            self._as("service", waiting).action_cancel()
            page = self._read(address)
            self.assertIn(state, self._text(page))
            self.assertIn(badge, self._text(page))
        self.assertEqual(rma.state, "done")
        self.assertEqual(self._text(page).count("– not credited"), 2)
        mine = [("model", "=", rma._name), ("res_id", "=", rma.id)]
        mail = self.env["mail.mail"].search(mine, limit=1)
        self.assertIn("goods that we could not credit", mail.subject)
        self.assertIn("Damaged (grade D)", mail.body_html)
        self.assertIn("a person reads it", mail.body_html)
        # and only once
        self._call(self._as("inspector", second), "action_correct")
        again = rma.inspection_ids.filtered(lambda part: part.state == "draft")
        self._inspect(again, "E", "SCRAP")
        waiting = rma.settlement_ids.filtered(lambda s: s.state == "draft")
        self._as("service", waiting).action_cancel()
        self.assertEqual(rma.state, "done")
        told = self.env["mail.mail"].search(mine).mapped("subject")
        self.assertEqual(sum("could not credit" in each for each in told), 1)

    def test_how_far_it_is_where_it_goes_and_what_was_withheld(self):
        self.customer.email = "ada@example.com"
        rma = self._requested(self._sell(3, 100), 2)
        self.authenticate("ada", "ada")
        address = f"/my/returns/{rma.id}"
        page = self._read(address)
        today = format_date(self.env, rma.authorized_at)
        steps = self._text(page, "reverse_steps")
        self.assertIn(f"Requested {today} Accepted {today} Sent by you Received", steps)
        send = self._text(page, "reverse_send")
        self.assertIn(f"by {format_date(self.env, rma._get_return_deadline())}", send)
        self.assertIn(rma._get_return_address().name, send)
        self._receive(rma)
        self._inspect(rma.inspection_ids, "D", "SCRAP")
        settlement = rma.settlement_ids
        self._as("service", settlement).line_ids.write(
            {"deduction": 20, "deduction_reason": "Scratches"}
        )
        self._settle(settlement)
        page = self._read(address)
        money = self._text(page, "reverse_money")
        self.assertIn(rma.credit_note_ids.name, money)
        self.assertRegex(money, "Kettle: Scratches, [$] 20.00 before tax were withheld")
        self.assertRegex(self._text(page, "reverse_steps"), f"Settled {today}$")
        mine = [("model", "=", rma._name), ("res_id", "=", rma.id)]
        mails = self.env["mail.mail"].search(mine)
        [mail] = mails.filtered(lambda own: "your credit" in (own.subject or ""))
        self.assertRegex(mail.body_html, "Scratches,[^<]*[$].20.00 before tax")

    def test_mails_about_orders_lead_to_the_withdrawal(self):
        self.company.reverse_withdrawal_page = True
        self.customer.write({"email": "ada@example.com", "is_company": False})
        order = self._sell(3, 100).order_id
        for state, linked in (("sale", True), ("draft", False)):
            order = order if state == "sale" else order.copy()
            words = {"body": "News of your order"}
            order.message_post(
                **words,
                partner_ids=self.customer.ids,
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
            )
            mine = [("model", "=", order._name), ("res_id", "=", order.id)]
            mail = self.env["mail.mail"].search(mine, limit=1)
            self.assertIn("News of your order", mail.body_html)
            self.assertEqual("/returns/withdraw" in mail.body_html, linked, state)

    def test_number_of_the_parcel_afterwards(self):
        rma = self._requested(self._sell(3, 100))
        self.authenticate("ada", "ada")
        address = f"/my/returns/{rma.id}"
        self.assertFalse(self._read(address).xpath("//*[@id='reverse_number']"))
        page = self._send(f"{address}/ship")
        self.assertTrue(rma.shipped_at)
        sent_at = rma.shipped_at
        self.assertIn("the number of the parcel?", self._text(page, "reverse_number"))
        page = self._send(f"{address}/ship", {"tracking": " "})
        self.assertIn("waiting to be sent", self._text(page, "reverse_error"))
        page = self._send(f"{address}/ship", {"tracking": "1Z 99"})
        self.assertEqual((rma.carrier_tracking_ref, rma.shipped_at), ("1Z 99", sent_at))
        self.assertFalse(page.xpath("//*[@id='reverse_number']"))
        page = self._send(f"{address}/ship", {"tracking": "1Z 100"})
        self.assertIn("waiting to be sent", self._text(page, "reverse_error"))
        self.assertEqual(rma.carrier_tracking_ref, "1Z 99")

    def test_what_is_sent_instead(self):
        rma = self._requested(
            self._sell(3, 100), 2, rma={"settlement_type": "replacement"}
        )
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.authenticate("ada", "ada")
        page = self._read(f"/my/returns/{rma.id}")
        words = self._text(page, "reverse_replacement")
        self.assertRegex(words, "2 units Kettle +We prepare it")
        self._deliver(rma.line_ids.sale_line_id.order_id)
        page = self._read(f"/my/returns/{rma.id}")
        self.assertRegex(self._text(page, "reverse_replacement"), "2 units .*Sent on")

    def test_mails_say_what_came_and_what_was_credited(self):
        self.customer.email = "ada@example.com"
        rma = self._requested(self._sell(5, 100), 3)
        address = rma._get_return_address()
        address.write({"name": "Returns Centre", "street": "Dock 4", "street2": False})
        mine = [("model", "=", rma._name), ("res_id", "=", rma.id)]
        mails = self.env["mail.mail"]
        rma._tell_customers("authorized")
        words = " ".join(mails.search(mine, limit=1).body_html.split())
        self.assertRegex(
            words, "<strong>Returns Centre</strong> ?<br/?> ?<span[^>]*>Dock 4"
        )
        picking = rma._get_open_receipts()
        picking.move_ids.quantity = 1
        self._as("receiver", rma).action_receive()
        words = mails.search(mine, limit=1).body_html
        self.assertIn("1 unit", words)
        self.assertNotIn("3 units", words)
        self._inspect(rma.inspection_ids)
        mail = mails.search(mine, limit=1)
        self.assertIn("your credit", mail.subject)
        self.assertIn("1 unit", mail.body_html)
        self.assertNotIn("3 units", mail.body_html)

    def test_a_person_is_named_on_every_page(self):
        self.company.write({"phone": "+49 40 1234", "email": "care@example.com"})
        self.authenticate("ada", "ada")
        self._begin(self._sell(3, 100).move_ids)
        rma = self._get_last_return()
        for address in ("/my/returns/new", f"/my/returns/{rma.id}", "/returns/policy"):
            with self.subTest(page=address):
                words = self._text(self._read(address), "reverse_contact")
                self.assertIn("+49 40 1234", words)
                self.assertIn("care@example.com", words)

    def test_what_is_missing_is_added_after_the_request(self):
        """A missing photo takes no right away: the customer adds it, policy goes on."""
        self.customer.write(
            {
                "country_id": self.env.ref("base.de").id,
                "is_company": False,
                "email": "ada@example.com",
            }
        )
        draft = self._get_version().copy()
        draft.legal_rule_ids = [Command.create({"name": "Withdrawal"})]
        draft.rule_ids.write({"proof_photo": True, "proof_hazard": True})
        draft.with_user(self.users["administrator"]).action_activate()
        move = self._sell(3, 100).move_ids
        self.authenticate("ada", "ada")
        self._begin(move)
        rma = self._get_last_return()
        page = self._send(f"/my/returns/{rma.id}/request")
        self.assertEqual(rma.line_ids.decision_code, "proof_lawful")
        self.assertIn("Something is missing", self._text(page, "reverse_state"))
        self.assertIn("We still need: hazard declaration, photo", self._text(page))
        chosen = page.xpath("//select[@name='code']/option[@selected]/@value")
        self.assertEqual(chosen, ["hazard"])
        self.assertIn("Something is missing", self._read("/my/returns").text_content())
        mails = self.env["mail.mail"].search([("res_id", "=", rma.id)])
        self.assertIn("we need something from you", mails.subject)
        self.assertIn("hazard declaration, photo", mails.body_html)

        def send(name, content, code):
            return self._send(
                f"/my/returns/{rma.id}/files",
                {"line_id": rma.line_ids.id, "code": code},
                files={"files": (name, content)},
            )

        page = send("goods.jpg", self._picture(), "photo")
        self.assertEqual(rma.state, "requested")
        self.assertIn("We still need: hazard declaration", self._text(page))
        page = send("paper.pdf", b"%PDF-1.4 none", "hazard")
        self.assertEqual(
            (rma.state, rma.line_ids.decision), ("authorized", "authorize")
        )
        self.assertTrue(rma.authorized_by_version_id)
        self.assertEqual(
            self._text(page, "reverse_state"), "Accepted. Please send the goods now."
        )
        self.assertEqual(
            rma.event_ids.mapped("name").count("ReturnProofAdded"), 2, "in the chain"
        )
        page = send("late.jpg", self._picture(), "photo")
        self.assertIn("can no longer be changed", self._text(page, "reverse_error"))
        self.assertEqual(len(rma.line_ids._get_customer_files()), 2)

    def test_what_customers_are_told_in_between(self):
        """What was found, and when the time to send ends: each of it once."""
        self.customer.email = "ada@example.com"
        self.company.reverse_withdrawal_page = True
        mails = self.env["mail.mail"]

        def told(rma):
            mine = [("model", "=", rma._name), ("res_id", "=", rma.id)]
            return mails.search(mine, order="id")

        line = self._sell(8, 100)
        found = self._return(line, 2, condition="D")
        self.assertEqual(found.stage, "put_away")
        last = told(found)[-1]
        self.assertIn("we have looked at your goods", last.subject)
        self.assertIn("Damaged (grade D)", last.body_html)
        self.assertIn("/returns/withdraw", last.body_html)
        count = len(told(found))
        self._call(self._as("inspector", found.inspection_ids), "action_reinspect")
        part = found.inspection_ids.filtered(lambda part: part.state == "draft")
        self._inspect(part, "C")
        self.assertEqual(len(told(found)), count, "told once")

        rma = self._requested(line)
        other = self._requested(line)
        today = self.company._get_reverse_today()
        reminders = []

        def remind():
            with patch.object(
                type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 1
            ):
                self.env["reverse.rma"]._cron_remind()
            reminders[:] = told(rma).filtered(lambda m: "please send" in m.subject)
            return len(reminders)

        for days, expected in ((4, 0), (3, 1), (3, 1), (2, 2), (2, 2)):
            rma._guarded_write({"expires_on": today + timedelta(days)})
            self.assertEqual(remind(), expected, days)
        rma.shipped_at = fields.Datetime.now()
        rma._guarded_write({"expires_on": today})
        self.assertEqual(remind(), 2, "it was sent")
        self.assertEqual(len(told(other)), 1)
        for switch in ({"reverse_remind_days": 0}, {"reverse_portal": "no"}):
            self.company.write(switch)
            other._guarded_write({"expires_on": today})
            remind()
            self.assertEqual(len(told(other)), 1)

    def test_a_person_answers_what_customers_ask(self):
        rma = self._requested(self._sell(3, 100).move_ids)
        self.authenticate(None, None)
        answer = self.url_open(
            "/mail/message/post",
            json={
                "params": {
                    "thread_model": rma._name,
                    "thread_id": rma.id,
                    "post_data": {
                        "body": "May I keep it?",
                        # what their page calls it makes it no note of ours
                        "message_type": "notification",
                        "subtype_xmlid": "mail.mt_note",
                    },
                    "token": rma.sudo()._portal_ensure_token(),
                }
            },
        )
        self.assertNotIn("error", answer.json())
        asked = rma.exception_ids
        self.assertEqual((asked.type, asked.state), ("question", "open"))
        self.assertEqual(
            asked.owner_group_id, self.env.ref("reverse_logistics.group_service")
        )
        self.assertTrue(asked.deadline)
        clerk = self._as("service", rma)
        for subtype, state in (("mt_note", "open"), ("mt_comment", "resolved")):
            said = {"subtype_xmlid": f"mail.{subtype}", "message_type": "comment"}
            clerk.message_post(body=subtype, **said)
            self.assertEqual(asked.state, state)
        self.assertEqual(asked.resolution, "answered")
        self._check_message_files(rma)

    def _check_message_files(self, rma):
        """What comes with a message is looked at like what the form takes."""
        svg = b"<svg xmlns='http://www.w3.org/2000/svg'/>"
        files = self.env["ir.attachment"]

        def upload(name, content, **values):
            sent = {
                "csrf_token": http.Request.csrf_token(self),
                "thread_model": rma._name,
                "thread_id": rma.id,
                "token": rma.sudo().access_token,
                **values,
            }
            answer = self.url_open(
                "/mail/attachment/upload", data=sent, files={"ufile": (name, content)}
            )
            return answer.json()

        for pending in ("", "true"):
            said = upload("drawing.svg", svg, is_pending=pending)
            self.assertIn("drawing.svg cannot be used", said["error"])
            said = upload("goods.jpg", self._picture(), is_pending=pending)
            file = files.browse(said["data"]["attachment_id"])
        # a file that waited for its message
        self.company.write(
            {"reverse_legal_hold": True, "reverse_legal_hold_reason": "Lawsuit"}
        )
        visited = files.with_user(self.env.ref("base.public_user")).sudo()
        place = {"res_model": rma._name, "res_id": rma.id}
        visited.browse(file.id).write(place)
        with self.assertRaisesRegex(UserError, "drawing.svg cannot be used"):
            visited.create({"name": "drawing.svg", "raw": svg}).write(place)
        kept = files.search([("res_model", "=", rma._name), ("res_id", "=", rma.id)])
        self.assertEqual(kept.mapped("name"), ["goods.jpg"] * 2)
        for file in kept:
            self.assertEqual(dict(Image.open(io.BytesIO(file.raw)).getexif()), {})

    def test_why_it_was_rejected_is_read_as_it_was_typed(self):
        """By the customer and by a recipient; nothing that was noted inside."""
        self._set_policy(authorize=False)
        self.customer.email = "ada@example.com"
        typed = "We cannot <b>take</b> it:\n<script>alert(1)</script>"
        for given in (False, True):
            rma = self._requested(self._sell(3, 100).move_ids)
            if given:
                values = {"is_by_recipient": True, "recipient_email": "e@example.com"}
                rma._guarded_write(values)
            clerk = self._as("service", rma)
            wizard = self._as("approver", self.env["reverse.reject.wizard"])
            wizard = wizard.with_context(active_ids=rma.ids).create({"message": typed})
            self.assertEqual(wizard.is_by_recipient, given)
            clerk.note = "INSIDE"
            clerk.message_post(
                **{"body": "INSIDE too", "subtype_xmlid": "mail.mt_note"}
            )
            wizard.action_reject()
            link = rma.sudo()._get_recipient_url() if given else rma.access_url
            self.authenticate(*["ada", "ada"] if not given else [None, None])
            page = self._read(link)
            said = page.get_element_by_id("reverse_rejection").text_content()
            self.assertEqual(said.strip(), typed)
            mails = self.env["mail.mail"].search([("res_id", "=", rma.id)])
            [told] = mails.filtered(lambda mail: "not accept" in mail.body_html)
            self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;", told.body_html)
            talk = self.url_open(
                "/mail/chatter_fetch",
                json={
                    "params": {
                        "thread_model": rma._name,
                        "thread_id": rma.id,
                        "token": link.partition("=")[2] or rma.sudo().access_token,
                    }
                },
            ).text
            for place in (self._text(page), *mails.mapped("body_html"), talk):
                self.assertNotIn("INSIDE", place)

    def test_switched_off(self):
        move = self._sell(3, 100).move_ids
        rma = self._requested(move)
        self.company.reverse_portal = "follow"
        self.authenticate("ada", "ada")
        page = self._read("/my/returns/new")
        self.assertIn("nothing that you could send back", page.text_content())
        self.assertIn(rma.name, self._read("/my/returns").text_content())
        self.company.reverse_portal = "no"
        self.assertNotIn(rma.name, self._read("/my/returns").text_content())
        self._read(rma.sudo().get_portal_url())
        self.assertTrue(self.place.endswith(("/my", "/my/home")), self.place)

    def test_policy_in_plain_words(self):
        self.authenticate(None, None)
        self.env.ref("base.public_user").sudo().write(
            {"company_ids": [(4, self.company.id)], "company_id": self.company.id}
        )
        self._set_policy(window_days=14, proof_photo=True, returnless="below")
        page = self._read("/returns/policy")
        text = self._text(page)
        self.assertIn("14 days from delivery", text)
        self.assertIn("with photo", text)
        self.assertNotIn("stays with the customer", text)
        [script] = page.xpath("//script[@type='application/ld+json']")
        said = json.loads(script.text)
        self.assertEqual(said["@type"], "MerchantReturnPolicy")
        self.assertEqual(
            (said["merchantReturnDays"], said["applicableCountry"]), (14, "US")
        )
        # by the link of a mail, on the site of another company
        other = self.env.ref("base.main_company")
        self.env.ref("base.public_user").sudo().company_id = other
        named = f"/returns/policy?company={self.company.id}"
        for switch, url, seller in (
            ("no", "/returns/policy", self.company),
            ("follow", "/returns/policy", other),
            ("follow", named, self.company),
        ):
            other.reverse_portal = switch
            [link] = self._read(url).xpath("//a[contains(., 'Our returns policy')]")
            self.assertEqual(link.get("href"), f"/returns/policy?company={seller.id}")
        other.reverse_portal = "no"
        self.env.ref("base.public_user").sudo().company_id = self.company
        self._set_policy(partner_ids=[(4, self.customer.id)])
        page = self._read("/returns/policy")
        self.assertNotIn(self.customer.name, self._text(page))
        self.assertFalse(page.xpath("//script[@type='application/ld+json']"))
        self._check_links(page)
        self._check_fees_for_machines()
        self.company.reverse_portal = "no"
        for url in ("/returns/policy", "/returns/accessibility"):
            self.assertEqual(self.url_open(url).status_code, 404)
        self.company.reverse_withdrawal_page = True
        page = self._read("/returns/accessibility")
        self.assertFalse(
            page.xpath("//nav[@id='reverse_about']/a[contains(., 'policy')]")
        )

    def _check_fees_for_machines(self):
        """Search engines read one fee for everything, as a share or an amount."""
        fee_terms = ("returnFees", "restockingFee")
        for values, expected in (
            (None, (None, None)),
            ({"percent": 15}, ("https://schema.org/RestockingFees", 15)),
            (
                {"fixed": 9.5},
                (
                    "https://schema.org/RestockingFees",
                    {"@type": "MonetaryAmount", "value": 9.5, "currency": "USD"},
                ),
            ),
            (
                {"percent": 15, "minimum": 5},
                ("https://schema.org/RestockingFees", None),
            ),
            ({"percent": 15, "reason_ids": [(4, self.unwanted.id)]}, (None, None)),
            ({"maximum": 5}, (None, None)),
        ):
            fees = [Command.clear()] + (
                [Command.create({"name": "Fee", **values})] if values else []
            )
            self._set_policy([{"name": "All"}], fee_rule_ids=fees)
            page = self._read("/returns/policy")
            [script] = page.xpath("//script[@type='application/ld+json']")
            said = json.loads(script.text)
            self.assertEqual(tuple(map(said.get, fee_terms)), expected, values)

    def test_rights_by_law_in_plain_words(self):
        self.authenticate(None, None)
        self.env.ref("base.public_user").sudo().write(
            {"company_ids": [(4, self.company.id)], "company_id": self.company.id}
        )
        page = self._read("/returns/policy")
        self.assertFalse(page.xpath("//*[@name='right']"))
        self.assertIn("What we take back Everything", self._text(page))
        germany, cut = (
            self.env.ref("base.de"),
            self.env.ref("reverse_logistics.trait_cut"),
        )
        self._set_policy(
            legal_rule_ids=[
                Command.create(
                    {
                        "name": "Withdrawal",
                        "country_ids": [Command.set(germany.ids)],
                        "freight_payer": "customer",
                        "excluded_trait_ids": [Command.set(cut.ids)],
                    }
                ),
                Command.create(
                    {
                        "name": "Guarantee",
                        "basis": "statutory_warranty",
                        "period": 24,
                        "period_unit": "months",
                        "freight_payer": "company",
                    }
                ),
                Command.create(
                    {
                        "name": "Ours",
                        "basis": "commercial",
                        "audience": "both",
                        "period": 60,
                        "no_fee": False,
                        "partner_ids": [Command.set(self.customer.ids)],
                    }
                ),
            ]
        )
        page = self._read("/returns/policy")
        rights = [
            [
                " ".join(line.text_content().split())
                for line in right.xpath(".//h3|.//li")
            ]
            for right in page.xpath("//div[@name='right']")
        ]
        self.assertEqual(
            rights,
            [
                [
                    f"Withdrawal by consumers · {germany.name}",
                    "You may withdraw from your contract within 14 days from the last "
                    "delivery of the order, without giving a reason.",
                    "You get your money back within 14 days from the day on which you "
                    "withdraw. We may wait until the goods are here, or you have shown "
                    "that you sent them.",
                    "Who withdraws from all of an order also gets back what its "
                    "delivery cost, as far as our standard delivery.",
                    "We charge no fee.",
                    "You pay for sending the goods back.",
                    f"Not for: {cut.name}.",
                ],
                [
                    "Statutory warranty · Consumers",
                    "Goods that are defective or not as agreed: the law gives you "
                    "rights against us for 24 months from their delivery.",
                    "We charge no fee.",
                    "We pay for sending the goods back.",
                ],
            ],
        )
        self.assertFalse(page.xpath("//a[@id='reverse_withdraw_policy']"))
        self.company.reverse_withdrawal_page = True
        link = self._read("/returns/policy").get_element_by_id(
            "reverse_withdraw_policy"
        )
        self.assertEqual(
            link.get("href"), f"/returns/withdraw?company={self.company.id}"
        )

    def _check_links(self, page):
        """Beside the policy: what the law grants, and who can use these pages."""
        [link] = page.xpath("//a[starts-with(@href, '/returns/accessibility')]")
        self.assertNotIn("reverse_guarantee", page.xpath("//@id"))
        self.company.reverse_guarantee_url = "https://example.com/guarantee"
        page = self._read(link.get("href"))
        self.assertIn("Accessibility Guidelines", self._text(page))
        link = page.get_element_by_id("reverse_guarantee")
        self.assertEqual(link.get("href"), "https://example.com/guarantee")
        self.company.reverse_accessibility = "<p>Ours<script>alert(1)</script></p>"
        page = self._read("/returns/accessibility")
        self.assertIn("Ours", self._text(page))
        self.assertNotIn("alert(1)", self._text(page))
        self.assertNotIn("Accessibility Guidelines", self._text(page))
        with self.assertRaisesRegex(ValidationError, "is not the address of a page"):
            self.company.reverse_guarantee_url = "javascript:alert(1)"

    def _count_queries(self, url):
        """Count the queries of a page that was opened before."""
        self.url_open(url)
        before = self.env.cr.sql_log_count
        self._read(url)
        return self.env.cr.sql_log_count - before

    def test_a_page_shows_the_newest_and_more_when_asked(self):
        oldest, middle, newest = (self._sell(1, 10).move_ids for _turn in range(3))
        fields_of = {move: f"quantity-{move.id}-" for move in (oldest, middle, newest)}
        self.authenticate("ada", "ada")

        def shown(page):
            return {
                move
                for move in fields_of
                if page.xpath(f"//*[@id='{fields_of[move]}']")
            }

        with patch.object(reverse_rma, "MOST_OFFERED", 1):
            page = self._read("/my/returns/new")
            self.assertEqual(shown(page), {newest})
            self.assertIn("Show More", self._text(page, "reverse_more"))
            entered = {fields_of[newest]: 1, "reason": self.unwanted.id}
            [form] = page.xpath("//form[@method='post'][.//input[@name='pages']]")
            page = self._send(form.action, {**form.fields, **entered, "more": "1"})
            self.assertEqual(shown(page), {newest, middle})
            self.assertEqual(
                page.get_element_by_id(fields_of[newest]).get("value"), "1"
            )
            self.assertFalse(self._get_last_return())
            # what one page named is found from any other
            self._begin(oldest)
            rma = self._get_last_return()
            self.assertEqual(rma.line_ids.move_id, oldest)
            self._send(f"/my/returns/{rma.id}/request")
            # what is all returned hides nothing that is older
            for move in (newest, middle):
                self._requested(move)
            page = self._read("/my/returns/new")
            self.assertFalse(shown(page))
            self.assertFalse(page.xpath("//*[@id='reverse_more']"))
            older = self._sell(1, 10).move_ids
            older.date -= timedelta(1)
            page = self._read("/my/returns/new")
            self.assertTrue(page.xpath(f"//*[@id='quantity-{older.id}-']"))

    def test_many_cost_no_more_queries_than_few(self):
        urls = ("/my/returns", "/my/returns/new", "/my/orders")
        self.authenticate("ada", "ada")
        counts = []
        for number in (2, 8):
            for _each in range(number):
                self._requested(self._sell(2, 100).move_ids)
            counts.append({url: self._count_queries(url) for url in urls})
        few, many = counts
        for url in ("/my/returns", "/my/returns/new"):
            self.assertLessEqual(many[url], few[url] + 3, counts)
        self.assertLessEqual(many["/my/returns"], 1.5 * many["/my/orders"], counts)

    def test_a_draft_of_many_lines_costs_no_more_queries(self):
        order = self._new_order(*[(self.product, 2)] * 8)
        self._deliver(order)
        self._invoice(order)
        self.authenticate("ada", "ada")
        counts = []
        for number in (2, 6):
            moves = order.order_line.move_ids[-number:]
            more = {f"quantity-{move.id}-": 1 for move in moves}
            self._begin(moves[0], **more)
            rma = self._get_last_return()
            self.assertEqual(len(rma.line_ids), number)
            counts.append(self._count_queries(f"/my/returns/{rma.id}"))
        self.assertLessEqual(counts[1], counts[0] + 3, counts)

    def test_begun_and_forgotten(self):
        move = self._sell(3, 100).move_ids
        self.authenticate("ada", "ada")
        order = move.sale_line_id.order_id
        link = {"order_id": order.id, "access_token": order._portal_ensure_token()}
        with patch(f"{reverse_rma.__name__}.MOST_DRAFTS", 1):
            for login in (None, "ada"):
                self.authenticate(login, login)
                self._begin(move, **link)
                self.assertIn("access_token=", self.place)
                page = self._begin(move, **link)
                self.assertIn("begun many returns", self._text(page, "reverse_error"))
        rma, own = self._get_last_return(), self._requested(move)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE reverse_rma SET write_date = now() - interval '15 days'"
        )
        self.env["reverse.rma"]._gc_customer_drafts()
        self.assertFalse(rma.exists())
        self.assertTrue(own.exists())
