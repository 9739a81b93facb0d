"""Credits of the file as returns, entered and handled by people with one role each.

Customer service names product and quantity only, as a customer's parcel would; which
delivery the goods belong to is for the addon to find.
"""

from . import keys
from .orders import NotDone


def replay(env, document, users):
    """Take one credit from the request to the posted credit note.

    What cannot be matched to any purchase stays with a person, and nothing is credited.

    :param users: ``{role: user id}``
    """
    rma = _request(env, document, users["service"])
    keys.remember(env, "return", {document.number: rma})
    if not rma.line_ids.filtered("move_id"):
        return
    if rma.state == "requested":
        approver = rma.with_user(users["approver"])
        approver.action_authorize_exception("Credited in the file.")
    rma.with_user(users["receiver"]).action_receive()
    _inspect(rma.with_user(users["inspector"]))
    _settle(rma, users)


def _request(env, document, user):
    products = keys.known(env, "product")
    customer = env["res.partner"].browse(keys.known(env, "partner")[document.customer])
    env = env(user=user)
    rma = env["reverse.rma"].create(
        {
            "partner_id": customer.id,
            "channel_id": _by_code(env, "reverse.channel", "B2B").id,
            "settlement_type": "refund",
            "client_ref": document.number,
            "line_ids": [
                (0, 0, _prepare_line(env, products[code], rows))
                for code, rows in document.goods.items()
            ],
        }
    )
    rma.action_request()
    return rma


def _prepare_line(env, product, rows):
    return {
        "product_id": product,
        "uom_id": env["product.product"].browse(product).uom_id.id,
        "quantity": sum(row.quantity for row in rows),
        "note": rows[0].description,
    }


def _inspect(rma):
    inspections = rma.inspection_ids
    inspections.write(
        {
            "condition_id": _by_code(rma.env, "reverse.condition", "A").id,
            "disposition_id": _by_code(rma.env, "reverse.disposition", "RESTOCK").id,
        }
    )
    inspections.action_complete()


def _settle(rma, users):
    """Release what the policy left to people."""
    for settlement in rma.settlement_ids:
        if settlement.state == "draft":
            settlement.with_user(users["service"]).action_submit()
        if settlement.state == "submitted":
            settlement.with_user(users["approver"]).action_approve()
        if settlement.state == "approved":
            settlement.with_user(users["releaser"]).action_release()
    late = rma.settlement_ids.filtered(lambda s: s.state != "released")
    if late or not rma.settlement_ids:
        reasons = ", ".join(rma.exception_ids.mapped("type")) or "no settlement"
        raise NotDone(f"{rma.name} is not credited: {reasons}")


def _by_code(env, model, code):
    found = env[model].search([("code", "=", code)], limit=1)
    if not found:
        raise NotDone(f"there is no {model} with the code {code}")
    return found
