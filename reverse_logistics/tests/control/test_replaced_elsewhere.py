"""A replacement goes where the goods were sold to, or an approver looks."""

from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from ..replacement_common import ReplacementCommon


@tagged("post_install", "-at_install")
class TestReplacedElsewhere(ReplacementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.write({"street": "1 High Street", "zip": "10115"})
        cls.thief = cls.customer.create(
            {
                "name": "Nobody's garage",
                "parent_id": cls.customer.id,
                # contacts of other types have the address of their company
                "type": "other",
                "street": "Away",
            }
        )
        cls.stocker = new_test_user(
            cls.env,
            login="elsewhere",
            groups="stock.group_stock_user,base.group_partner_manager",
        )
        cls.line = cls._sell(4)

    def _move(self, contact=None, **values):
        self._rpc(
            self.stocker, "res.partner", "write", (contact or self.customer).ids, values
        )
        self.env.invalidate_all()

    def test_policy_sends_to_where_it_was_sold(self):
        self.assertEqual(self._replace(self.line).settlement_ids.state, "released")

    def test_an_invented_address_waits_for_persons(self):
        self._move(street="2 Invented Lane")
        settlement = self._replace(self.line).settlement_ids
        self.assertEqual(settlement.state, "draft")
        self._as("service", settlement).action_submit()
        details = settlement.approval_ids.details
        self.assertIn("not where the goods were sold to", details)
        self.assertIn("2 Invented Lane", details)
        self._as("approver", settlement).action_approve()
        self._as("releaser", settlement).action_release()
        self.assertTrue(settlement.replacement_move_ids)

    def test_what_has_left_keeps_its_address(self):
        picking = self.line.move_ids.picking_id
        with self.assertRaisesRegex(UserError, "has left: its address stays"):
            self._rpc(
                self.stocker,
                "stock.picking",
                "write",
                picking.ids,
                {"partner_id": self.thief.id},
            )

    def test_released_to_one_address_and_sent_to_another(self):
        rma = self._replace(self.line)
        picking = self._replacement(rma).picking_id
        refused = "was released to another address. Let an approver"
        self.assertEqual(rma.settlement_ids.type, "replacement")
        with self.assertRaisesRegex(UserError, refused):
            self._rpc(
                self.stocker,
                "stock.picking",
                "write",
                picking.ids,
                {"partner_id": self.thief.id},
            )
        self._move(street="2 Invented Lane")
        with self.assertRaisesRegex(UserError, refused):
            self._call(picking.with_user(self.stocker), "button_validate")
        # neither does another delivery of it
        self._call(picking.with_user(self.stocker), "action_cancel")
        settlement = rma.settlement_ids
        with self.assertRaisesRegex(UserError, refused):
            self._call(self._as("service", settlement), "action_deliver_again")
        self._move(street="1 High Street")
        self._call(self._as("service", settlement), "action_deliver_again")
        again = self._replacement(rma).picking_id - picking
        # an approver who enters it has looked at it
        self.stocker.group_ids |= self.env.ref("reverse_logistics.group_approver")
        self._rpc(
            self.stocker,
            "stock.picking",
            "write",
            again.ids,
            {"partner_id": self.thief.id},
        )
        self.stocker.group_ids -= self.env.ref("reverse_logistics.group_approver")
        self._call(again.with_user(self.stocker), "button_validate")
        self.assertEqual((again.state, again.partner_id), ("done", self.thief))
