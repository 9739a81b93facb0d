from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import custody
from ..base.reverse_columns import differs
from ..base.reverse_guarded_mixin import unless_uninstalling
from .stock_move import MOVING, as_moved

# What Odoo lets be edited on a done transfer, and moves the goods accordingly.
_RESHAPING = {
    "quantity",
    "product_uom_id",
    "lot_id",
    "lot_name",
    "location_id",
    "location_dest_id",
    "owner_id",
    "quant_id",
}

# The commands that only name other records.
_LINKING = {Command.LINK, Command.SET, Command.CLEAR, Command.UNLINK}


class StockMoveLine(models.Model):
    """Whose the returned goods are."""

    _inherit = "stock.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        self._check_reverse_commands(vals_list)
        vals_list = self._name_reverse_goods(vals_list)
        vals_list = self._name_reverse_owners(vals_list)
        # Of what is added to a done transfer, Odoo makes a done move, and moves it.
        moving = self.with_context(reverse_moving=MOVING)
        lines = super(StockMoveLine, moving).create(vals_list).with_env(self.env)
        # Checked after creation, because defaults can say it as well.
        lines._check_reverse_said()
        done = lines._find_reverse_done()
        done._check_reverse_done()
        done.sudo().move_id._check_reverse_way()  # sudo: as when it was done
        done._check_reverse_numbered()
        done._check_reverse_enlarged({})
        done._note_reverse_edited()
        return lines

    @api.model
    def _check_reverse_commands(self, vals_list):
        """Refuse to write other lines through a new one, which may do more than they.

        :raises UserError: for users, as clients never run as superuser
        """
        if self.env.su:
            return
        linked = [
            name
            for name, field in self._fields.items()
            if field.type in ("one2many", "many2many")
        ]
        defaults = self.default_get(linked)
        for name in linked:
            for vals in (defaults, *vals_list):
                if {one[0] for one in vals.get(name) or ()} - _LINKING:
                    raise UserError(
                        self.env._(
                            "Other lines of transfers are not changed through a new "
                            "one. Change them on their own transfer."
                        )
                    )

    @api.model
    def _name_reverse_goods(self, vals_list):
        """Let lines that say nothing of it move the product of their transfer."""
        moves = self.env["stock.move"].sudo()  # sudo: the product only
        return [
            {**vals, "product_id": moves.browse(vals["move_id"]).product_id.id}
            if vals.get("move_id") and not vals.get("product_id")
            else vals
            for vals in vals_list
        ]

    @api.model
    def _name_reverse_owners(self, vals_list):
        """Keep whose the goods of a return are.

        Odoo takes the owner from what is reserved, or from the delivery: goods that are
        not ours would be worth something to us.
        """
        moves = self.env["stock.move"].browse(
            {vals["move_id"] for vals in vals_list if vals.get("move_id")}
        )
        # sudo: the owner of exactly these goods
        owners = {
            move.id: move.restrict_partner_id.id
            for move in moves.sudo()
            if move.reverse_rma_line_id and move.restrict_partner_id
        }
        return [
            {**vals, "owner_id": owners[vals["move_id"]]}
            if vals.get("move_id") in owners
            else vals
            for vals in vals_list
        ]

    def write(self, vals):
        if self.env.context.get("reverse_unit") is MOVING:
            return super().write(vals)  # another unit of the product moves nothing
        self._check_reverse_kept(vals)
        done = self._find_reverse_done() if _RESHAPING & set(vals) else self.browse()
        before = done._get_reverse_shape()
        ways = done._get_reverse_ways()
        res = super(StockMoveLine, as_moved(self)).write(vals)
        if custody.LINE & set(vals):
            self._check_reverse_said()
        after, now = done._get_reverse_shape(), done._get_reverse_ways()
        less = done.filtered(
            lambda line: (
                now[line] == ways[line]
                and after[line][0] == before[line][0]
                and after[line][1] <= before[line][1]
            )
        )
        done._check_reverse_done()
        # Who corrects that less has left takes nothing anywhere.
        (done - less).sudo().move_id._check_reverse_way()  # sudo: as when it was done
        done._check_reverse_ways(ways)
        done._check_reverse_renumbered(ways, before)
        done._check_reverse_enlarged(before)
        done.filtered(lambda line: after[line] != before[line])._note_reverse_edited()
        return res

    def _find_reverse_done(self):
        """Give those of these lines that moved goods, by their transfer, as Odoo asks:
        the state that a line says itself is a copy.
        """
        return self.filtered(lambda line: line.move_id.state == "done")

    def _check_reverse_kept(self, vals):
        """Refuse to write by hand what a done transfer says it has moved."""
        names = custody.DONE_LINE & set(vals)
        # Clients never run as superuser.
        if self.env.su or not names:
            return
        changed = self.filtered(lambda line: differs(line, vals, names))
        moves = self.env["stock.move"].browse(vals.get("move_id") or None)
        if changed:
            moves |= changed._find_reverse_done().move_id
            moves.filtered(
                lambda move: move.state == "done" and move._passes_reverse()
            )._refuse_reverse_evidence()

    def _check_reverse_said(self):
        """Refuse lines that say otherwise than their quantity, or than their transfer.

        Odoo moves as much as it once computed, of the product of the line, and as soon
        as that says that it is done; returns go by the transfer.
        """
        # sudo: whoever writes a line need not read its transfer
        for line in self.sudo():
            move, product = line.move_id, line.product_id
            if move and product != move.product_id:
                raise UserError(
                    self.env._(
                        "%(transfer)s moves %(product)s here, and a line of it says "
                        "%(other)s. Add %(other)s to the transfer as a product of its "
                        "own.",
                        transfer=move.picking_id.name or move.display_name,
                        product=move.product_id.display_name,
                        other=product.display_name,
                    )
                )
            counted = line.product_uom_id._compute_quantity(
                line.quantity, product.uom_id, rounding_method="HALF-UP"
            )
            if line.state != move.state or product.uom_id.compare(
                line.quantity_product_uom, counted
            ):
                raise UserError(
                    self.env._(
                        "How much of %(product)s is moved, and whether it was, follows "
                        "from the quantity of the line and from its transfer. Enter "
                        "the quantity, and validate the transfer.",
                        product=product.display_name,
                    )
                )

    def _get_reverse_ways(self):
        """Give whose goods, and from where to where, these lines moved."""
        return {
            line: (line.location_id, line.location_dest_id, line.lot_id, line.owner_id)
            for line in self
        }

    def _check_reverse_ways(self, before):
        """Refuse that what customers or returns got was another lot, or elsewhere.

        Odoo would move the goods there without asking where from; quantities are
        corrected, and noted.

        :param dict before: what :meth:`_get_reverse_ways` gave until now
        """
        # Clients never run as superuser, nor can they send the mark of Odoo's steps.
        if self.env.su or self.env.context.get("reverse_moving") is MOVING:
            return
        after = self._get_reverse_ways()
        for line in self.filtered(lambda line: after[line] != before[line]):
            places = {*before[line][:2], *after[line][:2]}
            if any(place._is_outgoing() or place._is_reverse() for place in places):
                line.move_id._refuse_reverse_evidence()

    def _check_reverse_enlarged(self, before):
        """Refuse that more came from customers than was looked at when it came.

        :param dict before: what :meth:`_get_reverse_shape` gave until now
        """
        # Clients never run as superuser, nor can they send the mark of Odoo's steps.
        if self.env.su or self.env.context.get("reverse_moving") is MOVING:
            return
        for line in self:
            quantity = before[line][1] if line in before else 0.0
            uom, move = line.product_id.uom_id, line.move_id
            if (
                uom.compare(line.quantity_product_uom, quantity) > 0
                and line.location_id._get_reverse_kind() == custody.CUSTOMER
                and not line.location_dest_id._is_outgoing()
            ):
                raise UserError(
                    self.env._(
                        "What %(transfer)s brought from a customer was looked at when "
                        "it came, and is not enlarged. Enter another transfer for what "
                        "else came.",
                        transfer=move.picking_id.name or move.display_name,
                    )
                )

    def _get_reverse_shape(self):
        """Give what of these lines says what was delivered, to compare it."""
        return {line: (line.lot_id, line.quantity_product_uom) for line in self}

    def _note_reverse_edited(self):
        """Note who changes what left after it left: returns of it are looked at."""
        # sudo: the note is ours, whoever edits the transfer
        left = self.sudo().move_id.filtered(
            lambda move: (
                move.location_dest_id._is_outgoing()
                and not move.origin_returned_move_id
            )
        )
        if left:
            left.write(
                {
                    "reverse_edited_by_id": self.env.uid,
                    "reverse_edited_at": fields.Datetime.now(),
                }
            )

    def _check_reverse_numbered(self):
        """Refuse to move pieces with numbers from where they are not.

        Odoo lets a place have less than nothing. Who names another place would sell,
        or count into stock, what lies in returns or was written off by them. A piece is
        in one place only, whatever the books of others say. Of lots of several pieces,
        what is missing may be what lies in returns.

        :raises UserError: naming the piece, and where it is
        """
        lines = self.filtered(
            lambda line: line.lot_id and not line.location_dest_id._is_reverse_stock()
        )
        if not lines or self.env["reverse.rma"]._in_workflow():
            return
        here = lines.lot_id._count_reverse_here()
        lines.filtered(
            lambda line: line.lot_id in here and line._brings_reverse_serial()
        )._refuse_reverse_elsewhere()
        known = lines.lot_id._find_reverse_elsewhere(beside=lines.ids)
        taken = lines.filtered(
            lambda line: line.lot_id in known and line.location_id._is_reverse_holder()
        )
        missing = taken._count_reverse_missing()
        for line in taken:
            short = missing.get((line.lot_id, line.location_id), 0.0)
            if line.product_id.tracking == "serial":
                # What the books have twice is counted away where it is not.
                wrong = short or line.location_dest_id.usage != "inventory"
            else:
                wrong = 0 < short <= here[line.lot_id]
            if wrong:
                line._refuse_reverse_elsewhere()

    def _check_reverse_renumbered(self, ways, shapes):
        """Refuse to say of done transfers that they moved other pieces, or back again
        to where they came from, of what lies in returns or was written off by them.

        :param dict ways: what :meth:`_get_reverse_ways` gave until now
        :param dict shapes: what :meth:`_get_reverse_shape` gave until now
        """
        now, shaped = self._get_reverse_ways(), self._get_reverse_shape()
        lines = self.filtered(
            lambda line: (now[line], shaped[line]) != (ways[line], shapes[line])
        )
        if not lines or self.env["reverse.rma"]._in_workflow():
            return
        lots = {line: ways[line][2] | line.lot_id for line in lines}
        known = lines.lot_id.union(*lots.values())._find_reverse_elsewhere(lines.ids)
        if not known:
            return
        here = known._count_reverse_here()
        places = {line: line._get_reverse_holders(ways[line][:2]) for line in lines}
        missing = lines._count_reverse_missing(
            known, lines.location_id.union(*places.values())
        )
        for line in lines.filtered(places.get):
            for lot in lots[line] & known:
                short = [missing.get((lot, place), 0.0) for place in places[line]]
                if lot.product_id.tracking == "serial" or any(
                    0 < one <= here[lot] for one in short
                ):
                    line._refuse_reverse_elsewhere(lot)

    def _get_reverse_holders(self, places):
        """Give those of the places of this line, and of others, outside returns."""
        self.ensure_one()
        both = self.location_id | self.location_dest_id
        return both.union(*places).filtered(lambda place: place._is_reverse_holder())

    def _brings_reverse_serial(self):
        """Tell whether this says that a piece comes from outside, or is found."""
        self.ensure_one()
        return (
            self.product_id.tracking == "serial"
            and self.location_id.usage not in ("internal", "transit")
            and self.location_dest_id.usage not in custody.SPENT
        )

    def _count_reverse_missing(self, lots=None, places=None):
        """Give by how much their places have less than nothing of their lots.

        :param lots: those to look for, else the lots of these lines
        :param places: those to look at, else where these lines take them from
        :return: ``{(lot, place): quantity in the product's unit}``
        """
        lots = self.lot_id if lots is None else lots
        places = self.location_id if places is None else places
        # sudo: goods of everybody count
        quants = self.env["stock.quant"].sudo()
        return {
            (lot, place): -quantity
            for lot, place, quantity in quants._read_group(
                [("lot_id", "in", lots.ids), ("location_id", "in", places.ids)],
                ["lot_id", "location_id"],
                ["quantity:sum"],
                having=[("quantity:sum", "<", 0)],
            )
        }

    def _refuse_reverse_elsewhere(self, lot=None):
        """Refuse to move these from where they are not.

        :param lot: what is not there, else the lot of each
        """
        for line in self:
            raise UserError(
                self.env._(
                    "%(transfer)s moves %(lot)s of %(product)s from %(place)s, and it "
                    "is not there: it lies in returns, or they wrote it off. Enter the "
                    "piece that you really have.",
                    transfer=line.picking_id.name or line.move_id.display_name,
                    lot=(lot or line.lot_id).name,
                    product=line.product_id.display_name,
                    place=line.location_id.display_name,
                )
            )

    def _filter_reverse_unnumbered(self):
        """Give those that move pieces of tracked products without a number.

        Odoo makes a lot of a name, or takes the one of that name, only where the
        operation makes lots; elsewhere the name says nothing.
        """
        return self.filtered(
            lambda line: (
                line.product_id.tracking != "none"
                and line.quantity
                and not line.lot_id
                and not (line.lot_name and line.picking_type_id.use_create_lots)
            )
        )

    def _find_reverse_named_lots(self):
        """Give ``{name: lot id}`` of what lines of one transfer name and is a lot.

        Odoo takes that lot when it moves the goods.
        """
        named = self.filtered(lambda line: line.lot_name and not line.lot_id)
        if not named:
            return {}
        # sudo: which lots there are, whoever moves the goods
        lots = self.env["stock.lot"].sudo()
        found = lots.search(
            [
                ("product_id", "in", named.product_id.ids),
                ("name", "in", named.mapped("lot_name")),
                ("company_id", "in", [False, *named.company_id.ids]),
            ]
        )
        return {lot.name: lot.id for lot in found}

    @unless_uninstalling
    def _unlink_except_evidence(self):
        done = self._find_reverse_done().move_id
        done.filtered(
            lambda m: m._is_reverse_evidence() or m._passes_reverse()
        )._refuse_reverse_evidence()

    def _synchronize_quant(
        self, quantity, location, action="available", in_date=False, **quants_value
    ):
        """A lot that comes back keeps its age, and leaves its package there.

        Odoo forgets the age of what leaves, though it kept it there. What is missing of
        a lot it takes from pieces without a number: what lies in returns stays missing.
        """
        lot = quants_value.get("lot", self.lot_id)
        if quantity < 0 and action == "available" and lot:
            self = self.with_context(reverse_covered=(MOVING, lot.id))  # noqa: PLW0642
        if quantity < 0 and action == "available" and self._is_reverse_lot_back():
            owner = quants_value.get("owner", self.owner_id)
            # sudo: as Odoo itself keeps quants
            quants = self.env["stock.quant"].sudo()
            in_date = (
                quants._gather(
                    self.product_id,
                    location,
                    lot_id=self.lot_id,
                    package_id=quants_value.get("package", self.package_id),
                    owner_id=owner,
                    strict=True,
                )
                .filtered("lot_id")[:1]
                .in_date
            )
        return super()._synchronize_quant(
            quantity, location, action, in_date, **quants_value
        )

    def _is_reverse_lot_back(self):
        """Brings a lot back that Odoo sees leave and come like any new goods."""
        self.ensure_one()
        # sudo: whoever moves the goods need not be of returns
        move = self.sudo().move_id
        return bool(
            self.lot_id
            and move.origin_returned_move_id
            and self.location_id.should_bypass_reservation()
            and not self.location_dest_id.should_bypass_reservation()
        )

    def _check_reverse_done(self):
        """Refuse to edit done receipts of returns, which are corrected instead."""
        # sudo: whoever edits a transfer need not read returns
        moves = self.sudo().move_id
        for move in moves:
            if move.reverse_rma_line_id and move._is_reverse_receipt():
                raise UserError(
                    self.env._(
                        "%(transfer)s has received goods of %(rma)s and can no longer "
                        "be changed.",
                        transfer=move.picking_id.name,
                        rma=move.reverse_rma_line_id.rma_id.display_name,
                    )
                )
            if move.reverse_correction:
                raise UserError(
                    self.env._(
                        "%(transfer)s corrects a shipping error and can no longer be "
                        "changed.",
                        transfer=move.reference,
                    )
                )
            if move.reverse_settlement_line_id:
                raise UserError(
                    self.env._(
                        "%(transfer)s has sent a replacement for %(rma)s and can no "
                        "longer be changed.",
                        transfer=move.picking_id.name or move.display_name,
                        rma=move.reverse_settlement_line_id.rma_id.display_name,
                    )
                )
            if (
                move.reverse_title_id
                or move._is_reverse_undo()
                or move._is_reverse_inside()
            ):
                move._refuse_reverse_evidence()
            if move.reverse_inspection_id:
                raise UserError(
                    self.env._(
                        "%(transfer)s has moved inspected goods of %(rma)s and can no "
                        "longer be changed.",
                        transfer=move.picking_id.name or move.display_name,
                        rma=move.reverse_inspection_id.rma_id.display_name,
                    )
                )
        moves._check_reverse_taken()
        receipts = moves.filtered(lambda move: move._is_reverse_receipt())
        claimed = moves.filtered(
            lambda move: move.reverse_line_ids or move.returned_move_ids
        )
        (receipts.origin_returned_move_id | claimed)._check_over_return()

    def _filter_reverse_dangerous(self):
        """Give those that bring goods which are only safe in quarantine.

        reverse_logistics_recall: of lots that were recalled.
        """
        # sudo: what was said of the goods, for whoever receives them
        dangers = self.sudo().move_id.reverse_rma_line_id._get_dangers()
        return self.filtered(
            lambda line: line.sudo().move_id.reverse_rma_line_id in dangers
        )
