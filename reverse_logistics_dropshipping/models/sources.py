from odoo.addons.reverse_logistics.models.request.sources import Source


class ToSupplier(Source):
    """Layer over a source: a drop-shipment that goes straight back to its supplier."""

    #: The goods need no capacity of a facility and are not announced to a warehouse.
    comes_here = False

    @classmethod
    def fits(cls, line):
        return line.return_to == "supplier"

    def get_passed_on(self, line):
        on_moves = line._sum_supplier_moves(lambda state: state != "cancel")
        return super().get_passed_on(line) + line._in_product_uom(on_moves)

    def check_found(self, lines):
        lines._check_dropshipped()
