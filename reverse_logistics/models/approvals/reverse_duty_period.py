from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.reverse_guarded_mixin import BYPASS, DUTIES

AUDITOR = "reverse_logistics.group_auditor"
_PENDING = "reverse_logistics.duties"
#: What tells periods of one kind from each other.
_KEY = (
    "company_id",
    "user_id",
    "group_id",
    "grant_id",
    "delegation_id",
    "for_user_id",
)


class ReverseDutyPeriod(models.Model):
    """From when until when somebody had a duty, combined some, or was a deputy.

    Compared with what holds now whenever users, roles, grants or deputies change, and
    every night, so that no way of giving a duty stays unseen. What began or ended is an
    event of the company as well.
    """

    _name = "reverse.duty.period"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Duty of a Person"
    _order = "date_from desc, id desc"
    _rec_name = "user_id"
    _editable_states = ()

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, guarded=True
    )
    user_id = fields.Many2one(
        "res.users",
        "Person",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        guarded=True,
    )
    kind = fields.Selection(
        [
            ("duty", "Has the role"),
            ("grant", "May combine duties"),
            ("deputy", "Is a deputy"),
        ],
        required=True,
        readonly=True,
        guarded=True,
    )
    group_id = fields.Many2one("res.groups", "Role", readonly=True, guarded=True)
    grant_id = fields.Many2one(
        "reverse.combined.duty", "Combined Duties", readonly=True, guarded=True
    )
    delegation_id = fields.Many2one(
        "reverse.delegation", "Deputy", readonly=True, guarded=True
    )
    for_user_id = fields.Many2one(
        "res.users",
        "For",
        readonly=True,
        ondelete="restrict",
        help="For whom a deputy decides.",
        guarded=True,
    )
    date_from = fields.Datetime("From", required=True, readonly=True, guarded=True)
    date_to = fields.Datetime(
        "Until",
        readonly=True,
        index=True,
        help="Empty as long as it holds.",
        guarded=True,
    )
    day = fields.Date(
        "Held on", store=False, search="_search_day", help="What held on this day."
    )

    @api.model
    def _check_create(self, vals_list):
        raise UserError(self.env._("Who has which duty is noted automatically."))

    def _check_editable(self):
        raise UserError(self.env._("Who had which duty cannot be changed."))

    @api.model
    def _search_day(self, operator, value):
        if operator not in ("=", "in"):
            return NotImplemented
        days = [value] if operator == "=" else value
        return Domain.OR(
            self._get_day_domain(company, fields.Date.to_date(day))
            for day in days
            for company in self.env.companies
        )

    @api.model
    def _get_day_domain(self, company, day):
        """Give what held on a day of a company, however short."""
        begins = company._get_reverse_midnight(day)
        ends = company._get_reverse_midnight(day + timedelta(1))
        return (
            Domain("company_id", "=", company.id)
            & Domain("date_from", "<", ends)
            & (Domain("date_to", "=", False) | Domain("date_to", ">", begins))
        )

    # ------------------------------------------------------------------
    # Keeping it
    # ------------------------------------------------------------------
    @api.model
    def _note_later(self):
        """Compare when the transaction ends, once, whatever changes in it."""
        precommit = self.env.cr.precommit
        if self.pool.ready and not precommit.data.get(_PENDING):
            precommit.data[_PENDING] = True
            precommit.add(self._note_now)

    def _note_now(self):
        self.env.cr.precommit.data.pop(_PENDING, None)
        self._update()

    @api.model
    def _cron_update(self):
        self._update()

    @api.model
    def _update(self):
        """Begin and end periods so that they say what holds now."""
        # sudo: who has which duty, whoever changed it
        periods = self._workflow()
        periods.env.flush_all()
        now = fields.Datetime.now()
        held = periods._get_held()
        open_ones = periods.search([("date_to", "=", False)])
        known = {period._get_key(): period for period in open_ones}
        ended = periods.union(
            *(period for key, period in known.items() if key not in held)
        )
        for moment, own in ended.grouped(lambda one: one._get_end(now)).items():
            own.write({"date_to": moment})
        begun = periods.create(
            [
                {"date_from": now, **values}
                for key, values in held.items()
                if key not in known
            ]
        )
        for name, changed in (("DutyTaken", ended), ("DutyGiven", begun)):
            for period in changed:
                self.env["reverse.event"]._log(
                    period.company_id, name, period._get_event_data()
                )

    def _get_end(self, now):
        """Give until when this held that holds no longer: a deputy, to the last day."""
        last = self.delegation_id.date_to
        if not last:
            return now
        return min(now, self.company_id._get_reverse_midnight(last + timedelta(1)))

    def _get_key(self):
        return (self.kind, *(self[name].id for name in _KEY))

    def _get_event_data(self):
        """Ids only, of what is said."""
        names = ("user_id", "group_id", "grant_id", "delegation_id", "for_user_id")
        ids = {name: self[name].id for name in names if self[name]}
        return {"kind": self.kind, **ids}

    @api.model
    def _get_held(self):
        """Give what holds now: ``{key: values of its period}``."""
        found = {}
        for user, companies, values in (
            *self._get_roles_held(),
            *self._get_grants_held(),
            *self._get_deputies_held(),
        ):
            for company in companies if user.active and not user.share else ():
                own = {**values, "company_id": company.id, "user_id": user.id}
                key = (own["kind"], *(own.get(name, False) for name in _KEY))
                found[key] = own
        return found

    @api.model
    def _get_roles_held(self):
        for name in (*DUTIES.values(), BYPASS, AUDITOR):
            group = self.env.ref(name)
            for user in group.all_user_ids:
                yield user, user.company_ids, {"kind": "duty", "group_id": group.id}

    @api.model
    def _get_grants_held(self):
        for grant in self.env["reverse.combined.duty"].search([("active", "=", True)]):
            for user in grant.user_ids | grant.group_id.all_user_ids:
                yield user, grant.company_id, {"kind": "grant", "grant_id": grant.id}

    @api.model
    def _get_deputies_held(self):
        """Give who decides for whom today, which is the day of the company."""
        today, day = fields.Date.today(), timedelta(1)
        deputies = self.env["reverse.delegation"].search(
            [
                ("delegator_id.active", "=", True),
                ("date_from", "<=", today + day),
                ("date_to", ">=", today - day),
            ]
        )
        companies = deputies.delegator_id.company_ids
        days = {company: company._get_reverse_today() for company in companies}
        for deputy in deputies:
            absent = deputy.delegator_id
            if not set(deputy.role_ids.ids) & set(absent._get_group_ids()):
                continue
            for company in absent.company_ids:
                if deputy.date_from <= days[company] <= deputy.date_to:
                    # from the first day, or since somebody said so
                    first = company._get_reverse_midnight(deputy.date_from)
                    values = {
                        "kind": "deputy",
                        "delegation_id": deputy.id,
                        "for_user_id": absent.id,
                        "date_from": max(first, deputy.write_date),
                    }
                    yield deputy.delegate_id, company, values
