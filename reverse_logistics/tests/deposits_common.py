"""Core charges on invoices, and what comes back for them."""

from odoo import Command, fields

from .common import ReturnsCommon


class DepositsCommon(ReturnsCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.charge = cls._create_charge("Core charge alternator")
        cls.core = cls._create_product(
            "Used alternator", categ_id=cls.perpetual.id, standard_price=8.0
        )
        cls.core_type = cls.env["reverse.deposit.type"].create(
            {
                "name": "Alternator cores",
                "product_id": cls.charge.id,
                "core_product_id": cls.core.id,
                "rate_ids": [
                    Command.create(
                        {"condition_id": cls.conditions["B"].id, "percent": 50}
                    ),
                    Command.create(
                        {"condition_id": cls.conditions["E"].id, "percent": 0}
                    ),
                ],
            }
        )

    @classmethod
    def _create_charge(cls, name):
        return cls._create_product(
            name, type="service", is_storable=False, invoice_policy="order"
        )

    def _charge(self, quantity, price=50.0, date=None, **values):
        """Sell goods with so many deposits, and invoice both; give the invoice."""
        order = self._new_order(
            (self.product, quantity, {"price_unit": 100.0}),
            (self.charge, quantity, {"price_unit": price, **values}),
        )
        self._deliver(order)
        return self._invoice(order, date=date)

    def _invoice_alone(self, quantity, price=50.0, product=None):
        invoice = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": fields.Date.today(),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "product_id": (product or self.charge).id,
                            "quantity": quantity,
                            "price_unit": price,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )
        invoice.action_post()
        return invoice

    def _deposits(self, kind=None):
        return self.env["reverse.deposit"].search(
            [("type_id", "=", (kind or self.core_type).id)]
        )

    def _left(self):
        deposits = self._deposits()
        deposits.invalidate_recordset()
        return deposits.mapped("qty_left")

    def _draft_core(self, quantity, kind=None, **rma):
        return self._as("service", self.env["reverse.rma"]).create(
            {
                "partner_id": self.customer.id,
                "line_ids": [
                    Command.create(
                        {
                            "deposit_type_id": (kind or self.core_type).id,
                            "quantity": quantity,
                        }
                    )
                ],
                **rma,
            }
        )

    def _requested_core(self, quantity, kind=None):
        rma = self._draft_core(quantity, kind)
        rma.action_request()
        return rma

    def _refunded(self, quantity, condition="A", kind=None):
        rma = self._requested_core(quantity, kind)
        self._receive(rma)
        self._inspect(rma.inspection_ids, condition)
        return rma

    def _reverse_by_hand(self, invoice, post=True):
        """Use Odoo's own reversal wizard, as the accountant."""
        wizard = (
            self.env["account.move.reversal"]
            .with_context(active_model="account.move", active_ids=invoice.ids)
            .create({"journal_id": invoice.journal_id.id})
        )
        note = self.env["account.move"].browse(wizard.reverse_moves()["res_id"])
        if post:
            self._books(note).action_post()
        return note
