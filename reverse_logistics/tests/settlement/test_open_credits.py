"""Goods that wait for their credit, and credits that wait for their goods, by age."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestOpenCredits(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(9)

    def _waiting(self, rma, role="auditor"):
        """What the list says of a return."""
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self._as(role, self.env["reverse.open.credit"])
        return rows.search([("rma_id", "=", rma.id)]).mapped(
            lambda row: (row.kind, row.quantity, row.value, row.days, row.age)
        )

    def _after(self, days):
        return freeze_time(fields.Datetime.now() + timedelta(days=days))

    def test_received_goods_wait_for_their_credit(self):
        rma = self._requested(self.line, 3)
        self.assertEqual(self._waiting(rma), [])
        self._receive(rma)
        self.assertEqual(self._waiting(rma), [("received", 3, 300, 0, "d007")])
        with self._after(10):
            self._credit_one_by_one(rma)

    def _credit_one_by_one(self, rma):
        self.assertEqual(self._waiting(rma), [("received", 3, 300, 10, "d030")])
        part = self._as("inspector", rma.inspection_ids)
        part.quantity = 1
        self._inspect(part)
        self.assertEqual(rma.line_ids.qty_settled, 1)
        self.assertEqual(self._waiting(rma), [("received", 2, 200, 10, "d030")])
        rest = rma.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(rest, "D", "SCRAP")
        self.assertEqual(self._waiting(rma), [("received", 2, 200, 10, "d030")])
        self._settle(rma.settlement_ids.filtered(lambda s: s.state == "draft"))
        self.assertEqual(self._waiting(rma), [])

    def test_goods_that_get_nothing_do_not_wait(self):
        rma = self._received(self.line, 1)
        self.assertEqual(self._waiting(rma), [("received", 1, 100, 0, "d007")])
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        self.assertTrue(rma.inspection_ids.denied)
        self.assertEqual(self._waiting(rma), [])
        wanted = {"settlement_type": "none"}
        free = self._received(self.line, 1, rma=wanted)
        self.assertEqual(self._waiting(free), [])

    def test_credits_wait_for_their_goods(self):
        self._set_policy(credit_release="authorization")
        rma = self._requested(self.line, 2)
        self.assertEqual(rma.line_ids.qty_settled, 2)
        with self._after(95):
            self.assertEqual(self._waiting(rma), [("credited", 2, 200, 95, "older")])
        picking = rma.picking_ids
        picking.move_ids.quantity = 1
        picking.move_ids.picked = True
        self._call(self._as("receiver", rma), "action_receive")
        self.assertEqual(self._waiting(rma), [("credited", 1, 100, 0, "d007")])
        self._receive(rma)
        self.assertEqual(self._waiting(rma), [])

    def test_a_replacement_in_advance_waits_too(self):
        rma = self._requested(self.line, 1, rma={"settlement_type": "replacement"})
        self._call(self._as("service", rma), "action_replace_in_advance")
        settlements = rma.settlement_ids
        if settlements.state == "draft":
            self._settle(settlements)
        self._validate(settlements.replacement_move_ids.picking_id)
        self.assertEqual(self._waiting(rma), [("credited", 1, 100, 0, "d007")])
        self._receive(rma)
        self.assertEqual(self._waiting(rma), [])

    def test_rows_are_grouped_by_age_and_open_the_return(self):
        rma = self._received(self.line, 1)
        with self._after(10):
            self._received(self.line, 1)
            self._check_groups(rma)

    def _check_groups(self, rma):
        rows = self._as("releaser", self.env["reverse.open.credit"])
        groups = rows.formatted_read_group(
            [("kind", "=", "received"), ("product_id", "=", self.product.id)],
            ["age"],
            ["value:sum", "days:max"],
        )
        found = {row["age"]: (row["value:sum"], row["days:max"]) for row in groups}
        self.assertEqual(found, {"d007": (100, 0), "d030": (100, 10)})
        action = rows.search([("rma_id", "=", rma.id)]).action_open_rma()
        self.assertEqual((action["res_model"], action["res_id"]), (rma._name, rma.id))

    def test_days_are_those_of_the_company(self):
        """Late in the evening of UTC, it is the next day already at UTC+14."""
        self.company.reverse_tz = "Pacific/Kiritimati"
        day = fields.Date.today() + timedelta(days=3)
        following = day + timedelta(days=1)
        with freeze_time(f"{day} 11:00:00"):
            rma = self._received(self.line, 1)
            self.assertEqual(self._since(rma), following)
            self.assertEqual(self._waiting(rma), [("received", 1, 100, 0, "d007")])
        with freeze_time(f"{following} 09:00:00"):
            self.assertEqual(self._waiting(rma), [("received", 1, 100, 0, "d007")])
        with freeze_time(f"{following} 10:00:00"):
            self.assertEqual(self._waiting(rma), [("received", 1, 100, 1, "d007")])

    def _since(self, rma):
        self.env.flush_all()
        self.env.invalidate_all()
        rows = self._as("auditor", self.env["reverse.open.credit"])
        return rows.search([("rma_id", "=", rma.id)]).since

    def test_companies_are_apart_and_roles_count(self):
        rma = self._received(self.line, 1)
        other = self.env["res.company"].create({"name": "Elsewhere"})
        auditor = self.users["auditor"]
        auditor.company_ids += other
        self.env.flush_all()
        rows = self.env["reverse.open.credit"].with_user(auditor)
        own = rows.with_context(allowed_company_ids=self.company.ids)
        self.assertIn(rma, own.search([]).rma_id)
        theirs = rows.with_context(allowed_company_ids=other.ids)
        self.assertNotIn(rma, theirs.search([]).rma_id)
        with self.assertRaises(AccessError):
            self._as("inspector", self.env["reverse.open.credit"]).search([])
