from odoo import api, fields, models
from odoo.exceptions import UserError


class ReverseApprovalVote(models.Model):
    """What one person decided about an approval, and for whom.

    Approvals write it when somebody approves or refuses. It is never changed.
    """

    _name = "reverse.approval.vote"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Decision on an Approval"
    _order = "id"
    _editable_states = ()

    approval_id = fields.Many2one(
        "reverse.approval",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        guarded=True,
    )
    company_id = fields.Many2one(related="approval_id.company_id", store=True)
    user_id = fields.Many2one(
        "res.users",
        "Who",
        required=True,
        readonly=True,
        ondelete="restrict",
        guarded=True,
    )
    on_behalf_of_id = fields.Many2one(
        "res.users",
        "For",
        readonly=True,
        ondelete="restrict",
        guarded=True,
    )
    delegation_id = fields.Many2one(
        "reverse.delegation",
        "As Deputy",
        readonly=True,
        ondelete="restrict",
        guarded=True,
    )
    decision = fields.Selection(
        [("approve", "Approved"), ("refuse", "Refused")],
        required=True,
        readonly=True,
        guarded=True,
    )
    date = fields.Datetime("When", required=True, readonly=True, guarded=True)
    combined_duties = fields.Boolean(
        readonly=True,
        help="Worked on it before, and may combine duties.",
        guarded=True,
    )

    @api.model
    def _check_create(self, vals_list):
        raise UserError(self.env._("Use the Approve button of the approval."))

    def _check_editable(self):
        raise UserError(self.env._("What was decided cannot be changed."))
