from dateutil.relativedelta import relativedelta

from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import format_date

from ...engine import rotation
from ..claimed import Claimed


class ReverseSupplierAgreement(models.Model):
    """Stock rotation: a share of what was bought may go back unsold, for credit.

    What was billed in the last months, before tax, is what the share is of. Goods count
    with the price of their bill, whatever fee is withheld, from the day on which their
    claim is opened; those of claims that were refused or cancelled count no more, and
    of one that was approved in part only that part does.
    """

    _name = "reverse.supplier.agreement"
    _inherit = ["reverse.supplier.agreement", "reverse.touch.mixin"]

    rotation_share = fields.Float(
        "May Be Returned (%)", help="Unsold, of what was billed in these months."
    )
    rotation_months = fields.Integer(
        "Bought Within Months",
        default=6,
        help="Purchases of these last months count, and only goods that came in within "
        "them may be returned.",
    )
    rotation_fee = fields.Float(
        "Restocking Fee (%)", help="Withheld from the price of the bill."
    )
    rotation_order_required = fields.Boolean(
        "Needs a New Order",
        help="A claim is submitted with a confirmed purchase order over at least what "
        "it claims.",
    )
    rotation_bought = fields.Monetary("Billed", compute="_compute_rotation")
    rotation_used = fields.Monetary("Used", compute="_compute_rotation")
    rotation_left = fields.Monetary("Left to Return", compute="_compute_rotation")

    @api.depends(
        "kind", "rotation_share", "rotation_months", "product_ids", "categ_ids"
    )
    def _compute_rotation(self):
        for agreement in self:
            right = agreement._origin._get_rotation_right()
            agreement.rotation_bought = right.bought
            agreement.rotation_used = right.used
            agreement.rotation_left = max(right.left, 0.0)

    @api.constrains("kind", "rotation_share", "rotation_months", "rotation_fee")
    def _check_rotation_terms(self):
        for agreement in self.filtered(lambda one: one.kind == "rotation"):
            if (
                not 0 < agreement.rotation_share <= 100
                or not 0 <= agreement.rotation_fee < 100
                or agreement.rotation_months < 1
                or agreement.is_allowance
            ):
                raise ValidationError(
                    self.env._(
                        "“%(agreement)s”: say how many percent of the purchases of how "
                        "many months may be returned, with a fee below 100%%. It is no "
                        "standing allowance beside.",
                        agreement=agreement.name,
                    )
                )

    # ------------------------------------------------------------------
    # What is left of the right
    # ------------------------------------------------------------------
    def _get_rotation_start(self):
        today = fields.Date.context_today(self)
        return today - relativedelta(months=self.rotation_months)

    def _get_rotation_right(self):
        """Give the ``engine.rotation.Right``, in the currency of the agreement."""
        if self.kind != "rotation":
            return rotation.Right(0.0, 0.0, 0.0)
        start = self._get_rotation_start()
        today = fields.Date.context_today(self)
        # sudo: the sum only, for whoever may read the agreement
        known = self.sudo()
        bought = known._sum_billed(
            self.env["account.move.line"]
            .sudo()
            .search(known._get_bill_domain(start, today))
        )
        return rotation.Right(bought, self.rotation_share, known._sum_rotated(start))

    def _sum_rotated(self, start):
        """Sum what claims since a day return, at the price of the bills."""
        lines = self.env["reverse.supplier.claim.line"].search(
            [
                ("claim_id.agreement_id", "=", self.id),
                ("claim_id.kind", "=", "rotation"),
                ("kind", "=", "goods"),
                ("state", "not in", ("cancelled", "refused")),
                ("create_date", ">=", fields.Datetime.to_datetime(start)),
            ]
        )
        return sum(
            line.currency_id._convert(
                line._get_rotated_value(),
                self.currency_id,
                self.company_id,
                line.create_date.date(),
            )
            for line in lines
        )

    def _check_rotation_left(self):
        """Refuse claims that return more than the right allows.

        Of two users at once, the second sees what the first one returns.
        """
        self._reverse_touch()
        for agreement in self:
            agreement.invalidate_recordset(["reverse_guard"])
            right = agreement._get_rotation_right()
            if agreement.currency_id.compare_amounts(right.used, right.allowed) > 0:
                money = agreement.currency_id.format
                raise UserError(
                    self.env._(
                        "“%(agreement)s”: %(used)s would be returned unsold, but only "
                        "%(allowed)s may be: %(share)s%% of %(bought)s billed since "
                        "%(day)s. Return less.",
                        agreement=agreement.name,
                        used=money(right.used),
                        allowed=money(right.allowed),
                        share=f"{right.share:g}",
                        bought=money(right.bought),
                        day=format_date(self.env, agreement._get_rotation_start()),
                    )
                )

    # ------------------------------------------------------------------
    # What may be returned
    # ------------------------------------------------------------------
    def action_rotate(self):
        """Open the form in which the goods are chosen that go back unsold."""
        self.env["reverse.supplier.claim"]._check_duty("claims")
        self.ensure_one()
        self.check_access("read")
        choice = self.env["reverse.supplier.rotation"].create(
            {
                "agreement_id": self.id,
                "line_ids": [Command.create(vals) for vals in self._find_rotatable()],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Return Unsold Goods"),
            "res_model": choice._name,
            "res_id": choice.id,
            "view_mode": "form",
            "target": "new",
        }

    def _find_rotatable(self):
        """Find what of the agreement's goods is on hand and came in these months.

        :return: values of ``reverse.supplier.rotation.line``
        """
        # sudo: who claims need not have stock and purchases; goods of this supplier
        receipts = self.sudo()._read_rotatable_receipts()
        quants = self.env["stock.quant"].sudo()
        quants = quants.search(
            [
                ("company_id", "=", self.company_id.id),
                ("product_id", "in", [product.id for product, _lot in receipts]),
                ("location_id.usage", "=", "internal"),
                ("location_id.warehouse_id", "!=", False),
                ("owner_id", "=", False),
                ("quantity", ">", 0),
            ],
            order="product_id, in_date desc, id",
        )
        waiting = self.env["reverse.supplier.claim.line"]._read_waiting(
            quants.location_id
        )
        free = {}
        for quant in quants:
            key = quant.product_id, quant.lot_id, quant.location_id
            claimed = min(waiting.get(key, 0.0), max(quant.available_quantity, 0.0))
            waiting[key] = waiting.get(key, 0.0) - claimed
            free[quant] = quant.available_quantity - claimed
        return [
            {
                "product_id": quant.product_id.id,
                "lot_id": quant.lot_id.id,
                "location_id": quant.location_id.id,
                "receipt_move_id": receipt.id,
                "available": quantity,
            }
            for quant in quants
            for receipt, quantity in rotation.place(
                free[quant],
                receipts.get((quant.product_id, quant.lot_id), ()),
                quant.product_id.uom_id.rounding,
            )
        ]

    def _read_rotatable_receipts(self):
        """Read what came in and neither went back nor is claimed.

        :return: ``{(product, lot): [engine.rotation.Lot, the latest first]}``
        """
        start = fields.Datetime.to_datetime(self._get_rotation_start())
        domain = Domain(
            [
                ("state", "=", "done"),
                ("company_id", "=", self.company_id.id),
                ("location_id.usage", "=", "supplier"),
                ("move_id.purchase_line_id.partner_id", "child_of", self.partner_id.id),
                ("move_id.reverse_done_at", ">=", start),
                # Consigned goods are not ours to return.
                ("owner_id", "=", False),
            ]
        )
        came = self.env["stock.move.line"].search(domain & self._get_goods_domain())
        lines = self.env["reverse.supplier.claim.line"]
        gone, _sent = lines._read_returns(came.move_id)
        found = {}
        by_move = came.grouped(lambda line: (line.move_id, line.lot_id))
        for (move, lot), lines in sorted(
            by_move.items(),
            key=lambda item: (item[0][0].reverse_done_at, item[0][0].id),
            reverse=True,
        ):
            left = sum(lines.mapped("quantity_product_uom")) - gone.get(
                (move, lot), 0.0
            )
            found.setdefault((move.product_id, lot), []).append(
                rotation.Lot(move, left)
            )
        return found

    # ------------------------------------------------------------------
    # Opening claims
    # ------------------------------------------------------------------
    def _open_rotation_claims(self, chosen):
        """Open a claim on these goods for each currency in which they were bought.

        :param list chosen: ``(product, lot, location, receipt, quantity)`` of each
        """
        self.ensure_one()
        groups = {}
        for goods in chosen:
            currency = goods[3].purchase_line_id.currency_id
            groups.setdefault(currency, []).append(goods)
        purchases = self.env["purchase.order.line"].union(
            *(goods[3].purchase_line_id for goods in chosen)
        )
        bills = purchases._read_reverse_bills()
        claims = self.env["reverse.supplier.claim"]._guarded_create(
            [
                {
                    "partner_id": self.partner_id.id,
                    "agreement_id": self.id,
                    "currency_id": currency.id,
                    "company_id": self.company_id.id,
                    "opened_by_id": self.env.uid,
                    "line_ids": [
                        Command.create(
                            self._prepare_rotated(
                                *goods, currency=currency, bills=bills
                            )
                        )
                        for goods in own
                    ],
                }
                for currency, own in groups.items()
            ]
        )
        self._check_rotation_left()
        claims._log("SupplierClaimOpened")
        return claims

    def _prepare_rotated(
        self, product, lot, location, receipt, quantity, currency, bills
    ):
        """Give the values of a line: at the price of the bill, less the fee."""
        today = fields.Date.context_today(self)
        source = self.env["reverse.supplier.claim.line"]._prepare_source(
            Claimed(self.company_id, product, quantity, found_on=today),
            receipt,
            True,
            self,
            currency,
            self.kind,
            bills,
        )
        price = source["quantity"] * source["unit_cost"]
        return {
            **source,
            "kind": "goods",
            "product_id": product.id,
            "lot_id": lot.id,
            "stock_location_id": location.id,
            "amount_claimed": currency.round(price * (1 - self.rotation_fee / 100)),
        }
