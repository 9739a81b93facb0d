"""Whether goods were offered for donation and nobody wanted them.

Either enough charities declined, or did not answer in time, or the goods were shown on
the site for long enough.
"""

from datetime import timedelta
from typing import NamedTuple

#: How long goods are shown on the site before they count as not accepted.
SHOWN = timedelta(weeks=8)


class Offer(NamedTuple):
    """Goods offered for donation.

    :param str kind: ``charity`` or ``site``
    :param partner: which charity, None for the site
    :param str state: ``waiting``, ``accepted`` or ``refused``
    :param date offered_on: when
    :param date answer_by: until when the charity can answer, None for the site
    """

    kind: str
    partner: object
    state: str
    offered_on: object
    answer_by: object


def is_declined(offer, today):
    """Tell whether nobody takes the goods by this offer."""
    if offer.state == "accepted":
        return False
    if offer.kind == "site":
        return today >= offer.offered_on + SHOWN
    return offer.state == "refused" or offer.answer_by < today


def count_missing(offers, today, needed):
    """Give how many charities still have to decline until the goods are not accepted.

    :param int needed: how many have to decline; the same one counts once
    :rtype: int
    """
    declined = [offer for offer in offers if is_declined(offer, today)]
    if any(offer.kind == "site" for offer in declined):
        return 0
    return max(needed - len({offer.partner for offer in declined}), 0)
