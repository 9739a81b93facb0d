from dateutil.relativedelta import relativedelta

from odoo import api, fields, models


class ReverseSupplierClaimLine(models.Model):
    """The supplier's warranty for goods, and its words for what was found."""

    _inherit = "reverse.supplier.claim.line"

    warranty_until = fields.Date(
        "Supplier's Warranty Until",
        compute="_compute_warranty_until",
        compute_sudo=True,
        help="As noted on the serial number, else counted from the receipt.",
    )
    code_id = fields.Many2one(
        "reverse.supplier.code",
        "Supplier's Code",
        compute="_compute_code_id",
        compute_sudo=True,
    )

    @api.depends("lot_id.reverse_supplier_warranty", "received_on", "claim_id.kind")
    def _compute_warranty_until(self):
        for line in self:
            months = line.claim_id.agreement_id.warranty_months
            counted = (
                months
                and line.received_on
                and line.received_on + relativedelta(months=months)
            )
            noted = line.lot_id.reverse_supplier_warranty
            is_sold = line.kind == "goods" and line.claim_id._is_on_seller()
            line.warranty_until = is_sold and (noted or counted)

    @api.depends("inspection_id", "claim_id.agreement_id.code_ids")
    def _compute_code_id(self):
        for claim, lines in self.grouped("claim_id").items():
            found = claim.agreement_id._find_codes(lines.inspection_id)
            none = self.env["reverse.supplier.code"]
            for line in lines:
                line.code_id = found.get(line.inspection_id, none)

    def _get_out_of_warranty(self):
        """Give the lines whose goods came back after the supplier's warranty."""
        return self.filtered(
            lambda line: (
                line.warranty_until
                and line.inspection_id
                and line.warranty_until < line._get_returned_on()
            )
        )

    def _get_returned_on(self):
        # sudo: the day only
        part = self.inspection_id.sudo()
        moment = part.receipt_move_id.reverse_done_at or part.inspected_at
        return part.company_id._to_reverse_day(moment)
