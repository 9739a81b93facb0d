from collections import namedtuple

from odoo import api, models
from odoo.fields import Domain

from ...engine import health
from ..rules.reverse_rma import _path

#: One thing that records have to have.
#: ``kind`` of record, ``label`` of what is missing, and ``why`` it matters.
Check = namedtuple("Check", "kind label why")


class Known:
    """What all checks look at, gathered once.

    :param rules: ``{model name: active rules}``
    :param demands: ``{rule: engine.health.Demand}``
    """

    def __init__(self, rules, demands):
        self.rules = rules
        self.demands = demands
        self.cache = {}

    def restricting(self, dimension):
        """Give the demands of the rules that restrict a dimension."""
        return [d for d in self.demands.values() if dimension in d.allowed]

    def of(self, rules):
        """Give the demands of some rules."""
        return [self.demands[rule] for rule in rules]


#: Who answers for goods that are not as they should be.
LIABLE = ("supplier", "company")
_FIELDS = (
    "company_id",
    "categ_id",
    "tracking",
    "reverse_un_number",
    "reverse_handling",
    "reverse_warranty_months",
    "reverse_min_life_days",
    "reverse_trait_ids",
    "product_tag_ids",
    "product_variant_ids",
)
DANGEROUS = frozenset({"HAZARDOUS"})
DELICATE = frozenset({"HAZARDOUS", "TEMPERATURE", "REGULATED"})
VENDOR_RETURNABLE = frozenset({"VENDOR_RETURNABLE"})
_ADDRESS = ("company_id", "country_id", "zip", "street", "city", "category_id")


