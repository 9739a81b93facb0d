from odoo import api, fields, models

from odoo.addons.reverse_logistics.engine import allocation

from .sources import Component


class ReverseRmaLine(models.Model):
    """Replace kits by their components, each of which is counted on its own."""

    _inherit = "reverse.rma.line"

    kit_id = fields.Many2one(
        "product.product",
        "Component of",
        compute="_compute_kit_id",
        help="The kit with which this component was sold.",
    )

    @api.depends("product_id", "sale_line_id.product_id")
    def _compute_kit_id(self):
        for line in self:
            # sudo: whoever may read the return may know what was ordered
            line.kit_id = line._is_kit_component() and (
                line.sudo().sale_line_id.product_id
            )

    def _is_kit_component(self):
        # sudo: only what was ordered and configuration are read
        order_line = self.sudo().sale_line_id
        return bool(
            order_line
            and order_line.product_id != self.product_id
            and order_line._is_reverse_kit()
        )

    def _get_other_than_ordered(self):
        """Components are what was ordered, other products with a kit are not."""
        return (
            super()
            ._get_other_than_ordered()
            .filtered(
                # sudo: configuration, and the delivery of the customer's order
                lambda line: (
                    line.product_id
                    not in line.sudo().sale_line_id._get_reverse_kit_products()
                )
            )
        )

    def _get_sale_keys(self):
        """A kit is one thing: it does not stay with the customer piece by piece."""
        keys = super()._get_sale_keys()
        return [
            (None, *key[1:]) if line._is_kit_component() else key
            for line, key in zip(self, keys, strict=True)
        ]

    def _is_whole_kit(self):
        self.ensure_one()
        if self.claim or self._is_sourced() or self._is_foreign():
            return False
        # sudo: configuration
        line = self.sudo()
        if line.sale_line_id:
            order_line = line.sale_line_id
            same = order_line.product_id == line.product_id
            return same and order_line._is_reverse_kit()
        return line.product_id.is_kits

    @api.model
    def _pick_agreed(self, agreed, product_id):
        """Give what was agreed about a component, if it was sold as one."""
        of_kit = agreed.get("components", {}).get(str(product_id))
        return of_kit or super()._pick_agreed(agreed, product_id)

    # ------------------------------------------------------------------
    # Source
    # ------------------------------------------------------------------
    @api.depends("product_id")
    def _compute_from_source(self):
        res = super()._compute_from_source()
        for line in self:
            unit = line.product_id.uom_id
            if unit and not line.uom_id._has_common_reference(unit):
                line.uom_id = unit
        return res

    @api.model
    def _get_source_layers(self):
        return {**super()._get_source_layers(), "component": Component}

    def _find_deliveries(self, preview=False):
        whole = self.filtered(lambda line: line._is_whole_kit())
        if whole:
            self |= whole._name_kit_orders()._split_kits()
        return super()._find_deliveries(preview)

    def _name_kit_orders(self):
        """Take kits named by product only from the customer's newest orders."""
        result = self.filtered("sale_line_id")
        for line in self - result:
            # sudo: customer service need not read the orders of all salespeople
            orders = (
                self.env["sale.order.line"]
                .sudo()
                .search(
                    [
                        ("product_id", "=", line.product_id.id),
                        ("company_id", "=", line.company_id.id),
                        ("state", "=", "sale"),
                        (
                            "order_id.partner_id.commercial_partner_id",
                            "=",
                            line.rma_id.commercial_partner_id.id,
                        ),
                    ],
                    order="id desc",
                )
            )
            supplies = [
                allocation.Supply(order.id, order._get_reverse_returnable_kits())
                for order in orders
            ]
            parts, rest = allocation.allocate(line.quantity, supplies, 1.0)
            if parts:
                result |= line._split_over_orders(parts, rest)
        return result

    def _split_over_orders(self, parts, rest):
        first, *others = parts
        self._guarded_write({"sale_line_id": first[0], "quantity": first[1]})
        (data,) = self.copy_data({"rma_id": self.rma_id.id})
        named = self._guarded_create(
            [{**data, "sale_line_id": key, "quantity": part} for key, part in others]
        )
        if rest:  # a line without an order, which a person looks at
            self._guarded_create([{**data, "sale_line_id": False, "quantity": rest}])
        return self | named

    def _split_kits(self):
        """Replace each line of a whole kit by lines of all its components."""
        vals_list = []
        for line in self:
            # sudo: configuration
            order_line = line.sudo().sale_line_id
            ordered = line.uom_id._compute_quantity(
                line.quantity, order_line.product_uom_id, round=False
            )
            (data,) = line.copy_data({"rma_id": line.rma_id.id})
            targets = [
                {
                    "product_id": product.id,
                    "uom_id": product.uom_id.id,
                    "quantity": product.uom_id.round(need * ordered),
                    "sale_line_id": order_line.id,
                }
                for product, need in order_line._get_reverse_kit_products().items()
            ]
            line._guarded_write(targets[0])
            vals_list += [{**data, **target} for target in targets[1:]]
        return self | self._guarded_create(vals_list)

    # ------------------------------------------------------------------
    # Quantities
    # ------------------------------------------------------------------
    def _prepare_receipt_move(self, location, destination):
        vals = super()._prepare_receipt_move(location, destination)
        # sudo: configuration
        vals["bom_line_id"] = self.sudo().move_id.bom_line_id.id
        return vals
