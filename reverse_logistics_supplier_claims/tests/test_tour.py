from odoo.tests import HttpCase, new_test_user, tagged

from .common import ClaimCase
from .portal_common import SupplierPortalCase


@tagged("post_install", "-at_install")
class TestClaimTour(ClaimCase, HttpCase):
    """A broken pump, through the browser, from the customer to its supplier's money."""

    def test_from_the_customer_to_the_credit_note(self):
        lots = self._create_lots(self.pump, "P1", "P2")
        bought = self._purchase(self.pump, 2, lots)
        sold = self._sell_serials(self.pump, lots[:1])
        bill = bought.order_id.invoice_ids
        user = new_test_user(
            self.env,
            login="returns-alone",
            groups="reverse_logistics.group_administrator,"
            "reverse_logistics.group_combined_duties,"
            "sales_team.group_sale_salesman_all_leads,stock.group_stock_user,"
            "purchase.group_purchase_user,account.group_account_invoice",
        )

        self.start_tour(
            f"/odoo/sales/{sold.order_id.id}",
            "reverse_logistics_claim",
            login=user.login,
            timeout=180,
        )

        claim = sold.reverse_line_ids.inspection_ids.supplier_claim_line_ids.claim_id
        self.assertEqual((claim.state, claim.supplier_reference), ("closed", "RMA-77"))
        self.assertEqual((claim.amount_approved, claim.amount_recovered), (40.0, 40.0))
        refund = claim.line_ids.refund_line_ids.move_id
        self.assertEqual(
            (refund.reversed_entry_id, refund.payment_state), (bill, "paid")
        )
        # 88.00 with tax, less 44.00
        self.assertEqual(bill.amount_residual, 44.0)
        self.assertEqual((bought.qty_received, bought.qty_invoiced), (1.0, 1.0))


@tagged("post_install", "-at_install")
class TestSupplierTour(SupplierPortalCase):
    """A supplier's claims, through the browser: it accepts one and refuses one."""

    def test_one_accepted_and_one_refused(self):
        claims = self._submitted() | self._submitted()
        for claim in claims:
            self._call(self._as("claims_user", claim), "action_ask_corrective")

        self.start_tour(
            "/my/supplier-claims",
            "reverse_logistics_supplier",
            login="cora",
            timeout=180,
        )

        claims.invalidate_recordset()
        accepted = claims.filtered(lambda claim: claim.state == "approved")
        self.assertEqual(
            (accepted.supplier_reference, accepted.amount_approved), ("RMA-77", 40.0)
        )
        contained = accepted.corrective_ids.step_ids.filtered(
            lambda step: step.step == "D3"
        )
        self.assertEqual(
            (contained.state, contained.answer, contained.evidence_ids.name),
            ("answered", "Stopped", "test.pdf"),
        )
        refused = claims - accepted
        self.assertEqual(
            (refused.state, refused.line_ids.refusal_reason), ("refused", "Dry run")
        )
        asked, answer = refused.answer_ids[:2]
        self.assertEqual((asked.kind, asked.text), ("message", "Who ran it dry?"))
        self.assertEqual(
            (answer.kind, answer.attachment_ids.name), ("refuse", "report.pdf")
        )
