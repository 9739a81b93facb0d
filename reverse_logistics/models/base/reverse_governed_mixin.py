import json

from odoo import SUPERUSER_ID, Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from .reverse_guarded_mixin import unless_uninstalling

#: Whoever has to approve a policy has to approve changes of controls as well.
GATE = "policy_activation"
#: Commands of lists that say which records are named, and write nothing on them.
_NAMING = (Command.UNLINK, Command.LINK, Command.CLEAR, Command.SET)


class ReverseGovernedMixin(models.AbstractModel):
    """Settings that decide who gets what, and who may do what: controls.

    Each change is an event in the chain of the companies it holds for. What companies
    share is changed by administrators of all of them. Where a rule asks others to
    approve the activation of a policy, a change waits for their approval, too
    (``reverse.control.change``): until then everything stays as it is.
    """

    _name = "reverse.governed.mixin"
    _inherit = ["reverse.noted.mixin"]
    _description = "Control of Returns"
    #: Whether changes wait for approval where rules ask for one.
    _waits_for_others = True
    #: Whether one that is created waits as well.
    _waits_when_new = True

    control_note = fields.Text(compute="_compute_control_note")

    @api.depends_context("uid", "lang")
    def _compute_control_note(self):
        """Tell of changes that wait for somebody else."""
        # sudo: what waits is for whoever reads the control
        changes = self.env["reverse.control.change"].sudo()
        waiting = changes.search(
            [
                ("res_model", "=", self._name),
                ("res_id", "in", self.ids),
                ("state", "=", "requested"),
            ]
        ).grouped("res_id")
        for record in self:
            own = waiting.get(record._origin.id, changes)
            record.control_note = "\n".join(change._get_note() for change in own)

    # ------------------------------------------------------------------
    # Writing
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        waits = [
            self._waits_when_new and self._waits(self._get_company_of(vals))
            for vals in vals_list
        ]
        records = super().create(
            [
                {**vals, "active": False} if wait and "active" in self._fields else vals
                for vals, wait in zip(vals_list, waits, strict=True)
            ]
        )
        records._check_reach()
        records._log_control("ControlCreated")
        for record, vals, wait in zip(records, vals_list, waits, strict=True):
            if wait and vals.get("active", True):
                record._ask_control({"active": True})
        return records

    def write(self, vals):
        deciding = self._get_deciding_fields() & set(vals)
        if not deciding:
            return super().write(vals)
        self._check_reach()
        self._check_new_company(vals)
        waiting = self.filtered(lambda record: record._must_wait(vals))
        for record in waiting:
            record._ask_control({name: vals[name] for name in deciding})
        free = {name: vals[name] for name in vals if name not in deciding}
        if waiting and free:
            super(ReverseGovernedMixin, waiting).write(free)
        changed = self - waiting
        before = changed._get_control_values(deciding)
        res = not changed or super(ReverseGovernedMixin, changed).write(vals)
        changed._check_reach()
        changed._log_control("ControlChanged", before)
        return res

    @unless_uninstalling
    def _unlink_governed(self):
        self._check_reach()
        if any(record._must_wait({"active": False}) for record in self):
            raise UserError(
                self.env._(
                    "%(control)s is not deleted by one person. Archive it: another "
                    "administrator confirms that.",
                    control=self.sudo()[:1].display_name,  # sudo: its name
                )
            )
        self._log_control("ControlDeleted")

    # ------------------------------------------------------------------
    # Who may
    # ------------------------------------------------------------------
    @api.model
    def _get_company_of(self, vals):
        """Give the company of what is to be created; empty for what all share."""
        companies = self.env["res.company"]
        if "company_id" not in self._fields:
            return companies
        if "company_id" in vals:
            return companies.browse(vals["company_id"] or ())
        return companies.browse(self.default_get(["company_id"]).get("company_id", ()))

    def _get_own_company(self):
        """Give the company whose control it is; empty for what all share."""
        self.ensure_one()
        if "company_id" not in self._fields:
            return self.env["res.company"]
        return self.sudo().company_id  # sudo: whose it is, whoever writes

    @api.model
    def _get_governed(self, company):
        """Give the companies for which a control of this one holds."""
        # sudo: companies that the user may not be in
        companies = self.env["res.company"].sudo()
        return companies.search([("id", "child_of", company.ids)] if company else [])

    def _get_control_companies(self):
        return self._get_governed(self._get_own_company())

    def _check_reach(self):
        """What companies share is changed by administrators of all who have returns."""
        if not all(record._get_own_company() for record in self):
            # sudo: what they have just entered
            name = self.sudo()[:1].display_name
            self.env["res.company"]._check_reverse_reach(name)

    @api.model
    def _check_new_company(self, vals):
        """Refuse to move a control to a company that the user is not in.

        Odoo asks whose it is before it is written, not afterwards.
        """
        company = "company_id" in vals and self._get_company_of(vals)
        if self.env.uid == SUPERUSER_ID or not company:
            return
        if company not in self.env.user.company_ids:
            raise AccessError(
                self.env._(
                    "You are not in %(company)s. Ask one of its administrators to make "
                    "this control there.",
                    company=company.sudo().name,  # sudo: its name
                )
            )

    @api.model
    def _waits(self, company):
        """Whether a change by the acting user has to be approved by others."""
        if (
            not self._waits_for_others
            or self.env.uid == SUPERUSER_ID
            or self.env["reverse.control.change"]._in_workflow()
        ):
            return False
        rules = self.env["reverse.approval.rule"]
        companies = self._get_governed(company)
        return rules._is_in_use(companies, (GATE,)) and bool(
            rules._match_companies(companies, GATE)[0]
        )

    def _must_wait(self, vals):
        """Whether these values wait for others: what is archived holds for nobody.

        What anybody can restore alone waits even then.
        """
        self.ensure_one()
        if not self._waits_for_others:
            return False
        in_force = (
            self.active
            or vals.get("active")
            or "active" not in self._get_deciding_fields()
        )
        # Whom it is to hold for from now on is asked as well.
        companies = {self._get_own_company()}
        if "company_id" in vals:
            companies.add(self._get_company_of(vals))
        return in_force and any(self._waits(company) for company in companies)

    def _get_control_parts(self):
        """Give what these controls consist of, with all that it says.

        :return: ``{field: {id of a part: values and parts of its own}}``
        """
        # sudo: what is approved does not depend on who reads it
        whole = self.sudo().with_context(active_test=False)
        found = {}
        for name in sorted(self._get_deciding_fields()):
            field = self._fields[name]
            if field.type != "one2many":
                continue
            parts = self.env[field.comodel_name]
            if isinstance(parts, self.env.registry["reverse.governed.mixin"]):
                found[name] = {
                    str(part.id): [
                        part._get_control_values(part._get_deciding_fields()),
                        part._get_control_parts(),
                    ]
                    for part in whole[name]
                }
        return found

    def _check_commands(self, vals):
        """Refuse values that would write on other records when they are approved.

        They are written as superuser then, and whoever approves reads only which
        records a control names.

        :raises UserError: naming the field
        """
        for name, value in vals.items():
            field = self._fields.get(name)
            if not field or field.type not in ("one2many", "many2many"):
                continue
            # sudo: which parts it has, whoever changes them
            own = self.sudo().with_context(active_test=False)[name]
            is_part = isinstance(own, self.env.registry["reverse.governed.mixin"])
            for command in value or ():
                if not isinstance(command, list | tuple):
                    command = Command.link(command)
                code, id_, values = (*command, 0, {})[:3]
                if field.type == "many2many":
                    allowed = code in _NAMING
                else:
                    allowed = is_part and (code == Command.CREATE or id_ in own.ids)
                if not allowed:
                    raise UserError(
                        self.env._(
                            "“%(field)s” can only name records here: create or change "
                            "these where they belong, and name them then.",
                            field=field.string,
                        )
                    )
                if code in (Command.CREATE, Command.UPDATE):
                    part = own.browse(id_ if code == Command.UPDATE else ())
                    part._check_commands(values or {})

    def _ask_control(self, vals):
        self.ensure_one()
        self._check_commands(vals)
        # what a client sent, as it can be kept
        vals = json.loads(json.dumps(vals, default=str))
        self.env["reverse.control.change"]._request(self, vals)
