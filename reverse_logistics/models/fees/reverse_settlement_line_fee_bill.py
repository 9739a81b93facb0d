from odoo import Command, fields, models


class ReverseSettlementLine(models.Model):
    """Fees that no credit holds: on the order, or on an invoice of their own.

    Goods that were not invoiced yet, or are replaced, have an order, whose next invoice
    charges the fee. Sales of the past have none: accounting gets a draft invoice.
    """

    _inherit = "reverse.settlement.line"

    fee_order_line_id = fields.Many2one(
        "sale.order.line",
        "Billed Fee",
        readonly=True,
        copy=False,
        index="btree_not_null",
        guarded=True,
    )
    fee_invoice_id = fields.Many2one(
        "account.move",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        guarded=True,
    )

    def _bill_fees(self):
        """Bill what the credits of these lines do not hold."""
        billed = self.filtered("fee_billed")
        ordered = billed.filtered("rma_line_id.sale_line_id")
        # sudo: the settlements were released; exactly their fees are charged
        order_lines = self.env["sale.order.line"].sudo()
        order_lines = order_lines.create([line._prepare_fee() for line in ordered])
        for line, order_line in zip(ordered, order_lines, strict=True):
            line._guarded_write({"fee_order_line_id": order_line.id})
        groups = (billed - ordered).grouped("settlement_id").values()
        # sudo: as above; accounting posts it
        invoices = self._sudo_clean(self.env["account.move"])
        invoices = invoices.create([lines._prepare_fee_invoice() for lines in groups])
        for lines, invoice in zip(groups, invoices, strict=True):
            lines._guarded_write({"fee_invoice_id": invoice.id})

    def _prepare_fee(self):
        """Values of the order line that charges what is billed."""
        self.ensure_one()
        return {
            "order_id": self.rma_line_id.sale_line_id.order_id.id,
            "product_uom_qty": 1.0,
            **self._prepare_fee_charge(),
        }

    def _prepare_fee_charge(self):
        self.ensure_one()
        return {
            "product_id": self._get_fee_product().id,
            "name": self._get_fee_label(),
            "price_unit": self._get_fee_price(self.fee_billed),
            "discount": 0.0,
            "tax_ids": [Command.set(self._get_fee_taxes().ids)],
        }

    def _prepare_fee_invoice(self):
        """Values of the invoice over what is billed of one settlement."""
        company = self.company_id
        # sudo: to whom the customer's invoices go
        partner = self.rma_id.sudo().partner_id
        return {
            "move_type": "out_invoice",
            "partner_id": partner.address_get(["invoice"])["invoice"],
            "company_id": company.id,
            "currency_id": self.currency_id.id,
            "invoice_date": company._get_reverse_today(),
            "invoice_origin": self.rma_id.name,
            "invoice_line_ids": [
                Command.create({"quantity": 1.0, **line._prepare_fee_charge()})
                for line in self
            ],
        }

    # ------------------------------------------------------------------
    # Corrections
    # ------------------------------------------------------------------
    def _take_back_fees(self):
        """A reversed settlement charges nothing: the order's next document says so, and
        an invoice over the fee is cancelled or reversed.
        """
        # sudo: exactly what the release charged
        fees = self.sudo().fee_order_line_id
        locked = fees.order_id.filtered("locked")
        locked.locked = False
        fees.product_uom_qty = 0.0
        locked.locked = True
        # sudo: as above
        invoices = self.sudo().fee_invoice_id.filtered(
            lambda move: not move._is_reverse_credit_gone()
        )
        posted = invoices.filtered(lambda move: move.state == "posted")
        (invoices - posted).button_cancel()
        for move in posted:
            move._reverse_moves(
                [{"ref": self.env._("Reversal of %(number)s", number=move.name)}],
                cancel=True,
            )

    def _on_credit_gone(self):
        res = super()._on_credit_gone()
        self._take_back_fees()
        return res
