"""What a component is worth of the kit that it was sold in.

Kits are counted in the unit of their order line, components in the unit of their
product. Components are named by any key.
"""

from math import floor

#: A rest below this comes from rounding and is no component.
FINE = 1e-6


def shares(*weights):
    """Give the share of one kit that each component stands for; together they are 1.

    :param weights: dicts of weights by component; the first with a sum above zero is
        used
    :return: ``{component: 0.0 to 1.0}``
    """
    for candidate in weights:
        total = sum(candidate.values())
        if total > FINE:
            return {key: weight / total for key, weight in candidate.items()}
    keys = weights[-1]
    return {key: 1.0 / len(keys) for key in keys}


def join(rows):
    """Give what several lines of a bill with the same product count by together.

    :param rows: list of dicts with ``share``, None where percentages are incomplete
    """
    shares_ = [row["share"] for row in rows]
    return {**rows[0], "share": None if None in shares_ else sum(shares_)}


def need(deliveries):
    """Give the mean quantity of a component in one kit, over several deliveries.

    :param deliveries: iterable of ``(quantity delivered, quantity in one kit then)``
    :rtype: float
    """
    deliveries = list(deliveries)
    total = sum(quantity for quantity, _need in deliveries)
    count = sum(quantity / each for quantity, each in deliveries)
    return total / count if count else deliveries[-1][1]


def worth(quantities, per_kit, share):
    """Count the kits that these components are worth, each by its share.

    :param dict quantities: quantity by component
    :param dict per_kit: quantity of each component in one kit
    :param dict share: as :func:`shares` gives them
    :rtype: float
    """
    return sum(
        share[key] * quantity / per_kit[key]
        for key, quantity in quantities.items()
        if key in per_kit
    )


def complete(quantities, per_kit):
    """Count the kits of which every component is there.

    :param dict quantities: quantity by component
    :param dict per_kit: quantity of each component in one kit
    :rtype: int
    """
    if not per_kit:
        return 0
    return max(
        floor(
            min(quantities.get(key, 0.0) / need for key, need in per_kit.items()) + FINE
        ),
        0,
    )


def exchanged(sent, back, per_kit, whole):
    """Give what left in exchange for components that came back, beyond whole kits.

    :param dict sent: quantity that left, by component
    :param dict back: quantity that came back, by component
    :param dict per_kit: quantity of each component in one kit
    :param whole: number of complete kits that left
    :return: ``{component: quantity}``
    """
    return {
        key: max(min(sent.get(key, 0.0) - whole * need, back.get(key, 0.0)), 0.0)
        for key, need in per_kit.items()
    }
