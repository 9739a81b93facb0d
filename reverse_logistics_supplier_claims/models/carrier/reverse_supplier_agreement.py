from odoo import fields, models
from odoo.tools import format_date

from ...engine import deadlines
from .reverse_claim_deadline import CARRIAGES


class ReverseSupplierAgreement(models.Model):
    """Carriers: which law limits until when, and how much, is claimed."""

    _inherit = "reverse.supplier.agreement"

    carriage = fields.Selection(
        CARRIAGES,
        help="Its deadlines and limit count, from Carrier Deadlines. A deadline in "
        "days of this agreement counts instead.",
    )
    cap_unit_value = fields.Monetary(
        "Value of One Unit",
        help="What one special drawing right (SDR), in which the carrier's limit is "
        "stated, is worth. Claims start with it.",
    )

    def _get_deadline_terms(self):
        """Give what is due when, as a tuple of ``engine.deadlines.Term``."""
        self.ensure_one()
        if self.deadline_days:
            return (deadlines.Term("any", self.deadline_days),)
        if self.kind == "carrier" and self.carriage:
            return self.env["reverse.claim.deadline"]._get_terms(self.carriage)
        return ()

    def _get_deadline(self, start, finding):
        """Give the last day to claim what was found, False where nothing limits it.

        :param start: the day from which it counts, False where that is not known
        """
        term = self and deadlines.term_for(self._get_deadline_terms(), finding)
        return bool(start and term) and deadlines.last_day(start, term)

    def _get_start(self, received_on, returned_on, delivered_on):
        """Choose the day from which the deadline counts."""
        return {
            "receipt": received_on,
            "delivery": delivered_on,
        }.get(self.deadline_from, returned_on)

    # ------------------------------------------------------------------
    # What whoever receives or inspects goods is told
    # ------------------------------------------------------------------
    def _explain_dues(self, start):
        """Say what is due when, in one sentence for each finding that still counts.

        :param date start: the day from which the deadlines count
        """
        self.ensure_one()
        today = self.company_id._get_reverse_today()
        terms = [term for term in self._get_deadline_terms() if term.finding != "delay"]
        dues = deadlines.due(start, terms)
        if not dues:
            return False
        carrier = self.partner_id.display_name
        if not deadlines.nearest(dues, today):
            return self.env._(
                "The time to tell %(carrier)s of damage ended on %(day)s. An approver "
                "of claims may still claim it.",
                carrier=carrier,
                day=self._name_day(dues[-1].day),
            )
        return " ".join(
            self._explain_due(each.finding, carrier, self._name_day(each.day))
            for each in dues
            if each.day >= today
        )

    def _explain_due(self, finding, carrier, day):
        """Say what is due, by the engine's code of what was found."""
        names = {"carrier": carrier, "day": day}
        return {
            "visible": self.env._(
                "Visible damage: tell %(carrier)s by %(day)s.", **names
            ),
            "hidden": self.env._(
                "Hidden damage: tell %(carrier)s by %(day)s.", **names
            ),
            "damage": self.env._("Damage: tell %(carrier)s by %(day)s.", **names),
            "any": self.env._("Damage or loss: tell %(carrier)s by %(day)s.", **names),
        }[finding]

    def _name_day(self, day):
        return format_date(self.env, day, date_format="EEEE d MMMM")
