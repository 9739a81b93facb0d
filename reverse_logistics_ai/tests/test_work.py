"""The order in which people work, and a case in a few sentences."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import ValidationError
from odoo.tests.common import BaseCase, tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon

from ..engine import summary, waiting


@tagged("post_install", "-at_install")
class TestWorkEngine(BaseCase):
    def test_another_day_costs_the_sum_of_its_parts(self):
        parts = waiting.get_parts(
            waiting.Waiting(value=3650.0, decay=None, days_left=5, sales=73_000.0),
            waiting.Rates(capital=10.0, decay=3.0, late=10.0, customer=0.5),
        )
        self.assertAlmostEqual(parts["capital"], 1.0)
        self.assertAlmostEqual(parts["decay"], 3650 * 0.03 / (365 / 12))
        self.assertAlmostEqual(parts["deadline"], 73.0)
        self.assertAlmostEqual(parts["customer"], 12.0)

    def test_what_is_nothing_is_left_out(self):
        self.assertEqual(waiting.get_parts(waiting.Waiting(), waiting.Rates()), {})
        negative = waiting.Waiting(value=-5.0, sales=-1.0, days_left=-3)
        self.assertEqual(waiting.get_parts(negative, waiting.Rates()), {})

    def test_a_missed_deadline_costs_no_more_than_once(self):
        costs = [
            waiting.get_parts(waiting.Waiting(100.0, 0.0, left), waiting.Rates())
            for left in (-9, 0, 1, 2, 10)
        ]
        self.assertEqual([c["deadline"] for c in costs], [10, 10, 10, 5, 1])

    def test_extract_quotes_and_never_rewrites(self):
        text = "Hello. The left <b>hinge</b> broke after two days! Regards"
        self.assertEqual(summary.extract(text), "The left hinge broke after two days!")
        for nothing in ("", None, 7, "!!!", "\x00" * 99):
            self.assertEqual(summary.extract(nothing), "")
        quote = summary.extract("very long words " * 9999)
        self.assertLessEqual(len(quote), summary.LONGEST_QUOTE + 1)

    def test_invented_numbers_are_not_taken(self):
        said = [
            summary.Sentence("Credit over 12.50", ("x", 1), ("12.50",)),
            summary.Sentence("Two parts of S0042", ("x", 2), ("S0042",)),
        ]
        kept = summary.keep_traceable(["It gets 12.50 back", "3 parts of S0042"], said)
        self.assertEqual(
            [each.text for each in kept], ["It gets 12.50 back", "Two parts of S0042"]
        )
        for useless in (None, [], ["one"], "ab", [None, ""], [7, "x" * 9999]):
            self.assertEqual(
                [s.text for s in summary.keep_traceable(useless, said)],
                [s.text for s in said],
            )


@tagged("post_install", "-at_install")
class TestWork(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.task = cls.env["reverse.ai.task"].search(
            [("company_id", "=", cls.company.id), ("code", "=", "queue")]
        )
        # Others that wait in this database are no part of it.
        cls.env["reverse.ai.task"].search([("id", "!=", cls.task.id)]).mode = "off"

    def _look(self):
        cron = type(self.env["ir.cron"])
        with patch.object(cron, "_commit_progress", return_value=60.0):
            self.env["reverse.ai.task"]._cron_suggest()

    # ------------------------------------------------------------------
    # Order of work
    # ------------------------------------------------------------------
    def test_parts_are_listed_by_what_waiting_costs(self):
        cheap = self._received(self._sell(price=10.0)).inspection_ids
        dear = self._received(self._sell(price=900.0)).inspection_ids
        self._look()
        self.assertGreater(dear.ai_waiting_cost, cheap.ai_waiting_cost)
        total = sum(dear.ai_waiting_parts.values())
        self.assertAlmostEqual(dear.ai_waiting_cost, total, delta=0.01)
        self.assertIn("goods losing value", dear.ai_waiting_text)
        self.assertIn("a waiting customer", dear.ai_waiting_text)
        view = self.env.ref("reverse_logistics.reverse_inspection_view_list")
        arch = self.env["reverse.inspection"].get_view(view.id, "list")["arch"]
        self.assertIn("ai_waiting_cost desc", arch)
        listed = self.env["reverse.inspection"].search(
            [("id", "in", (cheap | dear).ids)], order="ai_waiting_cost desc"
        )
        self.assertEqual(listed, dear | cheap)

    def test_category_says_how_fast_goods_lose_value(self):
        part = self._received(self._sell()).inspection_ids
        self._look()
        before = part.ai_waiting_parts["decay"]
        self.product.categ_id.reverse_decay_percent = 30.0
        part._guarded_write({"ai_waited_on": part.ai_waited_on - timedelta(days=1)})
        self._look()
        self.assertAlmostEqual(part.ai_waiting_parts["decay"], 10 * before)

    def test_exceptions_are_ordered_and_looked_at_once_a_day(self):
        rma = self._draft(self.product)
        self._call(rma, "action_request")
        exception = rma.exception_ids
        self.assertTrue(exception)
        self._look()
        self.assertTrue(exception.ai_waited_on)
        found = self.task._get_worker()._find_waiting(self.task)
        self.assertNotIn(
            exception.id, [i for _m, records in found for i in records.ids]
        )

    def test_switched_off_nothing_is_ordered(self):
        part = self._received(self._sell()).inspection_ids
        self._look()
        self._as("administrator", self.task).mode = "off"
        self.assertFalse(part.ai_waiting_cost or part.ai_waiting_text)
        self._look()
        self.assertFalse(part.ai_waited_on)

    def test_order_fills_nothing_in(self):
        with self.assertRaisesRegex(ValidationError, "fills nothing in"):
            self._as("administrator", self.task).mode = "fill"

    # ------------------------------------------------------------------
    # Summary
    # ------------------------------------------------------------------
    def test_every_number_and_sentence_has_its_record(self):
        sold = self._sell(quantity=4, price=123.45)
        rma = self._received(sold, 3, note="Hello! 2 of the 3 hinges broke. Thanks")
        self._inspect(rma.inspection_ids, "A")
        said = self._as("service", rma)._summarize()
        self.assertLessEqual(len(said), summary.MOST_SENTENCES)
        self.assertGreaterEqual(len(said), 4)
        text = "\n".join(each.text for each in said)
        self.assertIn("Ada Distribution asked on", text)
        self.assertIn("“2 of the 3 hinges broke.”", text)
        for sentence in said:
            self.assertEqual(
                summary.find_invented(sentence.text, sentence.facts), set()
            )
            record = self.env[sentence.source[0]].browse(sentence.source[1])
            self.assertTrue(record.exists())
        self.assertTrue(rma.settlement_ids)
        amount = rma.settlement_ids.currency_id.format(rma.settlement_ids.amount_total)
        self.assertIn(amount, text)

    def test_summary_is_shown_with_links_and_without_markup_of_customers(self):
        rma = self._draft(self.product, note="<img src=x> the seal leaks <b>badly</b>")
        action = self._call(self._as("service", rma), "action_ai_summary")
        shown = self.env["reverse.ai.summary"].browse(action["res_id"])
        self.assertIn(f'href="/odoo/reverse.rma.line/{rma.line_ids.id}"', shown.text)
        self.assertIn("the seal leaks", shown.text)
        self.assertNotIn("<img", shown.text)

    def test_companys_own_model_may_phrase_but_not_invent(self):
        rma = self._draft(self.product, note="The seal leaks")

        def rewrite(_self, sentences):
            return ["It is about 99 kettles", *("Said." for _each in sentences[1:])]

        with patch.object(type(rma), "_rewrite_summary", rewrite):
            said = rma._summarize()
        self.assertNotIn("99", said[0].text)
        self.assertEqual(said[1].text, "Said.")
        self.assertEqual(said[1].source, ("reverse.rma.line", rma.line_ids.id))
