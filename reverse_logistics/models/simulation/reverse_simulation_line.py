from odoo import fields, models

#: The amounts that follow from a decision, see ``engine/simulation.py``.
AMOUNTS = ("credit", "waiting", "fee", "freight", "cost")


def _amount(string, **options):
    return fields.Monetary(string, readonly=True, **options)


class ReverseSimulationLine(models.Model):
    """One line of a return or delivery with two decisions: compared and simulated.

    Written by its simulation only.
    """

    _name = "reverse.simulation.line"
    _description = "Simulated Decision"
    _order = "simulation_id desc, id"
    _rec_name = "document"

    simulation_id = fields.Many2one(
        "reverse.simulation", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, ondelete="cascade"
    )
    currency_id = fields.Many2one("res.currency", required=True)
    document = fields.Char()
    rma_line_id = fields.Many2one(
        "reverse.rma.line", "Return Line", index="btree_not_null", ondelete="cascade"
    )
    move_id = fields.Many2one(
        "stock.move", "Delivery", index="btree_not_null", ondelete="cascade"
    )
    partner_id = fields.Many2one(
        "res.partner", "Customer", index="btree_not_null", ondelete="cascade"
    )
    product_id = fields.Many2one(
        "product.product", index="btree_not_null", ondelete="cascade"
    )
    quantity = fields.Float(digits="Product Unit")
    uom_id = fields.Many2one("uom.uom", "Unit")
    day = fields.Date("Asked on", help="The day that policy was asked about.")
    value = _amount("Value", help="Net, at the price paid.")
    changed = fields.Boolean(help="The decision differs.")
    before_decision = fields.Selection("_selection_decision", "Before")
    after_decision = fields.Selection("_selection_decision", "After")
    before_explanation = fields.Char("Why Before")
    after_explanation = fields.Char("Why After")
    before_rule = fields.Char("Rule Before")
    after_rule = fields.Char("Rule After")
    before_credit = _amount("Credit Before")
    after_credit = _amount("Credit After")
    credit_difference = _amount("Credit ±")
    before_waiting = _amount("For a Person Before")
    after_waiting = _amount("For a Person After")
    waiting_difference = _amount("For a Person ±")
    before_fee = _amount("Fee Before")
    after_fee = _amount("Fee After")
    fee_difference = _amount("Fee ±")
    before_freight = _amount("Freight Before")
    after_freight = _amount("Freight After")
    freight_difference = _amount("Freight ±")
    before_cost = _amount("Cost Before")
    after_cost = _amount("Cost After")
    cost_difference = _amount(
        "Cost ±", help="Credit less fee, plus freight: what the version spends more."
    )

    def _selection_decision(self):
        decision = self.env["reverse.rma.line"]._fields["decision"]
        return decision._description_selection(self.env)

    def action_open_document(self):
        """Open the return or the delivery."""
        self.ensure_one()
        record = self.rma_line_id.rma_id or self.move_id.picking_id
        return {
            "type": "ir.actions.act_window",
            "res_model": record._name,
            "res_id": record.id,
            "view_mode": "form",
        }
