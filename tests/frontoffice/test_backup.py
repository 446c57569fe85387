"""A backup: whole, of one moment, while everybody works; nothing half made looks whole, no file of others goes."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine

from folios import backup, db, schema
from folios.backup import Plan, make
from folios.copying import PgDumpMissing, PgDumpOlder, copy_file
from folios.errors import SchemaMissing
from folios.models import Voucher
from frontoffice.cli import main
from tests.conftest import opened
from tests.frontoffice.backups import (
    RESTORE,
    brought_back,
    files_in,
    pg_dump_for,
    plan_for,
    playing,
)
from tests.frontoffice.house import House, at_once

README = Path(__file__).parents[2] / "README.md"
ON_POSTGRESQL = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
ON_SQLITE = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "backups"
    made.mkdir()
    return made


def frontoffice(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


# --- whole, while everybody works ---------------------------------------------------------------------------------


def test_a_backup_made_while_charges_are_posted_is_brought_back_whole_and_worked_on(
    house: House, folder: Path, request: pytest.FixtureRequest
) -> None:
    stay = house.arrive(2)
    posted, over = threading.Event(), threading.Event()

    def post() -> None:
        while not over.is_set():
            house.charge(stay, "1.00")
            posted.set()

    desk = threading.Thread(target=post)
    desk.start()
    try:
        assert posted.wait(30)
        made = make(house.sessions, plan_for(house.engine, folder))
    finally:
        over.set()
        desk.join()
    with brought_back(made.path, request) as url:
        told = frontoffice("verify", "--database", url)
        assert (told.exit_code, told.stderr) == (0, ""), told.output
        with opened(url) as engine:
            copy = House(engine)
            assert 1 <= len(copy.rows(Voucher)) <= len(house.rows(Voucher))
            copy.look_around()
            before = len(copy.rows(Voucher))
            copy.charge(stay, "2.00")
            assert len(copy.rows(Voucher)) == before + 1
            copy.prove()
    assert " ".join(RESTORE) in README.read_text()


def test_its_name_says_the_business_day_and_the_moment_and_nobody_else_may_read_it(house: House, folder: Path) -> None:
    made = make(house.sessions, plan_for(house.engine, folder))
    suffix = {"sqlite": ".db", "postgresql": ".dump"}[house.engine.dialect.name]
    assert made.path.name.startswith("frontoffice-2026-03-01-20")
    assert made.path.name.endswith(f"Z{suffix}")
    assert made.size_bytes == made.path.stat().st_size > 1000
    assert files_in(folder) == [made.path.name]
    for each in folder.iterdir():
        assert stat.S_IMODE(each.stat().st_mode) == 0o600, each


def test_several_at_once_make_one_after_the_other_and_each_is_whole(house: House, folder: Path) -> None:
    plan = plan_for(house.engine, folder)
    made = at_once([lambda: make(house.sessions, plan)] * 6)
    assert sorted(each.path.name for each in made if isinstance(each, backup.Backup)) == files_in(folder)
    assert len(files_in(folder)) == 6


def test_who_waits_too_long_for_another_is_told(house: House, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "WAIT_S", 0)
    with backup._book(folder), house.refuses(backup.BackupUnderWay):
        make(house.sessions, plan_for(house.engine, folder))
    make(house.sessions, plan_for(house.engine, folder))


@ON_SQLITE
def test_a_copied_file_needs_none_beside_it(house: House, tmp_path: Path) -> None:
    copy_file(str(house.engine.url.database), tmp_path / "copy.db")
    assert [each.name for each in tmp_path.glob("copy.db*")] == ["copy.db"]


@ON_POSTGRESQL
def test_a_hotel_that_is_a_schema_is_copied_without_its_neighbours(
    house: House, database_url: str, folder: Path, request: pytest.FixtureRequest
) -> None:
    with house.engine.begin() as connection:
        connection.exec_driver_sql('CREATE SCHEMA "Hotel 2"')
    with opened(f"{database_url}?options=-csearch_path%3D%22Hotel%5C%202%22") as second:
        schema.upgrade(second)
        House(second).set_up()
        made = make(db.session_source(second), plan_for(second, folder))
    with brought_back(made.path, request) as url, opened(url) as engine, engine.connect() as connection:
        schemas = set(sa.inspect(connection).get_schema_names())
        assert "Hotel 2" in schemas
        assert sa.inspect(connection).get_table_names("public") == []
        assert "voucher" in sa.inspect(connection).get_table_names("Hotel 2")


# --- what is removed ----------------------------------------------------------------------------------------------


def test_older_ones_are_removed_once_the_new_one_is_whole_and_files_of_others_stay(
    house: House, folder: Path, tmp_path: Path
) -> None:
    others = ["frontoffice-2020-01-01-20200101T000000Z.db", "frontoffice-2020-01-01-20200101T000000Z.dump", "notes.txt"]
    for each in others:
        (folder / each).write_text("somebody's")
    with opened(f"sqlite:///{tmp_path / 'other.db'}") as engine:
        schema.upgrade(engine)
        House(engine).set_up()
        others.append(make(db.session_source(engine), Plan(folder, 1)).path.name)
    plan = plan_for(house.engine, folder, keep=2)
    made = [make(house.sessions, plan) for _ in range(4)]
    assert files_in(folder) == sorted([*others, made[2].path.name, made[3].path.name])
    assert made[3].removed == (made[1].path.name,)
    made[3].path.unlink()  # what somebody took away does not count
    last = make(house.sessions, plan)
    assert files_in(folder) == sorted([*others, made[2].path.name, last.path.name])


def test_a_backup_that_fails_removes_none_of_the_older_ones(
    house: House, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = plan_for(house.engine, folder, keep=1)
    first = make(house.sessions, plan)

    def broken(*_facts: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", broken)
    with house.refuses(backup.BackupFolderUnusable, cause="Input/output error"):
        make(house.sessions, plan)
    assert files_in(folder) == [first.path.name]


# --- killed -------------------------------------------------------------------------------------------------------

DYING = """
import os, signal, sys
from pathlib import Path
from folios import backup, copying, db

