from odoo import api, models

from ...engine.exceptions import ExceptionType, Resolution


class ReverseException(models.Model):
    """Exceptions of returns that end otherwise than they were announced."""

    _inherit = "reverse.exception"

    @api.model
    def _get_types(self):
        return {
            **super()._get_types(),
            "late_goods": self._get_type_late_goods(),
            "credit_review": self._get_type_credit_review(),
            "credit_gone": self._get_type_credit_gone(),
        }

    @api.model
    def _get_type_late_goods(self):
        return ExceptionType(
            owner="reverse_logistics.group_approver",
            days=1,
            what=self.env._(
                "Goods came in that their return could no longer take: it was "
                "rejected or cancelled, or another return claims the quantity."
            ),
            todo=self.env._(
                "Authorize the return that was made of them, or have the goods sent "
                "back to the customer without any credit."
            ),
            resolutions=(
                Resolution(
                    "authorize",
                    self.env._("Authorize"),
                    stock=self.env._(
                        "The goods are inspected and go where their condition says."
                    ),
                    money=self.env._("They are credited as the inspection says."),
                    done=self.env._("Authorized"),
                    primary=True,
                ),
                Resolution(
                    "send_back",
                    self.env._("Send Back"),
                    stock=self.env._(
                        "The goods go back to the customer after inspection."
                    ),
                    money=self.env._("Nothing is credited."),
                    done=self.env._("Sent back to the customer"),
                ),
            ),
            holds=lambda e: e.rma_id.state == "requested",
            gone="authorize",
        )

    @api.model
    def _get_outcomes(self):
        return {
            **super()._get_outcomes(),
            "superseded": self.env._("Inspected anew"),
            "reversed": self.env._("Credit taken back"),
        }

    @api.model
    def _get_resolution_settle_anew(self):
        return Resolution(
            "settle_anew",
            self.env._("Take Back and Settle Anew"),
            stock=self.env._("Goods stay where they are."),
            money=self.env._(
                "What is left of the credit is reversed by a counter-document, and a "
                "new one is proposed for a person to decide."
            ),
            done=self.env._("Settled anew"),
        )

    @api.model
    def _get_type_credit_review(self):
        return ExceptionType(
            owner="reverse_logistics.group_releaser",
            days=2,
            what=self.env._(
                "The inspection of %(product)s was corrected after its credit had been "
                "released."
            ),
            todo=self.env._(
                "Take the credit back and settle anew, or leave it as it is."
            ),
            resolutions=(
                self._get_resolution_settle_anew(),
                Resolution(
                    "leave_credit",
                    self.env._("Leave It as It Is"),
                    stock=self.env._("Goods stay where they are."),
                    money=self.env._("The credit stays as it was released."),
                    done=self.env._("Credit left as it was"),
                ),
            ),
            holds=lambda e: bool(e._get_settlements_to_renew()),
            gone="reversed",
        )

    @api.model
    def _get_type_credit_gone(self):
        return ExceptionType(
            owner="reverse_logistics.group_releaser",
            days=2,
            what=self.env._(
                "A credit note of the return was cancelled or reversed in the books, "
                "while another one of the same settlement holds."
            ),
            todo=self.env._("Take the settlement back, so that it is made anew."),
            resolutions=(self._get_resolution_settle_anew(),),
            holds=lambda e: bool(e._get_settlements_to_renew()),
            gone="reversed",
        )

    def action_settle_anew(self):
        """Take the released credits of these goods back and propose new ones."""
        self._start_resolution("settle_anew")
        settlements = self._get_settlements_to_renew()
        settlements.action_reverse()
        self.env["reverse.settlement"]._propose(
            settlements._get_parts_to_renew(), by_person=True
        )
        self._resolve("settle_anew")
        return True

    def _get_settlements_to_renew(self):
        gone = self.filtered(lambda e: e.type == "credit_gone").rma_id.settlement_ids
        parts = self.line_id.inspection_ids.filtered(lambda p: p.state == "done")
        settlements = parts._get_live_settlement_lines().settlement_id | gone.filtered(
            lambda s: any(line.credit_gone for line in s.line_ids)
        )
        return settlements.filtered(lambda s: s.state == "released")

    def action_leave_credit(self):
        """Keep what was credited although the findings are others now."""
        self._check_resolution("leave_credit")
        self._resolve("leave_credit")
        return True
