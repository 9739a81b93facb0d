from odoo import fields, models


class ReverseRma(models.Model):
    """How many documents a return has: one query for each kind, for any number."""

    _inherit = "reverse.rma"

    picking_count = fields.Integer(compute="_compute_picking_count")
    inspection_count = fields.Integer(compute="_compute_inspection_count")
    settlement_count = fields.Integer(compute="_compute_settlement_count")
    exception_count = fields.Integer(compute="_compute_exception_count")
    open_exception_count = fields.Integer(
        "Open Exceptions", compute="_compute_open_exception_count"
    )
    credit_note_count = fields.Integer(compute="_compute_document_counts")
    sale_order_count = fields.Integer(compute="_compute_document_counts")
    delivery_count = fields.Integer(compute="_compute_document_counts")
    invoice_count = fields.Integer(compute="_compute_document_counts")

    def _count(self, model, domain=()):
        """Give the number of records of these returns: ``{rma: number}``."""
        # The database counts; a state written just now is flushed before.
        return dict(
            self.env[model]._read_group(
                [("rma_id", "in", self.ids), *domain], ["rma_id"], ["__count"]
            )
        )

    def _compute_picking_count(self):
        counts = dict(
            self.env["stock.picking"]._read_group(
                [("reverse_rma_id", "in", self.ids)], ["reverse_rma_id"], ["__count"]
            )
        )
        for rma in self:
            rma.picking_count = counts.get(rma._origin, 0)

    def _compute_inspection_count(self):
        counts = self._count("reverse.inspection")
        for rma in self:
            rma.inspection_count = counts.get(rma._origin, 0)

    def _compute_settlement_count(self):
        counts = self._count("reverse.settlement")
        for rma in self:
            rma.settlement_count = counts.get(rma._origin, 0)

    def _compute_exception_count(self):
        counts = self._count("reverse.exception")
        for rma in self:
            rma.exception_count = counts.get(rma._origin, 0)

    def _compute_open_exception_count(self):
        counts = self._count("reverse.exception", [("state", "=", "open")])
        for rma in self:
            rma.open_exception_count = counts.get(rma._origin, 0)

    def _compute_document_counts(self):
        for rma in self:
            rma.credit_note_count = len(rma.credit_note_ids)
            rma.sale_order_count = len(rma.sale_order_ids)
            rma.delivery_count = len(rma._get_deliveries())
            rma.invoice_count = len(rma._get_invoices())

    def _get_deliveries(self):
        """The transfers that the goods left with."""
        # sudo: which they are; opening one needs the rights for transfers
        return self.line_ids.sudo().move_id.picking_id.sudo(False)

    def _get_invoices(self):
        """The posted invoices of what comes back."""
        return self.line_ids._get_invoice_lines().move_id.sudo(False)

    def action_view_deliveries(self):
        return self._open(self._get_deliveries(), self.env._("Deliveries"))

    def action_view_invoices(self):
        return self._open(self._get_invoices(), self.env._("Invoices"))
