from odoo import fields, models
from odoo.exceptions import UserError

from ...engine import transitions


class ReverseRmaLine(models.Model):
    """Used parts and empties: what comes back for an invoiced deposit, oldest first."""

    _inherit = "reverse.rma.line"

    deposit_type_id = fields.Many2one(
        "reverse.deposit.type",
        "Deposit",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="What comes back for a deposit; no delivery of it is needed.",
    )

    def _find_charged_deposit(self):
        """Say what comes back, when the product is the charge for a deposit itself."""
        charged = self.env["reverse.deposit.type"]._get_for_line(self)
        if not charged:
            return False
        return self.env._(
            "%(deposit)s is a deposit: enter the return of %(core)s with the deposit "
            "%(type)s.",
            deposit=self.product_id.display_name,
            core=charged.core_product_id.display_name,
            type=charged.name,
        )

    def _find_other_core(self):
        """Say what comes back for the deposit, when it is another product."""
        kind = self.deposit_type_id
        if self.product_id == kind.core_product_id:
            return False
        return self.env._(
            "%(type)s is a deposit on %(core)s: return that, not %(product)s.",
            type=kind.name,
            core=kind.core_product_id.display_name,
            product=self.product_id.display_name,
        )

    def _judge_deposits(self, versions, verdicts):
        """Decide on lines for a deposit.

        They may come back at any time; a rule can ask for a person to look.
        """
        for line in self:
            verdict = verdicts[line]
            by_policy = line._is_authorized_by_rule(versions, verdict)
            verdict |= {
                "decision": "authorize" if by_policy else "review",
                "decision_code": "deposit" if by_policy else "manual",
                "explanation": self.env._(
                    "The deposit on these goods was charged and has not been refunded "
                    "yet."
                ),
            }

    def _get_open_deposits(self):
        """Give entitlements to refund this line from, oldest first, in one currency."""
        self.ensure_one()
        moment = self.rma_id.requested_at or fields.Datetime.now()
        deposits = self.env["reverse.deposit"]._find_open(
            self.deposit_type_id,
            self.rma_id.commercial_partner_id,
            self.company_id,
            self._local_day(moment),
        )
        return deposits.filtered(lambda d: d.currency_id == deposits[0].currency_id)

    def _get_deposit_claim(self):
        """Give the quantity this line asks for, less what is settled or denied."""
        done = self._in_product_uom(self.qty_settled + self.qty_denied)
        return max(self._get_source_claim() - done, 0.0)

    def _get_deposit_claims(self):
        """Give the quantity that live lines of this customer and type ask for."""
        # sudo: returns of all users count
        lines = self.sudo().search(
            [
                ("deposit_type_id", "=", self.deposit_type_id.id),
                (
                    "rma_id.commercial_partner_id",
                    "=",
                    self.rma_id.commercial_partner_id.id,
                ),
                ("company_id", "=", self.company_id.id),
                ("state", "in", transitions.LIVE),
            ]
        )
        return sum(line._get_deposit_claim() for line in lines)

    def _get_deposit_balance(self):
        """Sum up what is left of this line's entitlements, locked against others."""
        deposits = self._get_open_deposits()
        self.env.flush_all()
        deposits._reverse_touch()
        deposits.invalidate_recordset(["qty_left"])
        return sum(deposits.mapped("qty_left"))

    def _get_unclaimed_deposits(self):
        left = self._get_deposit_balance() - self._get_deposit_claims()
        return max(left, 0.0)

    def _check_deposit_balance(self):
        """Refuse lines that would bring back more than deposits entitle to."""
        groups = self.grouped(
            lambda line: (
                line.deposit_type_id,
                line.rma_id.commercial_partner_id,
                line.company_id,
            )
        )
        for (kind, partner, _company), lines in groups.items():
            balance = lines[0]._get_deposit_balance()
            claimed = lines[0]._get_deposit_claims()
            if kind.core_product_id.uom_id.compare(claimed, balance) > 0:
                self.env["reverse.refusal"]._note("over_return", lines.company_id)
                raise UserError(
                    self.env._(
                        "%(customer)s is entitled to %(balance)s of %(type)s; with "
                        "this return %(claimed).12g would come back. Lower the "
                        "quantity, or cancel the return that claims the rest.",
                        customer=partner.name,
                        balance=kind.core_product_id.uom_id._say_reverse(balance),
                        type=kind.name,
                        claimed=claimed,
                    )
                )

    def _leave_surpluses(self):
        lines = self.browse()
        for line in self.filtered(lambda r: r.deposit_type_id.over_balance == "person"):
            lines |= line._leave_surplus()
        return lines

    def _leave_surplus(self):
        """Leave what exceeds the balance to a person, as goods of an unknown sale."""
        uom = self.product_id.uom_id
        surplus = self._get_deposit_claims() - self._get_deposit_balance()
        if uom.compare(surplus, 0) <= 0:
            return self.browse()
        covered = self._in_product_uom(self.quantity) - surplus
        if uom.compare(covered, 0) <= 0:
            self._guarded_write({"deposit_type_id": False})
            return self.browse()
        (vals,) = self.copy_data({"rma_id": self.rma_id.id})
        self._guarded_write({"quantity": self._from_product_uom(covered)})
        vals.update(deposit_type_id=False, quantity=self._from_product_uom(surplus))
        return self._guarded_create([vals])
