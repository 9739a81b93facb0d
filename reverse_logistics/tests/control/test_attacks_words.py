"""What one person says is no proof, and who asks by a link may be anybody."""

import re
from datetime import datetime, time, timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from ..agreements.test_withdrawal import WithdrawalCase


@tagged("post_install", "-at_install")
class TestWordsOfWithdrawals(WithdrawalCase):
    """A sale of 380 days ago comes back by right only where nobody had to say so."""

    def setUp(self):
        super().setUp()
        self.today = self.company._get_reverse_today()
        self.sold = self.today - timedelta(380)
        self.stocker = new_test_user(
            self.env, login="word-stock", groups="stock.group_stock_user"
        )

    def _sell_long_ago(self):
        line = self._sell(4)
        moment = fields.Datetime.now() - timedelta(380)
        line.order_id.date_order = moment
        line.move_ids.date = moment
        return line

    def assertWord(self, rma, author):
        """A person decides, and not who gave the word."""
        self.assertCode(rma, "withdrawal_word", "requested")
        self.assertTrue(rma.acknowledged_at)
        self.assertIn("By what was noted by hand", rma.line_ids.explanation)
        author.group_ids |= self.env.ref("reverse_logistics.group_approver")
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            rma.with_user(author).action_authorize()
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "authorized")
        self.assertTrue(rma.line_ids.legal_basis_id)

    def test_the_day_of_the_statement(self):
        line, day = self._sell_long_ago(), self.sold + timedelta(2)
        clerk = self.users["service"]
        rma = self._draft(line, 1, rma={"basis": "withdrawal", "stated_on": day})
        self._call(rma.with_user(clerk), "action_request")
        self.assertWord(rma, clerk)
        # the site's own clock is a proof, for the order that the customer named
        self.assertCode(self._stated(line, day), "withdrawal")
        other = self._stated(line, day, proved=False)
        statement = self._state_on_site(other, line.order_id, day)
        statement._guarded_write({"is_matched": False})
        other.line_ids._decide(
            self.env["reverse.policy.version"]._get_for(self.company)
        )
        self.assertCode(other, "withdrawal_word", "requested")

    def test_a_part_of_an_order_and_what_was_delivered_later(self):
        """A statement is no right to whatever is chosen years after it."""
        line, day = self._sell_long_ago(), self.sold + timedelta(2)
        clerk = self.users["service"]
        statement = self.env["reverse.withdrawal.statement"]._guarded_create(
            {
                "contract": line.order_id.name,
                "email": self.customer.email,
                "stated_at": datetime.combine(day, time(12)),
                "submission": "a part",
                "company_id": self.company.id,
                "part": "one of the kettles",
            }
        )
        statement._match()
        self.assertTrue(statement.is_matched)
        self._call(statement.with_user(clerk), "action_link")
        part = statement.rma_id.with_env(self.env)
        part.line_ids.quantity = 1
        self._call(part.with_user(clerk), "action_request")
        self.assertCode(part, "withdrawal_word", "requested")
        self.assertIn("two people decide", part.approval_ids.details)
        later = self._sell_long_ago()
        later.move_ids.date = datetime.combine(day + timedelta(90), time(12))
        self.assertCode(self._stated(later, day), "withdrawal_word", "requested")

    def test_an_order_that_is_made_to_fit_a_statement(self):
        """Number and address can be written later, the statement is somebody else's."""
        line, day = self._sell_long_ago(), self.sold + timedelta(2)
        clerk = self.users["service"]
        clerk.group_ids += self.env.ref("base.group_partner_manager")
        statement = self.env["reverse.withdrawal.statement"]._guarded_create(
            {
                "contract": "S-OTHER",
                "email": "eve@example.com",
                "stated_at": datetime.combine(day, time(12)),
                "submission": "S-OTHER",
                "company_id": self.company.id,
            }
        )
        for record, values in (
            (line.order_id, {"name": "S-OTHER"}),
            (self.customer, {"email": "eve@example.com"}),
            (statement, {"order_id": line.order_id.id}),
        ):
            self._call(record.with_user(clerk), "write", values)
        self._call(statement.with_user(clerk), "action_link")
        rma = statement.rma_id.with_env(self.env)
        self.assertCode(rma, "withdrawal_word", "requested")

    def test_the_day_of_possession(self):
        line = self._sell_long_ago()
        picking = line.move_ids.picking_id
        values = {"reverse_possessed_on": self.today, "reverse_word_by_id": False}
        self._call(picking.with_user(self.stocker), "write", values)
        rma = self._stated(line)
        self.assertEqual(rma.word_by_ids, self.stocker)
        self.assertWord(rma, self.stocker)
        # a return that states no withdrawal goes by policy
        self.assertCode(self._requested(line), "late", "requested")

    def test_whether_the_customer_was_told(self):
        line, seller = self._sell_long_ago(), self.users["service"]
        self._call(line.order_id.with_user(seller), "write", {"reverse_informed": "no"})
        rma = self._stated(line)
        self.assertEqual(rma.word_by_ids, seller)
        self.assertWord(rma, seller)
        # what comes as a default is noted by somebody as well
        other = self.stocker.id
        orders = (
            self.env["sale.order"]
            .with_user(seller)
            .with_context(
                default_reverse_informed="no", default_reverse_word_by_id=other
            )
        )
        order = orders.create({"partner_id": self.customer.id})
        self.assertEqual(order.reverse_informed, "no")
        self.assertEqual(order.reverse_word_by_id, seller)

    def test_policy_does_not_believe_it_either(self):
        self._set_law({"window_days": 30})
        self.customer.country_id = self.env.ref("base.us")
        rma = self._stated(
            self._sell_long_ago(), self.sold + timedelta(2), proved=False
        )
        self.assertCode(rma, "withdrawal_no_rule", "requested")

    def test_a_word_that_changes_nothing(self):
        line = self._sell(4)
        line.order_id.reverse_informed = "no"
        line.move_ids.picking_id.reverse_possessed_on = self.today
        rma = self._stated(line)
        self.assertCode(rma, "withdrawal")
        self.assertFalse(rma.word_by_ids)

    def test_a_contact_does_not_choose_the_rules(self):
        """Whose traits count, and where they live, was agreed when it was sold."""
        abroad = self.env.ref("base.us")
        tag = self.env["res.partner.category"].create({"name": "Friends"})
        region = self.env["reverse.region"].create(
            {"name": "Abroad", "country_ids": [Command.set(abroad.ids)]}
        )
        friend = self.customer.create(
            {
                "name": "A friend",
                "parent_id": self.customer.id,
                "type": "other",
                "country_id": abroad.id,
                "category_id": [Command.set(tag.ids)],
            }
        )
        friendly = {"authorize": True}
        draft = self._get_version().copy()
        draft.rule_ids.authorize = False
        draft.rule_ids = [
            Command.create({**friendly, "name": name, "window_days": 7, name: ids})
            for name, ids in (
                ("partner_tag_ids", [Command.set(tag.ids)]),
                ("country_ids", [Command.set(abroad.ids)]),
                ("region_ids", [Command.set(region.ids)]),
            )
        ]
        draft.with_user(self.users["administrator"]).action_activate()
        line, own = self._sell(4), {"partner_id": friend.id}
        rma = self._requested(line, rma=own)
        self.assertCode(rma, "manual", "requested")
        self.assertFalse(rma.line_ids._get_rule_facts()[rma.line_ids].values["region"])
        # neither does another address of the order, once its goods are delivered
        seller, order = self.users["service"], line.order_id
        for name in ("partner_id", "partner_shipping_id"):
            with self.assertRaisesRegex(UserError, "its delivery address stay"):
                self._call(order.with_user(seller), "write", {name: friend.id})
        self._call(
            order.with_user(seller), "write", {"partner_id": order.partner_id.id}
        )
        # it was agreed to deliver there
        order = self._new_order((self.product, 1), partner_shipping_id=friend.id)
        self._deliver(order)
        self.assertCode(self._requested(order.order_line), "in_window")


