"""Stock by state of return is worth what the ledger says, on whatever day."""

from datetime import timedelta

from freezegun import freeze_time

from odoo import Command, fields
from odoo.tests import tagged

from ..valuation_common import SOLD, ValuationCommon

#: What each product is bought at later on; a standard price is no matter of that.
LATER = {"standard": 10.0, "average": 20.0, "fifo": 20.0, "lot": 10.0}


@tagged("post_install", "-at_install")
class TestStockLedger(ValuationCommon):
    """Eight products with an account each, over a month of which two days are closed.

    Sold on day 0, back on day 10 and credited in part; credited in full on day 12;
    others are bought on day 20, and one of each is scrapped on day 22.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.write_off = cls.env["account.account"].create(
            {
                "name": "Returns written off",
                "code": "699099",
                "account_type": "expense",
                "company_ids": [Command.link(cls.company.id)],
            }
        )
        cls.company._ensure_reverse_scrap()
        cls.company.reverse_write_off_account_id = cls.write_off
        cls.start = fields.Datetime.now()

    @classmethod
    def _create_valued(cls, method, valuation, name="Goods"):
        product = super()._create_valued(method, valuation, name)
        number = sum(map(ord, method + valuation))
        account = cls.stock_account.copy(
            {"code": f"1198{number}", "name": f"Stock {method} {valuation}"}
        )
        product.categ_id.property_stock_valuation_account_id = account
        cls._bill(product, 10, 30.0 if method == "lot" else 10.0)
        return product

    @classmethod
    def _buy(cls, product, quantity, cost, lot=None):
        """As with a bill: Odoo knows later what it cost then, also at today's cost."""
        move = super()._buy(product, quantity, cost, lot)
        known = cls.env["product.value"]
        if not known.search_count([("move_id", "=", move.id)], limit=1):
            values = {"move_id": move.id, "value": quantity * cost}
            known.create({**values, "company_id": cls.company.id})
        return move

    @classmethod
    def _bill(cls, product, quantity, cost):
        """Book what was bought as its bill does; what is periodic waits for closing."""
        if product.valuation != "real_time":
            return
        account = product.categ_id.property_stock_valuation_account_id
        entry = cls.env["account.move"].create(
            {
                "journal_id": cls.company.account_stock_journal_id.id,
                "line_ids": [
                    Command.create({"account_id": account_id, "balance": balance})
                    for account_id, balance in (
                        (account.id, quantity * cost),
                        (cls.expense_account.id, -quantity * cost),
                    )
                ],
            }
        )
        entry.action_post()

    def _on(self, day):
        return freeze_time(self.start + timedelta(days=day))

    def _at(self, day):
        return (self.start + timedelta(days=day)).date()

    def _shown(self, day):
        """What the list of stock says on a day: worth by product, and by state."""
        self.env.flush_all()
        self.env.invalidate_all()
        wizard = self._as("auditor", self.env["reverse.stock.wizard"])
        domain = wizard.create({"day": self._at(day)}).action_show()["domain"]
        rows = self._as("auditor", self.env["reverse.stock"]).search(domain)
        worth, states = {}, {}
        for key, product in self.products.items():
            own = rows.filtered(lambda row, product=product: row.product_id == product)
            worth[key] = round(sum(own.mapped("value")), 2)
            states[key] = {
                state: sum(group.mapped("quantity"))
                for state, group in own.grouped("state").items()
            }
        return worth, states

    def _booked(self, day):
        """What the ledger says on a day, by product."""
        booked = {}
        for key, product in self.products.items():
            account = product.categ_id.property_stock_valuation_account_id
            lines = self.env["account.move.line"].search(
                [
                    ("account_id", "=", account.id),
                    ("parent_state", "=", "posted"),
                    ("date", "<=", self._at(day)),
                ]
            )
            booked[key] = round(sum(lines.mapped("balance")), 2)
        return booked

    def _month(self):
        """Let it all happen."""
        with self._on(10):
            rma = self._ask(3)
            self._receive(rma)
            rma = rma.with_env(self.env)
            parked = rma.inspection_ids
            self._call(self._as("inspector", parked), "write", {"quantity": 1})
            staying = rma.inspection_ids - parked
            self._call(self._as("inspector", staying), "write", {"quantity": 1})
            self._inspect(parked | staying, "C", "QUARANTINE")
            self._inspect(rma.inspection_ids - parked - staying, "A", "RESTOCK")
        with self._on(12):
            self._settle(rma.settlement_ids.filtered(lambda s: s.state == "draft"))
        with self._on(15):
            self.company.action_close_stock_valuation(auto_post=True)
        with self._on(20):
            for (method, _valuation), product in self.products.items():
                lot = self._create_lots(product, "LATER") if method == "lot" else None
                self._buy(product, 7, LATER[method], lot)
                self._bill(product, 7, LATER[method])
        with self._on(22):
            self._call(self._as("inspector", parked), "action_reinspect")
            again = rma.inspection_ids.filtered(lambda part: part.state == "draft")
            self._inspect(again, "E", "SCRAP")
        with self._on(25):
            self.company.action_close_stock_valuation(auto_post=True)

    def test_it_ties_at_any_date(self):
        self._month()
        with self._on(30):
            self._check_perpetual()
            self._check_periodic()

    def test_lots_first_in_first_out_on_an_earlier_day(self):
        """Six came, two left; a week later three came, and then nothing is left."""
        category = self._create_category("fifo", "real_time")
        product = self._create_product(
            "Film", tracking="lot", lot_valuated=True, categ_id=category.id
        )
        lot = self._create_lots(product, "F1")
        self._buy(product, 4, 10.0, lot)
        self._buy(product, 2, 16.0, lot)
        quants, place = self.env["stock.quant"], self.warehouse.lot_stock_id
        with self._on(1):
            self._write_off(product, lot, 2)
        with self._on(8):
            self._buy(product, 3, 20.0, lot)
        with self._on(9):
            self._write_off(product, lot, 7)
            self.assertEqual(quants._get_available_quantity(product, place, lot), 0)
        with self._on(20):
            for day, worth in ((0, 72.0), (2, 52.0), (8, 112.0), (9, 0.0)):
                moment = self.start + timedelta(days=day, hours=1)
                self.env.invalidate_all()
                with self.subTest(day=day):
                    then = product.with_context(to_date=moment)
                    self.assertEqual(then._get_value_from_lots(), worth)

    def test_lots_of_one_warehouse_and_company_on_an_earlier_day(self):
        """A lot lies in two warehouses, and with another company, too."""
        product = self._create_product(
            "Film",
            tracking="lot",
            lot_valuated=True,
            categ_id=self._create_category("fifo", "real_time").id,
        )
        lot = self._create_lots(product, "F1")
        lot.company_id = False
        other = self.env["stock.warehouse"].create(
            {"name": "Other", "code": "OTH", "company_id": self.company.id}
        )
        theirs = self.env["res.company"].create({"name": "Theirs"})
        self.env["stock.quant"]._update_available_quantity(
            product,
            self.env["stock.warehouse"]
            .search([("company_id", "=", theirs.id)], limit=1)
            .lot_stock_id,
            5,
            lot_id=lot,
        )
        self._buy(product, 4, 10.0, lot)
        with self._on(1):
            self._send(product, lot, 1, other.lot_stock_id)
        with self._on(3):
            self._write_off(product, lot, 2)
        both = self.env.companies | theirs
        with self._on(20):
            for day, warehouse, worth in (
                (0, self.warehouse, 40.0),
                (0, other, 0.0),
                (2, self.warehouse, 30.0),
                (2, other, 10.0),
                (2, self.env["stock.warehouse"], 40.0),
                (4, self.warehouse, 10.0),
                (4, other, 10.0),
            ):
                then = lot.with_context(
                    to_date=self.start + timedelta(days=day, hours=1),
                    warehouse_id=warehouse.id,
                    allowed_company_ids=both.ids,
                )
                self.env.invalidate_all()
                with self.subTest(day=day, warehouse=warehouse.name):
                    self.assertEqual(then.total_value, worth)

    def _write_off(self, product, lot, quantity):
        self._send(product, lot, quantity, product.property_stock_inventory)

    def _send(self, product, lot, quantity, place):
        move = self.env["stock.move"].create(
            {
                "product_id": product.id,
                "product_uom_qty": quantity,
                "location_id": self.warehouse.lot_stock_id.id,
                "location_dest_id": place.id,
            }
        )
        move._action_confirm()
        move.quantity = quantity
        move.move_line_ids.lot_id = lot
        move.picked = True
        move._action_done()

    def _check_perpetual(self):
        """On every day; what came back and is not credited yet is told apart."""
        seen = []
        for day in (11, 13, 15, 21, 23, 30):
            worth, states = self._shown(day)
            booked = self._booked(day)
            for key in self.products:
                if key[1] == "periodic":
                    continue
                waiting = 2 * SOLD[key[0]] if day == 11 else 0.0
                with self.subTest(method=key[0], day=day):
                    self.assertAlmostEqual(worth[key] - booked[key], waiting)
                    held = states[key].get("quarantine", 0)
                    self.assertEqual(held, 2 if day < 22 else 1)
            seen.append(sum(worth.values()))
        self.assertEqual(len(set(seen)), 3, "others were bought, one was scrapped")

    def _check_periodic(self):
        """On the days that were closed."""
        for day in (15, 25):
            worth, _states = self._shown(day)
            booked = self._booked(day)
            with self.subTest(day=day):
                self.assertEqual(worth, booked)
