"""Claims on suppliers: finding sources, opening claims, and what shows them."""

import gc
from ast import literal_eval
from dataclasses import dataclass, replace

#: Parts with a lot of their own, and how many of them are on one order.
LOTS, BATCH = 1000, 50
#: Lots of a quick look: buying, selling and taking back the others takes minutes.
FEW = 100
SUPPLIERS = 5
COST, PRICE = 40.0, 100.0
#: What finding the source of all lots may ask of the database, together.
MOST_SOURCE = 60
#: What opening the claims of all of them may ask, for each.
MOST_OPENING = 5
#: What lists and form of claims may ask, as a multiple of Odoo's purchase orders.
SHARE = 1.5
#: Records that a list shows at first.
LISTED = 80
#: Lines that a form shows at first.
SHOWN = 40
ROLES = ("service", "receiver", "inspector", "releaser", "approver")
CLAIMS = "reverse_logistics_supplier_claims."
LOGIN = "bench-supplier@example.com"
#: What suppliers open on the site: their claims, and Odoo's list of their orders.
PAGES = "/my/supplier-claims", "/my/purchase"


@dataclass(frozen=True)
class Claims:
    """Queries that claims took.

    :ivar int lots: how many there were
    :ivar int source: finding the purchases of all lots
    :ivar float opening: opening the claims, for each inspection
    :ivar tuple list: of claims, and of Odoo's purchase orders
    :ivar tuple form: of a claim, and of a purchase order with as many lines
    :ivar tuple unclaimed: *Money Left on the Table*, its first group open, and purchase
        orders by status, all of them open
    :ivar tuple portal: of claims as their supplier sees them, and of its orders
    """

    lots: int
    source: int
    opening: float
    list: tuple
    form: tuple
    unclaimed: tuple
    portal: tuple


