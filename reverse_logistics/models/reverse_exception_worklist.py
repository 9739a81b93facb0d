from odoo import api, fields, models
from odoo.fields import Domain


class ReverseException(models.Model):
    """Who has to look at an exception."""

    _inherit = "reverse.exception"

    is_mine = fields.Boolean(
        "For My Roles",
        compute="_compute_is_mine",
        search="_search_is_mine",
        help="You have the role that resolves it.",
    )

    @api.depends("owner_group_id")
    @api.depends_context("uid")
    def _compute_is_mine(self):
        groups = self.env.user._get_group_ids()
        for exception in self:
            # sudo: which role it is
            exception.is_mine = exception.sudo().owner_group_id.id in groups

    def _search_is_mine(self, operator, value):
        if operator != "in":
            return NotImplemented
        mine = Domain("owner_group_id", "in", self.env.user._get_group_ids())
        return (mine if True in value else Domain.FALSE) | (
            ~mine if False in value else Domain.FALSE
        )
