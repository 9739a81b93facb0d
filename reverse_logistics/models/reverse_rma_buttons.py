from odoo import models


class ReverseRma(models.Model):
    """Smart buttons: from a return to its documents."""

    _inherit = "reverse.rma"

    def _open(self, records, name):
        action = {
            "type": "ir.actions.act_window",
            "name": name,
            "res_model": records._name,
            "view_mode": "list,form",
            "domain": [("id", "in", records.ids)],
            "context": {"create": False},
        }
        if len(records) == 1:
            action.update(view_mode="form", res_id=records.id)
        return action

    def action_view_pickings(self):
        return self._open(self.picking_ids, self.env._("Transfers"))

    def action_view_inspections(self):
        """Always the list: a part is split there, and the rest shows beside it."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Inspections"),
            "res_model": "reverse.inspection",
            "view_mode": "list,form",
            "domain": [("rma_id", "in", self.ids)],
            "context": {"reverse_one_return": len(self) == 1},
        }

    def action_view_settlements(self):
        return self._open(self.settlement_ids, self.env._("Settlements"))

    def action_view_credit_notes(self):
        return self._open(self.credit_note_ids, self.env._("Credit Notes"))

    def action_view_sale_orders(self):
        return self._open(self.sale_order_ids, self.env._("Sales Orders"))

    def action_view_exceptions(self):
        return self._open(self.exception_ids, self.env._("Exceptions"))

    def action_credit_value(self):
        """Open a settlement for an amount without goods, e.g. an allowance."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Credit of Value"),
            "res_model": "reverse.settlement",
            "view_mode": "form",
            "context": {"default_rma_id": self.id},
        }
