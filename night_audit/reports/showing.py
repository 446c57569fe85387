"""A report as a page shows it: texts for one reader, with the addresses that its figures open for who may see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from night_audit.reports.definition import RIGHT_ALIGNED
from night_audit.reports.making import Content
from night_audit.reports.telling import TOTAL, Telling, kind_of

MOST = 200
"""Lines of a part on one page."""
RIGHTS = (("/folios", "folio.read"), ("/stays", "stay.read"), ("/shifts", "shift.read"))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, what stands small beneath it, where it leads, whether it is `below` zero."""

    text: str
    right: bool
    href: str | None = None
    under: str = ""
    below: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A part: its heads (text, whether figures stand under it), its rows (style, cells), its notes.

    `first` of `count` lines are shown from there; sums stand where they fall.
    """

    name: str
    title: str
    empty: str
    heads: list[tuple[str, bool]]
    rows: list[tuple[str, list[Cell]]]
    notes: list[str]
    first: int
    count: int


def parts(
    content: Content, telling: Telling, may: Callable[[str], bool], firsts: Mapping[str, int] | None = None
) -> list[Shown]:
    """The parts of a report; `firsts` says with which line each begins, for those that are leafed through."""
    return [_part(content, part, telling, may, (firsts or {}).get(part["name"], 0)) for part in content["parts"]]


def _part(content: Content, part: Content, telling: Telling, may: Callable[[str], bool], first: int) -> Shown:
    columns = [(number, each) for number, each in enumerate(part["columns"]) if not each["under"]]
    beneath = [(number, each) for number, each in enumerate(part["columns"]) if each["under"]]
    count = len(part["rows"])
    first = min(max(first, 0), max((count - 1) // MOST * MOST, 0))
    rows: list[tuple[str, list[Cell]]] = []
    before: object = None
    for row in part["rows"][first : first + MOST]:
        cells = [_cell(part, row, number, column, telling, may) for number, column in columns]
        if row["style"] == "line" and part["group"]:
            if row["values"][0] == before:
                cells[0] = Cell("", cells[0].right)
            before = row["values"][0]
        small = [telling.cell(each["kind"], row["values"][number]) for number, each in beneath]
        if any(small):
            place = min(1, len(cells) - 1)
            cells[place] = replace(cells[place], under=" · ".join(filter(None, small)))
        if row["style"] == "total" and not cells[0].text:
            cells[0] = Cell(telling.say(TOTAL), cells[0].right)
        rows.append((row["style"], cells))
    return Shown(
        name=part["name"],
        title=telling.say(part["title"]),
        empty=telling.say(part["empty"]),
        heads=[(telling.head(column), column["kind"] in RIGHT_ALIGNED) for _number, column in columns],
        rows=rows,
        notes=[telling.note(each) for each in part["notes"]],
        first=first,
        count=count,
    )


def _cell(
    part: Content, row: Content, number: int, column: Content, telling: Telling, may: Callable[[str], bool]
) -> Cell:
    value = row["values"][number]
    kind = kind_of(column, row)
    text = telling.cell(kind, value) if value is not None or row["style"] == "line" else ""
    href = row.get("opens", {}).get(column["name"])
    below = kind in ("money", "count", "percent") and isinstance(value, int) and value < 0
    return Cell(text, column["kind"] in RIGHT_ALIGNED, href if href and may_open(href, may) else None, "", below)


def may_open(address: str, may: Callable[[str], bool]) -> bool:
    """Whether somebody may open what a figure leads to."""
    return all(may(right) for under, right in RIGHTS if address.startswith(under))
