from odoo.exceptions import UserError
from odoo.tests import tagged

from ..desk_common import DeskCommon


@tagged("post_install", "-at_install")
class TestEndCustomer(DeskCommon):
    """A reseller returns what its own customer has."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.end = cls.env["res.partner"].create({"name": "Cora at Home"})

    def test_goods_come_from_the_end_customer_and_the_buyer_is_credited(self):
        line = self._sell(2)
        rma = self._requested(line, 1, rma={"end_partner_id": self.end.id})
        self.assertEqual(rma.picking_ids.partner_id, self.end)
        self.assertEqual(rma.picking_ids.move_ids.partner_id, self.end)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertEqual(rma.credit_note_ids.partner_id, self.customer)
        self.assertEqual(rma.credit_note_ids.state, "posted")

    def test_goods_sent_back_go_to_the_end_customer(self):
        line = self._sell(2)
        rma = self._received(line, 1, rma={"end_partner_id": self.end.id})
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        back = rma.inspection_ids.move_ids.picking_id
        self.assertEqual(back.partner_id, self.end)
        self.assertEqual(back.picking_type_id.code, "outgoing")

    def test_put_away_names_nobody(self):
        line = self._sell(2)
        rma = self._received(line, 1, rma={"end_partner_id": self.end.id})
        self._inspect(rma.inspection_ids)
        put_away = rma.inspection_ids.move_ids.picking_id
        self.assertFalse(put_away.partner_id)
        self.assertEqual(put_away.state, "done")

    def test_source_belongs_to_the_buyer(self):
        line = self._sell(2)
        with self.assertRaisesRegex(UserError, "belongs to another customer"):
            self._draft(
                line,
                1,
                rma={"partner_id": self.end.id, "end_partner_id": self.customer.id},
            )
        rma = self._draft(line, 1, rma={"end_partner_id": self.end.id})
        self.assertEqual(rma.partner_id, self.customer)

    def test_wizard_asks_for_the_end_customer(self):
        line = self._sell(2)
        form = self._wizard(text=line.order_id.name)
        form.end_partner_id = self.end
        self._enter(form, 0, 1)
        rma = self._rma(form.save().action_create())
        self.assertEqual(rma.end_partner_id, self.end)
        self.assertEqual(rma.picking_ids.partner_id, self.end)

    def test_end_customer_is_fixed_with_the_request(self):
        rma = self._requested(self._sell(2), 1)
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            rma.end_partner_id = self.end
        self.assertFalse(rma.end_partner_id)
