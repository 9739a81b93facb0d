"""Consumers withdraw on the site without logging in, and nobody learns of orders."""

from ast import literal_eval
from datetime import datetime, time, timedelta
from unittest.mock import patch

from odoo import SUPERUSER_ID, Command, fields
from odoo.exceptions import AccessError, ConcurrencyError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..agreements.test_withdrawal import FRIDAY, WithdrawalCase
from ..portal_common import PortalCase

KEY = "k" * 43


@tagged("post_install", "-at_install")
class TestWithdrawalPage(PortalCase, WithdrawalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"reverse_withdrawal_page": True, "country_id": cls.germany})
        cls.company.reverse_tz = "Europe/Berlin"
        cls.env.ref("base.public_user").write(
            {
                "company_ids": [Command.link(cls.company.id)],
                "company_id": cls.company.id,
            }
        )
        cls.statements = cls.env["reverse.withdrawal.statement"]

    def setUp(self):
        super().setUp()
        self.authenticate(None, None)

    def _state(self, contract, key=KEY, step="/confirm", **values):
        """Send the form of a step; give the page that answers."""
        return self._send(
            f"/returns/withdraw{step}",
            {
                "person": "Ada Lovelace",
                "contract": contract,
                "email": "ada@example.com",
                "key": key,
                **values,
            },
        )

    def _answer(self, prints=True):
        """Do what the server does right after; give the statements, the last first."""
        reports = "odoo.addons.base.models.ir_actions_report.IrActionsReport"
        state = "ok" if prints else "install"
        with (
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", return_value=60.0
            ),
            patch(f"{reports}._run_wkhtmltopdf", self._print),
            patch(f"{reports}.get_wkhtmltopdf_state", lambda report: state),
        ):
            job = self.statements.with_user(SUPERUSER_ID)
            job.with_context(force_report_rendering=True)._cron_answer()
        self.env.invalidate_all()
        return self.statements.search([], order="id desc")

    def _print(self, bodies, *_args, **_options):
        self.printed = " ".join("".join(bodies).split())
        return b"%PDF-1.4"

    def _find_mails(self, record):
        return self.env["mail.mail"].search(
            [("model", "=", record._name), ("res_id", "=", record.id)]
        )

    def test_the_whole_way_of_a_guest(self):
        line = self._sell(2, 100)
        order = line.order_id
        link = self._read("/web/login").get_element_by_id("reverse_withdraw_login")
        self.assertEqual(link.text_content(), "Vertrag widerrufen")
        page = self._read(link.get("href"))
        link = page.get_element_by_id("reverse_withdraw_footer")
        self.assertEqual(link.text_content(), "Vertrag widerrufen")
        self.assertEqual(page.findtext(".//h1"), "Vertrag widerrufen")

        page = self._state(f" #{order.name.lower()} ", step="")
        form = page.xpath("//form[@action='/returns/withdraw/confirm']")[0]
        buttons = [button.text for button in form.xpath(".//button")]
        self.assertEqual(buttons, ["Widerruf bestätigen"])
        self.assertFalse(self.statements.search([]))
        self.opener.cookies.set("tz", "America/New_York")
        page = self._send(form.action, dict(form.fields))
        statement = self.statements.search([])
        shown = self._text(page, "reverse_statement")
        times = statement._get_times()
        self.assertRegex(times[0], r":\d\d.*\(America/New_York\)")
        self.assertRegex(times[1], r":\d\d.*\(Europe/Berlin\)")
        for text in (statement.name, *times):
            self.assertIn(" ".join(text.split()), shown)
        self.assertNotIn(order.partner_id.name, self._text(page))
        self.assertEqual((statement.state, statement.receipt), ("received", "due"))

        # half past eleven here is the next day at the company's place
        day = fields.Date.today()
        moment = datetime.combine(day - timedelta(1), time(23, 30, 15))
        statement._guarded_write({"stated_at": moment})
        self._answer()
        self.assertEqual((statement.state, statement.receipt), ("linked", "sent"))
        mail = self._find_mails(statement)
        self.assertEqual(mail.email_to, "ada@example.com")
        self.assertIn(statement.name, mail.body_html)
        file = mail.attachment_ids
        self.assertEqual(file.name, statement.name.replace("/", "-") + ".pdf")
        self.assertEqual(file.raw, b"%PDF-1.4")
        self.assertIn(" ".join(statement._say_stated_at().split()), self.printed)
        rma = statement.rma_id
        self.assertEqual((rma.basis, rma.state), ("withdrawal", "authorized"))
        self.assertEqual(rma.line_ids.sale_line_id, line)
        self.assertEqual(rma.line_ids.quantity, 2)
        self.assertEqual(rma.stated_on, day)
        self.assertEqual(rma.refund_due_on, day + timedelta(14))
        self.assertTrue(rma.acknowledged_at)
        self.assertIn("withdrew on", statement.withdrawal_summary)
        self.assertFalse(statement.is_late or statement.activity_ids)
        self._answer()
        self.assertEqual(len(self._find_mails(statement)), 1)

    def test_what_was_not_delivered_is_cancelled(self):
        order = self._new_order((self.product, 3))
        self._state(order.name)
        rma = self._answer().rma_id
        self.assertTrue(rma.line_ids.undelivered)
        self.assertEqual(order.order_line.product_uom_qty, 0)

    def test_whoever_asks_learns_nothing(self):
        order = self._sell(2, 100).order_id
        foreign = self._sell(1, 50).order_id
        foreign.partner_id = self.stranger
        cases = (order.name, foreign.name, "S9" + "9" * (len(order.name) - 2))
        pages = []
        orders = type(self.env["sale.order"])
        with patch.object(orders, "_search", side_effect=AssertionError("reads it")):
            for number, contract in enumerate(cases):
                page = self._state(contract, key=str(number) * 43)
                text = self._text(page)
                statement = self.statements.search([], order="id desc", limit=1)
                for own in (contract, statement.name, *statement._get_times()):
                    text = text.replace(" ".join(own.split()), "")
                pages.append(text)
        self.assertEqual(len(set(pages)), 1, pages)
        unknown, others, known = self._answer()
        self.assertEqual(known.state, "linked")
        for statement in (unknown, others):
            self.assertEqual((statement.state, statement.receipt), ("received", "sent"))
            self.assertFalse(statement.order_id or statement.rma_id)
            self.assertEqual(statement.activity_ids.summary, "Withdrawal not linked")

    def test_late_ones_are_stored_and_marked(self):
        line = self._possess(self._sell(2, 100), FRIDAY)
        page = self._state(line.order_id.name)
        self.assertIn("We have received your withdrawal", self._text(page))
        statement = self._answer()
        self.assertEqual((statement.state, statement.receipt), ("linked", "sent"))
        self.assertTrue(statement.is_late)
        self.assertEqual(self.statements.search([("is_late", "=", True)]), statement)
        self.assertEqual(statement.rma_id.state, "requested")
        self.assertTrue(statement.rma_id.acknowledged_at)

    def test_sent_again_it_is_one_statement(self):
        order = self._sell(2, 100).order_id
        first = self._text(self._state(order.name), "reverse_statement")
        again = self._state("S1", person="Eve")
        self.assertEqual(self._text(again, "reverse_statement"), first)
        statement = self._answer()
        self.assertEqual(len(statement), 1)
        # stated a second time, it names the return that is there
        self._state(order.name, key="z" * 43)
        second = self._answer()[0]
        rma = statement.rma_id
        self.assertEqual((second.state, second.rma_id), ("linked", rma))
        orders = type(order)
        search = orders.search
        with patch.object(orders, "search", autospec=True, side_effect=search) as found:
            proved = self.statements._get_proved(rma)
        self.assertEqual(proved, {(rma, order): statement.stated_at})
        self.assertEqual(found.call_count, 0, "what was found then counts")
        values = self.statements._read_entered(
            {"person": "Ada", "contract": "S1", "email": "ada@example.com"}
        )
        visible = type(self.statements)
        with (
            mute_logger("odoo.sql_db"),
            patch.object(visible, "search", return_value=self.statements),
            self.assertRaisesRegex(ConcurrencyError, "arrived twice"),
        ):
            self.statements._receive(values, self.company, KEY, "x")

    def test_what_is_refused_and_what_is_escaped(self):
        for values, sentence in (
            ({"person": "x" * 201}, "at most 200 characters"),
            ({"part": "x" * 100_000}, "at most 200 characters"),
            ({"person": " "}, "enter your name and the number"),
            ({"contract": ""}, "enter your name and the number"),
            ({"email": "ada"}, "enter the email address"),
            ({"email": "a@b.com, c@d.com"}, "enter the email address"),
        ):
            for step in ("", "/confirm"):
                entered = {"contract": "S1", "step": step, **values}
                page = self._state(**entered)
                self.assertIn(sentence, self._text(page, "reverse_error"), values)
        page = self._state("S1", key="guessed")
        self.assertIn("fill in the form again", self._text(page, "reverse_error"))
        self.assertFalse(self.statements.search([]))
        name = "<script>alert(1)</script>{{ object.id }}\0"
        for step in ("", "/confirm"):
            page = self._state("S1", step=step, person=name)
            self.assertFalse(page.xpath("//script[text()='alert(1)']"))
            self.assertIn(name[:-1], self._text(page, "reverse_statement"))
        mail = self._find_mails(self._answer())
        self.assertIn("&lt;script&gt;alert(1)&lt;/script&gt;{{", mail.body_html)
        self.assertIn("&lt;script&gt;", self.printed)

    def test_no_mailbox_is_flooded(self):
        # who knows the number of an order holds nobody's receipt back
        for number in range(6):
            self._state("S1", key=str(number) * 43, email=f"{number}@example.com")
        self.assertEqual(set(self._answer().mapped("receipt")), {"sent"})
        for letter in "abcdefg":
            self._state(f"S{letter}", key=letter * 43)
        found = self._answer()[:7]
        self.assertEqual(found.mapped("receipt"), ["held"] * 2 + ["sent"] * 5)
        self.assertEqual(len(found[2:].activity_ids), 5)
        self._answer()
        self.assertEqual(found[1].receipt, "held")
        # an hour later it is sent, before what arrives then
        hour_ago = fields.Datetime.now() - timedelta(hours=1)
        found[2:]._guarded_write({"mailed_at": hour_ago})
        self._state("S2", key="h" * 43)
        with patch.object(type(self.statements), "_mailed_per_hour", {"email": 2}):
            self.assertEqual(self._answer()[0].receipt, "held")
        self.assertEqual(set(found.mapped("receipt")), {"sent"})
        self.assertEqual(len(self._find_mails(found[0])), 1)

    def test_what_fails_loses_nothing(self):
        order = self._sell(2, 100).order_id
        self._state(order.name)
        returns = type(self.env["reverse.rma"])
        with patch.object(returns, "_request", side_effect=UserError("Broken.")):
            statement = self._answer(prints=False)
        self.assertEqual((statement.state, statement.receipt), ("received", "sent"))
        self.assertEqual(statement.order_id, order)
        self.assertFalse(order.order_line.reverse_line_ids)
        mail = self._find_mails(statement)
        self.assertIn(order.name, mail.body_html)
        self.assertFalse(mail.attachment_ids)
        self.assertEqual(
            sorted(statement.activity_ids.mapped("summary")),
            ["Receipt sent without PDF", "Withdrawal not linked"],
        )
        statement.with_user(self.users["service"]).action_link()
        self.assertEqual(statement.rma_id.state, "authorized")
        self.assertFalse(statement.activity_ids)

    def test_the_clerk_links_or_answers_the_rest(self):
        line = self._sell(2, 100)
        self._state(line.order_id.name, key="a" * 43, part="one of the kettles")
        self._state("my kettle", key="b" * 43, email="ada@home.example")
        unknown, part = self._answer()
        self.assertEqual((part.state, part.order_id), ("received", line.order_id))
        self.assertEqual(
            part.activity_ids.summary, "Withdrawal from a part of an order"
        )
        clerk, auditor, receiver = (
            self.env["reverse.withdrawal.statement"].with_user(self.users[role])
            for role in ("service", "auditor", "receiver")
        )
        own = clerk.browse(unknown.id)
        with self.assertRaisesRegex(UserError, "Choose the order"):
            own.action_link()
        with self.assertRaisesRegex(UserError, "Enter what you answered"):
            own.action_answer()
        for refused, error, sentence in (
            (lambda: own.write({"person": "Eve"}), UserError, "cannot be set directly"),
            (lambda: own.write({"state": "linked"}), UserError, "cannot be set"),
            (lambda: own.unlink(), AccessError, ""),
            (lambda: own.create({"answer": "No"}), UserError, "arrive by the page"),
            (lambda: auditor.browse(unknown.id).action_link(), AccessError, ""),
            (lambda: receiver.browse(unknown.id).read(), AccessError, ""),
        ):
            with self.assertRaisesRegex(error, sentence):
                refused()
        self.assertEqual(auditor.browse(unknown.id).contract, "my kettle")

        action = clerk.browse(part.id).action_link()
        rma = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual((rma.state, rma.basis), ("draft", "withdrawal"))
        self.assertEqual((part.state, part.rma_id), ("linked", rma))
        own.answer = "Asked for the number of the order."
        own.action_answer()
        self.assertEqual(own.state, "answered")
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            own.order_id = line.order_id
        with self.assertRaisesRegex(UserError, "not possible from"):
            own.action_answer()

    def test_links_speak_as_the_country_does(self):
        order = self._sell(2, 100).order_id
        self.authenticate("ada", "ada")
        for country, words in (
            ("base.fr", "renoncer au contrat ici"),
            ("base.se", "withdraw from contract here"),
            (None, "Vertrag widerrufen"),
        ):
            self.ada.partner_id.country_id = country and self.env.ref(country)
            page = self._read(order.access_url)
            link = page.get_element_by_id("reverse_withdraw")
            self.assertEqual(link.text_content().strip(), words)
            form = self._read(link.get("href"))
            self.assertEqual(form.findtext(".//h1"), words)
            self.assertEqual(form.get_element_by_id("contract").value, order.name)
            self.assertIn(words, self._text(self._read("/my/home")))
        self._visit_other_company()
        self.company.reverse_withdrawal_page = False
        for url in (order.access_url, "/my/home"):
            self.assertNotIn("Vertrag widerrufen", self._read(url).text_content())

    def _visit_other_company(self):
        """On the site of a company without the page one withdraws all the same."""
        other = self.env.ref("base.main_company")
        self.ada.write(
            {"company_ids": [Command.link(other.id)], "company_id": other.id}
        )
        page = self._read("/my/home")
        [link] = page.xpath("//a[@id='reverse_withdraw_footer']")
        self.assertEqual(link.text_content(), "Vertrag widerrufen")
        # each company has the page: the link says whose it is
        other.write(
            {"reverse_withdrawal_page": True, "country_id": self.env.ref("base.fr").id}
        )
        page = self._read(link.get("href"))
        self.assertEqual(page.findtext(".//h1"), "Vertrag widerrufen")
        [form] = page.xpath("//form[@action='/returns/withdraw']")
        self._state("S1", company=dict(form.fields)["company"])
        self.assertEqual(self.statements.search([]).company_id, self.company)
        form = self._read("/returns/withdraw")
        self.assertEqual(form.findtext(".//h1"), "renoncer au contrat ici")
        other.reverse_withdrawal_page = False
        for named in (other.id, 10**8):
            answer = self.url_open(f"/returns/withdraw?company={named}")
            self.assertEqual(answer.status_code, 404)
        self.ada.company_id = self.company

    def test_refunds_that_are_due(self):
        order = self._sell(2, 100).order_id
        self._state(order.name)
        statement = self.statements.search([])
        statement._guarded_write({"stated_at": fields.Datetime.now() - timedelta(12)})
        rma = self._answer().rma_id
        action = self.env.ref("reverse_logistics.reverse_rma_action_refund_due")
        due = self.env["reverse.rma"].search(literal_eval(action.domain))
        self.assertNotIn(rma, due)  # the goods are not here
        self._receive(rma)
        due = self.env["reverse.rma"].search(literal_eval(action.domain))
        self.assertIn(rma, due)

    def test_what_names_a_person_is_erased_with_the_return(self):
        order = self._sell(2, 100).order_id
        self._state(order.name)
        statement = self._answer()
        rma = statement.rma_id
        rma.with_user(self.users["service"]).action_cancel()
        self.customer.with_user(self.users["administrator"])._reverse_erase()
        self.assertFalse(statement.person or statement.email or statement.visitor)
        self.assertFalse(self._find_mails(statement))
        self.assertFalse(statement._get_receipt_files())
        self.assertEqual(
            (statement.contract, statement.rma_id), (order.name.upper(), rma)
        )
