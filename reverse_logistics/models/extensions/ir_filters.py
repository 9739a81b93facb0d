from odoo import api, models
from odoo.exceptions import ValidationError


class IrFilters(models.Model):
    """Searches that users keep for themselves, or for others."""

    _name = "ir.filters"
    _inherit = ["ir.filters", "reverse.offered.mixin"]

    def _filter_reverse_offered(self):
        """Those of a user alone are theirs; without users, everybody has them."""
        return self.filtered(
            lambda own: (
                (own.model_id or "").startswith("reverse.")
                and own.user_ids != self.env.user
            )
        )

    @api.constrains("is_default", "model_id", "user_ids")
    def _check_reverse_default(self):
        """Lists begin with a default instead of what they are made to show.

        Users choose one for themselves only.
        """
        for own in self.filtered("is_default")._filter_reverse_offered():
            raise ValidationError(
                self.env._(
                    "“%(name)s” cannot be what a list of returns begins with for "
                    "others: everybody chooses that for themselves.",
                    name=own.name,
                )
            )
