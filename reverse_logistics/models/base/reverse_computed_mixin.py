from odoo import models


class ReverseComputedMixin(models.AbstractModel):
    """Documents of Odoo on which something stands that is computed of something else.

    No screen lets anybody enter it, but Odoo keeps what a written call says until what
    it is computed of changes. Returns decide by it, so it is computed anew instead.
    """

    _name = "reverse.computed.mixin"
    _description = "Document with Computed Values"
    #: Names of stored fields by which returns decide, and that nobody enters.
    _reverse_computed = frozenset()

    def write(self, vals):
        # Clients never run as superuser.
        names = () if self.env.su else self._get_reverse_entered(vals)
        for name in names:
            self.env.add_to_compute(self._fields[name], self)
        return super().write({k: v for k, v in vals.items() if k not in names})

    def _get_reverse_entered(self, vals):
        """Give the names of what is computed among values that are to be written.

        Models leave out what Odoo itself sets by hand.
        """
        return self._reverse_computed.intersection(vals)
