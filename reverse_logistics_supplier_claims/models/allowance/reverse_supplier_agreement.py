from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from odoo.addons.reverse_logistics.models.base.reverse_retry import run_each


class ReverseSupplierAgreement(models.Model):
    """A percentage of all purchases instead of single claims."""

    _inherit = "reverse.supplier.agreement"

    allowance_ids = fields.One2many("reverse.supplier.allowance", "agreement_id")
    allowance_count = fields.Integer(
        "Allowances", compute="_compute_allowance_count", compute_sudo=True
    )

    @api.depends("allowance_ids")
    def _compute_allowance_count(self):
        for agreement in self:
            agreement.allowance_count = len(agreement.allowance_ids)

    @api.constrains("is_allowance", "allowance")
    def _check_allowance(self):
        for agreement in self:
            if agreement.is_allowance and not 0 < agreement.allowance <= 100:
                raise ValidationError(
                    self.env._(
                        "“%(agreement)s”: say how many percent of the purchases the "
                        "standing allowance is.",
                        agreement=agreement.name,
                    )
                )

    def _explain_allowance(self, name):
        """Say why goods are not claimed one by one.

        :param str name: of the goods
        """
        return self.env._(
            "%(part)s: the standing allowance of %(rate)s%% in “%(agreement)s” covers "
            "these goods, so no single claim is opened.",
            part=name,
            rate=f"{self.allowance:g}",
            agreement=self.name,
        )

    # ------------------------------------------------------------------
    # The run over a month
    # ------------------------------------------------------------------
    def action_claim_allowance(self):
        """Claim the allowance for the bills until the end of last month.

        :return: action that shows the claims
        :raises UserError: where it is claimed already
        """
        guard = self.env["reverse.supplier.claim"]
        guard._check_duty("claims")
        self.check_access("read")
        # Beside the nightly run, the second finds what the first has claimed.
        self._reverse_touch()
        month = self._get_last_month()
        for agreement in self:
            if not agreement.is_allowance:
                raise UserError(
                    self.env._(
                        "“%(agreement)s” has no standing allowance.",
                        agreement=agreement.name,
                    )
                )
            done = agreement.allowance_ids.filtered(lambda run: run.month == month)
            if done:
                raise UserError(
                    self.env._(
                        "The allowance of “%(agreement)s” for %(month)s is claimed "
                        "already: see %(claim)s. Bills posted since count next month.",
                        agreement=agreement.name,
                        month=agreement._say_month(month),
                        claim=done.claim_id.name or self.env._("no amount"),
                    )
                )
        claims = self._claim_allowance(month, self.env.user).claim_id
        if not claims:
            raise UserError(
                self.env._(
                    "Nothing was billed until the end of %(month)s that an allowance "
                    "could be claimed for.",
                    month=self[:1]._say_month(month),
                )
            )
        return guard._open([("id", "in", claims.ids)])

    @api.model
    def _get_last_month(self):
        return fields.Date.context_today(self).replace(day=1) - relativedelta(months=1)

    def _say_month(self, month):
        return format_date(self.env, month, date_format="MMMM y")

    @api.model
    def _cron_claim_allowances(self):
        """Claim the allowances of last month, each in a transaction of its own."""
        month = self._get_last_month()
        due = self.search([("is_allowance", "=", True)]).filtered(
            lambda agreement: month not in agreement.allowance_ids.mapped("month")
        )
        self.env["ir.cron"]._commit_progress(remaining=len(due))
        for agreement in due:
            if not run_each(self.env, agreement, "_claim_last_month"):
                break

    def _claim_last_month(self):
        """Claim it where nobody has done so by the button meanwhile."""
        self._reverse_touch()
        month = self._get_last_month()
        due = self.filtered(
            lambda agreement: month not in agreement.allowance_ids.mapped("month")
        )
        return due._claim_allowance(month)

    def _claim_allowance(self, month, opener=None):
        """Count the bills of a month and claim the percentage of them.

        :param date month: its first day
        :param opener: the user who asked for it; None where the agreement did
        :return: the ``reverse.supplier.allowance`` of each
        """
        runs = self.env["reverse.supplier.allowance"]
        for agreement in self:
            # sudo: who claims need not have the books; bills of the supplier only
            bills, base = agreement.sudo()._find_allowed_bills(month)
            amount = agreement.currency_id.round(base * agreement.allowance / 100)
            owed = agreement.currency_id.compare_amounts(amount, 0) > 0
            claim = (
                agreement._open_allowance_claim(month, bills, base, amount, opener)
                if owed
                else None
            )
            runs |= runs._guarded_create(
                [
                    {
                        "agreement_id": agreement.id,
                        "month": month,
                        # More was credited than billed: the next month counts it.
                        "bill_ids": [Command.set(bills.ids if base > 0 else ())],
                        "bill_count": len(bills),
                        "base": base,
                        "rate": agreement.allowance,
                        "amount": amount if owed else 0.0,
                        "claim_id": claim and claim.id,
                    }
                ]
            )
        return runs

    def _find_allowed_bills(self, month):
        """Find bills and credit notes that no earlier month has counted.

        What was credited on claims is not taken off.

        :return: ``(bills, amount before tax in the currency of the agreement)``
        """
        self.ensure_one()
        first = min([month, *self.allowance_ids.mapped("month")])
        last = month + relativedelta(months=1, days=-1)
        counted = Domain("move_id.id", "not in", self.allowance_ids.bill_ids.ids)
        lines = self.env["account.move.line"].search(
            self._get_bill_domain(first, last) & counted
        )
        return lines.move_id, self._sum_billed(lines)

    def _get_bill_domain(self, first, last):
        """Give the domain of lines of bills and credit notes between two days.

        What was credited on claims is not taken off.
        """
        self.ensure_one()
        return self._get_goods_domain() & Domain(
            [
                ("move_id.state", "=", "posted"),
                ("move_id.move_type", "in", ("in_invoice", "in_refund")),
                ("move_id.commercial_partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
                ("date", ">=", max(first, self.date_from or first)),
                ("date", "<=", min(last, self.date_to or last)),
                ("display_type", "=", "product"),
                ("reverse_claim_line_id", "=", False),
            ]
        )

    def _get_goods_domain(self):
        """Give the domain of records about goods that the agreement names."""
        if not self.product_ids and not self.categ_ids:
            return Domain.TRUE
        return Domain("product_id", "in", self.product_ids.ids) | Domain(
            "product_id.categ_id", "child_of", self.categ_ids.ids
        )

    def _sum_billed(self, lines):
        """Sum lines of bills less those of credit notes, before tax."""
        self.ensure_one()
        billed = sum(
            (1 if line.move_id.move_type == "in_invoice" else -1)
            * line.currency_id._convert(
                line.price_subtotal, self.currency_id, self.company_id, line.date
            )
            for line in lines
        )
        return self.currency_id.round(billed)

    def _open_allowance_claim(self, month, bills, base, amount, opener):
        text = self.env._(
            "%(rate)s%% of %(base)s billed until %(month)s (%(count)s bills)",
            rate=f"{self.allowance:g}",
            base=self.currency_id.format(base),
            month=self._say_month(month),
            count=len(bills),
        )
        claim = self.env["reverse.supplier.claim"]._guarded_create(
            [
                {
                    "partner_id": self.partner_id.id,
                    "agreement_id": self.id,
                    "currency_id": self.currency_id.id,
                    "company_id": self.company_id.id,
                    "opened_by_id": opener.id if opener else False,
                    "line_ids": [
                        Command.create(
                            {
                                "kind": "allowance",
                                "name": text,
                                "amount_claimed": amount,
                            }
                        )
                    ],
                }
            ]
        )
        claim._log("SupplierClaimOpened")
        return claim

    def action_view_allowances(self):
        self.ensure_one()
        action = self.env["ir.actions.actions"]._for_xml_id(
            "reverse_logistics_supplier_claims.reverse_supplier_allowance_action"
        )
        return {**action, "domain": [("agreement_id", "=", self.id)], "context": {}}
