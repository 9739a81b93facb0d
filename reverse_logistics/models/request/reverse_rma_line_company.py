from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ReverseRmaLine(models.Model):
    """What cannot come back, in clear words: others' goods, services, combos."""

    _inherit = "reverse.rma.line"

    def _find_product_problem(self):
        product = self.product_id
        if product.type == "service":
            return self.env._(
                "%(product)s is a service: nothing of it can come back. To give money "
                "back for it, credit the invoice.",
                product=product.display_name,
            )
        if product.type == "combo":
            return self.env._(
                "%(product)s is a combo: return what it consists of, %(components)s.",
                product=product.display_name,
                components=", ".join(
                    self.sale_line_id._get_reverse_components().mapped(
                        "product_id.display_name"
                    )
                    or [self.env._("product by product")]
                ),
            )
        return super()._find_product_problem()

    def _find_owner_problem(self):
        """Say which company sold these goods, if it is another one."""
        sale = self.historic_sale_id
        source = sale or self.move_id or self.sale_line_id
        if not source or source.company_id == self.company_id:
            return super()._find_owner_problem()
        document = (
            sale.invoice_name
            or self.move_id.picking_id.name
            or self.sale_line_id.order_id.name
        )
        return self._say_other_company(source.company_id, document)

    def _say_other_company(self, company, document):
        return self.env._(
            "%(company)s sold %(product)s with %(document)s, not %(own)s: goods go "
            "back to the company that sold them. Make the return in %(company)s.",
            company=company.name,
            product=self.product_id.display_name,
            document=document,
            own=self.company_id.name,
        )

    def _find_deliveries(self, preview=False):
        lines = super()._find_deliveries(preview)
        if not preview:
            lines._check_other_company()
        return lines

    def _refuse_unreturnable(self, found):
        if not found:
            self._check_other_company()
        return super()._refuse_unreturnable(found)

    def _check_other_company(self):
        """Refuse goods of which we sold nothing, and another company did."""
        for line in self.filtered(lambda line: not line._is_sourced()):
            found = line.rma_id.line_ids.filtered(
                lambda other, line=line: (
                    other.product_id == line.product_id and other._is_sourced()
                )
            )
            delivery = not found and line._find_other_delivery()
            if delivery:
                raise UserError(
                    line._say_other_company(
                        delivery.company_id, delivery.picking_id.name
                    )
                )

    def _find_other_delivery(self):
        """Find a delivery of these goods to this customer by another company."""
        domain = (
            Domain("product_id", "=", self.product_id.id)
            & Domain("state", "=", "done")
            & Domain("company_id", "!=", self.company_id.id)
            & Domain("location_dest_id.usage", "=", "customer")
            & Domain("origin_returned_move_id", "=", False)
            & Domain(
                "partner_id.commercial_partner_id",
                "=",
                self.rma_id.commercial_partner_id.id,
            )
        )
        if self.lot_id:
            domain &= Domain("move_line_ids.lot_id.name", "=", self.lot_id.name)
        # sudo: only to name the company where the return has to be made
        moves = (
            self.env["stock.move"].sudo().search(domain, order="date desc", limit=20)
        )
        free = moves._get_returnable()
        return moves.filtered(lambda m: free[m.id, False] > 0)[:1]
