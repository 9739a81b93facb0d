from odoo import api, models

from .reverse_health import Check


class ReverseHealth(models.AbstractModel):
    """Fee rules: what a fee is booked with, in every company that charges it."""

    _inherit = "reverse.health"

    @api.model
    def _get_checks(self):
        return super()._get_checks() | {
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
        }

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
