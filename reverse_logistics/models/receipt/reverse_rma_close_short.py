from odoo import fields, models
from odoo.exceptions import UserError


class ReverseRmaLine(models.Model):
    """What was authorized and will not come in."""

    _inherit = "reverse.rma.line"

    short_reason = fields.Selection(
        [
            ("not_sent", "Customer never sent it"),
            ("lost", "Lost in transit"),
            ("kept", "Customer keeps it"),
            ("withdrawn", "Return withdrawn"),
        ],
        "Closed Short Because",
        readonly=True,
        copy=False,
        help="The latest reason; the events tell the quantity of each.",
        guarded=True,
    )

    def action_close_short(self, quantity=None, reason="not_sent"):
        """Stop waiting for goods: they may be returned again by another return.

        :param float quantity: of each line, in its unit; all that is expected when
            left out
        :param str reason: ``not_sent``, ``lost`` or ``kept``
        :raises AccessError: without the role customer service
        :raises UserError: when no more is expected
        """
        self._check_duty("service")
        reasons = dict(self._fields["short_reason"]._description_selection(self.env))
        if reason not in reasons or reason == "withdrawn":
            raise UserError(
                self.env._(
                    "Say why the goods will not come: choose one of the reasons."
                )
            )
        quantities = {}
        for line in self:
            free = line._get_closable_quantity()
            wanted = free if quantity is None else quantity
            line._check_close_short(wanted, free)
            quantities[line] = wanted
        self._close_short(quantities, reason)
        return True

    def _get_closable_quantity(self):
        """What is expected, less what an inspector is noting as kept."""
        self.ensure_one()
        noted = self.inspection_ids.filtered(
            lambda part: part.not_inspected and part.state == "draft"
        )
        return self._get_expected_quantity() - sum(noted.mapped("quantity"))

    def _check_close_short(self, wanted, free):
        self.ensure_one()
        if self.state != "authorized":
            raise UserError(
                self.env._(
                    "%(line)s: the return is %(state)s, so nothing is being waited "
                    "for.",
                    line=self.display_name,
                    state=self.rma_id._state_label(),
                )
            )
        compare = self.uom_id.compare
        if compare(wanted, 0) <= 0 or compare(wanted, free) > 0:
            raise UserError(
                self.env._(
                    "%(line)s: still expected: %(expected)s. Enter more than zero and "
                    "no more than that.",
                    line=self.display_name,
                    expected=self.uom_id._say_reverse(max(free, 0.0)),
                )
            )

    def _close_short(self, quantities, reason):
        """Write down what is no longer expected; ``{line: quantity}`` of these."""
        self._add(
            {line: {"closed_short": amount} for line, amount in quantities.items()}
        )
        self._guarded_write({"short_reason": reason})
        self._fit_open_receipts()
        by_rma = self.grouped("rma_id")
        self.env["reverse.event"]._log(
            self.rma_id,
            "ReturnClosedShort",
            lambda rma: {
                "short_reason": reason,
                "lines": [
                    {"line": line.id, "quantity": quantities[line]}
                    for line in by_rma[rma]
                ],
            },
        )
        self.rma_id._update_progress()
