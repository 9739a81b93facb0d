from odoo import models


class StockMove(models.Model):
    """Nothing is sent to a supplier on hold, whoever prepares the transfer."""

    _inherit = "stock.move"

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        self._check_reverse_hold()
        return super()._action_confirm(
            merge=merge, merge_into=merge_into, create_proc=create_proc
        )

    def _check_reverse_hold(self):
        out = self.filtered(
            lambda move: (
                move.state != "cancel" and move.location_dest_id.usage == "supplier"
            )
        )
        for company, moves in out.grouped("company_id").items():
            # sudo: whoever sends the goods need not read purchases and claims
            known = moves.sudo()
            partners = (
                known.partner_id
                | known.picking_id.partner_id
                | known.purchase_line_id.partner_id
                | known.reverse_claim_line_id.partner_id
            )
            self.env["reverse.supplier.hold"]._find(partners, company)._refuse()
