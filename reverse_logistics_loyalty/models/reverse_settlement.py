from odoo import api, fields, models

from odoo.addons.reverse_logistics.engine import settlement as engine


class ReverseSettlement(models.Model):
    """Give and take points of cards with a credit, and undo that with it."""

    _inherit = "reverse.settlement"

    amount_cards = fields.Monetary(
        "Back to Cards",
        compute="_compute_amount_cards",
        help="What gift cards and eWallets that paid get back, beside the money.",
    )

    @api.depends("line_ids.card_amounts")
    def _compute_amount_cards(self):
        for settlement in self:
            back = (line._get_paid_back().values() for line in settlement.line_ids)
            whole = engine.add(*(amounts for own in back for amounts in own))
            settlement.amount_cards = -engine.total(whole)

    def _describe_paid_back(self):
        points = self.line_ids._get_card_points()
        cards = [{"id": card.id, "points": own} for card, own in points.items()]
        return super()._describe_paid_back() | ({"cards": cards} if cards else {})

    def _find_persons_to_credit(self):
        """A card that was sold with the goods and paid for others was used by then."""
        found = super()._find_persons_to_credit()
        for settlement in self - found:
            # sudo: what a card has left, whoever sets the credit off
            spent = settlement.sudo().line_ids._find_spent_cards()
            if not spent:
                continue
            found |= settlement
            # sudo: whoever sets the credit off need not write on the return's chatter
            settlement.rma_id.sudo()._message_log(
                body=self.env._(
                    "A person submits the credit: %(cards)s, which came with the "
                    "goods, has been spent in part. Credit no more than is left of it.",
                    cards=", ".join(spent.mapped("display_name")),
                )
            )
        return found

    def _release_refund(self, bypassed=()):
        res = super()._release_refund(bypassed)
        self.line_ids._lower_card_payments()
        self.line_ids._book_card_points(1)
        self.line_ids._take_earned_points()
        return res

    def _unsettle(self, event):
        # Cards of a credit note that was taken back before were charged then.
        refunds = self.filtered(lambda settlement: settlement.type == "refund")
        lines = refunds.line_ids.filtered(lambda line: not line.credit_gone)
        lines._book_card_points(-1)
        lines._return_earned_points()
        return super()._unsettle(event)
