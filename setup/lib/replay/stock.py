"""Enough goods on the shelf for every order that is still to be delivered."""

from . import keys


def shortfall(env, wanted):
    """What is missing on the shelf.

    :param wanted: ``{product code: quantity still to be delivered}``
    :return: ``{product code: quantity}``
    """
    ids = keys.known(env, "product")
    products = env["product.product"].browse([ids[code] for code in wanted])
    available = {product.id: product.free_qty for product in products}
    missing = {code: wanted[code] - available[ids[code]] for code in wanted}
    return {code: quantity for code, quantity in missing.items() if quantity > 0}


def put_in(env, quantities):
    """Count goods into the warehouse.

    :param quantities: ``{product code: quantity to add}``
    """
    ids = keys.known(env, "product")
    domain = [("company_id", "=", env.company.id)]
    shelf = env["stock.warehouse"].search(domain, limit=1).lot_stock_id
    products = env["product.product"].browse([ids[code] for code in quantities])
    held = {
        quant.product_id.id: quant.quantity for quant in _quants(env, products, shelf)
    }
    counting = env["stock.quant"].with_context(inventory_mode=True)
    counting.create(
        [
            {
                "product_id": ids[code],
                "location_id": shelf.id,
                "inventory_quantity": held.get(ids[code], 0) + quantity,
            }
            for code, quantity in quantities.items()
        ]
    ).action_apply_inventory()


def _quants(env, products, shelf):
    domain = [("product_id", "in", products.ids), ("location_id", "=", shelf.id)]
    return env["stock.quant"].search(domain)
