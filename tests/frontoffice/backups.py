"""For the tests of backups: programs that fit the tests' PostgreSQL, or play a part; and a backup brought back."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from folios import db
from folios.backup import BOOK, Plan
from folios.copying import _version_of
from tests import postgres_server
from tests.conftest import IN_CI, PostgresDatabases, opened

RESTORE = ["--exit-on-error", "--no-owner"]  # as the README says


def pg_dump_for(engine: Engine) -> str | None:
    """The `pg_dump` that copies an engine's database; None on SQLite, which needs none."""
    if engine.dialect.name == "sqlite":
        return None
    with engine.connect() as connection:
        needed = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
    folders = [*postgres_server._installed(), postgres_server._wheel()]
    for found in (shutil.which("pg_dump"), *(str(each / "pg_dump") for each in folders if each)):
        if found and (_version_of(found) or 0) >= needed:
            return found
    return str((pytest.fail if IN_CI else pytest.skip)(f"no pg_dump of PostgreSQL {needed} or newer"))


def plan_for(engine: Engine, folder: Path, keep: int = 14) -> Plan:
    return Plan(folder, keep, pg_dump_for(engine))


def playing(folder: Path, part: str, real: str | None) -> str:
    """A `pg_dump` that says its version and then does what the lines of shell in `part` say; pg_restore is the real."""
    folder.mkdir()
    (folder / "pg_dump").write_text(f'#!/bin/sh\nreal={real}\n[ "$1" = --version ] && exec "$real" "$@"\n{part}\n')
    (folder / "pg_dump").chmod(0o755)
    (folder / "pg_restore").symlink_to(Path(str(real)).with_name("pg_restore"))
    return str(folder / "pg_dump")


def files_in(folder: Path) -> list[str]:
    """All but the folder's book."""
    return sorted(each.name for each in folder.iterdir() if not each.name.startswith(BOOK))


@contextmanager
def brought_back(file: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a new database made of a backup, by the README."""
    if file.suffix == ".db":
        restored = file.parent.with_name("restored.db")
        shutil.copyfile(file, restored)
        yield f"sqlite:///{restored}"
        return
    databases: PostgresDatabases = request.getfixturevalue("postgres")
    with databases.fresh() as url:
        address = db.database_url(url)
        environment = os.environ | {"PGPASSWORD": str(address.password)}
        server = [f"--host={address.host}", f"--port={address.port}", f"--username={address.username}"]
        with opened(url) as engine:
            program = str(pg_dump_for(engine)).replace("pg_dump", "pg_restore")
        command = [program, *server, *RESTORE, f"--dbname={address.database}", str(file)]
        subprocess.run(command, env=environment, check=True)
        yield url