def die(*_):
    os.kill(os.getpid(), signal.SIGKILL)

def half(*facts):
    facts[-1].write(b"half") if hasattr(facts[-1], "write") else Path(facts[-1]).write_bytes(b"half")
    die()

moment = sys.argv[1]
if moment == "copying":
    backup.copy_file = copying.Dumper.dump = half
if moment == "written":
    os.fsync = die
if moment == "checked":
    Path.replace = die
if moment == "named":
    backup._fsync_folder = die
engine = db.open_engine(os.environ["URL"])
plan = backup.Plan(Path(os.environ["FOLDER"]), 3, os.environ.get("PG_DUMP"))
while True:
    backup.make(db.session_source(engine), plan)
"""


def dying(house: House, folder: Path, moment: str) -> subprocess.Popen[bytes]:
    url = house.engine.url.render_as_string(hide_password=False)
    facts = {"URL": url, "FOLDER": str(folder), "PG_DUMP": pg_dump_for(house.engine) or ""}
    return subprocess.Popen([sys.executable, "-c", DYING, moment], env=os.environ | facts)


@pytest.mark.parametrize("moment", ["copying", "written", "checked", "named"])
def test_a_process_that_is_killed_leaves_nothing_that_looks_whole_and_the_next_one_clears_up(
    house: House, folder: Path, moment: str
) -> None:
    assert dying(house, folder, moment).wait(120) == -signal.SIGKILL
    left = files_in(folder)
    assert [each.endswith(backup.PART) for each in left] == [moment != "named"]
    made = make(house.sessions, plan_for(house.engine, folder))
    assert files_in(folder) == sorted([made.path.name, *(left if moment == "named" else [])])


def test_killed_at_any_moment_every_file_that_looks_whole_is_whole(
    house: House, folder: Path, request: pytest.FixtureRequest
) -> None:
    process = dying(house, folder, "any")
    try:
        while len([each for each in files_in(folder) if backup.PART not in each]) < 2:
            assert process.poll() is None
    finally:
        process.kill()
        process.wait()
    for each in files_in(folder):
        if backup.PART not in each:
            with brought_back(folder / each, request) as url:
                assert frontoffice("verify", "--database", url).exit_code == 0
    made = make(house.sessions, plan_for(house.engine, folder, keep=1))
    assert files_in(folder) == [made.path.name]


# --- refused ------------------------------------------------------------------------------------------------------


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for a folder's book, and not for a hotel."""
    place = tmp_path / "small"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=32k", "tmpfs", str(place)]
    try:
        subprocess.run(mount, check=True, capture_output=True)
    except (OSError, subprocess.SubprocessError) as reason:
        pytest.skip(f"no disk of one's own can be had here: {reason}")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_refused_in_words_and_nothing_is_left_on_it(house: House, full_disk: Path) -> None:
    with house.refuses(backup.BackupDiskFull, folder=full_disk) as refused:
        make(house.sessions, plan_for(house.engine, full_disk))
    assert "Make room there" in str(refused.value)
    assert files_in(full_disk) == []


