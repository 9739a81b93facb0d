"""Every way of Odoo's that moves stock × who may take it: goods of returns stay."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests.common import new_test_user, tagged

from ..goods_common import KEYS, GoodsCase

#: What refuses goods to leave, wherever they are to go.
STAYS = (
    "has to be inspected first: complete its inspection|"
    "no inspection has decided that it goes to|"
    "change only when somebody else has approved: |"
    "goods leave without being looked at again, so |"
    "is done, and returns go by it"
)
#: Ways that are refused in words of their own.
SAID = {
    "_go_delivery": f"{STAYS}|says that it sends again what came back of",
    "_go_quant": "its quantity changes only when somebody else has approved",
    "_go_state": "is not done by writing so: validate it",
    "_go_place": "a location of returns keeps its parent",
    "_go_usage": "a location of returns keeps its parent",
}
#: Ways that are not refused, but wait for somebody else to approve.
WAITING = {"_go_scrap", "_go_count", "_go_import"}
#: What only administrators of Inventory do in Odoo, and what it says to others.
ODOO = {
    "_go_relocation": r"create 'Stock Quantity Relocation' \(stock.quant.relocate\)",
    "_go_push": r"create 'Stock Rule' \(stock.rule\)",
}


@tagged("post_install", "-at_install")
class TestGoodsMatrix(GoodsCase):
    """Two kettles and a scanner wait for their inspection, nobody has decided yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        keeper = new_test_user(
            cls.env,
            login="goods-all",
            groups="stock.group_stock_manager,reverse_logistics.group_inspector,"
            "reverse_logistics.group_receiver,reverse_logistics.group_approver,"
            "sales_team.group_sale_manager",
        )
        cls.people = (
            cls.stocker,
            cls.manager,
            cls.users["receiver"],
            cls.users["administrator"],
            keeper,
        )
        (cls.lot,) = cls._create_lots(cls.serial_product, "S1")
        cls.targets = (
            cls.stock,
            cls.loose,
            cls.customers,
            cls.suppliers,
            cls.loss,
            cls.production,
            cls.company.internal_transit_location_id,
            cls.places["liquidation"],
        )
        here = cls.here = cls.inspection_location
        cls.rma = cls._received(cls._sell(4), 2)
        line = cls._sell(1, product=cls.serial_product, lots={cls.lot: 1})
        cls._received(line, 1, lot_id=cls.lot.id)
        # some lie in a package, on a transfer that is done, and some were counted
        cls.package = cls.env["stock.package"].create({"name": "BOX"})
        hold = cls.places["hold"]
        cls._stock(cls.lot_product, 1, location=hold)
        cls.done = cls._transfer(here, hold, 1)
        quant = hold.quant_ids.filtered(lambda q: q.product_id == cls.product)
        quant.with_user(cls.manager).move_quants(package_dest_id=cls.package)

    def setUp(self):
        super().setUp()
        self.said = self._read_places()

    def _read_places(self):
        """Where all goods lie, whose, and in what."""
        self.env.flush_all()
        self.env.invalidate_all()
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "in", (self.product | self.serial_product).ids),
                ("location_id", "child_of", self.company.reverse_root_location_id.id),
                ("quantity", "!=", 0),
            ]
        )
        return sorted(
            (
                quant.product_id.name,
                quant.location_id.name,
                quant.lot_id.name or "",
                quant.owner_id.name or "",
                quant.quantity,
            )
            for quant in quants
        )

    # ------------------------------------------------------------------
    # Ways
    # ------------------------------------------------------------------
    def _go_transfer(self, user, target):
        self._open_transfer(self.here, target, user=user).button_validate()

    def _go_line(self, user, target):
        """The transfer says one thing, its line another."""
        picking = self._open_transfer(self.stock, self.stock, user=user)
        picking.move_ids.move_line_ids.write(
            {"location_id": self.here.id, "location_dest_id": target.id}
        )
        picking.button_validate()

    def _go_delivery(self, user, target):
        picking = self._open_transfer(
            self.here, target, user=user, picking_type_id=self.warehouse.out_type_id.id
        )
        picking.move_ids.origin_returned_move_id = self.rma.line_ids.move_id
        picking.with_context(skip_backorder=True).button_validate()

    def _go_edit(self, user, target):
        line = self.done.move_line_ids.with_user(user)
        line.write({"location_dest_id": target.id})

    def _go_add(self, user, target):
        """A line is added to a transfer that is done."""
        self.env["stock.move.line"].with_user(user).create(
            {
                "picking_id": self.done.id,
                "product_id": self.product.id,
                "quantity": 1,
                "location_id": self.here.id,
                "location_dest_id": target.id,
            }
        )

    def _go_relocation(self, user, target):
        quants = self.here.quant_ids.filtered(lambda q: q.product_id == self.product)
        self.env["stock.quant.relocate"].with_user(user).create(
            {"quant_ids": quants.ids, "dest_location_id": target.id}
        ).action_relocate_quants()

    def _go_package(self, user, target):
        self.package.with_user(user).write({"location_id": target.id})

    def _go_lot(self, user, target):
        self.lot.with_user(user).write({"location_id": target.id})

    def _go_scrap(self, user, target):
        self.env["stock.scrap"].with_user(user).create(
            {
                "product_id": self.product.id,
                "scrap_qty": 1,
                "location_id": self.here.id,
                "scrap_location_id": target.id,
            }
        ).action_validate()

    def _go_count(self, user, target):
        """Counted less here, and more there."""
        quants = self.env["stock.quant"].with_user(user)
        quants = quants.with_context(inventory_mode=True, inventory_name="Count")
        quant = quants.browse(
            self.here.quant_ids.filtered(lambda q: q.product_id == self.product).ids
        )
        quant.inventory_quantity = 0
        quant.action_apply_inventory()

    def _go_quant(self, user, target):
        self._rpc(
            user,
            "stock.quant",
            "write",
            self.here.quant_ids.ids,
            {"location_id": target.id},
            context=KEYS,
        )

    def _go_import(self, user, target):
        quant = self.here.quant_ids.filtered(lambda q: q.product_id == self.product)
        found = self._rpc(
            user,
            "stock.quant",
            "load",
            [".id", "location_id/.id", "inventory_quantity"],
            [[str(quant.id), str(target.id), "0"]],
        )
        self._rpc(user, "stock.quant", "action_apply_inventory", found["ids"] or [])

    def _go_state(self, user, target):
        """A move that says that it is done, with a line that says so."""
        move = (
            self.env["stock.move"]
            .with_user(user)
            .create(
                {
                    "product_id": self.product.id,
                    "product_uom_qty": 1,
                    "location_id": self.here.id,
                    "location_dest_id": target.id,
                    "state": "done",
                }
            )
        )
        move.move_line_ids = [
            Command.create(
                {
                    "product_id": self.product.id,
                    "quantity": 1,
                    "location_id": self.here.id,
                    "location_dest_id": target.id,
                    "state": "done",
                }
            )
        ]

    def _go_place(self, user, target):
        self.here.with_user(user).with_context(**KEYS).write({"location_id": target.id})

    def _go_usage(self, user, target):
        self.here.with_user(user).with_context(**KEYS).write(
            {"usage": target.usage, "reverse_facility_id": False}
        )

    def _go_push(self, user, target):
        """A rule moves on what comes in."""
        rule = (
            self.env["stock.rule"]
            .with_user(user)
            .create(
                {
                    "name": "Push",
                    "action": "push",
                    "auto": "transparent",
                    "location_src_id": self.here.id,
                    "location_dest_id": target.id,
                    "picking_type_id": self.internal.id,
                    "route_id": self.env["stock.route"].create({"name": "Push"}).id,
                }
            )
        )
        self.product.route_ids = rule.route_id
        self.product.sudo().route_ids = rule.route_id
        picking = self._open_transfer(self.places["hold"], self.here, user=user)
        picking.button_validate()
        after = self.env["stock.picking"].search(
            [("location_id", "=", self.here.id), ("state", "=", "assigned")]
        )
        after.with_user(user).button_validate()

    # ------------------------------------------------------------------
    # Cells
    # ------------------------------------------------------------------
    def _attempt(self, way, user, target):
        """Try it, say where goods lie then, and forget it."""
        said = None
        try:
            with self.env["reverse.event"]._rewind_on_error(), self.env.cr.savepoint():
                self.env.invalidate_all()
                try:
                    way(user, target)
                    self.env.flush_all()
                except (UserError, AccessError) as error:
                    said = str(error)
                    raise
                raise _Done(self._read_places())
        except _Done as done:
            return said, done.args[0]
        except (UserError, AccessError):
            self.assertTrue(said.strip())
            return said, self._read_places()
        finally:
            self.env.invalidate_all()

    def assertStays(self, ways, people, targets):
        for way in ways:
            for user in people:
                for target in targets:
                    with self.subTest(
                        way=way.__name__, user=user.login, target=target.display_name
                    ):
                        said, places = self._attempt(way, user, target)
                        self._check_said(way.__name__, user, said)
                        total = sum(place[-1] for place in places)
                        self.assertEqual(total, sum(p[-1] for p in self.said))
                        self.assertFalse(
                            [place for place in places if place[1] == "Liquidation"]
                        )
        self.assertEqual(self._read_places(), self.said)

    def _check_said(self, way, user, said):
        """Each way is refused by the guard that is meant, or waits for somebody."""
        if way in WAITING:
            self.assertIsNone(said)
        elif way in ODOO and not user.has_group("stock.group_stock_manager"):
            self.assertRegex(said, ODOO[way])
        else:
            self.assertRegex(said or "nothing", SAID.get(way, STAYS))

    def test_transfers(self):
        ways = (self._go_transfer, self._go_line, self._go_delivery)
        self.assertStays(ways, self.people[:1], self.targets)
        self.assertStays(ways, self.people[1:], (self.stock, self.customers))

    def test_done_transfers(self):
        ways = (self._go_edit, self._go_add, self._go_state)
        self.assertStays(ways, self.people[:2], self.targets)
        self.assertStays(ways, self.people[2:], (self.stock, self.customers))

    def test_quants_packages_and_lots(self):
        ways = (
            self._go_relocation,
            self._go_package,
            self._go_lot,
            self._go_quant,
            self._go_import,
        )
        self.assertStays(ways, self.people[1:2], self.targets)
        self.assertStays(ways, self.people, (self.stock, self.customers))

    def test_scrap_and_counts(self):
        ways = (self._go_scrap, self._go_count)
        self.assertStays(ways, self.people, (self.loss,))

    def test_places_and_rules(self):
        ways = (self._go_place, self._go_usage, self._go_push)
        people = (self.manager, self.users["administrator"], self.people[-1])
        self.assertStays(ways, people, (self.stock, self.customers))

    def test_ways_work_elsewhere(self):
        """The same ways move goods that are in no return: they are refused for these
        only.
        """
        here = self.env["stock.location"].create(
            {"name": "Aisle", "location_id": self.stock.id}
        )
        self.said = None
        for way in (
            self._go_transfer,
            self._go_line,
            self._go_add,
            self._go_relocation,
            self._go_scrap,
            self._go_count,
        ):
            self._stock(self.product, 5, location=here)
            self.here = here
            self.done = self._transfer(here, self.stock)
            before = self._lies(here)
            with self.subTest(way=way.__name__):
                target = self.loss if way == self._go_scrap else self.customers
                way(self.manager, target)
                self.assertLess(self._lies(here), before)


class _Done(Exception):
    """What was done is to be forgotten."""
