"""What every test may ask for: a fresh database, with or without the schema, on SQLite and on PostgreSQL.

A test that asks for any of them runs once per database; one that does not runs once. To run on one only:
`@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)`. The schema is made once per worker, by the
migrations, and then copied: a file on SQLite, a template on PostgreSQL.
"""

from __future__ import annotations

import gc
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import settings
from psycopg import sql
from sqlalchemy.engine import URL, Engine
from sqlalchemy.orm import Session, sessionmaker

from folios import db, schema
from tests.engines import share_statements
from tests.furnishing import FURNISHERS
from tests.postgres_server import NoPostgres, postgres_server

IN_CI = os.environ.get("CI", "").lower() not in ("", "0", "false")

_furnished: dict[tuple[str, str], Any] = {}

settings.register_profile("default", max_examples=50, deadline=None)
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.load_profile("ci" if IN_CI else "default")
share_statements()


LONG = ("night_audit", "browser", "test_hostile_input", "test_query_counts", "test_properties", "test_concurrency")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long tests come first: begun last, one of them would keep a single worker busy at the end of the run."""
    items.sort(key=lambda item: not any(each in item.nodeid for each in LONG))


def pytest_collection_finish() -> None:
    """What there is when the first test begins stays to the end: it need not be looked through for garbage."""
    gc.collect()
    gc.freeze()


class PostgresDatabases:
    """Makes and drops databases on one server."""

    def __init__(self, address: URL) -> None:
        self.address = address
        self.run = secrets.token_hex(4)  # several workers, and several people, may share a server
        self.made = 0
        self.kept = ExitStack()  # databases that are there until the end of the run
        self.connection = psycopg.connect(
            address.set(drivername="postgresql").render_as_string(hide_password=False), autocommit=True
        )

    @contextmanager
    def fresh(self, template: str = "template0") -> Iterator[str]:
        """The address of a new database, a copy of the one named `template`; it is dropped afterwards."""
        self.made += 1
        name = f"frontoffice_test_{self.run}_{self.made}"
        # FILE_COPY is several times faster here than the default.
        create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        self.connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        try:
            yield self.address.set(database=name).render_as_string(hide_password=False)
        finally:
            self.connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def opened(url: str) -> Iterator[Engine]:
    engine = db.open_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


# --- once per worker ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresDatabases]:
    """The PostgreSQL of this run; tests that need it are skipped where there is none, but fail under CI."""
    with ExitStack() as stack:
        try:
            address = stack.enter_context(postgres_server())
        except NoPostgres as reason:
            (pytest.fail if IN_CI else pytest.skip)(f"no PostgreSQL: {reason}")
        databases = PostgresDatabases(db.database_url(address))
        stack.callback(databases.connection.close)
        stack.enter_context(databases.kept)
        yield databases


@pytest.fixture(scope="session")
def postgres_template(postgres: PostgresDatabases) -> Iterator[str]:
    """The name of a database with the full schema, which nobody is connected to."""
    with postgres.fresh() as url:
        with opened(url) as engine:
            schema.upgrade(engine)
        yield str(db.database_url(url).database)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database file with the full schema, which nobody has open."""
    path = tmp_path_factory.mktemp("sqlite") / "template.db"
    with opened(f"sqlite:///{path}") as engine:
        schema.upgrade(engine)
    return path


# --- once per test --------------------------------------------------------------------------------------------


@pytest.fixture(params=["sqlite", "postgresql"])
def database_kind(request: pytest.FixtureRequest) -> str:
    """Which database the test runs on."""
    return str(request.param)


@pytest.fixture
def database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """The address, with its password, of a fresh database with the full schema: for tests that start processes.

    It is empty, unless the test asks for a fixture that furnishes it (`FURNISHERS`): then it is a copy of a database
    that was furnished once for all tests of the worker.
    """
    furnisher = next((each for each in FURNISHERS if each in request.fixturenames), None)
    if database_kind == "sqlite":
        path = tmp_path / "hotel.db"
        template = request.getfixturevalue("sqlite_template")
        shutil.copyfile(_furnished_file(template, furnisher), path)
        yield f"sqlite:///{path}"
    else:
        databases = request.getfixturevalue("postgres")
        template = request.getfixturevalue("postgres_template")
        with databases.fresh(_furnished_database(databases, template, furnisher)) as url:
            yield url


def _furnished_file(template: Path, furnisher: str | None) -> Path:
    """The SQLite file to copy."""
    if furnisher is None:
        return template
    if ("sqlite", furnisher) not in _furnished:
        path = template.with_name(f"{furnisher}.db")
        shutil.copyfile(template, path)
        with opened(f"sqlite:///{path}") as engine:
            FURNISHERS[furnisher](engine)
            with engine.connect() as connection:
                connection.exec_driver_sql("ROLLBACK")
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        _furnished["sqlite", furnisher] = path
    found: Path = _furnished["sqlite", furnisher]
    return found


def _furnished_database(databases: PostgresDatabases, template: str, furnisher: str | None) -> str:
    """The name of the PostgreSQL database to copy, which nobody is connected to."""
    if furnisher is None:
        return template
    if ("postgresql", furnisher) not in _furnished:
        url = databases.kept.enter_context(databases.fresh(template))
        with opened(url) as engine:
            FURNISHERS[furnisher](engine)
        _furnished["postgresql", furnisher] = str(db.database_url(url).database)
    return str(_furnished["postgresql", furnisher])


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """A fresh database with the full schema: the same one as `database_url`."""
    with opened(database_url) as engine:
        yield engine


@pytest.fixture
def sessions(engine: Engine) -> sessionmaker[Session]:
    """Sessions on `engine`, for units of work."""
    return db.session_source(engine)


@pytest.fixture
def empty_database_url(request: pytest.FixtureRequest, database_kind: str, tmp_path: Path) -> Iterator[str]:
    """The address, with its password, of a fresh database in which there is nothing at all."""
    if database_kind == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
    else:
        with request.getfixturevalue("postgres").fresh() as url:
            yield url


@pytest.fixture
def empty_engine(empty_database_url: str) -> Iterator[Engine]:
    """The database of `empty_database_url`."""
    with opened(empty_database_url) as engine:
        yield engine
