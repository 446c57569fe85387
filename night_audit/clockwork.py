"""What the clock starts, and when: the unattended audit, daily at a time on the hotel's wall.

APScheduler keeps the jobs in a table of the hotel's own database and wakes up for them; several processes may do so at
once. Which of them does the work is decided here, by the row of the job's time in `scheduled_run`: whoever writes it.
After a time without any process a job is caught up once. In spring and autumn a time that the clock leaps over counts
when it has leapt, one that comes twice counts the first time.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from apscheduler.triggers.base import BaseTrigger  # type: ignore[import-untyped]
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from folios import clock
from folios.db import SessionSource, in_unit_of_work, reading
from folios.errors import N_, DatabaseRefusal, Refusal
from folios.events import record
from frontoffice.models.property import Property
from night_audit import audit, calls, standing
from night_audit.models.clockwork import ScheduledRun
from night_audit.rules import Rules, rules

log = logging.getLogger(__name__)

NIGHT_AUDIT = "night-audit"
OPERATOR = "scheduler"
SIGN = "sign-of-life"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
DEAD_AFTER = timedelta(minutes=10)
MOST_ATTEMPTS = 3
NOON = 12
MOST_TOLD = 1000


class TooManyDays(Refusal):
    code = "scheduler.too_many_days"
    message = N_(
        "{days} days wait to be closed, an unattended night may close {most}. Look at the clock; then close them with:"
        " frontoffice night-audit run --until {until}"
    )


class Daily(BaseTrigger):  # type: ignore[misc]
    """Every day at a time on the wall of a time zone."""

    def __init__(self, at: time, zone: str) -> None:
        self.at, self.zone = at, zone

    def __getstate__(self) -> dict[str, Any]:
        return {"at": self.at, "zone": self.zone}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.at, self.zone = state["at"], state["zone"]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Daily) and self.__getstate__() == other.__getstate__()

    def __hash__(self) -> int:
        return hash((self.at, self.zone))

    def moment(self, day: date) -> datetime:
        """When it is that time on a day, in UTC."""
        return datetime.combine(day, self.at, ZoneInfo(self.zone)).astimezone(UTC)

    def last(self, now: datetime) -> datetime:
        """The last time that it was, now included."""
        today = now.astimezone(ZoneInfo(self.zone)).date() + timedelta(days=1)
        while self.moment(today) > now:
            today -= timedelta(days=1)
        return self.moment(today)

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime:
        """The first time after the previous one, or from now on."""
        after = previous_fire_time or now - timedelta(microseconds=1)
        day = after.astimezone(ZoneInfo(self.zone)).date() - timedelta(days=1)
        while self.moment(day) <= after:
            day += timedelta(days=1)
        return self.moment(day)


def wanted(session: Session) -> dict[str, Daily]:
    """The jobs that the house's rules ask for, by name."""
    at = rules(session).run_at
    zone = session.scalar(sa.select(Property.time_zone))
    return {} if at is None or zone is None else {NIGHT_AUDIT: Daily(at, zone)}


# --- doing ----------------------------------------------------------------------------------------------------


def due(sessions: SessionSource, job: str) -> str | None:
    """Does a job at its last time, unless that was done or another process does it; returns what came of it."""
    with reading(sessions) as session:
        trigger = wanted(session).get(job)
    if trigger is None:
        return None
    slot = trigger.last(clock.now())
    if not in_unit_of_work(sessions, lambda session: _claim(session, job, slot)):
        return None
    status, told, failure = "done", "", None
    try:
        told = unattended(sessions, slot.astimezone(ZoneInfo(trigger.zone)))
    except Exception as error:
        status, told, failure = "failed", standing.why(error), error
        log.exception("%s of %s failed", job, slot)
    in_unit_of_work(sessions, lambda session: _finish(session, job, slot, status, told, failure))
    return told


def unattended(sessions: SessionSource, at: datetime) -> str:
    """Audits until the business date is that of the morning after `at`, a time on the hotel's wall; says what it did.

    Refuses (`TooManyDays`) more days than the rules let it close, and what stops an audit; both call somebody.
    """
    until = _morning_after(at)
    with reading(sessions) as session:
        first, kept = standing.next_day(session), rules(session)
    days = (until - first).days
    _refuse_too_many(days, kept, until)
    done = audit.missed(sessions, OPERATOR, until, unattended=True)
    if not done:
        return f"{first}: -"
    return "; ".join(
        f"{each.day}: {each.count('nights')} nights, {each.count('no_shows')} no-shows"
        + "".join(f", {step} failed: {why}" for step, why in each.failures.items())
        for each in done
    )


def _morning_after(at: datetime) -> date:
    """The business date that is open once the audit of a time on the hotel's wall is done."""
    return at.date() if at.hour < NOON else at.date() + timedelta(days=1)


