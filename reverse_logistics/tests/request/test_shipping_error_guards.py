"""Claims are decided by persons, and nobody else corrects the books."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .test_shipping_errors import ClaimCommon


@tagged("post_install", "-at_install")
class TestShippingErrorGuards(ClaimCommon):
    # ------------------------------------------------------------------
    # A person decides
    # ------------------------------------------------------------------
    def test_no_policy_accepts_a_claim(self):
        for claim, values in (
            ("wrong_item", {"claimed_product_id": self.other.id}),
            ("over_shipped", {}),
            ("short_shipped", {}),
            ("not_delivered", {}),
            ("price_error", {"claimed_price": 1.0}),
        ):
            rma = self._claim(self._sell(3), claim, **values)
            line = rma.line_ids
            self.assertEqual((rma.state, line.claim), ("requested", claim))
            self.assertEqual((line.decision, line.decision_code), ("review", "claim"))
            self.assertIn("a person checks what was shipped", line.explanation)
            self.assertFalse(self._correction(rma))
            with self.assertRaisesRegex(AccessError, "for the role"):
                self._as("service", rma).action_authorize()

    def test_one_claim_stops_the_policy_for_the_whole_return(self):
        first, second = self._sell(3), self._sell(3)
        rma = self._draft(first)
        rma.line_ids = [
            (
                0,
                0,
                {
                    "sale_line_id": second.id,
                    "quantity": 1,
                    "reason_id": self.reasons["short_shipped"].id,
                },
            )
        ]
        rma.action_request()
        self.assertEqual(rma.state, "requested")
        self.assertEqual(rma.line_ids.mapped("decision"), ["authorize", "review"])

    def test_remedy_follows_the_return(self):
        rma = self._draft(self._sell(3), reason_id=self.reasons["short_shipped"].id)
        self.assertEqual(rma.line_ids.remedy, "credit")
        rma.settlement_type = "replacement"
        self.assertEqual(rma.line_ids.remedy, "reship")
        rma.line_ids.reason_id = self.reasons["price_error"]
        self.assertEqual(
            (rma.line_ids.claim, rma.line_ids.remedy), ("price_error", False)
        )

    def test_events(self):
        rma = self._accepted(
            self._sell(5), "wrong_item", 5, claimed_product_id=self.other.id
        )
        events = self._events(rma)
        self.assertEqual(
            events.mapped("name"),
            ["ReturnRequested", "ReturnAuthorized", "ClaimCorrected"],
        )
        data = events[-1].data
        self.assertEqual(data["moves"], self._correction(rma).ids)
        self.assertEqual(data["lines"][0]["claim"], "wrong_item")
        self.assertEqual(events[-1].title, "Shipping error corrected")

    # ------------------------------------------------------------------
    # What has to be entered
    # ------------------------------------------------------------------
    def test_gaps(self):
        line = self._sell(3)
        for claim, values, message in (
            ("wrong_item", {}, "enter which product came instead"),
            (
                "wrong_item",
                {"claimed_product_id": self.product.id},
                "is what was delivered by the books",
            ),
            (
                "wrong_item",
                {"claimed_product_id": self.serial_product.id},
                "serial number of what came instead",
            ),
            ("price_error", {}, "enter the price that was agreed"),
        ):
            with self.assertRaisesRegex(UserError, message):
                self._claim(line, claim, **values)
        serial = self._sell_serial(self.first)
        for claim in ("short_shipped", "over_shipped", "not_delivered"):
            with self.assertRaisesRegex(UserError, "which lot or serial number it is"):
                self._claim(serial, claim)
        with self.assertRaisesRegex(UserError, "S1 is not a lot or serial number of"):
            self._claim(
                line,
                "wrong_item",
                claimed_product_id=self.other.id,
                claimed_lot_id=self.first.id,
            )

    def test_not_more_than_was_delivered(self):
        line = self._sell(3)
        for claim in ("short_shipped", "not_delivered", "wrong_item"):
            with self.assertRaisesRegex(
                UserError, "only 3 .* can be returned; you entered 4"
            ):
                self._claim(line, claim, 4, claimed_product_id=self.other.id)
        self.assertFalse(line.reverse_line_ids.filtered(lambda r: r.state != "draft"))

    def test_not_twice(self):
        line = self._sell(3)
        self._accepted(line, "short_shipped", 2)
        with self.assertRaisesRegex(
            UserError, "only 1 .* can be returned; you entered 2"
        ):
            self._claim(line, "not_delivered", 2)
        rma = self._accepted(line, "short_shipped")
        with self.assertRaisesRegex(UserError, "is Authorized: this step"):
            self._as("approver", rma).action_authorize()
        self.assertEqual(len(self._correction(rma)), 1)
        self.assertEqual(self._on_hand(self.product), 100)

    def test_what_came_instead_must_be_in_the_books(self):
        rare = self._create_product("Rare", categ_id=self.perpetual.id)
        self._buy(rare, 1, 10.0)
        rma = self._claim(self._sell(3), "wrong_item", 2, claimed_product_id=rare.id)
        with self.assertRaisesRegex(
            UserError, "2 units of Rare should have left.* has only 1 free"
        ):
            self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "requested")
        self.assertFalse(self._correction(rma))

    # ------------------------------------------------------------------
    # Nobody else
    # ------------------------------------------------------------------
    def test_claims_are_fixed_once_requested(self):
        rma = self._claim(self._sell(3), "wrong_item", claimed_product_id=self.other.id)
        for name, value in (
            ("claim", "not_delivered"),
            ("remedy", "reship"),
            ("claimed_product_id", self.product.id),
            ("claimed_price", 1.0),
            ("reason_id", self.reasons["price_error"].id),
        ):
            with self.assertRaisesRegex(UserError, "can no longer be changed"):
                self._rpc(
                    self.users["service"],
                    "reverse.rma.line",
                    "write",
                    rma.line_ids.ids,
                    {name: value},
                )
        for name, value in (
            ("gives_credit", False),
            ("claimed_move_id", False),
            ("claim_line_id", rma.line_ids.id),
            ("qty_replaced", 1.0),
        ):
            with self.assertRaisesRegex(UserError, "cannot be set directly"):
                self._rpc(
                    self.users["service"],
                    "reverse.rma.line",
                    "write",
                    rma.line_ids.ids,
                    {name: value},
                )
        self._as("service", rma.line_ids).carrier_claim_ref = "LOSS-3"
        self.assertEqual(rma.line_ids.carrier_claim_ref, "LOSS-3")

    def test_nobody_marks_a_transfer_as_correction(self):
        delivery = self._sell(3).move_ids
        self.users["receiver"].group_ids += self.env.ref("stock.group_stock_manager")
        user = self.users["receiver"]
        values = {
            "product_id": self.product.id,
            "product_uom_qty": 1,
            "location_id": delivery.location_dest_id.id,
            "location_dest_id": self.stock.id,
            "origin_returned_move_id": delivery.id,
            "warehouse_id": self.warehouse.id,
        }
        with self.assertRaisesRegex(UserError, "corrected by a return with a claim"):
            self._rpc(
                user, "stock.move", "create", [{**values, "reverse_correction": True}]
            )
        with self.assertRaisesRegex(UserError, "corrected by a return with a claim"):
            self._rpc(
                user,
                "stock.move",
                "create",
                [values],
                context={"default_reverse_correction": True},
            )
        move = self.env["stock.move"].with_user(user).create(values)
        for moves in move, move.sudo():
            with self.assertRaisesRegex(
                UserError, "corrected by a return with a claim"
            ):
                moves.reverse_correction = True
        with self.assertRaisesRegex(UserError, "Returned goods are inspected first"):
            move._action_confirm()

    def test_corrections_are_not_edited(self):
        rma = self._accepted(
            self._sell(3), "wrong_item", claimed_product_id=self.other.id
        )
        for move in self._correction(rma):
            with self.assertRaisesRegex(UserError, "can no longer be changed"):
                move.move_line_ids.quantity = 3
        self.assertEqual(self._correction(rma).mapped("quantity"), [1, 1])
        self.assertEqual(self._correction(rma)[0].reference, f"{rma.name}: correction")

    def test_corrected_claims_are_not_withdrawn(self):
        for claim, message in (
            ("short_shipped", "have been received|was accepted and the books"),
            ("not_delivered", "was accepted and the books"),
        ):
            rma = self._accepted(self._sell(3), claim, carrier_claim_ref="LOSS-4")
            with self.assertRaisesRegex(UserError, message):
                self._as("service", rma).action_cancel()
            self.assertEqual(rma.state, "authorized")

    def test_rejected_claims_change_nothing(self):
        line = self._sell(3)
        rma = self._claim(line, "short_shipped", 2)
        self._as("approver", rma).action_reject("The scale says otherwise.")
        self.assertEqual(self._on_hand(self.product), 97)
        self.assertAmounts(self._return(line, 3).credit_note_ids, 300)
