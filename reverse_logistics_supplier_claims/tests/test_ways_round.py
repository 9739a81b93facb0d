"""What a form would not offer is refused as well when a client asks for it."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests.common import new_test_user, tagged

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestWaysRound(ClaimCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agreement.authorization_required = False
        cls.lots = cls._create_lots(cls.pump, "W1", "W2")
        cls.bought = cls._purchase(cls.pump, 2, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)

    def _write(self, user, records, values):
        return self._rpc(user, records._name, "write", records.ids, values)

    def _submitted(self, role="claims_user"):
        claim = self._claim(self._broken(self.sold), role)
        self._call(claim, "action_submit")
        return claim

    def test_a_contact_of_the_supplier(self):
        """It has no agreement and no hold, so that nothing would limit its claim."""
        contact = self.env["res.partner"].create(
            {"name": "Desk", "parent_id": self.supplier.id}
        )
        claims = self.env["reverse.supplier.claim"]
        claims = claims.with_user(self.users["claims_user"])
        with self.assertRaisesRegex(ValidationError, "is a contact of Cobalt Works"):
            claims.create({"partner_id": contact.id})

    def test_another_kind(self):
        claim = self._claim(self._broken(self.sold))
        with self.assertRaisesRegex(ValidationError, "for this kind of claim"):
            self._call(claim, "write", {"kind": "carrier"})
        self._call(claim, "write", {"kind": "carrier", "agreement_id": False})
        with self.assertRaisesRegex(UserError, "was agreed for these goods"):
            claim.action_submit()

    def test_lines_of_other_kinds(self):
        claim = self._claim(self._broken(self.sold))
        [draft] = self._received(self.sold).inspection_ids
        values = {"claim_id": claim.id, "amount_claimed": 9.0}
        lines = claim.line_ids
        with self.assertRaisesRegex(UserError, "with the button of their agreement"):
            lines.create({**values, "kind": "allowance"})
        with self.assertRaisesRegex(UserError, "is not inspected yet"):
            lines.create({**values, "kind": "other", "inspection_id": draft.id})

    def test_a_line_that_is_taken_off_again(self):
        """Its goods are among those that nobody has claimed."""
        part = self._broken(self.sold)
        claim = self._claim(part)
        self.assertFalse(part.unclaimed_reason)
        self._call(claim.line_ids, "unlink")
        self.assertEqual(part.unclaimed_reason, "open")

    def test_done_transfers(self):
        """More of a replacement would be more money, and a hold would be passed by."""
        self.agreement.settlement = "replacement"
        claim = self._submitted()
        self._answered(claim, "acknowledge", reference="R1")
        sent = self._send(claim)
        self._answered(claim, "approve")
        self._call(claim, "action_replacement")
        move = claim.sudo().line_ids.replacement_move_ids
        move.move_line_ids.unlink()
        lot = self._create_lots(self.pump, "W3")
        move.write({"lot_ids": [Command.set(lot.ids)], "picked": True})
        self._validate(move.picking_id)
        manager = new_test_user(
            self.env, login="moves", groups="stock.group_stock_manager"
        )
        with self.assertRaisesRegex(UserError, "is done, and returns go by it"):
            self._write(manager, move.move_line_ids, {"quantity": 5})
        self._as("claims_approver", self.env["reverse.supplier.hold"]).create(
            {"partner_id": self.supplier.id, "kind": "insolvent", "reason": "Court"}
        )
        seal = self._create_product("Seal")
        self._stock(seal, 5)
        line = {
            "picking_id": sent.id,
            "product_id": seal.id,
            "quantity": 1,
            "location_id": self.warehouse.lot_stock_id.id,
            "location_dest_id": sent.location_dest_id.id,
        }
        with self.assertRaisesRegex(UserError, "on hold since"):
            self._rpc(manager, "stock.move.line", "create", [line])

    def test_posted_credit_notes(self):
        claim = self._submitted()
        self._answered(claim, "acknowledge", reference="R1")
        self._answered(claim, "approve")
        refund = self._credited(claim)
        line = refund.invoice_line_ids
        refund.line_ids.remove_move_reconcile()
        with self.assertRaisesRegex(UserError, "would be recovered of it"):
            self._write(self.accountant, line, {"price_unit": 9999})
        self.assertEqual((line.price_unit, claim.amount_recovered), (40.0, 40.0))

    def test_credit_notes_of_others(self):
        claim = self._submitted()
        self._answered(claim, "approve")
        tax = self.tax
        foreign = self.env["account.move"].create(
            {
                "move_type": "in_refund",
                "partner_id": self.stranger.id,
                "invoice_date": claim.submitted_on,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": self.pump.id,
                            "price_unit": 40.0,
                            "tax_ids": [Command.set(tax.ids)],
                            "purchase_line_id": self.bought.id,
                        }
                    )
                ],
            }
        )
        self._call(foreign, "action_post")
        with self.assertRaisesRegex(UserError, "no posted credit note of Cobalt"):
            self._call(claim, "action_match")

    def test_a_certificate_that_is_none(self):
        self.agreement.goods = "destroy"
        claim = self._submitted()
        entries = self.env["reverse.supplier.destruction"].with_user(claim.env.user)
        entry = entries.create(
            {"claim_id": claim.id, "attachment_ids": [Command.create({"name": "x"})]}
        )
        with self.assertRaisesRegex(UserError, "as a picture or a document"):
            entry.action_confirm()

    def test_who_submitted_before_a_dispute(self):
        opened = self._claim(self._broken(self.sold))
        first = self._as("claims_approver", opened)
        self._call(first, "action_submit")
        self._answered(first, "refuse", reason="No")
        claim = self._as("claims_user", first)
        self._call(claim, "action_resubmit")
        self._answered(claim, "refuse", reason="No")
        self.assertEqual(claim.submitted_by_id, self.users["claims_user"])
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._as("claims_approver", claim).action_write_off()

    def test_warranty_of_a_serial_number(self):
        """It decides what is claimed: an approver of claims says it."""
        lot = self.lots[0]
        manager = new_test_user(
            self.env, login="stocks", groups="stock.group_stock_manager"
        )
        later = {"reverse_supplier_warranty": "2099-01-01"}
        with self.assertRaisesRegex(AccessError, "is for the role “Claims approver”"):
            self._write(manager, lot, later)
        values = {"name": "W9", "product_id": self.pump.id, **later}
        with self.assertRaisesRegex(AccessError, "is for the role “Claims approver”"):
            self._rpc(manager, "stock.lot", "create", [values])
        manager.group_ids += self.users["claims_approver"].group_ids
        self._write(manager, lot, later)
