import json
import logging
import uuid

from odoo import api, fields, models, tools

from ...engine import snapshot
from ..base.reverse_guarded_mixin import unless_uninstalling

_logger = logging.getLogger(__name__)


class ReversePolicyVersion(models.Model):
    """What a version decides from: its rules as data, frozen when it is activated."""

    _inherit = "reverse.policy.version"

    is_altered = fields.Boolean(
        compute="_compute_is_altered",
        help="The rules of this version are not those that were activated.",
    )

    @api.depends("snapshot", "snapshot_hash")
    def _compute_is_altered(self):
        for version in self:
            version.is_altered = not version._is_intact()

    def _is_intact(self):
        """Whether the frozen rules are still those that were activated."""
        self.ensure_one()
        return self.state == "draft" or (
            self._hash_snapshot(self.snapshot or "") == self.snapshot_hash
        )

    @api.model
    def _get_rule_fields(self):
        """Give the fields that hold the rules of a version, by kind of rule."""
        return {"policy": "rule_ids"}

    @api.model
    def _get_setting_fields(self):
        """Give the settings of a version that decide something."""
        return ("allocation",)

    def _get_live_rules(self):
        """Give the rules of each kind that count, whoever asks: ``{kind: rules}``.

        What the reader may not see is a condition all the same.
        """
        self.ensure_one()
        # sudo: see above; read whole or not at all
        version = self.sudo()
        return {
            kind: version[name].filtered("active").sorted("id")
            for kind, name in self._get_rule_fields().items()
        }

    def _get_document(self):
        """Give all that decides in this version as plain data, see the engine."""
        return {
            "settings": {name: self[name] for name in self._get_setting_fields()},
            "rules": {
                kind: [rule._get_document() for rule in rules]
                for kind, rules in self._get_live_rules().items()
            },
        }

    def _make_snapshot(self):
        return snapshot.canonical(self._get_document())

    @api.model
    def _hash_snapshot(self, text):
        return snapshot.digest(text)

    def _get_rules(self, kind):
        """Give the rules of a kind, ready to be matched; none without a version.

        :rtype: engine.snapshot.CompiledRules
        """
        if not self:
            return snapshot.NO_RULES
        # sudo: rules apply to everybody, also where the user cannot read them
        version = self.sudo()
        if version.state == "draft":
            compiled = snapshot.compile_document(version._get_document())
        else:
            compiled = version._compile_snapshot()
        return compiled.get(kind, snapshot.NO_RULES)

    @tools.ormcache("self.snapshot_hash")
    def _compile_snapshot(self):
        """Compile frozen rules; what was altered in the database decides nothing."""
        if not self._is_intact():
            _logger.error("%s was altered since its activation", self)
            return {}
        return snapshot.compile_document(json.loads(self.snapshot))


class ReversePolicyRuleMixin(models.AbstractModel):
    """A rule that belongs to a version of a policy and is frozen with it.

    A model of such rules names in ``_term_fields`` what the rule says, beside the
    conditions; the version gets a One2many and names it in ``_get_rule_fields``.
    """

    _name = "reverse.policy.rule.mixin"
    _inherit = ["reverse.rule.mixin"]
    _description = "Rule of a Return Policy"

    _term_fields = ()
    #: terms that new rules begin with differently than they did when the field came
    _earlier_terms = {}

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
        """Give what the rule says in a few words each; every kind has its own."""
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
        """Refuse to change rules of versions that are, or were, in force."""
        # Touched first: no activation passes by with the rules of before.
        self.version_id.policy_id._reverse_touch()
        self.version_id._check_editable()

    def _get_document(self):
        """Give the rule as plain data."""
        self.ensure_one()
        rule = self._for_engine()
        return {
            "id": self.id,
            "key": self.key,
            # the same in whatever language it is activated
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
        """Give the terms of a snapshot with those that came later, at their defaults.

        A version that was activated before an addon brought a field says of it what a
        new rule would, unless ``_earlier_terms`` says what it meant then.
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
