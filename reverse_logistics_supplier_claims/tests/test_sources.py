from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestSources(ClaimCase):
    """Plugs of two purchases, at 3 and at 4, sold one after the other."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plug = cls._create_product("Plug", categ_id=cls.perpetual.id)
        cls.cheap = cls._purchase(cls.plug, 5, price=3.0)
        cls.dear = cls._purchase(cls.plug, 5, price=4.0)
        cls._done_ago(cls.cheap.move_ids, 9)
        cls._done_ago(cls.dear.move_ids, 8)

    @classmethod
    def _done_ago(cls, moves, days):
        """Receipts, returns and sales follow each other; here all are of one day."""
        moment = fields.Datetime.now() - timedelta(days)
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE stock_move SET reverse_done_at = %s WHERE id IN %s",
            [moment, tuple(moves.ids)],
        )
        moves.invalidate_recordset(["reverse_done_at"])

    def _sold(self, quantity, days):
        line = self._sell(quantity, product=self.plug)
        self._done_ago(line.move_ids, days)
        return line

    def _candidates(self, line):
        return [
            (self.env["stock.move"].browse(one.receipt.key).purchase_line_id, one.why)
            for one in line._find_candidates()[line]
        ]

    def test_what_left_first(self):
        """Two of the first go back to the vendor before it is sold out by three."""
        wizard = self.env["stock.return.picking"].create(
            {"picking_id": self.cheap.move_ids.picking_id.id}
        )
        wizard.product_return_moves.quantity = 2
        back = wizard._create_return()
        back.move_ids.write({"quantity": 2, "picked": True})
        self._validate(back)
        self._done_ago(back.move_ids, 7)
        first, second = self._sold(3, 6), self._sold(2, 5)
        cheap, dear = self.cheap, self.dear
        claim = self._claim(self._broken(first))
        self.assertEqual(
            self._candidates(claim.line_ids),
            [(cheap, "fifo"), (dear, "unused")],
            "3 of 3 left",
        )
        claim = self._claim(self._broken(second))
        self.assertEqual(
            self._candidates(claim.line_ids), [(dear, "fifo"), (cheap, "used")]
        )
        self.assertEqual((claim.amount_claimed, claim.line_ids.unit_cost), (4.0, 4.0))
        with self.assertRaisesRegex(UserError, "choose the receipt with which Plug"):
            claim.action_submit()

    def test_a_person_chooses(self):
        part = self._broken(self._sold(2, 5), 2)
        claim = self._claim(part)
        line = claim.line_ids
        action = self._call(line, "action_choose_source")
        choice = self.env[action["res_model"]].with_user(claim.env.user)
        choice = choice.browse(action["res_id"])
        self.assertEqual(
            choice.line_ids.mapped(
                lambda each: (
                    each.rank,
                    each.purchase,
                    each.supplier,
                    each.quantity_left,
                    each.unit_cost,
                    each.why.split(":")[0],
                )
            ),
            [
                (
                    1,
                    self.cheap.order_id.name,
                    "Cobalt Works",
                    5,
                    3,
                    "First in, first out",
                ),
                (2, self.dear.order_id.name, "Cobalt Works", 5, 4, "Less likely"),
            ],
        )
        self._call(choice.line_ids[1], "action_choose")
        self.assertEqual(
            (line.source_state, line.purchase_line_id, claim.amount_claimed),
            ("sure", self.dear, 8.0),
        )
        with self.assertRaisesRegex(UserError, "there is nothing to choose"):
            line.action_choose_source()

    def test_no_question_where_it_is_clear(self):
        """The second purchase came in after these were sold."""
        self._done_ago(self.dear.move_ids, 4)
        claim = self._claim(self._broken(self._sold(2, 5)))
        self.assertEqual(
            (claim.line_ids.source_state, claim.line_ids.purchase_line_id),
            ("sure", self.cheap),
        )

    def test_one_purchase_in_two_receipts(self):
        """Price and bills are the same, so nobody is asked."""
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        order = self._purchase(seal, 2, price=3.0, bill=False).order_id
        order.order_line.product_qty = 4
        self._validate(order.picking_ids.filtered(lambda p: p.state != "done"))
        line = self._claim(self._broken(self._sell(1, product=seal))).line_ids
        self.assertEqual(
            (line.source_state, line.purchase_line_id), ("sure", order.order_line)
        )

    def test_a_lot_of_two_purchases(self):
        """Only what left of that lot counts; a person chooses."""
        oil = self._create_product("Oil", categ_id=self.perpetual.id, tracking="lot")
        (lot,) = self._create_lots(oil, "L1")
        old = self._purchase(oil, 1, [lot], price=3.0)
        new = self._purchase(oil, 1, [lot], price=4.0)
        self._done_ago(old.move_ids, 9)
        self._done_ago(new.move_ids, 8)
        first, second = (self._sell_serials(oil, [lot]) for _number in range(2))
        self._done_ago(first.move_ids, 7)
        self._done_ago(second.move_ids, 6)
        line = self._claim(self._broken(second)).line_ids
        self.assertEqual(self._candidates(line), [(new, "fifo"), (old, "used")])
        self.assertEqual(line.source_state, "unclear")
