import logging
from contextlib import contextmanager
from functools import wraps

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import (
    AccessError,
    ConcurrencyError,
    LockError,
    RedirectWarning,
    UserError,
)
from odoo.tools.misc import clean_context

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from ...engine import transitions
from .reverse_labels import get_labels

_logger = logging.getLogger(__name__)
DUTIES = {
    "service": "reverse_logistics.group_service",
    "receiver": "reverse_logistics.group_receiver",
    "inspector": "reverse_logistics.group_inspector",
    "releaser": "reverse_logistics.group_releaser",
    "approver": "reverse_logistics.group_approver",
    "administrator": "reverse_logistics.group_administrator",
}
BYPASS = "reverse_logistics.group_combined_duties"
#: Actor fields that later steps look at, and the duty of whoever they name.
STEPS = {
    "requested_by_id": "service",
    "source_named_by_ids": "service",
    "submitted_by_id": "service",
    "inspected_by_ids": "inspector",
    "counted_by_id": "receiver",
    # No grant combines this one: see reverse.combined.duty.
    "activation_asked_by_id": "administrator",
}
#: What Odoo writes when somebody talks about a record or plans an activity.
CONVERSATION = {
    "activity_ids",
    "message_follower_ids",
    "message_ids",
    "message_main_attachment_id",
}
# Errors that Odoo's retrying must see: work that hits one is repeated, not reported.
RETRIED = (OperationalError, ConcurrencyError, LockError)
# Only this module holds the key: a context sent by a client cannot contain it.
_KEY = object()


def is_uninstalling(env):
    """Whether Odoo uninstalls: a client can say so in the context, but is never root,
    whatever the code that it calls does as superuser.
    """
    return env.uid == SUPERUSER_ID and bool(env.context.get(MODULE_UNINSTALL_FLAG))


def unless_uninstalling(method):
    """Decorate what is checked, or done, before records are deleted.

    As ``api.ondelete(at_uninstall=False)``, which believes what a client says.
    """

    @api.ondelete(at_uninstall=True)
    @wraps(method)
    def checked(self):
        if not is_uninstalling(self.env):
            method(self)

    return checked


