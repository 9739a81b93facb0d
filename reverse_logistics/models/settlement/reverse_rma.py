from odoo import api, fields, models
from odoo.exceptions import UserError


class ReverseRma(models.Model):
    """Returns that the customer wants to be replaced, also in advance."""

    _inherit = "reverse.rma"

    can_replace_in_advance = fields.Boolean(compute="_compute_can_replace_in_advance")

    @api.depends("state", "line_ids.qty_received", "settlement_ids.state")
    def _compute_can_replace_in_advance(self):
        for rma in self:
            rma.can_replace_in_advance = bool(rma._get_advance_lines())

    def _get_advance_lines(self):
        """Lines that may be replaced before anything of them came back."""
        return self.line_ids.filtered(
            lambda line: (
                line.state == "authorized"
                # Without an order nothing could be invoiced that stays away.
                and line.sale_line_id
                and not line.qty_received
                and line._get_settlement_type() == "replacement"
                and line.uom_id.compare(line._get_expected_quantity(), 0) > 0
                and not line._get_live_settlement_lines()
            )
        )

    def action_replace_in_advance(self):
        """Propose replacements for goods that are still with the customer.

        The settlement then goes through the same hands as any other. What does not
        come back in the end is invoiced.

        :raises AccessError: without the role customer service
        :raises UserError: when goods came in already, or were settled
        """
        self._check_duty("service")
        for rma in self:
            if not rma._get_advance_lines():
                raise UserError(
                    self.env._(
                        "Nothing of %(rma)s can be replaced in advance: it has to be "
                        "authorized as a replacement, not received and not settled "
                        "yet.",
                        rma=rma.display_name,
                    )
                )
        settlements = self.env["reverse.settlement"]
        settlements = settlements._guarded_create(
            [{"rma_id": rma.id, "type": "replacement"} for rma in self]
        )
        for settlement in settlements:
            lines = self.env["reverse.settlement.line"]._guarded_create(
                [
                    {
                        "settlement_id": settlement.id,
                        "rma_line_id": line.id,
                        "kind": "replacement",
                        "quantity": line._get_expected_quantity(),
                    }
                    for line in settlement.rma_id._get_advance_lines()
                ]
            )
            lines._charge_fees()
        self.env["reverse.event"]._log(
            settlements, "AdvanceProposed", lambda s: {"settlement": s.id}
        )
        return self._open(settlements, self.env._("Settlements"))

    def _check_not_replaced(self):
        """Refuse to cancel what a replacement was released for."""
        for rma in self:
            lines = rma.line_ids.settlement_line_ids.filtered(
                lambda line: line.kind == "replacement" and line.state == "released"
            )
            if lines:
                raise UserError(
                    self.env._(
                        "%(rma)s is being replaced already: reverse %(settlement)s "
                        "first. If the replacement has left, close the return short; "
                        "what the customer then has too many is invoiced.",
                        rma=rma.display_name,
                        settlement=lines.settlement_id[:1].display_name,
                    )
                )
