"""Long work that nobody waits for: asked for at the desk, done by a worker beside it, its file fetched when ready.

A module that has such work registers it with `@kind("bills.batch")`; the work opens its own units of work. It may be
begun again from its beginning (its worker died, the house was shut down), so whatever it writes is written with keys.
What is not here: the pages that show jobs, and who may ask for which.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios import clock
from folios.db import SessionSource, in_unit_of_work, reading
from folios.errors import N_, DatabaseRefusal, Refusal
from folios.events import record
from folios.texts import clean_text
from frontoffice.background import signing
from frontoffice.language import gettext, show, speak
from frontoffice.models.desk import Job
from frontoffice.submissions import forget_old

log = logging.getLogger(__name__)

MOST_ATTEMPTS = 3
HEARTBEAT_S = 10
DEAD_AFTER = timedelta(seconds=60)
KEPT = timedelta(days=7)
IDLE_S = 1.0
PROGRESS_EVERY_S = 0.25
PRUNE_EVERY_S = 3600
MOST_FAILURE, MOST_KEY, MOST_NAME = 500, 100, 100
WORKER = "worker"  # who the audit trail names for what no person asked

FAILED = N_("Something went wrong in the program. Tell the administrator, who finds it in the log.")
DIED = N_("The program ended {times} times while it worked on this. Tell the administrator.")


class JobUnknown(Refusal):
    code = "job.unknown"
    message = N_("There is no job {job} of yours. Results are kept for {days} days.")


class JobKindUnknown(Refusal):
    code = "job.kind_unknown"
    message = N_("{kind} is not work that can be asked for.")


class JobNotDone(Refusal):
    code = "job.not_done"
    message = N_("Job {job} has no result: it is still to be done, or it failed.")


class JobKeyReused(Refusal):
    code = "job.key_reused"
    message = N_("Key {key} was used before for something else (job {job}). Use a new key.")


@dataclass(frozen=True, slots=True)
class Result:
    """The file that came out: its name, media type (`application/pdf`), content, and what is to be said about it."""

    name: str
    media_type: str
    content: bytes
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job as its work sees it. `attempt` counts from 1; a second one begins again from the beginning.

    `name` is the job's alone for all time, to make keys of: its `id` may be given again once it was removed.
    """

    id: int
    kind: str
    arguments: Mapping[str, Any]
    operator: str
    language: str
    attempt: int
    name: str


Work = Callable[[SessionSource, Claimed, "Progress"], Result]
_kinds: dict[str, Work] = {}


def kind(name: str) -> Callable[[Work], Work]:
    """Registers the work of a kind: `work(sessions, job, progress) -> Result`. A refusal it raises is kept as text."""

    def register(work: Work) -> Work:
        if name in _kinds:
            raise ValueError(f"{name} is registered twice")
        _kinds[name] = work
        return work

    return register


# --- asking ---------------------------------------------------------------------------------------------------


def ask(
    session: Session, kind: str, arguments: Mapping[str, Any], operator: str, language: str, key: str | None = None
) -> Job:
    """Asks for work of a kind with `arguments` (what JSON holds); its texts are in `language`.

    The same `key` of the same operator answers the job asked for first. Refuses an unknown kind, and a key that was
    used for something else.
    """
    if kind not in _kinds:
        raise JobKindUnknown(kind=kind)
    wanted = Job(
        kind=kind,
        arguments=dict(arguments),
        status="waiting",
        operator=operator,
        language=language,
        key=clean_text("key", key, MOST_KEY),
        created_at=clock.now(),
    )
    first = _asked_before(session, wanted)
    if first is not None:
        return first
    try:
        with session.begin_nested():
            session.add(wanted)
    except IntegrityError:  # the same key at the same instant
        first = _asked_before(session, wanted)
        if first is None:
            raise
        return first
    record(session, "job.asked", f"job:{wanted.id}", operator, None, {"kind": kind})
    return wanted


def asked_with(session: Session, operator: str, key: str) -> Job | None:
    """The job that an operator asked for with a key, if there is one."""
    return session.scalar(sa.select(Job).where(Job.operator == operator, Job.key == key))


def _asked_before(session: Session, wanted: Job) -> Job | None:
    if wanted.key is None:
        return None
    first = asked_with(session, wanted.operator, wanted.key)
    if first is not None and (first.kind, first.arguments) != (wanted.kind, wanted.arguments):
        raise JobKeyReused(key=wanted.key, job=first.id)
    return first


