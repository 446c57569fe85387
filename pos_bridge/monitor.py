"""What the monitor of the outlets shows: each terminal and its day, the messages, refusals by cause, likely doubles,
and the raw log of a time span. Everything here only reads; what it shows holds no card numbers and no keys.

Messages only grow, so a page of them is never counted, and a filter looks at `LOOKED_AT` of them at most.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios.db import SessionSource, reading
from folios.errors import N_, Refusal
from pos_bridge.models.messages import OUTCOMES, REQUEST_KINDS, PosRequest
from pos_bridge.models.outlets import Outlet, Terminal
from pos_bridge.requests import RequestUnknown, masked

PAGE = 50
MOST_DOUBLES = 20
LOOKED_AT = 20_000
LOG_DAYS = 31
LOG_PAGE = 500
_KEY = re.compile(r"fo_[A-Za-z0-9_-]{43}")


class LogSpanInvalid(Refusal):
    code = "log.span_invalid"
    message = N_("Choose a time of at most {days} days, from a day to the same or a later one.")


@dataclass(frozen=True, slots=True)
class TerminalDay:
    """A terminal with what it sent on a business date. `total_minor`: charged less what was taken back."""

    code: str
    name: str
    outlet: str
    active: bool
    heard_at: datetime | None
    charges: int
    suspense: int
    refused: int
    voids: int
    total_minor: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages are looked for; None: all. `before_id`: only older ones."""

    terminal: str | None = None
    outcome: str | None = None
    kind: str | None = None
    before_id: int | None = None


@dataclass(frozen=True, slots=True)
class Messages:
    """A page of messages, the newest first; `before_id` asks for the next, None: there is no older one."""

    rows: Sequence[PosRequest]
    before_id: int | None


@dataclass(frozen=True, slots=True)
class Cause:
    """Why messages were refused on a day: the code of the refusal, how many, and the last of them with its words."""

    refusal: str
    count: int
    last_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Double:
    """Two charges of different keys that look the same: the earlier, and the one that looks like it."""

    first: PosRequest
    second: PosRequest


def terminals_on(session: Session, day: date) -> list[TerminalDay]:
    """Every terminal with its business date, those that are on first. Two statements."""
    sums = (
        sa.select(
            PosRequest.terminal,
            PosRequest.kind,
            PosRequest.outcome,
            sa.func.count(),
            sa.func.sum(PosRequest.total_minor),
        )
        .where(PosRequest.business_date == day)
        .group_by(PosRequest.terminal, PosRequest.kind, PosRequest.outcome)
    )
    found: dict[tuple[str, str, str], tuple[int, int]] = {
        (terminal, kind, outcome): (count, int(total or 0))
        for terminal, kind, outcome, count, total in session.execute(sums)
    }
    nothing = (0, 0)
    rows = session.execute(
        sa.select(Terminal, Outlet.name)
        .join(Outlet, Outlet.code == Terminal.outlet_code)
        .order_by(Terminal.active.desc(), Terminal.outlet_code, Terminal.code)
    )
    days = []
    for row, outlet in rows:
        done, kept, taken = (
            found.get((row.code, *which), nothing)
            for which in (("charge", "done"), ("charge", "suspense"), ("void", "done"))
        )
        refused = sum(found.get((row.code, kind, "refused"), nothing)[0] for kind in REQUEST_KINDS)
        total_minor = done[1] + kept[1] - taken[1]
        days.append(
            TerminalDay(
                row.code, row.name, outlet, row.active, row.heard_at, done[0], kept[0], refused, taken[0], total_minor
            )
        )
    return days


def messages(session: Session, wanted: Wanted, most: int = PAGE) -> Messages:
    """Messages, the newest first. A page may hold fewer than `most`, even none, while `before_id` says there is more
    to look at.
    """
    newest = session.scalar(sa.select(sa.func.max(PosRequest.id))) or 0
    before_id = newest + 1 if wanted.before_id is None else min(wanted.before_id, newest + 1)
    lowest = max(before_id - LOOKED_AT, 1)
    found = sa.select(PosRequest).where(PosRequest.id < before_id, PosRequest.id >= lowest)
    for column, value in (
        (PosRequest.terminal, wanted.terminal),
        (PosRequest.outcome, wanted.outcome),
        (PosRequest.kind, wanted.kind),
    ):
        if value is not None:
            found = found.where(column == value)
    rows = session.scalars(found.order_by(PosRequest.id.desc()).limit(most + 1)).all()
    if len(rows) > most:
        return Messages(rows[:most], rows[most - 1].id)
    return Messages(rows, lowest if lowest > 1 else None)


