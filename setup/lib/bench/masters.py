"""Customers, products, the person who handles returns, and orders to return."""

LOGIN = "bench@example.com"
ROLES = ("service", "receiver", "inspector", "approver", "releaser")
# What those roles imply of Odoo's own groups, for a database without the addon.
GROUPS = (
    "sales_team.group_sale_salesman_all_leads",
    "stock.group_stock_user",
    "account.group_account_invoice",
)
INSPECTION = "BENCH-INSPECTION"
PRODUCTS = 20
CUSTOMERS = 10
QUANTITY = 2
PRICE = 100.0


def prepare(env):
    """Make what the measured cases need.

    :return: ``{"user": id, "products": ids, "partners": ids}``
    """
    if not with_addon(env):
        _create_inspection_location(env)
    if not env.company.chart_template:
        template = env["account.chart.template"]
        template.try_loading("generic_coa", env.company, install_demo=False)
    products = _products(env)
    _fill_shelf(env, products)
    partners = env["res.partner"].create(
        [{"name": f"Customer {number}"} for number in range(CUSTOMERS)]
    )
    return {
        "user": _user(env).id,
        "products": products.ids,
        "partners": partners.ids,
    }


def with_addon(env):
    """Whether the database has this project's addon, or Odoo alone."""
    return "reverse.rma" in env


def _create_inspection_location(env):
    """Where returned goods come in, outside of the warehouse as with the addon."""
    locations = env["stock.location"]
    company = {"company_id": env.company.id}
    root = locations.create({**company, "name": "Returns", "usage": "view"})
    root.location_id = False
    place = {"name": "Inspection", "usage": "internal", "location_id": root.id}
    locations.create({**company, **place, "barcode": INSPECTION})


def _products(env):
    category = env["product.category"].create(
        {
            "name": "Bench",
            "property_cost_method": "average",
            "property_valuation": "real_time",
        }
    )
    values = {
        "type": "consu",
        "is_storable": True,
        "categ_id": category.id,
        "invoice_policy": "delivery",
        "list_price": PRICE,
        "standard_price": PRICE / 2,
    }
    return env["product.product"].create(
        [{**values, "name": f"Product {number}"} for number in range(PRODUCTS)]
    )


def _fill_shelf(env, products):
    domain = [("company_id", "=", env.company.id)]
    shelf = env["stock.warehouse"].search(domain, limit=1).lot_stock_id
    env["stock.quant"].with_context(inventory_mode=True).create(
        [
            {
                "product_id": product.id,
                "location_id": shelf.id,
                "inventory_quantity": 100000,
            }
            for product in products
        ]
    ).action_apply_inventory()


def _user(env):
    """One person with all the roles of the addon, and no more."""
    names = [f"reverse_logistics.group_{role}" for role in ROLES]
    groups = env.ref("base.group_user")
    for name in names if with_addon(env) else GROUPS:
        groups |= env.ref(name)
    return (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create({"name": "Bench", "login": LOGIN, "group_ids": [(6, 0, groups.ids)]})
    )


def sell(env, masters, orders, lines):
    """Sell, deliver and invoice; returns the ids of the orders.

    :param int orders: how many
    :param int lines: on each, all of different products
    """
    products, partners = masters["products"], masters["partners"]
    made = env["sale.order"].create(
        [
            {
                "partner_id": partners[number % len(partners)],
                "order_line": [
                    (0, 0, _line(products[(number + line) % len(products)]))
                    for line in range(lines)
                ],
            }
            for number in range(orders)
        ]
    )
    made.action_confirm()
    pickings = made.picking_ids
    for move in pickings.move_ids:
        move.quantity = move.product_uom_qty
    pickings.move_ids.picked = True
    pickings.with_context(skip_backorder=True, skip_sms=True).button_validate()
    # Grouped by what Odoo calls a group: one for each order.
    made._create_invoices(grouped=True)
    made.invoice_ids.action_post()
    assert set(pickings.mapped("state")) == {"done"}
    assert set(made.invoice_ids.mapped("state")) == {"posted"}
    assert len(made.invoice_ids) == orders
    return made.ids


def _line(product):
    return {
        "product_id": product,
        "product_uom_qty": QUANTITY,
        "price_unit": PRICE,
    }
