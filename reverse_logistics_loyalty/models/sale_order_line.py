from odoo import api, fields, models
from odoo.exceptions import UserError


class SaleOrderLine(models.Model):
    """Keep on the lines of promotions which other lines they fell on."""

    _inherit = "sale.order.line"

    reverse_discounted_ids = fields.Many2many(
        "sale.order.line",
        "reverse_discounted_rel",
        "reward_line_id",
        "discounted_line_id",
        "Discounted Lines",
        readonly=True,
        copy=False,
        help="What the promotion fell on when its amount was computed: terms change.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        # Checked after creation, because the context can set it as well.
        # sudo: it is empty unless a client forges it
        lines._check_reverse_discounted(lines.sudo().reverse_discounted_ids)
        return lines

    def write(self, vals):
        self._check_reverse_discounted("reverse_discounted_ids" in vals)
        self._check_reverse_card(vals)
        self._check_reverse_paid(vals)
        self._check_reverse_reward(vals)
        return super().write(vals)

    def _check_reverse_card(self, vals):
        """Refuse another card on what one has paid: returns give it back there.

        :raises UserError: for users, as clients never run as superuser
        """
        if self.env.su or "coupon_id" not in vals:
            return
        for line in self.filtered("coupon_id"):
            if line.state == "sale" and line.coupon_id.id != vals["coupon_id"]:
                raise UserError(
                    self.env._(
                        "%(card)s has paid for %(order)s: what comes back is given "
                        "back to it. Cancel the order to use another card.",
                        card=line.sudo().coupon_id.display_name,  # sudo: its name
                        order=line.order_id.name,
                    )
                )

    def _check_reverse_reward(self, vals):
        """Refuse another reward for what was billed: what it fell on follows from it.

        :raises UserError: for users, as clients never run as superuser
        """
        if self.env.su or "reward_id" not in vals:
            return
        # sudo: what was billed, whoever changes the order
        for line in self.sudo():
            billed = "posted" in line.invoice_lines.mapped("parent_state")
            if billed and line.reward_id.id != (vals["reward_id"] or False):
                raise UserError(
                    self.env._(
                        "%(line)s was billed: its reward stays, because returns are "
                        "credited by what it fell on.",
                        line=line.display_name,
                    )
                )

    def _check_reverse_paid(self, vals):
        """Refuse that a card paid otherwise what returns credit: they gave it back.

        :raises UserError: for users, as clients never run as superuser
        """
        if self.env.su or "points_cost" not in vals:
            return
        for line in self._get_reverse_cards().filtered("invoice_lines"):
            changed = line.points_cost != (vals["points_cost"] or 0.0)
            if changed and line.order_id._find_reverse_settled():
                raise UserError(
                    self.env._(
                        "Returns credit what %(card)s has paid for %(order)s: it stays "
                        "as it is. Change the balance of the card instead, with a "
                        "reason.",
                        card=line.sudo().coupon_id.display_name,  # sudo: its name
                        order=line.order_id.name,
                    )
                )

    def _check_reverse_discounted(self, given):
        # Clients never run as superuser; code that does has checked the user before.
        if given and not self.env.su:
            raise UserError(
                self.env._(
                    "The lines that a promotion discounts cannot be set by hand."
                )
            )

    def _keep_reverse_discounted(self):
        """Store what these promotions fall on; after invoicing it no longer changes."""
        # sudo: whoever sells need not read terms of promotions and invoices
        for line in self.sudo():
            invoiced = "posted" in line.invoice_lines.mapped("parent_state")
            if not (invoiced and line.reverse_discounted_ids):
                line.reverse_discounted_ids = line._find_reverse_discounted()

    def _get_reverse_discounted(self):
        # sudo: the terms of a promotion do not depend on who credits
        line = self.sudo()
        if not line.reward_id:
            return super()._get_reverse_discounted()
        return line.reverse_discounted_ids or line._find_reverse_discounted()

    def _find_reverse_discounted(self):
        """Find the lines that a promotion falls on, by its present terms."""
        self.ensure_one()
        reward, order = self.reward_id, self.order_id
        goods = order.order_line.filtered(lambda line: not line.reward_id)
        if reward.reward_type == "shipping":
            return goods & order._get_no_effect_on_threshold_lines()
        if reward.program_id.is_payment_program:
            return goods
        if reward.discount_applicability == "cheapest":
            return order._cheapest_line(reward) or self.browse()
        if reward.discount_applicability == "specific":
            return order._get_specific_discountable_lines(reward)
        return goods - order._get_no_effect_on_threshold_lines()

    def _get_reverse_cards(self):
        """Give the lines by which gift cards and eWallets pay."""
        return self.filtered(lambda line: line.reward_id.program_id.is_payment_program)
