from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ..models.reverse_supplier_claim import PARTS


class ReverseSupplierAnswerEntry(models.TransientModel):
    """What a supplier has answered, to be noted as it was said."""

    _name = "reverse.supplier.answer.entry"
    _description = "Note an Answer"

    claim_id = fields.Many2one("reverse.supplier.claim", required=True, readonly=True)
    currency_id = fields.Many2one(related="claim_id.currency_id")
    kind = fields.Selection(
        [
            ("acknowledge", "Acknowledged"),
            ("authorize", "Return authorized"),
            ("approve", "Approved in full"),
            ("approve_part", "Partly approved"),
            ("refuse", "Refused"),
            ("request", "Asks for the parts"),
            ("arrive", "Has received the parts"),
            ("pay", "Paid without a credit note"),
            ("message", "Message"),
        ],
        "Answer",
        default="message",
        required=True,
    )
    direction = fields.Selection(
        [("in", "From the Supplier"), ("out", "To the Supplier")],
        default="in",
        required=True,
    )
    is_mailed = fields.Boolean(
        "Send by Mail",
        help="To the supplier and its portal users. Else only noted: it was said "
        "otherwise.",
    )
    day = fields.Date(required=True, default=fields.Date.context_today)
    reference = fields.Char(
        help="The supplier's number: it authorizes the return, or names the payment."
    )
    text = fields.Text()
    reason = fields.Char(help="Why not all of it is approved.")
    attachment_ids = fields.Many2many("ir.attachment", string="Files")
    line_ids = fields.One2many(
        "reverse.supplier.answer.entry.line",
        "entry_id",
        compute="_compute_line_ids",
        store=True,
        readonly=False,
    )

    @api.depends("claim_id", "kind")
    def _compute_line_ids(self):
        """Propose what is left of each line, or the goods that it can be about."""
        for entry in self:
            if entry.kind in PARTS:
                # sudo: where the goods are; the answer says which are meant
                meant = entry.claim_id.sudo()._get_parts_for(entry.kind)
                entry.line_ids = [
                    Command.clear(),
                    *(Command.create({"claim_line_id": line.id}) for line in meant),
                ]
                continue
            by_line = entry.kind in ("approve_part", "pay")
            lines = entry.claim_id.line_ids if by_line else entry.claim_id.line_ids[:0]
            entry.line_ids = [
                Command.clear(),
                *(
                    Command.create(
                        {
                            "claim_line_id": line.id,
                            "amount": line.amount_claimed
                            if entry.kind == "approve_part"
                            else max(line.amount_approved - line.amount_recovered, 0.0),
                        }
                    )
                    for line in lines
                ),
            ]

    def action_confirm(self):
        """Note the answer; the claim goes where it leads.

        :raises UserError: when the answer lacks what its kind needs
        """
        self.ensure_one()
        if self.kind == "pay" and not self.reference:
            raise UserError(
                self.env._("Enter the reference of the payment or of the deduction.")
            )
        noted = self.claim_id._answer(
            self.kind,
            self._get_said(),
            direction="in" if self.kind != "message" else self.direction,
            reference=self.reference,
            files=self.attachment_ids,
            day=self.day,
            text=self.text,
        )
        if self.is_mailed and noted.direction == "out":
            self.claim_id._mail_answer(noted)
        return {"type": "ir.actions.act_window_close"}

    def _get_said(self):
        """Give ``{line: (amount, reason)}`` of what the answer says."""
        lines = self.claim_id.line_ids
        if self.kind == "approve":
            return {line: (line.amount_claimed, False) for line in lines}
        if self.kind == "refuse":
            return {line: (0.0, self.reason) for line in lines}
        if self.kind in PARTS:
            meant = self.line_ids.filtered("is_meant").claim_line_id
            return dict.fromkeys(meant, (0.0, False))
        return {
            line.claim_line_id: (line.amount, line.reason or self.reason)
            for line in self.line_ids
        }
