from odoo.tests import HttpCase, tagged

from ..common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestEndingsTour(ReturnsCommon, HttpCase):
    """What does not go as announced, in the browser, each step by its own role."""

    def _tour(self, name, role, rma=None):
        self.start_tour(
            f"/odoo/returns/{rma.id}" if rma else "/odoo/returns",
            f"reverse_logistics_{name}",
            login=self.users[role].login,
            timeout=180,
        )
        self.env.invalidate_all()

    def test_wrong_item(self):
        other = self._create_product("Cable", categ_id=self.perpetual.id)
        self._buy(other, 10, 5.0)
        line = self._sell(5)
        line.order_id.client_order_ref = "PO-TOUR-1"
        available = self._available()[0]

        self._tour("claim_request", "service")
        rma = line.reverse_line_ids.rma_id
        self.assertEqual(rma.state, "requested")
        claimed = rma.line_ids
        self.assertEqual((claimed.quantity, claimed.claim), (2.0, "wrong_item"))

        self._tour("claim_authorize", "approver", rma)
        self.assertEqual(rma.authorized_by_id, self.users["approver"])
        self.assertEqual(self._available()[0], available + 2)
        self.assertEqual(self._available(other)[0], 8.0)

        self._tour("claim_receive", "receiver", rma)
        came = rma.line_ids - claimed
        self.assertEqual((came.product_id, came.qty_received), (other, 2.0))
        self.assertEqual(
            self._available(other)[0], 8.0, "what came is inspected before it is sold"
        )

    def test_closed_short_and_late(self):
        line = self._sell(5)
        rma = self._requested(line, 5)
        self._as("receiver", rma).action_receive({rma.line_ids.id: 3})

        self._tour("close_short", "service", rma)
        self.assertEqual(rma.line_ids.qty_closed_short, 2.0)
        self.assertEqual(rma.line_ids.short_reason, "not_sent")

        self._inspect(rma.inspection_ids)
        self.assertEqual((rma.state, rma.stage), ("done", "settled"))
        self._tour("late_goods", "receiver", rma)
        self.assertEqual((rma.state, rma.line_ids.qty_received), ("authorized", 5.0))
        self.assertEqual(rma.line_ids.qty_closed_short, 0.0)
        self.assertFalse(rma.follow_up_ids)

    def test_exception_of_my_role(self):
        line = self._sell(5)
        self._validate(self._return_button(line.move_ids.picking_id, 2))
        rma = line.reverse_line_ids.rma_id
        self.assertEqual(self._open_exceptions(rma), ["no_authorization"])

        self._tour("my_exceptions", "approver")
        self.assertEqual(self._open_exceptions(rma), [])
        self.assertEqual(
            (rma.exception_ids.resolution, rma.exception_ids.resolved_by_id),
            ("authorize", self.users["approver"]),
        )
        self.assertEqual(rma.state, "authorized")
