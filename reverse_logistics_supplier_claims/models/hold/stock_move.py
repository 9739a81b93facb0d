from odoo import models
from odoo.exceptions import UserError


class StockMove(models.Model):
    """Nothing is sent to a supplier on hold, whoever prepares the transfer."""

    _inherit = "stock.move"

    def _action_confirm(self, merge=True, merge_into=False, create_proc=True):
        self._check_reverse_hold()
        return super()._action_confirm(
            merge=merge, merge_into=merge_into, create_proc=create_proc
        )

    def _check_reverse_way(self):
        # What was announced before a supplier was put on hold stays here, too.
        self._check_reverse_hold()
        return super()._check_reverse_way()

    def _check_reverse_hold(self):
        out = self.filtered(
            lambda move: (
                move.state != "cancel"
                # What is found there was there.
                and move.location_id.usage != "inventory"
                and any(
                    place.usage == "supplier" or place._get_reverse_keeper()
                    for place in move._get_reverse_targets()
                )
                # What a customer has sent there is there.
                and not (
                    move.reverse_claim_line_id and move.location_id.usage == "customer"
                )
            )
        )
        holds = self.env["reverse.supplier.hold"]
        for company, moves in out.grouped("company_id").items():
            partners = moves._get_reverse_suppliers()
            holds._find(partners, company)._refuse()
            if holds._get_held(company.id):
                moves._check_reverse_supplier_named()

    def _get_reverse_suppliers(self):
        """Give who gets these goods, by any of their papers."""
        # sudo: whoever sends the goods need not read purchases and claims
        known = self.sudo()
        return (
            known.partner_id
            | known.picking_id.partner_id
            | known.purchase_line_id.partner_id
            | known.reverse_claim_line_id.partner_id
            | known._get_reverse_targets()._get_reverse_keeper()
        )

    def _check_reverse_supplier_named(self):
        """Refuse to send goods of returns to nobody in particular: who is on hold would
        get them so.
        """
        for move in self:
            sources = move.location_id | move.move_line_ids.location_id
            returned = any(place._is_reverse_stock() for place in sources)
            if returned and not move._get_reverse_suppliers():
                raise UserError(
                    self.env._(
                        "%(transfer)s takes goods to a supplier and names none. Enter "
                        "the supplier as the contact: some of them are on hold.",
                        transfer=move.picking_id.name or move.display_name,
                    )
                )
