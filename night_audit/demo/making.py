"""Making the demo hotel in a database, whole or not at all, and never over somebody's real hotel.

The audit trail keeps the marks: `demo.started` is written with the hotel's first row, `demo.finished` with its last.
What carries the first mark without the second was interrupted, and is made anew; what carries neither is not touched.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path

import sqlalchemy as sa
from argon2 import PasswordHasher
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from folios import schema
from folios.db import SessionSource, in_unit_of_work, reading, session_source
from folios.errors import N_, Refusal
from folios.events import record
from folios.models import Event
from frontoffice import users
from frontoffice.furnishing import furnish
from frontoffice.property import find_name
from frontoffice.users import HASHER
from night_audit.demo.expectations import expect
from night_audit.demo.hotel import ADMIN, House, set_up
from night_audit.demo.keys import Keys
from night_audit.demo.month import Month
from night_audit.demo.plan import DAY, Plan
from night_audit.demo.today import lay_out

STARTED, FINISHED = "demo.started", "demo.finished"
SUBJECT = "property:1"
DAYS = 31


class DemoNotADemo(Refusal):
    code = "demo.not_a_demo"
    message = N_("This database holds something other than the demo hotel; it was left as it is. Choose another.")


class DemoInUse(Refusal):
    code = "demo.in_use"
    message = N_("The demo in this database is being made, or served by another process. End that one first.")


def standing(engine: Engine) -> str:
    """What a database holds: `empty`, `finished` or `interrupted` (a demo). Refuses anything else (`DemoNotADemo`)."""
    with reading(session_source(engine)) as session:
        tables = sa.inspect(session.connection()).get_table_names()
        if schema.found_version(session.connection()) is None:
            if tables:
                raise DemoNotADemo
            return "empty"
        marks = set(session.scalars(sa.select(Event.action).where(Event.action.in_((STARTED, FINISHED)))))
        if not marks:
            if find_name(session) is not None:
                raise DemoNotADemo
            return "empty"
    return "finished" if FINISHED in marks else "interrupted"


@contextmanager
def held(engine: Engine) -> Iterator[None]:
    """Keeps every other process from making this demo until the end. Refuses (`DemoInUse`) when one does already.

    The database's server, or the file beside the database, forgets the lock when a process dies.
    """
    if engine.dialect.name == "postgresql":
        key = int.from_bytes(hashlib.sha256(b"frontoffice demo").digest()[:8], signed=True)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            if not connection.scalar(sa.select(sa.func.pg_try_advisory_lock(key))):
                raise DemoInUse
            try:
                yield
            finally:
                connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))
        return
    path = Path(f"{engine.url.database}-making")
    lock = sqlite3.connect(path, timeout=0, isolation_level=None, check_same_thread=False)
    try:
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise DemoInUse from error
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink()
    finally:
        lock.close()


def make(engine: Engine, keys: Keys, today: date, days: int = DAYS, hasher: PasswordHasher = HASHER) -> Iterator[str]:
    """Makes the demo, with `today` as its open business date after `days` closed ones; yields what comes next.

    What the hotel is furnished with is opened by keys that are put into `keys.given`.
    What an earlier demo left is wiped away. Refuses `DemoNotADemo`. The caller holds the database (`held`).
    """
    if standing(engine) != "empty":
        yield "wipe"
        schema.upgrade(engine)
        schema.downgrade(engine, "base")
    yield "schema"
    schema.upgrade(engine)
    sessions = session_source(engine)
    first = today - days * DAY
    plan = Plan(first, today)
    yield "hotel"
    house = in_unit_of_work(sessions, lambda session: _start(session, plan, keys, hasher))
    month = Month(sessions, plan, house)
    for count in range(days):
        day = first + count * DAY
        yield day.isoformat()
        month.play(day)
    yield today.isoformat()
    lay_out(month, today)
    in_unit_of_work(sessions, lambda session: record(session, FINISHED, SUBJECT, ADMIN))


def steps(days: int = DAYS) -> int:
    """How often `make` yields at least."""
    return days + 3


def _start(session: Session, plan: Plan, keys: Keys, hasher: PasswordHasher) -> House:
    house = set_up(session, plan.first, plan.today, keys.passwords, hasher)
    keys.given.clear()
    keys.given.update(furnish(session, ADMIN))
    expect(session, plan)
    record(session, STARTED, SUBJECT, ADMIN, None, {"today": plan.today, "days": (plan.today - plan.first).days})
    return house


def renew_passwords(sessions: SessionSource, keys: Keys, hasher: PasswordHasher = HASHER) -> None:
    """Gives the demo's users the passwords of `keys`, when the note with the old ones was lost."""

    def renew(session: Session) -> None:
        for code, password in keys.passwords.items():
            users.set_password(session, code, password, code, hasher)

    in_unit_of_work(sessions, renew)


def changed_passwords(sessions: SessionSource, keys: Keys) -> set[str]:
    """The users of the demo whose password is not the noted one any more, or who are disabled."""
    with reading(sessions) as session:
        return {
            code
            for code, password in keys.passwords.items()
            if not users.password_fits(users.find_user(session, code), password)
        }
