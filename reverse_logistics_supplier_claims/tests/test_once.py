from dataclasses import replace

from psycopg2.errors import UniqueViolation

from odoo import Command
from odoo.exceptions import UserError
from odoo.tests import BaseCase, tagged
from odoo.tools import mute_logger

from ..engine.failures import Asked, find_conflicts
from .common import ClaimCase

COSTS = ("labour", "freight", "handling", "service", "duty", "other")


def ask(*failures, kind="goods", payer="S"):
    return Asked(frozenset(failures), kind, payer)


@tagged("post_install", "-at_install")
class TestFailures(BaseCase):
    """What may be asked for beside what is asked for already."""

    def test_conflicts(self):
        goods = ask(1)
        for known, new, expected in (
            ([], [goods], []),
            ([goods], [ask(1)], ["kind"]),
            ([goods], [ask(2, 1)], ["kind"]),
            ([goods], [ask(1, kind="other")], []),
            ([goods], [ask(1, kind="other", payer="C")], ["payer"]),
            ([goods], [ask(1, payer="C")], ["kind"]),
            ([goods], [ask(2, kind="other", payer="C")], []),
            ([goods], [ask(1, kind="duty", payer="C")], []),
            ([ask(1, kind="duty", payer="C")], [goods], []),
            ([ask(1, kind="duty", payer="C")], [ask(1, kind="duty")], ["kind"]),
            ([], [goods, ask(1, kind="other"), ask(1, kind="other")], ["kind"]),
            ([], [goods, ask(1, kind="other", payer="C")], ["payer"]),
            ([replace(goods, vain=True)], [ask(1, kind="freight", payer="C")], []),
            ([replace(goods, vain=True)], [ask(1, payer="C")], ["kind"]),
        ):
            with self.subTest(known=known, new=new):
                found = find_conflicts(new, known)
                self.assertEqual([why for _new, why, _other in found], expected)


