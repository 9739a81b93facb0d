from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..base.reverse_guarded_mixin import is_uninstalling


class ReverseRma(models.Model):
    """Erasing what a return says about persons; what it counts and books stays."""

    _inherit = "reverse.rma"

    def _erase_personal_data(self):
        """Erase personal data of closed returns.

        Quantities, amounts and references of documents stay, and so do accounting
        documents, orders and transfers: the law obliges to keep them. Photos that the
        inspector took show goods and stay until the retention period ends.

        :raises UserError: naming the returns under legal hold or still open
        """
        self._check_not_held()
        still_open = self.filtered(lambda r: r.state in ("requested", "authorized"))
        if still_open:
            raise UserError(
                self.env._(
                    "%(rmas)s is still open and needs what the customer wrote. Finish "
                    "or cancel it first.",
                    rmas=", ".join(still_open.mapped("display_name")),
                )
            )
        self._erase("PersonalDataErased", ("reverse.rma", "reverse.rma.line"))
        self._guarded_write({"erased_at": fields.Datetime.now()})

    def _get_personal_fields(self):
        """Which free text of a return may speak of persons; other addons add theirs.

        :return: pairs of records and names of fields to clear
        """
        return [
            (self, ["note", "client_ref", "rejection_message", "legal_hold_reason"]),
            (self.line_ids, ["note"]),
            (self.inspection_ids, ["note", "override_reason"]),
            (self.settlement_ids.line_ids, ["deduction_reason"]),
            (self.exception_ids, ["message"]),
        ]

    @api.model
    def _get_person_fields(self):
        """Names of the fields that say which persons a return is about."""
        return [
            name
            for name, field in self._fields.items()
            if field.type == "many2one"
            and field.comodel_name == "res.partner"
            and field.store
            and name != "commercial_partner_id"
        ]

    def _erase(self, event, attachment_models):
        if not self:
            return
        # sudo: the caller has checked role and hold; records of every department
        rmas = self.sudo().with_context(tracking_disable=True, active_test=False)
        for records, names in rmas._get_personal_fields():
            records._guarded_write(dict.fromkeys(names, False))
        messages = rmas._erase_messages()
        files = rmas._remove_files(attachment_models)
        self.env["reverse.event"]._log(
            self,
            event,
            lambda rma: {
                "attachments": files.get(rma.id, []),
                "messages": messages.get(rma.id, 0),
            },
        )

    def _remove_files(self, names):
        """Remove the files of these returns; give their ids per return."""
        attachments = self._workflow().env["ir.attachment"]
        documents = {
            "reverse.rma": self,
            "reverse.rma.line": self.line_ids,
            "reverse.inspection": self.inspection_ids,
        }
        removed = {}
        found = attachments.browse()
        for name in names:
            rma_ids = {
                record.id: record.id if name == "reverse.rma" else record.rma_id.id
                for record in documents[name]
            }
            files = attachments.search(
                [("res_model", "=", name), ("res_id", "in", list(rma_ids))], order="id"
            )
            for file in files:
                removed.setdefault(rma_ids[file.res_id], []).append(file.id)
            found |= files
        found.unlink()
        return removed

    # ------------------------------------------------------------------
    # Chatter
    # ------------------------------------------------------------------
    def _erase_messages(self):
        """Empty the messages of these returns; give their number per return."""
        messages = self.env["mail.message"].search(
            [("model", "=", "reverse.rma"), ("res_id", "in", self.ids)]
        )
        partners = self.commercial_partner_id
        for name in self._get_person_fields():
            partners |= self[name]
        messages.filtered("body").write(
            {"body": Markup("<p>%s</p>") % self.env._("(erased)")}
        )
        messages.write(
            {
                "subject": False,
                "email_from": False,
                "reply_to": False,
                "incoming_email_to": False,
                "incoming_email_cc": False,
                "outgoing_email_to": False,
                "author_guest_id": False,
                "partner_ids": [fields.Command.clear()],
            }
        )
        messages.filtered(lambda m: m.author_id in partners).author_id = False
        messages._erase_reverse_copies()
        self._erase_activities()
        self.message_unsubscribe(partners.ids)
        return {
            rma_id: len(group) for rma_id, group in messages.grouped("res_id").items()
        }

    def _erase_activities(self):
        activities = self.env["mail.activity"].search(
            [("res_model", "=", "reverse.rma"), ("res_id", "in", self.ids)]
        )
        activities.write({"note": False, "summary": False, "feedback": False})


class MailMessage(models.Model):
    _inherit = "mail.message"

    def _erase_reverse_copies(self):
        """Empty what was made of these messages: mails, notices, tracked names."""
        mails = self.env["mail.mail"].search([("mail_message_id", "in", self.ids)])
        mails.filtered(lambda m: m.state in ("outgoing", "exception")).state = "cancel"
        mails.write(
            {
                "body_html": False,
                "email_to": False,
                "email_cc": False,
                "headers": False,
                "failure_reason": False,
                "recipient_ids": [fields.Command.clear()],
            }
        )
        self.notification_ids.filtered("mail_email_address").unlink()
        names = self.tracking_value_ids.filtered(
            lambda value: value.field_id.relation == "res.partner"
        )
        names.write({"old_value_char": False, "new_value_char": False})

    def write(self, vals):
        if {"body", "model", "res_id"} & set(vals):
            self._check_reverse_hold()
        return super().write(vals)

    def unlink(self):
        self._check_reverse_hold()
        return super().unlink()

    def _check_reverse_hold(self):
        """What was said about a held return stays as it is."""
        # sudo: where a message belongs to, whoever handles it
        ids = self.sudo().filtered(lambda m: m.model == "reverse.rma").mapped("res_id")
        rmas = self.env["reverse.rma"].sudo().browse(ids)  # sudo: as above
        if ids and not is_uninstalling(self.env):
            rmas.exists()._check_not_held()
