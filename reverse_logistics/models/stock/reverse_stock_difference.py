import uuid
from collections import defaultdict
from datetime import datetime

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine import counts
from ..config.reverse_disposition import LOCATION_STATES
from .reverse_stock import Held


class ReverseStockDifference(models.TransientModel):
    """What documents say lies in a place of returns, beside what lies there.

    Rows are computed anew each time that somebody opens the list. Documents are the
    inspections of what was received, each with the place where its goods were put.
    """

    _name = "reverse.stock.difference"
    _description = "Documents and Goods in Returns"
    _order = "company_id, facility_id, location_id, product_id, id"
    _rec_name = "product_id"

    opening = fields.Char(index=True, readonly=True)
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    facility_id = fields.Many2one("reverse.facility", readonly=True)
    location_id = fields.Many2one("stock.location", required=True, readonly=True)
    state = fields.Selection(LOCATION_STATES, readonly=True)
    product_id = fields.Many2one("product.product", required=True, readonly=True)
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    lot_id = fields.Many2one("stock.lot", "Lot/Serial", readonly=True)
    owner_id = fields.Many2one("res.partner", readonly=True)
    documented = fields.Float(
        "By Documents",
        digits="Product Unit",
        readonly=True,
        help="What inspections and claims say lies there, and what was counted, "
        "scrapped or moved by hand with an approval.",
    )
    on_hand = fields.Float(
        digits="Product Unit", readonly=True, help="What lies there by the stock."
    )
    difference = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="What lies there beyond what documents say; below zero, what is missing.",
    )
    asked = fields.Float(
        "Asked For",
        digits="Product Unit",
        readonly=True,
        help="The change that somebody has asked for and nobody has decided about yet.",
    )
    is_correctable = fields.Boolean(compute="_compute_is_correctable")

    @api.depends("difference", "asked")
    def _compute_is_correctable(self):
        for row in self:
            row.is_correctable = row._differs() and not row.asked

    def _differs(self):
        self.ensure_one()
        return not self.uom_id.is_zero(self.difference)

    # ------------------------------------------------------------------
    # Comparing
    # ------------------------------------------------------------------
    @api.model
    def action_open(self):
        """Compare what documents say with what lies in the places of returns."""
        self.browse().check_access("read")
        opening = uuid.uuid4().hex
        places = self.env["stock.location"]._find_reverse_places(self.env.companies)
        # sudo: only the comparison writes rows
        self.sudo().create(
            [{**vals, "opening": opening} for vals in self._compare(places)]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics.reverse_stock_difference_action"
        )
        return {**action, "domain": [("opening", "=", opening)]}

    @api.model
    def _compare(self, places, product=None):
        """Give the values of a row for all that documents or stock know of.

        :param product: only rows of this one
        """
        on_hand = self._read_on_hand(places, product)
        documented = self._read_explained(places, product, on_hand)
        asked = self._read_asked(places, product)
        return [
            self._prepare_row(
                goods, quantity, on_hand.get(goods, 0.0), asked.get(goods, 0.0)
            )
            for goods, quantity in documented.items()
            if on_hand.get(goods) or not goods.product.uom_id.is_zero(quantity)
        ]

    @api.model
    def _read_explained(self, places, product, on_hand):
        """Sum what documents say lies there, approved changes by hand among them.

        Such a change says why something is missing there, or more than inspections
        know, but only as long as it is: documents that follow it later are not changed
        twice.

        What came after a change is not what it took away.

        :param dict on_hand: ``{Held: quantity}``
        :return: ``{Held: quantity}``, also of all that is on hand
        """
        documented = self._read_documents(places, product)
        changed = self._read_changed(places, product)
        missing = {
            goods: quantity
            for goods, quantity in documented.items()
            if goods in changed and on_hand.get(goods, 0.0) < quantity
        }
        arrivals = self._read_arrivals(missing) if missing else {}
        return {
            goods: counts.explain(
                documented.get(goods, 0.0),
                on_hand.get(goods, 0.0),
                changed.get(goods, ()),
                arrivals.get(goods, ()),
            )
            for goods in {**documented, **on_hand}
        }

    @api.model
    def _read_arrivals(self, documented):
        """Tell when what documents say lies there came.

        Of what no inspection tells, nobody knows it: it was always there.

        :param dict documented: ``{Held: quantity}``
        :return: ``{Held: [(moment, quantity)]}``
        """
        places = self.env["stock.location"].concat(*{g.location for g in documented})
        parts = self._search_documents(places, None)
        moments, came = parts._get_arrivals(), defaultdict(list)
        for part, quantity in parts._get_documented().items():
            came[self._get_held(part)].append((moments[part], quantity))
        for goods, quantity in documented.items():
            known = sum(part for _moment, part in came[goods])
            if goods.product.uom_id.compare(quantity, known) > 0:
                came[goods].append((datetime.min, quantity - known))
        return came

    @api.model
    def _get_domain(self, places, product):
        found = Domain("location_id", "in", places.ids)
        return found & Domain("product_id", "=", product.id) if product else found

    @api.model
    def _read_documents(self, places, product=None):
        """Sum what documents say lies there: ``{Held: quantity}``, in product's units.

        reverse_logistics_supplier_claims adds own goods that wait for their supplier.
        """
        parts = self._search_documents(places, product)
        documented = {}
        for part, quantity in parts._get_documented().items():
            goods = self._get_held(part)
            documented[goods] = documented.get(goods, 0.0) + quantity
        return documented

    @api.model
    def _search_documents(self, places, product):
        # sudo: what documents say, whoever may read returns
        parts = self.env["reverse.inspection"].sudo()
        return parts.search(
            self._get_domain(places, product)
            & Domain("state", "in", ("draft", "done"))
            & Domain("goods_gone", "=", False)
        )

    @api.model
    def _get_held(self, part):
        owner = part._get_stock_owner()
        return Held(part.location_id, part.product_id, part.lot_id, owner)

    @api.model
    def _read_changed(self, places, product=None):
        """Give what approvals let somebody count, scrap or move.

        What was taken away by hand counts below zero. What was made to follow the
        documents, or the receipt, is no document of its own.

        :return: ``{Held: [(moment, quantity)]}``
        """
        # sudo: approved changes of every department
        lines = self.env["stock.move.line"].sudo()
        by_hand = Domain("state", "=", "done") & Domain(
            "move_id.reverse_quantity_change_id.kind", "in", ("count", "scrap", "move")
        )
        if product:
            by_hand &= Domain("product_id", "=", product.id)
        changed = defaultdict(list)
        for place, sign in (("location_id", -1), ("location_dest_id", 1)):
            for *key, move, quantity in lines._read_group(
                by_hand & Domain(place, "in", places.ids),
                [place, "product_id", "lot_id", "owner_id", "move_id"],
                ["quantity_product_uom:sum"],
            ):
                changed[Held(*key)].append(
                    (move._get_reverse_moved_at(), sign * quantity)
                )
        return changed

    @api.model
    def _read_on_hand(self, places, product=None):
        # sudo: what lies there, whoever may read the stock
        quants = self.env["stock.quant"].sudo()
        return {
            Held(*key): quantity
            for *key, quantity in quants._read_group(
                self._get_domain(places, product),
                ["location_id", "product_id", "lot_id", "owner_id"],
                ["quantity:sum"],
            )
            if not key[1].uom_id.is_zero(quantity)
        }

    @api.model
    def _read_asked(self, places, product=None):
        """Sum the counts that wait for an approval: ``{Held: quantity}``."""
        # sudo: what others have asked for
        changes = self.env["reverse.quantity.change"].sudo()
        domain = Domain("kind", "in", ("count", "difference"))
        domain &= Domain("state", "=", "requested")
        if product:
            domain &= Domain("product_id", "=", product.id)
        asked = {}
        for change in changes.search(domain):
            place, added = change._get_place()
            goods = Held(place, change.product_id, change.lot_id, change.owner_id)
            quantity = change.quantity if added else -change.quantity
            asked[goods] = asked.get(goods, 0.0) + quantity
        return asked

    @api.model
    def _prepare_row(self, goods, documented, on_hand, asked):
        place, unit = goods.location, goods.product.uom_id
        return {
            "company_id": place.company_id.id,
            "facility_id": place._get_reverse_place_facility().id,
            "location_id": place.id,
            "state": place._get_reverse_place_state(),
            "product_id": goods.product.id,
            "lot_id": goods.lot.id,
            "owner_id": goods.owner.id,
            "documented": documented,
            "on_hand": on_hand,
            "difference": unit.round(on_hand - documented),
            "asked": asked,
        }

    # ------------------------------------------------------------------
    # Correcting
    # ------------------------------------------------------------------
    def action_correct(self):
        """Ask why the stock is to follow the documents; somebody else approves it."""
        self._check_correctable()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Goods in Returns: Ask for Approval"),
            "res_model": "reverse.quantity.wizard",
            "view_mode": "form",
            "target": "new",
            "context": {"default_difference_id": self.id},
        }

    def _ask(self, reason):
        """Ask somebody else to approve that the stock follows the documents."""
        self._check_correctable()
        self._check_still_so()
        changes = self.env["reverse.quantity.change"]._request(
            [{**vals, "kind": "difference"} for vals in self._prepare_counts(reason)]
        )
        return changes._tell_asked()

    def _check_correctable(self):
        self.ensure_one()
        self.check_access("read")
        # as whoever counts the goods
        self.env["stock.quant"].check_access("write")
        if not self.is_correctable:
            raise UserError(
                self.env._(
                    "%(product)s in %(location)s: there is nothing to correct, or "
                    "somebody has asked for it, and an approver decides.",
                    product=self.product_id.display_name,
                    location=self.location_id.display_name,
                )
            )

    def _check_still_so(self):
        """Refuse to correct what has changed since the list was opened."""
        now = self._compare(self.location_id, self.product_id)
        names = ("lot_id", "owner_id")
        own = {name: self[name].id for name in names}
        kept = ("documented", "on_hand", "asked")
        same = [
            all(not self.uom_id.compare(vals[name], self[name]) for name in kept)
            for vals in now
            if all((vals[name] or False) == own[name] for name in names)
        ]
        if same != [True]:
            raise UserError(
                self.env._(
                    "%(product)s in %(location)s has changed since this list was "
                    "opened. Open it again, and see what differs now.",
                    product=self.product_id.display_name,
                    location=self.location_id.display_name,
                )
            )

    def _find_quants(self):
        """Find the stock of these rows, the largest first."""
        # sudo: what lies there; who may change it is checked before
        quants = self.env["stock.quant"].sudo()
        found = quants.search(
            Domain.OR(
                Domain("location_id", "=", row.location_id.id)
                & Domain("product_id", "=", row.product_id.id)
                & Domain("lot_id", "=", row.lot_id.id)
                & Domain("owner_id", "=", row.owner_id.id)
                for row in self
            )
        )
        return found.sorted("quantity", reverse=True)

    def _prepare_counts(self, reason):
        """Give the values of the changes that make the stock follow the documents.

        What is missing is added outside of packages; what is too many is taken out of
        whatever it lies in.
        """
        quants = self._find_quants()
        loose = quants.filtered(lambda quant: not quant.package_id)[:1]
        loose = loose or quants.new(
            {
                "product_id": self.product_id.id,
                "location_id": self.location_id.id,
                "lot_id": self.lot_id.id,
                "owner_id": self.owner_id.id,
            }
        )
        if self.difference < 0:
            return [loose._prepare_reverse_count(reason, -self.difference)]
        values, left = [], self.difference
        for quant in quants:
            taken = min(left, quant.quantity)
            if self.uom_id.compare(taken, 0) > 0:
                values.append(quant._prepare_reverse_count(reason, -taken))
                left -= taken
        return values

    @api.model
    def _check_change(self, change):
        """Refuse a correction that documents or stock do not ask for any more."""
        change = change.sudo()  # sudo: whoever approves need not read stock
        place, added = change._get_place()
        product = change.product_id
        goods = Held(place, product, change.lot_id, change.owner_id)
        on_hand = self._read_on_hand(place, product)
        missing = self._read_explained(place, product, on_hand).get(goods, 0.0)
        missing -= on_hand.get(goods, 0.0)
        wanted = missing if added else -missing
        if product.uom_id.compare(change.quantity, wanted) > 0:
            raise UserError(
                self.env._(
                    "%(change)s: documents and stock have changed since this was asked "
                    "for. Refuse it, and have somebody compare them again.",
                    change=change.display_name,
                )
            )

    # ------------------------------------------------------------------
    # Counting
    # ------------------------------------------------------------------
    def action_request_count(self):
        """Have the goods of these rows counted, by Odoo's request."""
        self.check_access("read")
        self.env["stock.quant"].check_access("write")
        quants = self._find_quants()
        if not quants:
            raise UserError(
                self.env._(
                    "By the stock nothing lies there, so there is nothing to count: "
                    "correct the stock, or the inspections."
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "stock.action_stock_request_count"
        )
        return {**action, "context": {"default_quant_ids": quants.ids}}
