"""A little hotel with a restaurant and a bar that charge rooms, served on a loopback port, and their tills."""

from __future__ import annotations

import hashlib
import http.client
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from waitress.server import create_server

from folios import clock
from folios.codes import mark_anew
from folios.models import TransactionCode, Voucher
from pos_bridge.api.auth import RATES
from pos_bridge.api.rates import Rates
from pos_bridge.models.messages import PosRequest
from pos_bridge.models.outlets import (
    TERMINAL_RIGHTS,
    Article,
    Outlet,
    OutletCode,
    Terminal,
    TerminalKey,
)
from tests.frontoffice.conftest import furnished, house, staffed
from tests.frontoffice.desk_client import application_of_its_own
from tests.frontoffice.house import House

__all__ = ["furnished", "house", "staffed"]

KEYS = {"TILL1": "till-one-key-aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "TILL2": "till-two-key-bbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"}
ROOM = "101"


def sha256(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def add_outlets(session: Session) -> None:
    """A restaurant with two tills that may do everything, and a minibar article."""
    restaurant = session.get_one(TransactionCode, "RESTAURANT")
    session.add(Outlet(code="REST", name="Restaurant", folio_id=restaurant.folio_id))
    session.flush()
    for kind in ("item", "tax", "service", "tip"):
        session.add(OutletCode(outlet_code="REST", kind=kind, number=0, code="RESTAURANT"))
    session.add(Article(outlet_code="REST", number=7, name="Water", code="MINIBAR", price_minor=350))
    for code, key in KEYS.items():
        session.add(Terminal(code=code, name=code, outlet_code="REST", rights=" ".join(sorted(TERMINAL_RIGHTS))))
        session.flush()
        give_key(session, code, key)
    mark_anew(session)


def give_key(session: Session, terminal: str, key: str, addresses: str = "") -> None:
    facts = {"beginning": key[:8], "addresses": addresses, "given_at": clock.now(), "given_by": "test"}
    session.add(TerminalKey(terminal_code=terminal, key_hash=sha256(key), **facts))
    mark_anew(session)


class Said:
    """An answer of the interface."""

    def __init__(self, status: int, headers: Any, text: bytes) -> None:
        self.status, self.headers, self.text = status, headers, text

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    def problem(self, status: int, code: str) -> dict[str, Any]:
        """What a problem says, of a status and with a code."""
        assert self.headers["Content-Type"] == "application/problem+json", (self.status, self.text[:300])
        told: dict[str, Any] = self.json
        assert (self.status, told["status"], told["code"]) == (status, status, code), told
        assert told["detail"]
        assert told["title"]
        assert told["type"]
        return told


class Till:
    """A terminal that talks over a socket, one connection for each request."""

    def __init__(self, port: int, key: str | None = KEYS["TILL1"]) -> None:
        self.port, self.key = port, key

    def ask(self, method: str, path: str, body: Any = None, key: str | None = None, **headers: str) -> Said:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key is not None:
            sent.setdefault("Authorization", f"Bearer {self.key}")
        if key is not None:
            sent["Idempotency-Key"] = key
        if body is not None:
            sent.setdefault("Content-Type", "application/json")
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, "/api/v1" + path, body, sent)
            answer = connection.getresponse()
            return Said(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Said:
        return self.ask("GET", path, **headers)

    def post(self, path: str, body: Any, key: str | None, **headers: str) -> Said:
        return self.ask("POST", path, body, key, **headers)

    def charge(self, key: str, amount: int = 4550, room: str = ROOM, **facts: Any) -> Said:
        return self.post("/charges", dinner(amount, room) | facts, key)


def dinner(amount: int = 4550, room: str = ROOM) -> dict[str, Any]:
    """A check of one line."""
    line = {"kind": "item", "amount_minor": amount, "text": "Dinner"}
    return {"whom": {"room": room}, "lines": [line], "total_minor": amount, "currency": "EUR"}


class Hotel:
    """The hotel whose interface is served: its house, its application, the port it listens on."""

    def __init__(self, house: House, app: Flask, port: int) -> None:
        self.house, self.app, self.port = house, app, port
        self.stay = 0

    def till(self, code: str = "TILL1") -> Till:
        return Till(self.port, KEYS[code])

    def vouchers(self) -> int:
        return len(self.house.rows(Voucher))

    def messages(self, **where: Any) -> list[PosRequest]:
        return self.house.rows(PosRequest, **where)

    def balance(self) -> str:
        """Of the guest in room 101."""
        return self.house.balance(self.house.window(self.stay))

    def paced(self, per_s: int) -> None:
        """Lets each terminal ask so often, from now on."""
        self.app.extensions[RATES] = Rates(per_s)


@contextmanager
def serving(app: Flask, port: int = 0) -> Iterator[int]:
    """The application on a loopback port, by the server that `frontoffice serve` uses."""
    server = create_server(app, host="127.0.0.1", port=port, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.task_dispatcher.shutdown(timeout=5)
        with suppress(OSError):  # the loop may have been awake, and closed its own bell before it was rung
            server.trigger.pull_trigger(lambda: server.asyncore.close_all(map=server._map, ignore_all=True))
        thread.join(timeout=5)


@pytest.fixture
def api(staffed: None, house: House, database_url: str) -> Iterator[Flask]:
    """The application of the hotel with its outlets."""
    house.do(add_outlets)
    with application_of_its_own(database_url) as app:
        app.extensions[RATES] = Rates(0)
        yield app


@pytest.fixture
def hotel(api: Flask, house: House) -> Iterator[Hotel]:
    """The hotel with a guest in room 101, served. The books are proved when the test is over."""
    with serving(api) as port:
        found = Hotel(house, api, port)
        found.stay = house.arrive(5, ROOM)
        yield found
