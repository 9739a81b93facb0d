from datetime import timedelta

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import Form
from odoo.tests.common import tagged

from odoo.addons.reverse_logistics.tests.common import ReturnsCommon


@tagged("post_install", "-at_install")
class TestExpiry(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.milk = cls._create_product(
            "Milk", tracking="lot", use_expiration_date=True, categ_id=cls.perpetual.id
        )
        cls.fresh, cls.old = cls._create_lots(cls.milk, "FRESH", "OLD")
        for lot in (cls.fresh, cls.old):
            cls._set_dates(lot, expires=30, removed=20)
            cls._buy(cls.milk, 10, 4.0, lot)

    @classmethod
    def _set_dates(cls, lot, expires, removed):
        """Dates in so many days from now."""
        now = fields.Datetime.now()
        lot.expiration_date = now + timedelta(days=expires)
        lot.removal_date = now + timedelta(days=removed)

    def _sell_lots(self, quantity=2):
        """Sell some of each lot, from what was bought; give the order line."""
        order = self._new_order((self.milk, 2 * quantity, {"price_unit": 10.0}))
        move = order.picking_ids.move_ids
        move.move_line_ids.unlink()
        move.move_line_ids = [
            fields.Command.create(
                {
                    "product_id": self.milk.id,
                    "picking_id": move.picking_id.id,
                    "lot_id": lot.id,
                    "quantity": quantity,
                    "location_id": move.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                }
            )
            for lot in (self.fresh, self.old)
        ]
        self._validate(order.picking_ids)
        self.assertEqual(order.picking_ids.state, "done")
        self._invoice(order)
        return order.order_line

    def _received_lots(self, line):
        """Return a piece of each lot; give the parts to inspect by lot."""
        rma = self._draft(line, 1, lot_id=self.fresh.id)
        rma.line_ids = [
            fields.Command.create(
                {"sale_line_id": line.id, "quantity": 1, "lot_id": self.old.id}
            )
        ]
        rma.action_request()
        self._receive(rma)
        return {part.lot_id: part for part in rma.inspection_ids}

    def _on_hand(self, lot):
        """Quantity of a lot by the kind of place it is in."""
        quants = self.env["stock.quant"].search(
            [("lot_id", "=", lot.id), ("location_id.usage", "!=", "supplier")]
        )
        found = {}
        for quant in quants.filtered("quantity"):
            place = quant.location_id.reverse_state or quant.location_id.usage
            found[place] = found.get(place, 0) + quant.quantity
        return found

    def test_dates_are_shown(self):
        parts = self._received_lots(self._sell_lots())
        part = self._as("inspector", parts[self.fresh])
        self.assertEqual(part.removal_date, self.fresh.removal_date)
        self.assertEqual(part.line_id.expiration_date, self.fresh.expiration_date)
        self.assertFalse(part.is_past_removal)
        form = Form(part)
        form.condition_id = self.conditions["A"]
        self.assertEqual(form.disposition_id, self.dispositions["RESTOCK"])

    def test_expired_goods_come_in_and_are_not_sold_again(self):
        line = self._sell_lots()
        self._set_dates(self.old, expires=-1, removed=-11)
        parts = self._received_lots(line)
        self.assertEqual(self._on_hand(self.old)["inspection"], 1)
        old, fresh = parts[self.old], parts[self.fresh]
        # entered as good as new, it is recommended for scrap all the same
        self._as("inspector", old | fresh).condition_id = self.conditions["A"]
        self.assertTrue(old.is_past_removal)
        self.assertEqual(old.recommended_disposition_id, self.dispositions["SCRAP"])
        self.assertEqual(old.disposition_id, self.dispositions["SCRAP"])
        self.assertEqual(fresh.disposition_id, self.dispositions["RESTOCK"])
        with self.assertRaisesRegex(
            UserError,
            "OLD was to be taken off sale on .*, so “Restock” is not possible. Choose "
            "another disposition, such as “Scrap”",
        ):
            self._inspect(old | fresh, disposition="RESTOCK")
        self.assertEqual((old.state, fresh.state), ("draft", "draft"))
        self._say_why(old)
        self._as("inspector", old | fresh).action_complete()
        self.assertEqual(
            self._on_hand(self.old), {"internal": 8, "customer": 1, "scrap": 1}
        )
        self.assertEqual(self._on_hand(self.fresh), {"internal": 9, "customer": 1})
        # ordered 4, one of each came back; the scrapped one is written off at cost
        self.assertEqual(self._stock_value(), 17 * 4.0)
        self.assertEqual(old.move_ids.value, 4.0)
        # by policy the restocked one is credited, the other waits for a person
        rma = old.rma_id
        self.assertAmounts(rma.credit_note_ids, 10.0)
        self.assertLine(line, 2, 3, 0)
        self._settle(rma.settlement_ids.filtered(lambda s: s.state == "draft"))
        self.assertAmounts(rma.credit_note_ids, 10.0, 10.0)
        self.assertLine(line, 2, 2, 0)
        self.assertEqual(self._cogs(rma.credit_note_ids), -8.0)

    def _stock_value(self):
        self.milk.invalidate_recordset()
        return self.milk.with_company(self.company).total_value

    def test_past_removal_but_not_expired_is_set_aside(self):
        line = self._sell_lots()
        self._set_dates(self.old, expires=5, removed=-5)
        part = self._received_lots(line)[self.old]
        self._as("inspector", part).condition_id = self.conditions["B"]
        self.assertEqual(part.disposition_id, self.dispositions["QUARANTINE"])
        self._as("inspector", part).action_complete()
        self.assertEqual(self._on_hand(self.old)["quarantine"], 1)
        # a second look decides no other way
        self._as("inspector", part).action_reinspect()
        again = part.line_id.inspection_ids - part
        with self.assertRaisesRegex(UserError, "OLD was to be taken off sale on"):
            self._inspect(again, disposition="RESTOCK")
        self.assertEqual(self._on_hand(self.old)["quarantine"], 1)

    def test_damaged_goods_go_where_their_condition_says(self):
        line = self._sell_lots()
        self._set_dates(self.old, expires=-1, removed=-11)
        part = self._received_lots(line)[self.old]
        self._as("inspector", part).condition_id = self.conditions["D"]
        self.assertEqual(part.disposition_id, self.dispositions["QUARANTINE"])
        self._as("inspector", part).action_complete()
        self.assertEqual(part.location_id.reverse_state, "quarantine")

    def test_day_passes_before_the_goods_are_moved(self):
        line = self._sell_lots()
        part = self._received_lots(line)[self.old]
        rma, inspection = part.rma_id, part.location_id
        # somebody took the goods away, so they cannot be moved when completed
        self._stock(self.milk, -1, self.old, inspection)
        self._inspect(part, disposition="RESTOCK")
        self.assertEqual((part.state, part.disposed), ("done", False))
        self._stock(self.milk, 1, self.old, inspection)
        with (
            freeze_time(self.old.removal_date + timedelta(hours=1)),
            self.assertRaisesRegex(UserError, "OLD was to be taken off sale on"),
        ):
            self._as("inspector", part).action_dispose_move()
        self.assertFalse(part.disposed)
        self.assertIn("work_failure", self._open_exceptions(rma))

    def test_dates_are_nobodys_to_change(self):
        """Neither to have goods come back nor to have them sold again."""
        both = self._create_user("service", login="expiry-both")
        both.group_ids += self.env.ref("stock.group_stock_user")
        self.milk.reverse_min_life_days = 20
        line = self._sell_lots()

        def redate(lot, days=900, user=both):
            later = fields.Datetime.now() + timedelta(days=days)
            dates = {"expiration_date": later, "removal_date": later}
            forged = {"reverse_dated_by_id": False, "reverse_expired_at": later}
            self._rpc(user, "stock.lot", "write", lot.ids, {**dates, **forged})

        # what is with customers keeps its number, and the day it could be used until
        with self.assertRaisesRegex(UserError, "FRESH of Milk was delivered"):
            self._rpc(both, "stock.lot", "write", self.fresh.ids, {"name": "OTHER"})
        self._set_dates(self.fresh, expires=5, removed=5)
        # Odoo would compute them anew
        before = self.fresh.expiration_date
        same = {"product_id": self.milk.id}
        self._rpc(both, "stock.lot", "write", self.fresh.ids, same)
        self.assertEqual(self.fresh.expiration_date, before)
        redate(self.fresh)
        redate(self.fresh, 1000)
        rma = self._requested(line, 1, lot_id=self.fresh.id)
        self.assertEqual(
            (rma.state, rma.line_ids.decision_code, rma.word_by_ids),
            ("requested", "life", both),
        )
        # what lies in returns keeps both, and who changed them does not sell it
        part = self._received(line, 1, lot_id=self.old.id).inspection_ids
        self.assertIs(part.dates_note, False, "nobody changed them")
        with self.assertRaisesRegex(UserError, "OLD of Milk lies in returns, where"):
            redate(self.old)
        self.old.reverse_dated_by_id = self.users["inspector"]
        with self.assertRaisesRegex(UserError, "you have changed the dates of OLD"):
            self._inspect(part, "A", "RESTOCK")
        self.old.reverse_dated_by_id = both
        part.invalidate_recordset()
        self.assertIn(f"{both.name} changed the dates of OLD", part.dates_note)
        self.old.reverse_dated_by_id = False
        part.invalidate_recordset()
        self.assertIs(part.dates_note, False, "nobody has changed them")
        self.old.reverse_dated_by_id = both
        self.assertFalse(part._may_be_assumed())
        self._inspect(part, "A", "RESTOCK")
        self.assertTrue(part.disposed)

    def test_warehouse_is_not_asked_about_expired_returns(self):
        line = self._sell_lots()
        self._set_dates(self.old, expires=-1, removed=-11)
        self._received(line, 1, lot_id=self.fresh.id)
        rma = self._requested(line, 1, lot_id=self.old.id)
        receipt = self._as("receiver", rma.picking_ids)
        receipt.move_ids.picked = True
        self.assertIs(receipt.button_validate(), True)
        self.assertEqual((receipt.state, rma.stage), ("done", "received"))
        # back to the customer: as they came
        self._inspect(rma.inspection_ids, "E", "CUSTOMER")
        back = rma.picking_ids - rma.picking_ids.browse(receipt.id)
        # the lot that was inspected, not the fresher one beside it
        self.assertEqual(back.move_ids.move_line_ids.lot_id, self.old)
        back.move_ids.picked = True
        self.assertIs(back.button_validate(), True)
        self.assertEqual(self._on_hand(self.old), {"internal": 8, "customer": 2})
        # other transfers are asked about as ever
        other = self._new_order((self.milk, 1)).picking_ids
        other.move_ids.move_line_ids.lot_id = self.old
        other.move_ids.picked = True
        wizard = other.button_validate()
        self.assertEqual(wizard["res_model"], "expiry.picking.confirmation")

    def test_more_of_a_lot_than_was_delivered(self):
        line = self._sell_lots()
        self._requested(line, 2, lot_id=self.old.id)
        with self.assertRaisesRegex(UserError, r"Milk \(OLD\) can be returned"):
            self._requested(line, 1, lot_id=self.old.id)
        self.assertEqual(
            self._requested(line, 2, lot_id=self.fresh.id).state, "authorized"
        )

    def test_goods_in_returns_are_not_fresh_stock(self):
        def fresh():
            product = self.milk.with_context(
                warehouse_id=self.warehouse.id, with_expiration=fields.Date.today()
            )
            product.invalidate_recordset()
            return product.qty_available, product.free_qty

        line = self._sell_lots()
        before = fresh()
        parts = self._received_lots(line)
        self.assertEqual(fresh(), before)
        self._set_dates(self.old, expires=-1, removed=-11)
        expired = fresh()
        self._inspect(parts[self.old], "E")
        self.assertEqual(fresh(), expired)
        self._inspect(parts[self.fresh], "A")
        self.assertEqual(fresh(), (expired[0] + 1, expired[1] + 1))
