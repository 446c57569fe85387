"""Rehearsing the audit: the same code, and nothing of it stays, while the hotel works on.

On SQLite there is one writer at a time, so it is rehearsed on a copy of the file. On PostgreSQL it runs in one
transaction that is rolled back. What an audit changes would be locked for everybody until then, so the transaction
first gets tables of its own in front of those, with the same rows: temporary ones, which the others never see. What it
only adds (vouchers, postings, events) goes into the real tables and vanishes with the transaction.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from folios.copying import copy_file
from folios.db import (
    SessionSource,
    engine_of,
    engine_options,
    in_unit_of_work,
    open_engine,
    prepare_engine,
    reading,
    session_source,
)
from night_audit import audit, standing, steps
from night_audit.audit import Audited
from night_audit.checklist import Finding, checklist
from night_audit.rules import Rules, rules

CHANGED = (
    "business_day",
    "folio",
    "stay",
    "stay_night",
    "stay_window",
    "room",
    "shift",
    "night_audit",
    "night_audit_step",
)
"""The tables whose rows an audit changes, and that of the windows: one it opens for a no-show would keep the desk from
checking that stay in meanwhile."""
NUMBERS_APART = 1_000_000
"""How far from the hotel's own the ids of folios are that a rehearsal opens."""


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What an audit would come to: the checklist, what each step would count, and the pack marked as a draft.

    `stopped` says why it would not go through; then there is no pack.
    """

    day: date
    findings: tuple[Finding, ...]
    audited: Audited | None
    pack: Any
    stopped: str | None


def rehearse(
    sessions: SessionSource, operator: str, *, unattended: bool = False, going_by: Rules | None = None
) -> Rehearsed:
    """Rehearses the audit of the day that the next run would work on."""
    with reading(sessions) as session:
        day = standing.next_day(session)
        kept = going_by or rules(session)
        found = tuple(checklist(session, day, kept))
    with _apart(engine_of(sessions)) as apart:
        try:
            options = {
                "day": day,
                "unattended": unattended,
                "going_by": kept,
                "resuming": True,
                "report": None,
                "unseen": True,
            }
            audited = audit.run(apart, operator, **options)  # type: ignore[arg-type]
        except Exception as error:
            return Rehearsed(day, found, None, None, standing.why(error))
        pack = in_unit_of_work(apart, lambda session: steps.draft_pack(session, audited.day))
    return Rehearsed(day, found, audited, pack, None)


@contextmanager
def _apart(engine: Engine) -> Iterator[SessionSource]:
    """Sessions whose units of work nobody else ever sees."""
    make = _copied if engine.dialect.name == "sqlite" else _shadowed
    with make(engine) as sessions:
        yield sessions


@contextmanager
def _copied(engine: Engine) -> Iterator[SessionSource]:
    with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
        path = Path(folder) / "hotel.db"
        copy_file(str(engine.url.database), path)
        copied = open_engine(f"sqlite:///{path}")
        try:
            yield session_source(copied)
        finally:
            copied.dispose()


@contextmanager
def _shadowed(engine: Engine) -> Iterator[SessionSource]:
    options = {
        name: value for name, value in engine_options(engine.url).items() if not name.startswith(("pool", "max"))
    }
    own = prepare_engine(sa.create_engine(engine.url, poolclass=NullPool, **options))
    try:
        with own.connect() as connection:
            outer = connection.begin()
            try:
                _put_shadows(connection)
                yield lambda: Session(connection, expire_on_commit=False, join_transaction_mode="create_savepoint")
            finally:
                outer.rollback()
    finally:
        own.dispose()


_SCHEMA_OF = sa.text("SELECT relnamespace::regnamespace::text FROM pg_class WHERE oid = to_regclass(:name)")


def _put_shadows(connection: Connection) -> None:
    """A temporary table is found before one of the same name that is there for everybody."""
    for table in CHANGED:
        schema = connection.scalar(_SCHEMA_OF, {"name": table})
        name = f'"{schema}"."{table}"'
        connection.exec_driver_sql(f'CREATE TEMPORARY TABLE "{table}" (LIKE {name} INCLUDING ALL) ON COMMIT DROP')
        connection.exec_driver_sql(f'INSERT INTO "{table}" OVERRIDING SYSTEM VALUE SELECT * FROM {name}')  # noqa: S608
        connection.exec_driver_sql(f'ANALYZE "{table}"')
        if table == "folio":
            _let_postings_find_new_folios(connection, name)


def _let_postings_find_new_folios(connection: Connection, real: str) -> None:
    """A folio that is opened goes into the real table as well, for the postings that point there; it vanishes too."""
    highest = connection.scalar(sa.text("SELECT coalesce(max(id), 0) FROM folio"))
    connection.exec_driver_sql(f"ALTER TABLE folio ALTER id RESTART WITH {(highest or 0) + NUMBERS_APART}")
    connection.exec_driver_sql(
        "CREATE FUNCTION pg_temp.open_there_too() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN INSERT INTO {real} OVERRIDING SYSTEM VALUE SELECT NEW.*; RETURN NEW; END $$"
    )
    connection.exec_driver_sql(
        "CREATE TRIGGER open_there_too AFTER INSERT ON folio FOR EACH ROW EXECUTE FUNCTION pg_temp.open_there_too()"
    )
