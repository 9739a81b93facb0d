"""What became of recalled goods: how many are known to be out of use."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Reach:
    """What is known of the goods that one customer got.

    :param float quantity: that the customer got, in the product's unit
    :param float returned: of these came back
    :param float destroyed: of these the customer destroyed or made unusable
    :param float scrapped: of what came back, we have destroyed
    :param bool told: the customer was told
    :param bool answered: the customer said something, or sent goods back
    """

    quantity: float
    returned: float = 0.0
    destroyed: float = 0.0
    scrapped: float = 0.0
    told: bool = False
    answered: bool = False

    @property
    def outstanding(self):
        """Goods of which nobody knows that they are out of use, never below zero."""
        return max(self.quantity - self.returned - self.destroyed, 0.0)


@dataclass(frozen=True)
class Effect:
    """The sums over all customers of a recall, in the products' units."""

    quantity: float
    told: float
    answered: float
    returned: float
    destroyed: float
    scrapped: float
    outstanding: float

    @property
    def response(self):
        """The share of the goods of which somebody answered, as `rate`."""
        return self.answered / self.quantity if self.quantity else 0.0

    @property
    def rate(self):
        """The share of the goods that is out of use, 0 to 1; 0 where none was sold."""
        return 1 - self.outstanding / self.quantity if self.quantity else 0.0


def find_gaps(stock, known, step):
    """Find lots of which customers have another quantity than deliveries tell.

    Somebody has them of whom the recall does not know, or is told in vain.

    :param dict stock: what lies with customers by the books, by lot
    :param dict known: what known customers got and did not send back, by lot
    :param float step: rounding of quantities
    :return: ``{lot: (by the books, by deliveries)}``
    """
    return {
        lot: (stock.get(lot, 0.0), known.get(lot, 0.0))
        for lot in {**stock, **known}
        if abs(stock.get(lot, 0.0) - known.get(lot, 0.0)) >= step / 2
    }


def sum_up(reaches):
    """Sum what is known of all customers.

    :param reaches: list of :class:`Reach`
    :rtype: Effect
    """
    return Effect(
        quantity=sum(each.quantity for each in reaches),
        told=sum(each.quantity for each in reaches if each.told),
        answered=sum(each.quantity for each in reaches if each.answered),
        returned=sum(each.returned for each in reaches),
        destroyed=sum(each.destroyed for each in reaches),
        scrapped=sum(each.scrapped for each in reaches),
        outstanding=sum(each.outstanding for each in reaches),
    )
