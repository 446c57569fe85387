"""Reports of a closed day beside one hand-written SQL statement with the same figures, on a generated hotel; and what
the age of the ledger adds: the same report of a late day beside that of an early one.

Ours are the lines of a report's largest part, the floor fetches the same ones from the driver and names their columns;
each in a snapshot of its own. It is checked first that the figures are equal. The reports of two days are made whole,
in canonical form. With `--hotel` the hotel is one that `frontoffice generate` has made before: the only way to measure
ten million postings without waiting for them each time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from functools import cache, partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import db
from folios.models import BusinessDay
from night_audit.past.house import CURRENCY, Size
from night_audit.past.making import Past, made
from night_audit.reports import making
from night_audit.reports.catalogue import REPORTS
from night_audit.reports.definition import Asked, Policy, same_day_last_year
from tests.benchmarks.hotels import fresh_postgres, fresh_sqlite
from tests.benchmarks.measuring import Pair, in_turns, seconds
from tests.benchmarks.report_floors import FLOORS, Floor

TODAY = date(2026, 6, 17)
ROOMS, DAYS = 100, 400
TARGET, TARGET_AGE = 1.5, 1.25
SOME_DAYS = 10  # the early day: late enough for guests to have left


def measure(server: str | None, quick: bool, hotel: str | None = None) -> Iterator[Pair]:
    """Pairs for PostgreSQL (when there is a server) and SQLite, or for the hotel at an address."""
    rounds = 5 if quick else 11
    if hotel is not None:
        yield from _on(hotel, rounds)
        return
    size = Size(20 if quick else ROOMS, TODAY - timedelta(days=40 if quick else DAYS), TODAY)
    for fresh in ([] if server is None else [partial(fresh_postgres, server)]) + [fresh_sqlite]:
        with fresh() as url:
            generate(url, size)
            yield from _on(url, rounds)


def generate(url: str, size: Size) -> None:
    """A hotel with its past."""
    engine = db.open_engine(url)
    try:
        past = Past(engine, size)
        past.begin()
        for _day in past.live():
            pass
        past.end()
    finally:
        engine.dispose()


def _on(url: str, rounds: int) -> Iterator[Pair]:
    engine = db.open_engine(url)
    try:
        sessions = db.session_source(engine)
        with db.reading(sessions) as session:
            closed = sa.select(sa.func.min(BusinessDay.business_date), sa.func.max(BusinessDay.business_date))
            first, last = session.execute(closed.where(BusinessDay.status == "closed")).one()
        where = f"{made(sessions).postings:,} postings, {'SQLite' if url.startswith('sqlite') else 'PostgreSQL'}"
        yield from _engine(where, sessions, first, last, rounds)
    finally:
        engine.dispose()


def _engine(where: str, sessions: db.SessionSource, first: date, last: date, rounds: int) -> Iterator[Pair]:
    late, early = last - timedelta(days=1), first + timedelta(days=SOME_DAYS)
    for name, floor in FLOORS.items():
        _check_same(sessions, name, late, floor)
        sides = [partial(_lines, sessions, name, floor.part, late), partial(by_hand, sessions, floor, late)]
        in_turns(2, *sides)
        yield Pair(f"{name}, {where}", "time", *in_turns(rounds, *map(_timed, sides)), TARGET)
    for name in REPORTS:
        days = [_timed(partial(_whole, sessions, name, day)) for day in (late, early)]
        in_turns(1, *days)
        age = f"{name}, day {(late - first).days} beside day {SOME_DAYS}, {where}"
        yield Pair(age, "time", *in_turns(rounds, *days), TARGET_AGE)


def _timed(work: Callable[[], object]) -> Callable[[], float]:
    return lambda: seconds(work)


def _whole(sessions: db.SessionSource, name: str, day: date) -> bytes:
    """The report as it is stored."""
    with db.reading(sessions) as session:
        return making.canonical(making.make(session, REPORTS[name], making.ask(session, day)))


def _lines(sessions: db.SessionSource, name: str, of: str, day: date) -> list[Mapping[str, Any]]:
    (part,) = [each for each in REPORTS[name].parts if each.name == of]
    with db.reading(sessions) as session:
        return [each.values for each in part.lines(session, _asked(day))]


@cache
def _asked(day: date) -> Asked:
    return Asked(day, "closed", "", CURRENCY, Policy())


def by_hand(sessions: db.SessionSource, floor: Floor, day: date) -> list[Mapping[str, Any]]:
    """The lines of a report without the report."""
    with db.reading(sessions) as session:
        return [dict(zip(floor.columns, row, strict=True)) for row in _rows(session, floor.sql, day)]


def _rows(session: Session, text: str, day: date) -> list[Any]:
    """Straight from the driver; longer names first, so that none is taken for the beginning of another."""
    driver: Any = session.connection().connection.driver_connection
    before = same_day_last_year(day)
    dates = {f"days_{days}": day - timedelta(days=days) for days in (120, 90, 60, 30)}
    dates |= {"last_day": before, "last_month": before.replace(day=1), "last_year": before.replace(month=1, day=1)}
    dates |= {"month": day.replace(day=1), "year": day.replace(month=1, day=1), "day": day}
    for name, each in dates.items():
        text = text.replace(f":{name}", f"'{each.isoformat()}'")
    return list(driver.execute(text).fetchall())


def _check_same(sessions: db.SessionSource, name: str, day: date, floor: Floor) -> None:
    """Every line of the floor stands in the report, as often; what the manager's report has beside is worked out."""
    told, hand = (
        Counter(tuple(_plain(line[each]) for each in floor.columns) for line in lines)
        for lines in (_lines(sessions, name, floor.part, day), by_hand(sessions, floor, day))
    )
    missing, more = hand - told, told - hand
    if missing or (more and name != "manager"):
        raise AssertionError(f"{name}: not the same lines: {list(missing)[:3]} by hand, {list(more)[:3]} in the report")


def _plain(value: Any) -> str:
    """A value as both sides write it: the drivers give sums as decimals, dates as texts, nothing as nothing or zero."""
    if value is None:
        return "0"
    return str(value if isinstance(value, str | date) else int(value))