def job(session: Session, job_id: int, operator: str) -> Job:
    """The operator's job, without its file. Refuses (`JobUnknown`) another's job as if there were none."""
    found = session.get(Job, job_id, populate_existing=True)
    if found is None or found.operator != operator:
        raise JobUnknown(job=job_id, days=KEPT.days)
    return found


def jobs_of(session: Session, operator: str, most: int = 50) -> list[Job]:
    """The operator's jobs, the newest first, without their files. One statement."""
    wanted = sa.select(Job).where(Job.operator == operator).order_by(Job.id.desc()).limit(most)
    return list(session.scalars(wanted.execution_options(populate_existing=True)))


def is_under_way(session: Session, kind: str) -> bool:
    """Whether anybody's job of a kind waits or is being done."""
    return bool(session.scalar(sa.select(sa.exists().where(Job.kind == kind, Job.status.in_(("waiting", "running"))))))


def result_of(session: Session, job_id: int, operator: str) -> Result:
    """The file of the operator's job. Refuses `JobUnknown` and, before it is done, `JobNotDone`."""
    found = job(session, job_id, operator)
    if found.status != "done":
        raise JobNotDone(job=job_id)
    content = session.scalar(sa.select(Job.result).where(Job.id == job_id)) or b""
    return Result(found.result_name or "", found.result_type or "", content, found.notice)


def prune(session: Session) -> int:
    """Removes jobs that ended more than a week ago, with their files; returns how many."""
    ended = session.execute(sa.delete(Job).where(Job.finished_at < clock.now() - KEPT).returning(Job.id))
    removed = len(ended.all())
    if removed:
        record(session, "job.pruned", "job", WORKER, None, {"count": removed})
    return removed


CHORES: list[Callable[[Session], object]] = [prune, forget_old]
"""What the worker clears away every hour, each in a unit of its own. The floors above add theirs."""


# --- working --------------------------------------------------------------------------------------------------


class TakenOver(Exception):
    """The job is no longer this worker's: it was thought dead, and another began the job again."""


class Stopped(Exception):
    """The house is shutting down: the job goes back to those that wait."""


class Progress:
    """How far the work is, told to whoever looks. Each telling is a short unit of work of its own, and a sign of life.

    Call it outside of the work's own units; on SQLite it would wait for them.
    """

    def __init__(self, sessions: SessionSource, claimed: Claimed, stop: threading.Event) -> None:
        self._sessions, self._claimed, self._stop = sessions, claimed, stop
        self._told_at = 0.0

    def __call__(self, done: int, total: int) -> None:
        """`done` of `total` pieces are done. Raises `Stopped` or `TakenOver` when the work is to end; let it pass."""
        if self._stop.is_set():
            raise Stopped
        moment = time.monotonic()
        if done < total and moment - self._told_at < PROGRESS_EVERY_S:
            return
        if not _sign(self._sessions, self._claimed, done_count=done, total_count=total):
            raise TakenOver
        self._told_at = moment


def work_off(sessions: SessionSource, stop: threading.Event, idle_s: float = IDLE_S) -> None:
    """Does one job after the other until `stop` is set. Whatever happens, it goes on; what went wrong is logged."""
    prune_at = 0.0
    while not stop.is_set():
        try:
            if time.monotonic() >= prune_at:
                for chore in CHORES:
                    in_unit_of_work(sessions, chore)
                prune_at = time.monotonic() + PRUNE_EVERY_S
            worked = work_one(sessions, stop)
        except Exception:
            log.exception("the worker met something unforeseen and goes on")
            worked = False
        if not worked:
            stop.wait(idle_s)


def work_one(sessions: SessionSource, stop: threading.Event | None = None) -> bool:
    """Claims one job and works on it to its end; returns whether there was one and it needs no pause before the next.

    One claim wins when several processes ask at once. A job whose worker gave no sign of life for `DEAD_AFTER` is
    begun again, at most `MOST_ATTEMPTS` times in all.
    """
    with reading(sessions) as session:
        if session.scalar(sa.select(_claimable().exists())) is not True:
            return False
    claimed = in_unit_of_work(sessions, _claim)
    if claimed is None:
        return False
    return copy_context().run(_work, sessions, claimed, stop or threading.Event())


