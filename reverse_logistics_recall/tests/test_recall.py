from pathlib import Path
from unittest.mock import patch

from lxml import html
from markupsafe import Markup

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.modules.migration import load_script
from odoo.tests import Form
from odoo.tools import SQL

from .common import RecallCommon

#: One pixel.
PICTURE = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAA"
    "AABJRU5ErkJggg=="
)


class TestRecall(RecallCommon):
    def test_form_of_a_new_one_opens_and_typing_changes_no_mark(self):
        form = Form(self._as("service", self.env["reverse.recall"]))
        form.title = "Lid can fall off"
        self.assertFalse(form.draft_mark)
        saved = self.recall.draft_mark
        self.assertTrue(saved)
        form = Form(self.recall)
        form.title = "Paint can burn by itself"
        self.assertEqual(form.draft_mark, saved)

    def test_customers_are_found_through_deliveries(self):
        """Less what came back; also those who only ask for a return, all of it."""
        move = self.first.picking_ids.move_ids
        self._received(move, 1, lot_id=self.lot.id)
        rma = self._requested(move, 3, lot_id=self.lot.id)
        self._requested(move, 1, lot_id=self.other_lot.id)
        for _time in range(2):
            self._call(self.recall, "action_find_customers")
            found = {
                (line.partner_id, line.rma_id): line.quantity
                for line in self.recall.line_ids
            }
            self.assertEqual(
                found,
                {
                    (self.customer, rma): 3,
                    (self.customer, rma.browse()): 1,
                    (self.stranger, rma.browse()): 3,
                },
            )

    def test_who_has_asked_for_a_return_is_told_with_it(self):
        """Also where all was asked for; and gets another one when that one ends."""
        move = self.first.picking_ids.move_ids
        rma = self._requested(move, 5, lot_id=self.lot.id)
        lines = self._started()
        own = lines.filtered(lambda line: line.partner_id == self.customer)
        self.assertEqual((own.rma_id, own.quantity), (rma, 5))
        self.assertTrue(own.told_at)
        notice = own.notice_id
        self.assertEqual(notice.res_id, rma.id)
        body = self._get_mail(own).body_html
        self.assertIn("5 units", body)
        self.assertIn("catches fire by itself", body)
        self.assertIn("tell us what it costs you", body)
        self.assertFalse(rma.recall_id)
        self._run_cron()
        self.assertEqual(len(self.recall.line_ids), 2)
        rma.with_user(self.users["service"]).action_cancel()
        self._run_cron()
        self.assertEqual(own.rma_id.recall_id, self.recall)
        self.assertEqual(own.rma_id.line_ids.quantity, 5)
        self.assertEqual(self.recall.outstanding, 8)

    def test_what_does_not_come_with_another_return_is_asked_for(self):
        move = self.first.picking_ids.move_ids
        rma = self._requested(move, 5, lot_id=self.lot.id)
        self._started()
        rma.picking_ids.move_ids.quantity = 2
        self._receive(rma)
        self.assertEqual(self.recall.outstanding, 6)
        self._call(self._as("service", rma.line_ids), "action_close_short")
        self._run_cron()
        found = self.recall.line_ids.filtered(
            lambda line: line.partner_id == self.customer
        ).sorted("id")
        self.assertEqual(found.mapped("quantity"), [2, 3])
        self.assertEqual(found.mapped("returned"), [2, 0])
        self.assertEqual(found[1].rma_id.recall_id, self.recall)
        self.assertEqual(self.recall.outstanding, 6)
        self._receive(found[1].rma_id)
        self.assertEqual(self.recall.outstanding, 3)

    def test_who_got_the_goods_for_somebody_else_is_listed(self):
        """Such as the customer of a reseller; a branch of the buyer is not."""
        end = self.env["res.partner"].create({"name": "Cove Boats"})
        branch = end.create({"name": "Dock", "parent_id": self.customer.id})
        for place in (end, branch):
            order = self._new_order(
                (self.lot_product, 1, {"price_unit": 100.0}),
                partner_id=self.customer.id,
                partner_shipping_id=place.id,
            )
            self._deliver(order, lots={self.lot: 1})
        lines = self._started()
        self.assertEqual(lines.recipient_id, end)
        self.assertEqual(lines.mapped("unreached_reason"), [False] * 4)
        line = lines.filtered("recipient_id")
        self.assertEqual(line.partner_id, self.customer)
        self.assertEqual(line.rma_id.partner_id, self.customer)
        self.assertEqual(self.recall.untold_recipient_count, 1)
        self._call(self._as("service", line), "write", {"recipient_told": "Letter"})
        self.assertEqual(self.recall.untold_recipient_count, 0)

    def _sell_to_end_customer(self, **values):
        """Deliver a piece to somebody for the customer, who is a reseller."""
        end = self.env["res.partner"].create({"name": "Cove Boats", **values})
        for _time in range(2):
            order = self._new_order(
                (self.lot_product, 1, {"price_unit": 100.0}),
                partner_id=self.customer.id,
                partner_shipping_id=end.id,
            )
            self._deliver(order, lots={self.lot: 1})
        return end

    def test_who_got_the_goods_for_somebody_else_is_told_without_the_return(self):
        """Once, of all they have, in their language; and is reminded."""
        self.env["res.lang"]._activate_lang("de_DE")
        german = self.recall.with_context(lang="de_DE")
        self._call(german, "write", {"hazard": "Die Farbe brennt."})
        end = self._sell_to_end_customer(email="cove@example.com", lang="de_DE")
        lines = self._started().filtered("recipient_id")
        self.assertEqual((len(lines), lines.recipient_id), (2, end))
        self.assertEqual(self.recall.untold_recipient_count, 0)
        self.assertTrue(all(lines.mapped("recipient_told_at")))
        mail = self._get_recipient_mail(lines)
        self.assertEqual(
            (mail.recipient_ids, mail.subject),
            (end, "Product safety recall: Paint can burn"),
        )
        for words in (
            "Dear Cove Boats, these goods of ours were delivered to you",
            "batch or serial number L7",
            "Die Farbe brennt.",
            "outdoors and close the lid",
            "Whoever bought the goods has a return for them",
            "RefundReplacement",
        ):
            self.assertIn(words, self._read(mail.body_html))
        self.assertNotIn(self.customer.name, mail.body_html)
        for rma in lines.rma_id:
            self.assertNotIn(rma.name, mail.body_html)
        # what they answer arrives at the recall
        self.assertEqual((mail.model, mail.res_id), ("reverse.recall", self.recall.id))
        said = self._read_report()
        self.assertRegex(said, r"Delivered to Cove Boats ?, told \d\d/\d\d/\d{4}")
        self._run_cron()
        self.assertEqual(self._get_recipient_mail(lines), mail, "told once")
        lines._guarded_write({"recipient_told_at": "2020-01-01 10:00:00"})
        self._run_cron()
        self.assertTrue(all(lines.mapped("recipient_reminded_at")))
        self.assertNotEqual(self._get_recipient_mail(lines), mail)

    def _get_recipient_mail(self, lines):
        """Give the last mail by which the one who got the goods was told."""
        messages = lines.recipient_notice_id
        return self.env["mail.mail"].search([("mail_message_id", "in", messages.ids)])

    def test_a_recipient_whose_mail_came_back_is_listed_and_told_again(self):
        end = self._sell_to_end_customer(email="cove@example.com")
        lines = self._started().filtered("recipient_id")
        self.recall._message_receive_bounce(end.email, end)
        self.assertFalse(any(lines.mapped("recipient_told_at")))
        self.assertTrue(all(lines.mapped("recipient_lost_at")))
        self.assertTrue(all(lines.mapped("told_at")), "the customer was told")
        self.assertEqual(self.recall.untold_recipient_count, 1)
        first = lines.recipient_notice_id
        self._run_cron()
        self.assertEqual(lines.recipient_notice_id, first)
        told = lines.mapped("told_at")
        self._call(self._as("service", lines), "action_tell_again")
        self._run_cron()
        self.assertTrue(all(lines.mapped("recipient_told_at")))
        self.assertEqual(lines.mapped("told_at"), told)
        # nor was who could not be sent to
        self._get_recipient_mail(lines).state = "exception"
        self._run_cron()
        self.assertEqual(self.recall.untold_recipient_count, 1)

    def _give_away(self, partner, quantity=1):
        """Hand over pieces by a transfer to a place of loss, as donations are."""
        self._stock(self.lot_product, quantity, self.lot)
        place = self.lot_product.property_stock_inventory
        picking = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "partner_id": partner.id,
                "location_dest_id": place.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": self.lot_product.id,
                            "product_uom_qty": quantity,
                            "location_id": self.warehouse.lot_stock_id.id,
                            "location_dest_id": place.id,
                        }
                    )
                ],
            }
        )
        picking.action_confirm()
        self._prepare_delivery(picking, quantity, {self.lot: quantity})
        picking.button_validate()
        self.assertEqual(picking.state, "done")
        return picking

    def test_who_was_given_goods_is_told_and_has_no_return(self):
        charity = self.env["res.partner"].create(
            {"name": "Warm Hands", "email": "warm@example.com"}
        )
        given = self._give_away(charity, 2)
        self._give_away(charity.browse(), 3)
        self.recall.invalidate_recordset()
        self.assertIn("Delivered to nobody who is named: 3 units", self.recall.gap_note)
        line = self._started().filtered("is_given_away")
        self.assertEqual(
            (line.partner_id, line.move_id, line.quantity, line.lot_id),
            (charity, given.move_ids, 2, self.lot),
        )
        self.assertFalse(line.rma_id or line.unreached_reason)
        self.assertTrue(line.told_at)
        self.assertEqual((self.recall.untold_count, self.recall.outstanding), (0, 10))
        body = self._get_mail(line).body_html
        self.assertIn("We take the goods back, free of charge", body)
        self.assertNotIn("Refund", body)
        self.assertIn("Given away", self._read_report())
        self._run_cron()
        self.assertEqual(len(self.recall.line_ids), 3)
        line._guarded_write({"told_at": "2020-01-01 10:00:00"})
        self._run_cron()
        self.assertTrue(line.reminded_at)
        own = self._as("service", line)
        self._call(own, "write", {"answer": "destroyed", "destroyed": 2})
        event = self._get_company_event("RecallAnswered")
        self.assertEqual(event.user_id, self.users["service"])
        self.assertEqual(event.data["recall"], self.recall.ids)
        [noted] = event.data["lines"]
        self.assertEqual((noted["id"], noted["quantity"]), (line.id, 2))
        # a reminder that comes back leaves it told
        self.recall._message_receive_bounce(charity.email, charity)
        self.assertTrue(line.told_at and line.lost_at)

    def test_sales_before_odoo_are_searched_as_well(self):
        imported = self._as("administrator", self.env["reverse.historic.sale"])
        sales = imported.browse()
        # the second is the word of whoever makes the returns
        for number, (model, lot, partner) in enumerate(
            (
                (imported, {"lot_id": self.lot.id}, self.stranger),
                (imported.with_user(1), {"lot_name": "L7"}, self.customer),
                (imported, {"lot_id": self.other_lot.id}, self.stranger),
                (imported, {}, self.stranger),
            )
        ):
            sales += model.create(
                {
                    "invoice_name": f"OLD-{number}",
                    "date": "2020-03-01",
                    "partner_id": partner.id,
                    "product_id": self.lot_product.id,
                    "quantity": 6,
                    "price_unit": 80.0,
                    "cost": 40.0,
                    **lot,
                }
            )
        lines = self._started().filtered("historic_sale_id")
        self.assertEqual(lines.historic_sale_id, sales[:2])
        self.assertEqual(lines.mapped("quantity"), [6, 6])
        self.assertEqual(lines.lot_id, self.lot)
        self.assertTrue(all(lines.mapped("told_at")))
        old = lines[0]
        # what somebody entered by hand, a person checks as ever
        by_hand = lines[1].rma_id
        self.assertEqual(by_hand.state, "requested")
        self.assertIn("is with us", self._get_mail(lines[1]).body_html)
        self.assertEqual(old.rma_id.state, "authorized")
        self._receive(old.rma_id)
        self.assertEqual(old.returned, 6)
        self._run_cron()
        self.assertEqual(len(self.recall.line_ids), 4)

    def test_who_prepared_it_does_not_start_it(self):
        both = self._create_user("service", "approver")
        own = self.recall.with_user(both).create(
            {
                "title": "Paint can burn",
                "product_ids": [Command.set(self.lot_product.ids)],
                "lot_ids": [Command.set(self.lot.ids)],
                "hazard": "It burns.",
                "instruction": "Put it outdoors.",
                "without_picture": True,
            }
        )
        with self.assertRaisesRegex(UserError, "somebody else has to take this"):
            self._call(own, "action_start")
        with self.assertRaisesRegex(AccessError, "for the role"):
            self._call(self.recall, "action_start")

    def test_a_notice_of_before_is_renewed_where_nobody_changed_it(self):
        template = self.env.ref("reverse_logistics_recall.mail_template_recall")
        template.reset_template()
        shipped = template.body_html
        script = Path(__file__).parents[1] / "migrations/19.0.1.1.0/post-mail.py"
        day = "2026-01-01 12:00:00"
        for changed, words in ((day, shipped), ("2026-02-01 12:00:00", "Of before")):
            template.body_html = "<p>Of before</p>"
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE mail_template SET create_date = %s, write_date = %s "
                    "WHERE id = %s",
                    *(day, changed, template.id),
                )
            )
            self.env.invalidate_all()
            load_script(str(script), "post_mail").migrate(self.env.cr, "19.0.1.0.0")
            self.env.invalidate_all()
            self.assertIn(words, template.body_html)

    def test_what_customers_read_is_started_as_it_was_read(self):
        """In their language, too, which who starts it does not see."""
        self.env["res.lang"]._activate_lang("de_DE")
        seen = self._as("approver", self.recall)
        seen = seen.with_context(reverse_read=seen.draft_mark)
        german = self.recall.with_context(lang="de_DE")
        self._call(german, "write", {"instruction": "Weiter benutzen."})
        with self.assertRaisesRegex(UserError, "changed since you opened it"):
            self._call(seen, "action_start")

    def test_what_is_started_is_what_was_read(self):
        seen = self._as("approver", self.recall)
        seen = seen.with_context(reverse_read=seen.draft_mark)
        self._call(self.recall, "write", {"instruction": "Go on using it."})
        with self.assertRaisesRegex(UserError, "changed since you opened it"):
            self._call(seen, "action_start")
        self.assertEqual(self.recall.state, "draft")

    def _get_company_event(self, name):
        """Give the last event of this name in the company's own chain."""
        self.env.cr.precommit.run()
        return self.env["reverse.event"].search(
            [
                ("company_id", "=", self.company.id),
                ("rma_id", "=", False),
                ("name", "=", name),
            ],
            order="id desc",
            limit=1,
        )

    def test_which_words_are_refused_is_a_control(self):
        """Without them a notice would play the danger down, and nobody see why."""
        keeper = self.users["administrator"]
        keeper.company_ids = self.env["res.company"].search([])
        word = self.env.ref("reverse_logistics_recall.word_voluntary")
        was = word.name
        self._rpc(keeper, word._name, "write", word.ids, {"name": "unheard-of"})
        event = self._get_company_event("ControlChanged")
        self.assertEqual(event.user_id, keeper)
        self.assertEqual(event.data["control"], "reverse.recall.word")
        self.assertEqual(event.data["changes"], {"name": [was, "unheard-of"]})
        self.env["reverse.approval.rule"].create(
            {"name": "Two persons", "gate": "policy_activation"}
        )
        with self.assertRaisesRegex(UserError, "not deleted by one person"):
            self._rpc(keeper, word._name, "unlink", word.ids)
        self._rpc(keeper, word._name, "write", word.ids, {"active": False})
        self.assertTrue(word.active, "it waits for somebody else")

    def test_a_notice_says_all_and_plays_nothing_down(self):
        with self.assertRaisesRegex(ValidationError, "“voluntary” makes the risk"):
            self._call(self.recall, "write", {"hazard": "This is a voluntary recall."})
        self._call(self.recall, "write", {"instruction": False, "offers_refund": False})
        message = "what customers should do, at least two remedies"
        with self.assertRaisesRegex(UserError, message):
            self._start()
        self.assertEqual(self.recall.state, "draft")

    def test_lots_are_stopped_in_stock_and_in_open_deliveries(self):
        self._stock(self.lot_product, 6, self.lot)
        order = self._new_order((self.lot_product, 6, {}))
        self.assertEqual(order.picking_ids.move_line_ids.lot_id, self.lot)
        self._start()
        self.assertFalse(order.picking_ids.move_line_ids)
        self.assertEqual(self.recall.in_stock, 6)
        self._stock(self.lot_product, 6, self.other_lot)
        order.picking_ids.action_assign()
        self.assertEqual(order.picking_ids.move_line_ids.lot_id, self.other_lot)
        order.picking_ids.move_line_ids.lot_id = self.lot
        with self.assertRaisesRegex(UserError, "lot L7: it was recalled with REC/"):
            self._validate(order.picking_ids)
        self.assertNotEqual(order.picking_ids.state, "done")
        # nor is it given away
        gift = self.env["stock.move"].create(
            {
                "product_id": self.lot_product.id,
                "product_uom_qty": 1,
                "picking_type_id": self.warehouse.out_type_id.id,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": self.lot_product.property_stock_inventory.id,
            }
        )
        gift._action_confirm()
        gift.move_line_ids.unlink()
        gift.move_line_ids = [
            Command.create(
                {
                    "product_id": self.lot_product.id,
                    "lot_id": self.lot.id,
                    "quantity": 1,
                    "picked": True,
                    "location_id": gift.location_id.id,
                    "location_dest_id": gift.location_dest_id.id,
                }
            )
        ]
        with self.assertRaisesRegex(UserError, "lot L7: it was recalled with REC/"):
            gift._action_done()
        gift._action_cancel()
        # nor by its name, of which Odoo makes the lot only then
        named = gift.copy(
            {
                "picking_type_id": self.warehouse.in_type_id.id,
                "location_dest_id": order.picking_ids.location_dest_id.id,
            }
        )
        named._action_confirm()
        named.move_line_ids = [
            Command.clear(),
            Command.create({"lot_name": "L7", "quantity": 1, "picked": True}),
        ]
        with self.assertRaisesRegex(UserError, "lot L7: it was recalled with REC/"):
            named._action_done()
        named._action_cancel()
        # nor does it leave by a done delivery that is made one of it
        order.picking_ids.move_line_ids.lot_id = self.other_lot
        self._validate(order.picking_ids)
        self.assertEqual(order.picking_ids.state, "done")
        with self.assertRaisesRegex(UserError, "lot L7: it was recalled with REC/"):
            order.picking_ids.move_line_ids.lot_id = self.lot
        with self.assertRaisesRegex(UserError, "lot L7: it was recalled with REC/"):
            self.env["stock.move.line"].create(
                {
                    "move_id": order.picking_ids.move_ids.id,
                    "product_id": self.lot_product.id,
                    "lot_id": self.lot.id,
                    "quantity": 1,
                    "picked": False,
                }
            )

    def test_what_is_picked_for_a_delivery_is_stopped_as_well(self):
        """Also what goes to another warehouse; what only changes its shelf is not."""
        self.warehouse.delivery_steps = "pick_ship"
        self._stock(self.lot_product, 9, self.lot)
        order = self._new_order((self.lot_product, 4, {}))
        pick = order.picking_ids.filtered("move_line_ids")
        self.assertEqual(pick.location_dest_id.usage, "internal")
        stock = self.warehouse.lot_stock_id
        shelf = stock.create({"name": "Shelf", "location_id": stock.id})
        transit = self.company.internal_transit_location_id
        away, inside = self.env["stock.move"].create(
            [
                {
                    "product_id": self.lot_product.id,
                    "product_uom_qty": 2,
                    "picking_type_id": self.warehouse.int_type_id.id,
                    "location_id": stock.id,
                    "location_dest_id": place.id,
                }
                for place in (transit, shelf)
            ]
        )
        (away | inside)._action_confirm()
        (away | inside)._action_assign()
        for moves in (pick.move_ids, away, inside):
            self.assertEqual(moves.move_line_ids.lot_id, self.lot)
        self._start()
        self.assertFalse((pick.move_ids | away).move_line_ids)
        self.assertEqual(inside.move_line_ids.lot_id, self.lot)
        pick.move_ids.move_line_ids = [
            Command.create(
                {
                    "product_id": self.lot_product.id,
                    "lot_id": self.lot.id,
                    "quantity": 4,
                    "picking_id": pick.id,
                    "location_id": pick.location_id.id,
                    "location_dest_id": pick.location_dest_id.id,
                }
            )
        ]
        with self.assertRaisesRegex(UserError, "lot L7: it was recalled with REC/"):
            self._validate(pick)
        self._stock(self.lot_product, 4, self.other_lot)
        pick.move_ids.move_line_ids.unlink()
        pick.action_assign()
        self._validate(pick)
        self.assertEqual(pick.state, "done")

    def test_nothing_recalled_is_built_into_other_goods(self):
        """Neither a lot nor a serial number of it, whoever builds."""
        (serial,) = self._create_lots(self.serial_product, "S7")
        self._call(
            self.recall,
            "write",
            {
                "product_ids": [Command.link(self.serial_product.id)],
                "lot_ids": [Command.link(serial.id)],
            },
        )
        place = self.env["stock.location"].search(
            [("usage", "=", "production"), ("company_id", "=", self.company.id)],
            limit=1,
        )
        used = {}
        for lot in self.lot | serial:
            self._stock(lot.product_id, 1, lot)
            used[lot] = self._use_up(lot, place)
            self.assertEqual(used[lot].move_line_ids.lot_id, lot)
        self._start()
        for lot, move in used.items():
            with self.subTest(lot=lot.name):
                self.assertFalse(move.move_line_ids, "it is reserved no longer")
                move.move_line_ids = [
                    Command.create(
                        {
                            "product_id": lot.product_id.id,
                            "lot_id": lot.id,
                            "quantity": 1,
                            "picked": True,
                            "location_id": move.location_id.id,
                            "location_dest_id": place.id,
                        }
                    )
                ]
                said = f"lot {lot.name}: it was recalled with REC/"
                with self.assertRaisesRegex(UserError, said):
                    move._action_done()

    def _use_up(self, lot, place):
        """Reserve one piece for production."""
        move = self.env["stock.move"].create(
            {
                "product_id": lot.product_id.id,
                "product_uom_qty": 1,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": place.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        return move

    def test_goods_without_a_lot_are_counted_as_ever(self):
        """Tracked goods of which nobody has entered a lot yet."""
        place = self.warehouse.lot_stock_id
        quants = self.env["stock.quant"].with_context(inventory_mode=False)
        for _time in range(2):
            quants._update_available_quantity(self.lot_product, place, 2)
        own = [("product_id", "=", self.lot_product.id), ("location_id", "=", place.id)]
        without = quants.search([*own, ("lot_id", "=", False)])
        self.assertEqual(without.mapped("quantity"), [4])
        before = quants._get_available_quantity(self.lot_product, place)
        self._stock(self.lot_product, 6, self.lot)
        self._start()
        self.assertEqual(
            quants._get_available_quantity(self.lot_product, place), before
        )

    def test_a_lot_is_stopped_and_let_go_by_recalls_only(self):
        self._start()
        lot = self._as("administrator", self.lot).sudo()
        with self.assertRaisesRegex(UserError, "stopped by starting a recall"):
            lot.write({"reverse_recall_id": False})

    def test_nobody_makes_a_lot_that_is_stopped(self):
        lots = self.env["stock.lot"].with_user(self.users["receiver"])
        lots = lots.with_context(default_reverse_recall_id=self.recall.id)
        with self.assertRaisesRegex(UserError, "stopped by starting a recall"):
            lots.create({"name": "L9", "product_id": self.lot_product.id})

    def test_a_step_that_fails_stops_nothing_and_tells_nobody(self):
        """Each in turn: of the start nothing is left, of a customer neither."""
        model = type(self.recall)
        for method in ("_stop_lots", "_find_customers", "_schedule"):
            failing = patch.object(model, method, side_effect=UserError("Not now"))
            with (
                self.subTest(method),
                failing,
                self.assertRaisesRegex(UserError, "Not now"),
            ):
                self._start()
            self.env.invalidate_all()
            self.assertEqual(self.recall.state, "draft")
            self.assertFalse(self.lot.reverse_recall_id or self.recall.line_ids)
        self._start()
        mails = type(self.env["reverse.rma"])
        with patch.object(mails, "_send_mails", side_effect=UserError("Not now")):
            self._run_cron()
        lines = self.recall.line_ids
        self.assertEqual(lines.mapped("unreached_reason"), ["Not now"] * 2)
        self.assertFalse(lines.rma_id or self.recall.rma_ids)
        self.assertFalse(any(lines.mapped("told_at")))
        self._run_cron()
        self.assertTrue(all(lines.mapped("told_at")))
        self.assertEqual(lines.mapped("unreached_reason"), [False] * 2)

    def test_every_customer_gets_a_return_and_the_notice(self):
        self._set_policy(returnable=False)
        lines = self._started()
        rmas = lines.rma_id
        self.assertFalse(any(rmas.mapped("expires_on")), "it is never too late")
        self.assertEqual(rmas.mapped("state"), ["authorized"] * 2)
        self.assertEqual(rmas.partner_id, self.customer | self.stranger)
        self.assertEqual(set(rmas.line_ids.mapped("decision_code")), {"recall"})
        self.assertTrue(all(lines.mapped("told_at")))
        mails = self.env["mail.mail"].search(
            [("model", "=", "reverse.rma"), ("res_id", "in", rmas.ids)]
        )
        notices = mails.filtered(lambda mail: "Product safety recall" in mail.subject)
        self.assertEqual(len(notices), 2)
        self.assertIn("catches fire by itself", notices[0].body_html)
        self.assertIn("L7", notices[0].body_html)
        self._run_cron()
        self.assertEqual(self.recall.line_ids.rma_id, rmas)

    def test_a_customer_without_a_return_holds_up_nobody(self):
        prepare = type(self.recall.line_ids)._prepare_return_line
        reason = "Their address is missing."

        def fail(line, named):
            if line.partner_id == self.customer:
                raise UserError(reason)
            return prepare(line, named)

        with patch.object(type(self.recall.line_ids), "_prepare_return_line", fail):
            self._started()
            self._run_cron()
        lines = self.recall.line_ids.grouped("partner_id")
        self.assertFalse(lines[self.customer].rma_id)
        self.assertTrue(lines[self.stranger].told_at)
        activity = self.recall.activity_ids
        self.assertEqual(activity.mapped("summary"), ["No return for Ada Distribution"])
        self.assertIn(reason, activity.note)
        own = lines[self.customer]
        self.assertEqual(own.unreached_reason, reason)
        # who has dealt with it is not told again
        activity.action_done()
        with patch.object(type(self.recall.line_ids), "_prepare_return_line", fail):
            self._run_cron()
        self.assertFalse(self.recall.activity_ids)
        self._run_cron()
        self.assertTrue(own.told_at)
        self.assertFalse(own.unreached_reason)

    def test_recalled_goods_are_credited_in_full_and_never_sold_again(self):
        lines = self._started()
        rma = lines.rma_id[0]
        parts = self._receive(rma)
        self.assertEqual(parts.lot_id, self.lot)
        self.assertEqual(parts.recommended_disposition_id.code, "QUARANTINE")
        with self.assertRaisesRegex(UserError, "was recalled, so “Restock” is not"):
            self._inspect(parts, "A", "RESTOCK")
        self._inspect(parts, "E", "SCRAP")
        self.assertEqual(rma.settlement_ids.state, "released")
        self.assertEqual(rma.credit_note_ids.amount_total, 500)
        self.assertEqual(self.recall.returned, 5)
        self.assertEqual(self.recall.outstanding, 3)
        self.assertEqual(self.recall.effect_rate, 0.625)
        # what came back is out of use, and what was destroyed of it is told apart
        self.assertEqual((self.recall.scrapped, lines[0].scrapped), (5, 5))
        self._receive(lines.rma_id[1])
        self.assertEqual((self.recall.returned, self.recall.scrapped), (8, 5))
        self._call(self._as("inspector", parts), "action_correct")
        self.assertEqual((self.recall.returned, self.recall.scrapped), (8, 0))

    def test_the_authority_reads_all_that_is_known(self):
        self.stranger.email = False
        self._call(self.recall, "write", {"picture": PICTURE})
        lines = self._started()
        self.customer.country_id = self.env.ref("base.us")
        told = lines.filtered("told_at")
        told._guarded_write({"reminded_at": "2026-02-01 10:00:00"})
        own = self._as("service", told)
        self._call(
            own, "write", {"answer": "destroyed", "destroyed": 2, "remedy": "refund"}
        )
        text = self._read_report()
        for words in (
            f"Recall {self.recall.name}: Paint can burn",
            "The paint catches fire by itself.",
            "Put it outdoors and close the lid.",
            "Batches and serial numbers: L7",
            "customers choose: Refund, Replacement.",
            "Customers found: 2. Not told yet: 1.",
            "Goods of which somebody answered: 62 %",
            "United States",
            "02/01/2026",
            "No e-mail address is known.",
            "Destroyed It Refund 0.00 2.00 3.00",
        ):
            self.assertIn(words, text)

    def _read_report(self, recall=None):
        """Give the words of the report for the authority."""
        reports = self.env["ir.actions.report"]
        content, _kind = reports._render_qweb_html(
            "reverse_logistics_recall.report_recall", (recall or self.recall).ids
        )
        return self._read(content)

    def _read(self, content):
        return " ".join(html.fromstring(content).text_content().split())

    def test_recalled_goods_are_received_into_quarantine(self):
        """Also those of another return, and of such a lot that nobody announced."""
        quarantine = self.facility._get_location("quarantine")
        move = self.first.picking_ids.move_ids
        known = self._requested(move, 1, lot_id=self.lot.id)
        unknown = self._requested(move, 2, lot_id=self.other_lot.id)
        self._start()
        unknown.picking_ids.move_line_ids.quantity = 1
        unknown.picking_ids.move_line_ids.copy({"lot_id": self.lot.id, "quantity": 1})
        for rma, places in (
            (known, {self.lot: quarantine}),
            (
                unknown,
                {self.lot: quarantine, self.other_lot: self.inspection_location},
            ),
        ):
            parts = self._receive(rma)
            self.assertEqual({p.lot_id: p.location_id for p in parts}, places)
        self._run_cron()
        own = self.recall.line_ids.rma_id.filtered(
            lambda rma: rma.partner_id == self.stranger
        )
        self.assertEqual(own.picking_ids.location_dest_id, quarantine)
        self.assertEqual(self._receive(own).location_id, quarantine)
        self._inspect(own.inspection_ids, "C", "QUARANTINE")
        self.assertTrue(own.inspection_ids.disposed)
        self.assertEqual(own._check_quantities(), {})

    def test_what_does_not_come_is_not_credited_by_policy(self):
        rma = self._started().rma_id[0]
        self._kept(rma)
        self.assertEqual(rma.inspection_ids.state, "done")
        self.assertNotIn("released", rma.settlement_ids.mapped("state"))
        self.assertFalse(rma.credit_note_ids)

    def test_lots_in_stock_at_other_returns_are_not_sold_again(self):
        """A return that was under way before the recall."""
        move = self.first.picking_ids.move_ids
        rma = self._received(move, 1, lot_id=self.lot.id)
        self._start()
        with self.assertRaisesRegex(UserError, "was recalled"):
            self._inspect(rma.inspection_ids, "A", "RESTOCK")

    def test_what_was_delivered_at_the_last_moment_is_found(self):
        self._started()
        self.lot.with_env(self.recall._workflow().env).reverse_recall_id = False
        late = self._sell_lots(self.customer, {self.lot: 1})
        self._run_cron()
        found = self.recall.line_ids.filtered(
            lambda line: line.move_id.sale_line_id.order_id == late
        )
        self.assertEqual(found.rma_id.state, "authorized")

    def test_answers_count(self):
        line = self._started()[0]
        own = self._as("service", line)
        self._call(own, "write", {"answer": "destroyed", "destroyed": 2})
        self.assertEqual((line.outstanding, self.recall.answered), (3, 5))
        event = self._events(line.rma_id).filtered(lambda e: e.name == "RecallAnswered")
        [noted] = event.data["lines"]
        self.assertEqual((noted["answer"], noted["quantity"]), ("destroyed", 2))
        self.assertEqual(event.user_id, self.users["service"])
        with self.assertRaisesRegex(UserError, "no more can have been destroyed"):
            self._call(own, "write", {"destroyed": 6})
        with self.assertRaisesRegex(UserError, "not changed by hand|directly"):
            self._call(own, "write", {"quantity": 1})
        with self.assertRaises(AccessError):
            self._call(self._as("inspector", line), "write", {"answer": "gone"})

    def test_customers_choose_among_the_remedies(self):
        line = self._started()[0]
        own = self._as("service", line)
        with self.assertRaisesRegex(UserError, "does not offer this remedy"):
            self._call(own, "write", {"remedy": "repair"})
        self._call(own, "write", {"remedy": "replacement"})
        self.assertEqual(line.rma_id.settlement_type, "replacement")
        event = self._events(line.rma_id).filtered(lambda e: e.name == "RecallAnswered")
        self.assertEqual(event.data["lines"][0]["remedy"], "replacement")
        self._stock(self.lot_product, 5, self.other_lot)
        self._inspect(self._receive(line.rma_id), "E", "SCRAP")
        settlement = line.rma_id.settlement_ids
        self.assertEqual(settlement.line_ids.mapped("kind"), ["replacement"])
        self.assertFalse(line.rma_id.credit_note_ids)
        with self.assertRaisesRegex(UserError, "has gone too far for another remedy"):
            self._call(own, "write", {"remedy": "refund"})

    def test_who_chose_a_repair_is_left_to_a_person(self):
        """Without the addon for repairs nothing is ordered here: see tests/goods."""
        self._call(self.recall, "write", {"offers_repair": True})
        line = self._started()[0]
        with self._repairs("none"):
            self._call(self._as("service", line), "write", {"remedy": "repair"})
        self.assertEqual(line.rma_id.settlement_type, "none")
        self.assertEqual(
            self.recall.activity_ids.mapped("summary"),
            ["Ada Distribution chose a repair: arrange it"],
        )

    def _repairs(self, settlement_type):
        """What a return gives whose goods are repaired."""
        rmas = self.env["reverse.rma"]
        types = {**rmas._get_remedy_types(), "repair": settlement_type}
        return patch.object(type(rmas), "_get_remedy_types", return_value=types)

    def test_a_repair_that_is_arranged_outside_is_no_second_remedy(self):
        self._call(
            self.recall, "write", {"offers_repair": True, "offers_replacement": False}
        )
        with self._repairs("none"):
            self.recall.invalidate_recordset()
            self.assertTrue(self.recall.is_repaired_outside)
            with self.assertRaisesRegex(UserError, "lacks at least two remedies"):
                self._start()
        self.recall.invalidate_recordset()
        with self._repairs("repair"):
            self.assertFalse(self.recall.is_repaired_outside)
            self._start()
        self.assertEqual(self.recall.state, "running")

    def test_what_customers_destroyed_as_told_is_settled_by_persons(self):
        line = self._started()[0]
        own = self._as("service", line)
        with self.assertRaisesRegex(UserError, "nothing that was destroyed is left"):
            self._call(own, "action_settle_destroyed")
        self._call(own, "write", {"answer": "destroyed", "destroyed": 2})
        self._call(own, "action_settle_destroyed")
        part = line.rma_id.inspection_ids
        self.assertEqual(
            (part.quantity, part.state, part.disposition_id.code), (2, "draft", "KEEP")
        )
        with self.assertRaisesRegex(UserError, "nothing that was destroyed is left"):
            self._call(own, "action_settle_destroyed")
        self._call(self._as("inspector", part), "action_complete")
        settlement = line.rma_id.settlement_ids
        self.assertEqual(settlement.state, "draft")
        self._settle(settlement)
        self.assertEqual(line.rma_id.credit_note_ids.amount_total, 200)
        self.assertEqual(self.recall.destroyed, 2)
        # the rest may still be sent
        self.assertEqual(line.rma_id.picking_ids.move_ids.product_uom_qty, 3)

    def test_who_is_silent_is_reminded_and_who_has_no_address_is_listed(self):
        self.stranger.email = False
        lines = self._started()
        self.assertEqual(self.recall.untold_count, 1)
        told = lines.filtered("told_at")
        self.assertEqual(told.partner_id, self.customer)
        told._guarded_write({"told_at": "2020-01-01 10:00:00"})
        self._run_cron()
        self.assertTrue(told.reminded_at)
        reminded = told.reminded_at
        self._run_cron()
        self.assertEqual(told.reminded_at, reminded)

    def _get_mail(self, line):
        """Give the last mail by which the customer was told."""
        return self.env["mail.mail"].search(
            [("mail_message_id", "=", line.notice_id.id)]
        )

    def test_a_notice_that_could_not_be_sent_told_nobody(self):
        line = self._started()[0]
        self._get_mail(line).state = "exception"
        self._run_cron()
        self.assertFalse(line.told_at)
        self.assertTrue(line.lost_at)
        self.assertEqual(self.recall.untold_count, 1)
        first = line.notice_id
        self._run_cron()
        self.assertEqual(line.notice_id, first, "nobody has corrected the address")
        with self.assertRaises(AccessError):
            self._call(self._as("inspector", line), "action_tell_again")
        self._call(self._as("service", line), "action_tell_again")
        self._run_cron()
        self.assertNotEqual(line.notice_id, first)
        self._run_cron()
        self.assertTrue(line.told_at)
        self.assertEqual(self.recall.untold_count, 0)

    def test_a_notice_that_comes_back_later_told_nobody(self):
        line, other = self._started()
        line.rma_id._message_receive_bounce(self.customer.email, self.customer)
        self.assertFalse(line.told_at)
        self.assertTrue(line.lost_at)
        self.assertTrue(other.told_at)

    def test_a_reminder_that_fails_leaves_the_notice_told(self):
        line = self._started()[0]
        line._guarded_write({"told_at": "2020-01-01 10:00:00"})
        self._run_cron()
        reminded = line.reminded_at
        self.assertTrue(reminded)
        self._get_mail(line).state = "exception"
        self._run_cron()
        self.assertTrue(line.told_at)
        self.assertTrue(line.lost_at)
        line._guarded_write({"reminded_at": "2020-02-01 10:00:00"})
        self._run_cron()
        self.assertEqual(str(line.reminded_at), "2020-02-01 10:00:00")

    def test_the_notice_shows_a_picture_and_speaks_their_language(self):
        self._call(self.recall, "write", {"without_picture": False})
        with self.assertRaisesRegex(UserError, "lacks a picture of the goods"):
            self._start()
        self.env["res.lang"]._activate_lang("de_DE")
        self.customer.lang = "de_DE"
        german = self.recall.with_context(lang="de_DE")
        with self.assertRaisesRegex(ValidationError, "“vorsorglich” makes the risk"):
            self._call(german, "write", {"hazard": "Das ist vorsorglich."})
        with self.assertRaisesRegex(ValidationError, "“freiwilliger” makes the risk"):
            self._call(
                self.recall,
                "update_field_translations",
                "hazard",
                {"de_DE": "Ein freiwilliger Rückruf."},
            )
        self._call(german, "write", {"hazard": "Die Farbe brennt.", "picture": PICTURE})
        lines = self._started()
        with self.assertRaisesRegex(UserError, "can no longer be changed"):
            self._call(
                self.recall, "update_field_translations", "hazard", {"de_DE": "Nichts."}
            )
        bodies = {line.partner_id: self._get_mail(line).body_html for line in lines}
        self.assertIn("Die Farbe brennt.", bodies[self.customer])
        self.assertIn("catches fire by itself", bodies[self.stranger])
        url = self.recall._get_picture_url()
        for body in bodies.values():
            self.assertIn(str(Markup.escape(url)), body)
            self.assertNotIn("data:image", body)

    def test_it_is_taken_back_by_two_persons(self):
        # who asked about the draft does not mean what runs by now
        self._call(self.recall, "action_ask_cancel")
        self._start()
        approver = self._as("approver", self.recall)
        self.assertFalse(approver.is_cancel_allowed)
        with self.assertRaisesRegex(UserError, "taken back by two persons"):
            self._call(approver, "action_cancel")
        self._call(self.recall, "action_ask_cancel")
        self._call(approver, "action_cancel")
        self.assertFalse(self.lot.reverse_recall_id)
        # in the company's chain, with the lots
        self.env.cr.flush()
        events = self.env["reverse.event"].search(
            [("company_id", "=", self.company.id), ("name", "like", "Recall")],
            order="id",
        )
        own = events.filtered(lambda event: event.data["recall"] == self.recall.id)
        self.assertEqual(
            own.mapped(lambda event: (event.name, event.user_id)),
            [
                ("RecallCancelAsked", self.users["service"]),
                ("RecallStarted", self.users["approver"]),
                ("RecallCancelAsked", self.users["service"]),
                ("RecallCancelled", self.users["approver"]),
            ],
        )
        self.assertEqual(own[1].data["lots"], self.lot.ids)
        self.assertEqual(own[1].title, "Recall started")
        # nobody deletes what was noted about it
        noted = self.recall._message_log(body="Started")
        noted = noted.with_user(self.users["approver"])
        for call in (noted.unlink, lambda: noted.write({"body": ""})):
            with self.assertRaisesRegex(UserError, "It stays"):
                call()

    def test_goods_of_a_recall_that_was_taken_back_are_sold_again(self):
        rma = self._started().rma_id[0]
        parts = self._receive(rma)
        self._call(self.recall, "action_ask_cancel")
        self._call(self._as("approver", self.recall), "action_cancel")
        self._inspect(parts, "A", "RESTOCK")
        self.assertTrue(parts.disposed)

    def test_a_return_that_the_customer_cancelled_is_made_anew(self):
        line = self._started()[0]
        first = line.rma_id
        self._call(self._as("service", first), "action_cancel")
        self._run_cron()
        self.assertNotEqual(line.rma_id, first)
        self.assertEqual(line.rma_id.state, "authorized")

    def test_closing_keeps_lots_stopped(self):
        self._start()
        self._call(self._as("approver", self.recall), "action_close")
        self.assertEqual(self.lot.reverse_recall_id, self.recall)

    def test_who_stands_in_for_its_author_does_not_start_it(self):
        author = self._create_user("service", "approver")
        deputy = self._create_user("auditor", login="recall-deputy")
        other = self.users["approver"]
        own = self.recall.with_user(author).copy({"title": "Paint can burn"})
        today = self.company._get_reverse_today()
        for user, outcome in ((author, "took an earlier step"), (other, None)):
            self.env["reverse.delegation"].with_user(user).create(
                {
                    "delegator_id": user.id,
                    "delegate_id": deputy.id,
                    "date_from": today,
                    "date_to": today,
                }
            )
            recall = own.with_user(deputy).sudo(False)
            if outcome:
                with self.assertRaisesRegex(UserError, outcome):
                    self._call(recall, "action_start")
            else:
                self._call(recall, "action_start")
        self.assertEqual(own.state, "running")
        self.assertIn(other.name, own.sudo().message_ids.mapped("body")[0] or "")

    def test_days_stop_goods_on_whatever_return_they_come(self):
        waiting = self._requested(self._sell(3), 1)
        recall = self._by_days()
        self._receive(waiting)
        self._call(self._as("approver", recall), "action_start")
        part = waiting.inspection_ids
        self.assertFalse(waiting.recall_id)
        with self.assertRaisesRegex(UserError, "was recalled"):
            self._inspect(part, "A", "RESTOCK")
        self._call(self._as("service", recall), "action_ask_cancel")
        self._call(self._as("approver", recall), "action_cancel")
        self._inspect(part, "A", "RESTOCK")
        self.assertTrue(part.disposed)

    def test_days_of_delivery_for_goods_without_lots(self):
        old = self._sell(2)
        old.move_ids.date = "2020-01-10 12:00:00"
        other = self._sell(1)
        # a date that users enter is not the day on which it left
        other.move_ids.with_user(self.users["receiver"]).date = "2020-01-09 12:00:00"
        recall = self.recall.create(
            {
                "title": "Kettles can burn",
                "product_ids": [Command.set(self.product.ids)],
                "delivered_from": "2020-01-01",
                "delivered_to": "2020-01-10",
            }
        )
        self._call(recall, "action_find_customers")
        self.assertEqual(recall.line_ids.move_id, old.move_ids)
        with self.assertRaisesRegex(UserError, "Say what .* is about"):
            empty = self.recall.create(
                {"title": "X", "product_ids": [Command.set(self.product.ids)]}
            )
            self._call(empty, "action_find_customers")

    def _by_days(self, **values):
        return self.recall.create(
            {
                "title": "Kettles can burn",
                "product_ids": [Command.set(self.product.ids)],
                "delivered_from": "2020-01-01",
                "hazard": "It burns.",
                "instruction": "Do not use it.",
                "without_picture": True,
                **values,
            }
        )

    def test_days_stop_what_is_in_stock(self):
        self._stock(self.product, 6)
        order = self._new_order((self.product, 2, {}))
        delivery = order.picking_ids
        self.assertEqual(delivery.move_line_ids.quantity, 2)
        recall = self._by_days()
        self._call(self._as("approver", recall), "action_start")
        self.assertFalse(delivery.move_line_ids)
        on_hand = self.product.qty_available
        self.assertEqual(recall.in_stock, on_hand)
        # neither what waits, nor what is ordered later, is reserved
        later = self._new_order((self.product, 1, {})).picking_ids
        (delivery | later).action_assign()
        self.assertEqual((delivery | later).mapped("state"), ["confirmed"] * 2)
        # nor does it leave where somebody enters it
        delivery.move_ids.quantity = 2
        stopped = f"what is in stock of it was stopped with {recall.name}. An approver"
        with self.assertRaisesRegex(UserError, stopped):
            self._validate(delivery)
        # nor where it is said to come from elsewhere
        for usage in ("supplier", "inventory", "production"):
            place = self.env["stock.location"].search(
                [
                    ("usage", "=", usage),
                    ("company_id", "in", (False, self.company.id)),
                    ("reverse_state", "=", False),
                ],
                limit=1,
            )
            loose = self.env["stock.picking"].create(
                {
                    "picking_type_id": self.warehouse.out_type_id.id,
                    "location_id": place.id,
                    "location_dest_id": delivery.location_dest_id.id,
                    "partner_id": self.customer.id,
                    "move_ids": [
                        Command.create(
                            {
                                "product_id": self.product.id,
                                "product_uom_qty": 1,
                                "location_id": place.id,
                                "location_dest_id": delivery.location_dest_id.id,
                            }
                        )
                    ],
                }
            )
            loose.action_confirm()
            loose.move_ids.quantity = 1
            with self.subTest(usage=usage), self.assertRaisesRegex(UserError, stopped):
                self._validate(loose)
        # its shelf may change: that is how it is taken out of the way
        shelf = self.env["stock.location"].create(
            {"name": "Aside", "location_id": self.warehouse.lot_stock_id.id}
        )
        move = self.env["stock.move"].create(
            {
                "product_id": self.product.id,
                "product_uom_qty": 1,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": shelf.id,
            }
        )
        move._action_confirm()
        move._action_assign()
        self.assertEqual(move.state, "assigned")
        move.picked = True
        move._action_done()
        self.assertEqual(move.state, "done")
        # closing leaves it stopped
        self._call(self._as("approver", recall), "action_close")
        with self.assertRaisesRegex(UserError, stopped):
            self._validate(delivery)
        self._let_go(recall)
        self.assertEqual(recall.in_stock, 0)
        self._validate(delivery)
        self.assertEqual(delivery.state, "done")

    def _let_go(self, recall):
        """Only an approver does who has not prepared the recall, and once."""
        for role in ("service", "receiver"):
            with self.assertRaises(AccessError):
                self._call(self._as(role, recall), "action_release_stock")
        recall._guarded_write({"entered_by_id": self.users["approver"].id})
        with self.assertRaisesRegex(UserError, "somebody else|another person"):
            self._call(self._as("approver", recall), "action_release_stock")
        recall._guarded_write({"entered_by_id": self.users["service"].id})
        self._call(self._as("approver", recall), "action_release_stock")
        self.assertEqual(recall.stock_released_by_id, self.users["approver"])
        events = self.env["reverse.event"].sudo().search([], order="id desc", limit=1)
        self.assertEqual(events.name, "RecallStockReleased")
        with self.assertRaisesRegex(UserError, "stops no stock by its products"):
            self._call(self._as("approver", recall), "action_release_stock")

    def test_less_was_delivered_than_was_noted(self):
        """What is recalled by now is still corrected: the customers follow from it."""
        sold = self._sell(5)
        recall = self._by_days()
        self._call(self._as("approver", recall), "action_start")
        line = sold.move_ids.move_line_ids.with_user(self.users["receiver"])
        line.quantity = 4
        self.assertEqual(sold.move_ids.quantity, 4)
        with self.assertRaisesRegex(UserError, "was stopped with"):
            line.quantity = 6

    def test_days_stop_no_stock_where_it_is_safe(self):
        """Nor do recalls of lots, or of another company's goods."""
        self._stock(self.product, 6)
        recall = self._by_days(stops_stock=False)
        self._call(self._as("approver", recall), "action_start")
        self.assertEqual(recall.in_stock, 0)
        order = self._new_order((self.product, 2, {}))
        self._validate(order.picking_ids)
        self.assertEqual(order.picking_ids.state, "done")
        with self.assertRaisesRegex(UserError, "stops no stock by its products"):
            self._call(self._as("approver", recall), "action_release_stock")
        with self.assertRaisesRegex(UserError, "cannot be|may not|only"):
            self._call(
                self._as("service", recall), "write", {"stock_released_by_id": 1}
            )

    def test_recalls_of_before_stop_no_more_than_they_did(self):
        started, waiting = self._by_days(), self._by_days()
        self._call(self._as("approver", started), "action_start")
        script = Path(__file__).parents[1] / "migrations/19.0.1.2.0/post-stock.py"
        load_script(str(script), "post_stock").migrate(self.env.cr, "19.0.1.1.0")
        self.assertEqual((started.stops_stock, waiting.stops_stock), (False, True))
        self.assertFalse(self.env["reverse.recall"]._get_stopped_products())

    def test_what_does_not_add_up_is_told(self):
        self.assertFalse(self.recall.gap_note)
        # a delivery to nobody, and a lot that another one was said to be
        place = self.first.picking_ids.location_dest_id
        nobody = self._deliver_to_nobody(self.lot_product, 2, {self.lot: 2})
        self.recall.invalidate_recordset()
        self.assertEqual(
            self.recall.gap_note,
            "L7 of Paint: 10 units with customers by the stock, 8 units by deliveries "
            f"of {self.company.name} to customers that are known.",
        )
        nobody.partner_id = self.stranger
        self.recall.invalidate_recordset()
        self.assertFalse(self.recall.gap_note)
        # what comes back is with nobody any more
        move = self.first.picking_ids.move_ids
        self._received(move, 1, lot_id=self.lot.id)
        self.recall.invalidate_recordset()
        self.assertFalse(self.recall.gap_note)
        self._stock(self.lot_product, -3, self.lot, place)
        self._stock(self.lot_product, 3, self.other_lot, place)
        self.recall.invalidate_recordset()
        self.assertRegex(self.recall.gap_note, "^L7 of Paint: 6 units .*, 9 units by")

    def _deliver_to_nobody(self, product, quantity, lots=None):
        """Deliver without an order, by a transfer that names nobody."""
        nobody = self.env["stock.picking"].create(
            {
                "picking_type_id": self.warehouse.out_type_id.id,
                "move_ids": [
                    Command.create(
                        {
                            "product_id": product.id,
                            "product_uom_qty": quantity,
                            "location_id": self.warehouse.lot_stock_id.id,
                            "location_dest_id": self.env.ref(
                                "stock.stock_location_customers"
                            ).id,
                        }
                    )
                ],
            }
        )
        nobody.action_confirm()
        self._prepare_delivery(nobody, quantity, lots)
        nobody.button_validate()
        self.assertEqual(nobody.state, "done")
        return nobody

    def test_days_tell_what_nobody_is_known_to_have(self):
        """On the form, and to the authority; less what came back."""
        recall = self._by_days(delivered_from="2026-01-01")
        self.assertFalse(recall.gap_note)
        self._stock(self.product, 5)
        first, second = (self._deliver_to_nobody(self.product, n) for n in (2, 3))
        recall.invalidate_recordset()
        said = (
            "Delivered to nobody who is named: 5 units of "
            f"{self.product.display_name}, with {first.name}, {second.name}."
        )
        self.assertEqual(recall.gap_note, said)
        self.assertIn(f"Not Accounted For {said}", self._read_report(recall))
        first.partner_id = self.stranger
        recall.invalidate_recordset()
        self.assertRegex(recall.gap_note, f"named: 3 units .* with {second.name}")
        second.move_ids.date = second.move_ids.reverse_done_at = "2020-01-10 12:00:00"
        recall.invalidate_recordset()
        self.assertFalse(recall.gap_note)

    def test_lots_of_another_recall_are_taken_out(self):
        self._start()
        other = self.recall.copy(
            {
                "title": "Lid can fall off",
                "lot_ids": [Command.set((self.lot | self.other_lot).ids)],
            }
        )
        with self.assertRaisesRegex(
            UserError,
            f"^L7: stopped by {self.recall.name}: Paint can burn already, which tells "
            f"whoever has them. Take them out of {other.name}: Lid can fall off. If "
            "they need this notice instead, take the other recall back first.$",
        ):
            self._call(self._as("approver", other), "action_start")
        self._call(
            self._as("service", other),
            "write",
            {"lot_ids": [Command.unlink(self.lot.id)]},
        )
        self._call(self._as("approver", other), "action_start")
        self.assertEqual(self.other_lot.reverse_recall_id, other)

    def _sell_to_many(self, quantities):
        """Sell the lot to customers of their own, each so many pieces."""
        with self._preparing():
            partners = self.env["res.partner"].create(
                [
                    {"name": f"Buyer {number}", "email": f"b{number}@example.com"}
                    for number in range(len(quantities))
                ]
            )
            line = {"product_id": self.lot_product.id, "tax_ids": [Command.clear()]}
            orders = self.env["sale.order"].create(
                [
                    {
                        "partner_id": partner.id,
                        "warehouse_id": self.warehouse.id,
                        "order_line": [
                            Command.create({**line, "product_uom_qty": quantity})
                        ],
                    }
                    for partner, quantity in zip(partners, quantities, strict=True)
                ]
            )
            orders.action_confirm()
            for order, quantity in zip(orders, quantities, strict=True):
                self._prepare_delivery(order.picking_ids, None, {self.lot: quantity})
            orders.picking_ids.with_context(
                skip_backorder=True, skip_sms=True
            ).button_validate()
            orders._create_invoices().action_post()

    def test_queries_for_each_customer(self):
        """412 pieces with 63 customers: found, stopped, returns made, everybody told.

        They are more than one batch of the background work.
        """
        self._sell_to_many([7] * 38 + [6] * 23)
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        self._start()
        self._run_cron()
        self.env.cr.flush()
        spent = self.env.cr.sql_log_count - before
        lines = self.recall.line_ids
        self.assertEqual((self.recall.customer_count, self.recall.quantity), (63, 412))
        self.assertEqual(len(self.recall.rma_ids), 63)
        self.assertEqual(set(lines.rma_id.mapped("state")), {"authorized"})
        self.assertTrue(all(lines.mapped("told_at")))
        self.assertLessEqual(spent / 63, 20)
