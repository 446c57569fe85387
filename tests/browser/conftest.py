"""A real browser on the little hotel: Debian's Chromium, headless, against the application served on loopback.

Where there is no Chromium the tests are skipped and say so; under CI that is a failure. Pictures are kept in the folder
that FRONTOFFICE_TEST_PICTURES names, else among pytest's temporary files.
"""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, sync_playwright
from waitress.server import create_server

from tests.browser.person import Person, with_axe
from tests.conftest import IN_CI
from tests.frontoffice.conftest import app, furnished, house, staffed

__all__ = ["app", "furnished", "house", "staffed"]

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests of a worker; each person has a profile of their own."""
    path = next((found for found in map(shutil.which, NAMES) if found), None)
    if path is None:
        (pytest.fail if IN_CI else pytest.skip)(f"no Chromium: none of {', '.join(NAMES)} is installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of the screens are kept."""
    named = os.environ.get("FRONTOFFICE_TEST_PICTURES")
    folder = Path(named) if named else tmp_path_factory.mktemp("pictures")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The address of the application, served by the server that `frontoffice serve` uses."""
    server = create_server(with_axe(app), host="127.0.0.1", port=0, threads=4)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.effective_port}"
    server.task_dispatcher.shutdown(timeout=5)
    # In the thread that waits on them, or it would be waiting on what is closed already.
    with suppress(OSError):  # the loop may have been awake, and closed its own bell before it was rung
        server.trigger.pull_trigger(lambda: server.asyncore.close_all(map=server._map, ignore_all=True))
    thread.join(timeout=5)


@pytest.fixture
def sits_down(chromium: Browser, served: str, app: Flask) -> Iterator[Callable[..., Person]]:
    """Somebody at the desk: `sits_down("cashier")` is signed in, with a window of their own."""
    contexts = []

    def sit(
        code: str | None, *, width: int = 1440, height: int = 900, dark: bool = False, by_page: bool = False
    ) -> Person:
        context = chromium.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            locale="en-GB",
            reduced_motion="reduce",
        )
        context.set_default_timeout(15_000)
        contexts.append(context)
        person = Person(context.new_page(), served)
        if code is not None:
            person.sign_in(code) if by_page else person.is_signed_in(app, code)
        return person

    yield sit
    for context in contexts:
        context.close()
