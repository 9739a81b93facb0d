from odoo.tests import HttpCase, tagged

from ..approval_common import ApprovalCase


@tagged("post_install", "-at_install")
class TestApprovalTour(ApprovalCase, HttpCase):
    """Approving in the browser: from the activity, and several in the list."""

    def test_approve_from_the_activity(self):
        self._rule("authorization")
        rma = self._requested(self.line)
        self.start_tour(
            f"/odoo/returns/{rma.id}",
            "reverse_logistics_approval",
            login=self.second.login,
            timeout=120,
        )
        self.assertEqual((rma.state, rma.authorized_by_id), ("authorized", self.second))
        self.assertFalse(rma.activity_ids)

    def test_approve_several_in_the_list(self):
        self._rule("authorization")
        rmas = self._requested(self.line) | self._requested(self.line)
        self.start_tour(
            "/odoo/my-return-approvals",
            "reverse_logistics_approve_list",
            login=self.second.login,
            timeout=120,
        )
        self.assertEqual(set(rmas.mapped("state")), {"authorized"})

    def test_approve_one_after_the_other(self):
        self._rule("authorization")
        rmas = self.env["reverse.rma"].union(
            *(self._requested(self.line) for _number in range(3))
        )
        self.start_tour(
            "/odoo/my-return-approvals",
            "reverse_logistics_approve_next",
            login=self.second.login,
            timeout=120,
        )
        self.assertEqual(set(rmas.mapped("state")), {"authorized"})

    def test_approval_opened_elsewhere_stays(self):
        self._rule("authorization")
        rma = self._requested(self.line)
        self._requested(self.line)
        self.start_tour(
            f"/odoo/returns/{rma.id}",
            "reverse_logistics_approve_here",
            login=self.second.login,
            timeout=120,
        )
        self.assertEqual(rma.state, "authorized")