@tagged("post_install", "-at_install")
class TestOnce(ClaimCase):
    """Whatever a failure has cost is claimed once, and of one payer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lots = cls._create_lots(cls.pump, "O1", "O2")
        cls._purchase(cls.pump, 2, cls.lots)
        cls.sold = cls._sell_serials(cls.pump, cls.lots)
        cls.carrier = cls.env["res.partner"].create({"name": "Swift Parcels"})
        cls.claims = cls.env["reverse.supplier.claim"].with_user(
            cls.users["claims_user"]
        )

    def _ask(self, part, cost="other", partner=None, **values):
        """Enter a claim by hand."""
        partner = partner or self.supplier
        line = {"kind": cost, "amount_claimed": 9.0}
        if part:
            line["inspection_id"] = part.id
        return self.claims.create(
            {
                "partner_id": partner.id,
                "line_ids": [Command.create(line)],
                **values,
            }
        )

    def test_each_kind_once(self):
        part = self._broken(self.sold)
        first = self._claim(part)
        labels = dict(first.line_ids._fields["kind"].selection)
        for kind in COSTS:
            with self.subTest(kind):
                asked = self._ask(part, kind)
                told = (
                    f"“{labels[kind]}” of this failure is claimed already: see "
                    f"{asked.name} of Cobalt Works. All of one kind is one line."
                )
                with self.assertRaisesRegex(UserError, told):
                    self._ask(part, kind)
                # what is cancelled may be asked for again
                self._call(asked, "action_cancel")
                self._ask(part, kind)
        lines = part.sudo().supplier_claim_line_ids
        self.assertEqual(
            sorted(lines.filtered(lambda x: x.state != "cancelled").mapped("kind")),
            sorted([*COSTS, "goods"]),
        )

    def test_once_in_one_claim(self):
        part = self._broken(self.sold)
        line = {"kind": "other", "inspection_id": part.id, "amount_claimed": 9.0}
        with self.assertRaisesRegex(UserError, "“Other” of this failure is claimed"):
            self.claims.create(
                {
                    "partner_id": self.supplier.id,
                    "line_ids": [Command.create(line), Command.create(dict(line))],
                }
            )

    def test_of_one_payer(self):
        part = self._broken(self.sold)
        first = self._claim(part)
        told = (
            f"Cobalt Works is asked for this failure already: see {first.name}. One "
            "failure is claimed from one"
        )
        for kind in ("freight", "labour", "other"):
            with self.subTest(kind), self.assertRaisesRegex(UserError, told):
                self._ask(part, kind, self.carrier)
        # customs give back duty, whoever pays for the rest
        customs = self.env["res.partner"].create({"name": "Customs"})
        self.assertTrue(self._ask(part, "duty", customs, kind="duty"))
        with self.assertRaisesRegex(UserError, "Cobalt Works is asked for this"):
            self._ask(part, "other", customs, kind="duty")

    def test_button_after_another_payer(self):
        """The carrier is asked already: the supplier is not, neither by itself."""
        self.agreement.authorization_required = False
        part = self._broken(self.sold)
        asked = self._ask(part, "other", self.carrier, kind="carrier")
        with self.assertRaisesRegex(
            UserError,
            f"Swift Parcels is asked for this failure already: see {asked.name}",
        ):
            self._claim(part)
        self.agreement.opens_itself = True
        part._open_agreed_claims()
        self.assertEqual(part.sudo().supplier_claim_line_ids, asked.sudo().line_ids)
        self._call(asked, "action_cancel")
        part._open_agreed_claims()
        claim = part.sudo().supplier_claim_line_ids.claim_id - asked.sudo()
        self.assertEqual(claim.partner_id, self.supplier)
        self.agreement.opens_itself = False

    def test_button_leaves_out_what_is_asked(self):
        self.agreement.write({"labour_amount": 7.0, "handling_amount": 3.0})
        part = self._broken(self.sold)
        self._ask(part, "labour")
        claim = self._claim(part)
        found = part.sudo().supplier_claim_line_ids
        self.assertEqual(sorted(found.mapped("kind")), ["goods", "handling", "labour"])
        self.assertEqual(len(claim), 2)

    def test_costs_of_the_only_failure(self):
        """Without an inspection, they are of the one that the claim is about."""
        part = self._broken(self.sold)
        claim = self._claim(part)
        claim.line_ids = [Command.create({"kind": "other", "amount_claimed": 5.0})]
        cost = claim.line_ids.filtered(lambda line: line.kind == "other")
        self.assertEqual((cost.inspection_id, cost.rma_id), (part, part.rma_id))
        with self.assertRaisesRegex(UserError, "“Other” of this failure is claimed"):
            claim.line_ids = [Command.create({"kind": "other", "amount_claimed": 5.0})]
        # what was entered before its goods is theirs as well
        other = self._broken(self.sold)
        both = self._ask(False)
        self.assertFalse(both.line_ids.inspection_id)
        goods = {"kind": "goods", "inspection_id": other.id}
        both.line_ids = [Command.create(goods)]
        self.assertEqual(len(both.line_ids), 2)
        self.assertEqual(both.line_ids.inspection_id, other)

    def test_inspected_again(self):
        """A later inspection of the goods is of the same failure."""
        part = self._broken(self.sold)
        asked = self._ask(part)
        again = self._as("inspector", part)
        self._call(again, "action_correct")
        new = self.env["reverse.inspection"].search([("supersedes_id", "=", part.id)])
        self._inspect(self._as("inspector", new), "D", "VENDOR")
        with self.assertRaisesRegex(UserError, f"claimed already: see {asked.name} of"):
            self._ask(new)

    def test_database_says_it_as_well(self):
        part = self._broken(self.sold)
        asked = self._ask(part)
        with mute_logger("odoo.sql_db"), self.assertRaises(UniqueViolation):
            asked.line_ids._guarded_create(
                [{"claim_id": asked.id, "kind": "other", "inspection_id": part.id}]
            )
            self.env.flush_all()
