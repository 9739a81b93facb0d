from odoo.tests.common import tagged
from odoo.tools.safe_eval import safe_eval
from odoo.tools.sql import escape_psql

from .common import CarrierCase


@tagged("post_install", "-at_install")
class TestTracking(CarrierCase):
    def setUp(self):
        super().setUp()
        self.line = self._sell(3)
        self.delivery = self.line.move_ids.picking_id

    def _find(self, text):
        pickings = self._as("service", self.env["stock.picking"])
        return pickings.search(pickings._get_reverse_search_domain(escape_psql(text)))

    def test_delivery_by_its_outbound_number(self):
        self.delivery.carrier_tracking_ref = "1Z1,1Z22, 50%_off"
        for number in ("1Z1", "1z22", " 1Z22 ", "50%_off"):
            self.assertEqual(self._find(number), self.delivery, number)
        for number in ("1Z", "Z22", "50%", "50x_off"):
            self.assertFalse(self._find(number), number)
        nothing = self.env["stock.picking"]._get_reverse_tracking_domain(" ")
        self.assertTrue(nothing.is_false())

    def test_delivery_by_its_papers(self):
        self.assertEqual(self._find(self.delivery.name), self.delivery)
        self.assertEqual(self._find(self.line.order_id.name.lower()), self.delivery)

    def test_return_by_its_own_number(self):
        rma = self._authorized(self.line)
        self._as("service", rma).carrier_tracking_ref = "BACK7"
        self.assertEqual(self._find("BACK7"), rma.picking_ids)
        self.assertEqual(self._find("BACK7").reverse_rma_id, rma)
        self.delivery.carrier_tracking_ref = "OUT7"
        view = self.env.ref("reverse_logistics_delivery.reverse_rma_view_search")
        domain = view._get_combined_arch().xpath(
            "//field[@name='carrier_tracking_ref']/@filter_domain"
        )[0]
        # the search of returns knows both
        for number in ("BACK7", "OUT7"):
            found = self.env["reverse.rma"].search(safe_eval(domain, {"self": number}))
            self.assertEqual(found, rma)

    def test_parcel_that_never_arrived(self):
        self.delivery.write(
            {"carrier_id": self.carrier.id, "carrier_tracking_ref": "OUT8, OUT9"}
        )
        found = self._find("OUT9")
        self.assertEqual(found, self.delivery)
        self._as("receiver", found).action_parcel_back("undeliverable")
        rma = self.env["reverse.rma"].search([("partner_id", "=", self.customer.id)])
        self.assertEqual(rma.carrier_id, self.carrier)
        self.assertEqual(rma.carrier_tracking_ref, "OUT8")
        self.assertEqual(rma.stage, "received")
        self.assertEqual(rma.inspection_ids.liability, "carrier")
        self.assertEqual(rma.picking_ids.carrier_id, self.carrier)
        rmas = self._as("service", self.env["reverse.rma"])
        self.assertEqual(rmas.search(rmas._get_anything_domain("OUT9")), rma)
