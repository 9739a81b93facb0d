"""Radios with numbers: one was scrapped by returns, and one lies in them."""

from odoo import Command

from .goods_common import GoodsCase

#: What whoever names a piece that lies in returns, or was written off by them, reads.
ELSEWHERE = "and it is not there: it lies in returns, or they wrote it off"


class NumbersCase(GoodsCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.radio = cls._create_product("Radio", tracking="serial")
        cls.lots = cls._create_lots(cls.radio, "R1", "R2")
        cls.sold = cls._sell(2, product=cls.radio, lots=dict.fromkeys(cls.lots, 1))
        cls.scrapped, cls.waiting = cls.lots

    def setUp(self):
        super().setUp()
        rma = self._received(self.sold, 1, lot_id=self.scrapped.id)
        self._inspect(rma.inspection_ids, "E")
        self.rma = self._received(self.sold, 1, lot_id=self.waiting.id)
        self.part = self.rma.inspection_ids
        self.here = self.inspection_location
        self.scrap = self.company._ensure_reverse_scrap()

    def _quant(self, lot, place):
        return self.env["stock.quant"].search(
            [("lot_id", "=", lot.id), ("location_id", "=", place.id)]
        )

    def _move(self, lot, source, target):
        return self._open_transfer(
            source,
            target,
            move_ids=[
                Command.create(
                    {
                        "product_id": self.radio.id,
                        "product_uom_qty": 1,
                        "location_id": source.id,
                        "location_dest_id": target.id,
                        "move_line_ids": [
                            Command.create(
                                {
                                    "product_id": self.radio.id,
                                    "lot_id": lot.id,
                                    "quantity": 1,
                                    "location_id": source.id,
                                    "location_dest_id": target.id,
                                }
                            )
                        ],
                    }
                )
            ],
        )
