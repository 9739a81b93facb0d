from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import approvals, matching, transitions


class ReverseQuantityChange(models.Model):
    """Goods in returns that are counted, scrapped or moved there by hand.

    Nothing of it happens before somebody else has approved: counts and scrap are booked
    then, a transfer may be validated then.
    """

    _name = "reverse.quantity.change"
    _inherit = ["reverse.gated.mixin"]
    _description = "Manual Quantity Change in Returns"
    _order = "id desc"

    _gates = ("quantity",)
    _gate_actors = ("counted_by_id",)

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    kind = fields.Selection(
        [("count", "Counted"), ("scrap", "Scrapped"), ("move", "Moved by hand")],
        required=True,
        readonly=True,
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="restrict"
    )
    lot_id = fields.Many2one("stock.lot", "Lot/Serial", readonly=True)
    package_id = fields.Many2one("stock.package", readonly=True)
    owner_id = fields.Many2one("res.partner", readonly=True)
    location_id = fields.Many2one(
        "stock.location", "From", required=True, readonly=True, ondelete="restrict"
    )
    location_dest_id = fields.Many2one(
        "stock.location", "To", required=True, readonly=True, ondelete="restrict"
    )
    quantity = fields.Float(digits="Product Unit", required=True, readonly=True)
    uom_id = fields.Many2one(related="product_id.uom_id", string="Unit")
    currency_id = fields.Many2one(related="company_id.currency_id")
    value = fields.Monetary(
        readonly=True, help="At the cost of the product when it was asked for."
    )
    reason = fields.Char(required=True, readonly=True)
    counted_by_id = fields.Many2one(
        "res.users", "Asked by", required=True, readonly=True, ondelete="restrict"
    )
    state = fields.Selection(
        [
            ("requested", "Asked"),
            ("permitted", "Approved, not moved yet"),
            ("done", "Done"),
            ("refused", "Refused"),
            ("cancelled", "Cancelled"),
        ],
        default="requested",
        required=True,
        readonly=True,
        index=True,
    )
    scrap_id = fields.Many2one("stock.scrap", readonly=True)
    move_ids = fields.One2many("stock.move", "reverse_quantity_change_id", "Moves")

    _editable_states = ()

    def _get_guarded_fields(self):
        """All of it: changes are asked for where goods are counted or moved."""
        return super()._get_guarded_fields() | {
            name
            for name, field in self._fields.items()
            if field.store and name not in models.MAGIC_COLUMNS
        }

    @api.depends("product_id", "quantity", "location_id", "location_dest_id")
    def _compute_display_name(self):
        for change in self:
            place, added = change._get_place()
            change.display_name = self.env._(
                "%(quantity)s %(product)s, %(location)s",
                quantity=change.uom_id._say_reverse(
                    change.quantity if added else -change.quantity, sign="+"
                ),
                product=change.product_id.display_name,
                location=place.display_name,
            )

    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._(
                "Ask for a quantity change where goods are counted, scrapped or moved."
            )
        )

    def _get_place(self):
        """Give the location in returns, and whether something is added there."""
        self.ensure_one()
        added = self.location_dest_id._is_reverse_stock()
        return (self.location_dest_id if added else self.location_id), added

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------
    @api.model
    def _request(self, vals_list):
        """Ask for changes, each with a reason.

        :raises UserError: without a reason
        """
        for vals in vals_list:
            if not (vals.get("reason") or "").strip():
                raise UserError(self.env._("Say why the quantity changes."))
        changes = self._guarded_create(
            [{**vals, "counted_by_id": self.env.uid} for vals in vals_list]
        )
        # sudo: whoever counts goods need not be of returns
        for change in changes.sudo():
            product = change.product_id.with_company(change.company_id)
            change._guarded_write({"value": product.standard_price * change.quantity})
        changes._workflow()._ask_approvals()
        return changes

    def _tell_asked(self):
        """Say that the change waits, to whoever asked for it."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "title": self.env._("Asked for approval"),
                "message": self.env._(
                    "Quantities of returned goods change only when somebody else has "
                    "approved: %(changes)s",
                    # sudo: what he has just asked for
                    changes=", ".join(self.sudo().mapped("display_name")),
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }

    # ------------------------------------------------------------------
    # Gate
    # ------------------------------------------------------------------
    def _get_gate_facts(self):
        facts = {change: {} for change in self}
        # sudo: where the goods are and what they are is known to whoever decides
        for change, own in zip(self, self.sudo(), strict=True):
            if own.state != "requested":
                continue
            product = own.product_id
            path = (product.categ_id.parent_path or "").split("/")
            facts[change]["quantity"] = matching.Facts(
                day=own.company_id._get_reverse_today(),
                value=own.value,
                values={
                    "company": matching.nested(own.company_id.parent_ids.ids),
                    "product": matching.plain(product.ids),
                    "product_tag": matching.plain(product.all_product_tag_ids.ids),
                    "category": matching.nested([int(key) for key in path if key]),
                    "facility": matching.plain(
                        own._get_place()[0].reverse_facility_id.ids
                    ),
                },
            )
        return facts

    def _get_default_rules(self, found):
        """Always: rules only say who approves."""
        why = self.env._("Always, for goods in returns.")
        asked = self.filtered(lambda change: change.state == "requested")
        return {change: {"quantity": why} for change in asked}

    def _get_subjects(self):
        # sudo: as above
        return {
            change: approvals.Subject(own.value, {own.product_id.id: own.quantity})
            for change, own in zip(self, self.sudo(), strict=True)
        }

    def _get_approval_details(self):
        self.ensure_one()
        labels = dict(self._fields["kind"]._description_selection(self.env))
        return self.env._(
            "%(change)s\n%(parts)s\n%(kind)s by %(user)s: %(reason)s",
            change=self.display_name,
            parts=self._describe_parts(self._get_approved()),
            kind=labels[self.kind],
            user=self.counted_by_id.name,
            reason=self.reason,
        )

    def _get_return(self):
        return self.env["reverse.rma"]

    def _get_duty_uses(self):
        # sudo: as above
        return {
            change: {
                "key": f"{self._name},{change.id}",
                "rma": self.env["reverse.rma"],
                "company": own.company_id,
                "facility": own._get_place()[0].reverse_facility_id,
                "channel": self.env["reverse.channel"],
                "amount": own.value,
            }
            # sudo: as above
            for change, own in zip(self, self.sudo(), strict=True)
        }

    def _go_on_approved(self):
        asked = self.filtered(lambda change: change.state == "requested")
        moves = asked.filtered(lambda change: change.kind == "move")
        moves._transition(transitions.QUANTITY, "permit")
        for change in asked - moves:
            change._check_left()
            change._execute()
        (asked - moves)._transition(transitions.QUANTITY, "execute")

    def _withdraw(self):
        """What was to be scrapped or moved is gone or cancelled."""
        asked = self.filtered(lambda change: change.state in ("requested", "permitted"))
        asked._transition(transitions.QUANTITY, "cancel")
        asked._withdraw_approvals()

    def _go_on_refused(self, reason):
        asked = self.filtered(lambda change: change.state == "requested")
        asked._transition(transitions.QUANTITY, "refuse")

    # ------------------------------------------------------------------
    # Doing
    # ------------------------------------------------------------------
    def _check_left(self):
        """What is to be taken away may have left meanwhile."""
        place, added = self._get_place()
        if added:
            return
        # sudo: what lies there, for whoever approves
        here = sum(self.sudo()._get_quants(place).mapped("quantity"))
        if self.uom_id.compare(self.quantity, here) > 0:
            raise UserError(
                self.env._(
                    "%(change)s: the quantity left there is %(here).12g. Refuse it, "
                    "and have the goods counted again.",
                    change=self.display_name,
                    here=here,
                )
            )

    def _get_quants(self, place):
        return self.env["stock.quant"]._gather(
            self.product_id,
            place,
            lot_id=self.lot_id,
            package_id=self.package_id,
            owner_id=self.owner_id,
            strict=True,
        )

    def _execute(self):
        """Book what was approved, and exactly that."""
        # sudo: somebody of the role has approved this move; it needs no further right
        change = self._workflow()
        if change.kind == "scrap":
            change.scrap_id.do_scrap()
            change.scrap_id.move_ids.reverse_quantity_change_id = change
            return
        move = change.env["stock.move"].create(change._prepare_move())
        move._action_done()

    def _prepare_move(self):
        """Values of the move that books a count, as Odoo's own counts have them."""
        counted = self.env["stock.quant"].new(
            {
                "product_id": self.product_id.id,
                "location_id": self._get_place()[0].id,
                "lot_id": self.lot_id.id,
                "owner_id": self.owner_id.id,
            }
        )
        named = counted.with_context(inventory_name=self.reason)
        vals = named._get_inventory_move_values(
            self.quantity,
            self.location_id,
            self.location_dest_id,
            package_id=self.package_id,
            package_dest_id=self.package_id,
        )
        return {**vals, "reverse_quantity_change_id": self.id}
