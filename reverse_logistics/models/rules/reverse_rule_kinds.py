from odoo import api, models


class ReverseRuleMixin(models.AbstractModel):
    """What is asked of rules of every kind: which there are, and what they name."""

    _inherit = "reverse.rule.mixin"

    @api.model
    def _get_rule_models(self):
        """Give the models of rules, as empty recordsets."""
        names = self.env.registry.descendants(["reverse.rule.mixin"], "_inherit")
        return [self.env[name] for name in names if not self.env[name]._abstract]

    @api.model
    def _get_active_rules(self):
        """Give the rules of this kind that decide now."""
        return self.search([("active", "=", True)])

    def _get_scope_company(self):
        """Give the company whose rule it is; empty for everybody's."""
        self.ensure_one()
        return self.company_id

    def _get_full_name(self):
        """Name the rule so that it is found among those of other kinds."""
        self.ensure_one()
        return self.name

    @api.model
    def _get_naming_fields(self):
        """Give the fields that name what the rule depends on: conditions, and more."""
        return [
            name
            for name, field in self._fields.items()
            if field.store
            and field.type in ("many2one", "many2many")
            and field.ondelete == "restrict"
        ]
