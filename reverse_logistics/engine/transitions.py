"""Which action leads from which state to which, and the stage a return is in."""

from .rounding import compare

#: action: (states it may start from, state it leads to)
RMA = {
    "request": (("draft",), "requested"),
    "authorize": (("requested",), "authorized"),
    "reject": (("requested",), "rejected"),
    "cancel": (("draft", "requested", "authorized"), "cancelled"),
    "close": (("authorized",), "done"),
    "reopen": (("done", "expired"), "authorized"),
    "expire": (("authorized",), "expired"),
}

INSPECTION = {
    "complete": (("draft",), "done"),
    "supersede": (("done",), "superseded"),
    "cancel": (("draft",), "cancelled"),
}

SETTLEMENT = {
    "submit": (("draft",), "submitted"),
    "approve": (("submitted",), "approved"),
    "send_back": (("submitted", "approved"), "draft"),
    "release": (("approved",), "released"),
    "reverse": (("released",), "reversed"),
    "cancel": (("draft", "submitted", "approved"), "cancelled"),
}

EXCEPTION = {
    "resolve": (("open",), "resolved"),
}

APPROVAL = {
    "approve": (("pending",), "approved"),
    "reject": (("pending",), "rejected"),
    # what was approved may outgrow its approval
    "cancel": (("pending", "approved"), "cancelled"),
}

QUANTITY = {
    "execute": (("requested",), "done"),
    "permit": (("requested",), "permitted"),
    "move": (("permitted",), "done"),
    "refuse": (("requested",), "refused"),
    "cancel": (("requested", "permitted"), "cancelled"),
}

POLICY_VERSION = {
    "activate": (("draft",), "active"),
    "archive": (("active",), "archived"),
}

SIMULATION = {
    "start": (("draft",), "running"),
    "resume": (("cancelled", "failed"), "running"),
    "finish": (("running",), "done"),
    "fail": (("running",), "failed"),
    "cancel": (("running",), "cancelled"),
}

#: States in which a return claims quantities of its deliveries.
LIVE = ("requested", "authorized", "done")

#: Goods and customer stages in their order; the header shows its slowest line.
STAGES = (
    "draft",
    "requested",
    "authorized",
    "in_transit",
    "receiving",
    "received",
    "inspected",
    "put_away",
    "settled",
)


#: Stages in which nothing of a line is here.
AWAITED = ("authorized", "in_transit")


def target(table, action, state):
    """Give the state that ``action`` leads to.

    :param dict table: one of the tables above
    :param str action: name of the action
    :param str state: where the record is now
    :return: the new state, or None when the action is not allowed from ``state``
    """
    sources, goal = table[action]
    return goal if state in sources else None


def line_stage(state, shipped, quantities, wants_credit, step):
    """Tell the stage of a line.

    :param str state: authorization state of the return
    :param bool shipped: the customer has handed the goods over
    :param dict quantities: ``authorized``, ``received``, ``kept``, ``inspected``,
        ``put_away``, ``settled``, ``denied`` and ``closed_short``, all in the line's
        unit
    :param bool wants_credit: the customer is to get something for it
    :param float step: rounding of the unit of measure
    :rtype: str
    """
    if state not in ("authorized", "done"):
        return state
    due = quantities["authorized"] - quantities["closed_short"]
    if compare(due, 0, step) <= 0:
        return "settled"

    def reached(name, extra=0.0):
        return compare(quantities[name] + extra, due, step) >= 0

    credited = reached("settled", quantities["denied"])
    if reached("put_away") and (not wants_credit or credited):
        return "settled"
    if reached("put_away"):
        return "put_away"
    if reached("inspected"):
        return "inspected"
    if reached("received", quantities["kept"]):
        return "received"
    if compare(quantities["received"], 0, step) > 0:
        return "receiving"
    return "in_transit" if shipped else "authorized"


def header_stage(state, line_stages, arrived=False):
    """Tell the stage of a return: that of its slowest line. Where some goods are here
    and others are not, it is partly received.

    :param str state: authorization state of the return
    :param line_stages: stages of its lines
    :param bool arrived: any of its goods are here
    :rtype: str
    """
    if state not in ("authorized", "done"):
        return state
    slowest = min(line_stages, key=STAGES.index, default=state)
    return "receiving" if arrived and slowest in AWAITED else slowest
