from odoo import api, models
from odoo.exceptions import UserError

from .reverse_guarded_mixin import unless_uninstalling


class ReverseGovernedPartMixin(models.AbstractModel):
    """What a control consists of: it changes in the form of the control.

    Where others approve changes of the control, they approve its parts with it.
    """

    _name = "reverse.governed.part.mixin"
    _inherit = ["reverse.governed.mixin"]
    _description = "Part of a Control of Returns"
    #: Name of the field with the control.
    _governed_by = ""

    @api.model
    def _waits(self, company):
        return False

    def _must_wait(self, vals):
        return False

    def _get_own_company(self):
        return self[self._governed_by]._get_own_company()

    @api.model_create_multi
    def create(self, vals_list):
        parts = super().create(vals_list)
        parts._check_alone()
        return parts

    def write(self, vals):
        self._check_alone()
        res = super().write(vals)
        self._check_alone()
        return res

    @unless_uninstalling
    def _unlink_alone(self):
        self._check_alone()

    def _check_alone(self):
        waiting = self[self._governed_by].filtered(lambda whole: whole._must_wait({}))
        if waiting:
            raise UserError(
                self.env._(
                    "Change what “%(control)s” consists of in its form: it changes "
                    "when somebody else has approved.",
                    control=waiting[:1].name,
                )
            )
