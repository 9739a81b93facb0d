from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import approvals, chain, transitions
from ..base.reverse_governed_mixin import GATE

#: Types of fields in which nothing is said as 0.
_NUMBERS = ("integer", "float", "monetary")


class ReverseControlChange(models.Model):
    """A change of a control that waits until somebody else has approved.

    Asked for by writing the control, where a rule asks others to approve the activation
    of a policy; then it is written. Never entered.
    """

    _name = "reverse.control.change"
    _inherit = ["reverse.gated.mixin"]
    _description = "Change of a Control"
    _order = "id desc"
    _gates = (GATE,)
    _gate_actors = ("control_asked_by_id",)
    _editable_states = ()
    _shared_without_company = True

    company_id = fields.Many2one(
        "res.company",
        readonly=True,
        index=True,
        help="Empty for what all companies share.",
    )
    res_model = fields.Char("Kind", required=True, readonly=True)
    res_id = fields.Many2oneReference(
        model_field="res_model", required=True, readonly=True, index=True
    )
    document = fields.Char("Control", readonly=True)
    vals = fields.Json(readonly=True)
    details = fields.Text("What Changes", readonly=True)
    control_asked_by_id = fields.Many2one(
        "res.users", "Asked by", required=True, readonly=True, ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("requested", "Asked"),
            ("done", "Done"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        default="requested",
        required=True,
        readonly=True,
        index=True,
    )

    def _get_guarded_fields(self):
        """All of it: changes are asked for by changing a control."""
        return super()._get_guarded_fields() | {
            name
            for name, field in self._fields.items()
            if field.store and name not in models.MAGIC_COLUMNS
        }

    @api.depends("document")
    def _compute_display_name(self):
        for change in self:
            change.display_name = change.document

    @api.model
    def _check_create(self, vals_list):
        raise UserError(self.env._("Change the control itself: it asks by itself."))

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------
    @api.model
    def _request(self, record, vals):
        """Ask for a change of a control, and tell who changed it that it waits."""
        kind = self.env["ir.model"]._get(record._name).name
        change = self._guarded_create(
            [
                {
                    "company_id": record._get_own_company().id,
                    "res_model": record._name,
                    "res_id": record.id,
                    "document": f"{kind}: {record.display_name}",
                    "vals": vals,
                    "details": self._describe(record, vals),
                    "control_asked_by_id": self.env.uid,
                }
            ]
        )
        record._log_controls(
            "ControlChangeAsked", {"change": change.id, "fields": sorted(vals)}
        )
        change._ask_approvals()
        self.env.user._bus_send(
            "simple_notification",
            {
                "type": "warning",
                "sticky": True,
                "title": self.env._("Asked for approval"),
                "message": self.env._(
                    "%(control)s stays as it is until somebody else has approved: "
                    "%(changes)s",
                    control=record.display_name,
                    changes=change.details,
                ),
            },
        )
        return change

    @api.model
    def _describe(self, record, vals):
        """Say what would change, one field on a line."""
        # sudo: names of what the control says
        old = record.sudo().with_context(active_test=False)
        new = old.new(vals, origin=old)
        said = []
        if vals.get("active"):
            # What comes into force is read by whoever approves it.
            said = [
                self.env._(
                    "%(field)s: %(value)s",
                    field=record._fields[name]._description_string(self.env),
                    value=self._say(old, name),
                )
                for name in sorted(record._get_deciding_fields() - vals.keys())
                if old[name]
            ]
        changes = (
            self.env._(
                "%(field)s: %(old)s → %(new)s",
                field=record._fields[name]._description_string(self.env),
                old=self._say(old, name),
                new=self._say(new, name),
            )
            for name in sorted(vals)
        )
        return "\n".join([*changes, *said])

    @api.model
    def _say(self, record, name):
        field, value = record._fields[name], record[name]
        if field.type == "one2many" and hasattr(value, "_governed_by"):
            return self._say_parts(value) or "–"
        if field.relational:
            return ", ".join(value.mapped(lambda r: r.display_name or "")) or "–"
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "–")
        if field.type == "boolean":
            return self.env._("yes") if value else self.env._("no")
        return str(value) if value or field.type in _NUMBERS else "–"

    @api.model
    def _say_parts(self, parts):
        """Say all that parts of a control say, each on a line of its own."""
        said = []
        for part in parts:
            names = part._get_deciding_fields() | {"name"} & part._fields.keys()
            values = [
                self.env._(
                    "%(field)s: %(value)s",
                    field=part._fields[name]._description_string(self.env),
                    value=self._say(part, name),
                )
                for name in sorted(names - {part._governed_by})
                if part[name] or part._fields[name].type in _NUMBERS
            ]
            said.append("\n• " + "; ".join(values))
        return "".join(said)

    def _get_note(self):
        self.ensure_one()
        return self.env._(
            "%(user)s asked for a change, which waits for approval. %(changes)s",
            user=self.control_asked_by_id.name,
            changes=self.details,
        )

    def action_cancel(self):
        """Ask no longer, as whoever asked."""
        for change in self:
            if change.control_asked_by_id != self.env.user:
                raise UserError(
                    self.env._(
                        "%(user)s asked for it and can take it back. Otherwise refuse "
                        "the approval.",
                        user=change.control_asked_by_id.name,
                    )
                )
        self._transition(transitions.CONTROL, "cancel")
        self._withdraw_approvals()
        return True

    # ------------------------------------------------------------------
    # Gate
    # ------------------------------------------------------------------
    def _get_control(self):
        """Give the control that is to be changed; empty when it is gone."""
        self.ensure_one()
        return self.env[self.res_model].browse(self.res_id).exists()

    def _get_governed(self):
        self.ensure_one()
        return self.env["reverse.governed.mixin"]._get_governed(self.company_id)

    def _get_gate_facts(self):
        # what rules look at is found for each company that it holds for
        return {
            change: {GATE: None} if change.state == "requested" else {}
            for change in self
        }

    def _has_rules(self):
        rules = self.env["reverse.approval.rule"]
        return any(rules._is_in_use(c._get_governed(), self._gates) for c in self)

    def _find_rules(self, facts=None):
        """Ask what any company asks for in which the control holds."""
        rules = self.env["reverse.approval.rule"]
        found = {}
        for change in self:
            match = rules.browse(), ""
            if change.state == "requested":
                match = rules._match_companies(change._get_governed(), GATE)
            found[change] = {GATE: match} if match[0] else {}
        return found

    def _get_subjects(self):
        """Exactly what was asked for, of what the control said then."""
        return {
            change: approvals.Subject(
                content=chain.canonical(
                    {"vals": change.vals, "before": change._get_control_before()}
                )
            )
            for change in self
        }

    def _get_control_before(self):
        """Give all that the control says: with another content, it is another one."""
        control = self._get_control()
        if not control:
            return None
        names = self.vals.keys() | control._get_deciding_fields()
        return {
            "values": control._get_control_values(names),
            "parts": control._get_control_parts(),
        }

    def _get_approval_details(self):
        self.ensure_one()
        return self.env._(
            "%(control)s\n%(changes)s\nAsked by %(user)s.",
            control=self.document,
            changes=self.details,
            user=self.control_asked_by_id.name,
        )

    def _get_return(self):
        return self.env["reverse.rma"]

    def _get_duty_uses(self):
        return {
            change: {
                "key": f"{self._name},{change.id}",
                "rma": self.env["reverse.rma"],
                "company": change.company_id or self.env.company,
                "facility": self.env["reverse.facility"],
                "channel": self.env["reverse.channel"],
                "amount": 0.0,
            }
            for change in self
        }

    # ------------------------------------------------------------------
    # Going on
    # ------------------------------------------------------------------
    def _go_on_approved(self):
        for change in self.filtered(lambda c: c.state == "requested"):
            change._check_approved()
            control = change._get_control()
            control._check_reach()
            change._transition(transitions.CONTROL, "execute")
            # the key of the workflow: it was approved, so it waits for nobody
            control.with_env(change._workflow().env).write(change.vals)

    def _go_on_refused(self, reason):
        asked = self.filtered(lambda change: change.state == "requested")
        asked._transition(transitions.CONTROL, "refuse")
        for change in asked:
            if control := change._get_control():
                control._log_controls("ControlChangeRefused", {"change": change.id})
