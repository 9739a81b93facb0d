from odoo import fields, models


class ReverseRmaLine(models.Model):
    """Show the dates of a lot, and count the days for which it can still be used."""

    _inherit = "reverse.rma.line"

    expiration_date = fields.Datetime(related="lot_id.expiration_date")
    removal_date = fields.Datetime(related="lot_id.removal_date")

    def _get_life_days(self):
        """Count days up to the expiration date of the lot."""
        life = super()._get_life_days()
        now = fields.Datetime.now()
        # sudo: only the date is read; the user need not have access to lots
        for line, own in zip(self, self.sudo().with_prefetch(), strict=True):
            last = own.lot_id.expiration_date
            if last and own.product_id.reverse_min_life_days:
                life[line] = (line._local_day(last) - line._local_day(now)).days
        return life
