import itertools

from lxml import etree

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

from ...engine import conflicts, matching
from ...engine.dimensions import DIMENSIONS

#: For each dimension of the engine, the field in which a rule restricts it.
RULE_FIELDS = {name: each.field for name, each in DIMENSIONS.items()}


def _values(comodel, string, **options):
    """Make a field for the values of one dimension that a rule allows.

    What a rule names can be archived, and still counts, but it cannot be deleted:
    without its last value the field would be empty, and the rule would fit everything.
    """
    return fields.Many2many(
        comodel,
        string=string,
        ondelete="restrict",
        context={"active_test": False},
        **options,
    )


#: How many conflicts are described; nobody reads more sentences than that.
SHOWN = 10


class ReverseRuleMixin(models.AbstractModel):
    """When a rule applies: the conditions that all kinds of rules share.

    A model of rules inherits this and adds fields for what its rules say.
    Administrators write rules. To find the one that applies, gather facts with
    ``_get_rule_facts`` of returns or return lines, then ask a version of policy, or
    ``_match`` of rules that need no version. ``engine/matching.py`` explains which of
    several fitting rules wins.
    """

    _name = "reverse.rule.mixin"
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
    #: The fields for what a rule says, besides its conditions.
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

    @api.depends(*RULE_FIELDS.values())
    def _compute_archived_note(self):
        for rule in self:
            names = rule._get_archived_names()
            rule.archived_note = bool(names) and self.env._(
                "Archived, but still a condition of this rule: %(names)s",
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
        """Say from and until which value and day the rule applies, one phrase each."""
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
        """Give the names of the rule's conditions that somebody has archived."""
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

    @api.model
    def _get_companies_fields(self):
        """Give the conditions of which each company may have its own."""
        return [
            name
            for name in RULE_FIELDS.values()
            if "company_id" in self.env[self._fields[name].comodel_name]._fields
        ]

    @api.constrains(lambda self: ["company_id", *self._get_companies_fields()])
    def _check_rule_company(self):
        names = self._get_companies_fields()
        # sudo: records of other companies must be seen to be refused
        for rule in self.sudo().filtered("company_id"):
            for record in itertools.chain.from_iterable(rule[name] for name in names):
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
        """Give the conditions in the groups of the form: ``[(title, field names)]``."""
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
        """Add the conditions where the form of a kind of rule has a place for them."""
        arch, view = super()._get_view(view_id, view_type, **options)
        place = (
            arch.find(".//group[@name='conditions']") if view_type == "form" else None
        )
        if place is not None:
            # A list that opens this form shows these fields, and is only updated by
            # what the form contains.
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
        # sudo: the copy keeps conditions that the user cannot see; without them it
        # would fit more than the rule does
        return super(ReverseRuleMixin, self.sudo()).copy_data(default)

    # ------------------------------------------------------------------
    # Matching
    # ------------------------------------------------------------------
    def _get_rule_scope(self):
        """Give the code of the group of rules that this one competes with."""
        return ""

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
    # Rules of every kind: which there are, and what they name
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
        """Give the company that the rule belongs to; empty when it is shared."""
        self.ensure_one()
        return self.company_id

    def _get_full_name(self):
        """Give a name by which the rule is found among rules of other kinds."""
        self.ensure_one()
        return self.name

    @api.model
    def _get_naming_fields(self):
        """Give the fields for records the rule depends on, conditions included."""
        return [
            name
            for name, field in self._fields.items()
            if field.store
            and field.type in ("many2one", "many2many")
            and field.ondelete == "restrict"
        ]

    # ------------------------------------------------------------------
    # Conflicts between rules, and how they are described
    # ------------------------------------------------------------------
    def _get_rule_scopes(self):
        """Give the codes of all groups of rules that this one competes with."""
        self.ensure_one()
        return [self._get_rule_scope()]

    def _get_said(self):
        """Give what each of these rules says: ``{rule id: plain data}``."""
        rows = self.read(list(self._said_fields), load=None)
        return {row.pop("id"): row for row in rows}

    def _find_conflicts(self, rivals=None):
        """Find the conflicts of these rules.

        :param rivals: all rules that they compete with, themselves included; only these
            rules by default
        :return: list of ``(engine.conflicts.Conflict, first rule, second or empty)``
        """
        rivals = self if rivals is None else rivals
        groups = {}
        for rule in rivals:
            for scope in rule._get_rule_scopes():
                groups.setdefault(scope, []).append(rule._for_engine())
        found = conflicts.find_conflicts_among(
            groups.values(), rivals._get_said(), set(self.ids)
        )
        return [
            (one, self.browse(one.first_id), self.browse(one.second_id or ()))
            for one in found
        ]

    @api.model
    def _explain_conflicts(self, found):
        """Describe each certain conflict in a sentence, all possible ones in one."""
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
