"""`frontoffice folio`: the statement of any folio as a person, a program or a spreadsheet reads it."""

from __future__ import annotations

import csv
import io
import json

import pytest
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from folios import folios
from frontoffice.cli import main
from tests.folios.hotel import CASHIER, Hotel, sold

GUEST = '305  Café & Söhne, "Zürich"'
IN_ENGLISH = """
Date    Voucher  Code  Text                    Debit    Credit  Balance EUR
                       Opening balance                                 0.00
3/1/26  1        FOOD  2 x Dinner           1,200.00               1,200.00
3/1/26  1        VAT   VAT                    120.00               1,320.00
3/1/26  2        VISA  Visa                           1,300.00        20.00
3/2/26  3        FOOD  =1+1 for two people     12.50                  32.50
3/2/26  3        VAT   VAT                      1.25                  33.75
                       Closing balance                                33.75
"""
IN_GERMAN = """
Datum     Beleg  Code  Text                     Soll     Haben  Saldo EUR
                       Anfangssaldo                                  0,00
01.03.26  1      FOOD  2 x Dinner           1.200,00             1.200,00
01.03.26  1      VAT   VAT                    120,00             1.320,00
01.03.26  2      VISA  Visa                           1.300,00      20,00
02.03.26  3      FOOD  =1+1 for two people     12,50                32,50
02.03.26  3      VAT   VAT                      1,25                33,75
                       Endsaldo                                     33,75
"""
OF_THE_DRAWER = """\
DRAWER  DRAWER  (control, open)

Date    Voucher  Code     Text             Debit  Credit  Balance EUR
                          Opening balance                        0.00
3/2/26  4        CASH     Cash             20.00                20.00
3/2/26  5        PAIDOUT  Paidout                   7.50        12.50
                          Closing balance                       12.50
"""
OF_ONE_DAY = """\
305  Café & Söhne, "Zürich"  (individual, open)

Date    Voucher  Code  Text                 Debit  Credit  Balance EUR
3/2/26                 Opening balance                           20.00
3/2/26  3        FOOD  =1+1 for two people  12.50                32.50
3/2/26  3        VAT   VAT                   1.25                33.75
3/2/26                 Closing balance                           33.75
"""


@pytest.fixture
def guest(engine: Engine) -> Hotel:
    """The books of a guest over two days, of which the first is closed."""
    hotel = Hotel(engine)
    hotel.set_up()
    hotel.tax("VAT", "10", "FOOD")
    hotel.open(number="305", name='Café & Söhne, "Zürich"')
    hotel.charge("305", sold("FOOD", "600.00", text="Dinner", quantity=2), check_number="T12")
    hotel.pay("305", "1300.00", "VISA", reference="+49 slip")
    hotel.end_day()
    hotel.charge("305", sold("FOOD", "12.50", text="=1+1 for\ntwo people"))
    hotel.pay(hotel.open(), "20.00")
    hotel.pay_out("7.50")
    return hotel


def frontoffice(database: str, *arguments: str) -> Result:
    return CliRunner().invoke(main, [*arguments, "--database", database])


