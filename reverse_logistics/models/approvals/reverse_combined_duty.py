from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...engine import duties
from ..base.reverse_guarded_mixin import BYPASS, DUTIES, STEPS

#: The duties on one return, which can be combined.
COMBINED = ("service", "receiver", "inspector", "approver", "releaser")
#: What a grant allows: once it was used, this is what somebody relied on.
ALLOWED = frozenset(
    {
        "company_id",
        "user_ids",
        "group_id",
        "role_ids",
        "facility_ids",
        "channel_ids",
        "amount_limit",
        "daily_limit",
    }
)


class ReverseCombinedDuty(models.Model):
    """Who may take several steps of one return, where, and up to which amounts.

    Administrators write these grants. The group *Combined duties* allows the same
    everywhere and without limit; a grant allows it to people without that group. So
    taking a grant away never allows more.
    """

    _name = "reverse.combined.duty"
    _inherit = ["reverse.governed.mixin", "reverse.touch.mixin"]
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
        """Give the roles that can be combined; that of administrators is not one."""
        return self.env["res.groups"].union(
            *(self.env.ref(name) for key, name in DUTIES.items() if key in COMBINED)
        )

    # ------------------------------------------------------------------
    # Who may say so
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        grants = super().create(vals_list)
        grants._check_not_oneself()
        return grants

    def write(self, vals):
        if ALLOWED & set(vals):
            self._check_unused()
        res = super().write(vals)
        if vals.get("active") or ALLOWED & set(vals):
            self._check_not_oneself()
        return res

    def _check_not_oneself(self):
        """Nobody allows themselves anything, by name or by a role that they have."""
        user = self.env.user
        if self.env.uid == SUPERUSER_ID:
            return
        own = user._get_group_ids()
        for grant in self.sudo():  # sudo: its persons, whoever writes
            if user in grant.user_ids or grant.group_id.id in own:
                raise AccessError(
                    self.env._(
                        "“%(grant)s” would cover you: another administrator has to "
                        "enter or change it. You can archive it.",
                        grant=grant.name,
                    )
                )

    def _check_unused(self):
        """What somebody has relied on stays as it was."""
        used = self.sudo().filtered("use_ids")[:1]  # sudo: whether any
        if used:
            raise UserError(
                self.env._(
                    "“%(grant)s” was used already, so what it allows stays as it was. "
                    "Archive it and enter a new one.",
                    grant=used.name,
                )
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

    def _get_deciding_fields(self):
        return super()._get_deciding_fields() - {"reverse_guard"}

    def _must_wait(self, vals):
        """Who takes a grant away allows nothing."""
        takes = set(vals) <= {"active", *self._free_fields} and not vals.get("active")
        return not takes and super()._must_wait(vals)

    # ------------------------------------------------------------------
    # Use
    # ------------------------------------------------------------------
    @api.model
    def _allow(self, records, duty, steps):
        """Let the acting user take a step although they took an earlier one.

        :param records: documents of one model
        :param str duty: the duty of this step
        :param steps: ``{record: names of the fields with the user's earlier steps}``
        :return: the records on which they may; each use is listed for review
        """
        if not records:
            return records
        uses = {
            # A step that is no duty of a return keeps its name, which no grant has.
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
        """Give ``{record: grant}`` for the records that grants of the user cover."""
        grants = self._find_own()
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

    @api.model
    def _find_own(self):
        """Find the grants of the acting user, whatever they cover."""
        # sudo: users may not see grants; they only learn whether one covers their step
        return self.sudo().search(
            [
                "|",
                ("user_ids", "in", self.env.uid),
                ("group_id", "in", self.env.user._get_group_ids()),
            ]
        )

    def _get_used_today(self, company):
        """Give what these grants were used for today: ``{grant id: {key: amount}}``."""
        used = {}
        # sudo: uses by colleagues count toward the same limit
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
