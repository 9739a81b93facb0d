from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.models.base.reverse_columns import differs

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
    reverse_donation_offer_ids = fields.One2many(
        "reverse.donation.offer",
        "scrap_id",
        "Offers to Charities",
        readonly=True,
        groups="reverse_logistics.group_user",
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
        """Find those that need a derogation.

        What an inspection destroys is posted without this, and was checked with it.
        """
        return self.sudo().filtered(
            "reverse_needs_derogation"
        )  # sudo: what is scrapped

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
            if derogation.offers_needed:
                scrap._check_reverse_declined()
            if derogation.evidence_required and not scrap._has_reverse_evidence():
                raise UserError(
                    self.env._(
                        "%(product)s: attach the evidence of “%(derogation)s” to the "
                        "scrap order first.",
                        product=scrap.product_id.display_name,
                        derogation=derogation.name,
                    )
                )

    def _check_reverse_declined(self):
        """Refuse to destroy what not enough charities have declined."""
        self.ensure_one()
        # sudo: offers of the goods, whoever noted them
        offers = self.sudo().reverse_donation_offer_ids
        taken = offers._get_taken()
        if taken:
            raise UserError(
                self.env._(
                    "%(product)s: %(charity)s takes the goods. Deliver them to it "
                    "instead of scrapping them.",
                    product=self.product_id.display_name,
                    charity=taken[0].partner_id.name,
                )
            )
        derogation = self.reverse_derogation_id
        missing = offers._count_missing(derogation, self.company_id)
        if missing:
            raise UserError(
                self.env._(
                    "%(product)s: “%(derogation)s” needs %(needed)s charities that "
                    "declined the goods or did not answer in time, or eight weeks on "
                    "your site; %(missing)s are missing. Inspectors offer the goods on "
                    "the scrap order, and note the answers.",
                    product=self.product_id.display_name,
                    derogation=derogation.name,
                    needed=derogation.offers_needed,
                    missing=missing,
                )
            )

    def _get_offer_data(self):
        """Give what events of offers say of these goods."""
        return {
            "scrap": self.id,
            "product": self.product_id.id,
            "quantity": self.scrap_qty,
            "uom": self.product_uom_id.id,
        }

    def action_reverse_offer(self):
        """Note that these goods are offered to a charity, or shown on the site."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Offer to a Charity"),
            "res_model": "reverse.donation.offer",
            "view_mode": "form",
            "target": "new",
            "context": {
                "default_scrap_id": self.id,
                "default_company_id": self.company_id.id,
            },
        }

    def _has_reverse_evidence(self):
        self.ensure_one()
        domain = [("res_model", "=", self._name), ("res_id", "=", self.id)]
        # sudo: whether there is a file that shows something, whoever attached it
        files = self.env["ir.attachment"].sudo().search(domain)
        return any(file._is_reverse_evidence() for file in files)

    def action_reverse_ask_scrap(self, reason=None):
        self._check_reverse_papers()
        return super().action_reverse_ask_scrap(reason=reason)

    def _check_reverse_papers(self):
        self._find_restricted()._check_reverse_derogation()
        return super()._check_reverse_papers()

    def do_scrap(self):
        restricted = self._find_restricted()
        # Of a kit, Odoo counts the components as kits afterwards.
        goods = {scrap: scrap._prepare_disposal_lines() for scrap in restricted}
        booking = self.with_context(reverse_booking=BOOKING)
        res = super(StockScrap, booking).do_scrap()
        self.env["reverse.disposal"]._open_for_scraps(goods)
        return res

    def write(self, vals):
        if "reverse_derogation_id" in vals and any(
            scrap._is_reverse_scrapped() for scrap in self
        ):
            raise UserError(
                self.env._("The goods are destroyed: their derogation stays as it was.")
            )
        self._check_reverse_offered(vals)
        return super().write(vals)

    def _check_reverse_offered(self, vals):
        """Refuse to scrap other goods, or more, than charities were asked about."""
        names = self._get_reverse_goods_fields() & vals.keys()
        # Clients never run as superuser.
        if self.env.su or not names:
            return
        for scrap in self.sudo().filtered("reverse_donation_offer_ids"):  # sudo: offers
            fewer = (
                names == {"scrap_qty"} and (vals["scrap_qty"] or 0) <= scrap.scrap_qty
            )
            if not fewer and differs(scrap, vals, names):
                raise UserError(
                    self.env._(
                        "%(product)s of %(order)s was offered to charities: it stays, "
                        "and no more is scrapped than was offered. Enter another order "
                        "for other goods.",
                        product=scrap.product_id.display_name,
                        order=scrap.name,
                    )
                )

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
