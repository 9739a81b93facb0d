from odoo import models


class ReverseLegalRule(models.Model):
    """What the law grants, as customers read it."""

    _inherit = "reverse.legal.rule"

    def _get_public_words(self):
        """Say what a legal rule means for customers, in a sentence for each term."""
        self.ensure_one()
        yield self._say_right()
        if self.basis == "withdrawal":
            yield from self._say_refund()
        if self.no_fee:
            yield self.env._("We charge no fee.")
        if self.freight_payer == "company":
            yield self.env._("We pay for sending the goods back.")
        elif self.freight_payer == "customer":
            yield self.env._("You pay for sending the goods back.")
        if self.excluded_trait_ids:
            names = ", ".join(self.excluded_trait_ids.mapped("name"))
            yield self.env._("Not for: %(traits)s.", traits=names)

    def _say_right(self):
        """Say what the right is, for whom, and how long it lasts."""
        period = self._say_period()
        if self.basis == "statutory_warranty":
            return self.env._(
                "Goods that are defective or not as agreed: the law gives you rights "
                "against us for %(period)s from their delivery.",
                period=period,
            )
        if self.basis == "commercial":
            return self.env._(
                "Our own guarantee: we take the goods back for %(period)s "
                "from their delivery. Your rights by law stay as they are.",
                period=period,
            )
        return self.env._(
            "You may withdraw from your contract within %(period)s from "
            "%(start)s, without giving a reason.",
            start=self._get_label("period_from"),
            period=period,
        )

    def _say_refund(self):
        """Say when and what is paid back to who withdraws."""
        if self.refund_waits:
            yield self.env._(
                "You get your money back within %(days)s days from the day on which "
                "you withdraw. We may wait until the goods are here, or you have shown "
                "that you sent them.",
                days=self.refund_days,
            )
        else:
            yield self.env._(
                "You get your money back within %(days)s days from the day on which "
                "you withdraw.",
                days=self.refund_days,
            )
        if self.refund_outbound:
            yield self.env._(
                "Who withdraws from all of an order also gets back what its delivery "
                "cost, as far as our standard delivery."
            )

    def _get_public_heading(self):
        """Name the right, and for whom it is where its name does not say it."""
        self.ensure_one()
        names = [self._get_label("basis"), self._get_label("audience")]
        said = (self.basis, self.audience) == ("withdrawal", "consumer")
        return names[:1] if said else names
