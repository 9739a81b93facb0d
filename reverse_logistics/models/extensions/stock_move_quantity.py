from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions

# From where goods in returns do not come back, and where they are not sent to.
_NOT_RETURNED = ("internal", "transit", "supplier", "inventory", "production")
_NOT_SENT = ("inventory", "production")


class StockLocation(models.Model):
    _inherit = "stock.location"

    def _is_reverse_stock(self):
        """Whether goods here are in returns and still there, not written off."""
        self.ensure_one()
        return self.usage in ("internal", "transit") and self._is_reverse()


class StockMove(models.Model):
    """Quantities in returns that somebody changes by hand need an approval."""

    _inherit = "stock.move"

    reverse_quantity_change_id = fields.Many2one(
        "reverse.quantity.change",
        "Approved Change",
        index="btree_not_null",
        readonly=True,
        copy=False,
        ondelete="restrict",
    )

    @api.model_create_multi
    def create(self, vals_list):
        moves = super().create(vals_list)
        moves.filtered("reverse_quantity_change_id")._check_reverse_change_link()
        return moves

    def write(self, vals):
        if "reverse_quantity_change_id" in vals:
            self._check_reverse_change_link()
        return super().write(vals)

    def _check_reverse_change_link(self):
        # Being superuser is not enough: defaults of a client reach such code as well.
        if self and not self.env["reverse.rma"]._in_workflow():
            raise UserError(
                self.env._("The approved quantity change cannot be set by hand.")
            )

    def _action_done(self, cancel_backorder=False):
        todo = self.filtered(lambda m: m.state not in ("done", "cancel"))
        todo._check_reverse_quantity()
        done = super()._action_done(cancel_backorder=cancel_backorder)
        # sudo: whoever moves goods need not be of returns
        done.sudo().reverse_quantity_change_id._on_moved()
        return done

    def _action_cancel(self):
        res = super()._action_cancel()
        cancelled = self.filtered(lambda m: m.state == "cancel")
        # sudo: as above
        cancelled.sudo().reverse_quantity_change_id._withdraw()
        return res

    def _is_reverse_by_hand(self):
        """Adds goods to returns or takes some away, outside of the workflow.

        What customers send and what is sent to them or to suppliers is none of it, nor
        what moves within returns; what leaves for a warehouse has to be inspected.
        """
        self.ensure_one()
        pairs = {(self.location_id, self.location_dest_id)} | {
            (line.location_id, line.location_dest_id) for line in self.move_line_ids
        }
        return any(
            source._is_reverse_stock() != target._is_reverse_stock()
            and (
                source.usage in _NOT_RETURNED
                if target._is_reverse_stock()
                else target.usage in _NOT_SENT
            )
            for source, target in pairs
        )

    def _check_reverse_quantity(self):
        """Refuse what somebody changes by hand and nobody has approved."""
        if self.env["reverse.rma"]._in_workflow():
            return
        for move in self.filtered(lambda m: m._is_reverse_by_hand()):
            # sudo: what was approved of it
            change = move.sudo().reverse_quantity_change_id
            if change.state not in ("permitted", "done"):
                raise UserError(move._get_reverse_refusal(change))
            change._check_moved(move)

    def _get_reverse_refusal(self, change):
        if change.state == "requested":
            return self.env._(
                "%(transfer)s waits for approval: %(change)s.",
                transfer=self.picking_id.name or self.display_name,
                change=change.display_name,
            )
        return self.env._(
            "Quantities of returned goods change only when somebody else has approved: "
            "%(product)s from %(origin)s to %(target)s. Ask for it with “Ask for "
            "Approval” on a transfer, or count the goods.",
            product=self.product_id.display_name,
            origin=self.location_id.display_name,
            target=self.location_dest_id.display_name,
        )

    def _get_reverse_moved(self):
        """Say what exactly this moves: ``{part: quantity}``, as of an approved change.

        By the names of lots: what comes in may have no record of one yet.
        """
        self.ensure_one()
        lines = self.move_line_ids.filtered("quantity")
        if not lines:
            product, owner = self.product_id, self.restrict_partner_id
            source, target = self.location_id, self.location_dest_id
            part = (product.id, "", owner.id, source.id, target.id)
            return {part: self.product_qty}
        moved = defaultdict(float)
        for line in lines:
            part = (
                line.product_id.id,
                line.lot_id.name or line.lot_name or "",
                line.owner_id.id,
                line.location_id.id,
                line.location_dest_id.id,
            )
            moved[part] += line.quantity_product_uom
        return moved

    def _check_reverse_named(self):
        """What is asked for is exactly what may be moved then."""
        for move in self:
            lines = move.move_line_ids.filtered("quantity")
            unnamed = lines.filtered(lambda line: not (line.lot_id or line.lot_name))
            if not lines or (unnamed and move.product_id.tracking != "none"):
                raise UserError(
                    self.env._(
                        "Enter first how much of %(product)s is moved, with its lot or "
                        "serial numbers if it has any: exactly that is approved.",
                        product=move.product_id.display_name,
                    )
                )

    def _prepare_reverse_change(self, reason):
        self.ensure_one()
        parts = self._get_reverse_moved()
        line = self.move_line_ids[:1]
        return {
            "company_id": self.company_id.id,
            "kind": "move",
            "product_id": self.product_id.id,
            "lot_id": line.lot_id.id if len(self.move_line_ids) == 1 else False,
            "owner_id": self.restrict_partner_id.id,
            "location_id": self.location_id.id,
            "location_dest_id": self.location_dest_id.id,
            "quantity": sum(parts.values()),
            "parts": [[*part, quantity] for part, quantity in parts.items()],
            "reason": reason,
        }


class StockMoveLine(models.Model):
    _inherit = "stock.move.line"

    def _check_reverse_done(self):
        res = super()._check_reverse_done()
        # sudo: whoever edits a transfer need not read returns
        self.sudo().move_id._check_reverse_quantity()
        return res


class StockPicking(models.Model):
    _inherit = "stock.picking"

    reverse_needs_approval = fields.Boolean(compute="_compute_reverse_needs_approval")

    @api.depends("state", "move_ids.location_id", "move_ids.location_dest_id")
    def _compute_reverse_needs_approval(self):
        for picking in self:
            picking.reverse_needs_approval = bool(picking._get_reverse_unapproved())

    def _get_reverse_unapproved(self):
        """Give the moves of which nobody has been asked yet."""
        return self.move_ids.filtered(
            lambda m: (
                m.state not in ("done", "cancel")
                and m._is_reverse_by_hand()
                # sudo: whether it was asked for
                and m.sudo().reverse_quantity_change_id.state
                not in ("requested", "permitted")
            )
        )

    def action_reverse_ask_quantity(self, reason=None):
        """Ask somebody else to approve that goods in returns are moved by hand.

        :param str reason: why
        """
        self.check_access("write")
        moves = self._get_reverse_unapproved()
        if not moves:
            raise UserError(self.env._("Nothing here waits for an approval."))
        moves._check_reverse_named()
        changes = self.env["reverse.quantity.change"]._request(
            [move._prepare_reverse_change(reason) for move in moves]
        )
        for move, change in zip(moves, changes, strict=True):
            # the link is the workflow's to set, see ``write``
            change._workflow().env["stock.move"].browse(
                move.id
            ).reverse_quantity_change_id = change
        return changes._tell_asked()


class ReverseQuantityChange(models.Model):
    _inherit = "reverse.quantity.change"

    def _on_moved(self):
        """The transfer that was permitted is done."""
        self.filtered(lambda change: change.state == "permitted")._transition(
            transitions.QUANTITY, "move"
        )
