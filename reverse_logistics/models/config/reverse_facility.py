from odoo import api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain

from ...engine import routing
from ..base.reverse_guarded_mixin import unless_uninstalling

KINDS = [
    ("returns_centre", "Central Returns Centre"),
    ("regional", "Regional Warehouse"),
    ("repair_depot", "Repair Depot"),
    ("third_party", "Logistics Provider"),
    ("branch", "Branch"),
    ("supplier_direct", "Straight to the Supplier"),
    ("customer_keeps", "Customer Keeps It"),
]


class ReverseFacility(models.Model):
    """Where returned goods can go.

    A facility that receives goods belongs to a warehouse of the company, wherever it
    stands and whoever runs it, and is created with it. The other kinds only describe a
    way: the goods go straight to the supplier or stay with the customer, and never come
    to us.
    """

    _name = "reverse.facility"
    _inherit = ["reverse.governed.mixin", "reverse.rule.named.mixin"]
    _description = "Returns Facility"
    _order = "company_id, sequence, name, id"
    _check_company_auto = True
    # It comes with its warehouse, or is named by rules, which others approve.
    _waits_when_new = False
    _warehouse_unique = models.Constraint(
        "UNIQUE (warehouse_id)", "This warehouse has a returns facility already."
    )
    _warehouse_of_its_kind = models.Constraint(
        "CHECK ((kind IN ('supplier_direct', 'customer_keeps')) = (warehouse_id IS "
        "NULL))",
        "A facility that receives goods is created with its warehouse; the other "
        "kinds have none. Create the warehouse instead.",
    )

    name = fields.Char(required=True)
    active = fields.Boolean(default=True)
    sequence = fields.Integer(
        default=10, help="The order in which alternatives of a route are tried."
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    kind = fields.Selection(KINDS, required=True, default="regional", index=True)
    receives = fields.Boolean(
        compute="_compute_receives", help="Goods are received and inspected here."
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Address",
        check_company=True,
        help="Where customers send the goods. Empty: the address of the warehouse.",
    )
    packing_note = fields.Text(
        "Packing Instructions",
        translate=True,
        help="Printed on the return slip, for all goods that are sent here.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", index=True, check_company=True, ondelete="cascade"
    )
    location_ids = fields.One2many("stock.location", "reverse_facility_id", "Locations")
    receipt_type_id = fields.Many2one(related="warehouse_id.reverse_receipt_type_id")
    putaway_type_id = fields.Many2one(related="warehouse_id.reverse_putaway_type_id")

    @api.depends("kind")
    def _compute_receives(self):
        for facility in self:
            facility.receives = facility.kind not in routing.DIRECT

    def write(self, vals):
        if "kind" in vals and not self.env.su:
            self._check_kind(vals["kind"])
        return super().write(vals)

    def _get_deciding_fields(self):
        """Give what decides where customers send goods.

        Whether it is on, and how much it can do, is everyday work.
        """
        return {
            "accepted_trait_ids",
            "category_ids",
            "fallback_id",
            "kind",
            "partner_id",
            "refused_trait_ids",
        }

    def _log_control(self, name, before=None):
        """Note no facility that merely comes with its warehouse."""
        told = self
        if name == "ControlCreated":
            told = self.filtered(lambda facility: not facility.warehouse_id)
        return super(ReverseFacility, told)._log_control(name, before)

    def _check_kind(self, kind):
        """Whether customers keep goods is decided by rules, which name a facility.

        :raises UserError: where rules that others approved would mean something else
        """
        for facility in self:
            keeps = "customer_keeps" in (facility.kind, kind)
            if facility.kind != kind and keeps and facility._is_named():
                raise UserError(
                    self.env._(
                        "Rules or returns name %(facility)s, so whether customers keep "
                        "their goods does not change there. Create another facility, "
                        "and let a new version of the policy name it.",
                        facility=facility.name,
                    )
                )

    def _is_named(self):
        """Tell whether rules or returns name this facility."""
        self.ensure_one()
        # sudo: also rules and returns of companies that the user cannot see
        rules = self.env["reverse.route.rule"].sudo().with_context(active_test=False)
        named = ["|", ("target_id", "=", self.id), ("alternative_ids", "in", self.ids)]
        returns = self.env["reverse.rma"].sudo()  # sudo: as above
        return bool(
            rules.search_count(named, limit=1)
            or returns.search_count([("facility_id", "=", self.id)], limit=1)
        )

    @api.constrains("active")
    def _check_active(self):
        """Refuse to archive a facility while returns are on their way to it, unseen."""
        # sudo: returns of companies that the user cannot see count as well
        waiting = (
            self.env["reverse.rma"]
            .sudo()
            ._read_group(
                [
                    ("facility_id", "in", self.filtered(lambda f: not f.active).ids),
                    ("state", "in", ("requested", "authorized")),
                ],
                ["facility_id"],
                ["__count"],
            )
        )
        for facility, count in waiting:
            raise ValidationError(
                self.env._(
                    "Returns still go to %(facility)s: %(count)s. Switch it off and "
                    "route them elsewhere, then archive it.",
                    count=count,
                    facility=facility.name,
                )
            )

    @unless_uninstalling
    def _unlink_except_with_goods(self):
        """Its locations would belong to no facility, with the goods in them."""
        self.location_ids._check_reverse_empty()

    def _get_location(self, state):
        """Give the facility's location for a disposition's destination.

        :param str state: a ``location_state`` other than ``customer``
        :rtype: stock.location
        """
        self.ensure_one()
        if state == "sellable":
            return self.warehouse_id.lot_stock_id
        return self.location_ids.filtered(lambda place: place.reverse_state == state)[
            :1
        ]

    def _get_arrival_place(self, is_dangerous):
        """Give where goods wait for their inspection: what is dangerous, in quarantine.

        :rtype: stock.location
        """
        quarantine = is_dangerous and self._get_location("quarantine")
        return quarantine or self._get_location("inspection")

    def _get_address(self):
        """Give the address to which customers send goods; empty when they send none."""
        self.ensure_one()
        return self.partner_id or self.warehouse_id.partner_id

    @api.model
    @tools.ormcache()
    def _get_address_ids(self):
        """Give the ids of all contacts to whose address customers send goods."""
        # sudo: those of all companies, whoever changes a contact
        found = self.sudo().with_context(active_test=False).search([("id", ">", 0)])
        return frozenset((found.partner_id | found.warehouse_id.partner_id).ids)

    @api.model
    def _find_by_address(self, partners):
        """Find the facilities to which customers send goods at these contacts."""
        ids = self._get_address_ids().intersection(partners.ids)
        if not ids:
            return self.browse()
        own = Domain("partner_id", "in", ids)
        stands = Domain("partner_id", "=", False)
        stands &= Domain("warehouse_id.partner_id", "in", ids)
        # sudo: as above
        return self.sudo().with_context(active_test=False).search(own | stands)

    def _log_address(self, data):
        """Note that goods go elsewhere, by another record than the facility.

        :param data: what was changed, without names of persons
        """
        # what comes with an addon is in its files
        for facility in self if self.pool.ready else ():
            facility._log_controls("ControlChanged", data)
