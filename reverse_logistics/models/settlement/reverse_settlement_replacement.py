from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions


class ReverseSettlement(models.Model):
    """Settled with goods instead of money: the same product goes out again."""

    _inherit = "reverse.settlement"

    type = fields.Selection(
        [("refund", "Refund"), ("replacement", "Replacement")],
        "Customer Gets",
        default="refund",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        guarded=True,
    )
    replacement_move_ids = fields.Many2many(
        "stock.move", compute="_compute_replacement", compute_sudo=True
    )
    replacement_count = fields.Integer(
        compute="_compute_replacement", compute_sudo=True
    )
    replacement_missing = fields.Boolean(
        compute="_compute_replacement", compute_sudo=True
    )

    @api.depends("state", "line_ids.replacement_move_ids.state")
    def _compute_replacement(self):
        for settlement in self:
            moves = settlement.line_ids.replacement_move_ids
            settlement.replacement_move_ids = moves
            settlement.replacement_count = len(moves.picking_id)
            settlement.replacement_missing = settlement.state == "released" and any(
                line.uom_id.compare(line._get_unsent_quantity(), 0) > 0
                for line in settlement.line_ids
            )

    @api.depends("type", "line_ids.quantity")
    def _compute_display_name(self):
        res = super()._compute_display_name()
        for settlement in self.filtered(lambda s: s.type == "replacement"):
            settlement.display_name = self.env._(
                "%(rma)s: replacement", rma=settlement.rma_id.name
            )
        return res

    # ------------------------------------------------------------------
    # Release: the delivery
    # ------------------------------------------------------------------
    def _release_replacement(self, bypassed=()):
        self._create_replacements()
        self._log_replacements("ReplacementReleased", bypassed)

    def _log_replacements(self, name, bypassed=()):
        self.env["reverse.event"]._log(
            self,
            name,
            lambda settlement: {
                "settlement": settlement.id,
                "decider": settlement._get_decider(),
                "combined_duties": settlement in bypassed,
                "transfers": settlement.replacement_move_ids.picking_id.ids,
                "lines": [
                    {"line": line.rma_line_id.id, "quantity": line.quantity}
                    for line in settlement.line_ids
                ],
            },
        )

    def _create_replacements(self):
        """Prepare the deliveries of what was neither sent nor is about to be.

        Missing stock does not matter: the delivery waits for it as any other.
        """
        lines = self.line_ids.filtered(
            lambda line: line.uom_id.compare(line._get_unsent_quantity(), 0) > 0
        )
        groups = lines.grouped(
            lambda line: (
                line.settlement_id,
                line._get_replacement_partner(),
                line.rma_line_id._get_receipt_origin(),
            )
        )
        # sudo: the settlement was released by a person of that duty or by policy; the
        # delivery is the warehouse's to do
        pickings = self._sudo_clean(self.env["stock.picking"]).create(
            [
                settlement._prepare_replacement(partner, destination, group)
                for (settlement, partner, destination), group in groups.items()
            ]
        )
        pickings.move_ids._action_confirm(merge=False)
        pickings.move_ids._action_assign()
        return pickings

    def _prepare_replacement(self, partner, destination, lines):
        warehouse = self.rma_id._get_warehouse()
        return {
            "picking_type_id": warehouse.out_type_id.id,
            "partner_id": partner.id,
            "company_id": self.company_id.id,
            "location_id": warehouse.lot_stock_id.id,
            "location_dest_id": destination.id,
            "origin": self.rma_id.name,
            "user_id": False,
            "move_ids": [
                Command.create(line._prepare_replacement_move(warehouse, destination))
                for line in lines
            ],
        }

    def action_deliver_again(self):
        """Prepare the delivery anew when the warehouse has cancelled it.

        :raises AccessError: without the role customer service
        :raises UserError: when everything was sent, or is about to be
        """
        self._check_duty("service")
        for settlement in self:
            if not settlement.replacement_missing:
                raise UserError(
                    self.env._(
                        "Nothing of %(settlement)s is without a delivery.",
                        settlement=settlement.display_name,
                    )
                )
        self._create_replacements()
        self._log_replacements("ReplacementReleased")
        return True

    # ------------------------------------------------------------------
    # Corrections
    # ------------------------------------------------------------------
    def action_reverse(self):
        replacements = self.filtered(lambda s: s.type == "replacement")
        if replacements:
            self._check_duty("releaser")
            replacements._check_not_replaced()
        res = super().action_reverse()
        replacements._cancel_replacements()
        return res

    def _check_not_replaced(self):
        for settlement in self:
            sent = settlement.replacement_move_ids.filtered(lambda m: m.state == "done")
            if sent:
                raise UserError(
                    self.env._(
                        "%(settlement)s has left with %(transfers)s and cannot be "
                        "taken back here: let the replacement come back with a return "
                        "of its own.",
                        settlement=settlement.display_name,
                        transfers=", ".join(sent.picking_id.mapped("name")),
                    )
                )

    def _cancel_replacements(self):
        # sudo: the duty is checked; only this settlement's own delivery is cancelled
        self.sudo().replacement_move_ids.filtered(
            lambda m: m.state not in ("done", "cancel")
        )._action_cancel()

    def action_refund_instead(self):
        """Give money after all, as long as the replacement has not left.

        :raises AccessError: without the role customer service
        :raises UserError: when it has left, or nothing came back that could be credited
        """
        self._check_duty("service")
        parts = self.line_ids.inspection_id
        for settlement in self:
            if (
                settlement.type != "replacement"
                or not settlement.line_ids.inspection_id
            ):
                raise UserError(
                    self.env._(
                        "%(settlement)s replaces nothing that was inspected, so there "
                        "is nothing to refund instead.",
                        settlement=settlement.display_name,
                    )
                )
        self._check_not_replaced()
        released = self.filtered(lambda s: s.state == "released")
        released._transition(transitions.SETTLEMENT, "reverse")
        released._unsettle("CreditReversed")
        released._cancel_replacements()
        (self - released)._transition(transitions.SETTLEMENT, "cancel")
        (self - released)._log_step("CreditCancelled")
        settlements = self._propose(parts, by_person=True, kind="refund")
        self.rma_id._update_progress()
        return self.rma_id._open(settlements, self.env._("Settlements"))

    def action_view_replacements(self):
        return self.rma_id._open(
            self.replacement_move_ids.picking_id, self.env._("Replacements")
        )


