from collections import defaultdict

from odoo import api, fields, models

from ..claimed import get_goods
from .reverse_claim_deadline import ASSUMED


class StockPicking(models.Model):
    """Until when the carrier has to be told, where goods are received."""

    _inherit = "stock.picking"

    reverse_carrier_notice = fields.Char(
        "Tell the Carrier",
        compute="_compute_reverse_carrier_notice",
        compute_sudo=True,
    )

    @api.depends("state", "move_ids.product_id", "reverse_rma_id.carrier_partner_id")
    @api.depends_context("lang")
    def _compute_reverse_carrier_notice(self):
        """For what is being received it counts from today, and then from the receipt.

        A return says it itself until its goods are inspected.
        """
        self.reverse_carrier_notice = False
        coming = self.filtered(
            lambda picking: (
                picking.state not in ("draft", "cancel")
                and picking.picking_type_code == "incoming"
            )
        )
        for company, pickings in coming.grouped("company_id").items():
            today = company._get_reverse_today()
            returns = pickings.filtered("reverse_rma_id")
            arriving = returns.filtered(lambda picking: picking.state != "done")
            rmas = arriving.reverse_rma_id
            notices = rmas._get_carrier_notices(arriving=today)
            for picking in returns:
                rma = picking.reverse_rma_id
                picking.reverse_carrier_notice = (
                    notices.get(rma, False)
                    if picking in arriving
                    else rma.carrier_notice
                )
            (pickings - returns)._note_inbound_dues(today)

    def _note_inbound_dues(self, today):
        """Say until when the carrier of a supplier's goods has to be told."""
        asked = {
            (picking, product): get_goods(
                picking.company_id,
                product,
                partner=None,
                kind="carrier",
                day=today,
                liability="carrier",
                unseen=True,
            )
            for picking in self
            for product in picking.move_ids.product_id
        }
        found = self.env["reverse.supplier.agreement"]._find_each_for(
            list(asked.values())
        )
        agreed = defaultdict(self.env["reverse.supplier.agreement"].browse)
        for (picking, _product), each in zip(asked, found, strict=True):
            agreed[picking] |= each
        for picking, agreements in agreed.items():
            moments = filter(None, picking.move_ids.mapped("reverse_done_at"))
            done = min(moments, default=None)
            start = picking.company_id._to_reverse_day(done) if done else today
            sentences = (
                agreement._explain_dues(start)
                for agreement in agreements
                if (last := agreement._get_deadline(start, ASSUMED)) and last >= today
            )
            picking.reverse_carrier_notice = " ".join(dict.fromkeys(sentences)) or False
