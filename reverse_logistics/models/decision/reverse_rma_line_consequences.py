from odoo import fields, models

from ..policy.reverse_policy_rule import CREDIT_RELEASES


class ReverseRmaLine(models.Model):
    """What follows from the decision: when credit is released, what may stay."""

    _inherit = "reverse.rma.line"

    warranty_until = fields.Date(
        readonly=True,
        copy=False,
        help="Of these goods, as it was when policy decided.",
        guarded="decision",
    )
    credit_release = fields.Selection(
        CREDIT_RELEASES,
        "Credit",
        readonly=True,
        copy=False,
        guarded="decision",
    )
    returnless = fields.Boolean(
        "Customer Keeps It",
        readonly=True,
        copy=False,
        help="By policy, the goods need not come back.",
        guarded="decision",
    )

    def _get_consequences(self, decision):
        return super()._get_consequences(decision) | {
            "warranty_until": decision.warranty_until,
            "credit_release": decision.release,
            "returnless": decision.returnless,
        }

    def _explain(self, decision, known, terms, sentences):
        sentence = super()._explain(decision, known, terms, sentences)
        if not decision.returnless:
            return sentence
        return f"{sentence} {sentences['returnless']}"

    def _get_sentences(self):
        return {
            **super()._get_sentences(),
            "returnless": self.env._("You can keep it."),
        }
