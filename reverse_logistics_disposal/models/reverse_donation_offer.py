from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..engine import donation

STEPS = {
    "accept": (("waiting",), "accepted"),
    "refuse": (("waiting",), "refused"),
}
#: Days that a charity has to answer, unless another day is entered; and at least.
ANSWER_DAYS, LEAST_DAYS = 14, 7


class ReverseDonationOffer(models.Model):
    """Goods that a charity was offered, or that were shown on our site.

    These are inspected parts, or the goods of a scrap order, which were never returned
    or put back into stock. Inspectors note the offer when they make it, and what the
    charity says. Who does not answer until the day that was given has declined.
    """

    _name = "reverse.donation.offer"
    _inherit = ["reverse.guarded.mixin"]
    _description = "Offer to a Charity"
    _order = "id desc"
    _check_company_auto = True
    _steps = STEPS
    _editable_states = ("waiting",)
    _fixed_fields = frozenset(
        {"kind", "partner_id", "inspection_ids", "scrap_id", "company_id"}
    )
    _time_to_answer = models.Constraint(
        f"CHECK (answer_by >= offered_on + {LEAST_DAYS})",
        f"A charity needs at least {LEAST_DAYS} days to answer.",
    )
    _charity_named = models.Constraint(
        "CHECK ((kind = 'charity') = (partner_id IS NOT NULL))",
        "Name the charity that was asked; what is shown on the site names none.",
    )

    kind = fields.Selection(
        [("charity", "A charity was asked"), ("site", "Shown on our site")],
        "Offered",
        default="charity",
        required=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Charity",
        domain="[('reverse_is_charity', '=', True)]",
        index="btree_not_null",
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company",
        required=True,
        index=True,
        default=lambda self: self.env.company,
    )
    inspection_ids = fields.Many2many(
        "reverse.inspection",
        "reverse_donation_offer_part_rel",
        "offer_id",
        "inspection_id",
        "Goods",
        check_company=True,
        ondelete="restrict",
        domain="[('not_inspected', '=', False)]",
    )
    scrap_id = fields.Many2one(
        "stock.scrap",
        "Scrap Order",
        check_company=True,
        index="btree_not_null",
        ondelete="restrict",
        help="Which would destroy goods that are in no return.",
    )
    offered_on = fields.Date(readonly=True, copy=False, guarded=True)
    answer_by = fields.Date(
        required=True,
        default=lambda self: fields.Date.add(
            self.env.company._get_reverse_today(), days=ANSWER_DAYS
        ),
        help="The last day on which the charity can answer.",
    )
    note = fields.Text(unlocked=True)
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("accepted", "Accepted"),
            ("refused", "Declined"),
        ],
        "Answer",
        default="waiting",
        required=True,
        readonly=True,
        copy=False,
        index=True,
        guarded=True,
    )
    answered_by_id = fields.Many2one(
        "res.users", "Noted by", readonly=True, copy=False, guarded=True
    )
    answered_at = fields.Datetime(readonly=True, copy=False, guarded=True)
    is_declined = fields.Boolean(
        "Not Accepted",
        compute="_compute_is_declined",
        help="The charity declined, or the time to answer is over.",
    )
    is_accept_allowed = fields.Boolean(compute="_compute_steps_allowed")
    is_refuse_allowed = fields.Boolean(compute="_compute_steps_allowed")

    @api.depends("kind", "partner_id", "offered_on")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for offer in self:
            whom = offer.partner_id.name or self.env._("Our site")
            day = fields.Date.to_string(offer.offered_on) or self.env._("not saved")
            offer.display_name = f"{whom} ({day})"

    @api.depends("kind", "state", "offered_on", "answer_by")
    def _compute_is_declined(self):
        for offer in self:
            offer.is_declined = bool(offer.offered_on) and donation.is_declined(
                offer._for_engine(), offer.company_id._get_reverse_today()
            )

    @api.depends("state")
    @api.depends_context("uid")
    def _compute_steps_allowed(self):
        inspector = self._has_duty("inspector")
        for offer in self:
            asked = inspector and bool(offer._origin) and offer.kind == "charity"
            offer.is_accept_allowed = asked and offer._may("accept")
            offer.is_refuse_allowed = asked and offer._may("refuse")

    def _for_engine(self):
        self.ensure_one()
        return donation.Offer(
            self.kind,
            self.partner_id.commercial_partner_id.id,
            self.state,
            self.offered_on,
            self.answer_by,
        )

    # ------------------------------------------------------------------
    # Making an offer
    # ------------------------------------------------------------------
    @api.model
    def _check_create(self, vals_list):
        self._check_duty("inspector")

    @api.model
    def _complete_create(self, vals_list):
        """An offer begins when it is noted: nobody dates it back."""
        companies = self.env["res.company"]
        completed = []
        for vals in vals_list:
            company = companies.browse(vals.get("company_id") or self.env.company.id)
            today = company._get_reverse_today()
            if vals.get("kind") == "site":
                vals = {
                    **vals,
                    "partner_id": False,
                    "answer_by": today + donation.SHOWN,
                }
            last = today + timedelta(days=ANSWER_DAYS)
            completed.append({"answer_by": last, **vals, "offered_on": today})
        return completed

    @api.model_create_multi
    def create(self, vals_list):
        offers = super().create(vals_list)
        offers._check_goods()
        for offer in offers:
            offer._log_step("DonationOffered", offer._get_event_data())
        return offers

    def write(self, vals):
        if not self._in_workflow():
            self._check_duty("inspector")
        return super().write(vals)

    def _check_goods(self):
        for offer in self:
            if bool(offer.inspection_ids) == bool(offer.scrap_id):
                raise UserError(
                    self.env._(
                        "Name the goods that are offered: at least one part, or else "
                        "the scrap order."
                    )
                )
            if offer.scrap_id and offer.scrap_id._is_reverse_scrapped():
                raise UserError(
                    self.env._(
                        "The goods of %(order)s are destroyed already.",
                        order=offer.scrap_id.name,
                    )
                )
            if offer.kind == "charity" and not offer.partner_id.reverse_is_charity:
                raise UserError(
                    self.env._(
                        "%(partner)s is not known as a charity: an administrator of "
                        "returns ticks “Charity” on the contact first.",
                        partner=offer.partner_id.display_name,
                    )
                )

    def _get_event_data(self):
        self.ensure_one()
        return {
            "donation_offer": self.id,
            "kind": self.kind,
            "partner": self.partner_id.id,
            "answer_by": fields.Date.to_string(self.answer_by),
            "inspections": self.inspection_ids.ids,
            **(self.scrap_id._get_offer_data() if self.scrap_id else {}),
        }

    def _log_step(self, name, data):
        """Note a step of this offer with its returns, or else with its company."""
        self.ensure_one()
        owners = self.inspection_ids.rma_id or self.company_id
        self.env["reverse.event"]._log(owners, name, data)

    # ------------------------------------------------------------------
    # Answers
    # ------------------------------------------------------------------
    def action_accept(self):
        """Note that the charity takes the goods."""
        return self._note_answer("accept", "DonationAccepted")

    def action_refuse(self):
        """Note that the charity declined."""
        return self._note_answer("refuse", "DonationDeclined")

    def _note_answer(self, step, event):
        self._check_duty("inspector")
        self._transition(
            STEPS,
            step,
            {"answered_by_id": self.env.uid, "answered_at": fields.Datetime.now()},
        )
        for offer in self:
            offer._log_step(event, {"donation_offer": offer.id})
        return True

    # ------------------------------------------------------------------
    # What the offers of goods say
    # ------------------------------------------------------------------
    def _get_taken(self):
        """Give those of these offers that a charity has accepted."""
        return self.filtered(lambda offer: offer.state == "accepted")

    def _count_missing(self, derogation, company):
        """Give how many charities still have to decline, as a derogation asks."""
        return donation.count_missing(
            [offer._for_engine() for offer in self],
            company._get_reverse_today(),
            derogation.offers_needed,
        )

    @api.model
    def _find_for(self, parts):
        """Find the offers of these goods, also as they were inspected before."""
        domain = Domain("inspection_ids", "in", parts._get_lineage().ids)
        return self.search(domain, order="id")
