from odoo import api, fields, models

from ...engine.exceptions import ExceptionType, Resolution


class ReverseException(models.Model):
    """Credits that turn out otherwise than they were given.

    After corrected inspections, after credit notes that are gone, and of goods that
    were credited before anybody had seen them.
    """

    _inherit = "reverse.exception"

    inspected_by_ids = fields.Many2many(
        "res.users", compute="_compute_inspected_by_ids", compute_sudo=True
    )

    @api.depends("line_id.inspection_ids.inspected_by_ids")
    def _compute_inspected_by_ids(self):
        for exception in self:
            parts = exception.line_id.inspection_ids
            exception.inspected_by_ids = parts.inspected_by_ids

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
    def _get_type_loose_credit(self):
        return ExceptionType(
            owner="reverse_logistics.group_approver",
            days=2,
            what=self.env._(
                "Accounting gave the customer a credit that names neither an invoice "
                "nor an order. It may give once more what this return gave."
            ),
            todo=self.env._(
                "Find out what it is for. If it is the same credit, have it cancelled "
                "in Accounting: this closes by itself then."
            ),
            resolutions=(
                Resolution(
                    "leave_credit",
                    self.env._("Leave It as It Is"),
                    stock=self.env._("Goods stay where they are."),
                    money=self.env._("Both credits stay."),
                    done=self.env._("Credit left as it was"),
                ),
            ),
            holds=lambda e: e._is_credit_posted(),
            gone="reversed",
        )

    def _is_credit_posted(self):
        """Whether the credit note that this is about still gives something."""
        self.ensure_one()
        # sudo: whether it is there, for whoever looks at the exception
        move = self.env["account.move"].sudo().browse(self.res_id).exists()
        return move.state == "posted" and not move._is_reverse_credit_gone()

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

    @api.model
    def _get_type_early_credit(self):
        leave = Resolution(
            "leave_early",
            self.env._("Leave It as It Is"),
            stock=self.env._("Goods stay where they are."),
            money=self.env._(
                "The customer keeps the credit. For goods that stay with the customer "
                "it is written anew, at the same amount."
            ),
            done=self.env._("Credit left as it was"),
        )
        bill = Resolution(
            "bill_early",
            self.env._("Bill What Stays Away"),
            stock=self.env._("The goods stay with the customer."),
            money=self.env._(
                "The credit stays, and the order invoices what did not come back once "
                "more."
            ),
            done=self.env._("To be billed with the order"),
        )
        return ExceptionType(
            owner="reverse_logistics.group_releaser",
            days=2,
            what=self.env._(
                "%(product)s was credited before anybody had seen it. Now it was found "
                "to be otherwise, or does not come."
            ),
            todo=self.env._(
                "Take the credit back and settle anew, bill what stays with the "
                "customer, or leave the credit as it is."
            ),
            resolutions=(self._get_resolution_settle_anew(), bill, leave),
            holds=lambda e: bool(e.line_id._get_early_lines()),
            gone="reversed",
        )

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
        """Released settlements that these exceptions are about."""
        gone = self.filtered(lambda e: e.type == "credit_gone").rma_id.settlement_ids
        # What was credited stays so while its inspection is corrected, or taken back.
        parts = self.line_id.inspection_ids
        found = parts.filtered(lambda p: p.state == "done")._get_live_settlement_lines()
        found |= self.line_id._get_released_lines().with_env(self.env)
        settlements = found.settlement_id | gone.filtered(
            lambda s: any(line.credit_gone for line in s.line_ids)
        )
        early = self.filtered(lambda e: e.type == "early_credit")
        advanced = early.line_id._get_early_lines().settlement_id
        return settlements.filtered(
            lambda s: s.state == "released"
        ) | advanced.filtered(lambda s: s.state == "released").with_env(self.env)

    def _check_leaving(self):
        """Who asked for a return, or inspected it, does not leave its credit as it is.

        :raises UserError: for what one has asked for or inspected oneself
        """
        if self:
            self._check_duty("releaser", excluded=("inspected_by_ids",))
            rmas = self.rma_id
            rmas._check_duty("releaser", excluded=rmas._gate_actors)

    def action_leave_credit(self):
        """Keep what was credited although the findings are others now."""
        self._check_resolution("leave_credit")
        self.filtered(lambda e: e.type == "credit_review")._check_leaving()
        self._resolve("leave_credit")
        return True

    def action_leave_early(self):
        """Let the customer keep the credit, whatever came of the goods."""
        self._check_resolution("leave_early")
        self._check_leaving()
        self._start_resolution("leave_early")
        lines = self.line_id
        away = {line: line._get_away_quantity() for line in lines}
        away = {line: quantity for line, quantity in away.items() if quantity}
        if away:
            kept = lines.browse().concat(*away)
            settlements = kept._get_early_lines().settlement_id.with_env(self.env)
            settlements.filtered(lambda s: s.state == "released")._write_anew(away)
        self._resolve("leave_early")
        return True

    def action_bill_early(self):
        """Let the order invoice again what was credited and stays away."""
        self._start_resolution("bill_early")
        for line in self.line_id:
            line._bill_again()
        self._resolve("bill_early")
        return True
