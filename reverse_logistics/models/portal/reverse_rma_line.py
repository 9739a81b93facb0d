import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ..health.reverse_health import DANGEROUS

#: Most files that are sent at once.
FILES_AT_ONCE = 10
#: Most files of a line; nobody looks at more.
MOST_FILES = 30
#: Decisions whose sentences speak of goods and proofs only.
PRICELESS = frozenset({"proof", "proof_lawful", "final_sale", "pack", "damaged_hazard"})
#: Decisions whose sentences speak of how we check, which is not told.
UNTOLD = frozenset({"other_customer", "fee_waived"})
#: Decisions whose sentences say themselves that a person looks or decides.
BY_PERSON = frozenset(
    {
        "carrier_doubt",
        "damaged_hazard",
        "manual",
        "no_rule",
        "other_product",
        "proof_lawful",
        "withdrawal_business",
        "withdrawal_excluded",
        "withdrawal_late",
        "withdrawal_no_rule",
        "withdrawal_no_sale",
        "withdrawal_word",
    }
)


class ReverseRmaLine(models.Model):
    """Lines as their customers see them, with the files that customers add."""

    _inherit = "reverse.rma.line"

    hazard_answer = fields.Selection(
        [("no", "No"), ("yes", "Yes")],
        readonly=True,
        copy=False,
        help="What the customer said when asked whether it leaks, is burnt or swollen.",
        guarded=True,
    )
    is_damaged_hazard = fields.Boolean(
        "Leaking, Burnt or Swollen",
        compute="_compute_is_damaged_hazard",
        store=True,
        help="It must not be sent by anybody before a person has arranged how.",
    )

    live_photo_id = fields.Many2one(
        "ir.attachment",
        "Photo with the Code",
        readonly=True,
        copy=False,
        ondelete="set null",
        help="Compare the code in it with that of the return.",
        guarded=True,
    )
    live_code = fields.Char(related="rma_id.live_code")

    @api.depends("hazard_answer")
    def _compute_is_damaged_hazard(self):
        for line in self:
            line.is_damaged_hazard = line.hazard_answer == "yes"

    # ------------------------------------------------------------------
    # Goods that are dangerous to send
    # ------------------------------------------------------------------
    def _filter_hazardous(self):
        """Give the lines with dangerous goods, by their traits or UN number."""
        traits = self._get_traits()
        # sudo: what goods are, for whoever handles their return
        return self.filtered(
            lambda line: (
                line.sudo().product_id.reverse_un_number
                or not DANGEROUS.isdisjoint(traits[line].mapped("code"))
            )
        )

    def _answer_hazards(self, answers):
        """Keep what a customer says of dangerous goods.

        :param answers: ``{line id: "yes" or "no"}``
        :raises UserError: while any of them is without an answer
        """
        asked = self._filter_hazardous()
        known = dict(self._fields["hazard_answer"].selection)
        for line in asked:
            if answers.get(line.id) not in known:
                raise UserError(
                    self.env._(
                        "%(product)s: say whether it is leaking, burnt or swollen.",
                        product=line.product_id.display_name,
                    )
                )
        for answer, lines in asked.grouped(lambda line: answers[line.id]).items():
            lines._guarded_write({"hazard_answer": answer})

    def _review_damaged(self, verdicts):
        """Leave what must not be sent to a person, whatever rules say of it."""
        for line in self:
            verdict = verdicts[line]
            if line.is_damaged_hazard:
                if verdict["decision"] != "exception":
                    verdict["decision"] = "review"
                verdict |= {
                    "decision_code": "damaged_hazard",
                    "returnless": False,
                    "explanation": self.env._(
                        "It is leaking, burnt or swollen, and must not be sent: a "
                        "person arranges what happens to it."
                    ),
                }

    # ------------------------------------------------------------------
    # Photos that were taken for this request
    # ------------------------------------------------------------------
    def _filter_live(self):
        """Give the lines of such a value that a photo with the code is asked for."""
        values = self._get_values_at_stake()
        return self.filtered(
            lambda line: (
                # sudo: a setting of the company
                0 < line.company_id.sudo().reverse_live_photo_above < values[line]
            )
        )

    def _check_live_photos(self):
        """Refuse valuable goods without such a photo.

        Nobody is kept from telling of what leaks by the want of a photo.

        :raises UserError: for the first that lacks it
        """
        if any(self.mapped("is_damaged_hazard")):
            return
        for line in self._filter_live():
            if not line.live_photo_id:
                raise UserError(
                    self.env._(
                        "%(product)s: add a photo in which the code %(code)s can be "
                        "read.",
                        product=line.product_id.display_name,
                        code=line.live_code,
                    )
                )

    # ------------------------------------------------------------------
    # Files
    # ------------------------------------------------------------------

    def _add_customer_files(self, code, uploads):
        """Add photos and documents that a customer sends: see :meth:`add_proofs`.

        :param str code: what they show, one of ``photo``, ``purchase``, ``hazard``,
            and ``live`` for a photo in which the code of the request can be read
        :param uploads: ``[(name, bytes)]``
        :raises UserError: for a file that is too large, or neither picture nor PDF, and
            for too many of them
        """
        self.ensure_one()
        if len(uploads) > FILES_AT_ONCE:
            raise UserError(
                self.env._("Please send at most %s files at once.", FILES_AT_ONCE)
            )
        known = self._get_customer_files()
        if len(known) + len(uploads) > MOST_FILES:
            raise UserError(
                self.env._(
                    "Please send at most %s files of one product. What else we "
                    "should know, write to us below.",
                    MOST_FILES,
                )
            )
        kept = []
        for name, content in uploads:
            content = known._clean_customer_file(name, content)
            kept.append({"name": name, "data": base64.b64encode(content)})
        self.add_proofs("photo" if code == "live" else code, kept)
        if code == "live":
            added = self._get_customer_files() - known
            self._guarded_write({"live_photo_id": added[:1].id})

    def _get_customer_files(self):
        """Give the files that show something of these goods."""
        self.ensure_one()
        return self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "=", self.id)]
        )

    def _get_customer_receipts(self):
        """Give what has arrived: ``[(quantity, moment)]``, the first receipt first.

        What was received by mistake is no longer in it.
        """
        self.ensure_one()
        here = self.inspection_ids.filtered(
            lambda part: part.receipt_move_id and part.state in ("draft", "done")
        )
        by_receipt = here.grouped("receipt_move_id")
        return [
            (sum(by_receipt[move].mapped("quantity")), move._get_reverse_moved_at())
            for move in here.receipt_move_id.sorted(lambda m: m._get_reverse_turn())
        ]

    def _get_customer_findings(self):
        """Give the parts that were inspected, with the photos that customers may see.

        :return: ``{line: {part: attachments}}``
        """
        found = self.inspection_ids.filtered(lambda part: part._is_finding())
        photos = found._get_customer_photos()
        return {
            line: {part: photos[part] for part in line.inspection_ids & found}
            for line in self
        }

    @api.model
    def _explain_to_customer(self, verdict, with_prices=True, waits=True):
        """Say why something can be returned, or that a person looks at it.

        Most sentences of policy may name values, agreements or the sale. Whoever must
        not learn of these reads the few that cannot, and else what was decided. Nobody
        reads of the controls that made a person look.

        :param verdict: a line that was decided, or what was foreseen of it
        :param bool waits: whether it is not decided yet
        """
        code, decision = verdict["decision_code"], verdict["decision"]
        told = with_prices and code not in UNTOLD or code in PRICELESS
        if told:
            said = verdict["explanation"]
        elif decision == "authorize":
            said = self.env._("This can be returned.")
        else:
            said = self.env._("Our policy does not decide this by itself.")
        by_person = waits and decision in ("review", "exception")
        if by_person and not (told and code in BY_PERSON):
            return f"{said} {self.env._('A person looks at it.')}"
        return said

    def _get_customer_files_by_line(self):
        """Give the same of many lines at once: ``{line: ir.attachment}``."""
        files = self.env["ir.attachment"].search(
            [("res_model", "=", self._name), ("res_id", "in", self.ids)]
        )
        return {self.browse(id_): own for id_, own in files.grouped("res_id").items()}

    def _get_customer_paid(self):
        """Give what the customer paid for these goods, tax included.

        :return: ``(amount, currency)``, in the currency of the sale
        """
        self.ensure_one()
        sold = self.sale_line_id
        if not sold:
            return 0.0, self.company_id.currency_id
        price, currency = sold._get_reverse_price()
        return (
            currency.round(self.quantity * price * sold._get_reverse_tax_factor()),
            currency,
        )

    def _get_asked_proof(self):
        """Give the code of what is still to be shown first, None for nothing."""
        self.ensure_one()
        return next(iter(self._find_proof_gaps().get(self, ())), None)
