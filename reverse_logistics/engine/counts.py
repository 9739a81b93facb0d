"""What documents say lies somewhere, beside what lies there."""


def explain(documented, on_hand, changed):
    """Give what documents say, with as much of the approved changes as is true.

    A change that takes away explains that something is missing, one that adds that
    there is more, and neither makes a difference where there is none.

    :param float documented: what documents say lies there
    :param float on_hand: what lies there
    :param float changed: the sum of the approved changes, below zero for less
    """
    difference = on_hand - documented
    if difference * changed <= 0:
        return documented
    return documented + (min if changed > 0 else max)(difference, changed)
