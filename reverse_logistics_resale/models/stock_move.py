from odoo import api, fields, models
from odoo.exceptions import UserError


class StockMove(models.Model):
    """What makes one product of another, and what delivers liquidation lots."""

    _inherit = "stock.move"

    reverse_regrade_id = fields.Many2one(
        "reverse.inspection",
        "Regraded by",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves.filtered("reverse_regrade_id")._check_reverse_regrade()
        return moves

    def write(self, vals):
        if "reverse_regrade_id" in vals:
            self._check_reverse_regrade()
        return super().write(vals)

    def _check_reverse_regrade(self):
        # Being superuser is not enough: defaults of a client reach such code as well.
        if self and not self.env["reverse.rma"]._in_workflow():
            raise UserError(
                self.env._("Goods become another product by their inspection only.")
            )

    def _action_done(self, cancel_backorder=False):
        done = super()._action_done(cancel_backorder=cancel_backorder)
        # sudo: whoever sends the goods need not read lots
        sold = done.sudo().sale_line_id.reverse_liquidation_line_id
        sold.liquidation_id._on_delivered()
        return done

    def _action_cancel(self):
        res = super()._action_cancel()
        if not self.env["reverse.rma"]._in_workflow():
            # sudo: as above
            sold = self.sudo().sale_line_id.reverse_liquidation_line_id
            sold.liquidation_id._on_delivered()
        return res

    def _is_reverse_sold(self):
        """What waits to be sold in lots leaves by its lot, whose price was agreed."""
        # sudo: as above
        piece = self.sudo().sale_line_id.reverse_liquidation_line_id
        return (
            super()._is_reverse_sold()
            and piece.state == "confirmed"
            and piece.product_id == self.product_id
        )

    def _check_reverse_way(self):
        self._check_reverse_liquidated()
        return super()._check_reverse_way()

    def _check_reverse_liquidated(self):
        """Refuse to deliver other goods for a lot than those that it sells."""
        # sudo: as above
        moves = self.sudo().filtered(
            lambda m: (
                m.sale_line_id.reverse_liquidation_line_id
                and m.location_dest_id._is_outgoing()
            )
        )
        for move in moves:
            piece = move.sale_line_id.reverse_liquidation_line_id
            part = piece.inspection_id
            sold = part.line_id._in_product_uom(piece.quantity)
            gone = sum(
                own.quantity_product_uom
                for own in piece.order_line_ids.move_ids.move_line_ids
                if own.state == "done" or own.move_id in moves
            )
            more = move.product_id.uom_id.compare(gone, sold) > 0
            for line in move.move_line_ids.filtered(lambda ml: ml.quantity):
                place = line.location_id._get_reverse_kind()
                if (
                    more
                    or line.lot_id != piece.lot_id
                    or line.owner_id != part._get_stock_owner()
                    or place != "liquidation"
                ):
                    raise UserError(
                        self.env._(
                            "%(transfer)s delivers the liquidation lot %(lot)s: take "
                            "%(product)s %(number)s from %(location)s, nothing else.",
                            transfer=move.picking_id.name,
                            lot=piece.liquidation_id.name,
                            product=move.product_id.display_name,
                            number=piece.lot_id.name or "",
                            location=piece.inspection_id.location_id.display_name,
                        )
                    )

    def _is_reverse_evidence(self):
        # sudo: the return need not be the user's to read
        move = self.sudo()
        regraded = move.state == "done" and bool(move.reverse_regrade_id)
        return regraded or super()._is_reverse_evidence()

    @api.depends("reverse_regrade_id")
    def _compute_reference(self):
        """Moves without a transfer: the return is what they are known by."""
        res = super()._compute_reference()
        for move in self.filtered("reverse_regrade_id"):
            move.reference = self.env._("%(rma)s: regrading", rma=move.origin)
        return res

    def _set_reverse_regrade_values(self, values):
        """Say what the goods are worth that these moves are about to bring in.

        Odoo keeps such a value of the move: it holds whatever is computed later.

        :param dict values: ``{move: value of all its goods}``
        """
        # sudo: the inspection's duty is checked, and its configuration says the value
        self.env["product.value"].sudo().create(
            [
                {
                    "move_id": move.id,
                    "value": values[move],
                    "company_id": move.company_id.id,
                    "description": self.env._(
                        "%(rma)s: regraded from %(product)s",
                        rma=move.origin,
                        product=move.reverse_regrade_id.product_id.display_name,
                    ),
                }
                for move in self
            ]
        )

    def _do_reverse_regrade(self, lots):
        """Post these moves with exactly these lots.

        :param dict lots: ``{id of the inspection: lot}``
        """
        quants = self.env["stock.quant"]._get_quants_by_products_locations(
            self.product_id,
            self.location_id,
            [("lot_id", "in", [False, *(lot.id for lot in lots.values())])],
        )
        values = [
            {
                **move._prepare_reverse_regrade_line(),
                "lot_id": lots[move.reverse_regrade_id.id].id,
                "quantity": move.product_uom_qty,
                "product_uom_id": move.product_uom.id,
            }
            for move in self
        ]
        parts = self.env["reverse.inspection"]
        self._post_reverse_regrade(
            [vals for own in parts._take_from_packages(values, quants) for vals in own]
        )

    def _do_reverse_regrade_of(self, takes):
        """Post this move with exactly these goods.

        :param takes: list of ``(quant, quantity)``, in the product's unit
        """
        self.ensure_one()
        self._post_reverse_regrade(
            [
                {
                    **self._prepare_reverse_regrade_line(),
                    "location_id": quant.location_id.id,
                    "lot_id": quant.lot_id.id,
                    "package_id": quant.package_id.id,
                    "quantity": quantity,
                    "product_uom_id": self.product_id.uom_id.id,
                }
                for quant, quantity in takes
            ]
        )

    def _prepare_reverse_regrade_line(self):
        self.ensure_one()
        return {
            "move_id": self.id,
            "product_id": self.product_id.id,
            "location_id": self.location_id.id,
            "location_dest_id": self.location_dest_id.id,
            "owner_id": False,
            "company_id": self.company_id.id,
            "picked": True,
        }

    def _post_reverse_regrade(self, lines):
        # Lines before confirming: what Odoo reserves then may be other goods.
        self.env["stock.move.line"].create(lines)
        moves = self.with_context(bypass_entire_pack=True)
        moves._action_confirm(merge=False)
        moves._action_done()
        for move in self.filtered(lambda m: m.state != "done"):
            raise UserError(
                self.env._(
                    "%(product)s could not be moved for its regrading.",
                    product=move.product_id.display_name,
                )
            )
