"""How well it is foreseen which lines of invoices are credited within a month or two.

What is known of a line are its own numbers and what had happened before its day. It is
learned from sales of the first months and asked about sales at least sixty days later.
"""

import math
from collections import Counter, defaultdict
from datetime import datetime

#: A line counts as credited when that happens within so many days: then learned from
#: sales between the first two days, and asked about those between the others. Of all of
#: them it is known whether that happened; so with more days there are fewer sales.
SPANS = {
    30: (
        (datetime(2010, 1, 4), datetime(2010, 5, 2)),
        (datetime(2010, 7, 1), datetime(2010, 8, 1)),
    ),
    60: (
        (datetime(2010, 1, 4), datetime(2010, 4, 1)),
        (datetime(2010, 6, 1), datetime(2010, 7, 2)),
    ),
}
#: Days after which what has happened counts half.
HALF = 30
#: Where the rates of the customer and of the product stand among the numbers of a line.
CUSTOMER_RATE = 0


def measure(sales, seeds):
    """Give ``{days: areas under the curve}``: ``(of each seed, of a linear model, of
    the share that the customer was credited before)``.
    """
    import numpy as np

    sales = [sale for sale in sales if sale.customer]
    rows = list(_describe(sales))
    numbers = np.array([row for _sale, row in rows])
    days = np.array([sale.moment for sale, _row in rows])
    found = {}
    for within, spans in SPANS.items():
        labels = _match(sales, within)
        truth = np.array([labels[id(sale)] for sale, _row in rows])
        parts = [(days >= since) & (days < until) for since, until in spans]
        found[within] = _measure(numbers, truth, *parts, seeds)
    return found


def _measure(numbers, truth, known, asked, seeds):
    from sklearn.ensemble import HistGradientBoostingClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def score(learner):
        learner.fit(numbers[known], truth[known])
        return roc_auc_score(truth[asked], learner.decision_function(numbers[asked]))

    trees = [
        score(
            HistGradientBoostingClassifier(
                max_iter=120,
                learning_rate=0.05,
                max_leaf_nodes=8,
                min_samples_leaf=300,
                l2_regularization=10,
                max_features=0.3,
                random_state=seed,
            )
        )
        for seed in seeds
    ]
    linear = score(
        make_pipeline(StandardScaler(), LogisticRegression(C=0.05, max_iter=300))
    )
    base = roc_auc_score(truth[asked], numbers[asked][:, CUSTOMER_RATE])
    return trees, linear, base


def _match(sales, within):
    """Say of each sale whether it was credited within so many days: of each credit the
    newest sale of the product to the customer before it.
    """
    labels, sold = {}, defaultdict(list)
    for sale in sorted(sales, key=lambda sale: (sale.moment, sale.credit)):
        key = sale.customer, sale.code
        if not sale.credit:
            labels[id(sale)] = False
            sold[key].append(sale)
        elif sold[key]:
            credited = sold[key].pop()
            days = (sale.moment - credited.moment).days
            labels[id(credited)] = days <= within
    return labels


class _Fading(Counter):
    """Sums in which what has happened counts half after a while."""

    def __init__(self):
        super().__init__()
        self._since = {}

    def recall(self, key, moment):
        if key not in self._since:
            return 0.0
        days = (moment - self._since[key]).total_seconds() / 86400
        return self[key] * 0.5 ** (days / HALF)

    def note(self, key, moment):
        self[key] = self.recall(key, moment) + 1
        self._since[key] = moment


