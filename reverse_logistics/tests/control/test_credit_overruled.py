"""What a person decided against comes back only by a person."""

from odoo.tests.common import tagged

from ..approval_common import ApprovalCase


@tagged("post_install", "-at_install")
class TestOverruled(ApprovalCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.line = cls._sell(4)

    def _correct(self, rma, **values):
        """Correct what was inspected, so that policy would credit it."""
        part = rma.inspection_ids.filtered(lambda part: part.state == "done")
        self._as("inspector", part).action_correct()
        again = rma.inspection_ids.filtered(lambda part: part.state == "draft")
        return self._inspect(again, "A", "RESTOCK")

    def assertProposed(self, rma, settlement):
        """A person has to decide on what was proposed anew."""
        again = rma.settlement_ids - settlement
        self.assertEqual(again.mapped("state"), ["draft"])
        self.assertFalse(again.policy_version_id)
        self.assertEqual(again.amount_untaxed, 100)

    def _waiting(self):
        """Goods whose credit waits for a person."""
        rma = self._return(self.line, condition="D")
        self.assertEqual(rma.settlement_ids.state, "draft")
        return rma, rma.settlement_ids

    def test_denied_by_customer_service(self):
        rma, settlement = self._waiting()
        self._as("service", settlement).action_cancel()
        self._correct(rma)
        self.assertProposed(rma, settlement)

    def test_refused_by_an_approver(self):
        """Also when the rule that asked is archived since."""
        rule = self._rule("credit")
        rma = self._return(self.line)
        settlement = rma.settlement_ids
        self.assertEqual(settlement.state, "submitted")
        approval = self._as("approver", self._live(settlement))
        approval.action_reject("Not what was agreed")
        self.assertEqual(settlement.state, "cancelled")
        rule.active = False
        self._correct(rma)
        self.assertProposed(rma, settlement)

    def test_reversed_by_a_releaser(self):
        rma = self._return(self.line)
        settlement = rma.settlement_ids
        self._as("releaser", settlement).action_reverse()
        self._correct(rma)
        self.assertProposed(rma, settlement)

    def test_cancelled_in_the_books(self):
        rma = self._return(self.line)
        settlement = rma.settlement_ids
        self._books(rma.credit_note_ids).button_cancel()
        self._correct(rma)
        self.assertProposed(rma, settlement)

    def test_received_anew(self):
        """The goods are taken out of the books and in again: the same decision."""
        rma = self._return(self.line)
        settlement = rma.settlement_ids
        self._as("releaser", settlement).action_reverse()
        self._as("inspector", rma.inspection_ids).action_correct()
        draft = rma.inspection_ids.filtered(lambda part: part.state == "draft")
        self._as("receiver", draft).action_correct_receipt(0)
        self._inspect(self._receive(rma), "A", "RESTOCK")
        self.assertProposed(rma, settlement)

    def test_other_goods_of_the_return_are_their_own(self):
        """What nobody decided about is still credited by policy."""
        rma = self._requested(self.line, 2)
        self._receive(rma)
        other = self._return(self.line, 1)
        self.assertEqual(other.settlement_ids.state, "released")
        part = rma.inspection_ids
        self._inspect(part, "D")
        self._as("service", rma.settlement_ids).action_cancel()
        third = self._return(self.line, 1)
        self.assertEqual(third.settlement_ids.state, "released")

    def test_made_anew_is_not_decided_against(self):
        """The invoice came late: the proposal is made again, and policy credits it."""
        order = self._new_order((self.product, 2, {"price_unit": 100}))
        self._deliver(order)
        draft = self._invoice(order, post=False)
        rma = self._return(order.order_line)
        self.assertEqual(self._open_exceptions(rma), ["not_invoiced"])
        draft.action_post()
        self._as("releaser", rma.exception_ids).action_retry()
        self.assertEqual(
            sorted(rma.settlement_ids.mapped("state")), ["cancelled", "released"]
        )
        self.assertEqual(sum(rma.credit_note_ids.mapped("amount_untaxed")), 100)
