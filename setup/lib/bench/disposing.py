"""What becomes of goods: pieces of one disposition together, beside Odoo's documents.

The floor is what Odoo itself spends on the same documents in a database without this
project's addons: transfers, scrap, repairs, purchases. Ours is the disposition's step,
from completed inspections to goods on their way, with its papers and events.
"""

import contextlib
from dataclasses import dataclass

from . import masters, ways

#: Pieces that are disposed of together, and on how many returns they are.
PIECES, LINES = 100, 10
#: What ours may cost as a multiple of the floor.
SHARE = 1.25


@dataclass(frozen=True)
class Disposed:
    """Queries that pieces of a disposition took, each.

    :ivar str code: of the disposition
    :ivar float floor: of Odoo's documents
    :ivar float ours: of the disposition's step
    """

    code: str
    floor: float
    ours: float


# ----------------------------------------------------------------------
# Odoo's own documents, over transfers that brought the goods in
# ----------------------------------------------------------------------
def _transfer(receipts, target, picking_type, done=True):
    """One transfer for each receipt, with all that it brought."""
    pickings = receipts.create(
        [
            {
                "picking_type_id": picking_type.id,
                "location_id": receipt.location_dest_id.id,
                "location_dest_id": target.id,
                "origin": receipt.name,
                "move_ids": [
                    (0, 0, _move(move, receipt.location_dest_id, target))
                    for move in receipt.move_ids
                ],
            }
            for receipt in receipts
        ]
    )
    pickings.action_confirm()
    pickings.action_assign()
    if done:
        pickings.move_ids.picked = True
        pickings.with_context(**ways.DONE).button_validate()
        assert set(pickings.mapped("state")) == {"done"}
    return pickings


def _move(move, source, target, **values):
    return {
        "location_id": source.id,
        "location_dest_id": target.id,
        "product_id": move.product_id.id,
        "product_uom_qty": move.quantity,
        "product_uom": move.product_uom.id,
        "procure_method": "make_to_stock",
        **values,
    }


def _warehouse(receipts):
    return receipts.picking_type_id.warehouse_id


def move(receipts):
    """To another place."""
    warehouse = _warehouse(receipts)
    _transfer(receipts, warehouse.lot_stock_id, warehouse.int_type_id)


def send(receipts):
    """A delivery is prepared."""
    customers = receipts.env.ref("stock.stock_location_customers")
    _transfer(receipts, customers, _warehouse(receipts).out_type_id, done=False)


def scrap(receipts):
    """Written off."""
    scraps = receipts.env["stock.scrap"].create(
        [
            {
                "product_id": move.product_id.id,
                "product_uom_id": move.product_uom.id,
                "scrap_qty": move.quantity,
                "location_id": move.location_dest_id.id,
                "company_id": move.company_id.id,
                "origin": move.reference,
            }
            for move in receipts.move_ids
        ]
    )
    for one in scraps:
        one.action_validate()
    assert set(scraps.mapped("state")) == {"done"}


def regrade(receipts):
    """One product is used up, another one made."""
    loss = receipts.move_ids.product_id[:1].property_stock_inventory
    stock = _warehouse(receipts).lot_stock_id
    for source, target in ((receipts.location_dest_id, loss), (loss, stock)):
        moves = receipts.env["stock.move"].create(
            [_move(move, source, target) for move in receipts.move_ids]
        )
        moves._action_confirm(merge=False)
        moves._action_assign()
        moves.picked = True
        moves._action_done()
        assert set(moves.mapped("state")) == {"done"}


def repair(receipts):
    """To the workshop, with an order for each piece."""
    move(receipts)
    warehouse = _warehouse(receipts)
    return receipts.env["repair.order"].create(
        [
            {
                "picking_type_id": warehouse.repair_type_id.id,
                "product_id": move.product_id.id,
                "product_qty": move.quantity,
                "product_uom": move.product_uom.id,
                "product_location_src_id": warehouse.lot_stock_id.id,
                "product_location_dest_id": warehouse.lot_stock_id.id,
            }
            for move in receipts.move_ids
        ]
    )


def outside(receipts):
    """To the workshop, and there and back to a vendor, whose work is ordered."""
    orders = repair(receipts)
    warehouse = _warehouse(receipts)
    for _way in range(2):
        _transfer(receipts, warehouse.lot_stock_id, warehouse.int_type_id, done=False)
    env = receipts.env
    service = env["product.product"].sudo()
    service = service.create({"name": "Work", "type": "service"})
    # sudo: buying is somebody else's, as in ours
    vals = [(0, 0, {"product_id": service.id, "product_qty": 1}) for _one in orders]
    vendor = env.company.partner_id.id
    env["purchase.order"].sudo().create({"partner_id": vendor, "order_line": vals})


