from odoo.tests.common import new_test_user

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon


class RepairCommon(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # repairs, and has nothing to do with returns
        cls.workshop = new_test_user(
            cls.env, login="workshop", groups="stock.group_stock_user"
        )
        cls.salesman = new_test_user(
            cls.env, login="salesman", groups="sales_team.group_sale_salesman_all_leads"
        )
        cls.pump = cls._create_product(
            "Pump", tracking="serial", categ_id=cls.perpetual.id
        )
        cls.seal = cls._create_product("Seal", categ_id=cls.perpetual.id)
        cls._buy(cls.seal, 10, 3.0)
        cls.workplace = cls.facility._get_location("refurbish")

    @classmethod
    def _sell_pump(cls, number):
        """Sell one pump bought for 40 at 100; give order line and serial."""
        lot = cls._create_lots(cls.pump, number)
        cls._buy(cls.pump, 1, 40.0, lot)
        order = cls._new_order((cls.pump, 1, {"price_unit": 100.0}))
        cls._validate(order.picking_ids)
        cls._invoice(order)
        return order.order_line, lot

    def _in_repair(self, line, **values):
        """Send goods in for repair, up to their repair order."""
        rma = self._received(line, rma={"settlement_type": "repair"}, **values)
        rma = rma.with_env(self.env)
        part = rma.inspection_ids
        self._inspect(part, "D")
        return rma, part, part.repair_ids

    def _as_workshop(self, repair):
        self.env.flush_all()
        self.env.invalidate_all()
        return repair.with_user(self.workshop)

    def _repair(self, repair, spare=1):
        """Repair with a seal."""
        repair = self._as_workshop(repair)
        if spare:
            self.env["stock.move"].with_user(self.workshop).create(
                {
                    "repair_id": repair.id,
                    "repair_line_type": "add",
                    "product_id": self.seal.id,
                    "product_uom_qty": spare,
                    "location_id": repair.location_id.id,
                    "location_dest_id": repair.location_dest_id.id,
                }
            )
        repair.action_validate()
        repair.action_repair_start()
        repair.move_ids.quantity = spare
        repair.action_repair_end()

    def _way_back(self, part):
        """The transfer that takes the goods to the customer."""
        part.invalidate_recordset()
        return part.move_ids.filtered(
            lambda m: m.location_dest_id.usage == "customer" and m.state != "cancel"
        ).picking_id

    def _snapshot(self, product=None):
        """What must not change: own valuation, ledger, what can be sold."""
        product = product or self.pump
        product.invalidate_recordset()
        return (
            product.total_value,
            product.standard_price,
            self._balance(self.stock_account),
            self._balance(self.expense_account),
            self._available(product),
        )

    def _quants(self, lot):
        """Where a serial lies here, and whose it is."""
        quants = self.env["stock.quant"].search(
            [
                ("lot_id", "=", lot.id),
                ("quantity", ">", 0),
                ("location_id.usage", "=", "internal"),
            ]
        )
        return [(q.location_id, q.owner_id, q.quantity) for q in quants]
