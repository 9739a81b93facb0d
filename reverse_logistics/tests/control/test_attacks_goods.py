"""Goods of customers on ways where nobody looks, and what one person says of them."""

from functools import partial

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import tagged

from ..goods_common import GoodsCase


@tagged("post_install", "-at_install")
class TestAttacksGoods(GoodsCase):
    def test_goods_are_not_written_off_while_the_customer_has_them(self):
        """From there, everybody takes them in."""
        line = self._sell(3)
        rma = self._requested(line, 2)
        for place in (self.loss, self.suppliers, self.production):
            for partner in (self.env["res.partner"], self.customer):
                picking = self._open_transfer(
                    self.customers, place, 2, partner_id=partner.id
                )
                self.assertRefused(
                    "Returned goods are inspected first",
                    lambda picking=picking: self._call(picking, "button_validate"),
                )
        scrap = self.env["stock.scrap"].with_user(self.stocker)
        scrap = scrap.create(
            {
                "product_id": self.product.id,
                "scrap_qty": 2,
                "location_id": self.customers.id,
            }
        )
        self.assertRefused(
            "Returned goods are inspected first",
            lambda: self._call(scrap, "action_validate"),
        )
        self._receive(rma)
        self._requested(line, 1)
        # what nobody was delivered goes there as before
        self._transfer(self.customers, self.loss, partner_id=self.stranger.id)
        other = self._create_product("Never sold")
        move = {
            "product_id": other.id,
            "product_uom_qty": 1,
            "location_id": self.customers.id,
            "location_dest_id": self.suppliers.id,
        }
        self._transfer(self.customers, self.suppliers, move_ids=[Command.create(move)])

    def test_goods_that_have_left_do_not_appear_again(self):
        """Odoo moves what is not there, and returns would put it into stock."""
        rma = self._received(self._sell(2), 2)
        here, hold = self.inspection_location, self.places["hold"]
        gone = self._open_transfer(here, self.suppliers, 2)
        self._approve(gone)
        self._call(gone, "button_validate")
        self._inspect(rma.inspection_ids)
        self.assertEqual(self._open_exceptions(rma), ["work_failure"])
        for source, goal, owner in (
            (hold, here, self.env["res.partner"]),
            (here, hold, self.env["res.partner"]),
            (hold, here, self.stranger),
        ):
            picking = self._open_transfer(source, goal, 2)
            picking.move_line_ids.owner_id = owner
            self.assertRefused(
                f"takes more of Kettle.* from .*{source.name} than lies there",
                lambda picking=picking: self._call(picking, "button_validate"),
            )
        # nor are they brought by whoever has none of them
        for partner in (self.customer, self.stranger):
            self.assertRefused(
                f"{rma.name} waits for Kettle",
                lambda partner=partner: self._open_transfer(
                    self.customers, here, 2, partner_id=partner.id
                ),
            )
        # nor by making a done transfer a larger one
        self._received(self._sell(1), 1)
        moved = self._transfer(here, hold)
        self.assertRefused(
            "is neither changed nor deleted",
            lambda: self._rpc(
                self.stocker,
                "stock.move.line",
                "write",
                moved.move_line_ids.ids,
                {"quantity": 3},
            ),
        )
        self.assertEqual((self._lies(here), self._lies(hold)), (0, 1))

    def test_goods_come_back_as_whose_they_are(self):
        """What is credited is ours, and what passes through stays the customer's."""
        receiver = self.users["receiver"]
        receiver.group_ids += self.env.ref("stock.group_stock_user")
        rma = self._requested(self._sell(2), 2)
        foreign = self._requested(self._sell(1), 1)
        foreign.line_ids._guarded_write({"customer_owned": True})
        for return_, owner, why in (
            (rma, self.customer, "would be that of Ada Dist.* and by its return it is"),
            (rma, self.stranger, "would be that of Bolt Retail, .* it is ours"),
            (foreign, self.env["res.partner"], "would be ours, and .* that of Ada Dis"),
        ):
            picking = return_.line_ids.move_ids.picking_id.with_user(receiver)
            picking = picking.with_context(skip_backorder=True)
            picking.move_ids.write({"quantity": 1, "picked": True})
            with self.subTest(owner=owner.name):
                picking.move_line_ids.owner_id = owner
                self.assertRefused(
                    why, lambda picking=picking: self._call(picking, "button_validate")
                )
        received = rma.line_ids.move_ids.picking_id.with_user(receiver)
        received.move_line_ids.owner_id = self.env["res.partner"]
        self._call(received.with_context(skip_backorder=True), "button_validate")
        self.assertEqual(received.state, "done")

    def test_who_asks_by_a_link_is_nobody_else(self):
        """Whoever reads the link of an order asks for its customer."""
        self._set_policy(credit_release="shipped")
        self.company.reverse_portal = "request"
        settled = []
        for login in ("public", "customer"):
            move = self._sell(3).move_ids
            user = self.env.ref("base.public_user")
            if login == "customer":
                user = user.copy({"login": login, "partner_id": self.customer.id})
                user.group_ids = self.env.ref("base.group_portal")
            returns = self.env["reverse.rma"].with_user(user).sudo()
            reason = self.env.ref("reverse_logistics.reason_unwanted")
            rma = returns._begin_for_customer(
                self.customer,
                returns._find_offered(self.customer, move.sale_line_id.order_id),
                [((move.id, False), {"quantity": 2, "reason_id": reason.id})],
                {"settlement_type": "refund"},
            )
            rma._request_by_customer()
            self.assertEqual(rma.state, "authorized")
            values = {
                "carrier_tracking_ref": "1Z999",
                "shipped_at": fields.Datetime.now(),
            }
            self._call(self._as("service", rma), "write", values)
            settled.append(rma.settlement_ids.mapped("state"))
        self.assertEqual(settled, [[], ["released"]])

    def test_what_was_delivered_is_worth_what_it_was(self):
        """Before anybody has claimed any of it back, too: returns come in at that."""
        move = self._sell(1).move_ids
        inside = self.env["stock.move"].create(
            {
                "product_id": self.product.id,
                "product_uom_qty": 1,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": self.warehouse.lot_stock_id.id,
                "state": "done",
            }
        )
        for done, values in (
            (move, {"value": 100000}),
            (move, {"product_uom_qty": 7}),
            (inside, {"location_dest_id": self.customer.property_stock_customer.id}),
        ):
            with self.subTest(values=values):
                self.assertRefused(
                    "is done, and returns go by it",
                    lambda d=done, v=values: self._call(
                        d.with_user(self.stocker), "write", v
                    ),
                )

    def test_what_was_delivered_stays_with_its_order(self):
        """Its price, and the unit of that, are what a return gives back."""
        dear = self._sell(1, 1000)
        dozen = {"price_unit": 1200, "product_uom_id": self.dozen.id}
        order = self._new_order((self.product, 1, dozen))
        line, move = order.order_line, self._deliver(order)
        clerk = line.with_user(self.users["service"])
        self.assertRefused(
            "is done, and returns go by it",
            lambda: self._call(
                move.with_user(self.stocker), "write", {"sale_line_id": dear.id}
            ),
        )
        for values in (
            {"product_uom_id": self.unit.id},
            {"order_id": dear.order_id.id},
        ):
            self.assertRefused(
                "order and unit stay", lambda v=values: self._call(clerk, "write", v)
            )
        self._call(clerk, "write", {"product_uom_id": self.dozen.id, "name": "Box"})
        self._invoice(order)
        self.assertAmounts(self._return(move, 1).settlement_ids.credit_note_ids, 100.0)
        # whoever says later that more left, or another lot, is not believed alone
        moved = dear.move_ids.move_line_ids.with_user(self.stocker)
        self._call(moved, "write", {"quantity": 1, "date": moved.date})
        self.assertEqual(self._requested(dear, 0.5).state, "authorized")
        self._call(moved, "write", {"quantity": 4})
        rma = self._requested(moved.move_id.sudo(), 0.5)
        self.assertEqual(
            (rma.state, rma.line_ids.decision_code), ("requested", "edited_delivery")
        )
        self.assertRegex(
            rma.line_ids.explanation,
            f"quantity of {moved.picking_id.name} was changed after .*: a person looks",
        )
        self.assertEqual(rma.word_by_ids, self.stocker)
        with self.assertRaises(AccessError):
            self._call(
                moved.move_id,
                "write",
                {"reverse_edited_by_id": False},
            )
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "authorized")

    def test_what_was_not_ordered_is_no_delivery_of_it(self):
        """Whoever enters a transfer says for which order it is."""
        dear = self._sell(2, 1000)
        cheap = self._create_product("Teaspoon")
        self._buy(cheap, 5, 1.0)
        move = {
            "product_id": cheap.id,
            "product_uom_qty": 1,
            "location_id": self.stock.id,
            "location_dest_id": self.customers.id,
            "sale_line_id": dear.id,
        }
        picking = self._transfer(
            self.stock,
            self.customers,
            picking_type_id=self.warehouse.out_type_id.id,
            partner_id=self.customer.id,
            move_ids=[Command.create(move)],
        )
        self.assertEqual(picking.move_ids.sale_line_id, dear)
        rma = self._requested(picking.move_ids, 1)
        line = rma.line_ids
        self.assertEqual((rma.state, line.decision), ("requested", "review"))
        self.assertEqual(line.decision_code, "other_product")
        self.assertRegex(line.explanation, "delivered for something else: a person")
        self._as("approver", rma).action_authorize()
        self.assertEqual(rma.state, "authorized")
        # what was ordered comes back as before
        self.assertEqual(self._requested(dear, 1).state, "authorized")

    def test_goods_sent_again_are_looked_at(self):
        """What came back without a return leaves again, and its day is another."""

        def send(line):
            move = {
                "product_id": self.product.id,
                "product_uom_qty": 1,
                "location_id": self.stock.id,
                "location_dest_id": self.customers.id,
                "sale_line_id": line.id,
            }
            return self._transfer(
                self.stock,
                self.customers,
                picking_type_id=self.warehouse.out_type_id.id,
                partner_id=self.customer.id,
                move_ids=[Command.create(move)],
            ).move_ids

        lowered, kept, short = (
            self._sell(4),
            self._sell(4),
            self._new_order((self.product, 4)),
        )
        self._call(
            lowered.move_ids.move_line_ids.with_user(self.stocker),
            "write",
            {"quantity": 3},
        )
        self._validate(short.picking_ids, 2)
        short.picking_ids.filtered(lambda p: p.state != "done").action_cancel()
        none = self.env["res.users"]
        for line, code, why in (
            (lowered, "edited_delivery", "was changed after it was done: a person"),
            (kept, "sent_again", "All that was ordered had left before .*: a person"),
            (short.order_line, "in_window", "within the"),
        ):
            with self.subTest(code=code):
                rma = self._requested(send(line), 1)
                self.assertEqual(rma.line_ids.decision_code, code)
                state = "authorized" if code == "in_window" else "requested"
                self.assertRegex(rma.line_ids.explanation, why)
                self.assertEqual(
                    rma.word_by_ids, self.stocker if state == "requested" else none
                )
                self.assertEqual(rma.state, state)
        # what left first is what was sold
        self.assertEqual(self._requested(kept.move_ids[:1], 1).state, "authorized")

    def test_lines_move_what_they_and_their_transfer_say(self):
        """Odoo moves by what it has computed of a line, and returns do not."""
        other = self._create_product("Laptop")
        self._buy(other, 5, 10.0)
        done = self._transfer(self.stock, self.loose).move_ids
        waits = self._open_transfer(self.stock, self.loose).move_ids
        (line,) = waits.move_line_ids.copy_data({"picking_id": False, "quantity": 1})
        draft = waits.copy({"picking_id": False})
        draft.move_line_ids = [Command.create({"quantity": 1})]
        self.assertEqual(draft.move_line_ids.product_id, self.product)
        follows = "follows from the quantity of the line and from its transfer"
        mixed = "moves .* here, and a line of it says"
        lines = "stock.move.line"
        calls = (
            (follows, lines, "write", waits.move_line_ids, {"quantity_product_uom": 9}),
            (follows, lines, "write", done.move_line_ids, {"quantity_product_uom": 9}),
            (follows, lines, "write", waits.move_line_ids, {"state": "done"}),
            (mixed, lines, "create", waits, {"product_id": other.id}),
            (mixed, lines, "create", done, {"product_id": other.id}),
            (mixed, "stock.move", "write", draft, {"product_id": other.id}),
        )
        before = self._lies(self.stock), self._lies(self.stock, other)
        for user in (self.stocker, self.users["service"]):
            for why, model, method, records, vals in calls:
                args = [records.ids, vals]
                if method == "create":
                    args = [{**line, "move_id": records.id, **vals}]
                with self.subTest(user=user.login, method=method, vals=vals):
                    self.assertRefused(
                        why, partial(self._rpc, user, model, method, *args)
                    )
        after = self._lies(self.stock), self._lies(self.stock, other)
        self.assertEqual(after, before)
        self._call(waits.picking_id, "button_validate")
        self.assertEqual(self._lies(self.stock), before[0] - 1)

    def test_goods_stay_where_a_done_transfer_brought_them(self):
        """Nobody takes them elsewhere by saying that they were never there."""
        hold = self.places["hold"]
        self._received(self._sell(4), 3)
        put = self._transfer(self.inspection_location, hold, 3).move_line_ids
        lots = self._create_lots(self.lot_product, "L1", "L2")
        sold = self._sell(2, product=self.lot_product, lots={lots[0]: 2})
        gone = sold.move_ids.move_line_ids
        shelved = self._transfer(self.stock, self.stock).move_line_ids
        shelf = self.env["stock.location"].create(
            {"name": "Shelf", "location_id": self.stock.id}
        )
        places = (hold, self.stock, self.customers)
        products = (self.product, self.lot_product)

        def lie():
            return [self._lies(place, p) for place in places for p in products]

        before = lie()
        for user in (self.stocker, self.users["service"]):
            for line, vals in (
                (put, {"location_id": self.customers.id}),
                (put, {"location_dest_id": self.inspection_location.id}),
                (put, {"owner_id": self.stranger.id}),
                (gone, {"location_dest_id": self.stock.id}),
                (gone, {"location_id": self.loose.id}),
                (gone, {"owner_id": self.stranger.id}),
                (gone, {"lot_id": lots[1].id}),
                (shelved, {"location_dest_id": self.customers.id}),
            ):
                for context in ({}, {"skip_uom_conversion": True}):
                    with self.subTest(user=user.login, vals=vals, context=context):
                        self.assertRefused(
                            "is done, and returns go by it|than lies there",
                            partial(
                                self._rpc,
                                user,
                                "stock.move.line",
                                "write",
                                line.ids,
                                vals,
                                context=context,
                            ),
                        )
        self.assertEqual(lie(), before)
        # what neither returns nor customers got is corrected as ever
        self._rpc(
            self.stocker,
            "stock.move.line",
            "write",
            shelved.ids,
            {"location_dest_id": shelf.id},
        )
        self.assertEqual(self._lies(shelf), 1)
        # a line in another unit moves as many more
        self._rpc(
            self.stocker,
            "stock.move.line",
            "write",
            gone.ids,
            {"product_uom_id": self.dozen.id},
            context={"skip_uom_conversion": True},
        )
        self.assertEqual(self._lies(self.customers, self.lot_product), 24)
        self.assertEqual(gone.move_id.sudo().reverse_edited_by_id, self.stocker)
        # and a product's own unit moves nothing
        before = lie()[::2]
        plain = self._create_product("Saucer")
        self._buy(plain, 5, 1.0)
        plain.product_tmpl_id.sudo().uom_id = self.dozen
        self.assertEqual(self._lies(self.stock, plain), 5)
        self.assertEqual(lie()[::2], before)

    def test_what_was_inspected_is_sent_back_itself(self):
        """Not another piece that nobody has looked at yet."""
        lots = self._create_lots(self.serial_product, "S1", "S2")
        for lot in lots:
            line = self._sell(1, product=self.serial_product, lots={lot: 1})
            rma = self._received(line, 1, lot_id=lot.id)
        self._inspect(rma.inspection_ids, "D", "CUSTOMER")
        out = rma.inspection_ids.move_ids.picking_id.with_user(self.stocker)
        own = {
            name: out.move_line_ids[name].id
            for name in ("lot_id", "owner_id", "location_id")
        }
        for vals in (
            {"lot_id": lots[0].id},
            {"owner_id": self.stranger.id},
            {"location_id": self.places["hold"].id},
        ):
            with self.subTest(vals=vals):
                self._call(out.move_line_ids, "write", {**own, **vals})
                self.assertRefused(
                    "no inspection has decided that it goes to",
                    lambda: self._call(out, "button_validate"),
                )
        self._call(out.move_line_ids, "write", own)
        self._call(out, "button_validate")
        self.assertEqual(out.state, "done")
        self.assertEqual(rma.inspection_ids.move_ids.lot_ids, lots[1])

    def test_merged_customers_are_noted(self):
        """Odoo rewrites the customer of everything in the database."""
        rma = self._return(self._sell(3), 2)
        order = self._new_order((self.product, 1), partner_id=self.stranger.id)
        own = {"partner_id": self.stranger.id}
        kept = self._requested(self._deliver(order), rma=own)
        clerk = self.users["service"]
        clerk.group_ids = [Command.link(self.env.ref("base.group_partner_manager").id)]
        both = self.customer | self.stranger
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(clerk)
        wizard = wizard.create(
            {
                "partner_ids": [Command.set(both.ids)],
                "dst_partner_id": self.stranger.id,
                "state": "selection",
            }
        )
        auditor = self._as("auditor", rma)
        self._call(auditor, "action_hold", reason="Lawsuit")
        with self.assertRaisesRegex(UserError, "is under legal hold"):
            self._call(wizard, "action_merge")
        self._call(auditor, "action_release_hold")
        # what is to be credited would be credited to the other one
        waiting = self._requested(self._sell(1))
        with self.assertRaisesRegex(UserError, f"{waiting.name} is under way"):
            self._call(wizard, "action_merge")
        self._call(self._as("service", waiting), "action_cancel")
        source = self.customer.id
        self._call(wizard, "action_merge")
        self.assertEqual(rma.partner_id, self.stranger)
        event = self._events(rma)[-1]
        self.assertEqual(
            (event.name, event.user_id, event.data),
            (
                "CustomerMerged",
                clerk,
                {"partners": [source], "into": self.stranger.id},
            ),
        )
        self.assertNotIn("CustomerMerged", self._events(kept).mapped("name"))

    def _merge_stranger(self):
        """Merge who has ordered, and has returns, into the customer."""
        system = self.users["service"]
        system.group_ids = [Command.link(self.env.ref("base.group_system").id)]
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(system)
        both = self.customer | self.stranger
        values = {"dst_partner_id": self.customer.id, "state": "selection"}
        merge = wizard.create({"partner_ids": [Command.set(both.ids)], **values})
        self._call(merge, "action_merge")

    def test_sales_of_merged_customers_are_those_of_who_is_left(self):
        orders = [
            self._new_order((self.product, 1), partner_id=self.stranger.id)
            for _again in range(2)
        ]
        first, later = (self._deliver(order) for order in orders)
        waiting = self._requested(first, rma={"partner_id": self.stranger.id}).sudo()
        self._merge_stranger()
        self.assertEqual(waiting.customer_facts["owner"], self.customer.id)
        self.assertEqual(self._requested(later).state, "authorized")

    def test_no_agreement_holds_for_sales_of_others_by_a_merge(self):
        order = self._new_order((self.product, 1), partner_id=self.stranger.id)
        moved = self._deliver(order)
        self.env["reverse.agreement"].create(
            {"name": "Large customer", "partner_ids": [Command.set(self.customer.ids)]}
        )
        self._merge_stranger()
        asked = self._requested(moved)
        self.assertEqual(asked.line_ids.decision_code, "other_customer")

    def test_controls_name_nobody_else_after_a_merge(self):
        """What was agreed with one customer would hold for the other one."""
        system = self.users["service"]
        system.group_ids = [Command.link(self.env.ref("base.group_system").id)]
        wizard = self.env["base.partner.merge.automatic.wizard"].with_user(system)
        merge = wizard.create(
            {
                "partner_ids": [Command.set((self.customer | self.stranger).ids)],
                "dst_partner_id": self.stranger.id,
                "state": "selection",
            }
        )
        agreement = self.env["reverse.agreement"].create(
            {"name": "Large customer", "partner_ids": [Command.set(self.customer.ids)]}
        )
        with self.assertRaisesRegex(UserError, "“Large customer”.* names a contact"):
            self._call(merge, "action_merge")
        agreement.unlink()
        rule = self._get_version().copy().rule_ids[:1]
        rule.partner_ids = self.customer
        with self.assertRaisesRegex(UserError, "names a contact"):
            self._call(merge, "action_merge")
        rule.partner_ids = False
        self.facility.warehouse_id.partner_id = self.customer
        with self.assertRaisesRegex(UserError, f"“{self.facility.name}”.* names a"):
            self._call(merge, "action_merge")
        self.facility.warehouse_id.partner_id = self.company.partner_id
        self._call(merge, "action_merge")
        self.assertFalse(self.customer.exists())

    def test_links_open_nothing_of_what_was_erased(self):
        rma = self._return(self._sell(3), 2)
        self.company.reverse_portal = "follow"
        token = rma.sudo()._portal_ensure_token()
        visitor = self.env.ref("base.public_user")
        found = rma.sudo()._find_shown_to(rma.id, visitor, token)
        self.assertEqual(found, rma)
        self._as("administrator", self.customer)._reverse_erase()
        self.assertFalse(rma.sudo()._find_shown_to(rma.id, visitor, token))

    def test_goods_in_returns_are_counted_as_before(self):
        """Otherwise what is credited would not come into stock."""
        template = self.product.product_tmpl_id
        rma = self._requested(self._sell(3), 2)
        self._receive(rma)
        for vals in ({"is_storable": False}, {"tracking": "lot"}, {"type": "service"}):
            self.assertRefused(
                "lies in returns", lambda vals=vals: template.sudo().write(vals)
            )
        template.sudo().write({"is_storable": True, "tracking": "none", "name": "Pot"})
        self.assertEqual(template.name, "Pot")
