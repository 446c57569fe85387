"""A browser without a screen, for the tests of views: signs in, opens pages, fills in the forms that stand on them.

`Client.submit("/guests/new", surname="Guest")` opens the page, takes the form that is sent to that address with every
field as it stands there (its token, its once-key, its version), changes what is named, and sends it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from html.parser import HTMLParser
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from folios.db import open_engine, unit_of_work
from frontoffice import sign_in, users
from frontoffice.app import create_app, db
from frontoffice.config import Settings
from frontoffice.users import NewUser

SECRET = "9f2c81d0a7b34e56c1f08d927e6ab35d"
PASSWORD = "correct horse battery"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
QUICK = {"time_cost": 1, "memory_cost": 8, "parallelism": 1}
FAST = PasswordHasher(**QUICK)
SHIPPED = {name: getattr(users.HASHER, name) for name in QUICK}
"""What a password costs a hotel: a quarter of a second of the processor. The tests' users are signed in for less."""
users.HASHER.__init__(**QUICK)


class Forms(HTMLParser):
    """The forms of a page: (method, address, fields in the order they are sent)."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, str, list[tuple[str, str]]]] = []
        self._fields: list[tuple[str, str]] | None = None
        self._select: str | None = None
        self._chosen: list[str] = []
        self._options: list[str] = []
        self._area: tuple[str, str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._fields = []
            self.found.append((has.get("method", "get"), has.get("action", ""), self._fields))
        if self._fields is None:
            return
        kind, name = has.get("type", "text"), has.get("name", "")
        if tag == "input" and name and (kind not in ("checkbox", "radio", "submit", "file") or "checked" in has):
            self._fields.append((name, has.get("value", "on" if kind == "checkbox" else "")))
        if tag == "select":
            self._select, self._chosen, self._options = name, [], []
        if tag == "option" and self._select is not None:
            self._options.append(has.get("value", ""))
            if "selected" in has:
                self._chosen.append(has.get("value", ""))
        if tag == "textarea":
            self._area = (name, "")

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area = (self._area[0], self._area[1] + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select is not None and self._fields is not None:
            for value in self._chosen or self._options[:1]:
                self._fields.append((self._select, value))
            self._select = None
        if tag == "textarea" and self._area is not None and self._fields is not None:
            name, text = self._area
            self._fields.append((name, text.removeprefix("\r\n").removeprefix("\n")))
            self._area = None
        if tag == "form":
            self._fields = None


class Client:
    """One browser."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        self.browser: FlaskClient = app.test_client()

    def sign_in(self, code: str, password: str = PASSWORD) -> Client:
        """Signs in through the page."""
        answer = self.submit("/sign-in", user=code, password=password)
        assert answer.status_code == 303, answer.text
        return self

    def sign_in_as(self, code: str) -> Client:
        """Has somebody signed in without asking for their password: quick, for tests of other things."""
        with self.app.app_context():
            with db.session() as session:
                stamp = sign_in.session_stamp(users.find_user(session, code))
            db.session.remove()
        with self.browser.session_transaction() as cookie:
            cookie["_user_id"] = f"{code} {stamp}"
            cookie["_fresh"] = True
            cookie["seen"] = 2**40
        return self

    def get(self, path: str, **more: Any) -> TestResponse:
        return self.browser.get(path, headers=BROWSER, **more)

    def page(self, path: str) -> str:
        """A page that opens."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:2000])
        return answer.text

    def form(self, path: str, on: str | None = None) -> dict[str, Any]:
        """The fields of the form that is sent to `path`, as they stand on the page `on` (by default `path` itself)."""
        text = self.page(on or path)
        for method, action, fields in Forms(text).found:
            if method == "post" and action.partition("?")[0] == path.partition("?")[0]:
                return _gathered(fields)
        raise AssertionError(f"no form for {path} on {on or path}")

    def send(self, path: str, fields: dict[str, Any]) -> TestResponse:
        """Sends fields as they are."""
        return self.browser.post(path, data=fields, headers=BROWSER)

    def submit(self, path: str, on: str | None = None, **changes: Any) -> TestResponse:
        """Opens the page, changes fields of its form, sends it."""
        return self.send(path, self.form(path, on) | changes)

    def done(self, path: str, on: str | None = None, **changes: Any) -> str:
        """The page that follows a form that was done."""
        answer = self.submit(path, on, **changes)
        assert answer.status_code == 303, (path, answer.status_code, _complaints(answer.text))
        return self.page(answer.headers["Location"])

    def refused(self, path: str, on: str | None = None, **changes: Any) -> str:
        """The page of a form that was refused, with what was typed."""
        answer = self.submit(path, on, **changes)
        assert 400 <= answer.status_code < 500, (path, answer.status_code)
        return answer.text


def _gathered(fields: list[tuple[str, str]]) -> dict[str, Any]:
    gathered: dict[str, Any] = {}
    for name, value in fields:
        if name in gathered:
            before = gathered[name] if isinstance(gathered[name], list) else [gathered[name]]
            gathered[name] = [*before, value]
        else:
            gathered[name] = value
    return gathered


def _complaints(page: str) -> str:
    import re

    return " | ".join(re.findall(r'class="(?:error|alert[^"]*)"[^>]*>(.*?)</', page, re.DOTALL))[:1500]


@contextmanager
def application(database_url: str, language: str = "en") -> Iterator[Flask]:
    """The application on a database: one for all tests of a worker, each with its own engine."""
    app = _application()
    app.config["LANGUAGE"] = language
    engine = open_engine(database_url)
    db._app_engines[app][None] = engine  # what `create_app` does, for another database
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
        engine.dispose()


@contextmanager
def application_of_its_own(database_url: str) -> Iterator[Flask]:
    """An application that lives as long as it is wanted, whatever other tests of the worker do meanwhile."""
    app = create_app(Settings(secret_key=SECRET).with_database(database_url))
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()


@lru_cache
def _application() -> Flask:
    """Made once: hanging up its pages and compiling its templates takes longer than most tests."""
    return create_app(Settings(secret_key=SECRET).with_database("sqlite:///nobody-s.db"))


def add_users(session: Session, *codes: str, hasher: PasswordHasher = FAST) -> None:
    """Adds users named like the role they have: `cashier`, `supervisor`, `manager`, `administrator`."""
    for code in codes:
        users.add_user(session, NewUser(code, code.capitalize(), PASSWORD, roles=[code]), "test", hasher)


def with_users(sessions: Any, *codes: str) -> None:
    """The same in a unit of work of its own."""
    with unit_of_work(sessions) as session:
        add_users(session, *codes)
