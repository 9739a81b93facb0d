from odoo.addons.reverse_logistics.models.request.sources import Source


class Component(Source):
    """Layer over a source: a component of a kit that was sold as one."""

    #: What a component is worth depends on what comes back of its kit.
    may_be_early = False

    @classmethod
    def fits(cls, line):
        return line._is_kit_component()

    def get_products(self, line):
        products = super().get_products(line)
        if line.move_id:
            return products
        # sudo: configuration
        parts = line.sudo().sale_line_id._get_reverse_kit_products()
        return products | products.browse(product.id for product in parts)

    def to_unit(self, line, unit):
        return self.to_order_quantity(line, line.quantity)

    def to_order_quantity(self, line, quantity):
        # sudo: costs are read, but only the component's share becomes known
        own = line.sudo()
        return own.sale_line_id._to_reverse_kits(
            own.move_id, line._in_product_uom(quantity)
        )

    def prepare_credits(self, part, ledger):
        lines = part.line_id.env["reverse.settlement.line"]
        return lines._prepare_for_kit(part, ledger)