def test_a_folder_that_is_not_there_or_cannot_be_written_is_refused_in_words(house: House, tmp_path: Path) -> None:
    for folder in (tmp_path / "nowhere", Path("/proc"), Path("/dev/null")):
        with house.refuses(backup.BackupFolderUnusable, folder=folder) as refused:
            make(house.sessions, plan_for(house.engine, folder))
        assert "Make it, connect its disk" in str(refused.value)
    with house.refuses(backup.BackupFolderMissing):
        make(house.sessions, Plan())


@ON_POSTGRESQL
def test_without_a_pg_dump_that_is_new_enough_it_is_said_what_to_install(
    house: House, folder: Path, tmp_path: Path
) -> None:
    with house.refuses(PgDumpMissing, program="/nowhere/pg_dump") as refused:
        make(house.sessions, Plan(folder, pg_dump="/nowhere/pg_dump"))
    assert "postgresql-client" in str(refused.value)
    old = tmp_path / "pg_dump"
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    old.chmod(0o755)
    with house.refuses(PgDumpMissing):  # it has no pg_restore beside it, or one that is new enough is not its own
        (tmp_path / "pg_restore").write_text("#!/bin/sh\nexit 1\n")
        (tmp_path / "pg_restore").chmod(0o755)
        old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 99.1'\n")
        make(house.sessions, Plan(folder, pg_dump=str(old)))
    old.write_text("#!/bin/sh\necho 'pg_dump (PostgreSQL) 9.6.24'\n")
    with house.refuses(PgDumpOlder, found=9):
        make(house.sessions, Plan(folder, pg_dump=str(old)))
    assert files_in(folder) == []


@ON_POSTGRESQL
def test_the_password_is_told_to_pg_dump_and_to_nobody_else(house: House, folder: Path, tmp_path: Path) -> None:
    told, real = tmp_path / "told", pg_dump_for(house.engine)
    record = f'tr "\\0" "\\n" < /proc/$$/cmdline > {told}.argv; env > {told}.env\n'
    program = playing(tmp_path / "programs", record + 'exec "$real" "$@"', real)
    make(house.sessions, Plan(folder, pg_dump=program))
    password = str(house.engine.url.password)
    given = Path(f"{told}.argv").read_text()
    assert "--format=custom" in given
    assert password not in given
    assert f"PGPASSWORD={password}" in Path(f"{told}.env").read_text().splitlines()
    program = playing(tmp_path / "talkers", 'echo "no way, $PGPASSWORD" >&2; exit 1', real)
    with house.refuses(backup.BackupFailed, folder=folder) as refused:
        make(house.sessions, Plan(folder, pg_dump=program))
    assert "no way, ***" in str(refused.value)
    assert password.encode() not in b"".join(each.read_bytes() for each in folder.glob(f"{backup.BOOK}*"))


