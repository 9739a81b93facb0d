"""A little trade, with or without the addon; each function takes an environment."""

from odoo import Command


def sell(env, warehouse=None, quantity=4):
    """Sell and deliver goods; give the id of the delivery."""
    warehouse = warehouse or env["stock.warehouse"].search([], order="id", limit=1)
    product = env["product.product"].create(
        {
            "name": "Kettle",
            "type": "consu",
            "is_storable": True,
            "taxes_id": [Command.clear()],
        }
    )
    env["stock.quant"]._update_available_quantity(
        product, warehouse.lot_stock_id, quantity
    )
    order = env["sale.order"].create(
        {
            "partner_id": env["res.partner"].create({"name": "Ada Distribution"}).id,
            "warehouse_id": warehouse.id,
            "order_line": [
                Command.create({"product_id": product.id, "product_uom_qty": quantity})
            ],
        }
    )
    order.action_confirm()
    validate(order.picking_ids)
    return order.picking_ids.id


def validate(picking):
    picking.move_ids.picked = True
    picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
    assert picking.state == "done"


def press_return(env, picking_id, quantity):
    """Use Odoo's Return button; give the transfer it made."""
    wizard = (
        env["stock.return.picking"]
        .with_context(active_model="stock.picking", active_id=picking_id)
        .create({"picking_id": picking_id})
    )
    wizard.product_return_moves.quantity = quantity
    return env["stock.picking"].browse(wizard.action_create_returns()["res_id"])


def take_back(env, picking_id, quantity):
    """Return goods through a return, up to their inspection; give its id."""
    admin = env.ref("base.user_admin")
    delivery = env["stock.picking"].browse(picking_id).move_ids
    rma = (
        env["reverse.rma"]
        .with_user(admin)
        .create(
            {
                "partner_id": delivery.picking_id.partner_id.id,
                "line_ids": [
                    Command.create({"move_id": delivery.id, "quantity": quantity})
                ],
            }
        )
    )
    rma.action_request()
    rma.action_receive()
    return rma.id


def in_returns(env):
    """Quantities by barcode of the location, outside of all warehouses."""
    quants = env["stock.quant"].search(
        [("location_id.barcode", "like", "-RETURNS-"), ("quantity", "!=", 0)]
    )
    return {quant.location_id.barcode: quant.quantity for quant in quants}


def layout(env):
    """Locations and operation types of returns, archived ones included."""
    locations = env["stock.location"].with_context(active_test=False)
    types = env["stock.picking.type"].with_context(active_test=False)
    return (
        locations.search([("barcode", "=like", "%RETURNS%")], order="id").ids,
        types.search([("sequence_code", "in", ("RET", "RPA"))], order="id").ids,
    )
