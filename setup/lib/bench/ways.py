"""The ways to take a return from the request to the credit note, goods put away.

Each takes orders of which everything comes back, in the environment of the person who
handles returns, and gives the credit notes.
"""

from .masters import INSPECTION

DONE = {"skip_backorder": True, "skip_expired": True, "skip_sms": True}


def floor(orders):
    """The documents only, made directly in batches: what Odoo itself spends on them."""
    deliveries = orders.picking_ids
    inspection = _inspection(orders)
    _transfer(deliveries, _receipt, inspection)
    _transfer(deliveries, _put_away, inspection)
    credit_notes = orders.env["account.move"].create(
        [_credit_note(invoice) for invoice in orders.invoice_ids]
    )
    credit_notes.action_post()
    return credit_notes


def _inspection(orders):
    """The location that returned goods come into: outside of the warehouse's stock."""
    return orders.env["stock.location"].search([("barcode", "=", INSPECTION)])


def _transfer(deliveries, prepare, inspection):
    pickings = deliveries.create([prepare(each, inspection) for each in deliveries])
    pickings.action_confirm()
    pickings.action_assign()
    pickings.move_ids.picked = True
    pickings.with_context(**DONE).button_validate()
    assert set(pickings.mapped("state")) == {"done"}


def _receipt(delivery, inspection):
    picking_type = delivery.picking_type_id.warehouse_id.in_type_id
    places = {
        "location_id": delivery.location_dest_id.id,
        "location_dest_id": inspection.id,
    }
    return {
        **places,
        "picking_type_id": picking_type.id,
        "partner_id": delivery.partner_id.id,
        "return_id": delivery.id,
        "origin": delivery.name,
        "move_ids": [
            (
                0,
                0,
                {
                    **_move(move, places),
                    "picking_type_id": picking_type.id,
                    "origin_returned_move_id": move.id,
                    "move_orig_ids": [(4, move.id)],
                    "sale_line_id": move.sale_line_id.id,
                    "to_refund": True,
                },
            )
            for move in delivery.move_ids
        ],
    }


def _put_away(delivery, inspection):
    picking_type = delivery.picking_type_id.warehouse_id.int_type_id
    places = {
        "location_id": inspection.id,
        "location_dest_id": delivery.location_id.id,
    }
    return {
        **places,
        "picking_type_id": picking_type.id,
        "origin": delivery.name,
        "move_ids": [
            (0, 0, {**_move(move, places), "picking_type_id": picking_type.id})
            for move in delivery.move_ids
        ],
    }


def _move(move, places):
    return {
        **places,
        "product_id": move.product_id.id,
        "product_uom_qty": move.quantity,
        "product_uom": move.product_uom.id,
        "procure_method": "make_to_stock",
    }


def _credit_note(invoice):
    return {
        "move_type": "out_refund",
        "reversed_entry_id": invoice.id,
        "partner_id": invoice.partner_id.id,
        "currency_id": invoice.currency_id.id,
        "journal_id": invoice.journal_id.id,
        "invoice_date": invoice.invoice_date,
        "invoice_line_ids": [
            (
                0,
                0,
                {
                    "name": line.name,
                    "product_id": line.product_id.id,
                    "quantity": line.quantity,
                    "product_uom_id": line.product_uom_id.id,
                    "price_unit": line.price_unit,
                    "discount": line.discount,
                    "tax_ids": [(6, 0, line.tax_ids.ids)],
                    "account_id": line.account_id.id,
                    "sale_line_ids": [(6, 0, line.sale_line_ids.ids)],
                },
            )
            for line in invoice.invoice_line_ids
        ],
    }


def wizards(orders):
    """Odoo's wizards, one return after the other as they work; nothing is put away."""
    credit_notes = orders.env["account.move"]
    for order in orders:
        wizard = _start(order.picking_ids, "stock.return.picking", {})
        for line in wizard.product_return_moves:
            line.quantity = line.move_id.quantity
        receipt = wizard._create_return()
        receipt.move_ids.picked = True
        receipt.with_context(**DONE).button_validate()
        assert receipt.state == "done"
        values = {"journal_id": order.invoice_ids.journal_id.id}
        wizard = _start(order.invoice_ids, "account.move.reversal", values)
        wizard.refund_moves()
        wizard.new_move_ids.action_post()
        credit_notes |= wizard.new_move_ids
    return credit_notes


def _start(record, model, values):
    context = {
        "active_model": record._name,
        "active_id": record.id,
        "active_ids": record.ids,
    }
    return record.env[model].with_context(**context).create(values)


def ours(orders):
    """Returns of this project, with all that they do: the steps of `steps` in a row."""
    rmas = orders.browse()
    for step in steps():
        rmas = step(rmas or orders)
    return rmas.settlement_ids.credit_note_ids


def steps():
    """The parts of `ours`; each takes what the one before it gave."""
    return (request, receive, inspect)


def request(orders):
    """The return is asked for, and authorized by policy."""
    quantities = {line: line.product_uom_qty for line in orders.order_line}
    rmas = orders._create_rmas(quantities)
    rmas.action_request()
    return rmas


def receive(rmas):
    """The goods come in."""
    rmas.action_receive()
    return rmas


def inspect(rmas):
    """The goods are as new: they go back into stock, and policy credits them."""
    env = rmas.env
    inspections = rmas.inspection_ids
    inspections.write(
        {
            "condition_id": env.ref("reverse_logistics.condition_a").id,
            "disposition_id": env.ref("reverse_logistics.disposition_restock").id,
        }
    )
    inspections.action_complete()
    return rmas
