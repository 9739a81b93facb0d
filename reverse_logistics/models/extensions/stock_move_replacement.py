from odoo import api, fields, models
from odoo.exceptions import UserError


class StockMove(models.Model):
    """Replacements: no more than was released, and each of them counts."""

    _inherit = "stock.move"

    reverse_settlement_line_id = fields.Many2one(
        "reverse.settlement.line",
        "Replacement For",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves.filtered("reverse_settlement_line_id")._check_reverse_replacement()
        return moves

    def write(self, vals):
        # Clients never run as superuser; whatever does was checked before.
        if "reverse_settlement_line_id" in vals and not self.env.su:
            raise UserError(
                self.env._("A replacement is sent by its settlement only: release it.")
            )
        res = super().write(vals)
        if {"product_id", "product_uom_qty", "product_uom", "sale_line_id"} & set(vals):
            self.filtered("reverse_settlement_line_id")._check_reverse_replacement()
        return res

    def _prepare_move_split_vals(self, qty):
        return {
            **super()._prepare_move_split_vals(qty),
            "reverse_settlement_line_id": self.reverse_settlement_line_id.id,
        }

    def _action_done(self, cancel_backorder=False):
        replacements = self.filtered(
            lambda m: m.reverse_settlement_line_id and m.state not in ("done", "cancel")
        )
        replacements._check_reverse_replacement()
        done = super()._action_done(cancel_backorder=cancel_backorder)
        sent = (replacements & done).exists()
        if sent:
            sent._check_reverse_replacement()
            # sudo: the settlement is released; whoever sends the goods need not be of
            # returns
            sent = sent.sudo()
            sent.reverse_settlement_line_id._on_replaced(sent)
        return done

    def _sum_replaced(self, uom):
        """Sum these moves: done ones with what left, others with what is planned."""
        return sum(
            move.product_uom._compute_quantity(
                move._get_reverse_planned(), uom, rounding_method="HALF-UP"
            )
            for move in self
            if move.state != "cancel"
        )

    def _get_reverse_planned(self):
        self.ensure_one()
        if self.state == "done":
            return self.quantity
        return max(self.product_uom_qty, self.quantity if self.picked else 0.0)

    def _check_reverse_replacement(self):
        """Refuse to send another product, or more than the settlement says."""
        # sudo: whoever delivers need not read settlements
        for line in self.sudo().reverse_settlement_line_id:
            moves = line.replacement_move_ids
            # The lines say what is moved, whatever the transfer itself says.
            goals = moves.location_dest_id | moves.move_line_ids.location_dest_id
            fits = line.kind == "replacement" and (
                moves.product_id == line.product_id
                and all(place._is_outgoing() for place in goals)
                and moves.sale_line_id == line.rma_line_id.sale_line_id
                and line.state == "released"
            )
            if not fits or line.uom_id.compare(line._get_unsent_quantity(), 0) < 0:
                raise UserError(
                    self.env._(
                        "%(transfer)s replaces %(quantity)s of %(product)s "
                        "for %(rma)s. Another product or more of it needs an order, "
                        "or a settlement of its own.",
                        transfer=moves.picking_id[-1:].name or self[:1].display_name,
                        quantity=line.uom_id._say_reverse(line.quantity),
                        product=line.product_id.display_name,
                        rma=line.rma_id.name,
                    )
                )

    # ------------------------------------------------------------------
    # Chains
    # ------------------------------------------------------------------
    def _fetch_reverse_chains(self):
        """Read together what is asked of each of these deliveries afterwards."""
        moves = chain = self.sudo()  # sudo: the deliveries of the same goods
        while moves := moves.returned_move_ids:
            chain |= moves
        chain.fetch(["state", "date", "location_dest_id", "is_out", "value"])
        chain.move_line_ids.fetch(["lot_id", "quantity_product_uom"])

    def _get_reverse_chain(self):
        """Done transfers that delivered these goods and took them back, the oldest
        first; what replaced some of them is one of them.
        """
        # sudo: the deliveries of the same goods
        moves = chain = self.sudo()._get_reverse_roots()
        while moves := moves.returned_move_ids.filtered(lambda m: m.state == "done"):
            chain |= moves
        return chain.sorted(lambda m: (m.date, m.id))

    def _get_reverse_chain_lots(self):
        """Lots that are or were with the customer by these deliveries.

        Those of the replacements count: they come back against the first delivery.
        """
        chain = self._get_reverse_chain()
        roots = chain.filtered(lambda m: not m.origin_returned_move_id)
        out = chain.filtered(lambda m: m.location_dest_id._is_outgoing())
        return (roots | out).move_line_ids.lot_id
