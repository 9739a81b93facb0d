"""Orders of the file: confirmed, delivered and invoiced at the prices it names."""

from . import keys


class NotDone(Exception):
    """A step ended without the result it is there for."""


def replay(env, documents):
    """Make the orders of some documents and take them to the posted invoice."""
    partners, products = keys.known(env, "partner"), keys.known(env, "product")
    pricelist = keys.known(env, "pricelist")["gbp"]
    orders = env["sale.order"].create(
        [_prepare_order(doc, partners, products, pricelist) for doc in documents]
    )
    orders.action_confirm()
    for order, document in zip(orders, documents, strict=True):
        order.date_order = document.moment
    _deliver(orders)
    _invoice(orders)
    numbers = [document.number for document in documents]
    keys.remember(env, "order", dict(zip(numbers, orders, strict=True)))


def _prepare_order(document, partners, products, pricelist):
    lines = [_prepare_line(row, products) for row in document.rows]
    return {
        "partner_id": partners[document.customer],
        "client_order_ref": document.number,
        "date_order": document.moment,
        "pricelist_id": pricelist,
        "order_line": [(0, 0, line) for line in lines],
    }


def _prepare_line(row, products):
    return {
        "product_id": products[row.code],
        "name": row.description or row.code,
        "product_uom_qty": row.quantity,
        "price_unit": float(row.price),
        "tax_ids": [(6, 0, [])],
    }


def _deliver(orders):
    pickings = orders.picking_ids.filtered(lambda p: p.state not in ("done", "cancel"))
    for move in pickings.move_ids:
        move.quantity = move.product_uom_qty
    pickings.move_ids.picked = True
    pickings.with_context(skip_backorder=True, skip_sms=True).button_validate()
    late = pickings.filtered(lambda picking: picking.state != "done")
    if late:
        raise NotDone(f"not delivered: {', '.join(late.mapped('origin'))}")


def _invoice(orders):
    for order, invoices in _invoices(orders).items():
        invoices.invoice_date = order.date_order.date()
    orders.invoice_ids.action_post()
    late = orders.filtered(lambda o: set(o.invoice_ids.mapped("state")) != {"posted"})
    if late:
        raise NotDone(f"not invoiced: {', '.join(late.mapped('name'))}")


def _invoices(orders):
    orders._create_invoices(grouped=True)
    return {order: order.invoice_ids for order in orders}
