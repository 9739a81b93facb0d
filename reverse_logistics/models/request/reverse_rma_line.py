from collections import defaultdict

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine import allocation, claims, transitions
from ..base.reverse_columns import column, columns
from ..base.reverse_labels import get_labels
from ..base.reverse_remembered import remembered
from ..config.reverse_reason import CLAIMS
from . import sources

#: What keeps who bought, by its model: paths from a line, of which the first counts.
SALES = {
    "sale.order": "sale_line_id.order_id",
    "reverse.historic.sale": "historic_sale_id",
    "stock.move": "move_id",
}


class ReverseRmaLine(models.Model):
    """With what the goods of a line left: a delivery, an old sale, a claimed error.

    A historic sale takes the delivery's place for goods sold before Odoo was in use. A
    claim says that the books are wrong about what was shipped or billed.
    """

    _inherit = "reverse.rma.line"

    historic_sale_id = fields.Many2one(
        "reverse.historic.sale",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="The sale of the time before Odoo that these goods were part of.",
    )
    claim = fields.Selection(
        CLAIMS,
        "Shipping Error",
        compute="_compute_claim",
        store=True,
        readonly=False,
        index="btree_not_null",
        help="The books say something else was shipped than arrived. A person decides; "
        "then both are made to agree.",
    )
    remedy = fields.Selection(
        [("reship", "Send it"), ("credit", "Credit it")],
        compute="_compute_remedy",
        store=True,
        readonly=False,
        help="What the customer gets for goods that did not arrive.",
    )
    claimed_product_id = fields.Many2one(
        "product.product",
        "Came Instead",
        check_company=True,
        ondelete="restrict",
        help="The product that was sent by mistake: one for each that was ordered.",
    )
    claimed_tracking = fields.Selection(
        related="claimed_product_id.tracking", string="Tracking of What Came"
    )
    claimed_lot_id = fields.Many2one(
        "stock.lot",
        "Lot/Serial That Came",
        check_company=True,
        domain="[('product_id', '=', claimed_product_id)]",
        ondelete="restrict",
    )
    claimed_price = fields.Float(
        "Agreed Price",
        min_display_digits="Product Price",
        help="Per unit of this line, before discounts, as on the invoice.",
    )
    carrier_claim_ref = fields.Char(
        "Claim at Carrier",
        help="Number of the claim or inquiry at the carrier. Goods that never arrived "
        "need it, or a proof attached to the return.",
        unlocked=True,
    )
    claimed_move_id = fields.Many2one(
        "stock.move",
        "Delivery with the Error",
        readonly=True,
        copy=False,
        index="btree_not_null",
        guarded=True,
    )
    claim_line_id = fields.Many2one(
        "reverse.rma.line",
        "Sent Instead Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The line whose product was ordered.",
        guarded=True,
    )
    gives_credit = fields.Boolean(
        default=True,
        readonly=True,
        copy=False,
        help="Goods that were sent by mistake were never sold: nothing is credited.",
        guarded=True,
    )
    counter_condition_id = fields.Many2one(
        "reverse.condition",
        "Condition at the Counter",
        ondelete="restrict",
        help="Entered when the goods were handed over; proposed to the inspector.",
    )
    counter_disposition_id = fields.Many2one(
        "reverse.disposition",
        "Destination at the Counter",
        ondelete="restrict",
    )

    # ------------------------------------------------------------------
    # What differs by the kind of source is told in sources.py.
    # ------------------------------------------------------------------
    @api.model
    def _get_source_layers(self):
        """Give the kinds that lie over a source, the outermost last.

        Extended by reverse_logistics_mrp (components of kits) and by
        reverse_logistics_dropshipping (what goes straight to a supplier).

        :return: ``{name: subclass of sources.Source}``
        """
        return sources.LAYERS

    @api.model
    def _get_source_fields(self):
        """Give the fields that name a source."""
        return sources.FIELDS

    @remembered
    def _get_sources(self):
        """Give the answers of the kind of source that each of these lines names.

        :rtype: dict[reverse.rma.line, sources.Source]
        """
        kinds = sources.find(self, self._get_source_layers())
        return {
            line: sources.combine(*own) for line, own in zip(self, kinds, strict=True)
        }

    def _get_source(self):
        """Give the answers of the kind of source that this line names.

        :rtype: sources.Source
        """
        self.ensure_one()
        return self._get_sources()[self]

    def _group_by_source(self):
        """Give the lines of each combination of kinds, each line once.

        :rtype: dict[sources.Source, reverse.rma.line]
        """
        found = defaultdict(list)
        for id_, source in zip(self._ids, self._get_sources().values(), strict=True):
            found[source].append(id_)
        return {
            source: self.browse(ids).with_prefetch(self._prefetch_ids)
            for source, ids in found.items()
        }

    def _by_source(self):
        """Give each kind of source with all of its lines, in the order of the tables.

        A line under a layer is among those of its source and of the layer.

        :rtype: list[tuple[sources.Source, reverse.rma.line]]
        """
        found = defaultdict(list)
        for line, source in self._get_sources().items():
            for kind in source.kinds:
                found[kind].append(line.id)
        layers = self._get_source_layers().values()
        kinds = (*sources.SOURCES.values(), sources.Source, *layers)
        return [
            (sources.combine(kind), self.browse(found[kind]).with_prefetch(self._ids))
            for kind in kinds
            if kind in found
        ]

    def _is_sourced(self):
        """Whether it is known what these goods are, so that they may come back."""
        return self._get_source().is_known(self)

    def _find_lines_to_source(self, vals):
        """Give the requested lines of unknown source, when these values name one."""
        if not set(vals) <= sources.NAMED_LATER:
            return self.browse()
        return self.filtered(
            lambda line: line.state == "requested" and not line._is_sourced()
        )

    def _is_foreign(self):
        """Whether somebody has said that we never sold these very goods."""
        self.ensure_one()
        return self.bought_elsewhere and not self.sale_line_id

    def _lacks_source(self):
        """Whether nobody knows what these goods are, and they were not left out."""
        self.ensure_one()
        return (
            not self._is_sourced()
            and self.uom_id.compare(self.quantity, self.qty_closed_short) > 0
        )

    def _get_goods_partner(self):
        """Who hands the goods over, and gets them back if need be."""
        self.ensure_one()
        return self.env["res.partner"].browse(
            filter(None, self._get_goods_partner_ids())
        )

    def _get_goods_partner_ids(self):
        """Give the ids of who hands the goods over, in the order of lines."""
        ends = column(self, "rma_id.end_partner_id")
        shipped = self._get_shipped_partner_ids()
        return [end or own for end, own in zip(ends, shipped, strict=True)]

    def _get_shipped_partner(self):
        """The address to which the goods were delivered, else the customer's."""
        self.ensure_one()
        ids = self._get_shipped_partner_ids()
        return self.env["res.partner"].browse(filter(None, ids))

    def _get_shipped_partner_ids(self):
        # sudo: addresses of the customers' own deliveries
        rows = columns(
            self.sudo(),
            "move_id.picking_id.picking_type_id.code",
            "move_id.picking_id.partner_id",
            "sale_line_id.order_id.partner_shipping_id",
            "rma_id.partner_id",
        )
        # Other transfers name whoever sent the goods.
        return [
            (code == "outgoing" and shipped) or ordered or customer
            for code, shipped, ordered, customer in rows
        ]

    def _get_other_than_ordered(self):
        """Give the lines whose delivery brought another product than was ordered.

        Whoever enters a transfer says for which order it is, and an order's price is
        that of its own product.
        """
        # sudo: products of the customer's own order and delivery
        rows = columns(self.sudo(), "move_id.product_id", "sale_line_id.product_id")
        return self.browse(
            line.id
            for line, (moved, ordered) in zip(self, rows, strict=True)
            if moved and ordered and moved != ordered
        )

    def _get_deliveries_by_word(self):
        """Give the lines of which somebody alone says what was delivered, or when.

        Whoever keeps transfers could say that more was delivered, or another lot, or
        send again what came back without a return.

        :return: ``{line: (deliveries changed since, a delivery of goods sent again)}``
        """
        found = self.move_id._find_reverse_by_word()
        moves = {move._ids[0]: words for move, words in found.items()}
        ids = column(self.sudo(), "move_id")  # sudo: the customer's own deliveries
        return {
            line: moves[id_]
            for line, id_ in zip(self, ids, strict=True)
            if id_ in moves
        }

    def _get_sales(self):
        """Give what keeps who bought the goods of each line: its model, and an id."""
        # sudo: the customers' own orders and deliveries
        rows = columns(self.sudo(), *SALES.values())
        named = (zip(SALES, row, strict=True) for row in rows)
        return [next((own for own in each if own[1]), None) for each in named]

    def _get_agreed_sales(self):
        """Give ``reverse_agreed`` of what each line was sold by, in their order."""
        # sudo: as above
        rows = columns(
            self.sudo(), *(f"{path}.reverse_agreed" for path in SALES.values())
        )
        return [next(filter(None, row), {}) for row in rows]

    def _get_customer_changed(self):
        """Give the lines whose customer is another one than when it was sold.

        Whoever keeps contacts can put one below a company, or move it to a country,
        for which rules give more.
        """
        sales, changed = self._get_sales(), set()
        for model in {sale[0] for sale in sales if sale}:
            ids = {sale[1] for sale in sales if sale and sale[0] == model}
            # sudo: the customers' own sales and addresses
            own = self.env[model].sudo().browse(ids)._filter_reverse_customer_changed()
            changed.update((model, id_) for id_ in own._ids)
        return self.browse(
            line.id for line, sale in zip(self, sales, strict=True) if sale in changed
        )

    def _get_buyers(self):
        """Give who bought these goods, as the sales keep it, where that is known."""
        return [sold for sold in self._get_agreed_sales() if "owner" in sold]

    def _get_agreed_address_ids(self):
        """Give the ids of where it was agreed to deliver, in the order of lines.

        That is the address of the order, which stays once anything was delivered, or
        of the old sale. Whoever enters a return chooses its contact, which says nothing
        of the sale.
        """
        rows = columns(
            self.sudo(),  # sudo: addresses of the customers' own orders and old sales
            "sale_line_id.order_id.partner_shipping_id",
            "historic_sale_id.partner_id",
        )
        sold = [ordered or old for ordered, old in rows]
        if all(sold):
            return sold
        shipped = self._get_shipped_partner_ids()
        return [own or other for own, other in zip(sold, shipped, strict=True)]

    def _check_over_return(self):
        """Refuse what would bring back more of the sources than was sold."""
        for source, lines in self._by_source():
            source.check_over_return(lines)

    def _in_product_uom(self, quantity):
        return self.uom_id._compute_quantity(
            quantity, self.product_id.uom_id, rounding_method="HALF-UP"
        )

    def _from_product_uom(self, quantity):
        return self.product_id.uom_id._compute_quantity(
            quantity, self.uom_id, rounding_method="HALF-UP"
        )

    def _get_claims(self, by_lot=False):
        """Give what live lines ask of their deliveries beyond their transfers.

        What was credited as goods that stay where they are is asked for ever, also
        where it is not expected any more.

        :return: ``{(delivery id, lot id or False): quantity}`` in the product's unit
        """
        claims = defaultdict(float)
        for line in self:
            if line.state not in transitions.LIVE or not line.move_id:
                continue
            source = line._get_source()
            if not source.takes_from_delivery(line):
                continue
            wanted = line.quantity if line.state == "requested" else line.qty_authorized
            on_moves = sum(
                part[1]
                for move in line.move_ids
                if move.state not in ("draft", "cancel") and move._is_reverse_receipt()
                for part in move._get_reverse_parts()
            ) - sum(
                part[1]
                for move in line._get_undone_moves()
                for part in move._get_reverse_parts()
            )
            short = line.qty_closed_short
            if short:
                short -= min(line._get_kept_quantity(), short)
            claim = line._in_product_uom(wanted - short) - on_moves
            claim -= source.get_passed_on(line)
            if claim > 0:
                claims[line.move_id.id, by_lot and line.lot_id.id] += claim
        return claims

    def _find_deliveries(self, preview=False):
        """Name the source of each line; a line over several deliveries is split.

        What exceeds the balance of a deposit becomes a line of its own first. What
        only passes through left with no delivery of ours. The addon
        reverse_logistics_mrp extends this: before, it replaces kits by components.

        :param bool preview: propose only: refuse nothing and claim nothing
        :return: all the lines, the new ones included
        """
        lines = self
        if not preview:
            for source, named in self._by_source():
                lines |= source.split_off(named)
        passing = lines.filtered(lambda line: line._is_passing_through())
        sold = lines - passing
        for source, named in sold._by_source():
            source.complete(named)
        sold = sold._allocate_deliveries(preview)
        if not preview:
            sold._check_other_company()
            for source, named in sold._by_source():
                source.check_found(named)
        return passing | sold

    def _allocate_deliveries(self, preview):
        """Take each line from its deliveries and old sales; give all the lines.

        What finds none stays as a line without one when only a product was named, and
        is refused when an order line was named.
        """
        self._guarded_write_each(
            {
                # sudo: the order of a delivery, for whoever may see the return
                line: {"sale_line_id": line.sudo().move_id.sale_line_id.id}
                for line in self
                if line.move_id and not line.sale_line_id
            }
        )
        open_lines = self.filtered(
            lambda line: not line._is_sourced() and not line._is_foreign()
        )
        if not open_lines:
            return self
        candidates = open_lines._get_candidate_moves()
        # sudo: the customer's own orders, read together and not line by line
        candidates.sudo().sale_line_id.mapped("order_id")
        if not preview:
            candidates._reverse_touch()
        free = candidates._get_returnable()
        free_lots = candidates.filtered(
            lambda m: m.product_id.tracking != "none"
        )._get_returnable(True)
        if preview:
            (self - open_lines)._take_from(free, free_lots)
        by_product = candidates.grouped("product_id")
        policies = self.env["reverse.policy.version"]._get_for(open_lines.company_id)
        vals_list = []
        for line in open_lines:
            policy = policies[line.company_id]
            moves = by_product.get(line.product_id, candidates.browse())
            supplies = line._get_supplies(policy, moves, free, free_lots)
            wanted = line._in_product_uom(line.quantity)
            step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
            parts, rest = allocation.allocate(wanted, supplies, step)
            named = line.sale_line_id or line.lot_id
            if rest and named and not preview and not line.rma_id.basis:
                line._refuse_unreturnable(wanted - rest)
            for move_id, quantity in parts:
                free[move_id, False] -= quantity
                if (move_id, line.lot_id.id) in free_lots:
                    free_lots[move_id, line.lot_id.id] -= quantity
            vals_list += line._split_over(parts, rest)
        return self | self._guarded_create(vals_list)

    def _get_candidate_moves(self):
        """Find the deliveries these lines may have left with."""
        domains = [Domain("sale_line_id", "in", self.sale_line_id.ids)]
        # One condition per customer, however many products.
        for rma, lines in (
            self.filtered(lambda line: not line.sale_line_id).grouped("rma_id").items()
        ):
            domains.append(
                Domain("product_id", "in", lines.product_id.ids)
                & Domain("company_id", "=", rma.company_id.id)
                & Domain(
                    "sale_line_id.order_id.partner_id.commercial_partner_id",
                    "=",
                    rma.commercial_partner_id.id,
                )
            )
        return self.env["stock.move"]._search_reverse_deliveries(Domain.OR(domains))

    def _get_supplies(self, policy, candidates, free, free_lots):
        """What the line may be taken from, in the order in which policy wants it."""
        supplies = self._get_delivered_supplies(policy, candidates, free, free_lots)
        if not self.sale_line_id:
            # Whatever was sold before Odoo is older than what left with it.
            supplies += self._get_sold_supplies(free)
        return allocation.prefer(supplies, policy.allocation)

    def _get_delivered_supplies(self, policy, candidates, free, free_lots):
        # sudo: as in _get_candidate_moves
        line = self.sudo()
        customer = line.rma_id.commercial_partner_id
        moves = candidates.sudo().filtered(
            lambda m: (
                m.product_id == line.product_id
                and m.company_id == line.company_id
                and m.sale_line_id.order_id.partner_id.commercial_partner_id == customer
                and (not line.sale_line_id or m.sale_line_id == line.sale_line_id)
            )
        )
        left = free_lots if self.lot_id else free
        by_price = policy.allocation == "lowest_price"
        return [
            allocation.Supply(
                move.id,
                left.get((move.id, self.lot_id.id), 0.0),
                move._get_reverse_unit_price() if by_price else 0.0,
            )
            for move in moves
        ]

    def _get_sold_supplies(self, free):
        sales = self._get_candidate_sales()
        if not sales:
            return []
        sales._reverse_touch()
        for sale, quantity in sales._get_returnable().items():
            free.setdefault((sale._get_credit_key(), False), quantity)
        return [
            allocation.Supply(
                sale._get_credit_key(),
                free[sale._get_credit_key(), False],
                sale._get_unit_price(),
            )
            for sale in sales
        ]

    def _take_from(self, free, free_lots):
        """Lower what is free by what these lines name, without claiming it."""
        for line in self.filtered("move_id"):
            quantity = line._in_product_uom(line.quantity)
            for left, lot_id in ((free, False), (free_lots, line.lot_id.id)):
                if (line.move_id.id, lot_id) in left:
                    left[line.move_id.id, lot_id] -= quantity

    def _split_over(self, parts, rest):
        """Write the first part on this line, return values for lines of the others."""
        whole, fee = self.quantity, self.fee
        targets = list(parts)
        if rest:
            targets.append((False, rest))
        vals_list = []
        # Before the first one is written: they follow from what was named.
        sources = [self._prepare_source(key) for key, _quantity in targets]
        for position, (_key, quantity) in enumerate(targets):
            vals = {
                "quantity": self._from_product_uom(quantity),
                **sources[position],
            }
            if position == 0:
                self._guarded_write(vals)
            else:
                vals_list += [
                    {**data, **vals}
                    for data in self.copy_data({"rma_id": self.rma_id.id})
                ]
        if self.fee_by_hand:
            self._share_out_fee(fee, whole, vals_list)
        return vals_list

    def _prepare_source(self, key):
        """Values by which a line names the supply it takes from, or none.

        :param key: of a supply: the id of a delivery, or the credit key of an old sale
        """
        # sudo: as in _get_candidate_moves
        move = self.env["stock.move"].sudo()
        sale = self.env["reverse.historic.sale"].sudo()  # sudo: its lot
        if isinstance(key, tuple):
            sale = sale.browse(key[1])
        else:
            move = move.browse(key or ())
        vals = {
            "move_id": move.id,
            "sale_line_id": (move or self).sale_line_id.id,
            "historic_sale_id": sale.id,
        }
        if sale:
            vals["lot_id"] = self.lot_id.id or sale.lot_id.id
        return vals

    def _refuse_unreturnable(self, found):
        """Say how much can come back, or which company sold the goods."""
        if not found:
            self._check_other_company()
        lot = f" ({self.lot_id.name})" if self.lot_id else ""
        raise UserError(
            self.env._(
                "%(order)s: only %(found)s of %(product)s can be returned; "
                "you entered %(quantity).12g. The rest was not delivered, or another "
                "return asks for it.",
                order=self.sale_order_id.name or self.partner_id.display_name,
                quantity=self.quantity,
                found=self.uom_id._say_reverse(self._from_product_uom(found)),
                product=self.product_id.display_name + lot,
            )
        )

    def copy_data(self, default=None):
        """A line that is split over deliveries keeps it, a copied return does not."""
        vals_list = super().copy_data(default)
        if "rma_id" not in (default or {}):
            for vals in vals_list:
                vals.pop("counter_condition_id", None)
                vals.pop("counter_disposition_id", None)
        return vals_list

    # ------------------------------------------------------------------
    # Goods sold before Odoo was in use
    # ------------------------------------------------------------------
    def _find_second_source(self):
        """Say that one of two sources has to be left out, if two are named."""
        sold = self.move_id or self.sale_line_id
        if self.deposit_type_id and (sold or self.historic_sale_id):
            return self.env._(
                "%(line)s names a sale and a deposit: leave one of them out.",
                line=self.display_name,
            )
        if self.historic_sale_id and sold:
            return self.env._(
                "%(line)s names an order and a historic sale: leave one of them out.",
                line=self.display_name,
            )
        return False

    def _find_other_sold_lot(self):
        """Say that the historic sale was one of another lot, if it was."""
        sale = self.historic_sale_id
        if not (sale.lot_id and self.lot_id) or sale.lot_id == self.lot_id:
            return False
        return self.env._(
            "The old invoice %(invoice)s sold %(lot)s, not %(other)s.",
            invoice=sale.invoice_name,
            lot=sale.lot_id.name,
            other=self.lot_id.name,
        )

    def _get_source_claim(self):
        """What this line takes of its source, in the product's unit.

        What it asks for or has on its receipts, less what went back to the customer.
        """
        self.ensure_one()
        receipts = self.move_ids.filtered(
            lambda m: m.state != "cancel" and m._is_reverse_receipt()
        )
        moved = sum(part[1] for move in receipts for part in move._get_reverse_parts())
        wanted = 0.0
        if self.state in transitions.LIVE:
            wanted = self.quantity if self.state == "requested" else self.qty_authorized
            wanted = self._in_product_uom(wanted - self.qty_closed_short)
        sent = (
            self.inspection_ids.move_ids | self.settlement_line_ids.replacement_move_ids
        )
        sent = sent.filtered(
            lambda m: m.state == "done" and m.location_dest_id._is_outgoing()
        )
        back = sum(part[1] for move in sent for part in move._get_reverse_parts())
        return max(wanted, moved) - back

    def _get_candidate_sales(self):
        """Find the historic sales that this line may be of, newest first."""
        # sudo: customer service asks for goods back, whoever imported the sale
        sales = (
            self.env["reverse.historic.sale"]
            .sudo()
            .search(
                [
                    ("product_id", "=", self.product_id.id),
                    ("company_id", "=", self.company_id.id),
                    (
                        "commercial_partner_id",
                        "=",
                        self.rma_id.commercial_partner_id.id,
                    ),
                    ("confirmed", "=", True),
                ]
            )
        )
        if self.lot_id:
            return sales.filtered(lambda sale: sale.lot_id == self.lot_id)
        return sales

    # ------------------------------------------------------------------
    # What cannot come back
    # ------------------------------------------------------------------
    def _find_unreturnable_product(self):
        """Say what to do instead, if goods of this kind cannot come back."""
        product = self.product_id
        if product.type == "service":
            return self.env._(
                "%(product)s is a service: nothing of it can come back. To give money "
                "back for it, credit the invoice.",
                product=product.display_name,
            )
        if product.type == "combo":
            return self.env._(
                "%(product)s is a combo: return what it consists of, %(components)s.",
                product=product.display_name,
                components=", ".join(
                    self.sale_line_id._get_reverse_components().mapped(
                        "product_id.display_name"
                    )
                    or [self.env._("product by product")]
                ),
            )
        return False

    def _say_other_company(self, company, document):
        return self.env._(
            "%(company)s sold %(product)s with %(document)s, not %(own)s: goods go "
            "back to the company that sold them. Make the return in %(company)s.",
            company=company.name,
            product=self.product_id.display_name,
            document=document,
            own=self.company_id.name,
        )

    def _check_other_company(self):
        """Refuse goods of which we sold nothing, and another company did."""
        for line in self.filtered(lambda line: not line._is_sourced()):
            found = line.rma_id.line_ids.filtered(
                lambda other, line=line: (
                    other.product_id == line.product_id and other._is_sourced()
                )
            )
            delivery = not found and line._find_other_delivery()
            if delivery:
                raise UserError(
                    line._say_other_company(
                        delivery.company_id, delivery.picking_id.name
                    )
                )

    def _find_other_delivery(self):
        """Find a delivery of these goods to this customer by another company."""
        domain = (
            Domain("product_id", "=", self.product_id.id)
            & Domain("state", "=", "done")
            & Domain("company_id", "!=", self.company_id.id)
            & Domain("location_dest_id.usage", "=", "customer")
            & Domain("origin_returned_move_id", "=", False)
            & Domain(
                "partner_id.commercial_partner_id",
                "=",
                self.rma_id.commercial_partner_id.id,
            )
        )
        if self.lot_id:
            domain &= Domain("move_line_ids.lot_id.name", "=", self.lot_id.name)
        # sudo: only to name the company where the return has to be made
        moves = (
            self.env["stock.move"]
            .sudo()
            .search(domain, order="reverse_done_at desc", limit=20)
        )
        free = moves._get_returnable()
        return moves.filtered(lambda m: free[m.id, False] > 0)[:1]

    # ------------------------------------------------------------------
    # Claims
    # ------------------------------------------------------------------
    @api.depends("reason_id")
    def _compute_claim(self):
        for line in self:
            line.claim = line.reason_id.claim

    @api.depends("claim", "rma_id.settlement_type")
    def _compute_remedy(self):
        for line in self:
            plan = claims.PLANS.get(line.claim)
            reship = line.rma_id.settlement_type == "replacement"
            line.remedy = (
                plan and plan.gives == "goods" and ("reship" if reship else "credit")
            )

    def _get_plan(self):
        self.ensure_one()
        return claims.PLANS.get(self.claim)

    def _get_claim_facts(self, **values):
        self.ensure_one()
        return claims.Facts(
            product=self.product_id.id,
            lot=self.lot_id.id,
            tracking=self.tracking,
            claimed_product=self.claimed_product_id.id,
            claimed_lot=self.claimed_lot_id.id,
            claimed_tracking=self.claimed_tracking or "none",
            claimed_price=self.claimed_price or None,
            **values,
        )

    def _get_claim_gap(self):
        """Say what has to be entered before this line can be requested."""
        self.ensure_one()
        gap = self.claim and claims.find_gap(self.claim, self._get_claim_facts())
        return gap and self._explain_obstacle(gap)

    def _check_claim_gaps(self):
        for line in self.filtered("claim"):
            gap = line._get_claim_gap()
            if gap:
                raise UserError(gap)

    @api.constrains("claimed_product_id", "claimed_lot_id")
    def _check_claimed_lot(self):
        for line in self:
            lot = line.claimed_lot_id
            if lot and lot.product_id != line.claimed_product_id:
                raise UserError(
                    self.env._(
                        "%(lot)s is not a lot or serial number of %(product)s.",
                        lot=lot.name,
                        product=line.claimed_product_id.display_name,
                    )
                )

    def _name_claimed_deliveries(self):
        """Claims that take nothing of a delivery are about the newest one."""
        unnamed = self.filtered(
            lambda line: not line._get_plan().takes and not line.move_id
        )
        if unnamed:
            # sudo: the order's deliveries
            moves = unnamed._get_candidate_moves().sudo()
            for line in unnamed:
                line._name_claimed_delivery(moves)

    def _name_claimed_delivery(self, moves):
        self.ensure_one()
        own = moves.filtered(
            lambda m: (
                m.product_id == self.product_id
                and self.sale_line_id in (m.sale_line_id, m.sale_line_id.browse())
            )
        )[:1]
        if own:
            vals = {"move_id": own.id, "sale_line_id": own.sale_line_id.id}
            self._guarded_write(vals)

    def _explain_claim(self):
        label = get_labels(self, "claim")
        return self.env._(
            "“%(claim)s”: a person checks what was shipped and decides.",
            claim=label[self.claim],
        )

    def _check_claim_accepted(self):
        """Refuse what cannot be accepted yet, and say what is missing.

        :raises UserError: naming line and obstacle
        """
        for line in self:
            priced = line._get_priced() if line.claim == "price_error" else []
            prices = [one.price * one.factor for one in priced]
            facts = line._get_claim_facts(
                proven=line._is_proven(), price=max(prices, default=None)
            )
            obstacle = claims.find_obstacle(line.claim, facts)
            if obstacle:
                raise UserError(line._explain_obstacle(obstacle))

    def _is_proven(self):
        """A claim at the carrier, or a document at the line or its return."""
        self.ensure_one()
        if self.carrier_claim_ref and self.carrier_claim_ref.strip():
            return True
        # sudo: whether there is one
        files = self.env["ir.attachment"].sudo()
        files = files.search(
            [
                "|",
                "&",
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                "&",
                ("res_model", "=", self.rma_id._name),
                ("res_id", "=", self.rma_id.id),
            ]
        )
        # Anything can come with a message on the return.
        return any(file._is_reverse_evidence() for file in files)

    def _explain_obstacle(self, code):
        """Say what is missing, as a sentence."""
        sentences = {
            "lot": self.env._("%(line)s: enter which lot or serial number it is."),
            "product": self.env._("%(line)s: enter which product came instead."),
            "same": self.env._(
                "%(line)s: what came instead is what was delivered by the books. Enter "
                "the other product, or the other serial number."
            ),
            "claimed_lot": self.env._(
                "%(line)s: enter the lot or serial number of what came instead."
            ),
            "price": self.env._("%(line)s: enter the price that was agreed."),
            "proof": self.env._(
                "%(line)s: attach a proof of what was delivered or not, or enter the "
                "claim at the carrier, before goods that never arrived are made good."
            ),
            "invoice": self.env._(
                "%(line)s has no posted invoice whose price could be wrong. Change the "
                "price on the order instead."
            ),
            "not_lower": self.env._(
                "%(line)s: the agreed price is not below the invoiced one, so there is "
                "nothing to credit."
            ),
        }
        return sentences[code] % {"line": self.display_name}

    # ------------------------------------------------------------------
    # An accepted claim
    # ------------------------------------------------------------------
    def _correct_claim(self):
        """Do at once what the plan of the claim says about goods."""
        self.ensure_one()
        plan = self._get_plan()
        back = self._bring_back() if plan.bring_back else self.env["stock.move"]
        if plan.send_out == "claimed":
            self._expect_claimed()
        elif plan.send_out == "same":
            self._expect_surplus()
        if plan.part:
            self._end_claimed(plan.part, back)
        if plan.gives == "value":
            # Nothing comes back of it.
            self._guarded_write({"qty_authorized": 0.0})

    def _get_claimed_warehouse(self):
        """The warehouse whose stock was counted wrongly."""
        # sudo: where the delivery came from is configuration
        delivery = self.sudo().move_id
        return (
            delivery.picking_type_id.warehouse_id
            or delivery.warehouse_id
            or self.rma_id._get_warehouse()
        )

    def _prepare_correction(self, product, quantity, source, destination):
        return {
            "product_id": product.id,
            "product_uom_qty": quantity,
            "product_uom": product.uom_id.id,
            "location_id": source.id,
            "location_dest_id": destination.id,
            "location_final_id": destination.id,
            "warehouse_id": self._get_claimed_warehouse().id,
            "company_id": self.company_id.id,
            "partner_id": self.partner_id.id,
            "origin": self.rma_id.name,
            "procure_method": "make_to_stock",
            "reverse_correction": True,
        }

    def _create_correction(self, vals):
        # sudo: a person of that duty accepted the claim; these moves say what the
        # warehouse did in truth, and only the workflow makes them
        return self._workflow().env["stock.move"].create([vals])

    def _bring_back(self):
        """The books say it left, but it lies in stock: at the value it left with."""
        # sudo: the delivery that the books are wrong about
        delivery = self.sudo().move_id
        stock = self._get_claimed_warehouse().lot_stock_id
        quantity = self._in_product_uom(self.quantity)
        source = delivery.location_dest_id
        move = self._create_correction(
            {
                **self._prepare_correction(self.product_id, quantity, source, stock),
                "origin_returned_move_id": delivery.id,
                "move_orig_ids": [Command.set(delivery.ids)],
                "sale_line_id": delivery.sale_line_id.id,
                "to_refund": True,
                "reverse_rma_line_id": self.id,
                "move_line_ids": [
                    Command.create(
                        {
                            "product_id": self.product_id.id,
                            "product_uom_id": self.product_id.uom_id.id,
                            "quantity": quantity,
                            "lot_id": self.lot_id.id,
                            "location_id": source.id,
                            "location_dest_id": stock.id,
                            "company_id": self.company_id.id,
                            "picked": True,
                        }
                    )
                ],
            }
        )
        move._action_confirm(merge=False)
        self._complete_correction(move)
        self._add({self: {"received": self.quantity}})
        return move

    def _complete_correction(self, move):
        move.picked = True
        move._action_done()
        wanted, done = move.product_uom_qty, move.quantity
        if move.state != "done" or move.product_uom.compare(wanted, done):
            raise UserError(
                self.env._(
                    "%(line)s: stock could not be corrected.", line=self.display_name
                )
            )

    def _send_out(self, product, lot):
        """The books say it lies in stock, but it left: at what it costs."""
        stock = self._get_claimed_warehouse().lot_stock_id
        quantity = self._in_product_uom(self.quantity)
        move = self._create_correction(
            self._prepare_correction(
                # sudo: where the delivery went
                product,
                quantity,
                stock,
                # sudo: the customer's own delivery
                self.sudo().move_id.location_dest_id,
            )
        )
        move._action_confirm(merge=False)
        if product.is_storable:
            here = move._update_reserved_quantity(
                quantity, stock, lot_id=lot or None, strict=False
            )
            if product.uom_id.compare(here, quantity) < 0:
                self._refuse_send_out(product, lot, stock, quantity, here)
        else:
            move.quantity = quantity
        self._complete_correction(move)
        return move.with_env(self.env)

    def _refuse_send_out(self, product, lot, stock, quantity, here):
        raise UserError(
            self.env._(
                "%(line)s: %(quantity)s of %(product)s should have left, but by the "
                "books %(location)s has only %(here).12g free. Count the product there "
                "first, or free what is reserved.",
                line=self.display_name,
                quantity=product.uom_id._say_reverse(quantity),
                product=f"{product.display_name} ({lot.name})"
                if lot
                else product.display_name,
                here=here,
                location=stock.display_name,
            )
        )

    def _expect_claimed(self):
        """What came instead is wanted back, on a line of its own without credit."""
        self.ensure_one()
        product = self.claimed_product_id
        move = self._send_out(product, self.claimed_lot_id)
        quantity = self._in_product_uom(self.quantity)
        self._guarded_write({"claimed_move_id": self.move_id.id})
        self._guarded_create(
            [
                {
                    "rma_id": self.rma_id.id,
                    "sequence": self.sequence,
                    "move_id": move.id,
                    "product_id": product.id,
                    "quantity": quantity,
                    "uom_id": product.uom_id.id,
                    "lot_id": self.claimed_lot_id.id,
                    "reason_id": self.reason_id.id,
                    "claim": False,
                    "claim_line_id": self.id,
                    "claimed_move_id": self.move_id.id,
                    "gives_credit": False,
                    "decision": "review",
                    "decision_code": "claim",
                    "explanation": self.env._(
                        "Sent instead of %(product)s; comes back without a credit.",
                        product=self.product_id.display_name,
                    ),
                    "qty_authorized": quantity,
                }
            ]
        )

    def _expect_surplus(self):
        """What was sent too many comes back of a delivery of its own."""
        self.ensure_one()
        move = self._send_out(self.product_id, self.lot_id)
        self._guarded_write(
            {
                "claimed_move_id": self.move_id.id,
                "move_id": move.id,
                "sale_line_id": False,
                "gives_credit": False,
            }
        )

    def _end_claimed(self, part, back):
        """The claimed goods need no look: they never left, or nobody will see them.

        :param str part: ``corrected`` or ``lost``
        :param back: the correction that brought them back into stock
        """
        self.ensure_one()
        disposition = self.env.ref(f"reverse_logistics.disposition_{part}")
        inspection = self.env["reverse.inspection"]._guarded_create(
            [
                {
                    "line_id": self.id,
                    "quantity": self.quantity,
                    "lot_id": self.lot_id.id,
                    "receipt_move_id": back.id,
                    "location_id": back.location_dest_id.id,
                    "disposition_id": disposition.id,
                }
            ]
        )
        inspection._transition(transitions.INSPECTION, "complete", {"disposed": True})
        amounts = {"inspected": self.quantity, "put_away": self.quantity}
        if inspection.not_inspected:
            amounts["kept"] = self.quantity
        self._add({self: amounts})

    # ------------------------------------------------------------------
    # A wrong price: the difference is credited, goods and quantities stay.
    # ------------------------------------------------------------------
    def _get_priced(self):
        """Gather the invoice lines whose price may be wrong, in this line's unit.

        :rtype: list[engine.claims.Priced]
        """
        self.ensure_one()
        # Touches the order line: two corrections at once see each other.
        ledger = self.sale_line_id._get_credit_ledger()
        order_uom = self.sale_line_id.product_uom_id
        priced = []
        for invoice_line in self._get_invoice_lines():
            known = ledger.lines.get(invoice_line.id)
            if not known:
                continue
            priced.append(
                claims.Priced(
                    key=invoice_line.id,
                    quantity=order_uom._compute_quantity(
                        known.quantity - known.credited, self.uom_id
                    ),
                    price=invoice_line.price_unit,
                    factor=self.uom_id._compute_quantity(
                        1.0, invoice_line.product_uom_id, round=False
                    ),
                    discount=invoice_line.discount,
                    share=ledger.discounted_share(known),
                    step=invoice_line.currency_id.rounding,
                )
            )
        return priced

    def _get_price_difference(self):
        """Give what is to be credited, ``[(invoice line id, amount)]``.

        :raises UserError: when less was invoiced at a higher price, or corrected before
        """
        self.ensure_one()
        step = 10 ** -self.env["decimal.precision"].precision_get("Product Unit")
        priced = self._get_priced()
        amounts, rest = claims.price_difference(
            self.quantity, self.claimed_price, priced, step
        )
        # sudo: other returns of the same order line, whoever looks after them
        others = self.sudo().sale_line_id.reverse_line_ids.filtered(
            lambda line: (
                line.claim == "price_error"
                and line.state in ("authorized", "done")
                and line != self
            )
        )
        claimed = sum(
            line.uom_id._compute_quantity(line.quantity, self.uom_id) for line in others
        )
        invoiced = sum(one.quantity for one in priced)
        if rest or claims.is_repeated(self.quantity, claimed, invoiced, step):
            raise UserError(
                self.env._(
                    "%(line)s: the price of %(quantity)s is to be corrected, but only "
                    "of %(left).12g it is invoiced too high and was not corrected "
                    "before.",
                    line=self.display_name,
                    quantity=self.uom_id._say_reverse(self.quantity),
                    left=max(min(self.quantity - rest, invoiced - claimed), 0.0),
                )
            )
        return amounts

    def _propose_price_corrections(self):
        """Propose the differences as credits of value, one settlement per currency."""
        lines = self.filtered(
            lambda line: line.claim == "price_error" and line._wants_settlement()
        )
        groups = lines.grouped(
            # sudo: currency only
            lambda line: (line.rma_id, line.sudo().sale_line_id.currency_id)
        )
        for (rma, _currency), group in groups.items():
            settlement = self.env["reverse.settlement"]._guarded_create(
                [{"rma_id": rma.id, "type": "refund"}]
            )
            self.env["reverse.settlement.line"]._guarded_create(
                [
                    {
                        "settlement_id": settlement.id,
                        "rma_line_id": line.id,
                        "kind": "value",
                        "origin_line_id": invoice_line_id,
                        "price_unit": amount,
                    }
                    for line in group
                    for invoice_line_id, amount in line._get_price_difference()
                ]
            )

    def _get_price_stage_amounts(self, names):
        """Nothing moves: it is settled once the difference was credited, or refused."""
        credits = self.settlement_line_ids.filtered(lambda line: line.kind == "value")
        waiting = self._wants_settlement() and (
            not credits
            or any(line.state in ("draft", "submitted", "approved") for line in credits)
        )
        return {
            **dict.fromkeys(names, self.quantity),
            "kept": 0.0,
            "denied": 0.0,
            "closed_short": 0.0,
            "settled": 0.0 if waiting else self.quantity,
        }
