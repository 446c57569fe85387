"""What a past costs: the night of a hotel that is old beside that of a young one, for each night that it charges; and
what the night costs others: the 99th percentile of charges while the audit runs beside that of charges alone.

Both hotels are generated and lived on: each day at the desk is written in sets, then the real audit closes it.
"""

from __future__ import annotations

import itertools
import math
import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from datetime import date, timedelta
from functools import partial
from multiprocessing.connection import Connection as Pipe
from typing import NamedTuple

from folios import db
from folios.charges import Charge, ChargeLine, charge_alone
from folios.drafts import Origin
from folios.money import Money
from night_audit import audit
from night_audit.past.house import AUDITOR, CURRENCY, Size
from night_audit.past.making import Past
from tests.benchmarks.hotels import fresh_postgres, fresh_sqlite
from tests.benchmarks.measuring import Pair, in_turns

TODAY = date(2026, 6, 17)
ROOMS, OLD, YOUNG, NIGHTS = 200, 250, 12, 7
TARGET_AGE, TARGET_P99 = 1.25, 2.0
PRICE_MINOR = 4_50
CHARGING_S, ANSWER_TIMEOUT_S = 3.0, 60
CALM_S = 0.2  # in which nobody waits any more for the day that was written at once


def measure(server: str | None, quick: bool) -> Iterator[Pair]:
    """Pairs for PostgreSQL (when there is a server) and SQLite."""
    rooms, old, nights = (20, 40, 3) if quick else (ROOMS, OLD, NIGHTS)
    engines = {} if server is None else {"PostgreSQL": partial(fresh_postgres, server)}
    for name, fresh in (engines | {"SQLite": fresh_sqlite}).items():
        with ExitStack() as stack:
            aged, young = (
                _Hotel(stack.enter_context(fresh()), Size(rooms, TODAY - timedelta(days=days), TODAY), stack)
                for days in (old, YOUNG)
            )
            in_turns(1, aged.night, young.night)
            title = f"a night charged, {aged.postings:,} postings behind it beside {young.postings:,}, {name}"
            yield Pair(title, "time", *in_turns(nights, aged.night, young.night), TARGET_AGE)
            busy, alone = in_turns(max(3, nights // 2), aged.p99_beside_the_audit, aged.p99_alone)
            yield Pair(f"p99 of charges while the audit runs, {rooms} rooms, {name}", "time", busy, alone, TARGET_P99)


class _Hotel:
    """A generated hotel that lives on."""

    def __init__(self, url: str, size: Size, stack: ExitStack) -> None:
        engine = db.open_engine(url)
        stack.callback(engine.dispose)
        self.url, self.past, self.today = url, Past(engine, size), size.today
        self.past.begin()
        for _day in self.past.live():
            pass
        self.postings = self.past.end().postings

    def night(self) -> float:
        """Lives through a day, and closes it; the seconds of the audit for each night it charged."""
        self._day()
        begun = time.perf_counter()
        done = audit.run(self.past.sessions, AUDITOR, report=None)
        return (time.perf_counter() - begun) / done.count("nights")

    def _day(self) -> None:
        self.past.desk(self.today)
        self.today += timedelta(days=1)

    def p99_alone(self) -> float:
        with _charging(self) as charges:
            time.sleep(CHARGING_S)
        return _p99([each.took for each in charges])

    def p99_beside_the_audit(self) -> float:
        """Of the charges that some audit ran beside; the days between, written at once, are nobody's measure."""
        audits: list[tuple[float, float]] = []
        with _charging(self) as charges:
            end = time.monotonic() + CHARGING_S
            while time.monotonic() < end:
                self._day()
                time.sleep(CALM_S)
                begun = time.monotonic()
                audit.run(self.past.sessions, AUDITOR, report=None)
                audits.append((begun, time.monotonic()))
        return _p99([each.took for each in charges if any(each.overlaps(*each_audit) for each_audit in audits)])


class _Charge(NamedTuple):
    """When a charge began, and how long it took, in seconds."""

    begun: float
    took: float

    def overlaps(self, first: float, last: float) -> bool:
        """Whether some of it was between two moments: who waits in front of an audit waits for it as well."""
        return self.begun <= last and self.begun + self.took >= first


class _charging:
    """A till in a process of its own that charges without a pause; what was charged is there afterwards."""

    def __init__(self, hotel: _Hotel) -> None:
        self.charges: list[_Charge] = []
        context = multiprocessing.get_context("forkserver")
        self.pipe, theirs = context.Pipe()
        folios = hotel.past.happenings.house.accounts
        self.process = context.Process(target=_charge_on, args=(theirs, hotel.url, folios), daemon=True)

    def __enter__(self) -> list[_Charge]:
        self.process.start()
        if not self.pipe.poll(ANSWER_TIMEOUT_S):
            raise TimeoutError("the till does not begin")
        self.pipe.recv()
        return self.charges

    def __exit__(self, *_: object) -> None:
        self.pipe.send("enough")
        if not self.pipe.poll(ANSWER_TIMEOUT_S):
            raise TimeoutError("the till does not answer")
        self.charges += self.pipe.recv()
        self.process.join(ANSWER_TIMEOUT_S)


def _charge_on(pipe: Pipe, url: str, folios: Sequence[int]) -> None:
    engine = db.open_engine(url)
    sessions = db.session_source(engine)
    charges: list[_Charge] = []
    line = ChargeLine("MINIBAR", Money(PRICE_MINOR, CURRENCY))
    for number, folio_id in enumerate(itertools.cycle(folios)):
        begun = time.monotonic()
        charge_alone(sessions, Charge(folio_id, (line,)), Origin("till"))
        charges.append(_Charge(begun, time.monotonic() - begun))
        if number == 0:  # connected, cached
            charges.clear()
            pipe.send("begun")
        if pipe.poll():
            break
    pipe.send(charges)
    engine.dispose()


def _p99(latencies: Sequence[float]) -> float:
    return sorted(latencies)[math.ceil(len(latencies) * 0.99) - 1]
