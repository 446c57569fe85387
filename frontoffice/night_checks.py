"""What the night audit asks before it closes a day, told by whoever knows: each check finds rows to look at.

The floors above add theirs to `CHECKS`, without knowing who asks; those of the front office itself stand in
`night_rows.py`. Who accepts a finding, and what an audit may decide alone, is the night audit's own.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

WARN, BLOCK = "warn", "block"


@dataclass(frozen=True, slots=True)
class Row:
    """One thing behind a finding: what it is, in names and figures, and the page where it is seen and mended."""

    what: str
    address: str | None = None


Rows = Callable[[Session, date], Sequence[Row]]


@dataclass(frozen=True, slots=True)
class Check:
    """A question about the day that is to be closed; it is answered well when `rows` finds nothing.

    `title` names what is found, as a heading. `severity`: `warn` is told, `block` stops the audit. `acceptable`: who
    may can accept it with a reason. `address`: the screen that mends it. `held`: asked once more while nobody can
    change the day.
    """

    code: str
    title: str
    rows: Rows
    severity: str = WARN
    acceptable: bool = True
    address: str | None = None
    held: bool = False


CHECKS: list[Check] = []


def add(*checks: Check) -> None:
    """Adds checks at the end of the list; one with the same code is replaced."""
    codes = {check.code for check in checks}
    CHECKS[:] = [*(each for each in CHECKS if each.code not in codes), *checks]
