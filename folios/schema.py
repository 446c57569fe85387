"""The version of the database's schema: what it is, what the program needs, and the way from one to the other.

Alembic does the work and is driven from here; there is no `alembic.ini`. The steps themselves stand in
`folios/migrations/versions`. What is not here: the tables (`models.py` of each package) and what is put into them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import Session

from folios import db, errors

LOCATION = "folios:migrations"
ADVISORY_LOCK = 4_703_187_001  # one number for every installation: who migrates a PostgreSQL database holds it


def upgrade(engine: Engine, revision: str = "head") -> None:
    """Brings the schema up to `revision`, all steps in one transaction; nothing happens when it is there already.

    Two processes may call this at once: the second waits and finds the work done. Refuses `SchemaNewer` and, through
    the unit of work, what the database refuses (on SQLite `DatabaseBusy` when the wait took too long).
    """
    _known_version(engine)
    with _migrating(engine) as connection:
        command.upgrade(_config(connection), revision)


def downgrade(engine: Engine, revision: str) -> None:
    """Takes the schema back to `revision` (`base` is an empty one), all steps in one transaction. Data goes with it."""
    _known_version(engine)
    with _migrating(engine) as connection:
        command.downgrade(_config(connection), revision)


def found_version(connection: Connection) -> str | None:
    """The version the database says it has; None when it was never set up."""
    return MigrationContext.configure(connection).get_current_revision()


def needed_version() -> str:
    """The version this program works with: the newest of its migrations."""
    head = _scripts().get_current_head()
    if head is None:
        raise LookupError(f"no migrations in {LOCATION}")
    return head


def check(engine: Engine) -> None:
    """Refuses a database that this program must not touch: `SchemaMissing`, `SchemaOlder`, `SchemaNewer`."""
    found, needed = _known_version(engine), needed_version()
    if found is None:
        raise errors.SchemaMissing()
    if found != needed:
        raise errors.SchemaOlder(found=found, needed=needed)


def _known_version(engine: Engine) -> str | None:
    """The version found, refusing (`SchemaNewer`) one that this program has never heard of."""
    with db.reading(db.session_source(engine)) as session:
        found = found_version(session.connection())
    if found is not None and found not in {script.revision for script in _scripts().walk_revisions()}:
        raise errors.SchemaNewer(found=found)
    return found


def _config(connection: Connection | None = None) -> Config:
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", LOCATION)
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())


@contextmanager
def _migrating(engine: Engine) -> Iterator[Connection]:
    """One transaction that no other migration can run beside.

    SQLite can only change most things about a table by building it anew, which its foreign keys would forbid: they
    are off meanwhile (that works outside a transaction only) and checked as a whole before the end.
    """
    on_sqlite = engine.dialect.name == "sqlite"
    with engine.connect() as connection:
        if on_sqlite:
            _set_foreign_keys(connection, "OFF")
        try:
            with db.unit_of_work(lambda: Session(connection)) as session:
                if not on_sqlite:  # there BEGIN IMMEDIATE is the lock
                    session.execute(sa.select(sa.func.pg_advisory_xact_lock(ADVISORY_LOCK)))
                yield connection
                if on_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                    raise ValueError(f"the migration would leave rows pointing at nothing: {broken[:5]}")
        finally:
            if on_sqlite:
                _set_foreign_keys(connection, "ON")


def _set_foreign_keys(connection: Connection, state: str) -> None:
    """By the driver's own connection, for SQLAlchemy's would open a transaction first."""
    cursor = connection.connection.cursor()
    cursor.execute(f"PRAGMA foreign_keys = {state}")
    cursor.close()
