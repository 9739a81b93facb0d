"""Who has recalled goods at home, and with which return these come back."""


def assign(missing, claims, step):
    """Say with which returns goods come that nobody was told of yet.

    What customers have asked to return already comes with that return; the rest needs
    one of its own.

    :param float missing: what the customer has, less what was found before
    :param dict claims: ``{return line: what is still to come with it}``
    :param float step: rounding of quantities
    :return: ``[(return line, or None for the rest, quantity), …]``
    """
    found = []
    for line, waiting in [*claims.items(), (None, missing)]:
        taken = min(missing, waiting)
        if taken >= step / 2:
            found.append((line, taken))
            missing -= taken
    return found
