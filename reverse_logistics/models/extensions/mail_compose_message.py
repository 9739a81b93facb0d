from odoo import models


class MailComposeMessage(models.TransientModel):
    """Write about documents of returns in one's own name, also to many at once."""

    _inherit = "mail.compose.message"

    def _compute_authorship(self):
        """Templates send from the company's address; the author is who uses one."""
        res = super()._compute_authorship()
        messages = self.env["mail.message"]
        for composer in self:
            if messages._is_reverse_bound(composer.model):
                composer.author_id = self.env.user.partner_id
        return res

    def _prepare_mail_values_static(self):
        values = super()._prepare_mail_values_static()
        # Odoo makes these mails as superuser, for whoever may read the document.
        messages = self.env["mail.message"].sudo(False)
        messages._check_reverse_author(self.model, values["author_id"])
        return values
