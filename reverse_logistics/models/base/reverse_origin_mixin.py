from odoo import fields, models


class ReverseOriginMixin(models.AbstractModel):
    """Records that returns come from: how many returns, and the way to them."""

    _name = "reverse.origin.mixin"
    _description = "Origin of Returns"

    reverse_rma_count = fields.Integer(
        "Number of Returns", compute="_compute_reverse_rma_count"
    )

    def _reverse_origin_path(self):
        """From a return line to records of this model."""
        raise NotImplementedError

    def _get_reverse_line_domain(self):
        return [(self._reverse_origin_path(), "in", self.ids)]

    def _compute_reverse_rma_count(self):
        lines = self.env["reverse.rma.line"]
        counts = {}
        if self.ids and lines.has_access("read"):
            counts = dict(
                lines._read_group(
                    self._get_reverse_line_domain(),
                    [self._reverse_origin_path()],
                    ["rma_id:count_distinct"],
                )
            )
        for record in self:
            record.reverse_rma_count = counts.get(record._origin, 0)

    def action_view_reverse_rmas(self):
        """Open the returns; for salespeople, what was returned."""
        domain = self._get_reverse_line_domain()
        if not self.env.user.has_group("reverse_logistics.group_user"):
            action = self.env["ir.actions.act_window"]._for_xml_id(
                "reverse_logistics.reverse_rma_line_action_history"
            )
            return {**action, "domain": domain}
        rmas = self.env["reverse.rma"].search([("line_ids", "any", domain)])
        return rmas._open(rmas, self.env._("Returns"))
