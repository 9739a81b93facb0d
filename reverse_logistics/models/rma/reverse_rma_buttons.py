from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions


class ReverseRma(models.Model):
    """Smart buttons: from a return to its documents."""

    _inherit = "reverse.rma"

    has_unsettled_goods = fields.Boolean(compute="_compute_has_unsettled_goods")

    @api.depends("inspection_ids.state", "settlement_ids.state")
    def _compute_has_unsettled_goods(self):
        for rma in self:
            rma.has_unsettled_goods = bool(rma._get_unsettled_parts())

    def _get_unsettled_parts(self):
        """Inspected goods whose credit was reversed, cancelled or never proposed."""
        return self.inspection_ids.filtered(
            lambda part: (
                part.state == "done"
                and part.line_id._get_settlement_type()
                in self.env["reverse.settlement"]._get_settled_types()
                and part._is_creditable()
                and not part._get_live_settlement_lines()
            )
        )

    def action_propose_settlement(self):
        """Propose a credit anew; this time a person decides, whatever policy says.

        :raises AccessError: without the role customer service
        :raises UserError: when a settlement of all goods is under way or released
        """
        self._check_duty("service")
        for rma in self:
            if not rma._get_unsettled_parts():
                raise UserError(
                    self.env._(
                        "No inspected goods of %(rma)s are without a settlement.",
                        rma=rma.display_name,
                    )
                )
        parts = self._get_unsettled_parts()
        settlements = self.env["reverse.settlement"]._propose(parts, by_person=True)
        self.filtered(lambda rma: rma.state == "done")._transition(
            transitions.RMA, "reopen"
        )
        self._update_progress()
        return self._open(settlements, self.env._("Settlements"))

    def get_formview_action(self, access_uid=None):
        """Forget from where it is opened: the client writes that into the address, and
        a dialog that made the return is no place to come back to.
        """
        action = super().get_formview_action(access_uid=access_uid)
        return {
            **action,
            "context": {**action["context"], "active_id": False, "active_ids": False},
        }

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
            "name": self.env._("Credit an Amount"),
            "res_model": "reverse.settlement",
            "view_mode": "form",
            "context": {"default_rma_id": self.id},
        }
