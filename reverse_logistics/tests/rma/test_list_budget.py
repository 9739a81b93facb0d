"""Every list of ours opens in at most one and a half times the queries and the time of
Odoo's own list of sales orders, over the same number of records."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged

from ..list_budget_common import FACTOR, RECORDS, ListBudgetCase

#: lists that grow with the work
GROWING = (
    "reverse_rma_action",
    "reverse_rma_line_action",
    "reverse_receipt_action",
    "reverse_inspection_action",
    "reverse_settlement_action",
    "reverse_exception_action",
    "reverse_event_action",
    "reverse_historic_sale_action",
    "reverse_deposit_action",
    "reverse_refusal_action",
    "reverse_withdrawal_statement_action",
    "reverse_sla_rule_action",
    "reverse_inspection_template_action",
    "reverse_agreement_action",
    "reverse_health_issue_action",
    "reverse_health_score_action",
    "reverse_simulation_action",
)


class DraftsCase(ListBudgetCase):
    """Nothing was asked for yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        line = cls._sell(RECORDS)
        unknown = cls._create_product("Never Sold")
        cls.rmas = cls._as_service(line, RECORDS // 2)
        cls.rmas |= cls.rmas.create(
            [
                {
                    "partner_id": partner.id,
                    "line_ids": [Command.create({"product_id": unknown.id})],
                }
                for partner in cls.partners[: RECORDS // 2]
            ]
        )

    @classmethod
    def _as_service(cls, line, count):
        """Drafts of returns of one piece each."""
        returns = cls.env["reverse.rma"].with_user(cls.users["service"])
        return returns.create(
            [
                {
                    "partner_id": cls.customer.id,
                    "line_ids": [Command.create({"sale_line_id": line.id})],
                }
                for _number in range(count)
            ]
        )


@tagged("post_install", "-at_install")
class TestListBudget(DraftsCase):
    def test_lists_of_drafts(self):
        for role in ("service", "receiver", "auditor"):
            action = self.env.ref("reverse_logistics.reverse_rma_action")
            cost, number = self._count(action, role)
            self.assertEqual(number, RECORDS)
            theirs, _orders = self._count(self.sales, "administrator")
            self.assertLessEqual(cost, theirs * FACTOR, role)


@tagged("post_install", "-at_install")
class TestListBudgetOfDocuments(DraftsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._work_on()

    @classmethod
    def _work_on(cls):
        """Documents of every kind: requests nobody finds a delivery for, too."""
        cls.rmas.action_request()
        due = cls.rmas.filtered(lambda rma: rma.state == "authorized")
        half = due[: len(due) // 2]
        half.with_user(cls.users["receiver"]).action_receive()
        parts = half.inspection_ids.with_user(cls.users["inspector"])
        parts.condition_id = cls.conditions["E"]
        parts[: len(parts) // 2].action_complete()
        settlements = half.settlement_ids.with_user(cls.users["service"])
        settlements[: len(settlements) // 2].action_submit()
        (due - half).with_user(cls.users["service"]).action_offer_keep()
        cls._keep_records()
        cls._ask_for_approval()
        cls.env.cr.flush()
        cls.env["reverse.event.seal"]._seal(cls.company)

    @classmethod
    def _keep_records(cls):
        """What is imported, charged, configured and counted besides."""
        today = fields.Date.today()
        cls.env["reverse.historic.sale"].with_user(cls.users["administrator"]).create(
            [
                {
                    "invoice_name": f"OLD-{partner.id}",
                    "date": today - timedelta(days=3),
                    "partner_id": partner.id,
                    "product_id": cls.product.id,
                    "quantity": 2,
                    "price_unit": 50.0,
                    "cost": 30.0,
                }
                for partner in cls.partners
            ]
        )
        cls.env["reverse.sla.rule"].create(
            [
                {
                    "name": f"Inspect for {partner.name}",
                    "stage": "received",
                    "limit": 2,
                    "partner_ids": [Command.link(partner.id)],
                }
                for partner in cls.partners
            ]
        )
        cls.env["reverse.inspection.template"].create(
            [
                {
                    "name": f"Ask about goods of {partner.name}",
                    "partner_ids": [Command.link(partner.id)],
                    "question_ids": [Command.create({"name": "Does it run?"})],
                }
                for partner in cls.partners
            ]
        )
        cls.env["reverse.refusal"].create(
            [
                {
                    "company_id": cls.company.id,
                    "user_id": cls.users["service"].id,
                    "code": "role",
                    "day": today - timedelta(days=number),
                    "count": 1,
                }
                for number in range(RECORDS)
            ]
        )
        cls.env["reverse.withdrawal.statement"]._guarded_create(
            [
                {
                    "company_id": cls.company.id,
                    "stated_at": fields.Datetime.now(),
                    "person": f"Consumer {number}",
                    "email": "consumer@example.com",
                    "contract": f"S{number}",
                    "submission": f"form-{number}",
                }
                for number in range(RECORDS)
            ]
        )
        cls._charge_deposits()
        cls._keep_master_data(today)
        cls.env["reverse.simulation"].create(
            [
                {"version_id": cls._get_version().id, "days_after": number}
                for number in range(RECORDS)
            ]
        )

    @classmethod
    def _keep_master_data(cls, today):
        """What was agreed with customers, and what is not known of them."""
        cls.env["reverse.agreement"].create(
            [
                {
                    "name": f"Rotation of {partner.name}",
                    "partner_ids": [Command.link(partner.id)],
                    "kind": "rotation",
                    "quota_type": "percent",
                    "quota_percent": 5,
                }
                for partner in cls.partners
            ]
        )
        belgium = cls.env.ref("base.be").ids
        cls.env["reverse.region"].create({"name": "Flanders", "country_ids": belgium})
        cls.partners.customer_rank = 1
        cls.env["reverse.sla.rule"].create(
            {"name": "Belgium", "stage": "received", "country_ids": belgium}
        )
        findings = cls.env["reverse.health"]._find()
        for number in range(RECORDS):
            with freeze_time(today - timedelta(days=number)):
                cls.env["reverse.health.score"]._note(findings)
        cls.env["reverse.health.issue"]._check_all()

    @classmethod
    def _ask_for_approval(cls):
        """What somebody else has to allow, who may, and what was combined."""
        cls.env["reverse.approval.rule"].create(
            {"name": "All returns", "gate": "authorization"}
        )
        cls._buy(cls.product, RECORDS, 40.0)
        line = cls._sell(RECORDS)
        waiting = cls._as_service(line, RECORDS // 2)
        waiting.action_request()
        today = fields.Date.today()
        approver, service = cls.users["approver"], cls.users["service"]
        role = cls.env.ref("reverse_logistics.group_approver")
        administrator = cls.users["administrator"]
        cls.env["reverse.delegation"].with_user(administrator).create(
            {
                "delegator_id": approver.id,
                "delegate_id": service.id,
                "role_ids": role.ids,
                "date_from": today,
                "date_to": today,
            }
        )
        cls.env["reverse.combined.duty"].create(
            {
                "name": "Branch",
                "user_ids": service.ids,
                "role_ids": (role | service.group_ids[:1]).ids,
            }
        )
        cls.env["reverse.combined.duty.use"]._guarded_create(
            [
                {
                    "user_id": service.id,
                    "company_id": cls.company.id,
                    "rma_id": rma.id,
                    "key": f"reverse.rma,{rma.id}",
                    "duty": "approver",
                    "day": today,
                }
                for rma in waiting
            ]
        )
        cls.env["reverse.control.change"]._guarded_create(
            [
                {
                    "company_id": cls.company.id,
                    "res_model": "reverse.channel",
                    "res_id": rma.channel_id.id,
                    "document": f"Channel {rma.name}",
                    "details": "Other words",
                    "control_asked_by_id": service.id,
                }
                for rma in waiting
            ]
        )
        places = [cls.facility._get_location(state) for state in ("inspection", "hold")]
        cls.env["reverse.quantity.change"]._guarded_create(
            [
                {
                    "company_id": cls.company.id,
                    "kind": "move",
                    "product_id": cls.product.id,
                    "location_id": places[0].id,
                    "location_dest_id": places[1].id,
                    "quantity": number + 1,
                    "reason": "Counted",
                    "counted_by_id": service.id,
                }
                for number in range(RECORDS)
            ]
        )

    @classmethod
    def _charge_deposits(cls, lines=4):
        charge = cls._create_product("Crate", type="service", is_storable=False)
        cls.env["reverse.deposit.type"].create(
            {
                "name": "Crates",
                "product_id": charge.id,
                "core_product_id": cls._create_product("Empty crate").id,
            }
        )
        row = {"product_id": charge.id, "quantity": 1, "price_unit": 5.0}
        cls.env["account.move"].create(
            [
                {
                    "move_type": "out_invoice",
                    "partner_id": partner.id,
                    "invoice_date": fields.Date.today(),
                    "invoice_line_ids": [Command.create(row) for _line in range(lines)],
                }
                for partner in cls.partners[: RECORDS // lines]
            ]
        ).action_post()

    def _lists(self):
        """Each list that a menu of this addon opens."""
        data = self.env["ir.model.data"].search(
            [("module", "=", "reverse_logistics"), ("model", "like", "ir.actions.act")]
        )
        ours = {(row.model, row.res_id) for row in data}
        actions = {menu.sudo().action for menu in self._menus("administrator")}
        return sorted(
            (
                action
                for action in actions
                if (action._name, action.id) in ours
                and "list" in (getattr(action, "view_mode", "") or "")
            ),
            key=lambda action: action.id,
        )

    def test_lists_of_documents(self):
        lists = self._lists()
        self.assertGreater(len(lists), 18)
        for action in lists:
            with self.subTest(list=action.name):
                self.assertGreater(self._assert_queries(action), 0, "nothing to show")

    def test_time_of_documents(self):
        self._analyze()
        lists = self._lists()
        self.assertIn(self.env.ref("reverse_logistics.reverse_deposit_action"), lists)
        for action in lists:
            with self.subTest(list=action.name):
                self.assertGreater(self._assert_time(action), 0.0)

    def test_costs_do_not_grow_with_the_list(self):
        for name in GROWING:
            action = self.env.ref(f"reverse_logistics.{name}")
            many, all_of_them = self._count(action, "administrator")
            half = all_of_them // 2
            few, some = self._count(action, "administrator", limit=half)
            with self.subTest(list=name, few=few, many=many):
                self.assertGreater(all_of_them, some)
                self.assertLessEqual(many, few + 6, name)
