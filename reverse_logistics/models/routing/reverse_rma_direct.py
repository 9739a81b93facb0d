from odoo import models
from odoo.exceptions import UserError


class ReverseRma(models.Model):
    """Goods that never come to us: they stay where they are, or go to the supplier."""

    _inherit = "reverse.rma"

    def _create_receipts(self):
        """No warehouse waits for what does not come."""
        coming = self.filtered(
            # sudo: what kind of facility it is
            lambda rma: rma.sudo().facility_id.receives or not rma.facility_id
        )
        return super(ReverseRma, coming)._create_receipts()

    def _take_in(self, arrived):
        """What is on the dock after all is received where it would come usually."""
        rmas = self._get_rmas(arrived)
        # sudo: what kind of facility it is
        direct = rmas.filtered(lambda rma: not rma.sudo().facility_id.receives)
        for rma, facility in direct._get_default_facilities().items():
            rma._guarded_write(
                {"facility_id": facility.id, "facility_source": "arrival"}
            )
        return super()._take_in(arrived)

    def _get_warehouse(self):
        """Give the warehouse of the facility, else the one that delivered the goods."""
        self.ensure_one()
        # sudo: configuration
        warehouse = self.sudo().facility_id.warehouse_id
        return warehouse or self._get_default_facilities()[self].sudo().warehouse_id

    def action_at_supplier(self):
        """Note that the supplier has the goods; what the customer gets is proposed.

        :raises AccessError: without the role inspector
        :raises UserError: when the goods were not to go to the supplier, or none are
            due
        """
        self._check_duty("inspector")
        lines = self._get_lines_for_supplier()
        disposition = self.env.ref("reverse_logistics.disposition_supplier")
        parts = self.env["reverse.inspection"].create(
            [
                {
                    "line_id": line.id,
                    "quantity": line._get_expected_quantity(),
                    "disposition_id": disposition.id,
                }
                for line in lines
            ]
        )
        return parts.action_complete()

    def _get_lines_for_supplier(self):
        """Give what the supplier is still to get, or refuse."""
        for rma in self:
            if rma.state != "authorized" or rma.facility_kind != "supplier_direct":
                raise UserError(
                    self.env._(
                        "The goods of %(rma)s are not on their way to a supplier.",
                        rma=rma.display_name,
                    )
                )
        lines = self.line_ids.filtered(
            lambda line: line.uom_id.compare(line._get_expected_quantity(), 0) > 0
        )
        if self - lines.rma_id:
            raise UserError(
                self.env._(
                    "Nothing more is expected of %(rma)s.",
                    rma=(self - lines.rma_id)[0].display_name,
                )
            )
        return lines

    def _get_goods_step(self):
        """Say what goods wait for that do not come to us, or not yet."""
        if self.stage == "authorized" and self.waits_for_collection:
            return self.env._(
                "The customer keeps the goods until those of the region are called "
                "for: customer service does, in Collections."
            )
        if self.stage in ("authorized", "in_transit"):
            if self.facility_kind == "supplier_direct":
                return self.env._(
                    "The customer sends the goods to the supplier: an inspector notes "
                    "that they are there."
                )
            if self.facility_kind == "customer_keeps":
                return self.env._(
                    "The customer keeps the goods: an inspector confirms it with Not "
                    "Coming Back."
                )
        return super()._get_goods_step()
