from odoo import api, fields, models


class ReverseInspection(models.Model):
    """Until when the carrier has to be told, where damage is found."""

    _inherit = "reverse.inspection"

    carrier_notice = fields.Char(
        "Tell the Carrier", compute="_compute_carrier_notice", compute_sudo=True
    )

    @api.depends("state", "liability", "rma_id.carrier_partner_id")
    @api.depends_context("lang")
    def _compute_carrier_notice(self):
        """To be inspected, or found to be the carrier's fault and not claimed yet."""
        waiting = self.filtered(
            lambda part: (
                part.state == "draft"
                or (part.state == "done" and part.liability == "carrier")
            )
        )
        found = waiting.filtered(lambda part: part.state == "done")
        claimed = self.browse(part.id for part in found._find_claimed())
        notices = waiting.rma_id._get_carrier_notices()
        for part in self:
            tells = part in waiting and part not in claimed
            part.carrier_notice = tells and notices.get(part.rma_id)
