from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine.shares import share, split

#: States of lots that bind their goods; what a sold one did not deliver is free again.
LIVE = ("draft", "confirmed")


class ReverseLiquidationLine(models.Model):
    """Inspected goods in a liquidation lot: all of one part, which is in no other.

    What was sold and then not delivered of them can be taken into another lot.
    """

    _name = "reverse.liquidation.line"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Piece of a Liquidation Lot"
    _order = "liquidation_id desc, id"
    _check_company_auto = True
    _fixed_fields = frozenset({"liquidation_id", "inspection_id"})
    _piece_once = models.UniqueIndex(
        "(inspection_id) WHERE state IN ('draft', 'confirmed')",
        "Somebody else has just taken some of these goods into a lot. Reload the page.",
    )

    liquidation_id = fields.Many2one(
        "reverse.liquidation", "Lot", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="liquidation_id.company_id", store=True, index=True
    )
    state = fields.Selection(related="liquidation_id.state", store=True)
    currency_id = fields.Many2one(related="liquidation_id.currency_id")
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    inspection_id = fields.Many2one(
        "reverse.inspection",
        "Part",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
    )
    rma_id = fields.Many2one(
        related="inspection_id.rma_id", string="Return", store=True
    )
    product_id = fields.Many2one(
        related="inspection_id.product_id", store=True, index=True
    )
    lot_id = fields.Many2one(related="inspection_id.lot_id", string="Lot/Serial")
    condition_id = fields.Many2one(related="inspection_id.condition_id")
    uom_id = fields.Many2one(related="inspection_id.uom_id")
    quantity = fields.Float(
        digits="Product Unit", readonly=True, required=True, guarded=True
    )
    cost = fields.Monetary(
        currency_field="company_currency_id", readonly=True, guarded=True
    )
    share = fields.Monetary("Share of the Price", compute="_compute_share", store=True)
    delivered = fields.Float(
        digits="Product Unit",
        compute="_compute_delivered",
        compute_sudo=True,
        help="What the buyer got. What was not sent can be sold in another lot.",
    )
    order_line_ids = fields.One2many(
        "sale.order.line", "reverse_liquidation_line_id", "Order Lines"
    )

    @api.depends("product_id", "liquidation_id.name")
    def _compute_display_name(self):
        for line in self:
            line.display_name = f"{line.liquidation_id.name}: {line.product_id.name}"

    @api.depends(
        "liquidation_id.price",
        "liquidation_id.currency_id",
        "liquidation_id.line_ids.cost",
        "liquidation_id.line_ids.quantity",
    )
    def _compute_share(self):
        for lot, own in self.grouped("liquidation_id").items():
            lines = lot.line_ids | own
            shares = share(
                max(lot.price, 0.0),
                [line._get_weight() for line in lines],
                lot.currency_id.rounding or 0.01,
            )
            for line, part in zip(lines, shares, strict=True):
                line.share = part

    @api.depends("order_line_ids.move_ids.state", "order_line_ids.move_ids.quantity")
    def _compute_delivered(self):
        for line in self:
            line.delivered = line._get_delivered()

    def _get_recovered(self):
        """Give what the goods bring that were delivered, in the company's currency."""
        self.ensure_one()
        # sudo: the order need not be the user's to read
        lines = self.sudo().order_line_ids
        return self.currency_id._convert(
            sum(line._get_reverse_recovered() for line in lines),
            self.company_currency_id,
            self.company_id,
            self.liquidation_id.order_id.date_order or fields.Date.today(),
        )

    def _get_weight(self):
        """Give what counts of this piece when the price is shared.

        What cost nothing counts with its sales price, so that it gets a share, too.
        """
        self.ensure_one()
        # sudo: the sales price, whoever enters the lot
        product = self.sudo().product_id.with_company(self.company_id)
        pieces = self.uom_id._compute_quantity(
            self.quantity, product.uom_id, rounding_method="HALF-UP"
        )
        return max(self.cost or product.lst_price * pieces, 0.0)

    # ------------------------------------------------------------------
    # Pieces
    # ------------------------------------------------------------------
    @api.model
    def _get_live_domain(self):
        """Find lines that bind their goods."""
        return Domain("state", "in", LIVE)

    def _is_live(self):
        self.ensure_one()
        return self.state in LIVE

    @api.model
    def _check_create(self, vals_list):
        self._check_duty("service")

    @api.model
    def _complete_create(self, vals_list):
        """Take all of the part that no lot has delivered, at what it costs now."""
        # sudo: the goods, which customer service need not look into
        parts = self.env["reverse.inspection"].sudo()
        wanted = parts.browse(filter(None, {v.get("inspection_id") for v in vals_list}))
        # Of two users at once, the second sees the lot of the first.
        wanted._reverse_touch()
        self._check_free(wanted)
        completed = []
        for vals in vals_list:
            part = parts.browse(vals.get("inspection_id") or ())
            quantity = part._get_unsold() if part else 0.0
            cost = part._estimate_cost(quantity) if part else 0.0
            completed.append({**vals, "quantity": quantity, "cost": cost})
        return completed

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.liquidation_id._check_editable()
        lines._check_pieces()
        return lines

    def _note_by_hand(self):
        self.liquidation_id._note_author()

    @api.model
    def _check_free(self, parts):
        """Refuse goods that are in another lot."""
        # sudo: a lot binds the goods whoever may read it
        found = self.sudo().search(
            self._get_live_domain() & Domain("inspection_id", "in", parts.ids), limit=1
        )
        if found:
            raise UserError(
                self.env._(
                    "%(part)s is in the liquidation lot %(lot)s already.",
                    part=found.inspection_id.display_name,
                    lot=found.liquidation_id.name,
                )
            )

    def _check_pieces(self):
        """Refuse goods that do not wait in the facility of the lot, or not all."""
        # sudo: goods of every return are sold
        lines = self.sudo()
        lines.inspection_id._reverse_touch()
        lines.inspection_id.invalidate_recordset(["state", "goods_gone", "location_id"])
        for line in lines:
            part, lot = line.inspection_id, line.liquidation_id
            fits = (part.company_id, part.facility_id) == (
                lot.company_id,
                lot.facility_id,
            )
            if not fits or not part._is_for_liquidation():
                raise UserError(
                    self.env._(
                        "%(part)s does not wait for liquidation in %(facility)s any "
                        "more. Take it out of %(lot)s.",
                        part=part.display_name,
                        facility=lot.facility_id.display_name,
                        lot=lot.name,
                    )
                )
        lines._check_there()

    def _check_there(self):
        """Refuse to sell more than lies there and is not promised to anybody else."""
        wanted = {}
        for line in self.filtered("product_id.is_storable"):
            part = line.inspection_id
            key = part.product_id, part.location_id, part.lot_id
            key = *key, part._get_stock_owner()
            quantity = part.line_id._in_product_uom(line.quantity)
            wanted[key] = wanted.get(key, 0.0) + quantity
        groups = self.env["stock.quant"]._read_group(
            [
                ("product_id", "in", self.product_id.ids),
                ("location_id", "in", self.inspection_id.location_id.ids),
            ],
            ["product_id", "location_id", "lot_id", "owner_id"],
            ["quantity:sum", "reserved_quantity:sum"],
        )
        free = {tuple(key): there - taken for *key, there, taken in groups}
        for key, quantity in wanted.items():
            product, place, lot, _owner = key
            if product.uom_id.compare(quantity, free.get(key, 0.0)) > 0:
                raise UserError(
                    self.env._(
                        "%(wanted)s of %(product)s %(number)s should be sold, and "
                        "%(location)s has %(free).12g that nobody else has reserved. "
                        "Find out where the rest went, or take it out of the lot.",
                        wanted=product.uom_id._say_reverse(quantity),
                        product=product.display_name,
                        number=lot.name or "",
                        location=place.display_name,
                        free=max(free.get(key, 0.0), 0.0),
                    )
                )

    def _get_returned_value(self):
        """Give what these pieces were worth together when they came back."""
        value = 0.0
        # sudo: as in _complete_create
        for line in self.sudo():
            part, move = line.inspection_id, line.inspection_id.receipt_move_id
            came = move._get_valued_qty() if move.is_in else 0.0
            if came and not part._get_stock_owner():
                value += move.value / came * part.line_id._in_product_uom(line.quantity)
        return value

    def _refresh_cost(self):
        """Take what the goods cost now: the price is shared and judged by it."""
        # sudo: as in _complete_create
        self._guarded_write_each(
            {
                line: {"cost": line.sudo().inspection_id._estimate_cost(line.quantity)}
                for line in self
            }
        )

    # ------------------------------------------------------------------
    # The order
    # ------------------------------------------------------------------
    def _prepare_order_lines(self):
        """Give values of order lines, whose prices sum up to the share of the piece."""
        self.ensure_one()
        # sudo: as in _complete_create
        line = self.sudo()
        step = line.currency_id.rounding
        return [
            {
                "product_id": line.product_id.id,
                "product_uom_qty": quantity,
                "product_uom_id": line.uom_id.id,
                "price_unit": price,
                "technical_price_unit": price,
                "discount": 0.0,
                "reverse_liquidation_line_id": line.id,
            }
            for quantity, price in split(line.share, line.quantity, step)
        ]

    def _reserve(self, order):
        """Reserve exactly these pieces for the delivery, with their lots."""
        # sudo: the lot is confirmed by whoever may; what is reserved are its pieces
        moves = order.order_line.move_ids
        moves.move_line_ids.unlink()
        parts = self.env["reverse.inspection"].sudo()
        quants = (
            self.env["stock.quant"]
            .sudo()
            ._get_quants_by_products_locations(
                self.product_id,
                self.sudo().inspection_id.location_id,
                [("lot_id", "in", [False, *self.sudo().lot_id.ids])],
            )
        )
        values = []
        for move in moves:
            part = move.sale_line_id.reverse_liquidation_line_id.inspection_id
            values.append(
                {
                    "move_id": move.id,
                    "picking_id": move.picking_id.id,
                    "product_id": move.product_id.id,
                    "product_uom_id": move.product_uom.id,
                    "quantity": move.product_uom_qty,
                    "location_id": part.location_id.id,
                    "location_dest_id": move.location_dest_id.id,
                    "lot_id": part.lot_id.id,
                    "owner_id": part._get_stock_owner().id,
                    "company_id": move.company_id.id,
                }
            )
        order.env["stock.move.line"].create(
            [vals for own in parts._take_from_packages(values, quants) for vals in own]
        )

    def _get_delivered(self):
        """Give what has left of this piece, in its unit; what came back has left."""
        self.ensure_one()
        # sudo: the order need not be the user's to read
        piece = self.sudo()
        moves = piece.order_line_ids.move_ids
        return piece.inspection_id.line_id._sum_moves(
            moves.filtered(lambda move: move.location_dest_id._is_outgoing())
        )

    def _note_gone(self):
        """Note of which inspected goods nothing is here any more."""
        gone = self.inspection_id.filtered(
            lambda part: (
                part.uom_id.compare(part._get_unsold(), 0) <= 0 and not part.goods_gone
            )
        )
        gone._guarded_write({"goods_gone": True})

    def _get_event_data(self):
        """What an event says of these pieces: quantities, amounts and references."""
        return [
            {
                "lot": line.liquidation_id.id,
                "inspection": line.inspection_id.id,
                "quantity": line.quantity,
                "cost": line.cost,
                "share": line.share,
                "currency": line.currency_id.name,
                # sudo: only its id
                "order": line.sudo().liquidation_id.order_id.id,
            }
            for line in self
        ]
