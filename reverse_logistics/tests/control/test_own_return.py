"""Nobody decides on what they get themselves, whoever entered it."""

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestOwnReturn(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(4)
        cls.buyer = cls._create_user(
            "approver", "inspector", "releaser", login="buys-here"
        )
        cls.buyer.partner_id = cls.customer
        cls.other = cls._create_user("approver", login="other-approver")

    def assertOwn(self, records, method):
        with self.assertRaisesRegex(UserError, "are the customer of"):
            self._call(records.with_user(self.buyer), method)

    def test_from_the_request_to_the_credit(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.line, 2)
        self.assertEqual(rma.customer_user_ids, self.buyer)
        self.assertOwn(rma, "action_authorize")
        self.assertOwn(rma.approval_ids, "action_approve")
        self._call(rma.with_user(self.other), "action_authorize")
        self._receive(rma)
        part = rma.inspection_ids
        found = {"condition_id": self.conditions["C"].id}
        self._call(self._as("inspector", part), "write", found)
        self.assertOwn(part, "action_complete")
        self._inspect(part, "C")
        settlement = rma.settlement_ids
        self._call(self._as("service", settlement), "action_submit")
        self.assertOwn(settlement, "action_approve")
        self.assertOwn(settlement.approval_ids, "action_approve")
        self._call(settlement.with_user(self.other), "action_approve")
        self.assertOwn(settlement, "action_release")
        self.assertFalse(rma.credit_note_ids)

    def test_no_grant_covers_it(self):
        """A grant is for steps of one's work, and this is none."""
        self._set_policy(authorize=False)
        rma = self._requested(self.line, 1)
        grants = self.env["reverse.combined.duty"]
        grants.create(
            {
                "name": "Branch",
                "company_id": self.company.id,
                "user_ids": self.buyer.ids,
                "role_ids": grants._get_roles().ids,
            }
        )
        self.assertOwn(rma, "action_authorize")
        self.assertFalse(grants.use_ids.search([("rma_id", "=", rma.id)]))

    def test_nobody_says_what_their_own_goods_are_worth(self):
        product = self._create_product("Lamp", categ_id=self.perpetual.id)
        rma = self.env["reverse.rma"].create(
            {
                "partner_id": self.customer.id,
                "line_ids": [Command.create({"product_id": product.id})],
            }
        )
        self._call(self._as("service", rma), "action_request")
        self._call(self._as("approver", rma.exception_ids), "action_take_in")
        part = self._receive(rma)
        self.assertOwn(part, "action_take_title")
        self._call(part.with_user(self.other), "action_take_title")
        self.assertTrue(part.title_by_id)

    def test_combined_duties_allow_it_and_are_listed(self):
        self._set_policy(authorize=False)
        rma = self._requested(self.line, 1)
        self.buyer.group_ids |= self.env.ref("reverse_logistics.group_combined_duties")
        self._call(rma.with_user(self.buyer), "action_authorize")
        self.assertEqual(rma.state, "authorized")
        use = self.env["reverse.combined.duty.use"].search([("rma_id", "=", rma.id)])
        self.assertEqual((use.user_id, use.state), (self.buyer, "open"))
