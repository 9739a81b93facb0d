from odoo import Command, fields, models


class ReverseSettlement(models.Model):
    """Credit notes of sales that Odoo has no invoice of."""

    _inherit = "reverse.settlement"

    def _create_credit_notes(self):
        credit_notes = super()._create_credit_notes()
        groups = self.line_ids.filtered(lambda line: line._is_unlinked()).grouped(
            # sudo: the number of an old invoice
            lambda line: (
                line.settlement_id,
                line.sudo().historic_sale_id.invoice_name,
            )
        )
        vals_list = [
            settlement._prepare_unlinked_credit_note(number, lines)
            for (settlement, number), lines in groups.items()
        ]
        return credit_notes | self._get_new_moves().create(vals_list)

    def _prepare_unlinked_credit_note(self, number, lines):
        """Values of a credit note that names the old invoice in words only."""
        self.ensure_one()
        sale = lines.sudo().historic_sale_id[:1]  # sudo: whose invoice it was
        ref = self.rma_id.name
        if number:
            ref = self.env._("%(rma)s, credit of %(invoice)s", rma=ref, invoice=number)
        partner = sale.partner_id or self.rma_id.sudo().partner_id  # sudo: as above
        currency = lines.currency_id
        vals = {
            "move_type": "out_refund",
            "reverse_settlement_id": self.id,
            "company_id": self.company_id.id,
            "partner_id": partner.address_get(["invoice"])["invoice"],
            "currency_id": currency.id,
            "fiscal_position_id": lines.rma_line_id[:1]._get_fiscal_position().id,
            "invoice_payment_term_id": False,
            "invoice_date": fields.Date.context_today(self),
            "invoice_origin": self.rma_id.name,
            "invoice_user_id": False,
            "ref": ref,
            "invoice_line_ids": [
                Command.create(line_vals) for line_vals in lines._prepare_credit_lines()
            ],
        }
        if sale and self.company_id.reverse_currency_rate == "invoice":
            vals["invoice_currency_rate"] = self.env[
                "res.currency"
            ]._get_conversion_rate(
                self.company_id.currency_id, currency, self.company_id, sale.date
            )
        return vals
