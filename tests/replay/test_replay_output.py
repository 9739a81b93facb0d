import io
from decimal import Decimal

from replay.explain import Difference, Seen
from replay.ledger import Ledger
from replay.output import report, table
from replay.progress import Progress
from replay.rows import Bad
from replay.totals import count
from replay_builders import built, held, part


def sample_report(differences, bad=()):
    documents = built()
    returns = {
        "C500010": held("22041", part(5, "500002", "2.5")),
        "C500012": held("99999", part(3, None, 0)),
        "C500013": held("22423", part(12, "500003", "12.75"), part(3, None, 0)),
    }
    seen = Seen(returns=returns)
    totals = count(documents, Ledger(documents), seen, differences)
    return report(totals, list(bad), differences, duplicates=1)


def test_the_last_two_lines_are_the_verdict():
    found = [
        Difference("C1", "22041", "a cause", Decimal("1.50")),
        Difference("C2", "22041", "a cause", Decimal("2.00")),
        Difference("C3", "", "broken", Decimal("9"), explained=False),
    ]
    lines = sample_report(found)
    assert lines[-2:] == ["explained: 2", "unexplained: 1"]
    text = "\n".join(lines)
    assert "a cause                             2  3.50  C1 22041, C2 22041" in text
    assert "Differences without an explanation" in text


def test_no_differences():
    lines = sample_report([])
    assert lines[-2:] == ["explained: 0", "unexplained: 0"]
    assert not [line for line in lines if line.startswith("Differences")]


def test_figures():
    found = [Difference("C500012", "99999", "a cause", Decimal(12))]
    figures = {line[:33].strip(): line[33:].split() for line in sample_report(found)}
    assert figures["orders in the file"] == ["4", "543.70"]
    assert figures["returns made of them"] == ["3"]
    assert figures["matched in part"] == ["1"]
    assert figures["units given back in the file"] == ["81"]
    assert figures["not matched: left to a person"] == ["1"]
    assert figures["put back on the shelf"] == ["17"]
    assert figures["money credited by Odoo"] == ["165.50"]


def test_malformed_rows_are_counted_and_located():
    bad = [Bad(line, "zero price") for line in range(10, 17)] + [Bad(3, "bad date")]
    lines = sample_report([], bad)
    assert "zero price                    7  10, 11, 12, 13, 14, …" in lines
    assert "bad date                      1  3" in lines
    assert "total                         8" in lines
    assert "Rows that repeat another one, kept as they are: 1" in lines


def test_a_long_reason_is_cut():
    found = [Difference("C1", "", "x" * 300, Decimal(1), explained=False)]
    assert max(map(len, sample_report(found))) < 140


def test_a_table_is_aligned():
    assert table(("name", "count"), [("a", "1"), ("longer", "1,000")]) == [
        "name    count",
        "------  -----",
        "a           1",
        "longer  1,000",
    ]


def test_progress_says_little_without_a_terminal():
    stream = io.StringIO()
    progress = Progress("Orders", 40, stream)
    for _ in range(40):
        progress.step()
    assert stream.getvalue() == f"Orders [{'#' * 30}] 40/40  0 s\n"


def test_progress_moves_on_a_terminal():
    stream = io.StringIO()
    stream.isatty = lambda: True
    progress = Progress("Orders", 2, stream)
    progress._said -= 1
    progress.step()
    progress.step()
    assert stream.getvalue().startswith("\r\033[KOrders [")
    assert stream.getvalue().endswith("2/2  0 s\n")
