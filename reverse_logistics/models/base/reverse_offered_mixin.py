from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError

from .reverse_guarded_mixin import DUTIES, unless_uninstalling


class ReverseOfferedMixin(models.AbstractModel):
    """What users can put on the lists of others, who then see it there as given.

    On lists of returns that is for administrators: it decides what approvers and
    auditors look at first, and what a click of theirs does.
    """

    _name = "reverse.offered.mixin"
    _description = "Offered to Others on Their Lists"

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._check_reverse_offered()
        return records

    def write(self, vals):
        self._check_reverse_offered()
        res = super().write(vals)
        self._check_reverse_offered()
        return res

    @unless_uninstalling
    def _unlink_reverse_offered(self):
        self._check_reverse_offered()

    def _check_reverse_offered(self):
        user = self.env.user
        # Odoo itself, with its addons
        if user.id == SUPERUSER_ID:
            return
        # sudo: for whom it is, whoever changes it
        for record in self.sudo()._filter_reverse_offered():
            if not any(
                map(user.has_group, ("base.group_system", DUTIES["administrator"]))
            ):
                raise UserError(
                    self.env._(
                        "“%(name)s” is seen by others on lists of returns: ask an "
                        "administrator of returns to add or change it, or keep one for "
                        "yourself.",
                        name=record.name,
                    )
                )

    def _filter_reverse_offered(self):
        """Give those that others than the acting user see on lists of returns."""
        raise NotImplementedError
