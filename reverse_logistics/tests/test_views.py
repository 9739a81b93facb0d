from lxml import etree

from odoo.tests import tagged

from .common import ReturnsCommon
from .control_common import ROLES

DOCUMENTS = ["Returns", "My Exceptions", "Exceptions"]
CONFIGURATION = [
    "Policies",
    "Reasons",
    "Conditions",
    "Dispositions",
    "Channels",
    "Facilities",
]
MENUS = {
    "service": ["Returns", "Settlements", "My Exceptions", "Exceptions"],
    "receiver": DOCUMENTS,
    "inspector": ["Returns", "To Inspect", "My Exceptions", "Exceptions"],
    "approver": ["Returns", "Settlements", "My Exceptions", "Exceptions"],
    "releaser": ["Returns", "Settlements", "My Exceptions", "Exceptions"],
    "auditor": ["Returns", "To Inspect", "Settlements", "Exceptions", "Events"],
    "administrator": [
        "Returns",
        "To Inspect",
        "Settlements",
        "My Exceptions",
        "Exceptions",
        "Events",
        *CONFIGURATION,
    ],
}
#: header buttons of the forms, by the role that may press them
BUTTONS = {
    "reverse.rma": {
        "action_request": "service",
        "action_authorize": "approver",
        "action_receive": "receiver",
        "action_cancel": "service",
        "action_propose_settlement": "service",
        "action_credit_value": "service",
        "action_close": "service",
    },
    "reverse.inspection": {
        "action_complete": "inspector",
        "action_reinspect": "inspector",
    },
    "reverse.settlement": {
        "action_submit": "service",
        "action_approve": "approver",
        "action_release": "releaser",
        "action_reverse": "releaser",
        "action_cancel": "service",
    },
    "reverse.exception": {
        "action_drop": "service",
        "action_authorize": "approver",
        "action_send_back": "approver",
    },
}


@tagged("post_install", "-at_install")
class TestViews(ReturnsCommon):
    """Every page opens for whoever has its menu, and shows only what they may do."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.root = cls.env.ref("reverse_logistics.menu_root")

    def _menus(self, role):
        menus = self.env["ir.ui.menu"].with_user(self.users[role])
        visible = menus.browse(menus._visible_menu_ids())
        return visible.filtered(
            lambda m: (
                m.action
                and m.parent_path.startswith(self.root.parent_path)
                and all(parent in visible for parent in self._path(m))
            )
        ).sorted(lambda m: [part.sequence for part in self._path(m)])

    def _path(self, menu):
        return (self._path(menu.parent_id) if menu.parent_id else []) + [menu]

    def _views(self, action, role):
        model = self.env[action.res_model].with_user(self.users[role])
        kinds = [*action.view_mode.split(","), "search"]
        return model, model.get_views([(False, kind) for kind in kinds])["views"]

    def _specification(self, model, node):
        """What the web client asks for to show a view."""
        specification = {}
        for field in node.xpath(".//field[not(ancestor::field)]"):
            name = field.get("name")
            kind = model._fields[name].type
            specification[name] = {}
            if kind == "many2one":
                specification[name] = {"fields": {"display_name": {}}}
            elif kind in ("one2many", "many2many"):
                views = field.xpath("./list") or [field]
                fields = self._inner(
                    self.env[model._fields[name].comodel_name], views[0]
                )
                specification[name] = {"fields": fields or {"display_name": {}}}
        return specification

    def _inner(self, model, view):
        copy = etree.fromstring(etree.tostring(view))
        if copy.tag == "field":
            return {}
        return self._specification(model, copy)

    def test_menus_open_for_each_role(self):
        line = self._sell(4)
        self._return(line, 2, condition="A")
        self._return(line, 1, condition="E")
        for role in ROLES:
            menus = self._menus(role)
            self.assertEqual(menus.mapped("name"), MENUS[role], role)
            for menu in menus:
                with self.subTest(role=role, menu=menu.name):
                    self._open_all(menu.sudo().action, role)

    def _open_all(self, action, role):
        self.assertIn("o_view_nocontent", action.help or "", action.name)
        model, views = self._views(action, role)
        for kind in set(views) - {"search"}:
            arch = etree.fromstring(views[kind]["arch"])
            found = model.web_search_read([], self._specification(model, arch))
            self.assertEqual(found["length"], model.search_count([]), kind)

    def test_buttons_belong_to_roles(self):
        for model_name, buttons in BUTTONS.items():
            for role in ("service", "receiver", "inspector", "approver", "releaser"):
                model = self.env[model_name].with_user(self.users[role])
                arch = model.get_views([(False, "form")])["views"]["form"]["arch"]
                header = etree.fromstring(arch).find("header")
                shown = {b.get("name") for b in header.iter("button")} & set(buttons)
                expected = {name for name, owner in buttons.items() if owner == role}
                self.assertEqual(shown, expected, f"{model_name} for {role}")

    def test_auditor_presses_nothing(self):
        for model_name in BUTTONS:
            model = self.env[model_name].with_user(self.users["auditor"])
            arch = model.get_views([(False, "form")])["views"]["form"]["arch"]
            header = etree.fromstring(arch).find("header")
            self.assertFalse([b.get("name") for b in header.iter("button")], model_name)
            self.assertIn(etree.fromstring(arch).get("edit"), ("False", "0"))

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
