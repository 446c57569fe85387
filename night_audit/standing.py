"""The record of an audit: who runs it, which step is under way, what was counted, where it stopped and why.

Rules take a session. `hold` locks the audit's row until the unit of work ends, which is what lets two processes run the
same audit without doubling anything; the steps themselves stand in `steps.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from folios import clock
from folios.business_day import auditing_date, open_date
from folios.business_day import standing as day_standing
from folios.errors import N_, DayNotReady, Refusal
from folios.events import record
from night_audit.models.audits import MOST_FAILURE, STEPS, Audit, AuditStep

DEAD_AFTER = timedelta(seconds=60)


class AuditRunning(Refusal):
    code = "audit.already_running"
    message = N_("{operator} is auditing {day} already, since {begun}. Watch its progress; take it over with resume.")


class AuditUnsealed(Refusal):
    code = "audit.unsealed"
    message = N_("The audit of {day} is not finished. Resume it first.")


class NothingToResume(Refusal):
    code = "audit.nothing_to_resume"
    message = N_("No audit waits to be taken up.")


def unfinished(session: Session) -> Audit | None:
    """The audit that was begun and is not done: at most one is."""
    wanted = sa.select(Audit).where(Audit.status != "done").order_by(Audit.business_date).limit(1)
    return session.scalars(wanted.execution_options(populate_existing=True)).one_or_none()


def next_day(session: Session) -> date:
    """The day that the next run works on."""
    waiting = unfinished(session)
    return (waiting.business_date if waiting else None) or auditing_date(session) or open_date(session)


def without_reports(session: Session) -> date:
    """The last day whose reports could not be made. Refuses `NothingToResume`."""
    failed = sa.select(sa.func.max(AuditStep.business_date)).where(
        AuditStep.step == "REPORT", AuditStep.status != "done"
    )
    found = session.scalar(failed)
    if found is None:
        raise NothingToResume
    return found


def take_up(session: Session, day: date | None, operator: str, unattended: bool, resuming: bool) -> date:
    """Makes the audit of a day this run's, beginning it if nobody has; returns the day. See `audit.run`."""
    waiting = unfinished(session)
    if waiting is not None:
        session.refresh(waiting, with_for_update=True)
    if waiting is not None and waiting.status != "done":
        if day not in (None, waiting.business_date):
            raise AuditUnsealed(day=waiting.business_date)
        _refuse_running(waiting, resuming)
        waiting.status, waiting.alive_at, waiting.failure = "running", clock.now(), None
        _ask_again(session, waiting.business_date)
        session.flush()
        return waiting.business_date
    if resuming and day is None:
        raise NothingToResume
    left = auditing_date(session)
    wanted = day or left or open_date(session)
    if wanted not in (left, open_date(session)) or (left is not None and wanted != left):
        raise DayNotReady(day=wanted, status=day_standing(session, wanted))
    if not _begin(session, wanted, operator, unattended):
        other = session.get_one(Audit, wanted, populate_existing=True)
        raise AuditRunning(operator=other.operator, day=wanted, begun=other.begun_at)
    if left is not None:  # it was rolled by a program that kept no audits
        for step in ("READY", "ROLL"):
            begin_step(session, wanted, step)
            finish(session, wanted, step, {})
    record(session, "audit.begun", f"day:{wanted}", operator, None, {"unattended": unattended})
    return wanted


def _ask_again(session: Session, day: date) -> None:
    """The answers of a checklist hold until the date is rolled, not for a run that begins later."""
    steps = {each.step: each for each in steps_of(session, day)}
    if "READY" in steps and (steps.get("ROLL") is None or steps["ROLL"].status != "done"):
        steps["READY"].status, steps["READY"].ended_at = "running", None


def _refuse_running(audit: Audit, resuming: bool) -> None:
    alive = audit.status == "running" and clock.now() - audit.alive_at < DEAD_AFTER
    if alive and not resuming:
        raise AuditRunning(operator=audit.operator, day=audit.business_date, begun=audit.begun_at)


def _begin(session: Session, day: date, operator: str, unattended: bool) -> bool:
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    now = clock.now()
    row = {"business_date": day, "status": "running", "step": "READY", "operator": operator}
    row |= {"unattended": unattended, "begun_at": now, "alive_at": now}
    added = insert(Audit).values(row).on_conflict_do_nothing().returning(Audit.business_date)
    return session.execute(added).first() is not None


def hold(session: Session, day: date, step: str) -> bool:
    """Locks the audit and signs that it is alive; whether the step is still to be done."""
    audit = session.get_one(Audit, day, with_for_update=True, populate_existing=True)
    audit.alive_at = clock.now()
    found = session.get(AuditStep, (day, step), populate_existing=True)
    return found is None or found.status != "done"


