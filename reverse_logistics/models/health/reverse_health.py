from collections import namedtuple

from odoo import api, models
from odoo.fields import Domain
from odoo.tools import split_every

from ...engine import health
from ..rules.facts import of_customer, of_goods

#: A check for one thing that records need: the method to ``run``, the ``kind`` of
#: record, the ``label`` of what is missing, and ``why`` it matters.
Check = namedtuple("Check", "run kind label why")


class Known:
    """What all checks look at, gathered once.

    :param rules: ``{model name: active rules}``
    :param demands: ``{rule: engine.health.Demand}``
    :ivar goods: the portion of all goods that is looked at
    """

    def __init__(self, rules, demands):
        self.rules = rules
        self.demands = demands
        self.cache = {}
        self.goods = None

    def turn_to(self, goods):
        """Look at another portion of the goods."""
        self.goods = goods
        self.cache.pop("product_values", None)

    def restricting(self, dimension):
        """Give the demands of rules that restrict a dimension."""
        return [d for d in self.demands.values() if dimension in d.allowed]

    def of(self, rules):
        """Give the demands of some rules."""
        return [self.demands[rule] for rule in rules]


#: The liable parties that stand for a defect.
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
#: Goods that are in memory at a time: a catalogue may have hundreds of thousands.
PORTION = 5000
_ADDRESS = ("company_id", "country_id", "zip", "street", "city", "category_id")


