from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

WEEKDAYS = [
    ("0", "Monday"),
    ("1", "Tuesday"),
    ("2", "Wednesday"),
    ("3", "Thursday"),
    ("4", "Friday"),
    ("5", "Saturday"),
    ("6", "Sunday"),
]


class ReverseFacility(models.Model):
    _inherit = "reverse.facility"

    collect_weekday = fields.Selection(
        WEEKDAYS,
        "Calls for Goods on",
        default="0",
        required=True,
        help="The day on which returns of low priority are called for, region by "
        "region.",
    )

    def _get_next_collection(self, day):
        """Give the first day of collection after a day."""
        self.ensure_one()
        ahead = (int(self.collect_weekday) - day.weekday() - 1) % 7 + 1
        return day + timedelta(days=ahead)


class ReverseRma(models.Model):
    """Returns of low priority wait until those of their region come together.

    Route rules say which. Once authorized, the goods stay with the customer until
    somebody calls for all of a region, facility and day at once.
    """

    _inherit = "reverse.rma"

    collect = fields.Boolean(
        "Collected with Others",
        readonly=True,
        copy=False,
        help="The customer keeps the goods until those of the region are called for.",
        guarded=True,
    )
    collect_on = fields.Date(
        "Called for on",
        copy=False,
        index="btree_not_null",
        help="When the goods are planned to be called for.",
        unlocked=True,
    )
    collect_called_at = fields.Datetime(
        "Called for", readonly=True, copy=False, guarded=True
    )
    waits_for_collection = fields.Boolean(
        compute="_compute_waits_for_collection", store=True
    )

    @api.depends("collect", "collect_called_at", "state", "shipped_at", "received_at")
    def _compute_waits_for_collection(self):
        for rma in self:
            rma.waits_for_collection = (
                rma.collect
                and rma.state == "authorized"
                and not (rma.collect_called_at or rma.shipped_at or rma.received_at)
            )

    @api.depends("collect", "collect_on", "collect_called_at")
    def _compute_expected_date(self):
        collected = self.filtered(
            lambda rma: (
                rma.collect
                and rma.authorized_at
                and not rma.shipped_at
                and (rma.collect_called_at or rma.collect_on)
            )
        )
        for rma in collected:
            # sudo: a setting of the company
            days = timedelta(rma.sudo().company_id.reverse_expected_days)
            called = rma.collect_called_at
            day = rma.company_id._to_reverse_day(called) if called else rma.collect_on
            rma.expected_date = day + days
        return super(ReverseRma, self - collected)._compute_expected_date()

    def _prepare_route(self, route, request, rules):
        terms = [rules[line][1] for line in self._get_coming_lines()]
        return {
            **super()._prepare_route(route, request, rules),
            "collect": bool(terms) and all(own and own["collect"] for own in terms),
        }

    def _authorize(self, version=None, bypassed=()):
        for rma in self.filtered("collect"):
            # sudo: the facility's day, for whoever authorizes
            facility = rma.sudo().facility_id
            today = rma.company_id._get_reverse_today()
            rma._guarded_write({"collect_on": facility._get_next_collection(today)})
        return super()._authorize(version, bypassed)

    def action_call(self):
        """Call for goods that wait for others of their region.

        Customers are asked to send them now, and have the policy's full time for it.

        :raises AccessError: without the role customer service
        :raises UserError: for goods that are not waiting to be called for
        """
        self._check_duty("service")
        for rma in self:
            if not rma.waits_for_collection:
                raise UserError(
                    self.env._(
                        "%(rma)s is not waiting for a collection.", rma=rma.display_name
                    )
                )
        self._guarded_write({"collect_called_at": fields.Datetime.now()})
        versions = self.env["reverse.policy.version"]._get_for(self.company_id)
        for company, rmas in self.grouped("company_id").items():
            until = rmas._plan_expiry(versions[company].validity_days)
            rmas._guarded_write({"expires_on": until})
        self._plan_receipts()
        self.env["reverse.event"]._log(
            self,
            "ReturnCalled",
            lambda rma: {"region": rma.region_id.id, "facility": rma.facility_id.id},
        )
        template = self.env.ref("reverse_logistics.mail_template_collection")
        # sudo: customer service need not be able to write every mail
        template.sudo().send_mail_batch(self.ids)
        return True
