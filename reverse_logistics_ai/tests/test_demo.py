"""What the demo story shows, where it is installed."""

from odoo.tests.common import TransactionCase, tagged

OWN = "reverse_logistics_ai"


@tagged("post_install", "-at_install", "reverse_demo")
class TestSuggestionsDemo(TransactionCase):
    """Empty without demo data: then there is nothing that could be wrong with it."""

    def test_stories_have_suggestions(self):
        module = self.env.ref(f"base.module_{OWN}")
        company = self.env.ref("base.main_company")
        suggestions = self.env["reverse.ai.suggestion"].search(
            [("task_id.company_id", "=", company.id)]
        )
        self.assertEqual(bool(suggestions), bool(module.demo))
        codes = {*suggestions.task_id.mapped("code")}
        wanted = {"reason", "warning", "review"} if suggestions else set()
        self.assertEqual(wanted - codes, set())
