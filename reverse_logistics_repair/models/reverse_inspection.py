from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.engine import custody


class ReverseInspection(models.Model):
    """Inspected goods that are repaired, and their way to the workshop and back."""

    _inherit = "reverse.inspection"

    under_warranty = fields.Boolean(
        compute="_compute_under_warranty",
        store=True,
        readonly=False,
        help="The customer does not pay for the parts of the repair.",
    )
    repair_ids = fields.One2many(
        "repair.order", "reverse_inspection_id", "Repair Orders"
    )
    repair_state = fields.Selection(
        lambda self: (
            self.env["repair.order"]._fields["state"]._description_selection(self.env)
        ),
        "Repair",
        compute="_compute_repair_state",
        compute_sudo=True,
    )
    is_for_repair = fields.Boolean(compute="_compute_is_for_repair")
    repair_cost = fields.Monetary(
        "Cost of the Work",
        currency_field="company_currency_id",
        compute="_compute_repair_cost",
        compute_sudo=True,
        help="What the workshop used up for these goods: a cost of the return, which "
        "does not change what the goods are worth.",
    )

    @api.depends("liability")
    def _compute_under_warranty(self):
        for part in self:
            part.under_warranty = part.liability in ("supplier", "company", "warehouse")

    @api.depends("repair_ids.state")
    def _compute_repair_state(self):
        for part in self:
            part.repair_state = part.repair_ids.sorted("id")[-1:].state

    @api.depends("repair_ids.reverse_cost")
    def _compute_repair_cost(self):
        for part in self:
            part.repair_cost = sum(part.repair_ids.mapped("reverse_cost"))

    @api.depends("disposition_id")
    def _compute_is_for_repair(self):
        repair = self._get_repair_disposition()
        for part in self:
            part.is_for_repair = part.disposition_id == repair

    @api.model
    def _get_repair_disposition(self):
        return self.env.ref("reverse_logistics_repair.disposition_repair")

    def _is_in_repair(self):
        """Tell whether goods of the customer are sent to repair, so not put away."""
        self.ensure_one()
        return self.is_for_repair and bool(self._get_goods_owner())

    def _get_goal(self):
        goal = super()._get_goal()
        return custody.CUSTOMER if goal and self._is_in_repair() else goal

    def _is_for_foreign(self, disposition):
        repair = self._get_repair_disposition()
        return super()._is_for_foreign(disposition) or disposition == repair

    def _get_recommended_dispositions(self):
        """Recommend to repair goods sent for repair once, then to send them back; what
        is only safe in quarantine, neither.
        """
        recommended = super()._get_recommended_dispositions()
        dangers = self._get_dangers()
        for part, disposition in recommended.items():
            following = disposition and part._get_next_of_repair()
            if following and (part not in dangers or part._is_safe_with(following)):
                recommended[part] = following
        return recommended

    def _get_next_of_repair(self):
        """Give what comes next for goods sent for repair, None for others."""
        self.ensure_one()
        if (
            not self._get_goods_owner()
            or self.line_id._get_settlement_type() != "repair"
        ):
            return None
        # sudo: inspectors need not read repair orders
        part = self.sudo()
        while part := part.supersedes_id:
            if part.repair_ids:
                return self.env.ref("reverse_logistics.disposition_customer")
        return self._get_repair_disposition()

    def _is_repaired(self):
        # sudo: inspectors need not read repair orders
        part = self.sudo()
        while part:
            if "done" in part.repair_ids.mapped("state"):
                return True
            part = part.supersedes_id
        return super()._is_repaired()

    def action_view_repairs(self):
        # sudo: only the ids; the user's own rights decide what they can read
        return self.rma_id._open(
            self.sudo().repair_ids.with_env(self.env), self.env._("Repair Orders")
        )

    def action_dispose_repair(self):
        """Move the goods to the workshop, and order their repair.

        :raises AccessError: without the role inspector
        :raises UserError: when the goods do not wait for that
        """
        self._check_dispose("refurbish")
        self.action_dispose_move()
        self._create_repairs()
        return True

    def _create_repairs(self):
        # sudo: duty and state are checked before; inspectors need not create repairs
        repairs = self._sudo_clean(self.env["repair.order"]).create(
            [part._prepare_repair() for part in self]
        )
        by_rma = repairs.grouped(lambda repair: repair.reverse_inspection_id.rma_id)
        self.env["reverse.event"]._log(
            self.rma_id,
            "RepairOrdered",
            # sudo: only ids and quantities are noted
            lambda rma: {"repairs": by_rma[rma.sudo()]._get_reverse_event_data()},
        )

    def _prepare_repair(self):
        self.ensure_one()
        # sudo: inspectors need not read operation types and receipts
        part = self.sudo()
        picking_type = part.facility_id.warehouse_id.repair_type_id
        if not picking_type:
            raise UserError(
                self.env._(
                    "%(warehouse)s has no operation type for repairs.",
                    warehouse=part.facility_id.warehouse_id.name,
                )
            )
        # Odoo looks for goods that belong to the partner of the repair. Nobody is
        # quoted for goods of ours that are made fit for sale again.
        buyer = part.partner_id if part.is_for_repair else part.partner_id.browse()
        partner = part._get_goods_owner() or buyer
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
            "reverse_labour_rate": part.facility_id.workshop_rate,
            "reverse_inspection_id": part.id,
        }

    # ------------------------------------------------------------------
    # After the repair
    # ------------------------------------------------------------------
    def _on_repair_ended(self):
        """Send goods of customers back, repaired or not; inspect our own again.

        Nobody gets back what is not safe.
        """
        current = self.filtered(lambda part: part.state == "done")
        back = self.env.ref("reverse_logistics.disposition_customer")
        dangers = current._get_dangers()
        foreign = current.filtered(
            lambda part: (
                part._get_goods_owner()
                and (part not in dangers or part._is_safe_with(back))
            )
        )
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
        # sudo: inspectors need not have access to the transfers of these goods
        return self.sudo().move_ids.filtered(
            lambda m: m.state != "cancel" and m.location_dest_id._is_outgoing()
        )

    def _look_again(self, findings=()):
        """Cancel an open repair, since a new inspection decides anew."""
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
        """Count goods of customers in the workshop as not put away yet."""
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
        """Deny nothing for goods in repair: the repair is what the customer gets."""
        if denied:
            self = self.filtered(  # noqa: PLW0642
                lambda part: part.line_id._get_settlement_type() != "repair"
            )
        return super()._set_denied(denied)
