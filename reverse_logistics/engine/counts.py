"""What documents say lies somewhere, beside what lies there."""


def explain(documented, on_hand, changes, arrivals=()):
    """Give what documents say, with as much of the approved changes as is true.

    A change that takes away explains that something is missing, one that adds that
    there is more, and neither makes a difference where there is none. What came after
    a change cannot be what it took away.

    :param float documented: what documents say lies there
    :param float on_hand: what lies there
    :param changes: when something was changed with an approval, and by how much, below
        zero for less: ``[(moment, quantity)]``
    :param arrivals: when what documents say lies there came: ``[(moment, quantity)]``
    """
    difference = on_hand - documented
    changed = sum(quantity for _moment, quantity in changes)
    if difference * changed <= 0:
        return documented
    if changed > 0:
        return documented + min(difference, changed)
    return documented - min(-difference, -changed, _count_taken(changes, arrivals))


def _count_taken(changes, arrivals):
    """Count what changes can have taken away of what was there at that time."""
    left, taken = sorted(arrivals), 0.0
    for moment, quantity in sorted(changes):
        wanted = -quantity
        for number, (came, here) in enumerate(left):
            if wanted <= 0 or came > moment:
                break
            part = min(wanted, here)
            left[number] = came, here - part
            wanted -= part
            taken += part
    return taken
