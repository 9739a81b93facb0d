"""Customers send goods with a label of ours, or have them called for."""

from datetime import datetime

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.reverse_logistics.models.base import drawings
from odoo.addons.reverse_logistics.tests.portal_common import PortalCase

from .common import CarrierCase

#: What each route shows or does, to whom; a route without a line here fails.
ROUTES = {
    "/my/returns/<int:rma_id>/label": "page",
    "/my/returns/<int:rma_id>/label/ask": "step",
    "/my/returns/<int:rma_id>/pickup": "step",
    "/my/returns/<int:rma_id>/customs": "page",
}
DANGEROUS = "these are hazardous goods"


@tagged("post_install", "-at_install")
class TestPortalSend(PortalCase, CarrierCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.carrier.delivery_type = "reverse_own"
        cls.facility = cls.warehouse.reverse_facility_ids
        cls.facility.carrier_ids = cls.carrier
        cls.warehouse.partner_id = cls.env["res.partner"].create(
            {"name": "Returns Dock", "street": "7 Quay Street", "city": "Duluth"}
        )

    def setUp(self):
        super().setUp()
        self.customer.email = "ada@example.com"
        self.rma = self._requested(self._sell(3, 100).move_ids)
        self.url = f"/my/returns/{self.rma.id}"

    def test_label_of_our_own(self):
        mail = self.env["mail.mail"].search([("res_id", "=", self.rma.id)])
        self.assertIn("You find a label for the parcel there", mail.body_html)
        self.authenticate("ada", "ada")
        page = self._read(self.url)
        self.assertIsNotNone(page.get_element_by_id("reverse_label_ask"))
        page = self._send(f"{self.url}/label/ask")
        label = self.rma.label_ids
        self.assertEqual((label.state, label.requested_by_id), ("done", self.ada))
        number = self.rma.carrier_tracking_ref
        self.assertRegex(number, r"^RL\d{8}$")
        self.assertEqual(self.rma.picking_ids.carrier_tracking_ref, number)
        self.assertEqual(self.rma.carrier_id, self.carrier)
        self.assertEqual(
            self._events(self.rma).mapped("name")[-2:],
            ["ReturnLabelRequested", "ReturnLabelMade"],
        )
        # the code on the phone is the one on paper; a scan of it finds the return
        (link,) = page.xpath("//div[@id='reverse_label']/a/@href")
        (shown,) = page.xpath("//div[@id='reverse_label']//img/@src")
        answer = self.url_open(link)
        self.assertEqual(answer.status_code, 200)
        self.assertIn(answer.headers["Content-Type"], ("text/html", "application/pdf"))
        self.assertIn("default-src 'none'", answer.headers["Content-Security-Policy"])
        paper = etree.HTML(answer.content)
        (code,) = paper.xpath("//img[@name='qr']/@src")
        (bars,) = paper.xpath("//img[@name='barcode']/@src")
        self.assertEqual([shown, code], [drawings.qr(number)] * 2)
        self.assertEqual(bars, drawings.barcode(number))
        domain = self.rma._get_anything_domain(number)
        self.assertEqual(self.rma.search(domain), self.rma)
        text = " ".join(" ".join(paper.itertext()).split())
        for word in ("From Ada Distribution", "To Returns Dock", "7 Quay Street"):
            self.assertIn(word, text)
        self.assertFalse(paper.xpath("//div[@name='hazard']"))
        order = self.rma.line_ids.sale_line_id.order_id
        self.assertFalse(self.carrier.available_carriers(order.partner_id, order))
        # another one is not made, and none is offered of what is on its way
        page = self._send(f"{self.url}/label/ask")
        self.assertIn("no label to be made", self._text(page, "reverse_error"))
        self.assertEqual(self.rma.label_ids, label)
        self._send(f"{self.url}/ship")
        self.assertEqual(self.rma.carrier_tracking_ref, number)
        self._read(f"{self.url}/label")
        self.assertEqual(self.place.split("/")[-1], str(self.rma.id))

    def test_where_to_hand_it_over(self):
        """The carrier says where parcels are taken, beside the label."""
        self.carrier.reverse_drop_off = "At every post office.\n<b>Not on Sundays.</b>"
        self.authenticate("ada", "ada")
        self.assertNotIn("reverse_drop_off", self._read(self.url).xpath("//@id"))
        page = self._send(f"{self.url}/label/ask")
        place = page.get_element_by_id("reverse_drop_off")
        self.assertIn("<b>Not on Sundays.</b>", place.text_content())
        self.assertFalse(place.xpath(".//a"))
        self.carrier.reverse_drop_off_url = "https://parcels.example/shops?near=me"
        [link] = self._read(self.url).xpath("//div[@id='reverse_drop_off']/a")
        self.assertEqual(link.get("href"), "https://parcels.example/shops?near=me")
        self.assertIn("Swift Parcels", link.text_content())
        self.carrier.write({"reverse_drop_off": False, "reverse_drop_off_url": False})
        self.assertNotIn("reverse_drop_off", self._read(self.url).xpath("//@id"))
        for url in ("javascript:alert(1)", "//x", "https://x y", 'https://x"y'):
            with self.assertRaisesRegex(ValidationError, "not the address of a page"):
                self.carrier.reverse_drop_off_url = url

    def test_recipients_get_no_label_that_names_the_buyer(self):
        self.rma._guarded_write({"is_by_recipient": True})
        self.rma._ask_label_by_customer()
        (file,) = self.rma._get_customer_labels()
        self.assertIn(b"7 Quay Street", file.raw)
        self.assertNotIn(self.customer.name.encode(), file.raw)
        self.carrier.delivery_type = "fixed"
        self.assertFalse(self.rma._get_customer_labels())
        self.rma.label_ids._guarded_write({"state": "failed"})
        self.assertFalse(self.rma._get_label_offer()[0])

    def test_hazardous_goods_go_with_who_takes_them(self):
        self.product.product_tmpl_id.write(
            {
                "reverse_un_number": "UN3480",
                "reverse_trait_ids": self.env.ref("reverse_logistics.trait_hazardous"),
            }
        )
        self.authenticate("ada", "ada")
        page = self._read(self.url)
        self.assertIn(DANGEROUS, self._text(page, "reverse_label_hint"))
        self.assertFalse(page.xpath("//*[@id='reverse_label_ask']"))
        page = self._send(f"{self.url}/label/ask")
        self.assertIn("Swift Parcels does not take", self._text(page, "reverse_error"))
        service = self._as("service", self.rma)
        service.carrier_id = self.carrier
        with self.assertRaisesRegex(UserError, DANGEROUS):
            service.action_get_return_label()
        self.carrier.reverse_takes_hazards = True
        self.facility.refused_trait_ids = self.product.reverse_trait_ids
        with self.assertRaisesRegex(UserError, f"{self.facility.name} does not take"):
            service.action_get_return_label()
        self.facility.refused_trait_ids = False
        service.action_get_return_label()
        (file,) = self.rma.label_attachment_ids
        text = " ".join(" ".join(etree.HTML(file.raw).itertext()).split())
        self.assertIn("Hazardous goods: UN3480", text)

    def test_goods_that_cross_a_border_have_an_invoice_for_customs(self):
        country = self.env.ref
        dock, sender = self.warehouse.partner_id, self.rma._get_sender()
        for here, there, crosses in (
            ("de", "de", False),
            ("de", "fr", False),
            ("de", "ch", True),
            ("ch", "de", True),
            (None, "de", False),
        ):
            dock.country_id = here and country(f"base.{here}")
            sender.country_id = country(f"base.{there}")
            self.assertEqual(self.rma._crosses_customs(), crosses, (here, there))
        service = self._as("service", self.rma)
        with self.assertRaisesRegex(UserError, "needs no customs invoice"):
            service.action_print_customs()
        self.authenticate("ada", "ada")
        self._read(f"{self.url}/customs")
        self.assertEqual(self.place.split("/")[-1], str(self.rma.id))
        dock.country_id = country("base.ch")
        self.product.write(
            {"hs_code": "8516.79", "country_of_origin": country("base.it").id}
        )
        self.rma.line_ids.move_id.picking_id.reverse_export_ref = "26DE0001"
        sender.commercial_partner_id.reverse_eori = "DE123"
        self.company.partner_id.reverse_eori = "CHE456"
        page = self._read(self.url)
        self.assertIsNotNone(page.get_element_by_id("reverse_customs"))
        paper = etree.HTML(self.url_open(f"{self.url}/customs").content)
        text = " ".join(" ".join(paper.itertext()).split())
        line = self.rma.line_ids
        for words in (
            "Reason of the shipment: returned goods",
            "EORI DE123",
            "EORI CHE456",
            "8516.79",
            "Italy",
            "26DE0001",
            line.sale_line_id.invoice_lines.move_id.name or "",
            line.move_id.picking_id.name,
            f"Total {line.currency_id.symbol} {100 * line.qty_authorized:.2f}",
        ):
            self.assertIn(words, text)
        action = service.action_print_customs()
        self.assertEqual(
            action["report_name"], "reverse_logistics_delivery.report_customs"
        )

    def test_what_is_damaged_gets_no_label(self):
        self.rma.line_ids._guarded_write({"hazard_answer": "yes"})
        self.carrier.write({"reverse_takes_hazards": True, "reverse_picks_up": True})
        self.authenticate("ada", "ada")
        page = self._read(self.url)
        self.assertIn("Do not send it", self._text(page, "reverse_danger"))
        self.assertFalse(page.xpath("//*[@id='reverse_send']"))
        self.assertEqual(self.rma._get_pickup_days(), [])
        page = self._send(f"{self.url}/label/ask")
        self.assertIn("There is no label", self._text(page, "reverse_error"))
        service = self._as("service", self.rma)
        service.carrier_id = self.carrier
        with self.assertRaisesRegex(UserError, "is burnt or swollen"):
            service.action_get_return_label()

    def test_carrier_calls_on_a_day_of_the_customers_choice(self):
        self.authenticate("ada", "ada")
        self.assertFalse(self._read(self.url).xpath("//*[@id='pickup_day']"))
        self.carrier.reverse_picks_up = True
        self.company.resource_calendar_id.global_leave_ids = [
            (
                0,
                0,
                {
                    "name": "Holiday",
                    "date_from": datetime(2031, 5, 13, 0),
                    "date_to": datetime(2031, 5, 13, 23, 59),
                },
            )
        ]
        self.rma._guarded_write({"expires_on": "2031-05-23"})
        with freeze_time("2031-05-11 12:00:00"):  # a Sunday
            days = [day.isoformat() for day in self.rma._get_pickup_days()]
            self.assertEqual((days[0], days[-1]), ("2031-05-12", "2031-05-23"))
            self.assertNotIn("2031-05-13", days, "a holiday")
            self.assertNotIn("2031-05-17", days, "a Saturday")
            for day in ("2031-05-13", "2031-06-02", "yesterday", None):
                with self.assertRaisesRegex(UserError, "Choose one of the days"):
                    self.rma._book_pickup_by_customer(day)
            self.rma._book_pickup_by_customer("2031-05-14")
            for _pressed_twice in range(2):
                self.rma._book_pickup_by_customer("2031-05-15")
        self.assertEqual(self.rma.pickup_on.isoformat(), "2031-05-15")
        self.assertEqual(
            self.rma.expected_date,
            self.rma.picking_ids.scheduled_date.date(),
        )
        self.assertGreater(self.rma.expected_date, self.rma.pickup_on)
        with self.assertRaisesRegex(UserError, "Pick-up On cannot be set directly"):
            self._as("service", self.rma).pickup_on = False
        first, last = self.rma.exception_ids.sorted("id")
        self.assertEqual((first.state, last.state), ("resolved", "open"))
        self.assertIn("2031-05-15", last.message)
        self._as("service", last).action_pickup_ordered()
        self.assertEqual(last.state, "resolved")
        page = self._read(self.url)
        self.assertIn("05/15/2031", self._text(page, "reverse_pickup_day"))
        page = self._send(f"{self.url}/pickup", {"day": "2020-01-01"})
        self.assertIn("Choose one of the days", self._text(page, "reverse_error"))


@tagged("post_install", "-at_install")
class TestPortalSendRoutes(PortalCase, CarrierCase):
    def test_every_route_has_a_line(self):
        routes = self._get_routes("reverse_logistics_delivery")
        self.assertEqual(set(routes), set(ROUTES))
        for rule, routing in routes.items():
            self.assertTrue(routing.get("csrf", True), rule)
            if ROUTES[rule] == "step":
                self.assertEqual(routing["methods"], ["POST"], rule)

    def test_who_gets_a_label(self):
        self.carrier.write({"delivery_type": "reverse_own", "reverse_picks_up": True})
        rma = self._requested(
            self._sell(3, 100).move_ids, rma={"carrier_id": self.carrier.id}
        )
        other = self._requested(
            self._sell(3, 100).move_ids, rma={"carrier_id": self.carrier.id}
        )
        self._as("service", rma).action_get_return_label()
        label = rma.label_attachment_ids
        sender, dock = rma._get_sender(), rma._get_return_address()
        sender.country_id = self.env.ref("base.de")
        dock.country_id = self.env.ref("base.ch")
        for login, key, seen in self._get_visitors(rma.sudo()._portal_ensure_token()):
            self._come(login)
            query = f"&access_token={key}" if key else ""
            answer = self.url_open(f"/my/returns/{rma.id}/label?file={label.id}{query}")
            self.assertEqual(answer.content == label.raw, seen, (login, key))
            answer = self.url_open(f"/my/returns/{rma.id}/customs?{query}")
            shown = "Returned Goods Invoice" in answer.text
            self.assertEqual(shown, seen, (login, key))
            # the id of a file opens nothing of another return
            answer = self.url_open(f"/my/returns/{other.id}/label?file={label.id}")
            self.assertNotEqual(answer.content, label.raw)
            if not seen:
                for step in ("label/ask", "pickup"):
                    self._send(
                        f"/my/returns/{other.id}/{step}",
                        {"access_token": key or "", "day": "2031-05-14"},
                    )
                    self.assertNotIn(f"/my/returns/{other.id}", self.place)
        self.assertFalse(other.label_ids)
        self.assertFalse(other.exception_ids)
