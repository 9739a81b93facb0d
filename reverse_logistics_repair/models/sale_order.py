from odoo import models


class SaleOrder(models.Model):
    """Quotations of repairs: what the customer says to them is noted, and done."""

    _inherit = "sale.order"

    def _is_accepted_elsewhere(self):
        """Whether Odoo's page of the quotation asks for more than a word."""
        self.ensure_one()
        return self._has_to_be_signed() or self._has_to_be_paid()

    def action_quotation_sent(self):
        """Ask customers for their answer, whom Odoo writes nothing here."""
        res = super().action_quotation_sent()
        # sudo: salespeople need not read repairs and returns
        rmas = self.sudo().repair_order_ids.reverse_rma_id
        rmas._tell_customers("quoted")
        return res

    def _action_confirm(self):
        res = super()._action_confirm()
        self._log_reverse_answer("RepairQuotationAccepted")
        return res

    def _log_reverse_answer(self, event):
        """Note on the returns what the customer, or somebody for them, said."""
        # sudo: customers and salespeople need not read repairs and returns
        repairs = self.sudo().repair_order_ids.filtered("reverse_inspection_id")
        by_rma = repairs.grouped("reverse_rma_id")
        self.env["reverse.event"]._log(
            repairs.reverse_rma_id,
            event,
            lambda rma: {
                "orders": by_rma[rma].sale_order_id.ids,
                "customer": rma.partner_id.id,
                "by_customer": self.env.user.share,
            },
        )

    def _action_cancel(self):
        """Cancel the repairs of a refused quotation; the goods go back as they are."""
        self.filtered(
            lambda order: order.state in ("draft", "sent")
        )._log_reverse_answer("RepairQuotationRefused")
        res = super()._action_cancel()
        # sudo: customers, who refuse in the portal, and salespeople have no rights on
        # repairs
        repairs = self.sudo().repair_order_ids.filtered(
            lambda repair: (
                repair.reverse_inspection_id and repair.state not in ("done", "cancel")
            )
        )
        if repairs:
            repairs.action_repair_cancel()
        return res
