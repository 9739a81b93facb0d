from odoo import api, models
from odoo.exceptions import UserError

from ...engine.exceptions import ExceptionType, Resolution
from ..inspection.reverse_inspection import FINDINGS


class ReverseException(models.Model):
    """Offers that customers refused, or did not answer."""

    _inherit = "reverse.exception"

    @api.model
    def _get_type_offer_refused(self):
        return ExceptionType(
            owner="reverse_logistics.group_service",
            days=2,
            what=self.env._("The customer did not accept the lower credit."),
            todo=self.env._(
                "Talk to the customer. Credit all of it, offer something else, or send "
                "the goods back."
            ),
            resolutions=(
                Resolution(
                    "credit_in_full",
                    self.env._("Credit in Full"),
                    stock=self.env._("Goods stay where they are."),
                    money=self.env._(
                        "The deductions are taken off, and the whole credit is "
                        "submitted for approval."
                    ),
                    done=self.env._("Credited in full"),
                ),
                Resolution(
                    "offer_anew",
                    self.env._("Make Another Offer"),
                    stock=self.env._("Goods stay where they are."),
                    money=self.env._(
                        "The settlement can be changed again, and is then offered anew."
                    ),
                    done=self.env._("Another offer prepared"),
                ),
                Resolution(
                    "return_goods",
                    self.env._("Send the Goods Back"),
                    stock=self.env._(
                        "An inspector completes that the goods go back to the customer."
                    ),
                    money=self.env._("Nothing is credited."),
                    done=self.env._("To be sent back"),
                ),
            ),
            holds=lambda e: e._get_offer_to_decide() is not None,
        )

    @api.model
    def _get_type_offer_lapsed(self):
        return ExceptionType(
            owner="reverse_logistics.group_service",
            days=2,
            what=self.env._("The customer did not answer the offer to keep the goods."),
            todo=self.env._(
                "Ask the customer. The goods may still be sent, and are credited as "
                "usual then."
            ),
            resolutions=(
                Resolution(
                    "wait_for_goods",
                    self.env._("Wait for the Goods"),
                    stock=self.env._("The customer sends the goods as agreed."),
                    money=self.env._("They are credited as the inspection says."),
                    done=self.env._("Waiting for the goods"),
                    primary=True,
                ),
                Resolution(
                    "keep_anew",
                    self.env._("Make Another Offer"),
                    stock=self.env._("The goods are with the customer."),
                    money=self.env._("A new offer is prepared, which you can change."),
                    done=self.env._("Another offer prepared"),
                ),
            ),
            holds=lambda e: bool(e.rma_id._get_offerable_lines()),
        )

    def _get_offer_to_decide(self):
        """Give the offer, as long as its settlement can go neither on nor back."""
        self.ensure_one()
        offer = self.env["reverse.offer"].browse(self.res_id).exists()
        waits = offer.settlement_id.offer_id == offer and offer.settlement_id._may(
            "send_back"
        )
        return offer if waits else None

    def _get_offered_settlements(self):
        offers = self.env["reverse.offer"].browse(self.mapped("res_id"))
        return offers.settlement_id

    def action_credit_in_full(self):
        """Take the deductions off and submit the whole credit."""
        self._start_resolution("credit_in_full")
        settlements = self._get_offered_settlements()
        # sudo: the role is checked; the deductions of these very proposals
        settlements.sudo()._reopen_offered()
        settlements.line_ids._guarded_write(
            {"deduction": 0.0, "deduction_reason": False}
        )
        settlements.action_submit()
        self._resolve("credit_in_full")
        return True

    def action_offer_anew(self):
        """Open the proposals again, each with a new offer."""
        self._start_resolution("offer_anew")
        settlements = self._get_offered_settlements()
        settlements.sudo()._reopen_offered()  # sudo: the role is checked
        offers = self.env["reverse.offer"]._make(settlements, "reduced")
        self._resolve("offer_anew")
        return self.rma_id._open(offers, self.env._("Offers"))

    def action_return_goods(self):
        """Have the goods sent back, which an inspector completes; nothing is credited.

        :raises UserError: for goods that are not here any more
        """
        self._start_resolution("return_goods")
        settlements = self._get_offered_settlements()
        parts = settlements.line_ids.inspection_id._get_latest()
        gone = parts - parts._get_withdrawable()
        if gone or not parts:
            raise UserError(
                self.env._(
                    "The goods of %(rma)s are not here any more, so they cannot go "
                    "back. Credit all of it, or offer something else.",
                    rma=", ".join(self.rma_id.mapped("display_name")),
                )
            )
        settlements.sudo()._drop_offered()  # sudo: the role is checked
        drafts = parts._look_again(FINDINGS)
        customer = self.env.ref("reverse_logistics.disposition_customer")
        drafts._guarded_write({"disposition_id": customer.id})
        self._resolve("return_goods")
        return True

    def action_wait_for_goods(self):
        """Leave it to the customer to send the goods."""
        self._check_resolution("wait_for_goods")
        self._resolve("wait_for_goods")
        return True

    def action_keep_anew(self):
        """Prepare another offer to keep the goods."""
        self.ensure_one()
        self._start_resolution("keep_anew")
        action = self.rma_id.action_offer_keep()
        self._resolve("keep_anew")
        return action
