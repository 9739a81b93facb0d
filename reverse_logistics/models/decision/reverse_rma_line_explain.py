from odoo import models


class ReverseRmaLine(models.Model):
    """The sentence a customer reads of a decision."""

    _inherit = "reverse.rma.line"

    def _explain(self, decision, known, terms, sentences):
        """Say a decision in a sentence that a customer can read.

        :param decision: engine.eligibility.Decision
        :param known: engine.eligibility.Facts
        :param terms: engine.eligibility.Terms, None without a rule
        :param dict sentences: of ``_get_sentences``
        """
        code = decision.code
        if code in ("in_window", "late", "manual"):
            known_start = terms.window_from if decision.days is not None else "unknown"
            code = f"{code}_{known_start}"
        if code == "withdrawal" and not decision.until:
            code = "withdrawal_begins"
        if code.startswith("in_window_") and terms.window_days is None:
            code = "in_window_unlimited"
        sentence = sentences[code]
        values = self._get_explanation_values(decision, known, terms)
        format_ = self.company_id.currency_id.format
        amounts = self._get_explanation_amounts(known, terms)
        return sentence % {
            **values,
            # Most sentences name no amount, and formatting one takes its time.
            **{
                name: format_(amount)
                for name, amount in amounts.items()
                if f"%({name})s" in sentence
            },
        }

    def _get_explanation_amounts(self, known, terms):
        return {
            "value": known.value,
            "product_value": known.product_value,
            "min_value": known.min_value,
            "left": max(known.quota_left or 0.0, 0.0),
            "max_value": terms.max_value if terms else 0.0,
        }

    def _get_explanation_values(self, decision, known, terms):
        unit = self.product_id.uom_id
        values = {
            "ago": self._format_ago(decision.days),
            "missing": self._name_proofs(decision.missing),
            "until": decision.until and self._format_day(decision.until),
            "quantity": known.quantity,
            "pack": known.pack and unit._say_reverse(known.pack),
            "min_life": self._format_days(known.min_life_days),
        }
        if terms:
            values |= {
                "window": self._format_days(terms.window_days),
                "max_quantity": terms.max_quantity
                and unit._say_reverse(terms.max_quantity),
                "offered": self._name_offered(terms.withheld),
            }
        return values

    def _format_day(self, day):
        language = self.env["res.lang"]._get_data(code=self.env.lang or "en_US")
        return day.strftime(language.date_format or "%Y-%m-%d")

    def _format_days(self, days):
        if days == 1:
            return self.env._("1 day")
        return self.env._("%(days)s days", days=days)

    def _format_ago(self, days):
        if days in (0, 1):
            return self.env._("yesterday") if days else self.env._("today")
        return self.env._("%(days)s days ago", days=days)

    def _name_proofs(self, codes):
        rules = self.env["reverse.policy.rule"]._fields
        return ", ".join(
            rules[f"proof_{code}"]._description_string(self.env).lower()
            for code in codes
        )

    def _name_offered(self, withheld):
        kinds = self.rma_id._fields["settlement_type"]._description_selection(self.env)
        return ", ".join(
            label.lower()
            for code, label in kinds
            if code not in withheld and code != "none"
        )

    def _get_sentences(self):
        """Give the sentence of each code, with places for values."""
        return {
            **self._get_window_sentences(),
            **self._get_limit_sentences(),
            "no_source": self.env._(
                "We found no delivery of this product that can be returned."
            ),
            "no_rule": self.env._(
                "No rule of our returns policy is about this; a person decides."
            ),
            "proof": self.env._(
                "We need this before it can be returned: %(missing)s. Please add it."
            ),
            "proof_lawful": self.env._(
                "A person decides, because this is missing: %(missing)s."
            ),
            "carrier": self.env._(
                "The parcel never reached the customer, so no return window applies."
            ),
            "withdrawal": self.env._(
                "You may withdraw from this purchase until %(until)s."
            ),
            "withdrawal_begins": self.env._(
                "You may withdraw from this purchase; the time for it begins when "
                "everything has been delivered."
            ),
            "withdrawal_late": self.env._(
                "You could withdraw from this purchase until %(until)s; a person looks "
                "at it."
            ),
            "withdrawal_excluded": self.env._(
                "The law may exclude goods of this kind from withdrawal; a person "
                "looks at it."
            ),
            "withdrawal_business": self.env._(
                "Consumers may withdraw, and we know you as a business; a person looks "
                "at it."
            ),
            "withdrawal_no_rule": self.env._(
                "We have no rule about withdrawal where you live; a person looks at it."
            ),
            "withdrawal_no_sale": self.env._(
                "We do not know with which order this was bought; a person looks at it."
            ),
            "statutory_warranty": self.env._(
                "By law we answer for defects of this until %(until)s."
            ),
            "commercial": self.env._("Our guarantee covers this until %(until)s."),
            "warranty": self.env._("The warranty covers this until %(until)s."),
            "final_sale": self.env._("This product was a final sale."),
        }

    def _get_window_sentences(self):
        return {
            "in_window_delivery": self.env._(
                "Delivered %(ago)s, within the %(window)s for returns."
            ),
            "in_window_invoice": self.env._(
                "Invoiced %(ago)s, within the %(window)s for returns."
            ),
            "in_window_order": self.env._(
                "Ordered %(ago)s, within the %(window)s for returns."
            ),
            "in_window_unlimited": self.env._(
                "This product can be returned at any time."
            ),
            "late_delivery": self.env._(
                "Delivered %(ago)s; this product can be returned for %(window)s."
            ),
            "late_invoice": self.env._(
                "Invoiced %(ago)s; this product can be returned for %(window)s."
            ),
            "late_order": self.env._(
                "Ordered %(ago)s; this product can be returned for %(window)s."
            ),
            "manual_delivery": self.env._(
                "Delivered %(ago)s; returns are checked by a person."
            ),
            "manual_invoice": self.env._(
                "Invoiced %(ago)s; returns are checked by a person."
            ),
            "manual_order": self.env._(
                "Ordered %(ago)s; returns are checked by a person."
            ),
            "manual_unknown": self.env._("Returns are checked by a person."),
            "no_delivery": self.env._(
                "The time for returns counts from the delivery, which is not known."
            ),
            "no_invoice": self.env._(
                "The time for returns counts from the invoice, and there is none yet."
            ),
            "no_order": self.env._(
                "The time for returns counts from the order, which is not known."
            ),
        }

    def _get_limit_sentences(self):
        return {
            "settlement": self.env._("For this product we offer: %(offered)s."),
            "max_quantity": self.env._(
                "At most %(max_quantity)s can be returned at once."
            ),
            "max_value": self.env._(
                "Goods of at most %(max_value)s can be returned at once."
            ),
            "min_value": self.env._(
                "This is worth %(product_value)s; it can be returned from "
                "%(min_value)s on."
            ),
            "pack": self.env._("This product comes back in packs of %(pack)s only."),
            "life": self.env._(
                "It has to be usable for another %(min_life)s to be returned."
            ),
            "order": self.env._(
                "Your agreement allows this against a new order only. Please name it."
            ),
            "quota": self.env._(
                "This is worth %(value)s; %(left)s are left of what your agreement "
                "allows this year."
            ),
        }
