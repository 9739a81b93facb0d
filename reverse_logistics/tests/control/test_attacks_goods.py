"""Goods of customers on ways where nobody looks, and what one person says of them."""

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
