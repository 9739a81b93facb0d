"""How good forecasts are, and invoices of nine months of a shop to measure that on.

The data set is no part of this repository: ``online_retail_ii_*.csv.gz`` with the
columns Invoice, StockCode, Quantity, InvoiceDate, Price, CustomerID and Country.
Invoices whose number begins with C are credits.
"""

import csv
import datetime
import gzip
import random
from collections import Counter
from dataclasses import dataclass

PATTERN = "online_retail_ii_*.csv.gz"
HOME = "United Kingdom"
#: Weeks of which something is known before the first forecast, and weeks ahead.
FIRST, AHEAD = 18, 4
#: Categories into which goods are put by chance, since the data has none.
CATEGORIES = 6


@dataclass(frozen=True)
class Sale:
    """A line of an invoice, or of a credit."""

    customer: str
    code: str
    moment: datetime.datetime
    quantity: int
    price: float
    country: str
    invoice: str

    @property
    def credit(self):
        return self.invoice.startswith("C")

    @property
    def day(self):
        return self.moment.date()


def read(folder):
    """Give the lines with goods, the oldest first; None without the data set."""
    paths = sorted(folder.glob(PATTERN))
    if not paths:
        return None
    with gzip.open(paths[0], "rt", encoding="utf-8", newline="") as file:
        return [
            Sale(
                row["CustomerID"],
                row["StockCode"],
                datetime.datetime.fromisoformat(row["InvoiceDate"]),
                abs(int(row["Quantity"])),
                float(row["Price"]),
                row["Country"],
                row["Invoice"],
            )
            for row in csv.DictReader(file)
            # Corrections of stock are invoices of negative quantity without a credit.
            if row["StockCode"][:5].isdigit()
            and (int(row["Quantity"]) > 0) != row["Invoice"].startswith("C")
        ]


def forecast(sales, seeds):
    """Give ``(scaled error, that of the mean of 8 weeks, share within the bounds)`` of
    each seed, which puts goods into categories: home and abroad, four weeks ahead.
    """
    from engine import alarms

    curve = alarms.learn_curve(_get_lags(sales))
    return [_score(*_count(sales, seed), curve) for seed in seeds]


def _get_lags(sales):
    """Give the days between a credit and the newest sale before it."""
    sold, lags = {}, []
    for sale in sales:
        key = sale.customer, sale.code
        if not sale.credit:
            sold[key] = sale.day
        elif key in sold:
            lags.append((sale.day - sold[key]).days)
    return lags


def _count(sales, seed):
    """Give lines sold and credited, by place and category and whole week."""
    import numpy as np

    first = min(sale.day for sale in sales)
    start = first - datetime.timedelta(days=first.weekday())
    weeks = (max(sale.day for sale in sales) - start).days // 7
    counts = Counter(
        (
            sale.country == HOME,
            random.Random(f"{seed} {sale.code}").randrange(CATEGORIES),
            (sale.day - start).days // 7,
            sale.credit,
        )
        for sale in sales
    )
    return tuple(
        np.array(
            [
                [counts[place, category, week, credit] for week in range(weeks)]
                for place in (True, False)
                for category in range(CATEGORIES)
            ],
            dtype=float,
        )
        for credit in (False, True)
    )


def _score(delivered, returned, curve):
    import numpy as np
    from engine import forecast as engine

    own, mean, inside = [], [], []
    for origin in range(FIRST, returned.shape[1] - AHEAD + 1):
        known, came = returned[:, :origin], returned[:, origin : origin + AHEAD]
        told = engine.tell(delivered[:, :origin], known, curve, AHEAD)
        scale = np.abs(np.diff(known, axis=1)).mean(axis=1, keepdims=True)
        own.append(np.abs(told[0] - came) / scale)
        usual = known[:, -8:].mean(axis=1, keepdims=True)
        mean.append(np.abs(usual - came) / scale)
        inside.append((told[1] <= came) & (came <= told[2]))
    return tuple(float(np.mean(each)) for each in (own, mean, inside))
