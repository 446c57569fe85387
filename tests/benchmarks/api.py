"""A charge of a till over HTTP: `frontoffice serve` beside a bare Flask view that does the same by hand, both served by
waitress in processes of their own, asked over lines that stay open.

By hand it is one prepared statement through psycopg, which knows the folio beforehand; on SQLite the single statements
of `pos.py`. As a process: `python -m tests.benchmarks.api URL PORT` serves the bare view.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import secrets
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from folios import db, schema
from folios.models import Folio
from pos_bridge import terminals
from tests.benchmarks.hotels import fresh_postgres, fresh_sqlite
from tests.benchmarks.measuring import Pair, in_turns
from tests.benchmarks.pos import ROOM, by_hand
from tests.pos_bridge.tills import Tills

ROOT = Path(__file__).parents[2]
CONNECTIONS = (1, 4, 16, 64)
BESIDE = 8  # connections, where charges are asked for beside something else
TARGET, TARGET_P99, TARGET_BESIDE = 0.50, 3.0, 2.0
THREADS = 8
START_S = 60

Figures = tuple[float, float]  # charges a second, and the 99th percentile of their times in seconds


def measure(server: str | None, quick: bool) -> Iterator[Pair]:
    """Pairs for PostgreSQL (when there is a server) and SQLite, by how many connections ask at once."""
    engines: dict[str, Any] = {} if server is None else {"PostgreSQL": partial(fresh_postgres, server)}
    for name, fresh in (engines | {"SQLite": fresh_sqlite}).items():
        with fresh() as url:
            yield from _engine(name, url, 3 if quick else 7, 1.0 if quick else 3.0)


def _engine(name: str, url: str, rounds: int, seconds: float) -> Iterator[Pair]:
    engine = db.open_engine(url)
    schema.upgrade(engine)
    tills = Tills(engine)
    tills.set_up()
    tills.arrive(20, room=ROOM)
    tills.do(lambda session: session.execute(sa.update(Folio).values(house_limit_minor=None)))
    key = tills.do(terminals.give_key, "BAR1", "benchmark").key
    engine.dispose()
    settings = {
        "FRONTOFFICE_DATABASE_URL": url,
        "FRONTOFFICE_SECRET_KEY": secrets.token_hex(32),
        "FRONTOFFICE_TERMINAL_RATE": "0",
    }
    keys = (f"k{number}" for number in itertools.count())
    with ExitStack() as stack:
        ours = stack.enter_context(_served(["-m", "frontoffice", "serve", "--port"], settings))
        floor = stack.enter_context(_served(["-m", "tests.benchmarks.api", url], {}))
        for connections in CONNECTIONS:
            sides = [partial(_load, port, key, connections, seconds, keys) for port in (ours, floor)]
            in_turns(1, *sides)
            of_ours, of_floor = in_turns(rounds, *sides)
            told = f"charge over HTTP, {name}, {connections} at once"
            yield Pair(told, "rate", [each[0] for each in of_ours], [each[0] for each in of_floor], TARGET)
            slow = [[each[1] for each in figures] for figures in (of_ours, of_floor)]
            yield Pair(f"{told}, p99", "time", *slow, TARGET_P99)
        quiet = partial(_load, ours, key, BESIDE, seconds, keys)
        beside, alone = in_turns(rounds, partial(_while_proving, url, quiet), quiet)
        told = f"p99 of charges over HTTP, {name}, {BESIDE} at once, while the books are proved and without"
        yield Pair(told, "time", [each[1] for each in beside], [each[1] for each in alone], TARGET_BESIDE)


def _while_proving(url: str, load: Callable[[], Figures]) -> Figures:
    """The load, while another process reads through the whole of the books, again and again."""
    over = threading.Event()

    def prove() -> None:
        while not over.is_set():
            command = [sys.executable, "-m", "frontoffice", "verify", "--database", url]
            subprocess.run(command, cwd=ROOT, stdout=subprocess.DEVNULL, check=True)

    proving = threading.Thread(target=prove)
    proving.start()
    try:
        return load()
    finally:
        over.set()
        proving.join()


@contextmanager
def _served(command: list[str], settings: dict[str, str]) -> Iterator[int]:
    """A server as a process, by its port."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    started = subprocess.Popen(
        [sys.executable, *command, str(port)],
        cwd=ROOT,
        env=os.environ | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        begun = time.monotonic()
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if started.poll() is not None or time.monotonic() > begun + START_S:
                    raise
                time.sleep(0.1)
        yield port
    finally:
        started.terminate()
        started.wait(30)


def _load(port: int, key: str, connections: int, seconds: float, keys: Iterator[str]) -> Figures:
    """Asks over so many connections at once for so long."""
    times: list[float] = []
    guard, end = threading.Lock(), time.perf_counter() + seconds

    def ask() -> None:
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        own = []
        while time.perf_counter() < end:
            with guard:
                message = next(keys)
            begun = time.perf_counter()
            _charge(line, key, message)
            own.append(time.perf_counter() - begun)
        line.close()
        with guard:
            times.extend(own)

    threads = [threading.Thread(target=ask) for _ in range(connections)]
    begun = time.perf_counter()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return len(times) / (time.perf_counter() - begun), statistics.quantiles(times, n=100)[98]


def _charge(line: http.client.HTTPConnection, key: str, message: str) -> None:
    lines = [{"kind": "item", "number": 2, "amount_minor": 1200}]
    check = {"whom": {"room": ROOM}, "lines": lines, "total_minor": 1200, "currency": "EUR", "check_number": message}
    headers = {"Authorization": f"Bearer {key}", "Idempotency-Key": message, "Content-Type": "application/json"}
    line.request("POST", "/api/v1/charges", json.dumps(check), headers)
    answer = line.getresponse()
    told = answer.read()
    if answer.status != http.HTTPStatus.CREATED:
        raise RuntimeError(f"{answer.status}: {told[:300]!r}")


def main() -> None:
    """Serves the bare view."""
    from flask import Flask, jsonify, request
    from waitress import serve

    url, port = sys.argv[1:]
    tills = Tills(db.open_engine(url))
    (folio,) = (each.id for each in tills.rows(Folio, type="individual"))
    own = threading.local()
    app = Flask(__name__)

    @app.post("/api/v1/charges")
    def charge() -> Any:
        if not hasattr(own, "side"):
            own.side, _ = by_hand(url, tills, folio)
        asked: Any = request.get_json()
        own.side(request.headers["Idempotency-Key"])
        return jsonify(outcome="done", total_minor=asked["total_minor"]), http.HTTPStatus.CREATED

    serve(app, host="127.0.0.1", port=int(port), threads=THREADS)


if __name__ == "__main__":
    main()
