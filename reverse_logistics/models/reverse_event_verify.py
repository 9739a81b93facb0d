from collections import defaultdict

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
        chains = defaultdict(int)
        breaks = defaultdict(dict)
        for ids in split_every(BATCH, rmas.search([], order="id").ids):
            batch = rmas.browse(ids)
            for company, group in batch.grouped("company_id").items():
                chains[company] += len(group)
            for rma, number in self._find_breaks(batch).items():
                breaks[rma.company_id][rma] = number
            self.env.invalidate_all()
        return {company: (chains[company], breaks[company]) for company in chains}
