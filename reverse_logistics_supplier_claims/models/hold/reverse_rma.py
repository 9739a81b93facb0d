from odoo import models


class ReverseRma(models.Model):
    """No return goes straight to a supplier on hold."""

    _inherit = "reverse.rma"

    def _explain_skipped(self, skipped):
        # sudo: why a way was not taken, whoever asks
        facility = self.env["reverse.facility"].sudo().browse(skipped.facility)
        hold = skipped.code == "off" and facility._get_hold()
        if hold:
            return self.env._(
                "%(facility)s was skipped: %(why)s",
                facility=facility.name,
                why=hold._explain(),
            )
        return super()._explain_skipped(skipped)

    def _name_facility(self, facility):
        if facility:
            facility._get_hold()._refuse()
        return super()._name_facility(facility)
