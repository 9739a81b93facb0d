"""The whole command on a small file: killed, resumed, and run once more."""

import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest
from replay import keys
from replay.selection import PARAMETER
from replay_sample import AWKWARD, MALFORMED, TEXT

PROGRAM = Path(__file__).resolve().parents[2] / "setup" / "lib" / "replay.py"
COMMAND = [sys.executable, str(PROGRAM)]
TABLES = (
    "sale_order",
    "stock_move",
    "stock_quant",
    "account_move_line",
    "reverse_rma_line",
    "ir_model_data",
    "res_users",
)


class Database:
    """A scratch database, looked at from outside of Odoo."""

    def __init__(self, name):
        self.name = name

    def query(self, statement, *parameters):
        connection = psycopg2.connect(dbname=self.name)
        with closing(connection), connection, connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return cursor.fetchall()

    def state(self):
        """How many records there are, and when they were written last."""
        found = {
            table: self.query(f"SELECT count(*), max(id), max(write_date) FROM {table}")
            for table in TABLES
        }
        events = "SELECT count(*), max(id) FROM reverse_event"
        return found | {"reverse_event": self.query(events)}

    def of_return(self, number, columns):
        """Columns of the return that was made of a credit of the file."""
        statement = f"""
            SELECT {columns} FROM reverse_rma rma
            JOIN ir_model_data data ON data.res_id = rma.id
             AND data.module = 'replay' AND data.name = %s"""
        return self.query(statement, keys.identifier("return", number))


@pytest.fixture(scope="module")
def database(new_database):
    return Database(new_database())


@pytest.fixture(scope="module")
def command(tmp_path_factory, database):
    path = tmp_path_factory.mktemp("replay") / "sample.csv"
    path.write_text(TEXT + AWKWARD)
    return [*COMMAND, str(path), "--database", database.name]


@pytest.fixture(scope="module")
def run(command, database):
    """The command to its end, after a first run that was killed half way."""
    started = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while started.poll() is None and time.monotonic() < deadline:
        if database.query("SELECT count(*) FROM reverse_rma") != [(0,)]:
            break
        time.sleep(0.05)
    started.send_signal(signal.SIGKILL)
    assert started.wait() == -signal.SIGKILL
    return subprocess.run(command, capture_output=True, text=True)