class ReverseHealth(models.AbstractModel):
    """Which master data lacks what active rules need.

    To add a check, describe it in ``_get_checks()`` under a code, and look at the
    records in ``_check_<code>(known, findings)``: for each record
    ``findings.look(code, key, company, demands, lacks)``. Everything is read in a
    number of queries that does not grow with the records.
    """

    _name = "reverse.health"
    _description = "Check of Master Data"

    @api.model
    def _get_checks(self):
        """Give the checks, by their codes.

        :rtype: dict[str, Check]
        """
        return {
            "category": Check(
                "product",
                self.env._("No category"),
                self.env._("Rules that go by the category pass the product over."),
            ),
            "serial": Check(
                "product",
                self.env._("Not tracked by lot or serial number"),
                self.env._(
                    "A rule refuses returns without a serial number. The product has "
                    "none, so that nobody is asked for it."
                ),
            ),
            "weight": Check(
                "product",
                self.env._("No weight"),
                self.env._(
                    "A route prefers the cheapest freight, which goes by weight."
                ),
            ),
            "warranty": Check(
                "product",
                self.env._("No warranty"),
                self.env._(
                    "A rule about defects leaves the warranty to the product, which "
                    "has none: only the return window counts."
                ),
            ),
            "un_number": Check(
                "product",
                self.env._("Dangerous, without a UN number"),
                self.env._(
                    "Without it nobody may send the goods back or carry them, and no "
                    "hazard declaration can be checked."
                ),
            ),
            "handling": Check(
                "product",
                self.env._("No handling on return"),
                self.env._(
                    "The goods are hazardous, temperature-controlled or regulated: "
                    "customers and receivers are not told what to heed."
                ),
            ),
            "life": Check(
                "product",
                self.env._("Minimum life, but not tracked"),
                self.env._(
                    "How long goods can still be used is known of lots only: the "
                    "minimum remaining life is never checked."
                ),
            ),
            "supplier": Check(
                "product",
                self.env._("Goes back to a supplier, and has none"),
                self.env._("Nobody knows whom to send the goods back to."),
            ),
            "country": Check(
                "customer",
                self.env._("No country"),
                self.env._(
                    "Rules for a country, and the law of one, pass the customer over."
                ),
            ),
            "postal_code": Check(
                "customer",
                self.env._("No postal code"),
                self.env._(
                    "A rule asks for a region, and regions are told by postal codes: "
                    "it passes the customer over."
                ),
            ),
            "supplier_address": Check(
                "supplier",
                self.env._("No address"),
                self.env._("Goods that go back to the supplier cannot be sent."),
            ),
            "facility_address": Check(
                "facility",
                self.env._("No address"),
                self.env._("Customers are not told where to send the goods."),
            ),
            "facility_hours": Check(
                "facility",
                self.env._("No receiving hours"),
                self.env._(
                    "A route asks whether there is room, and nobody knows when goods "
                    "are received and inspected."
                ),
            ),
            "facility_capacity": Check(
                "facility",
                self.env._("No inspection minutes"),
                self.env._(
                    "A route asks whether there is room: without a limit there always "
                    "is."
                ),
            ),
            "facility_freight": Check(
                "facility",
                self.env._("No freight"),
                self.env._(
                    "A route prefers the cheapest freight, which is not known to here."
                ),
            ),
            "fee_product": Check(
                "rule",
                self.env._("No product for the fee"),
                self.env._("The fee cannot be put on a credit note or an invoice."),
            ),
            "fee_account": Check(
                "rule",
                self.env._("No account for the fee"),
                self.env._(
                    "Its product has no income account: the credit note cannot be "
                    "posted."
                ),
            ),
            "fee_tax": Check(
                "rule",
                self.env._("No tax on the fee"),
                self.env._(
                    "The company charges taxes, but neither the rule nor its product "
                    "names one: the fee is charged without."
                ),
            ),
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
    def _find(self):
        """Look at all master data.

        :rtype: engine.health.Findings
        """
        # sudo: the check is the same whoever starts it, and in one language
        main = self.env["res.company"]._get_main_company()
        own = self.sudo().with_context(
            active_test=True, lang=main.sudo().partner_id.lang
        )
        companies = own.env["res.company"].search([("active", "=", True)])
        findings = health.Findings(
            {company.id: set(company.parent_ids.ids) for company in companies}
        )
        known = own._get_known()
        for code in own._get_checks():
            getattr(own, f"_check_{code}")(known, findings)
        return findings

    @api.model
    def _get_known(self):
        models_ = self.env["reverse.rule.mixin"]._get_rule_models()
        rules = {model._name: model._get_active_rules() for model in models_}
        return Known(
            rules,
            {
                rule: health.Demand(
                    rule._get_full_name(),
                    rule._get_scope_company().id or None,
                    rule._for_engine().allowed,
                )
                for records in rules.values()
                for rule in records
            },
        )

    @api.model
    def _key(self, record):
        return record._name, record.id

    @api.model
    def _scope(self, record):
        return record.company_id.id or None

    # ------------------------------------------------------------------
    # Goods that are sold, and what is to be known of them when they come back.
    # ------------------------------------------------------------------
    @api.model
    def _get_goods(self, known):
        """Give the goods that are sold, read once for all checks."""
        if "goods" not in known.cache:
            goods = self.env["product.template"].search(
                [("type", "=", "consu"), ("sale_ok", "=", True)]
            )
            # What is archived still counts on the goods that have it.
            goods = goods.with_context(active_test=False)
            goods.fetch(_FIELDS)
            goods.product_variant_ids.fetch(["additional_product_tag_ids", "weight"])
            known.cache["goods"] = goods
        return known.cache["goods"]

    @api.model
    def _get_product_values(self, known):
        """Give what rules can ask of goods: ``{template: {dimension: ids}}``."""
        if "product_values" not in known.cache:
            derived = self.env["reverse.trait"]._get_derived()
            known.cache["product_values"] = {
                template: self._get_values_of(template, derived)
                for template in self._get_goods(known)
            }
        return known.cache["product_values"]

    @api.model
    def _get_values_of(self, template, derived):
        variants = template.product_variant_ids
        tags = template.product_tag_ids | variants.additional_product_tag_ids
        traits = set(template.reverse_trait_ids.ids)
        if template.tracking in derived:
            traits.update(derived[template.tracking].ids)
        return {
            "product": set(variants.ids),
            "product_tag": set(tags.ids),
            "trait": traits,
            "category": set(_path(template.categ_id)),
        }

    @api.model
    def _get_concerned(self, known, demands, without=()):
        """Give goods with the demands that are about them, if any are.

        :param without: dimensions that are not asked
        """
        if not demands:
            return
        for template, values in self._get_product_values(known).items():
            asked = {name: ids for name, ids in values.items() if name not in without}
            concerning = [demand for demand in demands if demand.concerns(asked)]
            if concerning:
                yield template, concerning

    @api.model
    def _check_category(self, known, findings):
        demands = known.restricting("category")
        for template, own in self._get_concerned(known, demands, {"category"}):
            lacks = not template.categ_id
            findings.look(
                "category", self._key(template), self._scope(template), own, lacks
            )

    @api.model
    def _check_serial(self, known, findings):
        rules = known.rules["reverse.policy.rule"].filtered("proof_serial")
        for template, own in self._get_concerned(known, known.of(rules)):
            lacks = template.tracking == "none"
            findings.look(
                "serial", self._key(template), self._scope(template), own, lacks
            )

    @api.model
    def _check_weight(self, known, findings):
        weighed = self.env["reverse.freight.rate"].search_count(
            [("weight_amount", ">", 0)], limit=1
        )
        rules = known.rules["reverse.route.rule"].filtered("cheapest")
        for template, own in self._get_concerned(
            known, known.of(rules if weighed else ())
        ):
            # Of several variants each has a weight of its own.
            lacks = not all(template.product_variant_ids.mapped("weight"))
            findings.look(
                "weight", self._key(template), self._scope(template), own, lacks
            )

    @api.model
    def _check_warranty(self, known, findings):
        rules = known.rules["reverse.policy.rule"].filtered(
            lambda rule: (
                not rule.warranty_months
                and rule.reason_ids
                and all(r.liability in LIABLE for r in rule.reason_ids)
            )
        )
        for template, own in self._get_concerned(known, known.of(rules)):
            lacks = not template.reverse_warranty_months
            findings.look(
                "warranty", self._key(template), self._scope(template), own, lacks
            )

    # ------------------------------------------------------------------
    # What goods need because of what they are, whatever rules say.
    # ------------------------------------------------------------------
    @api.model
    def _look_at_traits(self, known, findings, code, traits, lacks):
        """Look at the goods that have any of these traits, whatever rules say.

        :param traits: codes
        :param lacks: function that says whether a template lacks it
        """
        for template in self._get_goods(known):
            if not traits.isdisjoint(template.reverse_trait_ids.mapped("code")):
                findings.look(
                    code,
                    self._key(template),
                    self._scope(template),
                    None,
                    lacks(template),
                )

    @api.model
    def _check_un_number(self, known, findings):
        self._look_at_traits(
            known,
            findings,
            "un_number",
            DANGEROUS,
            lambda template: not template.reverse_un_number,
        )

    @api.model
    def _check_handling(self, known, findings):
        self._look_at_traits(
            known,
            findings,
            "handling",
            DELICATE,
            lambda template: not template.reverse_handling,
        )

    @api.model
    def _check_life(self, known, findings):
        for template in self._get_goods(known).filtered("reverse_min_life_days"):
            lacks = template.tracking == "none"
            findings.look(
                "life", self._key(template), self._scope(template), None, lacks
            )

    @api.model
    def _check_supplier(self, known, findings):
        suppliers = self._get_suppliers(known)
        self._look_at_traits(
            known,
            findings,
            "supplier",
            VENDOR_RETURNABLE,
            lambda template: template not in suppliers,
        )

    @api.model
    def _get_suppliers(self, known):
        """Give the suppliers of goods that they take back: ``{template: partners}``."""
        if "suppliers" not in known.cache:
            goods = self._get_goods(known).filtered(
                lambda t: (
                    not VENDOR_RETURNABLE.isdisjoint(t.reverse_trait_ids.mapped("code"))
                )
            )
            infos = self.env["product.supplierinfo"].search_fetch(
                [("product_tmpl_id", "in", goods.ids)],
                ["product_tmpl_id", "partner_id"],
            )
            known.cache["suppliers"] = {
                template: own.partner_id
                for template, own in infos.grouped("product_tmpl_id").items()
            }
        return known.cache["suppliers"]

    # ------------------------------------------------------------------
    # Customers, and suppliers that take goods back.
    # ------------------------------------------------------------------
    @api.model
    def _check_country(self, known, findings):
        self._look_at_customers(
            known,
            findings,
            "country",
            known.restricting("country"),
            lambda partner: not partner.country_id,
        )

    @api.model
    def _check_postal_code(self, known, findings):
        by_code = self.env["reverse.region"].search([("zip_prefixes", "!=", False)])
        demands = [
            demand
            for demand in known.restricting("region")
            if not demand.allowed["region"].isdisjoint(by_code.ids)
        ]
        self._look_at_customers(
            known, findings, "postal_code", demands, lambda partner: not partner.zip
        )

    @api.model
    def _look_at_customers(self, known, findings, code, demands, lacks):
        """Look at the customers that some rules may be about.

        :param lacks: function that says whether a customer lacks what they need
        """
        if not demands:
            return
        for partner in self._get_customers(known):
            values = {
                "partner": set(partner.ids),
                "partner_tag": set(partner.category_id.ids),
            }
            own = [demand for demand in demands if demand.concerns(values)]
            findings.look(
                code, self._key(partner), self._scope(partner), own, lacks(partner)
            )

    @api.model
    def _get_customers(self, known):
        """Give the customers, read once for all checks."""
        if "customers" not in known.cache:
            known.cache["customers"] = self._read_customers()
        return known.cache["customers"]

    @api.model
    def _read_customers(self):
        partners = self.env["res.partner"]
        bought = Domain("customer_rank", ">", 0)
        bought |= Domain("sale_order_ids.state", "=", "sale")
        customers = partners.search(bought).commercial_partner_id
        customers.fetch(_ADDRESS)
        return customers

    @api.model
    def _check_supplier_address(self, known, findings):
        suppliers = self.env["res.partner"].union(*self._get_suppliers(known).values())
        suppliers.fetch(_ADDRESS)
        for partner in suppliers:
            lacks = not (partner.street and partner.city and partner.country_id)
            findings.look(
                "supplier_address",
                self._key(partner),
                self._scope(partner),
                None,
                lacks,
            )

    # ------------------------------------------------------------------
    # Facilities that routes send goods to.
    # ------------------------------------------------------------------
    @api.model
    def _look_at_facilities(self, known, findings, code, wants, lacks):
        """Look at the facilities that routes send goods to.

        :param wants: function that says whether a route rule needs it
        :param lacks: function that says whether a facility lacks it
        """
        wanted = {}
        for rule in known.rules["reverse.route.rule"].filtered(wants):
            named = rule.target_id | rule.alternative_ids
            for facility in named | self._get_stand_ins(named):
                wanted.setdefault(facility, []).append(known.demands[rule])
        for facility, demands in wanted.items():
            findings.look(
                code,
                self._key(facility),
                self._scope(facility),
                demands,
                lacks(facility),
            )

    @api.model
    def _get_stand_ins(self, facilities):
        """Give what goods go to where these are full, closed or switched off."""
        found = facilities.browse()
        while facilities := facilities.fallback_id - found:
            found |= facilities
        return found

    @api.model
    def _check_facility_address(self, known, findings):
        def lacks(facility):
            address = facility._get_address()
            nowhere = facility.kind == "customer_keeps"
            return not (nowhere or (address.street and address.city))

        self._look_at_facilities(
            known, findings, "facility_address", lambda rule: True, lacks
        )

    @api.model
    def _check_facility_hours(self, known, findings):
        self._look_at_facilities(
            known,
            findings,
            "facility_hours",
            lambda rule: rule.needs_room,
            lambda facility: facility.receives and not facility._get_hours(),
        )

    @api.model
    def _check_facility_capacity(self, known, findings):
        self._look_at_facilities(
            known,
            findings,
            "facility_capacity",
            lambda rule: rule.needs_room,
            lambda facility: facility.receives and not facility.inspection_minutes,
        )

    @api.model
    def _check_facility_freight(self, known, findings):
        self._look_at_facilities(
            known,
            findings,
            "facility_freight",
            lambda rule: rule.cheapest,
            lambda facility: facility.receives and not facility.freight_ids,
        )

    # ------------------------------------------------------------------
    # Fee rules: what a fee is booked with, in every company that charges it.
    # ------------------------------------------------------------------
    @api.model
    def _get_fees(self, known, findings):
        """Give rule, company and fee product, for each company that a rule is for."""
        companies = self.env["res.company"].browse(findings.lineages)
        for rule in known.rules["reverse.fee.rule"]:
            scope = known.demands[rule].scope
            for company in companies:
                if scope is None or scope in findings.lineages[company.id]:
                    product = rule.product_id or company._find_reverse_fee_product()
                    yield rule, company, product.with_company(company)

    @api.model
    def _look_at_fees(self, known, findings, code, lacks):
        for rule, company, product in self._get_fees(known, findings):
            findings.look(
                code,
                self._key(rule),
                company.id,
                [known.demands[rule]],
                lacks(rule, company, product),
            )

    @api.model
    def _check_fee_product(self, known, findings):
        self._look_at_fees(
            known, findings, "fee_product", lambda rule, company, product: not product
        )

    @api.model
    def _check_fee_account(self, known, findings):
        self._look_at_fees(
            known,
            findings,
            "fee_account",
            lambda rule, company, product: (
                product and not product._get_product_accounts()["income"]
            ),
        )

    @api.model
    def _check_fee_tax(self, known, findings):
        self._look_at_fees(
            known,
            findings,
            "fee_tax",
            lambda rule, company, product: (
                company.account_sale_tax_id
                and not (rule.tax_ids | product.taxes_id)._filter_taxes_by_company(
                    company
                )
            ),
        )

    # ------------------------------------------------------------------
    # Rules that depend on what nobody can choose any more.
    # ------------------------------------------------------------------
    @api.model
    def _check_archived(self, known, findings):
        for rule, demand in known.demands.items():
            lacks = bool(rule._get_archived_names())
            findings.look("archived", self._key(rule), demand.scope, None, lacks)