def _refuse_too_many(days: int, kept: Rules, until: date) -> None:
    if days > kept.most_days:
        raise TooManyDays(days=days, most=kept.most_days, until=until)


def recover(sessions: SessionSource) -> None:
    """Takes up runs whose process gave no sign for long: the work itself goes on where it stopped."""
    dead = sa.select(ScheduledRun.job).where(
        ScheduledRun.status == "running", ScheduledRun.job != SIGN, ScheduledRun.alive_at < clock.now() - DEAD_AFTER
    )
    with reading(sessions) as session:
        jobs = list(session.scalars(dead))
    for job in jobs:
        due(sessions, job)


def _claim(session: Session, job: str, slot: datetime) -> bool:
    """Whether this process does the job at that time: it wrote the row, or the one that did is dead."""
    now = clock.now()
    row = {"job": job, "slot": slot, "status": "running", "attempts": 1, "begun_at": now, "alive_at": now}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    added = session.execute(insert(ScheduledRun).values(row).on_conflict_do_nothing().returning(ScheduledRun.job))
    if added.first() is not None:
        return True
    taken = session.execute(
        sa.update(ScheduledRun)
        .where(ScheduledRun.job == job, ScheduledRun.slot == slot, ScheduledRun.status == "running")
        .where(ScheduledRun.alive_at < now - DEAD_AFTER, ScheduledRun.attempts < MOST_ATTEMPTS)
        .values(alive_at=now, attempts=ScheduledRun.attempts + 1)
        .returning(ScheduledRun.job)
    )
    return taken.first() is not None


def _finish(session: Session, job: str, slot: datetime, status: str, told: str, failure: Exception | None) -> None:
    session.execute(
        sa.update(ScheduledRun)
        .where(ScheduledRun.job == job, ScheduledRun.slot == slot)
        .values(status=status, told=told[:MOST_TOLD], ended_at=clock.now())
    )
    record(session, f"scheduler.{status}", f"job:{job}", OPERATOR, None, {"slot": slot, "told": told[:MOST_TOLD]})
    if failure is not None:
        calls.failed(session, standing.next_day(session), failure, rules(session))


def look_for_missing(session: Session) -> int:
    """Calls somebody when the audit is not done as many hours after its time as the rules say; how many were told.

    Whoever sends mail asks this every minute, so that also a scheduler that does not run is missed.
    """
    kept, trigger = rules(session), wanted(session).get(NIGHT_AUDIT)
    if trigger is None or kept.call_after_hours is None or not kept.call_to:
        return 0
    due_at = trigger.last(clock.now() - timedelta(hours=kept.call_after_hours)).astimezone(ZoneInfo(trigger.zone))
    night, day = _morning_after(due_at), standing.next_day(session)
    return calls.missing(session, day, due_at, night, kept) if day < night else 0


def sign(session: Session) -> None:
    """A sign of life of whichever process wakes up for the jobs."""
    now = clock.now()
    row = {"job": SIGN, "slot": EPOCH, "status": "running", "attempts": 1, "begun_at": now, "alive_at": now}
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    put = insert(ScheduledRun).values(row)
    session.execute(put.on_conflict_do_update(index_elements=["job", "slot"], set_={"alive_at": now}))


def live(sessions: SessionSource) -> None:
    """A sign of life and what was left by the dead; a busy database is asked again next time."""
    try:
        in_unit_of_work(sessions, sign)
        recover(sessions)
    except DatabaseRefusal:
        log.warning("the scheduler could not sign", exc_info=True)


# --- looking --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Job:
    """A job as its screen shows it: its next time, None when the rules ask for none; when a process last woke up."""

    name: str
    next_at: datetime | None
    at: time | None
    alive_at: datetime | None


def jobs(session: Session) -> list[Job]:
    """Every job there can be."""
    asked = wanted(session)
    alive = session.scalar(sa.select(ScheduledRun.alive_at).where(ScheduledRun.job == SIGN))
    trigger = asked.get(NIGHT_AUDIT)
    next_at = trigger.get_next_fire_time(None, clock.now()) if trigger else None
    return [Job(NIGHT_AUDIT, next_at, trigger.at if trigger else None, alive)]


def runs(session: Session, most: int = 30) -> list[ScheduledRun]:
    """The last runs, the newest first."""
    found = sa.select(ScheduledRun).where(ScheduledRun.job != SIGN).order_by(ScheduledRun.slot.desc()).limit(most)
    return list(session.scalars(found))


def failed_last() -> sa.Select[Any]:
    """Selects how the last run that ended went."""
    ended = sa.select(ScheduledRun.status).where(ScheduledRun.ended_at.is_not(None))
    return ended.order_by(ScheduledRun.slot.desc()).limit(1)
