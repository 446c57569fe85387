"""Long work: asked for once, claimed once, begun again when its worker died; failures are told, files kept a week."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from folios import clock, db
from folios.errors import DatabaseGone
from frontoffice import jobs, submissions
from frontoffice.jobs import Claimed, Progress, Result
from frontoffice.models.desk import Job
from frontoffice.models.visits import HeldForm
from frontoffice.stays import NoRoom
from tests.frontoffice.house import CLERK, House, at_once

ROOT = Path(__file__).parents[2]
PATIENCE_S = 30


@pytest.fixture(autouse=True)
def kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    """One kind of work; what a test registers is gone after it."""
    monkeypatch.setattr(jobs, "_kinds", {})
    jobs.kind("test.letters")(letters)


def letters(_sessions: db.SessionSource, job: Claimed, progress: Progress) -> Result:
    """Writes as many letters as were asked for."""
    for number in range(job.arguments["count"]):
        progress(number, job.arguments["count"])
    progress(job.arguments["count"], job.arguments["count"])
    return Result("letters.txt", "text/plain", b"x" * job.arguments["count"])


def ask(house: House, kind: str = "test.letters", key: str | None = None, **arguments: Any) -> int:
    return house.do(jobs.ask, kind, arguments or {"count": 3}, CLERK, "en", key).id


def work(house: House) -> bool:
    return jobs.work_one(house.sessions)


def look(house: House, job_id: int) -> Job:
    with db.reading(house.sessions) as session:
        found = jobs.job(session, job_id, CLERK)
        session.expunge(found)
        return found


def wait_for(true: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.02)


# --- asking -----------------------------------------------------------------------------------------------------


def test_a_job_waits_is_done_and_its_file_is_fetched(house: House) -> None:
    job_id = ask(house)
    assert look(house, job_id).status == "waiting"
    with house.refuses(jobs.JobNotDone):
        house.do(jobs.result_of, job_id, CLERK)
    assert work(house) is True
    done = look(house, job_id)
    assert (done.status, done.done_count, done.total_count, done.attempts, done.failure) == ("done", 3, 3, 1, None)
    assert house.do(jobs.result_of, job_id, CLERK) == Result("letters.txt", "text/plain", b"xxx")
    assert [(each.subject, each.operator) for each in house.told("job.asked")] == [(f"job:{job_id}", CLERK)]
    (told,) = house.told("job.done")
    assert told.after == {"result_name": "letters.txt", "result_type": "text/plain"}
    assert work(house) is False


def test_the_same_key_asks_for_the_same_job(house: House) -> None:
    first = ask(house, key="k", count=2)
    assert ask(house, key="k", count=2) == first
    assert house.do(jobs.ask, "test.letters", {"count": 2}, "another", "en", "k").id != first
    with house.refuses(jobs.JobKeyReused, job=first):
        ask(house, key="k", count=4)
    assert len(house.rows(Job)) == 2


def test_two_who_send_one_key_at_once_get_one_job(house: House) -> None:
    answers = at_once([lambda: ask(house, key="k", count=2)] * 4)
    (job,) = house.rows(Job)
    assert answers == [job.id] * 4


def test_what_is_no_work_cannot_be_asked_for(house: House) -> None:
    with house.refuses(jobs.JobKindUnknown, kind="test.nothing"):
        ask(house, "test.nothing")
    with pytest.raises(ValueError, match="twice"):
        jobs.kind("test.letters")(letters)


def test_a_job_is_shown_only_to_who_asked_for_it(house: House) -> None:
    first, second = ask(house), ask(house)
    other = house.do(jobs.ask, "test.letters", {"count": 1}, "another", "en").id
    assert [each.id for each in house.do(jobs.jobs_of, CLERK)] == [second, first]
    for job_id in (other, 999):
        with house.refuses(jobs.JobUnknown, job=job_id):
            house.do(jobs.job, job_id, CLERK)
        with house.refuses(jobs.JobUnknown):
            house.do(jobs.result_of, job_id, CLERK)


def test_files_are_removed_after_a_week(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    old, fresh, waiting = ask(house), ask(house), None
    work(house)
    in_a_week = clock.now() + jobs.KEPT - timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: in_a_week)
    work(house)
    waiting = ask(house)
    assert house.do(jobs.prune) == 0
    monkeypatch.setattr(clock, "now", lambda: in_a_week + timedelta(minutes=5))
    assert house.do(jobs.prune) == 1
    assert [each.id for each in house.rows(Job)] == [fresh, waiting]
    assert [each.after for each in house.told("job.pruned")] == [{"count": 1}]
    with house.refuses(jobs.JobUnknown, job=old):
        house.do(jobs.job, old, CLERK)


def test_the_worker_forgets_forms_that_nobody_sends_any_more(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.do(submissions.hold, CLERK, "/guests/new", [("surname", "Guest")])
    later = clock.now() + submissions.KEPT + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    worker = jobs.Worker(house.sessions)
    worker.start()
    wait_for(lambda: house.rows(HeldForm) == [])
    worker.stop()


# --- working ----------------------------------------------------------------------------------------------------


def test_a_refusal_is_kept_in_the_words_of_who_asked(house: House) -> None:
    @jobs.kind("test.refused")
    def refused(*_: Any) -> Result:
        raise NoRoom(stay="7")

    job_id = ask(house, "test.refused")
    german = house.do(jobs.ask, "test.refused", {}, CLERK, "de").id
    assert [work(house), work(house)] == [True, True]
    failed = look(house, job_id)
    assert (failed.status, failed.failure) == ("failed", "Stay 7 has no room. Assign one.")
    assert look(house, german).failure not in (None, "", failed.failure)
    assert len(house.told("job.failed")) == 2
    with house.refuses(jobs.JobNotDone):
        house.do(jobs.result_of, job_id, CLERK)


def test_a_fault_of_the_work_ends_the_job_and_not_the_worker(house: House, caplog: pytest.LogCaptureFixture) -> None:
    @jobs.kind("test.broken")
    def broken(*_: Any) -> Result:
        raise ZeroDivisionError("secret detail")

    broken_id, good_id = ask(house, "test.broken"), ask(house)
    stop = threading.Event()
    worker = threading.Thread(target=jobs.work_off, args=(house.sessions, stop, 0.01))
    with caplog.at_level(logging.CRITICAL, "frontoffice.jobs"):
        worker.start()
        wait_for(lambda: look(house, good_id).status == "done")
        stop.set()
        worker.join(PATIENCE_S)
    assert not worker.is_alive()
    assert (look(house, broken_id).status, look(house, broken_id).failure) == ("failed", jobs.FAILED)


def test_a_worker_outlives_a_database_that_is_away(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id, failures = ask(house), [DatabaseGone(), RuntimeError("anything")]
    one = jobs.work_one

    def sometimes(*facts: Any) -> bool:
        if failures:
            raise failures.pop()
        return one(*facts)

    monkeypatch.setattr(jobs, "work_one", sometimes)
    worker = jobs.Worker(house.sessions)
    monkeypatch.setattr(jobs.work_off, "__defaults__", (0.01,))
    worker.start()
    worker.start()
    wait_for(lambda: look(house, job_id).status == "done")
    worker.stop()
    assert failures == []


def test_work_the_database_could_not_do_is_tried_again_and_not_for_ever(house: House) -> None:
    @jobs.kind("test.gone")
    def gone(*_: Any) -> Result:
        raise DatabaseGone

    job_id = ask(house, "test.gone")
    for attempt in range(1, jobs.MOST_ATTEMPTS + 1):
        assert work(house) is False
        assert (look(house, job_id).status, look(house, job_id).attempts) == ("waiting", attempt)
    assert work(house) is False
    failed = look(house, job_id)
    assert (failed.status, failed.failure) == ("failed", jobs.DIED.format(times=jobs.MOST_ATTEMPTS))


def test_two_workers_who_race_do_each_job_once(house: House) -> None:
    begun: list[int] = []

    @jobs.kind("test.counted")
    def counted(_sessions: db.SessionSource, job: Claimed, _progress: Progress) -> Result:
        begun.append(job.id)
        time.sleep(0.01)
        return Result("a", "text/plain", b"")

    asked = [ask(house, "test.counted") for _ in range(8)]

    def work_all() -> None:
        while any(each.status in ("waiting", "running") for each in house.rows(Job)):
            work(house)

    assert at_once([work_all, work_all, work_all]) == [None] * 3
    assert sorted(begun) == asked
    assert {(each.status, each.attempts) for each in house.rows(Job)} == {("done", 1)}


def test_progress_is_seen_from_another_session_while_the_work_goes_on(house: House) -> None:
    half, go_on = threading.Event(), threading.Event()

    @jobs.kind("test.slow")
    def slow(_sessions: db.SessionSource, _job: Claimed, progress: Progress) -> Result:
        progress(5, 10)
        half.set()
        go_on.wait(PATIENCE_S)
        progress(10, 10)
        return Result("a", "text/plain", b"")

    job_id = ask(house, "test.slow")
    worker = threading.Thread(target=work, args=(house,))
    worker.start()
    assert half.wait(PATIENCE_S)
    seen = look(house, job_id)
    go_on.set()
    worker.join(PATIENCE_S)
    assert (seen.status, seen.done_count, seen.total_count) == ("running", 5, 10)
    assert look(house, job_id).done_count == 10


def test_signs_of_life_are_given_while_the_work_says_nothing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "HEARTBEAT_S", 0.01)

    @jobs.kind("test.silent")
    def silent(_sessions: db.SessionSource, job: Claimed, _progress: Progress) -> Result:
        first = look(house, job.id).alive_at
        wait_for(lambda: look(house, job.id).alive_at > first)
        return Result("a", "text/plain", b"")

    job_id = ask(house, "test.silent")
    assert work(house)
    assert look(house, job_id).status == "done"


def test_a_job_goes_back_to_wait_when_the_house_shuts_down(house: House) -> None:
    begun = threading.Event()

    @jobs.kind("test.endless")
    def endless(_sessions: db.SessionSource, _job: Claimed, progress: Progress) -> Result:
        while True:
            begun.set()
            progress(0, 1)
            time.sleep(0.01)

    job_id = ask(house, "test.endless")
    worker = jobs.Worker(house.sessions)
    worker.start()
    assert begun.wait(PATIENCE_S)
    worker.stop()
    left = look(house, job_id)
    assert (left.status, left.attempts) == ("waiting", 0)


def test_a_worker_thought_dead_writes_nothing_over_its_successor(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    later = clock.now() + jobs.DEAD_AFTER + timedelta(seconds=1)
    results = [b"first", b"second"]

    @jobs.kind("test.slept")
    def slept(_sessions: db.SessionSource, job: Claimed, progress: Progress) -> Result:
        content = results[job.attempt - 1]
        if job.attempt == 1:  # the machine sleeps, and somebody else does it meanwhile
            monkeypatch.setattr(clock, "now", lambda: later)
            assert work(house)
        if job.arguments["reports"]:
            progress(1, 1)
        return Result("a", "text/plain", content)

    for reports in (True, False):
        monkeypatch.undo()
        monkeypatch.setattr(jobs, "_kinds", {"test.slept": slept})
        job_id = ask(house, "test.slept", reports=reports)
        assert work(house)
        done = look(house, job_id)
        assert (done.status, done.attempts) == ("done", 2)
        assert house.do(jobs.result_of, job_id, CLERK).content == b"second"
    assert len(house.told("job.done")) == 2


KILLED = """
import sys, time
from folios import db
from frontoffice import jobs, submissions

@jobs.kind("test.letters")
def letters(sessions, job, progress):
    progress(1, 3)
    print("working", flush=True)
    time.sleep(600)

jobs.work_one(db.session_source(db.open_engine(sys.argv[1])))
"""


def test_a_job_whose_worker_was_killed_is_begun_again(
    house: House, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    job_id = ask(house)
    worker = subprocess.Popen([sys.executable, "-c", KILLED, database_url], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "working\n"
    finally:
        os.kill(worker.pid, signal.SIGKILL)
        worker.communicate()
    dead = look(house, job_id)
    assert (dead.status, dead.done_count, dead.attempts) == ("running", 1, 1)
    assert work(house) is False, "it may still be alive"
    later = clock.now() + jobs.DEAD_AFTER + timedelta(seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert work(house) is True
    done = look(house, job_id)
    assert (done.status, done.done_count, done.attempts) == ("done", 3, 2)
    assert house.do(jobs.result_of, job_id, CLERK).content == b"xxx"


def test_a_list_of_jobs_does_not_fetch_their_files(house: House) -> None:
    job_id = ask(house, count=5)
    work(house)
    (listed,) = house.do(jobs.jobs_of, CLERK)
    assert listed.id == job_id
    assert "result" in sa.inspect(listed).unloaded