def prepare(env, count=LOTS):
    """Buy, sell and take back goods of many lots, all the supplier's fault.

    The first supplier gets as many of them, and as many orders, as a list shows.

    :param int count: of lots
    :return: ``(id of the user, ids of the inspections, id of the supplier's user)``
    """
    if not env.company.chart_template:
        template = env["account.chart.template"]
        template.try_loading("generic_coa", env.company, install_demo=False)
    user = _user(env)
    suppliers = env["res.partner"].create(
        [{"name": f"Supplier {number}"} for number in range(SUPPLIERS)]
    )
    env["reverse.supplier.agreement"].create(
        [{"name": one.name, "partner_id": one.id} for one in suppliers]
    )
    product = env["product.product"].create(
        {
            "name": "Part",
            "is_storable": True,
            "tracking": "serial",
            "standard_price": COST,
            "list_price": PRICE,
        }
    )
    lots = env["stock.lot"].create(
        [{"name": f"L{number:05}", "product_id": product.id} for number in range(count)]
    )
    batches = [lots[start : start + BATCH] for start in range(0, count, BATCH)]
    for number, batch in enumerate(batches):
        _buy(env, suppliers[number // 2 % SUPPLIERS], product, batch)
    for _order in range(LISTED):
        _order_from(env, suppliers[0], product, 1).button_confirm()
    customer = env["res.partner"].create({"name": "Customer"})
    rmas = [_take_back(env(user=user.id), customer, batch) for batch in batches]
    parts = [part for rma in rmas for part in rma.inspection_ids.ids]
    return user.id, parts, _visitor(env, suppliers[0]).id


def _visitor(env, supplier):
    """Let a person of the supplier in."""
    groups = env.ref("base.group_portal")
    make = env["res.users"].with_context(no_reset_password=True).create
    user = make({"name": "Supplier", "login": LOGIN, "group_ids": groups.ids})
    user.partner_id.parent_id = supplier
    return user


def _user(env):
    groups = env.ref("base.group_user") | env.ref("purchase.group_purchase_user")
    for role in ROLES:
        groups |= env.ref(f"reverse_logistics.group_{role}")
    groups |= env.ref(f"{CLAIMS}group_claims_user")
    return (
        env["res.users"]
        .with_context(no_reset_password=True)
        .create({"name": "Claims", "login": "bench-claims", "group_ids": groups.ids})
    )


def _buy(env, supplier, product, lots):
    """Order, receive and bill one piece of each lot."""
    order = _order_from(env, supplier, product, len(lots))
    order.button_confirm()
    for move, lot in zip(order.picking_ids.move_ids, lots, strict=True):
        move.move_line_ids.lot_id = lot
    _move(order.picking_ids)
    order.action_create_invoice()
    order.invoice_ids.invoice_date = order.date_order
    order.invoice_ids.action_post()


def _order_from(env, supplier, product, count):
    """Order one piece on each of so many lines."""
    line = {"product_id": product.id, "product_qty": 1, "price_unit": COST}
    return env["purchase.order"].create(
        {
            "partner_id": supplier.id,
            "order_line": [(0, 0, dict(line)) for _line in range(count)],
        }
    )


def _take_back(env, customer, lots):
    """Sell one piece of each lot, and find all of them broken."""
    orders = env["sale.order"].sudo()
    order = orders.create(
        {
            "partner_id": customer.id,
            "order_line": [
                (0, 0, {"product_id": lots.product_id.id, "product_uom_qty": 1})
                for _lot in lots
            ],
        }
    )
    order.action_confirm()
    moves = order.picking_ids.move_ids
    for move, lot in zip(moves, lots, strict=True):
        move.move_line_ids.unlink()
        move.lot_ids = lot
    _move(order.picking_ids)
    order._create_invoices().action_post()
    rma = env["reverse.rma"].create(
        {
            "partner_id": customer.id,
            "line_ids": [
                (0, 0, {"sale_line_id": line.id, "quantity": 1, "lot_id": lot.id})
                for line, lot in zip(order.order_line, lots, strict=True)
            ],
        }
    )
    rma.action_request()
    rma.action_receive()
    parts = rma.inspection_ids
    parts.write(
        {
            "condition_id": env.ref("reverse_logistics.condition_d").id,
            "disposition_id": env.ref(f"{CLAIMS}disposition_vendor").id,
            "override_reason": "For the bench",
            "liability": "supplier",
        }
    )
    parts.action_complete()
    return rma


def _move(picking):
    picking.move_ids.picked = True
    picking.with_context(skip_backorder=True, skip_sms=True).button_validate()
    assert picking.state == "done"


def measure(env, parts):
    """Count the queries of each step, with everything cold.

    Afterwards there are as many claims as a list shows, of the first supplier.

    :param env: of the user of `prepare`
    :param parts: ids of the inspections
    :rtype: Claims
    """
    parts = env["reverse.inspection"].browse(parts)
    unclaimed = _open_groups(_unclaimed(env, parts)), _open_groups(_bought(env))
    source, found = _count(env, parts._find_supplier_sources)
    assert all(sure for _moves, sure in found.values()), "a lot without its purchase"
    opening, _action = _count(env, parts.action_claim_supplier)
    claims = parts.supplier_claim_line_ids.claim_id
    assert sum(map(len, claims.mapped("line_ids"))) == len(parts)
    orders = claims.line_ids.sudo().purchase_line_id.order_id.with_env(env)
    claim = min(claims, key=lambda one: one.id)
    form = _open(claim, "form"), _open(orders[:1], "form")
    claims.action_cancel()
    for part in parts[:LISTED]:
        part.action_claim_supplier()
    claims = parts.supplier_claim_line_ids.claim_id - claims
    assert len(claims) == LISTED and len(claims.partner_id) == 1
    orders = env["purchase.order"].search([], limit=LISTED)
    # As if submitted: their papers are nothing that a list needs.
    claims._guarded_write({"state": "submitted"})
    return Claims(
        len(parts),
        source,
        opening / len(parts),
        (_open(claims, "list"), _open(orders, "list")),
        form,
        unclaimed,
        (),
    )


def visit(env, claims):
    """Open the pages of the supplier's user, with warm caches.

    :param env: of that user
    :param Claims claims: what was measured before
    :rtype: Claims
    """
    from .pages import Visitor

    visitor = Visitor(env, LOGIN)
    for url in PAGES:
        visitor.open(url)
    return replace(claims, portal=tuple(visitor.open(url)[0] for url in PAGES))


@dataclass(frozen=True)
class Grouped:
    """A list in groups, as its menu opens it.

    :ivar records: whatever may be in it, with its model
    :ivar int view: the id of the view
    """

    records: object
    view: int
    domain: list
    groups: list
    sums: list


def _unclaimed(env, parts):
    name = f"{CLAIMS}reverse_inspection"
    action = env["ir.actions.actions"]._for_xml_id(f"{name}_action_unclaimed")
    domain = literal_eval(action["domain"])
    groups = literal_eval(action["context"])["group_by"]
    assert parts.search_count(domain) >= LISTED
    view = env.ref(f"{name}_view_unclaimed_list").id
    return Grouped(parts, view, domain, groups, ["claimable_value:sum"])


def _bought(env):
    orders = env["purchase.order"].search([])
    return Grouped(orders, False, [], ["state"], ["amount_total:sum"])


def _open_groups(grouped):
    """Count what the client asks to show a list in groups, all of them open."""
    from lxml import etree

    records = grouped.records
    views = records.get_views([(grouped.view, "list")])["views"]
    asked = _specification(records, etree.fromstring(views["list"]["arch"]))

    def ask():
        return records.web_read_group(
            grouped.domain,
            grouped.groups,
            grouped.sums,
            auto_unfold=True,
            unfold_read_specification=asked,
            unfold_read_default_limit=LISTED,
        )

    queries, found = _count(records.env, ask)
    assert sum(len(one.get("__records", ())) for one in found["groups"]) == LISTED
    return queries


def _count(env, call):
    """Give queries and answer of a call, without what was left to do before it."""
    env.cr.flush()
    env.invalidate_all()
    env.registry.clear_all_caches()
    env.registry.cache_invalidated.clear()
    gc.collect()
    before = env.cr.sql_log_count
    answer = call()
    env.flush_all()
    env.cr.flush()
    return env.cr.sql_log_count - before, answer


def _open(records, kind):
    """Count what the client's question for a view of these records takes."""
    from lxml import etree

    views = records.get_views([(False, kind)])["views"]
    asked = _specification(records, etree.fromstring(views[kind]["arch"]))
    if kind == "form":
        return _count(records.env, lambda: records.web_read(asked))[0]
    domain = [("id", "in", records.ids)]
    return _count(records.env, lambda: records.web_search_read(domain, asked))[0]


def _specification(model, node):
    """What the web client asks for to show a view."""
    asked = {}
    for field in node.xpath(".//field[not(ancestor::field)]"):
        name = field.get("name")
        kind = model._fields[name].type
        asked[name] = {"fields": {"display_name": {}}} if "2" in kind else {}
        for inner in field.xpath("./list")[:1]:
            lines = model.env[model._fields[name].comodel_name]
            asked[name] = {"fields": _inner(lines, inner), "limit": SHOWN}
    return asked


def _inner(model, view):
    from lxml import etree

    return _specification(model, etree.fromstring(etree.tostring(view)))
