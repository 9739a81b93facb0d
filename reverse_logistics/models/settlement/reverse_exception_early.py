from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.exceptions import ExceptionType, Resolution


class ReverseException(models.Model):
    """Credits released before the goods were inspected, when it turns out otherwise."""

    _inherit = "reverse.exception"

    type = fields.Selection(
        selection_add=[("early_credit", "Credited before it was seen")],
        ondelete={"early_credit": "cascade"},
    )

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


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _bill_again(self):
        """What was credited and stays with the customer is sold once more."""
        self.ensure_one()
        away = self._get_away_quantity()
        if self.uom_id.compare(away, 0) <= 0:
            raise UserError(
                self.env._(
                    "Everything that was credited of %(line)s is here or still "
                    "expected, so there is nothing to bill. Take the credit back or "
                    "leave it.",
                    line=self.display_name,
                )
            )
        # sudo: whether an order could invoice it
        if not self.sudo().sale_line_id:
            raise UserError(
                self.env._(
                    "%(line)s was sold before Odoo: there is no order that could "
                    "invoice it. Take the credit back instead.",
                    line=self.display_name,
                )
            )
        self._guarded_write({"qty_billed_again": self.qty_billed_again + away})
        self.env["reverse.event"]._log(
            self.rma_id,
            "GoodsBilledAgain",
            {"lines": [{"line": self.id, "quantity": away}]},
        )

    def _close_short(self, quantities, reason):
        for line, quantity in quantities.items():
            line._review_shortfall(quantity)
        return super()._close_short(quantities, reason)

    def _review_shortfall(self, quantity):
        """Goods that will not come may have been credited."""
        self.ensure_one()
        due = self.qty_authorized - self.qty_closed_short - quantity
        credited = self.qty_early - self.qty_billed_again
        if self.uom_id.compare(credited, due) > 0:
            self._review_early(
                self.env._(
                    "Not expected any more: %(quantity)s.",
                    quantity=self.uom_id._say_reverse(quantity),
                )
            )

    def _review_early(self, message):
        """Let a person look at what was credited too early, once for each line."""
        waiting = self.rma_id._get_open_exceptions().filtered(
            lambda e: e.type == "early_credit"
        )
        self.env["reverse.exception"]._raise_for(
            self - waiting.line_id, "early_credit", message=message
        )


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

    def _review_early(self):
        """What was credited before may not be worth it, now that it was seen."""
        for part in self.filtered(lambda part: part.disposition_id.credit != "policy"):
            found = (part.condition_id.name, part.disposition_id.name)
            part.line_id._review_early(
                self.env._(
                    "%(quantity)s: %(found)s.",
                    quantity=part.uom_id._say_reverse(part.quantity),
                    found=", ".join(filter(None, found)),
                )
            )


class ReverseEvent(models.Model):
    _inherit = "reverse.event"

    def _titles(self):
        return {
            **super()._titles(),
            "CreditAdvanced": self.env._("Credit before the inspection"),
            "GoodsBilledAgain": self.env._("To be billed again"),
        }

    def _describe_goods(self, data):
        yield from super()._describe_goods(data)
        if data.get("moment"):
            field = self.env["reverse.settlement"]._fields["early_moment"]
            labels = dict(field._description_selection(self.env))
            yield self.env._(
                "with: %(moment)s", moment=labels.get(data["moment"], data["moment"])
            )
