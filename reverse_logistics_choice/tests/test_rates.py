"""What goods really brought stands in for what rules say."""

from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import html2plaintext

from .common import ChoiceCommon


@tagged("post_install", "-at_install")
class TestRates(ChoiceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._rule("RESTOCK", 50)
        cls._rule("QUARANTINE", 40)
        cls.rates = cls.env["reverse.recovery.rate"]

    def _count(self, recovered):
        """Count what parts brought, as if an addon knew: ``{part: amount}``."""
        model = type(self.env["reverse.inspection"])
        known = {part.id: amount for part, amount in recovered.items()}

        def get_recovered(parts):
            return {part: known[part.id] for part in parts if part.id in known}

        with patch.object(model, "_get_recovered", get_recovered):
            self._call(self._as("administrator", self.rates), "action_count")
        return self.rates.search([("company_id", "=", self.company.id)])

    def test_experience_counts_from_enough_cases_on(self):
        """1 kettle for 36 and 2 for 72, which cost 40 each: 90 %, not 40 %."""
        parts = [self._found(1), self._found(2)]
        for part in parts:
            self._choose(part, "QUARANTINE", "For the counting")
        rate = self._count(dict(zip(parts, (36.0, 72.0), strict=True)))
        self.assertEqual(
            (rate.disposition_id.code, rate.categ_id, rate.condition_id.code),
            ("QUARANTINE", self.perpetual, "B"),
        )
        self.assertEqual(
            (rate.cases, rate.recovered, rate.cost, rate.sale), (2, 108.0, 120.0, 300.0)
        )
        self.assertEqual((rate.cost_percent, rate.sale_percent), (90.0, 36.0))
        waiting = self._found(1)
        self.assertEqual(waiting.recommended_disposition_id.code, "RESTOCK")
        self.company.reverse_recovery_cases = 2
        waiting.invalidate_recordset()
        self.assertEqual(waiting.recommended_disposition_id.code, "QUARANTINE")
        self.assertRegex(
            html2plaintext(waiting.choice_table),
            r"90 % \(2 cases; the rule says 40 %\) of \$\W?40.00",
        )
        # in another condition nothing is known, and 0 switches it off
        waiting.condition_id = self.conditions["C"]
        self.assertEqual(waiting.recommended_disposition_id.code, "RESTOCK")
        waiting.condition_id = self.conditions["B"]
        self.company.reverse_recovery_cases = 0
        waiting.invalidate_recordset()
        self.assertEqual(waiting.recommended_disposition_id.code, "RESTOCK")
        # what is not known any more does not count any more, from the next night on
        model = type(self.env["reverse.inspection"])
        with (
            patch.object(model, "_get_recovered", lambda parts: {}),
            patch.object(
                type(self.env["ir.cron"]), "_commit_progress", return_value=60
            ),
        ):
            self.rates.with_user(1)._cron_count()
        self.assertFalse(rate.exists())

    def test_rates_are_counted_and_never_entered(self):
        with self.assertRaisesRegex(AccessError, "Administrator"):
            self._as("inspector", self.rates).action_count()
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            self._as("administrator", self.rates).create(
                {
                    "company_id": self.company.id,
                    "disposition_id": self.dispositions["RESTOCK"].id,
                    "categ_id": self.perpetual.id,
                    "condition_id": self.conditions["A"].id,
                    "cases": 99,
                }
            )
