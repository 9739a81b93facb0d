from engine.intake import COLUMNS, find_columns, number, read, split
from hypothesis import given
from hypothesis import strategies as st


def test_pasted_cells_are_separated_by_tabs():
    rows = split("KTL\t2\t\tDamaged, badly\r\n\n  CUP \t1,5\n")
    assert rows == [["KTL", "2", "", "Damaged, badly"], ["CUP", "1,5"]]


def test_files_are_separated_by_semicolons_or_commas():
    assert split("KTL;1,5\nCUP;2") == [["KTL", "1,5"], ["CUP", "2"]]
    assert split('"Kettle, red",2') == [["Kettle, red", "2"]]


def test_header_names_columns_in_any_order():
    rows = split("Qty\tYour reference\tSKU\n3\tPos 1\tKTL")
    assert read(rows) == [{"quantity": "3", "client_ref": "Pos 1", "product": "KTL"}]


def test_header_may_be_in_the_users_language():
    labels = {"product": ["Artikel"], "quantity": ["Menge"]}
    assert find_columns(["Menge", "ARTIKEL:"], labels) == {"quantity": 0, "product": 1}
    assert find_columns(["Menge", "Artikel"]) is None


def test_without_header_the_position_tells():
    assert read([["KTL", "2", "L1", "DEFECT", "Pos 1", "Units", "more"]]) == [
        dict(zip(COLUMNS, ("KTL", "2", "L1", "DEFECT", "Pos 1", "Units"), strict=True))
    ]
    assert read([["KTL"]])[0]["quantity"] == ""
    assert read([]) == []


def test_numbers_with_point_or_comma():
    expected = {
        "3": 3.0,
        "3,5": 3.5,
        "3.5": 3.5,
        "0,125": 0.125,
        "1.234,5": 1234.5,
        "1,234.5": 1234.5,
        "1 000": 1000.0,
        "1.234.567": 1234567.0,
        "1000": 1000.0,
        "1,0": 1.0,
    }
    assert {text: number(text) for text in expected} == expected


def test_what_is_no_number_or_could_be_two():
    for text in ("", "two", "-1", "1,000", "1.000", "1,2,3", "1.2,3.4", "3,", "1e5"):
        assert number(text) is None, text
    assert number(None) is None


@given(st.integers(0, 10**9), st.integers(0, 99))
def test_written_numbers_are_read_again(whole, cents):
    value = whole + cents / 100
    assert number(f"{value:.2f}") == float(f"{value:.2f}")
    grouped = f"{value:,.2f}"
    assert number(grouped) == float(f"{value:.2f}")
    german = grouped.translate(str.maketrans(",.", ".,"))
    assert number(german) == float(f"{value:.2f}")


@given(st.text(max_size=200))
def test_any_text_can_be_read(text):
    for row in read(split(text)):
        assert set(row) <= set(COLUMNS)
        assert all(isinstance(cell, str) for cell in row.values())
