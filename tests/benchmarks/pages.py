"""The pages of the desk in a large hotel, beside an empty page of the same application.

The floor has the same frame, the same guard, the same reader; what is measured is the server's time in the WSGI
application, the two in turns. Then the front desk over HTTP, from a server of its own, while that makes a file of a
hundred bills beside its pages; there the floor is the same page without them.
"""

from __future__ import annotations

import http.client
import math
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any

import sqlalchemy as sa
from flask import Flask
from jinja2 import ChoiceLoader, DictLoader

from folios import db
from frontoffice import bill_batches
from frontoffice.models.desk import Job
from frontoffice.models.stays import StayWindow
from frontoffice.views.access import needs
from frontoffice.views.pages import page
from tests.benchmarks.desk_hotel import CASHIER, LINES, POSTINGS, WINDOWS, DeskHotel, open_desk_hotel
from tests.benchmarks.hotels import fresh_postgres, fresh_sqlite
from tests.benchmarks.measuring import Pair, in_turns
from tests.frontoffice.desk_client import BROWSER, SECRET, Client, application_of_its_own

TARGET = 6.0
FEWER_POSTINGS = POSTINGS // 10
BILLS = 100
EMPTY = "/benchmarks/empty"
TEMPLATE = '{% extends "frontoffice/base.html" %}{% block content %}<h1>{{ _("Front desk") }}</h1>{% endblock %}'
START_S, JOB_S = 30, 300


def addresses(hotel: DeskHotel) -> dict[str, str]:
    """The main pages, each where it has most to show."""
    return {
        "front desk": "/",
        "front desk, found": "/?find=guest+12",
        "room rack": "/rooms",
        "calendar": "/calendar",
        "reservations": "/reservations",
        "stay": f"/stays/{hotel.leaving_stay}",
        f"stay of {WINDOWS} windows": f"/stays/{hotel.wide_stay}",
        f"folio of {LINES} lines": f"/folios/{hotel.long_folio}",
        f"{LINES} lines in {WINDOWS} windows": f"/folios/{hotel.wide_folio}",
        "check-out": f"/stays/{hotel.leaving_stay}/check-out",
        "bill": f"/folios/{hotel.leaving_folio}/bill",
        f"bill of {LINES} lines": f"/folios/{hotel.long_folio}/bill",
        "guests, search": "/guests?q=guest+12",
        "guest": f"/guests/{hotel.guest}",
        "search box": "/search?q=guest+12*",
        "accounts": "/accounts",
        "invoices": "/invoices",
        "shift": f"/shifts/{hotel.shift}",
        "trail": "/trail",
    }


def measure(server: str | None, quick: bool) -> Iterator[Pair]:
    """Pairs for PostgreSQL (when there is a server) and SQLite; quick: fewer rounds on a tenth of the ledger."""
    postings, rounds = (FEWER_POSTINGS, 15) if quick else (POSTINGS, 100)
    engines: dict[str, Any] = {} if server is None else {"PostgreSQL": partial(fresh_postgres, server)}
    for name, fresh in (engines | {"SQLite": fresh_sqlite}).items():
        with fresh() as url:
            hotel = open_desk_hotel(url, postings)
            yield from _pages(name, hotel, rounds)
            yield from _beside_a_job(name, hotel, 1 if quick else 3)


def p99(figures: Iterable[float]) -> float:
    """The figure that 99 of 100 stay below or reach."""
    ordered = sorted(figures)
    return ordered[math.ceil(len(ordered) * 0.99) - 1]


def _and_p99(name: str, engine: str, ours: list[float], floor: list[float], target: float | None) -> Iterator[Pair]:
    yield Pair(f"{name}, {engine}", "time", ours, floor, target)
    yield Pair(f"{name}, p99, {engine}", "time", [p99(ours)], [p99(floor)])


# --- each page beside an empty one ----------------------------------------------------------------------------


class Stopwatch:
    """Wraps a WSGI application: `seconds` is what its last answer took, to the last piece of it."""

    def __init__(self, served: Callable[..., Iterable[bytes]]) -> None:
        self.served = served
        self.seconds = 0.0

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        begun = time.perf_counter()
        answer = self.served(environ, start_response)
        try:
            return [b"".join(answer)]
        finally:
            if hasattr(answer, "close"):
                answer.close()
            self.seconds = time.perf_counter() - begun