def _claimable() -> sa.Select[Any]:
    dead = sa.and_(Job.status == "running", Job.alive_at < clock.now() - DEAD_AFTER)
    return sa.select(Job).where(Job.kind.in_(_kinds), sa.or_(Job.status == "waiting", dead))


def _claim(session: Session) -> Claimed | None:
    while True:
        free = _claimable().order_by(Job.id).limit(1).with_for_update(skip_locked=True)
        found = session.scalar(free.execution_options(populate_existing=True))
        if found is None:
            return None
        if found.attempts < MOST_ATTEMPTS:
            break
        found.status, found.finished_at = "failed", clock.now()
        found.failure = copy_context().run(_said, found.language, DIED, times=found.attempts)
        session.flush()
        record(session, "job.failed", f"job:{found.id}", found.operator, None, {"failure": found.failure})
    found.status, found.alive_at, found.attempts = "running", clock.now(), found.attempts + 1
    found.done_count = found.total_count = 0
    session.flush()
    name = f"{found.id}/{found.created_at:%Y%m%d%H%M%S%f}"
    return Claimed(found.id, found.kind, found.arguments, found.operator, found.language, found.attempts, name)


def _work(sessions: SessionSource, claimed: Claimed, stop: threading.Event) -> bool:
    """Does a claimed job and writes what came out. Run it in a context of its own: it speaks the job's language."""
    speak(claimed.language)
    with signing(lambda: _sign(sessions, claimed), HEARTBEAT_S, f"job-{claimed.id}"):
        try:
            result = _kinds[claimed.kind](sessions, claimed, Progress(sessions, claimed, stop))
        except TakenOver:
            log.warning("job %d was taken over by another worker", claimed.id)
            return True
        except Stopped:
            _sign(sessions, claimed, status="waiting", attempts=claimed.attempt - 1)
            return True
        except DatabaseRefusal as refusal:  # nothing is wrong with the work itself: it waits for its next attempt
            log.warning("job %d: %s", claimed.id, refusal)
            _sign(sessions, claimed, status="waiting")
            return False
        except Refusal as refusal:
            failure = show(refusal)[:MOST_FAILURE]
        except Exception:
            log.exception("job %d (%s) failed", claimed.id, claimed.kind)
            failure = gettext(FAILED)
        else:
            _finish(sessions, claimed, "done", _file(result))
            return True
        _finish(sessions, claimed, "failed", {"failure": failure})
        return True


def _file(result: Result) -> dict[str, Any]:
    kept = {"result": result.content, "result_name": result.name[:MOST_NAME], "result_type": result.media_type}
    return kept if result.notice is None else {**kept, "notice": result.notice[:MOST_FAILURE]}


def _finish(sessions: SessionSource, claimed: Claimed, status: str, values: Mapping[str, Any]) -> None:
    told = {name: value for name, value in values.items() if name != "result"}

    def write(session: Session) -> None:
        if _update(session, claimed, status=status, finished_at=clock.now(), **values):
            record(session, f"job.{status}", f"job:{claimed.id}", claimed.operator, None, told)

    in_unit_of_work(sessions, write)


def _sign(sessions: SessionSource, claimed: Claimed, **values: Any) -> bool:
    """A sign of life, with `values`; whether the job is still this worker's."""
    return in_unit_of_work(sessions, lambda session: _update(session, claimed, **values))


def _update(session: Session, claimed: Claimed, **values: Any) -> bool:
    mine = sa.update(Job).where(Job.id == claimed.id, Job.status == "running", Job.attempts == claimed.attempt)
    changed = session.execute(mine.values({"alive_at": clock.now()} | values).returning(Job.id))
    return changed.first() is not None


def _said(language: str, message: str, **values: Any) -> str:
    speak(language)
    return gettext(message, **values)


class Worker:
    """A thread that works jobs off beside whatever else the process does."""

    def __init__(self, sessions: SessionSource) -> None:
        self._sessions = sessions
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begins to work; once is enough."""
        if self._thread is None:
            self._stop = threading.Event()  # one that did not end in time must not wake up again
            self._thread = threading.Thread(
                target=work_off, args=(self._sessions, self._stop), name="jobs", daemon=True
            )
            self._thread.start()

    def stop(self, timeout_s: float = 10) -> None:
        """Lets the work end at its next report of progress, and waits for that, `timeout_s` at most."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout_s)
            self._thread = None
