from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions


class ReverseSettlement(models.Model):
    """Settlements that the customer has to agree to before they are released."""

    _inherit = "reverse.settlement"

    offer_id = fields.Many2one(
        "reverse.offer",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The offer that the customer has to accept before it is released.",
        guarded=True,
    )
    offer_ids = fields.One2many("reverse.offer", "settlement_id", "Offers")
    offer_count = fields.Integer(compute="_compute_offer_count")
    offer_note = fields.Char(compute="_compute_offer_note")
    waits_for_customer = fields.Boolean(compute="_compute_offer_note")
    is_offer_allowed = fields.Boolean(compute="_compute_is_offer_allowed")

    def _compute_offer_count(self):
        for settlement in self:
            settlement.offer_count = len(settlement.offer_ids)

    @api.depends("offer_id.state")
    @api.depends_context("lang")
    def _compute_offer_note(self):
        notes = {
            "draft": self.env._(
                "It is offered to the customer once it is approved, and released when "
                "the customer has accepted."
            ),
            "sent": self.env._("Waits for the customer's answer to the offer."),
            "accepted": self.env._("The customer has accepted the offer."),
            "refused": self.env._(
                "The customer refused the offer: the exception of the return says what "
                "can be done."
            ),
            "expired": self.env._(
                "The customer did not answer the offer: the exception of the return "
                "says what can be done."
            ),
        }
        for settlement in self:
            settlement.offer_note = notes.get(settlement.offer_id.state)
            settlement.waits_for_customer = settlement._is_only_offered()

    @api.depends("state", "type", "offer_id", "line_ids.deduction")
    @api.depends_context("uid")
    def _compute_is_offer_allowed(self):
        service = self._has_duty("service")
        for settlement in self:
            settlement.is_offer_allowed = service and settlement._may_be_offered()

    def _may_be_offered(self):
        """Whether it is a proposal that gives less than the whole credit."""
        self.ensure_one()
        return bool(
            self.state == "draft"
            and self.type == "refund"
            and not self.offer_id
            and any(self.line_ids.mapped("deduction"))
            and self.rma_id._may_get_offers()
        )

    def action_offer(self):
        """Ask the customer to accept a lower credit, before it is released.

        :raises AccessError: without the role customer service
        :raises UserError: where nothing is withheld, or offers are not for this return
        """
        self._check_duty("service")
        for settlement in self:
            settlement.rma_id._check_may_offer()
            if not settlement._may_be_offered():
                raise UserError(
                    self.env._(
                        "%(settlement)s cannot be offered: it has to be a proposed "
                        "refund with a deduction. Enter the deduction and its reason, "
                        "which the customer reads.",
                        settlement=settlement.display_name,
                    )
                )
        offers = self.env["reverse.offer"]._make(self, "reduced")
        return self.rma_id._open(offers, self.env._("Offers"))

    def action_view_offers(self):
        return self.rma_id._open(self.offer_ids, self.env._("Offers"))

    def _plan_offer_end(self):
        """Give the last day to answer: before the return itself is over."""
        self.ensure_one()
        # sudo: a setting of the company
        company = self.sudo().company_id
        today = company._get_reverse_today()
        last = today + timedelta(company.reverse_offer_days)
        end = self.rma_id.expires_on
        waits = self.rma_id.stage in transitions.COMING and end and end >= today
        return min(last, end) if waits else last

    def _is_only_offered(self):
        """Whether the customer has not agreed to it, so that it gives nothing yet."""
        self.ensure_one()
        return bool(self.offer_id) and self.offer_id.state != "accepted"

    def _filter_agreed(self):
        """Give those that nobody has to be asked about any more."""
        return self.filtered(lambda settlement: not settlement._is_only_offered())

    def _check_accepted(self):
        """Refuse to release what the customer was asked about and has not accepted."""
        # sudo: the answer counts, whoever may read it
        for settlement in self.sudo():
            if settlement._is_only_offered():
                raise UserError(
                    self.env._(
                        "%(settlement)s is not released: %(note)s",
                        settlement=settlement.display_name,
                        note=settlement.offer_note,
                    )
                )

    def _leave_offers(self):
        """What was offered with these proposals is offered no longer."""
        offered = self.sudo().filtered("offer_id")  # sudo: whoever ends the proposal
        offered.offer_id._withdraw()
        offered._guarded_write({"offer_id": False})

    def _drop_offered(self):
        """End these proposals; nobody has denied the customer anything by it."""
        live = self.filtered(lambda settlement: settlement._may("cancel"))
        live._transition(transitions.SETTLEMENT, "cancel", {"made_anew": True})

    def _reopen_offered(self):
        """Make these proposals again, so that a person decides what is given."""
        self.filtered(lambda own: own.state == "draft")._leave_offers()
        submitted = self.filtered(lambda own: own._may("send_back"))
        submitted._transition(
            transitions.SETTLEMENT,
            "send_back",
            {"approved_by_id": False, "policy_version_id": False, "sent_back": True},
        )
        submitted._withdraw_approvals(("pending", "approved"))
        submitted._log_step("CreditSentBack")
