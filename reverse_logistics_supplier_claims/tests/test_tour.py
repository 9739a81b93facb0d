from odoo.tests import HttpCase, new_test_user, tagged

from .common import GROUPS, ClaimCase
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
class TestClaimEndsTour(ClaimCase, HttpCase):
    """Two persons in the browser: one claims, another one writes off what is left."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.write({"authorization_required": False, "settlement": "set_off"})
        lots = cls._create_lots(cls.pump, "T1", "T2")
        cls.bought = cls._purchase(cls.pump, 2, lots)
        cls.bill = cls.bought.order_id.invoice_ids
        cls.sold = cls._sell_serials(cls.pump, lots)
        also = "purchase.group_purchase_user,account.group_account_invoice"
        cls.claimant, cls.approver = (
            new_test_user(
                cls.env, login=f"tour-{role}", groups=f"{GROUPS}{role},{also}"
            )
            for role in ("claims_user", "claims_approver")
        )

    def _walk(self, claim, tour, user):
        """Do as the user does on the form of the claim."""
        self.start_tour(
            f"/odoo/supplier-claims/{claim.id}",
            f"reverse_logistics_claim_{tour}",
            login=user.login,
            timeout=180,
        )
        claim.invalidate_recordset()
        claim.line_ids.invalidate_recordset()

    def _opened(self):
        part = self._broken(self.sold)
        self._call(part.with_user(self.claimant), "action_claim_supplier")
        return part.supplier_claim_line_ids.claim_id

    def test_paid_in_part_and_written_off_by_another(self):
        claim = self._opened()
        self._walk(claim, "partly", self.claimant)
        (memo,) = claim.line_ids.refund_line_ids.move_id
        # 88.00 less 25.00 with their tax
        self.assertEqual((memo.amount_total, self.bill.amount_residual), (27.5, 60.5))
        self.assertEqual((claim.amount_recovered, claim.amount_open), (25.0, 15.0))
        self._walk(claim, "write_off", self.approver)
        self.assertEqual(
            (claim.state, claim.amount_written_off, claim.amount_open),
            ("closed", 15.0, 0.0),
        )
        self.assertEqual(
            claim.line_ids.mapped("refusal_reason"), ["Ran dry for a while"]
        )

    def test_refused_disputed_and_written_off_by_another(self):
        claim = self._opened()
        self._walk(claim, "refused", self.claimant)
        kinds = claim.answer_ids.sorted("id").mapped("kind")
        self.assertEqual(kinds.count("refuse"), 2)
        self.assertEqual((claim.state, claim.amount_open), ("refused", 40.0))
        self._walk(claim, "write_off", self.approver)
        self.assertEqual(
            (claim.state, claim.amount_recovered, claim.amount_written_off),
            ("closed", 0.0, 40.0),
        )
        self.assertFalse(claim.line_ids.refund_line_ids)


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
