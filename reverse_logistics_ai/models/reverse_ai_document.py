from odoo import api, fields, models
from odoo.tools import format_date

from odoo.addons.reverse_logistics.engine.files import find_kind

from ..engine import papers, reader

#: Returns of which papers still help.
OPEN = ("draft", "requested", "authorized")
#: A paper without a number, and what is none.
PAPER, DISMISSED = "paper", "wrong"


class ReverseAiDocument(models.AbstractModel):
    """What papers of purchase say, offered for confirmation: number, day and total.

    Papers of customers are read once, by a process of its own. A person confirms what
    was read; then the file proves the purchase, and the number becomes the customer's
    reference where there is none. No sale is named and no return decided by it.
    """

    _name = "reverse.ai.document"
    _inherit = ["reverse.ai.worker"]
    _description = "Papers of Purchase"
    _subject = "ir.attachment"
    # A scan may take a minute.
    _batch = 1

    @api.model
    def _find_waiting(self, task):
        rmas = self.env["reverse.rma"].search(
            [
                ("company_id", "=", task.company_id.id),
                ("state", "in", OPEN),
                ("erased_at", "=", False),
            ]
        )
        known = self.env["reverse.ai.suggestion"].search(
            [("task_id", "=", task.id), ("state", "!=", "outdated")]
        )
        files = rmas._get_ai_papers()
        read = files.browse(known.mapped("res_id"))
        yield self.env["reverse.ai.model"], files - read

    @api.model
    def _suggest(self, task, model, records):
        texts = {file: self._read(file) for file in records}
        rmas = {file: self._get_return(file) for file in records}
        known = self._find_known(task.company_id, texts, rmas)
        values = []
        for file, (text, kind, problem) in texts.items():
            country = rmas[file].partner_id.country_id.code
            paper = papers.read(text, country != "US", known[rmas[file]])
            details = {
                "file": file.name,
                "kind": kind,
                "problem": problem,
                "number": paper.number,
                "is_known": paper.number in known[rmas[file]],
                "day": fields.Date.to_string(paper.day) if paper.day else False,
                "total": paper.total,
            }
            values.append(
                {
                    "res_id": file.id,
                    "answer": (paper.number or PAPER) if paper else False,
                    "confidence": 1.0,
                    "state": "open" if paper else "abstained",
                    "details": details,
                }
            )
        return values

    @api.model
    def _read(self, file):
        """Give ``(text, kind of the content, why there is no text)``."""
        content = file.raw or b""
        kind = content and find_kind(content)
        try:
            return reader.read(content, kind), kind, False
        except reader.Unreadable as error:
            return "", kind or False, error.code

    @api.model
    def _get_return(self, file):
        record = self.env[file.res_model].browse(file.res_id)
        return record if file.res_model == "reverse.rma" else record.rma_id

    @api.model
    def _find_known(self, company, texts, rmas):
        """Give ``{return: numbers of its customer's orders and invoices}`` that any of
        these texts names.
        """
        tokens = set().union(*(papers.get_tokens(t) for t, _k, _p in texts.values()))
        domain = [("company_id", "=", company.id), ("name", "in", list(tokens))]
        own = {}
        for name in ("sale.order", "account.move"):
            for document in self.env[name].search(domain):
                partner = document.partner_id.commercial_partner_id
                own.setdefault(partner, set()).add(document.name)
        return {rma: own.get(rma.commercial_partner_id, set()) for rma in rmas.values()}

    # ------------------------------------------------------------------
    # In words
    # ------------------------------------------------------------------
    @api.model
    def _name_answer(self, answer):
        labels = {
            PAPER: self.env._("Paper of purchase"),
            DISMISSED: self.env._("Something else"),
        }
        return labels.get(answer, answer or "")

    @api.model
    def _explain(self, answer, details):
        if not details:
            return []
        if details.get("problem"):
            return [self._explain_problem(details)]
        said = list(self._tell(details))
        if not said:
            return [self.env._("“%(file)s” names no number, day or total.", **details)]
        sentences = [
            self.env._(
                "“%(file)s” says: %(said)s.", file=details["file"], said=", ".join(said)
            )
        ]
        if details["number"] and details["is_known"]:
            sentences.append(self.env._("The customer has a document of this number."))
        elif details["number"]:
            sentences.append(
                self.env._("No order or invoice of the customer has this number.")
            )
        return sentences

    @api.model
    def _tell(self, details):
        if details["number"]:
            yield self.env._("number %(number)s", number=details["number"])
        if details["day"]:
            yield self.env._("day %(day)s", day=format_date(self.env, details["day"]))
        if details["total"]:
            yield self.env._("total %(total)s", total=f"{details['total']:.2f}")

    @api.model
    def _explain_problem(self, details):
        texts = {
            "empty": self.env._("“%(file)s” is empty: ask for another file."),
            "huge": self.env._("“%(file)s” is too large to be read: open it yourself."),
            "locked": self.env._(
                "“%(file)s” is locked by a password: ask for a file without one."
            ),
            "broken": self.env._(
                "“%(file)s” cannot be read, or not in time: open it with care."
            ),
            "scan": self.env._(
                "“%(file)s” is a picture of text. This server reads such files once it "
                "has the library: pip install rapidocr onnxruntime"
            ),
            "silent": self.env._("“%(file)s” shows no text: open it yourself."),
        }
        other = self.env._(
            "“%(file)s” is neither a PDF nor a picture: open it yourself."
        )
        return texts.get(details["problem"], other) % {"file": details["file"]}

    # ------------------------------------------------------------------
    # What people say of it
    # ------------------------------------------------------------------
    @api.model
    def _apply(self, records, answer):
        """The file proves the purchase, as long as nothing was decided with it."""
        if answer == DISMISSED:
            return
        for file in records:
            rma = self._get_return(file)
            of_line = file.res_model == "reverse.rma.line"
            if of_line and not file.reverse_proof and rma.state in OPEN[:2]:
                file.reverse_proof = "purchase"
            if answer != PAPER and not rma.client_ref:
                rma.client_ref = answer
