"""What customers are entitled to follows invoices and credit notes, by any path."""

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..deposits_common import DepositsCommon


@tagged("post_install", "-at_install")
class TestDepositBalance(DepositsCommon):
    def test_posted_invoices_entitle(self):
        invoice = self._charge(3)
        deposit = self._deposits()
        self.assertEqual(deposit.invoice_id, invoice)
        self.assertEqual(deposit.partner_id, self.customer)
        self.assertEqual((deposit.quantity, deposit.qty_left), (3, 3))
        self.assertEqual(deposit.amount_left, 150)
        self.assertEqual(self.customer.reverse_deposit_left, 3)

    def test_drafts_do_not(self):
        order = self._new_order((self.charge, 3, {"price_unit": 50.0}))
        self._invoice(order, post=False)
        self.assertFalse(self._deposits())
        with self.assertRaisesRegex(UserError, "entitled to 0 units of Alternator"):
            self._requested_core(1)

    def test_archived_types_do_not_whoever_posts_first(self):
        self.core_type.active = False
        self.core_type.with_context(active_test=False)._get_product_types()
        self._charge(3)
        self.assertFalse(self._deposits())

    def test_contacts_share_the_balance(self):
        contact = self.env["res.partner"].create(
            {"name": "Workshop", "parent_id": self.customer.id}
        )
        self._charge(2)
        self.assertEqual(contact.reverse_deposit_left, 2)
        rma = self._draft_core(2, partner_id=contact.id)
        rma.action_request()
        self.assertEqual(rma.state, "authorized")

    def test_reset_to_draft_takes_it_away(self):
        invoice = self._invoice_alone(4)
        self.assertEqual(self._left(), [4])
        self._books(invoice).button_draft()
        self.assertEqual(self._left(), [0])
        self._books(invoice).action_post()
        self.assertEqual(self._left(), [4])
        self.assertEqual(len(self._deposits()), 1)

    def test_credit_by_hand_lowers_it(self):
        invoice = self._charge(3)
        self._charge(2)
        note = self._reverse_by_hand(invoice)
        self.assertEqual(self._left(), [0, 2])
        self.assertEqual(self._deposits()[0].qty_credited, 3)
        with self.assertRaisesRegex(UserError, "entitled to 2 units"):
            self._requested_core(3)
        self._books(note).button_draft()
        self.assertEqual(self._left(), [3, 2])

    def test_credit_by_hand_of_a_part(self):
        invoice = self._charge(3)
        note = self._reverse_by_hand(invoice, post=False)
        note.invoice_line_ids.filtered(
            lambda line: line.product_id == self.product
        ).unlink()
        note.invoice_line_ids.quantity = 1
        self._books(note).action_post()
        self.assertEqual(self._left(), [2])
        self.assertEqual(self._deposits().amount_left, 100)

    def test_credit_taken_back_restores_it(self):
        invoice = self._invoice_alone(3)
        note = self._reverse_by_hand(invoice)
        self.assertEqual(self._left(), [0])
        note._reverse_moves([{}], cancel=True)
        self.assertEqual(self._left(), [3])
        self.assertEqual(len(self._deposits()), 1)

    def test_expired_entitlements_do_not_count(self):
        self.core_type.validity_days = 30
        old = fields.Date.subtract(fields.Date.today(), days=31)
        self._charge(3, date=old)
        self._charge(1)
        self.assertEqual(self._deposits()[0].qty_left, 3)
        with self.assertRaisesRegex(UserError, "entitled to 1 unit"):
            self._requested_core(2)
        self.assertEqual(self._requested_core(1).state, "authorized")

    def test_balance_report(self):
        self._charge(3)
        self._charge(2, price=10)
        groups = (
            self.env["reverse.deposit"]
            .with_user(self.accountant)
            ._read_group(
                [("partner_id", "=", self.customer.id)],
                ["partner_id", "type_id"],
                ["qty_left:sum", "amount_left:sum"],
            )
        )
        self.assertEqual(groups, [(self.customer, self.core_type, 5, 170)])
        action = self.customer.action_view_reverse_deposits()
        self.assertEqual(action["res_model"], "reverse.deposit")
        self.assertEqual(action["domain"], [("partner_id", "=", self.customer.id)])

    def test_nobody_writes_balances(self):
        self._charge(1)
        deposit = self._deposits()
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            deposit.qty_left = 9
        with self.assertRaisesRegex(AccessError, "not allowed to modify"):
            self._as("service", self.core_type).over_balance = "person"
        with self.assertRaisesRegex(UserError, "Invoice Line cannot be set directly"):
            self._rpc(
                self.users["administrator"],
                "reverse.deposit",
                "create",
                [{"invoice_line_id": deposit.invoice_line_id.id}],
            )

    def test_types_have_to_fit(self):
        with self.assertRaisesRegex(ValidationError, "has to be a service"):
            self.core_type.copy({"product_id": self.product.id})
        with self.assertRaisesRegex(
            ValidationError, "Core charge .* is not a physical product"
        ):
            self.core_type.core_product_id = self._create_charge("Core charge B")
