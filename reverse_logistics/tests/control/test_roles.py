"""One test per role: what it may do, and what it may not, called as clients call."""

from lxml import etree

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..control_common import ControlCase
from ..replacement_common import ReplacementCommon

RETURNS = (
    "reverse.rma",
    "reverse.rma.line",
    "reverse.inspection",
    "reverse.inspection.answer",
    "reverse.settlement",
    "reverse.settlement.line",
    "reverse.exception",
    "reverse.event",
    "reverse.approval",
    "reverse.approval.vote",
    "reverse.quantity.change",
    "reverse.control.change",
)
SETTINGS = (
    "reverse.channel",
    "reverse.reason",
    "reverse.condition",
    "reverse.disposition",
    "reverse.disposition.step",
    "reverse.inspection.template",
    "reverse.inspection.question",
    "reverse.inspection.choice",
    "reverse.policy",
    "reverse.policy.version",
    "reverse.policy.rule",
    "reverse.facility",
    "reverse.approval.rule",
)


@tagged("post_install", "-at_install")
class TestRoles(ControlCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order_line, cls.delivery = cls._sold(quantity=9)
        cls.order_line.order_id._create_invoices().action_post()

    def _stages(self):
        """One return in each stage that some role acts on."""
        self._set_policy(authorize=False)
        asked = self._requested(self.delivery, 1)
        unwanted = self._requested(self.delivery, 1)
        self._set_policy(authorize=True)
        submitted = self._inspected(self.delivery, 1, "E")
        self._as("service", submitted.settlement_ids).action_submit()
        approved = self._inspected(self.delivery, 1, "E")
        self._as("service", approved.settlement_ids).action_submit()
        self._as("approver", approved.settlement_ids).action_approve()
        inspectable = self._received(self.delivery, 1).inspection_ids
        self._as("inspector", inspectable).condition_id = self.conditions["A"]
        return {
            "action_request": (self._draft(self.delivery, 1), ()),
            "action_authorize": (asked, ()),
            "action_reject": (unwanted, ("Worn.",)),
            "action_cancel": (self._requested(self.delivery, 1), ()),
            "action_receive": (self._requested(self.delivery, 1), ()),
            "action_complete": (inspectable, ()),
            "action_submit": (
                self._inspected(self.delivery, 1, "E").settlement_ids,
                (),
            ),
            "action_approve": (submitted.settlement_ids, ()),
            "action_release": (approved.settlement_ids, ()),
        }

    def _assert_may(self, user, *allowed):
        """Check that ``user`` may take exactly these steps."""
        for name, (records, arguments) in self._stages().items():
            with self.subTest(step=name):
                if name in allowed:
                    self._rpc(user, records._name, name, records.ids, *arguments)
                    self.env.cr.flush()
                else:
                    state = records.state
                    with self.assertRaisesRegex(
                        (AccessError, UserError),
                        "for the role|not allowed|access|role “",
                    ):
                        self._rpc(user, records._name, name, records.ids, *arguments)
                    self.assertEqual(records.state, state)

    def _assert_access(self, user, reads=(), writes=()):
        """Check the rights on the models of returns and their settings."""
        for model in (*RETURNS, *SETTINGS):
            records = self.env[model].with_user(user)
            self.assertEqual(records.has_access("read"), model in reads, model)
            for operation in ("write", "create", "unlink"):
                allowed = f"{model}:{operation}" in writes
                self.assertEqual(
                    records.has_access(operation), allowed, f"{model} {operation}"
                )

    @staticmethod
    def _all(*models, operations=("write", "create", "unlink")):
        return [f"{model}:{operation}" for model in models for operation in operations]

    # ------------------------------------------------------------------
    # Outside
    # ------------------------------------------------------------------
    def test_portal_user(self):
        user = new_test_user(
            self.env, "portal-ada", "base.group_portal", partner_id=self.customer.id
        )
        self._assert_access(user)
        self._assert_may(user)

    def test_internal_user_without_role(self):
        user = new_test_user(self.env, "plain", "base.group_user")
        self._assert_access(user)
        self._assert_may(user)

    def test_warehouse_and_sales_managers_have_no_role(self):
        user = new_test_user(
            self.env,
            "managers",
            "stock.group_stock_manager,sales_team.group_sale_manager,"
            "account.group_account_manager",
        )
        # Salespeople see what came back; they change nothing.
        self._assert_access(
            user,
            reads=(
                "reverse.rma",
                "reverse.rma.line",
                "reverse.reason",
                "reverse.channel",
                "reverse.facility",
                # whoever counts or scraps goods sees what became of it
                "reverse.quantity.change",
            ),
        )
        self._assert_may(user)

    def test_system_administrator_has_no_role(self):
        user = new_test_user(self.env, "system", "base.group_system")
        self._assert_may(user)
        self.assertFalse(user.has_group("reverse_logistics.group_user"))

    # ------------------------------------------------------------------
    # Roles
    # ------------------------------------------------------------------
    def test_service(self):
        user = self.users["service"]
        self._assert_access(
            user,
            reads=(*RETURNS, *SETTINGS),
            writes=[
                *self._all(
                    "reverse.rma", "reverse.rma.line", "reverse.settlement.line"
                ),
                "reverse.settlement:write",
                "reverse.settlement:create",
            ],
        )
        self._assert_may(user, "action_request", "action_cancel", "action_submit")

    def test_receiver(self):
        user = self.users["receiver"]
        self._assert_access(
            user, reads=(*RETURNS, *SETTINGS), writes=["reverse.rma:write"]
        )
        self._assert_may(user, "action_receive")

    def test_inspector(self):
        user = self.users["inspector"]
        self._assert_access(
            user,
            reads=(*RETURNS, *SETTINGS),
            writes=[
                "reverse.inspection:write",
                "reverse.inspection:create",
                "reverse.inspection.answer:write",
            ],
        )
        self._assert_may(user, "action_complete")

    def test_approver(self):
        user = self.users["approver"]
        self._assert_access(
            user,
            reads=(*RETURNS, *SETTINGS),
            writes=["reverse.rma:write", "reverse.settlement:write"],
        )
        self._assert_may(user, "action_authorize", "action_reject", "action_approve")

    def test_approver_rejects(self):
        rma, arguments = self._stages()["action_reject"]
        self._rpc(
            self.users["approver"], "reverse.rma", "action_reject", rma.ids, *arguments
        )
        self.assertEqual((rma.state, rma.rejection_message), ("rejected", "Worn."))

    def test_releaser(self):
        user = self.users["releaser"]
        self._assert_access(
            user,
            reads=(*RETURNS, *SETTINGS),
            writes=[
                "reverse.settlement:write",
                *self._all("reverse.settlement.line"),
            ],
        )
        self._assert_may(user, "action_release")

    def test_auditor(self):
        user = self.users["auditor"]
        self._assert_access(user, reads=(*RETURNS, *SETTINGS))
        self._assert_may(user)
        rma = self._inspected(self.delivery, 1)
        for records in (
            rma,
            rma.line_ids,
            rma.picking_ids,
            rma.picking_ids.move_ids,
            rma.inspection_ids,
            rma.settlement_ids,
            rma.settlement_ids.line_ids,
            rma.credit_note_ids,
            rma.sale_order_ids,
            rma.event_ids,
        ):
            self.assertTrue(records)
            self.assertTrue(records.with_user(user).read(["display_name"]))
            self.assertFalse(records.with_user(user).has_access("write"))

    def test_auditor_opens_what_a_return_leads_to(self):
        """Every field of the forms that Odoo shows, and the way from a journal item."""
        user = self.users["auditor"]
        order = self.order_line.order_id
        rma = self._inspected(self.delivery, 1)
        invoice = order.invoice_ids.filtered(lambda m: m.move_type == "out_invoice")
        payment = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=invoice.ids
        )
        payment.create({}).action_create_payments()
        documents = [
            rma,
            rma.settlement_ids,
            rma.credit_note_ids,
            invoice,
            invoice.line_ids[:1],
            self.env["account.payment"].search([("invoice_ids", "in", invoice.ids)]),
            rma.picking_ids[:1],
            order,
        ]
        for document in documents:
            with self.subTest(model=document._name):
                self.env.invalidate_all()
                view = document.with_user(user).get_view(view_type="form")
                fields = self.env[document._name]._fields
                names = [
                    node.get("name")
                    for node in etree.fromstring(view["arch"]).xpath(
                        "//field[not(ancestor::field)]"
                    )
                ]
                values = document.with_user(user).web_read(
                    {name: {} for name in names if name in fields}
                )
                self.assertEqual(values[0]["id"], document.id)
                self.assertFalse(document.with_user(user).has_access("write"))
        for items in (
            rma.credit_note_ids.line_ids[:1],
            invoice.line_ids.filtered("sale_line_ids")[:1],
        ):
            action = items.with_user(user).action_view_reverse_rmas()
            self.assertEqual(action["res_id"], rma.id)
        self.assertEqual(
            rma.with_user(user).action_view_credit_notes()["res_id"],
            rma.credit_note_ids.id,
        )

    def test_administrator(self):
        user = self.users["administrator"]
        self._assert_access(
            user,
            reads=(*RETURNS, *SETTINGS),
            writes=[
                *self._all(
                    "reverse.rma", "reverse.rma.line", "reverse.settlement.line"
                ),
                *self._all(*(set(SETTINGS) - {"reverse.approval.rule"})),
                # archived, so that it stays visible who had to approve
                "reverse.approval.rule:write",
                "reverse.approval.rule:create",
                "reverse.settlement:write",
                "reverse.settlement:create",
                "reverse.inspection:write",
                "reverse.inspection:create",
                "reverse.inspection.answer:write",
            ],
        )
        self._assert_may(
            user,
            "action_request",
            "action_authorize",
            "action_reject",
            "action_cancel",
            "action_receive",
            "action_complete",
            "action_submit",
            "action_approve",
            "action_release",
        )

    # ------------------------------------------------------------------
    # The system is nobody
    # ------------------------------------------------------------------
    def test_system_user_takes_no_decision(self):
        robot = self.env.ref("base.user_root")
        self.env.ref("reverse_logistics.group_administrator").user_ids += robot
        for name, (records, arguments) in self._stages().items():
            with (
                self.subTest(step=name),
                self.assertRaisesRegex(AccessError, "never by the system user"),
            ):
                getattr(records.with_user(SUPERUSER_ID), name)(*arguments)
        self.assertEqual(robot.id, SUPERUSER_ID)

    def test_sudo_does_not_change_who_decides(self):
        for name, (records, arguments) in self._stages().items():
            with (
                self.subTest(step=name),
                self.assertRaisesRegex(AccessError, "for the role"),
            ):
                getattr(self._as("auditor", records).sudo(), name)(*arguments)
        self.assertFalse(
            self.users["auditor"].has_group("reverse_logistics.group_service")
        )

    # ------------------------------------------------------------------
    # Companies
    # ------------------------------------------------------------------
    def test_companies_do_not_see_each_other(self):
        rma = self._inspected(self.delivery, 1)
        self._events(rma)
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = self._create_user(
            "administrator",
            login="elsewhere",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for records in (
            rma,
            rma.line_ids,
            rma.inspection_ids,
            rma.settlement_ids,
            rma.settlement_ids.line_ids,
            rma.event_ids,
            self.facility,
        ):
            self.assertTrue(records)
            self.assertFalse(
                self.env[records._name]
                .with_user(user)
                .search([("id", "in", records.ids)])
            )
            with self.assertRaisesRegex(AccessError, "access|not allowed"):
                records.with_user(user).read(["display_name"])

    def test_steps_of_another_company_are_refused(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        user = self._create_user(
            "administrator",
            login="elsewhere",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for name, (records, arguments) in self._stages().items():
            with (
                self.subTest(step=name),
                self.assertRaisesRegex(AccessError, "access|not allowed"),
            ):
                self._rpc(user, records._name, name, records.ids, *arguments)
        self.assertEqual(company.name, "Elsewhere")


@tagged("post_install", "-at_install")
class TestNoRole(ReplacementCommon):
    """Odoo's own users have no role in returns; their work goes on, and the returns
    that follow from it as well."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.warehouseman = new_test_user(
            cls.env, login="warehouseman", groups="stock.group_stock_user"
        )
        cls.salesman = new_test_user(
            cls.env,
            login="salesman",
            groups="sales_team.group_sale_salesman_all_leads",
        )
        cls.line = cls._sell(6)

    @classmethod
    def _validate(cls, picking, quantity=None):
        """All that moves goods below is done by the warehouse."""
        return super()._validate(picking.with_user(cls.warehouseman), quantity)

    def _outgoing(self, records):
        return records.move_ids.filtered(
            lambda m: m.location_dest_id.usage == "customer" and m.state != "cancel"
        ).picking_id

    def test_knows_nothing_of_returns(self):
        for user in (self.warehouseman, self.accountant):
            for model in ("reverse.rma", "reverse.inspection", "reverse.settlement"):
                self.assertFalse(self.env[model].with_user(user).has_access("read"))

    def test_replacement_is_sent(self):
        rma = self._replace(self.line, 2)
        picking = self._replacement(rma).picking_id
        self._validate(picking, 1)
        self.assertEqual(picking.state, "done")
        self.assertEqual(rma.line_ids.qty_replaced, 1)
        rest = picking.backorder_ids
        self._validate(rest)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        events = self._events(rma).filtered(lambda e: e.name == "ReplacementSent")
        self.assertEqual(events.user_id, self.warehouseman)
        self.assertLine(self.line, 6, 6, 0, "invoiced")

    def test_goods_are_sent_back(self):
        rma = self._received(self.line, 2)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        picking = self._outgoing(rma.inspection_ids)
        self._validate(picking, 1)
        self.assertEqual(rma.line_ids.qty_put_away, 1)
        self._validate(picking.backorder_ids)
        self.assertEqual((rma.state, rma.line_ids.qty_put_away), ("done", 2))
        self.assertLine(self.line, 6, 6, 0, "invoiced")

    def test_way_back_is_called_off(self):
        rma = self._received(self.line, 2)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        picking = self._outgoing(rma.inspection_ids)
        self._call(picking.with_user(self.warehouseman), "action_cancel")
        self.assertEqual((picking.state, rma.state), ("cancel", "authorized"))

    def test_receipt_of_a_return_stays_the_receivers(self):
        rma = self._requested(self.line, 2)
        receipt = rma.picking_ids
        with self.assertRaisesRegex(AccessError, "is for the role “Receiver”"):
            self._validate(receipt)
        self._call(receipt.with_user(self.warehouseman), "action_cancel")
        self.assertEqual(receipt.state, "cancel")
        self._receive(rma)
        self.assertEqual(rma.stage, "received")

    def test_unannounced_goods_are_taken_in(self):
        picking = self._return_button(self._outgoing(self.line), 2)
        self._validate(picking)
        rma = picking.reverse_rma_id
        self.assertEqual((rma.state, rma.line_ids.qty_received), ("requested", 2))
        self.assertEqual(self._open_exceptions(rma), ["no_authorization"])
        self.assertEqual(rma.requested_by_id, self.warehouseman)
        self._call(self._as("approver", rma.exception_ids), "action_authorize")
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 200)

    def test_receipt_is_taken_back(self):
        picking = self._return_button(self._outgoing(self.line), 2)
        self._validate(picking)
        rma = picking.reverse_rma_id
        self._validate(self._return_button(picking, 1))
        self.assertEqual(rma.line_ids.qty_received, 1)
        self.assertEqual(rma.inspection_ids.quantity, 1)

    def test_trade_goes_on(self):
        """Purchases, deliveries in two parts, scrap and counts, beside a return."""
        self._return(self.line, 1)
        order = self._new_order((self.product, 4, {"price_unit": 100.0}))
        self._validate(order.picking_ids, 3)
        rest = order.picking_ids.filtered(lambda p: p.state != "done")
        self._call(rest.with_user(self.warehouseman), "action_cancel")
        self.assertLine(order.order_line, 3, 0, 3)
        receipt = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_id": self.env.ref("stock.stock_location_suppliers").id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.product.id,
                            "product_uom_qty": 2,
                            "location_id": self.env.ref(
                                "stock.stock_location_suppliers"
                            ).id,
                            "location_dest_id": self.warehouse.lot_stock_id.id,
                        }
                    )
                ],
            }
        )
        self._call(receipt.with_user(self.warehouseman), "action_confirm")
        self._validate(receipt)
        scrap = (
            self.env["stock.scrap"]
            .with_user(self.warehouseman)
            .create(
                {
                    "product_id": self.product.id,
                    "scrap_qty": 1,
                    "location_id": self.warehouse.lot_stock_id.id,
                }
            )
        )
        self._call(scrap, "action_validate")
        self.assertEqual((receipt.state, scrap.state), ("done", "done"))

    def test_orders_and_invoices_go_on(self):
        credit = self._return(self.line, 1).credit_note_ids
        order = self.line.order_id.with_user(self.salesman)
        self._call(order.order_line, "write", {"product_uom_qty": 7})
        # As Odoo does without returns: what came back is delivered as well.
        self._validate(order.picking_ids.filtered(lambda p: p.state == "assigned"))
        self.assertLine(self.line, 7, 5, 2)
        invoice = self._books(self._invoice(self.line.order_id, post=False))
        self._call(invoice, "action_post")
        self._call(invoice, "button_draft")
        self._call(invoice, "button_cancel")
        self.assertLine(self.line, 7, 5, 2)
        self._call(self._books(credit), "button_cancel")
        self.assertEqual(credit.reverse_settlement_id.state, "reversed")
