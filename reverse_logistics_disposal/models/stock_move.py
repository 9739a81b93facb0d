from odoo import models
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.engine import custody

#: A context that a client sends cannot contain this object: only what books scrap
#: orders and counts says so.
BOOKING = object()


class StockMove(models.Model):
    """Hand goods over to the charity that their inspection names, and tell returns."""

    _inherit = "stock.move"

    def _is_reverse_donation(self):
        """Whether this takes inspected goods to the place for what is donated."""
        self.ensure_one()
        # sudo: where donations go is configuration
        place = self.company_id.sudo().reverse_donation_location_id
        return bool(
            place and self.reverse_inspection_id and self.location_dest_id == place
        )

    def _is_reverse_hand_over(self):
        return super()._is_reverse_hand_over() or self._is_reverse_donation()

    def _find_reverse_refused(self):
        """Let pass what an inspection has decided to give away, and nothing beyond."""
        refused = super()._find_reverse_refused()
        if not refused or not self._is_reverse_donation():
            return refused
        place = self.location_dest_id
        return [
            (source, target, code)
            for source, target, code in refused
            if target != place
            or code != "by_hand"
            or not self._is_reverse_decided(custody.LOSS)
        ]

    def _check_reverse_way(self):
        self._check_reverse_recipient()
        self._check_reverse_destroyed()
        return super()._check_reverse_way()

    def _action_done(self, cancel_backorder=False):
        done = super()._action_done(cancel_backorder=cancel_backorder)
        # sudo: handing goods over is the warehouse's, not a step of the return
        donated = done.sudo().filtered(lambda m: m._is_reverse_donation())
        donated.reverse_inspection_id._on_donated(donated)
        return done

    def _check_reverse_destroyed(self):
        """Refuse that a plain transfer scraps, or uses up, what the law protects.

        What an inspection or a scrap order destroys was checked with that, and what a
        count does not find was not destroyed.
        """
        if self.env.context.get("reverse_booking") is BOOKING:
            return
        plain = self.filtered(
            lambda move: (
                move._is_reverse_destroying() and not move._is_reverse_donation()
            )
        )
        if not plain or self.env["reverse.rma"]._in_workflow():
            return
        traits = plain.company_id._get_protecting_traits()
        # sudo: what is protected, whoever moves it
        for move in plain.sudo():
            company = move.company_id
            owners = company.partner_id, company.partner_id.browse()
            ours = any(line.owner_id in owners for line in move.move_line_ids)
            trait = traits[company]
            if trait and trait in move.product_id.reverse_trait_ids and ours:
                raise UserError(
                    self.env._(
                        "%(transfer)s would destroy %(product)s, which needs a "
                        "derogation. Make a scrap order for it, and name there the "
                        "derogation that applies, or give the goods away.",
                        transfer=move.picking_id.name or move.display_name,
                        product=move.product_id.display_name,
                    )
                )

    def _is_reverse_destroying(self):
        """Whether goods are gone by this, wherever they were until now.

        What is built into something is not, nor was what a repair takes out of it in
        any stock of ours.
        """
        self.ensure_one()
        # Such orders move goods themselves: what is on a transfer only says so.
        made = not self.picking_id and self._is_reverse_made()
        return any(
            target.usage == "inventory"
            and not (made and source.usage == "production")
            or target.usage == "production"
            and not made
            for source, target in self._get_reverse_routes()
        )

    def _check_reverse_recipient(self):
        """Refuse to hand goods over to somebody else than was decided."""
        # sudo: the decision about the goods, whoever hands them over
        for move in self.sudo().filtered(lambda m: m._is_reverse_donation()):
            part, partner = move.reverse_inspection_id, move.picking_id.partner_id
            charity = part.donation_partner_id
            if partner.commercial_partner_id != charity.commercial_partner_id:
                raise UserError(
                    self.env._(
                        "%(transfer)s gives goods away that the inspection has decided "
                        "to give to %(charity)s. Name this charity as the contact, or "
                        "have the inspection corrected.",
                        transfer=move.picking_id.name,
                        charity=charity.display_name,
                    )
                )
