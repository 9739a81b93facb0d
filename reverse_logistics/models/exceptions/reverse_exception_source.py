from dataclasses import replace

from odoo import api, models
from odoo.exceptions import UserError

from ...engine.exceptions import Resolution


class ReverseException(models.Model):
    """Nothing known: enter the sale, or take the goods in as the customer's own."""

    _inherit = "reverse.exception"

    @api.model
    def _get_type_no_source(self):
        handling = super()._get_type_no_source()
        enter = Resolution(
            "enter_sale",
            self.env._("Enter the Old Sale"),
            stock=self.env._("The goods are received at the cost of that sale."),
            money=self.env._("They are credited at its price, once it is approved."),
            done=self.env._("Old sale entered"),
            dialog=True,
            primary=True,
        )
        take = Resolution(
            "take_in",
            self.env._("Take In without a Sale"),
            stock=self.env._(
                "The goods are received as the customer's property and are worth "
                "nothing to us."
            ),
            money=self.env._("Nothing is credited, unless a person grants it."),
            done=self.env._("Taken in as the customer's property"),
            group="reverse_logistics.group_approver",
        )
        return replace(
            handling.extended(enter, take),
            todo=self.env._(
                "Name the order line or the historic sale on the return, enter the "
                "sale if it was before Odoo, have an approver take the goods in "
                "without one, or leave them out of the return."
            ),
        )

    def action_enter_sale(self):
        """Open the form of a sale of the past; saving it names it on the line."""
        self.ensure_one()
        self._check_resolution("enter_sale")
        line = self.line_id
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Enter the Old Sale"),
            "res_model": "reverse.historic.sale",
            "view_mode": "form",
            "target": "new",
            "context": {
                "reverse_for_line": line.id,
                "default_company_id": line.company_id.id,
                "default_partner_id": line.rma_id.commercial_partner_id.id,
                "default_product_id": line.product_id.id,
                "default_lot_id": line.lot_id.id,
                "default_quantity": line.quantity,
                "default_uom_id": line.uom_id.id,
            },
        }

    def action_take_in(self):
        """Take the goods in as the customer's property, for an approver.

        :raises AccessError: without the role approver
        :raises UserError: for one's own request, or when it is resolved
        """
        bypassed = self._check_approved("take_in")
        self._guarded_write({"resolution": "take_in"})
        lines = self.line_id
        lines._take_in_without_source()
        self._resolve("take_in")
        self.env["reverse.event"]._log(
            lines.rma_id,
            "GoodsTakenIn",
            lambda rma: {
                "lines": [
                    {"line": line.id, "quantity": line.quantity}
                    for line in lines & rma.line_ids
                ],
                "combined_duties": rma in bypassed,
            },
        )
        lines.rma_id._go_on_without_source(lines)
        return True

    def _check_approved(self, resolution):
        """Check that an approver may resolve these exceptions, whoever owns them."""
        bypassed = self.rma_id._check_duty(
            "approver", excluded=("requested_by_id", "source_named_by_ids")
        )
        self.sudo(False).check_access("read")
        types = self._get_types()
        for exception in self:
            if exception.state != "open" or not types[exception.type].find(resolution):
                raise UserError(
                    self.env._(
                        "%(exception)s cannot be resolved in this way.",
                        exception=exception.display_name,
                    )
                )
        return bypassed


class ReverseRma(models.Model):
    _inherit = "reverse.rma"

    def _go_on_without_source(self, lines):
        """Authorize what waited for nothing else; announce it where that was done."""
        for rma in self:
            own = lines & rma.line_ids
            if rma.state == "authorized":
                own._authorize()
                rma._work("_create_receipts")
                rma._update_progress()
            elif rma.state == "requested" and all(
                line.decision == "authorize" or line.customer_owned
                for line in rma.line_ids
            ):
                rma.action_authorize()


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    def _is_sourced(self):
        # What stays the customer's may come in without our knowing when it left.
        return super()._is_sourced() or self.customer_owned

    def _take_in_without_source(self):
        for line in self:
            if line._is_sourced():
                raise UserError(
                    self.env._(
                        "%(line)s has a sale: authorize the return instead.",
                        line=line.display_name,
                    )
                )
            line._guarded_write(
                {
                    "customer_owned": True,
                    "decision_code": "taken_in",
                    "explanation": self.env._(
                        "We know of no sale. The goods are looked at and stay yours "
                        "until something else is agreed."
                    ),
                }
            )
