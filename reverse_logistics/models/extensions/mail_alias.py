import ast

from odoo import api, models
from odoo.exceptions import UserError

from ..base.reverse_inputs import is_link


class MailAlias(models.Model):
    """Have mails that come in make what they are about, and write nothing else."""

    _inherit = "mail.alias"

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_reverse_defaults(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_reverse_defaults(vals)
        return super().write(vals)

    @api.model
    def _check_reverse_defaults(self, vals):
        """Refuse default values that would write on other documents.

        Odoo writes them as superuser when a mail comes, and as superuser those of a
        journal, a team or the like that users enter: so the user is asked, not ``su``.
        """
        if self.env.user.has_group("base.group_system"):
            return
        # Odoo keeps the text of whatever it gets.
        field = self._fields["alias_defaults"]
        text = field.convert_to_cache(vals.get("alias_defaults"), self) or "{}"
        try:
            defaults = dict(ast.literal_eval(text))
        except (ValueError, SyntaxError, TypeError):
            return  # Odoo says what is wrong with it.
        for name, value in defaults.items():
            several = isinstance(value, (list, tuple, set))
            if isinstance(value, dict) or several and not all(map(is_link, value)):
                raise UserError(
                    self.env._(
                        "The default values of an alias name records that exist: "
                        "“%(field)s” would make or change others. Ask an "
                        "administrator of the system.",
                        field=name,
                    )
                )
