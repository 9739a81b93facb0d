from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.reverse_logistics.models.base.reverse_labels import get_labels

from ..engine import summary


class ReverseRma(models.Model):
    """Returns in a few sentences, and what suggestions say of a customer, which goes
    with the customer's own words.
    """

    _inherit = "reverse.rma"

    ai_review_id = fields.Many2one(
        "reverse.ai.suggestion", "Second Look", compute="_compute_ai_review"
    )
    ai_review_reasons = fields.Html(
        "What Is Unusual", compute="_compute_ai_review", sanitize=False
    )

    ai_photo_count = fields.Integer("Photos Read", compute="_compute_ai_photo_count")

    def _compute_ai_photo_count(self):
        # sudo: how many there are, for whoever reads the return
        photos = self.env["reverse.ai.photo"].sudo()
        found = photos._read_group(
            [("rma_id", "in", self.ids)], ["rma_id"], ["__count"]
        )
        count = {rma.id: number for rma, number in found}
        for rma in self:
            rma.ai_photo_count = count.get(rma.id, 0)

    def action_ai_photos(self):
        """Show what was read of the photos."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "reverse_logistics_ai.reverse_ai_photo_action"
        )
        return {**action, "domain": [("rma_id", "in", self.ids)], "context": {}}

    # ------------------------------------------------------------------
    # Papers of purchase
    # ------------------------------------------------------------------
    ai_paper_id = fields.Many2one(
        "reverse.ai.suggestion", "Paper Read", compute="_compute_ai_paper"
    )
    ai_paper_reasons = fields.Html(
        "What a Paper Says", compute="_compute_ai_paper", sanitize=False
    )

    @api.depends_context("uid", "lang")
    def _compute_ai_paper(self):
        suggestions = self.env["reverse.ai.suggestion"]
        tasks = self.env["reverse.ai.task"]._get_of(self.company_id, "document")
        for rma in self:
            files = rma._get_ai_papers() if tasks else self.env["ir.attachment"]
            shown = suggestions._get_shown(tasks, files).values()
            said = next((s for s in shown if s.state == "open"), suggestions)
            rma.ai_paper_id = said
            rma.ai_paper_reasons = said.reasons

    def _get_ai_papers(self):
        """Give the files that may be papers of purchase: what customers sent."""
        # sudo: which files there are; what they say is told to who reads the return
        files = self.env["ir.attachment"].sudo()
        of_lines = Domain("res_model", "=", "reverse.rma.line")
        of_lines &= Domain("res_id", "in", self.line_ids.ids)
        own = Domain("res_model", "=", self._name) & Domain("res_id", "in", self.ids)
        messages = self.env["mail.message"].sudo()  # sudo: as above
        mails = messages.search(
            [
                ("model", "=", self._name),
                ("res_id", "in", self.ids),
                ("message_type", "=", "email"),
            ]
        )
        sent = Domain("create_uid.share", "=", True)
        sent |= Domain("id", "in", mails.attachment_ids.ids)
        paper = Domain("mimetype", "=", "application/pdf")
        return files.search(
            Domain("res_field", "=", False)
            & (of_lines | (own & sent))
            & (paper | Domain("reverse_proof", "=", "purchase")),
            order="id",
        ).with_env(self.env)

    def action_ai_paper_right(self):
        """Confirm what was read."""
        return self.ai_paper_id.action_right()

    def action_ai_paper_wrong(self):
        """Say that it was read wrongly, and why."""
        return self.ai_paper_id.action_wrong()

    # ------------------------------------------------------------------
    # A second look
    # ------------------------------------------------------------------
    @api.depends_context("uid", "lang")
    def _compute_ai_review(self):
        suggestions = self.env["reverse.ai.suggestion"]
        tasks = self.env["reverse.ai.task"]._get_of(self.company_id, "review")
        shown = suggestions._get_shown(tasks, self)
        for rma in self:
            own = shown.get(rma._origin.id, suggestions)
            rma.ai_review_id = own.state == "open" and own
            rma.ai_review_reasons = own.reasons

    def _enter_stage(self, stage):
        """What was asked for, and what was found, is looked at soon."""
        res = super()._enter_stage(stage)
        if stage in ("requested", "inspected") and self.env["reverse.ai.task"]._get_of(
            self.company_id, "review"
        ):
            # sudo: starting the scheduled action is part of the step
            self.env.ref("reverse_logistics_ai.cron_suggest").sudo()._trigger()
        return res

    # ------------------------------------------------------------------
    # Summary
    # ------------------------------------------------------------------
    def action_ai_summary(self):
        """Show the return in a few sentences."""
        self.ensure_one()
        self.check_access("read")
        shown = self.env["reverse.ai.summary"].create({"rma_id": self.id})
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Summary of %(rma)s", rma=self.display_name),
            "res_model": shown._name,
            "res_id": shown.id,
            "view_mode": "form",
            "target": "new",
        }

    def _summarize(self):
        """Give the return in at most five sentences, each of one record.

        By template and extraction: every word that is not the template's is the value
        of a field, and the customer's are quoted.

        :rtype: list[engine.summary.Sentence]
        """
        self.ensure_one()
        said = [
            self._tell_request(),
            self._tell_words(),
            self._tell_decision(),
            self._tell_goods(),
            self._tell_open() or self._tell_money(),
        ]
        sentences = [each for each in said if each][: summary.MOST_SENTENCES]
        return summary.keep_traceable(self._rewrite_summary(sentences), sentences)

    def _rewrite_summary(self, sentences):
        """Let a language model of the company's own phrase these sentences.

        None is called by default. An addon of the company may override this and give a
        text for each sentence, in their order. A text with a number that is not in its
        sentence or facts is not taken.

        :param sentences: list of ``engine.summary.Sentence``
        :return: list of texts, or None
        """
        return None

    def _tell(self, record, text, *facts):
        return summary.Sentence(text, (record._name, record.id), facts)

    def _tell_request(self):
        day = self.requested_at or self.create_date
        values = {
            "customer": self.partner_id.display_name,
            "goods": self.product_summary or "",
            "day": format_date(self.env, day),
        }
        text = self.env._(
            "%(customer)s asked on %(day)s to return: %(goods)s.", **values
        )
        return self._tell(self, text, *values.values())

    def _tell_words(self):
        for record, words in [
            *((line, line.note) for line in self.line_ids),
            (self, self.customer_comment),
        ]:
            if quote := summary.extract(words):
                text = self.env._("The customer wrote: “%(quote)s”", quote=quote)
                return self._tell(record, text, words)
        return None

    def _tell_decision(self):
        """The sentence of policy, or how far the return has come."""
        line = self.line_ids.filtered("explanation")[:1]
        state = self._state_label()
        if not line:
            text = self.env._("The return is: %(state)s.", state=state)
            return self._tell(self, text, state)
        text = self.env._(
            "The return is: %(state)s. %(explanation)s",
            state=state,
            explanation=line.explanation,
        )
        return self._tell(line, text, state, line.explanation)

    def _tell_goods(self):
        parts = self.inspection_ids.filtered(lambda part: part.state == "done")
        part = parts.sorted("inspected_at")[-1:]
        if not part:
            return None
        values = {
            "quantity": f"{part.quantity:g}",
            "product": part.product_id.display_name,
            "condition": part.condition_id.display_name or "–",
            "disposition": part.disposition_id.display_name or "–",
        }
        text = self.env._(
            "Inspected: %(quantity)s × %(product)s, condition %(condition)s, goes to "
            "%(disposition)s.",
            **values,
        )
        return self._tell(part, text, *values.values())

    def _tell_open(self):
        """What a person has to look at, the most urgent first."""
        waiting = self.exception_ids.filtered(lambda e: e.state == "open")
        exception = waiting.sorted(lambda e: (str(e.deadline or "9"), e.id))[:1]
        if not exception:
            return None
        kind = get_labels(exception, "type").get(exception.type, "")
        day = format_date(self.env, exception.deadline) if exception.deadline else ""
        if day:
            text = self.env._("Open until %(day)s: %(kind)s.", day=day, kind=kind)
        else:
            text = self.env._("Open: %(kind)s.", kind=kind)
        return self._tell(exception, text, kind, day)

    def _tell_money(self):
        settlement = self.settlement_ids.filtered(lambda s: s.state != "cancelled")[-1:]
        if not settlement:
            return None
        values = {
            "amount": settlement.currency_id.format(settlement._get_given()[1]),
            "state": settlement._state_label(),
        }
        text = self.env._("Settlement over %(amount)s: %(state)s.", **values)
        return self._tell(settlement, text, *values.values())

    # ------------------------------------------------------------------
    # Personal data
    # ------------------------------------------------------------------

    def _get_personal_fields(self):
        told = (
            self,
            self.line_ids,
            self.inspection_ids,
            self.partner_id | self.commercial_partner_id,
            self._get_ai_papers(),
        )
        suggestions = self.env["reverse.ai.suggestion"].search(
            Domain.OR(
                Domain("res_model", "=", records._name)
                & Domain("res_id", "in", records.ids)
                for records in told
            )
        )
        return [
            *super()._get_personal_fields(),
            (suggestions, ["details", "override_reason"]),
        ]

    def _erase(self, event, attachment_models):
        """What was learned from erased words is learned anew without them."""
        companies = self.company_id
        res = super()._erase(event, attachment_models)
        # sudo: the caller has checked role and hold
        tasks = self.env["reverse.ai.task"].sudo()
        tasks._get_of(companies, "reason").write({"is_due": True})
        return res
