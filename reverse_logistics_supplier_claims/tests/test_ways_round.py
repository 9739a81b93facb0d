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

    def test_the_size_of_the_unit_of_a_purchase(self):
        """A case of one piece would be claimed at the price of six."""
        case = self.unit.copy(
            {"name": "Case", "relative_factor": 6, "relative_uom_id": self.unit.id}
        )
        order = self.env["purchase.order"].create(
            {
                "partner_id": self.supplier.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": self.pump.id,
                            "product_uom_id": case.id,
                            "price_unit": 60.0,
                        }
                    )
                ],
            }
        )
        order.button_confirm()
        keeper = new_test_user(
            self.env, login="units", groups="product.group_product_manager"
        )
        with self.assertRaisesRegex(UserError, "bought or returned in Case"):
            self._write(keeper, case, {"relative_factor": 1})

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

    def test_what_the_supplier_is_said_to_write(self):
        """Pages and the mail server note what suppliers write, and nobody for them."""
        claim = self._submitted()
        user = self.users["claims_user"]
        said = {"body": "We accept", "message_type": "comment"}
        theirs = {"author_id": self.supplier.id}
        self._rpc(user, claim._name, "message_post", claim.ids, **said)
        with self.assertRaisesRegex(UserError, "in one's own name"):
            self._rpc(user, claim._name, "message_post", claim.ids, **said, **theirs)
        about = {"model": claim._name, "res_id": claim.id}
        with self.assertRaisesRegex(UserError, "in one's own name"):
            self._rpc(user, "mail.message", "create", {**said, **theirs, **about})
        said = claim.message_ids.filtered(lambda m: "We accept" in m.body)
        self.assertEqual(said.author_id, user.partner_id)

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
        self.assertEqual(part.unclaimed_reason, "draft")
        self._call(claim.line_ids, "unlink")
        self.assertEqual(part.unclaimed_reason, "open")

    def test_inspected_anew_while_it_is_in_a_draft(self):
        """The later inspection is in the draft as well, and claimed with it."""
        part = self._broken(self.sold)
        claim = self._claim(part)
        self._call(self._as("inspector", part), "action_correct")
        again = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        again = self._as("inspector", again)
        self._call(again, "write", {"liability": "supplier"})
        self._inspect(again, "D", "VENDOR")
        self.assertEqual(again.sudo().unclaimed_reason, "draft")
        self._call(claim, "action_submit")
        self.assertFalse(again.sudo().unclaimed_reason)

    def test_less_than_may_be_claimed(self):
        """What nobody claims is lost, and no second person has written it off."""
        claim = self._claim(self._broken(self.sold))
        self._call(claim.line_ids, "write", {"amount_claimed": 0.01})
        with self.assertRaisesRegex(
            UserError, r"\$\s0.01 is claimed, and \$\s40.00 may"
        ):
            self._call(claim, "action_submit")
        # nor is it for an approver who opened it
        opener, own = claim.opened_by_id, self._as("claims_approver", claim)
        claim.sudo()._guarded_write({"opened_by_id": own.env.uid})
        with self.assertRaisesRegex(UserError, r"\$\s0.01 is claimed"):
            self._call(own, "action_submit")
        claim.sudo()._guarded_write({"opened_by_id": opener.id})
        self._call(own, "action_submit")
        self.assertEqual(claim.state, "submitted")

    def test_who_changes_a_draft(self):
        """An approver lowers what an agreement claims, and decides nothing about it."""
        self.agreement.opens_itself = True
        claim = self._broken(self.sold).supplier_claim_line_ids.claim_id
        first = self._as("claims_approver", claim)
        other = claim.with_user(
            new_test_user(
                self.env,
                login="second_approver",
                groups="reverse_logistics_supplier_claims.group_claims_approver",
            )
        )
        read = other.draft_mark
        self._call(first, "write", {"note": "Ask for less"})
        self.assertFalse(claim.changed_by_ids, "what is said about it claims nothing")
        self._call(first.line_ids, "write", {"amount_claimed": 0.01})
        self.assertEqual(claim.changed_by_ids, first.env.user)
        with self.assertRaisesRegex(UserError, r"40.00 may be.* nor changed it"):
            self._call(first, "action_submit")
        with self.assertRaisesRegex(UserError, "has been changed since you opened it"):
            self._call(other.with_context(reverse_read=read), "action_submit")
        self._call(other, "action_submit")
        self.env.cr.precommit.run()
        event = self.env["reverse.event"].search(
            [("name", "=", "SupplierClaimSubmitted")], order="id desc", limit=1
        )
        self.assertEqual((event.data["claimed"], event.data["may_be"]), (0.01, 40.0))
        self.assertFalse(self._answered(first, "refuse", reason="Worn")._is_proved())
        self.assertFalse(first.is_write_off_allowed)
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._call(first, "action_write_off")

    def test_who_changes_lines_or_terms_of_a_draft(self):
        claim = self._claim(self._broken(self.sold))
        own = self._as("claims_approver", claim)
        line = {"claim_id": claim.id, "kind": "other", "amount_claimed": 1.0}
        for change in (
            lambda: self._call(own, "write", {"agreement_id": False}),
            lambda: self._call(own, "write", {"delivered_on": "2030-01-01"}),
            lambda: own.line_ids.create(line),
            lambda: self._call(own.line_ids[-1:], "unlink"),
        ):
            claim.sudo()._guarded_write({"changed_by_ids": [Command.clear()]})
            change()
            self.assertEqual(claim.changed_by_ids, own.env.user)
        # who opened it is known as such
        self._call(claim, "write", {"agreement_id": self.agreement.id})
        self.assertEqual(claim.changed_by_ids, own.env.user)

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
        seal = self._create_product("Seal")
        self._stock(seal, 5)
        line = {
            "picking_id": sent.id,
            "product_id": seal.id,
            "quantity": 1,
            "location_id": self.warehouse.lot_stock_id.id,
            "location_dest_id": sent.location_dest_id.id,
        }
        with self.assertRaisesRegex(UserError, "is done, and returns go by it"):
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
        claim = self._as("claims_approver", self._submitted())
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

    def test_reports_with_claims_of_others(self):
        """Their pages would show one supplier what another one is asked."""
        claim = self._submitted()
        other = self.env["res.partner"].create({"name": "Rival Pumps"})
        reports = self.env["reverse.corrective.action"]
        reports = reports.with_user(self.users["claims_user"])
        refused = rf"asks Rival Pumps, but {claim.name} is a claim on Cobalt Works"
        with self.assertRaisesRegex(ValidationError, refused):
            reports.create(
                {"partner_id": other.id, "claim_ids": [Command.set(claim.ids)]}
            )
        report = reports.create({"partner_id": other.id})
        for record, name in ((report, "claim_ids"), (claim, "corrective_ids")):
            named = claim if record == report else report
            with self.assertRaisesRegex(ValidationError, refused):
                self._call(record, "write", {name: [Command.link(named.id)]})
            report.invalidate_recordset()
        self.assertFalse(report.claim_ids)

    def test_receipt_of_another_purchase(self):
        """What was paid for goods, and to whom, stays what it was."""
        dearer = self._purchase(self.pump, 1, self._create_lots(self.pump, "W9"), 90.0)
        receipt = self.bought.move_ids
        buyer = new_test_user(
            self.env,
            login="buyer",
            groups="purchase.group_purchase_manager,stock.group_stock_manager",
        )
        for purchase in (dearer.id, False):
            with self.assertRaisesRegex(UserError, "it stays a transfer of P"):
                self._write(buyer, receipt, {"purchase_line_id": purchase})
        self._write(buyer, receipt, {"purchase_line_id": self.bought.id})
        self.assertEqual(receipt.purchase_line_id, self.bought)

    def test_what_suppliers_owe_is_not_changed_unseen(self):
        """One approver writes agreements and factors; the chain says what was."""
        company = self.company
        day = company._get_reverse_today()
        user = self.users["claims_approver"]
        factor = self._as("claims_approver", self.env["reverse.supplier.factor"])
        factor = factor.create(
            {
                "partner_id": self.supplier.id,
                "product_id": self.pump.id,
                "date_from": day,
                "date_to": day,
                "sample": 24,
                "analysed": 20,
                "at_fault": 17,
            }
        )
        code = {"condition_id": self.conditions["B"].id, "code": "X1"}
        deadline = self.env.ref(
            "reverse_logistics_supplier_claims.deadline_road_hidden"
        )
        for record, values, names in (
            (factor, {"at_fault": 0, "note": "As they say"}, ["at_fault"]),
            (self.agreement, {"share": 1.0}, ["share"]),
            (self.agreement, {"active": False}, ["active"]),
            (deadline, {"days": 9, "note": "As they say"}, ["days"]),
        ):
            self._write(user, record, values)
            event = self._told(company)[-1]
            self.assertEqual(
                (event.name, event.user_id, event.data["control"], event.data["id"]),
                ("ControlChanged", user, record._name, record.id),
            )
            self.assertEqual(sorted(event.data["changes"]), names)
        self._write(user, self.agreement, {"code_ids": [Command.create(code)]})
        self.assertEqual(
            self._told(company)[-1].data["control"], "reverse.supplier.code"
        )
        self._rpc(user, factor._name, "unlink", factor.ids)
        self.assertEqual(self._told(company)[-1].name, "ControlDeleted")

    def _told(self, company):
        """Give the events in the chain of a company."""
        self.env.cr.precommit.run()
        return self.env["reverse.event"].search(
            [("company_id", "=", company.id), ("rma_id", "=", False)], order="id"
        )
