from odoo import api, fields, models
from odoo.exceptions import UserError

from odoo.addons.reverse_logistics.models.base.reverse_columns import differs

#: The dates that decide whether goods come back, and whether they are sold again.
DATES = {"expiration_date", "removal_date"}


class StockLot(models.Model):
    """Tell which returned lots can no longer be used, or no longer be sold."""

    _inherit = "stock.lot"

    reverse_expired_at = fields.Datetime(
        "Expiration Date until Then",
        readonly=True,
        copy=False,
        help="As it was before somebody changed it when goods were delivered already.",
    )
    reverse_dated_by_id = fields.Many2one(
        "res.users",
        "Dates Changed by",
        readonly=True,
        copy=False,
        ondelete="restrict",
        help="Who changed the dates when goods were delivered already.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        # A client's defaults would say it as well.
        nobody = {"reverse_expired_at": False, "reverse_dated_by_id": False}
        return super().create([{**vals, **nobody} for vals in vals_list])

    def write(self, vals):
        # Clients never run as superuser.
        if self.env.su:
            return super().write(vals)
        vals = {
            name: value
            for name, value in vals.items()
            if name not in ("reverse_expired_at", "reverse_dated_by_id")
        }
        if {vals.get("product_id")} == set(self.product_id.ids):
            # Odoo would compute the dates anew, as if the lot had been made today.
            del vals["product_id"]
        if DATES & set(vals):
            dated = self.filtered(lambda lot: differs(lot, vals, DATES & set(vals)))
            dated._find_reverse_here()._refuse_reverse_dates()
            dated._find_reverse_delivered()._note_reverse_dates()
        return super().write(vals)

    def _refuse_reverse_dates(self):
        for lot in self:
            raise UserError(
                self.env._(
                    "%(lot)s of %(product)s lies in returns, where its dates decide "
                    "what becomes of it: they stay until it is inspected and put away. "
                    "Note at the inspection what is printed on the goods.",
                    lot=lot.name,
                    product=lot.product_id.display_name,
                )
            )

    def _note_reverse_dates(self):
        """Keep the first date, and who says another one: that proves nothing."""
        for lot in self.sudo():  # sudo: the note is ours, whoever changes the lot
            vals = {"reverse_dated_by_id": self.env.uid}
            if not lot.reverse_dated_by_id:
                vals["reverse_expired_at"] = lot.expiration_date
            lot.write(vals)

    def _get_reverse_expiration(self):
        """Give the expiration date that counts for whoever wants to return goods.

        Where somebody changed it since they were delivered, that is the earlier one.
        """
        dates = filter(None, (self.expiration_date, self.reverse_expired_at))
        return min(dates, default=None)

    def _is_reverse_expired(self):
        """Tell whether the goods can no longer be eaten, used or worn."""
        return bool(
            self.expiration_date and self.expiration_date <= fields.Datetime.now()
        )

    def _is_reverse_past_removal(self):
        """Tell whether the goods can no longer be sold, though perhaps be used."""
        return self._is_reverse_expired() or bool(
            self.removal_date and self.removal_date <= fields.Datetime.now()
        )
