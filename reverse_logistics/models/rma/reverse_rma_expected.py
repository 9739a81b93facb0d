from datetime import datetime, time, timedelta

import pytz

from odoo import api, fields, models

from ...engine.days import local_day


class ReverseRma(models.Model):
    """When the goods are expected: what the warehouse plans by."""

    _inherit = "reverse.rma"

    expected_date = fields.Date(
        "Expected",
        compute="_compute_expected_date",
        store=True,
        readonly=False,
        copy=False,
        index="btree_not_null",
        help="When the warehouse expects the goods. Proposed from the authorization, "
        "and anew when the customer ships; the receipt is planned for this day.",
        unlocked=True,
    )

    @api.depends("authorized_at", "shipped_at")
    def _compute_expected_date(self):
        for rma in self:
            # A promise once made does not move when the setting changes later.
            start = rma.authorized_at and (rma.shipped_at or rma.authorized_at)
            # sudo: a setting of the company
            days = timedelta(rma.sudo().company_id.reverse_expected_days)
            zone = rma.company_id._get_reverse_zone()
            rma.expected_date = start and local_day(start, zone) + days

    def _get_expected_moment(self):
        """Noon of the expected day where the company is, as the database keeps it."""
        self.ensure_one()
        if not self.expected_date:
            return fields.Datetime.now()
        noon = datetime.combine(self.expected_date, time(12))
        local = self.company_id._get_reverse_zone().localize(noon)
        return local.astimezone(pytz.utc).replace(tzinfo=None)

    def write(self, vals):
        res = super().write(vals)
        if {"expected_date", "shipped_at"} & set(vals):
            self._plan_receipts()
        return res

    def _plan_receipts(self):
        """Move the open receipts to the day on which the goods are expected."""
        for picking in self.filtered("expected_date")._get_open_receipts():
            picking.scheduled_date = picking.reverse_rma_id._get_expected_moment()

    def _prepare_receipt(self, location, lines):
        return {
            **super()._prepare_receipt(location, lines),
            "scheduled_date": self._get_expected_moment(),
        }