class _Past:
    """Sales and credits before a day, by whatever they are counted by."""

    def __init__(self):
        self.sold, self.credited = Counter(), Counter()
        self.lately_sold, self.lately_credited = _Fading(), _Fading()
        self.amount, self.pieces = Counter(), Counter()
        self.last, self.first = {}, {}
        self.buyers = defaultdict(set)

    def note(self, sale):
        counts, lately = (
            (self.credited, self.lately_credited)
            if sale.credit
            else (self.sold, self.lately_sold)
        )
        for key in _keys(sale):
            counts[key] += 1
            if key in (None, ("customer", sale.customer), ("product", sale.code)):
                lately.note(key, sale.moment)
            self.last[key, sale.credit] = sale.moment
            self.first.setdefault(key, sale.moment)
            if not sale.credit:
                self.amount[key] += sale.quantity * sale.price
                self.pieces[key] += sale.quantity
        if not sale.credit:
            self.buyers[sale.code].add(sale.customer)

    def rate(self, key, weight):
        """The share that was credited, drawn towards that of all, as a logarithm."""
        usual = (self.credited[None] + 20) / (self.sold[None] + 1200)
        own = (self.credited[key] + weight * usual) / (self.sold[key] + weight)
        return math.log(own / usual)

    def lately(self, key, moment, weight):
        """The same of what happened lately."""

        def read(key, more, of):
            credited = self.lately_credited.recall(key, moment) + more
            return credited / (self.lately_sold.recall(key, moment) + of)

        usual = read(None, 5, 300)
        return math.log(read(key, weight * usual, weight) / usual)

    def days(self, key, moment, credit=False):
        last = self.last.get((key, credit))
        return math.log1p((moment - last).days) if last else 6.0


def _keys(sale):
    customer, code = sale.customer, sale.code
    return (
        None,
        ("customer", customer),
        ("product", code),
        ("both", customer, code),
        ("family", customer, code[:3]),
    )


def _describe(sales):
    """Yield ``(sale, numbers)``, the oldest first; of its day only sales are known."""
    invoices = defaultdict(list)
    for sale in sales:
        if not sale.credit:
            invoices[sale.invoice].append(sale)
    credits_ = sorted((s for s in sales if s.credit), key=lambda s: s.moment)
    past, orders, noted = _Past(), Counter(), 0
    for lines in sorted(invoices.values(), key=lambda lines: lines[0].moment):
        first = lines[0]
        while noted < len(credits_) and credits_[noted].day < first.day:
            past.note(credits_[noted])
            noted += 1
        shared = _describe_order(past, orders, lines)
        total = sum(sale.quantity * sale.price for sale in lines)
        codes = Counter(sale.code for sale in lines)
        for sale in lines:
            own = _describe_line(past, sale, total, codes[sale.code])
            yield sale, [*shared, *own]
        for sale in lines:
            past.note(sale)
        orders[first.customer] += 1


def _describe_order(past, orders, lines):
    first = lines[0]
    key, moment = ("customer", first.customer), first.moment
    total = sum(sale.quantity * sale.price for sale in lines)
    usual = (past.amount[key] + 200) / (orders[first.customer] + 1)
    return [
        past.rate(key, 10),
        past.lately(key, moment, 8),
        math.log1p(past.credited[key]),
        math.log1p(past.sold[key]),
        math.log1p(orders[first.customer]),
        past.days(key, moment),
        past.days(key, moment, credit=True),
        math.log1p(len(lines)),
        math.log1p(total),
        math.log((total + 20) / usual),
        moment.hour + moment.minute / 60,
        moment.weekday(),
        float(first.country == "United Kingdom"),
        sum(past.rate(("product", sale.code), 20) for sale in lines) / len(lines),
    ]


def _describe_line(past, sale, total, times):
    _all, customer, product, both, family = _keys(sale)
    amount = sale.quantity * sale.price
    usual = past.amount[product] / past.pieces[product] if past.pieces[product] else 0
    age = past.first.get(product)
    return [
        past.rate(product, 20),
        past.lately(product, sale.moment, 6),
        past.rate(family, 5),
        math.log1p(past.sold[product]),
        math.log1p(len(past.buyers[sale.code])),
        math.log1p(sale.price),
        math.log1p(sale.quantity),
        math.log1p(amount),
        math.log1p(past.sold[both]),
        float(past.credited[both] > 0),
        past.days(both, sale.moment),
        math.log((sale.price + 0.01) / ((usual or sale.price) + 0.01)),
        math.log(sale.quantity * (past.sold[product] + 1) / (past.pieces[product] + 5)),
        math.log(
            sale.quantity * (past.sold[customer] + 1) / (past.pieces[customer] + 5)
        ),
        amount / (total + 0.01),
        math.log1p((sale.moment - age).days) if age else -1.0,
        float(times > 1),
    ]