def message(session: Session, message_id: int) -> PosRequest:
    """One message with its answer. Refuses `RequestUnknown`."""
    found = session.get(PosRequest, message_id)
    if found is None:
        raise RequestUnknown(key=message_id)
    return found


def refusals_on(session: Session, day: date) -> list[Cause]:
    """Why messages of a business date were refused, the most frequent cause first. Two statements."""
    wanted = (
        sa.select(PosRequest.refusal, sa.func.count(), sa.func.max(PosRequest.id))
        .where(PosRequest.business_date == day, PosRequest.outcome == "refused")
        .group_by(PosRequest.refusal)
        .order_by(sa.func.count().desc(), PosRequest.refusal)
    )
    rows = session.execute(wanted).all()
    last = sa.select(PosRequest.id, PosRequest.answer).where(PosRequest.id.in_([row[2] for row in rows]))
    texts = {row.id: str(row.answer.get("text", "")) for row in session.execute(last)}
    return [Cause(refusal or "", count, last_id, texts.get(last_id, "")) for refusal, count, last_id in rows]


def doubles_on(session: Session, day: date) -> list[Double]:
    """Charges of a business date that look like an earlier one of another key, the latest first. One statement."""
    first, second = aliased(PosRequest), aliased(PosRequest)
    wanted = (
        sa.select(first, second)
        .join(first, first.id == second.twin_id)
        .where(second.twin_id.is_not(None), second.business_date == day, second.outcome != "refused")
        .order_by(second.id.desc())
        .limit(MOST_DOUBLES)
    )
    return [Double(*row) for row in session.execute(wanted)]


# --- the raw log --------------------------------------------------------------------------------------------------


def log_lines(sessions: SessionSource, begin: datetime, end: datetime) -> Iterator[str]:
    """The messages received from `begin` up to, not including, `end`, as lines of JSON, the oldest first.

    They are read a page at a time, each in a snapshot of its own, so that a long log holds up nobody. Refuses
    (`LogSpanInvalid`), before the first line, more than `LOG_DAYS` days and an end before its begin.
    """
    if not begin < end or end - begin > timedelta(days=LOG_DAYS, hours=1):  # the hour that autumn has twice
        raise LogSpanInvalid(days=LOG_DAYS)
    return _log_lines(sessions, begin, end)


def _log_lines(sessions: SessionSource, begin: datetime, end: datetime) -> Iterator[str]:
    span = (PosRequest.outcome.in_(OUTCOMES), PosRequest.received_at >= begin, PosRequest.received_at < end)
    with reading(sessions) as session:
        lowest, highest = session.execute(
            sa.select(sa.func.min(PosRequest.id), sa.func.max(PosRequest.id)).where(*span)
        ).one()
    after: int | None = lowest
    while after is not None and after <= highest:
        with reading(sessions) as session:
            page = sa.select(PosRequest).where(PosRequest.id.between(after, highest), *span[1:])
            rows = session.scalars(page.order_by(PosRequest.id).limit(LOG_PAGE)).all()
        yield from (json.dumps(plain(row), ensure_ascii=False) + "\n" for row in rows)
        after = rows[-1].id + 1 if len(rows) == LOG_PAGE else None


def plain(row: PosRequest) -> dict[str, Any]:
    """A message as it goes out: every column but the hash; card numbers and keys in it are not readable."""
    columns = [column.key for column in sa.inspect(PosRequest).mapper.column_attrs if column.key != "content_hash"]
    told = {name: getattr(row, name) for name in columns}
    clean: dict[str, Any] = unreadable(told)
    return clean


def unreadable(value: Any) -> Any:
    """A value for JSON in which card numbers are shortened to their last digits, and keys to their beginning."""
    if isinstance(value, str):
        return _KEY.sub("fo_…", masked(value) or "")
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        text = str(value)
        return value if masked(text) == text else masked(text)
    if isinstance(value, dict):
        return {unreadable(str(name)): unreadable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [unreadable(each) for each in value]
    return value.isoformat() if isinstance(value, date | datetime) else unreadable(str(value))
