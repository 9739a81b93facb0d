from odoo import fields, models


class ReverseRma(models.Model):
    _inherit = "reverse.rma"

    def _get_fact_day(self, lines):
        """The company's day for which rules about these lines are looked up."""
        # a slice would forget what is read ahead for the other returns
        first = next(iter(lines), None)
        if first is None:
            return self.company_id._get_reverse_today()
        return first._get_decision_day()


class ReverseRmaLine(models.Model):
    """Lines that exist in memory only, to ask policy what it would say of them.

    Policy decides as of the request, with what there is: when somebody names the source
    later, no window has passed by. A withdrawal is decided as of the day it was stated.
    A line made by ``new()`` can be asked about another moment and on the assumption
    that nothing is missing. Facts that depend on the day read it from
    ``_get_decision_moment``, and look up by ``_origin`` what is stored of a line.
    """

    _inherit = "reverse.rma.line"

    as_of = fields.Datetime(store=False)
    with_proofs = fields.Boolean(store=False)

    def _is_in_memory(self):
        self.ensure_one()
        return not self.id

    def _get_decision_moment(self):
        """The moment of which policy is asked: that of the request, now before it."""
        if self._is_in_memory() and self.as_of:
            return self.as_of
        rma = self.rma_id
        asked = rma.state != "draft" and rma.requested_at
        return asked or fields.Datetime.now()

    def _get_decision_day(self):
        """The day of which policy is asked, see there; of withdrawals, that of the
        statement.
        """
        stated = self.rma_id.basis == "withdrawal" and self.rma_id.stated_on
        return stated or self._local_day(self._get_decision_moment())

    def _add_assumed_proofs(self, proofs, terms):
        """Give the proofs that are there, or would be because the rule asks for them.

        :param frozenset proofs: codes of those that are there
        :param terms: engine.eligibility.Terms, None without a rule
        """
        if terms and self._is_in_memory() and self.with_proofs:
            return proofs | terms.proofs
        return proofs
