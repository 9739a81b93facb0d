"""What the demo stories show, where they are installed."""

from odoo.tests.common import TransactionCase, tagged

OWN = "reverse_logistics_ai"


@tagged("post_install", "-at_install", "reverse_demo")
class TestRecommendationsDemo(TransactionCase):
    """Empty without demo data: then there is nothing that could be wrong with it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.product = (
            cls.env.ref(f"{OWN}.demo_product_espresso", raise_if_not_found=False)
            or cls.env["product.product"]
        )
        cls.lines = cls.env["reverse.rma.line"].search(
            [("product_id", "in", cls.product.ids)]
        )

    def _said(self, code):
        """What was suggested of one kind, whose answers are still shown."""
        suggestions = self.env["reverse.ai.suggestion"].search(
            [("code", "=", code), ("state", "not in", ("abstained", "outdated"))]
        )
        return suggestions.filtered(lambda suggestion: not suggestion.is_silent)

    def test_stories_are_there_where_demo_data_is(self):
        module = self.env.ref(f"base.module_{OWN}")
        self.assertEqual(bool(self.product), bool(module.demo))

    def test_each_kind_shows_something_where_people_decide(self):
        wanted = {
            "reason": "reverse.rma.line",
            "disposition": "reverse.inspection",
            "photo": "reverse.inspection",
            "review": "reverse.rma",
            "document": "ir.attachment",
            "credit": "res.partner",
            "warning": "product.product",
        }
        for code, model in wanted.items() if self.product else ():
            said = self._said(code)
            self.assertIn(model, said.mapped("res_model"), code)
            self.assertTrue(all(said.mapped("reasons")), code)
        if self.product:
            shown = self.lines.rma_id
            self.assertIn(
                "weighs 1.1 kg", "".join(map(str, shown.mapped("ai_review_reasons")))
            )
            self.assertIn(
                "total 389.00", "".join(map(str, shown.mapped("ai_paper_reasons")))
            )
            parts = self.lines.inspection_ids
            self.assertIn("Looks damaged", parts.mapped("ai_damage"))
            self.assertIn("Scrap", parts.mapped("ai_disposition"))
            noted = self.env["reverse.settlement"].search([("state", "=", "draft")])
            self.assertTrue(any(noted.mapped("ai_credit_note")))

    def test_words_that_are_named_mean_something(self):
        named = {
            word
            for suggestion in self._said("reason")
            for word in suggestion.details["words"]
        }
        self.assertEqual(bool(named), bool(self.product))
        self.assertTrue({"it", "and", "in", "the", "too"}.isdisjoint(named), named)

    def test_no_list_is_empty(self):
        for name in (
            "task",
            "model",
            "suggestion",
            "month",
            "photo",
            "forecast",
            "peer",
        ):
            count = self.env[f"reverse.ai.{name}"].search_count([])
            if self.product:
                self.assertTrue(count, name)
        waiting = self.env["reverse.inspection"].search([("ai_waiting_cost", ">", 0)])
        self.assertEqual(bool(waiting), bool(self.product))

    def test_capacity_shows_what_is_forecast(self):
        loads = self.env["reverse.facility.load"]
        rows = loads.search(loads.action_open()["domain"])
        told = {row.kind for row in rows if row.minutes}
        wanted = {"capacity", "forecast", "high"} if self.product else set()
        self.assertLessEqual(wanted, told)

    def test_somebody_chose_and_monitoring_says_so(self):
        months = self.env["reverse.ai.month"].search([("task_id.code", "=", "reason")])
        counts = sum(months.mapped("accepted")), sum(months.mapped("overruled"))
        if self.product:
            self.assertGreaterEqual(counts, (1, 1))
        leaks = self.lines.filtered(lambda line: "stopped working" in (line.note or ""))
        self.assertEqual(leaks.reason_id.code, "DEFECTIVE" if self.product else False)
