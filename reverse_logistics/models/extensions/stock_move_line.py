from odoo import api, fields, models
from odoo.exceptions import UserError

from ..base.reverse_guarded_mixin import unless_uninstalling
from .stock_move import MOVING

# What Odoo lets be edited on a done transfer, and moves the goods accordingly.
_RESHAPING = {
    "quantity",
    "product_uom_id",
    "lot_id",
    "lot_name",
    "location_id",
    "location_dest_id",
    "owner_id",
    "quant_id",
}


class StockMoveLine(models.Model):
    """Whose the returned goods are."""

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        vals_list = self._name_reverse_owners(vals_list)
        # Of what is added to a done transfer, Odoo makes a done move, and moves it.
        moving = self.with_context(reverse_moving=MOVING)
        lines = super(StockMoveLine, moving).create(vals_list).with_env(self.env)
        done = lines.filtered(lambda line: line.state == "done")
        done._check_reverse_done()
        done._note_reverse_edited()
        return lines

    @api.model
    def _name_reverse_owners(self, vals_list):
        """Keep whose the goods of a return are.

        Odoo takes the owner from what is reserved, or from the delivery: goods that are
        not ours would be worth something to us.
        """
        moves = self.env["stock.move"].browse(
            {vals["move_id"] for vals in vals_list if vals.get("move_id")}
        )
        # sudo: the owner of exactly these goods
        owners = {
            move.id: move.restrict_partner_id.id
            for move in moves.sudo()
            if move.reverse_rma_line_id and move.restrict_partner_id
        }
        return [
            {**vals, "owner_id": owners[vals["move_id"]]}
            if vals.get("move_id") in owners
            else vals
            for vals in vals_list
        ]

    def write(self, vals):
        done = (
            self.filtered(lambda line: line.state == "done")
            if _RESHAPING & set(vals)
            else self.browse()
        )
        before = done._get_reverse_shape()
        res = super().write(vals)
        done._check_reverse_done()
        after = done._get_reverse_shape()
        done.filtered(lambda line: after[line] != before[line])._note_reverse_edited()
        return res

    def _get_reverse_shape(self):
        """Give what of these lines says what was delivered, to compare it."""
        return {line: (line.lot_id, line.quantity_product_uom) for line in self}

    def _note_reverse_edited(self):
        """Note who changes what left after it left: returns of it are looked at."""
        # sudo: the note is ours, whoever edits the transfer
        left = self.sudo().move_id.filtered(
            lambda move: (
                move.location_dest_id._is_outgoing()
                and not move.origin_returned_move_id
            )
        )
        if left:
            left.write(
                {
                    "reverse_edited_by_id": self.env.uid,
                    "reverse_edited_at": fields.Datetime.now(),
                }
            )

    @unless_uninstalling
    def _unlink_except_evidence(self):
        done = self.filtered(lambda line: line.state == "done").move_id
        done.filtered(lambda m: m._is_reverse_evidence())._refuse_reverse_evidence()

    def _synchronize_quant(
        self, quantity, location, action="available", in_date=False, **quants_value
    ):
        """A lot that comes back keeps its age, and leaves its package there.

        Odoo forgets the age of what leaves, though it kept it there.
        """
        if quantity < 0 and action == "available" and self._is_reverse_lot_back():
            owner = quants_value.get("owner", self.owner_id)
            # sudo: as Odoo itself keeps quants
            quants = self.env["stock.quant"].sudo()
            in_date = (
                quants._gather(
                    self.product_id,
                    location,
                    lot_id=self.lot_id,
                    package_id=quants_value.get("package", self.package_id),
                    owner_id=owner,
                    strict=True,
                )
                .filtered("lot_id")[:1]
                .in_date
            )
        return super()._synchronize_quant(
            quantity, location, action, in_date, **quants_value
        )

    def _is_reverse_lot_back(self):
        """Brings a lot back that Odoo sees leave and come like any new goods."""
        self.ensure_one()
        # sudo: whoever moves the goods need not be of returns
        move = self.sudo().move_id
        return bool(
            self.lot_id
            and move.origin_returned_move_id
            and self.location_id.should_bypass_reservation()
            and not self.location_dest_id.should_bypass_reservation()
        )

    def _check_reverse_done(self):
        """Refuse to edit done receipts of returns, which are corrected instead."""
        # sudo: whoever edits a transfer need not read returns
        moves = self.sudo().move_id
        for move in moves:
            if move.reverse_rma_line_id and move._is_reverse_receipt():
                raise UserError(
                    self.env._(
                        "%(transfer)s has received goods of %(rma)s and can no longer "
                        "be changed.",
                        transfer=move.picking_id.name,
                        rma=move.reverse_rma_line_id.rma_id.display_name,
                    )
                )
            if move.reverse_correction:
                raise UserError(
                    self.env._(
                        "%(transfer)s corrects a shipping error and can no longer be "
                        "changed.",
                        transfer=move.reference,
                    )
                )
            if move.reverse_settlement_line_id:
                raise UserError(
                    self.env._(
                        "%(transfer)s has sent a replacement for %(rma)s and can no "
                        "longer be changed.",
                        transfer=move.picking_id.name or move.display_name,
                        rma=move.reverse_settlement_line_id.rma_id.display_name,
                    )
                )
            if move.reverse_title_id or move._is_reverse_undo():
                move._refuse_reverse_evidence()
            if move.reverse_inspection_id:
                raise UserError(
                    self.env._(
                        "%(transfer)s has moved inspected goods of %(rma)s and can no "
                        "longer be changed.",
                        transfer=move.picking_id.name or move.display_name,
                        rma=move.reverse_inspection_id.rma_id.display_name,
                    )
                )
        moves._check_reverse_custody()
        receipts = moves.filtered(lambda move: move._is_reverse_receipt())
        claimed = moves.filtered(
            lambda move: move.reverse_line_ids or move.returned_move_ids
        )
        (receipts.origin_returned_move_id | claimed)._check_over_return()
