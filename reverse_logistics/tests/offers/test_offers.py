"""Customers are asked to keep goods for part of the price, or to accept less."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import ReturnsCommon


class OfferCommon(ReturnsCommon):
    def _offered_to_keep(self, line, quantity=1, percent=30.0, rma=None):
        """Offer the customer of a new return to keep the goods; approved and sent."""
        rma = rma or self._requested(line, quantity)
        self._call(self._as("service", rma), "action_offer_keep")
        offer = rma.offer_ids[:1]
        self._call(self._as("service", offer), "write", {"percent": percent})
        self._dispatch(offer)
        return offer

    def _offered_less(self, line, deduction=40.0):
        """Offer a credit with a deduction for damaged goods; approved and sent."""
        rma = self._return(line, condition="D")
        settlement = self._as("service", rma.settlement_ids)
        settlement.line_ids.write(
            {"deduction": deduction, "deduction_reason": "Scratched"}
        )
        self._call(settlement, "action_offer")
        self._dispatch(settlement.offer_id)
        return settlement.sudo().offer_id

    def _dispatch(self, offer):
        self._call(self._as("service", offer), "action_send")
        if offer.state == "draft":
            approver = self._as("approver", offer.settlement_id)
            self._call(approver, "action_approve")
        self.assertEqual(offer.state, "sent")

    def _release(self, offer):
        self._call(self._as("releaser", offer.settlement_id), "action_release")

    def _follow_up(self, days):
        """Run the scheduled action as if that many days had passed."""
        today = self.company._get_reverse_today()
        with (
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", lambda *a, **k: 1
            ),
            patch.object(
                type(self.company),
                "_get_reverse_today",
                lambda company: today + timedelta(days),
            ),
        ):
            self.env["reverse.offer"]._cron_follow_up()


@tagged("post_install", "-at_install")
class TestOffersToKeep(OfferCommon):
    def test_accepted_and_settled_without_a_parcel(self):
        line = self._sell(3, 99.99, tax_ids=[(6, 0, self._create_tax(20).ids)])
        offer = self._offered_to_keep(line, 2, 30.0)
        rma = offer.rma_id
        # 2 × 99.99 = 199.98; 30 % are 59.99 before 20 % tax
        self.assertEqual((offer.amount_full, offer.amount_total), (239.97, 71.99))
        self.assertEqual((rma.offer_state, rma.stage), ("sent", "authorized"))
        with self.assertRaisesRegex(UserError, "Waits for the customer's answer"):
            self._release(offer)
        self.assertIn("an offer to answer", rma.next_step)
        self.assertNotIn("credit releaser", rma.next_step)
        offer._answer("accept", "portal")
        self.assertEqual((offer.state, rma.offer_state), ("accepted", False))
        part = rma.inspection_ids
        self.assertEqual(part.disposition_id.code, "KEEP")
        self.assertEqual((part.state, part.quantity), ("done", 2))
        self.assertEqual((part.offer_id, part.policy_version_id.ids), (offer, []))
        self.assertEqual(rma.picking_ids.mapped("state"), ["cancel"])
        self.assertEqual(rma.settlement_ids, offer.settlement_id, "credited once")
        self._release(offer)
        self.assertAmounts(rma.credit_note_ids, 59.99)
        self.assertEqual(rma.credit_note_ids.amount_total, 71.99)
        self.assertLine(line, 3, 3, 0, "invoiced")
        self.assertFalse(self._cogs(rma.credit_note_ids))
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self.assertEqual(rma._check_quantities(), {})
        self.assertFalse(rma.exception_ids)
        names = self._events(rma).mapped("name")
        made, answered = names.index("OfferMade"), names.index("OfferAnswered")
        self.assertLess(made, answered)
        said = self._events(rma)[answered]
        self.assertIn("Keep the goods for part of the price", said.data_text)
        self.assertIn("Signed in on the site", said.data_text)

    def test_answered_once(self):
        offer = self._offered_to_keep(self._sell(1))
        offer._answer("accept", "portal")
        moment = offer.answered_at
        offer._answer("accept", "link")
        self.assertEqual(
            (offer.answered_at, offer.answered_through), (moment, "portal")
        )
        self.assertEqual(len(offer.rma_id.inspection_ids), 1)
        with self.assertRaisesRegex(UserError, "You have accepted this offer"):
            offer._answer("refuse", "portal")

    def test_refused_goods_come_and_are_credited_in_full(self):
        line = self._sell(2)
        offer = self._offered_to_keep(line)
        rma = offer.rma_id
        offer._answer("refuse", "link")
        self.assertEqual(offer.settlement_id.state, "cancelled")
        self.assertFalse(rma.exception_ids)
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 100)
        self.assertEqual(rma.state, "done")

    def test_goods_that_are_sent_end_the_offer(self):
        """Also one that is not sent yet: what it proposed must not be lacking."""
        for state in ("draft", "sent"):
            rma = self._requested(self._sell(1))
            if state == "sent":
                offer = self._offered_to_keep(None, rma=rma)
            else:
                self._call(self._as("service", rma), "action_offer_keep")
                offer = rma.offer_ids
            self._receive(rma)
            self.assertEqual(offer.state, "withdrawn")
            with self.assertRaisesRegex(UserError, "no longer open"):
                offer._answer("accept", "portal")
            self._inspect(rma.inspection_ids)
            self.assertAmounts(rma.credit_note_ids, 100)

    def test_an_offer_hinders_neither_cancelling_nor_expiry(self):
        cancelled = self._offered_to_keep(self._sell(1))
        self.assertTrue(cancelled.rma_id._is_withdrawable_by_customer())
        cancelled.rma_id._cancel_by_customer()
        expired = self._offered_to_keep(self._sell(1))
        yesterday = self.company._get_reverse_today() - timedelta(1)
        expired.rma_id._guarded_write({"expires_on": yesterday})
        expired.rma_id._expire()
        for offer, state in ((cancelled, "cancelled"), (expired, "expired")):
            self.assertEqual(offer.rma_id.state, state)
            self.assertEqual(offer.state, "withdrawn")
            self.assertEqual(offer.settlement_id.state, "cancelled")

    def test_reminded_then_a_person(self):
        self.company.write({"reverse_portal": "request", "reverse_remind_days": 2})
        self.customer.email = "ada@example.com"
        offer = self._offered_to_keep(self._sell(1))
        rma = offer.rma_id
        mails = self.env["mail.mail"].search([("res_id", "=", rma.id)])
        self.assertIn("our offer to you", " ".join(mails.mapped("subject")))
        body = mails.filtered(lambda m: "our offer to you" in m.subject).body_html
        self.assertIn("30.00", body)
        self.assertIn("100.00", body)

        def reminders():
            found = self.env["mail.mail"].search([("res_id", "=", rma.id)])
            return len(found.filtered(lambda m: "ends soon" in m.subject))

        counts = []
        for days in (4, 5, 6, 7):
            self._follow_up(days)
            counts.append(reminders())
        self.assertEqual(counts, [0, 1, 1, 1])
        self.assertEqual(offer.state, "sent", "the last day is theirs")
        self._follow_up(8)
        self.assertEqual(offer.state, "expired")
        exception = rma._get_open_exceptions()
        self.assertEqual(exception.type, "offer_lapsed")
        self._call(self._as("service", exception), "action_wait_for_goods")
        self._receive(rma)
        self._inspect(rma.inspection_ids)
        self.assertAmounts(rma.credit_note_ids, 100)

    def test_policy_offers_and_releases(self):
        self._set_policy(keep_percent=25.0)
        rma = self._requested(self._sell(2))
        offer = rma.offer_ids
        self.assertEqual((offer.state, offer.amount_total), ("sent", 25))
        self.assertFalse(offer.made_by_id)
        made = self._events(rma).filtered(lambda e: e.name == "OfferMade")
        self.assertRegex(made.data["decider"], "^policy:")
        offer._answer("accept", "link")
        self.assertAmounts(rma.credit_note_ids, 25)
        self.assertEqual(rma.state, "done")

    def test_policy_offers_nothing_that_is_always_inspected(self):
        self._set_policy(keep_percent=25.0)
        (lot,) = self._create_lots(self.serial_product, "S1")
        line = self._sell(1, product=self.serial_product, lots={lot: 1})
        self.company.reverse_inspect_value = 100.0
        rma = self._requested(line, 1, lot_id=lot.id)
        self.assertEqual(rma.state, "authorized")
        self.assertFalse(rma.offer_ids)

    def test_policy_offers_nothing_to_whoever_has_the_link(self):
        self._set_policy(keep_percent=25.0)
        with patch.object(
            type(self.env["reverse.rma"]), "_is_asked_by_link", lambda _rma: True
        ):
            rma = self._requested(self._sell(2))
            self.assertFalse(rma.offer_ids)
            rma._offer_by_policy()
        self.assertFalse(rma.offer_ids)
        rma._offer_by_policy()
        self.assertEqual(rma.offer_ids.state, "sent")

    def test_a_rule_has_somebody_look_at_it_first(self):
        self._set_policy(keep_percent=25.0)
        self.env["reverse.approval.rule"].create(
            {
                "name": "All credits",
                "gate": "credit",
                "group_id": self.env.ref("reverse_logistics.group_approver").id,
                "company_id": self.company.id,
            }
        )
        offer = self._requested(self._sell(2)).offer_ids
        self.assertEqual(offer.state, "draft")
        self._call(self._as("approver", offer.settlement_id), "action_approve")
        self.assertEqual(offer.state, "sent")

    def test_a_withdrawal_is_never_asked(self):
        line = self._sell(1)
        rma = self._draft(line, rma={"basis": "withdrawal"})
        rma.stated_on = fields.Date.today()
        self._call(self._as("service", rma), "action_request")
        with self.assertRaisesRegex(UserError, "does not depend on an offer"):
            self._as("service", rma).action_offer_keep()
        self.assertFalse(rma.is_offer_keep_allowed)

    def test_a_withdrawal_ends_offers_of_its_order(self):
        line = self._sell(3)
        offer = self._offered_to_keep(line)
        rma = self._draft(line, rma={"basis": "withdrawal"})
        rma.stated_on = fields.Date.today()
        self._call(self._as("service", rma), "action_request")
        self.assertEqual(offer.state, "withdrawn")

    def test_frozen_once_sent(self):
        offer = self._offered_to_keep(self._sell(1))
        service = self._as("service", offer)
        for vals, why in (
            ({"valid_until": "2099-01-01"}, "can no longer be changed"),
            ({"percent": 90}, "can no longer be changed"),
            ({"terms": []}, "cannot be set directly"),
            ({"state": "accepted"}, "cannot be set directly"),
        ):
            with self.assertRaisesRegex(UserError, why):
                service.write(vals)

    def test_frozen_once_submitted(self):
        """What is read and approved is what is sent."""
        rma = self._requested(self._sell(1))
        self._call(self._as("service", rma), "action_offer_keep")
        offer = self._as("service", rma.offer_ids)
        self._call(offer, "action_send")
        self.assertEqual(rma.settlement_ids.state, "submitted")
        for vals in ({"percent": 100}, {"valid_until": "2099-01-01"}):
            with self.assertRaisesRegex(UserError, "Submitted and can no longer"):
                offer.write(vals)
        self.assertEqual(offer.amount_total, 30)

    def test_one_word_accepts_nothing(self):
        offer = self._offered_to_keep(self._sell(1))
        with self.assertRaisesRegex(UserError, "took an earlier step"):
            self._as("service", offer).action_note_accepted()
        other = self._create_user("service", login="other-service")
        self._call(offer.with_user(other), "action_note_accepted")
        self.assertEqual(
            (offer.answered_through, offer.answered_by_id), ("user", other)
        )

    def test_who_entered_a_return_accepts_nothing_that_policy_offers(self):
        """Policy pays at once: they could have both the goods and the money leave."""
        self._set_policy(keep_percent=25.0)
        rma = self._requested(self._sell(1))
        offer = rma.offer_ids
        with self.assertRaisesRegex(UserError, "took an earlier step"):
            self._as("service", offer).action_note_accepted()
        self.assertFalse(rma.credit_note_ids)
        other = self._create_user("service", login="other-service")
        self._call(offer.with_user(other), "action_note_accepted")
        self.assertAmounts(rma.credit_note_ids, 25)

    def test_whose_mail_it_was_decides_whether_the_answer_pays(self):
        """Who asked for the return has mails for the customer sent to themselves."""
        self._set_policy(keep_percent=25.0)
        service = self.users["service"]
        service.group_ids += self.env.ref("base.group_partner_manager")
        mail = {"email": "clerk@example.com"}
        self._rpc(service, "res.partner", "write", self.customer.ids, mail)
        visitor = self.env.ref("base.public_user")
        rma = self._requested(self._sell(2), 1)
        offer = rma.offer_ids
        as_visitor = rma.with_user(visitor).sudo()
        as_visitor._answer_offer_by_customer(offer.id, "accept")
        self.assertEqual((offer.state, offer.answered_through), ("accepted", "link"))
        self.assertFalse(rma.credit_note_ids)
        self.assertIn(
            "could have read the customer's mail", rma.message_ids[:3].mapped("body")[0]
        )
        self._call(self._as("releaser", rma.settlement_ids), "action_release")
        self.assertAmounts(rma.credit_note_ids, 25)

    def test_nobody_makes_an_offer_to_themselves(self):
        rma = self._requested(self._sell(1))
        buyer = self._create_user("service", login="buys-here")
        buyer.partner_id = self.customer
        own = rma.with_user(buyer)
        self._call(own, "action_offer_keep")
        with self.assertRaisesRegex(UserError, "are the customer of"):
            self._call(own.offer_ids, "action_send")

    def test_not_more_than_the_invoice_gives(self):
        """What was credited meanwhile is not offered once more."""
        rma = self._requested(self._sell(1))
        self._call(self._as("service", rma), "action_offer_keep")
        self._credit_value(rma, 80)
        offer = self._as("service", rma.offer_ids)
        with self.assertRaisesRegex(UserError, "only .*20.00 of what was invoiced"):
            self._call(offer, "action_send")
        self.assertEqual(offer.state, "draft")


@tagged("post_install", "-at_install")
class TestOffersOfLess(OfferCommon):
    def test_accepted_the_settlement_goes_on(self):
        offer = self._offered_less(self._sell(2))
        self.assertEqual((offer.amount_full, offer.amount_total), (100, 60))
        self.assertEqual(offer._get_customer_rows()[0]["rows"], [("Scratched", 40)])
        offer._answer("accept", "portal")
        self._release(offer)
        self.assertAmounts(offer.rma_id.credit_note_ids, 60)
        self.assertEqual(offer.rma_id.state, "done")

    def test_refused_a_person_decides(self):
        """Nothing is released against their will; each way goes on as usual."""
        for way in ("credit_in_full", "offer_anew", "return_goods"):
            offer = self._offered_less(self._sell(1))
            rma, settlement = offer.rma_id, offer.settlement_id
            offer._answer("refuse", "portal")
            exception = rma._get_open_exceptions()
            self.assertEqual(exception.type, "offer_refused")
            self.assertIn("$\xa060.00 instead of", exception.message)
            with self.assertRaisesRegex(UserError, "The customer refused the offer"):
                self._release(offer)
            self._call(self._as("service", exception), f"action_{way}")
            self.assertEqual(exception.state, "resolved")
            self.assertEqual(exception.resolution, way)
            if way == "credit_in_full":
                self._call(self._as("approver", settlement), "action_approve")
                self._release(offer)
                self.assertAmounts(rma.credit_note_ids, 100)
            elif way == "offer_anew":
                self.assertEqual(settlement.state, "draft")
                self._as("service", settlement.line_ids).deduction = 20
                again = settlement.offer_id
                self.assertNotEqual(again, offer)
                self._dispatch(again)
                self.assertEqual(offer.amount_total, 60, "kept as it was said")
                again._answer("accept", "portal")
                self._release(again)
                self.assertAmounts(rma.credit_note_ids, 80)
            else:
                self.assertEqual(settlement.state, "cancelled")
                part = rma.inspection_ids.filtered(lambda p: p.state == "draft")
                self.assertEqual(part.disposition_id.code, "CUSTOMER")
                own = self._as("inspector", part)
                self._call(own, "write", {"release_reason": "The offer was refused."})
                self._call(own, "action_complete")
                self.assertFalse(rma.credit_note_ids)
            self.assertEqual(rma._check_quantities(), {})

    def test_expired_a_person_decides(self):
        offer = self._offered_less(self._sell(1))
        self._follow_up(8)
        self.assertEqual(offer.state, "expired")
        self.assertEqual(offer.rma_id._get_open_exceptions().type, "offer_refused")

    def test_sent_back_it_is_offered_no_longer(self):
        offer = self._offered_less(self._sell(1))
        settlement = self._as("releaser", offer.settlement_id)
        self._call(settlement, "action_send_back", "Less is due")
        self.assertEqual(offer.state, "withdrawn")
        self.assertFalse(settlement.offer_id)
        self._call(self._as("service", settlement), "action_submit")
        self._call(self._as("approver", settlement), "action_approve")
        self._call(settlement, "action_release")
        self.assertAmounts(offer.rma_id.credit_note_ids, 60)

    def test_nothing_to_offer_without_a_deduction(self):
        rma = self._return(self._sell(1), condition="D")
        with self.assertRaisesRegex(UserError, "refund with a deduction"):
            self._as("service", rma.settlement_ids).action_offer()

    def test_erased_words_leave_the_amounts(self):
        offer = self._offered_less(self._sell(1))
        for records, names in offer.rma_id._get_personal_fields():
            records._guarded_write(dict.fromkeys(names, False))
        self.assertEqual(offer._get_customer_rows()[0]["rows"], [("Deduction", 40)])
        self.assertEqual(offer.amount_total, 60)
