from odoo import api, fields, models
from odoo.exceptions import UserError


class ReverseDisposalLine(models.Model):
    """Goods of a return or a scrap order that were destroyed, as their paper says.

    What is reported each year is kept here as it was: category, quantity, derogation.
    """

    _name = "reverse.disposal.line"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Destroyed Goods"
    _order = "disposal_id desc, id"
    _rec_name = "product_id"
    _check_company_auto = True
    _weight_not_negative = models.Constraint(
        "CHECK (weight >= 0)", "The weight of goods cannot be negative."
    )

    disposal_id = fields.Many2one(
        "reverse.disposal",
        "Disposal Paper",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        guarded=True,
    )
    company_id = fields.Many2one(
        related="disposal_id.company_id", store=True, index=True
    )
    rma_id = fields.Many2one(related="disposal_id.rma_id", string="Return")
    disposition_id = fields.Many2one(related="disposal_id.disposition_id", store=True)
    disposed_on = fields.Date(related="disposal_id.disposed_on", store=True)
    state = fields.Selection(related="disposal_id.state", store=True)
    reason_id = fields.Many2one(related="disposal_id.reason_id", store=True)
    inspection_id = fields.Many2one(
        "reverse.inspection",
        readonly=True,
        index=True,
        ondelete="restrict",
        guarded=True,
    )
    product_id = fields.Many2one(
        "product.product",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        guarded=True,
    )
    categ_id = fields.Many2one(
        "product.category",
        "Category",
        readonly=True,
        ondelete="restrict",
        guarded=True,
    )
    lot_id = fields.Many2one("stock.lot", "Lot/Serial", readonly=True, guarded=True)
    quantity = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="In the product's unit.",
        guarded=True,
    )
    uom_id = fields.Many2one(related="product_id.uom_id")
    pieces = fields.Float(
        digits="Product Unit",
        compute="_compute_pieces",
        store=True,
        help="The number that is disclosed: a dozen counts as twelve. Of what is not "
        "counted by the piece, the quantity.",
    )
    weight = fields.Float(
        "Weight (kg)",
        digits="Stock Weight",
        help="Of all of it. Proposed from the weight of the product.",
    )
    restricted = fields.Boolean(
        "Needed a Derogation", readonly=True, index=True, guarded=True
    )
    derogation_id = fields.Many2one(
        "reverse.derogation", readonly=True, ondelete="restrict", guarded=True
    )
    taken_back = fields.Boolean(
        readonly=True,
        index=True,
        help="The inspection was corrected: the goods were not destroyed.",
        guarded=True,
    )

    @api.depends("quantity", "product_id")
    def _compute_pieces(self):
        piece = self.env.ref("uom.product_uom_unit")
        for line in self:
            unit = line.product_id.uom_id
            counted = unit and unit._has_common_reference(piece)
            line.pieces = (
                unit._compute_quantity(line.quantity, piece)
                if counted
                else line.quantity
            )

    @api.model
    def _check_create(self, vals_list):
        raise UserError(
            self.env._("Goods get on a disposal paper by their inspection.")
        )

    def write(self, vals):
        if not self._in_workflow():
            self._check_duty("receiver")
        return super().write(vals)

    def _check_editable(self):
        """Goods are changed as long as their paper, and never taken off by hand."""
        self.disposal_id._check_editable()
        taken = self.filtered("taken_back")
        if taken:
            raise UserError(
                self.env._(
                    "%(product)s was taken off the paper and stays as it was.",
                    product=taken[0].product_id.display_name,
                )
            )

    def _take_back(self):
        """Take goods off their papers whose inspections are corrected."""
        if not self:
            return
        self._guarded_write({"taken_back": True})
        for disposal, lines in self.grouped("disposal_id").items():
            self.env["reverse.event"]._log(
                disposal,
                "DisposalCancelled",
                {
                    **disposal._get_event_data(),
                    "inspections": lines.inspection_id.ids,
                },
            )
        self.disposal_id._cancel_empty()