def printed(database: str, *arguments: str) -> str:
    result = frontoffice(database, *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    return result.stdout


@pytest.mark.parametrize(("language", "golden"), [("en", IN_ENGLISH), ("de", IN_GERMAN)])
def test_a_statement_is_printed_in_the_language_of_whoever_asks(
    database_url: str, guest: Hotel, language: str, golden: str
) -> None:
    heading, _, statement = printed(database_url, "--language", language, "folio", "305").partition("\n")

    assert statement == golden
    assert heading.startswith(f"{GUEST}  (")
    assert (heading == f"{GUEST}  (individual, open)") == (language == "en"), "what it is, is said in that language too"


def test_a_statement_of_a_period_opens_with_what_came_before(database_url: str, guest: Hotel) -> None:
    assert printed(database_url, "folio", "305", "--from", "2026-03-02", "--to", "2026-03-02") == OF_ONE_DAY


def test_a_control_folio_has_a_statement_like_any_other(database_url: str, guest: Hotel) -> None:
    assert printed(database_url, "folio", "DRAWER") == OF_THE_DRAWER


def test_a_closed_folio_says_so(database_url: str, guest: Hotel) -> None:
    guest.pay("305", "33.75")
    guest.do(folios.close_folio, guest.id("305"), CASHIER)

    assert printed(database_url, "folio", "305").splitlines()[0].endswith("(individual, closed)")


def test_a_statement_as_json_tells_what_the_printed_one_tells(database_url: str, guest: Hotel) -> None:
    told = json.loads(printed(database_url, "folio", "305", "--format", "json", "--from", "2026-03-02"))

    assert (told["number"], told["name"], told["type"]) == ("305", 'Café & Söhne, "Zürich"', "individual")
    assert (told["currency"], told["first"], told["last"]) == ("EUR", "2026-03-02", None)
    assert (told["opening_minor"], told["closing_minor"]) == (2000, 3375)
    assert [
        (each["business_date"], each["voucher_id"], each["kind"], each["code"], each["text"], each["parent_line"])
        for each in told["lines"]
    ] == [
        ("2026-03-02", 3, "charge", "FOOD", "=1+1 for\ntwo people", None),
        ("2026-03-02", 3, "charge", "VAT", "VAT", 1),
    ]
    assert [(each["debit_minor"], each["credit_minor"], each["balance_minor"]) for each in told["lines"]] == [
        (1250, 0, 3250),
        (125, 0, 3375),
    ]


def test_a_statement_as_csv_is_read_by_a_spreadsheet_without_running_anything(database_url: str, guest: Hotel) -> None:
    rows = list(csv.DictReader(io.StringIO(printed(database_url, "folio", "305", "--format", "csv"))))

    assert [(row["date"], row["voucher"], row["kind"], row["code"]) for row in rows] == [
        ("2026-03-01", "1", "charge", "FOOD"),
        ("2026-03-01", "1", "charge", "VAT"),
        ("2026-03-01", "2", "payment", "VISA"),
        ("2026-03-02", "3", "charge", "FOOD"),
        ("2026-03-02", "3", "charge", "VAT"),
    ]
    assert [row["text"] for row in rows] == ["Dinner", "VAT", "Visa", "'=1+1 for\ntwo people", "VAT"]
    assert [row["reference"] for row in rows] == ["T12", "T12", "'+49 slip", "", ""]
    assert [row["debit_minor"] for row in rows] == ["120000", "12000", "0", "1250", "125"]
    assert [row["credit_minor"] for row in rows] == ["0", "0", "130000", "0", "0"]
    assert [row["balance_minor"] for row in rows] == ["120000", "132000", "2000", "3250", "3375"]


@pytest.mark.parametrize("text", ["=A1", "+1", "-1", "@SUM(A1)"])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_no_text_in_a_csv_begins_like_a_formula(database_url: str, guest: Hotel, text: str) -> None:
    guest.charge("305", sold("FOOD", "1.00", text=text), reference=text)

    *_, sale, _tax = csv.DictReader(io.StringIO(printed(database_url, "folio", "305", "--format", "csv")))
    assert (sale["text"], sale["reference"]) == (f"'{text}", f"'{text}")


@pytest.mark.parametrize("form", ["text", "json", "csv"])
def test_a_folio_without_a_line_has_a_statement_too(database_url: str, guest: Hotel, form: str) -> None:
    guest.open(number="306")
    told = printed(database_url, "folio", "306", "--format", form)

    if form == "csv":
        assert told == "date,voucher,kind,code,text,reference,debit_minor,credit_minor,balance_minor\n"
    elif form == "json":
        assert (json.loads(told)["lines"], json.loads(told)["closing_minor"]) == ([], 0)
    else:
        assert (told.splitlines()[0], told.count("0.00")) == ("306  Guest, Mr.  (individual, open)", 2)


@pytest.mark.parametrize(
    ("language", "message"),
    [
        ("en", "There is no folio NOBODY. Check the number.\n"),
        ("de", "Es gibt kein Folio NOBODY. Prüfen Sie die Nummer.\n"),
    ],
)
def test_a_folio_that_there_is_not_is_refused_in_a_sentence(
    database_url: str, guest: Hotel, language: str, message: str
) -> None:
    result = frontoffice(database_url, "--language", language, "folio", "NOBODY")

    assert (result.exit_code, result.stdout, result.stderr) == (2, "", message)


@pytest.mark.parametrize(("option", "value"), [("--from", "1.3.2026"), ("--to", "2026-02-30"), ("--format", "pdf")])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_date_or_a_form_that_cannot_be_is_refused(database_url: str, guest: Hotel, option: str, value: str) -> None:
    result = frontoffice(database_url, "folio", "305", option, value)

    assert (result.exit_code, result.stdout) == (2, "")
    assert value in result.stderr


def test_a_database_that_is_not_set_up_is_refused(empty_database_url: str) -> None:
    result = frontoffice(empty_database_url, "folio", "305")

    assert (result.exit_code, result.stderr) == (2, "This database has not been set up. Run: frontoffice init\n")
