"""Work done from the views: marked returns, the printed paper, the first steps."""

from lxml import etree

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ...models.base import drawings
from ..views_common import DayCase

#: server actions in the Actions menu of lists, by role
BULK = {
    "reverse_rma_action_authorize": "approver",
    "reverse_rma_action_receive": "receiver",
    "reverse_rma_action_close": "service",
    "reverse_inspection_action_complete": "inspector",
    "reverse_settlement_action_approve": "approver",
    "reverse_settlement_action_release": "releaser",
    "reverse_exception_action_retry": "releaser",
}


@tagged("post_install", "-at_install")
class TestBulk(DayCase):
    """The Actions menu calls the guarded methods, for all or none."""

    def test_actions_are_offered_to_their_role(self):
        for name, owner in BULK.items():
            action = self.env.ref(f"reverse_logistics.{name}")
            model = action.model_id.model
            for role in ("service", "receiver", "inspector", "approver", "releaser"):
                bindings = self._as(role, self.env["ir.actions.actions"]).get_bindings(
                    model
                )
                offered = {b["id"] for b in bindings.get("action", ())}
                self.assertEqual(action.id in offered, role == owner, f"{name} {role}")

    def _run(self, name, records, role):
        context = {
            "active_model": records._name,
            "active_ids": records.ids,
            "active_id": records[:1].id,
        }
        action = self.env.ref(f"reverse_logistics.{name}")
        return self._as(role, action.sudo(False)).with_context(**context).run()

    def test_marked_returns_go_on_together(self):
        line = self._sell(6)
        rmas = self._requested(line) | self._requested(line)
        self._run("reverse_rma_action_receive", rmas, "receiver")
        self.assertEqual(set(rmas.mapped("stage")), {"received"})
        self._as("inspector", rmas.inspection_ids).condition_id = self.conditions["E"]
        self._run(
            "reverse_inspection_action_complete", rmas.inspection_ids, "inspector"
        )
        self.assertEqual(set(rmas.inspection_ids.mapped("state")), {"done"})
        settlements = rmas.settlement_ids
        self._as("service", settlements).action_submit()
        self._run("reverse_settlement_action_approve", settlements, "approver")
        self._run("reverse_settlement_action_release", settlements, "releaser")
        self.assertEqual(set(settlements.mapped("state")), {"released"})

    def test_what_waited_for_invoices_is_retried_together(self):
        orders = self.env["sale.order"]
        for _number in range(2):
            orders |= self._new_order((self.product, 2, {"price_unit": 100}))
        invoices = self.env["account.move"]
        for order in orders:
            self._deliver(order)
            invoices |= self._invoice(order, post=False)
        rmas = self.env["reverse.rma"]
        for order in orders:
            rmas |= self._return(order.order_line)
        self.assertEqual(set(rmas.exception_ids.mapped("type")), {"not_invoiced"})
        invoices.action_post()
        name = "reverse_exception_action_retry"
        with self.assertRaisesRegex(AccessError, "role|allowed|access"):
            self._run(name, rmas.exception_ids, "service")
        self._run(name, rmas.exception_ids, "releaser")
        self.assertEqual(set(rmas.exception_ids.mapped("state")), {"resolved"})
        self.assertEqual(set(rmas.credit_note_ids.mapped("state")), {"posted"})
        self.assertEqual(len(rmas.credit_note_ids), 2)

    def test_all_or_none_and_only_by_role(self):
        line = self._sell(6)
        waiting, received = self._requested(line), self._received(line)
        with self.assertRaisesRegex(UserError, "Nothing is expected for"):
            self._run("reverse_rma_action_receive", waiting | received, "receiver")
        self.assertEqual(waiting.stage, "authorized")
        with self.assertRaisesRegex(AccessError, "role|allowed|access"):
            self._run("reverse_rma_action_receive", waiting, "inspector")
        with self.assertRaisesRegex(UserError, "is not finished"):
            self._run("reverse_rma_action_close", waiting, "service")
        self.assertEqual(waiting.state, "authorized")


