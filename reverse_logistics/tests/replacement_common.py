"""Products that are replaced, and their replacements."""

from .common import ReturnsCommon

NOTHING = "nothing to invoice|Cannot create an invoice"


class ReplacementCommon(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.ordered_product = cls._create_product(
            "Lamp", invoice_policy="order", categ_id=cls.perpetual.id
        )
        cls._buy(cls.ordered_product, 100, 40.0)
        cls.serial_product.categ_id = cls.perpetual
        cls.first, cls.second, cls.third = cls._create_lots(
            cls.serial_product, "S1", "S2", "S3"
        )
        for lot in (cls.first, cls.second, cls.third):
            cls._buy(cls.serial_product, 1, 40.0, lot)

    def _replace(self, source, quantity=1, **values):
        """Return goods for a replacement, up to the delivery that policy releases."""
        return self._return(
            source, quantity, rma={"settlement_type": "replacement"}, **values
        )

    def _replacement(self, rma):
        return rma.settlement_ids.replacement_move_ids

    def _send(self, rma, lot=None):
        """Send the replacement, of serial products the given one."""
        picking = (
            self._replacement(rma).filtered(lambda m: m.state != "done").picking_id
        )
        if lot:
            picking.move_ids.move_line_ids.lot_id = lot
        self._validate(picking)
        return picking.move_ids

    def _sell_serial(self, lot):
        order = self._new_order((self.serial_product, 1, {"price_unit": 100}))
        picking = order.picking_ids
        picking.move_ids.move_line_ids.lot_id = lot
        self._validate(picking)
        self._invoice(order)
        return order.order_line

    def assertChecked(self, rma):
        """The stored quantities are those of the documents."""
        self.assertEqual(rma._check_quantities(), {})
