"""What the demo data shows, where it is installed; what its clock does, everywhere."""

from datetime import datetime, timedelta
from threading import Thread

from odoo import fields
from odoo.tests import TransactionCase, tagged

from ...demo.clock import happening_at
from ...models.config.reverse_reason import CLAIMS
from ...models.rma.reverse_rma import STAGES

MOMENT = datetime(2024, 2, 29, 10, 30)
ROLES = ("service", "receiver", "inspector", "approver", "releaser", "auditor")
KINDS = {
    "no_source",
    "no_authorization",
    "not_invoiced",
    "work_failure",
    "sla_breach",
    "late_goods",
    "credit_review",
    "unclaimed",
}


@tagged("post_install", "-at_install")
class TestDemoClock(TransactionCase):
    def test_moment_holds_inside_only(self):
        company = self.env.company
        before = fields.Datetime.now()
        with happening_at(self.env.cr, MOMENT):
            self.assertEqual(fields.Datetime.now(), MOMENT)
            self.assertEqual(fields.Date.today(), MOMENT.date())
            self.assertEqual(fields.Date.context_today(company), MOMENT.date())
            self.assertEqual(company._get_reverse_today(), MOMENT.date())
            partner = self.env["res.partner"].create({"name": "Ada"})
        self.assertEqual(partner.create_date, MOMENT)
        self.assertGreaterEqual(fields.Datetime.now(), before)

    def test_end_of_a_failing_story(self):
        with self.assertRaisesRegex(ValueError, "spilled"):
            with happening_at(self.env.cr, MOMENT):
                raise ValueError("spilled")
        self.assertNotEqual(fields.Date.today(), MOMENT.date())

    def test_other_threads_keep_the_time(self):
        told = []
        with happening_at(self.env.cr, MOMENT):
            thread = Thread(target=lambda: told.append(fields.Datetime.now()))
            thread.start()
            thread.join()
        self.assertEqual(len(told), 1)
        self.assertGreater(told[0], MOMENT + timedelta(days=1))


