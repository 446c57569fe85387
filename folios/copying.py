"""How a database becomes one file that holds a moment of it: SQLite's online backup, PostgreSQL's own `pg_dump`.

Nobody waits for either. What a file is called, where it goes and how long it stays: `backup.py`.
"""

from __future__ import annotations

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from psycopg.pq import Conninfo
from sqlalchemy.engine import URL, Connection

from folios.errors import N_, Refusal

VERSION_TABLE = "alembic_version"
LOCKS_S = 60  # how long pg_dump waits for a table whose shape somebody changes
CONNECT_S = 5
MOST_CAUSE = 300
NO_ROOM = "No space left on device"


class PgDumpMissing(Refusal):
    code = "backup.no_pg_dump"
    message = N_(
        "PostgreSQL is backed up by its own programs pg_dump and pg_restore; {program} cannot be run here. Install"
        " those of PostgreSQL {needed} or newer (Debian: postgresql-client), or name pg_dump by FRONTOFFICE_PG_DUMP;"
        " then: frontoffice backup"
    )


class PgDumpOlder(Refusal):
    code = "backup.pg_dump_older"
    message = N_(
        "{program} is of PostgreSQL {found}, the server of {needed}. Install the programs of PostgreSQL {needed} or"
        " newer, or name pg_dump by FRONTOFFICE_PG_DUMP; then: frontoffice backup"
    )


class CopyFailed(Exception):
    """Nothing was copied; what the program that should have said."""


class CopyDamaged(Exception):
    """What was copied cannot be read to its end, and where it ended."""


# --- SQLite ---------------------------------------------------------------------------------------------------


def copy_file(database: str, target: Path) -> None:
    """Copies the database in that file into a new one, in one step: several begin again whenever somebody writes.

    It is one whole file without others beside it. Bringing it to the disk is left to who wants that.
    """
    with closing(sqlite3.connect(database)) as real, closing(sqlite3.connect(target)) as copy:
        copy.execute("PRAGMA synchronous = OFF")
        copy.execute("PRAGMA journal_mode = OFF")
        real.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # the copy says of itself that it is written ahead


def check_file(path: Path, version: str) -> None:
    """Reads a copied file to its end. Raises `CopyDamaged` unless all of it is sound and of that version."""
    try:
        with closing(sqlite3.connect(path)) as copy:
            told = [str(each) for (each,) in copy.execute("PRAGMA integrity_check(5)")]
            found = [str(each) for (each,) in copy.execute("SELECT version_num FROM alembic_version")]
    except sqlite3.DatabaseError as error:
        raise CopyDamaged(str(error)) from error
    if told != ["ok"] or found != [version]:
        raise CopyDamaged("; ".join(told if told != ["ok"] else found)[:MOST_CAUSE])


# --- PostgreSQL -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Dumper:
    """The programs that copy a PostgreSQL database, and what they are told of it.

    All that they are told of the server, with its password, is in their environment: command lines are seen by all.
    """

    pg_dump: str
    pg_restore: str
    schema: str
    arguments: Mapping[str, Any] = field(repr=False)

    @classmethod
    def of(cls, connection: Connection, url: URL, named: str | None) -> Self:
        """Finds the programs, `named` or on the PATH. Refuses (`PgDumpMissing`, `PgDumpOlder`) what cannot do it."""
        needed = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one()) // 10_000
        program = shutil.which(named or "pg_dump")
        if program is None:
            raise PgDumpMissing(program=named or "pg_dump", needed=needed)
        beside = str(Path(program).with_name(Path(program).name.replace("dump", "restore")))
        restore = shutil.which(beside) or shutil.which("pg_restore")
        if restore is None:
            raise PgDumpMissing(program=beside, needed=needed)
        for each in (program, restore):
            found = _version_of(each)
            if found is None:
                raise PgDumpMissing(program=each, needed=needed)
            if found < needed:
                raise PgDumpOlder(program=each, found=found, needed=needed)
        schema = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
        arguments: Mapping[str, Any] = connection.dialect.create_connect_args(url)[1]
        return cls(program, restore, str(schema), {"connect_timeout": CONNECT_S} | dict(arguments))

    def dump(self, file: IO[bytes]) -> None:
        """Writes the database into an open file. Raises `OSError` and `CopyFailed`."""
        only = [] if self.schema == "public" else ["--schema=" + '"{}"'.format(self.schema.replace('"', '""'))]
        asked = [f"--lock-wait-timeout={LOCKS_S}s", "--format=custom", "--no-password", *only]
        told = self._run([self.pg_dump, *asked], file)
        if told.returncode:
            raise CopyFailed(self._cause(told))

    def check(self, path: Path) -> None:
        """Reads a dump to its end. Raises `CopyDamaged` unless all of it is sound and has a version in it."""
        listed = self._run([self.pg_restore, "--list", str(path)], subprocess.PIPE)
        whole = self._run([self.pg_restore, "--file=-", str(path)], subprocess.DEVNULL)
        for told in (listed, whole):
            if told.returncode:
                raise CopyDamaged(self._cause(told))
        if f" TABLE DATA {self.schema} {VERSION_TABLE} ".encode() not in listed.stdout:
            raise CopyDamaged(f"no {VERSION_TABLE}")

    def _run(self, command: Sequence[str], output: IO[bytes] | int) -> subprocess.CompletedProcess[bytes]:
        streams: dict[str, Any] = {"stdin": subprocess.DEVNULL, "stdout": output, "stderr": subprocess.PIPE}
        return subprocess.run(command, env=self._environment(), check=False, **streams)  # noqa: S603 - ours, no shell

    def _environment(self) -> dict[str, str]:
        variables = {each.keyword.decode(): each.envvar.decode() for each in Conninfo.get_defaults() if each.envvar}
        told = {variables[name]: str(value) for name, value in self.arguments.items() if name in variables}
        return {**os.environ, **told, "LC_ALL": "C"}

    def _cause(self, told: subprocess.CompletedProcess[bytes]) -> str:
        """The end of what a program said, without the password, should that ever be in it."""
        said = told.stderr.decode(errors="replace").strip()
        if password := self.arguments.get("password"):
            said = said.replace(str(password), "***")
        return said[-MOST_CAUSE:] or f"exit status {told.returncode}"


def _version_of(program: str) -> int | None:
    try:
        told = subprocess.run(  # noqa: S603 - the hotel's own program, and no shell
            [program, "--version"], capture_output=True, stdin=subprocess.DEVNULL, text=True, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r"\) (\d+)", told)
    return int(found[1]) if found else None
