from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.fields import Domain

from ..engine import intake

_TEXTS = ("product_text", "quantity_text", "lot_text", "reason_text", "uom_text")


class ReverseIntakeWizardLine(models.TransientModel):
    """One row of the list: what was written, what was found for it, what is wrong."""

    _name = "reverse.intake.wizard.line"
    _description = "Return from a List: Row"
    _order = "has_error desc, sequence, id"

    wizard_id = fields.Many2one(
        "reverse.intake.wizard", required=True, ondelete="cascade"
    )
    sequence = fields.Integer("Row", readonly=True)
    product_text = fields.Char("Product")
    quantity_text = fields.Char("Quantity")
    lot_text = fields.Char("Lot/Serial")
    reason_text = fields.Char("Reason")
    uom_text = fields.Char("Unit")
    client_ref = fields.Char("Customer Reference")
    product_id = fields.Many2one(
        "product.product",
        "Product Found",
        compute="_compute_found",
        store=True,
        readonly=False,
        precompute=True,
    )
    quantity = fields.Float(
        "Number",
        digits="Product Unit",
        compute="_compute_found",
        store=True,
        precompute=True,
    )
    lot_id = fields.Many2one(
        "stock.lot",
        "Lot/Serial Found",
        compute="_compute_found",
        store=True,
        precompute=True,
    )
    reason_id = fields.Many2one(
        "reverse.reason",
        "Reason Found",
        compute="_compute_found",
        store=True,
        precompute=True,
    )
    uom_id = fields.Many2one(
        "uom.uom", "Unit Found", compute="_compute_found", store=True, precompute=True
    )
    ambiguous = fields.Char(compute="_compute_found", store=True, precompute=True)
    read_text = fields.Char(compute="_compute_found", store=True, precompute=True)
    error = fields.Char(compute="_compute_error", store=True)
    has_error = fields.Boolean(compute="_compute_error", store=True)

    # ------------------------------------------------------------------
    # Looking up: a fixed number of queries for all rows
    # ------------------------------------------------------------------
    @api.depends(*_TEXTS)
    def _compute_found(self):
        self._look_up_products()
        self._look_up_lots()
        reasons = self._by_name(
            self.env["reverse.reason"].search([("active", "=", True)]), ("code", "name")
        )
        units = self._by_name(
            self.env["uom.uom"].search([("active", "=", True)]), ("name",)
        )
        for line in self:
            line.quantity = intake.number(line.quantity_text) or 0.0
            line.reason_id = reasons.get(_key(line.reason_text), [False])[0]
            line.uom_id = units.get(_key(line.uom_text), [False])[0]

    def _look_up(self):
        """Look up again what may have been created since."""
        self._compute_found()
        self._check_rows()

    @api.model
    def _by_name(self, records, names):
        """Give ``{name in lower case: [records]}``; fields listed first win."""
        found = defaultdict(list)
        for name in names:
            hits = defaultdict(list)
            for record in records:
                if record[name]:
                    hits[_key(record[name])].append(record)
            for key, group in hits.items():
                found.setdefault(key, group)
        return found

    def _look_up_products(self):
        texts = self._get_texts("product_text")
        products = self.env["product.product"]
        if texts:
            codes = [code for code in map(intake.find_code, texts) if code]
            products = products.search(
                Domain("type", "=", "consu")
                & Domain("company_id", "in", (False, *self.wizard_id.company_id.ids))
                & (
                    Domain("default_code", "in", texts + codes)
                    | Domain("barcode", "in", texts)
                    | Domain("name", "in", texts)
                )
            )
        names = ("default_code", "barcode", "name", "display_name")
        found = self._by_name(products, names)
        for line in self:
            text = _key(line.product_text)
            hits = found.get(text) or found.get(intake.find_code(text), [])
            line.ambiguous = False
            if len(hits) > 1:
                line.ambiguous = ", ".join(p.display_name for p in hits[:5])
            # A product chosen by hand stays until the text changes.
            if not line.product_id or line.read_text != line.product_text:
                line.product_id = hits[0] if len(hits) == 1 else False
            line.read_text = line.product_text

    def _look_up_lots(self):
        texts = self._get_texts("lot_text")
        lots = self.env["stock.lot"]
        if texts:
            lots = lots.search(
                Domain("name", "in", texts)
                & Domain("product_id", "in", self.product_id.ids)
                & Domain("company_id", "in", (False, *self.wizard_id.company_id.ids))
            )
        found = lots.grouped(lambda lot: (lot.product_id, _key(lot.name)))
        for line in self:
            hits = found.get((line.product_id, _key(line.lot_text)), lots.browse())
            line.lot_id = hits[:1]

    def _get_texts(self, name):
        """Give the texts of a column, each also in upper and lower case."""
        texts = {(line[name] or "").strip() for line in self} - {""}
        return sorted(texts | {t.upper() for t in texts} | {t.lower() for t in texts})

    # ------------------------------------------------------------------
    # Errors
    # ------------------------------------------------------------------
    @api.depends(
        *_TEXTS,
        "product_id",
        "lot_id",
        "reason_id",
        "uom_id",
        "quantity",
        "ambiguous",
        "wizard_id.partner_id",
    )
    def _compute_error(self):
        self._check_rows()

    @api.onchange("product_id")
    def _onchange_product_id(self):
        # The lot may exist for the product chosen by hand.
        self._look_up_lots()

    def _check_rows(self):
        rows = self | self.wizard_id.line_ids
        serials = Counter(
            (line.wizard_id.id, line.lot_id.id)
            for line in rows
            if line.lot_id.product_id.tracking == "serial"
        )
        left = rows._get_left()
        for line in self:
            problems = line._find_problems()
            if serials[line.wizard_id.id, line.lot_id.id] > 1:
                problems.append(
                    self.env._("%(lot)s is in several rows", lot=line.lot_id.name)
                )
            elif not problems and line in left:
                problems += line._find_excess(*left[line])
            line.error = "; ".join(problems) or False
            line.has_error = bool(problems)

    def _get_left(self):
        """Tell how much the customers can still return of the goods in these rows.

        :return: ``{row: (quantity in all rows of these goods, quantity that can be
            returned)}`` in the product's unit, for goods whose sale is known
        """
        result = {}
        for wizard, lines in self.grouped("wizard_id").items():
            lines = lines.filtered(
                lambda line: line.product_id and (not line.uom_id or line._fits_unit())
            )
            free = wizard._get_returnable(lines.product_id)
            wanted = Counter()
            for line in lines:
                for lot in {line.lot_id, line.lot_id.browse()}:
                    wanted[line.product_id, lot] += line._get_product_quantity()
            of_lots = Counter()
            for (product, lot), quantity in free.items():
                if lot:
                    of_lots[product] += quantity
            for line in lines:
                goods = (line.product_id, line.lot_id.browse())
                if goods not in free:
                    continue
                result[line] = (wanted[goods], free[goods])
                if line.lot_id:
                    own = (line.product_id, line.lot_id)
                    # Sales without a known lot can be of this lot as well.
                    left = free.get(own, 0.0) + free[goods] - of_lots[line.product_id]
                    if line.product_id.uom_id.compare(wanted[own], left) > 0:
                        result[line] = (wanted[own], left)
        return result

    def _get_product_quantity(self):
        unit = self.product_id.uom_id
        return (self.uom_id or unit)._compute_quantity(
            self.quantity, unit, rounding_method="HALF-UP"
        )

    def _find_excess(self, wanted, left):
        """Say that the list has more than the customer can return, if it has."""
        unit = self.product_id.uom_id
        if unit.compare(wanted, left) <= 0:
            return []
        return [
            self.env._(
                "only %(left)s can be returned; the list has %(wanted)s",
                left=unit._say_reverse(left),
                wanted=f"{wanted:.12g}",
            )
        ]

    def _find_problems(self):
        """Say what is wrong with this row, in a phrase for each problem."""
        texts = {name: intake.shorten(self[name]) for name in _TEXTS}
        problems = []
        if not self.product_id:
            problems.append(self._get_product_problem(texts["product_text"]))
        if self.quantity <= 0:
            problems.append(
                self.env._(
                    "“%(text)s” is not a quantity",
                    text=texts["quantity_text"],
                )
                if texts["quantity_text"]
                else self.env._("the quantity is missing")
            )
        if texts["lot_text"] and self.product_id and not self.lot_id:
            problems.append(
                self.env._("lot “%(text)s” is unknown", text=texts["lot_text"])
            )
        if self.lot_id and self.product_id.tracking == "serial" and self.quantity > 1:
            problems.append(self.env._("a serial number stands for one unit only"))
        if texts["reason_text"] and not self.reason_id:
            problems.append(
                self.env._("reason “%(text)s” is unknown", text=texts["reason_text"])
            )
        if texts["uom_text"] and not self.uom_id:
            problems.append(
                self.env._("unit “%(text)s” is unknown", text=texts["uom_text"])
            )
        elif self.uom_id and self.product_id and not self._fits_unit():
            problems.append(
                self.env._(
                    "it is not counted in %(unit)s", unit=self.uom_id.display_name
                )
            )
        return problems

    def _fits_unit(self):
        return self.uom_id._has_common_reference(self.product_id.uom_id)

    def _get_product_problem(self, text):
        if self.ambiguous:
            return self.env._(
                "“%(text)s” may be %(products)s", text=text, products=self.ambiguous
            )
        if text:
            return self.env._("product “%(text)s” is unknown", text=text)
        return self.env._("the product is missing")

    def _prepare_return_line(self):
        self.ensure_one()
        return {
            "sequence": self.sequence,
            "product_id": self.product_id.id,
            "quantity": self.quantity,
            "uom_id": (self.uom_id or self.product_id.uom_id).id,
            "lot_id": self.lot_id.id,
            "reason_id": self.reason_id.id or self.wizard_id.reason_id.id,
            "client_ref": self.client_ref,
        }


def _key(text):
    return (text or "").strip().lower()
