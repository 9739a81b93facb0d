from odoo import Command, api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions


class ReverseRma(models.Model):
    """Goods coming in: announced, received, or simply there."""

    _inherit = "reverse.rma"

    def write(self, vals):
        res = super().write(vals)
        if "shipped_at" in vals:
            shipped = self.filtered(lambda r: r.shipped_at and r.state == "authorized")
            self.env["reverse.event"]._log(shipped, "ReturnShipped")
            self._update_progress()
        return res

    def _create_receipts(self):
        """Announce the goods to the warehouse: one transfer per return and origin."""
        lines = self._get_unannounced_lines()
        if not lines:
            return
        groups = lines.grouped(
            lambda line: (
                line.rma_id,
                line._get_receipt_origin(),
                line._get_goods_partner(),
            )
        )
        # sudo: customer service authorizes, the receipt itself belongs to the warehouse
        pickings = self._sudo_clean(self.env["stock.picking"]).create(
            [
                rma._prepare_receipt(location, group)
                for (rma, location, _partner), group in groups.items()
            ]
        )
        moves = pickings.move_ids
        moves._action_confirm(merge=False)
        moves._action_assign()
        moves.reverse_rma_line_id._set_expected_lots(moves)

    def _get_unannounced_lines(self):
        """Give what is to come in and no transfer waits for."""
        return self.line_ids.filtered(
            lambda line: (
                line._is_sourced()
                and line._comes_in()
                and line.uom_id.compare(line._get_unannounced_quantity(), 0) > 0
            )
        )

    def _prepare_receipt(self, location, lines):
        self.ensure_one()
        facility = self.facility_id
        if not facility:
            raise UserError(
                self.env._(
                    "No returns facility is set on %(rma)s.", rma=self.display_name
                )
            )
        inspection = facility._get_location("inspection")
        return {
            "picking_type_id": facility.receipt_type_id.id,
            "partner_id": lines[:1]._get_goods_partner().id,
            "company_id": self.company_id.id,
            "location_id": location.id,
            "location_dest_id": inspection.id,
            "origin": self.name,
            "return_id": lines.move_id.picking_id.id
            if len(lines.move_id.picking_id) == 1
            else False,
            "user_id": False,
            "move_ids": [
                Command.create(line._prepare_receipt_move(location, inspection))
                for line in lines
            ],
        }

    def action_receive(self):
        """Validate the open receipts: the quantities entered, or all that is expected.

        :raises AccessError: without the role receiver
        :raises UserError: when nothing is expected, or Odoo asks for more information
        """
        self._check_duty("receiver")
        pickings = self._get_open_receipts()
        # The warehouse may have cancelled the transfer, or taken a part for the whole.
        unannounced = (self - pickings.reverse_rma_id).filtered(
            lambda rma: rma.state == "authorized"
        )
        if unannounced:
            unannounced._create_receipts()
            pickings = self._get_open_receipts()
        for rma in self:
            if rma not in pickings.reverse_rma_id:
                raise UserError(
                    self.env._("Nothing is expected for %(rma)s.", rma=rma.display_name)
                )
        moves = pickings.move_ids.filtered(lambda m: m.state not in ("done", "cancel"))
        for group in moves.grouped("picking_id").values():
            entered = group.filtered("picked")
            (entered or group).picked = True
        result = pickings.with_context(
            skip_backorder=True, skip_expired=True, skip_sms=True
        ).button_validate()
        # A wizard that Odoo would show to a person is a failure here.
        if result is not True and any(p.state != "done" for p in pickings):
            raise UserError(
                self.env._(
                    "%(pickings)s could not be validated: open it and complete it "
                    "there.",
                    pickings=", ".join(pickings.mapped("name")),
                )
            )
        return True

    def _get_open_receipts(self):
        # sudo: the role receiver is checked; it covers the returns' own transfers only
        return self._sudo_clean(self).picking_ids.filtered(
            lambda p: (
                p.state not in ("done", "cancel")
                and p.picking_type_id == p.reverse_rma_id.facility_id.receipt_type_id
            )
        )

    @api.model
    def _adopt_receipts(self, moves):
        """Make returns of goods that came back outside of any, for a person."""
        if not moves:
            return
        # sudo: whoever received the goods need not be of customer service
        rmas = self._guarded_create(
            [
                self._prepare_adopted(picking, group)
                for picking, group in moves.grouped("picking_id").items()
            ]
        )
        for rma, group in zip(rmas, moves.grouped("picking_id").values(), strict=True):
            for line, move in zip(rma.line_ids.sorted("id"), group, strict=True):
                # sudo: the link is the return's to set
                move.sudo().reverse_rma_line_id = line
        rmas._request_adopted()

    @api.model
    def _prepare_adopted(self, picking, moves):
        partner = (
            picking.partner_id
            or picking.return_id.partner_id
            or moves.sale_line_id.order_id[:1].partner_id
            # A delivery to nobody took its goods from ourselves.
            or picking.company_id.partner_id
        )
        # sudo: where returns go is configuration
        inspection = moves[:1].sudo()._get_reverse_inspection_location()
        return {
            "partner_id": partner.id,
            "company_id": picking.company_id.id,
            "facility_id": inspection.reverse_facility_id.id,
            "user_id": False,
            "line_ids": [
                Command.create(move._prepare_adopted_line()) for move in moves
            ],
        }

    def _request_adopted(self, kind="no_authorization"):
        self._transition(
            transitions.RMA,
            "request",
            {"requested_at": fields.Datetime.now(), "requested_by_id": self.env.uid},
        )
        self.line_ids._decide(
            self.env["reverse.policy.version"]._get_for(self.company_id)
        )
        self.env["reverse.event"]._log(
            self,
            "ReturnRequested",
            lambda rma: {"lines": rma.line_ids._event_data(), "adopted": True},
        )
        self.env["reverse.exception"]._raise_for(self, kind)
        self._update_progress()
