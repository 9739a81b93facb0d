from odoo import api, fields, models


class ReverseInspection(models.Model):
    """Inspected goods that are repaired: what is recommended, and what is shown."""

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

    @api.depends("liability")
    def _compute_under_warranty(self):
        for part in self:
            part.under_warranty = part.liability in ("supplier", "company", "warehouse")

    @api.depends("repair_ids.state")
    def _compute_repair_state(self):
        for part in self:
            part.repair_state = part.repair_ids.sorted("id")[-1:].state

    @api.depends("disposition_id")
    def _compute_is_for_repair(self):
        repair = self._get_repair_disposition()
        for part in self:
            part.is_for_repair = part.disposition_id == repair

    @api.model
    def _get_repair_disposition(self):
        return self.env.ref("reverse_logistics_repair.disposition_repair")

    def _is_in_repair(self):
        """Customers' goods at the workshop: where they belong is with the customer."""
        self.ensure_one()
        return self.is_for_repair and bool(self._get_goods_owner())

    def _is_for_foreign(self):
        return super()._is_for_foreign() or self.is_for_repair

    def _get_recommended_disposition(self):
        """What is here for repair is repaired once, then sent back."""
        recommended = super()._get_recommended_disposition()
        if (
            not recommended
            or not self._get_goods_owner()
            or self.line_id._get_settlement_type() != "repair"
        ):
            return recommended
        # sudo: inspectors need not read repair orders
        part = self.sudo()
        while part := part.supersedes_id:
            if part.repair_ids:
                return self.env.ref("reverse_logistics.disposition_customer")
        return self._get_repair_disposition()

    def action_view_repairs(self):
        # sudo: which they are; reading them is for those who repair
        return self.rma_id._open(
            self.sudo().repair_ids.with_env(self.env), self.env._("Repair Orders")
        )
