from odoo import models


class ReverseSettlement(models.Model):
    """Give and take points of cards with a credit, and undo that with it."""

    _inherit = "reverse.settlement"

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
