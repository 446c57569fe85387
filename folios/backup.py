"""A whole copy of the hotel's database, made while everybody works on: one file in a folder; old ones are put away.

A copy is written under a name that ends in
`.part`, brought to the disk, read to its end, and only then named as a backup. The folder's book, a little SQLite file,
tells which files were made of which database: no other is ever removed. One works in a folder at a time.

How a copy is made stands in `copying.py`, how one is brought back in README.
"""

from __future__ import annotations

import errno
import logging
import os
import re
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from weakref import WeakKeyDictionary

from sqlalchemy.engine import URL, Engine

from folios import clock, schema
from folios.business_day import open_date
from folios.copying import NO_ROOM, CopyDamaged, CopyFailed, Dumper, check_file, copy_file
from folios.db import SessionSource, engine_of, reading
from folios.errors import N_, Refusal, SchemaMissing

log = logging.getLogger(__name__)

KEEP = 14
BOOK, TURN = ".frontoffice-backups", ".frontoffice-backups-turn"
PART = ".part"
WAIT_S = 600
PRIVATE = 0o600
_LEFTOVER = re.compile(r"frontoffice-[0-9-]{10}-[0-9]{8}T[0-9]{6}Z\.(db|dump)\.part(-journal|-wal|-shm)?")


class BackupFolderMissing(Refusal):
    code = "backup.folder_missing"
    message = N_("Say in which folder the backup is kept: frontoffice backup FOLDER, or set FRONTOFFICE_BACKUP_FOLDER.")


class BackupFolderUnusable(Refusal):
    code = "backup.folder_unusable"
    message = N_(
        "The folder of the backups, {folder}, cannot be written to ({cause}). Make it, connect its disk, or let the"
        " user who runs this program write there; then: frontoffice backup"
    )


class BackupDiskFull(Refusal):
    code = "backup.disk_full"
    message = N_(
        "The disk of the backups is full ({folder}). No backup was made, and none was removed. Make room there or name"
        " another folder; then: frontoffice backup"
    )


class BackupUnderWay(Refusal):
    code = "backup.under_way"
    message = N_(
        "Somebody has been making a backup in {folder} for a long time. Wait until it is done; then: frontoffice backup"
    )


class BackupFailed(Refusal):
    code = "backup.failed"
    message = N_("No backup was made in {folder}: {cause}. Mend that; then: frontoffice backup")


class BackupDamaged(Refusal):
    code = "backup.copy_damaged"
    message = N_(
        "The copy could not be read to its end and was thrown away ({cause}). The disk of {folder}, or the database"
        " itself, may be damaged: have both looked at, and keep the backups that are there."
    )


@dataclass(frozen=True, slots=True)
class Plan:
    """Where backups go, how many are kept, and which `pg_dump` makes them (None: the one on the PATH)."""

    folder: Path | None = None
    keep: int = KEEP
    pg_dump: str | None = None


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup that is whole: its file, how large it is, how long it took, and the older ones that were removed."""

    path: Path
    size_bytes: int
    seconds: float
    removed: tuple[str, ...]


_plans: WeakKeyDictionary[Engine, Plan] = WeakKeyDictionary()


def plan(engine: Engine, wanted: Plan) -> None:
    """Keeps what an installation is told about the backups of the database behind an engine."""
    _plans[engine] = wanted


def planned(engine: Engine) -> Plan | None:
    """The plan of an engine's database, if it names a folder."""
    return found if (found := _plans.get(engine)) and found.folder else None


def make(sessions: SessionSource, by: Plan, day: date | None = None) -> Backup:
    """Makes a backup, named after `day` (default: the open business date), and then removes those beyond `by.keep`.

    It holds one moment. Refuses (see above) where none can be made; then nothing is left of it, every older one stays.
    """
    if by.folder is None:
        raise BackupFolderMissing
    begun, folder, engine = time.monotonic(), by.folder, engine_of(sessions)
    with reading(sessions) as session:
        version = schema.found_version(session.connection())
        if version is None:
            raise SchemaMissing
        day = day or open_date(session)
        on_sqlite = engine.dialect.name == "sqlite"
        server = None if on_sqlite else Dumper.of(session.connection(), engine.url, by.pg_dump)
    whose = _address(engine.url, server.schema if server else "")
    with _in_words(folder), _book(folder) as book:
        _clear(folder)
        path = _new_name(folder, day, ".dump" if server else ".db")
        part = path.with_name(path.name + PART)
        book.execute("INSERT OR REPLACE INTO made (name, whose) VALUES (?, ?)", (path.name, whose))
        try:
            _copy(engine, server, part, version)
            part.replace(path)
            _fsync_folder(folder)
        except BaseException:
            _clear(folder)
            raise
        removed = _put_away(book, folder, whose, by.keep)
    return Backup(path, path.stat().st_size, round(time.monotonic() - begun, 1), tuple(removed))


