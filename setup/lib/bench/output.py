"""What was measured, as a table or as JSON."""

import json
from dataclasses import asdict

from . import cases as limits
from . import claiming, disposing
from .deciding import LINES
from .rules import RULES

HEADER = ("", "queries", "× floor", "ms: min", "median", "p95", "× floor")
# Odoo reads the history of a product in batches, so a few queries more are its own.
GROWTH = 1.02


def verdicts(results, cases, decisions, pages=(), claims=None, goods=()):
    """The budgets, and whether they are kept.

    :param Decisions decisions: what they took
    :param pages: `Page`s of customers
    :param Claims claims: what claims on suppliers took
    :param goods: `Disposed` of dispositions
    :return: ``[{"budget", "value", "limit", "least", "passed"}]``; *least*: the value
        has to be at least the limit, else at most
    """
    return [
        *_by_case(results, cases),
        *_growth(results, cases),
        *_of_decisions(decisions),
        *(each for page in pages for each in _of_page(page)),
        *(_of_claims(claims) if claims else ()),
        *of_goods(goods),
    ]


def _by_case(results, cases):
    found = []
    for level, by_case in results:
        for case in cases:
            floor, ours = (queries(by_case, case, way) for way in ("floor", "ours"))
            limit = case.limit(floor)
            found.append(
                verdict(f"{case.title}, at {level}: {case.explain()}", ours, limit)
            )
    return found


def _growth(results, cases):
    """What ours costs beyond the floor does not depend on the returns there are."""
    (first, few), (last, many) = results[0], results[-1]
    if first == last:
        return []
    found = []
    for case in cases:
        beyond = queries(few, case, "ours") - queries(few, case, "floor")
        limit = (queries(many, case, "floor") + beyond) * GROWTH
        title = f"{case.title}, at {last}: no more beyond the floor than at {first}"
        found.append(verdict(title, queries(many, case, "ours"), limit))
    return found


def _of_decisions(decisions):
    """Deciding is a matter of a few queries, and of little time."""
    return [
        verdict(
            f"deciding {LINES:,} lines by {RULES} rules, in queries",
            decisions.queries,
            limits.MOST_QUERIES,
        ),
        verdict(
            f"decisions of the engine a second, by {RULES} rules, on one core",
            decisions.per_second,
            limits.LEAST_PER_SECOND,
            least=True,
        ),
    ]


def _of_page(page):
    """A page costs little more than Odoo's list of the same customer's orders."""
    most_queries, most_time = page.shares
    return [
        verdict(
            f"{page.title}: {most_queries:g} × queries of Odoo's list of orders",
            page.queries,
            most_queries * page.orders_queries,
        ),
        verdict(
            f"{page.title}: {most_time:g} × ms of Odoo's list of orders",
            page.milliseconds,
            most_time * page.orders_milliseconds,
        ),
    ]


def _of_claims(claims):
    """Claims of many goods are a matter of few queries, and open like purchases."""
    return [
        verdict(
            f"finding the purchases of {claims.lots:,} lots",
            claims.source,
            claiming.MOST_SOURCE,
        ),
        verdict(
            f"opening the claims of {claims.lots:,} inspections, each",
            claims.opening,
            claiming.MOST_OPENING,
        ),
        *(
            verdict(
                f"{title}: {claiming.SHARE:g} × Odoo's {floor} ({ours / theirs:.2f} ×)",
                ours,
                claiming.SHARE * theirs,
            )
            for title, floor, (ours, theirs) in (
                ("list of claims", "of purchase orders", claims.list),
                ("form of a claim", "of a purchase order", claims.form),
                ("money left on the table", "purchases in groups", claims.unclaimed),
                ("a supplier's list of claims", "of its orders", claims.portal),
            )
        ),
    ]


def of_goods(goods):
    """Disposing costs little more than Odoo's documents for it."""
    return [
        verdict(
            f"{each.code}, {disposing.PIECES} pieces together, each: "
            f"{disposing.SHARE:g} × floor",
            each.ours,
            disposing.SHARE * each.floor,
        )
        for each in goods
    ]


def queries(by_case, case, way):
    """Queries per return: the median over the rounds."""
    return by_case[case.key][way].queries["median"]


def verdict(budget, value, limit, least=False):
    """One budget as it is printed."""
    return {
        "budget": budget,
        "value": round(value, 1),
        "limit": round(limit, 1),
        "least": least,
        "passed": value >= limit if least else value <= limit,
    }


def as_json(results, cases, decisions, pages=(), claims=None, goods=()):
    """Everything, for programs."""
    measured = [
        {
            "returns": level,
            "case": case.key,
            "title": case.title,
            "way": way,
            "queries": rounded(stats.queries),
            "milliseconds": rounded(stats.milliseconds),
        }
        for level, by_case in results
        for case in cases
        for way, stats in by_case[case.key].items()
    ]
    budgets = verdicts(results, cases, decisions, pages, claims, goods)
    found = {
        "measured": measured,
        "decisions": rounded(asdict(decisions)),
        "pages": [asdict(page) for page in pages],
        "claims": claims and asdict(claims),
        "goods": [asdict(each) for each in goods],
        "budgets": budgets,
    }
    return json.dumps(found, indent=2)


def rounded(values):
    """One decimal is more than the clock is worth."""
    return {name: round(value, 1) for name, value in values.items()}


def as_text(results, cases, decisions, pages=(), claims=None, goods=()):
    """A table for people, then the budgets."""
    lines = []
    for level, by_case in results:
        lines += [f"Per return, with {level:,} returns in the database", row(HEADER)]
        for case in cases:
            lines.append(case.title)
            lines += [row(cells) for cells in _cells(by_case[case.key])]
        lines.append("")
    lines.append(f"Deciding {LINES:,} lines: {decisions.milliseconds:,.0f} ms")
    lines += ["", "Budgets, in queries per return unless something else is said"]
    found = verdicts(results, cases, decisions, pages, claims, goods)
    return "\n".join([*lines, *map(_as_line, found)])


def _as_line(each):
    mark = "pass" if each["passed"] else "FAIL"
    sign = "≥" if each["least"] else "≤"
    amounts = f"{each['value']:>8,.1f} {sign} {each['limit']:>8,.1f}"
    return f"  {mark}  {amounts}  {each['budget']}"


def goods_as_json(goods):
    """What became of goods, for programs."""
    found = [asdict(each) for each in goods]
    return json.dumps({"goods": found, "budgets": of_goods(goods)}, indent=2)


def goods_as_text(goods):
    """The budgets of dispositions, for people."""
    return "\n".join(map(_as_line, of_goods(goods)))


def _cells(by_way):
    floor = by_way["floor"]
    for way, stats in by_way.items():
        times = stats.milliseconds
        yield (
            f"  {way}",
            f"{stats.queries['median']:,.1f}",
            f"{stats.queries['median'] / floor.queries['median']:.2f}",
            *(f"{times[name]:,.0f}" for name in ("min", "median", "p95")),
            f"{times['median'] / floor.milliseconds['median']:.2f}",
        )


def row(cells):
    """Cells in columns."""
    first, *others = cells
    return f"{first:<12}" + "".join(f"{cell:>10}" for cell in others)
