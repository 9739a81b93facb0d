from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.mail.tools.discuss import Store

from ..base.reverse_guarded_mixin import unless_uninstalling

#: What Odoo notes on an activity while it is open: the rest says where it is found, by
#: whom and when, and what they read above the buttons that approve.
_NOTED = frozenset({"calendar_event_id"})
#: What says of an exception what is wrong, and with which return.
_TOLD = frozenset({"note", "res_id", "res_model", "res_model_id", "summary"})


class MailActivity(models.Model):
    """Activities that ask for an approval: they end with it, and only with it.

    Marking one done decides nothing; it would merely hide what waits.
    """

    _inherit = "mail.activity"

    reverse_approval_id = fields.Many2one(
        "reverse.approval",
        "Return Approval",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="cascade",
    )

    @api.model_create_multi
    def create(self, vals_list):
        activities = super().create(vals_list)
        # read: a context can name it, too
        activities.filtered("reverse_approval_id")._check_reverse_link()
        return activities

    def write(self, vals):
        if "reverse_approval_id" in vals:
            self._check_reverse_link()
        if vals.keys() - _NOTED:
            self._check_reverse_approval()
        if _TOLD & vals.keys():
            self._check_reverse_exception()
        return super().write(vals)

    def _check_reverse_link(self):
        """Refuse activities that pretend to ask for an approval."""
        if self and not self.env["reverse.approval"]._in_workflow():
            raise UserError(
                self.env._("The activity of an approval cannot be set by hand.")
            )

    @unless_uninstalling
    def _unlink_after_reverse_approval(self):
        self._check_reverse_approval()
        self._check_reverse_exception()

    def _check_reverse_exception(self):
        """Keep what is read above an exception by whoever has to decide on it.

        :raises UserError: while the exception is open
        """
        # Clients never run as superuser; exceptions give their activities back as such.
        if self.env.su:
            return
        # sudo: whether it still waits, whoever may read it
        exceptions = self.env["reverse.exception"].sudo()
        told = exceptions.search(
            [("activity_id", "in", self.ids), ("state", "=", "open")], limit=1
        )
        if told:
            raise UserError(
                self.env._(
                    "%(exception)s is still open: resolve it. What its activity says "
                    "stays; add a message that says what is wrong.",
                    exception=told.display_name,
                )
            )

    def _check_reverse_approval(self):
        # sudo: whether it is still asked
        asked = self.sudo().reverse_approval_id.filtered(
            lambda approval: approval.state == "pending"
        )
        if asked and not self.env["reverse.approval"]._in_workflow():
            raise UserError(
                self.env._(
                    "%(approval)s is still asked: approve or refuse it. Marking the "
                    "activity done, moving, rewriting or removing it would decide "
                    "nothing.",
                    approval=asked[0].display_name,
                )
            )

    def _action_done(self, feedback=False, attachment_ids=None):
        """Name who completed an activity that a whole role was asked for."""
        unassigned = self.filtered(
            lambda activity: (
                not activity.user_id
                and (activity.res_model or "").startswith("reverse.")
            )
        )
        # sudo: whoever may mark it done may have been meant
        unassigned.sudo().write({"user_id": self.env.uid})
        return super()._action_done(feedback=feedback, attachment_ids=attachment_ids)

    def action_reverse_approve(self):
        """Give the approvals that these activities ask for, as the acting user."""
        return self._get_reverse_approvals().action_approve()

    def action_reverse_refuse(self):
        """Ask for the reason, and refuse."""
        return self._get_reverse_approvals().action_open_refusal()

    def _get_reverse_approvals(self):
        # The approvals check for themselves who may decide them.
        approvals = self.sudo().reverse_approval_id.sudo(False)
        if not approvals:
            raise UserError(self.env._("This activity asks for no approval."))
        return approvals

    def _to_store_defaults(self, target):
        return [
            *super()._to_store_defaults(target),
            Store.One("reverse_approval_id", []),
        ]
