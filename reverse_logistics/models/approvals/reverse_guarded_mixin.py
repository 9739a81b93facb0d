from odoo import models

from ..base.reverse_guarded_mixin import DUTIES

#: Duties that a deputy takes over. The others are work that any colleague with the role
#: can do in their own name.
DELEGATED = frozenset({"approver"})


class ReverseGuardedMixin(models.AbstractModel):
    """Let deputies take steps, and say what limits of combined duties count."""

    _inherit = "reverse.guarded.mixin"

    def _get_delegations(self, duty):
        """Give the delegations by which the acting user has a duty for all records."""
        delegations = self.env["reverse.delegation"]
        if duty not in DELEGATED:
            return delegations
        own = delegations._get_own()
        group = self.env.ref(DUTIES[duty])
        # sudo: only the companies of the records are read
        for company in self.sudo().company_id or self.env.company:
            own = own._in_force(group, company)
        return own

    def _find_delegation(self, duty, excluded):
        """Choose the delegation to act by, empty without one.

        Delegations of colleagues who took no earlier step themselves come first.
        """
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
    # What the limits of combined duties count
    # ------------------------------------------------------------------
    def _get_return(self):
        """Give the returns that these documents belong to."""
        return self if self._name == "reverse.rma" else self.rma_id

    def action_view_rma(self):
        """Open the return that this belongs to."""
        self.ensure_one()
        return self._get_return().get_formview_action()

    def _get_duty_uses(self):
        """Give what the limits of combined duties count of each step.

        :return: ``{record: dict of key, rma, company, facility, channel, amount}``
        """
        amounts = self._get_duty_amounts()
        uses = {}
        # sudo: only place and value of what the user decides about are read
        facilities = self.sudo()._get_return()._get_ruling_facilities()
        for record, known in zip(self, self.sudo(), strict=True):
            rma = known._get_return()
            uses[record] = {
                "key": f"{rma._name},{rma.id}",
                "rma": rma,
                "company": rma.company_id,
                "facility": facilities[rma],
                "channel": rma.channel_id,
                "amount": amounts[record],
            }
        return uses

    def _get_duty_amounts(self):
        """Give the net value of each document, in its company's currency."""
        # sudo: as above
        records = self.sudo()
        values = records._get_return().line_ids._get_values_at_stake()
        return {
            record: sum(values[line] for line in known._get_return().line_ids)
            for record, known in zip(self, records, strict=True)
        }
