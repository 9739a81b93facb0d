from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from .common import GROUPS, ClaimCase


@tagged("post_install", "-at_install")
class TestCrediting(ClaimCase):
    """Customers paid 100 for a pump; their credit waits for Cobalt Works."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.write(
            {
                "authorization_required": False,
                "crediting": "post",
                "grants_at_most": True,
                "opens_itself": True,
            }
        )
        cls.lots = cls._create_lots(cls.pump, "C1", "C2")
        cls.bought = cls._purchase(cls.pump, 2, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)
        cls.colleague = new_test_user(
            cls.env, login="claims_colleague", groups=f"{GROUPS}claims_user"
        )

    def _answered(self, claim, *args, user=None, **values):
        """Somebody else than who claims notes what the supplier says."""
        claim = claim.with_user(user or self.colleague)
        return super()._answered(claim, *args, **values)

    def _waiting(self):
        part = self._broken(self.sold)
        settlement = part.settlement_line_ids.settlement_id
        claim = self._as("claims_user", part.supplier_claim_line_ids.claim_id)
        self._call(claim, "action_submit")
        return settlement, claim

    def _approve(self, settlement):
        self._call(self._as("service", settlement), "action_submit")
        self._call(self._as("approver", settlement), "action_approve")

    def test_one_persons_word_is_no_answer(self):
        """Who claims says that the supplier approved, and shows nothing."""
        settlement, claim = self._waiting()
        own = self.users["claims_user"]
        answer = self._answered(claim, "approve_part", [(30.0, "Worn")], user=own)
        self.assertFalse(answer._is_proved())
        self.assertEqual(settlement.state, "draft")
        self.assertEqual(settlement.amount_untaxed, 30)
        self.assertFalse(settlement.supplier_wait, "a person releases it")
        answer._add_files([("answer.txt", b"We take 30.00")])
        self.assertFalse(answer._is_proved(), "a file of who claims says no more")
        # the supplier's own user, let in by whoever claims
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.supplier.id}
        )
        user = new_test_user(self.env, login="ann", groups="base.group_portal")
        user.partner_id = contact
        theirs = self._answered(claim, "message", text="We have read it", user=own)
        theirs = theirs._workflow()
        theirs.write({"user_id": user.id})
        self.assertTrue(theirs._is_proved())
        contact.reverse_let_in_by_ids = self.users["claims_user"]
        self.assertFalse(theirs._is_proved())

    def test_waits_for_the_answer(self):
        """Nobody releases it before; then it gives what was approved."""
        settlement, claim = self._waiting()
        self.assertRegex(
            settlement.supplier_wait,
            f"once Cobalt Works has answered {claim.name}, due",
        )
        self.assertEqual(settlement.supplier_wait_until, claim.response_due)
        self.assertEqual(settlement.state, "draft")
        self._answered(claim, "approve_part", [(30.0, "Worn")])
        settlement.invalidate_recordset(["supplier_wait"])
        self.assertFalse(settlement.supplier_wait)
        line = settlement.line_ids
        self.assertEqual((line.amount_net, line.deduction), (30.0, 70.0))
        self.assertEqual(line.deduction_reason, "As approved by the supplier")
        line.deduction = 60.0
        self._approve(settlement)
        releaser = self._as("releaser", settlement)
        with self.assertRaisesRegex(
            UserError, r"gives .*40\.00 for Pump, and the supp"
        ):
            releaser.action_release()
        settlement.line_ids._guarded_write({"deduction": 70.0})
        self._call(releaser, "action_release")
        self.assertEqual(settlement.state, "released")
        self.assertEqual(claim.line_ids.amount_granted, 30.0)

    def _credit_by_policy(self):
        dispositions = self.env["reverse.disposition"]
        dispositions.search([("code", "=", "VENDOR")]).credit = "policy"

    def test_an_approver_does_not_wait(self):
        settlement, _claim = self._waiting()
        self._approve(settlement)
        with self.assertRaisesRegex(UserError, "An approver may decide not to wait"):
            self._as("releaser", settlement).action_release()
        with self.assertRaises(AccessError):
            self._as("service", settlement)._waive_supplier("Good customer")
        approver = self._as("approver", settlement)
        with self.assertRaisesRegex(UserError, "Say why the supplier is not waited"):
            approver._waive_supplier(" ")
        action = self._call(approver, "action_open_waiver")
        entry = (
            self.env[action["res_model"]]
            .with_user(approver.env.user)
            .with_context(**action["context"])
            .create({"reason": "Good customer"})
        )
        self._call(entry, "action_confirm")
        self._call(self._as("releaser", settlement), "action_release")
        self.assertEqual(
            (settlement.state, settlement.supplier_waived_by_id),
            ("released", self.users["approver"]),
        )

    def test_who_decides_not_to_wait(self):
        """None who inspected or submitted; who sends it back lifts the decision."""
        settlement, _claim = self._waiting()
        approvers = self.env.ref("reverse_logistics.group_approver")
        self.users["inspector"].group_ids += approvers
        with self.assertRaisesRegex(UserError, "somebody else has to"):
            self._as("inspector", settlement)._waive_supplier("In a hurry")
        self.assertFalse(self._as("inspector", settlement).is_waive_allowed)
        approver = self._as("approver", settlement)
        self.assertTrue(approver.is_waive_allowed)
        approver._waive_supplier("Good customer")
        self.assertFalse(settlement.supplier_wait)
        self._approve(settlement)
        self._call(self._as("releaser", settlement), "action_send_back", "Look again")
        self.assertFalse(
            settlement.supplier_waived_by_id or settlement.supplier_waived_reason
        )
        self.assertTrue(settlement.supplier_wait)

    def test_a_claim_without_agreement(self):
        """Whoever claims by hand and names no agreement lifts no wait."""
        self.agreement.opens_itself = False
        part = self._broken(self.sold)
        claims = self.env["reverse.supplier.claim"]
        claim = claims.with_user(self.users["claims_user"]).create(
            {
                "partner_id": self.supplier.id,
                "line_ids": [Command.create({"inspection_id": part.id})],
            }
        )
        settlement = part.settlement_line_ids.settlement_id
        settlement.invalidate_recordset(["supplier_wait"])
        self.assertFalse(claim.agreement_id)
        self.assertRegex(settlement.supplier_wait, f"has answered {claim.name}")
        # what was agreed is looked up for all goods at once
        other = self._broken(self.sold)
        claim.line_ids = [Command.create({"inspection_id": other.id})]
        agreements = type(self.agreement)
        calls = []
        for parts in (part, part | other):
            with patch.object(
                agreements,
                "_find_for",
                autospec=True,
                side_effect=agreements._find_for,
            ) as find:
                self.assertEqual(len(parts._find_post_credited()), len(parts))
            calls.append(find.call_count)
        self.assertEqual(calls[0], calls[1])
        self.agreement.write({"is_allowance": True, "allowance": 2.0})
        settlement.invalidate_recordset(["supplier_wait"])
        self.assertFalse(settlement.supplier_wait)

    def test_whom_it_is_claimed_from_instead(self):
        """Neither another partner nor another agreement lifts what was agreed."""
        self._credit_by_policy()
        lenient = self.agreement.copy(
            {"name": "Goodwill", "crediting": "pre", "sequence": 99}
        )
        stranger = self.env["res.partner"].create({"name": "Brass & Sons"})
        claims = self.env["reverse.supplier.claim"]
        claims = claims.with_user(self.users["claims_user"])
        for partner, agreement, waits, gives in (
            (stranger, lenient.browse(), "Cobalt Works has answered. Nothing", 100.0),
            (self.supplier, lenient, "Cobalt Works has answered CLM", 0.0),
        ):
            with self.subTest(partner=partner.name):
                settlement, claim = self._waiting()
                part = settlement.line_ids.inspection_id
                self._call(claim, "action_cancel")
                claim = claims.create(
                    {
                        "partner_id": partner.id,
                        "agreement_id": agreement.id,
                        "line_ids": [Command.create({"inspection_id": part.id})],
                    }
                )
                settlement.invalidate_recordset(["supplier_wait"])
                self.assertRegex(settlement.supplier_wait, waits)
                # another agreement than the one that fits is for an approver
                self._call(self._as("claims_approver", claim), "action_submit")
                self._answered(claim, "refuse", reason="Worn")
                settlement.invalidate_recordset(["supplier_wait"])
                self.assertEqual(bool(settlement.supplier_wait), partner == stranger)
                self.assertEqual(settlement.amount_untaxed, gives)
                self.assertEqual(
                    settlement.state, "draft" if partner == stranger else "released"
                )
                # an inspection that supersedes it is about the same goods
                self._call(self._as("inspector", part), "action_correct")
                again = part.rma_id.inspection_ids - part
                self._inspect(again, "D", "VENDOR")
                found = claim.line_ids.sudo().filtered(
                    lambda line, partner=partner: partner != stranger
                )
                self.assertEqual(
                    again._find_post_credited(), {again: (self.agreement, found)}
                )

    def test_a_claim_closed_without_an_answer(self):
        """It was paid all the same: no answer is waited for, and that is the most."""
        settlement, claim = self._waiting()
        self.assertTrue(settlement.supplier_wait)
        claim.line_ids._guarded_write({"amount_noted": 40.0})
        claim.over_recovery_note = "It paid at once"
        self._call(claim, "action_close")
        settlement.invalidate_recordset(["supplier_wait"])
        self.assertFalse(settlement.supplier_wait)
        self.assertEqual(settlement._get_granted(), {settlement.line_ids: 40.0})

    def test_a_deduction_keeps_its_reason(self):
        settlement, claim = self._waiting()
        line = settlement.line_ids
        line.write({"deduction": 20.0, "deduction_reason": "Scratches"})
        self._answered(claim, "approve_part", [(30.0, "Worn")])
        self.assertEqual(
            (line.amount_net, line.deduction_reason),
            (30.0, "Scratches; As approved by the supplier"),
        )

    def test_before_the_answer(self):
        """By another agreement, and by right, nothing waits."""
        self.agreement.crediting = "pre"
        settlement, _claim = self._waiting()
        self.assertFalse(settlement.supplier_wait)
        self.agreement.crediting = "post"
        settlement.rma_id._guarded_write(
            {"basis": "withdrawal", "stated_on": fields.Date.today()}
        )
        settlement.invalidate_recordset(["supplier_wait"])
        self.assertFalse(settlement.supplier_wait)
        self._approve(settlement)
        self._call(self._as("releaser", settlement), "action_release")
        self.assertEqual(settlement.state, "released")
        self.assertEqual(settlement.line_ids.amount_net, 100.0)

    def test_lines_of_several_invoices_share_what_was_approved(self):
        """Two sold at 100 on two invoices: 30 approved of both are 30, not 60."""
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        self._purchase(seal, 2)
        order = self._new_order((seal, 2, {"price_unit": 100.0}))
        self._validate(order.picking_ids)
        for _invoice in range(2):
            invoice = order._create_invoices()
            invoice.invoice_line_ids.quantity = 1
            self._call(invoice, "action_post")
        part = self._broken(order.order_line, 2)
        settlement = part.settlement_line_ids.settlement_id
        self.assertEqual(settlement.line_ids.mapped("amount_net"), [100.0, 100.0])
        claim = self._as("claims_user", part.supplier_claim_line_ids.claim_id)
        self._call(claim, "action_submit")
        self._answered(claim, "approve_part", [(30.0, "Worn")])
        self.assertEqual(settlement.line_ids.mapped("amount_net"), [30.0, 0.0])

    def test_an_answer_releases_nothing_that_is_for_a_person(self):
        """An invoice was no more than drafted; no supplier was waited for."""
        self._credit_by_policy()
        self.agreement.crediting = "pre"
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        self._purchase(seal, 2)
        order = self._new_order((seal, 2, {"price_unit": 100.0}))
        self._validate(order.picking_ids)
        first = order._create_invoices()
        first.invoice_line_ids.quantity = 1
        order._create_invoices()
        self._call(first, "action_post")
        part = self._broken(order.order_line, 2)
        settlement = part.settlement_line_ids.settlement_id
        self.assertEqual((settlement.state, settlement.for_person), ("draft", True))
        claim = self._as("claims_user", part.supplier_claim_line_ids.claim_id)
        self._call(claim, "action_submit")
        self._answered(claim, "approve_part", [(30.0, "Worn")])
        self.assertEqual((settlement.state, settlement.amount_untaxed), ("draft", 100))
