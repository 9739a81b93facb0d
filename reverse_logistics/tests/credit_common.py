"""Credit notes that somebody makes in the books, and what a return gave before."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError

from .common import ReturnsCommon

TOO_MUCH = r"would be credited, but only .* of what was invoiced is left"
BEYOND = r"with tax would be credited, but only .* is left"
STAYS = "stays as it was released"


class CreditCase(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.moves = cls.env["account.move"]

    @classmethod
    def _wizard(cls, invoice):
        """Open Odoo's own wizard, as the accountant does."""
        return (
            cls.env["account.move.reversal"]
            .with_user(cls.accountant)
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )

    @classmethod
    def _reversal(cls, invoice, quantity=None, price=None, post=True):
        """Make a credit note with Odoo's own wizard, as the accountant does."""
        wizard = cls._wizard(invoice)
        credit_note = cls._books(cls.moves.browse(wizard.refund_moves()["res_id"]))
        line = credit_note.invoice_line_ids[:1]
        if quantity is not None:
            line.quantity = quantity
        if price is not None:
            line.price_unit = price
        if post:
            credit_note.action_post()
        return credit_note

    @classmethod
    def _manual(
        cls, amount, line=None, post=True, quantity=1, companies=None, **values
    ):
        """Enter a credit note by hand, for an order line or as goodwill.

        :param companies: those among which the accountant switches, if several
        """
        moves = cls.moves.with_user(cls.accountant)
        if companies:
            moves = moves.with_context(allowed_company_ids=companies.ids)
        credit_note = moves.create(
            {
                "move_type": "out_refund",
                "partner_id": cls.customer.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "By hand",
                            "quantity": quantity,
                            "price_unit": amount,
                            "tax_ids": [Command.clear()],
                            "sale_line_ids": line and [Command.set(line.ids)],
                        }
                    )
                ],
                **values,
            }
        )
        credit_note = cls._books(credit_note)
        if post:
            credit_note.action_post()
        return credit_note

    def _retype(self, document, amount, **values):
        """Delete the lines of a document and enter another one."""
        document.invoice_line_ids.unlink()
        line = {"name": "Again", "price_unit": amount, "tax_ids": [Command.clear()]}
        document.invoice_line_ids = [Command.create({**line, **values})]

    def assertRefused(self, regex, call):
        """Whoever calls gets a sentence, and nothing is kept."""
        with self.assertRaisesRegex((UserError, AccessError), regex):
            call()
