"""What is taken for a mail, or sent as one, gives nobody other rights or words."""

from email.message import EmailMessage

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from ..common import ReturnsCommon

#: What a customer said, and what we did.
DROPPED, THANKS = "I dropped it", "Thank you"
#: What a colleague said.
AGAINST = "I do not agree to credit this"


@tagged("post_install", "-at_install")
class TestAttacksMail(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain = new_test_user(cls.env, login="plain", groups="base.group_user")
        system = cls.env.ref("base.group_system")
        cls.evil = {
            "name": "Evil",
            "user_ids": [
                Command.create(
                    {"login": "evil", "group_ids": [Command.link(system.id)]}
                )
            ],
        }
        cls.line = cls._sell(2)
        cls.rma = cls._requested(cls.line)

    def _is_made(self):
        return bool(self.env["res.users"].search_count([("login", "=", "evil")]))

    def _write_mail(self):
        mail = EmailMessage()
        mail["From"] = f"Customer <{self.customer.email}>"
        mail["To"] = "nobody@example.com"
        mail["Message-Id"] = "<1@example.com>"
        mail.set_content("I agree")
        return mail.as_string()

    def test_users_hand_in_no_mails(self):
        for user in (self.plain, self.users["service"], self.users["administrator"]):
            for model, values in (
                ("res.partner", self.evil),
                ("reverse.rma", {"partner_id": self.customer.id}),
                (False, False),
            ):
                with (
                    self.subTest(user=user.login, model=model),
                    self.assertRaisesRegex(AccessError, "through the mail server"),
                ):
                    self._rpc(
                        user,
                        "mail.thread",
                        "message_process",
                        model,
                        self._write_mail(),
                        values,
                    )
        self.assertFalse(self._is_made())

    def test_a_template_is_about_its_document(self):
        template = self.env["mail.template"].create(
            {
                "name": "Hello",
                "model_id": self.env["ir.model"]._get_id("res.users"),
                "subject": "Hello",
            }
        )
        own = template.with_user(self.plain)
        for values in (
            {"recipient_ids": [Command.create(self.evil)]},
            {"recipient_ids": [Command.update(self.customer.id, {"name": "Other"})]},
            {"model": "reverse.rma", "res_id": self.rma.id, "body_html": "I agree"},
            {"mail_message_id": self.rma.sudo().message_ids[:1].id, "body": "Yes"},
        ):
            with (
                self.subTest(values=values),
                self.assertRaisesRegex(UserError, "cannot be said beside the template"),
            ):
                own.send_mail(self.plain.id, email_values=values)
        self.assertFalse(self._is_made())
        mail_id = own.send_mail(
            self.plain.id,
            email_values={
                "email_to": "other@example.com",
                "recipient_ids": [Command.link(self.customer.id)],
            },
        )
        self.assertEqual(
            self.env["mail.mail"].browse(mail_id).recipient_ids, self.customer
        )

    def test_nobody_writes_by_a_template_as_a_customer(self):
        template = self.env["mail.template"].create(
            {
                "name": "Yes",
                "model_id": self.env["ir.model"]._get_id("reverse.rma"),
                "body_html": "I agree",
            }
        )
        service = template.with_user(self.users["service"])
        with self.assertRaisesRegex(UserError, "in one's own name"):
            service.send_mail(self.rma.id, email_values={"author_id": self.customer.id})
        mail_id = service.send_mail(self.rma.id)
        self.assertEqual(
            self.env["mail.mail"].browse(mail_id).author_id,
            self.users["service"].partner_id,
        )

    def test_who_is_out_of_office_answers(self):
        """Odoo writes in the name of who is absent, for whoever writes to them."""
        absent = self.users["approver"]
        absent.write(
            {
                "out_of_office_from": "2020-01-01 00:00:00",
                "out_of_office_message": "<p>Back in May</p>",
            }
        )
        self._rpc(
            self.users["service"],
            self.rma._name,
            "message_post",
            self.rma.ids,
            body=THANKS,
            message_type="comment",
            partner_ids=absent.partner_id.ids,
        )
        answers = self.rma.sudo().message_ids.filtered(
            lambda message: "Back in May" in message.body
        )
        self.assertEqual(answers.author_id, absent.partner_id)

    def test_an_alias_writes_on_nothing_else(self):
        keeper = new_test_user(
            self.env, login="keeper", groups="account.group_account_manager"
        )
        journal = self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company.id)], limit=1
        )
        update = (1, self.line.id, {"qty_delivered": 99})
        for values in (
            {"invoice_line_ids": [(0, 0, {"sale_line_ids": [update]})]},
            {"message_partner_ids": [(0, 0, {"name": "Evil"})]},
        ):
            for written in (repr(values), values):
                defaults = {"alias_name": "evil", "alias_defaults": written}
                with (
                    self.subTest(values=written),
                    self.assertRaisesRegex(UserError, "name records that exist"),
                ):
                    self._rpc(keeper, "account.journal", "write", journal.ids, defaults)
        fine = {"move_type": "out_invoice", "journal_id": journal.id}
        defaults = {"alias_name": "bills", "alias_defaults": repr(fine)}
        self._rpc(keeper, "account.journal", "write", journal.ids, defaults)
        self.assertEqual(journal.alias_id.alias_defaults, repr(fine))

    def test_what_a_customer_wrote_is_edited_on_no_page(self):
        said = self.rma.sudo().message_post(
            body=DROPPED,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.customer.id,
        )
        ours = self._as("service", self.rma).message_post(
            body=THANKS, message_type="comment", subtype_xmlid="mail.mt_note"
        )
        thread = self._as("service", self.rma)
        with self.assertRaisesRegex(UserError, "stays, as who wrote it"):
            thread._message_update_content(said.sudo(), body="It came broken")
        self.assertIn(DROPPED, said.body)
        thread._message_update_content(ours.sudo(), body="Thanks")
        self.assertIn("Thanks", ours.body)

    def test_what_a_colleague_wrote_is_rewritten_by_nobody_else(self):
        noted = self._as("approver", self.rma).message_post(
            body=AGAINST,
            message_type="comment",
            subtype_xmlid="mail.mt_note",
            attachments=[("seal.txt", "broken")],
        )
        file = noted.attachment_ids
        service, body = self.users["service"], {"body": "I agree"}
        command = {"message_ids": [Command.update(noted.id, body)]}
        for record, method, *args in (
            (noted, "write", body),
            (noted, "write", {"subject": "Agreed"}),
            (noted, "write", {"attachment_ids": [Command.clear()]}),
            (noted, "unlink"),
            (self.rma, "write", command),
        ):
            with self.assertRaisesRegex(UserError, "stays, as who wrote it"):
                self._rpc(service, record._name, method, record.ids, *args)
        with self.assertRaisesRegex(UserError, "stays"):
            self._rpc(service, file._name, "unlink", file.ids)
        thread = self._as("service", self.rma)
        with self.assertRaisesRegex(UserError, "stays, as who wrote it"):
            thread._message_update_content(noted.sudo(), body="I agree")
        elsewhere = self.env["reverse.rma"].browse(self._requested(self.line).id)
        for new in (elsewhere, self.customer):
            with self.assertRaisesRegex(UserError, "stays there"):
                thread.message_change_thread(new)
        self.assertIn(AGAINST, noted.body)
        approver = self.users["approver"]
        self._rpc(approver, noted._name, "write", noted.ids, {"body": THANKS})
        self._rpc(approver, file._name, "unlink", file.ids)
        self._rpc(approver, noted._name, "unlink", noted.ids)
        self.assertFalse(noted.exists())

    def test_nor_what_was_written_about_a_control(self):
        keeper = self.users["administrator"]
        rule = self.env["reverse.approval.rule"].create(
            {"name": "All", "gate": "credit"}
        )
        with self.assertRaisesRegex(UserError, "in one's own name"):
            self._as("administrator", rule).message_post(
                body=AGAINST,
                message_type="comment",
                author_id=self.users["approver"].partner_id.id,
            )
        noted = rule.sudo().message_post(
            body=AGAINST,
            message_type="comment",
            author_id=self.users["approver"].partner_id.id,
        )
        with self.assertRaisesRegex(UserError, "stays, as who wrote it"):
            self._rpc(keeper, noted._name, "unlink", noted.ids)
        # Odoo deletes what was said with its record
        rule.sudo().unlink()
        self.assertFalse(noted.exists())

    def test_nobody_writes_to_many_as_a_customer(self):
        reader = self._create_user("user", login="reader")
        values = {
            "composition_mode": "mass_mail",
            "model": "reverse.rma",
            "res_ids": str(self.rma.ids),
            "email_from": "ada@example.com",
            "body": "I waive the credit",
            "auto_delete": False,
        }
        for author in (self.customer.id, self.users["approver"].partner_id.id, False):
            made = self._rpc(
                reader,
                "mail.compose.message",
                "create",
                [{**values, "author_id": author}],
            )
            with self.assertRaisesRegex(UserError, "in one's own name"):
                self._rpc(reader, "mail.compose.message", "action_send_mail", made)
        template = self.env["mail.template"].create(
            {
                "name": "Yes",
                "model_id": self.env["ir.model"]._get_id("reverse.rma"),
                "body_html": "I agree",
            }
        )
        rma = self.rma.with_user(reader)
        with self.assertRaisesRegex(UserError, "in one's own name"):
            rma.message_mail_with_source(template, author_id=self.customer.id)
        mail = rma.message_mail_with_source(template)
        self.assertEqual(mail.author_id, reader.partner_id)
        # what code sends for the system is by whom it says
        mail = self.rma.with_env(self.env).message_mail_with_source(
            template, author_id=self.company.partner_id.id
        )
        self.assertEqual(mail.author_id, self.company.partner_id)

    def test_templates_of_the_company_are_sent_in_ones_own_name(self):
        self.company.email = "office@example.com"
        template = self.env["mail.template"].create(
            {
                "name": "Soon",
                "model_id": self.env["ir.model"]._get_id("reverse.rma"),
                "email_from": "{{ object.company_id.email_formatted }}",
                "partner_to": "{{ object.partner_id.id }}",
                "body_html": "It comes soon",
            }
        )
        composer = self._as("service", self.env["mail.compose.message"]).create(
            {
                "composition_mode": "comment",
                "model": "reverse.rma",
                "res_ids": str(self.rma.ids),
                "template_id": template.id,
            }
        )
        self.assertEqual(composer.author_id, self.users["service"].partner_id)
        self._call(composer, "action_send_mail")
        message = self.rma.sudo().message_ids[:1]
        self.assertIn("It comes soon", message.body)
        self.assertEqual(message.author_id, self.users["service"].partner_id)
        self.assertIn("office@example.com", message.email_from)
