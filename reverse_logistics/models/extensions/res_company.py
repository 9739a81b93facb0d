from datetime import datetime, time, timedelta

import pytz

from odoo import SUPERUSER_ID, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from odoo.addons.base.models.res_partner import _tz_get

from ...engine.days import local_day

#: What a company has switched on for each page that visitors open without logging in.
PAGES = {
    "withdraw": [("reverse_withdrawal_page", "=", True)],
    "guest": [("reverse_portal", "=", "request")],
    "code": [("reverse_portal", "=", "request"), ("reverse_slip_code", "=", True)],
    "policy": [("reverse_portal", "!=", "no")],
    "accessibility": [
        "|",
        ("reverse_portal", "!=", "no"),
        ("reverse_withdrawal_page", "=", True),
    ],
}


class ResCompany(models.Model):
    """Settings of returns of a company, and the places where its returned goods lie."""

    _name = "res.company"
    _inherit = ["res.company", "reverse.noted.mixin"]
    _free_fields = frozenset({"reverse_accessibility", "reverse_guarantee_url"})
    _reverse_retention_not_negative = models.Constraint(
        "CHECK (reverse_retention_years >= 0)",
        "Evidence is kept for a number of years, or for ever with 0.",
    )
    _reverse_remind_not_negative = models.Constraint(
        "CHECK (reverse_remind_days >= 0)",
        "Customers are reminded a number of days before, or never with 0.",
    )
    _reverse_offer_days_positive = models.Constraint(
        "CHECK (reverse_offer_days > 0)",
        "Customers need at least a day to answer an offer.",
    )
    _reverse_handling_not_negative = models.Constraint(
        "CHECK (reverse_handling_line >= 0 AND reverse_handling_unit >= 0)",
        "The cost of handling returned goods cannot be negative.",
    )

    reverse_event_head = fields.Char(readonly=True, copy=False)
    reverse_event_count = fields.Integer(readonly=True, copy=False)
    reverse_root_location_id = fields.Many2one(
        "stock.location", "Returns Root Location", readonly=True, copy=False
    )
    reverse_scrap_location_id = fields.Many2one(
        "stock.location", "Returns Write-off Location", readonly=True, copy=False
    )
    reverse_write_off_account_id = fields.Many2one(
        "account.account",
        "Returns Write-off Account",
        related="reverse_scrap_location_id.valuation_account_id",
        readonly=False,
        help="Where the value of scrapped returns is expensed.",
    )
    reverse_unauthorized = fields.Selection(
        [
            ("adopt", "Take it in, open an exception"),
            ("refuse", "Refuse it"),
        ],
        "Returns without Authorization",
        default="adopt",
        required=True,
        help="What happens when goods of a delivery come back outside of a return.",
    )
    reverse_foreign_credit = fields.Selection(
        [
            ("off", "Do not check"),
            ("warn", "Warn on the credit note"),
            ("block", "Refuse"),
        ],
        "Credit above the Invoiced Amount",
        default="warn",
        required=True,
        help="For credit notes that no return made. Where a return is under way for "
        "the order line, such a credit note is always refused.",
    )
    reverse_loose_credit = fields.Selection(
        [
            ("off", "Do not look at them"),
            ("warn", "Open an exception"),
            ("block", "Refuse"),
        ],
        "Credit without Invoice or Order",
        default="warn",
        required=True,
        help="For credit notes that name neither an invoice nor an order, where a "
        "return gave the same customer the same amount, or the customer gets more "
        "than was ever billed.",
    )
    reverse_goodwill_limit = fields.Monetary(
        "Goodwill of a Return",
        help="The most that may be credited by hand on one return, before tax, in "
        "addition to its goods. 0: up to what was billed and not credited yet.",
    )
    reverse_currency_rate = fields.Selection(
        [
            ("invoice", "Rate of the invoice"),
            ("credit", "Rate of the credit date"),
        ],
        "Rate of Foreign Credit Notes",
        default="invoice",
        required=True,
    )
    reverse_portal = fields.Selection(
        [
            ("no", "Do not see returns"),
            ("follow", "Follow their returns"),
            ("request", "Request returns and follow them"),
        ],
        "Customers in the Portal",
        default="no",
        required=True,
        help="What customers can do on your site with their returns.",
    )
    reverse_accessibility = fields.Html(
        "Accessibility Statement",
        translate=True,
        help="What customers read about the accessibility of the return pages. Empty: "
        "a plain text that says what the pages are built for and whom to tell.",
    )
    reverse_guarantee_url = fields.Char(
        "Notice of the Legal Guarantee",
        help="Address of the page that tells customers what the law grants them for "
        "defective goods. Linked on the pages of returns.",
    )
    reverse_live_photo_above = fields.Monetary(
        "Photo with a Code above",
        help="Net value of a line above which customers send a photo of the goods in "
        "which a code of their request is visible: it proves that the photo was taken "
        "for this request. 0: never.",
    )
    reverse_remind_days = fields.Integer(
        "Remind Customers (days)",
        default=3,
        help="Days before an authorization ends on which customers who have not sent "
        "the goods are reminded, and days before the end of an offer that they have "
        "not answered. 0: never.",
    )
    reverse_offer_days = fields.Integer(
        "Time to Answer an Offer (days)",
        default=7,
        help="How long customers can answer when you offer them to keep goods for part "
        "of the price, or less credit than they expect. Each offer can have another "
        "last day.",
    )
    reverse_portal_photos = fields.Boolean(
        "Customers See Photos of the Inspection",
        help="On the page of their return, with what was found. What the camera noted "
        "beside the picture is left out.",
    )
    reverse_withdrawal_page = fields.Boolean(
        "Page to Withdraw from a Contract",
        help="Consumers withdraw on your site, without logging in. The page is linked "
        "in its footer, in the portal and on every order.",
    )
    reverse_slip_code = fields.Boolean(
        "Return Code on Delivery Slips",
        help="Whoever has the goods returns them on your site with the code that the "
        "delivery slip shows, without an account and without seeing any price. Money "
        "goes back to whoever paid.",
    )
    reverse_expected_days = fields.Integer(
        "Days until Returns Arrive",
        default=7,
        help="When the warehouse expects returned goods: so many days after the "
        "authorization, and anew from the day on which the customer ships them.",
    )
    reverse_tz = fields.Selection(
        _tz_get,
        "Time Zone of Returns",
        compute="_compute_reverse_tz",
        store=True,
        readonly=False,
        help="In which days of returns begin and end. At first it is that of the "
        "company's contact, which decides nothing of returns later.",
    )
    reverse_retention_years = fields.Integer(
        "Keep Evidence of Returns (Years)",
        default=0,
        help=(
            "Years after a return was closed until its photos, documents, notes "
            "and messages are removed. Quantities, amounts and events stay. 0 "
            "keeps everything for ever."
        ),
    )
    reverse_legal_hold = fields.Boolean(
        "Legal Hold on all Returns",
        help="Nothing of any return of this company is removed or erased, whatever "
        "the retention period says.",
    )
    reverse_legal_hold_reason = fields.Char("Reason for the Legal Hold")
    reverse_unclaimed_days = fields.Integer(
        "Unclaimed After (days)",
        default=30,
        help="Days that goods wait to be sent back or collected before customer "
        "service is told. 0: never.",
    )
    reverse_notice_days = fields.Integer(
        "Time to Collect (days)",
        default=14,
        help="Days that customers are given to collect their goods once they are "
        "asked to. Disposal is possible only afterwards.",
    )
    reverse_storage_product_id = fields.Many2one(
        "product.product",
        "Storage Fee",
        domain=[("type", "=", "service")],
        help="What is invoiced for storing goods that are not collected.",
    )
    reverse_storage_price = fields.Float(
        "Storage Fee per Day",
        digits="Product Price",
        help="0: the sales price of the product, once.",
    )
    reverse_fee_product_id = fields.Many2one(
        "product.product",
        "Restocking Fee Product",
        domain="[('type', '=', 'service')]",
        help="Its account and taxes are those of fees for returned goods.",
    )
    reverse_handling_line = fields.Monetary(
        "Handling Cost per Line",
        help="Cost to receive, inspect and put away one line of a return, regardless "
        "of its quantity.",
    )
    reverse_handling_unit = fields.Monetary(
        "Handling Cost per Unit", help="In addition, for each unit."
    )
    reverse_inspect_value = fields.Monetary(
        "Serialized Goods Always Inspected from",
        help="Net value of one piece from which goods with serial numbers are "
        "inspected and not left to the customer, whatever a rule says. 0: all of them.",
    )

    # ------------------------------------------------------------------
    # The chain of what was changed about controls
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_reverse_chain(vals)
        companies = super().create(vals_list)
        self.env["reverse.duty.period"]._note_later()
        return companies

    def write(self, vals):
        self._check_reverse_chain(vals)
        self._check_reverse_places(vals)
        settings = self._get_deciding_fields() & set(vals)
        before = self._get_control_values(settings)
        res = super().write(vals)
        if settings:
            self._log_control("ControlChanged", before)
        if "user_ids" in vals:
            self.env["reverse.duty.period"]._note_later()
        return res

    def _get_deciding_fields(self):
        """Settings of returns; the chain itself and places are the system's."""
        kept = {"reverse_event_head", "reverse_event_count"}
        names = super()._get_deciding_fields() - kept - self._get_reverse_places()
        own = {name for name in names if name.startswith("reverse_")}
        # by these days and hours deadlines are counted
        return own | {"resource_calendar_id"}

    def _get_control_companies(self):
        return self

    def _get_own_company(self):
        return self

    @api.model
    def _get_reverse_places(self):
        """Names of the fields with locations of returned goods.

        reverse_logistics_disposal: where goods are recycled and donated, too.
        reverse_logistics_resale: where they are regraded.
        """
        return {"reverse_root_location_id", "reverse_scrap_location_id"}

    @api.model
    def _check_reverse_places(self, vals):
        """Refuse to change the locations of returned goods: the system sets them."""
        places = self._get_reverse_places() & set(vals)
        # Clients never run as superuser.
        if places and not self.env.su:
            raise UserError(
                self.env._(
                    "The locations of returned goods are set once by the system and "
                    "cannot be changed."
                )
            )

    @api.model
    def _check_reverse_chain(self, vals):
        chain = {"reverse_event_head", "reverse_event_count"} & set(vals)
        if chain and not self.env["reverse.event"]._in_workflow():
            raise UserError(
                self.env._("The chain of events is continued by the system only.")
            )

    def _ensure_reverse_root(self):
        """Give the parentless location under which all returned goods of a company lie.

        Odoo counts every internal location below a warehouse as available, so returned
        goods live outside of all warehouses.
        """
        self.ensure_one()
        return self._ensure_reverse_location(
            "reverse_root_location_id",
            {"name": self.env._("Returns"), "usage": "view", "barcode": "RETURNS"},
        )

    def _ensure_reverse_scrap(self):
        self.ensure_one()
        return self._ensure_reverse_expensed(
            "reverse_scrap_location_id",
            {
                "name": self.env._("Returns Write-off"),
                "barcode": "RETURNS-SCRAP",
                "reverse_state": "scrap",
            },
        )

    def _ensure_reverse_expensed(self, field, values):
        """Give the location where the value of goods becomes an expense."""
        location = self._ensure_reverse_location(
            field, {**values, "usage": "inventory"}
        )
        if not location.valuation_account_id:
            # sudo: the default account is configuration that an inspector cannot read
            location.sudo().valuation_account_id = self.sudo().expense_account_id
        return location

    def _ensure_reverse_location(self, field, values):
        if not self[field]:
            # sudo: created once per company, by whoever comes first
            locations = (
                self.env["stock.location"].sudo().with_context(active_test=False)
            )
            self.sudo()[field] = locations.search(
                [("barcode", "=", values["barcode"]), ("company_id", "=", self.id)],
                limit=1,
            ) or locations.create(
                {**values, "company_id": self.id, "location_id": False}
            )
        return self[field]

    # ------------------------------------------------------------------
    # Until when something is to be done: in the company's days and working hours.
    # ------------------------------------------------------------------
    @api.constrains("reverse_guarantee_url")
    def _check_reverse_guarantee_url(self):
        """Refuse links that could run a script instead of leading to a page."""
        for company in self:
            url = company.reverse_guarantee_url or "/"
            if not url.startswith(("/", "https://", "http://")):
                raise ValidationError(
                    self.env._(
                        "%(url)s is not the address of a page. Start with https://, or "
                        "with / for a page of this site.",
                        url=url,
                    )
                )

    @api.model
    def _find_reverse_seller(self, page, named=None):
        """Find the company whose page a visitor opens.

        That is the one which the link names, else the visitor's, else the only one with
        this page. The answer is the same for a company without the page as for one that
        does not exist.

        :param str page: key of ``PAGES``
        :param int named: id of a company in the link, of a visitor's choice
        """
        # sudo: switches of pages that everybody reads
        companies = self.sudo()
        own = self.env.company.sudo()  # sudo: as above
        if named and named != own.id:
            return companies.search([("id", "=", named), *PAGES[page]])
        has_page = own.filtered_domain(PAGES[page])
        if named or has_page:
            return has_page
        found = companies.search(PAGES[page], limit=2)
        return found if len(found) == 1 else companies.browse()

    def _get_reverse_withdrawal_words(self, partner):
        """Give the words of the page on which consumers withdraw.

        :param partner: who visits the site; without a country the company's counts
        :return: one ``reverse.withdrawal.word``, none where there is no such page
        """
        # sudo: the switch and the words of a page that everybody reads
        company, words = self.sudo(), self.env["reverse.withdrawal.word"].sudo()
        if not company.reverse_withdrawal_page:
            return words
        # sudo: where the visitor lives
        return words._get_for(partner.sudo().country_id or company.country_id)

    def _get_reverse_strictest(self, name):
        """Give the strictest of what these companies and those above them set.

        :param str name: field of which the last value is the strictest one
        """
        # sudo: who works in a branch need not read the companies above it
        settings = self.sudo().parent_ids.mapped(name)
        strictness = [value for value, _label in self._fields[name].selection]
        return max(settings, key=strictness.index)

    @api.depends("partner_id")
    def _compute_reverse_tz(self):
        """Begin with the zone of the contact, which whoever keeps contacts writes."""
        for company in self:
            company.reverse_tz = company.reverse_tz or company.partner_id.tz or "UTC"

    def _get_reverse_zone(self):
        # sudo: the time zone of the company
        return pytz.timezone(self.sudo().reverse_tz or "UTC")

    def _get_reverse_zones(self):
        """Give the time zone of each of these companies: ``{id: zone}``."""
        return {company._ids[0]: company._get_reverse_zone() for company in self}

    def _get_reverse_today(self):
        return self._to_reverse_day(fields.Datetime.now())

    def _to_reverse_day(self, moment):
        """Give the company's day of a moment as the database keeps it."""
        return local_day(moment, self._get_reverse_zone())

    def _get_reverse_midnight(self, day):
        """Give the moment at which a day of the company begins, in UTC.

        :param date day: the day
        :rtype: datetime
        """
        start = self._get_reverse_zone().localize(datetime.combine(day, time.min))
        return start.astimezone(pytz.utc).replace(tzinfo=None)

    @api.model
    def _check_reverse_reach(self, control):
        """Refuse users who are not in all companies that have returns.

        :param str control: name of what holds for all of them
        :raises AccessError: naming it
        """
        if self.env.uid == SUPERUSER_ID:
            return
        # sudo: which companies have returns, whoever asks
        found = self.env["reverse.rma"].sudo()._read_group([], ["company_id"])
        if any(company not in self.env.user.company_ids for (company,) in found):
            raise AccessError(
                self.env._(
                    "“%(control)s” also holds for companies that you are not in. "
                    "Ask an administrator of all companies that have returns to "
                    "change it.",
                    control=control,
                )
            )

    def _get_reverse_leaves(self):
        """Give the domain of the holidays that count in these companies.

        By default Odoo counts those of all other companies as well.
        """
        return [("time_type", "=", "leave"), ("company_id", "in", (False, *self.ids))]

    def _plan_reverse_deadline(self, days, start=None):
        """Give the day that comes ``days`` working days after ``start``.

        :param date start: today when left out
        """
        self.ensure_one()
        start = start or self._get_reverse_today()
        # sudo: the company's working hours
        calendar = self.sudo().resource_calendar_id
        if calendar:
            end = self._plan_working_days(calendar, days, start)
            if end:
                return end.astimezone(self._get_reverse_zone()).date()
        return start + timedelta(days=days)

    def _plan_working_days(self, calendar, days, start):
        # The first day that Odoo counts is the one it starts on, if that is worked.
        first = start + timedelta(days=bool(days))
        zone = self._get_reverse_zone()
        midnight = zone.localize(datetime.combine(first, time.min))
        return calendar.plan_days(
            max(days, 1),
            midnight,
            compute_leaves=True,
            domain=self._get_reverse_leaves(),
        )

    def _plan_reverse_time(self, start, amount, unit, working_time):
        """Give the moment that comes so many hours or days after another.

        :param datetime start: naive, UTC
        :param str unit: ``hours`` or ``days``
        :param bool working_time: count the company's working hours or days only; a
            working day lasts to its last hour
        :rtype: datetime
        """
        self.ensure_one()
        # sudo: the company's working hours
        calendar = self.sudo().resource_calendar_id
        end = None
        if working_time and calendar:
            moment = pytz.utc.localize(start)
            if unit == "hours":
                end = calendar.plan_hours(
                    amount,
                    moment,
                    compute_leaves=True,
                    domain=self._get_reverse_leaves(),
                )
            else:
                first = local_day(start, self._get_reverse_zone())
                end = self._plan_working_days(calendar, int(amount), first)
        if end:
            return end.astimezone(pytz.utc).replace(tzinfo=None)
        return start + timedelta(**{unit: amount})

    # ------------------------------------------------------------------
    # How long returns and their evidence are kept.
    # ------------------------------------------------------------------
    @api.constrains("reverse_legal_hold", "reverse_legal_hold_reason")
    def _check_reverse_legal_hold_reason(self):
        for company in self:
            reason = (company.reverse_legal_hold_reason or "").strip()
            if company.reverse_legal_hold and not reason:
                raise ValidationError(
                    self.env._(
                        "%(company)s: say why there is a legal hold on its returns.",
                        company=company.name,
                    )
                )

    # ------------------------------------------------------------------
    # Fees
    # ------------------------------------------------------------------
    def _find_reverse_fee_product(self):
        """The product that fees of this company are charged with, if there is one."""
        self.ensure_one()
        # sudo: configuration
        product = self.sudo().reverse_fee_product_id or self.env.ref(
            "reverse_logistics.product_restocking_fee", raise_if_not_found=False
        )
        return (product or self.env["product.product"]).sudo()  # sudo: as above

    def _get_reverse_fee_product(self):
        """The product that fees of this company are charged with.

        :raises UserError: when none is set
        """
        product = self._find_reverse_fee_product()
        if not product:
            raise UserError(
                self.env._(
                    "No product for restocking fees is set for %(company)s. Choose one "
                    "in the settings of returns.",
                    company=self.name,
                )
            )
        return product

    # ------------------------------------------------------------------
    # Goods
    # ------------------------------------------------------------------
    def _get_reverse_kept_traits(self):
        """Give the traits that goods keep, whatever product they become.

        reverse_logistics_disposal: what protects them from being destroyed.
        """
        self.ensure_one()
        return self.env["reverse.trait"]

    # ------------------------------------------------------------------
    # Facilities
    # ------------------------------------------------------------------
    def _get_first_facilities(self):
        """Give ``{company: its first facility that receives goods}``."""
        # sudo: configuration that customer service need not read
        facilities = self.env["reverse.facility"].sudo()
        found = facilities.browse()
        if self:
            found = facilities.search(
                [("company_id", "in", self.ids), ("warehouse_id", "!=", False)],
                order="id",
            )
        by_company = found.grouped("company_id")
        return {company: by_company.get(company, facilities)[:1] for company in self}
