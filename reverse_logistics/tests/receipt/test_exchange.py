"""Odoo's Exchange button: other goods leave when the first ones are back."""

from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from ..replacement_common import ReplacementCommon


@tagged("post_install", "-at_install")
class TestExchange(ReplacementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stocker = new_test_user(
            cls.env, login="exchange", groups="stock.group_stock_user"
        )
        cls.line = cls._sell(4)

    def _exchange(self, quantity=2):
        """Press Exchange on the delivery; give the transfer that it opens."""
        delivery = self.line.move_ids.picking_id
        wizard = (
            self.env["stock.return.picking"]
            .with_user(self.stocker)
            .with_context(active_model="stock.picking", active_id=delivery.id)
            .create({"picking_id": delivery.id})
        )
        wizard.product_return_moves.quantity = quantity
        back = self._call(wizard, "action_create_exchanges")["res_id"]
        return self.env["stock.picking"].browse(back)

    def test_nothing_leaves_before_something_is_back(self):
        back = self._exchange(2)
        self.assertEqual(len(self.line.order_id.picking_ids - back), 1)
        self.assertIn("wants the same goods again", back.message_ids[0].body)
        self._validate(back.with_user(self.stocker))
        rma = back.reverse_rma_id
        self.assertEqual(
            (rma.state, rma.settlement_type, self._open_exceptions(rma)),
            ("requested", "replacement", ["no_authorization"]),
        )
        self._as("approver", rma).action_authorize()
        self._inspect(rma.inspection_ids)
        self.assertFalse(rma.credit_note_ids)
        sent = self._send(rma)
        self.assertEqual((sent.product_id, sent.quantity), (self.product, 2))
        self.assertLine(self.line, 4, 4, 0)
        self.assertChecked(rma)

    def test_what_is_left_for_later_is_replaced_as_well(self):
        back = self._exchange(3)
        back.move_ids.write({"quantity": 1, "picked": True})
        back.with_context(
            skip_backorder=True, picking_ids_not_to_backorder=[]
        ).button_validate()
        rest = back.backorder_ids
        self.assertTrue(rest.move_ids.reverse_exchange)
        self._validate(rest)
        self.assertEqual(rest.reverse_rma_id.settlement_type, "replacement")

    def test_company_that_refuses(self):
        self.company.reverse_unauthorized = "refuse"
        with self.assertRaisesRegex(UserError, "takes goods back only with a return"):
            self._exchange()
        self.assertEqual(len(self.line.order_id.picking_ids), 1)
