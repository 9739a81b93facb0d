"""Done transfers that are edited are asked what new ones are."""

from odoo.tests.common import tagged

from ..numbers_common import ELSEWHERE, NumbersCase

EVIDENCE = "is done, and returns go by it"


@tagged("post_install", "-at_install")
class TestAttacksEdited(NumbersCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.own = cls._create_lots(cls.radio, "R3", "R4", "R5", "R6")
        for lot in cls.own:
            cls._stock(cls.radio, 1, lot)
        cls.shelf = cls.env["stock.location"].create(
            {"name": "Shelf", "location_id": cls.stock.id}
        )

    def _moved(self, lot, source, target):
        picking = self._move(lot, source, target)
        self._call(picking, "button_validate")
        self.assertEqual(picking.state, "done")
        return picking

    def _add(self, picking, source, target, **values):
        return self._rpc(
            self.stocker,
            "stock.move.line",
            "create",
            [
                {
                    "picking_id": picking.id,
                    "product_id": picking.move_ids.product_id.id,
                    "quantity": 1,
                    "location_id": source.id,
                    "location_dest_id": target.id,
                    **values,
                }
            ],
        )

    def _relot(self, picking, lot):
        line = picking.sudo().move_ids.move_line_ids
        return self._rpc(
            self.stocker, "stock.move.line", "write", line.ids, {"lot_id": lot.id}
        )

    def test_no_line_with_them_is_added(self):
        out = self._moved(self.own[0], self.stock, self.customers)
        move = out.sudo().move_ids
        for lot in self.lots:
            for vals in ({}, {"move_id": move.id}):
                with self.subTest(lot=lot.name, vals=vals):
                    self.assertRefused(
                        f"{ELSEWHERE}|{EVIDENCE}",
                        lambda lot=lot, vals=vals: self._add(
                            out, self.stock, self.customers, lot_id=lot.id, **vals
                        ),
                    )
        # another piece that is really there was forgotten
        self._add(
            out, self.stock, self.customers, lot_id=self.own[1].id, move_id=move.id
        )
        self.assertEqual(move.quantity, 2)

    def test_no_line_becomes_theirs(self):
        within = self._moved(self.own[0], self.stock, self.shelf)
        fresh = self._create_lots(self.radio, "N1")
        came = self._moved(fresh, self.suppliers, self.stock)
        for picking in (within, came):
            for lot in self.lots:
                with self.subTest(picking=picking.name, lot=lot.name):
                    self.assertRefused(
                        f"{ELSEWHERE}|Returns have written Radio off",
                        lambda picking=picking, lot=lot: self._relot(picking, lot),
                    )
                    self.assertFalse(self._quant(lot, self.shelf).quantity)
                    self.assertFalse(self._quant(lot, self.stock).quantity)
        # which of ours it was is corrected
        self._relot(within, self.own[1])
        self.assertEqual(self._quant(self.own[1], self.shelf).quantity, 1)

    def test_none_goes_back_to_where_it_was_before(self):
        """By a transfer of long ago that is said not to have been."""
        lot = self.own[2]
        within = self._moved(lot, self.stock, self.shelf)
        self._moved(lot, self.shelf, self.stock)
        sold = self._sell(1, product=self.radio, lots={lot: 1})
        self._received(sold, 1, lot_id=lot.id)
        line = within.sudo().move_ids.move_line_ids
        before = self._quant(lot, self.stock).quantity
        for vals in ({"quantity": 0}, {"lot_id": self.own[3].id}):
            with self.subTest(vals=vals):
                self.assertRefused(
                    ELSEWHERE,
                    lambda vals=vals: self._rpc(
                        self.stocker, "stock.move.line", "write", line.ids, vals
                    ),
                )
        self.assertEqual(self._quant(lot, self.stock).quantity, before)
        # what nothing of lies in returns is corrected as ever
        other = self._moved(self.own[3], self.stock, self.shelf)
        other = other.sudo().move_ids.move_line_ids
        self._rpc(self.stocker, "stock.move.line", "write", other.ids, {"quantity": 0})
        self.assertEqual(self._quant(self.own[3], self.stock).quantity, 1)

    def test_nothing_moves_within_returns_unseen(self):
        """Its inspection would look for it where it was."""
        self._stock(self.product, 2)
        rma = self._received(self._sell(2), 2)
        done = self._transfer(self.stock, self.shelf, 1)
        hold = self.places["hold"]
        for vals in ({}, {"move_id": done.move_ids.id}):
            with self.subTest(vals=vals):
                self.assertRefused(
                    EVIDENCE,
                    lambda vals=vals: self._add(
                        done.with_user(self.stocker), self.here, hold, **vals
                    ),
                )
        self.assertEqual(self._lies(hold), 0)
        # by a transfer of its own it does, and its inspection follows
        self._transfer(self.here, hold, 2)
        self.assertEqual(rma.inspection_ids.location_id, hold)
