from odoo import api, models

from ...engine import mails


class MailThread(models.AbstractModel):
    """Documents learn how a mail came in that is posted on them."""

    _inherit = "mail.thread"

    @api.model
    def _message_route_process(self, message, message_dict, routes):
        arrival = mails.Arrival(self.env.uid, mails.is_automatic(message))
        thread = self.with_context(reverse_arrival=arrival)
        return super(MailThread, thread)._message_route_process(
            message, message_dict, routes
        )
