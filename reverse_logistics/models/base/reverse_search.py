import dataclasses
import re
from typing import Any

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import escape_psql

from ...engine import limits

LIMIT = 20
# Fewer digits are more likely part of some other number than a telephone number.
_PHONE_DIGITS = 6


@dataclasses.dataclass
class Found:
    """What a search has found.

    :param lots: lots and serial numbers of that name
    :param products: products of that code or name
    :param dict orders: ``{sale.order: how it was found}``, best first
    :param dict partners: ``{res.partner: how}``
    :param dict pickings: ``{stock.picking without an order: how}``
    """

    lots: Any
    products: Any
    orders: dict = dataclasses.field(default_factory=dict)
    partners: dict = dataclasses.field(default_factory=dict)
    pickings: dict = dataclasses.field(default_factory=dict)

    def add(self, target, records, why):
        for record in records:
            getattr(self, target).setdefault(record, why)


class ReverseSearch(models.AbstractModel):
    """Search at once for everything that a customer may name on the telephone."""

    _name = "reverse.search"
    _description = "Search for Returnable Goods"

    @api.model
    def _search_anything(self, text, company):
        """Find orders, customers and deliveries by any number or name that is known.

        An exact match comes before what only contains the text. The number of queries
        does not depend on what is found.

        :rtype: Found
        """
        text = escape_psql(limits.clean_search(text))
        found = Found(self.env["stock.lot"], self.env["product.product"])
        if len(text) < 2:
            return found
        domain = Domain("company_id", "=", company.id) & Domain("state", "=", "sale")
        for operator in ("=ilike", "ilike"):
            self._find_orders(found, text, operator, domain)
            self._find_lots(found, text, operator, company)
            if found.orders or found.pickings:
                break
        self._find_deliveries(found, text, company)
        found.add(
            "partners", self._find_partners(text, company), self.env._("Customer")
        )
        self._find_products(found, text, domain)
        return found

    def _find_orders(self, found, text, operator, domain):
        keys = {
            "name": self.env._("Order"),
            "client_order_ref": self.env._("Customer's order number"),
            "order_line.invoice_lines.move_id.name": self.env._("Invoice"),
        }
        orders = self.env["sale.order"]
        for path, why in keys.items():
            # sudo: numbers of invoices; only orders that the user may read are kept
            named = orders.sudo()._search(Domain(path, operator, text))
            own = orders.search(
                domain & Domain("id", "in", named), order="id desc", limit=LIMIT
            )
            found.add("orders", own, why)

    def _find_lots(self, found, text, operator, company):
        lots = self.env["stock.lot"].search(
            Domain("name", operator, text)
            & Domain("company_id", "in", (False, company.id)),
            order="id desc",
            limit=LIMIT,
        )
        if not lots:
            return
        found.lots |= lots
        moves = self.env["stock.move"]._search_reverse_deliveries(
            Domain("move_line_ids.lot_id", "in", lots.ids)
            & Domain("company_id", "=", company.id),
            limit=LIMIT,
        )
        self._add_moves(found, moves, self.env._("Lot or serial number"))

    def _find_deliveries(self, found, text, company):
        pickings = self.env["stock.picking"]
        moves = self.env["stock.move"]._search_reverse_deliveries(
            Domain(
                "picking_id",
                "any",
                pickings._get_reverse_search_domain(text)
                & Domain("company_id", "=", company.id),
            ),
            limit=LIMIT,
        )
        self._add_moves(found, moves, self.env._("Delivery"))

    def _add_moves(self, found, moves, why):
        # sudo: only what the user may read is kept
        orders = moves.sudo().sale_line_id.order_id.sudo(False)
        found.add("orders", orders._filtered_access("read"), why)
        loose = moves.sudo().filtered(lambda m: not m.sale_line_id)
        found.add("pickings", loose.picking_id.sudo(False), why)

    @api.model
    def _get_partner_domain(self, text):
        """Give the domain of contacts with that name, reference, email or telephone."""
        domain = (
            Domain("complete_name", "ilike", text)
            | Domain("ref", "=ilike", text)
            | Domain("email", "=ilike", text)
        )
        digits = re.sub(r"\D", "", text)
        if len(digits) >= _PHONE_DIGITS and not re.search(r"[^\d\s()+./-]", text):
            # Whatever stands between the digits, and whether the country is in front.
            pattern = "%".join(["", *digits.lstrip("0"), ""])
            domain |= Domain("phone", "=ilike", pattern)
        return domain

    def _find_partners(self, text, company):
        return self.env["res.partner"].search(
            self._get_partner_domain(text)
            & Domain("company_id", "in", (False, company.id)),
            limit=LIMIT,
        )

    def _find_products(self, found, text, domain):
        found.products = self.env["product.product"].search(
            Domain("default_code", "=ilike", text)
            | Domain("barcode", "=", text)
            | Domain("name", "ilike", text),
            limit=LIMIT,
        )
        if not found.products:
            return
        orders = self.env["sale.order"].search(
            domain & Domain("order_line.product_id", "in", found.products.ids),
            order="id desc",
            limit=LIMIT,
        )
        found.add("orders", orders, self.env._("Product"))
