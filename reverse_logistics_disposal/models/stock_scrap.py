from odoo import api, fields, models
from odoo.exceptions import UserError

from .stock_move import BOOKING


class StockScrap(models.Model):
    """What the law protects is destroyed nowhere without a derogation.

    Goods that were put back into stock, or never sold, are scrapped by Odoo's own
    orders: these get a disposal paper of their own, by which they are reported.
    """

    _inherit = "stock.scrap"

    reverse_derogation_id = fields.Many2one(
        "reverse.derogation",
        "Derogation",
        copy=False,
        ondelete="restrict",
        help="Why these goods may be destroyed although the law forbids it. Attach its "
        "evidence to the order.",
    )
    reverse_needs_derogation = fields.Boolean(
        compute="_compute_reverse_needs_derogation", compute_sudo=True
    )

    @api.depends("product_id", "owner_id", "company_id.reverse_espr")
    def _compute_reverse_needs_derogation(self):
        traits = self.company_id._get_protecting_traits()
        for scrap in self:
            scrap.reverse_needs_derogation = bool(
                scrap.product_id and scrap._get_protected(traits.get(scrap.company_id))
            )

    def _get_protected(self, trait):
        """Give what of it is ours and protected: ``[(product, quantity), …]``.

        :param trait: of goods that the law protects, None or empty without such a law
        """
        ours = self.company_id.partner_id, self.owner_id.browse()
        return [
            (product, quantity)
            for product, quantity, owner in self._get_reverse_goods()
            if trait and trait in product.reverse_trait_ids and owner in ours
        ]

    def _find_restricted(self):
        """Find those that no inspection has decided about, which checks it itself."""
        # sudo: what was approved, whoever scraps it
        by_inspection = self.env["reverse.rma"]._in_workflow()
        return self.sudo().filtered(
            lambda scrap: (
                scrap.reverse_needs_derogation
                and (not by_inspection or scrap.reverse_quantity_change_ids)
            )
        )

    def _check_reverse_derogation(self):
        """Refuse to destroy what lacks a derogation or its evidence.

        :raises UserError: saying what is missing
        """
        for scrap in self:
            derogation = scrap.reverse_derogation_id
            if not derogation:
                raise UserError(
                    self.env._(
                        "%(product)s may neither be destroyed nor recycled: goods of "
                        "its kind need a derogation. Name the one that applies on the "
                        "scrap order and attach its evidence, or give the goods away.",
                        product=scrap.product_id.display_name,
                    )
                )
            proved = derogation.evidence_required or derogation.offers_needed
            if proved and not scrap._has_reverse_evidence():
                raise UserError(
                    self.env._(
                        "%(product)s: attach the evidence of “%(derogation)s” to the "
                        "scrap order first.",
                        product=scrap.product_id.display_name,
                        derogation=derogation.name,
                    )
                )

    def _has_reverse_evidence(self):
        self.ensure_one()
        domain = [("res_model", "=", self._name), ("res_id", "=", self.id)]
        # sudo: whether there is a file, whoever attached it
        return bool(self.env["ir.attachment"].sudo().search_count(domain, limit=1))

    def action_reverse_ask_scrap(self, reason=None):
        self._find_restricted()._check_reverse_derogation()
        return super().action_reverse_ask_scrap(reason=reason)

    def do_scrap(self):
        restricted = self._find_restricted()
        restricted._check_reverse_derogation()
        # Of a kit, Odoo counts the components as kits afterwards.
        goods = {scrap: scrap._prepare_disposal_lines() for scrap in restricted}
        booking = self.with_context(reverse_booking=BOOKING)
        res = super(StockScrap, booking).do_scrap()
        self.env["reverse.disposal"]._open_for_scraps(goods)
        return res

    def write(self, vals):
        if "reverse_derogation_id" in vals and "done" in self.mapped("state"):
            raise UserError(
                self.env._("The goods are destroyed: their derogation stays as it was.")
            )
        return super().write(vals)

    def _prepare_disposal_lines(self):
        """What the paper says of these goods, as they are now."""
        self.ensure_one()
        trait = self.company_id._get_protecting_traits()[self.company_id]
        return [
            {
                "product_id": product.id,
                "categ_id": product.categ_id.id,
                "lot_id": self.lot_id.id if product == self.product_id else False,
                "quantity": quantity,
                "weight": product.weight * quantity,
                "restricted": True,
                "derogation_id": self.reverse_derogation_id.id,
            }
            for product, quantity in self._get_protected(trait)
        ]
