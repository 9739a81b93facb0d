from odoo import Command, api, fields, models


class ReversePolicyCompare(models.TransientModel):
    """Dialog that shows what a version of policy changes compared with another one."""

    _name = "reverse.policy.compare"
    _description = "Comparison of Policy Versions"

    version_id = fields.Many2one("reverse.policy.version", required=True)
    other_id = fields.Many2one(
        "reverse.policy.version",
        "Compared with",
        domain="[('id', '!=', version_id)]",
    )
    line_ids = fields.One2many(
        "reverse.policy.compare.line", "wizard_id", readonly=True
    )

    @api.onchange("version_id", "other_id")
    def _onchange_versions(self):
        self.line_ids = [Command.clear()]
        if self.version_id and self.other_id:
            self.line_ids = [
                Command.create({"sequence": place, **row})
                for place, row in enumerate(
                    self.version_id._get_difference(self.other_id)
                )
            ]


class ReversePolicyCompareLine(models.TransientModel):
    """One difference between two versions of policy."""

    _name = "reverse.policy.compare.line"
    _description = "Difference of Policy Versions"
    _order = "sequence, id"

    wizard_id = fields.Many2one("reverse.policy.compare", ondelete="cascade")
    sequence = fields.Integer()
    kind = fields.Char("Part")
    rule = fields.Char()
    what = fields.Char()
    before = fields.Char()
    after = fields.Char()
    change = fields.Selection(
        [("added", "New"), ("removed", "Left out"), ("changed", "Changed")]
    )
