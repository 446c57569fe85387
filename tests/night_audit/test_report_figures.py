"""Every figure on every page of a report opens what it is made of, and from there the voucher is one click away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from html.parser import HTMLParser
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from folios.db import reading, session_source
from night_audit.reports import pack, showing, sums
from night_audit.reports.catalogue import REPORTS
from night_audit.reports.definition import RIGHT_ALIGNED
from night_audit.reports.drilling import Wanted, gathered, read_address
from night_audit.reports.making import Content
from night_audit.reports.telling import kind_of
from night_audit.views import drilling as pages
from tests.frontoffice.desk_client import Client, application
from tests.frontoffice.house import House, day
from tests.night_audit.random_days import Days
from tests.night_audit.test_demo import short_demo

__all__ = ["short_demo"]

Desk = Callable[[str], Client]

NOT_ITS_SUM = {
    ("manager", "day_budget"): "a budget was typed in, not posted: the budgets are opened",
    ("manager", "month_budget"): "the same",
    ("manager", "year_budget"): "the same",
    ("high-balance", "limit"): "a limit was set, not posted: the folio is opened",
    ("high-balance", "over"): "the balance less the limit: the postings of the balance are opened",
    ("outlet-reconciliation", "till"): "what the till said: the books to hold it against are opened",
    ("outlet-reconciliation", "difference"): "what the till said less the books: those are opened",
    ("cashier-over-short", "float"): "a sum that was set when the shift began: the shift's report is opened",
    ("cashier-over-short", "counted"): "coins and notes: the shift's report tells them",
    ("cashier-over-short", "expected"): "what came through the drawer is opened; what lay in it before is not",
}
"""Figures that open what they come from although that does not add up to them, and why."""
MOST_LINES = 3
"""Lines of a part whose figures are opened; of all its lines `test_reports` opens them, and of sums all are opened."""
WITHOUT_VOUCHER = {
    "arrivals": "who is still expected has no charge yet: the stay is opened",
    "cancellations": "nothing was charged: the stay is opened",
    "no-shows": "the same, where no fee was",
    "in-house": "a night of an open day is not charged yet: the stay is opened",
    "departures": "the same of a day use",
    "complimentary": "who does not pay has no charge",
    "rate-variance": "a night of an open day is not charged yet: the stay is opened",
}
LISTS = ("/reports/postings", "/reports/stays")


@dataclass
class Cell:
    """A cell of a table: what stands in it, and where it leads."""

    text: str = ""
    href: str | None = None


class Tables(HTMLParser):
    """The rows of a page's tables of figures: `(where they stand: thead, tbody or tfoot; their cells)`."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tables: list[list[tuple[str, list[Cell]]]] = []
        self.where, self.inside = "", False
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = dict(attrs)
        if tag == "table":
            self.tables.append([])
        if tag in ("thead", "tbody", "tfoot"):
            self.where = tag
        if tag == "tr" and self.tables:
            self.tables[-1].append((self.where, []))
        if tag in ("td", "th") and self.tables:
            self.tables[-1][-1][1].append(Cell())
            self.inside = True
        if tag == "a" and self.inside and not self.tables[-1][-1][1][-1].href:
            self.tables[-1][-1][1][-1].href = has.get("href")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.inside:
            self.tables[-1][-1][1][-1].text += data


@pytest.fixture(autouse=True)
def all_on_one_page(monkeypatch: pytest.MonkeyPatch) -> None:
    """The lists are told whole, so that they can be added up."""
    monkeypatch.setattr(showing, "MOST", 100_000)
    monkeypatch.setattr(pages, "PAGE", 100_000)


