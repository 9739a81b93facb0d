from itertools import zip_longest

from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import approvals, matching, transitions
from ..base.reverse_labels import get_labels
from ..rules.facts import of_company, of_goods


class ReverseQuantityChange(models.Model):
    """A count, scrap or transfer of returned goods that somebody asks for by hand.

    Nothing happens before somebody else has approved. ``requested → done`` for counts,
    corrections and scrap, which are booked on approval; ``requested → permitted →
    done`` for transfers, which are then validated; or it is ``refused`` or
    ``cancelled``. Odoo's documents create it where goods are counted or moved; nobody
    enters it.
    """

    _name = "reverse.quantity.change"
    _inherit = ["reverse.gated.mixin"]
    _description = "Manual Quantity Change in Returns"
    _order = "id desc"
    _gates = ("quantity",)
    _gate_actors = ("counted_by_id", "written_by_ids")
    _editable_states = ()

    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    kind = fields.Selection(
        [
            ("count", "Counted"),
            ("difference", "Asked to follow documents"),
            ("scrap", "Scrapped"),
            ("move", "Moved by hand"),
            ("receipt", "Receipt corrected"),
        ],
        required=True,
        readonly=True,
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="restrict"
    )
    lot_id = fields.Many2one("stock.lot", "Lot/Serial", readonly=True)
    package_id = fields.Many2one("stock.package", readonly=True)
    owner_id = fields.Many2one("res.partner", readonly=True)
    partner_id = fields.Many2one(
        "res.partner", "Goes to", readonly=True, help="The contact of the transfer."
    )
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
    written_by_ids = fields.Many2many(
        "res.users",
        string="Written by",
        readonly=True,
        ondelete="restrict",
        help="Who entered or changed the transfer, scrap order or count. None of them "
        "approves it.",
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
    inspection_id = fields.Many2one(
        "reverse.inspection",
        "Credited Goods",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The goods were credited, and are said not to have come.",
    )
    move_ids = fields.One2many("stock.move", "reverse_quantity_change_id", "Moves")
    parts = fields.Json(
        readonly=True, help="Of a transfer with several lots or places, each of them."
    )

    def _get_guarded_fields(self):
        """Guard all fields: a change is asked for where goods are counted or moved."""
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
        """Give the location of returned goods, and whether goods are added there."""
        self.ensure_one()
        added = self.location_dest_id._is_reverse_stock()
        return (self.location_dest_id if added else self.location_id), added

    # ------------------------------------------------------------------
    # Asking
    # ------------------------------------------------------------------
    @api.model
    def _request(self, vals_list, writers=()):
        """Ask for changes, each with a reason.

        :param vals_list: values of the changes
        :param writers: who wrote down what is asked for, of each, if it is known:
            whoever presses the button need not be who thought of it
        :raises UserError: without a reason
        """
        for vals in vals_list:
            if not (vals.get("reason") or "").strip():
                raise UserError(self.env._("Say why the quantity changes."))
        changes = self._guarded_create(
            [
                {
                    **vals,
                    "counted_by_id": self.env.uid,
                    "written_by_ids": users and [Command.set(users.ids)],
                }
                for vals, users in zip_longest(vals_list, writers)
            ]
        )
        # sudo: whoever counts goods need not have a role in returns
        for change in changes.sudo():
            product = change.product_id.with_company(change.company_id)
            change._guarded_write({"value": product.standard_price * change.quantity})
        changes._workflow()._ask_approvals()
        return changes

    def _tell_asked(self):
        """Tell whoever asked that the change waits for approval."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning",
                "title": self.env._("Asked for approval"),
                "message": self.env._(
                    "Quantities of returned goods change only when somebody else has "
                    "approved: %(changes)s",
                    # sudo: the user has just asked for these
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
        # sudo: whoever decides knows what the goods are and where
        for change, own in zip(self, self.sudo(), strict=True):
            if own.state != "requested":
                continue
            facility = own._get_place()[0].reverse_facility_id
            facts[change]["quantity"] = matching.Facts(
                day=own.company_id._get_reverse_today(),
                value=own.value,
                values={
                    **of_company(own.company_id),
                    **of_goods(own.product_id),
                    "facility": matching.plain(facility.ids),
                },
            )
        return facts

    def _get_default_rules(self, found):
        """Always ask for an approval; rules only say who gives it."""
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
        labels = get_labels(self, "kind")
        return self.env._(
            "%(change)s\n%(parts)s\n%(kind)s by %(user)s: %(reason)s",
            change=self.display_name,
            parts="\n".join(
                filter(
                    None,
                    [
                        self._describe_parts(self._get_approved()),
                        # sudo: only the name, for who decides about it
                        self.sudo().partner_id.display_name,
                    ],
                )
            ),
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
        """Cancel changes whose scrap order or transfer is gone or cancelled."""
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
        """Refuse to take away goods that have left in the meantime, and to correct
        what has been corrected otherwise.
        """
        place, added = self._get_place()
        if self.kind == "difference":
            self.env["reverse.stock.difference"]._check_change(self)
        if added:
            return
        # sudo: whoever approves need not have access to stock
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
        """Book exactly what was approved."""
        # sudo: the approval is the right to make this move
        change = self._workflow()
        if change.kind == "receipt":
            change.inspection_id._correct_credited(change)
            return
        if change.kind == "scrap":
            change._check_scrap()
            change.scrap_id.do_scrap()
            change.scrap_id.move_ids.reverse_quantity_change_id = change
            return
        move = change.env["stock.move"].create(change._prepare_move())
        move._action_done()

    def _check_scrap(self):
        """Refuse a scrap order that says something else than what was approved."""
        scrap = self.scrap_id
        quantity = scrap.product_uom_id._compute_quantity(
            scrap.scrap_qty, scrap.product_id.uom_id
        )
        names = ("product_id", "lot_id", "package_id", "owner_id", "location_id")
        if (
            scrap.move_ids
            or any(scrap[name] != self[name] for name in names)
            or scrap.scrap_location_id != self.location_dest_id
            or self.uom_id.compare(quantity, self.quantity)
        ):
            raise UserError(
                self.env._(
                    "%(scrap)s says something else than what was asked for: "
                    "%(change)s. Refuse it, and have it entered again.",
                    scrap=scrap.display_name,
                    change=self.display_name,
                )
            )

    def _prepare_move(self):
        """Give the values of the move that books a count, as Odoo's own counts."""
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

    # ------------------------------------------------------------------
    # Which goods exactly may be moved: those that were approved and no others
    #
    # A part is ``(product, lot, owner, from, to)``: ids, and the name of a lot that has
    # no record yet.
    # ------------------------------------------------------------------
    def _get_approved(self):
        """Give the parts that may be moved: ``{part: quantity}``."""
        self.ensure_one()
        if self.parts:
            return {tuple(part): quantity for *part, quantity in self.parts}
        part = (
            self.product_id.id,
            self.lot_id.id or "",
            self.owner_id.id,
            self.location_id.id,
            self.location_dest_id.id,
        )
        return {part: self.quantity}

    def _check_moved(self, move):
        """Refuse to move more than was approved, other goods, or to another contact."""
        uom = self.product_id.uom_id
        moved, approved = move._get_reverse_moved(), self._get_approved()
        transfer = move.picking_id.name or move.display_name
        if self.kind == "move" and move.picking_id.partner_id != self.partner_id:
            raise UserError(
                self.env._(
                    "%(transfer)s names another contact than what was approved: "
                    "%(contact)s. Name that one, or cancel the transfer and ask for "
                    "another one.",
                    transfer=transfer,
                    contact=self.partner_id.display_name or self.env._("nobody"),
                )
            )
        if uom.compare(sum(moved.values()), self.quantity) > 0:
            raise UserError(
                self.env._(
                    "%(transfer)s would move more of %(product)s than was approved: "
                    "%(quantity)s.",
                    transfer=transfer,
                    product=self.product_id.display_name,
                    quantity=uom._say_reverse(self.quantity),
                )
            )
        other = {
            part: quantity
            for part, quantity in moved.items()
            if uom.compare(quantity, approved.get(part, 0.0)) > 0
        }
        if other:
            raise UserError(
                self.env._(
                    "%(transfer)s would move what nobody has approved:\n%(other)s\n"
                    "Enter what was approved, or cancel it and ask for another one:\n"
                    "%(approved)s",
                    transfer=transfer,
                    other=self._describe_parts(other),
                    approved=self._describe_parts(approved),
                )
            )

    def _describe_parts(self, parts):
        """Name parts with their quantities, one on a line."""
        return "\n".join(
            self._describe_part(*part, quantity) for part, quantity in parts.items()
        )

    def _describe_part(self, product, lot, owner, source, target, quantity):
        # sudo: readers of the change see these names anyway
        env = self.sudo().env
        product = env["product.product"].browse(product)
        if isinstance(lot, int):
            lot = env["stock.lot"].browse(lot).name
        names = [product.display_name, lot, env["res.partner"].browse(owner).name]
        return self.env._(
            "%(quantity)s %(goods)s: %(origin)s → %(target)s",
            quantity=product.uom_id._say_reverse(quantity),
            goods=", ".join(filter(None, names)),
            origin=env["stock.location"].browse(source).display_name,
            target=env["stock.location"].browse(target).display_name,
        )

    def _on_moved(self):
        """Note that the permitted transfer is done."""
        self.filtered(lambda change: change.state == "permitted")._transition(
            transitions.QUANTITY, "move"
        )
