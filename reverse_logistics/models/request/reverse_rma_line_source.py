from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine import allocation, transitions


class ReverseRmaLine(models.Model):
    """Which deliveries the goods of a line left with."""

    _inherit = "reverse.rma.line"

    def _is_sourced(self):
        """Whether it is known with what these goods left, so that they may come back.

        Sources beside deliveries extend this, :meth:`_get_delivered_on` and the guard
        of their own.
        """
        self.ensure_one()
        return bool(self.move_id or self.undelivered)

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

    def _get_source_products(self):
        """What may come back of the named source."""
        return (self.move_id or self.sale_line_id).product_id

    @api.model
    def _get_source_fields(self):
        """Fields that name the source; until it is known, also once requested."""
        return frozenset({"move_id", "sale_line_id"})

    def _check_over_return(self):
        """Refuse what would bring back more of the sources than was sold."""
        self.move_id._check_over_return()

    def _get_unclaimed_quantity(self):
        """What live returns leave of a source without deliveries, product's unit.

        None when there is no such source.
        """
        return None

    def _in_product_uom(self, quantity):
        return self.uom_id._compute_quantity(
            quantity, self.product_id.uom_id, rounding_method="HALF-UP"
        )

    def _from_product_uom(self, quantity):
        return self.product_id.uom_id._compute_quantity(
            quantity, self.uom_id, rounding_method="HALF-UP"
        )

    def _get_claims(self, by_lot=False):
        """Give what live lines ask of their deliveries beyond their receipts.

        :return: ``{(delivery id, lot id or False): quantity}`` in the product's unit
        """
        claims = defaultdict(float)
        for line in self:
            if line.state not in transitions.LIVE or not line.move_id:
                continue
            wanted = line.quantity if line.state == "requested" else line.qty_authorized
            on_moves = sum(
                part[1]
                for move in line.move_ids
                if move.state != "cancel" and move._is_reverse_receipt()
                for part in move._get_reverse_parts()
            ) - sum(
                part[1]
                for move in line._get_undone_moves()
                for part in move._get_reverse_parts()
            )
            claim = line._in_product_uom(wanted - line.qty_closed_short) - on_moves
            if claim > 0:
                claims[line.move_id.id, by_lot and line.lot_id.id] += claim
        return claims

    def _find_deliveries(self, preview=False):
        """Name the delivery of each line; a line over several deliveries is split.

        What finds no delivery stays as a line without one when only a product was
        named, and is refused when an order line was named.

        :param bool preview: propose only: refuse nothing and claim nothing
        :return: all the lines, the new ones included
        """
        for line in self.filtered(lambda line: line.move_id and not line.sale_line_id):
            # sudo: the order of a delivery, for whoever may see the return
            line._guarded_write({"sale_line_id": line.sudo().move_id.sale_line_id.id})
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
        supplies = [
            allocation.Supply(
                move.id,
                left.get((move.id, self.lot_id.id), 0.0),
                move._get_reverse_unit_price() if by_price else 0.0,
            )
            for move in moves
        ]
        return allocation.prefer(supplies, policy.allocation)

    def _take_from(self, free, free_lots):
        """Lower what is free by what these lines name, without claiming it."""
        for line in self.filtered("move_id"):
            quantity = line._in_product_uom(line.quantity)
            for left, lot_id in ((free, False), (free_lots, line.lot_id.id)):
                if (line.move_id.id, lot_id) in left:
                    left[line.move_id.id, lot_id] -= quantity

    def _split_over(self, parts, rest):
        """Write the first part on this line, return values for lines of the others."""
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
        return vals_list

    def _prepare_source(self, key):
        """Values by which a line names the supply it takes from, or none."""
        # sudo: as in _get_candidate_moves
        move = self.env["stock.move"].sudo().browse(key or ())
        order_line = (move or self).sale_line_id
        return {"move_id": move.id, "sale_line_id": order_line.id}

    def _refuse_unreturnable(self, found):
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
