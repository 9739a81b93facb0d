from odoo.tests import HttpCase, tagged

from ..desk_common import DeskCommon


@tagged("post_install", "-at_install")
class TestDeskTour(DeskCommon, HttpCase):
    """Customer service in the browser, without any documentation."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product.default_code = "KTL-900"
        cls.lot = cls._create_lots(cls.serial_product, "SN-TOUR-1")

    def _tour(self, name, user):
        self.start_tour(
            "/odoo/returns", f"reverse_logistics_{name}", login=user.login, timeout=180
        )
        return self.env["reverse.rma"].search(
            [("partner_id", "=", self.customer.id)], limit=1
        )

    def test_new_return_by_serial_number(self):
        line = self._sell(product=self.serial_product, quantity=1, lots={self.lot: 1})
        rma = self._tour("new_return", self.users["service"])
        self.assertEqual((rma.state, rma.line_ids.lot_id), ("authorized", self.lot))
        self.assertEqual(rma.line_ids.sale_line_id, line)

    def test_list_of_products(self):
        line = self._sell(5)
        rma = self._tour("intake", self.users["service"])
        self.assertEqual(rma.line_ids.mapped("quantity"), [2.0, 1.0])
        self.assertEqual(rma.line_ids.sale_line_id, line)
        self.assertEqual(rma.state, "authorized")
        self.assertEqual(rma.line_ids[0].client_ref, "Pos. 10")

    def test_counter(self):
        self._sell(product=self.serial_product, quantity=1, lots={self.lot: 1})
        rma = self._tour("counter", self.clerk)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertEqual(rma.credit_note_ids.state, "posted")
