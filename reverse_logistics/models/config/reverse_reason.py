from odoo import api, fields, models
from odoo.exceptions import ValidationError

CLAIMS = [
    ("wrong_item", "Wrong item"),
    ("over_shipped", "Too many"),
    ("short_shipped", "Too few"),
    ("not_delivered", "Never arrived"),
    ("price_error", "Wrong price"),
]


class ReverseReason(models.Model):
    """Why goods come back, as the customer says.

    Administrators keep the list. A reason says who is presumed to be liable and whether
    it is a claim about a shipping error; rules can ask for it. Sub-reasons say it more
    exactly: a rule about the reason is about them, too, and one about the sub-reason
    wins.
    """

    _name = "reverse.reason"
    _inherit = [
        "reverse.code.mixin",
        "reverse.governed.mixin",
        "reverse.rule.named.mixin",
    ]
    _description = "Return Reason"
    _free_fields = frozenset({"name", "description", "sequence", "is_for_customers"})
    _rec_names_search = ["name", "parent_id.name"]
    _code_unique = models.Constraint("UNIQUE (code)", "A reason with this code exists.")

    liability = fields.Selection(
        "_selection_liability",
        default="unknown",
        required=True,
        help="Who answers for it as long as the inspection does not say otherwise.",
    )
    claim = fields.Selection(
        CLAIMS,
        "Shipping Error",
        help="What arrived is not what the books say. A person decides; then stock, "
        "order and credit are made to agree with what was actually shipped.",
    )

    parent_id = fields.Many2one(
        "reverse.reason",
        "Belongs To",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('parent_id', '=', False), ('claim', '=', False)]",
        help="Customers then choose among its sub-reasons. Rules about it are about "
        "them, too.",
    )
    child_ids = fields.One2many("reverse.reason", "parent_id", "Sub-reasons")
    is_for_customers = fields.Boolean(
        "Customers Choose It",
        default=True,
        help="Whether customers find it in the portal. Shipping errors are left to "
        "customer service.",
    )

    def _selection_liability(self):
        return (
            self.env["reverse.inspection"]
            ._fields["liability"]
            ._description_selection(self.env)
        )

    @api.depends("name", "parent_id.name")
    def _compute_display_name(self):
        for reason in self:
            names = (reason.parent_id.name, reason.name)
            reason.display_name = ": ".join(filter(None, names))

    @api.constrains("parent_id", "claim")
    def _check_parent(self):
        for reason in self.filtered("parent_id"):
            parent = reason.parent_id
            nested = parent.parent_id or reason.child_ids or parent == reason
            if nested or parent.claim or reason.claim:
                raise ValidationError(
                    self.env._(
                        "“%(reason)s” cannot be a sub-reason of “%(parent)s”: neither "
                        "may be a shipping error, and sub-reasons have none of their "
                        "own.",
                        reason=reason.name,
                        parent=parent.name,
                    )
                )

    def _get_path(self):
        """Give the ids of the reason that this one belongs to, and of this one."""
        return [*self.parent_id.ids, *self.ids]
