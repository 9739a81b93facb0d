from odoo.tests import HttpCase, tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestReturnTour(ReturnsCommon, HttpCase):
    """One return through the browser, from the order to the posted credit notes."""

    def test_return_from_order_to_credit_note(self):
        user = self._create_user("administrator", "combined_duties")
        line = self._sell(5)
        available = self._available()[0]

        self.start_tour(
            f"/odoo/sales/{line.order_id.id}",
            "reverse_logistics_return",
            login=user.login,
            timeout=180,
        )

        rma = line.reverse_line_ids.rma_id
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        rma_line = rma.line_ids
        self.assertEqual(
            (rma_line.qty_received, rma_line.qty_put_away, rma_line.qty_settled),
            (3.0, 3.0, 3.0),
        )
        self.assertEqual(
            [(p.quantity, p.disposition_id.code) for p in rma.inspection_ids],
            [(2.0, "RESTOCK"), (1.0, "SCRAP")],
        )
        notes = rma.credit_note_ids
        self.assertEqual(set(notes.mapped("state")), {"posted"})
        self.assertEqual(sorted(notes.mapped("amount_untaxed")), [75.0, 200.0])
        by_person = rma.settlement_ids.filtered(lambda s: not s.policy_version_id)
        self.assertEqual(by_person.line_ids.deduction_reason, "Missing parts")
        self.assertEqual(
            (by_person.submitted_by_id, by_person.released_by_id), (user, user)
        )
        self.assertEqual((line.qty_delivered, line.qty_invoiced), (2.0, 2.0))
        self.assertEqual(self._available()[0], available + 2)
