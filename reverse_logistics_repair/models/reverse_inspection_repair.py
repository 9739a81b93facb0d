from odoo import models
from odoo.exceptions import UserError


class ReverseInspection(models.Model):
    """The way of goods through a repair, and back."""

    _inherit = "reverse.inspection"

    def action_dispose_repair(self):
        """Move the goods to the workshop and order their repair.

        :raises AccessError: without the role inspector
        :raises UserError: when the goods are not waiting for that
        """
        self._check_dispose("refurbish")
        self.action_dispose_move()
        self._create_repairs()
        return True

    def _create_repairs(self):
        # sudo: duty and state are checked before; the repair is the workshop's to do
        repairs = self._sudo_clean(self.env["repair.order"]).create(
            [part._prepare_repair() for part in self]
        )
        by_rma = repairs.grouped(lambda repair: repair.reverse_inspection_id.rma_id)
        self.env["reverse.event"]._log(
            self.rma_id,
            "RepairOrdered",
            # sudo: references only
            lambda rma: {"repairs": by_rma[rma.sudo()]._get_reverse_event_data()},
        )

    def _prepare_repair(self):
        self.ensure_one()
        # sudo: operation types and receipts are the warehouse's
        part = self.sudo()
        picking_type = part.facility_id.warehouse_id.repair_type_id
        if not picking_type:
            raise UserError(
                self.env._(
                    "%(warehouse)s has no operation type for repairs.",
                    warehouse=part.facility_id.warehouse_id.name,
                )
            )
        # Odoo looks for the owner's goods under the partner of the repair.
        partner = part._get_goods_owner() or part.partner_id
        return {
            "company_id": part.company_id.id,
            "partner_id": partner.id,
            "user_id": False,
            "picking_type_id": picking_type.id,
            "picking_id": part.receipt_move_id.picking_id.id,
            "product_id": part.product_id.id,
            "product_qty": part.quantity,
            "product_uom": part.uom_id.id,
            "lot_id": part.lot_id.id,
            "product_location_src_id": part.location_id.id,
            "product_location_dest_id": part.location_id.id,
            "under_warranty": part.under_warranty,
            "reverse_inspection_id": part.id,
        }

    # ------------------------------------------------------------------
    # After the repair
    # ------------------------------------------------------------------
    def _on_repair_ended(self):
        """Customers' goods go back, repaired or not; ours are inspected again."""
        current = self.filtered(lambda part: part.state == "done")
        foreign = current.filtered(lambda part: part._get_goods_owner())
        foreign._work("_send_back_from_repair")
        if current - foreign:
            (current - foreign)._look_again()

    def _has_work_left(self, method):
        if method == "_send_back_from_repair":
            return self.state == "done" and not self._get_deliveries_back()
        return super()._has_work_left(method)

    def _send_back_from_repair(self):
        waiting = self.filtered(lambda part: not part._get_deliveries_back())
        if waiting:
            waiting._create_deliveries_back()

    def _get_deliveries_back(self):
        # sudo: the transfers of these very goods
        return self.sudo().move_ids.filtered(
            lambda m: m.state != "cancel" and m.location_dest_id._is_outgoing()
        )

    def _look_again(self, findings=()):
        """Whoever looks again decides anew: an open repair is called off."""
        parts = super()._look_again(findings)
        # sudo: the repair was ordered by the inspection that is superseded
        repairs = self.sudo().repair_ids.filtered(
            lambda repair: repair.state not in ("done", "cancel")
        )
        repairs.action_repair_cancel()
        return parts

    def _fetch_disposed(self):
        if self._is_in_repair():
            return self._fetch_from_delivery()
        return super()._fetch_disposed()

    # ------------------------------------------------------------------
    # Progress
    # ------------------------------------------------------------------
    def _note_put_away(self, quantities=None):
        """In the workshop, customers' goods are on their way."""
        if quantities is not None:
            return super()._note_put_away(quantities)
        return super()._note_put_away(
            {part: 0.0 if part._is_in_repair() else part.quantity for part in self}
        )

    def _get_put_away(self):
        if self._is_in_repair() and not (
            self.goods_gone or self._get_deliveries_back()
        ):
            return 0.0
        return super()._get_put_away()

    def _set_denied(self, denied):
        """A repair is what the customer gets."""
        if denied:
            self = self.filtered(  # noqa: PLW0642
                lambda part: part.line_id._get_settlement_type() != "repair"
            )
        return super()._set_denied(denied)