@tagged("post_install", "-at_install")
class TestAuthorizationReport(DayCase):
    """What the customer puts into the parcel."""

    def _render(self, rma, role="service"):
        report = self._as(role, self.env["ir.actions.report"])
        html, kind = report._render_qweb_html(
            "reverse_logistics.report_authorization", rma.ids
        )
        self.assertEqual(kind, "html")
        return etree.HTML(html)

    def _text(self, tree):
        return " ".join(" ".join(tree.xpath("//main//text()")).split())

    def test_paper_says_how_the_goods_are_sent(self):
        cable = self._create_product("Cable")
        self.product.product_tmpl_id.write(
            {
                "reverse_un_number": "UN3480",
                "reverse_handling": "Never by air",
                "reverse_packaging_note": "In the box it came in",
                "reverse_accessory_ids": cable.ids,
            }
        )
        rma = self._requested(self._sell(3), 2)
        rma.sudo().facility_id.packing_note = "Close each box on its own"
        tree = self._render(rma)
        text = self._text(tree)
        self.assertIn("With: Cable UN3480 Never by air In the box it came in", text)
        self.assertIn("Close each box on its own Put this page into", text)
        (mark,) = tree.xpath("//div[@name='mark']/img")
        self.assertEqual(mark.get("src"), drawings.lithium_mark(["UN3480"]))
        part = self._receive(rma)
        self.assertEqual(
            (part.un_number, part.handling, part.accessory_ids),
            ("UN3480", "Never by air", cable),
        )
        form = self._as("inspector", part).get_view(view_type="form")
        self.assertIn('name="handling"', form["arch"])
        self.product.reverse_un_number = "UN1263"
        other = self._requested(self._sell(1))
        self.assertFalse(self._render(other).xpath("//div[@name='mark']"))

    def test_paper_names_goods_address_and_barcode(self):
        address = self.env["res.partner"].create(
            {"name": "Returns Dock", "street": "7 Quay Street", "city": "Duluth"}
        )
        self.warehouse.partner_id = address
        reason = self.env.ref("reverse_logistics.reason_defective")
        rma = self._requested(
            self._sell(3), 2, reason_id=reason.id, rma={"client_ref": "PO-77"}
        )
        for role in ("service", "receiver", "approver"):
            tree = self._render(rma, role)
            text = self._text(tree)
            for word in (rma.name, "Returns Dock", "7 Quay Street", "Kettle 2 units"):
                self.assertIn(word, text, role)
            for word in ("Defective", "PO-77", "Ada Distribution", "What to do"):
                self.assertIn(word, text, role)
        # what scanners read of these is tested with the drawings
        for name, drawn in (("barcode", drawings.barcode), ("qr", drawings.qr)):
            (image,) = tree.xpath(f"//td[@name='{name}']/img")
            self.assertEqual(image.get("alt"), rma.name)
            self.assertEqual(image.get("src"), drawn(rma.name))
        found = self.env["reverse.rma"].search(rma._get_anything_domain(rma.name))
        self.assertEqual(found, rma)
        self.assertEqual("Send by" in text, bool(rma.expires_on))

    def test_paper_speaks_the_customers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.customer.lang = "fr_FR"
        self.product.with_context(lang="fr_FR").name = "Bouilloire"
        view = self.env.ref("reverse_logistics.report_authorization_document")
        terms = {
            "<strong>Send the goods to</strong>": "<strong>Adresse de retour</strong>"
        }
        view.update_field_translations("arch_db", {"fr_FR": terms})
        rma = self._requested(self._sell(3))
        text = self._text(self._render(rma))
        self.assertIn("Bouilloire", text)
        self.assertIn("Adresse de retour", text)
        self.assertNotIn("Send the goods to", text)

    def test_paper_says_until_when(self):
        rma = self._requested(self._sell(3))
        rma._guarded_write({"expires_on": "2031-05-17"})
        text = self._text(self._render(rma))
        self.assertIn("Send by 05/17/2031", text)
        self.assertIn("no longer valid", text)
        rma._guarded_write({"expires_on": False})
        self.assertNotIn("Send by", self._text(self._render(rma)))

    def test_only_authorized_returns_are_printed(self):
        line = self._sell(3)
        rma, draft = self._requested(line), self._draft(line)
        action = self._as("service", rma).action_print_authorization()
        self.assertEqual(
            action["report_name"], "reverse_logistics.report_authorization"
        )
        self.assertEqual(action["context"]["active_ids"], rma.ids)
        with self.assertRaisesRegex(UserError, "is Draft: only an authorized return"):
            self._as("service", rma | draft).action_print_authorization()
        report = self.env.ref("reverse_logistics.report_rma_authorization")
        self.assertFalse(report.attachment, "nothing is kept by default")


