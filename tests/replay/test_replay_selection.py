"""What makes a selection of the file another one."""

from replay import documents
from replay.selection import describe, digest
from replay_builders import built, lines


def test_the_same_documents_are_the_same_selection():
    assert digest(built()) == digest(built())
    # whatever else is in the file, or where in it
    records = ("1", 1, 4, 5), ("C2", 1, 5, -1)
    chosen = documents.select(built(lines(*records)), 1)
    longer = documents.select(built(lines(("9", 9, 1, 1), *records)), 1)
    assert digest(chosen) == digest(longer)


def test_other_documents_are_another_selection():
    records = ("1", 1, 4, 5), ("C2", 1, 5, -1), ("C3", 1, 6, -1)
    whole = built(lines(*records))
    found = {
        digest(whole),
        digest(documents.select(whole, 1)),
        digest(built(lines(*records, ("4", 1, 7, 1)))),
        digest(built(lines(*records[:2], ("C3", 1, 6, -2)))),
        digest(built(lines(*records[:2], ("C3", 2, 6, -1)))),
        digest(built(lines(*records[:2], ("C3", 1, 7, -1)))),
        digest(built(lines(*records).replace("08:00:00,2,", "08:00:00,3,"))),
        digest([]),
    }
    assert len(found) == 8


def test_goods_that_are_left_out_make_another_selection():
    text = lines(("1", 1, 1, 5), ("C3", 1, 2, -1))
    whole = built(text + "\n1,99,BOX,4,2010-01-01 08:00:00,2,1,France")
    assert digest(documents.only_given_back(whole)) != digest(whole)


def test_a_selection_is_named_as_it_was_asked_for():
    assert describe("sales.csv") == "sales.csv"
    assert describe("sales.csv", 150, True) == "sales.csv --limit 150 --given-back"
