from odoo import api, fields, models

from ..engine import eligibility


class ReversePolicy(models.Model):
    _name = "reverse.policy"
    _description = "Return Policy"
    _order = "company_id, sequence, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10)
    company_id = fields.Many2one("res.company", index=True)
    version = fields.Integer(
        default=1, readonly=True, copy=False, help="Rises when what it decides changes."
    )
    window_days = fields.Integer(
        "Return Window (days)", default=30, required=True, help="Counted from delivery."
    )
    authorize = fields.Boolean(
        "Authorize by Itself",
        default=True,
        help="Inside the window no person is asked.",
    )
    allocation = fields.Selection(
        [
            ("newest", "Newest delivery first"),
            ("oldest", "Oldest delivery first"),
            ("lowest_price", "Lowest price first"),
        ],
        default="newest",
        required=True,
        help="Where a return without a document takes its deliveries from.",
    )

    _DECIDING = {"window_days", "authorize", "allocation", "validity_days"}

    _window_not_negative = models.Constraint(
        "CHECK (window_days >= 0)", "The return window cannot be negative."
    )

    def write(self, vals):
        if self._DECIDING & set(vals):
            for policy in self:
                super(ReversePolicy, policy).write(
                    {**vals, "version": policy.version + 1}
                )
            return True
        return super().write(vals)

    @api.model
    def _get_for(self, companies):
        """Give the policy in force for each company: its own, else its parents', else
        the shared one.

        :rtype: dict[res.company, reverse.policy]
        """
        # sudo: policy applies to everybody, also where the user cannot read it
        policies = self.sudo().search([("active", "=", True)])
        found = {}
        for company in companies:
            lineage = list(reversed(company.sudo().parent_ids.ids)) + [False]
            found[company] = next(
                (
                    policy
                    for company_id in lineage
                    for policy in policies
                    if policy.company_id.id == company_id
                ),
                self.browse(),
            )
        return found

    def _for_engine(self):
        # Without any policy nothing is decided by itself.
        if not self:
            return eligibility.Policy(window_days=0, authorize=False)
        return eligibility.Policy(self.window_days, self.authorize)
