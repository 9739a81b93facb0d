from odoo import models
from odoo.fields import Domain

from .reverse_corrective_step import WAITING


class ResPartner(models.Model):
    """Suppliers that are told what they have to answer."""

    _inherit = "res.partner"

    def _mail_reverse_steps(self):
        """Tell these suppliers of their steps: one mail for each of our companies."""
        steps = self.env["reverse.corrective.step"]
        steps = steps.search(
            WAITING & steps._get_mailed_domain() & Domain("partner_id", "in", self.ids)
        )
        told = steps._find_to_tell()
        due = steps.filtered(lambda step: step in told)
        for own in due.grouped(lambda s: (s.partner_id, s.company_id)).values():
            own.action_id._mail_steps({step: told[step] for step in own})
