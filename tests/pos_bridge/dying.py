"""A process of ours that sends one message of a till and is killed at a given step of it, as by the power going.

A step is just before or just after a statement, a commit, the answer being told. `STEPS` are counted while it works.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection as Pipe
from typing import Any

import sqlalchemy as sa

from folios import db
from folios.codes import catalogue
from pos_bridge.book import book
from pos_bridge.checks import Answer
from tests.pos_bridge.tills import Tills

Deed = Callable[[Tills], Answer]
ANSWER_TIMEOUT_S = 120


def killed_at(step: int, url: str, deed: Deed) -> tuple[bool, Answer | None]:
    """Lets a process do the deed and die at a step; whether it lived to its end, and the answer if it told one."""
    start = multiprocessing.get_context("forkserver")
    start.set_forkserver_preload([__name__])
    ours, theirs = start.Pipe(duplex=False)
    process = start.Process(target=_live, args=(theirs, step, url, deed), daemon=True)
    process.start()
    theirs.close()
    told: Answer | None = None
    try:
        if ours.poll(ANSWER_TIMEOUT_S):
            told = ours.recv()
    except EOFError:
        pass
    process.join(ANSWER_TIMEOUT_S)
    if process.exitcode not in (0, -signal.SIGKILL):
        raise AssertionError(f"the process ended with {process.exitcode} at step {step}")
    return process.exitcode == 0, told


def _live(pipe: Pipe, step: int, url: str, deed: Deed) -> None:
    engine = db.open_engine(url)
    tills = Tills(engine)
    with db.reading(tills.sessions) as session:  # what a process that has been running knows by heart
        book(session)
        catalogue(session)
    passed = 0

    def pass_by(*_: Any) -> None:
        nonlocal passed
        passed += 1
        if passed == step:
            os.kill(os.getpid(), signal.SIGKILL)

    for moment in ("begin", "before_cursor_execute", "after_cursor_execute", "commit", "rollback"):
        sa.event.listen(engine, moment, pass_by)
    sa.event.listen(tills.sessions, "after_commit", pass_by)
    answer = deed(tills)
    pass_by()
    pipe.send(answer)
    pass_by()
