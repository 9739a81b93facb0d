from odoo import models
from odoo.exceptions import UserError


class AccountMove(models.Model):
    """Invoices entitle to the deposits they charge; credit notes take that back."""

    _inherit = "account.move"

    def _get_reverse_deposit_lines(self):
        """Lines of sales documents that charge a deposit or take one back."""
        types = self.env["reverse.deposit.type"]
        if not types._get_product_types():
            return self.env["account.move.line"]
        return self.invoice_line_ids.filtered(
            lambda line: (
                line.display_type == "product"
                and line.move_id.move_type in ("out_invoice", "out_refund")
                and types._get_for_line(line)
            )
        )

    def _get_reverse_deposits(self):
        """Entitlements that these documents charge or take back."""
        # sudo: the balance does not depend on who keeps the books
        deposits = self.env["reverse.deposit"].sudo()
        lines = self._get_reverse_deposit_lines().sudo()
        if not lines:
            return deposits
        # a counter-document takes back what a credit note took
        moves = lines.move_id | lines.move_id.reversed_entry_id
        moves |= moves.reversed_entry_id
        return deposits.search(
            [
                "|",
                ("invoice_id", "in", moves.ids),
                ("invoice_line_id.sale_line_ids", "in", lines.sale_line_ids.ids),
            ]
        )

    def _sync_reverse_deposits(self):
        lines = self._get_reverse_deposit_lines().filtered(
            lambda line: (
                line.parent_state == "posted"
                and line.move_id.move_type == "out_invoice"
                and not line.move_id.reversed_entry_id
                and line.quantity > 0
            )
        )
        # sudo: entitlements follow from the posted invoice
        deposits = self.env["reverse.deposit"].sudo()
        if lines:
            deposits |= deposits._create_for(lines.sudo())  # sudo: as above
        (deposits | self._get_reverse_deposits())._update_amounts()

    def _check_reverse_deposits(self):
        """Refuse to credit by hand what returns have refunded.

        :raises UserError: naming invoice and quantities
        """
        # sudo: every credit of a deposit counts, whoever posts it
        lines = (
            self._get_reverse_deposit_lines()
            .sudo()
            .filtered(
                lambda line: (
                    line._is_reverse_credit() and not line.reverse_settlement_line_id
                )
            )
        )
        if not lines:
            return
        self._get_reverse_deposits()._update_amounts()
        left = {}
        for line in lines:
            deposits = line.move_id._get_reverse_deposits()._find_credited(line)
            wanted = line._get_deposit_units()
            free = sum(left.setdefault(d, d.qty_left) for d in deposits)
            if deposits and line.product_id.uom_id.compare(wanted, free) > 0:
                raise UserError(
                    self.env._(
                        "%(deposits)s: %(wanted).12g would be credited, but the "
                        "balance is %(left).12g; returns have refunded the rest. "
                        "Lower the quantity.",
                        deposits=", ".join(deposits.mapped("display_name")),
                        wanted=wanted,
                        left=free,
                    )
                )
            for deposit in deposits:
                taken = min(wanted, left[deposit])
                left[deposit] -= taken
                wanted -= taken


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _get_deposit_units(self):
        """Quantity of a deposit, in the deposit's own unit."""
        self.ensure_one()
        return abs(
            self.product_uom_id._compute_quantity(
                self.quantity, self.product_id.uom_id, rounding_method="HALF-UP"
            )
        )