class Walk:
    """Somebody who opens every figure of every report of a day."""

    def __init__(self, client: Client, on: date) -> None:
        self.client, self.on = client, on
        self.seen: dict[str, str] = {}
        self.compared: set[str] = set()
        self.added_up: set[str] = set()

    def page(self, address: str) -> str:
        if address not in self.seen:
            answer = self.client.get(address)
            assert answer.status_code == 200, (address, answer.status_code)
            self.seen[address] = answer.text
        return self.seen[address]

    def report(self, name: str) -> None:
        address = f"/reports/{name}?date={self.on}"
        content = self.client.get(f"/reports/{name}/file?date={self.on}&form=json").json
        tables = Tables(self.page(address)).tables
        parts = [each for each in content["parts"] if each["rows"]]
        assert len(tables) == len(parts), name
        for part, table in zip(parts, tables, strict=True):
            rows = [cells for where, cells in table if where == "tbody"]
            for number, (row, cells) in enumerate(zip(part["rows"], rows, strict=True)):
                for column, value, cell in figures(part, row, cells):
                    assert cell.href, (name, row["style"], column["name"], value)
                    if row["style"] != "line" or number < MOST_LINES:
                        self.figure(name, column, kind_of(column, row), value, cell, row)

    def figure(self, name: str, column: Content, kind: str, value: int, cell: Cell, row: Content) -> None:
        where = (name, row["style"], column["name"], value, cell.text, cell.href)
        assert cell.href, where
        if cell.href in self.compared:
            return
        self.compared.add(cell.href)
        shown = self.page(cell.href)
        (path,) = re.findall(r"^[^?]*", cell.href)[:1]
        if path in LISTS or path.endswith("/sum"):
            known = kind == "count" or path == "/reports/stays" or name in WITHOUT_VOUCHER
            assert known or "/folios/voucher/" in shown or column["name"] == "counted", where
        worked_out = name == "manager" and row["values"][0] == "Key figures"
        if kind == "money" and not worked_out and (name, column["name"]) not in NOT_ITS_SUM:
            self.adds_up(path, shown, abs(value), where)

    def adds_up(self, path: str, shown: str, minor: int, where: object) -> None:
        """What a list says is its sum is the figure, and so is what its lines come to."""
        if path not in LISTS and not path.endswith("/sum"):
            return
        (table,) = Tables(shown).tables
        amounts = [told(cells[-1]) for place, cells in table if place == "tbody" and cells]
        if not any(place == "tfoot" for place, _cells in table):  # lines of a report, the total as the last of them
            column = [cells for place, cells in table if place == "tbody"]
            amounts = [next(filter(None, map(told, reversed(cells))), 0) for cells in column]
            assert amounts.pop() == minor or sum(amounts) == -minor, where
        else:
            assert abs(told(table[-1][1][-1])) == minor, where
        assert abs(sum(amounts)) == minor, where
        self.added_up.add(str(where))


def figures(part: Content, row: Content, cells: list[Cell]) -> Iterator[tuple[Content, int, Cell]]:
    """The figures of a line that are not nothing."""
    shown = [(each, value) for each, value in zip(part["columns"], row["values"], strict=True) if not each["under"]]
    for (column, value), cell in zip(shown, cells, strict=True):
        if column["kind"] in RIGHT_ALIGNED and value:
            yield column, value, cell


def told(cell: Cell) -> int:
    """An amount as it is written, in minor units; nothing where there is none."""
    text = cell.text.strip().replace("\u2212", "-").replace(",", "")
    return round(float(text) * 100) if re.fullmatch(r"-?\d+\.\d\d", text) else 0


def test_every_figure_of_a_lively_day_opens_a_list_that_adds_up_to_it(house: House, desk: Desk) -> None:
    Days(house, 3).pass_by(1)
    walked = [Walk(desk("manager"), day(number)) for number in (0, 1)]
    for walk in walked:
        for name in REPORTS:
            walk.report(name)
    assert sum(len(each.added_up) for each in walked) > 200


def test_every_figure_of_the_demo_hotel_opens_a_list_that_adds_up_to_it(
    short_demo: None, engine: Engine, database_url: str
) -> None:
    with reading(session_source(engine)) as session:
        closed = pack.last_day(session)
    assert closed is not None
    with application(database_url) as app:
        walk = Walk(Client(app).sign_in_as("manager"), closed)
        for name in REPORTS:
            walk.report(name)
    assert len(walk.added_up) > 150


def test_a_figure_that_is_no_sum_of_a_report_is_refused_in_words(house: House, desk: Desk) -> None:
    house.charge(house.arrive(2, "101"), "12.00")
    client = desk("manager")
    whole = f"/reports/trial-balance/sum?date={day(0)}"
    for wrong in (
        "", "&part=ledgers", "&part=ledgers&column=type", "&part=ledgers&column=profit", "&part=nothing&column=debits",
        "&part=ledgers&column=debits&group=Nobody", "&part=control&column=debits&group=guest",
    ):  # fmt: skip
        answer = client.get(whole + wrong)
        assert answer.status_code == 404, wrong
        assert "error-page" in answer.text
    assert client.get(f"/reports/profit/sum?date={day(0)}&part=x&column=y").status_code == 404
    assert client.get(whole + "&part=ledgers&column=debits&page=99").status_code == 200


def test_what_is_asked_together_is_asked_for_in_few_lists() -> None:
    def wanted(**facts: Any) -> Wanted:
        return Wanted(None, day(0), "balance", {name: (value,) for name, value in facts.items()})

    guests = [wanted(folio=number) for number in range(5_000)]
    assert [each.facts for each in gathered(guests)] == [{"folio": tuple(range(5_000))}]
    codes = [wanted(code=code, kind=kind) for code in ("BAR", "SPA") for kind in ("charge", "correction")]
    assert [each.facts for each in gathered(codes)] == [{"code": ("BAR", "SPA"), "kind": ("charge", "correction")}]
    uneven = gathered([*codes, wanted(code="TEL", kind="charge")])
    assert [each.facts["code"] for each in uneven] == [("BAR", "SPA"), ("TEL",)]
    assert gathered([guests[0], guests[0]]) == [guests[0]]
    assert read_address("/folios/1") is None
    assert sums.MOST_ASKED < 500, "SQLite puts no more lists together"
