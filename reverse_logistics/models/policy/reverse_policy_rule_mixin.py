import uuid

from odoo import api, fields, models

from ..base.reverse_guarded_mixin import unless_uninstalling


class ReversePolicyRuleMixin(models.AbstractModel):
    """A rule that belongs to a version of a policy and is frozen with it.

    A model of such rules names in ``_term_fields`` what its rules say, besides their
    conditions. The version gets a One2many for them and names it in
    ``_get_rule_fields``.
    """

    _name = "reverse.policy.rule.mixin"
    _inherit = ["reverse.rule.mixin"]
    _description = "Rule of a Return Policy"
    _term_fields = ()
    #: For rules that were frozen before a field existed: what they meant, where that
    #: differs from the default of new rules.
    _earlier_terms = {}
    #: Whether rules of this kind decide before anybody has inspected the goods.
    _decides_at_request = True

    version_id = fields.Many2one(
        "reverse.policy.version", required=True, index=True, ondelete="cascade"
    )
    key = fields.Char(
        "Identity",
        readonly=True,
        required=True,
        default=lambda self: uuid.uuid4().hex,
        help="Which rule of another version, or database, this one goes back to.",
    )
    state = fields.Selection(related="version_id.state", string="Version State")
    says = fields.Char(
        compute="_compute_says", help="What the rule says, in a few words."
    )

    def _compute_says(self):
        for rule in self:
            rule.says = " · ".join(rule._get_words())

    def _get_words(self):
        """Give what the rule says in short phrases; every kind of rule has its own."""
        return []

    @api.model
    def _get_active_rules(self):
        return self.search([("version_id.state", "=", "active")])

    @api.depends("version_id.policy_id.company_id")
    def _compute_currency_id(self):
        return super()._compute_currency_id()

    def _get_scope_company(self):
        return self.company_id or self.version_id.company_id

    def _get_full_name(self):
        return self.env._(
            "%(rule)s (%(version)s)",
            rule=self.name,
            version=self.version_id.display_name,
        )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        rules._check_draft()
        return rules

    def write(self, vals):
        self._check_draft()
        res = super().write(vals)
        if "version_id" in vals:
            self._check_draft()
        return res

    def _update_field_translations(self, field_name, translations, *args, **kwargs):
        self._check_draft()
        return super()._update_field_translations(
            field_name, translations, *args, **kwargs
        )

    @unless_uninstalling
    def _unlink_only_draft(self):
        self._check_draft()

    def _check_draft(self):
        """Refuse to change rules of versions that are in force, or have been."""
        # Touched first, so that no activation at the same time freezes the old rules.
        self.version_id.policy_id._reverse_touch()
        self.version_id._check_own_companies()
        self.version_id._check_editable()

    def _get_document(self):
        """Give the rule as plain data."""
        self.ensure_one()
        rule = self._for_engine()
        return {
            "id": self.id,
            "key": self.key,
            # The document must not depend on the language of whoever activates it.
            "name": self.with_context(lang=None).name,
            "sequence": rule.sequence,
            "allowed": {key: sorted(ids) for key, ids in rule.allowed.items()},
            "valid_from": fields.Date.to_string(rule.valid_from) or None,
            "valid_to": fields.Date.to_string(rule.valid_to) or None,
            "value_from": rule.value_from,
            "value_to": rule.value_to,
            "terms": {name: self._get_plain(name) for name in self._term_fields},
        }

    @api.model
    def _complete_terms(self, terms):
        """Complete the terms of a snapshot with fields that were added later.

        Rules that were frozen before a field existed have the default of new rules for
        it, unless ``_earlier_terms`` names what they meant.
        """
        missing = {name for name in self._term_fields if name not in terms}
        if not missing:
            return terms
        defaults = self.default_get(list(missing)) | self._earlier_terms
        return {name: defaults.get(name, False) for name in missing} | terms

    def _get_plain(self, name):
        """Give a field's value as plain data: ids for records, ISO texts for days."""
        field, value = self._fields[name], self[name]
        if field.type == "many2one":
            return value.id
        if field.relational:
            return sorted(value.ids)
        if field.type == "date":
            return fields.Date.to_string(value)
        return value

    def _get_said(self):
        return {rule.id: rule._get_document()["terms"] for rule in self}

    def _get_sentence(self):
        """Say in one line what the rule applies to, and what it says."""
        return " · ".join(
            filter(None, (self.conditions_summary, self.says)) if self else ()
        )
