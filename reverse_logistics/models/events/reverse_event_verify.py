from odoo import api, models
from odoo.tools import split_every

BATCH = 500


class ReverseEvent(models.Model):
    """Verifying chains of events: all of a database, or some returns."""

    _inherit = "reverse.event"

    @api.model
    def _verify_companies(self):
        """Verify the chain of every return.

        :return: ``{company: (number of chains, {rma: first broken event})}``
        """
        # sudo: the verification covers all companies
        rmas = self.env["reverse.rma"].sudo()
        found = {}
        for company, ids in rmas._read_group([], ["company_id"], ["id:array_agg"]):
            breaks = {}
            for batch in split_every(BATCH, sorted(ids)):
                breaks.update(self._find_breaks(rmas.browse(batch)))
                self.env.invalidate_all()
            found[company] = (len(ids), breaks)
        return found