class ReverseSettlementLine(models.Model):
    _inherit = "reverse.settlement.line"

    kind = fields.Selection(
        selection_add=[("replacement", "Replaced")],
        ondelete={"replacement": "cascade"},
    )
    replacement_move_ids = fields.One2many(
        "stock.move", "reverse_settlement_line_id", "Replacements"
    )

    @api.model
    def _create_for(self, targets):
        replaced = {
            part: target for part, target in targets.items() if target.type != "refund"
        }
        self._guarded_create(
            [
                {
                    "settlement_id": target.id,
                    "rma_line_id": part.line_id.id,
                    "inspection_id": part.id,
                    "kind": target.type,
                    "quantity": part.quantity,
                }
                for part, target in replaced.items()
            ]
        )
        rest = {part: targets[part] for part in targets if part not in replaced}
        return super()._create_for(rest) if rest else self.env["reverse.settlement"]

    def _is_settled_at_release(self):
        """Money is given at release; a replacement when it leaves, value never."""
        self.ensure_one()
        return self.kind in ("goods", "kept")

    def _is_in_advance(self):
        """Replaces goods that are still to come back."""
        self.ensure_one()
        return self.kind == "replacement" and not self.inspection_id

    # ------------------------------------------------------------------
    # The delivery
    # ------------------------------------------------------------------
    def _get_unsent_quantity(self):
        """What no delivery has taken or is about to take, in the line's unit."""
        self.ensure_one()
        if self.kind != "replacement":
            return 0.0
        # sudo: the deliveries of this very line
        return self.quantity - self.sudo().replacement_move_ids._sum_replaced(
            self.uom_id
        )

    def _get_replacement_partner(self):
        return self.rma_line_id._get_shipped_partner()

    def _get_replaced_move(self):
        """What the replacement stands in for: the chain of who has what goes on there.

        That is the receipt of the goods, or their delivery when they do not come back
        or have not yet. Goods that never were with the customer are delivered for the
        first time now: that delivery starts a chain of its own.
        """
        self.ensure_one()
        # sudo: the transfers of the very goods
        receipt = self.sudo().inspection_id.receipt_move_id
        if receipt.reverse_correction:
            return self.env["stock.move"]
        # sudo: the receipt is the warehouse's
        return receipt or self.sudo().rma_line_id.move_id

    def _prepare_replacement_move(self, warehouse, destination):
        self.ensure_one()
        # sudo: the order line that was not fulfilled
        order_line = self.sudo().rma_line_id.sale_line_id
        return {
            "product_id": self.product_id.id,
            "product_uom_qty": self._get_unsent_quantity(),
            "product_uom": self.uom_id.id,
            "location_id": warehouse.lot_stock_id.id,
            "location_dest_id": destination.id,
            "location_final_id": destination.id,
            "picking_type_id": warehouse.out_type_id.id,
            "warehouse_id": warehouse.id,
            "company_id": self.company_id.id,
            "partner_id": self._get_replacement_partner().id,
            "origin": self.rma_id.name,
            "procure_method": "make_to_stock",
            "origin_returned_move_id": self._get_replaced_move().id,
            "sale_line_id": order_line.id,
            # Without it Odoo takes what it does not see for not delivered, and would
            # send it once more when the order is changed.
            "rule_id": order_line.move_ids.sorted("id")[:1].rule_id.id,
            # Goods that never come back stay delivered: theirs is the only count.
            "to_refund": not self.inspection_id.not_inspected,
            "reverse_settlement_line_id": self.id,
        }

    def _on_replaced(self, moves):
        """Replacements have left: only now has the customer got something."""
        amounts = {}
        for move in moves:
            line = move.reverse_settlement_line_id.rma_line_id
            changes = amounts.setdefault(line, {"settled": 0.0, "replaced": 0.0})
            for name in changes:
                changes[name] += line._sum_moves(move)
        self.rma_line_id._add(amounts)
        self.env["reverse.event"]._log(
            self.rma_id,
            "ReplacementSent",
            lambda rma: {
                "transfers": moves.filtered(
                    lambda m: m.reverse_settlement_line_id.rma_id == rma
                ).picking_id.ids,
                "lines": [
                    {"line": line.id, "quantity": changes["replaced"]}
                    for line, changes in amounts.items()
                    if line.rma_id == rma
                ],
            },
        )
        self.rma_id._update_progress()
