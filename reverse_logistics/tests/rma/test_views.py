from lxml import etree

from odoo import Command
from odoo.tests import Form, tagged

from ..control_common import ROLES
from ..views_common import ViewsCase

EVERYBODY = set(ROLES)
CONTROL = {"service", "approver", "releaser", "auditor", "administrator"}
CONFIGURATION = {"auditor", "administrator"}
#: menus, by the roles that see them
MENUS = {
    "menu_rma": EVERYBODY,
    "menu_receipt": {"service", "receiver", "auditor", "administrator"},
    "menu_inspection": {"receiver", "inspector", "auditor", "administrator"},
    "menu_settlement_to_release": {"releaser", "administrator"},
    "menu_settlement": CONTROL,
    "menu_exception": EVERYBODY,
    "menu_analysis_rma": CONTROL,
    "menu_analysis_line": CONTROL,
    "menu_analysis_inspection": CONTROL,
    "menu_analysis_settlement": CONTROL,
    "menu_analysis_exception": CONTROL,
    "menu_event": {"auditor", "administrator"},
    "menu_approval_mine": EVERYBODY,
    "menu_delegation_mine": {"approver", "administrator"},
    "menu_approval": {"approver", "auditor", "administrator"},
    "menu_quantity_change": {"approver", "auditor", "administrator"},
    "menu_control_change": {"auditor", "administrator"},
    "menu_duty_period": {"auditor", "administrator"},
    "menu_combined_duty_use": {"auditor", "administrator"},
    "menu_approval_rule": CONFIGURATION,
    "menu_delegation": CONFIGURATION,
    "menu_combined_duty": CONFIGURATION,
    "menu_policy": CONFIGURATION,
    "menu_reason": CONFIGURATION,
    "menu_condition": CONFIGURATION,
    "menu_inspection_template": CONFIGURATION,
    "menu_disposition": CONFIGURATION,
    "menu_channel": CONFIGURATION,
    "menu_facility": CONFIGURATION,
    "menu_region": CONFIGURATION,
    "menu_collection": {"service", "administrator"},
    "menu_withdrawal_statement": {"service", "auditor", "administrator"},
    "menu_refund_due": {"service", "releaser", "auditor", "administrator"},
    "menu_withdrawal_word": CONFIGURATION,
    "menu_capacity": {"service", "auditor", "administrator"},
    "menu_stock": {"approver", "releaser", "auditor", "administrator"},
    "menu_stock_difference": {"approver", "auditor", "administrator"},
    "menu_credit_received": CONTROL,
    "menu_credit_ahead": CONTROL,
    "menu_capacity_load": {"service", "auditor", "administrator"},
    "menu_trait": CONFIGURATION,
    "menu_agreement": CONFIGURATION,
    "menu_health_issue": CONFIGURATION,
    "menu_health_score": {"auditor", "administrator"},
}
#: buttons that resolve exceptions, by the role that may press them; see test_buttons
#: for the steps of other documents
RESOLUTIONS = {
    "action_drop": "service",
    "action_authorize": "approver",
    "action_send_back": "approver",
}
#: what auditors read
DOCUMENTS = (
    "reverse.rma",
    "reverse.inspection",
    "reverse.settlement",
    "reverse.exception",
)


