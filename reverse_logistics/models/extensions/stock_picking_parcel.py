from collections import defaultdict

from odoo import Command, fields, models
from odoo.exceptions import UserError

REASONS = {
    "refused": "reverse_logistics.reason_refused",
    "undeliverable": "reverse_logistics.reason_undeliverable",
}


class StockPicking(models.Model):
    """Parcels that never reached the customer and come back by themselves."""

    _inherit = "stock.picking"

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


class StockMove(models.Model):
    _inherit = "stock.move"

    def _prepare_parcel_lines(self):
        """Values of return lines for what these moves delivered and may come back."""
        self.env.flush_all()
        roots = self._get_reverse_roots()
        deliveries = roots.filtered(lambda m: m.location_dest_id._is_outgoing())
        deliveries._reverse_touch()
        free = deliveries._get_returnable()
        free_lots = deliveries._get_returnable(by_lot=True)
        wanted = defaultdict(float)
        for move in self:
            tracked = move.product_id.tracking != "none"
            root = move._get_reverse_roots()
            for lot_id, quantity in move._get_reverse_parts(by_lot=tracked):
                wanted[move.product_id, root, lot_id] += quantity
        vals_list = []
        for (product, root, lot_id), quantity in wanted.items():
            if root in deliveries:
                left = free_lots if lot_id else free
                quantity = min(quantity, left.get((root.id, lot_id), 0.0))
            if product.uom_id.compare(quantity, 0) <= 0:
                continue
            known = root in deliveries
            vals_list.append(
                {
                    "product_id": product.id,
                    "uom_id": product.uom_id.id,
                    "quantity": quantity,
                    "lot_id": lot_id,
                    "move_id": known and root.id,
                    "sale_line_id": known and root.sale_line_id.id,
                    # What passed through here once is still not ours.
                    "customer_owned": not known,
                }
            )
        return vals_list


class ReverseRma(models.Model):
    _inherit = "reverse.rma"

    parcel_back = fields.Boolean(
        "Never Reached the Customer",
        readonly=True,
        copy=False,
        help="The parcel was refused or could not be delivered.",
        guarded=True,
    )
