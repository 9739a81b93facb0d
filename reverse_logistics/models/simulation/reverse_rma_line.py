from dataclasses import replace

from odoo import models

from ...engine import routing


class ReverseRmaLine(models.Model):
    """What a simulation records about a line, which only exists in memory."""

    _inherit = "reverse.rma.line"

    def _prepare_simulated(self, value):
        """Give the values of a result that do not depend on the deciding version.

        :param float value: net value in the company's currency
        """
        self.ensure_one()
        return {
            "company_id": self.company_id.id,
            "document": (self._origin.rma_id or self.move_id.picking_id).name,
            "rma_line_id": self._origin.id,
            "move_id": self.move_id.id,
            "partner_id": self.rma_id.partner_id._origin.id,
            "product_id": self.product_id.id,
            "quantity": self.quantity,
            "uom_id": self.uom_id.id,
            "day": self._get_decision_day(),
            "value": value,
        }

    # ------------------------------------------------------------------
    # What it would cost us to bring goods back
    #
    # Facilities are assumed to be open and to have room, because nobody knows how much
    # room they had at another time.
    # ------------------------------------------------------------------
    def _get_kept_verdicts(self):
        """Give what policy decided when the lines were requested.

        :return: ``{line: verdict}``
        """
        amounts = {rma: rma._origin.freight_estimate for rma in self.rma_id}
        verdicts = {
            line: {
                "decision": line.decision,
                "explanation": line.explanation,
                "policy_rule_id": line.policy_rule_id.id,
                "legal_basis_id": line.legal_basis_id.id,
                "returnless": line.returnless,
                "fee": line.fee,
            }
            for line in self
        }
        freights = self._charge_freights(amounts, verdicts)
        return {
            line: {**verdict, "freight": freights[line]}
            for line, verdict in verdicts.items()
        }

    def _suppose_freights(self, version, verdicts):
        """Give each line its share of the freight to where a version would send it.

        :param version: the version of policy
        :param verdicts: ``{line: verdict}`` of that version
        :return: ``{line: amount in the company's currency}``
        """
        company = self.company_id
        days = {line.rma_id: line._get_decision_day() for line in self}
        compiled = self.env["reverse.facility"]._compile_sites(company.id)
        open_sites = {site.id: replace(site, off=False) for site in compiled.open}
        if not any(site.rates for site in compiled.open):
            return dict.fromkeys(self, 0.0)
        sites = {company: {**dict.fromkeys(compiled.gone), **open_sites}}
        rules = self._match_routes({company: version})
        coming = self.filtered(lambda line: not verdicts[line]["returnless"])
        requests = self.rma_id._get_route_requests(rules, days, sites, coming)
        amounts = {
            rma: routing.choose(request, open_sites).amount or 0.0
            for rma, request in requests.items()
        }
        return self._charge_freights(amounts, verdicts)

    def _charge_freights(self, amounts, verdicts):
        """Share freight out by weight, among lines that come back at our expense.

        :param amounts: ``{return: freight of all its lines}``
        :param verdicts: ``{line: verdict}``
        :return: ``{line: amount in the company's currency}``
        """
        # sudo: whoever simulates need not read legal rules
        laws = self.env["reverse.legal.rule"].sudo()
        bases = {verdict["legal_basis_id"] for verdict in verdicts.values()}
        laws = laws.browse(sorted(bases - {False, None}))
        theirs = set(laws.filtered(lambda law: law.freight_payer == "customer").ids)
        shares = self._get_freight_shares(self.rma_id.line_ids._get_weights())
        return {
            line: 0.0
            if verdicts[line]["returnless"]
            or verdicts[line]["legal_basis_id"] in theirs
            else line.company_id.currency_id.round(amounts[line.rma_id] * shares[line])
            for line in self
        }
