"""Where goods may go that customers send back, and what has to vouch for it.

Goods of returns leave by their inspection, its disposition or an approved change; what
customers send back arrives to be inspected. One table says so of every way between two
places, whatever document moves the goods. Places are told apart by their kind:

``customer``
    with customers
``company``
    on the way to another company, or from it
``supplier``
    with suppliers
``loss``
    written off or used up
``stock``
    ours: on sale, or on its way between our warehouses
``held``
    in returns, and waiting for a decision
``liquidation``, ``vendor_return``, ``customer_return``
    in returns, and decided about: from there goods leave for whom they are meant
"""

from typing import NamedTuple

CUSTOMER, COMPANY = "customer", "company"
SUPPLIER, LOSS, STOCK = "supplier", "loss", "stock"
HELD = "held"
#: Kinds of places whose goods an inspection has decided about, and where these go.
EXITS = {
    "liquidation": CUSTOMER,
    "vendor_return": SUPPLIER,
    "customer_return": CUSTOMER,
}
#: Kinds of places of returned goods.
RETURNS = (HELD, *EXITS)
OUTSIDE = (STOCK, SUPPLIER, LOSS)
#: Kinds of places where goods are that were delivered.
DELIVERED = (CUSTOMER, COMPANY)
#: Usages of Odoo's locations for what is used up, written off, or with a supplier.
SPENT = ("inventory", "production", "supplier")
#: Usages of those for what is ours, or has such below it.
KEPT = ("internal", "transit", "view")


class Rule(NamedTuple):
    """What a way between two places is bound to.

    :param tuple vouchers: names of what can vouch for goods on this way, any of them:

        - ``decision``: an inspection has decided that these goods go there
        - ``undo``: takes back a receipt whose goods nobody has inspected
        - ``change``: somebody else has approved exactly this
        - ``workflow``: a step of the return does it
        - ``title``: goods of a customer become ours
        - ``correction``: the goods do not move, the books said something wrong
        - ``dropshipped``: the supplier had sent them, not we
        - ``unrelated``: brings back nothing that this customer was delivered
        - ``onward``: brings back no delivery, but makes one
        - ``sold``: delivers what an order has sold
        - ``inspectable``: no order has taken them back by a line of its own, outside
          any return
        - ``unspent``: they are not what returns wrote off or sent to a supplier
    :param str code: why it is refused, where nothing vouches for it
    """

    vouchers: tuple
    code: str


_BY_HAND = Rule(("change", "workflow"), "by_hand")
_TO_CUSTOMER = Rule(("decision", "undo", "title", "change"), "unsent")
_SOLD = Rule(("sold", *_TO_CUSTOMER.vouchers), "unsold")

#: By kinds of the place where goods lie and of that where they go. Every way that is
#: not named here is allowed.
RULES = {
    # Goods leave returns.
    **{(kind, STOCK): Rule(("decision",), "uninspected") for kind in RETURNS},
    **{(kind, goal): _TO_CUSTOMER for kind in RETURNS for goal in DELIVERED},
    **{("liquidation", goal): _SOLD for goal in DELIVERED},
    **{(kind, SUPPLIER): Rule(("change",), "unsent") for kind in RETURNS},
    **{(kind, LOSS): _BY_HAND for kind in RETURNS},
    # Goods get to a location of returns from which they may leave.
    **{
        (source, kind): Rule(("decision", "change"), "undecided")
        for source in RETURNS
        for kind in EXITS
        if source != kind
    },
    # Goods are added to returns from outside.
    **{(source, kind): _BY_HAND for source in OUTSIDE for kind in RETURNS},
    # What returns have written off or sent away is not on sale again.
    **{
        (source, goal): Rule(("unspent", "change", "workflow"), "spent")
        for source in (SUPPLIER, LOSS)
        for goal in (STOCK, *DELIVERED)
    },
    # What customers send back arrives in returns, to be inspected.
    **{
        (source, goal): rule
        for source in DELIVERED
        for goal, rule in {
            **dict.fromkeys(EXITS, Rule((), "arrives")),
            HELD: Rule(("inspectable",), "ordered_back"),
            STOCK: Rule(("unrelated", "title", "correction"), "arrives"),
            LOSS: Rule(("unrelated", "correction"), "arrives"),
            SUPPLIER: Rule(("unrelated", "dropshipped"), "arrives"),
            CUSTOMER: Rule(("onward", "correction"), "arrives"),
        }.items()
    },
    # Customers send nothing on to other companies past their returns.
    (CUSTOMER, COMPANY): Rule(("correction",), "arrives"),
    (COMPANY, COMPANY): Rule(("onward", "correction"), "arrives"),
}
# Inspections have decided what lies there: it goes to suppliers by any paper.
del RULES["vendor_return", SUPPLIER]

