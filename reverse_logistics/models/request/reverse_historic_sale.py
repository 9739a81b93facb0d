from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine import intake
from ...engine.settlement import GOODS, InvoiceLine, Part, add
from ..base.reverse_guarded_mixin import unless_uninstalling

# What a return relies on once it names the sale.
_FIXED = {
    "company_id",
    "invoice_name",
    "date",
    "partner_id",
    "product_id",
    "lot_id",
    "lot_name",
    "quantity",
    "uom_id",
    "currency_id",
    "price_unit",
    "discount",
    "tax_ids",
    "cost",
}
# Prices and quantities are smaller; what is larger is a number of something else.
MAX_AMOUNT = 1e12
# What limits the credit follows from the rest, whatever a client sends.
_COMPUTED = {"amount", "commercial_partner_id"}


def _is_amount(cell):
    """Whether a cell holds nothing, or a number of the size of prices."""
    try:
        return not cell or abs(float(cell)) < MAX_AMOUNT
    except (TypeError, ValueError):
        return False


class ReverseHistoricSale(models.Model):
    """One row of an invoice of the time before Odoo: what was sold, when and for what.

    It takes the place of delivery and invoice for a return that names it: no more comes
    back of it than was sold, and no more is credited. Administrators import sales;
    customer service enters one for a return, and authorizing that confirms it. Once a
    return relies on it, nothing of it changes.
    """

    _name = "reverse.historic.sale"
    _inherit = ["reverse.sold.mixin", "reverse.touch.mixin", "reverse.word.mixin"]
    _description = "Historic Sale"
    _order = "date desc, id desc"
    _rec_names_search = ["invoice_name", "product_id", "lot_id"]
    _check_company_auto = True
    _reverse_words = tuple(sorted(_FIXED))
    _once = models.UniqueIndex(
        "(company_id, invoice_name, product_id, COALESCE(lot_id, 0))",
        "This old invoice has a row with the same product and lot already. Put both "
        "quantities into one row.",
    )
    _quantity_positive = models.Constraint(
        "CHECK (quantity > 0)", "The quantity sold must be above zero."
    )
    _price_not_negative = models.Constraint(
        "CHECK (price_unit >= 0)", "The price cannot be negative."
    )
    _discount_valid = models.Constraint(
        "CHECK (discount >= 0 AND discount <= 100)",
        "The discount must lie between 0 and 100 %.",
    )
    _cost_not_negative = models.Constraint(
        "CHECK (cost >= 0)", "The cost cannot be negative."
    )

    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    invoice_name = fields.Char(
        "Old Invoice",
        required=True,
        index="trigram",
        help="Its number in the system of that time; credit notes name it.",
    )
    date = fields.Date(
        required=True,
        index=True,
        help="When the goods were delivered; the return window counts from here.",
    )
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, check_company=True
    )
    commercial_partner_id = fields.Many2one(
        related="partner_id.commercial_partner_id", store=True, index=True
    )
    # Who bought, and what the goods are, when the sale was entered.
    reverse_agreed = fields.Json(compute="_compute_reverse_agreed", store=True)
    product_id = fields.Many2one(
        "product.product",
        required=True,
        index=True,
        check_company=True,
        ondelete="restrict",
        domain="[('type', '=', 'consu')]",
    )
    tracking = fields.Selection(related="product_id.tracking")
    lot_id = fields.Many2one(
        "stock.lot",
        "Lot/Serial",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        domain="[('product_id', '=', product_id)]",
    )
    lot_name = fields.Char(
        "Lot or Serial Name",
        help="Instead of an existing lot or serial number; it is created if needed.",
    )
    quantity = fields.Float(digits="Product Unit", default=1.0, required=True)
    uom_id = fields.Many2one(
        "uom.uom",
        "Unit",
        required=True,
        compute="_compute_uom_id",
        store=True,
        readonly=False,
        precompute=True,
    )
    currency_id = fields.Many2one(
        "res.currency",
        required=True,
        default=lambda self: self.env.company.currency_id,
    )
    company_currency_id = fields.Many2one(
        related="company_id.currency_id", string="Company Currency"
    )
    price_unit = fields.Float(
        "Price",
        min_display_digits="Product Price",
        help="Of one unit, in the terms of the taxes.",
    )
    discount = fields.Float("Discount (%)", digits="Discount")
    tax_ids = fields.Many2many(
        "account.tax",
        string="Taxes",
        check_company=True,
        domain="[('type_tax_use', '=', 'sale')]",
        # those that are archived today were billed all the same
        context={"active_test": False},
    )
    amount = fields.Monetary(
        compute="_compute_amount", store=True, help="After discount."
    )
    cost = fields.Monetary(
        "Unit Cost",
        currency_field="company_currency_id",
        help="What one unit was worth to us when it was sold: returned goods are "
        "valued at it, and their cost of goods is taken back at it.",
    )
    confirmed = fields.Boolean(
        default=True,
        readonly=True,
        copy=False,
        help="Sales that customer service entered for a return are confirmed by the "
        "approver who authorizes it.",
    )
    by_hand = fields.Boolean(
        "Entered for a Return",
        readonly=True,
        copy=False,
        help="Customer service entered it for a return: persons credit what it says.",
    )
    rma_line_ids = fields.One2many("reverse.rma.line", "historic_sale_id", "Returns")
    qty_claimed = fields.Float(
        "Returned",
        digits="Product Unit",
        compute="_compute_claimed",
        compute_sudo=True,
        help="Already back, or requested by a return.",
    )
    qty_returnable = fields.Float(
        "Returnable",
        digits="Product Unit",
        compute="_compute_claimed",
        compute_sudo=True,
    )
    rma_count = fields.Integer(compute="_compute_claimed", compute_sudo=True)

    @api.depends("invoice_name", "product_id", "date")
    def _compute_display_name(self):
        for sale in self:
            product = sale.product_id.display_name or ""
            sale.display_name = f"{sale.invoice_name or ''}: {product}"

    @api.depends("partner_id", "product_id")
    def _compute_reverse_agreed(self):
        goods = self.env["sale.order.line"].with_context(active_test=False)
        for sale in self:
            sale.reverse_agreed = {
                **sale._describe_reverse_sale(),
                "goods": goods._describe_reverse_goods(sale.product_id),
            }

    def _is_address(self, partner):
        """Whether this is where the goods were sold to, as it was then."""
        self.ensure_one()
        place = partner._get_reverse_place()
        return partner == self.partner_id and place == self.reverse_agreed["place"]

    @api.depends("product_id")
    def _compute_uom_id(self):
        for sale in self:
            uom = sale.product_id.uom_id
            if not (sale.uom_id and uom and sale.uom_id._has_common_reference(uom)):
                sale.uom_id = uom

    @api.depends("quantity", "price_unit", "discount", "currency_id")
    def _compute_amount(self):
        for sale in self:
            amount = sale.quantity * sale.price_unit * (1 - sale.discount / 100.0)
            sale.amount = sale.currency_id.round(amount)

    @api.depends("rma_line_ids.state", "quantity")
    def _compute_claimed(self):
        for sale in self:
            claimed = sum(line._get_source_claim() for line in sale.rma_line_ids)
            sale.qty_claimed = sale.product_id.uom_id._compute_quantity(
                claimed, sale.uom_id, rounding_method="HALF-UP"
            )
            sale.qty_returnable = max(sale.quantity - sale.qty_claimed, 0.0)
            sale.rma_count = len(sale.rma_line_ids.rma_id)

    # ------------------------------------------------------------------
    # What is imported has to fit together
    # ------------------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        line = self._get_line_to_name()
        if line and not self._is_import() and len(vals_list) > 1:
            raise UserError(self.env._("Enter one old sale for this line."))
        self._refuse_computed(*vals_list)
        vals_list = [
            {
                **self._complete_lot(vals),
                "confirmed": self._is_import(),
                "by_hand": not self._is_import(),
            }
            for vals in vals_list
        ]
        sales = super().create(vals_list)
        if line:
            line.historic_sale_id = sales[:1]
        return sales

    @api.model
    def _is_import(self):
        """Entered by an administrator; others enter sales for a return only."""
        return self.env.su or self.env.user.has_group(
            "reverse_logistics.group_administrator"
        )

    @api.model
    def _get_line_to_name(self):
        """The line of a return for which the sale is entered.

        :raises UserError: when somebody who may not import enters one for nothing
        """
        line = self.env["reverse.rma.line"].browse(
            self.env.context.get("reverse_for_line") or ()
        )
        if line.exists() and line.state == "requested" and not line._is_sourced():
            return line
        if not self._is_import():
            raise UserError(
                self.env._(
                    "Sales of the past are imported by an administrator. For a single "
                    "return, use “Enter the Old Sale” on its exception."
                )
            )
        return line.browse()

    @api.model
    def load(self, fields, data):
        """Import rows, unless they are no text: anything can be called CSV."""
        problem = self._find_import_problem(fields, data)
        if problem:
            return {"ids": False, "messages": [{"type": "error", **problem}]}
        return super().load(fields, data)

    @api.model
    def _find_import_problem(self, names, data):
        """Say in which row something stands that no sale can hold, if it does."""
        for number, row in enumerate(data):
            for name, cell in zip(names, row, strict=False):
                field = self._fields.get(name)
                if isinstance(cell, str) and "\0" in cell:
                    return {
                        "message": self.env._(
                            "This file is not a list. Choose an XLSX or CSV file."
                        )
                    }
                if not field or field.type not in ("float", "monetary"):
                    continue
                if not _is_amount(cell):
                    return {
                        "message": self.env._(
                            "“%(text)s” is not a number that a sale can have.",
                            text=intake.shorten(str(cell)),
                        ),
                        "field": name,
                        "record": number,
                        "rows": {"from": number, "to": number},
                    }
        return None

    def write(self, vals):
        if {"confirmed", "by_hand"} & set(vals) and not self.env.su:
            raise UserError(
                self.env._(
                    "A sale is confirmed by authorizing the return that names it."
                )
            )
        self._refuse_computed(vals)
        if _FIXED & set(vals):
            self._check_unused()
        for sale in self if vals.get("lot_name") else ():
            completed = {"product_id": sale.product_id.id, **vals}
            super(ReverseHistoricSale, sale).write(
                {**vals, "lot_id": sale._complete_lot(completed).get("lot_id")}
            )
        if vals.get("lot_name"):
            return True
        return super().write(vals)

    @unless_uninstalling
    def _unlink_except_used(self):
        used = self.filtered("rma_line_ids")
        if used:
            raise UserError(
                self.env._(
                    "%(sale)s is named by a return and has to stay. Archive it if "
                    "nothing more of it is to come back.",
                    sale=used[0].display_name,
                )
            )

    @api.model
    def _refuse_computed(self, *vals_list):
        for name in _COMPUTED & {name for vals in vals_list for name in vals}:
            raise UserError(
                self.env._(
                    "%(field)s is calculated from the other columns: leave it out.",
                    field=self._fields[name].string,
                )
            )

    def _check_unused(self):
        """Refuse to change what a return relies on."""
        for sale in self:
            # sudo: returns of every user count
            lines = sale.sudo().rma_line_ids.filtered(
                lambda line: line.state in ("requested", "authorized", "done")
            )
            if lines:
                raise UserError(
                    self.env._(
                        "%(sale)s can no longer be changed: %(rma)s takes goods of it "
                        "back.",
                        sale=sale.display_name,
                        rma=lines[0].rma_id.name,
                    )
                )

    @api.model
    def _complete_lot(self, vals):
        """Find the lot of this name, or note it: it left before Odoo knew of it."""
        name = (vals.get("lot_name") or "").strip()
        product = self.env["product.product"].browse(vals.get("product_id")).exists()
        if not name or vals.get("lot_id") or not product:
            return vals
        if product.tracking == "none":
            raise ValidationError(
                self.env._(
                    "%(product)s has no lots or serial numbers: leave “%(lot)s” out.",
                    product=product.display_name,
                    lot=name,
                )
            )
        # sudo: sold lots are noted by whoever may enter the sale
        lots = self.env["stock.lot"].sudo()
        lot = lots.search([("product_id", "=", product.id), ("name", "=", name)])[:1]
        if not lot:
            lot = lots.create({"product_id": product.id, "name": name})
        return {**vals, "lot_name": name, "lot_id": lot.id}

    @api.constrains("product_id", "uom_id", "lot_id", "quantity", "date")
    def _check_consistent(self):
        for sale in self:
            problem = sale._find_problem()
            if problem:
                raise ValidationError(problem)

    def _find_problem(self):
        """Say why this cannot have been sold so, if it cannot."""
        values = {
            "product": self.product_id.display_name,
            "uom": self.uom_id.name,
            "lot": self.lot_id.name,
        }
        if self.product_id.type != "consu":
            return self.env._(
                "%(product)s is not a physical product: it cannot come back.", **values
            )
        if not self.uom_id._has_common_reference(self.product_id.uom_id):
            return self.env._("%(product)s cannot be counted in %(uom)s.", **values)
        if self.lot_id and self.lot_id.product_id != self.product_id:
            return self.env._(
                "%(lot)s is not a lot or serial number of %(product)s.", **values
            )
        serial = self.lot_id and self.product_id.tracking == "serial"
        if serial and self.uom_id.compare(self.quantity, 1) != 0:
            return self.env._(
                "%(lot)s is a serial number: its quantity must be 1.", **values
            )
        if self.date > fields.Date.context_today(self):
            return self.env._("The date of a historic sale cannot be in the future.")
        return False

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Historic Sales"),
                "template": "/reverse_logistics/static/xls/historic_sales.xlsx",
            }
        ]

    def action_view_rmas(self):
        rmas = self.rma_line_ids.rma_id
        return rmas._open(rmas, self.env._("Returns"))

    # ------------------------------------------------------------------
    # How much may still come back
    # ------------------------------------------------------------------
    def _in_product_uom(self, quantity):
        return self.uom_id._compute_quantity(
            quantity, self.product_id.uom_id, rounding_method="HALF-UP"
        )

    def _get_claimed(self):
        """Sum what live returns take of these sales, in the product's unit."""
        # sudo: returns of every user count
        return {
            sale: sum(line._get_source_claim() for line in sale.sudo().rma_line_ids)
            for sale in self
        }

    def _get_returnable(self):
        """Tell what of these sales may still be asked back, in the product's unit."""
        return {
            sale: max(sale._in_product_uom(sale.quantity) - claimed, 0.0)
            for sale, claimed in self._get_claimed().items()
        }

    def _check_over_return(self):
        """Refuse what would bring back more of these sales than was sold.

        :raises UserError: naming old invoice, product and quantities
        """
        if not self:
            return
        self.env.flush_all()
        self._reverse_touch()
        self.invalidate_recordset(["rma_line_ids"])
        for sale, claimed in self._get_claimed().items():
            uom = sale.product_id.uom_id
            sold = sale._in_product_uom(sale.quantity)
            if uom.compare(claimed, sold) > 0:
                self.env["reverse.refusal"]._note("over_return", sale.company_id)
                raise UserError(
                    self.env._(
                        "The old invoice %(invoice)s sold %(sold)s of %(product)s; "
                        "with this return %(claimed)s would come back. Lower the "
                        "quantity, or cancel the return that claims the rest.",
                        invoice=sale.invoice_name,
                        sold=uom._say_reverse(sold),
                        claimed=uom._say_reverse(claimed),
                        product=sale.product_id.display_name,
                    )
                )

    # ------------------------------------------------------------------
    # How much may still be credited
    # ------------------------------------------------------------------
    def _get_unit_cost(self):
        """What one of the product's own unit was worth when it was sold."""
        self.ensure_one()
        return self.uom_id._compute_price(self.cost, self.product_id.uom_id)

    def _get_unit_price(self):
        """What one of the product's own unit was sold for, net, in our currency."""
        self.ensure_one()
        price = self.uom_id._compute_price(self._get_price(), self.product_id.uom_id)
        return self.currency_id._convert(
            price, self.company_currency_id, self.company_id, self.date, round=False
        )

    def _get_price(self):
        """What one unit was sold for, before tax and after discount, as on the old
        invoice.
        """
        self.ensure_one()
        taxes = self.tax_ids.compute_all(
            self.amount, self.currency_id, 1.0, self.product_id, self.partner_id
        )
        return taxes["total_excluded"] / self.quantity

    def _get_credit_key(self):
        """By what the ledger recognises this sale."""
        self.ensure_one()
        return (self._name, self.id)

    def _add_to_ledger(self, ledger):
        """Add these sales to a ledger, with what was credited or proposed of them."""
        self.env.flush_all()
        self._reverse_touch()
        step = self.env["sale.order.line"]._get_reverse_step()
        for sale in self.sudo():  # sudo: every credit counts, whoever made it
            key = sale._get_credit_key()
            line = InvoiceLine(
                key=key,
                order_line=key,
                document=key,
                quantity=sale.quantity,
                parts={GOODS: Part(*sale._get_amounts())},
                step=sale.currency_id.rounding,
            )
            for settled in sale._get_live_settlement_lines():
                if settled.kind == "value":
                    line.value = add(line.value, *settled._get_credit_parts())
                else:
                    line.book(settled.credit_quantity, step, settled.credit_amounts)
            ledger.lines[key] = line
            ledger.surplus[key] = line.quantity - line.credited

    def _get_amounts(self):
        """Give what was sold by component, and the taxes that its price includes."""
        self.ensure_one()
        return self.env["account.tax"]._get_reverse_amounts(
            self.company_id,
            product_id=self.product_id,
            product_uom_id=self.uom_id,
            price_unit=self.price_unit,
            quantity=self.quantity,
            discount=self.discount,
            tax_ids=self.tax_ids,
            currency_id=self.currency_id,
        )

    def _get_live_settlement_lines(self):
        return self.env["reverse.settlement.line"].search(
            [
                ("historic_sale_id", "in", self.ids),
                ("settlement_id.state", "not in", ("reversed", "cancelled")),
                ("credit_quantity", ">", 0),
            ]
        )

    def _check_over_credit(self, credit_notes):
        """Refuse credit notes beyond what was sold, in quantity or amount.

        :raises UserError: naming the old invoice and amounts
        """
        if not self:
            return
        self.env.flush_all()
        self._reverse_touch()
        totals = defaultdict(lambda: [0.0, 0.0])
        for line in self._get_credited_lines(credit_notes):
            settled = line.reverse_settlement_line_id
            total = totals[settled.historic_sale_id]
            total[0] += settled.kind != "value" and line.quantity
            total[1] += line._get_reverse_price_net()
        for sale in self:
            quantity, amount = totals[sale]
            too_many = sale.uom_id.compare(quantity, sale.quantity) > 0
            # each credit note line may have been rounded by half a cent
            over = amount - sale.amount - sale.currency_id.rounding
            if too_many or sale.currency_id.compare_amounts(over, 0) > 0:
                self.env["reverse.refusal"]._note("over_credit", sale.company_id)
                raise UserError(
                    self.env._(
                        "The old invoice %(invoice)s sold %(quantity)s of "
                        "%(product)s for %(sold)s; with this credit note %(credited)s "
                        "would be credited. Settle less.",
                        invoice=sale.invoice_name,
                        quantity=sale.uom_id._say_reverse(sale.quantity),
                        product=sale.product_id.display_name,
                        sold=sale.currency_id.format(sale.amount),
                        credited=sale.currency_id.format(amount),
                    )
                )

    def _get_credited_lines(self, credit_notes):
        """Lines of posted credit notes of these sales, and of those being posted."""
        lines = self.env["account.move.line"].search(
            [
                ("reverse_settlement_line_id.historic_sale_id", "in", self.ids),
                ("display_type", "=", "product"),
                "|",
                ("parent_state", "=", "posted"),
                ("move_id", "in", credit_notes.ids),
            ]
        )
        return lines.filtered(
            lambda line: (
                line.reverse_settlement_line_id.settlement_id.state
                not in ("reversed", "cancelled")
            )
        )
