import base64
from dataclasses import replace
from datetime import date, datetime, timedelta
from unittest.mock import patch

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests.common import tagged

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestCarrier(ClaimCase):
    """A parcel with a pump of 3 kg arrives broken: the carrier pays, up to a limit."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.pump.weight = 3.0
        cls.lots = cls._create_lots(cls.pump, "C1", "C2", "C3")
        cls.bought = cls._purchase(cls.pump, 3, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)
        cls.carrier = cls.env["res.partner"].create({"name": "Swift Parcels"})
        cls.road = cls.env["reverse.supplier.agreement"].create(
            {
                "name": "Parcels by road",
                "partner_id": cls.carrier.id,
                "kind": "carrier",
                "liability": "carrier",
                "carriage": "road",
                "cap_unit_value": 1.2,
            }
        )

    def _arrived(self, part, moment):
        """Let the goods have come back at a moment of the past."""
        part.receipt_move_id.sudo().reverse_done_at = moment
        part.rma_id._guarded_write({"received_at": moment})
        part.invalidate_recordset()

    def test_told_in_time(self):
        part = self._received(self.sold).inspection_ids
        self._arrived(part, datetime(2026, 11, 26, 12))
        with self._on(date(2026, 11, 26)):
            told = (
                "Visible damage: tell Swift Parcels by Thursday 26 November. "
                "Hidden damage: tell Swift Parcels by Thursday 3 December."
            )
            for record in (part, part.rma_id):
                self.assertEqual(self._as("inspector", record).carrier_notice, told)
        part.invalidate_recordset()
        with self._on(date(2026, 11, 27)):
            self.assertEqual(
                part.carrier_notice,
                "Hidden damage: tell Swift Parcels by Thursday 3 December.",
            )
        part.invalidate_recordset()
        with self._on(date(2026, 12, 4)):
            self.assertIn("of damage ended on Thursday 3 December", part.carrier_notice)
        # own days count instead; and another carrier has no agreement
        self.road.deadline_days = 2
        part.invalidate_recordset()
        with self._on(date(2026, 11, 26)):
            self.assertEqual(
                part.carrier_notice,
                "Damage or loss: tell Swift Parcels by Saturday 28 November.",
            )
        self.road.deadline_days = 0
        self._call(
            self._as("receiver", part.rma_id),
            "write",
            {"carrier_partner_id": self.stranger.id},
        )
        self.assertFalse(part.carrier_notice)

    def test_told_of_each_goods(self):
        """Of two lines, each is told what was agreed about it, and the return both."""
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        days = self.road.copy({"name": "Two days", "deadline_days": 2})
        self.road.product_ids, days.product_ids = self.pump, seal
        self._purchase(seal, 1)
        rma = self._draft(self.sold, lot_id=self.lots[1].id)
        line = {"sale_line_id": self._sell(1, product=seal).id, "quantity": 1}
        rma.line_ids = [Command.create(line)]
        self._call(rma, "action_request")
        self._receive(rma)
        pump, other = rma.inspection_ids.sorted(lambda p: p.product_id != self.pump)
        for part in (pump, other):
            self._arrived(part, datetime(2026, 11, 26, 12))
        rma.invalidate_recordset()
        with self._on(date(2026, 11, 26)):
            told = [part.carrier_notice for part in (pump, other)]
            self.assertIn("Hidden damage: tell Swift Parcels by Thursday 3", told[0])
            self.assertEqual(
                told[1], "Damage or loss: tell Swift Parcels by Saturday 28 November."
            )
            self.assertEqual(self._as("inspector", rma).carrier_notice, " ".join(told))

    def test_told_at_receipt(self):
        """Who receives goods reads it on the transfer, before and after."""
        rma = self._requested(self.sold)
        picking = self._as("receiver", rma.picking_ids)
        with self._on(date(2026, 11, 26)):
            self.assertEqual(
                picking.reverse_carrier_notice,
                "Visible damage: tell Swift Parcels by Thursday 26 November. "
                "Hidden damage: tell Swift Parcels by Thursday 3 December.",
            )
        self._validate(picking)
        self._arrived(rma.inspection_ids, datetime(2026, 11, 26, 12))
        picking.invalidate_recordset()
        with self._on(date(2026, 11, 27)):
            hidden = "Hidden damage: tell Swift Parcels by Thursday 3 December."
            self.assertEqual(picking.reverse_carrier_notice, hidden)
        self._inspect(rma.inspection_ids, "A", "RESTOCK")
        picking.invalidate_recordset()
        self.assertFalse(picking.reverse_carrier_notice)
        self.assertFalse(self.sold.move_ids.picking_id[:1].reverse_carrier_notice)

    def test_told_where_a_supplier_delivers(self):
        """What carriers break on the way to us is seen when it comes in."""
        receipt = self.bought.move_ids
        receipt.reverse_done_at = datetime(2026, 11, 26, 12)
        picking = self._as("receiver", receipt.picking_id)
        hidden = "Hidden damage: tell Swift Parcels by Thursday 3 December."
        for day, told in (
            (date(2026, 11, 26), f"26 November. {hidden}"),
            (date(2026, 11, 27), hidden),
            (date(2026, 12, 4), ""),
        ):
            picking.invalidate_recordset()
            with self.subTest(day=day), self._on(day):
                notice = picking.reverse_carrier_notice or ""
                self.assertTrue(notice.endswith(told) and bool(notice) == bool(told))

    def test_told_of_all_that_a_supplier_delivers(self):
        """What was agreed about each of several products is said."""
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        self.road.product_ids = self.pump
        self.road.copy({"name": "Two days", "deadline_days": 2, "product_ids": seal})
        lines = [
            Command.create({"product_id": product.id, "product_qty": 1})
            for product in (self.pump, seal)
        ]
        order = self.bought.order_id.copy({"order_line": lines})
        order.button_confirm()
        picking = self._as("receiver", order.picking_ids)
        with self._on(date(2026, 11, 26)):
            self.assertEqual(
                picking.reverse_carrier_notice,
                "Visible damage: tell Swift Parcels by Thursday 26 November. "
                "Hidden damage: tell Swift Parcels by Thursday 3 December. "
                "Damage or loss: tell Swift Parcels by Saturday 28 November.",
            )

    def test_told_of_each_carrier(self):
        """Nobody knows yet who brought it: each that it may have been is named."""
        other = self.env["res.partner"].create({"name": "North Freight"})
        days = {"name": "Two days", "partner_id": other.id, "deadline_days": 2}
        self.road.copy(days)
        swift = "Hidden damage: tell Swift Parcels by Thursday 3 December."
        north = "Damage or loss: tell North Freight by Saturday 28 November."
        visible = "Visible damage: tell Swift Parcels by Thursday 26 November."
        receipt = self.bought.move_ids
        receipt.reverse_done_at = datetime(2026, 11, 26, 12)
        part = self._received(self.sold).inspection_ids
        self._arrived(part, datetime(2026, 11, 26, 12))
        rma = part.rma_id
        picking = self._requested(self.sold, lot_id=self.lots[1].id).picking_ids
        shown = [
            (self._as("receiver", receipt.picking_id), "reverse_carrier_notice"),
            (self._as("receiver", picking), "reverse_carrier_notice"),
            (self._as("inspector", rma), "carrier_notice"),
            (self._as("inspector", part), "carrier_notice"),
        ]
        for record, name in shown:
            record.invalidate_recordset()
            with self.subTest(record=record), self._on(date(2026, 11, 26)):
                self.assertEqual(record[name], f"{visible} {swift} {north}")
        self._call(self._as("receiver", rma), "write", {"carrier_partner_id": other.id})
        part.invalidate_recordset()
        with self._on(date(2026, 11, 26)):
            self.assertEqual(part.carrier_notice, north)
        # neither is asked for the value before somebody says who it was
        goods = part.line_id._get_carried_goods()
        agreements = self.env["reverse.supplier.agreement"]
        unknown = replace(goods, partner=None)
        self.assertEqual(
            [len(found) for found in agreements._find_for([unknown, goods])], [0, 1]
        )

    def _on(self, day):
        """Make it another day, for what asks the company."""
        return patch.object(
            type(self.company), "_get_reverse_today", lambda _company: day
        )

    def test_limit_and_deadline(self):
        part = self._broken(self.sold, liability="carrier")
        claim = self._claim(part)
        today = fields.Date.today()
        self.assertEqual((claim.kind, claim.partner_id), ("carrier", self.carrier))
        self.assertEqual(claim.deadline, today + timedelta(7))
        claim.finding = "visible"
        self.assertEqual(claim.deadline, today)
        claim.finding = "delay"
        self.assertEqual(
            (claim.deadline, claim.amount_limit), (today + timedelta(21), 0)
        )
        claim.finding = "hidden"
        # 3 kg × 8.33 × 1.20
        self.assertEqual((claim.gross_weight, claim.amount_limit), (3.0, 29.99))
        self.assertEqual(claim.amount_claimed, 40.0)
        self.assertIn("8.33 SDR for each of 3 kg, at", claim.limit_reason)
        with self.assertRaisesRegex(
            UserError, r"at most \$\s29\.99: .* “Lower to Limit”, or let an approver"
        ):
            claim.action_submit()
        claim.declared_value = 35.0
        self.assertIn("the value that was declared", claim.limit_reason)
        self._call(claim, "action_lower_to_limit")
        self.assertEqual((claim.amount_claimed, claim.is_above_limit), (35.0, False))
        self.assertEqual(part.carrier_notice, False)
        # whoever does not know the weight is told what is missing
        claim.write({"declared_value": 0, "gross_weight": 0})
        self.assertIn("Enter the weight and what one unit is", claim.limit_reason)
        self.assertFalse(claim.is_above_limit)
        # and without a limit, nothing is given away
        with self.assertRaisesRegex(
            UserError, r"35\.00 is claimed, and \$\s40\.00 may"
        ):
            self._call(claim, "action_submit")
        claim.line_ids.amount_claimed = 40.0
        self.road.proof_required = True
        with self.assertRaisesRegex(UserError, "asks for proof"):
            claim.action_submit()
        claim.proof_of_delivery = base64.b64encode(b"signed")
        self._call(claim, "action_submit")
        with self.assertRaisesRegex(UserError, "is Submitted and can no longer be"):
            claim.action_lower_to_limit()

    def test_late_by_law(self):
        """Nobody has claimed: the law's days and its limit count, and no bill's."""
        part = self._broken(self.sold, liability="carrier")
        self.assertEqual((part.unclaimed_reason, part.claimable_value), ("open", 29.99))
        part.receipt_move_id.sudo().reverse_done_at -= timedelta(8)
        part._note_claimable()
        self.assertEqual(part.unclaimed_reason, "late")
        # what was scrapped is not said to be here
        scrapped = self._received(self.sold).inspection_ids.with_env(self.env)
        self._call(self._as("inspector", scrapped), "write", {"liability": "carrier"})
        self._inspect(self._as("inspector", scrapped), "E", "SCRAP")
        self.assertEqual(self._claim(part).sudo().line_ids.parts_state, "here")
        self.assertEqual(self._claim(scrapped).sudo().line_ids.parts_state, "gone")
        # by rail and by sea, too, visible damage is told of when the goods are taken
        terms = self.env["reverse.claim.deadline"]
        for carriage in ("rail", "sea"):
            days = {term.finding: term.days for term in terms._get_terms(carriage)}
            self.assertEqual(days["visible"], 0)

    def test_drafts_follow_the_law(self):
        draft = self._claim(self._broken(self.sold, liability="carrier"))
        sent = self._claim(self._broken(self.sold, liability="carrier"))
        sent.declared_value = 100.0
        self._call(sent, "action_submit")
        rule = self.env.ref("reverse_logistics_supplier_claims.deadline_road_hidden")
        self._as("claims_approver", rule).days = 10
        today = fields.Date.today()
        self.assertEqual(draft.deadline, today + timedelta(10))
        self.assertEqual(sent.deadline, today + timedelta(7))

    def test_several_carriers(self):
        """The return says who brought it; without, nobody knows whom to ask."""
        self.road.copy({"name": "Others", "partner_id": self.stranger.id})
        part = self._broken(self.sold, liability="carrier")
        with self.assertRaisesRegex(UserError, "several suppliers or carriers"):
            self._as("claims_user", part).action_claim_supplier()
        part.rma_id.carrier_partner_id = self.carrier
        claim = self._claim(part)
        self.assertEqual(
            (claim.partner_id, claim.agreement_id), (self.carrier, self.road)
        )

    def test_duty(self):
        part = self._broken(self.sold)
        customs = self.env["res.partner"].create({"name": "Customs"})
        claim = self._as("claims_user", self.env["reverse.supplier.claim"]).create(
            {
                "partner_id": customs.id,
                "kind": "duty",
                "line_ids": [
                    Command.create(
                        {
                            "kind": "duty",
                            "inspection_id": part.id,
                            "amount_claimed": 4.0,
                        }
                    )
                ],
            }
        )
        with self.assertRaisesRegex(UserError, "enter the import entry, the duty paid"):
            claim.action_submit()
        claim.write(
            {"import_entry": "26US1", "export_reference": "26DE2", "duty_paid": 3.0}
        )
        with self.assertRaisesRegex(UserError, r"only \$\s3\.00 of duty was paid"):
            claim.action_submit()
        claim.duty_paid = 4.0
        self._call(claim, "action_submit")
        # the goods are claimed from their supplier beside it, their duty is not
        self.assertEqual(
            self._claim(part).filtered("agreement_id").amount_claimed, 40.0
        )
        # and the analysis keeps apart what each of them owes: one is in a draft
        self.env.flush_all()
        rows = self.env["reverse.supplier.report"]._read_group(
            [("inspection_id", "=", part.id)],
            ["partner_id"],
            ["claimable:sum", "claimed:sum"],
        )
        self.assertCountEqual(rows, [(self.supplier, 40.0, False), (customs, 4.0, 4.0)])
        with self.assertRaisesRegex(UserError, "“Duty” of this failure is claimed alr"):
            claim.copy({"kind": "duty"}).line_ids = [
                Command.create({"kind": "duty", "inspection_id": part.id})
            ]

    def test_paid_by_the_carrier(self):
        """Its credit note leaves bill and purchase of the pump as they are."""
        claim = self._claim(self._broken(self.sold, liability="carrier"))
        line = claim.line_ids
        self.assertEqual(line.receipt_move_id.purchase_line_id, self.bought)
        self.assertFalse(line.purchase_line_id or line.bill_ids)
        self._call(self._as("claims_approver", claim), "action_submit")
        self._answered(claim, "acknowledge", reference="C-1")
        self.assertFalse(claim.is_send_allowed or claim.is_match_allowed)
        self._answered(claim, "approve")
        self.assertFalse(claim._get_replaceable())
        refund = self._credited(claim)
        self.assertEqual((refund.partner_id, refund.amount_total), (self.carrier, 40.0))
        self.assertFalse(
            refund.reversed_entry_id or refund.invoice_line_ids.purchase_line_id
        )
        self.assertEqual(refund.invoice_line_ids.account_id, self.expense_account)
        bill = self.bought.order_id.invoice_ids
        self.assertEqual((bill.amount_residual, self.bought.qty_invoiced), (132.0, 3))
        self.assertEqual((claim.state, claim.amount_recovered), ("recovered", 40.0))

    def test_carrier_without_an_agreement(self):
        part = self._broken(self.sold, liability="carrier")
        part.rma_id.sudo().carrier_partner_id = self.stranger
        claim = self._claim(part)
        self.assertEqual((claim.partner_id, claim.kind), (self.stranger, "carrier"))
