"""A policy that charges for taking goods back."""

from odoo import Command

from .replacement_common import ReplacementCommon


class FeeCommon(ReplacementCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.fee_tax = cls._create_tax(19)
        cls.fee_product = cls._create_service("Handling", cls.fee_tax)
        cls.company.reverse_fee_product_id = cls.fee_product
        cls.reasons = {
            reason.code: reason for reason in cls.env["reverse.reason"].search([])
        }

    @classmethod
    def _create_service(cls, name, taxes=None, **values):
        return cls.env["product.product"].create(
            {
                "name": name,
                "type": "service",
                "invoice_policy": "order",
                "taxes_id": [Command.set(taxes.ids if taxes else [])],
                **values,
            }
        )

    @classmethod
    def _set_fees(cls, *rules):
        """Put a version in force that charges by these rules alone; give it."""
        commands = [Command.create({"name": "Fee", **rule}) for rule in rules]
        return cls._set_policy(fee_rule_ids=[Command.clear(), *commands])

    def _entered(self, source, quantity=1, reason="UNWANTED", **values):
        """Request a return for a reason; give its line."""
        rma = self._requested(
            source, quantity, reason_id=self.reasons[reason].id, **values
        )
        return rma.line_ids.sudo()

    def _taken_in(self, line, condition="A", disposition=None, **values):
        """Receive and inspect a requested line in one part; give its settlement."""
        parts = self._receive(line.rma_id)
        if values:
            self._as("inspector", parts).write(values)
        self._inspect(parts, condition, disposition)
        return line.rma_id.sudo().settlement_ids

    def _charged(self, source, quantity=1, reason="UNWANTED", condition="A", **values):
        """Return goods up to their settlement; give its lines."""
        line = self._entered(source, quantity, reason, **values)
        return self._taken_in(line, condition).line_ids

    def _take_in_parts(self, line, *parts):
        """Inspect a line in parts of ``(quantity, condition)``, each in full by policy;
        give their settlement lines in that order.
        """
        self._receive(line.rma_id)
        for quantity, condition in parts:
            open_part = line.inspection_ids.filtered(lambda p: p.state == "draft")[:1]
            if open_part.quantity > quantity:
                self._as("inspector", open_part).quantity = quantity
            self._inspect(open_part, condition, "RESTOCK")
        return line.rma_id.settlement_ids.line_ids.sorted("id")

    def _fee_lines(self, moves, product=None):
        return moves.invoice_line_ids.filtered(
            lambda aml: aml.product_id == (product or self.fee_product)
        )

    def assertFee(self, line, amount, sentence=None):
        """Compare what a return line announces."""
        self.assertAlmostEqual(line.fee, amount)
        if sentence is not None:
            self.assertRegex(line.fee_explanation or "", sentence)