@tagged("post_install", "-at_install")
class TestOnboarding(DayCase):
    """Five steps that tick themselves off."""

    def setUp(self):
        super().setUp()
        self.panels = self._as("administrator", self.env["onboarding.onboarding"])

    def _done(self):
        panel = self.panels.get_reverse_panel()
        return [step["done"] for step in panel["steps"]]

    def test_steps_tick_themselves_off(self):
        # users with roles are there already
        self.assertEqual(self._done(), [False, False, False, True, False])
        settings = self.env["res.config.settings"].with_context(
            module="reverse_logistics"
        )
        settings.create({}).execute()
        self.assertEqual(self._done(), [True, False, False, True, False])
        policy = self.env.ref("reverse_logistics.policy_default")
        self._as("administrator", policy).action_new_version()
        reason = self.env.ref("reverse_logistics.reason_other")
        self._as("administrator", reason).name = "Something else"
        self.env.flush_all()
        self.assertEqual(self._done(), [True, True, True, True, False])
        self._requested(self._sell(2))
        panel = self.panels.get_reverse_panel()
        self.assertTrue(all(step["done"] for step in panel["steps"]))
        self.assertIn("first return", panel["completed"])
        self.assertFalse(self.panels.get_reverse_panel(), "praised once, then gone")

    def test_panel_is_for_administrators_and_can_be_closed(self):
        for role in ("service", "receiver", "auditor"):
            panels = self._as(role, self.env["onboarding.onboarding"])
            self.assertFalse(panels.get_reverse_panel(), role)
            panels.close_reverse_panel()
        self.assertEqual(len(self.panels.get_reverse_panel()["steps"]), 5)
        self.panels.close_reverse_panel()
        self.assertFalse(self.panels.get_reverse_panel())

    def test_panel_may_be_gone(self):
        self.env.ref("reverse_logistics.onboarding_returns").unlink()
        self.assertFalse(self.panels.get_reverse_panel())
        self.assertTrue(self.panels.close_reverse_panel())

    def test_steps_open_their_pages(self):
        system = self.env.user
        system.group_ids = [
            Command.link(self.env.ref("reverse_logistics.group_administrator").id),
            Command.link(self.env.ref("base.group_system").id),
        ]
        panels = self.env["onboarding.onboarding"].with_user(system)
        steps = self.env["onboarding.onboarding.step"].with_user(system)
        opened = [
            getattr(steps, step["method"])()["res_model"]
            for step in panels.get_reverse_panel()["steps"]
        ]
        self.assertEqual(
            opened,
            [
                "res.config.settings",
                "reverse.policy",
                "reverse.reason",
                "res.users",
                "reverse.rma",
            ],
        )
        methods = [step["method"] for step in self.panels.get_reverse_panel()["steps"]]
        self.assertFalse(methods[0] or methods[3], "only for administrators of Odoo")
