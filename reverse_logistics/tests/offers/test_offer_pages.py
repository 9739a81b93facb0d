"""Offers on the customer's page, signed in and by a link."""

from odoo.tests import tagged

from ..portal_common import PortalCase
from .test_offers import OfferCommon


@tagged("post_install", "-at_install")
class TestOfferPages(OfferCommon, PortalCase):
    def _answer(self, offer, answer, query=""):
        return self._send(
            f"/my/returns/{offer.rma_id.id}/offer{query}",
            {"offer_id": offer.id, "answer": answer},
        )

    def test_read_and_accepted(self):
        offer = self._offered_to_keep(self._sell(2), percent=40)
        rma = offer.rma_id
        self.authenticate("ada", "ada")
        page = self._read(f"/my/returns/{rma.id}")
        text = self._text(page)
        self.assertIn("Please answer", text)
        self.assertIn("We have made you an offer", text)
        self.assertIn("What a full credit would be $ 100.00", text)
        self.assertIn("You keep the goods and get 40 % of their price", text)
        self.assertIn("− $ 60.00", text)
        self.assertIn("In all, with tax $ 40.00", text)
        self.assertIn("do not depend on your answer", text)
        page = self._answer(offer, "accept")
        self.assertIn("You have accepted this offer. Answered on", self._text(page))
        self.assertEqual(offer.state, "accepted")
        self.assertEqual(offer.answered_by_id, self.ada)
        self.assertEqual(offer.answered_through, "portal")
        page = self._answer(offer, "accept")
        self.assertFalse(page.xpath("//*[@id='reverse_error']"), "sent again")
        page = self._answer(offer, "refuse")
        self.assertIn("You have accepted this offer", self._text(page, "reverse_error"))

    def test_by_the_link(self):
        offer = self._offered_less(self._sell(1))
        rma = offer.rma_id
        token = rma.sudo()._portal_ensure_token()
        self.authenticate(None, None)
        query = f"?access_token={token}"
        page = self._read(f"/my/returns/{rma.id}{query}")
        self.assertIn("Scratched", self._text(page))
        seller = self.users["service"]
        seller.sudo().password = "seller-of-returns"
        self.authenticate(seller.login, "seller-of-returns")
        refused = self._answer(offer, "accept", query)
        self.assertIn("is not the customer", self._text(refused, "reverse_error"))
        self.assertEqual(offer.state, "sent")
        self.authenticate("bolt", "bolt")
        self._answer(offer, "refuse", query)
        self.assertEqual(offer.state, "refused")
        self.assertEqual(offer.answered_through, "link")

    def test_only_ones_own_and_what_was_sent(self):
        offer = self._offered_to_keep(self._sell(1))
        other = self._requested(self._sell(1).move_ids)
        self._call(self._as("service", other), "action_offer_keep")
        prepared = other.offer_ids
        self.authenticate("ada", "ada")
        self.assertNotIn("Our offer", self._text(self._read(f"/my/returns/{other.id}")))
        url = f"/my/returns/{other.id}/offer"
        for number in (prepared.id, offer.id, "x", ""):
            for answer in ("accept", "sent", ""):
                page = self._send(url, {"offer_id": number, "answer": answer})
                self.assertIn("no longer open", self._text(page, "reverse_error"))
        self.authenticate("bolt", "bolt")
        self._answer(offer, "accept")
        self.assertEqual((offer.state, prepared.state), ("sent", "draft"))
        answer = self.url_open(
            "/web/dataset/call_kw/reverse.offer/action_note_accepted",
            json={
                "params": {
                    "model": "reverse.offer",
                    "method": "action_note_accepted",
                    "args": [offer.ids],
                    "kwargs": {},
                }
            },
        )
        self.assertIn("AccessError", answer.text)
