"""The process that wakes up for the clock's jobs: APScheduler on a table of the hotel's database.

What a job does, and which of several processes does it, stands in `clockwork.py`. A job's function is kept by its name
and finds the sessions of its process here.
"""

from __future__ import annotations

import logging
from datetime import UTC
from typing import Any

from apscheduler.executors.pool import ThreadPoolExecutor  # type: ignore[import-untyped]
from apscheduler.jobstores.memory import MemoryJobStore  # type: ignore[import-untyped]
from apscheduler.jobstores.sqlalchemy import SQLAlchemyJobStore  # type: ignore[import-untyped]
from apscheduler.schedulers.background import BackgroundScheduler  # type: ignore[import-untyped]

from folios.db import SessionSource, engine_of, reading
from night_audit import clockwork

log = logging.getLogger(__name__)

TABLE = "scheduler_job"
LOOK_EVERY_S = 20
_sessions: dict[str, SessionSource] = {}


def run_job(database: str, job: str) -> None:
    """What APScheduler calls at a job's time."""
    sessions = _sessions.get(database)
    if sessions is not None:
        clockwork.due(sessions, job)


class Clock:
    """Wakes up for the jobs until it is stopped; see `frontoffice.background.Work`."""

    def __init__(self, sessions: SessionSource) -> None:
        self._sessions = sessions
        engine = engine_of(sessions)
        self._name = engine.url.render_as_string(hide_password=True)
        self._scheduler: Any = BackgroundScheduler(
            jobstores={
                "default": SQLAlchemyJobStore(engine=engine, tablename=TABLE),
                "own": MemoryJobStore(),
            },
            executors={"default": ThreadPoolExecutor(2)},
            # Missed times are caught up, and as one.
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
            timezone=UTC,
        )

    def start(self) -> None:
        """Begins; returns at once."""
        _sessions[self._name] = self._sessions
        self._scheduler.start(paused=True)
        self.look()
        self._scheduler.add_job(self.look, "interval", seconds=LOOK_EVERY_S, jobstore="own", id="look")
        self._scheduler.resume()

    def stop(self) -> None:
        """Ends; an audit under way ends first, since whoever waits for it would find it resumed anyway."""
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
        _sessions.pop(self._name, None)

    def look(self) -> None:
        """Brings the jobs to what the rules say now. A job that is right keeps its time, also a missed one."""
        try:
            with reading(self._sessions) as session:
                asked = clockwork.wanted(session)
            for kept in self._scheduler.get_jobs("default"):
                if kept.id not in asked:
                    kept.remove()
            for job, trigger in asked.items():
                kept = self._scheduler.get_job(job, "default")
                if kept is None or kept.trigger != trigger:
                    self._scheduler.add_job(
                        run_job, trigger, args=(self._name, job), id=job, jobstore="default", replace_existing=True
                    )
        except Exception:
            log.exception("the scheduler could not look at the rules; it goes on with those it knows")
        clockwork.live(self._sessions)