class ReverseGuardedMixin(models.AbstractModel):
    """Fields that only the workflow writes, duties, transitions and safe work.

    A field says ``guarded=True`` when only the workflow may write it, and
    ``unlocked=True`` when people may write it in every state of the record.
    ``guarded="decision"`` is for what a decision of policy says, and forgets.
    """

    _name = "reverse.guarded.mixin"
    _description = "Guarded Return Document"
    # Given when the record is made, the same for ever.
    _fixed_fields = frozenset()
    # Once the state has left these, only unlocked fields can be written.
    _editable_states = ("draft",)

    # ------------------------------------------------------------------
    # Guarded fields
    # ------------------------------------------------------------------
    def _in_workflow(self):
        return self.env.context.get("reverse_workflow") is _KEY

    def _workflow(self):
        """Return these records with the right to write guarded fields."""
        # sudo: the caller has checked duty and state as the user; the write itself
        # then touches the few fields that nobody may write directly.
        return self._sudo_clean(self).with_context(reverse_workflow=_KEY)

    def _sudo_clean(self, records):
        """Return records as superuser, without what a client put into the context.

        Default values in the context would fill whatever a document leaves open.
        """
        # sudo: callers have checked duty and state as the user, and say why
        context = clean_context(self.env.context)
        return records.sudo().with_context(context)  # pylint: disable=context-overridden

    def _guarded_write(self, vals):
        self._workflow().write(vals)

    @api.model
    def _guarded_create(self, vals_list):
        return self._workflow().create(vals_list).with_env(self.env)

    @api.model_create_multi
    def create(self, vals_list):
        if not self._in_workflow():
            for vals in vals_list:
                self._refuse_guarded(vals)
            # Checks must see the parent that a context names.
            vals_list = [self._add_missing_default_values(vals) for vals in vals_list]
            self._check_create(vals_list)
        return super().create(self._complete_create(vals_list))

    @api.model
    def _check_create(self, vals_list):
        """Refuse records that only the workflow may create."""

    @api.model
    def _complete_create(self, vals_list):
        """Fill in guarded fields of new records."""
        return vals_list

    @api.model
    def default_get(self, fields):
        """Guarded fields start as the model says, whatever context or user say."""
        defaults = super().default_get(fields)
        for name in self._get_guarded_fields() & set(defaults):
            field = self._fields[name]
            if field.default:
                # a record where the field names one; what is written is its id
                value = field.convert_to_cache(field.default(self), self, False)
                defaults[name] = field.convert_to_write(value, self)
            else:
                del defaults[name]
        return defaults

    def write(self, vals):
        if not self._in_workflow():
            self._refuse_guarded(vals, self._fixed_fields)
            if not set(vals) <= self._get_open_fields():
                self._check_editable()
        return super().write(vals)

    @unless_uninstalling
    def _unlink_only_editable(self):
        if not self._in_workflow():
            self._check_editable()

    @api.model
    def _valid_field_parameter(self, field, name):
        return name in ("guarded", "unlocked") or super()._valid_field_parameter(
            field, name
        )

    def _get_open_fields(self):
        """Fields that may be written in every state of a record."""
        return CONVERSATION | self._get_fields_with("unlocked", {True})

    def _get_guarded_fields(self):
        """Fields that only the workflow writes, and stored copies of others."""
        copies = {
            name
            for name, field in self._fields.items()
            if field.store and field.compute and field.readonly
        }
        return copies | self._get_fields_with("guarded", {True, "decision"})

    def _get_decision_fields(self):
        """Fields that keep what policy said."""
        return self._get_fields_with("guarded", {"decision"})

    def _get_fields_with(self, parameter, values):
        """Names of fields that say so themselves: related ones inherit parameters."""
        return {
            name
            for name, field in self._fields.items()
            if getattr(field, parameter, None) in values and not field.related
        }

    def _refuse_guarded(self, vals, more=frozenset()):
        guarded = sorted((self._get_guarded_fields() | more) & set(vals))
        if guarded:
            names = ", ".join(self._fields[name].string for name in guarded)
            raise UserError(
                self.env._(
                    "%(fields)s cannot be set directly: use the buttons of the "
                    "%(model)s.",
                    fields=names,
                    model=self._description,
                )
            )

    def _check_editable(self):
        if "state" not in self._fields:
            return
        for record in self:
            if record.state not in self._editable_states:
                raise UserError(
                    self.env._(
                        "%(record)s is %(state)s and can no longer be changed.",
                        record=record.display_name,
                        state=record._state_label(),
                    )
                )

    def _state_label(self):
        return get_labels(self, "state").get(self.state, self.state)

    # ------------------------------------------------------------------
    # Duties and transitions
    # ------------------------------------------------------------------
    def _check_duty(self, duty, excluded=()):
        """Check that the acting user may take this decision.

        :param str duty: key of DUTIES
        :param excluded: names of the actor fields whose users may not act here, nor
            whoever stands in for them
        :return: the records for which segregation of duties was bypassed
        :raises AccessError: outside the duty's group
        :raises UserError: when the user took part in an earlier step
        """
        self._check_person()
        delegation = self._check_role(duty, excluded)
        # The steps below write as superuser: other companies' records stop here.
        self.sudo(False).check_access("read")
        actors = self.env.user | delegation.delegator_id
        steps = self._find_earlier_steps(actors, excluded)
        conflicting = self.filtered(steps.get)
        grants = self.env["reverse.combined.duty"]
        (conflicting - grants._allow(conflicting, duty, steps))._refuse_own_step(steps)
        self._note_deputy(delegation, duty)
        return conflicting

    def _check_person(self):
        # Looks at the user, never at env.su: sudo is not a person. Odoo names the
        # scheduled action in the context of what it runs.
        if self.env.uid == SUPERUSER_ID or self.env.context.get("cron_id"):
            self._note_refusal("not_a_person")
            raise AccessError(
                self.env._(
                    "This step of a return is decided by a person or by policy, never "
                    "by the system user or a scheduled action."
                )
            )

    def _check_role(self, duty, excluded):
        """Check that the acting user has a duty, or stands in for whoever has it.

        :return: the delegation they act by, empty when they act for themselves
        """
        if self.env.user.has_group(DUTIES[duty]):
            return self.env["reverse.delegation"]
        delegation = self._find_delegation(duty, excluded)
        if not delegation:
            self._note_refusal("role")
            group = self.env.ref(DUTIES[duty]).sudo()  # sudo: read a group's name only
            raise AccessError(
                self.env._(
                    "This step of a return is for the role “%(role)s”. "
                    "Ask an administrator for it, or a colleague who has it.",
                    role=group.name,
                )
            )
        return delegation

    def _find_earlier_steps(self, actors, excluded):
        """Give ``{record: names of the fields that name any of these users}``."""
        return {
            record: [
                name
                for name in excluded
                if actors & record.sudo()[name]  # sudo: actors only
            ]
            for record in self
        }

    def _refuse_own_step(self, steps):
        """Refuse the next step of these records.

        :param dict steps: see ``_find_earlier_steps``
        """
        if not self:
            return
        self._note_refusal("own_step")
        names = ", ".join(self.mapped("display_name"))
        if not any(self._find_earlier_steps(self.env.user, steps[self[0]]).values()):
            raise UserError(
                self.env._(
                    "Somebody you stand in for took an earlier step of %(records)s, "
                    "so somebody else has to take this one.",
                    records=names,
                )
            )
        raise UserError(
            self.env._(
                "You took an earlier step of %(records)s, so somebody else has to "
                "take this one.",
                records=names,
            )
        )

    def _note_refusal(self, code):
        """Count that a guard said no, in the company where it did."""
        # sudo: the company only, of records the user may not even read
        records = self.sudo().exists()
        company = records[:1].company_id if "company_id" in self._fields else None
        self.env["reverse.refusal"]._note(code, company)

    def _transition(self, table, action, vals=None):
        """Move all records by ``action`` or none; only this writes a state."""
        goals = {}
        for record in self:
            goal = transitions.target(table, action, record.state)
            if goal is None:
                raise UserError(
                    self.env._(
                        "%(record)s is %(state)s: this step is not possible from "
                        "there. Reload the page to see where it is.",
                        record=record.display_name,
                        state=record._state_label(),
                    )
                )
            goals.setdefault(goal, self.browse())
            goals[goal] |= record
        for goal, records in goals.items():
            records._guarded_write({**(vals or {}), "state": goal})

    # ------------------------------------------------------------------
    # Work that may fail without losing what was decided before
    # ------------------------------------------------------------------
    @contextmanager
    def _all_or_nothing(self):
        """Savepoint that also forgets the events of what it rolls back."""
        with self.env["reverse.event"]._rewind_on_error(), self.env.cr.savepoint():
            yield

    def _has_work_left(self, method):
        """Whether work of these records that failed is still to be done."""
        self.ensure_one()
        return True

    def _work(self, method, *args):
        """Run private ``method`` on these records, leaving out those that fail.

        A failing batch is halved until only the failing records stay behind; each of
        them gets an exception record from which the work can be retried. Errors of the
        program are none of that: nobody who reads such an exception could mend them.

        :return: the records for which the work was done
        """
        if not self:
            return self
        try:
            with self._all_or_nothing():
                getattr(self, method)(*args)
            return self
        except RETRIED:
            raise
        except (UserError, RedirectWarning) as error:
            if len(self) == 1:
                self.env["reverse.exception"]._raise_work_failure(self, method, error)
                return self.browse()
        except Exception:
            _logger.exception("%s of %s failed", method, self)
            raise
        half = len(self) // 2
        return self[:half]._work(method, *args) | self[half:]._work(method, *args)
