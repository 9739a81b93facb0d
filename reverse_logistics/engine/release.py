"""When the customer gets the credit, and for how much of it before the inspection.

Quantities are in the unit of the return line.
"""

from .eligibility import RELEASES
from .rounding import round_to

#: Moments at which credit can be released before the inspection, in their order.
MOMENTS = ("authorization", "shipped", "receipt")


def is_due(release, moment):
    """Tell whether credit is released at a moment.

    What was due at an earlier moment and was not released then is due now: goods that
    are here have been shipped, whether or not somebody said so.

    :param str release: what the rule says, one of ``engine.eligibility.RELEASES``
    :param str moment: one of ``MOMENTS``
    :rtype: bool
    """
    return release in MOMENTS and RELEASES.index(release) <= MOMENTS.index(moment)


def quantity(moment, expected, unseen, ahead, step):
    """Tell how much is to be credited now.

    :param str moment: one of ``MOMENTS``
    :param float expected: what is still to come
    :param float unseen: what is here and waits for inspection
    :param float ahead: what was credited before and is still expected or unseen
    :param float step: rounding of the unit
    :rtype: float
    """
    due = unseen if moment == "receipt" else expected + unseen
    return max(round_to(due - ahead, step), 0.0)


def outstanding(credited, back, billed, step):
    """Tell for how much the customer has both the credit and the goods.

    This quantity is not invoiced as if it had been sold until somebody decides that it
    was.

    :param float credited: credited before the goods were inspected
    :param float back: what is here, less what went to the customer again
    :param float billed: what was to come back and is billed instead
    :param float step: rounding of the unit
    :rtype: float
    """
    return max(round_to(credited - max(back, 0.0) - billed, step), 0.0)


def cover(needs, credited, step):
    """Tell which parts are fully covered by what was credited before.

    :param needs: ``[(key, quantity)]`` in the order in which they are covered
    :param float credited: the quantity credited before
    :param float step: rounding of the unit
    :return: ``(keys, left)``: the parts that are covered as a whole, and what is left
        of the credited quantity
    """
    covered = []
    for key, wanted in needs:
        if round_to(wanted - credited, step) <= 0:
            covered.append(key)
            credited -= wanted
    return covered, round_to(credited, step)
