"""The delivery of withdrawn orders, where promotions or cards paid for it."""

from odoo import Command
from odoo.tests import tagged

from odoo.addons.reverse_logistics_delivery.tests.common import CarrierCase
from odoo.addons.reverse_logistics_loyalty.tests.test_promotions import CardsCommon


@tagged("post_install", "-at_install")
class TestDeliveryByCard(CardsCommon, CarrierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.customer.country_id = cls.env.ref("base.de")
        draft = cls._get_version().copy()
        draft.legal_rule_ids = [Command.create({"name": "Withdrawal"})]
        draft.with_user(cls.users["administrator"]).action_activate()

    def _withdrawn(self, card=None, condition="A"):
        """Withdraw from an order of 200 and a delivery at 12; give its settlement."""
        order = self._ordered((self.product, 2, 100.0, self.untaxed))
        goods = order.order_line
        order.set_delivery_line(self.carrier, 12.0)
        self._promote(order, card and card.code)
        self._call(order, "action_confirm")
        self._deliver(order)
        self._invoice(order)
        rma = self._draft(goods, 2, rma={"basis": "withdrawal"})
        rma.action_request()
        self._receive(rma)
        self._inspect(rma.inspection_ids, condition)
        return rma.sudo().settlement_ids

    def test_what_a_card_paid_goes_back_to_it(self):
        for by_card, money in ((106, 106), (212, 0)):
            with self.subTest(by_card=by_card):
                card = self._card(by_card)
                settlement = self._withdrawn(card)
                self.assertEqual(settlement.state, "released")
                self.assertAlmostEqual(settlement.amount_total, money)
                self.assertAlmostEqual(card.points, by_card)

    def test_what_cost_nothing_is_not_given_back(self):
        self._program(1, reward_type="shipping")
        settlement = self._withdrawn()
        self.assertEqual(settlement.state, "released")
        self.assertEqual(settlement.amount_total, 200)
        damaged = self._withdrawn(condition="D")
        line = self._as("service", damaged).line_ids
        line.write({"deduction": 50, "deduction_reason": "Used"})
        self._settle(damaged)
        self.assertEqual(damaged.amount_total, 150)
