"""Customers say on the page of their return what they think of a repair's price."""

from odoo.tests.common import tagged

from odoo.addons.reverse_logistics.tests.portal_common import PortalCase

from .common import RepairCommon

#: Where customers answer; another route has to be tested here as well.
ROUTE = "/my/returns/<int:rma_id>/quotation/<int:order_id>/<any(accept,refuse):answer>"


@tagged("post_install", "-at_install")
class TestQuotationPortal(RepairCommon, PortalCase):
    def _quoted(self, number):
        line, _lot = self._sell_pump(number)
        rma, part, repair = self._in_repair(line)
        repair.action_validate()
        repair.action_create_sale_order()
        order = repair.sale_order_id
        order.require_signature = order.require_payment = False
        return rma, part, repair, order

    def _answer(self, rma, order, answer, token=""):
        query = f"?access_token={token}" if token else ""
        url = f"/my/returns/{rma.id}/quotation/{order.id}/{answer}{query}"
        return self._send(url)

    def _events(self, rma, name):
        self.env.flush_all()
        self.env.cr.precommit.run()
        return rma.event_ids.filtered(lambda event: event.name == name)

    def test_every_route_is_known(self):
        routes = self._get_routes("reverse_logistics_repair")
        self.assertEqual(set(routes), {ROUTE})
        self.assertEqual(routes[ROUTE]["methods"], ["POST"])
        self.assertTrue(routes[ROUTE].get("csrf", True))

    def test_accepted(self):
        rma, _part, repair, order = self._quoted("Q1")
        page_of = f"/my/returns/{rma.id}"
        self.authenticate("ada", "ada")
        page = self._read(page_of)
        self.assertFalse(page.xpath("//section[@name='quotation']"), "not sent yet")
        self._answer(rma, order, "accept")
        self.assertEqual(order.state, "draft")
        rma.partner_id.email = "ada@example.com"
        order.action_quotation_sent()
        [mail] = self.env["mail.mail"].search([("res_id", "=", rma.id)], limit=1)
        self.assertIn("accept or refuse it", mail.body_html)
        self.assertIn(order.name, mail.body_html)
        page = self._read(page_of)
        self.assertIn("The repair costs", page.text_content())
        self.assertIn("whether we repair", self._text(page, "reverse_state"))
        # nobody answers for somebody else
        for login, token in (("bolt", ""), (None, ""), (None, "wrong")):
            self.authenticate(login, login)
            for answer in ("accept", "refuse"):
                self._answer(rma, order, answer, token)
                self.assertNotIn("/my/returns/", self.place)
        other = self._requested(self._sell(1, 100).move_ids)
        self.authenticate("ada", "ada")
        self._answer(other, order, "accept")
        self.assertEqual(order.state, "sent")
        # what has to be signed is signed where Odoo asks for it
        order.require_signature = True
        page = self._answer(rma, order, "accept")
        self.assertIn("does not wait", self._text(page, "reverse_error"))
        self.assertFalse(page.xpath("//form[contains(@action, '/accept')]"))
        self.assertEqual(order.state, "sent")
        order.require_signature = False
        self._answer(rma, order, "accept")
        self.assertEqual((order.state, repair.state), ("sale", "confirmed"))
        event = self._events(rma, "RepairQuotationAccepted")
        self.assertEqual((event.user_id, event.data["by_customer"]), (self.ada, True))
        self.assertEqual(event.data["customer"], rma.partner_id.id)
        told = rma.message_ids.filtered(lambda message: "has accepted" in message.body)
        self.assertEqual(told.author_id, self.ada.partner_id)
        # once only
        for answer in ("accept", "refuse"):
            page = self._answer(rma, order, answer)
            self.assertIn("does not wait", self._text(page, "reverse_error"))
        self.assertEqual(len(self._events(rma, "RepairQuotationAccepted")), 1)

    def test_refused_by_the_link(self):
        rma, part, repair, order = self._quoted("Q2")
        order.action_quotation_sent()
        token = rma.sudo()._portal_ensure_token()
        self.authenticate(None, None)
        self._answer(rma, order, "refuse", token)
        self.assertEqual((order.state, repair.state), ("cancel", "cancel"))
        self.assertTrue(self._way_back(part))
        event = self._events(rma, "RepairQuotationRefused")
        self.assertTrue(event.data["by_customer"])
        told = rma.message_ids.filtered(lambda message: "has refused" in message.body)
        self.assertEqual(told.author_id, rma.partner_id)
        answer = self.url_open(
            f"/my/returns/{rma.id}/quotation/{order.id}/refuse?access_token={token}",
            data={"csrf_token": "x"},
        )
        self.assertEqual(answer.status_code, 400)
