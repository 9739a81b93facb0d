from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ..base.reverse_guarded_mixin import DUTIES
from ..base.reverse_inputs import checked, text

REVIEWERS = (
    "reverse_logistics.group_auditor",
    "reverse_logistics.group_administrator",
)


class ReverseCombinedDutyUse(models.Model):
    """One time that somebody took several steps of one return.

    ``open → reviewed``: guards write it when a combined duty lets a step pass, and an
    auditor or administrator notes the result of the review.
    """

    _name = "reverse.combined.duty.use"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Combined Duties Used"
    _order = "id desc"
    _editable_states = ()

    grant_id = fields.Many2one(
        "reverse.combined.duty",
        "Allowed by",
        readonly=True,
        index=True,
        ondelete="restrict",
        help="Empty: by the group Combined duties, without limit.",
        guarded=True,
    )
    user_id = fields.Many2one(
        "res.users",
        "Person",
        required=True,
        readonly=True,
        ondelete="restrict",
        guarded=True,
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        readonly=True,
        index=True,
        guarded=True,
    )
    rma_id = fields.Many2one(
        "reverse.rma",
        "Return",
        readonly=True,
        index="btree_not_null",
        guarded=True,
    )
    document = fields.Char(readonly=True, guarded=True)
    key = fields.Char(readonly=True, required=True, index=True, guarded=True)
    duty = fields.Selection(
        [(duty, duty.title()) for duty in DUTIES],
        "Step",
        required=True,
        readonly=True,
        guarded=True,
    )
    role_ids = fields.Many2many(
        "res.groups", string="Combined", readonly=True, guarded=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(readonly=True, guarded=True)
    day = fields.Date(required=True, readonly=True, index=True, guarded=True)
    state = fields.Selection(
        [("open", "To Review"), ("reviewed", "Reviewed")],
        default="open",
        required=True,
        readonly=True,
        index=True,
        guarded=True,
    )
    reviewed_by_id = fields.Many2one("res.users", readonly=True, guarded=True)
    reviewed_at = fields.Datetime(readonly=True, guarded=True)
    review_note = fields.Char("Note", readonly=True, guarded=True)

    @api.depends("document", "user_id")
    def _compute_display_name(self):
        for use in self:
            use.display_name = f"{use.document}, {use.user_id.name}"

    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._("The use of combined duties is recorded automatically.")
        )

    @api.model
    def _note(self, found, duty):
        """Record that the acting user took a step in addition to an earlier one.

        :param dict found: ``{record: (grant or empty, what _get_duty_uses gave)}``
        :param str duty: the duty of the step
        """
        if not found:
            return
        groups = {key: self.env.ref(name).id for key, name in DUTIES.items()}
        self._guarded_create(
            [
                {
                    "grant_id": grant.id,
                    "user_id": self.env.uid,
                    "company_id": use["company"].id,
                    "rma_id": use["rma"].id,
                    "document": record.display_name,
                    "key": use["key"],
                    "duty": duty,
                    "role_ids": [
                        groups[role] for role in sorted(use["roles"]) if role in groups
                    ],
                    "amount": use["amount"],
                    "day": use["company"]._get_reverse_today(),
                }
                for record, (grant, use) in found.items()
            ]
        )

    @checked(note=text)
    def action_review(self, note=None):
        """Mark as reviewed.

        :param str note: what the review found
        :raises AccessError: unless the user is an auditor or administrator
        :raises UserError: for the user's own steps
        """
        self._check_reviewer()
        self.filtered(lambda use: use.state == "open")._guarded_write(
            {
                "state": "reviewed",
                "reviewed_by_id": self.env.uid,
                "reviewed_at": fields.Datetime.now(),
                "review_note": note,
            }
        )
        return True

    def _check_reviewer(self):
        user = self.env.user
        if not any(user.has_group(group) for group in REVIEWERS):
            raise AccessError(
                self.env._(
                    "Combined duties are reviewed by auditors and administrators."
                )
            )
        # What follows is written as superuser, so records of other companies have to
        # be refused here.
        self.sudo(False).check_access("read")
        for use in self:
            if use.user_id == user:
                raise UserError(
                    self.env._(
                        "%(use)s: somebody else has to look at what you did.",
                        use=use.display_name,
                    )
                )
