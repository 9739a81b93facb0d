from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine.settlement import InvoiceLine


class ReverseDeposit(models.Model):
    """What a customer can still claim for one invoiced deposit.

    Posting an invoice that charges a deposit creates it. Its quantities follow the
    documents: the workflow, and the posting of invoices and credit notes, recompute
    them.
    """

    _name = "reverse.deposit"
    _inherit = ["reverse.guarded.mixin", "reverse.touch.mixin"]
    _description = "Deposit Entitlement"
    _order = "date, id"
    _check_company_auto = True
    _rec_names_search = ["invoice_line_id.move_id.name", "partner_id"]
    _once = models.Constraint(
        "UNIQUE (invoice_line_id)", "This invoice line already has an entitlement."
    )

    type_id = fields.Many2one(
        "reverse.deposit.type",
        "Deposit Type",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        guarded=True,
    )
    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        required=True,
        index=True,
        ondelete="restrict",
        guarded=True,
    )
    invoice_line_id = fields.Many2one(
        "account.move.line",
        required=True,
        index=True,
        ondelete="cascade",
        guarded=True,
    )
    invoice_id = fields.Many2one(
        related="invoice_line_id.move_id", string="Invoice", store=True, index=True
    )
    company_id = fields.Many2one(
        related="invoice_line_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="invoice_line_id.currency_id", store=True)
    product_id = fields.Many2one(
        related="invoice_line_id.product_id", string="Deposit", store=True
    )
    date = fields.Date("Invoiced on", required=True, readonly=True, guarded=True)
    expiry_date = fields.Date("Valid until", readonly=True, index=True, guarded=True)
    quantity = fields.Float(
        "Charged", digits="Product Unit", readonly=True, guarded=True
    )
    qty_credited = fields.Float(
        "Credited by Hand",
        digits="Product Unit",
        readonly=True,
        help="By credit notes that were made without a return.",
        guarded=True,
    )
    qty_refunded = fields.Float(
        "Refunded",
        digits="Product Unit",
        readonly=True,
        help="By returns.",
        guarded=True,
    )
    qty_left = fields.Float("Left", digits="Product Unit", readonly=True, guarded=True)
    amount_left = fields.Monetary(
        "Value Left",
        readonly=True,
        help="Net, of what is left.",
        guarded=True,
    )

    @api.depends("type_id", "invoice_id.name")
    def _compute_display_name(self):
        for deposit in self:
            # sudo: only the number of the invoice is read
            number = deposit.sudo().invoice_id.name
            deposit.display_name = f"{deposit.type_id.name}: {number}"

    # ------------------------------------------------------------------
    # Balance
    # ------------------------------------------------------------------
    @api.model
    def _find_open(self, kind, partner, company, day):
        """Find entitlements with something left on a day, oldest first."""
        # sudo: whoever takes goods back may know what the customer can claim
        return self.sudo().search(
            [
                ("type_id", "=", kind.id),
                ("partner_id", "=", partner.id),
                ("company_id", "=", company.id),
                ("qty_left", ">", 0),
                "|",
                ("expiry_date", "=", False),
                ("expiry_date", ">=", day),
            ]
        )

    # ------------------------------------------------------------------
    # Documents
    # ------------------------------------------------------------------
    @api.model
    def _create_for(self, invoice_lines):
        """Create entitlements for posted invoice lines that charge a deposit."""
        # sudo: whoever posts an invoice need not have a role in returns
        known = self.sudo().search([("invoice_line_id", "in", invoice_lines.ids)])
        vals_list = []
        for line in invoice_lines - known.invoice_line_id:
            kind = self.env["reverse.deposit.type"]._get_for_line(line)
            day = line.move_id.invoice_date or line.date
            valid = kind.validity_days
            vals_list.append(
                {
                    "type_id": kind.id,
                    "partner_id": line.move_id.commercial_partner_id.id,
                    "invoice_line_id": line.id,
                    "date": day,
                    "expiry_date": valid and day + timedelta(days=valid),
                }
            )
        return known | self._guarded_create(vals_list)

    def _update_amounts(self):
        """Recompute what the documents say of these entitlements."""
        # sudo: all documents count, whoever may read them
        deposits = self.sudo()._get_family()
        if not deposits:
            return
        deposits._reverse_touch()
        refunded = defaultdict(float)
        for line in deposits._get_settled(("released",)):
            refunded[line.deposit_id] += line._get_deposit_quantity()
        credited = deposits._spread_hand_credits()
        for deposit in deposits:
            charged = deposit._get_charged()
            left = max(charged - credited[deposit] - refunded[deposit], 0.0)
            price = deposit.invoice_line_id.price_subtotal
            deposit._guarded_write(
                {
                    "quantity": charged,
                    "qty_credited": credited[deposit],
                    "qty_refunded": refunded[deposit],
                    "qty_left": left,
                    "amount_left": charged and price * left / charged,
                }
            )

    def _get_family(self):
        """Add entitlements of the same invoices and order lines.

        A credit note can name the invoice or only the order line.
        """
        lines = self.invoice_line_id
        domain = Domain("invoice_id", "in", self.invoice_id.ids)
        if lines.sale_line_ids:
            domain |= Domain(
                "invoice_line_id.sale_line_ids", "in", lines.sale_line_ids.ids
            )
        return self.search(domain & Domain("product_id", "in", self.product_id.ids))

    def _get_charged(self):
        """Give what was charged, in the deposit product's unit."""
        line = self.invoice_line_id
        if line.parent_state != "posted":
            return 0.0
        return line.product_uom_id._compute_quantity(
            line.quantity, line.product_id.uom_id, rounding_method="HALF-UP"
        )

    def _spread_hand_credits(self):
        """Spread credits without a return over the entitlements, oldest first.

        :return: ``{entitlement: credited quantity}`` in the deposit product's unit
        """
        credited = defaultdict(float)
        for move, lines in self._get_hand_credits().grouped("move_id").items():
            for product, group in lines.grouped("product_id").items():
                left = sum(line._get_deposit_units() for line in group)
                left -= sum(
                    line._get_deposit_units()
                    for line in move.reversal_move_ids.invoice_line_ids
                    if line.parent_state == "posted" and line.product_id == product
                )
                for deposit in self._find_credited(group):
                    taken = min(left, deposit._get_charged() - credited[deposit])
                    credited[deposit] += max(taken, 0.0)
                    left -= max(taken, 0.0)
        return credited

    def _find_credited(self, lines):
        """Find the entitlements that lines of one credit note take back."""
        origin = lines.move_id.reversed_entry_id
        return self.filtered(
            lambda d: (
                d.product_id == lines.product_id
                and (
                    d.invoice_id == origin
                    if origin
                    else d.invoice_line_id.sale_line_ids & lines.sale_line_ids
                )
            )
        ).sorted(lambda d: (d.date, d.id))

    def _get_hand_credits(self):
        """Give posted lines that take these deposits back, without a return."""
        named = Domain("move_id.reversed_entry_id", "in", self.invoice_id.ids)
        order_lines = self.invoice_line_id.sale_line_ids
        if order_lines:
            named |= Domain("move_id.reversed_entry_id", "=", False) & Domain(
                "sale_line_ids", "in", order_lines.ids
            )
        lines = self.env["account.move.line"].search(
            named
            & Domain("parent_state", "=", "posted")
            & Domain("display_type", "=", "product")
            & Domain("product_id", "in", self.product_id.ids)
            & Domain("reverse_settlement_line_id", "=", False),
            order="id",
        )
        return lines.filtered(lambda line: line._is_reverse_credit())

    # ------------------------------------------------------------------
    # Refund
    # ------------------------------------------------------------------
    def _get_settled(self, states):
        return self.env["reverse.settlement.line"].search(
            [
                ("deposit_id", "in", self.ids),
                ("settlement_id.state", "in", states),
                ("kind", "!=", "value"),
            ]
        )

    def _get_credit_key(self):
        self.ensure_one()
        return (self._name, self.id)

    def _add_to_ledger(self, ledger):
        """Add to a ledger what these entitlements still give, less what is proposed."""
        deposits = self.sudo()  # sudo: as for order lines
        self.env.flush_all()
        deposits._reverse_touch()
        # The ledger of the order also knows the discounts of the order.
        orders = deposits.invoice_line_id.sale_line_ids._get_credit_ledger()
        for key, line in orders.lines.items():
            ledger.lines.setdefault(key, line)
        for deposit in deposits:
            line = deposit.invoice_line_id
            if line.id not in ledger.lines:
                ledger.lines[line.id] = deposit._to_ledger_line()
            ledger.surplus[deposit._get_credit_key()] = deposit.qty_left
        for line in deposits._get_settled(("draft", "submitted", "approved")):
            ledger.surplus[line.deposit_id._get_credit_key()] -= (
                line._get_deposit_quantity()
            )
            ledger.lines[line.origin_line_id.id].book(
                line._get_order_quantity(), ledger.step, line.credit_amounts
            )

    def _to_ledger_line(self):
        """Give the ledger line of an invoice without an order.

        What the entitlement has used up counts as credited.
        """
        line = self.invoice_line_id
        result = InvoiceLine(
            key=line.id,
            order_line=self._get_credit_key(),
            document=line.move_id.id,
            quantity=line.quantity,
            parts=line.move_id._get_reverse_parts()[line.id],
            step=line.currency_id.rounding,
        )
        used = self.quantity - self.qty_left
        result.book(
            line.product_id.uom_id._compute_quantity(
                used, line.product_uom_id, round=False
            ),
            self.env["sale.order.line"]._get_reverse_step(),
        )
        return result

    def _check_left(self, settlements):
        """Refuse to refund more than is left: some may be credited by hand by now."""
        self._update_amounts()
        wanted = defaultdict(float)
        for line in settlements.line_ids.filtered(lambda r: r.kind != "value"):
            wanted[line.deposit_id] += line._get_deposit_quantity()
        for deposit in self:
            uom = deposit.product_id.uom_id
            if uom.compare(wanted[deposit], deposit.qty_left) > 0:
                self.env["reverse.refusal"]._note("over_credit", deposit.company_id)
                raise UserError(
                    self.env._(
                        "%(deposit)s: %(wanted).12g would be refunded, but the "
                        "balance is %(left).12g. Cancel the settlement and propose "
                        "it again.",
                        deposit=deposit.display_name,
                        wanted=wanted[deposit],
                        left=deposit.qty_left,
                    )
                )
