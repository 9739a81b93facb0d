from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Locations of a facility, by the state of the goods in them.
FACILITY_LOCATIONS = {
    "inspection": "Inspection",
    "quarantine": "Quarantine",
    "refurbish": "Refurbishment",
    "vendor_return": "Vendor Return",
    "liquidation": "Liquidation",
    "hold": "Hold",
    "customer_return": "Return to Customer",
}


class StockWarehouse(models.Model):
    """Equip each warehouse with operations and locations for returns."""

    _inherit = "stock.warehouse"

    reverse_facility_ids = fields.One2many(
        "reverse.facility", "warehouse_id", groups="reverse_logistics.group_user"
    )
    reverse_receipt_type_id = fields.Many2one(
        "stock.picking.type", "Returns Type", check_company=True, copy=False
    )
    reverse_putaway_type_id = fields.Many2one(
        "stock.picking.type", "Returns Put-away Type", check_company=True, copy=False
    )

    def write(self, vals):
        """Note another address in the chains of the facilities that have none."""
        before = {}
        if "partner_id" in vals:
            before = {warehouse: warehouse.partner_id.id for warehouse in self}
        res = super().write(vals)
        for warehouse, old in before.items():
            # sudo: whoever keeps warehouses need not be of returns
            facilities = warehouse.sudo().reverse_facility_ids
            new = warehouse.partner_id.id
            if new != old:
                self.env.registry.clear_cache()
                facilities.filtered(lambda f: not f.partner_id)._log_address(
                    {"changes": {"partner_id": [old, new]}}
                )
        return res

    # ------------------------------------------------------------------
    # Operation types, through the warehouse's own hooks
    # ------------------------------------------------------------------
    def _get_sequence_values(self, name=False, code=False):
        values = super()._get_sequence_values(name=name, code=code)
        name, code = name or self.name, code or self.code
        values["reverse_receipt_type_id"] = {
            "name": self.env._("%(name)s Sequence returns", name=name),
            "prefix": f"{code}/RET/",
            "padding": 5,
            "company_id": self.company_id.id,
        }
        values["reverse_putaway_type_id"] = {
            "name": self.env._("%(name)s Sequence returns put-away", name=name),
            "prefix": f"{code}/RPA/",
            "padding": 5,
            "company_id": self.company_id.id,
        }
        return values

    def _get_picking_type_create_values(self, max_sequence):
        data, max_sequence = super()._get_picking_type_create_values(max_sequence)
        data["reverse_receipt_type_id"] = {
            "name": self.env._("Returns"),
            "code": "incoming",
            "use_create_lots": False,
            "use_existing_lots": True,
            "default_location_src_id": self._get_partner_locations()[0].id,
            "sequence": max_sequence + 1,
            "sequence_code": "RET",
            "company_id": self.company_id.id,
        }
        data["reverse_putaway_type_id"] = {
            "name": self.env._("Returns Put-away"),
            "code": "internal",
            "use_create_lots": False,
            "use_existing_lots": True,
            "sequence": max_sequence + 2,
            "sequence_code": "RPA",
            "company_id": self.company_id.id,
        }
        return data, max_sequence + 3

    def _get_picking_type_update_values(self):
        data = super()._get_picking_type_update_values()
        inspection = self._ensure_reverse_facility()._get_location("inspection")
        code = self.code.replace(" ", "").upper()
        data["reverse_receipt_type_id"] = {
            "active": self.active,
            "default_location_dest_id": inspection.id,
            "barcode": f"{code}RET",
        }
        data["reverse_putaway_type_id"] = {
            "active": self.active,
            "default_location_src_id": inspection.id,
            "default_location_dest_id": self.lot_stock_id.id,
            "barcode": f"{code}RPA",
        }
        return data

    def _create_or_update_sequences_and_picking_types(self):
        self._adopt_reverse_picking_types()
        warehouse_data = super()._create_or_update_sequences_and_picking_types()
        receipt_type_id = (
            warehouse_data.get("reverse_receipt_type_id")
            or self.reverse_receipt_type_id.id
        )
        out_type = (
            self.out_type_id.browse(warehouse_data.get("out_type_id"))
            or self.out_type_id
        )
        # Odoo's own Return button must not put goods straight into stock.
        if out_type.return_picking_type_id.id != receipt_type_id:
            out_type.return_picking_type_id = receipt_type_id
        receipt_type = self.env["stock.picking.type"].browse(receipt_type_id)
        if not receipt_type.return_picking_type_id:
            receipt_type.return_picking_type_id = out_type
        return warehouse_data

    def _adopt_reverse_picking_types(self):
        """Take up operation types that an earlier installation left archived."""
        code = self.code.replace(" ", "").upper()
        types = self.env["stock.picking.type"].with_context(active_test=False)
        for field, suffix in (
            ("reverse_receipt_type_id", "RET"),
            ("reverse_putaway_type_id", "RPA"),
        ):
            if self[field]:
                continue
            left = types.search(
                [("warehouse_id", "=", self.id), ("barcode", "=", code + suffix)],
                limit=1,
            )
            # Writing on a warehouse makes locations that its creation checks are there.
            if left:
                self[field] = left

    def _update_name_and_code(self, new_name=False, new_code=False):
        res = super()._update_name_and_code(new_name, new_code)
        for warehouse in self:
            values = warehouse._get_sequence_values(name=new_name, code=new_code)
            for field in ("reverse_receipt_type_id", "reverse_putaway_type_id"):
                # sudo: sequences belong to the system, as in Odoo's own method
                warehouse[field].sudo().sequence_id.write(values[field])
            facility = warehouse.sudo().reverse_facility_ids  # sudo: as its sequences
            if new_code:
                for location in facility.location_ids:
                    location.barcode = warehouse._get_reverse_barcode(
                        location.reverse_state or "view", new_code
                    )
            if new_name:
                facility.name = new_name
        return res

    @api.constrains("lot_stock_id", "view_location_id")
    def _check_reverse_stock(self):
        """What is in a warehouse can be sold: returned goods are not, nor lost ones."""
        for warehouse in self:
            for place in warehouse.lot_stock_id | warehouse.view_location_id:
                if place._is_reverse_around():
                    raise ValidationError(
                        self.env._(
                            "%(location)s has returned goods, which %(warehouse)s "
                            "would sell. Choose a location outside of returns.",
                            location=place.display_name,
                            warehouse=warehouse.display_name,
                        )
                    )
                place._check_reverse_sold(place)

    @api.constrains("reverse_receipt_type_id", "reverse_putaway_type_id")
    def _check_reverse_types(self):
        """Operation types for returns are this warehouse's, and of their kind."""
        for warehouse in self:
            for operation, code in (
                (warehouse.reverse_receipt_type_id, "incoming"),
                (warehouse.reverse_putaway_type_id, "internal"),
            ):
                own = (operation.warehouse_id, operation.code) == (warehouse, code)
                others = warehouse.in_type_id | warehouse.int_type_id
                if operation and (not own or operation in others):
                    raise ValidationError(
                        self.env._(
                            "%(operation)s is for something else: returns of "
                            "%(warehouse)s keep the operation types that were made for "
                            "them.",
                            operation=operation.display_name,
                            warehouse=warehouse.display_name,
                        )
                    )

    # ------------------------------------------------------------------
    # Facility: locations outside the warehouse's own tree
    # ------------------------------------------------------------------
    def _get_reverse_barcode(self, state, code=None):
        code = (code or self.code).replace(" ", "").upper()
        return f"{code}-RETURNS-{state.upper()}"

    def _ensure_reverse_facility(self):
        """Give this warehouse's facility; create what is missing of its locations."""
        self.ensure_one()
        # sudo: whoever keeps warehouses need not be of returns
        facilities = self.env["reverse.facility"].sudo()
        facility = self.sudo().reverse_facility_ids or facilities.search(
            [("warehouse_id", "=", self.id)]
        )
        if not facility:
            facility = facilities.create(
                {
                    "name": self.name,
                    "warehouse_id": self.id,
                    "company_id": self.company_id.id,
                }
            )
        # There before the first scrap, so that the settings can name its account.
        self.company_id._ensure_reverse_scrap()
        missing = set(FACILITY_LOCATIONS) - set(
            facility.location_ids.mapped("reverse_state")
        )
        if missing:
            self._create_reverse_locations(facility, missing)
        return facility

    def _create_reverse_locations(self, facility, states):
        # What an earlier installation left may have goods in it; it becomes a place of
        # returns again, which nobody but this may do.
        workflow = self.env["reverse.rma"]._workflow().env
        locations = workflow["stock.location"].with_context(active_test=False)
        company = {"company_id": self.company_id.id, "reverse_facility_id": facility.id}
        # Barcodes are the key by which a later installation finds its locations again.
        wanted = {
            state: self._get_reverse_barcode(state) for state in ["view", *states]
        }
        known = locations.search(
            [
                ("barcode", "in", list(wanted.values())),
                ("company_id", "=", self.company_id.id),
            ]
        ).grouped("barcode")
        view = known.get(wanted.pop("view")) or locations.create(
            {
                **company,
                "name": self.env._("%(code)s Returns", code=self.code),
                "usage": "view",
                "barcode": self._get_reverse_barcode("view"),
                "location_id": self.company_id._ensure_reverse_root().id,
            }
        )
        view.reverse_facility_id = facility
        for state, barcode in wanted.items():
            values = {**company, "reverse_state": state}
            if barcode in known:
                known[barcode].write({**values, "active": True})
                continue
            locations.create(
                {
                    **values,
                    "name": self.env._(FACILITY_LOCATIONS[state]),
                    "usage": "internal",
                    "barcode": barcode,
                    "location_id": view.id,
                    "replenish_location": False,
                }
            )
        facility.invalidate_recordset(["location_ids"])
