from odoo import fields, models

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
