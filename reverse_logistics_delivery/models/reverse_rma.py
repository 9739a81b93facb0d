from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class ReverseRma(models.Model):
    """How the parcel comes back."""

    _inherit = "reverse.rma"

    carrier_id = fields.Many2one(
        "delivery.carrier",
        ondelete="restrict",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="Who brings the goods back, when you arrange it.",
        unlocked=True,
    )
    label_ids = fields.One2many("reverse.label", "rma_id", "Return Labels")
    label_attachment_ids = fields.Many2many(
        "ir.attachment", string="Printed Labels", compute="_compute_label_attachments"
    )
    label_hint = fields.Char(compute="_compute_label_hint")

    @api.depends("picking_ids.carrier_id", "label_ids.state")
    def _compute_label_attachments(self):
        for rma in self:
            # sudo: the papers of the return's own parcels
            rma.label_attachment_ids = rma.sudo().picking_ids.return_label_ids

    @api.depends("label_ids.state", "label_ids.message")
    def _compute_label_hint(self):
        for rma in self:
            label = rma.label_ids.sorted("id")[-1:]
            rma.label_hint = label._get_hint() if label else False

    # ------------------------------------------------------------------
    # Carrier and tracking number of the receipts
    # ------------------------------------------------------------------
    def _prepare_receipt(self, location, lines):
        return {
            **super()._prepare_receipt(location, lines),
            "carrier_id": self.carrier_id.id,
            "carrier_tracking_ref": self.carrier_tracking_ref,
        }

    def write(self, vals):
        res = super().write(vals)
        announced = {"carrier_id", "carrier_tracking_ref"} & set(vals)
        if announced:
            # The warehouse looks at its transfer, not at the return.
            self._get_open_receipts().write({name: vals[name] for name in announced})
        return res

    @api.model
    def _get_anything_domain(self, text):
        tracking = self.env["stock.picking"]._get_reverse_tracking_domain(text)
        return super()._get_anything_domain(text) | Domain(
            "picking_ids", "any", tracking
        )

    # ------------------------------------------------------------------
    # Labels
    # ------------------------------------------------------------------
    def action_get_return_label(self):
        """Ask the carrier for a label of each open receipt; it comes in a moment.

        The carrier is called by a scheduled action once this is committed: what
        happens outside of the database is not undone when Odoo repeats a call.

        :raises AccessError: without the role customer service
        :raises UserError: when there is no parcel, or the carrier makes no labels
        """
        self._check_duty("service")
        receipts = self._get_open_receipts()
        by_rma = receipts.grouped("reverse_rma_id")
        for rma in self:
            rma._check_label(by_rma.get(rma))
        self.env["reverse.label"]._guarded_create(
            [
                {"rma_id": receipt.reverse_rma_id.id, "picking_id": receipt.id}
                for receipt in receipts
            ]
        )
        self.env["reverse.event"]._log(
            self,
            "ReturnLabelRequested",
            lambda rma: {
                "carrier": rma.carrier_id.id,
                "transfers": by_rma[rma].ids,
            },
        )
        # sudo: waking the worker is part of the request
        self.env.ref("reverse_logistics_delivery.cron_labels").sudo()._trigger()
        return True

    def _check_label(self, receipts):
        """Refuse to ask for a label that nobody can make."""
        self.ensure_one()
        problem = False
        if not receipts:
            problem = self.env._(
                "%(rma)s expects no goods, so there is no parcel to label.",
                rma=self.display_name,
            )
        elif not self.carrier_id:
            problem = self.env._(
                "Choose the carrier of %(rma)s first.", rma=self.display_name
            )
        elif not self.carrier_id.can_generate_return:
            problem = self.env._(
                "%(carrier)s makes no return labels. Choose another carrier, or let "
                "the customer send the goods and enter the tracking number.",
                carrier=self.carrier_id.name,
            )
        elif self.label_ids._filter_waiting():
            problem = self.env._(
                "The label of %(rma)s has been asked for. Wait a moment and reload "
                "the page.",
                rma=self.display_name,
            )
        if problem:
            raise UserError(problem)