@tagged("post_install", "-at_install")
class TestAskedByLink(WithdrawalCase):
    """Who reads the link of an order may be the approver who then decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_law({"authorize": False})
        cls.company.reverse_portal = "request"
        cls.visitor = cls.env.ref("base.public_user")
        cls.other = cls._create_user("approver", login="second-approver")

    def _signed_in(self, login, partner):
        user = self.visitor.copy({"login": login, "partner_id": partner.id})
        user.group_ids = self.env.ref("base.group_portal")
        return user

    def _ask(self, user):
        """Ask by the pages of the site for goods of an order."""
        move = self._sell(3).move_ids
        returns = self.env["reverse.rma"].with_user(user).sudo()
        reason = self.env.ref("reverse_logistics.reason_unwanted")
        rma = returns._begin_for_customer(
            self.customer,
            returns._find_offered(self.customer, move.sale_line_id.order_id),
            [((move.id, False), {"quantity": 1, "reason_id": reason.id})],
            {"settlement_type": "refund"},
        )
        rma._request_by_customer()
        return rma.with_user(self.env.user).sudo(False)

    def assertTwoDecide(self, rma):
        approval = rma.approval_ids
        self.assertIn("by a link, not by a signed-in", approval.details)
        self.assertIn("2 of “Approver”", rma.approval_note)
        self._call(self._as("approver", approval), "action_approve")
        self.assertEqual((rma.state, approval.state), ("requested", "pending"))
        with self.assertRaisesRegex(UserError, "approved in your name already"):
            self._call(self._as("approver", approval), "action_approve")
        with self.assertRaisesRegex(UserError, "waits for approval"):
            self._call(self._as("approver", rma), "action_authorize")
        self.assertIn("ApprovalGiven", self._events(rma).mapped("name"))
        self._call(rma.with_user(self.other), "action_authorize")
        self.assertEqual(rma.state, "authorized")

    def test_two_people_decide_on_what_anybody_may_have_asked(self):
        self.assertTwoDecide(self._ask(self.visitor))
        self.assertTwoDecide(self._ask(self._signed_in("stranger", self.stranger)))

    def test_one_decides_on_what_the_customer_asked(self):
        self.customer.email = "ada@example.com"
        rma = self._ask(self._signed_in("customer", self.customer))
        self._call(self._as("approver", rma), "action_authorize")
        self.assertEqual(rma.state, "authorized")
        self._assert_customers_key_stays(rma)

    def _assert_customers_key_stays(self, rma):
        """Who reads a return, and what was written of it, cannot be its customer."""
        token = rma.sudo()._portal_ensure_token()
        written = {"body": f"> /my/returns?access_token={token}", "subtype_id": False}
        self._as("service", rma).message_post(
            **written, partner_ids=self.customer.ids, message_type="comment"
        )
        mails = self.env["mail.mail"].search(
            [("model", "=", rma._name), ("res_id", "=", rma.id)]
        )
        self.assertIn(f"/my/returns/{rma.id}?access_token={token}", mails[-1].body_html)
        for role in ("auditor", "inspector", "service", "approver"):
            reader = self._as(role, rma)
            with self.assertRaisesRegex(AccessError, "access_token"):
                reader.read(["access_token"])
            with self.assertRaisesRegex(AccessError, "access_token"):
                reader.search([("access_token", "=like", f"{token[0]}%")])
            self.assertNotIn("access_token", reader.fields_get())
            with self.assertRaisesRegex(AccessError, "access_token"):
                reader._get_share_url()
            read = [reader.get_portal_url(), *reader.message_ids.mapped("body")]
            self.assertIn("?access_token=", "".join(read))
            self.assertNotIn(token, "".join(read))

    def test_who_let_the_customer_in_is_somebody_they_may_be(self):
        """Whoever makes a user of the portal may sign in as them."""
        approver = self.users["approver"]
        maker = self.visitor.with_user(approver).sudo()
        customer = maker.copy({"login": "made", "partner_id": self.customer.id})
        customer.group_ids = self.env.ref("base.group_portal")
        rma = self._ask(customer.with_env(self.env))
        self.assertEqual(rma.invited_by_ids, approver)
        with self.assertRaisesRegex(
            UserError, "You made or changed by what the customer"
        ):
            self._call(self._as("approver", rma), "action_authorize")
        self._call(rma.with_user(self.other), "action_authorize")
        self.assertEqual(rma.state, "authorized")
        # nor do they prove that goods are on their way
        rma._guarded_write({"shipped_by_id": approver.id})
        rma.sudo().write({"carrier_tracking_ref": "1Z"})
        rma._guarded_write({"shipped_at": fields.Datetime.now()})
        rma._guarded_write({"shipped_by_id": approver.id})
        self.assertFalse(rma._is_shipment_shown())
        rma._guarded_write({"shipped_by_id": self.other.id})
        self.assertTrue(rma._is_shipment_shown())

    def test_who_can_sign_in_as_the_customer(self):
        """A changed address gets the new password; so does a moved contact."""
        self.customer.email = "ada@example.com"
        customer = self._signed_in("customer", self.customer)
        rma = self._ask(customer)
        self.assertFalse(rma.invited_by_ids)
        approver = self.users["approver"]
        rights = "base.group_partner_manager", "base.group_erp_manager"
        for name in rights:
            approver.group_ids |= self.env.ref(name)
        employer = self.customer.create({"name": "Works", "is_company": True})
        for model, records, values in (
            ("res.partner", self.customer, {"email": "mine@example.com"}),
            ("res.partner", self.customer, {"parent_id": employer.id}),
            ("res.users", customer, {"password": "of my own choice"}),
            ("res.users", customer, {"login": "mine"}),
        ):
            with self.subTest(values), self.env.cr.savepoint() as savepoint:
                # as the wizard that grants access to the portal does
                self.env[model].browse(records.ids).with_user(approver).sudo().write(
                    values
                )
                self.env.invalidate_all()
                rma = self._ask(customer)
                self.assertEqual(rma.invited_by_ids, approver)
                with self.assertRaisesRegex(
                    UserError, "You made or changed by what the customer"
                ):
                    self._call(self._as("approver", rma), "action_authorize")
                self._call(rma.with_user(self.other), "action_authorize")
                self.assertEqual(rma.state, "authorized")
                savepoint.rollback()
                self.env.invalidate_all()
        # the same address again, or a telephone, lets nobody in; nor do customers
        values = {"email": "ada@example.com", "phone": "1"}
        self._rpc(approver, "res.partner", "write", self.customer.ids, values)
        self.customer.with_user(customer).sudo().write({"email": "new@example.com"})
        self.env.invalidate_all()
        self.assertFalse(self._ask(customer).invited_by_ids)
        known = self.customer.with_user(approver).fields_get()
        self.assertNotIn("reverse_let_in_by_ids", known)

    def test_who_was_shown_the_key_of_the_customer(self):
        """Whoever reads the link of a new password can set it."""
        self.customer.email = "ada@example.com"
        customer = self._signed_in("customer", self.customer)
        company = self.company
        customer.write({"company_ids": company.ids, "company_id": company.id})
        clerk = self.users["approver"]
        clerk.group_ids |= self.env.ref("base.group_partner_manager")
        template = self.env.ref("auth_signup.portal_set_password_email")
        composer = {
            "template_id": template.id,
            "model": "res.users",
            "res_ids": str(customer.ids),
            "composition_mode": "comment",
        }
        spec = {name: {} for name in (*composer, "body")}
        found = self._rpc(
            clerk, "mail.compose.message", "onchange", [], composer, [], spec
        )
        self.assertIn("token=", found["value"]["body"])
        self.env.invalidate_all()
        rma = self._ask(customer)
        self.assertEqual(rma.invited_by_ids, clerk)
        with self.assertRaisesRegex(
            UserError, "You made or changed by what the customer"
        ):
            self._call(rma.with_user(clerk), "action_authorize")

    def test_who_was_shown_how_the_customer_signs_up(self):
        """Where anybody may sign up, every colleague could ask for the key; answers
        to customers have one that nobody reads.
        """
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        self.customer.email = "ada@example.com"
        clerk = self.users["approver"]
        rma = self._ask(self.visitor)
        answer = {"body": "It is on its way", "message_type": "comment"}
        rma.with_user(clerk).message_post(partner_ids=self.customer.ids, **answer)
        self.assertFalse(self.customer.reverse_let_in_by_ids)
        # nothing that a client can send says that it is mailed
        partner = self.env["res.partner"].with_user(clerk).browse(self.customer.ids)
        forged = partner.with_context(reverse_key_goes=True)
        token = forged.signup_get_auth_param()[partner.id]["auth_signup_token"]
        self.assertEqual(self.customer.reverse_let_in_by_ids, clerk)
        users = self.env["res.users"].with_user(self.visitor).sudo()
        users.signup({"login": "ada", "password": "of my own choice"}, token)
        self.env.invalidate_all()
        made = users.search([("login", "=", "ada")])
        self.assertEqual(made.partner_id, self.customer)
        asked = self._ask(made.with_env(self.env))
        self.assertEqual(asked.invited_by_ids, clerk)

    def test_nobody_else_reads_how_a_customer_signs_up(self):
        """The customer is mailed the link, and messages about anything have no key."""
        self.env["ir.config_parameter"].set_param("auth_signup.invitation_scope", "b2c")
        self.customer.email = "ada@example.com"
        order = self._sell(3).order_id
        order.access_token = False  # else the link bears this one
        seller = self._create_user("service", login="seller")
        seller.group_ids = self.env.ref("sales_team.group_sale_salesman_all_leads")
        order.message_subscribe(
            partner_ids=seller.partner_id.ids,
            subtype_ids=self.env.ref("mail.mt_note").ids,
        )
        values = {
            "res_model": order._name,
            "res_id": order.id,
            "partner_ids": self.customer.ids,
        }
        clerk = self.users["service"]
        clerk.group_ids |= self.env.ref("base.group_partner_manager")
        share = self.env["portal.share"].with_user(clerk)
        share.create(values).action_send_mail()
        mails = self.env["mail.mail"].search(
            [("model", "=", order._name), ("res_id", "=", order.id)]
        )
        mine = mails.filtered(lambda mail: self.customer in mail.recipient_ids)
        keys = re.findall(r"/web/signup\?[^\"]*\btoken=([\w.~%-]+)", mine.body_html)
        self.assertTrue(keys)
        for mail in mails - mine:
            self.assertNotIn(keys[0], mail.body_html)
        found = self._rpc(
            seller,
            "mail.message",
            "search_read",
            [("model", "=", order._name), ("res_id", "=", order.id)],
            ["body"],
        )
        body = "".join(message["body"] for message in found)
        self.assertIn("/web/signup?", body)
        self.assertIn("token=&amp;", body)
        self.assertNotIn(keys[0], body)

    def test_nobody_else_reads_how_a_customer_sets_a_password(self):
        customer = self._signed_in("ada", self.customer)
        company = self.company
        customer.write({"company_ids": company.ids, "company_id": company.id})
        customer.email = "ada@example.com"
        customer.partner_id.signup_prepare(signup_type="reset")
        template = self.env.ref("auth_signup.portal_set_password_email")
        mail = self.env["mail.mail"].browse(template.send_mail(customer.id))
        key = r"/web/reset_password\?[^\"]*\btoken=([\w.~%-]+)"
        self.assertRegex(mail.body_html, key)
        [message] = self._rpc(
            self.users["receiver"],
            "mail.message",
            "search_read",
            [("model", "=", "res.users"), ("res_id", "=", customer.id)],
            ["body"],
        )
        self.assertIn("/web/reset_password?", message["body"])
        self.assertNotRegex(message["body"], key)

    def test_who_made_the_contact_that_signs_in(self):
        """A colleague lets it in; passwords go to the address that came with it."""
        self.customer.is_company = True
        approver = self.users["approver"]
        approver.group_ids |= self.env.ref("base.group_partner_manager")
        mine, nobodys = (
            self.customer.browse(
                self._rpc(
                    approver,
                    "res.partner",
                    "create",
                    [{"name": "Buyer", "parent_id": self.customer.id, **values}],
                )
            )
            for values in ({"email": "mine@example.com"}, {})
        )
        self._rpc(approver, "res.partner", "write", mine.ids, {"name": "Ada's buyer"})
        self.env.invalidate_all()
        rma = self._ask(self._signed_in("mine", mine))
        self.assertEqual(rma.invited_by_ids, approver)
        with self.assertRaisesRegex(
            UserError, "You made or changed by what the customer"
        ):
            self._call(self._as("approver", rma), "action_authorize")
        # without an address nobody gets a password
        asked = self._ask(self._signed_in("nobodys", nobodys))
        self.assertFalse(asked.invited_by_ids)

    def test_whose_company_was_moved_below_the_customer(self):
        """A contact of one's own buys for a company that is put below another."""
        self.customer.is_company = True
        own = self.customer.create({"name": "Mine", "is_company": True})
        contact = self.customer.create({"name": "Me", "parent_id": own.id})
        contact_user = self._signed_in("me", contact)
        approver = self.users["approver"]
        approver.group_ids |= self.env.ref("base.group_partner_manager")
        self._rpc(
            approver,
            "res.partner",
            "write",
            own.ids,
            {"parent_id": self.customer.id, "is_company": False},
        )
        self.env.invalidate_all()
        self.assertEqual(contact.commercial_partner_id, self.customer)
        self.assertEqual(self._ask(contact_user).invited_by_ids, approver)

    def test_who_corrected_an_address_at_which_nobody_signs_in(self):
        """That of the company counts once somebody signs in as it."""
        self.customer.is_company = True
        contact = self.customer.create({"name": "Me", "parent_id": self.customer.id})
        contact_user = self._signed_in("me", contact)
        approver = self.users["approver"]
        approver.group_ids |= self.env.ref("base.group_partner_manager")
        corrected = {"email": "office@example.com"}
        self._rpc(approver, "res.partner", "write", self.customer.ids, corrected)
        self.env.invalidate_all()
        self.assertFalse(self._ask(contact_user).invited_by_ids)
        self._signed_in("office", self.customer)
        self.env.invalidate_all()
        self.assertEqual(self._ask(contact_user).invited_by_ids, approver)

    def test_many_addresses_are_noted_at_once(self):
        def count(contacts):
            before = self.env.cr.sql_log_count
            contacts._note_reverse_let_in()
            self.env.flush_all()
            return self.env.cr.sql_log_count - before

        people = self.customer.create([{"name": f"No. {n}"} for n in range(23)])
        people = people.with_user(self.users["approver"])
        self.env.flush_all()
        count(people[:1])  # what is looked up once
        self.assertEqual(count(people[1:3]), count(people[3:]))
        self.assertEqual(people.sudo().reverse_let_in_by_ids, self.users["approver"])

    def test_a_single_approver(self):
        """Who may combine duties decides alone, and each time is listed."""
        rma = self._ask(self.visitor)
        approval, alone = rma.approval_ids, self.users["approver"]
        self._call(self._as("approver", approval), "action_approve")
        with self.assertRaisesRegex(UserError, "or lets you combine duties"):
            self._call(self._as("approver", approval), "action_approve")
        self.assertEqual((approval.state, approval.needed), ("pending", 2))
        uses = self.env["reverse.combined.duty.use"]
        for way in "grant", "group":
            with self.subTest(way), self.env.cr.savepoint() as savepoint:
                if way == "group":
                    alone.group_ids |= self.env.ref(
                        "reverse_logistics.group_combined_duties"
                    )
                else:
                    grant = self.env["reverse.combined.duty"].create(
                        {
                            "name": "One-person branch",
                            "company_id": self.company.id,
                            "user_ids": [Command.set(alone.ids)],
                            "role_ids": [
                                Command.link(
                                    self.env.ref(f"reverse_logistics.group_{name}").id
                                )
                                for name in ("service", "approver")
                            ],
                        }
                    )
                asked = self._ask(self.visitor)
                self._call(self._as("approver", asked.approval_ids), "action_approve")
                self.assertEqual(asked.state, "authorized")
                use = uses.search([("rma_id", "=", asked.id)])
                self.assertEqual(
                    (use.user_id, use.duty, use.state), (alone, "approver", "open")
                )
                self.assertEqual(
                    use.grant_id, grant if way == "grant" else uses.grant_id
                )
                event = self._events(asked).filtered(
                    lambda e: e.name == "ApprovalGiven"
                )
                self.assertTrue(event.data["combined_duties"])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_two_people_decide_on_a_doubt_of_the_site(self):
        line = self._sell(4)
        line.move_ids.date = fields.Datetime.now() - timedelta(100)
        rma = self._stated(line, self.company._get_reverse_today())
        self.assertCode(rma, "withdrawal_late", "requested")
        self.assertTwoDecide(rma)
