from odoo import Command
from odoo.tests.common import tagged

from .common import ClaimCase


@tagged("post_install", "-at_install")
class TestBatches(ClaimCase):
    """As many queries for three as for one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lots = cls._create_lots(cls.pump, "B1", "B2", "B3")
        cls.bought = cls._purchase(cls.pump, 3, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)

    def _count(self, call, records):
        """Count the queries of a call, with nothing read before."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call(records)
        return self.env.cr.sql_log_count - before

    def assertBatched(self, call, records):
        self._count(call, records)  # what Odoo keeps for all is looked up here
        one = self._count(call, records[:1])
        self.assertLessEqual(self._count(call, records), one)

    def test_inspected_again(self):
        """Parts that supersede others are found with all of those at once."""
        parts = self._broken(self.sold, 3)
        claims = self._claim(parts[:1])
        claims.action_cancel()
        for _again in range(2):
            new = parts.browse()
            for part in parts:
                self._call(self._as("inspector", part), "action_correct")
                new |= part._get_latest() or parts.search(
                    [("supersedes_id", "=", part.id)]
                )
            self._call(self._as("inspector", new), "action_complete")
            parts = new
        self.assertEqual(len(parts[0]._get_lineage()), 3)
        self.assertBatched(lambda some: some._find_claimed(), parts)

    def test_holds(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Supplier {number}"} for number in range(2)]
        )
        self._claim(self._broken(self.sold))
        holds = self._as("claims_approver", self.env["reverse.supplier.hold"]).create(
            [
                {"partner_id": partner.id, "reason": "Court order"}
                for partner in self.supplier | partners
            ]
        )
        self.assertBatched(lambda some: some.mapped("waiting_count"), holds)
        self.assertEqual(holds.mapped("waiting_count"), [1, 0, 0])
        self.assertEqual(holds.mapped("claim_count"), [1, 0, 0])

    def test_limits_of_carriers(self):
        """What a carrier pays at most is known of all parts at once."""
        agreements = self.env["reverse.supplier.agreement"]
        carrier = self.env["res.partner"].create({"name": "Swift Parcels"})
        agreements.create(
            {
                "name": "Road",
                "partner_id": carrier.id,
                "kind": "carrier",
                "liability": "carrier",
                "carriage": "road",
                "cap_unit_value": 1.2,
                "currency_id": self.env.ref("base.EUR").id,
            }
        )
        parts = self.env["reverse.inspection"]
        for number in range(3):
            product = self._create_product(f"Seal {number}", weight=3.0)
            self._purchase(product, 1)
            parts |= self._broken(self._sell(1, product=product), liability="carrier")
        self.assertBatched(lambda some: some._note_claimable(), parts)


@tagged("post_install", "-at_install")
class TestManyLines(ClaimCase):
    """Where goods came from is looked up once for all lines of a claim."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lots = cls._create_lots(cls.pump, *[f"M{number}" for number in range(21)])
        cls.bought = cls._purchase(cls.pump, 21, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)
        cls.other = cls.agreement.copy({"name": "Extended", "labour_amount": 5.0})

    def _count(self, call):
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        call()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before

    def test_another_agreement(self):
        parts = self._broken(self.sold, 21)
        one, many = self._claim(parts[:1]), self._claim(parts[1:])
        one.agreement_id = self.other
        one.agreement_id = self.agreement
        few = self._count(lambda: one.write({"agreement_id": self.other.id}))
        many_more = self._count(lambda: many.write({"agreement_id": self.other.id}))
        self.assertLessEqual(many_more, few + 5)
        self.assertEqual(len(many.line_ids), 40)
        self.assertEqual(many.amount_claimed, 20 * 45.0)
        self.assertEqual(many.line_ids.bill_ids.mapped("quantity"), [1.0] * 20)

    def test_lines_by_hand(self):
        parts = self._broken(self.sold, 21)
        claims = self._as("claims_user", self.env["reverse.supplier.claim"])
        one, many, warm = claims.create(
            [{"partner_id": self.supplier.id} for _claim in range(3)]
        )

        def enter(claim, some):
            claim.line_ids = [
                Command.create({"inspection_id": part.id}) for part in some
            ]

        enter(warm, parts[:1])
        warm.action_cancel()
        few = self._count(lambda: enter(one, parts[:1]))
        many_more = self._count(lambda: enter(many, parts[1:]))
        self.assertLessEqual(many_more, few + 5)
        self.assertEqual(many.amount_claimed, 20 * 40.0)
        self.assertEqual(many.line_ids.bill_ids.mapped("quantity"), [1.0] * 20)
