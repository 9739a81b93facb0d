from odoo import models

from ...engine.dimensions import DIMENSIONS

#: Conditions of which customers read; a rule with another one is about somebody, or
#: about work inside the company, and is not shown.
SHOWN = ("category_ids", "product_ids", "trait_ids", "reason_ids", "country_ids")
HIDDEN = tuple(
    each.field
    for each in DIMENSIONS.values()
    if each.field not in (*SHOWN, "company_id", "channel_ids")
)


class ReversePolicyVersion(models.Model):
    """A version as customers read it: what it says to everybody, in plain words."""

    _inherit = "reverse.policy.version"

    def _get_public_rules(self):
        """Give what customers read of the rules, from the special to the general.

        How credits are released, and what stays with customers, is not told: it says
        how to get money without goods.

        :return: ``{"rights": rows, "rules": rows, "fees": rows}``, each row
            ``(for what, words)``
        """
        # sudo: what is published
        version = self.sudo().with_context(active_test=False)
        return {
            "rights": [
                (
                    [*rule._get_public_heading(), *self._name_conditions(rule)],
                    list(rule._get_public_words()),
                )
                for rule in version.legal_rule_ids
                if self._is_public(rule)
            ],
            "rules": [
                (self._name_conditions(rule), rule._get_public_words())
                for rule in version.rule_ids
                if self._is_public(rule)
            ],
            "fees": [
                (self._name_conditions(rule), rule._get_words())
                for rule in version.fee_rule_ids
                if self._is_public(rule)
            ],
        }

    def _is_public(self, rule):
        """Whether a rule is about goods and reasons, and not about somebody."""
        channels = rule.channel_ids
        portal = self.env.ref("reverse_logistics.channel_portal")
        return not any(rule[name] for name in HIDDEN if name in rule._fields) and (
            not channels or portal in channels
        )

    def _name_conditions(self, rule):
        """Say in names what a rule is for; empty where it is for everything."""
        return [
            ", ".join(rule[name].mapped("display_name"))
            for name in SHOWN
            if name in rule._fields and rule[name]
        ]

    def _get_general_rules(self, kind="rule_ids"):
        """Give the rules for everybody and everything.

        :param str kind: name of the rules of one kind
        """
        # sudo: what is published
        return self.sudo()[kind].filtered(
            lambda rule: self._is_public(rule) and not self._name_conditions(rule)
        )

    def _get_public_window(self):
        """Give the days from delivery within which goods may come back, where one rule
        says it for all of them; else None.
        """
        rule = self._get_general_rules()
        only = len(rule) == 1 and self.sudo().rule_ids == rule  # sudo: as above
        if not only or not rule.returnable or rule.unlimited:
            return None
        return rule.window_days if rule.window_from == "delivery" else None

    def _get_structured_policy(self, company):
        """Give the general terms as search engines read them (MerchantReturnPolicy of
        schema.org), nothing where there is no rule for everything.
        """
        rule = self._get_general_rules()[:1]
        if not rule:
            return {}
        policy = {
            "@context": "https://schema.org",
            "@type": "MerchantReturnPolicy",
            "merchantReturnLink": (
                f"{self.get_base_url()}/returns/policy?company={company.id}"
            ),
        }
        if company.country_id:
            policy["applicableCountry"] = company.country_id.code
        if not rule.returnable:
            kind = "MerchantReturnNotPermitted"
        elif rule.unlimited:
            kind = "MerchantReturnUnlimitedWindow"
        else:
            kind = "MerchantReturnFiniteReturnWindow"
            policy["merchantReturnDays"] = rule.window_days
        policy["returnPolicyCategory"] = f"https://schema.org/{kind}"
        return policy | self._get_structured_fee(company)

    def _get_structured_fee(self, company):
        """Give the fee for everything as search engines read it, if there is one.

        They read one number, a percentage, or one amount; other fees are only said.
        """
        fee = self._get_general_rules("fee_rule_ids")[:1]
        amounts = fee._get_charged()
        if amounts.keys() <= {"maximum"}:
            return {}
        terms = {"returnFees": "https://schema.org/RestockingFees"}
        if amounts.keys() == {"percent"}:
            terms["restockingFee"] = amounts["percent"]
        elif amounts.keys() == {"fixed"}:
            terms["restockingFee"] = {
                "@type": "MonetaryAmount",
                "value": amounts["fixed"],
                "currency": company.currency_id.name,
            }
        return terms
