from odoo import models


class ReverseRmaLine(models.Model):
    """What customs ask of goods that come back."""

    _inherit = "reverse.rma.line"

    def _get_export_reference(self):
        """Say as what the goods left: delivery, export declaration and invoices."""
        self.ensure_one()
        delivery = self.move_id.picking_id
        invoices = self.sale_line_id.invoice_lines.move_id.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        names = [delivery.name, delivery.reverse_export_ref, *invoices.mapped("name")]
        names += [self.historic_sale_id.display_name]
        return ", ".join(name for name in names if name)