@pytest.mark.usefixtures("run")
class TestReplay:
    def test_everything_is_explained(self, run):
        assert run.returncode == 0, run.stdout + run.stderr
        lines = run.stdout.splitlines()
        assert lines[-2:] == ["explained: 8", "unexplained: 0"]

    def test_the_report_names_the_causes(self, run):
        causes = (
            "credit priced differently from the purchase",
            "more given back than was bought before",
            "not bought before within the file",
            "rounding to pence",
            "value credit without goods: postage",
            "value credit without goods: manual entry",
            "value credit without goods: bank charges",
        )
        assert [cause for cause in causes if cause not in run.stdout] == []

    def test_the_report_counts_malformed_rows(self, run):
        (total,) = (line for line in run.stdout.splitlines() if line[:6] == "total ")
        assert total.split()[1] == str(len(MALFORMED.splitlines()))

    def test_orders_are_invoiced_at_the_prices_of_the_file(self, database):
        invoices = database.query(
            """SELECT amount_total::numeric(9, 2)::text, invoice_date::text
               FROM account_move
               WHERE move_type = 'out_invoice' AND state = 'posted' ORDER BY id"""
        )
        assert invoices == [
            ("199.20", "2010-01-04"),
            ("25.00", "2010-01-04"),
            ("153.00", "2010-01-05"),
            ("166.50", "2010-01-06"),
            ("53.00", "2010-03-02"),
            ("2.00", "2010-03-02"),
            ("2.00", "2010-03-02"),
        ]

    def test_credits_are_posted_on_their_day(self, database):
        credits_ = database.query(
            """SELECT sum(amount_total)::numeric(9, 2)::text, invoice_date::text
               FROM account_move
               WHERE move_type = 'out_refund' AND state = 'posted'
                AND invoice_date <> '2010-02-22'
               GROUP BY invoice_date ORDER BY invoice_date"""
        )
        assert credits_ == [
            ("12.50", "2010-01-08"),
            ("13.90", "2010-01-09"),
            ("153.00", "2010-02-20"),
            ("107.00", "2010-03-01"),
            ("11.00", "2010-03-03"),
        ]

    def test_fractions_of_a_penny_are_credited_as_they_were_invoiced(self, database):
        credits_ = database.query(
            """SELECT amount_total::numeric(9, 2)::text FROM account_move
               WHERE move_type = 'out_refund' AND invoice_date = '2010-02-22'"""
        )
        assert credits_ == [("9.99",)]

    def test_within_thirty_days_the_policy_decides_later_a_person(self, database):
        columns = "authorized_by_version_id IS NULL, authorized_by_id IS NULL"
        assert database.of_return("C500010", columns) == [(False, True)]
        assert database.of_return("C500013", columns) == [(True, False)]

    def test_what_cannot_be_matched_waits_for_a_person(self, database):
        columns = """state, (SELECT string_agg(type, ',') FROM reverse_exception
                             WHERE rma_id = rma.id AND state = 'open')"""
        assert database.of_return("C500012", columns) == [("requested", "no_source")]
        assert database.of_return("C500014", columns) == []

    def test_codes_with_spaces_slashes_and_accents_are_products(self, database):
        products = database.query(
            """SELECT product.default_code, template.type FROM product_product product
               JOIN product_template template ON template.id = product_tmpl_id
               JOIN ir_model_data data ON data.res_id = product.id
                AND data.module = 'replay' AND data.model = 'product.product'
               WHERE product.default_code ~ '[^0-9A-Z]' ORDER BY product.id"""
        )
        assert products == [
            ("CAFÉ TIN/2", "consu"),
            ("CAFÉ%20TIN/2", "consu"),
            ("BANK CHARGES", "service"),
        ]

    def test_countries_are_found_by_their_names_in_the_file(self, database):
        countries = database.query(
            """SELECT DISTINCT ON (partner.ref) partner.ref, country.code
               FROM res_partner partner
               LEFT JOIN res_country country ON country.id = partner.country_id
               WHERE partner.ref IS NOT NULL ORDER BY partner.ref"""
        )
        assert dict(countries) == {
            "12347": "CI",
            "12348": "ZA",
            "12680": "IE",
            "13085": "GB",
            "17850": None,
            "A 1/é": "AX",
        }

    def test_several_people_take_part(self, database):
        users = database.query("SELECT DISTINCT user_id FROM reverse_event")
        assert len(users) >= 3

    def test_a_second_run_changes_nothing(self, run, command, database):
        before = database.state()
        again = subprocess.run(command, capture_output=True, text=True)
        assert again.stdout == run.stdout
        assert database.state() == before

    def test_the_same_file_elsewhere_is_the_same_selection(
        self, run, command, database, tmp_path
    ):
        before = database.state()
        path = tmp_path / "moved.csv"
        path.write_text(TEXT + AWKWARD)
        again = subprocess.run(
            [*COMMAND, str(path), "--database", database.name],
            capture_output=True,
            text=True,
        )
        assert (again.returncode, again.stdout) == (0, run.stdout)
        assert database.state() == before

    @pytest.mark.parametrize("option", [["--limit", "2"], ["--given-back"], []])
    def test_another_selection_is_refused(self, database, tmp_path, option):
        before = database.state()
        path = tmp_path / "other.csv"
        path.write_text(TEXT + AWKWARD if option else TEXT)
        refused = subprocess.run(
            [*COMMAND, str(path), "--database", database.name, *option],
            capture_output=True,
            text=True,
        )
        assert (refused.returncode, refused.stdout) == (1, "")
        asked = " ".join(["other.csv", *option])
        assert refused.stderr.splitlines() == [
            f"[setup] the database {database.name} was filled with sample.csv, which "
            f"{asked} cannot go on from: replace it with --fresh, or name another one "
            "with --database"
        ]
        assert database.state() == before

    def test_what_was_filled_without_a_note_is_refused(self, command, database):
        # last of the class: the note is gone afterwards
        statement = "DELETE FROM ir_config_parameter WHERE key = %s RETURNING id"
        assert len(database.query(statement, PARAMETER)) == 1
        refused = subprocess.run(command, capture_output=True, text=True)
        assert refused.returncode == 1
        assert "does not say what it was filled with: replace it" in refused.stderr


def test_a_file_that_is_none_is_refused_in_one_line(tmp_path):
    path = tmp_path / "letter.csv"
    path.write_text("Dear Sir,\n")
    done = subprocess.run([*COMMAND, str(path)], capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stderr.startswith("[replay] the first line names no column invoice")
    assert len(done.stderr.splitlines()) == 1
