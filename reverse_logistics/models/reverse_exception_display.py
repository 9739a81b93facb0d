from odoo import api, fields, models


class ReverseException(models.Model):
    """What people read of an exception, in words."""

    _inherit = "reverse.exception"

    partner_id = fields.Many2one(related="rma_id.partner_id", string="Customer")
    explanation = fields.Text(compute="_compute_explanation", string="What Happened")
    resolution_label = fields.Char("Resolved How", compute="_compute_resolution_label")

    @api.depends("message", "type", "line_id")
    def _compute_explanation(self):
        for exception in self:
            product = exception.line_id.product_id.display_name
            texts = {
                "no_source": self.env._(
                    "No delivery of %(product)s was found that can be returned.",
                    product=product,
                ),
                "no_authorization": self.env._(
                    "Goods came back that nobody had authorized."
                ),
                "not_invoiced": self.env._(
                    "%(product)s cannot be credited: no posted invoice covers it.",
                    product=product,
                ),
            }
            exception.explanation = exception.message or texts.get(exception.type)

    @api.depends("resolution")
    def _compute_resolution_label(self):
        labels = {
            "retry": self.env._("Done again"),
            "drop": self.env._("Left out of the return"),
            "authorize": self.env._("Authorized"),
            "send_back": self.env._("Sent back to the customer"),
            "source_named": self.env._("Order line named"),
            "rejected": self.env._("Return rejected"),
            "cancelled": self.env._("Return cancelled"),
        }
        for exception in self:
            exception.resolution_label = labels.get(
                exception.resolution, exception.resolution
            )

    def action_view_rma(self):
        self.ensure_one()
        return self.rma_id.get_formview_action()
