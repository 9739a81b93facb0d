from odoo import api, models

from .reverse_health import Check


class ReverseHealth(models.AbstractModel):
    """Rules that depend on what nobody can choose any more."""

    _inherit = "reverse.health"

    @api.model
    def _get_checks(self):
        return super()._get_checks() | {
            "archived": Check(
                "rule",
                self.env._("Depends on something archived"),
                self.env._(
                    "The rule still looks at it, but it cannot be chosen any more: the "
                    "rule applies to less than it did."
                ),
            ),
        }

    @api.model
    def _check_archived(self, known, findings):
        for rule, demand in known.demands.items():
            lacks = bool(rule._get_archived_names())
            findings.look("archived", self._key(rule), demand.scope, None, lacks)
