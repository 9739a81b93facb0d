import logging
from contextlib import contextmanager
from functools import wraps

from psycopg2 import OperationalError

from odoo import SUPERUSER_ID, api, models, tools
from odoo.exceptions import (
    AccessError,
    ConcurrencyError,
    LockError,
    RedirectWarning,
    UserError,
)
from odoo.tools.misc import clean_context

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from ...engine import limits, transitions
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
#: Fields with the users of earlier steps, and the duty in which these users acted.
#: Being the customer (customer_user_ids) is none: no grant covers it.
STEPS = {
    "entered_by_id": "service",
    "changed_by_ids": "service",
    "requested_by_id": "service",
    "source_named_by_ids": "service",
    "word_by_ids": "service",
    "invited_by_ids": "service",
    "submitted_by_id": "service",
    "made_by_id": "service",
    "inspected_by_id": "inspector",
    "inspected_by_ids": "inspector",
    "counted_by_id": "receiver",
    "written_by_ids": "receiver",
    # No grant combines these: see reverse.combined.duty.
    "activation_asked_by_id": "administrator",
    "control_asked_by_id": "administrator",
}
#: What Odoo writes when somebody talks about a record or plans an activity.
CONVERSATION = {
    "activity_ids",
    "message_follower_ids",
    "message_ids",
    "message_main_attachment_id",
}
# Errors after which Odoo repeats the request, so they must reach it unchanged.
RETRIED = (OperationalError, ConcurrencyError, LockError)
# A context that a client sends cannot contain this object, so only code can write
# guarded fields.
_KEY = object()


def is_uninstalling(env):
    """Tell whether Odoo is uninstalling an addon.

    A client can put the flag into its context, but is never the root user, even while
    the code it calls works as superuser.
    """
    return env.uid == SUPERUSER_ID and bool(env.context.get(MODULE_UNINSTALL_FLAG))


def unless_uninstalling(method):
    """Decorate a method that checks or does something before records are deleted.

    Like ``api.ondelete(at_uninstall=False)``, which trusts the context of a client.
    """

    @api.ondelete(at_uninstall=True)
    @wraps(method)
    def checked(self):
        if not is_uninstalling(self.env):
            method(self)

    return checked


