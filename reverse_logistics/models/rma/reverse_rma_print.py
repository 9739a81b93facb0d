import base64

from reportlab.graphics.barcode import createBarcodeDrawing

from odoo import models
from odoo.exceptions import UserError


class ReverseRma(models.Model):
    """The authorization on paper: what the customer puts into the parcel."""

    _inherit = "reverse.rma"

    def action_print_authorization(self):
        """Print the authorizations of these returns.

        :raises UserError: when one of them is not authorized
        """
        for rma in self:
            if rma.state not in ("authorized", "done"):
                raise UserError(
                    self.env._(
                        "%(rma)s is %(state)s: only an authorized return can be "
                        "printed for the customer.",
                        rma=rma.display_name,
                        state=rma._state_label(),
                    )
                )
        return self.env.ref("reverse_logistics.report_rma_authorization").report_action(
            self, config=False
        )

    def _get_return_address(self):
        """Where the customer sends the goods."""
        self.ensure_one()
        # sudo: an address that is printed for the customer
        address = self.sudo().facility_id._get_address()
        return address or self.sudo().company_id.partner_id

    def _get_return_deadline(self):
        """Until when the goods have to be sent, where there is such a day."""
        self.ensure_one()
        return self.state == "authorized" and self.expires_on

    def _get_barcode_image(self):
        """The number as Code 128, drawn in lines: sharp at any size, and it needs none
        of the libraries that a picture made of pixels needs.
        """
        self.ensure_one()
        drawing = createBarcodeDrawing(
            "Code128", value=self.name, format="svg", width=600, height=100
        )
        svg = drawing.asString("svg").encode()
        return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _get_lines_to_send(self):
        """What the customer is to send: not what stays there."""
        return self.filtered(
            lambda line: line.uom_id.compare(line.qty_authorized, line.qty_kept) > 0
        )
