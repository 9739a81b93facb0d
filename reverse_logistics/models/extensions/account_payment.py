from odoo import api, models

#: What decides how much a payment pays, and of what.
_PAID = frozenset({"amount", "currency_id", "invoice_ids", "payment_type", "state"})


class AccountPayment(models.Model):
    """Credit notes of returns are paid once, and no more than they say."""

    _inherit = "account.payment"

    @api.model_create_multi
    def create(self, vals_list):
        payments = super().create(vals_list)
        payments.invoice_ids._check_reverse_paid()
        return payments

    def write(self, vals):
        res = super().write(vals)
        if not _PAID.isdisjoint(vals):
            self.invoice_ids._check_reverse_paid()
        return res

    def _filter_reverse_paying(self):
        """Give those that pay money out."""
        return self.filtered(
            lambda payment: (
                payment.payment_type == "outbound"
                and payment.state in ("in_process", "paid")
            )
        )

    def _sum_reverse_paid(self, currency):
        """Sum what these pay, at the rates of their days."""
        return sum(
            payment.currency_id._convert(
                payment.amount, currency, payment.company_id, payment.date, round=False
            )
            for payment in self
        )