@ON_POSTGRESQL
@pytest.mark.parametrize(
    ("part", "refusal"),
    [
        ("echo 'pg_dump: error: could not write: No space left on device' >&2; exit 1", backup.BackupDiskFull),
        ("exit 3", backup.BackupFailed),
        ("echo nonsense", backup.BackupDamaged),
        ('"$real" "$@" | head -c 30000', backup.BackupDamaged),
        ("exit 0", backup.BackupDamaged),
    ],
)
def test_what_pg_dump_did_not_do_to_its_end_is_no_backup(
    house: House, folder: Path, tmp_path: Path, part: str, refusal: type[Exception]
) -> None:
    program = playing(tmp_path / "programs", part, pg_dump_for(house.engine))
    with pytest.raises(refusal):
        make(house.sessions, Plan(folder, pg_dump=program))
    assert files_in(folder) == []


@ON_SQLITE
def test_a_database_that_is_damaged_is_not_called_backed_up(house: House, folder: Path) -> None:
    house.engine.dispose()
    path = Path(str(house.engine.url.database))
    content = bytearray(path.read_bytes())
    before = bytes(content)
    content[-8192:] = os.urandom(8192)
    path.write_bytes(content)
    try:
        with pytest.raises((backup.BackupDamaged, backup.BackupFailed)):
            make(house.sessions, Plan(folder))
        assert files_in(folder) == []
    finally:
        house.engine.dispose()
        path.write_bytes(before)


# --- the command --------------------------------------------------------------------------------------------------


def test_the_command_makes_one_where_it_is_told_or_where_the_settings_say(
    house: House, database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = pg_dump_for(house.engine)
    if named:
        monkeypatch.setenv("FRONTOFFICE_PG_DUMP", named)
    told = frontoffice("backup", str(folder), "--database", database_url)
    assert (told.exit_code, told.stderr) == (0, "")
    (name,) = files_in(folder)
    assert told.stdout.startswith(f"{folder / name}: ")
    monkeypatch.setenv("FRONTOFFICE_BACKUP_FOLDER", str(folder))
    monkeypatch.setenv("FRONTOFFICE_BACKUP_KEEP", "1")
    told = frontoffice("backup", "--database", database_url)
    assert told.exit_code == 0
    assert f"Removed: {name}" in told.stdout
    assert frontoffice("backup", "--keep", "2", "--database", database_url).exit_code == 0
    assert len(files_in(folder)) == 2


def test_the_command_refuses_without_a_folder_and_where_there_is_no_hotel(
    database_url: str, empty_database_url: str, folder: Path
) -> None:
    told = frontoffice("backup", "--database", database_url)
    assert (told.exit_code, told.stdout) == (2, "")
    assert "FRONTOFFICE_BACKUP_FOLDER" in told.stderr
    told = frontoffice("backup", str(folder), "--database", empty_database_url)
    assert (told.exit_code, told.stderr) == (2, f"{SchemaMissing()}\n")
    assert files_in(folder) == []


def test_a_database_that_waits_to_be_brought_up_to_date_is_backed_up_before(
    house: House, engine: Engine, database_url: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    version = schema.needed_version()
    if named := pg_dump_for(house.engine):
        monkeypatch.setenv("FRONTOFFICE_PG_DUMP", named)

    def say(found: str) -> None:
        with engine.begin() as connection:
            connection.execute(sa.text("UPDATE alembic_version SET version_num = :found"), {"found": found})

    say("0001")
    assert frontoffice("verify", "--database", database_url).exit_code == 2
    assert frontoffice("backup", str(folder), "--database", database_url).exit_code == 0
    assert len(files_in(folder)) == 1
    say(version)
