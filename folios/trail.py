"""Reading the audit trail: pages of it, newest first, by day, operator, action, subject and text; one thing's history.

The trail only grows, so a page never counts it. A search that its indexes cannot narrow looks at no more than
`LOOKED_AT` events and says where it got to; from there it can be continued. Writing events stands in `folios.events`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.models import Event
from folios.texts import search_text

MOST_ENTRIES = 500
LOOKED_AT = 50_000
MOST_ID = 2**63 - 1


class Entry(NamedTuple):
    """One event of the trail; see `folios.models.Event`."""

    id: int
    at: datetime
    business_date: date | None
    operator: str
    action: str
    subject: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is left out does not matter.

    `first` and `last`: business dates, both included. `action` begins the action (`folio.`), `subject` is one thing
    (`stay:12`) or begins what kind it is (`stay:`), `text` stands in what was before or after.
    """

    first: date | None = None
    last: date | None = None
    operator: str | None = None
    action: str | None = None
    subject: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """Events, newest first. `before_id` asks for the page after this one; None: nothing is older.

    A page may hold fewer than were asked for, even none, while `before_id` says that there is more to look at.
    """

    entries: tuple[Entry, ...]
    before_id: int | None


@dataclass(frozen=True, slots=True)
class Choices:
    """Who did what, to choose a filter from: operators and actions, each once, in order."""

    operators: tuple[str, ...]
    actions: tuple[str, ...]


_COLUMNS = (
    Event.id,
    Event.at,
    Event.business_date,
    Event.operator,
    Event.action,
    Event.subject,
    Event.before,
    Event.after,
)


# PostgreSQL would walk the ids from the newest until one fits, which is far when it is old; this way it takes the index
# of what is asked for.
_UNINDEXED = Event.id + 0


def trail(session: Session, wanted: Wanted | None = None, *, before_id: int | None = None, most: int = 50) -> Page:
    """A page of the trail: the newest events before the one with id `before_id` (None: the newest of all).

    Never refuses: what cannot be is not found. Three statements at most, each over a bounded part of the trail.
    """
    asked = wanted or Wanted()
    most = min(max(most, 1), MOST_ENTRIES)
    if _names_one_thing(asked):
        return _page(session, [*_conditions(asked), *_before(before_id)], most, _UNINDEXED)
    oldest, newest = _bounds(session, asked)
    if newest is None or oldest is None:
        return Page((), None)
    top = newest if before_id is None else min(newest, before_id - 1)
    bottom = max(oldest, top - LOOKED_AT + 1)
    page = _page(session, [Event.id.between(bottom, top), *_conditions(asked)], most)
    if page.before_id is None and bottom > oldest:
        return Page(page.entries, bottom)
    return page


def history(session: Session, subject: str, *, before_id: int | None = None, most: int = 50) -> Page:
    """What happened to one thing (`folio:12`), newest first. One statement."""
    conditions = [Event.subject == search_text(subject), *_before(before_id)]
    return _page(session, conditions, min(max(most, 1), MOST_ENTRIES), _UNINDEXED)


def choices(session: Session, first: date | None = None, last: date | None = None) -> Choices:
    """The operators and actions among the newest `LOOKED_AT` events of a period. Three statements."""
    oldest, newest = _bounds(session, Wanted(first, last))
    if newest is None or oldest is None:
        return Choices((), ())
    lately = Event.id.between(max(oldest, newest - LOOKED_AT + 1), newest)
    rows = session.execute(sa.select(Event.operator, Event.action).where(lately).distinct()).all()
    return Choices(tuple(sorted({row.operator for row in rows})), tuple(sorted({row.action for row in rows})))


def _page(
    session: Session, conditions: list[sa.ColumnElement[bool]], most: int, by: sa.ColumnElement[int] | None = None
) -> Page:
    rows = session.execute(
        sa.select(*_COLUMNS).where(*conditions).order_by((Event.id if by is None else by).desc()).limit(most + 1)
    ).all()
    entries = tuple(Entry._make(row) for row in rows[:most])
    return Page(entries, entries[-1].id if len(rows) > most else None)


def _names_one_thing(wanted: Wanted) -> bool:
    return wanted.subject is not None and not search_text(wanted.subject).endswith(":")


def _before(before_id: int | None) -> list[sa.ColumnElement[bool]]:
    return [] if before_id is None else [Event.id < min(max(before_id, 0), MOST_ID)]


def _conditions(wanted: Wanted) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if wanted.first is not None:
        found.append(Event.business_date >= wanted.first)
    if wanted.last is not None:
        found.append(Event.business_date <= wanted.last)
    if operator := search_text(wanted.operator):
        found.append(Event.operator == operator)
    if action := search_text(wanted.action):
        found.append(Event.action.startswith(action, autoescape=True))
    if subject := search_text(wanted.subject):
        one = _names_one_thing(wanted)
        found.append(Event.subject == subject if one else Event.subject.startswith(subject, autoescape=True))
    if text := search_text(wanted.text):
        found.append(sa.or_(*(_holds(column, text) for column in (Event.before, Event.after))))
    return found


def _holds(column: Any, text: str) -> sa.ColumnElement[bool]:
    """Whether the stored JSON has the text, as it is written there; capitals do not matter where they are ASCII."""
    stored = sa.func.lower(sa.cast(column, sa.Text))
    return stored.contains(json.dumps(text)[1:-1].lower(), autoescape=True)


def _bounds(session: Session, wanted: Wanted) -> tuple[int | None, int | None]:
    """The ids between which a period's events lie; (None, None) when it has none.

    Events come in the order of their ids, and a day's begin after the day before it was rolled, though the audit still
    writes into that one: so the first day's lowest id is the period's, and the highest is that of its last two days.
    """
    if wanted.first is None and wanted.last is None:
        lowest, highest = session.execute(
            sa.select(
                sa.select(sa.func.min(Event.id)).scalar_subquery(), sa.select(sa.func.max(Event.id)).scalar_subquery()
            )
        ).one()
        return lowest, highest
    first, last = wanted.first or date.min, wanted.last or date.max
    within = Event.business_date.between(first, last)
    begin, end = session.execute(
        sa.select(
            sa.select(sa.func.min(Event.business_date)).where(within).scalar_subquery(),
            sa.select(sa.func.max(Event.business_date)).where(within).scalar_subquery(),
        )
    ).one()
    if begin is None:
        return None, None
    previous = sa.select(sa.func.max(Event.business_date)).where(Event.business_date < end).scalar_subquery()
    lowest = sa.select(sa.func.min(_UNINDEXED)).where(Event.business_date == begin).scalar_subquery()
    highest = sa.select(sa.func.max(_UNINDEXED)).where(
        sa.or_(Event.business_date == end, Event.business_date == previous)
    )
    low, high = session.execute(sa.select(lowest, highest.scalar_subquery())).one()
    return low, high
