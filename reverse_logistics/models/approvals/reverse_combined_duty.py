from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine import duties
from ..base.reverse_guarded_mixin import BYPASS, DUTIES, STEPS

#: Duties about one return.
COMBINED = ("service", "receiver", "inspector", "approver", "releaser")


class ReverseCombinedDuty(models.Model):
    """Who may take several steps of one return, where and up to which amounts.

    The group *Combined duties* allows it everywhere and without limit; a grant allows
    it to somebody without that group. So taking a grant away never allows more.
    """

    _name = "reverse.combined.duty"
    _inherit = ["reverse.touch.mixin"]
    _description = "Combined Duties"
    _order = "sequence, id"
    _limits = models.Constraint(
        "CHECK (amount_limit >= 0 AND daily_limit >= 0)",
        "A limit cannot be negative.",
    )

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(default=10, help="Of several that fit, the first counts.")
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        ondelete="cascade",
        default=lambda self: self.env.company,
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_ids = fields.Many2many(
        "res.users",
        string="Persons",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
    )
    group_id = fields.Many2one(
        "res.groups", "Or a Role", ondelete="cascade", help="Everybody who has it."
    )
    role_ids = fields.Many2many(
        "res.groups",
        "reverse_combined_duty_role_rel",
        string="Duties",
        required=True,
        domain=lambda self: [("id", "in", self._get_roles().ids)],
        help="Which of these one person may take of the same return.",
    )
    facility_ids = fields.Many2many(
        "reverse.facility",
        string="Facilities",
        ondelete="restrict",
        context={"active_test": False},
        domain="[('company_id', '=', company_id)]",
        help="Empty for all.",
    )
    channel_ids = fields.Many2many(
        "reverse.channel",
        string="Channels",
        ondelete="restrict",
        context={"active_test": False},
        help="Empty for all.",
    )
    amount_limit = fields.Monetary(
        "Up to per Return", help="Net, in the company's currency; 0 for any amount."
    )
    daily_limit = fields.Monetary(
        "Up to per Day",
        help="Net, all returns and persons of this grant together, each return once; "
        "the day is the company's. 0 for any amount.",
    )
    use_ids = fields.One2many("reverse.combined.duty.use", "grant_id", "Used")

    @api.model
    def _get_roles(self):
        """Give the duties that can be combined; who sets policy approves none of it."""
        return self.env["res.groups"].union(
            *(self.env.ref(name) for key, name in DUTIES.items() if key in COMBINED)
        )

    @api.constrains("user_ids", "group_id")
    def _check_persons(self):
        for grant in self:
            if not (grant.user_ids or grant.group_id):
                raise ValidationError(
                    self.env._("Say who may combine the duties of “%s”.", grant.name)
                )

    @api.constrains("role_ids")
    def _check_roles(self):
        for grant in self:
            if len(grant.role_ids) < 2 or grant.role_ids - self._get_roles():
                raise ValidationError(
                    self.env._(
                        "Name at least two duties of returns that “%s” combines.",
                        grant.name,
                    )
                )

    # ------------------------------------------------------------------
    # Use
    # ------------------------------------------------------------------
    @api.model
    def _allow(self, records, duty, steps):
        """Let the acting user take a step of records of which they took an earlier one.

        :param records: documents, of one model
        :param str duty: the duty of this step
        :param steps: ``{record: names of the actor fields of their earlier steps}``
        :return: those for which they may; each is listed for review
        """
        if not records:
            return records
        uses = {
            # what is no duty of a return is in no grant
            record: use
            | {"roles": {duty, *(STEPS.get(name, name) for name in steps[record])}}
            for record, use in records._get_duty_uses().items()
        }
        if self.env.user.has_group(BYPASS):
            found = dict.fromkeys(uses, self.browse())
        else:
            found = self._find_grants(uses)
        self.env["reverse.combined.duty.use"]._note(
            {record: (grant, uses[record]) for record, grant in found.items()}, duty
        )
        return records.browse([record.id for record in found])

    @api.model
    def _find_grants(self, uses):
        """Give ``{record: grant}`` for what grants of the acting user cover."""
        # sudo: whether they have a grant; who else has one is not shown
        grants = self.sudo().search(
            [
                "|",
                ("user_ids", "in", self.env.uid),
                ("group_id", "in", self.env.user._get_group_ids()),
            ]
        )
        found = {}
        for company, own in grants.grouped("company_id").items():
            records = [r for r, use in uses.items() if use["company"] == company]
            if not records:
                continue
            own._reverse_touch()
            covering = duties.cover(
                [self._for_engine_use(uses[record]) for record in records],
                [grant._for_engine() for grant in own],
                own._get_used_today(company),
                company.currency_id.rounding,
            )
            for record, grant_id in zip(records, covering, strict=True):
                if grant_id:
                    found[record] = self.browse(grant_id)
        return found

    def _get_used_today(self, company):
        """Sum up, for every return, what these grants were used for today."""
        used = {}
        # sudo: what colleagues used of the same grant counts as well
        uses = self.env["reverse.combined.duty.use"].sudo()
        for grant, key, amount in uses._read_group(
            [
                ("grant_id", "in", self.ids),
                ("day", "=", company._get_reverse_today()),
            ],
            ["grant_id", "key"],
            ["amount:max"],
        ):
            used.setdefault(grant.id, {})[key] = amount
        return used

    def _for_engine(self):
        self.ensure_one()
        roles = {self.env.ref(DUTIES[duty]): duty for duty in COMBINED}
        return duties.Grant(
            id=self.id,
            roles=frozenset(roles[role] for role in self.role_ids),
            facilities=frozenset(self.facility_ids.ids),
            channels=frozenset(self.channel_ids.ids),
            per_return=self.amount_limit,
            per_day=self.daily_limit,
        )

    @api.model
    def _for_engine_use(self, use):
        return duties.Use(
            key=use["key"],
            roles=frozenset(use["roles"]),
            facility=use["facility"].id or None,
            channel=use["channel"].id or None,
            amount=use["amount"],
        )
