import hashlib
import json

from odoo import api, models
from odoo.exceptions import UserError
from odoo.tools import format_date

from odoo.addons.reverse_logistics.engine import limits
from odoo.addons.reverse_logistics.models.portal.ir_attachment import MOST_FILES
from odoo.addons.reverse_logistics.models.portal.reverse_rma_line import FILES_AT_ONCE

from ..reverse_supplier_claim import DECIDING, PARTS

#: Messages that a supplier may send about one claim; nobody reads more.
MOST_MESSAGES = 200
#: States in which nobody waits for anything.
OVER = ("recovered", "closed", "cancelled")


class ReverseSupplierClaim(models.Model):
    """Claims as their suppliers see them, and the answers that suppliers give.

    Suppliers have no access to the model: pages show what these methods give, after
    :meth:`_is_shown_to` said whose the claim is. An answer is noted by the method that
    notes it for the people who claim.
    """

    _inherit = "reverse.supplier.claim"

    # ------------------------------------------------------------------
    # Whose it is
    # ------------------------------------------------------------------
    @api.model
    def _get_supplier_domain(self, user):
        """Give the domain of the claims that a supplier's user sees in a list."""
        return [
            ("partner_id", "child_of", user.commercial_partner_id.ids),
            ("state", "!=", "draft"),
            ("submitted_by_id", "!=", False),
        ]

    def _is_shown_to(self, user):
        """Whether somebody may see this claim as its supplier: once it is submitted."""
        self.ensure_one()
        if user._is_public() or not user.share:
            return False
        return bool(self.filtered_domain(self._get_supplier_domain(user)))

    # ------------------------------------------------------------------
    # What suppliers see
    # ------------------------------------------------------------------
    def _get_supplier_state(self):
        """Say in a sentence where the claim stands and what the supplier does now."""
        self.ensure_one()
        if self._may_decide():
            if self.response_due:
                return self.env._(
                    "Please say by %(day)s what you accept of this claim.",
                    day=format_date(self.env, self.response_due),
                )
            return self.env._("Please say what you accept of this claim.")
        return {
            "approved": self.env._("You have accepted this claim."),
            "partly": self.env._("You have accepted a part of this claim."),
            "refused": self.env._("You have refused this claim."),
            "sent": self.env._("The goods are on their way to you."),
            "cancelled": self.env._("We have withdrawn this claim."),
        }.get(self.state, self.env._("This claim is settled."))

    def _get_supplier_badge(self):
        """Give the state in a word for a badge, and its look."""
        self.ensure_one()
        usual = "text-bg-light border"
        if self._may_decide():
            return self.env._("To answer"), "text-bg-warning"
        good = "bg-success-subtle text-success-emphasis"
        return {
            "approved": (self.env._("Accepted"), good),
            "partly": (self.env._("Partly accepted"), usual),
            "refused": (self.env._("Refused"), usual),
            "sent": (self.env._("Goods sent"), usual),
            "cancelled": (self.env._("Withdrawn"), usual),
        }.get(self.state, (self.env._("Settled"), good))

    def _get_supplier_photos(self):
        """Give the photos of what is claimed: ``{inspection: attachments}``.

        Those of the claim itself, as of own goods, are under an empty inspection.
        """
        self.ensure_one()
        given = self._get_evidence_files()
        return {
            part: files.filtered(lambda file: file._is_reverse_picture())
            for part, files in given.items()
        }

    def _find_supplier_file(self, file_id):
        """Give a file of this claim that its supplier may open, else none."""
        self.ensure_one()
        shown = self.answer_ids._get_supplier_files().union(
            *self._get_supplier_photos().values(),
            *(file for file, _name in self._get_papers()),
        )
        return shown.filtered(lambda file: file.id == file_id)

    def _get_supplier_reports(self):
        """Give the 8D reports that the supplier is asked for because of this claim."""
        self.ensure_one()
        return self.corrective_ids.filtered(
            lambda report: (
                report.state != "cancelled" and report.partner_id == self.partner_id
            )
        )

    def _find_supplier_step(self, step_id):
        """Give a step of these reports, none for any other."""
        steps = self._get_supplier_reports().step_ids
        return steps.filtered(lambda step: step.id == step_id)

    # ------------------------------------------------------------------
    # What suppliers answer
    # ------------------------------------------------------------------
    def _may_decide(self):
        """Whether the supplier may accept or refuse: once after each submission."""
        self.ensure_one()
        return self.is_awaited

    def _get_supplier_answers(self):
        """Give the kinds of answers that the supplier may give now."""
        self.ensure_one()
        kinds = set()
        if self.state not in ("closed", "cancelled"):
            kinds.add("message")
        if self._may("acknowledge"):
            kinds.add("acknowledge")
        if self._may_decide():
            kinds |= set(DECIDING)
        may = self.state not in OVER and self._may_be_authorized()
        if may and not self.supplier_reference:
            kinds.add("authorize")
        return kinds | {kind for kind in PARTS if self._get_parts_for(kind)}

    def _answer_by_supplier(self, kind, said, key, uploads=(), **words):
        """Note what the supplier answers on its page.

        The same form sent again notes nothing more.

        :param dict said: ``{line: (amount, reason)}``
        :param str key: of the form
        :param uploads: ``[(name, bytes)]``
        :param words: what else was written: ``reference``, ``reason``, ``text``
        :raises UserError: for an answer that is not possible, or incomplete
        """
        self.ensure_one()
        # Of two answers at once, the second finds the first.
        self._reverse_touch()
        words = {name: self._clean_words(name, text) for name, text in words.items()}
        sign = self._sign_answer(kind, said, key, uploads, words)
        known = self.answer_ids.filtered(lambda one: one.submission == sign)
        if known:
            return known
        if kind not in self._get_supplier_answers():
            raise UserError(
                self.env._(
                    "This answer is not possible any more. The page shows where the "
                    "claim stands now."
                )
            )
        self._check_messages()
        reason = words.pop("reason", "")
        if kind == "message" and not (words.get("text") or uploads):
            raise UserError(self.env._("Write something, or choose a file."))
        noted = self._take_answer(
            kind,
            self._complete_said(kind, said, reason),
            submission=sign,
            files=self._keep_uploads(uploads),
            **words,
        )
        self._tell_of_answer(noted)
        return noted

    @api.model
    def _clean_words(self, name, text):
        """Give what was entered, as it is kept.

        :raises UserError: for what is longer than anybody reads
        """
        many = name == "text"
        clean = limits.clean_text(text) if many else limits.clean_line(text)
        most = limits.COMMENT if many else limits.ENTRY
        if len(clean) > most:
            raise UserError(
                self.env._("Please enter at most %s characters.", most),
            )
        return clean

    @api.model
    def _sign_answer(self, kind, said, key, uploads, words):
        """Give what tells the same form, sent again, from another one."""
        content = [
            key,
            self.env.uid,
            self.id,
            kind,
            sorted((line.id, *value) for line, value in said.items()),
            sorted(words.items()),
            [[name, hashlib.sha256(data).hexdigest()] for name, data in uploads],
        ]
        return hashlib.sha256(json.dumps(content).encode()).hexdigest()

    def _check_messages(self):
        """Refuse what nobody would read any more."""
        if len(self.answer_ids.filtered("submission")) >= MOST_MESSAGES:
            raise UserError(
                self.env._("There are very many answers already. Please call us.")
            )

    def _complete_said(self, kind, said, reason):
        """Give ``{line: (amount, reason)}`` of what an answer says of lines."""
        if kind == "approve":
            return {line: (line.amount_claimed, False) for line in self.line_ids}
        if kind == "refuse":
            return {line: (0.0, reason) for line in self.line_ids}
        if kind in PARTS:
            return said
        if kind != "approve_part":
            return {}
        for line in self.line_ids:
            if line not in said:
                raise UserError(
                    self.env._(
                        "%(line)s: enter the amount that you accept.",
                        line=line.display_name,
                    )
                )
        return {
            line: (line.currency_id.round(amount), own or reason)
            for line, (amount, own) in said.items()
        }

    def _keep_uploads(self, uploads):
        """Keep files of a supplier, looked at like those of customers."""
        if len(uploads) > FILES_AT_ONCE:
            raise UserError(
                self.env._("Please send at most %s files at once.", FILES_AT_ONCE)
            )
        sent = self.answer_ids.filtered(lambda one: one.direction == "in")
        kept = sent.attachment_ids | self.corrective_ids.step_ids.evidence_ids
        if len(kept) + len(uploads) > MOST_FILES:
            raise UserError(
                self.env._("Please send at most %s files in all.", MOST_FILES)
            )
        files = self.env["ir.attachment"]
        return files.create(
            [
                {"name": name, "raw": files._clean_customer_file(name, content)}
                for name, content in uploads
            ]
        )

    def _tell_of_answer(self, answer):
        """Tell who submitted the claim, and who follows it, what the supplier says."""
        kinds = dict(answer._fields["kind"]._description_selection(self.env))
        said = ": ".join(filter(None, (kinds[answer.kind], answer.text)))
        self.message_post(
            body=said,
            author_id=self.env.user.partner_id.id,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.submitted_by_id.partner_id.ids,
        )
