"""Engines, sessions and the unit of work. The only `commit()` of the house stands here.

A rule takes a `Session` and may flush; it never commits. A door opens the unit of work: once per request, record,
command or audit step. On SQLite a writing unit begins with BEGIN IMMEDIATE, so that a read followed by a write cannot
be overtaken; a reading one begins deferred and sees one snapshot (WAL). On PostgreSQL units run READ COMMITTED with row
locks taken in id order, reading ones REPEATABLE READ.
"""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker

from folios import errors

T = TypeVar("T")
SessionSource = Callable[[], Session]

BUSY_TIMEOUT_S = 10
ATTEMPTS = 8
PATIENCE_S = 10  # no new attempt after that long: whoever waits for an answer has given up by then

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """The one metadata of all floors; tables keep to their floor by import and by foreign key."""

    metadata = sa.MetaData(naming_convention=NAMING)


class UtcDateTime(sa.types.TypeDecorator[datetime]):
    """A moment in UTC: aware in Python, naive in SQLite, timestamptz in PostgreSQL."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is not None and dialect.name == "sqlite":
            in_utc = value if value.tzinfo is UTC else value.astimezone(UTC)
            return in_utc.replace(tzinfo=None)
        return value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


# Row ids are 64-bit; SQLite only counts up by itself on a plain INTEGER primary key.
BigId = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


# --- engines ------------------------------------------------------------------------------------------------


def database_url(text: str) -> URL:
    """The address of a database with the driver the house uses: SQLite or PostgreSQL (psycopg 3)."""
    url = make_url(text)
    if url.drivername in ("postgresql", "postgres"):
        url = url.set(drivername="postgresql+psycopg")
    return url


def engine_options(url: URL) -> dict[str, Any]:
    """What `create_engine` is told beside the URL; the web's extension uses the same."""
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": BUSY_TIMEOUT_S}}
    return {"connect_args": {"connect_timeout": 5}, "pool_size": 16, "max_overflow": 16}


def open_engine(url: str | URL) -> Engine:
    """An engine ready for units of work."""
    address = database_url(url) if isinstance(url, str) else url
    return prepare_engine(sa.create_engine(address, **engine_options(address)))


