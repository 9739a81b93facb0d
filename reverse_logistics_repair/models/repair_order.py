from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.models.base.reverse_guarded_mixin import (
    unless_uninstalling,
)

# The return decides what is repaired, whose it is and where it lies.
_FIXED = {
    "company_id",
    "lot_id",
    "move_id",
    "partner_id",
    "picking_id",
    "picking_type_id",
    "product_id",
    "product_location_dest_id",
    "product_location_src_id",
    "product_qty",
    "product_uom",
    "sale_order_id",
    "state",
}

#: Marks the steps of a repair, which write of it what nobody else may: a thing of its
#: own, which no client can send.
_STEP = object()


class RepairOrder(models.Model):
    """Repairs of returned goods, which inspections order."""

    _inherit = "repair.order"
    _reverse_labour_not_negative = models.Constraint(
        "CHECK (reverse_labour_hours >= 0 AND reverse_labour_rate >= 0)",
        "Hours of work and what an hour costs cannot be below 0.",
    )

    reverse_inspection_id = fields.Many2one(
        "reverse.inspection",
        "Return Inspection",
        index="btree_not_null",
        readonly=True,
        copy=False,
        check_company=True,
        ondelete="restrict",
    )
    reverse_rma_id = fields.Many2one(
        related="reverse_inspection_id.rma_id", string="Return"
    )
    reverse_currency_id = fields.Many2one(related="company_id.currency_id")
    reverse_labour_hours = fields.Float(
        "Hours of Work",
        copy=False,
        help="What the workshop spent on these goods; it counts as a cost of their "
        "return.",
    )
    reverse_labour_rate = fields.Monetary(
        "Cost per Hour",
        currency_field="reverse_currency_id",
        help="What an hour of work costs, at first as the returns facility says.",
    )
    reverse_cost = fields.Monetary(
        "Cost of the Work",
        currency_field="reverse_currency_id",
        compute="_compute_reverse_cost",
        compute_sudo=True,
        help="Parts at what they cost, and hours of work. It is a cost of the return: "
        "the goods keep the value that they came back with.",
    )

    @api.depends("move_ids.value", "move_ids.state", "move_ids.repair_line_type")
    @api.depends("reverse_labour_hours", "reverse_labour_rate")
    def _compute_reverse_cost(self):
        for repair in self:
            repair.reverse_cost = sum(repair._get_reverse_costs().values())

    def _get_reverse_costs(self):
        """Give what the repair costs, by kind: parts that were used up, and work.

        Parts that were taken out and go into stock lower it by what they are worth.
        """
        self.ensure_one()
        used = self.move_ids.filtered(lambda move: move.state == "done")
        recycled = used.filtered(lambda move: move.repair_line_type == "recycle")
        added = used.filtered(lambda move: move.repair_line_type == "add")
        labour = self.reverse_labour_hours * self.reverse_labour_rate
        return {
            "parts": sum(added.mapped("value")) - sum(recycled.mapped("value")),
            "labour": self.reverse_currency_id.round(labour),
        }

    @api.depends("picking_id")
    def _compute_product_location_src_id(self):
        res = super()._compute_product_location_src_id()
        self._stay_in_reverse("product_location_src_id")
        return res

    @api.depends("picking_id")
    def _compute_product_location_dest_id(self):
        res = super()._compute_product_location_dest_id()
        self._stay_in_reverse("product_location_dest_id")
        return res

    @api.onchange("product_id", "lot_id")
    def _onchange_reverse_place(self):
        self._stay_in_reverse("product_location_src_id")
        self._stay_in_reverse("product_location_dest_id")

    def _stay_in_reverse(self, name):
        """Repair returned goods where they lie, and do not take them from stock."""
        for repair in self.filtered("picking_id"):
            repair[name] = repair._find_reverse_place() or repair[name]

    def _find_reverse_place(self):
        """Find where the goods are that Odoo's button on a return's receipt repairs."""
        # sudo: whoever repairs need not read returns
        receipts = self.sudo().picking_id.move_ids.filtered(
            lambda move: (
                move.state == "done"
                and move.product_id == (self.product_id or move.product_id)
                and move.location_dest_id._is_reverse_stock()
            )
        )
        parts = receipts.reverse_rma_line_id.inspection_ids.filtered(
            lambda part: (
                part.receipt_move_id in receipts
                and part.state in ("draft", "done")
                and part.lot_id == (self.lot_id or part.lot_id)
            )
        )
        return parts[:1].location_id or receipts[:1].location_dest_id

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_reverse_link(vals.get("reverse_inspection_id"))
        return super().create(vals_list)

    def write(self, vals):
        self._check_reverse_link("reverse_inspection_id" in vals)
        if vals.get("under_warranty"):
            self._check_reverse_warranty()
        if {"reverse_labour_hours", "reverse_labour_rate"} & set(vals):
            self._check_reverse_labour()
        step = self.env.context.get("reverse_repair_step") is _STEP
        if _FIXED & set(vals) and not (self.env.su or step):
            for repair in self.filtered("reverse_inspection_id"):
                raise UserError(
                    self.env._(
                        "%(repair)s repairs the goods of %(rma)s: what is repaired, "
                        "and where it lies, is decided there. Start, end, quote or "
                        "cancel the repair with its buttons.",
                        repair=repair.name,
                        rma=repair.sudo().reverse_rma_id.name,  # sudo: name only
                    )
                )
        return super().write(vals)

    def _check_reverse_warranty(self):
        """Refuse to give for nothing what the customer pays as it was inspected."""
        # Clients never run as superuser.
        if self.env.su:
            return
        # sudo: what was found, whoever repairs
        for repair in self.sudo().filtered("reverse_inspection_id"):
            if not (
                repair.under_warranty or repair.reverse_inspection_id.under_warranty
            ):
                raise UserError(
                    self.env._(
                        "%(repair)s: the customer pays for it, as the inspection of "
                        "%(rma)s says. Have an inspector correct that first.",
                        repair=repair.name,
                        rma=repair.reverse_rma_id.name,
                    )
                )

    def _check_reverse_labour(self):
        """What a finished repair cost is what its return counted."""
        # Clients never run as superuser.
        ended = () if self.env.su else self.filtered("reverse_inspection_id")
        for repair in ended:
            if repair.state in ("done", "cancel"):
                raise UserError(
                    self.env._(
                        "%(repair)s has ended, and what it cost counts for "
                        "%(rma)s. Enter hours of work before you end a repair.",
                        repair=repair.name,
                        rma=repair.sudo().reverse_rma_id.name,  # sudo: name only
                    )
                )

    @api.model
    def _check_reverse_link(self, linked):
        # Clients never run as superuser; code that does has checked the user before.
        if linked and not self.env.su:
            raise UserError(
                self.env._("Repairs of a return are ordered by its inspection only.")
            )

    @unless_uninstalling
    def _unlink_except_returned(self):
        for repair in self.filtered("reverse_inspection_id"):
            raise UserError(
                self.env._(
                    "%(repair)s repairs the goods of %(rma)s: cancel it, and they are "
                    "sent back or inspected again.",
                    repair=repair.name,
                    rma=repair.sudo().reverse_rma_id.name,  # sudo: name only
                )
            )

    def _in_reverse_step(self):
        return self.with_context(reverse_repair_step=_STEP)

    def action_create_sale_order(self):
        repairs = self._in_reverse_step()
        return super(RepairOrder, repairs).action_create_sale_order()

    def action_repair_start(self):
        return super(RepairOrder, self._in_reverse_step()).action_repair_start()

    def _action_repair_confirm(self):
        return super(RepairOrder, self._in_reverse_step())._action_repair_confirm()

    def action_repair_done(self):
        res = super(RepairOrder, self._in_reverse_step()).action_repair_done()
        self._on_reverse_ended("RepairDone")
        return res

    def action_repair_cancel(self):
        open_repairs = self.filtered(lambda repair: repair.state != "cancel")
        res = super(RepairOrder, self._in_reverse_step()).action_repair_cancel()
        open_repairs._on_reverse_ended("RepairCancelled")
        return res

    def _on_reverse_ended(self, event):
        # sudo: whoever completes or cancels a repair need not read returns
        repairs = self.sudo().filtered("reverse_inspection_id")
        if repairs:
            repairs._log_reverse(event)
            repairs.reverse_inspection_id._on_repair_ended()

    def action_repair_cancel_draft(self):
        """Resume a repair that the customer wants after all, if the goods are here."""
        # sudo: as in _on_reverse_ended
        repairs = self.sudo().filtered("reverse_inspection_id")
        for repair in repairs:
            repair._check_reverse_resume()
        # The goods are to be repaired, so nobody inspects them for that.
        parts = repairs.reverse_inspection_id._workflow()
        parts._get_deliveries_back()._action_cancel()
        res = super(RepairOrder, self._in_reverse_step()).action_repair_cancel_draft()
        repairs._log_reverse("RepairResumed")
        return res

    def _check_reverse_resume(self):
        part = self.reverse_inspection_id
        left = part._get_deliveries_back().filtered(lambda m: m.state == "done")
        if self.state != "cancel" or part.state != "done" or left:
            raise UserError(
                self.env._(
                    "%(repair)s cannot be taken up again: the goods of %(rma)s have "
                    "left, or somebody decided otherwise about them.",
                    repair=self.name,
                    rma=self.reverse_rma_id.name,
                )
            )

    def _log_reverse(self, event):
        by_rma = self.grouped("reverse_rma_id")
        self.env["reverse.event"]._log(
            self.reverse_rma_id,
            event,
            lambda rma: {"repairs": by_rma[rma]._get_reverse_event_data()},
        )

    def _get_reverse_event_data(self):
        return [
            {
                "repair": repair.id,
                "inspection": repair.reverse_inspection_id.id,
                "quantity": repair.product_qty,
                "lot": repair.lot_id.id,
                "under_warranty": repair.under_warranty,
                **{
                    kind: repair.reverse_currency_id.round(cost)
                    for kind, cost in repair._get_reverse_costs().items()
                    if cost
                },
            }
            for repair in self
        ]

    def action_view_reverse_rma(self):
        self.ensure_one()
        return self.reverse_rma_id.get_formview_action()
