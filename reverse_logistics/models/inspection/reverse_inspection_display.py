from odoo import api, fields, models
from odoo.fields import Domain

#: states of a return whose goods may be inspected
INSPECTED_IN = ("authorized", "done")


class ReverseInspection(models.Model):
    """What an inspector is shown beside the part itself."""

    _inherit = "reverse.inspection"

    is_last_draft = fields.Boolean(
        compute="_compute_is_last_draft",
        help="Nothing else of the return waits: parts that are completed together are "
        "credited together, so that one by one is offered for the last only.",
    )

    @api.depends("state", "rma_id.inspection_ids.state")
    def _compute_is_last_draft(self):
        for part in self:
            drafts = part.rma_id.inspection_ids.filtered(lambda p: p.state == "draft")
            part.is_last_draft = drafts == part

    is_authorized = fields.Boolean(
        compute="_compute_is_authorized",
        search="_search_is_authorized",
        help="The return may have these goods, so that they can be inspected.",
    )

    @api.depends("rma_id.state")
    def _compute_is_authorized(self):
        for part in self:
            part.is_authorized = part.rma_id.state in INSPECTED_IN

    @api.model
    def _search_is_authorized(self, operator, value):
        if operator != "in":
            return NotImplemented
        may = Domain("rma_id.state", "in", INSPECTED_IN)
        return Domain.OR(may if wanted else ~may for wanted in value)

    partner_id = fields.Many2one(store=True)
    reason_id = fields.Many2one(related="line_id.reason_id", store=True)
    customer_note = fields.Text(related="line_id.note")
    un_number = fields.Char(related="product_id.reverse_un_number")
    handling = fields.Text(related="product_id.reverse_handling")
    accessory_ids = fields.Many2many(
        related="product_id.reverse_accessory_ids", string="Comes With"
    )
    can_reinspect = fields.Boolean(compute="_compute_can_reinspect")

    @api.depends("state", "disposed", "disposition_id.is_final")
    def _compute_can_reinspect(self):
        for part in self:
            part.can_reinspect = (
                part.state == "done"
                and part.disposed
                and not part.disposition_id.is_final
            )

    can_correct = fields.Boolean(compute="_compute_can_correct")

    @api.depends("state", "rma_id.state")
    def _compute_can_correct(self):
        for part in self:
            part.can_correct = part.state == "done" and not part.can_reinspect

    def action_view_rma(self):
        self.ensure_one()
        return self.rma_id.get_formview_action()