def _pages(engine: str, hotel: DeskHotel, rounds: int) -> Iterator[Pair]:
    with application_of_its_own(hotel.url) as app:
        client, watch = opened(app)
        empty = partial(timed, client, watch, EMPTY)
        for name, address in addresses(hotel).items():
            ours = partial(timed, client, watch, address)
            in_turns(3, ours, empty)  # templates and statements are compiled once
            yield from _and_p99(name, engine, *in_turns(rounds, ours, empty), TARGET)


def opened(app: Flask) -> tuple[Client, Stopwatch]:
    """A signed-in browser on the application with its empty page, and the watch that it is timed by."""
    app.jinja_loader = ChoiceLoader([app.jinja_loader, DictLoader({"benchmarks/empty.html": TEMPLATE})])  # type: ignore[list-item]
    view = needs("stay.read")(lambda: page("benchmarks/empty.html"))
    app.add_url_rule(EMPTY, endpoint="benchmarks.empty", view_func=view)
    watch = Stopwatch(app.wsgi_app)
    app.wsgi_app = watch  # type: ignore[method-assign]
    return Client(app).sign_in_as(CASHIER), watch


def timed(client: Client, watch: Stopwatch, address: str) -> float:
    """Seconds of the server for a page. Raises `AssertionError` when it does not open."""
    client.page(address)
    return watch.seconds


# --- while a hundred bills are made ---------------------------------------------------------------------------


def _beside_a_job(engine: str, hotel: DeskHotel, jobs: int) -> Iterator[Pair]:
    """The front desk for one reader after the other, without long work beside it and with some."""
    with application_of_its_own(hotel.url) as app:
        client = Client(app).sign_in_as(CASHIER)
        cookie = client.browser.get_cookie("session")
        assert cookie is not None
        headers = BROWSER | {"Cookie": f"session={cookie.value}"}
    own = db.open_engine(hotel.url)
    sessions = db.session_source(own)
    busy: list[float] = []
    calm: list[float] = []
    try:
        with serving(hotel.url) as port:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=START_S)
            ask = partial(_over_http, connection, headers)
            for _ in range(3):
                ask()
            for _ in range(jobs):
                job = _ask_for_bills(sessions, hotel)
                during = []
                while not _ended(sessions, job):
                    during.append(ask())
                busy += during
                calm += [ask() for _ in during]
            connection.close()
    finally:
        own.dispose()
    yield from _and_p99(f"front desk while {BILLS} bills are made", engine, busy, calm, None)


def _over_http(connection: http.client.HTTPConnection, headers: dict[str, str]) -> float:
    begun = time.perf_counter()
    connection.request("GET", "/", headers=headers)
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200 or b'id="in-house"' not in text:
        raise AssertionError(f"the front desk does not open: {answer.status}")
    return time.perf_counter() - begun


def _ask_for_bills(sessions: db.SessionSource, hotel: DeskHotel) -> int:
    def ask(session: Any) -> int:
        windows = sa.select(StayWindow.folio_id).where(StayWindow.folio_id >= hotel.leaving_folio)
        folios = session.scalars(windows.order_by(StayWindow.folio_id).limit(BILLS))
        return bill_batches.ask(session, folios, "information", "none", CASHIER, "en").id

    return db.in_unit_of_work(sessions, ask)


def _ended(sessions: db.SessionSource, job: int) -> bool:
    with db.reading(sessions) as session:
        status, failure = session.execute(sa.select(Job.status, Job.failure).where(Job.id == job)).one()
    if status == "failed":
        raise AssertionError(f"the bills failed: {failure}")
    return bool(status == "done")


@contextmanager
def serving(url: str) -> Iterator[int]:
    """`frontoffice serve` in a process of its own; the port it listens on, once it answers."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    settings = {"FRONTOFFICE_SECRET_KEY": SECRET, "FRONTOFFICE_DATABASE_URL": url}
    command = [sys.executable, "-m", "frontoffice", "serve", "--port", str(port)]
    server = subprocess.Popen(command, env=os.environ | settings, stdout=subprocess.DEVNULL)
    try:
        for _ in range(START_S * 10):
            with suppress(OSError):
                http.client.HTTPConnection("127.0.0.1", port, timeout=1).request("GET", "/health")
                break
            if server.poll() is not None:
                raise AssertionError(f"the server ended with {server.returncode}")
            time.sleep(0.1)
        yield port
    finally:
        server.terminate()
        server.wait(START_S)
