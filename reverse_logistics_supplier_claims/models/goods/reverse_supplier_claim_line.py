from odoo import api, fields, models


class ReverseSupplierClaimLine(models.Model):
    """Where the claimed goods are."""

    _inherit = "reverse.supplier.claim.line"

    destroyed_on = fields.Date(readonly=True, copy=False, guarded=True)
    back_move_ids = fields.One2many("stock.move", "reverse_back_line_id")
    parts_state = fields.Selection(
        [
            ("here", "Here"),
            ("announced", "To Be Sent"),
            ("sent", "With the Supplier"),
            ("back", "Back Again"),
            ("destroyed", "Destroyed"),
            ("replaced", "Replaced"),
        ],
        "Goods",
        compute="_compute_parts_state",
        compute_sudo=True,
    )

    @api.depends(
        "destroyed_on",
        "move_ids.state",
        "back_move_ids.state",
        "replacement_move_ids.state",
    )
    def _compute_parts_state(self):
        for line in self:
            line.parts_state = line.kind == "goods" and line._get_parts_state()

    def _get_parts_state(self):
        self.ensure_one()
        under_way = self.move_ids.filtered(lambda m: m.state != "cancel")
        if self.destroyed_on:
            return "destroyed"
        if self.back_move_ids:
            return "back"
        if self.replacement_move_ids.filtered(lambda m: m.state == "done"):
            return "replaced"
        if not under_way:
            return "here"
        return "sent" if "done" in under_way.mapped("state") else "announced"

    def _is_with_supplier(self):
        self.ensure_one()
        # sudo: where the goods are, whoever may read transfers
        return self.sudo()._get_parts_state() == "sent"

    def _scrap_destroyed(self):
        """Write off what lies here of these goods."""
        parts = self.inspection_id.filtered(
            lambda part: part.disposition_id.location_state == "vendor_return"
        )
        # sudo: duty and state are checked; exactly the goods of these lines
        prepared = parts.sudo()._prepare_scraps()
        scraps = (
            parts._workflow()
            ._sudo_clean(self.env["stock.scrap"])
            .create([vals for own in prepared for vals in own])
        )
        scraps.action_validate()
        for part, own in zip(parts, prepared, strict=True):
            mine, scraps = scraps[: len(own)], scraps[len(own) :]
            mine.move_ids.reverse_inspection_id = part
            part._guarded_write({"location_id": mine[:1].scrap_location_id.id})

    def _take_back(self):
        """Receive what the supplier did not keep, and open its inspections again.

        :return: the new inspections
        """
        again = self.env["reverse.inspection"]
        for line in self:
            part = line.inspection_id
            # sudo: exactly the goods that were sent for this line
            for sent in line.sudo().move_ids.filtered(lambda m: m.state == "done"):
                moves = part._workflow()._sudo_clean(self.env["stock.move"])
                move = moves.create(
                    {
                        **part._prepare_counter_move(sent, sent.quantity),
                        "location_dest_id": sent.location_id.id,
                        "purchase_line_id": sent.purchase_line_id.id,
                        "origin_returned_move_id": sent.id,
                        "to_refund": True,
                        "origin": line.claim_id.name,
                        "reverse_inspection_id": part.id,
                        "reverse_back_line_id": line.id,
                    }
                )
                part._do_counter_move(move, part.lot_id)
            # sudo: the claim's duty is checked; an inspector decides about the goods
            again |= part.sudo()._look_again().with_env(self.env)
        return again
