from collections import namedtuple

from odoo import api, models

from ...engine import health

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
        return {}

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