#: The fields of a location that decide whether its goods are guarded.
PLACE = frozenset(
    {
        "active",
        "company_id",
        "location_id",
        "reverse_facility_id",
        "reverse_state",
        "usage",
    }
)

#: Of these, the ones that a place keeps which a company names for its returns.
SERVING = frozenset({"active", "company_id", "location_id", "usage"})

#: The fields of the stock of returned goods that only their moves change.
QUANT = frozenset(
    {
        "company_id",
        "in_date",
        "location_id",
        "lot_id",
        "owner_id",
        "package_id",
        "product_id",
        "quantity",
        "reserved_quantity",
    }
)

#: The modules whose fields of a transfer say which goods it moved, whose, and what they
#: are worth. What other modules add says something else.
GOODS_MODULES = frozenset({"stock", "stock_account", "sale_stock", "purchase_stock"})
#: Of these fields, those that may still be written of a transfer that moved goods of
#: returns, or whose goods were claimed back: what people say of it, plan, or link, and
#: what Odoo itself moves goods for. All others are written by Odoo's own steps only.
STILL_OPEN = frozenset(
    {
        "analytic_account_line_ids",
        "date",
        "date_deadline",
        "delay_alert_date",
        "description_picking",
        "description_picking_manual",
        "lot_ids",
        "move_dest_ids",
        "move_line_ids",
        "move_orig_ids",
        "next_serial",
        "next_serial_count",
        "priority",
        "procure_method",
        "propagate_cancel",
        "quantity",
        "reference_ids",
        "reservation_date",
        "reverse_done_at",
        "sequence",
    }
)

#: The fields of an open transfer of a return that say which goods it is to move, whose,
#: from where, and for which sale. Only its return writes them; how many come, and to
#: which shelf, is entered by whoever receives them.
BOUND = frozenset(
    {
        "company_id",
        "location_id",
        "origin_returned_move_id",
        "product_id",
        "product_uom",
        "purchase_line_id",
        "restrict_partner_id",
        "sale_line_id",
        "to_refund",
    }
)

#: The fields of any line that follow from its other fields or from its transfer, and by
#: which Odoo moves goods all the same.
LINE = frozenset({"move_id", "product_id", "quantity_product_uom", "state"})

#: The fields of a line of such a transfer, or of a delivery, that only Odoo's own step
#: writes: they say what was moved, and move nothing.
DONE_LINE = frozenset(
    {
        "company_id",
        "move_id",
        "picked",
        "picking_id",
        "product_id",
        "quantity_product_uom",
        "state",
    }
)


def get_kind(usage, is_outgoing=False, is_returns=False, state=None):
    """Give the kind of a place.

    :param str usage: of Odoo's location
    :param bool is_outgoing: what goes there was delivered
    :param bool is_returns: it lies in returns
    :param str state: of returned goods there, or of the place around it
    """
    if is_outgoing:
        return CUSTOMER if usage == "customer" else COMPANY
    if usage == "supplier":
        return SUPPLIER
    if usage in ("inventory", "production"):
        return LOSS
    if not is_returns:
        return STOCK
    return state if state in EXITS else HELD


def get_end(kind):
    """Give what a place is to the past: with a customer, in returns, spent, or ours.

    Where goods wait within returns may change; what was delivered, what came back and
    what was written off may not.

    :param str kind: of the place
    """
    if kind in RETURNS:
        return HELD
    return LOSS if kind in (LOSS, SUPPLIER) else kind


def judge(source, target, vouches):
    """Say why goods may not go from one place to another, None where they may.

    :param str source: kind of the place where they lie
    :param str target: kind of the place where they are to go
    :param vouches: function that tells whether a voucher is there
    :return: a code of :class:`Rule`
    """
    rule = RULES.get((source, target))
    if rule is None or any(vouches(name) for name in rule.vouchers):
        return None
    return rule.code


def may_be_approved(source, target):
    """Tell whether somebody else can approve that goods go this way."""
    rule = RULES.get((source, target))
    return rule is not None and "change" in rule.vouchers
