from odoo import models


class ReverseDemo(models.AbstractModel):
    """A seller of apparel: own shop, marketplace and two stores."""

    _inherit = "reverse.demo"

    def _get_stock(self):
        sizes = {
            "tshirt": ("s", "m", "l", "xl"),
            "jacket": ("s", "m", "l"),
            "jeans": ("30", "32", "34", "36"),
            "sneaker": ("40", "41", "42", "43"),
        }
        names = [f"{name}-{size}" for name in sizes for size in sizes[name]]
        return [
            *super()._get_stock(),
            *(("fashion", name, (), 120) for name in [*names, "beanie"]),
            *((store, name, (), 15) for store in ("mall", "main") for name in names),
        ]

    def _get_stories(self):
        return [
            *super()._get_stories(),
            (85, self._shirts_too_big),
            (79, self._jeans_settled),
            (74, self._marketplace_settled),
            (70, self._came_after_expiry),
            (64, self._worn_sneakers_rejected),
            (57, self._changed_her_mind),
            (53, self._at_the_counter),
            (46, self._parcel_refused),
            (40, self._size_mixed_up),
            (35, self._jacket_replaced),
            (31, self._keeps_one),
            (27, self._beyond_use),
            (24, self._one_too_many),
            (20, self._marketplace_parcel_lost),
            (17, self._sneakers_on_the_way),
            (9, self._sneakers_arrived),
            (9, self._outlet_unfinished),
            (6, self._two_shop_orders),
            (5, self._shop_order_untouched),
            (5, self._half_of_it_here),
            (4, self._label_sent),
            (4, self._counter_damaged),
            (2, self._voucher_forgotten),
            (2, self._parcel_undeliverable),
            (1, self._missing_beanie),
            (1, self._too_late_to_decide),
            (0, self._just_requested),
        ]

    def _shop_order(self, customer, goods, day, number, warehouse="fashion", **values):
        reference = {"client_order_ref": number, "warehouse": warehouse}
        return self._sell(customer, goods, day, **reference, **values)

    # ------------------------------------------------------------------
    # Finished
    # ------------------------------------------------------------------
    def _shirts_too_big(self, day):
        goods = {"tshirt-m": 1, "tshirt-l": 1}
        order = self._shop_order("amelia", goods, day + 6, "SHOP-10231")
        line = self._line(order, "tshirt-l", 1, "unwanted", note="Too big")
        rma = self._ask("amelia", [line], day, "shop")
        self._receive(rma, day - 4)
        self._inspect(rma, day - 4)

    def _jeans_settled(self, day):
        goods = {"jeans-32": 1, "jeans-34": 1, "beanie": 1}
        order = self._shop_order("ben", goods, day + 5, "SHOP-10258")
        lines = [
            self._line(order, "jeans-32", 1, "unwanted", note="Too tight"),
            self._line(order, "beanie", 1, "not_as_described", note="Colour differs"),
        ]
        rma = self._ask("ben", lines, day, "shop")
        self._receive(rma, day - 3)
        self._inspect(rma, day - 4, "b")

    def _marketplace_settled(self, day):
        order = self._shop_order("chloe", {"sneaker-40": 1}, day + 7, "MKT-88-4102")
        line = self._line(order, "sneaker-40", 1, "unwanted")
        rma = self._ask("chloe", [line], day, "marketplace")
        self._receive(rma, day - 5)
        self._inspect(rma, day - 6)

    def _came_after_expiry(self, day):
        """Expired, then it came all the same: opened again and credited."""
        order = self._shop_order("daniel", {"jacket-l": 1}, day + 9, "SHOP-10290")
        line = self._line(order, "jacket-l", 1, "unwanted")
        rma = self._ask("daniel", [line], day, "shop")
        with self._at(day - 64):
            # sudo: a scheduled action does this, not a person
            rma.sudo()._expire()
        self._receive(rma, 5)
        self._inspect(rma, 4)

    def _worn_sneakers_rejected(self, day):
        order = self._shop_order("emma", {"sneaker-42": 1}, day + 51, "SHOP-10102")
        line = self._line(order, "sneaker-42", 1, "not_as_described")
        rma = self._ask("emma", [line], day, "shop")
        message = "The photos show worn soles, and the 30 days are over."
        with self._at(day - 6):
            # sudo: a scheduled action does this, not a person
            rma.sudo()._raise_sla_breach()
        self._reject(rma, day - 7, message)

    def _changed_her_mind(self, day):
        order = self._shop_order("grace", {"jacket-s": 1}, day + 4, "SHOP-10341")
        line = self._line(order, "jacket-s", 1, "unwanted")
        rma = self._ask("grace", [line], day, "shop")
        self._cancel(rma, day - 1)

    def _at_the_counter(self, day):
        """Handed over in the store: requested, received and credited at once."""
        goods = {"tshirt-m": 2}
        order = self._shop_order("farid", goods, day + 8, "SMS-0417", "main")
        self._counter(order, day, {"tshirt-m": 1}, "a")

    def _counter(self, order, day, quantities, grade):
        """One person at the counter takes goods of an order back."""
        wizards = self._as("counter", self.env["reverse.return.wizard"])
        with self._at(day, 12):
            wizard = wizards.create(
                {
                    "mode": "counter",
                    "order_id": order.id,
                    "company_id": order.company_id.id,
                    "channel_id": self._ref("channel_store").id,
                    "reason_id": self._ref("reason_unwanted").id,
                    "condition_id": self._ref(f"condition_{grade}").id,
                }
            )
            for name, quantity in quantities.items():
                line = wizard.line_ids.filtered_domain(
                    [("product_id", "=", self._product(name).id)]
                )
                line.quantity = quantity
            wizard.action_counter()
        return wizard.rma_id

    def _parcel_refused(self, day):
        """Refused at the door: no return window, back on the shelf, credited."""
        goods = {"tshirt-s": 2, "beanie": 1}
        order = self._shop_order("hugo", goods, day + 6, "SHOP-10398")
        rma = self._parcel_back(order, day, "refused")
        self._inspect(rma, day - 1)

    def _parcel_back(self, order, day, reason):
        with self._at(day, 11):
            pickings = self._as("receiver", order.picking_ids)
            action = pickings.action_parcel_back(reason)
        return self.env["reverse.rma"].browse(action["res_id"])

    def _size_mixed_up(self, day):
        """Size L was in the bag of size M: credited, the other one is back."""
        order = self._shop_order("amelia", {"tshirt-m": 2}, day + 4, "SHOP-10440")
        came = self._product("tshirt-l").id
        claim = {"claimed_product_id": came, "remedy": "credit"}
        line = self._line(order, "tshirt-m", 1, "wrong_item", **claim)
        rma = self._ask("amelia", [line], day, "shop")
        self._authorize(rma, day - 1)
        self._settle(rma, day - 1)
        self._receive(rma, day - 5)
        self._inspect(rma, day - 5)

    def _jacket_replaced(self, day):
        order = self._shop_order("ben", {"jacket-m": 1}, day + 12, "SHOP-10466")
        line = self._line(order, "jacket-m", 1, "defective", note="Zip is broken")
        rma = self._ask("ben", [line], day, "shop", settlement_type="replacement")
        self._receive(rma, day - 4)
        self._inspect(rma, day - 5, "e", liability="supplier")
        self._settle(rma, day - 6)
        self._send_replacement(rma, day - 7)

    def _keeps_one(self, day):
        """Ordered in two sizes, keeps one after all: the rest is closed short."""
        goods = {"jeans-30": 1, "jeans-32": 1}
        order = self._shop_order("chloe", goods, day + 5, "SHOP-10502")
        lines = [
            self._line(order, name, 1, "unwanted") for name in ("jeans-30", "jeans-32")
        ]
        rma = self._ask("chloe", lines, day, "shop")
        self._receive(rma, day - 5, {"jeans-32": 1})
        self._inspect(rma, day - 6)
        with self._at(day - 8):
            line = rma.line_ids.filtered(lambda r: not r.qty_received)
            self._as("service", line).action_close_short(1, "kept")

    # ------------------------------------------------------------------
    # Somebody has to look
    # ------------------------------------------------------------------
    def _beyond_use(self, day):
        """Washed hot: scrapped, and half of it credited out of goodwill."""
        order = self._shop_order("emma", {"tshirt-xl": 3}, day + 11, "SHOP-10533")
        line = self._line(order, "tshirt-xl", 1, "not_as_described")
        rma = self._ask("emma", [line], day, "shop")
        self._receive(rma, day - 5)
        self._inspect(rma, day - 6, "e", liability="customer", note="Washed at 90 °C")
        reason = {"deduction": 12.45, "deduction_reason": "Washed too hot"}
        self._settle(rma, day - 7, **reason)

    def _one_too_many(self, day):
        """Two were in the parcel, one was ordered: the customer sends one back."""
        order = self._shop_order("farid", {"sneaker-43": 1}, day + 3, "MKT-88-4519")
        line = self._line(order, "sneaker-43", 1, "over_shipped")
        rma = self._ask("farid", [line], day, "marketplace")
        self._authorize(rma, day)

    def _marketplace_parcel_lost(self, day):
        """The marketplace wants an answer within a day: late, and escalated."""
        order = self._shop_order("grace", {"jacket-s": 1}, day + 9, "MKT-88-4530")
        line = self._line(order, "jacket-s", 1, "not_delivered", remedy="credit")
        self._ask("grace", [line], day, "marketplace")

    def _sneakers_on_the_way(self, day):
        order = self._shop_order("hugo", {"sneaker-41": 2}, day + 8, "SHOP-10577")
        line = self._line(order, "sneaker-41", 1, "unwanted")
        rma = self._ask("hugo", [line], day, "shop")
        self._ship(rma, day - 9, "JD 0146 0000 7831")

    def _outlet_unfinished(self, day):
        """Nobody said what happens to goods for the outlet: now it can be retried."""
        outlet = self.env["reverse.disposition"].create(
            {
                "name": "Outlet",
                "code": "OUTLET",
                "location_state": "sellable",
                "credit": "policy",
            }
        )
        order = self._shop_order("daniel", {"tshirt-m": 3}, day + 8, "MKT-88-4561")
        line = self._line(order, "tshirt-m", 2, "unwanted")
        rma = self._ask("daniel", [line], day, "marketplace")
        self._receive(rma, day - 4)
        self._inspect(rma, day - 5, disposition_id=outlet.id)
        self.env["reverse.disposition.step"].create(
            {
                "disposition_id": outlet.id,
                "action_id": self._ref("action_dispose_move").id,
            }
        )

    def _parcel_undeliverable(self, day):
        order = self._shop_order("grace", {"jeans-36": 1}, day + 7, "SHOP-10605")
        self._parcel_back(order, day, "undeliverable")

    def _sneakers_arrived(self, day):
        order = self._shop_order("emma", {"sneaker-42": 1}, day + 6, "SHOP-10618")
        line = self._line(order, "sneaker-42", 1, "unwanted")
        rma = self._ask("emma", [line], day, "shop")
        self._receive(rma, 1)

    def _counter_damaged(self, day):
        """Torn: taken in at the counter, but a person decides about the credit."""
        goods = {"jeans-34": 1}
        order = self._shop_order("farid", goods, day + 12, "SRM-0291", "mall")
        self._counter(order, day, goods, "d")

    # ------------------------------------------------------------------
    # Under way
    # ------------------------------------------------------------------
    def _two_shop_orders(self, day):
        """Two orders of a customer in one parcel."""
        first = self._shop_order("chloe", {"tshirt-s": 2}, day + 14, "SHOP-10581")
        second = self._shop_order("chloe", {"jacket-m": 1}, day + 5, "SHOP-10640")
        lines = [
            self._line(first, "tshirt-s", 1, "unwanted"),
            self._line(second, "jacket-m", 1, "late"),
        ]
        rma = self._ask("chloe", lines, day, "shop")
        self._ship(rma, day - 2, "JD 0146 0000 9120")

    def _half_of_it_here(self, day):
        goods = {"jeans-32": 1, "beanie": 2}
        order = self._shop_order("ben", goods, day + 9, "SHOP-10644")
        lines = [self._line(order, name, 1, "unwanted") for name in goods]
        rma = self._ask("ben", lines, day, "shop")
        self._receive(rma, day - 3, {"beanie": 1})

    def _label_sent(self, day):
        order = self._shop_order("amelia", {"jacket-s": 1}, day + 10, "SHOP-10659")
        line = self._line(order, "jacket-s", 1, "unwanted", note="Too small")
        self._ask("amelia", [line], day, "shop")

    def _too_late_to_decide(self, day):
        order = self._shop_order("daniel", {"jacket-l": 1}, day + 36, "SHOP-10480")
        line = self._line(order, "jacket-l", 1, "defective", note="Seam has opened")
        self._ask("daniel", [line], day, "shop")

    def _voucher_forgotten(self, day):
        """The voucher of the newsletter was not taken off: 69.00 instead of 79.00."""
        order = self._shop_order("hugo", {"sneaker-40": 1}, day + 4, "SHOP-10671")
        line = self._line(order, "sneaker-40", 1, "price_error", claimed_price=69.0)
        self._ask("hugo", [line], day, "shop")

    def _missing_beanie(self, day):
        """A draft: customer service still asks what exactly was missing."""
        goods = {"tshirt-l": 1, "beanie": 2}
        order = self._shop_order("grace", goods, day + 3, "SHOP-10680")
        line = self._line(order, "beanie", 1, "short_shipped", remedy="reship")
        self._draft("grace", [line], day, "shop")

    def _shop_order_untouched(self, day):
        """Nothing is asked back yet: this one is for the visitor."""
        goods = {"jacket-m": 1, "tshirt-s": 2, "beanie": 1}
        self._shop_order("hugo", goods, day, "SHOP-10675")

    def _just_requested(self, day):
        order = self._shop_order("emma", {"tshirt-m": 2}, 8, "SHOP-10688")
        line = self._line(order, "tshirt-m", 1, "unwanted")
        self._ask("emma", [line], day, "shop")
