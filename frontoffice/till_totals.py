"""What the tills of the outlets say they sold, beside the books: asked here, answered by whoever knows the tills.

A floor above adds its source to `SOURCES`; who reads the totals needs to know none of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session


@dataclass(frozen=True, slots=True)
class TillTotal:
    """A terminal's Z-total of a day (None: it sent none) and what the books have of it, in minor units.

    `control_minor` is what the outlet's control folio moved on the day, credits less debits, of which
    `control_outlet_minor` by the outlet's own terminals.
    """

    outlet: str
    terminal: str
    number: str | None
    till_minor: int | None
    books_minor: int
    control_folio_id: int
    control: str
    control_minor: int
    control_outlet_minor: int


SOURCES: list[Callable[[Session, date], Iterable[TillTotal]]] = []


def totals(session: Session, day: date) -> list[TillTotal]:
    """The totals of every till on a business day, by outlet and terminal."""
    found = [each for source in SOURCES for each in source(session, day)]
    return sorted(found, key=lambda each: (each.outlet, each.terminal, each.number or ""))
