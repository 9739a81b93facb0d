from odoo import models
from odoo.exceptions import UserError

#: Whose account it is, and which.
_ACCOUNT = frozenset({"acc_number", "acc_holder_name", "bank_id", "partner_id"})
#: Said of an account later; its number alone is where money goes.
_FILLED_IN = frozenset({"acc_holder_name", "bank_id"})


class ResPartnerBank(models.Model):
    """Accounts to which credits of returns were released stay those."""

    _inherit = "res.partner.bank"

    def write(self, vals):
        names = _ACCOUNT & vals.keys()
        # Clients never run as superuser.
        if names and not self.env.su:
            self.filtered(
                lambda bank: any(bank._is_reverse_other(n, vals[n]) for n in names)
            )._check_reverse_unpaid()
        return super().write(vals)

    def _is_reverse_other(self, name, value):
        """Whether a value makes it another account; what was empty is filled in."""
        known = self._fields[name].convert_to_write(self[name], self)
        return known != value and bool(known or name not in _FILLED_IN)

    def _check_reverse_unpaid(self):
        """Refuse another account while a credit note is to be paid to this one."""
        if not self:
            return
        # sudo: what is to be paid, whoever keeps contacts
        note = (
            self.env["account.move"]
            .sudo()
            .search(
                [
                    ("partner_bank_id", "in", self.ids),
                    ("reverse_settlement_id", "!=", False),
                    ("state", "=", "posted"),
                    ("payment_state", "not in", ("paid", "reversed")),
                ],
                limit=1,
            )
        )
        if note:
            raise UserError(
                self.env._(
                    "%(note)s was released to the account %(bank)s and is not paid "
                    "yet. Enter the other account as a new one, and choose it on the "
                    "payment.",
                    note=note.name,
                    bank=note.partner_bank_id.display_name,
                )
            )
