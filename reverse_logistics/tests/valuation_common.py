"""Goods valued in every way that Odoo knows, sold and on their way back."""

from .common import ReturnsCommon

#: What one piece leaves at when the return is inspected: bought at 10, or 30 for the
#: lot; after the return others came in at 20, or 10, and the standard is 13.
VALUES = {"standard": 13.0, "average": 15.0, "fifo": 10.0, "lot": 30.0}
#: What it was sold at, which is the cost that a credit takes back.
SOLD = {"standard": 10.0, "average": 10.0, "fifo": 10.0, "lot": 30.0}


class ValuationCommon(ReturnsCommon):
    """Eight products: four ways to value them, in the ledger at once or at closing."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.products = {
            (method, valuation): cls._create_valued(method, valuation)
            for valuation in ("real_time", "periodic")
            for method in VALUES
        }
        with cls._preparing():
            cls.order = cls._new_order(
                *((one, 5, {"price_unit": 100.0}) for one in cls.products.values())
            )
            cls._deliver(cls.order)
            cls._invoice(cls.order)

    @classmethod
    def _create_valued(cls, method, valuation, name="Goods"):
        lot = method == "lot"
        product = cls._create_product(
            f"{name} {method} {valuation}",
            categ_id=cls._create_category("average" if lot else method, valuation).id,
            standard_price=10.0,
            **({"tracking": "lot", "lot_valuated": True} if lot else {}),
        )
        lots = lot and cls._create_lots(product, "DEAR")
        cls._take_in(product, 10, 30.0 if lot else 10.0, lots)
        return product

    @classmethod
    def _take_in(cls, product, quantity, cost, lot):
        """Where goods of a product come from, before they are sold."""
        cls._buy(product, quantity, cost, lot)

    def _ask(self, quantity, **values):
        """Request a return of so many of each product."""
        quantities = dict.fromkeys(self.order.order_line, quantity)
        rma = self._as("service", self.order)._create_rmas(quantities, **values)
        self._call(self._as("service", rma), "action_request")
        return rma

    def _back(self, quantity, **values):
        """Take so many of each product back, and let prices change since."""
        rma = self._ask(quantity, **values)
        self._receive(rma)
        self._prices_move_on(5 + quantity)
        return rma.with_env(self.env)

    def _prices_move_on(self, here, products=None):
        """Buy as many at another price as there are."""
        for (method, _valuation), product in (products or self.products).items():
            if method == "standard":
                product.standard_price = 13.0
            elif method == "lot":
                self._buy(product, here, 10.0, self._create_lots(product, "CHEAP"))
            else:
                self._buy(product, here, 20.0)

    def _worth(self, products=None):
        self.env.flush_all()
        self.env.invalidate_all()
        products = products or self.products
        return {key: round(p.total_value, 2) for key, p in products.items()}

    def _lost(self, before, products=None):
        """What each product's stock is worth less than before."""
        after = self._worth(products)
        return {key: round(value - after[key], 2) for key, value in before.items()}

    def _pieces(self, quantity, values=None):
        """What so many pieces of each product are worth, by product."""
        values = values or VALUES
        return {key: quantity * values[key[0]] for key in self.products}

    def _close(self, account):
        """What closing the period would book on an account, in whatever entry of it."""
        return round(
            sum(
                vals["debit"] - vals["credit"]
                for vals in self.company._action_close_stock_valuation()
                if vals["account_id"] == account.id
            ),
            2,
        )
