"""Making a generated hotel in an empty database, business day by business day.

Each day is one unit of work: its rows are written in sets, then it is rolled, closed, summed up and sealed by the very
functions of the real audit. Whatever is done to the process, the hotel is whole up to the last day that was finished.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from folios import schema
from folios.business_day import close_day, roll
from folios.db import SessionSource, in_unit_of_work, reading, session_source, unit_of_work
from folios.errors import N_, Refusal
from folios.events import record
from folios.models import BusinessDay, Ledger, Posting
from night_audit.models.audits import Audit, AuditStep
from night_audit.past.happenings import Happenings
from night_audit.past.house import ADMIN, AUDITOR, House, Size, set_up
from night_audit.past.plan import Plan
from night_audit.past.rows import hasten, rest, trust_references
from night_audit.seals import seal_day
from night_audit.totals import write_figures, write_totals

STARTED, FINISHED = "generate.started", "generate.finished"
SUBJECT = "property:1"
AUDITED_AT, AUDITED_FOR = time(1, 30, tzinfo=UTC), timedelta(minutes=3)
PLANNERS_LOOK_AFTER = (2, 8, 30, 120, 400)
"""Days after which the database looks at how its tables have grown, so that it goes on reading them the right way."""


class DatabaseNotEmpty(Refusal):
    code = "generate.database_in_use"
    message = N_("This database holds something already; it was left as it is. Choose an empty one.")


@dataclass(frozen=True, slots=True)
class Made:
    """What a database came to: its days, postings and bytes."""

    days: int
    postings: int
    bytes: int


class Past:
    """A generated hotel in the making. `begin` it, let it live `day` after day, then `end` it."""

    def __init__(self, engine: Engine, size: Size) -> None:
        self.engine, self.size = engine, size
        self.sessions: SessionSource = session_source(engine)
        self.happenings: Happenings

    def begin(self) -> None:
        """Makes the tables and sets the hotel up. Refuses (`DatabaseNotEmpty`) a database that holds anything."""
        refuse_used(self.engine)
        schema.upgrade(self.engine)
        if self.engine.dialect.name == "sqlite":
            hasten(self.engine)
        house = in_unit_of_work(self.sessions, self._set_up)
        self.happenings = Happenings(house, Plan(house))

    def _set_up(self, session: Session) -> House:
        if session.get(Ledger, 1) is not None:
            raise DatabaseNotEmpty
        house = set_up(session, self.size)
        told = {"rooms": self.size.rooms, "until": self.size.today, "seed": self.size.seed}
        record(session, STARTED, SUBJECT, ADMIN, None, told)
        return house

    def live(self) -> Iterator[date]:
        """Every day of the past, each told when it is over; whoever does not ask for the next one may stop."""
        for number in range(self.size.days):
            day = self.size.first + timedelta(days=number)
            self.day(day)
            if number in PLANNERS_LOOK_AFTER:
                self._look()
            yield day

    def day(self, day: date) -> None:
        """A whole day, which is the open one, with its night."""

        def work(session: Session) -> None:
            trust_references(session)
            self.happenings.day(session, day, night=True)
            close_and_seal(session, day)

        self._unit(work)

    def desk(self, day: date) -> None:
        """A day, which is the open one, up to its evening: the night is left to a real audit."""
        self._unit(lambda session: self.happenings.day(session, day, night=False))

    def end(self) -> Made:
        """Writes the reservations to come, and what it all came to; from now on the database is an ordinary one."""

        def work(session: Session) -> None:
            today = session.scalar(sa.select(BusinessDay.business_date).where(BusinessDay.status == "open"))
            self.happenings.foresee(session, today or self.size.today)
            record(session, FINISHED, SUBJECT, ADMIN)

        self._unit(work)
        self._look()
        if self.engine.dialect.name == "sqlite":
            rest(self.engine)
        return made(self.sessions)

    def _unit(self, work: Callable[[Session], object]) -> None:
        """Not tried again when it fails: what the days remember has moved on by then."""
        with unit_of_work(self.sessions) as session:
            work(session)

    def _look(self) -> None:
        self._unit(lambda session: session.execute(sa.text("ANALYZE")))


def refuse_used(engine: Engine) -> None:
    """Refuses (`DatabaseNotEmpty`) a database with tables of somebody else, or with a hotel."""
    with reading(session_source(engine)) as session:
        if schema.found_version(session.connection()) is None:
            if sa.inspect(session.connection()).get_table_names():
                raise DatabaseNotEmpty
            return
    schema.check(engine)
    with reading(session_source(engine)) as session:
        if session.get(Ledger, 1) is not None:
            raise DatabaseNotEmpty


def close_and_seal(session: Session, day: date) -> None:
    """The night of a day whose nights are charged: what the real audit does, and the record that it leaves."""
    roll(session, AUDITOR)
    close_day(session, day, AUDITOR)
    write_figures(session, day)
    codes = write_totals(session, day)
    sealed = seal_day(session, day, AUDITOR)
    begun = datetime.combine(day + timedelta(days=1), AUDITED_AT)
    ended = begun + AUDITED_FOR
    session.execute(
        sa.update(BusinessDay)
        .where(BusinessDay.business_date == day)
        .values(opened_at=begun - timedelta(days=1), rolled_at=begun, closed_at=ended)
    )
    facts = {"operator": AUDITOR, "begun_at": begun, "alive_at": ended, "ended_at": ended}
    session.execute(sa.insert(Audit).values(business_date=day, status="done", step="SEAL", unattended=False, **facts))
    counted = {"CLOSE": {"codes": codes}, "SEAL": {"vouchers": sealed.vouchers, "postings": sealed.postings}}
    steps = [
        {"business_date": day, "step": step, "status": "done", "attempts": 1, "begun_at": begun, "ended_at": ended}
        | {"counts": counted.get(step, {})}
        for step in ("READY", "ROLL", "POST", "CLOSE", "SEAL")
    ]
    session.execute(sa.insert(AuditStep), steps)


def made(sessions: SessionSource) -> Made:
    """What there is in a database."""
    with reading(sessions) as session:
        days = session.scalar(sa.select(sa.func.count()).where(BusinessDay.status == "closed")) or 0
        postings = session.scalar(sa.select(sa.func.count()).select_from(Posting)) or 0
        if session.get_bind().dialect.name == "postgresql":
            size = session.scalar(sa.select(sa.func.pg_database_size(sa.func.current_database())))
        else:
            pages, page = (session.scalar(sa.text(f"PRAGMA {each}")) for each in ("page_count", "page_size"))
            size = pages * page
        return Made(days, postings, int(size or 0))
