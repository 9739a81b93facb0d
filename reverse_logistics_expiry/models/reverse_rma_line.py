from odoo import fields, models


class ReverseRmaLine(models.Model):
    _inherit = "reverse.rma.line"

    expiration_date = fields.Datetime(related="lot_id.expiration_date")
    removal_date = fields.Datetime(related="lot_id.removal_date")

    def _get_life_days(self):
        """What has a date can be used until then."""
        life = super()._get_life_days()
        now = fields.Datetime.now()
        # sudo: the date on the customer's own goods
        for line, own in zip(self, self.sudo().with_prefetch(), strict=True):
            last = own.lot_id.expiration_date
            if last and own.product_id.reverse_min_life_days:
                life[line] = (line._local_day(last) - line._local_day(now)).days
        return life
