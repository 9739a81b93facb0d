from odoo import models


class ReverseRma(models.Model):
    """No return goes straight to a supplier on hold."""

    _inherit = "reverse.rma"

    def _route_around_held(self):
        """Route anew what went past us, if a supplier was put on hold meanwhile."""
        kept = self._keep_from_held()
        kept._keep_routes(kept.line_ids._get_kept_routes())

    def _keep_from_held(self):
        """Have goods come to us that would go back to a supplier on hold past us.

        :return: the returns of which some do
        """
        kept = self.browse()
        holds = self.env["reverse.supplier.hold"]
        for rma in self.filtered(lambda rma: holds._get_held(rma.company_id.id)):
            # sudo: where goods were bought, whoever asks for the return
            for line, partner in rma.sudo()._find_suppliers_passed().items():
                hold = holds._find(partner, rma.company_id)
                if hold and not line._get_source().get_passed_on(line):
                    line.with_env(self.env)._come_here()
                    rma._note_kept(line, hold[:1])
                    kept |= rma
        return kept

    def _note_kept(self, line, hold):
        # sudo: whoever asks for a return need not write on it
        self.sudo()._message_log(
            body=self.env._(
                "%(line)s comes to us instead of its supplier. %(why)s",
                line=line.display_name,
                why=hold._explain(),
            )
        )

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
