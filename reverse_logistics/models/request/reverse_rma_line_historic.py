from odoo import api, fields, models

from ...engine import allocation, transitions


class ReverseRmaLine(models.Model):
    """Goods sold before Odoo was in use: a historic sale takes the delivery's place."""

    _inherit = "reverse.rma.line"

    historic_sale_id = fields.Many2one(
        "reverse.historic.sale",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        help="The sale of the time before Odoo that these goods were part of.",
    )

    @api.depends("historic_sale_id")
    def _compute_from_source(self):
        for line in self.filtered("historic_sale_id"):
            sale = line.historic_sale_id
            # once requested, a sale of something else is refused instead
            if not line.product_id or line.state in (False, "draft"):
                line.product_id = sale.product_id
            uom = line.uom_id
            if not (uom and uom._has_common_reference(sale.uom_id)):
                line.uom_id = sale.uom_id
        return super()._compute_from_source()

    @api.constrains("historic_sale_id")
    def _check_historic_sale(self):
        self._check_source()

    @api.model
    def _get_source_fields(self):
        return super()._get_source_fields() | {"historic_sale_id"}

    def _find_product_problem(self):
        problem = super()._find_product_problem()
        sale = self.historic_sale_id
        if problem or not sale:
            return problem
        if self.move_id or self.sale_line_id:
            return self.env._(
                "%(line)s names an order and a historic sale: leave one of them out.",
                line=self.display_name,
            )
        if self.product_id != sale.product_id:
            return self.env._(
                "%(line)s does not match the product of its source.",
                line=self.display_name,
            )
        if sale.lot_id and self.lot_id and sale.lot_id != self.lot_id:
            return self.env._(
                "The old invoice %(invoice)s sold %(lot)s, not %(other)s.",
                invoice=sale.invoice_name,
                lot=sale.lot_id.name,
                other=self.lot_id.name,
            )
        return False

    def _find_owner_problem(self):
        problem = super()._find_owner_problem()
        owner = self.historic_sale_id.commercial_partner_id
        if not problem and owner and owner != self.partner_id.commercial_partner_id:
            return self.env._(
                "%(document)s belongs to another customer than %(partner)s.",
                document=self.historic_sale_id.invoice_name,
                partner=self.partner_id.display_name,
            )
        return problem

    def _find_delivery_problem(self):
        # sudo: whoever gets the message need not read the return of before
        sale = self.move_id.sudo().reverse_rma_line_id.historic_sale_id
        if not sale:
            return super()._find_delivery_problem()
        return self.env._(
            "%(product)s replaced goods of the old invoice %(invoice)s, which were not "
            "delivered with Odoo. Cancel this transfer, and enter a return of the old "
            "invoice to receive them.",
            product=self.product_id.display_name,
            invoice=sale.invoice_name,
        )

    # ------------------------------------------------------------------
    # Source
    # ------------------------------------------------------------------
    def _is_sourced(self):
        return super()._is_sourced() or bool(self.historic_sale_id)

    def _get_delivered_on(self):
        # sudo: the date of the customer's own purchase
        return super()._get_delivered_on() or self.sudo().historic_sale_id.date or None

    def _get_starts(self, wanted):
        """The only day known of an old sale is that of its invoice."""
        starts = super()._get_starts(wanted)
        # sudo: as above
        for line in self.sudo().filtered("historic_sale_id"):
            starts[line.with_env(self.env)] = dict.fromkeys(
                wanted, line.historic_sale_id.date
            )
        return starts

    def _evaluate(self, versions):
        verdicts = super()._evaluate(versions)
        for line in self:
            # sudo: who entered the sale
            unconfirmed = line.sudo().historic_sale_id.filtered(
                lambda sale: not sale.confirmed
            )
            if unconfirmed and verdicts[line]["decision"] != "refuse":
                verdicts[line] |= {
                    "decision": "review",
                    "decision_code": "manual",
                    "explanation": self.env._(
                        "This sale was entered by hand for the return: a person checks "
                        "it."
                    ),
                }
        return verdicts

    def _authorize(self):
        res = super()._authorize()
        # sudo: whoever authorized the return has confirmed the sale it names
        self.sudo().historic_sale_id.filtered(lambda s: not s.confirmed).write(
            {"confirmed": True}
        )
        return res

    def _check_over_return(self):
        res = super()._check_over_return()
        # sudo: the limit counts whoever asks
        self.sudo().historic_sale_id._check_over_return()
        return res

    def _get_source_claim(self):
        """What this line takes of its source, in the product's unit.

        What it asks for or has on its receipts, less what went back to the customer.
        """
        self.ensure_one()
        receipts = self.move_ids.filtered(
            lambda m: m.state != "cancel" and m._is_reverse_receipt()
        )
        moved = sum(part[1] for move in receipts for part in move._get_reverse_parts())
        wanted = 0.0
        if self.state in transitions.LIVE:
            wanted = self.quantity if self.state == "requested" else self.qty_authorized
            wanted = self._in_product_uom(wanted - self.qty_closed_short)
        sent = (
            self.inspection_ids.move_ids | self.settlement_line_ids.replacement_move_ids
        )
        sent = sent.filtered(
            lambda m: m.state == "done" and m.location_dest_id._is_outgoing()
        )
        back = sum(part[1] for move in sent for part in move._get_reverse_parts())
        return max(wanted, moved) - back

    def _get_unclaimed_quantity(self):
        # sudo: the limit counts whoever asks
        sale = self.sudo().historic_sale_id
        if not sale:
            return super()._get_unclaimed_quantity()
        sale._reverse_touch()
        return sale._get_returnable()[sale]

    # ------------------------------------------------------------------
    # Product and quantity only: sales of the past are supplies, too
    # ------------------------------------------------------------------
    def _find_deliveries(self, preview=False):
        for line in self.filtered(lambda line: not line.lot_id):
            lot = line.sudo().historic_sale_id.lot_id  # sudo: what was sold
            if lot:
                line._guarded_write({"lot_id": lot.id})
        return super()._find_deliveries(preview)

    def _get_candidate_sales(self):
        """Find the historic sales that this line may be of, newest first."""
        # sudo: customer service asks for goods back, whoever imported the sale
        sales = (
            self.env["reverse.historic.sale"]
            .sudo()
            .search(
                [
                    ("product_id", "=", self.product_id.id),
                    ("company_id", "=", self.company_id.id),
                    (
                        "commercial_partner_id",
                        "=",
                        self.rma_id.commercial_partner_id.id,
                    ),
                    ("confirmed", "=", True),
                ]
            )
        )
        if self.lot_id:
            return sales.filtered(lambda sale: sale.lot_id == self.lot_id)
        return sales

    def _get_supplies(self, policy, candidates, free, free_lots):
        supplies = super()._get_supplies(policy, candidates, free, free_lots)
        if self.sale_line_id:
            return supplies
        sales = self._get_candidate_sales()
        if not sales:
            return supplies
        sales._reverse_touch()
        for sale, quantity in sales._get_returnable().items():
            free.setdefault((sale._get_credit_key(), False), quantity)
        found = [
            allocation.Supply(
                sale._get_credit_key(),
                free[sale._get_credit_key(), False],
                sale._get_unit_price(),
            )
            for sale in sales
        ]
        # Whatever was sold before Odoo is older than what left with it.
        found = allocation.prefer(found, policy.allocation)
        if policy.allocation == "oldest":
            return found + supplies
        if policy.allocation == "lowest_price":
            return allocation.prefer(supplies + found, policy.allocation)
        return supplies + found

    def _prepare_source(self, key):
        if not isinstance(key, tuple):
            return {**super()._prepare_source(key), "historic_sale_id": False}
        sale = self.env["reverse.historic.sale"].sudo().browse(key[1])  # sudo: its lot
        return {
            **super()._prepare_source(False),
            "historic_sale_id": sale.id,
            "lot_id": self.lot_id.id or sale.lot_id.id,
        }

    def _event_data(self):
        data = super()._event_data()
        for values, line in zip(data, self, strict=True):
            if line.historic_sale_id:
                values["historic_sale"] = line.historic_sale_id.id
        return data

    # ------------------------------------------------------------------
    # Credit
    # ------------------------------------------------------------------
    def _get_credit_ledger(self):
        ledger = super()._get_credit_ledger()
        self.historic_sale_id._add_to_ledger(ledger)
        return ledger

    def _get_credit_currency(self):
        # sudo: currency only
        return (
            super()._get_credit_currency() or self.sudo().historic_sale_id.currency_id
        )
