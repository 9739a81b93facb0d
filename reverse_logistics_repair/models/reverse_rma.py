from odoo import api, fields, models
from odoo.exceptions import UserError


class ReverseRma(models.Model):
    """Returns of goods that are repaired for their owners."""

    _inherit = "reverse.rma"

    settlement_type = fields.Selection(
        selection_add=[
            ("refund",),
            ("replacement",),
            ("repair", "Repair"),
            ("none",),
        ],
        ondelete={"repair": "set default"},
    )
    repair_ids = fields.Many2many(
        "repair.order",
        string="Repair Orders",
        compute="_compute_repair_ids",
        compute_sudo=True,
    )
    repair_count = fields.Integer(compute="_compute_repair_ids", compute_sudo=True)
    repair_cost = fields.Monetary(
        "Cost of Repairs",
        currency_field="company_currency_id",
        compute="_compute_repair_ids",
        compute_sudo=True,
        help="Parts and work that went into the goods of this return.",
    )

    def _compute_repair_ids(self):
        for rma in self:
            rma.repair_ids = rma.inspection_ids.repair_ids
            rma.repair_count = len(rma.repair_ids)
            rma.repair_cost = sum(rma.repair_ids.mapped("reverse_cost"))

    @api.model
    def _get_remedy_types(self):
        return {**super()._get_remedy_types(), "repair": "repair"}

    def _give_instead(self, settlement_type):
        """Goods that are repaired stay the customer's, others become ours."""
        owned = settlement_type == "repair"
        changed = self.filtered(lambda rma: (rma.settlement_type == "repair") != owned)
        res = super()._give_instead(settlement_type)
        changed.line_ids._guarded_write({"customer_owned": owned})
        changed.line_ids._name_receipt_owner()
        return res

    # ------------------------------------------------------------------
    # What the customer says to the price
    # ------------------------------------------------------------------
    def _get_open_quotations(self):
        """Give the quotations of repairs that wait for the customer's answer.

        Who was given the goods reads no price: whoever pays answers on the quotation.
        """
        if not self._shows_prices():
            return self.env["sale.order"]
        # sudo: customers read what they are offered
        return self.sudo().repair_ids.sale_order_id.filtered(
            lambda order: order.state == "sent" and not order.is_expired
        )

    @api.model
    def _get_payer_mails(self):
        return super()._get_payer_mails() | {"quoted"}

    def _get_customer_mails(self):
        return {
            **super()._get_customer_mails(),
            "quoted": "reverse_logistics_repair.mail_template_quoted",
        }

    def _get_customer_state(self):
        if self._get_open_quotations():
            return self.env._("Please say whether we repair the goods at this price.")
        return super()._get_customer_state()

    def _answer_quotation(self, order_id, accept):
        """Have the goods repaired at this price, or sent back as they are.

        What the company wants signed or paid first is accepted on Odoo's own page.

        :raises UserError: for what does not wait for an answer, or no longer
        """
        self.ensure_one()
        order = self._get_open_quotations().filtered(lambda own: own.id == order_id)
        if not order or (accept and order._is_accepted_elsewhere()):
            raise UserError(
                self.env._("This quotation does not wait for your answer any more.")
            )
        author = self._get_customer_author()
        names = {"customer": author.name, "order": order.name}
        if accept:
            order._validate_order()
            said = self.env._(
                "%(customer)s has accepted the quotation %(order)s.", **names
            )
        else:
            order._action_cancel()
            said = self.env._(
                "%(customer)s has refused the quotation %(order)s: the goods go back.",
                **names,
            )
        self.message_post(body=said, author_id=author.id)

    def action_view_repairs(self):
        return self._open(self.repair_ids, self.env._("Repair Orders"))
