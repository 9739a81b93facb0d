from lxml import etree

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...engine import conflicts, matching

#: The fields in which a rule restricts a dimension of the engine.
RULE_FIELDS = {
    "company": "company_id",
    "partner": "partner_ids",
    "agreement": "agreement_ids",
    "partner_tag": "partner_tag_ids",
    "country": "country_ids",
    "region": "region_ids",
    "product": "product_ids",
    "product_tag": "product_tag_ids",
    "trait": "trait_ids",
    "category": "category_ids",
    "condition": "condition_ids",
    "reason": "reason_ids",
    "channel": "channel_ids",
    "facility": "facility_ids",
}


def _values(comodel, string, **options):
    """A set of values that a rule names.

    What a rule names can be archived, and is then still read, but not deleted: a set
    that lost its last value would fit everything.
    """
    return fields.Many2many(
        comodel,
        string=string,
        ondelete="restrict",
        context={"active_test": False},
        **options,
    )


#: So many sentences are read, and more are not.
SHOWN = 10


class ReverseRuleMixin(models.AbstractModel):
    """When a rule applies: conditions that every kind of rule shares.

    A model of rules inherits this and adds what the rule says. Gather facts with
    ``_get_rule_facts`` of returns or return lines, then ask ``_match``. Which of
    several fitting rules wins is told in ``engine/matching.py``.
    """

    _name = "reverse.rule.mixin"
    _inherit = ["reverse.cached.mixin"]
    _description = "Return Rule"
    _order = "sequence, id"
    _value_range = models.Constraint(
        "CHECK (value_from >= 0 AND (value_to = 0 OR value_to > value_from))",
        "The upper value of a rule must be above its lower one, and neither negative.",
    )
    _validity = models.Constraint(
        "CHECK (date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        "A rule cannot end before it starts.",
    )
    #: What a rule says, beside its conditions.
    _said_fields = ()

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(
        default=10, help="Decides between rules that are equally specific."
    )
    company_id = fields.Many2one(
        "res.company",
        index=True,
        ondelete="restrict",
        help="Also applies to its branches, unless they have a rule of their own.",
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    date_from = fields.Date("Valid From")
    date_to = fields.Date("Valid Until", help="The last day.")
    partner_ids = _values(
        "res.partner", "Customers", domain="[('parent_id', '=', False)]"
    )
    partner_tag_ids = _values("res.partner.category", "Customer Tags")
    agreement_ids = _values(
        "reverse.agreement",
        "Agreements",
        help="Of the customer, and valid on the day.",
    )
    country_ids = _values("res.country", "Countries")
    region_ids = _values(
        "reverse.region", "Regions", help="By country, state and postal code."
    )
    product_ids = _values("product.product", "Products")
    product_tag_ids = _values("product.tag", "Product Tags")
    trait_ids = _values(
        "reverse.trait", "Traits", help="Of the product or of what was ordered."
    )
    category_ids = _values(
        "product.category", "Categories", help="With the categories below them."
    )
    condition_ids = _values("reverse.condition", "Conditions")
    reason_ids = _values("reverse.reason", "Reasons")
    channel_ids = _values("reverse.channel", "Channels")
    facility_ids = _values("reverse.facility", "Facilities")
    value_from = fields.Monetary(
        "From Value", help="Net, in the company's currency; 0 for any."
    )
    value_to = fields.Monetary(
        "Below Value", help="Net, in the company's currency; 0 for any."
    )
    archived_note = fields.Text(compute="_compute_archived_note")
    conditions_summary = fields.Char(
        "Applies to", compute="_compute_conditions_summary", compute_sudo=True
    )

    # ------------------------------------------------------------------
    # Conditions
    # ------------------------------------------------------------------
    @api.depends("company_id")
    @api.depends_context("company")
    def _compute_currency_id(self):
        for rule in self:
            company = rule._get_scope_company() or self.env.company
            rule.currency_id = company.currency_id

    @api.depends(*(name for name in RULE_FIELDS.values()))
    def _compute_archived_note(self):
        for rule in self:
            names = rule._get_archived_names()
            rule.archived_note = bool(names) and self.env._(
                "Archived, and still a condition of this rule: %(names)s",
                names=", ".join(names),
            )

    @api.depends(
        *RULE_FIELDS.values(), "value_from", "value_to", "date_from", "date_to"
    )
    @api.depends_context("lang")
    def _compute_conditions_summary(self):
        for rule in self:
            parts = [
                ", ".join(rule[name].mapped("display_name"))
                for name in RULE_FIELDS.values()
                if rule[name]
            ]
            parts += rule._summarize_ranges()
            rule.conditions_summary = " · ".join(parts) or self.env._("Everything")

    def _summarize_ranges(self):
        """Say from and until which value and day the rule applies."""
        self.ensure_one()
        values = {
            "value_from": self.currency_id.format(self.value_from),
            "value_to": self.currency_id.format(self.value_to),
            "date_from": tools.format_date(self.env, self.date_from),
            "date_to": tools.format_date(self.env, self.date_to),
        }
        sentences = {
            "value_from": self.env._("from %(value_from)s", **values),
            "value_to": self.env._("below %(value_to)s", **values),
            "date_from": self.env._("from %(date_from)s on", **values),
            "date_to": self.env._("until %(date_to)s", **values),
        }
        return [sentence for name, sentence in sentences.items() if self[name]]

    def _get_archived_names(self):
        """Name what the rule names and somebody has archived."""
        names = []
        for field in self._get_naming_fields():
            # sudo: names of conditions that the reader of the rule sees anyway
            records = self.sudo().with_context(active_test=False)[field]
            if records._active_name:
                archived = records.filtered(lambda r: not r[r._active_name])
                names += archived.mapped("display_name")
        return names

    @api.constrains("partner_ids")
    def _check_commercial_partners(self):
        # sudo: customers that the administrator of rules need not read
        for partner in self.sudo().partner_ids:
            if partner.commercial_partner_id != partner:
                raise ValidationError(
                    self.env._(
                        "%(contact)s is a contact of %(partner)s: name the customer "
                        "itself.",
                        contact=partner.display_name,
                        partner=partner.commercial_partner_id.display_name,
                    )
                )

    @api.constrains(
        "company_id",
        "partner_ids",
        "agreement_ids",
        "product_ids",
        "facility_ids",
        "region_ids",
    )
    def _check_rule_company(self):
        # sudo: records of other companies must be seen to be refused
        for rule in self.sudo().filtered("company_id"):
            for record in (
                *rule.partner_ids,
                *rule.agreement_ids,
                *rule.product_ids,
                *rule.facility_ids,
                *rule.region_ids,
            ):
                company = record.company_id
                if company and not (
                    rule.company_id in company.parent_ids
                    or company in rule.company_id.parent_ids
                ):
                    raise ValidationError(
                        self.env._(
                            "%(record)s belongs to %(company)s: the rule would never "
                            "apply.",
                            record=record.display_name,
                            company=company.display_name,
                        )
                    )

    # ------------------------------------------------------------------
    # Form
    # ------------------------------------------------------------------
    @api.model
    def _get_condition_fields(self):
        """Give the conditions as the form shows them: ``(title, fields)`` per group."""
        return [
            (
                self.env._("Customers"),
                [
                    "partner_ids",
                    "partner_tag_ids",
                    "agreement_ids",
                    "country_ids",
                    "region_ids",
                    "company_id",
                ],
            ),
            (
                self.env._("Products"),
                ["product_ids", "product_tag_ids", "trait_ids", "category_ids"],
            ),
            (
                self.env._("Returns"),
                ["channel_ids", "reason_ids", "condition_ids", "facility_ids"],
            ),
            (
                self.env._("Value and Dates"),
                ["value_from", "value_to", "date_from", "date_to"],
            ),
        ]

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Put the conditions where the form of a kind of rule wants them."""
        arch, view = super()._get_view(view_id, view_type, **options)
        place = (
            arch.find(".//group[@name='conditions']") if view_type == "form" else None
        )
        if place is not None:
            # with the words in it, the form keeps the list around it up to date
            for name in ("currency_id", "conditions_summary", "says"):
                if name in self._fields:
                    place.append(etree.Element("field", name=name, invisible="1"))
            for title, names in self._get_condition_fields():
                group = etree.SubElement(place, "group", string=title)
                group.extend(self._make_condition(name) for name in names)
        return arch, view

    @api.model
    def _make_condition(self, name):
        attributes = {"name": name}
        if self._fields[name].type == "many2many":
            attributes |= {
                "widget": "many2many_tags",
                "options": "{'no_create': True}",
                "placeholder": self.env._("Any"),
            }
        if name == "company_id":
            attributes |= {
                "groups": "base.group_multi_company",
                "placeholder": self.env._("All companies"),
            }
        return etree.Element("field", **attributes)

    def copy_data(self, default=None):
        self.check_access("read")
        # sudo: a condition that whoever copies cannot see is one of the copy, too: with
        # one less, it would fit what the rule does not
        return super(ReverseRuleMixin, self.sudo()).copy_data(default)

    # ------------------------------------------------------------------
    # Matching
    # ------------------------------------------------------------------
    def _get_rule_scope(self):
        """Give the code of the group of rules among which this one competes."""
        return ""

    @api.model
    def _match(self, facts, scope=""):
        """Find the rule that applies to each record, and say why.

        :param facts: ``{record with a company_id: engine.matching.Facts}``
        :param str scope: see ``_get_rule_scope``
        :return: ``{record: (rule or empty, sentence)}``
        """
        result = {}
        for record, known in facts.items():
            # sudo: the company of a record that the caller has in hand
            rules = self._compile_rules(record.sudo().company_id.id).get(scope)
            found = rules and rules.match(known)
            rule = self.browse(found and found.rule.id)
            result[record] = (rule, self._explain_match(found))
        return result

    @api.model
    @tools.ormcache("company_id")
    def _compile_rules(self, company_id):
        """Give the rules of a company, its parents and everybody for the engine.

        :return: ``{scope: engine.matching.Ruleset}``, scopes without rules left out
        """
        # sudo: rules apply to everybody, also where the user cannot read them
        company = self.env["res.company"].sudo().browse(company_id)
        # kept for everybody, whatever the client that asks first has in its context
        rules = self.sudo().with_context(active_test=True)
        rules = rules.search([("company_id", "in", [False, *company.parent_ids.ids])])
        compiled = {}
        for rule in rules:
            compiled.setdefault(rule._get_rule_scope(), []).append(rule._for_engine())
        return {
            scope: matching.compile_rules(group) for scope, group in compiled.items()
        }

    def _for_engine(self):
        self.ensure_one()
        return matching.Rule(
            id=self.id,
            sequence=self.sequence,
            allowed={
                dimension: frozenset(self[name].ids)
                for dimension, name in RULE_FIELDS.items()
                if self[name]
            },
            valid_from=self.date_from or None,
            valid_to=self.date_to or None,
            value_from=self.value_from or None,
            value_to=self.value_to or None,
        )

    @api.model
    def _explain_match(self, found):
        """Say in a sentence why a rule applies, or that none does."""
        if not found:
            return self.env._("No rule fits.")
        # sudo: rules apply to everybody, also where the user cannot read them
        name = self.sudo().browse(found.rule.id).name
        if not found.over:
            return self.env._("“%(rule)s” is the only rule that fits.", rule=name)
        names = {"rule": name, "other": self.sudo().browse(found.over.id).name}
        if found.decided_by == "sequence":
            return self.env._(
                "“%(rule)s” and “%(other)s” are equally specific; the first one comes "
                "earlier in the sequence.",
                **names,
            )
        if found.decided_by == "id":
            return self.env._(
                "“%(rule)s” and “%(other)s” are equally specific; the first one is "
                "older.",
                **names,
            )
        return self.env._(
            "“%(rule)s” is more specific than “%(other)s” about: %(dimension)s.",
            dimension=self._get_dimension_labels()[found.decided_by],
            **names,
        )

    @api.model
    def _get_dimension_labels(self):
        labels = {
            dimension: self._fields[name]._description_string(self.env)
            for dimension, name in RULE_FIELDS.items()
        }
        return labels | {
            "value": self.env._("Value"),
            "validity": self.env._("Validity"),
        }

    # ------------------------------------------------------------------
    # What is asked of rules of every kind: which there are, and what they name.
    # ------------------------------------------------------------------
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

    # ------------------------------------------------------------------
    # Rules that get into each other's way, and how that is said.
    # ------------------------------------------------------------------
    def _get_rule_scopes(self):
        """Give the groups of rules among which this one competes."""
        self.ensure_one()
        return [self._get_rule_scope()]

    def _get_said(self):
        """Give what these rules say: ``{rule id: plain data}``."""
        rows = self.read(list(self._said_fields), load=None)
        return {row.pop("id"): row for row in rows}

    def _find_conflicts(self):
        """Give what is wrong among these rules.

        :return: list of ``(engine.conflicts.Conflict, first rule, second or empty)``
        """
        groups = {}
        for rule in self:
            for scope in rule._get_rule_scopes():
                groups.setdefault(scope, []).append(rule._for_engine())
        return [
            (one, self.browse(one.first_id), self.browse(one.second_id or ()))
            for one in conflicts.find_conflicts_among(groups.values(), self._get_said())
        ]

    @api.model
    def _explain_conflicts(self, found):
        """Say what is wrong, a sentence each; what only may happen, in one."""
        certain = [one for one in found if one[0].kind != "possible"]
        sentences = [self._explain_conflict(*one) for one in certain[:SHOWN]]
        if len(certain) > SHOWN:
            more = len(certain) - SHOWN
            sentences.append(self.env._("… and %(count)s more.", count=more))
        possible = [one for one in found if one[0].kind == "possible"]
        if possible:
            names = [rule.name for _kind, *both in possible for rule in both]
            sentences.append(
                self.env._(
                    "Goods may have the tags or traits of several of these rules; "
                    "the one that comes first applies then: %(rules)s.",
                    rules=", ".join(f"“{name}”" for name in dict.fromkeys(names)),
                )
            )
        return "\n".join(sentences)

    @api.model
    def _explain_conflict(self, conflict, first, second):
        names = {"first": first.name, "second": second.name}
        if conflict.kind == "empty":
            return self.env._("Nothing can ever fit “%(first)s”.", **names)
        if conflict.kind == "duplicate":
            return self.env._(
                "“%(first)s” and “%(second)s” say the same about the same goods.",
                **names,
            )
        if conflict.kind == "shadowed":
            return self.env._(
                "“%(second)s” never applies: “%(first)s” fits all of its goods and "
                "comes first.",
                **names,
            )
        return self.env._(
            "“%(first)s” and “%(second)s” say different things about the same goods; "
            "“%(first)s” applies, because it comes first.",
            **names,
        )
