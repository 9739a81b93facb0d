from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from .common import GROUPS, ClaimCase

CLAIM = "reverse.supplier.claim"
LINE = "reverse.supplier.claim.line"


@tagged("post_install", "-at_install")
class TestAccess(ClaimCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lots = cls._create_lots(cls.pump, "P1", "P2")
        cls.bought = cls._purchase(cls.pump, 2, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)

    def test_guards(self):
        """Nobody writes past the steps: fields, links, messages and their files."""
        user = self.users["claims_user"]
        claim = self._claim(self._broken(self.sold))
        line = claim.line_ids
        for model, record, vals in (
            (CLAIM, claim, {"state": "recovered"}),
            (CLAIM, claim, {"opened_by_id": self.users["auditor"].id}),
            (CLAIM, claim, {"amount_recovered": 40.0}),
            (CLAIM, claim, {"partner_id": self.stranger.id}),
            (LINE, line, {"amount_approved": 40.0}),
            (LINE, line, {"amount_noted": 40.0}),
            (LINE, line, {"amount_written_off": 40.0}),
            (LINE, line, {"unit_cost": 400.0}),
            (LINE, line, {"source_state": "sure"}),
            (LINE, line, {"inspection_id": False}),
            (LINE, line, {"kind": "other"}),
        ):
            with self.subTest(vals), self.assertRaisesRegex(UserError, "set directly"):
                self._rpc(user, model, "write", record.ids, vals)
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._rpc(
                user,
                CLAIM,
                "create",
                [{"partner_id": self.supplier.id, "state": "recovered"}],
            )
        self._call(claim, "action_submit")
        with self.assertRaisesRegex(UserError, "is Submitted and can no longer be"):
            self._rpc(user, LINE, "write", line.ids, {"amount_claimed": 4000.0})
        with self.assertRaisesRegex(UserError, "is Submitted and can no longer be"):
            self._rpc(user, LINE, "unlink", line.ids)
        file = (
            self.env["ir.attachment"]
            .with_user(user)
            .create({"name": "a.txt", "raw": b"a"})
        )
        answer = self._answered(
            claim,
            "acknowledge",
            reference="R1",
            attachment_ids=[Command.set(file.ids)],
        )
        self.assertEqual(answer.attachment_ids, file)
        for call in (
            lambda: answer.write({"text": "else"}),
            lambda: answer.sudo().unlink(),
            lambda: answer.sudo().write({"reference": "R2"}),
        ):
            with self.assertRaisesRegex(UserError, "What was written about a claim"):
                call()
        with self.assertRaisesRegex(UserError, "about a claim and stays as it is"):
            file.raw = b"b"
        with self.assertRaisesRegex(UserError, "about a claim and stays as it is"):
            file.unlink()
        with self.assertRaisesRegex(UserError, "stays as it is. Note a message"):
            file.sudo().copy({"res_model": answer._name, "res_id": answer.id})
        self._links(claim)

    def _links(self, claim):
        """Transfers and credit notes are linked by the buttons of claims only."""
        self._call(claim, "action_send_goods")
        move = claim.sudo().line_ids.move_ids
        stock = self._as("receiver", move)
        with self.assertRaisesRegex(UserError, "by the button of the claim"):
            stock.write({"reverse_claim_line_id": False})
        with self.assertRaisesRegex(UserError, "sends goods of CLM.* to the supplier"):
            stock.write({"location_dest_id": self.warehouse.lot_stock_id.id})
        with self.assertRaisesRegex(UserError, "no more and no other lot"):
            move.picking_id.move_line_ids.lot_id = self.lots - move.lot_ids
            self._validate(stock.picking_id)
        bill_lines = self.bought.order_id.invoice_ids.invoice_line_ids
        with self.assertRaisesRegex(UserError, "linked by the buttons of their claim"):
            self._books(bill_lines.move_id).invoice_line_ids.write(
                {"reverse_claim_line_id": claim.line_ids.id}
            )

    def test_duties(self):
        """Who may do what; nobody writes off what they have claimed."""
        part = self._broken(self.sold)
        for role in ("inspector", "approver", "auditor"):
            with self.assertRaisesRegex(AccessError, "is for the role “Claims”"):
                self._as(role, part).action_claim_supplier()
        claim = self._claim(part, "claims_approver")
        with self.assertRaises(AccessError):
            self._as("inspector", claim).read(["name"])
        self.assertEqual(
            self._as("auditor", claim).read(["state"])[0]["state"], "draft"
        )
        self._call(claim, "action_submit")
        self._answered(claim, "refuse", reason="No")
        with self.assertRaisesRegex(AccessError, "is for the role “Claims approver”"):
            self._as("claims_user", claim).action_write_off()
        self.assertFalse(claim.is_write_off_allowed)
        with self.assertRaisesRegex(UserError, "You took an earlier step of CLM"):
            claim.action_write_off()
        other = new_test_user(
            self.env, login="second", groups=f"{GROUPS}claims_approver"
        )
        self.assertTrue(claim.with_user(other).is_write_off_allowed)
        self._call(claim.with_user(other), "action_write_off")
        self.assertEqual((claim.amount_written_off, claim.amount_open), (40.0, 0.0))

    def test_companies(self):
        claim = self._claim(self._broken(self.sold))
        self._call(claim, "action_submit")
        company = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            login="elsewhere",
            groups=f"{GROUPS}claims_approver",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        for records in (claim, claim.line_ids, claim.answer_ids, self.agreement):
            foreign = records.with_user(stranger).with_context(
                allowed_company_ids=company.ids
            )
            self.assertFalse(foreign.search([("id", "in", records.ids)]))
            with self.assertRaises(AccessError):
                foreign.read(["company_id"])
        with self.assertRaises(AccessError):
            claim.with_user(stranger).action_cancel()