def prepare_engine(engine: Engine) -> Engine:
    """Gives a SQLite engine its pragmas and its BEGIN, a PostgreSQL engine what its lines are set to."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _on_sqlite_connect)
        event.listen(engine, "begin", _on_sqlite_begin)
    else:
        event.listen(engine, "connect", _on_postgresql_connect)
    return engine


def _on_sqlite_connect(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not open transactions by itself; _on_sqlite_begin does
    cursor = connection.cursor()
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA recursive_triggers = ON")  # INSERT OR REPLACE must meet the triggers that refuse DELETE
    if cursor.execute("PRAGMA query_only").fetchone()[0] == 0:
        # A read-only file keeps the mode it has; writing to it will be refused by name.
        with suppress(connection.OperationalError):
            cursor.execute("PRAGMA journal_mode = WAL")
    cursor.close()


def _on_postgresql_connect(connection: Any, _record: Any) -> None:
    """Whoever holds a lock and hangs must not let all others hang. An address or server that sets its own keeps it.

    Nothing here runs for long enough to be worth compiling: of tables that were never analysed (a ledger has one row)
    the planner expects so much that it did, for 200 ms at each charge.
    """
    before, connection.autocommit = connection.autocommit, True
    patience = "SELECT set_config('lock_timeout', %s, false) WHERE current_setting('lock_timeout') = '0'"
    connection.execute(patience, [f"{BUSY_TIMEOUT_S}s"])
    connection.execute("SET jit = off")
    connection.autocommit = before


def _on_sqlite_begin(connection: Connection) -> None:
    reading = connection.get_execution_options().get("reading", False)
    begin = "BEGIN" if reading else "BEGIN IMMEDIATE"
    driver: Any = connection.connection.driver_connection
    try:
        driver.execute(begin)  # each unit of work does this: by the short way, with the error as SQLAlchemy gives it
    except sqlite3.Error as error:
        raise sa.exc.OperationalError(begin, None, error) from error


def session_source(engine: Engine) -> sessionmaker[Session]:
    """Sessions outside the web: command line, workers, tests."""
    return sessionmaker(engine, expire_on_commit=False)


def engine_of(sessions: SessionSource) -> Engine:
    """The engine that sessions open their lines with; also another thread may open some of its own with it."""
    session = sessions()
    try:
        bind = session.get_bind()
    finally:
        session.close()
    if not isinstance(bind, Engine):
        raise TypeError("these sessions have a line, and no engine")
    return bind


# --- the unit of work ---------------------------------------------------------------------------------------


@contextmanager
def unit_of_work(sessions: SessionSource) -> Iterator[Session]:
    """One transaction: returning commits, an exception rolls back. What the database cannot is a `DatabaseRefusal`."""
    session = sessions()
    committing = False
    try:
        session.connection()
        yield session
        session.flush()
        committing = True
        session.commit()
    except DBAPIError as error:
        _rollback(session)
        raise _refusal_for(error, committing) from error
    except BaseException:
        _rollback(session)
        raise
    finally:
        session.close()


@contextmanager
def committing_by_itself(sessions: SessionSource) -> Iterator[Session | None]:
    """A session each of whose statements is a unit of work: for one that writes all it has to. SQLite: None, no use.

    Statements are not told apart afterwards: when the line is lost, what the last one wrote is unknown.
    """
    session = sessions()
    committing = False
    try:
        if session.get_bind().dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            committing = True
            yield session
        else:
            yield None
    except DBAPIError as error:
        raise _refusal_for(error, committing) from error
    finally:
        _rollback(session)
        session.close()


@contextmanager
def reading(sessions: SessionSource) -> Iterator[Session]:
    """One snapshot to read from; nothing is ever written. What was loaded stays readable afterwards."""
    session = sessions()
    try:
        postgresql = session.get_bind().dialect.name == "postgresql"
        isolation = {"isolation_level": "REPEATABLE READ"} if postgresql else {}
        connection = session.connection(execution_options={"reading": True, **isolation})
        if postgresql:
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
        yield session
        session.expunge_all()  # or the rollback would make what was loaded forget itself
    except DBAPIError as error:
        raise _refusal_for(error, committing=False) from error
    finally:
        _rollback(session)
        session.close()


def in_unit_of_work(sessions: SessionSource, work: Callable[[Session], T]) -> T:
    """Runs `work` in a unit of work, and again when the database was busy or broke a deadlock: some times, for seconds.

    `work` must be repeatable from its start: it reads what it needs inside.
    """
    begun = time.monotonic()
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with unit_of_work(sessions) as session:
                return work(session)
        except errors.DatabaseBusy:
            if attempt == ATTEMPTS or time.monotonic() - begun > PATIENCE_S:
                raise
            time.sleep(random.uniform(0, 0.01 * 2**attempt))  # noqa: S311 - spreads retries, guards no secret
    raise AssertionError("unreachable")


def _rollback(session: Session) -> None:
    try:
        session.rollback()
    except DBAPIError:  # the line is gone; the database rolls back by itself
        session.invalidate()


# What a person is told, by the SQL state of PostgreSQL or by what SQLite says.
_TOLD: tuple[tuple[tuple[str, ...], tuple[str, ...], type[errors.Refusal]], ...] = (
    (("40001", "40P01", "55P03"), ("database is locked", "database is busy"), errors.DatabaseBusy),
    (("25006",), ("readonly database",), errors.DatabaseReadOnly),
    (("53100",), ("database or disk is full",), errors.DatabaseFull),
    (("42P01",), ("no such table",), errors.SchemaMissing),
    (("23505",), ("unique constraint failed",), errors.SavedMeanwhile),
)


def _refusal_for(error: DBAPIError, committing: bool) -> Exception:
    """What a person is told when the driver fails; anything that is a programming error stays what it is."""
    state = getattr(error.orig, "sqlstate", None)
    text = str(error.orig).lower()
    for states, sayings, refusal in _TOLD:
        if state in states or any(saying in text for saying in sayings):
            return refusal()
    if error.connection_invalidated or "unable to open database" in text or _is_lost_line(error, state):
        return errors.CommitUnknown() if committing else errors.DatabaseGone()
    return error


def _is_lost_line(error: DBAPIError, state: str | None) -> bool:
    """PostgreSQL: without an SQL state the driver got no answer; class 08 and 57P0x say the server ended the line."""
    if not isinstance(error, sa.exc.OperationalError) or "sqlite" in type(error.orig).__module__:
        return False
    return state is None or state.startswith(("08", "57P0", "53300"))
