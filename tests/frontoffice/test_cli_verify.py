"""`frontoffice verify`: says that the books balance, or what is off; its exit status tells it to a script."""

from __future__ import annotations

import json

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from folios import verify
from folios.errors import SchemaMissing
from frontoffice.cli import main
from tests.folios.four_days import keep_books

STORED = "a stored balance equals the sum of the folio's postings"


@pytest.fixture
def books(engine: Engine) -> Engine:
    keep_books(engine)
    return engine


def frontoffice(database: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--database", database])


def damage(engine: Engine, *statements: str) -> None:
    """Changes what no trigger guards."""
    with engine.begin() as connection:
        for statement in statements:
            assert connection.execute(sa.text(statement)).rowcount == 1


def test_good_books_are_told_identity_by_identity(database_url: str, books: Engine) -> None:
    result = frontoffice(database_url, "verify")

    *told, last = result.stdout.splitlines()
    assert (result.exit_code, result.stderr) == (0, "")
    assert told == [f"ok  {name}" for name in verify._identities]
    assert last == f"The books balance: all {len(told)} identities hold."


def test_books_that_are_off_are_told_with_folio_and_difference(database_url: str, books: Engine) -> None:
    damage(books, "UPDATE folio SET balance_minor = balance_minor + 100 WHERE number = 'GUEST'")

    result = frontoffice(database_url, "verify")

    assert (result.exit_code, result.stderr) == (1, "")
    off = result.stdout.splitlines().index(f"off  {STORED}")
    assert result.stdout.splitlines()[off + 1] == "     folio GUEST: expected -11750, found -11650"
    assert result.stdout.splitlines()[-1] == "The books are off. Differences: 1."
    assert result.stdout.count("\noff  ") == 1


def test_each_difference_is_told_and_counted(database_url: str, books: Engine) -> None:
    damage(
        books,
        "UPDATE folio SET balance_minor = balance_minor + 100 WHERE number = 'GUEST'",
        "UPDATE folio SET balance_minor = balance_minor - 100 WHERE number = 'STAFF'",
        "UPDATE business_day SET status = 'auditing' WHERE business_date = '2026-03-04'",
    )

    result = frontoffice(database_url, "verify")

    assert result.exit_code == 1
    assert result.stdout.splitlines()[-1] == "The books are off. Differences: 3."
    assert "     folio STAFF: expected 4200, found 4100" in result.stdout.splitlines()
    assert "     day 2026-03-04: expected open, found auditing" in result.stdout.splitlines()


def test_a_program_reads_the_same_as_json(database_url: str, books: Engine) -> None:
    good = frontoffice(database_url, "verify", "--json")
    damage(books, "UPDATE folio SET balance_minor = balance_minor + 100 WHERE number = 'GUEST'")
    bad = frontoffice(database_url, "verify", "--json")

    assert (good.exit_code, bad.exit_code) == (0, 1)
    told, off = json.loads(good.stdout), json.loads(bad.stdout)
    assert (told["balanced"], off["balanced"]) == (True, False)
    assert [each["name"] for each in told["identities"]] == list(verify._identities)
    assert all(each["holds"] and each["differences"] == [] for each in told["identities"])
    assert [each for each in off["identities"] if not each["holds"]] == [
        {
            "name": STORED,
            "holds": False,
            "differences": [{"where": "folio GUEST", "expected": "-11750", "found": "-11650"}],
        }
    ]


def test_the_proof_is_told_in_german_and_the_names_for_programs_are_not(database_url: str, books: Engine) -> None:
    damage(books, "UPDATE folio SET balance_minor = balance_minor + 100 WHERE number = 'GUEST'")

    told = frontoffice(database_url, "--language", "de", "verify").stdout
    as_json = frontoffice(database_url, "--language", "de", "verify", "--json").stdout

    assert "falsch  ein gespeicherter Saldo ist die Summe der Buchungen des Folios\n" in told
    assert STORED in as_json


def test_proving_the_books_changes_nothing(database_url: str, books: Engine) -> None:
    def contents() -> dict[str, list[str]]:
        with books.connect() as connection:
            return {
                table: sorted(map(str, connection.execute(sa.text(f'SELECT * FROM "{table}"'))))
                for table in sa.inspect(connection).get_table_names()
            }

    before = contents()
    assert frontoffice(database_url, "verify").exit_code == 0
    assert contents() == before


def test_the_database_may_be_named_by_the_environment(
    database_url: str, books: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FRONTOFFICE_DATABASE_URL", database_url)

    assert CliRunner().invoke(main, ["verify"]).exit_code == 0


def test_a_database_that_is_not_set_up_is_refused_and_not_called_balanced(empty_database_url: str) -> None:
    result = frontoffice(empty_database_url, "verify")

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", f"{SchemaMissing()}\n")
