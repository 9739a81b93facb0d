from odoo import Command, fields, models


class ReverseRmaLine(models.Model):
    """Show the dates of a lot, and count the days for which it can still be used."""

    _inherit = "reverse.rma.line"

    expiration_date = fields.Datetime(related="lot_id.expiration_date")
    removal_date = fields.Datetime(related="lot_id.removal_date")

    def _get_life_days(self):
        """Count days from the request up to the expiration date of the lot."""
        life, asked = super()._get_life_days(), self._get_decision_days()
        # sudo: only the date is read; the user need not have access to lots
        for line, own in zip(self, self.sudo().with_prefetch(), strict=True):
            last = own.lot_id._get_reverse_expiration()
            if last and own.product_id.reverse_min_life_days:
                life[line] = (line._local_day(last) - asked[line]).days
        return life

    def _note_words(self):
        """Who changed the dates of these lots authorizes none of them."""
        res = super()._note_words()
        short = self.filtered(lambda line: line.decision_code == "life")
        for rma, lines in short.grouped("rma_id").items():
            # sudo: who noted something about these lots
            users = lines.sudo().lot_id.reverse_dated_by_id
            if users:
                words = [Command.link(user.id) for user in users]
                rma._guarded_write({"word_by_ids": words})
        return res
