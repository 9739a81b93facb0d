from datetime import timedelta

from odoo import api, fields, models

from ...engine import legal


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
        guarded="decision",
    )

    def _get_legal_rights(self, version):
        rules = version._get_rules("legal")
        if not rules.terms:
            return super()._get_legal_rights(version)
        facts = self._get_rule_facts(rules.dimensions, rules.by_value)
        known = self._get_legal_facts()
        compiled = self._compile_legal(rules)
        rights = {line: compiled.find(known[line], facts[line]) for line in self}
        return super()._get_legal_rights(version) | {
            line: right for line, right in rights.items() if right
        }

    def _get_legal_doubts(self, version, rights):
        """Say of stated withdrawals that are no clear right why: ``{line: Doubt}``."""
        stated = self.filtered(
            lambda line: line.rma_id.basis == "withdrawal" and line not in rights
        )
        if not stated:
            return {}
        rules = version._get_rules("legal")
        facts = stated._get_rule_facts(rules.dimensions, rules.by_value)
        known = stated._get_legal_facts()
        compiled = self._compile_legal(rules)
        return {line: compiled.doubt(known[line], facts[line]) for line in stated}

    @api.model
    def _compile_legal(self, rules):
        convert = self.env["reverse.legal.rule"]._to_engine
        return legal.compile_legal(
            rules.ruleset.rules,
            {key: convert(key, terms) for key, terms in rules.terms.items()},
        )

    def _explain(self, decision, known, terms, sentences):
        sentence = super()._explain(decision, known, terms, sentences)
        if not decision.freight_payer or self.undelivered:
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
        # A withdrawal of which no rule says so is not charged for, either.
        stated = not basis and self.rma_id.basis == "withdrawal"
        # sudo: what the law says binds whoever charges the fee
        return stated or basis.sudo().no_fee or super()._is_fee_forbidden(verdict)

    def _get_legal_facts(self):
        """Gather what the law asks: ``{line: engine.legal.LegalFacts}``."""
        traits = self._get_traits()
        # sudo: days, address and orders are the customer's own, whoever asks
        lines = self.sudo().with_prefetch()
        orders = lines.sale_line_id.order_id._get_reverse_deliveries()
        delivered = lines._get_possessed_on()
        holidays = self.env["reverse.holiday"]
        facts = {}
        for line, own in zip(self, lines, strict=True):
            rma, order = own.rma_id, own.sale_line_id.order_id
            last, to_deliver = orders.get(order, (None, False))
            partner = rma.partner_id
            if not partner.country_id:
                partner = rma.commercial_partner_id
            told = order.reverse_informed
            facts[line] = legal.LegalFacts(
                stated_on=line._get_decision_day(),
                delivered_on=delivered[own],
                last_delivered_on=last,
                to_deliver=to_deliver,
                sold=own._is_sale_known(),
                stated=rma.basis == "withdrawal",
                consumer=rma.commercial_partner_id.reverse_audience != "business",
                defective=own._is_defective(),
                traits=frozenset(traits[line].ids),
                informed=told == "order" if told in ("order", "no") else None,
                informed_on=order.reverse_informed_on if told == "later" else None,
                calendar=holidays._get_calendar(
                    partner.country_id.id, partner.state_id.id
                ),
            )
        return facts

    def _get_possessed_on(self):
        """Give the day on which the customer had these goods, None when unknown.

        Of a sale before Odoo only its own day is known, and no transfer.

        :rtype: dict[reverse.rma.line, date]
        """
        by_move = self.move_id._get_reverse_possessed_on()
        times = self.env["reverse.transit.time"]
        found = {}
        for line in self:
            day = by_move.get(line.move_id) or line._get_delivered_on()
            if day and not line.move_id:
                keys = {"country": line.rma_id.partner_id.country_id.id}
                day += timedelta(times._find_days(line.company_id, keys))
            found[line] = day
        return found


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _get_reverse_deliveries(self):
        """Tell when customers had the last goods of these orders, and whether there is
        more to come.

        :return: ``{order: (day or None, whether something is to be delivered)}``
        """
        moves = self.order_line.move_ids.filtered(
            lambda m: (
                m.state != "cancel"
                and not m.origin_returned_move_id
                and not m.reverse_settlement_line_id
                and m.location_dest_id._is_outgoing()
            )
        )
        done = moves.filtered(lambda m: m.state == "done")
        days = done._get_reverse_possessed_on()
        by_order = {
            order: own.grouped("state")
            for order, own in moves.grouped(lambda m: m.sale_line_id.order_id).items()
        }
        return {
            order: (
                max((days[move] for move in states.get("done", ())), default=None),
                bool(states.keys() - {"done"}),
            )
            for order, states in by_order.items()
        }
