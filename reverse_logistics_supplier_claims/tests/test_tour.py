from datetime import timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
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
class TestCarrierTour(ClaimCase, HttpCase):
    """A carrier has broken a pump, promises an answer, and pays a month too late."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pump.weight = 3.0
        lots = cls._create_lots(cls.pump, "L1")
        cls.bought = cls._purchase(cls.pump, 1, lots)
        cls.sold = cls._sell_serials(cls.pump, lots)
        cls.carrier = cls.env["res.partner"].create(
            {"name": "Swift Parcels", "email": "claims@swift.example"}
        )
        also = "purchase.group_purchase_user,account.group_account_invoice"
        cls.claimant = new_test_user(
            cls.env, login="tour-carrier", groups=f"{GROUPS}claims_user,{also}"
        )
        cls.env["reverse.supplier.agreement"].create(
            {
                "name": "Parcels by road",
                "partner_id": cls.carrier.id,
                "kind": "carrier",
                "liability": "carrier",
                "carriage": "road",
                "cap_unit_value": 1.2,
                "goods": "keep",
                "settlement": "cash",
                "response_days": 14,
                "reminds_partner": True,
                "escalate_days": 3,
                "escalation_user_id": cls.users["claims_approver"].id,
            }
        )

    def _walk(self, record, tour):
        """Do as the user does on the form of a document."""
        page = {"account.move": "action-account.action_move_in_refund_type"}
        self.start_tour(
            f"/odoo/{page.get(record._name, 'supplier-claims')}/{record.id}",
            f"reverse_logistics_claim_{tour}",
            login=self.claimant.login,
            timeout=180,
        )
        self.env.invalidate_all()

    def _remind(self, claim, day):
        """Let the scheduled action run on a day; give the mails to the carrier."""
        mails = self.env["mail.mail"].sudo()
        before = mails.search([])
        with (
            freeze_time(day),
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", return_value=60.0
            ),
        ):
            claim.sudo()._cron_remind()
        sent = mails.search([]) - before
        return sent.filtered(lambda mail: mail.recipient_ids == self.carrier)

    def _balances(self):
        """Sum what is booked with the carrier, by kind of account."""
        rows = self.env["account.move.line"]._read_group(
            [
                ("partner_id", "=", self.carrier.id),
                ("parent_state", "=", "posted"),
            ],
            ["account_id"],
            ["balance:sum"],
        )
        return {account.account_type: balance for account, balance in rows}

    def test_a_carrier_pays_late(self):
        part = self._received(self.sold).inspection_ids.with_env(self.env)
        self._call(self._as("inspector", part), "write", {"liability": "carrier"})
        self._inspect(self._as("inspector", part), "E", "SCRAP")
        self._call(part.with_user(self.claimant), "action_claim_supplier")
        claim = part.supplier_claim_line_ids.claim_id
        self._walk(claim, "carrier")
        self.assertEqual((claim.state, claim.amount_claimed), ("submitted", 29.99))

        # a month and a half go by, and nobody answers
        today = fields.Date.today()
        due = today - timedelta(31)
        claim.answer_ids._guarded_write({"day": today - timedelta(45)})
        claim._guarded_write({"response_due": due})
        self.assertFalse(self._remind(claim, due))
        self.assertFalse(claim.activity_ids)
        self.assertEqual(len(self._remind(claim, due + timedelta(1))), 1)
        self.assertEqual(claim.activity_ids.user_id, self.claimant)
        self.assertFalse(self._remind(claim, due + timedelta(2)), "told once")
        self.assertEqual(len(self._remind(claim, due + timedelta(3))), 1)
        self.assertEqual(
            claim.activity_ids.user_id,
            self.claimant | self.users["claims_approver"],
        )
        self.assertEqual(claim.reminder_stage, "escalated")
        said = claim.answer_ids.filtered(lambda one: one.text == "Reminder")
        self.assertEqual(len(said), 2)
        self.assertEqual(self.carrier._get_reverse_scorecard()["overdue"], 1)

        self._walk(claim, "late")
        self.assertFalse(claim.reminder_stage)
        (memo,) = claim.line_ids.refund_line_ids.move_id
        self.assertEqual((memo.state, memo.amount_residual), ("posted", 29.99))
        self.assertEqual((claim.amount_recovered, claim.recovered_on), (0.0, False))
        self.assertEqual(
            self._balances(), {"liability_payable": 29.99, "expense": -29.99}
        )

        self._walk(memo, "money")
        self.assertEqual(memo.amount_residual, 0.0)
        self.assertEqual((claim.amount_recovered, claim.amount_open), (29.99, 0.0))
        self.assertEqual(claim.recovered_on, today)
        self.assertGreater(claim.recovered_on, due)
        booked = self._balances()
        self.assertEqual(booked.pop("liability_payable"), 0.0)
        self.assertEqual(booked.pop("expense"), -29.99)
        self.assertEqual(list(booked.values()), [29.99], "the money")
        # whoever sold the pump is asked for nothing
        bill = self.bought.order_id.invoice_ids
        self.assertEqual((bill.amount_residual, self.bought.qty_invoiced), (44.0, 1.0))

        self._walk(claim, "closed")
        self.assertEqual(claim.state, "closed")
        card = self.carrier._get_reverse_scorecard()
        self.assertEqual((card["overdue"], card["recovered_share"]), (0, 100.0))
        self.assertEqual((card["days_answer"], card["days"]), (45.0, 45.0))
        self.assertFalse(self._remind(claim, today + timedelta(9)))


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