@tagged("post_install", "-at_install", "reverse_demo")
class TestDemoStories(TransactionCase):
    """Empty without demo data: then there is nothing that could be wrong with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.module = cls.env.ref("base.module_reverse_logistics")
        customers = cls.env["ir.model.data"].search(
            [
                ("module", "=", "reverse_logistics"),
                ("model", "=", "res.partner"),
                ("name", "like", "demo_customer_"),
            ]
        )
        cls.rmas = cls.env["reverse.rma"].search(
            [("partner_id", "in", customers.mapped("res_id"))]
        )
        cls.shown = bool(cls.rmas)

    def assertShown(self, found, wanted):
        """With demo data everything wanted is there, without it nothing is."""
        self.assertEqual(set(wanted) - set(found), set() if self.shown else set(wanted))

    def test_demo_is_there_when_it_was_installed(self):
        self.assertEqual(self.shown, bool(self.module.demo))
        self.assertFalse(0 < len(self.rmas) < 40)

    def test_every_stage_and_channel(self):
        self.assertShown(self.rmas.mapped("stage"), dict(STAGES))
        # The company opens its portal at the end of the stories, for who looks on.
        portal = self.env.ref("reverse_logistics.channel_portal")
        channels = self.env["reverse.channel"].search([]) - portal
        self.assertShown(self.rmas.channel_id.mapped("code"), channels.mapped("code"))

    def test_shipping_errors_waiting_and_accepted(self):
        lines = self.rmas.line_ids.filtered("claim")
        accepted = lines.filtered(lambda line: line.state in ("authorized", "done"))
        self.assertShown(accepted.mapped("claim"), dict(CLAIMS))
        waiting = lines.filtered(lambda line: line.state == "requested")
        errors = ("wrong_item", "not_delivered", "price_error")
        self.assertShown(waiting.mapped("claim"), errors)

    def test_exceptions_have_ages_and_values(self):
        exceptions = self.rmas.exception_ids
        opened = exceptions.filtered(lambda e: e.state == "open")
        self.assertShown(opened.mapped("type"), KINDS)
        self.assertShown(exceptions.mapped("state"), ("open", "resolved"))
        self.assertTrue(all(exception.value > 0 for exception in opened))
        days = {exception.raised_on for exception in opened}
        self.assertTrue(len(days) > 5 or not self.shown)
        escalated = opened.filtered("escalated_at").mapped("type")
        self.assertShown(escalated, ("sla_breach",))

    def test_credits_wait_for_approval_and_for_release(self):
        states = self.rmas.settlement_ids.mapped("state")
        self.assertShown(states, ("submitted", "approved", "released"))

    def test_kinds_of_returns(self):
        lines = self.rmas.line_ids
        kinds = {
            "several orders": any(len(rma.sale_order_ids) > 1 for rma in self.rmas),
            "historic": bool(lines.historic_sale_id),
            "deposit": bool(lines.deposit_type_id),
            "fee": any(lines.mapped("fee")),
            "lot": "lot" in lines.filtered("lot_id").mapped("tracking"),
            "serial": "serial" in lines.filtered("lot_id").mapped("tracking"),
            "end customer": bool(self.rmas.end_partner_id),
            "parcel": any(self.rmas.mapped("parcel_back")),
            "closed short": any(lines.mapped("qty_closed_short")),
            "replaced": any(lines.mapped("qty_replaced")),
            "follow-up": bool(self.rmas.origin_rma_id),
        }
        self.assertShown([kind for kind, there in kinds.items() if there], kinds)
        self.assertTrue(len(self.rmas.facility_id) >= 4 or not self.shown)

    def test_policy_was_tried_changed_and_obeyed(self):
        pumps = self.env["reverse.policy.rule"].search([("name", "=", "Pumps")])
        states = pumps.version_id.mapped("state")
        self.assertShown(states, ("draft", "active"))
        simulations = self.env["reverse.simulation"].search([])
        self.assertShown(simulations.mapped("state"), ("done",))
        approvals = self.rmas.approval_ids
        self.assertShown(approvals.mapped("state"), ("pending",))
        lines = approvals.rma_id.line_ids
        self.assertShown(lines.policy_rule_id.mapped("name"), ("Pumps",))
        dear = lines.filtered(lambda line: line.policy_rule_id in pumps)
        self.assertTrue(all(dear.mapped("fee")))
        decided = self.rmas.line_ids.mapped("decision")
        self.assertShown(decided, ("authorize", "review", "exception"))

    def test_books_and_events_agree(self):
        self.assertEqual(self.rmas._check_quantities(), {})
        self.assertEqual(self.env["reverse.event"]._find_breaks(self.rmas), {})
        for rma in self.rmas:
            dates = rma.event_ids.sorted("sequence").mapped("date")
            self.assertEqual(dates, sorted(dates), rma.name)

    def test_goods_lie_where_documents_say_and_are_worth_what_odoo_says(self):
        for company in self.rmas.company_id:
            env = self.env(context={"allowed_company_ids": company.ids})
            rows = env["reverse.stock.difference"]
            rows = rows.search(rows.action_open()["domain"])
            self.assertTrue(rows, company.name)
            self.assertFalse(rows.filtered("difference"), company.name)
            stock = env["reverse.stock"]
            stock = stock.search(stock.action_open()["domain"])
            for product, own in stock.grouped("product_id").items():
                worth = product.total_value
                self.assertAlmostEqual(sum(own.mapped("value")), worth, delta=0.006)

    def test_nothing_is_sent(self):
        mails = self.env["mail.mail"].search([("state", "=", "outgoing")])
        partners = self.rmas.partner_id
        self.assertFalse(mails.recipient_ids & partners)
        told = set(filter(None, mails.mapped("email_to")))
        self.assertFalse(told & set(partners.mapped("email")))

    def test_users_open_their_menus(self):
        root = self.env.ref("reverse_logistics.menu_root")
        for role in (*ROLES, "counter"):
            user = self.env.ref(
                f"reverse_logistics.demo_user_{role}", raise_if_not_found=False
            )
            self.assertEqual(bool(user), self.shown, role)
            if user:
                self._open_menus(user, root)

    def _open_menus(self, user, root):
        visible = self.env["ir.ui.menu"].with_user(user)._visible_menu_ids()
        menus = self.env["ir.ui.menu"].search([("id", "child_of", root.id)])
        actions = [m.action for m in menus if m.id in visible and m.action]
        self.assertTrue(actions, user.login)
        for action in actions:
            if action._name == "ir.actions.act_window":
                model = self.env[action.res_model].with_user(user)
                views = [(False, mode) for mode in action.view_mode.split(",")]
                model.get_views([*views, (False, "search")])
                if not model._transient:
                    model.search_read([], ["display_name"], limit=5)
