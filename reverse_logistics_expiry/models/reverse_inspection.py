from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_datetime


class ReverseInspection(models.Model):
    """Keep goods past their removal date from being sold again."""

    _inherit = "reverse.inspection"

    expiration_date = fields.Datetime(related="lot_id.expiration_date")
    removal_date = fields.Datetime(related="lot_id.removal_date")
    is_past_removal = fields.Boolean(
        "Past Removal Date", compute="_compute_is_past_removal"
    )

    @api.depends("lot_id.removal_date", "lot_id.expiration_date")
    def _compute_is_past_removal(self):
        for part in self:
            part.is_past_removal = part.lot_id._is_reverse_past_removal()

    @api.depends("is_past_removal")
    def _compute_recommended_disposition_id(self):
        return super()._compute_recommended_disposition_id()

    def _get_recommended_disposition(self):
        recommended = super()._get_recommended_disposition()
        if recommended.location_state != "sellable" or not self.is_past_removal:
            return recommended
        expired = self.lot_id._is_reverse_expired()
        name = "scrap" if expired else "quarantine"
        return self.env.ref(f"reverse_logistics.disposition_{name}")

    def _check_complete(self):
        self._check_not_past_removal()
        return super()._check_complete()

    def _check_dispose(self, *states, keeps_goods=False):
        # The removal date may pass between the decision and the transfer.
        self._check_not_past_removal()
        return super()._check_dispose(*states, keeps_goods=keeps_goods)

    def _check_not_past_removal(self):
        for part in self:
            sold_again = part.disposition_id.location_state == "sellable"
            lot = part.lot_id
            # sudo: who noted something about the lot
            if sold_again and lot.sudo().reverse_dated_by_id == self.env.user:
                raise UserError(
                    self.env._(
                        "%(part)s: you have changed the dates of %(lot)s, so somebody "
                        "else decides whether it is sold again. Choose another "
                        "disposition, or ask a colleague.",
                        part=part.display_name,
                        lot=lot.name,
                    )
                )
            if not (sold_again and part.is_past_removal):
                continue
            date = lot.removal_date or lot.expiration_date
            raise UserError(
                self.env._(
                    "%(part)s: %(lot)s was to be taken off sale on %(date)s, so "
                    "“%(disposition)s” is not possible. Choose another disposition, "
                    "such as “Scrap” or “Quarantine”.",
                    part=part.display_name,
                    lot=lot.name,
                    date=format_datetime(self.env, date, dt_format="short"),
                    disposition=part.disposition_id.name,
                )
            )
