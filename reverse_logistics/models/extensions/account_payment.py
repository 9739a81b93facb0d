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
        # sudo: which documents a payment names, whoever keeps it
        named = {payment: payment.sudo().invoice_ids for payment in counted}
        res = super().write(vals)
        # Those that only go on to the bank were counted when they were posted.
        changed = self - counted if names == {"state"} else self
        if names:
            changed.invoice_ids._check_reverse_paid()
        for payment in counted._filter_reverse_paying():
            payment._check_reverse_named(named[payment])
        return res

    def _check_reverse_named(self, documents):
        """Refuse to forget which credit notes of returns this has paid.

        :param documents: those that it named until now
        """
        # sudo: as above
        forgotten = documents - self.sudo().invoice_ids
        for note in forgotten.filtered("reverse_settlement_id"):
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

    def _filter_reverse_strange(self, owners):
        """Give those that pay somebody else, or nobody who is named.

        :param owners: commercial partners who may get the money
        """

        def is_strange(payment):
            bank = payment.partner_bank_id
            return payment.partner_id.commercial_partner_id not in owners or (
                bank and bank.partner_id.commercial_partner_id not in owners
            )

        return self.filtered(is_strange)

    def _sum_reverse_paid(self, currency):
        """Sum what these pay, at the rates of their days."""
        return sum(
            payment.currency_id._convert(
                payment.amount, currency, payment.company_id, payment.date, round=False
            )
            for payment in self
        )