def _address(url: URL, of_schema: str) -> str:
    """Which database it is, among all whose backups may lie in a folder: no password, no options."""
    where = {name: value for name, value in url.query.items() if name in ("host", "hostaddr", "port", "service")}
    return f"{url.set(query=where).render_as_string(hide_password=True)} {of_schema}".rstrip()


def _copy(engine: Engine, server: Dumper | None, part: Path, version: str) -> None:
    """A copy that is on the disk and was read to its end."""
    with open(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDWR, PRIVATE), "wb") as file:
        if server:
            server.dump(file)
        else:
            copy_file(str(engine.url.database), part)
        os.fsync(file.fileno())
    if server:
        server.check(part)
    else:
        check_file(part, version)


# --- the folder -----------------------------------------------------------------------------------------------


@contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise BackupDiskFull(folder=folder) from error
        raise BackupFolderUnusable(folder=folder, cause=error.strerror or error) from error
    except CopyFailed as error:
        if NO_ROOM in str(error):
            raise BackupDiskFull(folder=folder) from error
        raise BackupFailed(folder=folder, cause=error) from error
    except CopyDamaged as error:
        raise BackupDamaged(folder=folder, cause=error) from error
    except sqlite3.Error as error:
        told = str(error)
        if "disk is full" in told:
            raise BackupDiskFull(folder=folder) from error
        if "unable to open" in told or "readonly" in told:
            raise BackupFolderUnusable(folder=folder, cause=told) from error
        raise BackupFailed(folder=folder, cause=told) from error


@contextmanager
def _book(folder: Path) -> Iterator[sqlite3.Connection]:
    """The folder's book, which nobody else has until the end, however this process ends.

    The turn is a lock on a file of its own, kept through what is written into the book meanwhile.
    """
    with closing(_private(folder / TURN)) as turn, closing(_private(folder / BOOK)) as book:
        try:
            turn.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise BackupUnderWay(folder=folder) from error
            raise
        book.execute("CREATE TABLE IF NOT EXISTS made (id INTEGER PRIMARY KEY, name TEXT UNIQUE, whose TEXT NOT NULL)")
        yield book


def _private(path: Path) -> sqlite3.Connection:
    """A little database that only this user may open."""
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL, PRIVATE))
    return sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)


def _clear(folder: Path) -> None:
    """Removes what backups that did not come to their end left behind. The caller has the book."""
    for each in folder.iterdir():
        if _LEFTOVER.fullmatch(each.name):
            each.unlink(missing_ok=True)


def _new_name(folder: Path, day: date, suffix: str) -> Path:
    moment = clock.now()
    while (path := folder / f"frontoffice-{day}-{moment:%Y%m%dT%H%M%SZ}{suffix}").exists():
        moment += timedelta(seconds=1)
    return path


def _put_away(book: sqlite3.Connection, folder: Path, whose: str, keep: int) -> list[str]:
    """Removes the oldest of the files that are written down as this database's; those that are gone do not count."""
    names = [name for (name,) in book.execute("SELECT name FROM made WHERE whose = ? ORDER BY id DESC", (whose,))]
    there = [name for name in names if (folder / name).exists()]
    removed = []
    for name in there[keep:]:
        try:
            (folder / name).unlink()
        except OSError:
            log.warning("the old backup %s could not be removed", folder / name, exc_info=True)
        else:
            removed.append(name)
    gone = [(name,) for name in names if name not in there or name in removed]
    book.executemany("DELETE FROM made WHERE name = ?", gone)
    return removed


def _fsync_folder(folder: Path) -> None:
    """Brings a new name to the disk, where a folder can be opened for that."""
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