class ReverseHealth(models.AbstractModel):
    """Check which master data lacks what active rules need.

    To add a check, describe it in ``_get_checks()`` under a code, with the method that
    looks at the records and calls ``findings.look(code, key, company, demands, lacks)``
    for each. The number of queries must not grow with the number of records. Checks of
    the kind ``product`` run once for each portion of the goods in ``known.goods``.
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
                self._check_category,
                "product",
                self.env._("No category"),
                self.env._("Rules with categories do not apply to this product."),
            ),
            "serial": Check(
                self._check_serial,
                "product",
                self.env._("Not tracked by lot or serial number"),
                self.env._(
                    "A rule refuses returns without a serial number. The product has "
                    "none, so that nobody is asked for it."
                ),
            ),
            "weight": Check(
                self._check_weight,
                "product",
                self.env._("No weight"),
                self.env._(
                    "A route prefers the cheapest freight, which goes by weight."
                ),
            ),
            "warranty": Check(
                self._check_warranty,
                "product",
                self.env._("No warranty"),
                self.env._(
                    "A rule about defects leaves the warranty to the product, which "
                    "has none: only the return window counts."
                ),
            ),
            "un_number": Check(
                self._check_un_number,
                "product",
                self.env._("Dangerous, without a UN number"),
                self.env._(
                    "Without it nobody may send the goods back or carry them, and no "
                    "hazard declaration can be checked."
                ),
            ),
            "handling": Check(
                self._check_handling,
                "product",
                self.env._("No handling on return"),
                self.env._(
                    "The goods are hazardous, temperature-controlled or regulated: "
                    "customers and receivers are not told how to handle them."
                ),
            ),
            "life": Check(
                self._check_life,
                "product",
                self.env._("Minimum life, but not tracked"),
                self.env._(
                    "How long goods can still be used is known of lots only: the "
                    "minimum remaining life is never checked."
                ),
            ),
            "supplier": Check(
                self._check_supplier,
                "product",
                self.env._("Goes back to a supplier, and has none"),
                self.env._("Nobody knows whom to send the goods back to."),
            ),
            "country": Check(
                self._check_country,
                "customer",
                self.env._("No country"),
                self.env._(
                    "Rules for a country, and the law of one, pass the customer over."
                ),
            ),
            "postal_code": Check(
                self._check_postal_code,
                "customer",
                self.env._("No postal code"),
                self.env._(
                    "A rule asks for a region, and regions are told by postal codes: "
                    "it passes the customer over."
                ),
            ),
            "supplier_address": Check(
                self._check_supplier_address,
                "supplier",
                self.env._("No address"),
                self.env._("Goods that go back to the supplier cannot be sent."),
            ),
            "facility_address": Check(
                self._check_facility_address,
                "facility",
                self.env._("No address"),
                self.env._("Customers are not told where to send the goods."),
            ),
            "facility_hours": Check(
                self._check_facility_hours,
                "facility",
                self.env._("No receiving hours"),
                self.env._(
                    "A route asks whether there is room, and nobody knows when goods "
                    "are received and inspected."
                ),
            ),
            "facility_capacity": Check(
                self._check_facility_capacity,
                "facility",
                self.env._("No inspection minutes"),
                self.env._(
                    "A route asks whether there is room: without a limit there always "
                    "is."
                ),
            ),
            "facility_freight": Check(
                self._check_facility_freight,
                "facility",
                self.env._("No freight"),
                self.env._(
                    "A route prefers the cheapest freight, which is not known to here."
                ),
            ),
            "fee_product": Check(
                self._check_fee_product,
                "rule",
                self.env._("No product for the fee"),
                self.env._("The fee cannot be put on a credit note or an invoice."),
            ),
            "fee_account": Check(
                self._check_fee_account,
                "rule",
                self.env._("No account for the fee"),
                self.env._(
                    "Its product has no income account: the credit note cannot be "
                    "posted."
                ),
            ),
            "fee_tax": Check(
                self._check_fee_tax,
                "rule",
                self.env._("No tax on the fee"),
                self.env._(
                    "The company charges taxes, but neither the rule nor its product "
                    "names one: the fee is charged without."
                ),
            ),
            "archived": Check(
                self._check_archived,
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
        """Run all checks on all master data.

        :rtype: engine.health.Findings
        """
        # sudo: the result must not depend on who starts the check; nor must the
        # language of stored names
        main = self.env["res.company"]._get_main_company()
        own = self.sudo().with_context(
            active_test=True, lang=main.sudo().partner_id.lang
        )
        companies = own.env["res.company"].search([("active", "=", True)])
        findings = health.Findings(
            {company.id: set(company.parent_ids.ids) for company in companies}
        )
        known = own._get_known()
        checks = own._get_checks().values()
        for check in checks:
            if check.kind != "product":
                check.run(known, findings)
        for goods in own._get_portions():
            known.turn_to(goods)
            for check in checks:
                if check.kind == "product":
                    check.run(known, findings)
            own.env.invalidate_all()
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
    # Goods that are sold, and what has to be known of them when they come back
    # ------------------------------------------------------------------
    @api.model
    def _get_portions(self):
        """Give the goods that are sold, a portion at a time, read for all checks."""
        goods = self.env["product.template"].search(
            [("type", "=", "consu"), ("sale_ok", "=", True)]
        )
        for ids in split_every(PORTION, goods.ids):
            # Archived tags, traits and variants still count for these goods.
            portion = goods.browse(ids).with_context(active_test=False)
            portion.fetch(_FIELDS)
            portion.product_variant_ids.fetch(["additional_product_tag_ids", "weight"])
            yield portion

    @api.model
    def _get_product_values(self, known):
        """Give what rules can ask about goods: ``{template: {dimension: ids}}``."""
        if "product_values" not in known.cache:
            known.cache["product_values"] = {
                template: of_goods(self._get_variants(template))
                for template in known.goods
            }
        return known.cache["product_values"]

    @api.model
    def _get_variants(self, template):
        """Give the variants of goods, or one in memory while there is none."""
        variants = template.product_variant_ids
        return variants or variants.new({"product_tmpl_id": template.id})

    @api.model
    def _get_concerned(self, known, demands, without=()):
        """Give ``(goods, demands about them)`` for goods with any such demand.

        :param without: dimensions that are not compared
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
            # Each variant has a weight of its own.
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
    # What goods need because of their traits, whatever rules say
    # ------------------------------------------------------------------
    @api.model
    def _look_at_traits(self, known, findings, code, traits, lacks):
        """Look at the goods that have any of these traits, whatever rules say.

        :param traits: codes of traits
        :param lacks: function that tells whether a template lacks what it needs
        """
        for template in known.goods:
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
        for template in known.goods.filtered("reverse_min_life_days"):
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
        """Give the suppliers that take goods back: ``{template: partners}``."""
        if "suppliers" not in known.cache:
            returnable = [
                ("product_tmpl_id.type", "=", "consu"),
                ("product_tmpl_id.sale_ok", "=", True),
                ("product_tmpl_id.reverse_trait_ids.code", "in", [*VENDOR_RETURNABLE]),
            ]
            infos = self.env["product.supplierinfo"].search_fetch(
                returnable, ["product_tmpl_id", "partner_id"]
            )
            known.cache["suppliers"] = {
                template: own.partner_id
                for template, own in infos.grouped("product_tmpl_id").items()
            }
        return known.cache["suppliers"]

    # ------------------------------------------------------------------
    # Customers, and suppliers that take goods back
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

        :param lacks: function that tells whether a customer lacks what rules need
        """
        if not demands:
            return
        for partner in self._get_customers(known):
            values = of_customer(partner)
            own = [demand for demand in demands if demand.concerns(values)]
            findings.look(
                code, self._key(partner), self._scope(partner), own, lacks(partner)
            )

    @api.model
    def _get_customers(self, known):
        """Give the customers, read only once for all checks."""
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
    # Facilities to which routes send goods
    # ------------------------------------------------------------------
    @api.model
    def _look_at_facilities(self, known, findings, code, wants, lacks):
        """Look at the facilities to which routes send goods.

        :param wants: function that tells whether a route rule needs it
        :param lacks: function that tells whether a facility lacks it
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
        """Give the facilities that stand in when these are full, closed or off."""
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
    # Fee rules: how a fee is booked in each company that charges it
    # ------------------------------------------------------------------
    @api.model
    def _get_fees(self, known, findings):
        """Give ``(rule, company, fee product)`` for each company of each rule."""
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
    # Rules that depend on something archived
    # ------------------------------------------------------------------
    @api.model
    def _check_archived(self, known, findings):
        for rule, demand in known.demands.items():
            lacks = bool(rule._get_archived_names())
            findings.look("archived", self._key(rule), demand.scope, None, lacks)