#: The floor of each disposition that comes with the project's addons.
FLOORS = {
    "RESTOCK": move,
    "QUARANTINE": move,
    "LIQUIDATE": move,
    "VENDOR": move,
    "CUSTOMER": send,
    "DONATE": send,
    "SCRAP": scrap,
    "RECYCLE": scrap,
    "REGRADE": regrade,
    "REPAIR": repair,
    "REFURBISH": repair,
    "OUTSIDE": outside,
}


# ----------------------------------------------------------------------
# Ours
# ----------------------------------------------------------------------
def _prepare_ours(parts, code):
    """Complete these inspections, up to where their goods are moved."""
    # sudo: what the disposition needs to know is configuration
    env = parts.sudo().env
    disposition = env["reverse.disposition"].search(
        [("code", "=", "REFURBISH" if code == "OUTSIDE" else code)]
    )
    values = {
        "condition_id": env.ref("reverse_logistics.condition_b").id,
        "disposition_id": disposition.id,
        "override_reason": "For the bench",
    }
    # Who says that it is a charity gives it nothing.
    other = env.ref("base.user_root")
    partners = env["res.partner"].with_user(
        other if env.user != other else env.ref("base.user_admin")
    )
    partner = partners.create({"name": "Other", "reverse_is_charity": True})
    partner = partner.with_env(env)
    if code == "DONATE":
        values["donation_partner_id"] = partner.id
    if code == "OUTSIDE":
        values["refurbisher_id"] = partner.id
    if code == "REGRADE":
        _configure_regrading(env, parts.product_id)
    parts.write(values)
    if code in ("SCRAP", "RECYCLE"):
        parts.write({"disposal_reason_id": _get_reason(env).id})
    parts._check_complete()
    parts._transition(parts._steps, "complete", {"inspected_by_id": parts.env.uid})


def _get_reason(env):
    return env["reverse.disposal.reason"].search([], limit=1)


def _configure_regrading(env, products):
    category = products.categ_id
    target = env["product.product"].create(
        {"name": "B-stock", "is_storable": True, "categ_id": category.id}
    )
    env["reverse.regrade"].create(
        {"categ_id": category.id, "target_id": target.id, "percent": 50}
    )


def measure(sessions):
    """Count the queries of each disposition in turn, with everything cold.

    :param dict sessions: ``{"floor": Session, "ours": Session}``
    :return: `Disposed` of each
    """
    starts = {side: _start(session) for side, session in sessions.items()}
    found = []
    for code, floor in FLOORS.items():
        user, ids = starts["floor"]
        theirs = _count(
            sessions["floor"], user, "stock.picking", ids, _prepare_nothing, floor
        )
        user, ids = starts["ours"]
        ours = _count(
            sessions["ours"],
            user,
            "reverse.inspection",
            ids,
            lambda parts, code=code: _prepare_ours(parts, code),
            _dispose,
        )
        found.append(Disposed(code, theirs / PIECES, ours / PIECES))
    return found


def _prepare_nothing(_records):
    """Odoo's documents need no decision."""


def _dispose(parts):
    parts._work("_dispose")
    assert all(parts.mapped("disposed")), parts.rma_id.exception_ids.mapped("message")


def _start(session):
    """Sell, and take everything in; give the user, and what came in."""
    with session.environment() as env:
        made = masters.prepare(env)
        user = env["res.users"].browse(made["user"])
        if masters.with_addon(env):
            user.group_ids += env.ref("stock.group_stock_manager")
        orders = masters.sell(env, made, PIECES // LINES, LINES)
    with session.environment(made["user"]) as env:
        browsed = env["sale.order"].browse(orders)
        if masters.with_addon(env):
            rmas = ways.receive(ways.request(browsed))
            return made["user"], rmas.inspection_ids.ids
        deliveries = browsed.picking_ids
        place = ways._inspection(browsed)
        ways._transfer(deliveries, ways._receipt, place)
        return made["user"], (deliveries.return_ids).ids


def _count(session, user, model, ids, prepare, call):
    with session.environment(user) as env:
        try:
            records = env[model].browse(ids)
            prepare(records)
            env.flush_all()
            env.cr.flush()
            session.registry.clear_all_caches()
            session.registry.cache_invalidated.clear()
            _found, cost = session._measure(call, records, contextlib.nullcontext)
            return cost.queries
        finally:
            env.cr.rollback()
