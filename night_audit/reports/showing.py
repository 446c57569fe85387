"""A report as a page shows it: texts for one reader, with the addresses that its figures open for who may see them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from night_audit.reports import addresses
from night_audit.reports.definition import RIGHT_ALIGNED
from night_audit.reports.making import DRAFT, Content
from night_audit.reports.telling import TOTAL, Telling, kind_of

MOST = 200
"""Lines of a part on one page."""
RIGHTS = (("/folios", "folio.read"), ("/stays", "stay.read"), ("/rooms", "stay.read"), ("/shifts", "shift.read"))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell: its text, what stands small beneath it, where it leads, whether it is `below` zero, how it looks.

    `look` is its class on the page: `num` of figures, `whole` of dates, and `nothing` where a figure would be.
    """

    text: str
    look: str
    href: str | None = None
    under: str = ""
    below: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A part: its heads (text, whether figures stand under it), its rows (style, cells), its notes (`note`).

    `first` of `count` lines are shown from there; sums stand where they fall. A row's style is line, subtotal, total,
    or sum: what is opened here already.
    """

    name: str
    title: str
    empty: str
    heads: list[tuple[str, bool]]
    rows: list[tuple[str, list[Cell]]]
    notes: list[list[tuple[str, str | None]]]
    first: int
    count: int


def parts(
    content: Content, telling: Telling, may: Callable[[str], bool], firsts: Mapping[str, int] | None = None
) -> list[Shown]:
    """The parts of a report; `firsts` says with which line each begins, for those that are leafed through."""
    return [_part(content, part, telling, may, (firsts or {}).get(part["name"], 0)) for part in content["parts"]]


def note(content: Content, told: Content, telling: Telling, may: Callable[[str], bool]) -> list[tuple[str, str | None]]:
    """A note piece by piece, with what its figures lead to."""
    opens = {} if content["standing"] == DRAFT else told.get("opens", {})
    found = [(text, opens.get(name)) for text, name in telling.pieces(told)]
    return [(text, href if href and may_open(href, may) else None) for text, href in found]


def _part(content: Content, part: Content, telling: Telling, may: Callable[[str], bool], first: int) -> Shown:
    columns = [(number, each) for number, each in enumerate(part["columns"]) if not each["under"]]
    beneath = [(number, each) for number, each in enumerate(part["columns"]) if each["under"]]
    count = len(part["rows"])
    first = min(max(first, 0), max((count - 1) // MOST * MOST, 0))
    rows: list[tuple[str, list[Cell]]] = []
    before: object = None
    for row in part["rows"][first : first + MOST]:
        cells = [_cell(content, part, row, number, telling, may) for number, _column in columns]
        if row["style"] == "line" and part["group"]:
            if row["values"][0] == before:
                cells[0] = Cell("", cells[0].look)
            before = row["values"][0]
        small = [telling.cell(each["kind"], row["values"][number]) for number, each in beneath]
        if any(small):
            place = min(1, len(cells) - 1)
            cells[place] = replace(cells[place], under=" · ".join(filter(None, small)))
        if row["style"] in ("total", "sum") and not cells[0].text:
            cells[0] = Cell(telling.say(TOTAL), "")
        rows.append((row["style"], cells))
    return Shown(
        name=part["name"],
        title=telling.say(part["title"]),
        empty=telling.say(part["empty"]),
        heads=[(telling.head(column), column["kind"] in RIGHT_ALIGNED) for _number, column in columns],
        rows=rows,
        notes=[note(content, each, telling, may) for each in part["notes"]],
        first=first,
        count=count,
    )


def _cell(
    content: Content, part: Content, row: Content, number: int, telling: Telling, may: Callable[[str], bool]
) -> Cell:
    column, value = part["columns"][number], row["values"][number]
    kind = kind_of(column, row)
    looks = {"num": column["kind"] in RIGHT_ALIGNED, "whole": kind == "day", "nothing": value is None}
    look = " ".join(name for name, so in looks.items() if so)
    text = telling.cell(kind, value) if value is not None or row["style"] == "line" else ""
    text += telling.unit(part, row, number)
    href = None if content["standing"] == DRAFT else _opens(content, part, row, column, value)
    below = kind in ("money", "count", "percent") and isinstance(value, int) and value < 0
    return Cell(text, look, href if href and may_open(href, may) else None, "", below)


def _opens(content: Content, part: Content, row: Content, column: Content, value: object) -> str | None:
    """What a figure leads to: a line's what stands with it, a sum's the union of those, a zero to nothing."""
    figure = column["kind"] in RIGHT_ALIGNED
    if figure and not value:
        return None
    if row["style"] == "line":
        found: str | None = row.get("opens", {}).get(column["name"])
        return found
    if not figure or row["style"] == "sum":
        return None
    group = None
    if row["style"] == "subtotal":
        group = next(
            str(of) for each, of in zip(part["columns"], row["values"], strict=True) if each["name"] == part["group"]
        )
    return addresses.summed(content["report"], content["day"], part["name"], column["name"], group)


def may_open(address: str, may: Callable[[str], bool]) -> bool:
    """Whether somebody may open what a figure leads to."""
    return all(may(right) for under, right in RIGHTS if address.startswith(under))
