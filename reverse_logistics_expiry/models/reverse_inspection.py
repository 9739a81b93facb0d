from odoo import api, fields, models
from odoo.tools.misc import format_datetime


class ReverseInspection(models.Model):
    """Keep goods past their removal date from being sold again."""

    _inherit = "reverse.inspection"

    expiration_date = fields.Datetime(related="lot_id.expiration_date")
    removal_date = fields.Datetime(related="lot_id.removal_date")
    is_past_removal = fields.Boolean(
        "Past Removal Date", compute="_compute_is_past_removal"
    )
    is_short_lived = fields.Boolean(
        "Usable for Too Short",
        compute="_compute_is_short_lived",
        help="It can be used for fewer days than the product says that goods need that "
        "come back.",
    )
    dates_note = fields.Char(
        "Dates Changed", compute="_compute_dates_note", compute_sudo=True
    )

    @api.depends("lot_id.removal_date", "lot_id.expiration_date")
    def _compute_is_past_removal(self):
        for part in self:
            part.is_past_removal = part.lot_id._is_reverse_past_removal()

    @api.depends("lot_id.expiration_date", "product_id.reverse_min_life_days")
    def _compute_is_short_lived(self):
        for part in self:
            part.is_short_lived = part._find_life_days() is not None

    @api.depends("lot_id.reverse_dated_by_id", "lot_id.reverse_expired_at")
    @api.depends_context("lang", "tz")
    def _compute_dates_note(self):
        for part in self:
            lot = part.lot_id
            part.dates_note = bool(lot.reverse_dated_by_id) and part._say_redated(lot)

    def _say_redated(self, lot):
        before = lot.reverse_expired_at
        values = {"user": lot.reverse_dated_by_id.name, "lot": lot.name}
        if not before:
            return self.env._(
                "%(user)s changed the dates of %(lot)s after it was delivered. Compare "
                "them with what is printed on the goods.",
                **values,
            )
        return self.env._(
            "%(user)s changed the dates of %(lot)s after it was delivered; before, it "
            "expired on %(date)s. Compare them with what is printed on the goods.",
            date=format_datetime(self.env, before, dt_format="short"),
            **values,
        )

    def _may_be_assumed(self):
        """Somebody looks at goods of which dates were changed."""
        # sudo: who noted something about the lot
        return super()._may_be_assumed() and not self.sudo().lot_id.reverse_dated_by_id

    def _find_life_days(self):
        """Give the days that the goods can be used still, None where these suffice."""
        self.ensure_one()
        least = self.product_id.reverse_min_life_days
        last = self.lot_id._get_reverse_expiration()
        if not least or not last:
            return None
        company = self.company_id
        left = company._to_reverse_day(last) - company._get_reverse_today()
        return left.days if left.days < least else None

    @api.depends("is_past_removal", "is_short_lived")
    def _compute_recommended_disposition_id(self):
        return super()._compute_recommended_disposition_id()

    def _get_recommended_dispositions(self):
        recommended = super()._get_recommended_dispositions()
        for part, disposition in recommended.items():
            too_old = part.is_past_removal or part.is_short_lived
            if disposition.location_state == "sellable" and too_old:
                expired = part.lot_id._is_reverse_expired()
                name = "scrap" if expired else "quarantine"
                recommended[part] = self.env.ref(
                    f"reverse_logistics.disposition_{name}"
                )
        return recommended

    def _find_obstacles(self, dispositions):
        found = super()._find_obstacles(dispositions)
        sellable = dispositions.filtered(lambda d: d.location_state == "sellable")
        for part in self:
            for disposition in sellable:
                obstacle = part._find_obstacle_of_dates(disposition)
                if obstacle:
                    found[part][disposition] = obstacle
        return found

    def _find_obstacle_of_dates(self, disposition):
        """Say why the goods are not sold again by these dates, None where they are."""
        self.ensure_one()
        lot = self.lot_id
        # sudo: who noted something about the lot
        if lot.sudo().reverse_dated_by_id == self.env.user:
            return self.env._(
                "you have changed the dates of %(lot)s, so somebody else decides "
                "whether it is sold again. Choose another disposition, or ask a "
                "colleague.",
                lot=lot.name,
            )
        if not self.is_past_removal:
            return self._say_short_lived(disposition)
        date = lot.removal_date or lot.expiration_date
        return self.env._(
            "%(lot)s was to be taken off sale on %(date)s, so “%(disposition)s” is not "
            "possible. Choose another disposition, such as “Scrap” or “Quarantine”.",
            lot=lot.name,
            date=format_datetime(self.env, date, dt_format="short"),
            disposition=disposition.name,
        )

    def _say_short_lived(self, disposition):
        """Say that nobody would have them for so few days, None where they suffice."""
        days = self._find_life_days()
        if days is None:
            return None
        return self.env._(
            "%(lot)s can be used for another %(days)s days and needs %(least)s to be "
            "sold again, so “%(disposition)s” is not possible. Choose another "
            "disposition, such as “Quarantine” or “Donate”.",
            lot=self.lot_id.name,
            days=days,
            least=self.product_id.reverse_min_life_days,
            disposition=disposition.name,
        )
