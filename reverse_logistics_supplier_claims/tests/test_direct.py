from datetime import timedelta

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
        with self.assertRaisesRegex(UserError, "is named before the return is authori"):
            self._number(rma, "CW-8")

    def test_a_claim_bears_the_number_of_its_supplier(self):
        rma = self._requested(self.sold)
        self._number(rma)
        self.assertFalse(rma.is_supplier_number_asked)
        part = self.env["reverse.inspection"].new({"line_id": rma.line_ids.id})
        self.assertEqual(part._get_supplier_number(self.supplier), "CW-7")
        self.assertFalse(part._get_supplier_number(self.stranger))

    def test_taken_by_us_instead(self):
        rma = self._requested(self.sold)
        waiting = self._as("service", self._waiting(rma))
        self._call(waiting, "action_take_instead")
        self.assertEqual(
            (rma.state, rma.facility_id, waiting.state, waiting.resolution),
            ("authorized", self.facility, "resolved", "take_instead"),
        )

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
