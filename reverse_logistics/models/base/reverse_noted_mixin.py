from odoo import models

from .reverse_guarded_mixin import CONVERSATION

#: Controls that say who may do what.
GIVEN = ("reverse.combined.duty", "reverse.delegation")


class ReverseNotedMixin(models.AbstractModel):
    """Settings whose changes are events in the chain of the companies they hold for."""

    _name = "reverse.noted.mixin"
    _description = "Setting Whose Changes Are Noted"
    #: Fields that decide nothing.
    _free_fields = frozenset({"name", "description"})

    def _get_deciding_fields(self):
        """Names of the fields that somebody's change of is a change of the control."""
        return {
            name
            for name, field in self._fields.items()
            if field.store
            and name not in self._free_fields
            and name not in CONVERSATION
            and name not in models.MAGIC_COLUMNS
        }

    def _get_control_companies(self):
        """Give the companies in whose chains a change of this is noted."""
        raise NotImplementedError

    def _get_own_company(self):
        """Give the company whose control it is; empty for what all share."""
        raise NotImplementedError

    def _get_control_values(self, names):
        """Give what these say, in codes, ids and numbers: ``{id: {field: value}}``.

        Of free text it is only told that it is another one.
        """
        # sudo: what is recorded does not depend on who writes
        records = self.sudo().with_context(active_test=False)
        return {
            record.id: {
                name: record._get_control_value(self._fields[name])
                for name in sorted(names)
                if self._fields[name].type != "one2many"
            }
            for record in records
        }

    def _get_control_value(self, field):
        value = self[field.name]
        if field.type == "many2one":
            return value.id
        if field.type == "many2many":
            return sorted(value.ids)
        if field.type in ("float", "monetary"):
            return f"{value:.6f}"
        if field.type in ("boolean", "integer", "selection") or field.name == "code":
            return value
        if field.type in ("date", "datetime"):
            return field.to_string(value) if value else False
        return bool(value)

    def _log_control(self, name, before=None):
        """Note these controls in the chains of the companies they hold for."""
        if not self.pool.ready:
            # what comes with an addon is in its files
            return
        after = self._get_control_values(self._get_deciding_fields())
        for record in self:
            new = after[record.id]
            if before is not None:
                old = before[record.id]
                changes = {
                    key: [value, new[key]]
                    for key, value in old.items()
                    if value != new[key]
                }
                if not changes:
                    continue
            else:
                changes = {key: value for key, value in new.items() if value}
            record._log_controls(name, {"changes": changes})

    def _log_controls(self, name, data):
        """Write an event about this control to each company it holds for."""
        self.ensure_one()
        if self._name in GIVEN:
            self.env["reverse.duty.period"]._note_later()
        # sudo: where there are returns, or can be
        facilities = self.env["reverse.facility"].sudo()
        facilities = facilities.with_context(active_test=False)
        companies = self._get_control_companies()
        companies &= facilities.search([("company_id", "in", companies.ids)]).company_id
        self.env["reverse.event"]._log(
            # Where nobody has returns yet, it is noted for whoever will.
            companies or self._get_own_company() or self.env.company,
            name,
            {"control": self._name, "id": self.id, **data},
        )
