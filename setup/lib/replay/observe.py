"""Reading from the database what the replay has left there."""

from collections import defaultdict
from decimal import Decimal

from . import keys
from .explain import Order, Part, Return, Seen


def observe(env, documents):
    """What Odoo holds for these documents.

    :rtype: Seen
    """
    numbers = {document.number for document in documents}
    return Seen(orders=_orders(env, numbers), returns=_returns(env, numbers))


def _orders(env, numbers):
    found = {}
    for number, order in _known(env, "order", "sale.order", numbers):
        posted = order.invoice_ids.filtered(
            lambda move: move.state == "posted" and move.move_type == "out_invoice"
        )
        moves = order.picking_ids.move_ids.filtered(
            lambda move: move.state == "done" and not move.origin_returned_move_id
        )
        delivered = moves.filtered(lambda m: m.location_dest_id.usage == "customer")
        found[number] = Order(
            invoiced=_decimal(sum(posted.mapped("amount_total"))),
            delivered=_decimal(sum(delivered.mapped("quantity"))),
        )
    return found


def _returns(env, numbers):
    records = dict(_known(env, "return", "reverse.rma", numbers))
    reader = Reader(env, env["reverse.rma"].union(*records.values()))
    return {number: reader.read(rma) for number, rma in records.items()}


def _known(env, kind, model, numbers):
    """``[(number, record)]``; the records share a recordset and load together."""
    ids = {n: id_ for n, id_ in keys.known(env, kind).items() if n in numbers}
    records = {record.id: record for record in env[model].browse(ids.values()).exists()}
    return [(number, records[id_]) for number, id_ in ids.items() if id_ in records]


class Reader:
    """Reads returns; stock moves and credit notes are fetched once for all of them."""

    def __init__(self, env, returns):
        self.codes = {id_: code for code, id_ in keys.known(env, "product").items()}
        self.orders = {id_: number for number, id_ in keys.known(env, "order").items()}
        self.shelved = _shelved(env, returns.line_ids)
        self.credits = _credit_lines(env, returns.line_ids)

    def read(self, rma):
        """One return as plain values."""
        parts = defaultdict(list)
        for line in rma.line_ids:
            code = self.codes.get(line.product_id.id, line.product_id.default_code)
            parts[code].append(self._part(line))
        posted = rma.credit_note_ids.filtered(lambda move: move.state == "posted")
        return Return(
            reference=rma.name,
            state=rma.state,
            parts=dict(parts),
            exceptions=set(rma.exception_ids.mapped("type")),
            credit_notes=_decimal(sum(posted.mapped("amount_total"))),
        )

    def _part(self, line):
        credited = self.credits[line.id]
        sold = line.sale_line_id
        return Part(
            quantity=_decimal(line.quantity),
            purchase=self.orders.get(sold.order_id.id, sold.order_id.name) or None,
            price=_decimal(_invoiced_price(sold)),
            restocked=_decimal(self.shelved[line.id]),
            credited=_decimal(sum(credit.quantity for credit in credited)),
            money=_decimal(sum(map(_given, credited))),
        )


def _shelved(env, lines):
    """How much of each return line lies in sellable stock, by the done stock moves."""
    shelves = env["stock.warehouse"].search([]).lot_stock_id
    moves = env["stock.move"].search(
        [
            ("reverse_inspection_id.line_id", "in", lines.ids),
            ("state", "=", "done"),
            ("location_dest_id", "child_of", shelves.ids),
        ]
    )
    found = defaultdict(float)
    for move in moves:
        found[move.reverse_inspection_id.line_id.id] += move.quantity
    return found


def _credit_lines(env, lines):
    """The lines of posted credit notes for each return line."""
    found = defaultdict(list)
    domain = [
        ("reverse_settlement_line_id.rma_line_id", "in", lines.ids),
        ("parent_state", "=", "posted"),
        ("move_type", "=", "out_refund"),
    ]
    for credit in env["account.move.line"].search(domain):
        found[credit.reverse_settlement_line_id.rma_line_id.id].append(credit)
    return found


def _given(credit):
    """What a line of a credit note gives, less what other lines of it withhold."""
    line = credit.reverse_settlement_line_id
    withheld = line.discount_share + line.rounding + line.deduction
    return credit.price_total - withheld


def _invoiced_price(sale_line):
    invoiced = sale_line.invoice_lines.filtered(
        lambda line: line.parent_state == "posted" and line.move_type == "out_invoice"
    )
    return invoiced[:1].price_unit


def _decimal(number):
    """A number of Odoo without what binary fractions add to it."""
    return Decimal(str(round(number, 6))).normalize() + 0
