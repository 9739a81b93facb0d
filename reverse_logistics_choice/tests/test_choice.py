"""What is recommended to inspectors, with which arithmetic, and what is possible."""

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import html2plaintext, mute_logger

from .common import ChoiceCommon


@tagged("post_install", "-at_install")
class TestChoice(ChoiceCommon):
    def _read(self, part):
        """What the table says, as plain text."""
        part.invalidate_recordset()
        return html2plaintext(part.choice_table or "")

    def test_what_brings_most_is_recommended_and_kept(self):
        """Restock: 2 × (40 − 6 − 5) = 58. Quarantine: 2 × (60 − 6 − 8) = 92."""
        restock = self._rule("RESTOCK", 100, minutes=12, refurbishing=5)
        self._rule("QUARANTINE", 60, value_basis="sale", fee_percent=10, freight=8)
        part = self._found()
        self.assertEqual(part.recommended_disposition_id.code, "QUARANTINE")
        self.assertEqual(part.disposition_id.code, "QUARANTINE")
        told = self._read(part)
        for sentence in (
            r"Quarantine\W+Recommended",
            r"60 % of \$\W?100.00, what it was sold for, × 2 = \$\W?120.00",
            r"Fees: 10 % of \$\W?120.00 = \$\W?12.00",
            r"Freight: \$\W?8.00 × 2 = \$\W?16.00",
            r"100 % of \$\W?40.00, what it cost, × 2 = \$\W?80.00",
            r"Labour: 12 min × 2 at \$\W?30.00 an hour = \$\W?12.00",
            r"Refurbishing: \$\W?5.00 × 2 = \$\W?10.00",
            r"\$\W?92.00",
            r"\$\W?58.00",
        ):
            self.assertRegex(told, sentence)
        self._call(part, "action_complete")
        # what was weighed stays, whatever rules say later
        restock.percent = 900
        part.invalidate_recordset()
        self.assertEqual(part.recommended_disposition_id.code, "QUARANTINE")
        self.assertRegex(self._read(part), r"\$\W?58.00")
        event = self._events(part.rma_id).filtered(
            lambda e: e.name == "InspectionCompleted"
        )
        self.assertEqual(
            event.data["parts"][0]["expected"], {"QUARANTINE": 92.0, "RESTOCK": 58.0}
        )
        # and nobody sets it by hand
        with self.assertRaisesRegex(UserError, "cannot be set directly"):
            part.write({"choice": {}})

    def test_what_each_brings_is_told_to_others(self):
        self._rule("RESTOCK", 50)
        self._rule("SCRAP", 0)
        part = self._found(quantity=2)
        self.assertEqual(
            part._get_expected_nets(),
            {
                part: {
                    self.dispositions["RESTOCK"].id: 40.0,
                    self.dispositions["SCRAP"].id: 0.0,
                }
            },
        )
        # Goods that are not here yet are valued by what the product costs now.
        due = part.new(
            {
                "line_id": part.line_id.id,
                "quantity": 1.0,
                "condition_id": part.condition_id.id,
            }
        )
        (nets,) = due._get_expected_nets().values()
        self.assertEqual(nets[self.dispositions["RESTOCK"].id], 20.0)
        part.condition_id = False
        self.assertEqual(part._get_expected_nets(), {})

    def test_the_most_specific_rule_and_labour_of_the_facility(self):
        self._rule(
            "RESTOCK", 100, condition_ids=[Command.set(self.conditions["A"].ids)]
        )
        self._rule("RESTOCK", 50, minutes=30)
        self._rule("SCRAP", 0, freight=2)
        self.facility.labour_rate = 40.0
        part = self._found(1)
        # 20 − 20 = 0 is more than −2
        self.assertEqual(part.recommended_disposition_id.code, "RESTOCK")
        self.assertEqual(
            [o["net"] for o in part._get_choices()[part]["options"]], [0, -2]
        )
        self.facility.labour_rate = 60.0
        part.invalidate_recordset()
        self.assertEqual(part.recommended_disposition_id.code, "SCRAP")
        form = Form(part)
        form.condition_id = self.conditions["A"]
        self.assertEqual(form.recommended_disposition_id.code, "RESTOCK")
        self.assertRegex(html2plaintext(form.choice_table), r"100 % of \$\W?40.00")

    def test_what_is_forbidden_is_neither_recommended_nor_possible(self):
        self._rule("RESTOCK", 100)
        self._rule("SCRAP", 5)
        trait = self.env["reverse.trait"].create(
            {"name": "Opened seal", "code": "SEAL"}
        )
        self.product.reverse_trait_ids = [Command.link(trait.id)]
        self._rule(
            "RESTOCK",
            0,
            name="Seals",
            permitted=False,
            trait_ids=[Command.set(trait.ids)],
        )
        part = self._found()
        self.assertEqual(part.recommended_disposition_id.code, "SCRAP")
        self.assertRegex(
            self._read(part), "the rule “Seals” does not permit “Restock” for these"
        )
        with self.assertRaisesRegex(UserError, "the rule “Seals” does not permit"):
            self._choose(part, "RESTOCK", "They are fine")
        self._choose(part, "SCRAP")
        self.assertEqual(part.state, "done")

    def test_what_is_the_customers_is_worth_nothing_to_us(self):
        self._rule("RESTOCK", 100)
        self._rule("SCRAP", 10)
        part = self._as(
            "inspector",
            self._received(
                self.line, 1, rma={"settlement_type": "repair"}
            ).inspection_ids,
        )
        part.condition_id = self.conditions["D"]
        (weighed,) = part._get_choices().values()
        self.assertEqual([o["net"] for o in weighed["options"]], [0.0])
        self.assertRegex(self._read(part), "belongs to Ada Distribution")

    def test_without_rules_nothing_is_weighed(self):
        part = self._found()
        self.assertEqual(
            part.recommended_disposition_id, part.condition_id.disposition_id
        )
        self.assertFalse(part.choice_table)
        self.env.flush_all()
        with self.assertQueryCount(0):
            self.assertEqual(part._get_choices(), {})
            self.assertEqual(part._find_obstacles(part.disposition_id), {part: {}})
        self._choose(part, "QUARANTINE")
        self.assertEqual((part.state, part.choice), ("done", False))

    def test_queries_do_not_grow_with_the_parts(self):
        self._rule("RESTOCK", 100)
        self._rule("SCRAP", 1, category_ids=[Command.set(self.perpetual.ids)])
        first = self._found(20)
        for _count in range(19):
            self._call(first.rma_id.inspection_ids[-1:], "write", {"quantity": 1})
        parts = self._as("inspector", self.env["reverse.inspection"])
        parts = parts.browse(first.rma_id.inspection_ids.ids)
        parts.condition_id = self.conditions["B"]
        parts._get_choices()  # what is kept in memory
        counts = []
        for some in (parts[:2], parts):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertEqual(len(some._get_choices()), len(some))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(len(parts), 20)
        self.assertEqual(counts[0], counts[1])

    @mute_logger("odoo.sql_db")
    def test_rules_that_could_not_be_are_refused(self):
        with self.assertRaisesRegex(ValidationError, "goods stay with the customer"):
            self._rule("KEEP", 10)
        for values in ({"percent": -1}, {"fee_percent": 101}, {"freight": -1}):
            with self.subTest(**values), self.assertRaises(IntegrityError):
                with self.env.cr.savepoint():
                    self._rule("RESTOCK", **{"percent": 1, **values})
        with self.assertRaises(AccessError):
            self._as("inspector", self._rule("RESTOCK", 1)).percent = 2
