"""What a report is: its parts with their columns, the query that gives their lines, the notes beneath.

A line carries plain values: minor units, hundredths of a percent, dates, words that are translated where they are
shown. Which address a figure opens stands beside it. Nothing here asks a database or draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

KINDS = ("text", "word", "day", "count", "money", "percent", "ratio", "rate", "figure")
"""Of a value: a text as it was written; a word of ours; a date; a whole number; minor units; hundredths of a percent;
hundredths; parts per million; whatever the line itself says."""
RIGHT_ALIGNED = ("count", "money", "percent", "ratio", "rate", "figure")


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `total` sums it up at the end of each group and of the part; `under` stands small beneath the first."""

    name: str
    title: str
    kind: str = "text"
    total: bool = False
    under: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """A line's values by column, what each opens, and what kind its columns of kind `figure` are."""

    values: Mapping[str, Any]
    opens: Mapping[str, str] = field(default_factory=dict)
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence beneath a report; `params` are put into it, amounts in minor units under names ending in `_minor`.

    `opens` says of those that are figures what each was made from.
    """

    text: str
    params: Mapping[str, Any] = field(default_factory=dict)
    opens: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Policy:
    """What the hotel decided about its figures; see `settings`."""

    deduct_out_of_order: bool = False
    rack_rate: str | None = None
    aging_percents: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Asked:
    """What a report is asked for: a business day of a hotel. `standing` is the day's: open, auditing, closed."""

    day: date
    standing: str
    hotel: str
    currency: str
    policy: Policy

    @property
    def month(self) -> date:
        """The first day of the month to date."""
        return self.day.replace(day=1)

    @property
    def year(self) -> date:
        """The first day of the year to date."""
        return self.day.replace(month=1, day=1)


@dataclass(frozen=True, slots=True)
class Part:
    """A table of a report. `group` names the column whose change begins a new group with a subtotal.

    `notes` are told from the lines; `empty` is said where there is none.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    lines: Callable[[Session, Asked], Iterable[Line]]
    empty: str
    group: str | None = None
    notes: Callable[[Session, Asked, list[Line]], Iterable[Note]] | None = None

    @property
    def totals(self) -> tuple[str, ...]:
        """The columns that are summed up."""
        return tuple(each.name for each in self.columns if each.total)


@dataclass(frozen=True, slots=True)
class Report:
    """A report: the name it is asked by, its title, the question it answers, its parts. `wide` lies across the paper.

    `section` is where it stands in the list of reports.
    """

    name: str
    title: str
    question: str
    section: str
    parts: tuple[Part, ...]
    notes: tuple[Note, ...] = ()
    wide: bool = False


def same_day_last_year(day: date) -> date:
    """The same date a year before; of a 29th of February the 28th."""
    try:
        return day.replace(year=day.year - 1)
    except ValueError:
        return day.replace(year=day.year - 1, day=28)
