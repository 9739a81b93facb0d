from odoo.tests import HttpCase, tagged

from .common import SuggestionCase


@tagged("post_install", "-at_install")
class TestSuggestionTour(SuggestionCase, HttpCase):
    """Customer service chooses in the browser."""

    def _tour(self, name, line):
        self.start_tour(
            f"/odoo/reverse.rma.line/{line.id}",
            f"reverse_logistics_ai_{name}",
            login=self.users["service"].login,
            timeout=180,
        )
        line.invalidate_recordset()

    def test_accept_one_and_overrule_one(self):
        late = self._suggested("It came too late")
        self._tour("accept", late)
        self.assertEqual(late.reason_id, self.reasons["LATE"])

        leaks = self._suggested("It leaks")
        self._tour("overrule", leaks)
        self.assertEqual(leaks.reason_id, self.reasons["UNWANTED"])
        said = leaks.ai_suggestion_id
        self.assertEqual(said.override_reason, "The customer told us on the phone")
        month = self.env["reverse.ai.month"].search([("task_id", "=", self.task.id)])
        self.assertEqual((month.accepted, month.overruled), (1, 1))
        self.assertEqual(month.override_rate, 50.0)
