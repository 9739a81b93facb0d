"""A replacement goes where the goods were sold to, or an approver looks."""

from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from ..replacement_common import ReplacementCommon
from ..sources_common import SourcesCommon


@tagged("post_install", "-at_install")
class TestReplacedElsewhere(ReplacementCommon, SourcesCommon):
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

    def test_old_sales_keep_the_address_with_which_they_were_imported(self):
        """Neither the contact nor the choice of another one changes it unseen."""
        self.customer.write({"country_id": self.env.ref("base.fr").id})
        sale = self._historic()
        replaced = self._replaced_of(sale, self.customer)
        self.assertEqual(replaced.state, "released")
        self.assertEqual(self._replaced_of(sale, self.thief).state, "draft")
        before = replaced.rma_id.line_ids._get_agreed_addresses()
        self.assertEqual(before, [(self.env.ref("base.fr").id, None, "10115")])
        self._move(street="2 Invented Lane", zip="90001")
        settlement = self._replaced_of(sale, self.customer)
        self.assertEqual(settlement.state, "draft")
        self.assertEqual(settlement.rma_id.line_ids._get_agreed_addresses(), before)
        self._as("service", settlement).action_submit()
        details = settlement.sudo().approval_ids.details
        self.assertIn("not where the goods were sold to", details)
        self.assertIn("2 Invented Lane", details)

    def _replaced_of(self, sale, contact):
        """Replace a piece of an old sale for this contact; give the settlement."""
        rma = self._draft_of(sale)
        rma.write({"partner_id": contact.id, "settlement_type": "replacement"})
        self._call(rma, "action_request")
        self._inspect(self._receive(rma))
        return rma.sudo().settlement_ids

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

    def test_a_delivery_without_an_order_names_no_address(self):
        settlement = self._replace(self.line).settlement_ids
        self.assertFalse(settlement.line_ids._goes_elsewhere())
        settlement.line_ids.rma_line_id.sudo()._guarded_write({"sale_line_id": False})
        self.assertTrue(settlement.line_ids._goes_elsewhere())

    def test_released_to_one_address_and_sent_to_another(self):
        """The dock compares addresses; nobody who asked for it redirects it alone."""
        rma = self._replace(self.line)
        picking = self._replacement(rma).picking_id
        settlement = rma.settlement_ids
        approver = self._as("approver", settlement)
        self.assertFalse(approver.is_confirm_address_allowed)
        with self.assertRaisesRegex(UserError, "goes to the address to which"):
            self._call(approver, "action_confirm_address")
        asked = self.users["service"]
        self.assertEqual(rma.requested_by_id, asked)
        asked.group_ids |= self.env.ref("reverse_logistics.group_approver")
        redirect = {"partner_id": self.thief.id}
        self._rpc(self.stocker, "stock.picking", "write", picking.ids, redirect)
        self.env.invalidate_all()
        for sender in (self.stocker, asked):
            sender.group_ids |= self.env.ref("stock.group_stock_user")
            with self.assertRaisesRegex(UserError, "press Confirm Address on the"):
                self._call(picking.with_user(sender), "button_validate")
        with self.assertRaisesRegex(UserError, "You took an earlier step of RMA"):
            self._call(settlement.with_user(asked), "action_confirm_address")
        self.assertIn("Away", approver.new_address)
        self.assertTrue(approver.is_confirm_address_allowed)
        seen = approver.with_context(reverse_address=approver.new_address)
        self._move(self.thief, street="13 High Street")
        with self.assertRaisesRegex(UserError, "was changed again while you looked"):
            self._call(seen, "action_confirm_address")
        self.env.invalidate_all()
        seen = approver.with_context(reverse_address=approver.new_address)
        self._call(seen, "action_confirm_address")
        self.assertFalse(settlement.new_address)
        event = self._events(rma)[-1]
        self.assertEqual(event.name, "ReplacementAddressConfirmed")
        self.assertEqual(event.data["transfers"], picking.ids)
        self.assertEqual(event.user_id, self.users["approver"])
        self._call(picking.with_user(self.stocker), "button_validate")
        self.assertEqual((picking.state, picking.partner_id), ("done", self.thief))

    def test_the_same_contact_is_corrected(self):
        """Also when its delivery is made anew."""
        rma = self._replace(self.line)
        settlement = rma.settlement_ids
        self._call(self._replacement(rma).picking_id, "action_cancel")
        self._move(street="1 Hihg Street")
        self._call(self._as("service", settlement), "action_deliver_again")
        again = self._replacement(rma).picking_id.filtered(
            lambda p: p.state != "cancel"
        )
        self._move(street="11 High Street")
        with self.assertRaisesRegex(UserError, "press Confirm Address on the"):
            self._call(again.with_user(self.stocker), "button_validate")
        self._call(self._as("approver", settlement), "action_confirm_address")
        self._move(street="12 High Street")
        with self.assertRaisesRegex(UserError, "press Confirm Address on the"):
            self._call(again.with_user(self.stocker), "button_validate")
        self._move(street="11 High Street")
        self._call(again.with_user(self.stocker), "button_validate")
        self.assertEqual(again.state, "done")