@tagged("post_install", "-at_install")
class TestViews(ViewsCase):
    """Every page opens for whoever has its menu, and shows only what they may do."""

    def test_menus_open_for_each_role(self):
        line = self._sell(4)
        self._return(line, 2, condition="A")
        self._return(line, 1, condition="E")
        for role in ROLES:
            menus = self._menus(role)
            for name, roles in MENUS.items():
                menu = self.env.ref(f"reverse_logistics.{name}")
                self.assertEqual(menu in menus, role in roles, f"{name} for {role}")
            for menu in menus:
                with self.subTest(role=role, menu=menu.name):
                    self._open_all(self._opened(menu.sudo().action, role), role)

    def _opened(self, action, role):
        """Give what a menu opens, also where that is made up first."""
        if action._name != "ir.actions.server":
            return action
        made = action.with_user(self.users[role]).run()
        return self.env["ir.actions.act_window"].browse(made["id"])

    def _open_all(self, action, role):
        if action.target != "new":  # a dialog is never empty
            self.assertIn("o_view_nocontent", action.help or "", action.name)
        model, views = self._views(action, role)
        for kind in set(views) - {"search"}:
            arch = etree.fromstring(views[kind]["arch"])
            if kind in ("pivot", "graph"):
                self._open_analysis(model, arch)
                continue
            found = model.web_search_read([], self._specification(model, arch))
            self.assertEqual(found["length"], model.search_count([]), kind)
            if arch.get("default_group_by"):
                columns = model.web_read_group([], [arch.get("default_group_by")], [])
                self.assertEqual(bool(columns["groups"]), bool(found["length"]), kind)

    def _open_analysis(self, model, arch):
        shown = arch.xpath("./field[not(@invisible)]")
        groups = [
            ":".join(filter(None, (field.get("name"), field.get("interval"))))
            for field in shown
            if field.get("type") != "measure"
        ]
        measures = [
            f"{field.get('name')}:sum"
            for field in shown
            if field.get("type") == "measure"
        ]
        found = model.formatted_read_group([], groups, ["__count", *measures])
        self.assertEqual(
            sum(group["__count"] for group in found), model.search_count([])
        )

    def test_menus_are_grouped(self):
        menus = self.env["ir.ui.menu"].search([("id", "child_of", self.root.id)])
        for menu in menus - self.root:
            entries = menu.child_id.filtered("action")
            self.assertNotIn(menu.name, entries.mapped("name"))
            self.assertEqual(len(set(entries.mapped("name"))), len(entries), menu.name)
            self.assertLessEqual(len(entries), 9, menu.name)
        goodwill = self.env.ref("reverse_logistics.menu_analysis_commercial_exception")
        self.assertEqual(goodwill.name, "Goodwill")

    def test_filters_of_a_list_have_different_names(self):
        names = ("Waits", "Waiting", "Late")
        search = self.env["reverse.rma"].get_views([(False, "search")])["views"]
        arch = etree.fromstring(search["search"]["arch"])
        shown = arch.xpath(".//filter[not(@invisible='1')]/@string")
        self.assertEqual(len(shown), len(set(shown)))
        self.assertFalse([name for name in shown if name.startswith(names)])

    def test_every_list_has_cards_for_phones(self):
        for menu in self._menus("administrator").sudo():
            action = menu.action
            if action._name != "ir.actions.act_window":
                continue
            modes = action.view_mode.split(",")
            # A list alone is short and filled in where it stands.
            if modes[0] == "list" and len(modes) > 1:
                if action.res_model != "reverse.approval":
                    self.assertIn("kanban", modes, action.name)

    def test_goods_can_be_read_in_lists(self):
        """Product and customer have room; columns that are mostly empty are hidden."""
        for name in ("reverse_inspection_action", "reverse_receipt_action"):
            action = self.env.ref(f"reverse_logistics.{name}")
            arch, _model = self._arch(action, "list", "administrator")
            columns = {
                field.get("name"): field
                for field in arch.xpath("./field[not(@column_invisible='1')]")
                if field.get("optional") != "hide"
            }
            self.assertGreaterEqual(int(columns["partner_id"].get("width")[:-2]), 140)
            self.assertFalse(
                {"removal_date", "repair_state", "inspection_level", "location_id"}
                & set(columns)
            )
        inspections, _model = self._arch(
            self.env.ref("reverse_logistics.reverse_inspection_action"),
            "list",
            "administrator",
        )
        product = inspections.xpath("./field[@name='product_id']")[0]
        self.assertGreaterEqual(int(product.get("width")[:-2]), 220)

    def test_no_view_shows_raw_ids(self):
        actions = self.env["ir.actions.act_window"].search(
            [("res_model", "like", "reverse.%")]
        )
        self.assertGreater(len(actions), 15)
        for action in actions:
            model, views = self._views(action, "administrator")
            for kind in set(views) - {"search", "pivot", "graph"}:
                arch = etree.fromstring(views[kind]["arch"])
                for field in arch.xpath(".//field[not(ancestor::field)]"):
                    self.assertFalse(
                        self._is_raw(model, field),
                        f"{field.get('name')} in the {kind} of {action.name}",
                    )

    def _is_raw(self, model, node):
        """Whether a number or technical name would be shown where a name belongs."""
        hidden = {node.get("invisible"), node.get("column_invisible")} & {"1", "True"}
        name = node.get("name")
        technical = name == "id" or name.endswith(("_id", "_ids", "_model", "_uid"))
        return (
            not hidden
            and technical
            and model._fields[name].type in ("integer", "char", "many2one_reference")
            and name != "correlation_id"  # for auditors, who look for it
        )

    def _form(self, model, role):
        views = self.env[model].with_user(self.users[role]).get_views([(False, "form")])
        return etree.fromstring(views["views"]["form"]["arch"])

    def test_resolutions_belong_to_roles(self):
        for role in ("service", "receiver", "inspector", "approver", "releaser"):
            header = self._form("reverse.exception", role).find("header")
            shown = {button.get("name") for button in header.iter("button")}
            expected = {name for name, owner in RESOLUTIONS.items() if owner == role}
            self.assertEqual(shown & set(RESOLUTIONS), expected, role)
        header = self._form("reverse.exception", "auditor").find("header")
        shown = {button.get("name") for button in header.iter("button")}
        self.assertEqual(shown, {"action_take", "action_give_back"})

    def test_auditor_edits_nothing(self):
        for model in DOCUMENTS:
            form = self._form(model, "auditor")
            self.assertIn(form.get("edit"), ("False", "0"), model)

    def test_events_are_told_in_words(self):
        rma = self._return(self._sell(3), 2, condition="A")
        events = self._events(rma)
        words = dict(zip(events.mapped("name"), events, strict=True))
        self.assertEqual(words["ReturnReceived"].title, "Goods received")
        self.assertEqual(words["ReturnReceived"].data_text, "2 × Kettle")
        self.assertIn("decided by policy", words["ReturnAuthorized"].data_text)
        self.assertIn("Restock", words["InspectionCompleted"].data_text)
        self.assertIn(rma.credit_note_ids.name, words["InvoiceAdjusted"].data_text)
        self.assertFalse(
            events.filtered(lambda e: e.title == e.name), "every event has its words"
        )

    def test_product_shows_what_lies_in_returns(self):
        line = self._sell(5)
        before = self._available()[0]
        self._received(line, 2)
        template = self.product.product_tmpl_id
        self.assertEqual(
            (self.product.reverse_quantity, template.reverse_quantity), (2, 2)
        )
        self.assertEqual(self._available()[0], before, "and it is not on hand")
        action = template.action_view_reverse_quants()
        quants = self.env["stock.quant"].search(action["domain"])
        self.assertEqual(quants.location_id, self.inspection_location)
        self.assertEqual(sum(quants.mapped("quantity")), 2.0)

    def test_goods_are_listed_once_each(self):
        line = self._sell(9)
        rma = self.env["reverse.rma"].create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "quantity": quantity,
                            "uom_id": self.unit.id,
                            "move_id": line.move_ids.id,
                        }
                    )
                    for quantity in (1, 2.5, 0.1, 0.2)
                ],
            }
        )
        self.assertEqual(rma.product_summary, "3.8 × Kettle")

    def test_what_a_role_was_asked_for_says_who_did_it(self):
        rma = self._requested(self._sell(2), 1)
        activity = rma.activity_schedule(
            "mail.mail_activity_data_todo", summary="Have a look", user_id=False
        )
        activity.user_id = False
        self._as("administrator", activity).action_feedback("Seen")
        self.assertNotIn("originally assigned", rma.message_ids[0].body)
        self.assertEqual(rma.message_ids[0].author_id, self._partner("administrator"))

    def _partner(self, role):
        return self.users[role].partner_id

    def test_only_customer_service_may_name_the_facility(self):
        rma = self._requested(self._sell(2), 1)
        for role in ("receiver", "approver", "service"):
            form = Form(self._as(role, rma))
            self.assertEqual(
                form._get_modifier("facility_id", "readonly"), role != "service", role
            )

    def test_facility_is_off_once_that_is_saved(self):
        facility = self._requested(self._sell(2), 1).facility_id
        form = Form(self._as("administrator", facility))
        form.switched_off = True
        self.assertFalse(form.is_off)
        form.off_reason = "outage"
        self.assertTrue(form.save().is_off)

    def test_links_lead_back_to_the_return(self):
        rma = self._return(self._sell(2), 1, condition="A")
        for record, role in (
            (rma.picking_ids[0], "receiver"),
            (rma.credit_note_ids, "releaser"),
        ):
            action = self._as(role, record).action_view_reverse_rma()
            self.assertEqual(
                (action["res_model"], action["res_id"]), (rma._name, rma.id)
            )
        for record in (rma.inspection_ids, rma.settlement_ids):
            self.assertEqual(record.action_view_rma()["res_id"], rma.id)
        order = self._as("service", rma.sale_order_ids)
        self.assertEqual(order.reverse_rma_count, 1)
        self.assertEqual(order.action_view_reverse_rmas()["res_id"], rma.id)


