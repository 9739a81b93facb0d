from datetime import timedelta
from urllib.parse import urlencode

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import consteq, format_date

from ...engine import limits
from ..base import codes, drawings
from ..base.reverse_guarded_mixin import unless_uninstalling
from ..base.reverse_inputs import checked, text
from .stock_move import MOVING

REASONS = {
    "refused": "reverse_logistics.reason_refused",
    "undeliverable": "reverse_logistics.reason_undeliverable",
}
#: How many signs a return code has.
CODE_LENGTH = 12


class StockPicking(models.Model):
    """Show returns to the dock, print codes for returns, take back lost parcels."""

    _name = "stock.picking"
    _inherit = [
        "stock.picking",
        "reverse.computed.mixin",
        "reverse.origin.mixin",
        "reverse.word.mixin",
    ]
    _reverse_computed = frozenset({"company_id", "state"})
    _reverse_origin_path = "move_id.picking_id"
    _reverse_words = ("reverse_possessed_on",)

    reverse_rma_id = fields.Many2one(
        "reverse.rma",
        "Return",
        compute="_compute_reverse_rma_id",
        store=True,
        index="btree_not_null",
    )
    reverse_possessed_on = fields.Date(
        "With the Customer on",
        copy=False,
        tracking=True,
        help="The day of the carrier's proof of delivery. While it is empty, what "
        "customers have to do within days of having the goods counts from the day of "
        "dispatch and the transit time.",
    )
    reverse_possessed_proved = fields.Boolean(
        "Proved by the Carrier",
        readonly=True,
        copy=False,
        help="The carrier's own system said so, not a user: it can no longer be "
        "changed.",
    )
    reverse_product_summary = fields.Char(
        "Products", compute="_compute_reverse_product_summary"
    )
    reverse_tracking_ref = fields.Char(
        related="reverse_rma_id.carrier_tracking_ref", string="Tracking Number"
    )
    reverse_needs_approval = fields.Boolean(compute="_compute_reverse_needs_approval")
    # Who knows it may return the goods: nobody reads or writes it but the slip and the
    # page on which it is entered.
    reverse_code = fields.Char("Return Code", copy=False, groups=fields.NO_ACCESS)
    # Codes are looked up by it, so that the time it takes tells nothing about them.
    reverse_code_hash = fields.Char(
        copy=False, index="btree_not_null", groups=fields.NO_ACCESS
    )

    @api.depends(
        "move_ids.reverse_rma_line_id",
        "move_ids.reverse_inspection_id",
        "move_ids.reverse_settlement_line_id",
    )
    def _compute_reverse_rma_id(self):
        for picking in self:
            moves = picking.move_ids
            picking.reverse_rma_id = (
                moves.reverse_rma_line_id.rma_id
                or moves.reverse_inspection_id.rma_id
                or moves.reverse_settlement_line_id.rma_id
            )[:1]

    @api.constrains("reverse_possessed_on")
    def _check_reverse_possessed_on(self):
        for picking in self.filtered("reverse_possessed_on"):
            day, company = picking.reverse_possessed_on, picking.company_id
            if day > company._get_reverse_today():
                raise ValidationError(
                    self.env._(
                        "The customer cannot have %(transfer)s on a day to come: enter "
                        "the day of the carrier's proof of delivery.",
                        transfer=picking.display_name,
                    )
                )
            # What a supplier sends is often booked after it has arrived.
            sent = picking.picking_type_code == "outgoing"
            left = sent and picking._get_reverse_left_on()
            if left and day < left:
                raise ValidationError(
                    self.env._(
                        "The customer cannot have %(transfer)s before it left on "
                        "%(day)s.",
                        transfer=picking.display_name,
                        day=format_date(self.env, left),
                    )
                )

    def _get_reverse_left_on(self):
        """Give the day on which this left: when it was done, or as entered, if earlier.

        :return: None while nothing of it is done
        """
        self.ensure_one()
        done = self.move_ids.filtered(lambda move: move.state == "done")
        moments = [*done.mapped("date"), *filter(None, done.mapped("reverse_done_at"))]
        return self.company_id._to_reverse_day(min(moments)) if moments else None

    def _get_reverse_done_at(self):
        """Give when the last of this was done, whatever date was entered afterwards.

        :return: None while nothing of it is done
        """
        # sudo: only the moment, for whoever may read the transfer
        done = self.sudo().move_ids.filtered(lambda move: move.state == "done")
        return max((move._get_reverse_moved_at() for move in done), default=None)

    def _get_reverse_entered(self, vals):
        """Let Odoo cancel a transfer of nothing, whose state follows no moves."""
        names = super()._get_reverse_entered(vals)
        return names if self.move_ids else names - {"state"}

    def write(self, vals):
        # Clients never run as superuser; whatever does was checked before.
        if "reverse_rma_id" in vals and not self.env.su:
            raise UserError(
                self.env._("The return of a transfer cannot be set by hand.")
            )
        if "reverse_possessed_on" in vals and not self.env.su:
            self._check_reverse_unproved()
        if "partner_id" in vals and not self.env.su:
            self._check_reverse_address(vals["partner_id"])
        if vals.get("state") == "done":
            self.move_ids.filtered(lambda m: m.state != "done")._check_reverse_moved()
        return super().write(vals)

    def _action_done(self):
        """Let Odoo name the order of what it has just delivered."""
        moving = self.with_context(reverse_moving=MOVING)
        return super(StockPicking, moving)._action_done()

    @api.model
    def _sign_reverse_word(self, vals):
        """Nobody enters that a carrier proved something."""
        if "reverse_possessed_proved" in vals and not self.env.su:
            raise UserError(
                self.env._("That a carrier proved a delivery is not entered by hand.")
            )
        return super()._sign_reverse_word(vals)

    def _check_reverse_unproved(self):
        for picking in self:
            if picking.reverse_possessed_proved:
                raise UserError(
                    self.env._(
                        "The carrier proved on which day the customer had "
                        "%(transfer)s, which can no longer be changed.",
                        transfer=picking.display_name,
                    )
                )

    def _check_reverse_address(self, partner_id):
        """Refuse other addresses of what was delivered.

        Those of replacements are compared when they leave.

        :raises UserError: for users, as clients never run as superuser
        """
        partner = self.env["res.partner"].browse(partner_id or None)
        for picking in self.filtered(lambda own: own.partner_id != partner):
            if picking._has_reverse_left():
                raise UserError(
                    self.env._(
                        "%(transfer)s has left: its address stays, because returns and "
                        "replacements go by it. If the goods come back from elsewhere, "
                        "say so on the return.",
                        transfer=picking.name,
                    )
                )

    def _has_reverse_left(self):
        """Tell whether goods went to a customer with this.

        By what it moved: its state and its type are copies that users change.
        """
        self.ensure_one()
        return any(
            move.state == "done" and move.location_dest_id._is_outgoing()
            for move in self.move_ids
        )

    @unless_uninstalling
    def _unlink_except_evidence(self):
        moves = self.move_ids.filtered(lambda m: m._is_reverse_evidence())
        moves._refuse_reverse_evidence()

    @api.model
    def _get_reverse_transit_paths(self):
        """Give what the transit time depends on; other addons add the carrier.

        :return: ``{dimension: path of fields from the transfer}``
        """
        return {"country": "partner_id.country_id"}

    @api.model
    def _get_reverse_search_domain(self, text):
        """What finds the transfer that a text from its papers means.

        Other addons add what else is written on a parcel.

        :param str text: what was typed or scanned, wildcards escaped
        """
        return Domain("name", "=ilike", text) | Domain("origin", "=ilike", text)

    def action_view_reverse_rma(self):
        self.ensure_one()
        return self.reverse_rma_id.get_formview_action()

    # ------------------------------------------------------------------
    # Whoever has the goods of a delivery returns them by its code.
    # ------------------------------------------------------------------
    def _is_reverse_open_to_guests(self):
        """Whether goods of this delivery may be returned by its code."""
        company = self.company_id
        return (
            self.picking_type_code == "outgoing"
            and company.reverse_slip_code
            and company.reverse_portal == "request"
            and self.sale_id.state == "sale"
        )

    def _get_reverse_slip(self):
        """Give what the delivery slip says of returns; the code is made at first.

        :return: empty where the company prints none
        """
        self.ensure_one()
        # sudo: whoever prints the slip need not read what it says
        own = self.sudo()
        if not own._is_reverse_open_to_guests():
            return {}
        if not own.reverse_code:
            code = codes.new_code(CODE_LENGTH)
            mark = codes.fingerprint(code)
            own.write({"reverse_code": code, "reverse_code_hash": mark})
        code = own.reverse_code
        page = f"{own.company_id.get_base_url()}/returns/code"
        query = {"code": code, "company": own.company_id.id}
        return {
            "code": "-".join(code[at : at + 4] for at in range(0, CODE_LENGTH, 4)),
            "page": page,
            "image": drawings.qr(f"{page}?{urlencode(query)}"),
            "until": own._get_reverse_until(),
        }

    def _get_reverse_until(self):
        """Give the last day on which the goods may come back, if one rule says it for
        all of them by the day of delivery; else nothing.
        """
        versions = self.env["reverse.policy.version"]
        days = versions._get_for(self.company_id)[self.company_id]._get_public_window()
        if days is None:
            return None
        now = fields.Datetime.now()
        left = self._get_reverse_done_at() or max(self.scheduled_date or now, now)
        return self.company_id._to_reverse_day(left) + timedelta(days)

    @api.model
    def _find_by_reverse_code(self, text):
        """Find the delivery with this code, however it was typed.

        :param text: of any type, as somebody sent it
        """
        typed = limits.clean_line(text).upper()
        code = "".join(sign for sign in typed if sign.isalnum())
        # sudo: whoever enters the code has the goods
        marked = [("reverse_code_hash", "=", codes.fingerprint(code))]
        found = self.sudo().search(marked, limit=1)
        if found and consteq(found.reverse_code, code):
            return found.filtered(lambda each: each._is_reverse_open_to_guests())
        return found.browse()

    # ------------------------------------------------------------------
    # What the dock is shown of the returns that are to arrive.
    # ------------------------------------------------------------------
    @api.depends("move_ids.product_id", "move_ids.product_uom_qty", "move_ids.state")
    def _compute_reverse_product_summary(self):
        for picking in self:
            goods = self.env["product.product"]
            picking.reverse_product_summary = goods._list_reverse_goods(
                (move.product_id, move.product_uom, move.product_uom_qty)
                for move in picking.move_ids
                if move.state != "cancel"
            )

    @api.depends_context("reverse_receipt_names")
    def _compute_display_name(self):
        """Where returns are expected, a transfer is called by return and customer."""
        res = super()._compute_display_name()
        if self.env.context.get("reverse_receipt_names"):
            for picking in self.filtered("reverse_rma_id"):
                customer = picking.partner_id.commercial_partner_id.name
                picking.display_name = f"{picking.reverse_rma_id.name} {customer}"
        return res

    def action_reverse_receive(self):
        """Take in the returns that these transfers announce.

        :raises UserError: for a transfer that belongs to no return
        """
        unknown = self.filtered(lambda picking: not picking.reverse_rma_id)
        if unknown:
            raise UserError(
                self.env._(
                    "%(transfers)s belongs to no return yet: open it and validate it "
                    "there.",
                    transfers=", ".join(unknown.mapped("name")),
                )
            )
        return self.reverse_rma_id.action_receive()

    # ------------------------------------------------------------------
    # Parcels that never reached the customer and come back by themselves.
    # ------------------------------------------------------------------
    @checked(reason=text)
    def action_parcel_back(self, reason="undeliverable"):
        """Return all that is still returnable of these deliveries.

        The policy's window does not apply. Receivers take the goods in at once.

        :param str reason: ``refused`` or ``undeliverable``
        :raises AccessError: for other roles than receiver and customer service
        :raises UserError: for transfers that delivered nothing, or all of it is back
        """
        rmas = self.env["reverse.rma"]
        receiver = self.env.user.has_group("reverse_logistics.group_receiver")
        rmas._check_duty("receiver" if receiver else "service")
        self.sudo(False).check_access("read")
        if reason not in REASONS:
            raise UserError(self.env._("Say why the parcel came back."))
        # sudo: reasons are configuration
        reason = self.env.ref(REASONS[reason]).sudo()
        rmas = rmas._guarded_create(
            [picking._prepare_parcel_back(reason) for picking in self]
        )
        rmas._request()
        self.env["reverse.event"]._log(rmas, "ParcelCameBack", {"reason": reason.code})
        waiting = rmas.filtered(lambda rma: rma.state == "authorized")
        if receiver and waiting:
            waiting.action_receive()
        # What was sent back once and came again has to be collected.
        again = rmas.filtered("origin_rma_id").inspection_ids
        self.env["reverse.exception"]._raise_unclaimed(again)
        return rmas._open(rmas, self.env._("Returns"))

    def _prepare_parcel_back(self, reason):
        """Values of the return of one parcel; other addons add carrier and number."""
        self.ensure_one()
        # sudo: customer service need not read the warehouse's transfers
        moves = self.sudo().move_ids.filtered(
            lambda m: m.state == "done" and m.location_dest_id._is_outgoing()
        )
        if not moves:
            raise UserError(
                self.env._(
                    "%(transfer)s has delivered nothing, so no parcel of it can come "
                    "back.",
                    transfer=self.name,
                )
            )
        lines = [
            {**vals, "reason_id": reason.id} for vals in moves._prepare_parcel_lines()
        ]
        if not lines:
            raise UserError(
                self.env._(
                    "All of %(transfer)s has come back already or is claimed by "
                    "returns. Receive it on these.",
                    transfer=self.name,
                )
            )
        # sudo: whether the parcel went out for a return
        before = self.sudo().reverse_rma_id
        partner = moves.sale_line_id.order_id[:1].partner_id or self.partner_id
        warehouse = self.sudo().picking_type_id.warehouse_id
        return {
            "partner_id": (before.partner_id or partner).id,
            "company_id": self.company_id.id,
            "facility_id": warehouse.reverse_facility_ids[:1].id,
            "channel_id": self.env.ref("reverse_logistics.channel_carrier").id,
            "parcel_back": True,
            # What was sent back to the customer before has been decided on.
            "origin_rma_id": before.id,
            "settlement_type": "none" if before else "refund",
            "line_ids": [Command.create(vals) for vals in lines],
        }

    @api.depends("state", "move_ids.location_id", "move_ids.location_dest_id")
    def _compute_reverse_needs_approval(self):
        for picking in self:
            picking.reverse_needs_approval = bool(picking._get_reverse_unapproved())

    def _get_reverse_unapproved(self):
        """Give the moves of which nobody has been asked yet."""
        return self.move_ids.filtered(
            lambda m: (
                m.state not in ("done", "cancel")
                and m._is_reverse_by_hand()
                # sudo: whether it was asked for
                and m.sudo().reverse_quantity_change_id.state
                not in ("requested", "permitted")
            )
        )

    @checked(reason=text)
    def action_reverse_ask_quantity(self, reason=None):
        """Ask somebody else to approve that goods in returns are moved by hand.

        :param str reason: why
        """
        self.check_access("write")
        moves = self._get_reverse_unapproved()
        if not moves:
            raise UserError(self.env._("Nothing here waits for an approval."))
        moves._check_reverse_named()
        changes = self.env["reverse.quantity.change"]._request(
            [move._prepare_reverse_change(reason) for move in moves],
            [move._get_reverse_writers() for move in moves],
        )
        for move, change in zip(moves, changes, strict=True):
            # the link is the workflow's to set, see ``write``
            change._workflow().env["stock.move"].browse(
                move.id
            ).reverse_quantity_change_id = change
        return changes._tell_asked()
