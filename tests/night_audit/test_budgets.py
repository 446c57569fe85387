"""Budgets by month: typed in or read from a file, all or nothing; a day has its share and the shares add up."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import pytest
import xlsxwriter

from folios.db import in_unit_of_work
from folios.errors import ChangedMeanwhile, Refusal
from frontoffice import rooms
from night_audit.reports import budgets, counting, making, settings
from night_audit.reports.budgets import BudgetFileInvalid, BudgetInvalid, MonthInvalid
from night_audit.reports.catalogue import report
from night_audit.reports.definition import Policy
from night_audit.reports.models import Budget
from night_audit.reports.settings import PercentsInvalid
from tests.frontoffice.house import CLERK, House, at_once, day, minor
from tests.night_audit.random_days import Days

MARCH, APRIL = date(2026, 3, 1), date(2026, 4, 1)
CSV = "month,rooms_sold,guests,Rooms,revenue:Food and beverage\n2026-03,100,140,8000.55,900\n2026-04,31,,1.00,\n"


def workbook(rows: list[list[Any]]) -> bytes:
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()
    return file.getvalue()


def read(house: House, content: bytes) -> dict[date, dict[str, int | None]]:
    months = house.do(budgets.read_file, content)
    house.do(budgets.set_months, months, CLERK)
    return months


@pytest.mark.parametrize("kind", ["comma", "semicolon", "workbook"])
def test_a_file_of_months_is_read_the_same_whatever_it_is(house: House, kind: str) -> None:
    lines = [line.split(",") for line in CSV.splitlines()]
    contents = {
        "comma": CSV.encode(),
        "semicolon": b"\xef\xbb\xbf" + CSV.replace(",", ";").encode(),
        "workbook": workbook(lines),
    }
    assert read(house, contents[kind])[MARCH] == {
        "rooms_sold": 100,
        "guests": 140,
        "revenue:Rooms": 8000_55,
        "revenue:Food and beverage": 900_00,
    }
    assert house.do(budgets.of_year, 2026)[APRIL] == {"rooms_sold": 31, "revenue:Rooms": 1_00}
    assert len(house.told("budget.set")) == 2
    read(house, contents[kind])
    assert len(house.told("budget.set")) == 2, "nothing changed"


@pytest.mark.parametrize(
    ("content", "refusal"),
    [
        (b"", BudgetFileInvalid),
        (b"month\n", BudgetFileInvalid),
        (b"\xff\xfe\x00", BudgetFileInvalid),
        (b"PK\x03\x04 no workbook", BudgetFileInvalid),
        (b"rooms_sold,guests\n1,2\n", BudgetFileInvalid),
        (b"month,profit\n2026-03,5\n", BudgetFileInvalid),
        (b"month,guests\nMarch,5\n", MonthInvalid),
        (b"month,guests\n2026-13,5\n", MonthInvalid),
        (b"month,guests\n2026-03,many\n", BudgetInvalid),
        (b"month,guests\n2026-03,1.5\n", BudgetInvalid),
        (b"month,guests\n2026-03,NaN\n", BudgetInvalid),
        (b"month,Rooms\n2026-03,1.005\n", BudgetInvalid),
        (b"month,guests\n2026-03,7\n2026-04,-1\n", BudgetInvalid),
        (b"month,Rooms\n2026-03,1e40\n", BudgetInvalid),
        (b"x" * 2_000_000, BudgetFileInvalid),
    ],
)
def test_a_file_that_is_none_is_refused_and_nothing_of_it_is_kept(
    house: House, content: bytes, refusal: type[Refusal]
) -> None:
    with house.refuses(refusal):
        read(house, content)
    assert house.rows(Budget) == []


def test_the_shares_of_the_days_add_up_to_the_month(house: House) -> None:
    house.do(budgets.set_month, MARCH, {"rooms_sold": 100, "revenue:Rooms": 1000}, CLERK)
    shares = [house.do(budgets.expected, day(number), day(number)) for number in range(31)]
    assert sum(each["rooms_sold"] for each in shares) == 100
    assert {each["rooms_sold"] for each in shares} == {3, 4}
    assert house.do(budgets.expected, day(0), day(30)) == {"rooms_sold": 100, "revenue:Rooms": 1000}
    assert house.do(budgets.expected, day(31), day(40)) is None
    house.do(budgets.set_month, MARCH, {"rooms_sold": None}, CLERK)
    assert house.do(budgets.expected, day(0), day(30)) == {"revenue:Rooms": 1000}


def test_the_managers_report_sets_the_day_beside_its_budget(house: House) -> None:
    house.do(budgets.set_month, MARCH, {"rooms_sold": 93, "guests": 124, "revenue:Rooms": minor("9300.00")}, CLERK)
    house.arrive(2)
    house.end_day()
    content = house.do(lambda session: making.make(session, report("manager"), making.ask(session, day(0))))
    part = content["parts"][0]
    names = [each["name"] for each in part["columns"]]
    rows = {row["values"][1]: dict(zip(names, row["values"], strict=True)) for row in part["rows"]}
    assert (rows["Rooms sold"]["day"], rows["Rooms sold"]["day_budget"]) == (1, 3)
    assert (rows["ADR"]["day"], rows["ADR"]["day_budget"], rows["ADR"]["year_budget"]) == (100_00, 100_00, 100_00)
    assert (rows["Paid occupancy"]["day"], rows["Paid occupancy"]["day_budget"]) == (20_00, 60_00)
    assert rows["RevPAR"]["day_budget"] == 60_00
    assert rows["Arrivals"]["day_budget"] is None
    assert rows["Rooms sold"]["day_last_year"] is None


def test_nothing_is_expected_of_the_days_before_the_hotels_first(house: House) -> None:
    for month in (date(2026, 2, 1), MARCH):
        house.do(budgets.set_month, month, {"rooms_sold": 93, "revenue:Rooms": minor("9300.00")}, CLERK)
    content = house.do(lambda session: making.make(session, report("manager"), making.ask(session, day(0))))
    part = content["parts"][0]
    names = [each["name"] for each in part["columns"]]
    rows = {row["values"][1]: dict(zip(names, row["values"], strict=True)) for row in part["rows"]}
    assert rows["Rooms sold"]["year_budget"] == rows["Rooms sold"]["day_budget"] == 3
    assert rows["Paid occupancy"]["year_budget"] == 60_00


def test_the_rule_of_the_rooms_available_and_the_yield_are_what_the_hotel_decided(house: House) -> None:
    facts = {"kind": "out_of_order", "reason": "Painting", "operator": CLERK}
    house.do(rooms.put_out, house.rooms["104"], from_date=day(0), to_date=day(3), **facts)
    house.do(rooms.put_out, house.rooms["103"], from_date=day(0), to_date=day(200), **facts)
    house.arrive(2)
    house.end_day()

    def told(name: str) -> tuple[Any, Any]:
        content = house.do(lambda session: making.make(session, report("manager"), making.ask(session, day(0))))
        row = next(row["values"] for row in content["parts"][0]["rows"] if row["values"][1] == name)
        return row[3], row[2]

    assert told("Rooms available")[0] == 4
    assert "not deducted" in told("Rooms available")[1]
    assert told("Yield") == (None, "no rack rate is set")
    decided = {"deduct_out_of_order": True, "rack_rate": "BAR", "aging_percents": "2 4 10 20 40"}
    house.do(settings.set_policy, 0, **decided, operator=CLERK)
    assert told("Rooms available")[0] == 3
    assert "not deducted" not in told("Rooms available")[1]
    rack = 2 * minor("100.00") + minor("250.00")
    assert told("Yield")[0] == round(100_00 * 10_000 / rack)
    for wrong in ("2 4", "2 4 10 20 400", "a b c d e", "1 2 3 4 5 6"):
        with house.refuses(PercentsInvalid):
            house.do(settings.set_policy, 1, **(decided | {"aging_percents": wrong}), operator=CLERK)


def test_counts_of_many_days_are_those_of_each_day_alone(house: House) -> None:
    days = Days(house, 9).pass_by(3)
    found = house.do(counting.counts_by_day, days[0], days[-1], Policy())
    for number, on in enumerate(days):
        alone, counts = house.figures(number), found[on]
        assert (counts.sold, counts.complimentary, counts.house_use) == (
            alone.rooms_sold,
            alone.complimentary,
            alone.house_use,
        )
        assert (counts.inventory, counts.guests, counts.arrivals) == (alone.inventory, alone.guests, alone.arrivals)
        assert (counts.departures, counts.no_shows) == (alone.departures, alone.no_shows)
        assert (counts.cancellations, counts.occupied) == (alone.cancellations, alone.in_house)


def test_two_who_set_a_month_or_the_rules_at_once_both_get_through_or_are_told(house: House) -> None:
    months = [{"rooms_sold": 100}, {"rooms_sold": 120}]

    def set_month(amounts: dict[str, int]) -> object:
        return in_unit_of_work(house.sessions, lambda session: budgets.set_month(session, MARCH, amounts, CLERK))

    assert at_once([lambda each=each: set_month(each) for each in months]) == [None, None]
    (kept,) = house.rows(Budget)
    assert kept.amount in (100, 120)
    facts = {"deduct_out_of_order": True, "rack_rate": None, "aging_percents": ""}

    def decide() -> object:
        return in_unit_of_work(
            house.sessions, lambda session: settings.set_policy(session, 0, **facts, operator=CLERK).version
        )

    answers = at_once([decide, decide])
    assert 1 in answers
    assert all(each == 1 or isinstance(each, ChangedMeanwhile) for each in answers), answers
