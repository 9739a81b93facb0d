"""A working day in the views: worklists, ways between documents, rates."""

from datetime import timedelta

from lxml import etree

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

from ..views_common import DayCase

#: smart buttons of a return that went all the way: action, what it opens
DOCUMENTS = {
    "action_view_sale_orders": "sale.order",
    "action_view_deliveries": "stock.picking",
    "action_view_pickings": "stock.picking",
    "action_view_inspections": "reverse.inspection",
    "action_view_settlements": "reverse.settlement",
    "action_view_invoices": "account.move",
    "action_view_credit_notes": "account.move",
}


@tagged("post_install", "-at_install")
class TestWorklists(DayCase):
    """Filters answer the questions of the day."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.returns = cls.env.ref("reverse_logistics.reverse_rma_action")
        cls.receipts = cls.env.ref("reverse_logistics.reverse_receipt_action")
        cls.parts = cls.env.ref("reverse_logistics.reverse_inspection_action")

    def _expect(self, rma, days):
        today = self.company._get_reverse_today()
        self._as("service", rma).expected_date = today + timedelta(days)
        return rma

    def test_receipts_are_planned_for_the_expected_day(self):
        self.company.reverse_expected_days = 4
        rma = self._requested(self._sell(2))
        today = self.company._get_reverse_today()
        self.assertEqual(rma.expected_date, today + timedelta(4))
        picking = rma.picking_ids
        self.assertEqual(picking.scheduled_date.date(), today + timedelta(4))
        self._expect(rma, 9)
        self.assertEqual(picking.scheduled_date.date(), today + timedelta(9))
        rma.sudo().shipped_at = fields.Datetime.now() + timedelta(days=1)
        self.assertEqual(rma.expected_date, today + timedelta(5))
        self.assertEqual(picking.scheduled_date.date(), today + timedelta(5))

    def test_expected_day_belongs_to_nobody_once_withdrawn(self):
        rma = self._draft(self._sell(2))
        self.assertFalse(rma.expected_date)
        rma.action_request()
        self._receive(rma)
        self._expect(rma, 3)
        self.assertEqual(rma.picking_ids.state, "done", "what is done stays as it is")
        with self.assertRaisesRegex(AccessError, "not allowed to modify"):
            self._as("auditor", rma).expected_date = fields.Date.today()

    def test_what_arrives_today_and_what_is_late(self):
        line = self._sell(9)
        today = self._expect(self._requested(line), 0)
        late = self._expect(self._requested(line), -2)
        soon = self._expect(self._requested(line), 30)
        come = self._expect(self._received(line), -2)
        for action, field in (
            (self.returns, "id"),
            (self.receipts, "reverse_rma_id.id"),
        ):
            expected = {
                "arrives_today": today,
                "late": late,
                "expected": today | late | soon,
            }
            for name, rmas in expected.items():
                found = set(self._filter(action, name).mapped(field))
                ours = set((today | late | soon | come).ids)
                self.assertEqual(found & ours, set(rmas.ids), f"{action.name}: {name}")
        week = self._filter(self.returns, "arrives_this_week")
        self.assertIn(today, week)
        self.assertNotIn(soon, week)

    def test_what_waits_for_whom(self):
        line = self._sell(9)
        draft = self._draft(line)
        review = self._requested(self._create_product("Unknown"))
        inspect = self._received(line)
        settle = self._return(line, 1, condition="E")
        # here, but nobody has authorized that it is inspected
        adopted = self._return_button(line.move_ids.picking_id[:1], 1)
        self._validate(adopted.with_user(self.users["receiver"]))
        unannounced = adopted.reverse_rma_id
        ours = draft | review | inspect | settle | unannounced
        for name, rmas in {
            "to_decide": review | unannounced,
            "to_inspect": inspect,
            "to_settle": settle,
            "exceptions": review | unannounced,
            "open": ours,
            "mine": draft.browse(),
        }.items():
            found = self._filter(self.returns, name)
            self.assertEqual(found & ours, rmas, name)
        mine = self._filter(self.returns, "mine", "service")
        self.assertEqual(mine & ours, ours - unannounced)
        for name, rma in {"to_inspect": inspect, "to_authorize": unannounced}.items():
            parts = self._filter(self.parts, name, "inspector")
            self.assertEqual(parts & ours.inspection_ids, rma.inspection_ids, name)
            self.assertEqual(set(rma.inspection_ids.mapped("state")), {"draft"})
        self._as("service", settle.settlement_ids).action_submit()
        waiting = self._filter(self.returns, "to_approve_settlement")
        self.assertEqual(waiting & ours, settle)

    def test_every_filter_and_group_can_be_used(self):
        self._return(self._sell(3), 2, condition="A")
        actions = self.env["ir.actions.act_window"].search(
            [("res_model", "like", "reverse.%"), ("target", "=", "current")]
        )
        self.assertGreater(len(actions), 15)
        for action in actions | self.receipts:
            arch, model = self._arch(action, "search", "administrator")
            for node in arch.xpath("//filter"):
                with self.subTest(action=action.name, filter=node.get("name")):
                    self._use(model, node)

    def _use(self, model, node):
        scope = {"uid": model.env.uid}
        if node.get("domain"):
            model.search(safe_eval(node.get("domain"), scope), limit=1)
        context = safe_eval(node.get("context") or "{}", scope)
        if context.get("group_by"):
            groups = model.formatted_read_group([], [context["group_by"]], ["__count"])
            self.assertIsInstance(groups, list)
        self.assertTrue(
            node.get("domain") or context or node.get("date"), node.get("name")
        )

    def test_dock_receives_marked_returns(self):
        line = self._sell(6)
        first, second = self._requested(line), self._requested(line, 2)
        pickings = self._as("receiver", first.picking_ids | second.picking_ids)
        self.assertEqual(
            pickings.mapped("reverse_product_summary"), ["1 × Kettle", "2 × Kettle"]
        )
        names = pickings.with_context(reverse_receipt_names=True)
        self.assertEqual(names[0].display_name, f"{first.name} Ada Distribution")
        pickings.action_reverse_receive()
        self.assertEqual(set((first | second).mapped("stage")), {"received"})
        foreign = self._return_button(line.order_id.picking_ids[:1], 1)
        with self.assertRaisesRegex(UserError, "belongs to no return yet"):
            self._as("receiver", foreign).action_reverse_receive()

    def test_app_opens_with_what_a_role_does_first(self):
        for role, action in {
            "service": "reverse_rma_action",
            "receiver": "reverse_receipt_action",
            "inspector": "reverse_inspection_action",
            "approver": "reverse_approval_action_mine",
            "releaser": "reverse_settlement_action_to_release",
            "auditor": "reverse_event_action",
        }.items():
            home = self._as(role, self.env["reverse.rma"]).action_open_home()
            self.assertEqual(home["xml_id"], f"reverse_logistics.{action}", role)
            menu = self._as(role, self.root)
            self.assertIn(menu.id, menu._visible_menu_ids(), role)


@tagged("post_install", "-at_install")
class TestWays(DayCase):
    """From every document to its returns, and back."""

    def test_from_the_return_to_its_documents(self):
        line = self._sell(3)
        rma = self._as("administrator", self._return(line, 2, condition="A"))
        delivery = line.move_ids.picking_id.filtered(
            lambda p: p.picking_type_code == "outgoing"
        )
        expected = {
            "action_view_sale_orders": line.order_id,
            "action_view_deliveries": delivery,
            "action_view_pickings": rma.picking_ids,
            "action_view_inspections": rma.inspection_ids,
            "action_view_settlements": rma.settlement_ids,
            "action_view_invoices": line.invoice_lines.move_id.filtered(
                lambda m: m.move_type == "out_invoice"
            ),
            "action_view_credit_notes": rma.credit_note_ids,
        }
        for button, model in DOCUMENTS.items():
            found = self._opened(getattr(rma, button)())
            self.assertEqual(found._name, model)
            self.assertEqual(found, expected[button].sudo(False), button)
        self.assertEqual(
            (rma.delivery_count, rma.invoice_count, rma.sale_order_count), (1, 1, 1)
        )
        self.assertEqual(
            (rma.inspection_count, rma.settlement_count, rma.credit_note_count),
            (1, 1, 1),
        )
        self.assertEqual(rma.picking_count, len(rma.picking_ids))

    def test_from_documents_to_their_returns(self):
        (lot,) = self._create_lots(self.lot_product, "L-1")
        self.lot_product.categ_id = self.perpetual
        line = self._sell(4, product=self.lot_product, lots={lot: 4})
        first = self._requested(line, 1, lot_id=lot.id)
        second = self._draft(line, 1, lot_id=lot.id)
        rmas = first | second
        invoice = line.invoice_lines.move_id
        delivery = line.move_ids.picking_id.filtered(
            lambda p: p.picking_type_code == "outgoing"
        )
        for record, count in (
            (line.order_id, 2),
            (invoice, 2),
            (delivery, 1),  # a draft has not found its delivery yet
            (self.customer, 2),
            (self.lot_product, 2),
            (self.lot_product.product_tmpl_id, 2),
            (lot, 2),
        ):
            record = self._as("service", record)
            with self.subTest(model=record._name):
                self.assertEqual(record.reverse_rma_count, count)
                found = self._opened(record.action_view_reverse_rmas())
                self.assertEqual(found, rmas if count == 2 else first)
        stranger = self._as("service", self.stranger)
        self.assertEqual(stranger.reverse_rma_count, 0)

    def test_company_counts_returns_of_its_contacts(self):
        contact = self.env["res.partner"].create(
            {"name": "Workshop", "parent_id": self.customer.id}
        )
        line = self._sell(4)
        self._draft(line)
        own = self._draft(line, rma={"partner_id": contact.id})
        company, person = (self._as("service", p) for p in (self.customer, contact))
        self.assertEqual((company.reverse_rma_count, person.reverse_rma_count), (2, 1))
        self.assertEqual(self._opened(person.action_view_reverse_rmas()), own)

    def test_counts_of_many_take_one_query_each(self):
        line = self._sell(9)
        rmas = self.env["reverse.rma"].concat(
            *(self._received(line) for _number in range(3))
        )
        names = ["picking_count", "inspection_count", "open_exception_count"]
        self.env.flush_all()
        rmas.invalidate_recordset()
        rmas.mapped("name")
        with self.assertQueryCount(3):
            values = [rmas.mapped(name) for name in names]
        self.assertEqual(values, [[1, 1, 1], [1, 1, 1], [0, 0, 0]])

    def test_what_is_shown_follows_within_one_transaction(self):
        rma = self._requested(self.lot_product, 1)
        shown = rma.open_exception_count, rma.exception_count
        self.assertEqual(shown, (1, 1))
        self._as("service", rma.exception_ids).action_drop()
        shown = rma.open_exception_count, rma.exception_count
        self.assertEqual(shown, (0, 1))
        draft = self._draft(self.product, 1)
        self.assertIn("Kettle", draft.line_ids.display_name)
        draft.line_ids.product_id = self.lot_product
        self.assertIn("Paint", draft.line_ids.display_name)

    def test_many_returns_are_named_by_what_they_have_in_common(self):
        line = self._sell(9)
        product = self._as("service", line.product_id)
        first = self._draft(line)
        action = product.action_view_reverse_rmas()
        self.assertEqual(action["res_id"], first.id)
        second = self._draft(line)
        action = product.action_view_reverse_rmas()
        self.assertEqual(self._opened(action), second | first)
        self.assertEqual(
            action["domain"],
            [("line_ids", "any", [("product_id", "in", product.ids)])],
        )

    def test_smart_buttons_are_on_odoos_forms(self):
        for model in (
            "sale.order",
            "stock.picking",
            "account.move",
            "res.partner",
            "product.template",
            "product.product",
            "stock.lot",
        ):
            views = self._as("administrator", self.env[model]).get_views(
                [(False, "form")]
            )
            arch = etree.fromstring(views["views"]["form"]["arch"])
            buttons = arch.xpath("//button[@name='action_view_reverse_rmas']")
            self.assertEqual(len(buttons), 1, model)
            self.assertIn("not reverse_rma_count", buttons[0].get("invisible"), model)


@tagged("post_install", "-at_install")
class TestRates(DayCase):
    """What came back of what was delivered, for salespeople too."""

    def test_rate_of_product_and_customer(self):
        line = self._sell(8)
        self._return(line, 2, condition="A")
        self._requested(line, 1)  # not arrived: does not count
        template = self.product.product_tmpl_id
        for record in (self.product, template, self.customer):
            record.invalidate_recordset()
            with self.subTest(model=record._name):
                self.assertEqual(record.reverse_delivered, 8)
                self.assertEqual(record.reverse_returned, 2)
                self.assertAlmostEqual(record.reverse_rate, 0.25)
        self.assertAlmostEqual(self.customer.reverse_invoiced, 800)
        self.assertAlmostEqual(self.customer.reverse_credited, 200)
        self.assertAlmostEqual(self.customer.reverse_value_rate, 0.25)
        self.assertFalse(self.stranger.reverse_rate)

    def test_goods_sent_back_to_the_customer_are_not_delivered_again(self):
        rma = self._received(self._sell(4), 2)
        self._inspect(rma.inspection_ids, "C", "CUSTOMER")
        back = rma.picking_ids.filtered(lambda p: p.picking_type_code == "outgoing")
        self._validate(back)
        self.assertEqual(back.state, "done")
        self.product.invalidate_recordset()
        self.assertEqual(self.product.reverse_delivered, 4)
        self.assertEqual(self.product.reverse_returned, 2)

    def test_rates_take_two_queries_for_any_number(self):
        products = self.product.concat(
            *(self._create_product(f"Part {number}") for number in range(5))
        )
        self._return(self._sell(4), 1, condition="A")
        self.env.flush_all()
        products.invalidate_recordset()
        products.mapped("reverse_quantity")
        self.env.user.mapped("tz")  # the year begins on the day of the user
        with self.assertQueryCount(2):
            rates = products.mapped("reverse_rate")
        self.assertEqual(rates, [0.25] + [0.0] * 5)

    def test_salespeople_read_the_history_of_their_customers(self):
        line = self._sell(4)
        line.order_id.user_id = self.seller
        mine = self._return(line, 1, condition="A")
        theirs = self._draft(self._sell(4))
        self.env.invalidate_all()
        product = self.product.with_user(self.seller)
        self.assertEqual(product.reverse_rma_count, 1)
        self.assertAlmostEqual(product.reverse_rate, 1 / 8)
        action = product.action_view_reverse_rmas()
        self.assertEqual(action["res_model"], "reverse.rma.line")
        lines = self.env["reverse.rma.line"].with_user(self.seller)
        self.assertEqual(lines.search(action["domain"]), mine.line_ids)
        history = self.env.ref("reverse_logistics.reverse_rma_line_action_history")
        for kind in ("list", "form"):
            views = lines.get_views([*history.views, (False, "search")])["views"]
            arch = etree.fromstring(views[kind]["arch"])
            found = lines.web_search_read([], self._specification(lines, arch))
            self.assertEqual([r["id"] for r in found["records"]], mine.line_ids.ids)
        with self.assertRaisesRegex(AccessError, "salespeople's own|access"):
            theirs.with_user(self.seller).read(["name"])
        with self.assertRaisesRegex(AccessError, "not allowed to modify"):
            mine.with_user(self.seller).note = "Mine now"
