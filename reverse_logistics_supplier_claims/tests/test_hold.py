from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form
from odoo.tests.common import new_test_user, tagged

from odoo.addons.reverse_logistics.engine.routing import Skipped

from .common import GROUPS, ClaimCase

HOLD = "reverse.supplier.hold"
LOSS = "reverse.supplier.loss"
#: What is said of any step that would send goods to the supplier.
REFUSED = (
    "Cobalt Works is insolvent .on hold since .*: Court order., so that nothing is "
    "sent there. Choose another disposition"
)


@tagged("post_install", "-at_install")
class TestHold(ClaimCase):
    """The supplier of three broken pumps is insolvent."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lots = cls._create_lots(cls.pump, "H1", "H2", "H3")
        cls.bought = cls._purchase(cls.pump, 3, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)
        cls.second = new_test_user(
            cls.env, login="second_approver", groups=f"{GROUPS}claims_approver"
        )

    def _hold(self, **values):
        holds = self._as("claims_approver", self.env[HOLD])
        return holds.create(
            {
                "partner_id": self.supplier.id,
                "kind": "insolvent",
                "reason": "Court order",
                **values,
            }
        )

    def _submitted(self, parts):
        claims = self.env["reverse.supplier.claim"]
        for part in parts:
            claims |= self._claim(part)
        self._call(self._as("claims_user", claims), "action_submit")
        return self._as("claims_user", claims)

    def _ask(self, claims, kind="write_off", **values):
        return self._as("claims_user", self.env[LOSS]).create(
            {
                "partner_id": self.supplier.id,
                "kind": kind,
                "reason": "No quota",
                "claim_ids": [Command.set(claims.ids)],
                **values,
            }
        )

    def test_nothing_is_sent(self):
        claim = self._submitted(self._broken(self.sold))
        self._answered(claim, "acknowledge", reference="RMA-1")
        self._call(claim, "action_send_goods")
        picking = claim.sudo().line_ids.move_ids.picking_id
        hold = self._hold()
        # what was announced before stays here, whoever validates it
        with self.assertRaisesRegex(UserError, REFUSED):
            self._validate(self._as("receiver", picking))
        self.assertNotEqual(picking.state, "done")
        with self.assertRaisesRegex(UserError, REFUSED):
            claim.action_send_goods()
        # nor does Odoo's own return of the receipt leave
        came = self.bought.move_ids.filtered(
            lambda m: m.location_id.usage == "supplier"
        )
        receipt = came.picking_id
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=receipt.id, active_model="stock.picking")
            .create({})
        )
        wizard.product_return_moves.quantity = 1
        with self.assertRaisesRegex(UserError, REFUSED):
            wizard.action_create_returns()
        # no more goods are put aside for it
        part = self._received(self.sold).inspection_ids
        with self.assertRaisesRegex(UserError, REFUSED):
            self._inspect(part, "D", "VENDOR")
        self._inspect(part, "D", "SCRAP")
        # nor do goods leave for nobody in particular
        other = self._received(self.sold).inspection_ids
        way = {
            "location_id": other.location_id.id,
            "location_dest_id": self.env.ref("stock.stock_location_suppliers").id,
        }
        goods = {"product_id": other.product_id.id, "product_uom_qty": 1}
        unnamed = self.env["stock.picking"].create(
            {
                **way,
                "picking_type_id": self.warehouse.int_type_id.id,
                "move_ids": [Command.create({**goods, **way})],
            }
        )
        with self.assertRaisesRegex(UserError, "Enter the supplier as the contact"):
            unnamed.action_confirm()
        self.assertIn("is insolvent", self.supplier.reverse_hold_note)
        self.assertIn("is insolvent", claim.hold_note)
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._call(hold, "action_lift")
        with self.assertRaisesRegex(UserError, "Reason cannot be set directly"):
            self._call(hold, "write", {"reason": "By mistake"})
        with Form(hold) as form:
            for name in ("kind", "reason", "since"):
                with self.assertRaisesRegex(AssertionError, "readonly"):
                    form[name] = "2026-01-01"
        self._call(hold.with_user(self.second), "action_lift")
        self.assertEqual((hold.state, hold.lifted_by_id), ("lifted", self.second))
        self.env.cr.flush()
        events = self.env["reverse.event"].search(
            [("company_id", "=", self.company.id), ("name", "=like", "Control%")],
            order="id",
        )[-2:]
        self.assertEqual(
            [(e.name, e.user_id, e.data["changes"]["state"]) for e in events],
            [
                ("ControlCreated", self.users["claims_approver"], "held"),
                ("ControlChanged", self.second, ["held", "lifted"]),
            ],
        )
        self.supplier.invalidate_recordset()
        self.assertFalse(self.supplier.reverse_hold_note)
        self._validate(self._as("receiver", picking))
        self.assertEqual(picking.state, "done")

    def test_sent_together(self):
        """One of two suppliers is on hold: nothing is half prepared, and says whose."""
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        self._purchase(seal, 1, partner_id=self.stranger.id)
        self.agreement.copy({"partner_id": self.stranger.id})
        claims = self._submitted(self._broken(self.sold))
        claims |= self._submitted(self._broken(self._sell(1, product=seal)))
        for claim in claims:
            self._answered(claim, "acknowledge", reference="RMA-1")
        self._hold()
        with self.assertRaisesRegex(UserError, REFUSED):
            self._call(claims, "action_send_goods")
        self.assertFalse(claims.sudo().line_ids.move_ids)
        other = claims.filtered(lambda claim: claim.partner_id == self.stranger)
        self._call(other, "action_send_goods")
        self.assertEqual(other.sudo().line_ids.move_ids.state, "assigned")

    def test_routes(self):
        """A return is not routed straight to it, by rule or by a person."""
        facility = self.env["reverse.facility"].create(
            {
                "name": "To Cobalt",
                "kind": "supplier_direct",
                "partner_id": self.supplier.id,
                "company_id": self.company.id,
            }
        )
        sites = {self.company: self.company._get_reverse_today()}
        self.assertFalse(facility._get_sites(sites)[self.company][facility.id].off)
        self._hold()
        site = facility._get_sites(sites)[self.company][facility.id]
        self.assertEqual((site.off, site.off_until), (True, None))
        self.assertTrue(facility._is_off(self.company._get_reverse_today()))
        rma = self._requested(self.sold)
        with self.assertRaisesRegex(UserError, REFUSED):
            self._as("service", rma).write({"facility_id": facility.id})
        self.assertRegex(
            rma._explain_skipped(Skipped(facility.id, "off")),
            f"To Cobalt was skipped: {REFUSED}",
        )

    def test_goods_waiting(self):
        parts = self._broken(self.sold, 2)
        self._submitted(parts[:1])
        hold = self._hold()
        self.assertEqual((hold.waiting_count, hold.claim_count), (2, 1))
        action = hold.action_view_waiting()
        listed = self.env["reverse.inspection"].search(action["domain"])
        self.assertEqual(listed, parts)
        self._call(self._as("inspector", listed), "action_correct")
        again = parts.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(again, "D", "SCRAP")
        hold.invalidate_recordset()
        self.assertEqual((hold.waiting_count, hold.claim_count), (0, 1))

    def test_written_off_together(self):
        """Claims that it will not answer end together, approved by somebody else."""
        claims = self._submitted(self._broken(self.sold, 3))
        with self.assertRaisesRegex(
            UserError, "is Submitted and has .*nothing to write"
        ):
            self._ask(claims)
        self._hold()
        loss = self._ask(claims)
        self.assertEqual((loss.amount, loss.asked_by_id.login), (120.0, "claims_user"))
        with self.assertRaisesRegex(AccessError, "is for the role “Claims approver”"):
            loss.action_approve()
        approver = self._as("claims_approver", loss)
        self.assertTrue(approver.is_approve_allowed)
        self._call(approver, "action_approve")
        self.assertEqual(claims.mapped("amount_written_off"), [40.0] * 3)
        self.assertEqual(sum(claims.mapped("amount_open")), 0.0)
        self.assertEqual(
            (loss.state, loss.decided_by_id.login), ("approved", "claims_approver")
        )
        with self.assertRaisesRegex(UserError, "0.00 open: there is nothing to write"):
            approver.action_approve()
        self._call(claims, "action_close")
        self.assertEqual(set(claims.mapped("state")), {"closed"})

    def test_own_claims(self):
        """Nobody approves what they asked for or claimed themselves."""
        part = self._broken(self.sold)
        claim = self._claim(part, "claims_approver")
        self._call(claim, "action_submit")
        self._hold()
        loss = self._ask(claim)
        with self.assertRaisesRegex(UserError, "You took an earlier step of CLM"):
            self._as("claims_approver", loss).action_approve()
        own = loss.with_user(self.second).copy(
            {"claim_ids": [Command.set(claim.ids)], "kind": "provision"}
        )
        self.assertFalse(own.is_approve_allowed)
        with self.assertRaisesRegex(UserError, "You took an earlier step of Cobalt"):
            own.action_approve()
        self._call(loss.with_user(self.second), "action_refuse")
        self.assertEqual((loss.state, claim.amount_written_off), ("refused", 0.0))
        with self.assertRaisesRegex(UserError, "is Refused and can no longer be"):
            loss.sudo().write({"reason": "Else"})

    def test_provision(self):
        """A provision ends nothing; what comes in after all lowers it."""
        claim = self._submitted(self._broken(self.sold))
        self._answered(claim, "approve")
        loss = self._ask(claim, "provision")
        self._call(self._as("claims_approver", loss), "action_approve")
        self.assertEqual(
            (claim.amount_provision, claim.amount_open, claim.state),
            (40.0, 40.0, "approved"),
        )
        other = self._as("claims_approver", claim)
        self._answered(other, "pay", [(25.0, False)], reference="Quota")
        self.assertEqual((claim.amount_provision, claim.amount_open), (15.0, 15.0))
        names = self._events(claim.line_ids.rma_id).mapped("name")
        self.assertIn("SupplierClaimProvided", names)

    def test_more_than_was_asked(self):
        claim = self._submitted(self._broken(self.sold))
        self._answered(claim, "approve")
        other = self._as("claims_approver", claim)
        self._answered(other, "pay", [(25.0, False)], reference="Quota")
        loss = self._ask(claim)
        self.assertEqual(loss.amount, 15.0)
        claim.line_ids._guarded_write({"amount_noted": 0.0})
        with self.assertRaisesRegex(
            UserError, r"40\.00 is open, but only \$\s15\.00 was"
        ):
            self._as("claims_approver", loss).action_approve()
        with self.assertRaisesRegex(UserError, "is a claim on Cobalt Works, not on"):
            self._ask(claim, partner_id=self.stranger.id)

    def test_guards(self):
        hold = self._hold()
        with self.assertRaisesRegex(AccessError, "is for the role “Claims approver”"):
            self._as("claims_user", self.env[HOLD]).create(
                {"partner_id": self.stranger.id, "reason": "Late"}
            )
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.supplier.id}
        )
        with self.assertRaisesRegex(UserError, "Put Cobalt Works on hold instead"):
            self._hold(partner_id=contact.id)
        self.assertIn("is insolvent", contact.reverse_hold_note)
        user = self.users["claims_approver"]
        for vals in ({"state": "lifted"}, {"partner_id": self.stranger.id}):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                self._rpc(user, HOLD, "write", hold.ids, vals)
        # another company sends to it as before
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.assertFalse(self.supplier.with_company(other).reverse_hold_note)
        self.assertEqual(hold.since, fields.Date.today())

    def test_lines_say_where_goods_go(self):
        """Whatever the transfer says that they are on."""
        part = self._broken(self.sold)
        self._hold()
        here, there = part.location_id, self.inspection_location
        vendors = self.env.ref("stock.stock_location_suppliers")
        goods = {"product_id": self.pump.id, "location_id": here.id}
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.int_type_id.id,
                "partner_id": self.supplier.id,
                "location_id": here.id,
                "location_dest_id": there.id,
                "move_ids": [
                    Command.create(
                        {
                            **goods,
                            "product_uom_qty": 1,
                            "location_dest_id": there.id,
                            "move_line_ids": [
                                Command.create(
                                    {
                                        **goods,
                                        "quantity": 1,
                                        "lot_id": part.lot_id.id,
                                        "picked": True,
                                    }
                                )
                            ],
                        }
                    )
                ],
            }
        )
        picking.move_ids.move_line_ids.location_dest_id = vendors
        with self.assertRaisesRegex(UserError, REFUSED):
            self._call(self._as("receiver", picking), "button_validate")
        self.assertNotEqual(picking.state, "done")

    def test_nothing_is_sent_there_to_be_worked_on(self):
        """Goods that stay ours would be among what is insolvent, too."""
        hold = self._hold()
        other = self.env["res.partner"].create({"name": "Refit Ltd"})
        part = self._received(self._sell(1), 1).inspection_ids
        parts, places = type(part), type(part.location_id)
        inspector = self._as("inspector", part)
        self._call(
            inspector,
            "write",
            {
                "condition_id": self.conditions["C"].id,
                "disposition_id": self.dispositions["QUARANTINE"].id,
            },
        )
        with (
            patch.object(parts, "_get_keeper", lambda _part: self.supplier),
            self.assertRaisesRegex(UserError, REFUSED),
        ):
            self._call(inspector, "action_complete")
        self.assertEqual(part.state, "draft")
        with patch.object(parts, "_get_keeper", lambda _part: other):
            self._call(inspector, "action_complete")
        self.assertEqual(part.state, "done")
        stock = self.warehouse.lot_stock_id
        move = self.env["stock.move"].create(
            {
                "product_id": self.product.id,
                "product_uom_qty": 1,
                "location_id": stock.id,
                "location_dest_id": stock.copy({"name": "Workshop"}).id,
            }
        )
        with (
            patch.object(places, "_get_reverse_keeper", lambda _place: self.supplier),
            self.assertRaisesRegex(UserError, REFUSED),
        ):
            move._action_confirm()
        self.assertEqual(hold.state, "held")
        with patch.object(places, "_get_reverse_keeper", lambda _place: other):
            move._action_confirm()
        self.assertIn(move.state, ("confirmed", "assigned"))

    def test_contact_of_another_company(self):
        """Who is on hold stays so, whoever says to which company it belongs."""
        hold = self._hold()
        clerk = new_test_user(
            self.env, login="clerk", groups="base.group_user,base.group_partner_manager"
        )
        self.supplier.is_company = True
        group = self.env["res.partner"].create({"name": "Group", "is_company": True})
        supplier = self.supplier.with_user(clerk)
        message = (
            ".Supplier on Hold. names Cobalt Works as a company of its own, and would "
            "not hold for Group"
        )
        below = {"is_company": False, "parent_id": group.id}
        for record, vals in (
            (supplier, dict(below)),
            (supplier, {"company_type": "person", "parent_id": group.id}),
            (
                group.with_user(clerk),
                {"child_ids": [Command.update(supplier.id, dict(below))]},
            ),
        ):
            with self.subTest(vals), self.assertRaisesRegex(UserError, message):
                record.write(vals)
        # nor do its contacts leave it, or who belongs to them
        ann, box = self.env["res.partner"].create(
            [
                {"name": "Ann", "parent_id": self.supplier.id},
                {"name": "Box", "type": "delivery"},
            ]
        )
        box.parent_id = ann
        ann, box = (ann | box).with_user(clerk)
        for record, vals in (
            (ann, {"parent_id": False}),
            (ann, {"parent_id": self.stranger.id}),
            (ann, {"company_type": "company"}),
            (box, {"parent_id": False}),
            (supplier, {"child_ids": [Command.unlink(ann.id)]}),
        ):
            with (
                self.subTest(vals),
                self.assertRaisesRegex(UserError, "Works is on hold, and .* belongs"),
            ):
                record.write(vals)
        ann.write({"name": "Anna", "parent_id": self.supplier.id})
        # a company of a group is a company of its own
        supplier.write({"parent_id": group.id})
        self.assertEqual(hold._find(self.supplier, self.company), hold)
        self.assertFalse(hold._find(group, self.company))
        merge = self.env["base.partner.merge.automatic.wizard"]
        with self.assertRaisesRegex(
            UserError, "Cobalt Works” .Supplier on Hold. names"
        ):
            merge._merge([self.supplier.id, self.stranger.id], self.stranger)
        # one that was made a contact before counts for itself
        contact = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": self.stranger.id}
        )
        hold._guarded_write({"partner_id": contact.id})
        self.assertEqual(hold._find(contact, self.company), hold)
        self.assertFalse(hold._find(self.stranger, self.company))
        hold._guarded_write({"partner_id": self.supplier.id})
        self._call(hold.with_user(self.second), "action_lift")
        with self.assertRaisesRegex(
            UserError, "“Warranty” .Claim Agreement. names Cobalt"
        ):
            supplier.write(dict(below))
        ann.parent_id = False
        self.agreement.active = False
        supplier.write(below)
        self.assertEqual(self.supplier.commercial_partner_id, group)

    # ------------------------------------------------------------------
    # From the hold itself: goods, provision and books with one approval
    # ------------------------------------------------------------------
    def _accounts(self):
        """Set the accounts of provisions: expense, and what is provided."""
        expense, provision = self.env["account.account"].create(
            [
                {"name": "Lost", "code": "X611", "account_type": "expense"},
                {
                    "name": "Provided",
                    "code": "X212",
                    "account_type": "liability_current",
                },
            ]
        )
        self.company.reverse_provision_expense_account_id = expense
        self.company.reverse_provision_account_id = provision
        return expense, provision

    def _ask_from_hold(self, hold, **values):
        action = self._as("claims_user", hold).action_ask_loss()
        losses = self._as("claims_user", self.env[LOSS])
        losses = losses.with_context(**action["context"])
        return losses.create({"reason": "No quota", **values})

    def _disposition(self, code):
        return self.env["reverse.disposition"].search([("code", "=", code)], limit=1)

    def test_goods_and_provision_together(self):
        """One approval: the goods go elsewhere, and the loss is in the books."""
        expense, provision = self._accounts()
        parts = self._broken(self.sold, 3)
        claims = self._submitted(parts[:2])
        hold = self._hold()
        loss = self._ask_from_hold(hold, disposition_id=self._disposition("SCRAP").id)
        self.assertEqual((loss.hold_id, loss.part_ids), (hold, parts))
        self.assertEqual((loss.claim_ids, loss.amount), (claims, 80.0))
        approver = self._as("claims_approver", loss)
        self._call(approver, "action_approve")
        entry = loss.sudo().provision_move_ids
        self.assertEqual(
            sorted(entry.line_ids.mapped(lambda a: (a.account_id.code, a.balance))),
            [("X212", -80.0), ("X611", 80.0)],
        )
        self.assertEqual(
            (entry.state, entry.line_ids.partner_id), ("posted", self.supplier)
        )
        again = parts.rma_id.inspection_ids.filtered(lambda p: p.state == "done")
        self.assertEqual(again.disposition_id.mapped("code"), ["SCRAP"])
        self.assertEqual(again.location_id.usage, "inventory")
        self.assertEqual(again.supplier_loss_id, loss)
        self.assertEqual(again.supersedes_id, parts)
        self.assertEqual(again.mapped("condition_id"), parts.condition_id)
        hold.invalidate_recordset()
        self.assertEqual((hold.waiting_count, hold.claim_count), (0, 2))
        self.assertEqual(parts.rma_id._check_quantities(), {})
        self.assertFalse(self.env["reverse.event"]._find_breaks(parts.rma_id))
        # what is expected again is released
        self._call(hold.with_user(self.second), "action_lift")
        self.assertEqual((self._balance(expense), self._balance(provision)), (0.0, 0.0))
        self.assertEqual(len(loss.sudo().provision_move_ids), 2)
        self.assertEqual(claims.mapped("amount_provision"), [0.0, 0.0])
        self.assertIn(
            "SupplierClaimProvisionReleased",
            self._events(parts.rma_id).mapped("name"),
        )

    def test_provision_follows_what_comes(self):
        """A quota that is paid lowers what is booked; a write-off ends it."""
        expense, provision = self._accounts()
        claim = self._submitted(self._broken(self.sold))
        self._answered(claim, "approve")
        self._hold()
        loss = self._ask(claim, "provision")
        self._call(self._as("claims_approver", loss), "action_approve")
        self.assertEqual(self._balance(provision), -40.0)
        other = self._as("claims_approver", claim)
        self._answered(other, "pay", [(25.0, False)], reference="Quota")
        self.assertEqual((self._balance(expense), loss.amount_booked), (15.0, 15.0))
        second = self._ask(claim)
        self._call(self._as("claims_approver", second), "action_approve")
        self.assertEqual((self._balance(expense), self._balance(provision)), (0.0, 0.0))
        self.assertEqual(claim.amount_written_off, 15.0)
        entry = loss.sudo().provision_move_ids[:1]
        with self.assertRaisesRegex(UserError, "by the buttons of their claim"):
            self._books(entry).write({"reverse_loss_id": second.id})

    def test_cancelled_claim(self):
        """Of what is not claimed, nothing is provided for; claimed anew, it is once."""
        expense, provision = self._accounts()
        part = self._broken(self.sold)
        claim = self._submitted(part)
        hold = self._hold()
        for _again in range(2):
            loss = self._ask(claim, "provision")
            self._call(self._as("claims_approver", loss), "action_approve")
            self.assertEqual(self._balance(provision), -40.0)
            self._call(claim, "action_cancel")
            self.assertEqual((claim.amount_provision, loss.amount_booked), (0.0, 0.0))
            self.assertEqual(
                (self._balance(expense), self._balance(provision)), (0.0, 0.0)
            )
            claim = self._claim(part).sorted("id")[-1:]
            self._call(claim, "action_submit")
        self.assertFalse(hold._find_provided())

    def test_lifted_before_it_was_approved(self):
        """The supplier takes its goods and pays again: nothing becomes of them here."""
        _expense, provision = self._accounts()
        parts = self._broken(self.sold)
        claim = self._submitted(parts)
        self._answered(claim, "approve")
        hold = self._hold()
        loss = self._ask_from_hold(hold, disposition_id=self._disposition("SCRAP").id)
        self._call(hold.with_user(self.second), "action_lift")
        approver = self._as("claims_approver", loss)
        with self.assertRaisesRegex(UserError, "hold of Cobalt Works was lifted on "):
            approver.action_approve()
        self.assertEqual((parts.state, self._balance(provision)), ("done", 0.0))
        self._call(approver, "action_refuse")
        self.assertEqual((loss.state, claim.amount_provision), ("refused", 0.0))

    def test_asked_again(self):
        """What a later provision takes over is not booked twice."""
        _expense, provision = self._accounts()
        claim = self._submitted(self._broken(self.sold))
        self._hold()
        for _again in range(2):
            loss = self._ask(claim, "provision")
            self._call(self._as("claims_approver", loss), "action_approve")
            self.assertEqual(
                (self._balance(provision), loss.amount_booked), (-40.0, 40.0)
            )

    def test_goods_that_cannot_go_elsewhere(self):
        parts = self._broken(self.sold, 2)
        self._call(self._as("inspector", parts[:1]), "action_correct")
        again = parts.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(again, "E", "SCRAP")
        hold = self._hold()
        for message, code, goods in (
            ("Choose what becomes of the goods", None, parts[1:]),
            ("Restock. is for an inspector who has the goods", "RESTOCK", parts[1:]),
            ("does not wait for Cobalt Works on hold", "SCRAP", parts[1:] | again),
        ):
            with self.subTest(message), self.assertRaisesRegex(UserError, message):
                self._ask_from_hold(
                    hold,
                    disposition_id=code and self._disposition(code).id,
                    part_ids=[Command.set(goods.ids)],
                )
        loss = self._ask_from_hold(
            hold, disposition_id=self._disposition("QUARANTINE").id
        )
        with self.assertRaisesRegex(AccessError, "is for the role “Claims approver”"):
            loss.action_approve()
        self.assertEqual(parts[1:].state, "done")
        self._call(self._as("claims_approver", loss), "action_approve")
        moved = parts.rma_id.inspection_ids.filtered(
            lambda p: p.disposition_id.code == "QUARANTINE"
        )
        self.assertEqual(moved.location_id, self.facility._get_location("quarantine"))
        with self.assertRaisesRegex(UserError, "set directly"):
            self._rpc(
                self.users["inspector"],
                "reverse.inspection",
                "write",
                again.ids,
                {"supplier_loss_id": loss.id},
            )
