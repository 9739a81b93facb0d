from odoo import api, models

#: What decides how much a payment pays, of what, and to whom.
_PAID = frozenset(
    {
        "amount",
        "currency_id",
        "invoice_ids",
        "partner_bank_id",
        "partner_id",
        "payment_type",
        "state",
    }
)


class AccountPayment(models.Model):
    """Credit notes of returns are paid once, and no more than they say."""

    _inherit = "account.payment"

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        payments.invoice_ids._check_reverse_paid()
        return payments

    def write(self, vals):
        names = _PAID & vals.keys()
        counted = self._filter_reverse_paying() if names else self.browse()
        named = counted.sudo().invoice_ids if "invoice_ids" in names else None
        res = super().write(vals)
        # Those that only go on to the bank were counted when they were posted.
        changed = self - counted if names == {"state"} else self
        if names:
            changed.invoice_ids._check_reverse_paid()
        if named:
            counted._check_reverse_kept(named)
        return res

    def _check_reverse_kept(self, named):
        """Refuse to forget which credit notes of returns these have paid.

        :param named: the documents that they named until now
        """
        paid = self._filter_reverse_paying().sudo().invoice_ids
        for note in (named - paid).filtered("reverse_settlement_id"):
            note._refuse_released(
                self.env._(
                    "%(note)s was paid by this payment, which has to go on naming it. "
                    "Cancel the payment if it was not made.",
                    note=note.name,
                )
            )

    def _filter_reverse_paying(self):
        """Give those that pay money out."""
        return self.filtered(
            lambda payment: (
                payment.payment_type == "outbound"
                and payment.state in ("in_process", "paid")
            )
        )

    def _get_reverse_paid_owners(self):
        """Give who gets the money: an empty one where a payment names nobody.

        :rtype: set
        """
        return {
            owner
            for payment in self
            for owner in (
                payment.partner_id.commercial_partner_id,
                payment.partner_bank_id.partner_id.commercial_partner_id
                or payment.partner_id.commercial_partner_id,
            )
        }

    def _sum_reverse_paid(self, currency):
        """Sum what these pay, at the rates of their days."""
        return sum(
            payment.currency_id._convert(
                payment.amount, currency, payment.company_id, payment.date, round=False
            )
            for payment in self
        )
