from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine import custody


class StockPickingType(models.Model):
    """Keep the operations of returns at their locations."""

    _inherit = "stock.picking.type"

    reverse_receipt_warehouse_ids = fields.One2many(
        "stock.warehouse", "reverse_receipt_type_id", "Receives Returns Of"
    )

    @api.depends("code")
    def _compute_default_location_src_id(self):
        res = super()._compute_default_location_src_id()
        for operation in self:
            if operation._origin in operation.warehouse_id.reverse_putaway_type_id:
                facility = operation.warehouse_id._ensure_reverse_facility()
                inspection = facility._get_location("inspection")
                operation.default_location_src_id = inspection
        return res

    @api.depends("code")
    def _compute_default_location_dest_id(self):
        """Whatever code the returns of a warehouse are given, they are inspected."""
        res = super()._compute_default_location_dest_id()
        for operation in self:
            if operation._origin in operation.warehouse_id.reverse_receipt_type_id:
                facility = operation.warehouse_id._ensure_reverse_facility()
                inspection = facility._get_location("inspection")
                operation.default_location_dest_id = inspection
        return res

    def write(self, vals):
        if "code" in vals and not self.env.su:  # Clients never run as superuser.
            self.filtered(lambda own: own.code != vals["code"])._check_reverse_used()
        return super().write(vals)

    def _check_reverse_used(self):
        """Refuse that what was done by an operation was another kind of operation:
        returns and recalls find past deliveries by it.
        """
        # sudo: what was done in all companies
        done = self.env["stock.move"].sudo()
        for operation in self:
            if done.search_count(
                [("picking_type_id", "=", operation.id), ("state", "=", "done")],
                limit=1,
            ):
                raise UserError(
                    self.env._(
                        "%(operation)s has moved goods, and stays the kind of "
                        "operation that it is. Archive it and create another one.",
                        operation=operation.display_name,
                    )
                )

    @api.constrains("use_existing_lots")
    def _check_reverse_numbers(self):
        """What comes back is known by the number with which it was delivered."""
        for operation in self.filtered(lambda one: not one.use_existing_lots):
            warehouse = operation.warehouse_id
            if operation in (
                warehouse.reverse_receipt_type_id | warehouse.reverse_putaway_type_id
            ):
                raise ValidationError(
                    self.env._(
                        "%(operation)s moves returned goods, which are known by their "
                        "lot and serial numbers: it keeps using existing ones.",
                        operation=operation.display_name,
                    )
                )

    @api.constrains("code", "default_location_src_id", "default_location_dest_id")
    def _check_reverse_places(self):
        """Goods of customers arrive to be inspected, and are not sent from there."""
        for operation in self:
            source = operation.default_location_src_id
            goal = operation.default_location_dest_id
            warehouse = operation.warehouse_id
            arrives = operation == warehouse.reverse_receipt_type_id
            puts_away = operation == warehouse.reverse_putaway_type_id
            if arrives and goal and goal._get_reverse_kind() != custody.HELD:
                raise ValidationError(
                    self.env._(
                        "%(operation)s receives what customers send back, which is "
                        "inspected before it goes to %(location)s. Choose a "
                        "destination below “Returns”.",
                        operation=operation.display_name,
                        location=goal.display_name,
                    )
                )
            if (
                operation.code == "outgoing"
                and not (arrives or puts_away)
                and source
                and source._get_reverse_kind() == custody.HELD
            ):
                raise ValidationError(
                    self.env._(
                        "%(operation)s would deliver from %(location)s, where goods "
                        "wait for their inspection. Choose a location for liquidation "
                        "or vendor returns, or one of the warehouse.",
                        operation=operation.display_name,
                        location=source.display_name,
                    )
                )
