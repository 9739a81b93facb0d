from odoo import api, models

from ...engine.exceptions import ExceptionType, Resolution


class ReverseException(models.Model):
    """Credits released before the goods were inspected, when it turns out otherwise."""

    _inherit = "reverse.exception"

    @api.model
    def _get_types(self):
        return {**super()._get_types(), "early_credit": self._get_type_early_credit()}

    @api.model
    def _get_type_early_credit(self):
        leave = Resolution(
            "leave_early",
            self.env._("Leave It as It Is"),
            stock=self.env._("Goods stay where they are."),
            money=self.env._(
                "The customer keeps the credit. For goods that stay with the customer "
                "it is written anew, at the same amount."
            ),
            done=self.env._("Credit left as it was"),
        )
        bill = Resolution(
            "bill_early",
            self.env._("Bill What Stays Away"),
            stock=self.env._("The goods stay with the customer."),
            money=self.env._(
                "The credit stays, and the order invoices what did not come back once "
                "more."
            ),
            done=self.env._("To be billed with the order"),
        )
        return ExceptionType(
            owner="reverse_logistics.group_releaser",
            days=2,
            what=self.env._(
                "%(product)s was credited before anybody had seen it. Now it was found "
                "to be otherwise, or does not come."
            ),
            todo=self.env._(
                "Take the credit back and settle anew, bill what stays with the "
                "customer, or leave the credit as it is."
            ),
            resolutions=(self._get_resolution_settle_anew(), bill, leave),
            holds=lambda e: bool(e.line_id._get_early_lines()),
            gone="reversed",
        )

    def _get_settlements_to_renew(self):
        early = self.filtered(lambda e: e.type == "early_credit")
        settlements = early.line_id._get_early_lines().settlement_id
        return super()._get_settlements_to_renew() | settlements.filtered(
            lambda s: s.state == "released"
        ).with_env(self.env)

    def action_leave_early(self):
        """Let the customer keep the credit, whatever came of the goods."""
        self._start_resolution("leave_early")
        lines = self.line_id
        away = {line: line._get_away_quantity() for line in lines}
        away = {line: quantity for line, quantity in away.items() if quantity}
        if away:
            kept = lines.browse().concat(*away)
            settlements = kept._get_early_lines().settlement_id.with_env(self.env)
            settlements.filtered(lambda s: s.state == "released")._write_anew(away)
        self._resolve("leave_early")
        return True

    def action_bill_early(self):
        """Let the order invoice again what was credited and stays away."""
        self._start_resolution("bill_early")
        for line in self.line_id:
            line._bill_again()
        self._resolve("bill_early")
        return True
