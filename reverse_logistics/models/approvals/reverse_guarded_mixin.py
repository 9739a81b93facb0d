from odoo import models

from ..base.reverse_guarded_mixin import DUTIES

#: Duties that a deputy takes over; the others are work, which a colleague with the role
#: does in their own name.
DELEGATED = frozenset({"approver"})


class ReverseGuardedMixin(models.AbstractModel):
    """Steps that a deputy takes."""

    _inherit = "reverse.guarded.mixin"

    def _get_delegations(self, duty):
        """Give the delegations by which the acting user has a duty for all records."""
        delegations = self.env["reverse.delegation"]
        if duty not in DELEGATED:
            return delegations
        own = delegations._get_own()
        group = self.env.ref(DUTIES[duty])
        # sudo: the companies of what they decide about
        for company in self.sudo().company_id or self.env.company:
            own = own._in_force(group, company)
        return own

    def _find_delegation(self, duty, excluded):
        """Give the delegation to act by: rather one of a colleague who may, too."""
        own = self._get_delegations(duty)
        for delegation in own:
            steps = self._find_earlier_steps(delegation.delegator_id, excluded)
            if not any(steps.values()):
                return delegation
        return own[:1]

    def _note_deputy(self, delegation, duty):
        if delegation:
            self.env["reverse.event"]._log(
                self,
                "DeputyActed",
                {"for_user": delegation.delegator_id.id, "duty": duty},
            )

    # ------------------------------------------------------------------
    # What a step is about, as far as combined duties are limited by it.
    # ------------------------------------------------------------------
    def _get_return(self):
        """Give the return that documents belong to."""
        return self if self._name == "reverse.rma" else self.rma_id

    def _get_duty_uses(self):
        """Give ``{record: dict of key, rma, company, facility, channel, amount}``."""
        amounts = self._get_duty_amounts()
        uses = {}
        # sudo: place and value of what the acting user decides about
        for record, known in zip(self, self.sudo(), strict=True):
            rma = known._get_return()
            uses[record] = {
                "key": f"{rma._name},{rma.id}",
                "rma": rma,
                "company": rma.company_id,
                "facility": rma.facility_id,
                "channel": rma.channel_id,
                "amount": amounts[record],
            }
        return uses

    def _get_duty_amounts(self):
        """Give what each document is about, in its company's currency."""
        # sudo: as above
        records = self.sudo()
        values = records._get_return().line_ids._get_values_at_stake()
        return {
            record: sum(values[line] for line in known._get_return().line_ids)
            for record, known in zip(self, records, strict=True)
        }
