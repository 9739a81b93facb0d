"""What lies in returns, since when, and that it is worth what the ledger says."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..scenario_common import ScenarioCommon

METHODS = ("standard", "average", "fifo")


@tagged("post_install", "-at_install")
class TestStock(ScenarioCommon):
    """Of 9 valves for 33.30, and of 9 others by each cost method, 4 are sold and 3 come
    back; 1 is in quarantine already.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.valves = {}
        for method in METHODS:
            category = cls._create_category(method, "real_time")
            cls.valves[method] = cls._create_product(
                f"Valve {method}", categ_id=category.id, standard_price=3.7
            )
            cls._buy(cls.valves[method], 9, 3.7)
        cls.before = cls._read_stock_account()
        with cls._preparing():
            valves = cls.valves.values()
            order = cls._new_order(
                *[(valve, 4, {"price_unit": 100.0}) for valve in valves]
            )
            cls._deliver(order)
            cls._invoice(order)
            cls.rma = cls._come_back(order.order_line, 3)

    @classmethod
    def _come_back(cls, lines, quantity):
        rma = cls.env["reverse.rma"].with_user(cls.users["service"])
        rma = rma.create(
            {
                "partner_id": cls.customer.id,
                "line_ids": [
                    Command.create({"sale_line_id": line.id, "quantity": quantity})
                    for line in lines
                ],
            }
        )
        rma.action_request()
        rma.with_user(cls.users["receiver"]).action_receive()
        cls._park(rma)
        return rma

    @classmethod
    def _park(cls, rma):
        """Put one of each that waits for inspection into quarantine."""
        parts = rma.inspection_ids.filtered(lambda part: part.state == "draft")
        parts = parts.with_user(cls.users["inspector"])
        for part in parts:
            part.write(
                {
                    "quantity": 1,
                    "condition_id": cls.conditions["C"].id,
                    "disposition_id": cls.dispositions["QUARANTINE"].id,
                }
            )
        parts.action_complete()

    @classmethod
    def _read_stock_account(cls):
        cls.env.flush_all()
        lines = cls.env["account.move.line"].search(
            [
                ("account_id", "=", cls.stock_account.id),
                ("parent_state", "=", "posted"),
            ]
        )
        return sum(lines.mapped("balance"))

    def _open(self, day=None, role="auditor"):
        """The rows that somebody is shown, of today or of an earlier day."""
        self.env.flush_all()
        self.env.invalidate_all()
        model = self._as(role, self.env["reverse.stock"])
        if day:
            wizard = self._as(role, self.env["reverse.stock.wizard"])
            action = wizard.create({"day": day}).action_show()
        else:
            action = model.action_open()
        return model.search(action["domain"])

    def _lying(self, product, day=None):
        return self._open(day).filtered(lambda row: row.product_id == product)

    def _of(self, product, rows):
        """What the rows say of a product: ``{state: (quantity, value)}``."""
        own = rows.filtered(lambda row: row.product_id == product)
        return {
            state: (
                sum(group.mapped("quantity")),
                round(sum(group.mapped("value")), 2),
            )
            for state, group in own.grouped("state").items()
        }

    # ------------------------------------------------------------------
    # Days
    # ------------------------------------------------------------------
    def test_entered_dates_make_no_goods_new(self):
        today = self.company._get_reverse_today()
        ago = today - timedelta(30)
        valve = self.valves["standard"]
        receipts = self.rma.inspection_ids.receipt_move_id
        moved = receipts | self.rma.inspection_ids.move_ids
        moved.sudo().date = fields.Datetime.now() - timedelta(200)
        receiver = self._as("receiver", receipts)
        self._call(receiver, "write", {"date": fields.Datetime.now()})
        for day, age in ((None, 200), (ago, 170)):
            rows = self._lying(valve, day).filtered(lambda row: row.state != "sellable")
            self.assertEqual(
                sorted(rows.mapped(lambda row: (row.state, row.quantity, row.days))),
                [("inspection", 2, age), ("quarantine", 1, age)],
            )

    # ------------------------------------------------------------------
    # Value
    # ------------------------------------------------------------------
    def test_all_states_are_worth_what_the_ledger_says(self):
        rows = self._open()
        for method, valve in self.valves.items():
            with self.subTest(method=method):
                self.assertEqual(
                    self._of(valve, rows),
                    {
                        "inspection": (2, 7.4),
                        "quarantine": (1, 3.7),
                        "sellable": (5, 18.5),
                    },
                )
        waiting = self.rma.inspection_ids.filtered(lambda p: p.state == "draft")
        self._inspect(waiting)
        self._settle(self.rma.settlement_ids.filtered(lambda s: s.state == "draft"))
        rows = self._open()
        for method, valve in self.valves.items():
            with self.subTest(method=method, credited=True):
                self.assertEqual(
                    self._of(valve, rows),
                    {"quarantine": (1, 3.7), "sellable": (7, 25.9)},
                )
                self.assertAlmostEqual(valve.total_value, 29.6)
        valves = rows.filtered(lambda row: row.product_id in self._all())
        # one of each is with the customer for good
        self.assertAlmostEqual(
            self._read_stock_account() - self.before,
            sum(valves.mapped("value")) - 3 * 33.3,
        )

    def _all(self):
        return self.product.browse().concat(*self.valves.values())

    def test_values_add_up_to_the_cent(self):
        """Costs that are no whole cents: the shares of all rows are the whole."""
        for method in ("average", "fifo"):
            self._buy(self.valves[method], 7, 1.0 / 3)
        rows = self._open()
        for method in ("average", "fifo"):
            valve = self.valves[method]
            states = self._of(valve, rows)
            with self.subTest(method=method):
                self.assertAlmostEqual(
                    sum(value for _quantity, value in states.values()),
                    round(valve.total_value, 2),
                )
                self.assertEqual(states["sellable"][0], 12)
                share = valve.total_value / 15
                self.assertAlmostEqual(states["quarantine"][1], share, delta=0.006)

    def test_quants_are_worth_their_share(self):
        """Odoo's own list of stock says the same of them."""
        rows = self._open()
        for valve in self.valves.values():
            quants = self.env["stock.quant"].search(
                [("product_id", "=", valve.id), ("location_id.usage", "=", "internal")]
            )
            found = {
                quant.location_id.reverse_state or "sellable": (
                    quant.quantity,
                    round(quant.value, 2),
                )
                for quant in quants
            }
            self.assertEqual(found, self._of(valve, rows))

    def test_lots_have_their_own_value(self):
        product = self._goods("average", tracking="lot", lot_valuated=True)
        lots = self._create_lots(product, "CHEAP", "DEAR")
        for lot, cost in zip(lots, (10.0, 31.0), strict=True):
            self._buy(product, 2, cost, lot)
            location = self.inspection_location
            self.env["stock.quant"]._update_available_quantity(
                product, location, 1, lot_id=lot
            )
        rows = self._lying(product)
        for lot in lots:
            own = rows.filtered(lambda row, lot=lot: row.lot_id == lot)
            self.assertEqual(own.quantity, 1)
            self.assertAlmostEqual(own.value, lot.total_value / 3, delta=0.006)
        self.assertGreater(rows[1].value, rows[0].value * 2)
        self.assertAlmostEqual(sum(rows.mapped("value")), product.total_value)

    def test_goods_of_others_are_worth_nothing(self):
        for valve in self.valves.values():
            self.env["stock.quant"]._update_available_quantity(
                valve, self.inspection_location, 2, owner_id=self.customer
            )
        rows = self._open()
        for valve in self.valves.values():
            own = rows.filtered(lambda row, valve=valve: row.product_id == valve)
            others = own.filtered("owner_id")
            self.assertEqual(
                (others.quantity, others.value, others.owner_id), (2, 0, self.customer)
            )
            self.assertAlmostEqual(sum(own.mapped("value")), valve.total_value)

    # ------------------------------------------------------------------
    # Days
    # ------------------------------------------------------------------
    def test_stock_of_an_earlier_day(self):
        """What lay there then, since when, and what it was worth."""
        valve = self.valves["average"]
        with self._after(25):
            self._park(self.rma)
            self._buy(valve, 8, 5.0)
        with self._after(31):
            now = self._lying(valve)
            self.assertEqual(
                self._aged(now),
                [
                    ("inspection", 1, 31, "d060"),
                    ("quarantine", 1, 31, "d060"),
                    ("quarantine", 1, 6, "d007"),
                ],
            )
            self.assertAlmostEqual(sum(now.mapped("value")), valve.total_value)
            day = fields.Date.today() - timedelta(days=15)
            then = self._lying(valve, day)
            self.assertEqual(
                self._aged(then),
                [("inspection", 2, 16, "d030"), ("quarantine", 1, 16, "d030")],
            )
            moment = fields.Datetime.to_datetime(f"{day} 23:59:59")
            worth = valve.with_context(to_date=moment).total_value
            self.assertAlmostEqual(sum(then.mapped("value")), worth)
            self.assertLess(worth, valve.total_value)
            # nothing was there before
            self.assertFalse(self._lying(valve, day - timedelta(days=17)))

    def test_a_day_ends_when_it_does_at_the_company(self):
        """What came late in the evening of UTC came on the next day at UTC+14."""
        valve = self.valves["average"]
        self.company.reverse_tz = "Pacific/Kiritimati"
        day = fields.Date.today() + timedelta(days=5)
        with freeze_time(f"{day} 11:00:00"):
            self._park(self.rma)
        with freeze_time(f"{day + timedelta(days=4)} 11:00:00"):
            for later, parked in ((0, 1), (1, 2)):
                rows = self._lying(valve, day + timedelta(days=later))
                held = rows.filtered(lambda row: row.state == "quarantine")
                self.assertEqual(sum(held.mapped("quantity")), parked)

    def _after(self, days):
        return freeze_time(fields.Datetime.now() + timedelta(days=days))

    def _aged(self, rows):
        return rows.filtered("since").mapped(
            lambda row: (row.state, row.quantity, row.days, row.age)
        )

    def test_nobody_knows_the_future(self):
        tomorrow = fields.Date.today() + timedelta(days=2)
        with self.assertRaisesRegex(UserError, "Nobody knows yet"):
            self._open(tomorrow)

    def test_shelves_belong_to_the_place_around_them(self):
        shelf = self.env["stock.location"].create(
            {"name": "Shelf 1", "location_id": self.inspection_location.id}
        )
        self._stock(self.product, 2, location=shelf)
        row = self._open().filtered(lambda row: row.location_id == shelf)
        self.assertEqual(
            (row.product_id, row.facility_id, row.state, row.since, row.age),
            (self.product, self.facility, "inspection", False, False),
        )

    # ------------------------------------------------------------------
    # Rights and cost
    # ------------------------------------------------------------------
    def test_costs_are_not_for_everybody(self):
        for role in ("receiver", "inspector", "service"):
            with self.assertRaises(AccessError):
                self._as(role, self.env["reverse.stock"]).action_open()
        with self.assertRaises(AccessError):
            self._as("auditor", self.env["reverse.stock"]).create({"quantity": 1})

    def test_companies_are_apart(self):
        """Each counts and values its own goods, in one list for who works for both."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        # Within a test Odoo has given it a warehouse.
        warehouse = self.env["stock.warehouse"].search([("company_id", "=", other.id)])
        valve = self.valves["standard"].with_company(other)
        valve.standard_price = 11.0
        place = warehouse.reverse_facility_ids._get_location("inspection")
        self._stock(valve, 3, location=place)
        self.users["auditor"].company_ids += other
        both = self._as("auditor", self.env["reverse.stock"]).with_context(
            allowed_company_ids=[self.company.id, other.id]
        )
        domain = both.action_open()["domain"]
        rows = both.search(domain).filtered(lambda row: row.product_id == valve)
        theirs = rows.filtered(lambda row: row.company_id == other)
        self.assertEqual(
            (theirs.location_id, theirs.quantity, theirs.value), (place, 3, 33)
        )
        own = rows - theirs
        self.assertEqual(sum(own.mapped("quantity")), 8)
        self.assertAlmostEqual(sum(own.mapped("value")), 29.6)
        alone = both.with_context(allowed_company_ids=self.company.ids)
        self.assertFalse(alone.search(domain) & theirs)
        differences = both.env["reverse.stock.difference"]
        compared = differences.search(differences.action_open()["domain"])
        self.assertIn(place, compared.location_id)

    def test_list_costs_the_same_for_any_number(self):
        self._fill(80)
        rows = self._open()
        names = ("facility_id", "product_id", "lot_id", "uom_id", "currency_id")
        specification = {
            **{name: {"fields": {"display_name": {}}} for name in names},
            **{name: {} for name in ("state", "quantity", "value", "since", "age")},
        }
        costs = []
        for limit in (20, 80):
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            domain = [("id", "in", rows.ids)]
            found = rows.browse().web_search_read(domain, specification, limit=limit)
            self.assertEqual(len(found["records"]), limit)
            costs.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(costs[1], costs[0] + 1)
        self.assertLess(costs[1], 20)
