from odoo import models, tools

from ...engine import credit_notes


class ReverseReleasedMixin(models.AbstractModel):
    """Documents of Accounting, and their lines, that stay as a release posted them."""

    _name = "reverse.released.mixin"
    _description = "What a Release Posted"

    @tools.ormcache("self._name", "kind")
    def _get_reverse_frozen(self, kind):
        """Give the fields that nobody changes once such a document is posted.

        :param str kind: see engine.credit_notes
        """
        written = (f for f in self._fields.values() if f.store or f.inverse)
        return frozenset(
            field.name
            for field in written
            if credit_notes.is_frozen(
                kind,
                self._name,
                field.name,
                amount=bool(field.store) and field.type in ("float", "monetary"),
                known=not credit_notes.KNOWN.isdisjoint(field._modules),
            )
        )

    def _find_reverse_changed(self, vals):
        """Those of these whose part in the limits of credits these values change.

        Odoo keeps its screens from changing what is posted, but a context of the client
        opens it.
        """
        names = self._get_reverse_frozen("invoice")
        if names.isdisjoint(vals):
            return self.browse()
        return self.filtered(lambda record: record._is_reverse_changed(vals, names))

    def _is_reverse_changed(self, vals, names):
        """Whether writing these values would change one of these fields."""
        self.ensure_one()
        return any(
            self._is_reverse_other(name, vals[name])
            for name in names.intersection(vals)
        )

    def _is_reverse_other(self, name, value):
        """Tell whether a value differs from what a field says.

        What cannot be understood differs.
        """
        field = self._fields[name]
        if not field.store or field.type == "one2many":
            return True
        try:
            if field.type == "many2many":
                return self.new({name: value}, origin=self)[name]._origin != self[name]
            if field.type == "many2one":
                return self[name].id != (value or False)
            current = field.convert_to_cache(self[name], self)
            return field.convert_to_cache(value, self) != current
        except (TypeError, ValueError, IndexError):
            return True
