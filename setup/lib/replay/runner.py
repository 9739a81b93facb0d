"""The replay itself: everything that is not done yet, in the order of the file."""

import logging
from collections import Counter

import psycopg2

from . import codes, keys, masters, observe, orders, returns, stock
from .documents import build, duplicates, only_given_back, select
from .explain import differences
from .ledger import Ledger
from .output import report
from .progress import Progress
from .totals import count

BATCH = 200
# Orders delivered together; all of one day, so that each is delivered on its day.
ORDERS_AT_ONCE = 25

_logger = logging.getLogger(__name__)


class Replay:
    """Brings a database to where the file says it should be.

    :param session: `session.Session` of the database
    :param clock: `clock.Clock` that is installed
    :param rows: usable rows of the file
    :param given_back: without goods that their customer never gives back
    """

    def __init__(self, session, clock, rows, limit=None, given_back=False):
        self.session, self.clock = session, clock
        self.documents = select(build(rows), limit)
        if given_back:
            self.documents = only_given_back(self.documents)
        self.names = codes.names(rows)
        self.duplicates = duplicates(rows)
        self.failures = {}
        self.users = {}

    def run(self):
        """Do what is left to do; what fails is kept with its reason in `failures`."""
        if not self.documents:
            return
        self.clock.move_to(self.documents[0].moment)
        todo = self._todo()
        if todo:
            self._prepare(todo)
            self._process(todo)

    def report(self, bad):
        """The report as lines of text, and how many differences are unexplained."""
        ledger = Ledger(self.documents)
        with self.session.reading() as env:
            seen = observe.observe(env, self.documents)
        found = differences(self.documents, ledger, seen, self.failures)
        totals = count(self.documents, ledger, seen, found)
        lines = report(totals, bad, found, self.duplicates)
        return lines, sum(not difference.explained for difference in found)

    def _todo(self):
        with self.session.reading() as env:
            done = {*keys.known(env, "order"), *keys.known(env, "return")}
        return [
            document
            for document in self.documents
            if document.number not in done
            and (document.goods or not document.is_credit)
        ]

    # Masters and stock

    def _prepare(self, todo):
        self.session.run(masters.ensure_company)
        self.users = self.session.run(masters.ensure_users)
        countries, products = {}, {}
        for document in todo:
            for row in document.rows:
                countries.setdefault(row.customer, row.country)
                products.setdefault(row.code, (self.names[row.code], row.price))
        self._create("partner", countries, masters.create_customers)
        self._create("product", products, masters.create_products)
        self._fill_shelves(todo)

    def _create(self, kind, values, create):
        with self.session.reading() as env:
            missing = masters.missing(env, kind, values)
        if not missing:
            return
        progress = Progress(
            {"partner": "Customers"}.get(kind, "Products "), len(missing)
        )
        for batch in _batches(missing, BATCH):
            self.session.run(create, {key: values[key] for key in batch})
            progress.step(len(batch))

    def _fill_shelves(self, todo):
        wanted = Counter()
        for document in todo:
            if not document.is_credit:
                for code, rows in document.goods.items():
                    wanted[code] += sum(row.quantity for row in rows)
        with self.session.reading() as env:
            missing = stock.shortfall(env, wanted)
        if not missing:
            return
        progress = Progress("Shelves  ", len(missing))
        for batch in _batches(list(missing), BATCH):
            self.session.run(stock.put_in, {code: missing[code] for code in batch})
            progress.step(len(batch))

    # Orders and returns

    def _process(self, todo):
        """Live through the documents: a credit sees what its customer had bought."""
        progress = Progress("Documents", len(todo))
        waiting = []
        for document in todo:
            if _closes(waiting, document):
                self._order(waiting)
                progress.step(len(waiting))
                waiting = []
            if document.is_credit:
                self._return(document)
                progress.step()
            else:
                waiting.append(document)
        self._order(waiting)
        progress.step(len(waiting))

    def _order(self, documents):
        """Replay orders together; if that fails, one by one to find the bad ones."""
        if not documents:
            return
        self.clock.move_to(documents[-1].moment)
        try:
            self.session.run(orders.replay, documents)
        except psycopg2.OperationalError:
            raise
        except Exception as error:
            if len(documents) == 1:
                self._failed(documents[0], error)
                return
            for document in documents:
                self._order([document])

    def _return(self, document):
        self.clock.move_to(document.moment)
        try:
            self.session.run(returns.replay, document, self.users, quiet=False)
        except psycopg2.OperationalError:
            raise
        except Exception as error:
            self._failed(document, error)

    def _failed(self, document, error):
        _logger.debug("%s failed", document.number, exc_info=error)
        text = " ".join(str(error).split()) or type(error).__name__
        self.failures[document.number] = text


def _closes(waiting, document):
    """Whether the orders that wait must be delivered before this document."""
    if not waiting:
        return False
    if document.is_credit:
        return any(order.customer == document.customer for order in waiting)
    new_day = document.moment.date() != waiting[0].moment.date()
    return new_day or len(waiting) >= ORDERS_AT_ONCE


def _batches(items, size):
    for start in range(0, len(items), size):
        yield items[start : start + size]
