from odoo.http import request

from odoo.addons.mail.controllers.thread import ThreadController


class ReverseThreadController(ThreadController):
    def _prepare_message_data(self, post_data, *, thread, from_create=False, **kwargs):
        """Take what customers write for their words, whatever their page calls it."""
        data = super()._prepare_message_data(
            post_data, thread=thread, from_create=from_create, **kwargs
        )
        ours = thread._name.startswith("reverse.")
        if from_create and ours and not request.env.user._is_internal():
            data.update(message_type="comment", subtype_xmlid="mail.mt_comment")
        return data
