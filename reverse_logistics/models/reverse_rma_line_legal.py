from odoo import fields, models

from ..engine import legal


class ReverseRmaLine(models.Model):
    """The right by which a customer brings goods back, whatever policy says."""

    _inherit = "reverse.rma.line"

    legal_basis_id = fields.Many2one(
        "reverse.legal.rule",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="Above window, fee and freight of the policy.",
    )

    def _get_decision_fields(self):
        return super()._get_decision_fields() | {"legal_basis_id"}

    def _get_legal_rights(self, version):
        rules = version._get_rules("legal")
        if not rules.terms:
            return super()._get_legal_rights(version)
        facts = self._get_rule_facts(rules.dimensions, rules.by_value)
        known = self._get_legal_facts()
        convert = self.env["reverse.legal.rule"]._to_engine
        compiled = legal.compile_legal(
            rules.ruleset.rules,
            {key: convert(key, terms) for key, terms in rules.terms.items()},
        )
        rights = {line: compiled.find(known[line], facts[line]) for line in self}
        return super()._get_legal_rights(version) | {
            line: right for line, right in rights.items() if right
        }

    def _explain(self, decision, known, terms, sentences):
        sentence = super()._explain(decision, known, terms, sentences)
        if not decision.freight_payer:
            return sentence
        return f"{sentence} {sentences[f'freight_{decision.freight_payer}']}"

    def _get_sentences(self):
        return {
            **super()._get_sentences(),
            "freight_company": self.env._("We pay for sending it back."),
            "freight_customer": self.env._("The customer pays for sending it back."),
        }

    def _is_fee_forbidden(self, verdict=None):
        basis = self.legal_basis_id
        if verdict is not None:
            basis = basis.browse(verdict.get("legal_basis_id") or ())
        # sudo: what the law says binds whoever charges the fee
        return basis.sudo().no_fee or super()._is_fee_forbidden(verdict)

    def _get_legal_facts(self):
        """Gather what the law asks: ``{line: engine.legal.LegalFacts}``."""
        traits = self._get_traits()
        return {
            line: legal.LegalFacts(
                requested_on=line._get_decision_day(),
                delivered_on=line._get_delivered_on(),
                consumer=not line.rma_id.commercial_partner_id.is_company,
                defective=line._is_defective(),
                traits=frozenset(traits[line].ids),
            )
            for line in self
        }
