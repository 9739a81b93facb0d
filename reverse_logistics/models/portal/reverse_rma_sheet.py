from collections import defaultdict

from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ...engine import intake, limits
from ..base import sheets

#: Most rows of a customer's sheet.
MOST_ROWS = 300


class ReverseRmaSheet(models.AbstractModel):
    """A sheet in which a company lists what it sends back.

    Rows are looked for in what the customer can send back, and nowhere else: what
    somebody else bought, and what there is not, are answered alike. Nothing is made as
    long as any row is not understood.
    """

    _name = "reverse.rma.sheet"
    _description = "Return of a Customer from a Sheet"

    @api.model
    def _get_labels(self):
        """Give the names of the columns, in the order in which they are explained."""
        return {
            "product": self.env._("Product code"),
            "order": self.env._("Order"),
            "quantity": self.env._("Quantity"),
            "lot": self.env._("Lot or serial number"),
            "reason": self.env._("Reason"),
            "client_ref": self.env._("Your reference"),
        }

    @api.model
    def _read(self, partner, content, reason_id=None):
        """Find what the rows of a sheet are about.

        :param partner: the customer
        :param bytes content: of the file
        :param reason_id: for rows that name no reason
        :return: ``(offered, wanted, problems)``, the first two as
            :meth:`reverse.rma._begin_for_customer` takes them; problems are sentences
        :raises UserError: for what is no sheet, and for too many rows
        """
        rows, first = self._get_rows(content)
        returns = self.env["reverse.rma"]
        more = self._get_product_domain(rows)
        offered = returns._find_offered(partner, more=more)
        goods = self._index(offered)
        left, policies = dict(offered), returns._get_policies(offered)
        reasons = self._get_reasons(returns._get_customer_reasons())
        wanted, problems = [], []
        for number, row in enumerate(rows, first):
            found = goods.get(_key(row.get("product")), [])
            keys = [key for key in found if self._is_named(key, row)]
            own = reasons.get(_key(row.get("reason")), False)
            if not _key(row.get("reason")):
                own = reason_id
            said = self._find_problem(row, keys, own) or self._take(
                row, keys, own, left, wanted, policies
            )
            if said:
                problems.append(
                    self.env._("Row %(row)s: %(problem)s", row=number, problem=said)
                )
        return offered, wanted, problems

    @api.model
    def _get_rows(self, content):
        """Give the rows below the header, and the number of the first."""
        if len(content) > sheets.MAX_BYTES:
            raise UserError(self.env._("The file is larger than 5 MB."))
        try:
            cells = sheets.read(content)
        except sheets.UnreadableError as error:
            raise UserError(
                self.env._(
                    "This file could not be read, whatever its name says. Save the "
                    "list as XLSX or CSV, and choose that file."
                )
            ) from error
        labels = {name: [label] for name, label in self._get_labels().items()}
        rows = intake.read(cells, labels)
        if not rows:
            raise UserError(self.env._("There are no rows in this file."))
        if len(rows) > MOST_ROWS:
            raise UserError(
                self.env._(
                    "A sheet has at most %s rows here. Please split it.", MOST_ROWS
                )
            )
        return rows, 1 + len(cells) - len(rows)

    @api.model
    def _get_product_domain(self, rows):
        """Give the domain of deliveries of the products that the rows name."""
        texts = {(row.get("product") or "").strip() for row in rows}
        texts |= {intake.find_code(text) or "" for text in texts}
        spelled = {each for text in texts - {""} for each in _spell(text)}
        return Domain.OR(
            Domain(f"product_id.{name}", "in", sorted(spelled))
            for name in ("default_code", "barcode", "name")
        )

    @api.model
    def _index(self, offered):
        """Give what can be sent back by all that its product may be called."""
        found = defaultdict(list)
        for move, lot in offered:
            product = move.product_id
            names = {
                _key(name)
                for name in (
                    product.default_code,
                    product.barcode,
                    product.name,
                    product.display_name,
                )
            }
            for name in names - {""}:
                found[name].append((move, lot))
        return found

    @api.model
    def _get_reasons(self, reasons):
        """Give the ids of reasons by all that they are called."""
        return {
            _key(name): reason.id
            for reason in reasons
            for name in (reason.code, reason.name, reason.display_name)
        }

    @api.model
    def _is_named(self, key, row):
        """Whether a row that names an order or a lot names that of this delivery."""
        move, lot = key
        names = (("order", move.sale_line_id.order_id.name), ("lot", lot.name))
        return all(
            not _key(row.get(column)) or _key(row[column]) == _key(name)
            for column, name in names
        )

    @api.model
    def _find_problem(self, row, keys, reason_id):
        """Say what is wrong with a row, False for nothing."""
        texts = {name: intake.shorten(text) for name, text in row.items()}
        if not texts.get("product"):
            return self.env._("the product is missing.")
        if not keys:
            return self.env._(
                "“%(product)s” is nothing that you can send back%(where)s.",
                product=texts["product"],
                where="".join(
                    f", {texts[c]}" for c in ("order", "lot") if texts.get(c)
                ),
            )
        if any(lot for _move, lot in keys) and not texts.get("lot"):
            return self.env._(
                "name the lot or serial number of “%(product)s”.",
                product=texts["product"],
            )
        if not intake.number(row.get("quantity")):
            return self.env._(
                "“%(text)s” is not a quantity.", text=texts.get("quantity") or ""
            )
        if not reason_id:
            if not texts.get("reason"):
                return self.env._("the reason is missing.")
            return self.env._(
                "“%(text)s” is none of our reasons.", text=texts["reason"]
            )
        return False

    @api.model
    def _take(self, row, keys, reason_id, left, wanted, policies):
        """Take the quantity of a row from what is left; say what it is too much for."""
        # A return is of one company.
        unit, company = keys[0][0]._get_reverse_uom(), keys[0][0].company_id
        same = [
            (move, lot)
            for move, lot in keys
            if move._get_reverse_uom() == unit and move.company_id == company
        ]
        quantity = intake.number(row["quantity"])
        returns = self.env["reverse.rma"]
        parts, rest = returns._spread(same, quantity, left, policies)
        if rest:
            most = sum(left[key] for key in same)
            return self.env._(
                "only %(left)s of “%(product)s” can be sent back.",
                left=unit._say_reverse(most),
                product=intake.shorten(row["product"]),
            )
        for key, part in parts:
            left[key] -= part
            entry = {
                "quantity": part,
                "reason_id": reason_id,
                "client_ref": limits.clean_search(row.get("client_ref")) or False,
            }
            wanted.append(((key[0].id, key[1].id), entry))
        return False


def _key(text):
    return (text or "").strip().lower()


def _spell(text):
    return text, text.upper(), text.lower()
