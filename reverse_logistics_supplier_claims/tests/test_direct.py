from datetime import datetime, timedelta

from freezegun import freeze_time
from lxml import etree

from odoo.exceptions import UserError, ValidationError
from odoo.tests.common import tagged

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestDirect(ClaimCase):
    """Pumps go from customers straight to Cobalt Works, which authorizes first."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lots = cls._create_lots(cls.pump, "D1", "D2")
        cls.bought = cls._purchase(cls.pump, 2, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)
        cls.direct = cls.env["reverse.facility"].create(
            {
                "name": "Cobalt Works",
                "kind": "supplier_direct",
                "partner_id": cls.supplier.id,
                "company_id": cls.company.id,
            }
        )
        cls.agreement.direct_facility_id = cls.direct
        cls.colleague = cls._create_user("service", login="direct-colleague")

    def _number(self, rma, number="CW-7"):
        rma = rma.with_user(self.colleague)
        self._call(rma, "write", {"supplier_number": number})

    def _waiting(self, rma):
        return rma.exception_ids.filtered(
            lambda e: e.type == "supplier_number" and e.state == "open"
        )

    def test_waits_for_the_number(self):
        """Nothing is promised before; with the number it goes on by itself."""
        rma = self._requested(self.sold)
        self.assertEqual((rma.facility_id, rma.state), (self.direct, "requested"))
        self.assertFalse(rma.authorized_at)
        waiting = self._waiting(rma)
        self.assertEqual(len(waiting), 1)
        self.assertTrue(waiting.deadline)
        self.assertTrue(self._as("service", rma).is_supplier_number_asked)
        with self.assertRaisesRegex(
            UserError, "Cobalt Works, which has to authorize it"
        ):
            self._as("approver", rma).action_authorize()
        own = self._as("service", rma)
        with self.assertRaisesRegex(UserError, "You took an earlier step"):
            self._call(own, "write", {"supplier_number": "CW-7"})
        self._number(rma)
        self.assertEqual((rma.state, waiting.state), ("authorized", "resolved"))
        with self.assertRaisesRegex(UserError, "is named once the return is requested"):
            self._number(rma, "CW-8")

    def test_the_number_is_not_entered_before_the_request(self):
        draft = self._draft(self.sold)
        own = self._as("service", draft)
        with self.assertRaisesRegex(UserError, "is named once the return is requested"):
            self._call(own, "write", {"supplier_number": "CW-1"})
        values = {"partner_id": draft.partner_id.id, "supplier_number": "CW-1"}
        for context, vals in (
            ({}, values),
            ({"default_supplier_number": "CW-1"}, {"partner_id": draft.partner_id.id}),
        ):
            with self.assertRaisesRegex(UserError, "is named once the return"):
                own.browse().with_context(**context).create(vals)

    def test_a_claim_bears_the_number_of_its_supplier(self):
        rma = self._requested(self.sold)
        self._number(rma)
        self.assertFalse(rma.is_supplier_number_asked)
        part = self.env["reverse.inspection"].new({"line_id": rma.line_ids.id})
        self.assertEqual(part._get_supplier_number(self.supplier), "CW-7")
        self.assertFalse(part._get_supplier_number(self.stranger))

    def _at_supplier(self, lot):
        """Have a customer send a pump there; give what is noted of it."""
        rma = self._requested(self.sold, lot_id=lot.id)
        self._number(rma)
        self._call(self._as("inspector", rma), "action_at_supplier")
        return rma.inspection_ids.with_env(self.env)

    def _pieces(self, lot, usage):
        quants = lot.quant_ids.filtered(lambda q: q.location_id.usage == usage)
        return sum(quants.mapped("quantity"))

    def _numbers(self):
        line = self.bought
        return line.qty_received, line.reverse_qty_returned, line.qty_invoiced

    def _balance(self, account):
        """Sum what is booked there, without the tax, which has no account here."""
        lines = self.env["account.move.line"].search(
            [
                ("account_id", "=", account.id),
                ("parent_state", "=", "posted"),
                ("tax_line_id", "=", False),
            ]
        )
        return sum(lines.mapped("balance"))

    def test_paid_by_the_supplier(self):
        """Submitted, it counts as sent back: purchase, bill and books follow.

        The goods never came back into stock, so what they cost is lowered.
        """
        lot = self.lots[0]
        expense = self.pump.product_tmpl_id.get_product_accounts()["expense"]
        claim = self._claim(self._at_supplier(lot))
        goods = claim.line_ids
        self.assertEqual(
            (claim.supplier_reference, goods.parts_state), ("CW-7", "gone")
        )
        self.assertEqual((goods.source_state, goods.unit_cost), ("sure", 40.0))
        self.assertEqual(self._numbers(), (2, 0, 2))
        cost = self._balance(expense)
        self._call(claim, "action_submit")
        self.assertEqual((claim.state, goods.parts_state), ("submitted", "sent"))
        self.assertEqual(self._numbers(), (1, 1, 2))
        self.assertEqual(
            (self._pieces(lot, "customer"), self._pieces(lot, "supplier")), (0, 0)
        )
        with self.assertRaisesRegex(UserError, "goods or money have moved already"):
            claim.action_cancel()
        self._answered(claim, "approve")
        self.assertFalse(claim.is_send_allowed)
        refund = self._credited(claim)
        self.assertEqual((claim.state, refund.amount_total), ("recovered", 44.0))
        self.assertEqual(refund.invoice_line_ids.account_id, expense)
        self.assertEqual(self._numbers(), (1, 1, 1))
        self.assertEqual(self.bought.reverse_qty_credited, 1)
        bill = refund.reversed_entry_id
        self.assertEqual((bill.amount_residual, refund.amount_residual), (44.0, 0.0))
        self.assertEqual(self._balance(expense) - cost, -40.0)
        self.assertEqual(
            (self._balance(self.stock_account), self.pump.total_value), (0, 0)
        )

    def test_refused_by_the_supplier(self):
        """It is with the customer again, and comes in as any return."""
        lot = self.lots[0]
        part = self._at_supplier(lot)
        claim = self._claim(part)
        self._call(claim, "action_submit")
        self._answered(claim, "refuse", reason="Misuse")
        action = self._call(claim, "action_goods_back")
        entry = self.env[action["res_model"]].with_user(claim.env.user)
        self._call(entry.browse(action["res_id"]), "action_confirm")
        self.assertEqual(
            (claim.line_ids.parts_state, part.state), ("back", "superseded")
        )
        self.assertEqual(self._numbers(), (2, 0, 2))
        self.assertEqual(self._pieces(lot, "customer"), 1)
        rma = part.rma_id
        self._call(self._as("receiver", rma), "action_receive", {rma.line_ids.id: 1})
        here = rma.inspection_ids.filtered(
            lambda one: one.state == "draft" and not one.not_inspected
        )
        self.assertEqual(
            (here.quantity, here.lot_id, here.location_id.reverse_state),
            (1, lot, "inspection"),
        )
        self.assertEqual(here.supersedes_id, part, "credited once")
        self._inspect(here, "A", "RESTOCK")
        self.assertEqual((here.state, self._pieces(lot, "internal")), ("done", 1))

    def test_some_refused_by_the_supplier(self):
        """Of five it keeps two, which stay there, and three are with the customer."""
        seal = self._create_product("Seal", categ_id=self.perpetual.id)
        bought = self._purchase(seal, 5)
        rma = self._requested(self._sell(5, product=seal), 5)
        self._number(rma)
        self._call(self._as("inspector", rma), "action_at_supplier")
        claim = self._claim(rma.inspection_ids.with_env(self.env))
        self._call(claim, "action_submit")
        self._answered(claim, "approve_part", [(80.0, "Three were misused")])
        action = self._call(claim, "action_goods_back")
        entry = self.env[action["res_model"]].with_user(claim.env.user)
        self._call(entry.browse(action["res_id"]), "action_confirm")
        self.assertEqual(claim.line_ids.parts_state, "partly_back")
        parts = rma.inspection_ids.filtered(lambda one: one.state != "superseded")
        self.assertEqual(
            sorted(parts.mapped(lambda one: (one.state, one.quantity))),
            [("done", 2), ("draft", 3)],
        )
        refund = self._credited(claim)
        self.assertEqual(
            (refund.amount_untaxed, refund.invoice_line_ids.quantity), (80.0, 2)
        )
        self.assertEqual((bought.qty_received, bought.qty_invoiced), (3, 3))
        line = rma.line_ids
        self._call(self._as("receiver", rma), "action_receive", {line.id: 3})
        self.assertEqual((line.qty_received, line.qty_kept), (3, 2))

    def test_destroyed_by_the_supplier(self):
        """Nothing of ours is written off: it never came here."""
        self.agreement.goods = "destroy"
        claim = self._claim(self._at_supplier(self.lots[0]))
        self._call(claim, "action_submit")
        self._answered(claim, "approve")
        self.assertEqual(self._numbers(), (2, 0, 2))
        claim = self._as("claims_approver", claim)
        file = self.env["ir.attachment"].with_user(claim.env.user)
        file = file.create({"name": "certificate.pdf", "raw": b"%PDF"})
        claim._destroy(claim.line_ids, self.company._get_reverse_today(), file)
        self.assertEqual(claim.line_ids.parts_state, "destroyed")
        self.assertEqual(claim.agreement_id, self.agreement)
        scraps = self.env["stock.scrap"].search([("product_id", "=", self.pump.id)])
        self.assertFalse(scraps)

    def test_taken_by_us_instead(self):
        rma = self._requested(self.sold)
        waiting = self._as("service", self._waiting(rma))
        self._call(waiting, "action_take_instead")
        self.assertEqual(
            (rma.state, rma.facility_id, waiting.state, waiting.resolution),
            ("authorized", self.facility, "resolved", "take_instead"),
        )

    def test_told_at_the_request(self):
        """Whoever enters the return reads what the supplier takes, and until when."""
        rma = self._requested(self.sold)
        line = self._as("service", rma).line_ids

        def told():
            line.invalidate_recordset(["supplier_notice"])
            return line.supplier_notice

        number = "Cobalt Works takes this once it has given a number."
        self.assertEqual(told(), number)
        view = etree.fromstring(rma.get_view(view_type="form")["arch"])
        [shown] = view.xpath(
            "//field[@name='line_ids']/list/field[@name='supplier_notice']"
        )
        self.assertEqual(shown.get("optional"), "show")
        self.agreement.authorization_required = False
        self.assertEqual(told(), "Cobalt Works takes this at any time.")
        self.agreement.write({"warranty_months": 12, "deadline_from": "receipt"})
        self.bought.move_ids.sudo().reverse_done_at = datetime(2026, 5, 4, 12)
        with freeze_time("2027-05-04"):
            self.assertEqual(told(), "Cobalt Works takes this until 05/04/2027.")
        with freeze_time("2027-05-05"):
            self.assertEqual(
                told(), "Cobalt Works has not taken this since 05/04/2027."
            )
        self.agreement.write({"is_allowance": True, "allowance": 2.0})
        self.assertIn("pays a standing allowance instead", told())
        self._as("claims_approver", self.env["reverse.supplier.hold"]).create(
            {"partner_id": self.supplier.id, "reason": "Court order"}
        )
        self.assertIn("Cobalt Works is blocked", told())

    def test_straight_at_once_or_to_us(self):
        """Where no number is asked for, at once; out of warranty it comes to us."""
        self.agreement.authorization_required = False
        first, second = self.lots
        rma = self._requested(self.sold, lot_id=first.id)
        self.assertEqual((rma.state, rma.facility_id), ("authorized", self.direct))
        second.reverse_supplier_warranty = "2020-01-01"
        rma = self._requested(self.sold, lot_id=second.id)
        self.assertEqual((rma.state, rma.facility_id), ("authorized", self.facility))

    def test_what_is_not_paid_comes_to_us(self):
        """After the deadline, and where a standing allowance pays instead."""
        line = self._requested(self.sold, lot_id=self.lots[0].id).line_ids
        found = line._find_direct_agreements
        self.assertEqual(found()[line], self.agreement)
        self.agreement.write({"deadline_days": 3, "deadline_from": "receipt"})
        self.assertEqual(found()[line], self.agreement)
        self.bought.move_ids.reverse_done_at -= timedelta(4)
        self.assertFalse(found()[line])
        self.agreement.write({"deadline_days": 0, "deadline_from": "return"})
        self.assertEqual(found()[line], self.agreement)
        self.agreement.write({"is_allowance": True, "allowance": 3.0})
        self.assertFalse(found()[line])

    def test_address_is_the_suppliers(self):
        with self.assertRaisesRegex(ValidationError, "is no address of Cobalt Works"):
            self.direct.partner_id = self.stranger
            self.agreement.direct_facility_id = self.direct
            self.agreement._check_direct_facility()
