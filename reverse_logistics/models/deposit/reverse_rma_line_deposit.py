from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import transitions


class ReverseRmaLine(models.Model):
    """Used parts and empties: what an invoiced deposit entitles to, oldest first."""

    _inherit = "reverse.rma.line"

    deposit_type_id = fields.Many2one(
        "reverse.deposit.type",
        "Deposit",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="What comes back for a deposit; no delivery of it is needed.",
    )

    @api.depends("deposit_type_id")
    def _compute_from_source(self):
        for line in self.filtered("deposit_type_id"):
            if not line.product_id or line.state in (False, "draft"):
                line.product_id = line.deposit_type_id.core_product_id
        return super()._compute_from_source()

    @api.constrains("deposit_type_id")
    def _check_deposit_type(self):
        self._check_source()

    def _find_product_problem(self):
        kind = self.deposit_type_id
        charged = not kind and self.env["reverse.deposit.type"]._get_for_line(self)
        if charged:
            return self.env._(
                "%(deposit)s is a deposit: enter the return of %(core)s with the "
                "deposit %(type)s.",
                deposit=self.product_id.display_name,
                core=charged.core_product_id.display_name,
                type=charged.name,
            )
        if kind and (self.move_id or self.sale_line_id or self.historic_sale_id):
            return self.env._(
                "%(line)s names a sale and a deposit: leave one of them out.",
                line=self.display_name,
            )
        if kind and self.product_id != kind.core_product_id:
            return self.env._(
                "For %(type)s, %(core)s comes back, not %(product)s.",
                type=kind.name,
                core=kind.core_product_id.display_name,
                product=self.product_id.display_name,
            )
        return super()._find_product_problem()

    # ------------------------------------------------------------------
    # Source
    # ------------------------------------------------------------------
    def _is_sourced(self):
        return super()._is_sourced() or bool(self.deposit_type_id)

    def _evaluate(self, versions):
        """What a deposit was charged for comes back whenever; a rule may want a person
        to look.
        """
        verdicts = super()._evaluate(versions)
        for line in self.filtered("deposit_type_id"):
            verdict = verdicts[line]
            by_policy = line._is_authorized_by_rule(versions, verdict)
            verdict |= {
                "decision": "authorize" if by_policy else "review",
                "decision_code": "deposit" if by_policy else "manual",
                "explanation": self.env._(
                    "The deposit for it was charged and not given back yet."
                ),
            }
        return verdicts

    def _get_open_deposits(self):
        """Entitlements this line is refunded from, oldest first, of one currency."""
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
        """What this line asks for and has neither got nor been denied."""
        done = self._in_product_uom(self.qty_settled + self.qty_denied)
        return max(self._get_source_claim() - done, 0.0)

    def _get_deposit_claims(self):
        """What live lines ask of the balance of this one's customer and type."""
        # sudo: returns of every user count
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
        """Sum what is left of this line's entitlements, under lock."""
        deposits = self._get_open_deposits()
        self.env.flush_all()
        deposits._reverse_touch()
        deposits.invalidate_recordset(["qty_left"])
        return sum(deposits.mapped("qty_left"))

    def _get_unclaimed_quantity(self):
        if not self.deposit_type_id:
            return super()._get_unclaimed_quantity()
        left = self._get_deposit_balance() - self._get_deposit_claims()
        return max(left, 0.0)

    def _check_over_return(self):
        res = super()._check_over_return()
        groups = self.filtered("deposit_type_id").grouped(
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
                        "%(customer)s is entitled to %(balance)s of "
                        "%(type)s; with this return %(claimed).12g would come back. "
                        "Lower the quantity, or cancel the return that claims the "
                        "rest.",
                        customer=partner.name,
                        balance=kind.core_product_id.uom_id._say_reverse(balance),
                        type=kind.name,
                        claimed=claimed,
                    )
                )
        return res

    def _find_deliveries(self, preview=False):
        lines = self
        if not preview:
            for line in self.filtered(
                lambda r: r.deposit_type_id.over_balance == "person"
            ):
                lines |= line._leave_surplus()
        return super(ReverseRmaLine, lines)._find_deliveries(preview)

    def _leave_surplus(self):
        """Leave what exceeds the balance to a person, as goods nobody knows of."""
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

    def _event_data(self):
        data = super()._event_data()
        for values, line in zip(data, self, strict=True):
            if line.deposit_type_id:
                values["deposit_type"] = line.deposit_type_id.id
        return data

    # ------------------------------------------------------------------
    # Credit
    # ------------------------------------------------------------------
    def _get_settlement_type(self):
        wanted = super()._get_settlement_type()
        # What came back was never sold: another one of it is no use to anybody.
        if self.deposit_type_id and wanted == "replacement":
            return "refund"
        return wanted

    def _get_credit_ledger(self):
        ledger = super()._get_credit_ledger()
        deposits = self.env["reverse.deposit"].concat(
            *(line._get_open_deposits() for line in self.filtered("deposit_type_id"))
        )
        if deposits:
            deposits._add_to_ledger(ledger)
        return ledger

    def _get_credit_currency(self):
        if self.deposit_type_id:
            return self._get_open_deposits()[:1].currency_id
        return super()._get_credit_currency()


class ReverseInspection(models.Model):
    _inherit = "reverse.inspection"

    def _is_creditable(self):
        # Nothing is given back for it: the entitlement stays for a better one.
        kind = self.line_id.deposit_type_id
        worthless = kind and not kind._get_percent(self.condition_id)
        return super()._is_creditable() and not worthless