@tagged("post_install", "-at_install")
class TestDialogs(ViewsCase):
    """A dialog is called as the button that opens it, and asks what it will do."""

    def _buttons(self):
        views = self.env["ir.ui.view"].search(
            [("model", "=like", "reverse.%"), ("mode", "=", "primary")]
        )
        for view in views:
            for button in view._get_combined_arch().iter("button"):
                yield view.name, button

    def test_dialogs_are_called_as_their_buttons(self):
        opened = set()
        for view, button in self._buttons():
            if button.get("type") != "action":
                continue
            action = self.env["ir.actions.act_window"].browse(int(button.get("name")))
            if action.exists() and action.target == "new":
                with self.subTest(view=view, button=button.get("string")):
                    self.assertEqual(action.name, button.get("string"))
                opened.add(action)
        self.assertGreater(len(opened), 8)

    def test_questions_say_what_happens_and_their_buttons_what_they_do(self):
        asked = [(view, b) for view, b in self._buttons() if b.get("confirm")]
        self.assertGreater(len(asked), 8)
        for view, button in asked:
            with self.subTest(view=view, button=button.get("string")):
                self.assertRegex(button.get("confirm"), r"\.$")
                self.assertRegex(button.get("confirm-title", ""), r"\?$")
                self.assertTrue(button.get("confirm-label"))
                self.assertTrue(button.get("cancel-label"))