def sign(session: Session, day: date) -> None:
    """A sign of life of the process that audits a day."""
    session.execute(sa.update(Audit).where(Audit.business_date == day).values(alive_at=clock.now()))


def begin_step(session: Session, day: date, step: str) -> bool:
    """Writes that a step is under way; False when it was done before."""
    if not hold(session, day, step):
        return False
    found = session.get(AuditStep, (day, step))
    if found is None:
        session.add(
            AuditStep(business_date=day, step=step, status="running", attempts=1, begun_at=clock.now(), counts={})
        )
    else:
        found.status, found.error, found.attempts = "running", None, found.attempts + 1
    audit = session.get_one(Audit, day)
    audit.step = step
    session.flush()
    return True


def count(session: Session, day: date, step: str, counted: Mapping[str, Any]) -> None:
    """Adds to what a step counted, in the same unit of work as what was done."""
    found = session.get_one(AuditStep, (day, step), populate_existing=True)
    found.counts = _added(found.counts, counted)
    session.flush()


def recount(session: Session, day: date, step: str, counted: Mapping[str, Any]) -> None:
    """Writes what a step counted in place of what an earlier attempt did."""
    session.get_one(AuditStep, (day, step), populate_existing=True).counts = dict(counted)
    session.flush()


def finish(session: Session, day: date, step: str, counted: Mapping[str, Any]) -> None:
    """Writes that a step is done."""
    count(session, day, step, counted)
    found = session.get_one(AuditStep, (day, step))
    found.status, found.ended_at, found.error = "done", clock.now(), None
    session.flush()


def fail(session: Session, day: date, step: str, why: str) -> bool:
    """Writes that a step failed, and why; False when another run, which took it over, has done it meanwhile."""
    if not hold(session, day, step):
        return False
    found = session.get(AuditStep, (day, step), populate_existing=True)
    if found is not None:
        found.status, found.ended_at, found.error = "failed", clock.now(), why[:MOST_FAILURE]
        session.flush()
    return True


def stop(session: Session, day: date, step: str, why: str, operator: str, unattended: bool) -> None:
    """Writes that an audit stopped. One that nobody attends calls somebody by that: the top bar says it."""
    if not fail(session, day, step, why):
        return
    audit = session.get_one(Audit, day)
    audit.status, audit.failure = "stopped", why[:MOST_FAILURE]
    session.flush()
    record(session, "audit.stopped", f"day:{day}", operator, None, {"step": step, "why": why, "unattended": unattended})


def end(session: Session, day: date) -> bool:
    """Writes that the audit is over; whether it was not before."""
    audit = session.get_one(Audit, day, with_for_update=True, populate_existing=True)
    if audit.status == "done":
        return False
    audit.status, audit.ended_at, audit.failure = "done", clock.now(), None
    session.flush()
    return True


def why(error: Exception) -> str:
    """What is kept of an error: a refusal in its words, anything else by its name."""
    return error.text() if isinstance(error, Refusal) else f"{type(error).__name__}: {error}"


def steps_of(session: Session, day: date) -> list[AuditStep]:
    """The steps of an audit that were begun, in their order."""
    found = session.scalars(
        sa.select(AuditStep).where(AuditStep.business_date == day).execution_options(populate_existing=True)
    )
    return sorted(found, key=lambda each: STEPS.index(each.step))


def history(session: Session, most: int = 30) -> list[Audit]:
    """The last audits, the newest first."""
    return list(session.scalars(sa.select(Audit).order_by(Audit.business_date.desc()).limit(most)))


def told(session: Session) -> dict[str, Any]:
    """Where the last audit stands, step by step, and which day is next: as JSON has it."""
    last = unfinished(session) or next(iter(history(session, 1)), None)
    audit: dict[str, Any] | None = None
    if last is not None:
        audit = {
            "day": last.business_date.isoformat(),
            "status": last.status,
            "step": last.step,
            "operator": last.operator,
            "failure": last.failure,
            "steps": [_told_step(each) for each in steps_of(session, last.business_date)],
        }
    return {"next": next_day(session).isoformat(), "audit": audit}


def _told_step(step: AuditStep) -> dict[str, Any]:
    seconds = (step.ended_at - step.begun_at).total_seconds() if step.ended_at else None
    return {
        "step": step.step,
        "status": step.status,
        "attempts": step.attempts,
        "seconds": seconds,
        "counts": step.counts,
        "error": step.error,
    }


def _added(before: Mapping[str, Any], counted: Mapping[str, Any]) -> dict[str, Any]:
    return {**before} | {
        name: before.get(name, 0) + value if isinstance(value, int) else value for name, value in counted.items()
    }
