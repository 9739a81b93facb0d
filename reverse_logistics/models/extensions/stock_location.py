from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine import custody
from ..base.reverse_columns import differs
from ..config.reverse_disposition import LOCATION_STATES


class StockLocation(models.Model):
    """Guard the locations where returned goods lie."""

    _name = "stock.location"
    _inherit = ["stock.location", "reverse.computed.mixin"]
    _reverse_computed = frozenset({"warehouse_id"})

    reverse_facility_id = fields.Many2one(
        "reverse.facility",
        "Returns Facility",
        index="btree_not_null",
        check_company=True,
        help="Locations for returned goods lie outside the warehouse, so that nothing "
        "in them counts as available. The facility takes the warehouse's place there.",
    )
    reverse_state = fields.Selection(LOCATION_STATES, "State of Returned Goods")

    @api.model_create_multi
    def create(self, vals_list):
        locations = super().create(vals_list)
        locations._check_reverse_place()
        # Clients never run as superuser.
        if not self.env.su:
            locations._check_reverse_sold()
        return locations

    def write(self, vals):
        changed = self._find_reverse_changed(vals)
        changed._check_reverse_empty()
        self._check_reverse_serving(vals)
        kinds = self._get_reverse_ends(vals)
        res = super().write(vals)
        self._check_reverse_ends(kinds)
        if custody.PLACE & set(vals):
            # what gets into returns gets in empty, too
            changed.filtered(lambda place: place._is_reverse())._check_reverse_empty()
            self._check_reverse_place()
        # Clients never run as superuser.
        if {"location_id", "usage"} & set(vals) and not self.env.su:
            self._check_reverse_sold()
        return res

    def _check_reverse_serving(self, vals):
        """Keep the places that companies name for returns where and what they are.

        :param dict vals: what is about to be written
        """
        names = custody.SERVING & set(vals)
        # Clients never run as superuser.
        if not names or self.env.su:
            return
        changed = self.filtered(lambda place: differs(place, vals, names))
        if not changed:
            return
        # sudo: where returns lie is configuration, of every company
        companies = self.env["res.company"].sudo().with_context(active_test=False)
        named = Domain.OR(
            Domain(name, "child_of", changed.ids)
            for name in companies._get_reverse_places()
        )
        for company in companies.search(named, limit=1):
            raise UserError(
                self.env._(
                    "Returns of %(company)s use %(location)s, or a location below it: "
                    "it keeps its parent, type and company, and is not archived.",
                    company=company.name,
                    location=changed[0].display_name,
                )
            )

    def _check_reverse_sold(self, stock=None):
        """Refuse places in a warehouse whose goods are not there to be sold.

        Odoo counts, reserves and delivers whatever lies below it: what was written off,
        used up, or is with others.

        :param stock: where goods are about to be sold from; else all warehouses
        """
        spent = Domain("usage", "not in", custody.KEPT)
        for place in self._find_reverse_sold(spent, stock):
            raise UserError(
                self.env._(
                    "What lies in a warehouse can be sold, so %(location)s is not put "
                    "there: it is for goods that are written off, used up, or with "
                    "others. Put it below “Virtual Locations”, or below none.",
                    location=place.display_name,
                )
            )

    def _find_reverse_sold(self, domain, stock=None):
        """Find a place here or below, also an archived one, that is in a warehouse.

        Odoo keeps the warehouse of a place as it was when what is around that moves.

        :param stock: where goods are about to be sold from; else all warehouses
        """
        # sudo: places and warehouses of everybody
        places = self.sudo().with_context(active_test=False)
        if stock is None:
            warehouses = places.env["stock.warehouse"]
            stock = warehouses.search([("view_location_id", "!=", False)])
            stock = stock.view_location_id
        return places.search(
            Domain("id", "child_of", self.ids)
            & Domain("id", "child_of", stock.ids)
            & domain,
            limit=1,
        )

    def _find_reverse_changed(self, vals):
        """Find the places that guard returned goods, or will, and are to be changed.

        :param dict vals: what is written
        """
        if not custody.PLACE & set(vals) or self.env["reverse.rma"]._in_workflow():
            return self.browse()
        names = custody.PLACE & set(vals)
        changed = self.filtered(lambda place: differs(place, vals, names))
        enters = vals.get("reverse_facility_id") or (
            self.browse(vals.get("location_id"))._is_reverse()
            if vals.get("location_id")
            else False
        )
        return changed.filtered(lambda place: enters or place._is_reverse_around())

    def _get_reverse_ends(self, vals):
        """Give what moves from here and to here were to returns, before it is changed.

        :param dict vals: what is about to be written
        :return: ``{place: kind}``, with the places below
        """
        if not custody.PLACE & set(vals) or self.env["reverse.rma"]._in_workflow():
            return {}
        # sudo: places of everybody below this one
        below = self.sudo().with_context(active_test=False)
        found = below.search([("id", "child_of", self.ids)])
        return {place: custody.get_end(place._get_reverse_kind()) for place in found}

    def _check_reverse_ends(self, kinds):
        """Refuse that past deliveries and receipts would be none, or others be some.

        :param dict kinds: what :meth:`_get_reverse_ends` gave until now
        """
        changed = self.browse(
            place.id
            for place, kind in kinds.items()
            if custody.get_end(place._get_reverse_kind()) != kind
        )
        if not changed:
            return
        # sudo: goods of everybody count
        lines = self.env["stock.move.line"].sudo()
        ends = ("location_id", "location_dest_id")
        used = Domain.OR(Domain(name, "in", changed.ids) for name in ends)
        for line in lines.search(Domain("state", "=", "done") & used, limit=1):
            raise UserError(
                self.env._(
                    "Goods were moved through %(location)s (%(transfer)s), and returns "
                    "count by what it was: it keeps its parent, type and facility. Add "
                    "a new location, and archive this one.",
                    location=(changed & (line.location_id | line.location_dest_id))[
                        0
                    ].display_name,
                    transfer=line.reference,
                )
            )

    def _is_reverse_around(self):
        """Whether this place is in returns, or has such places below it."""
        self.ensure_one()
        return self._is_reverse() or bool(
            # sudo: where returns lie is configuration
            self.sudo()
            .with_context(active_test=False)
            .search(
                [("id", "child_of", self.id), ("reverse_facility_id", "!=", False)],
                limit=1,
            )
        )

    def _check_reverse_empty(self):
        """Refuse to change what guards goods while they lie there, or below."""
        if not self:
            return
        # sudo: goods of everybody count
        found = (
            self.env["stock.quant"]
            .sudo()
            .with_context(active_test=False)
            .search(
                Domain("location_id", "child_of", self.ids)
                & Domain("quantity", "!=", 0),
                limit=1,
            )
        )
        if found:
            raise UserError(
                self.env._(
                    "%(product)s lies in %(location)s: while goods are in it, a "
                    "location of returns keeps its parent, type, facility and state, "
                    "and no other becomes one. Have the goods inspected, which puts "
                    "them elsewhere, or add a new location.",
                    product=found.product_id.display_name,
                    location=found.location_id.display_name,
                )
            )

    def _check_reverse_place(self):
        """Returned goods lie outside of warehouses: what is in these can be sold.

        And they lie there: goods in any other type of place are written off.
        """
        for place in self.filtered(
            lambda own: (
                own.reverse_facility_id
                and own.reverse_state
                and own.usage not in ("internal", "transit")
            )
        ):
            raise UserError(
                self.env._(
                    "Returned goods lie in %(location)s, so its type is “Internal” or "
                    "“Transit”.",
                    location=place.display_name,
                )
            )
        for place in self._find_reverse_sold(
            Domain("reverse_facility_id", "!=", False)
        ):
            raise UserError(
                self.env._(
                    "%(location)s is for returned goods, and everything in "
                    "a warehouse can be sold: put it below the location “Returns” of "
                    "the company.",
                    location=place.display_name,
                )
            )

    @api.model
    def _get_reverse_domain(self, companies):
        """Find what lies in returns of these companies, also on shelves there.

        :return: a domain on records with a ``location_id``
        """
        # sudo: where returns lie is configuration
        roots = companies.sudo().reverse_root_location_id
        inside = Domain("location_id", "child_of", roots.ids)
        own = Domain("location_id.reverse_facility_id", "!=", False)
        return (inside | own) & Domain("company_id", "in", companies.ids)

    @api.model
    def _find_reverse_places(self, companies):
        """Find where goods of returns of these companies lie, shelves included."""
        # sudo: where returns lie is configuration
        roots = companies.sudo().reverse_root_location_id
        inside = Domain("id", "child_of", roots.ids)
        own = Domain("reverse_facility_id", "!=", False)
        return (
            self.sudo()  # sudo: as above
            .with_context(active_test=False)
            .search(
                (inside | own)
                & Domain("company_id", "in", companies.ids)
                & Domain("usage", "in", ("internal", "transit"))
            )
        )

    def _is_reverse(self):
        """Whether goods here are in returns, also on a shelf somebody added there."""
        self.ensure_one()
        # sudo: where returns lie is configuration
        root = self.company_id.sudo().reverse_root_location_id
        return bool(
            self.reverse_facility_id
            or (root and f"/{root.id}/" in f"/{self.parent_path}")
        )

    def _is_outgoing(self):
        # Odoo asks the database each time whether its inter-company location still
        # exists, and returns ask this of every move: go there only for what lies below.
        inter_company = self.env["ir.model.data"]._xmlid_to_res_id(
            "stock.stock_location_inter_company"
        )
        inside = f"/{inter_company}/" in f"/{self.parent_path}"
        return (inside or self.usage == "customer") and super()._is_outgoing()

    def _get_reverse_keeper(self):
        """Give who has the goods that lie here, while they stay ours: usually nobody.

        reverse_logistics_refurbish: the vendor whose workshop it stands for.
        """
        return self.env["res.partner"]

    def _is_reverse_stock(self):
        """Whether goods here are in returns and still there, not written off."""
        self.ensure_one()
        return self.usage in ("internal", "transit") and self._is_reverse()

    def _is_reverse_holder(self):
        """Whether goods here are ours, or with customers, and not in returns."""
        self.ensure_one()
        known = self.usage in ("internal", "transit", "customer")
        return known and not self._is_reverse_stock()

    def _get_reverse_kind(self):
        """Give the kind of place that this is for returned goods, see
        ``engine.custody``.
        """
        self.ensure_one()
        inside = self.usage in ("internal", "transit", "view") and self._is_reverse()
        return custody.get_kind(
            self.usage,
            self._is_outgoing(),
            inside,
            inside and self._get_reverse_place_state(),
        )

    def _get_reverse_place_state(self):
        """Give the state of goods here: a shelf has that of the place around it."""
        return self._find_reverse_around("reverse_state").reverse_state

    def _get_reverse_place_facility(self):
        """Give the facility to which this place belongs, or the place around it."""
        return self._find_reverse_around("reverse_facility_id").reverse_facility_id

    def _find_reverse_around(self, name):
        """Find this place or the nearest around it of which a field is set."""
        place = self.sudo()  # sudo: where returns lie is configuration
        while place and not place[name]:
            place = place.location_id
        return place
