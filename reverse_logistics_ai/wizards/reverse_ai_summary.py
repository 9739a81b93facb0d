from markupsafe import Markup

from odoo import api, fields, models


class ReverseAiSummary(models.TransientModel):
    """A return in a few sentences, each a link to what it comes from."""

    _name = "reverse.ai.summary"
    _description = "Summary of a Return"

    rma_id = fields.Many2one("reverse.rma", "Return", required=True, readonly=True)
    text = fields.Html("Summary", compute="_compute_text", sanitize=False)

    @api.depends("rma_id")
    @api.depends_context("lang", "uid")
    def _compute_text(self):
        for summary in self:
            summary.text = Markup("<ul>%s</ul>") % Markup("").join(
                Markup('<li>%s <a href="/odoo/%s/%s">%s</a></li>')
                % (sentence.text, *sentence.source, self.env._("Show"))
                for sentence in summary.rma_id._summarize()
            )
