import uuid
from collections import defaultdict
from datetime import timedelta
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.tools import format_date

from ...engine import ages, settlement
from ..base.ages import AGES
from ..config.reverse_disposition import LOCATION_STATES


class Held(NamedTuple):
    """Goods that lie together: records, of which lot and owner may be empty."""

    location: Any
    product: Any
    lot: Any
    owner: Any


class ReverseStock(models.TransientModel):
    """What lies in returns at the end of a day: how many, since when, and its value.

    Rows are computed anew each time that somebody opens the list. A row is what came to
    a place on one day, as far as it is still there. What the same products are worth
    outside of returns has rows of its own, in the state *Sellable stock*, so that all
    rows of a product are worth what Odoo says that it was worth then, to the cent.
    """

    _name = "reverse.stock"
    _description = "Stock in Returns"
    _order = "company_id, facility_id, state, product_id, since, id"
    _rec_name = "product_id"

    opening = fields.Char(index=True, readonly=True)
    day = fields.Date("At the End of", readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    facility_id = fields.Many2one("reverse.facility", readonly=True)
    location_id = fields.Many2one("stock.location", readonly=True)
    state = fields.Selection(LOCATION_STATES, readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    categ_id = fields.Many2one(
        related="product_id.categ_id", store=True, string="Product Category"
    )
    lot_id = fields.Many2one("stock.lot", "Lot/Serial", readonly=True)
    owner_id = fields.Many2one(
        "res.partner",
        readonly=True,
        help="Whose the goods are, where they are not ours: worth nothing to us.",
    )
    quantity = fields.Float(digits="Product Unit", readonly=True)
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    value = fields.Monetary(
        readonly=True,
        help="The share of these goods in what Odoo says that the product, or the lot, "
        "was worth on that day.",
    )
    since = fields.Date(
        "Here Since",
        readonly=True,
        help="What came first is taken to have left first.",
    )
    days = fields.Integer("Age (days)", readonly=True, aggregator="max")
    age = fields.Selection(AGES, readonly=True)

    @api.model
    def action_open(self):
        """Show what lies in returns now."""
        return self._open(self.env.company._get_reverse_today())

    @api.model
    def _open(self, day):
        self.browse().check_access("read")
        opening = uuid.uuid4().hex
        rows = [
            {**vals, "opening": opening, "day": day}
            for company in self.env.companies
            # Odoo values what lies in all companies of the environment together.
            for vals in self.with_context(
                allowed_company_ids=company.ids
            )._prepare_rows(day)
        ]
        self.sudo().create(rows)  # sudo: only the computation writes rows
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_stock_action"
        )
        return {
            **action,
            "name": self.env._(
                "Stock in Returns, %(day)s", day=format_date(self.env, day)
            ),
            "domain": [("opening", "=", opening)],
        }

    # ------------------------------------------------------------------
    # What lay where
    # ------------------------------------------------------------------
    @api.model
    def _prepare_rows(self, day):
        """Give the values of the rows of the current company."""
        moment = self._get_moment(day)
        places = self.env["stock.location"]._find_reverse_places(self.env.company)
        held = self._read_held(places, moment)
        came = self._read_arrivals(places, held, moment)
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        by_product = defaultdict(list)
        for goods, quantity in held.items():
            by_product[goods.product.id] += [
                (goods, since, part)
                for since, part in ages.find_layers(quantity, came[goods], step)
            ]
        # Odoo's own value, read as this user: it counts the stock that they may see.
        products = self.env["product.product"].browse(by_product)
        products = products.with_context(to_date=moment) if moment else products
        return [
            vals
            for product in products
            for vals in self._prepare_product(product, by_product[product.id], day)
        ]

    @api.model
    def _get_moment(self, day):
        """Give the last second of a day of the company, in UTC; None for now."""
        company = self.env.company
        if day >= company._get_reverse_today():
            return None
        following = company._get_reverse_midnight(day + timedelta(days=1))
        return following - timedelta(seconds=1)

    @api.model
    def _read_held(self, places, moment):
        """Sum what lay in these places, back from what lies there now.

        :return: ``{Held: quantity}`` in the product's unit
        """
        # sudo: what lay in places of returns, whoever may read stock and transfers
        quants = self.env["stock.quant"].sudo()
        lines = self.env["stock.move.line"].sudo()  # sudo: as above
        names = ["product_id", "lot_id", "owner_id"]
        held = defaultdict(float)
        for *key, quantity in quants._read_group(
            [("location_id", "in", places.ids)],
            ["location_id", *names],
            ["quantity:sum"],
        ):
            held[Held(*key)] += quantity
        for place, sign in (("location_id", 1), ("location_dest_id", -1)):
            if not moment:
                break
            for *key, quantity in lines._read_group(
                [
                    (place, "in", places.ids),
                    ("state", "=", "done"),
                    ("move_id.reverse_done_at", ">", moment),
                    ("product_id.is_storable", "=", True),
                ],
                [place, *names],
                ["quantity_product_uom:sum"],
            ):
                held[Held(*key)] += sign * quantity
        return {
            goods: quantity
            for goods, quantity in held.items()
            if not goods.product.uom_id.is_zero(quantity)
        }

    @api.model
    def _read_arrivals(self, places, held, moment):
        """Sum by days what came to these places: ``{Held: [(day, quantity)]}``."""
        domain = [
            ("location_dest_id", "in", places.ids),
            ("product_id", "in", list({goods.product.id for goods in held})),
            ("state", "=", "done"),
        ]
        if moment:
            domain.append(("move_id.reverse_done_at", "<=", moment))
        # sudo: as in _read_held
        lines = self.env["stock.move.line"].sudo()
        zone = self.env.company._get_reverse_zone().zone
        came = defaultdict(list)
        for *key, moved_on, quantity in lines.with_context(tz=zone)._read_group(
            domain,
            [
                "location_dest_id",
                "product_id",
                "lot_id",
                "owner_id",
                "move_id.reverse_done_at:day",
            ],
            ["quantity_product_uom:sum"],
        ):
            came[Held(*key)].append((moved_on.date(), quantity))
        return came

    # ------------------------------------------------------------------
    # What it was worth
    # ------------------------------------------------------------------
    @api.model
    def _prepare_product(self, product, rows, day):
        """Give the values of the rows of a product.

        :param product: in the company, and at the moment, that its value is asked of
        :param rows: its goods in returns: ``[(Held, day of arrival, quantity)]``
        """
        currency = self.env.company.currency_id
        valued = product._with_valuation_context()
        ours = [
            number for number, row in enumerate(rows) if self._is_ours(row[0].owner)
        ]
        values = dict.fromkeys(range(len(rows)), 0.0)
        total = currency.round(product.total_value)
        if product.lot_valuated:
            by_lot = defaultdict(list)
            for number in ours:
                by_lot[rows[number][0].lot.id].append(number)
            lots = valued.env["stock.lot"].browse(by_lot)
            moment = lots._get_reverse_moment() or fields.Datetime.now()
            held = lots._read_reverse_held(moment, lots._find_reverse_valued())
            for lot in lots:
                here = held.get(lot, 0.0)
                values |= self._share(lot.total_value, here, by_lot[lot.id], rows)
        else:
            values |= self._share(total, valued.qty_available, ours, rows)
        prepared = [
            self._prepare_row(*row, values[number], day)
            for number, row in enumerate(rows)
        ]
        rest = valued.qty_available - sum(rows[number][2] for number in ours)
        value = currency.round(total - sum(values.values()))
        if not (product.uom_id.is_zero(rest) and currency.is_zero(value)):
            prepared.append(self._prepare_rest(product, rest, value))
        return prepared

    @api.model
    def _is_ours(self, owner):
        return not owner or owner == self.env.company.partner_id

    @api.model
    def _share(self, worth, here, numbers, rows):
        """Share a value among goods in returns and what lies elsewhere.

        :param float here: the quantity that is worth it
        :param numbers: of the rows that take part
        :return: ``{number: value}``
        """
        currency = self.env.company.currency_id
        quantities = [rows[number][2] for number in numbers]
        if not here:
            return dict.fromkeys(numbers, 0.0)
        *shares, _rest = settlement.spread(
            currency.round(worth),
            [*quantities, here - sum(quantities)],
            currency.rounding,
        )
        return dict(zip(numbers, shares, strict=True))

    @api.model
    def _prepare_row(self, goods, since, quantity, value, day):
        place = goods.location
        days = (day - since).days if since else False
        return {
            "company_id": self.env.company.id,
            "facility_id": place._get_reverse_place_facility().id,
            "location_id": place.id,
            "state": place._get_reverse_place_state(),
            "product_id": goods.product.id,
            "lot_id": goods.lot.id,
            "owner_id": goods.owner.id,
            "quantity": quantity,
            "value": value,
            "since": since,
            "days": days,
            "age": since and ages.get_band(days),
        }

    @api.model
    def _prepare_rest(self, product, quantity, value):
        """Give the values of the row of what lies outside of returns."""
        return {
            "company_id": self.env.company.id,
            "state": "sellable",
            "product_id": product.id,
            "quantity": quantity,
            "value": value,
        }
