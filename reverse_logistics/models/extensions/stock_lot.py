from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import custody
from ..base.reverse_columns import differs


class StockLot(models.Model):
    """Value returned lots, and keep when their warranty begins."""

    _name = "stock.lot"
    _inherit = ["stock.lot", "reverse.origin.mixin", "reverse.word.mixin"]
    _reverse_origin_path = "lot_id"
    _reverse_words = ("reverse_warranty_from",)

    reverse_warranty_from = fields.Date(
        "Warranty Begins",
        help="When that is later than the sale, such as the day of the first use.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        lots = super().create(vals_list)
        # Where none is said, lots cost what their product does, or have no own cost.
        said = lots.filtered(
            lambda lot: lot.standard_price not in (0, lot.product_id.standard_price)
        )
        if not self.env.su:
            said._check_reverse_cost()
        return lots

    def write(self, vals):
        # Clients never run as superuser.
        if "name" in vals and not self.env.su:
            renamed = self.filtered(lambda lot: differs(lot, vals, {"name"}))
            known = renamed._find_reverse_delivered() | renamed._find_reverse_here()
            known._refuse_reverse_name()
        if "standard_price" in vals and not self.env.su:
            changed = self.filtered(lambda lot: differs(lot, vals, {"standard_price"}))
            # Odoo gives new lots the cost of their product.
            changed.filtered(
                lambda lot: (
                    lot.standard_price
                    or vals["standard_price"] != lot.product_id.standard_price
                )
            )._check_reverse_cost()
        return super().write(vals)

    def _update_standard_price(self):
        """Let Odoo write the mean cost of lots whoever receives or bills them."""
        # sudo: what Odoo computes of the goods, and nobody's word
        return super(StockLot, self.sudo())._update_standard_price()

    def _check_reverse_cost(self):
        """Refuse that whoever handles goods says what they cost.

        What comes back is worth what it left with, what is sold in bulk is compared
        with that, and shares of kits follow it: also of goods that nobody sold yet.

        :raises UserError: for users without Accounting
        """
        if self.env.user.has_group("account.group_account_user"):
            return
        for lot in self:
            raise UserError(
                self.env._(
                    "Credits and returns of %(product)s go by the cost of its lots, "
                    "such as %(lot)s: ask Accounting to change it.",
                    lot=lot.name,
                    product=lot.product_id.display_name,
                )
            )

    def _refuse_reverse_name(self):
        """Keep numbers by which goods are known: under it, others would be taken."""
        for lot in self:
            raise UserError(
                self.env._(
                    "%(lot)s of %(product)s was delivered, or lies in returns, which "
                    "go by its number: it is not changed. Note another number as its "
                    "internal reference.",
                    lot=lot.name,
                    product=lot.product_id.display_name,
                )
            )

    def _find_reverse_delivered(self):
        """Find those of these lots of which something was delivered."""
        # sudo: deliveries of everybody count
        lines = self.env["stock.move.line"].sudo()
        lines = lines.search(
            [
                ("lot_id", "in", self.ids),
                ("state", "=", "done"),
                ("location_dest_id.usage", "in", ("customer", "transit")),
            ]
        )
        left = lines.filtered(lambda line: line.location_dest_id._is_outgoing())
        return self & left.lot_id.with_env(self.env)

    def _find_reverse_spent(self, beside=()):
        """Find those of these lots that returns wrote off, or sent to a supplier.

        They are until they came back from there, which is approved. From one place
        where goods are used up to another, nothing changes; neither does what others
        say that they used up meanwhile.

        :param beside: ids of lines of transfers that are not looked at
        """
        # sudo: what became of the goods, whoever moves them
        lines = self.env["stock.move.line"].sudo()
        lines = lines.search(
            [
                ("lot_id", "in", self.ids),
                ("state", "=", "done"),
                ("id", "not in", beside),
                "|",
                ("location_id.usage", "in", custody.SPENT),
                ("location_dest_id.usage", "in", custody.SPENT),
            ],
            order="id",
        )
        spent = set()
        for line in lines:
            if line.location_dest_id.usage not in custody.SPENT:
                spent.discard(line.lot_id.id)
            elif line.location_id._is_reverse_stock():
                spent.add(line.lot_id.id)
        return self.filtered(lambda lot: lot.id in spent)

    def _find_reverse_elsewhere(self, beside=()):
        """Find those of these lots that others do not have: something of them lies in
        returns, or it is one piece, which returns wrote off or sent to a supplier.

        :param beside: ids of lines of transfers that are not looked at
        """
        here = self._count_reverse_here()
        serials = self.filtered(lambda lot: lot.product_id.tracking == "serial")
        return self.filtered(
            lambda lot: here.get(lot, 0) > 0
        ) | serials._find_reverse_spent(beside)

    def _find_reverse_made(self):
        """Find what returns have made of goods of these lots.

        reverse_logistics_resale: what they were regraded into.

        :return: ``{(product, lot, empty where it has none): quantity}``, in the unit
            of that product
        """
        return {}

    def _count_reverse_here(self):
        """Give how much of which of these lots lies in returns: ``{lot: quantity}``."""
        # sudo: goods of everybody count
        quants = self.env["stock.quant"].sudo()
        quants = quants.search([("lot_id", "in", self.ids), ("quantity", "!=", 0)])
        here = quants.filtered(lambda quant: quant.location_id._is_reverse_stock())
        return {
            lot.with_env(self.env): sum(own.mapped("quantity"))
            for lot, own in here.grouped("lot_id").items()
        }

    def _find_reverse_here(self):
        """Find those of these lots of which something lies in returns."""
        return self & self.browse().concat(*self._count_reverse_here())

    def _compute_value(self):
        """Count returned goods as well, which lie outside of warehouses.

        Odoo counts what lies in warehouses; the others are worth as much. Of an earlier
        moment it counts what other lots of the product have moved since, too.
        """
        if not any(self.mapped("lot_valuated")):
            return super()._compute_value()
        places = self._find_reverse_valued()
        lots = self.with_context(
            location=places.ids, owners=[False, self.env.company.partner_id.id]
        )
        res = super(StockLot, lots)._compute_value()
        moment = self._get_reverse_moment()
        if moment:
            lots = self.filtered("lot_valuated")
            held = lots._read_reverse_held(moment, places)
            asked = held
            if warehouses := self.env.context.get("warehouse_id"):
                inside = places.filtered_domain([("warehouse_id", "in", warehouses)])
                asked = lots._read_reverse_held(moment, inside)
            for lot in lots:
                value = lot._get_reverse_value(held[lot], moment)
                lot.total_value = value * asked[lot] / held[lot] if held[lot] else value
        return res

    @api.model
    def _find_reverse_valued(self):
        """Find where goods lie that the company is worth more by.

        A lot without company may be of several, and each values what is its own.
        """
        return self.env["stock.location"].search(
            [
                ("is_valued_internal", "=", True),
                ("company_id", "=", self.env.company.id),
            ]
        )

    @api.model
    def _get_reverse_moment(self):
        """Give the moment of the past that values are asked of, None for now."""
        moment = fields.Datetime.to_datetime(self.env.context.get("to_date"))
        return moment if moment and moment < fields.Datetime.now() else None

    def _read_reverse_held(self, moment, places):
        """Sum what was ours of these lots at a moment, back from what is ours now.

        :param places: where it has to have been
        :return: ``{lot: quantity}`` in the product's unit
        """
        ours = [
            ("lot_id", "in", self.ids),
            ("owner_id", "in", [False, self.env.company.partner_id.id]),
        ]
        quants = self.env["stock.quant"]._read_group(
            [*ours, ("location_id", "in", places.ids)], ["lot_id"], ["quantity:sum"]
        )
        held = defaultdict(float, quants)
        for place, sign in (("location_id", 1), ("location_dest_id", -1)):
            moved = self.env["stock.move.line"]._read_group(
                [
                    *ours,
                    (place, "in", places.ids),
                    ("state", "=", "done"),
                    ("move_id.date", ">", moment),
                ],
                ["lot_id"],
                ["quantity_product_uom:sum"],
            )
            for lot, quantity in moved:
                held[lot] += sign * quantity
        return {lot: held.get(lot, 0.0) for lot in self}

    def _get_reverse_value(self, quantity, moment):
        """Give what so much of a lot was worth at a moment, as Odoo computes it."""
        self.ensure_one()
        product = self.product_id
        if product.uom_id.is_zero(quantity):
            return 0.0
        if product.cost_method == "standard":
            return self.standard_price * quantity
        if product.cost_method == "average":
            return product._run_avco(at_date=moment, lot=self)[1]
        return self._get_reverse_fifo_value(quantity, moment)

    def _get_reverse_fifo_value(self, quantity, moment):
        """Give what the last so many of a lot cost that had come by a moment.

        Odoo goes by how many there are now.
        """
        moves = self.env["stock.move"].search(
            [
                ("product_id", "=", self.product_id.id),
                ("company_id", "=", self.env.company.id),
                ("move_line_ids.lot_id", "in", self.ids),
                ("is_in", "=", True),
                ("date", "<=", moment),
            ],
            order="date desc, id desc",
        )
        value = 0.0
        for move in moves:
            if self.product_id.uom_id.is_zero(quantity):
                break
            part = min(move._get_valued_qty(self), quantity)
            if part > 0:
                value += move._get_value(at_date=moment) * part / move._get_valued_qty()
                quantity -= part
        return value + quantity * self.standard_price
