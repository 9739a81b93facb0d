from odoo import fields, models


class ReverseFacility(models.Model):
    _name = "reverse.facility"
    _description = "Returns Facility"
    _order = "company_id, name"
    _check_company_auto = True

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one("res.company", required=True, index=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        required=True,
        index=True,
        check_company=True,
        ondelete="cascade",
    )
    location_ids = fields.One2many("stock.location", "reverse_facility_id", "Locations")
    receipt_type_id = fields.Many2one(related="warehouse_id.reverse_receipt_type_id")
    putaway_type_id = fields.Many2one(related="warehouse_id.reverse_putaway_type_id")

    _warehouse_unique = models.Constraint(
        "UNIQUE (warehouse_id)", "This warehouse has a returns facility already."
    )

    def _get_location(self, state):
        """Give the location for a disposition's destination.

        :param str state: a ``location_state`` other than ``customer``
        :rtype: stock.location
        """
        self.ensure_one()
        if state == "sellable":
            return self.warehouse_id.lot_stock_id
        return self.location_ids.filtered(lambda place: place.reverse_state == state)[
            :1
        ]
