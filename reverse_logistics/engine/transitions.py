"""Which action leads from which state to which, and which stage a return is in."""

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

OFFER = {
    "send": (("draft",), "sent"),
    "accept": (("sent",), "accepted"),
    "refuse": (("sent",), "refused"),
    "expire": (("sent",), "expired"),
    "withdraw": (("draft", "sent"), "withdrawn"),
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

CONTROL = {
    "execute": (("requested",), "done"),
    "refuse": (("requested",), "refused"),
    "cancel": (("requested",), "cancelled"),
}

STATEMENT = {
    "link": (("received",), "linked"),
    "answer": (("received",), "answered"),
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

#: How far goods and credit have come, in order; a return shows its slowest line's.
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


#: Stages in which nothing of an authorized line has arrived.
AWAITED = ("authorized", "in_transit")

#: Stages in which a return still waits for goods.
COMING = (*AWAITED, "receiving")


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
    :param bool wants_credit: the customer is to be credited for it, or to get a
        replacement
    :param float step: rounding of the unit of measure
    :return: one of ``STAGES``, or the state outside of authorization
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
    """Tell the stage of a return: that of its slowest line.

    When some goods have arrived and others have not, it is partly received.

    :param str state: authorization state of the return
    :param line_stages: stages of its lines
    :param bool arrived: any of its goods have arrived
    :rtype: str
    """
    if state not in ("authorized", "done"):
        return state
    slowest = min(line_stages, key=STAGES.index, default=state)
    return "receiving" if arrived and slowest in AWAITED else slowest
