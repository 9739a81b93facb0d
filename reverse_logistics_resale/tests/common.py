from odoo import Command

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon


class ResaleCommon(ReturnsCommon):
    """Kettles that cost 40 come back, and are worth less."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.write_down_account = cls.expense_account.copy({"code": "669900"})
        cls.place = cls.company._ensure_reverse_regrade()
        cls.company.reverse_write_down_account_id = cls.write_down_account
        cls.bstock = cls._create_product(
            "Kettle B", categ_id=cls.perpetual.id, standard_price=0.0, list_price=60.0
        )
        cls.row = cls._configure(cls.product, cls.bstock, 60)
        cls.toaster = cls._create_product("Toaster", categ_id=cls.perpetual.id)
        cls._buy(cls.toaster, 20, 15.0)
        with cls._preparing():
            order = cls._new_order(
                (cls.product, 48, {"price_unit": 100.0}),
                (cls.toaster, 10, {"price_unit": 100.0}),
            )
            cls._deliver(order)
            cls._invoice(order)
        cls.sold = {line.product_id: line for line in order.order_line}

    @classmethod
    def _configure(cls, product, target, percent, **values):
        """Say what a product becomes."""
        return cls.env["reverse.regrade"].create(
            {
                "company_id": cls.company.id,
                "product_tmpl_id": product.product_tmpl_id.id,
                "target_id": target.id,
                "percent": percent,
                **values,
            }
        )

    def _back(self, *products, quantity=2, **values):
        """Take some of these back with one return: the parts that wait."""
        rma = self._as("service", self.env["reverse.rma"]).create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create(
                        {
                            "sale_line_id": self.sold[product].id,
                            "quantity": quantity,
                            **values,
                        }
                    )
                    for product in products or (self.product,)
                ],
            }
        )
        self._call(rma, "action_request")
        self._receive(rma)
        return rma.inspection_ids.sorted("id")

    def _sell_all(self, *lines):
        """Sell ``(product, quantity, lot)`` that is in stock; give the order lines."""
        with self._preparing():
            order = self._new_order(
                *[
                    (product, quantity, {"price_unit": 100.0})
                    for product, quantity, _lot in lines
                ]
            )
            for move, (_product, quantity, lot) in zip(
                order.order_line.move_ids, lines, strict=True
            ):
                if lot:
                    move.move_line_ids.unlink()
                    move.move_line_ids = [
                        Command.create(
                            {
                                "product_id": move.product_id.id,
                                "picking_id": move.picking_id.id,
                                "lot_id": lot.id,
                                "quantity": quantity,
                                "location_id": move.location_id.id,
                                "location_dest_id": move.location_dest_id.id,
                            }
                        )
                    ]
            self._validate(order.picking_ids)
            self._invoice(order)
        return order.order_line

    def _decide(self, parts, disposition, condition="B"):
        return self._inspect(parts, condition, disposition)

    def _worth(self, *products):
        """What stock of these products is worth, together."""
        self.env.flush_all()
        self.env.invalidate_all()
        return round(sum(product.total_value for product in products), 2)

    def _balance(self, account, *products):
        """What was booked on an account, for these products or for all."""
        self.env.flush_all()
        domain = [("account_id", "=", account.id), ("parent_state", "=", "posted")]
        if products:
            domain.append(("product_id", "in", [product.id for product in products]))
        groups = self.env["account.move.line"]._read_group(
            domain,
            [],
            ["balance:sum"],
        )
        return round(groups[0][0] or 0.0, 2)
