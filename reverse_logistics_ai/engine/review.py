"""Whether a return should be looked at twice, and what speaks for it: a visible sum.

Points ask for a look by a person and do nothing else. What speaks for the customer,
such as goods that come back from everybody, is told beside it.
"""

from dataclasses import dataclass, field

#: What each sign counts; from this sum on, a person is asked to look.
POINTS = {
    "customer": 2,
    "address": 2,
    "serial": 3,
    "weight": 2,
    "worn": 1,
    "worn_again": 2,
    "photo": 3,
    "edited": 1,
    "product": 0,
}
LOOK_FROM = 2
#: Goods that weigh so much more or less than they should, in shares and in kilograms.
WEIGHT_SHARE, WEIGHT_LEAST = 0.25, 0.05
#: The last days of a return window: this share of it, and at least so many days.
LATE_SHARE, LATE_DAYS = 0.1, 2
#: So often within a year is a habit.
HABIT = 2
#: Goods that come back so many times as often as others.
OFTEN = 3.0


@dataclass(frozen=True)
class Goods:
    """What was found of goods of one line, beside what was sold.

    :ivar str name: of the goods, for the reader
    :ivar frozenset sent: serial numbers that were delivered
    :ivar str lot: the one that came back, or ""
    :ivar float weight: as it should be, in kilograms, or 0
    :ivar float weighed: as it was found, or 0
    :ivar days: between delivery and request, None when unknown
    :ivar window: days within which it may come back, None without such a limit
    :ivar bool worn: can no longer be sold as new, though nothing was wrong with it
    :ivar float often: how many times as often as others these goods come back
    """

    name: str = ""
    sent: frozenset = frozenset()
    lot: str = ""
    weight: float = 0.0
    weighed: float = 0.0
    days: int | None = None
    window: int | None = None
    worn: bool = False
    often: float = 1.0

    @property
    def worn_late(self):
        """Used, and asked back in the last days of the window."""
        if not self.worn or self.days is None or not self.window:
            return False
        left = self.window - self.days
        return 0 <= left <= max(LATE_DAYS, LATE_SHARE * self.window)

    @property
    def weighs_other(self):
        """Weighs clearly more or less than it should."""
        off = abs(self.weighed - self.weight)
        known = self.weight > 0 and self.weighed > 0
        return known and off > max(WEIGHT_LEAST, WEIGHT_SHARE * self.weight)


@dataclass(frozen=True)
class Facts:
    """What is known of a return.

    :ivar customer: ``rates.Rate`` of the customer, or None
    :ivar address: that of all who have goods sent to the same address, or None
    :ivar tuple goods: of ``Goods``
    :ivar int worn_before: how often the customer sent used goods back in the last days
    :ivar tuple photos: names of other returns that show the same photo
    :ivar tuple edited: programs that photos say they were written with
    """

    customer: object = None
    address: object = None
    goods: tuple = ()
    worn_before: int = 0
    photos: tuple = ()
    edited: tuple = ()


@dataclass(frozen=True)
class Sign:
    """One thing that speaks for a second look, as code and the values of a sentence."""

    code: str
    values: dict = field(default_factory=dict)

    @property
    def points(self):
        return POINTS[self.code]


def find_signs(facts):
    """Give the signs of a return, those that count most first."""
    signs = [*_judge_rates(facts)]
    for goods in facts.goods:
        signs += _judge_goods(goods, facts.worn_before)
    signs += [Sign("photo", {"returns": name}) for name in facts.photos]
    signs += [Sign("edited", {"program": name}) for name in facts.edited]
    return sorted(signs, key=lambda sign: -sign.points)


def needs_look(signs):
    """Tell whether these signs are enough to ask a person."""
    return sum(sign.points for sign in signs) >= LOOK_FROM


def _judge_rates(facts):
    for code in ("customer", "address"):
        rate = getattr(facts, code)
        # An address says more only where several customers share it.
        same = code == "address" and rate == facts.customer
        if rate and rate.stands_out and not same:
            yield Sign(
                code,
                {
                    "bought": rate.bought,
                    "seen": rate.seen,
                    "usual": round(rate.usual, 1),
                },
            )


def _judge_goods(goods, worn_before):
    if goods.lot and goods.sent and goods.lot not in goods.sent:
        yield Sign("serial", {"product": goods.name, "lot": goods.lot})
    if goods.weighs_other:
        yield Sign(
            "weight",
            {
                "product": goods.name,
                "weight": round(goods.weight, 3),
                "weighed": round(goods.weighed, 3),
            },
        )
    if goods.worn_late:
        again = worn_before >= HABIT
        yield Sign(
            "worn_again" if again else "worn",
            {
                "product": goods.name,
                "days": goods.days,
                "window": goods.window,
                "before": worn_before,
            },
        )
    if goods.often >= OFTEN:
        yield Sign("product", {"product": goods.name, "often": round(goods.often, 1)})