class ReverseGuardedMixin(models.AbstractModel):
    """A document whose states and guarded fields only the workflow writes.

    A field says ``guarded=True`` when only the workflow may write it, and
    ``unlocked=True`` when people may write it in every state of the record.
    ``guarded="decision"`` marks what a decision of policy writes and a new decision
    clears.
    """

    _name = "reverse.guarded.mixin"
    _description = "Guarded Return Document"
    # Names of fields that are set when the record is created and never change.
    _fixed_fields = frozenset()
    # In any other state, only unlocked fields can be written.
    _editable_states = ("draft",)
    # The table of its steps, of engine.transitions.
    _steps = {}
    # Whether a record without a company holds for all of them.
    _shared_without_company = False

    # ------------------------------------------------------------------
    # Guarded fields
    # ------------------------------------------------------------------
    def _in_workflow(self):
        return self.env.context.get("reverse_workflow") is _KEY

    def _workflow(self):
        """Give these records with the right to write guarded fields."""
        # sudo: the caller has checked duty and state as the user; what is then written
        # are the few fields that nobody may write directly.
        return self._sudo_clean(self).with_context(reverse_workflow=_KEY)

    def _sudo_clean(self, records):
        """Give records as superuser, without what a client put into the context.

        Default values in such a context would fill the fields that a new document
        leaves open.
        """
        # sudo: callers have checked duty and state as the user, and say why
        # The mark leaves out what the user wants forms to start with, see ir.default.
        context = {**clean_context(self.env.context), "reverse_impersonal": True}
        return records.sudo().with_context(context)  # pylint: disable=context-overridden

    def _guarded_write(self, vals):
        self._workflow().write(vals)

    @api.model
    def _guarded_write_each(self, values):
        """Write guarded fields of several records, once for all that get the same.

        :param dict values: ``{record: values}``
        """
        groups = {}
        for record, vals in values.items():
            groups.setdefault(frozenset(vals.items()), []).append(record.id)
        for vals, ids in groups.items():
            self.browse(ids)._guarded_write(dict(vals))

    @api.model
    def _guarded_create(self, vals_list):
        return self._workflow().create(vals_list).with_env(self.env)

    @api.model_create_multi
    def create(self, vals_list):
        if not self._in_workflow():
            for vals in vals_list:
                self._refuse_guarded(vals)
                self._check_sizes(vals)
            # The context can name the parent record, which the checks need to see.
            vals_list = [self._add_missing_default_values(vals) for vals in vals_list]
            self._check_create(vals_list)
        records = super().create(self._complete_create(vals_list))
        if not self._in_workflow():
            if not self.env.su:
                records._check_own_companies()
            records._note_by_hand()
        return records

    @api.model
    def _check_create(self, vals_list):
        """Refuse records that only the workflow may create."""

    @api.model
    def _complete_create(self, vals_list):
        """Fill in the guarded fields of new records."""
        return vals_list

    @api.model
    def default_get(self, fields):
        """Start guarded fields as the model says, whatever context or user say."""
        defaults = super().default_get(fields)
        for name in self._get_guarded_fields() & set(defaults):
            field = self._fields[name]
            if field.default:
                # The default of a relation is a record; its id is what gets written.
                value = field.convert_to_cache(field.default(self), self, False)
                defaults[name] = field.convert_to_write(value, self)
            else:
                del defaults[name]
        return defaults

    def write(self, vals):
        if self._in_workflow():
            return super().write(vals)
        self._refuse_guarded(vals, self._fixed_fields)
        # Clients never run as superuser.
        if not self.env.su:
            self._check_own_companies()
        self._check_sizes(vals)
        self._check_words_kept(vals)
        content = not set(vals) <= self._get_open_fields()
        if content:
            self._check_editable()
        res = super().write(vals)
        if content:
            self._note_by_hand()
        return res

    @unless_uninstalling
    def _unlink_only_editable(self):
        if not self._in_workflow():
            # Clients never run as superuser.
            if not self.env.su:
                self._check_own_companies()
            self._check_editable()
            self._note_by_hand()

    def _note_by_hand(self):
        """Do what follows when a person enters, changes or deletes records by hand."""

    @api.model
    def _valid_field_parameter(self, field, name):
        return name in ("guarded", "unlocked") or super()._valid_field_parameter(
            field, name
        )

    def _get_open_fields(self):
        """Give the names of fields that may be written in every state of a record."""
        return CONVERSATION | self._get_fields_with("unlocked", {True})

    @api.model
    @tools.ormcache()
    def _get_guarded_fields(self):
        """Give the names of guarded fields, and of stored computed ones."""
        copies = {
            name
            for name, field in self._fields.items()
            if field.store and field.compute and field.readonly
        }
        return frozenset(copies | self._get_fields_with("guarded", {True, "decision"}))

    def _get_decision_fields(self):
        """Give the names of the fields that keep what a decision of policy said."""
        return self._get_fields_with("guarded", {"decision"})

    def _get_fields_with(self, parameter, values):
        """Give the names of fields that have a parameter, leaving out related fields.

        A related field inherits parameters of the field it shows, which do not concern
        it.
        """
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

    @api.model
    def _check_sizes(self, vals):
        """Refuse numbers and texts that are larger than anybody needs.

        What is larger does not come back from the database as it was hashed.
        """
        for name, value in vals.items():
            field = self._fields.get(name)
            if field is None or not value:
                continue
            if field.type in ("float", "monetary", "integer"):
                most = limits.QUANTITY if field.type == "float" else limits.AMOUNT
                is_number = isinstance(value, (int, float))
                if is_number and not limits.is_number(value, most):
                    raise UserError(
                        self.env._(
                            "%(field)s: enter a number below %(most)s.",
                            field=field.string,
                            most=f"{most:,.0f}",
                        )
                    )
            elif field.type in ("char", "text") and len(str(value)) > limits.TEXT:
                raise UserError(
                    self.env._(
                        "%(field)s: enter a text of at most %(most)s characters.",
                        field=field.string,
                        most=limits.TEXT,
                    )
                )

    def _check_words_kept(self, vals):
        """Refuse to change text under legal hold, since nothing keeps the old text."""
        words = [
            name
            for name in vals
            if name in self._fields
            and self._fields[name].type in ("char", "text", "html")
        ]
        if words and (self._name == "reverse.rma" or "rma_id" in self._fields):
            written = self.filtered(
                lambda record: any(
                    record[name] and record[name] != vals[name] for name in words
                )
            )
            written._get_return()._check_not_held()

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
        :param excluded: names of fields with the users of earlier steps; neither these
            users nor their deputies may act here
        :return: the records on which an earlier step is allowed by a combined duty
        :raises AccessError: when the user is not in the group of the duty
        :raises UserError: when the user took an earlier step
        """
        self._check_person()
        delegation = self._check_role(duty, excluded)
        # What follows is written as superuser, so records of other companies have to
        # be refused here.
        self.sudo(False).check_access("read")
        self._check_own_companies()
        actors = self.env.user | delegation.delegator_id
        steps = self._find_earlier_steps(actors, excluded)
        conflicting = self.filtered(steps.get)
        grants = self.env["reverse.combined.duty"]
        (conflicting - grants._allow(conflicting, duty, steps))._refuse_own_step(steps)
        self._note_deputy(delegation, duty)
        return conflicting

    def _check_own_companies(self):
        """Refuse what is done for companies that are not the user's, whatever record
        rules say: these can be switched off.
        """
        if "company_id" not in self._fields or self.env.uid == SUPERUSER_ID:
            return
        # Branches share the controls of the companies above them.
        own = self.env.user.company_ids.sudo().parent_ids  # sudo: which these are
        known = self.sudo()  # sudo: whose these are
        shared = known.filtered(lambda record: not record.company_id)
        if shared and self._shared_without_company:
            self.env["res.company"]._check_reverse_reach(shared[0].display_name)
        for company in known.company_id - own:
            raise AccessError(
                self.env._(
                    "%(company)s is none of your companies: somebody who works for it "
                    "has to take this step.",
                    company=company.name,
                )
            )

    def _check_person(self):
        # Looks at the user, never at env.su: code of a person may work as superuser.
        # Odoo gives the id of a scheduled action in the context of what it runs.
        if self.env.uid == SUPERUSER_ID or self.env.context.get("cron_id"):
            self._note_refusal("not_a_person")
            raise AccessError(
                self.env._(
                    "This step of a return is decided by a person or by policy, never "
                    "by the system user or a scheduled action."
                )
            )

    def _check_role(self, duty, excluded):
        """Check that the acting user has a duty, or stands in for somebody who has it.

        :return: the delegation by which they act, empty when they act for themselves
        :raises AccessError: when neither is the case
        """
        if self._has_duty(duty):
            return self.env["reverse.delegation"]
        delegation = self._find_delegation(duty, excluded)
        if not delegation:
            self._note_refusal("role")
            # sudo: read a group's name only
            group = self.env.ref(self._get_duty_group(duty)).sudo()
            raise AccessError(
                self.env._(
                    "This step of a return is for the role “%(role)s”. "
                    "Ask an administrator for it, or a colleague who has it.",
                    role=group.name,
                )
            )
        return delegation

    def _find_earlier_steps(self, actors, excluded):
        """Find the earlier steps that these users took.

        :return: ``{record: names of the fields that name any of them}``
        """
        return {
            record: [
                name
                for name in excluded
                if actors & record.sudo()[name]  # sudo: actors only
            ]
            for record in self
        }

    def _refuse_own_step(self, steps):
        """Refuse these records because of an earlier step.

        :param dict steps: what ``_find_earlier_steps`` gave
        :raises UserError: unless there are no records
        """
        if not self:
            return
        self._note_refusal("own_step")
        names = ", ".join(self.mapped("display_name"))
        if all(steps[record] == ["customer_user_ids"] for record in self):
            raise UserError(
                self.env._(
                    "You, or somebody you stand in for, are the customer of "
                    "%(records)s, so somebody else has to take this step.",
                    records=names,
                )
            )
        if not any(self._find_earlier_steps(self.env.user, steps[self[0]]).values()):
            raise UserError(
                self.env._(
                    "Somebody you stand in for took an earlier step of %(records)s, "
                    "so somebody else has to take this one.",
                    records=names,
                )
            )
        if all(steps[record] == ["invited_by_ids"] for record in self):
            raise UserError(
                self.env._(
                    "You made or changed by what the customer of %(records)s signs in "
                    "(user, email address, company), or were shown the link by which "
                    "they sign up or set their password: somebody else has to take "
                    "this step.",
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
        """Count that a guard refused something, in the company of the records."""
        # sudo: only the company is read; the user may not even read the records
        records = self.sudo().exists()
        company = records[:1].company_id if "company_id" in self._fields else None
        self.env["reverse.refusal"]._note(code, company)

    @api.model
    def _has_duty(self, *duties):
        """Whether the acting user has one of these duties, for themselves.

        Forms offer a step to whoever has its duty: ``is_<action>_allowed``, from this,
        from :meth:`_may`, and from what else the step asks for. Deputies are offered
        theirs beside a note in whose name they act.
        """
        return any(self.env.user.has_group(self._get_duty_group(d)) for d in duties)

    @api.model
    def _get_duty_group(self, duty):
        """Give the external id of the group that has a duty.

        reverse_logistics_supplier_claims: of duties of its own, which no return has.
        """
        return DUTIES[duty]

    def _may(self, action):
        """Whether the table of states lets this record take a step from where it is."""
        self.ensure_one()
        return transitions.target(self._steps, action, self.state) is not None

    def _transition(self, table, action, vals=None):
        """Move all records by ``action``, or none of them; nothing else writes a state.

        :param dict table: one of ``engine.transitions``
        :param str action: key of the table
        :param dict vals: what is written along with the state
        :raises UserError: when the action is not possible for one of them
        """
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
        """Open a savepoint; rolling back to it also forgets the events noted since."""
        with self.env["reverse.event"]._rewind_on_error(), self.env.cr.savepoint():
            yield

    def _has_work_left(self, method):
        """Tell whether failed work of this record is still to do; to be extended."""
        self.ensure_one()
        return True

    def _on_work_done(self, method):
        """Go on with what waited for work that had failed; to be extended."""

    def _work(self, method):
        """Run a private method on these records, leaving out those on which it fails.

        A failing batch is halved until only the failing records remain. Each of them
        gets an exception record from which the work can be repeated. Errors of the
        program are raised instead: nobody who reads an exception record could mend
        them.

        :param str method: name of the method
        :return: the records for which the work was done
        """
        if not self:
            return self
        try:
            with self._all_or_nothing():
                getattr(self, method)()
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
        return self[:half]._work(method) | self[half:]._work(method)
