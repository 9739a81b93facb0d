from odoo import fields, models
from odoo.fields import Domain


class ReverseOriginMixin(models.AbstractModel):
    """A record that returns come from: how many there are, and a button to see them."""

    _name = "reverse.origin.mixin"
    _description = "Origin of Returns"
    #: Path of fields from a return line to records of this model.
    _reverse_origin_path = ""

    reverse_rma_count = fields.Integer(
        "Number of Returns", compute="_compute_reverse_rma_count"
    )

    def _get_reverse_line_domain(self):
        return [(self._reverse_origin_path, "in", self.ids)]

    def _compute_reverse_rma_count(self):
        lines = self.env["reverse.rma.line"]
        counts = {}
        if self.ids and lines.has_access("read"):
            counts = dict(
                lines._read_group(
                    self._get_reverse_line_domain(),
                    [self._reverse_origin_path],
                    ["rma_id:count_distinct"],
                )
            )
        for record in self:
            record.reverse_rma_count = counts.get(record._origin, 0)

    def action_view_reverse_rmas(self):
        """Open the returns; salespeople, who cannot read them, see what came back."""
        domain = Domain(self._get_reverse_line_domain())
        if not self.env.user.has_group("reverse_logistics.group_user"):
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "reverse_logistics.reverse_rma_line_action_history"
            )
            return {**action, "domain": list(domain)}
        wanted = Domain("line_ids", "any", domain)
        rmas = self.env["reverse.rma"].search(wanted, limit=2)
        action = rmas._open(rmas, self.env._("Returns"))
        if len(rmas) > 1:
            # a product or a customer may have thousands of them
            action["domain"] = list(wanted)
        return action
