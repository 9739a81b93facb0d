from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestConsigned(ClaimCase):
    """Five toasters are a supplier's; three were sold, and billed at 40 plus 10 %."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.toaster = cls._create_product("Toaster", categ_id=cls.perpetual.id)
        order = cls._order_consigned(5)
        cls.bought = order.order_line
        cls.sold = cls._sell(3, product=cls.toaster)
        order.action_create_invoice()
        cls.bill = order.invoice_ids
        cls.bill.invoice_date = fields.Date.today()
        cls.bill.invoice_line_ids.quantity = 3
        cls._call(cls.bill, "action_post")
        cls.shelf = cls.warehouse.lot_stock_id

    @classmethod
    def _order_consigned(cls, quantity):
        order = cls.env["purchase.order"].create(
            {
                "partner_id": cls.supplier.id,
                "company_id": cls.company.id,
                "picking_type_id": cls.warehouse.in_type_id.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.toaster.id,
                            "product_qty": quantity,
                            "price_unit": 40.0,
                            "tax_ids": [Command.set(cls.tax.ids)],
                        }
                    )
                ],
            }
        )
        order.button_confirm()
        order.picking_ids.owner_id = cls.supplier
        cls._validate(order.picking_ids)
        return order

    def _held(self):
        """How much is on the shelf, and whose it is."""
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.toaster.id),
                ("location_id", "=", self.shelf.id),
                ("quantity", "!=", 0),
            ]
        )
        return {quant.owner_id: quant.quantity for quant in quants}

    def _credits(self):
        return self.bought.invoice_lines.move_id.filtered(
            lambda move: move.move_type == "in_refund"
        )

    def test_nothing_is_agreed(self):
        part = self._received(self.sold).inspection_ids
        self.assertEqual(part.owner_id, self.supplier)
        before = self._balance(self.stock_account)
        self._inspect(part)
        self.assertEqual(self._held(), {self.supplier: 3.0})
        self.assertEqual(self._balance(self.stock_account), before)
        self.assertFalse(self._credits())

    def test_they_become_ours(self):
        self.agreement.consigned = "ours"
        part = self._received(self.sold).inspection_ids
        stock = self._balance(self.stock_account)
        expense = self._balance(self.expense_account)
        self.assertEqual(self.toaster.total_value, 0.0)
        self._inspect(part)
        nobody = self.env["res.partner"]
        self.assertEqual(self._held(), {self.supplier: 2.0, nobody: 1.0})
        self.assertEqual(self.toaster.total_value, 40.0)
        self.assertEqual(self._balance(self.stock_account), stock + 40.0)
        self.assertEqual(self._balance(self.expense_account), expense - 40.0)
        self.assertFalse(self._credits())
        self.bought.invalidate_recordset()
        self.assertEqual((self.bought.qty_received, self.bought.qty_invoiced), (5, 3))
        names = self._events(part.rma_id).mapped("name")
        self.assertIn("ConsignedGoodsTaken", names)

    def test_they_are_the_suppliers_again(self):
        self.agreement.consigned = "theirs"
        part = self._received(self.sold).inspection_ids
        stock = self._balance(self.stock_account)
        self._inspect(part)
        self.assertEqual(self._held(), {self.supplier: 3.0})
        self.assertEqual(self.toaster.total_value, 0.0)
        credit = self._credits()
        self.assertEqual(
            (credit.state, credit.reversed_entry_id, credit.amount_total),
            ("draft", self.bill, 44.0),
        )
        # inspected again it is credited once
        self._call(self._as("inspector", part), "action_correct")
        again = part.rma_id.inspection_ids.filtered(lambda one: one.state == "draft")
        self._inspect(again)
        self.assertEqual(self._credits(), credit)
        self._call(self._books(credit), "action_post")
        self.assertAlmostEqual(self.bill.amount_residual, 88.0)
        # with its tax, which has no account of its own
        self.assertEqual(self._balance(self.stock_account), stock - 44.0)
        self.bought.invalidate_recordset()
        self.assertEqual((self.bought.qty_received, self.bought.qty_invoiced), (5, 2))

    def test_what_is_credited_is_not_claimed(self):
        """Broken ones that are the supplier's again owe nothing beside their bill."""
        self.agreement.write({"consigned": "theirs", "opens_itself": True})
        part = self._broken(self.sold)
        self.assertEqual(self._credits().amount_untaxed, 40.0)
        self.assertFalse(part.supplier_claim_line_ids)
        with self.assertRaisesRegex(UserError, "their bill is credited already"):
            self._as("claims_user", part).action_claim_supplier()
        # and their credit note pays no claim on others
        self._call(self._books(self._credits()), "action_post")
        self.agreement.consigned = False
        other = self._broken(self.sold)
        claim = self._as("claims_user", other.supplier_claim_line_ids.claim_id)
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        with self.assertRaisesRegex(UserError, "no posted credit note of Cobalt"):
            claim.action_match()

    def test_own_ones_are_claimed_beside_them(self):
        """Two are the supplier's and three are ours: no more than three are claimed."""
        self._purchase(self.toaster, 3)
        self.users["claims_user"].group_ids += self.env.ref("stock.group_stock_user")
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "=", self.toaster.id),
                ("location_id", "=", self.shelf.id),
            ]
        )
        action = self._as("claims_user", quants).action_claim_supplier()
        entry = self.env[action["res_model"]].browse(action["res_id"])
        entry = entry.with_user(self.users["claims_user"])
        entry.line_ids.quantity = 4
        with self.assertRaisesRegex(UserError, "only 3 units in .* as own stock"):
            entry.action_confirm()
        entry.line_ids.quantity = 3
        self._call(entry, "action_confirm")
        self.assertEqual(self._held(), {self.supplier: 2.0})

    def test_own_purchases_and_consigned_ones_are_apart(self):
        """Three of ours came in first, and yet those that were sold are not of them."""
        own = self._purchase(self.toaster, 3, price=50.0)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE stock_move SET reverse_done_at = reverse_done_at "
            "- interval '9 day' WHERE id IN %s",
            [tuple(own.move_ids.ids)],
        )
        own.move_ids.invalidate_recordset(["reverse_done_at"])
        line = self._claim(self._broken(self.sold)).line_ids
        self.assertEqual(
            (line.source_state, line.purchase_line_id), ("sure", self.bought)
        )
        self.users["claims_user"].group_ids += self.env.ref("stock.group_stock_user")
        quants = self.env["stock.quant"].search(
            [("product_id", "=", self.toaster.id), ("location_id", "=", self.shelf.id)]
        )
        action = self._as("claims_user", quants).action_claim_supplier()
        entry = self.env[action["res_model"]].browse(action["res_id"])
        entry = entry.with_user(self.users["claims_user"])
        entry.line_ids.quantity = 1
        action = self._call(entry, "action_confirm")
        line = self.env["reverse.supplier.claim"].browse(action["res_id"]).line_ids
        self.assertEqual((line.source_state, line.purchase_line_id), ("sure", own))

    def test_drafts_count_and_what_is_unbilled_is_told(self):
        """One bill over three: four come back, of which the buyer hears of one."""
        self.agreement.consigned = "theirs"
        self.bought.order_id.user_id = self.users["service"]
        sold = self._sell(1, product=self.toaster)
        self._inspect(self._received(self.sold, 2).inspection_ids)
        self._inspect(self._received(self.sold).inspection_ids)
        self.assertFalse(self.bought.order_id.activity_ids)
        part = self._received(sold).inspection_ids
        self._inspect(part)
        self.assertEqual(set(self._credits().mapped("state")), {"draft"})
        self.assertEqual(sum(self._credits().invoice_line_ids.mapped("quantity")), 3)
        task = self.bought.order_id.activity_ids
        self.assertEqual(task.user_id, self.users["service"])
        self.assertIn("1 unit of Toaster came back", task.summary)
        # whoever inspects it again tells it no second time
        self._call(self._as("inspector", part), "action_correct")
        self._inspect(
            part.rma_id.inspection_ids.filtered(lambda one: one.state == "draft")
        )
        self.assertEqual(self.bought.order_id.activity_ids, task)

    def test_one_receipt_of_two_owners(self):
        """Of three of ours and two of the supplier's, two of ours went back."""
        order = self._order_consigned(5)
        line = order.order_line
        receipt = line.move_ids
        own = receipt.move_line_ids.copy({"owner_id": False, "quantity": 3.0})
        (receipt.move_line_ids - own).quantity = 2.0
        claim_lines = self.env["reverse.supplier.claim.line"]
        goods = self._received(self.sold).inspection_ids._get_claimed()
        lines_of = type(claim_lines)
        gone = {(receipt, receipt.move_line_ids.lot_id): 2.0}
        with patch.object(lines_of, "_read_returns", lambda *_args: (gone, {})):
            known = claim_lines._read_receipts([goods], None)
        found = known[self.company, self.toaster][None]
        left = {one.owner: one.left for one in found if one.key == receipt.id}
        self.assertEqual(left, {False: 1.0, self.supplier.id: 2.0})
        # consigned ones are not claimed from their receipt
        self.users["claims_user"].group_ids += self.env.ref("stock.group_stock_user")
        action = self._as("claims_user", order.picking_ids).action_claim_supplier()
        entry = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(entry.line_ids.mapped("quantity_here"), [3.0])
        consigned = self._as("claims_user", self.bought.order_id.picking_ids)
        self.assertFalse(consigned.reverse_is_claim_allowed)

    def test_what_goes_on_to_the_customer_stays_sold(self):
        self.agreement.consigned = "theirs"
        part = self._received(self.sold).inspection_ids
        self._inspect(part, "D", "CUSTOMER")
        self.assertFalse(self._credits())
