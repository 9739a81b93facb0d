"""What vouches for goods and decisions says no more than what was looked at."""

from odoo.exceptions import UserError
from odoo.tests.common import new_test_user, tagged

from ..goods_common import GoodsCase


@tagged("post_install", "-at_install")
class TestAttacksVouched(GoodsCase):
    def setUp(self):
        super().setUp()
        self.line = self._sell(4)
        self.rma = self._received(self.line, 3)
        self.part = self.rma.inspection_ids
        self.here = self.inspection_location
        self.elsewhere = self.env.ref("stock.stock_location_inter_company")

    # ------------------------------------------------------------------
    # Scrap orders
    # ------------------------------------------------------------------
    def _scrap(self):
        """Ask to scrap one piece of what waits."""
        scrap = (
            self.env["stock.scrap"]
            .with_user(self.stocker)
            .create(
                {
                    "product_id": self.product.id,
                    "location_id": self.here.id,
                    "scrap_qty": 1,
                }
            )
        )
        self._call(scrap, "action_reverse_ask_scrap", reason="Broken")
        return scrap

    def _more(self, scrap):
        return {
            "product_id": self.product.id,
            "product_uom_qty": 3,
            "location_id": self.here.id,
            "location_dest_id": scrap.scrap_location_id.id,
            "scrap_id": scrap.id,
        }

    def test_an_approved_scrap_is_no_larger_than_approved(self):
        scrap = self._scrap()
        change = scrap.sudo().reverse_quantity_change_ids
        moves = self.env["stock.move"].with_user(self.stocker)
        with self.assertRaisesRegex(UserError, "follows from its own quantity"):
            self._rpc(self.stocker, moves._name, "create", [self._more(scrap)])
        free = {**self._more(scrap), "scrap_id": False}
        loose = moves.create(free)
        with self.assertRaisesRegex(UserError, "follows from its own quantity"):
            self._call(loose, "write", {"scrap_id": scrap.id})
        # however it came to say more
        added = self.env["stock.move"].sudo().create(self._more(scrap))
        approval = change.approval_ids.with_user(self.users["approver"])
        with self.assertRaisesRegex(UserError, "something else than what was asked"):
            self._call(approval, "action_approve")
        added.unlink()
        self._call(approval, "action_approve")
        self.assertEqual((change.state, self._lies(self.here)), ("done", 2))
        # what was approved once moves nothing else
        later = self._open_transfer(self.here, scrap.scrap_location_id)
        later.sudo().move_ids.with_context(
            **change._workflow().env.context
        ).reverse_quantity_change_id = change
        self.assertRefused(
            "only when somebody else has approved", later.button_validate
        )

    # ------------------------------------------------------------------
    # Places whose past counts
    # ------------------------------------------------------------------
    def test_what_came_back_is_not_made_a_delivery(self):
        """An empty place keeps what it was when goods went through it."""
        dock = self.env["stock.location"].create(
            {"name": "Dock 2", "location_id": self.here.id}
        )
        rma = self._requested(self.line, 1)
        receipt = self._as("receiver", rma.picking_ids)
        receipt.move_ids.move_line_ids.location_dest_id = dock
        receipt.move_ids.write({"quantity": 1, "picked": True})
        self._call(receipt, "button_validate")
        self._inspect(rma.inspection_ids)
        self.assertEqual((rma.state, self._lies(dock)), ("done", 0))
        place = dock.with_user(self.manager)
        for values in (
            {"usage": "customer"},
            {"usage": "supplier"},
            {"location_id": self.elsewhere.id},
            {"location_id": self.stock.id},
        ):
            with self.subTest(values=values):
                self.assertRefused(
                    "returns count by what it was",
                    lambda values=values: self._call(place, "write", values),
                )
        self._call(place, "write", {"active": False, "name": "Old dock"})
        self.assertFalse(dock.active)
        with self.assertRaisesRegex(UserError, "0 units|already|more than"):
            self._requested(self.line, 1)

    def test_places_that_nothing_went_through_may_change(self):
        place = self.env["stock.location"].create({"name": "Yard", "usage": "internal"})
        own = place.with_user(self.manager)
        self._call(own, "write", {"usage": "customer"})
        self._call(own, "write", {"usage": "internal", "location_id": self.stock.id})
        self.assertEqual(place.location_id, self.stock)

    def test_a_place_on_the_way_to_other_companies_stays_there(self):
        """It is moved with the goods in it, below our stock."""
        yard = self.env["stock.location"].create(
            {"name": "Yard", "usage": "transit", "location_id": self.elsewhere.id}
        )
        self._transfer(self.stock, yard)
        self.assertRefused(
            "returns count by what it was",
            lambda: self._call(
                yard.with_user(self.manager),
                "write",
                {"location_id": self.stock.location_id.id},
            ),
        )

    # ------------------------------------------------------------------
    # Ways by which another company is no customer
    # ------------------------------------------------------------------
    def test_no_way_round_by_another_company(self):
        back = self._return_button(self.rma.picking_ids, 1)
        back.move_ids.location_dest_id = self.elsewhere
        back.move_ids.move_line_ids.location_dest_id = self.elsewhere
        back.move_ids.write({"quantity": 1, "picked": True})
        self.assertRefused(
            "no inspection has decided",
            lambda: self._call(back.with_user(self.stocker), "button_validate"),
        )
        back.action_cancel()
        for source, why in (
            (self.customers, "Returned goods are inspected first"),
            (self.places["liquidation"], "no sale takes it to"),
            (self.places["customer_return"], "no inspection has decided"),
        ):
            with self.subTest(source=source.display_name):
                way = self._open_transfer(source, self.elsewhere)
                self.assertRefused(why, way.button_validate)

    def test_denied_goods_are_not_sent_to_another_company(self):
        self._inspect(self.part, "D", "CUSTOMER")
        picking = self.part.move_ids.picking_id.filtered(
            lambda own: own.state != "done"
        )
        picking = picking.with_user(self.stocker)
        picking.move_ids.write(
            {"quantity": 3, "picked": True, "location_dest_id": self.elsewhere.id}
        )
        picking.move_line_ids.location_dest_id = self.elsewhere
        self.assertRefused("no inspection has decided", picking.button_validate)
        self.assertFalse(self.part.disposed and picking.state == "done")

    def test_what_waits_to_be_sold_leaves_by_a_sale(self):
        place = self.places["liquidation"]
        self.env["stock.quant"].sudo()._update_available_quantity(
            self.product, place, 1
        )
        free = self._open_transfer(place, self.customers)
        self.assertRefused("no sale takes it to", free.button_validate)
        self._approve(free)
        self._call(free, "button_validate")
        self.assertEqual(free.state, "done")

    # ------------------------------------------------------------------
    # Decisions that are noted
    # ------------------------------------------------------------------
    def test_policies_come_into_force_by_events(self):
        admin = self.users["administrator"]
        version = self._get_version().with_user(admin).copy()
        self._call(version, "action_activate")
        events = self.env["reverse.event"].search(
            [("company_id", "=", self.company.id), ("name", "=like", "Policy%")],
            order="id",
        )
        event = events[-1]
        self.assertEqual((event.name, event.user_id), ("PolicyActivated", admin))
        self.assertEqual(
            (event.data["version"], event.data["version_hash"]),
            (version.id, version.snapshot_hash),
        )
        self._call(version, "action_archive_version")
        last = self.env["reverse.event"].search([], order="id desc", limit=1)
        self.assertEqual(
            (last.name, last.data["version"]), ("PolicyTakenOut", version.id)
        )
        note = version.message_ids.filtered(lambda m: m.message_type == "notification")
        if note:
            with self.assertRaisesRegex(UserError, "It stays"):
                self._rpc(admin, "mail.message", "unlink", note[:1].ids)

    def test_roles_that_are_given_from_the_other_side_are_noted(self):
        keeper = new_test_user(
            self.env, login="rights", groups="base.group_erp_manager"
        )
        other = self.env["res.company"].create({"name": "Elsewhere"})
        keeper.company_ids += other
        user = self.users["approver"]
        periods = self.env["reverse.duty.period"].search_count
        domain = [("user_id", "=", user.id), ("company_id", "=", other.id)]
        before = periods(domain)
        self._rpc(
            keeper, "res.company", "write", other.ids, {"user_ids": [(4, user.id)]}
        )
        self.env.cr.precommit.run()
        self.assertGreater(periods(domain), before)

    def test_names_of_roles_stay(self):
        keeper = new_test_user(self.env, login="names", groups="base.group_erp_manager")
        names = self.env["ir.model.data"].search(
            [
                ("module", "=", "reverse_logistics"),
                ("name", "=", "group_combined_duties"),
            ]
        )
        values = {"res_id": self.env.ref("base.group_user").id}
        for call in (
            lambda: self._rpc(keeper, names._name, "write", names.ids, values),
            lambda: self._rpc(keeper, names._name, "unlink", names.ids),
            lambda: self._rpc(
                keeper,
                names._name,
                "create",
                [
                    {
                        "module": "reverse_logistics",
                        "name": "own",
                        "model": "res.groups",
                        "res_id": self.env.ref("base.group_user").id,
                    }
                ],
            ),
        ):
            self.assertRefused("Returns know roles", call)
