"""The report: figures, malformed rows, differences by cause, and the verdict."""

from collections import defaultdict
from decimal import Decimal

SHOWN = 5
# A reason longer than this would tear the table apart.
WIDEST = 100


def report(totals, bad, differences, duplicates=0):
    """The lines of the report; the last two are the verdict."""
    explained = [d for d in differences if d.explained]
    open_ = [d for d in differences if not d.explained]
    return [
        *_figures(totals),
        *_malformed(bad, duplicates),
        *_causes("Differences with a known cause", explained),
        *_causes("Differences without an explanation", open_),
        "",
        f"explained: {len(explained)}",
        f"unexplained: {len(open_)}",
    ]


def _figures(totals):
    t = totals
    rows = [
        ("orders in the file", _whole(t.orders), _money(t.ordered)),
        ("orders delivered and invoiced", _whole(t.orders_done), _money(t.invoiced)),
        ("credits in the file", _whole(t.credits), _money(t.credit_money)),
        ("  of them without goods", _whole(t.without_goods), ""),
        ("returns made of them", _whole(t.returns), ""),
        ("  matched to earlier purchases", _whole(t.fully_matched), ""),
        ("  matched in part", _whole(t.partly_matched), ""),
        ("  not matched: left to a person", _whole(t.unmatched), ""),
        ("units given back in the file", _whole(t.returned), ""),
        ("  matched to earlier purchases", _whole(t.matched), ""),
        ("  put back on the shelf", _whole(t.restocked), ""),
        ("lines given back in the file", _whole(t.lines), ""),
        ("  credited exactly as in the file", _whole(t.lines_equal), ""),
        ("money credited in the file", "", _money(t.credit_money)),
        ("money credited by Odoo", "", _money(t.credited)),
        ("difference", "", _money(t.credit_money - t.credited)),
    ]
    return table(("", "count", "GBP"), rows)


def _malformed(bad, duplicates):
    lines = {}
    for row in bad:
        lines.setdefault(row.kind, []).append(row.line)
    rows = [
        (kind, _whole(len(numbers)), _first(numbers))
        for kind, numbers in sorted(lines.items(), key=lambda item: -len(item[1]))
    ]
    rows.append(("total", _whole(len(bad)), ""))
    note = f"Rows that repeat another one, kept as they are: {_whole(duplicates)}"
    head = ("Malformed rows, left out", "count", "first lines")
    return ["", *table(head, rows), *([note] if duplicates else [])]


def _causes(title, differences):
    if not differences:
        return []
    grouped = defaultdict(list)
    for difference in differences:
        grouped[difference.cause].append(difference)
    rows = [
        (
            cause if len(cause) <= WIDEST else f"{cause[: WIDEST - 1]}…",
            _whole(len(some)),
            _money(sum((d.money for d in some), Decimal())),
            _first([f"{d.number} {d.code}".strip() for d in some], 3),
        )
        for cause, some in sorted(grouped.items(), key=lambda item: -len(item[1]))
    ]
    return ["", *table((title, "count", "GBP", "first of them"), rows)]


def table(head, rows):
    """Align rows of texts under a heading; columns of numbers to the right."""
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    right = [name in ("count", "GBP") for name in head]

    def line(cells):
        fitted = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(cells, widths, right, strict=True)
        ]
        return "  ".join(fitted).rstrip()

    return [line(head), "  ".join("-" * width for width in widths), *map(line, rows)]


def _first(items, shown=SHOWN):
    more = ", …" if len(items) > shown else ""
    return ", ".join(str(item) for item in items[:shown]) + more


def _whole(number):
    return f"{int(number):,}"


def _money(amount):
    return f"{amount:,.2f}"
