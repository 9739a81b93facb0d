from odoo import fields, models
from odoo.exceptions import UserError


class ReverseSupplierClaim(models.Model):
    """Claims for unsold goods that the supplier takes back."""

    _inherit = "reverse.supplier.claim"

    rotation_order_id = fields.Many2one(
        "purchase.order",
        "New Order",
        copy=False,
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        domain="[('partner_id', 'child_of', partner_id), ('state', '=', 'purchase')]",
        help="What is bought in place of the goods that go back.",
    )
    is_rotation_order_required = fields.Boolean(
        related="agreement_id.rotation_order_required"
    )
    _order_once = models.UniqueIndex(
        "(rotation_order_id) WHERE rotation_order_id IS NOT NULL "
        "AND state NOT IN ('cancelled', 'refused')",
        "Another claim for unsold goods names this order already: choose another one.",
    )

    def _check_rotation(self):
        """Before unsold goods are claimed, something of the right is left for them."""
        claims = self.filtered(
            lambda claim: claim.kind == "rotation" or claim.line_ids._get_unsold()
        )
        # sudo: terms count whoever may read them
        claims.agreement_id.sudo()._check_rotation_left()
        for claim in claims:
            if claim.agreement_id.kind != "rotation" or claim.line_ids.inspection_id:
                raise UserError(
                    self.env._(
                        "%(claim)s: unsold goods are claimed by themselves, and with "
                        "the agreement that lets them go back. Cancel this claim, and "
                        "use “Return Unsold Goods” of the agreement.",
                        claim=claim.name,
                    )
                )
            if claim.sudo().is_rotation_order_required:  # sudo: as above
                claim._check_rotation_order()

    def _check_rotation_order(self):
        # sudo: who claims need not read purchases
        order = self.sudo().rotation_order_id
        suits = (
            order.state == "purchase"
            and order.partner_id.commercial_partner_id == self.partner_id
            and order.date_approve >= self.create_date
        )
        ordered = suits and order.currency_id._convert(
            order.amount_untaxed,
            self.currency_id,
            self.company_id,
            fields.Date.context_today(self),
        )
        if (
            not suits
            or self.currency_id.compare_amounts(ordered, self.amount_claimed) < 0
        ):
            raise UserError(
                self.env._(
                    "%(claim)s: the agreement asks for a new order. Enter a purchase "
                    "order of %(partner)s over at least %(amount)s that was confirmed "
                    "since the claim was opened.",
                    claim=self.name,
                    partner=self.partner_id.display_name,
                    amount=self.currency_id.format(self.amount_claimed),
                )
            )
