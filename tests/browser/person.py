"""Somebody who uses the desk by keyboard alone, and looks: at words on the screen, at pictures, with axe's eyes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from flask import Flask, Response
from playwright.sync_api import Page, expect

from tests.frontoffice.desk_client import PASSWORD, Client

SERIOUS = ("serious", "critical")
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
ASKED_OF_AXE = {"runOnly": {"type": "tag", "values": STANDARDS}, "resultTypes": ["violations"]}
AXE = "/axe.js"
# Refusals have such statuses on purpose; who types fast takes back what was being fetched for the letter before.
USUAL = ("Failed to load resource", "htmx:sendAbort", "htmx:afterRequest")


def with_axe(app: Flask) -> Any:
    """The application, with axe beside it: a browser that has it from an address compiles it once for all pages."""
    script = Response(AXE_SCRIPT, mimetype="text/javascript", headers={"Cache-Control": "max-age=3600, immutable"})

    def answer(environ: Any, start_response: Any) -> Any:
        return (script if environ["PATH_INFO"] == AXE else app)(environ, start_response)

    return answer


class Person:
    """One browser window and the person in front of it. `complaints` gathers what the page's own console says."""

    def __init__(self, page: Page, address: str) -> None:
        self.page = page
        self.address = address
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self._note(said.type, said.text))

    def _note(self, kind: str, text: str) -> None:
        if kind == "error" and not any(usual in text for usual in USUAL):
            self.complaints.append(text)

    # --- signing in ---------------------------------------------------------------------------------------------

    def sign_in(self, code: str, password: str = PASSWORD) -> None:
        """Signs in through the page, by keyboard."""
        self.opens("/")
        self.types(code)
        self.presses("Tab")
        self.types(password)
        self.presses("Enter")
        expect(self.page.locator(".topbar")).to_be_visible()

    def is_signed_in(self, app: Flask, code: str) -> None:
        """Has a signed-in session put into the browser."""
        client = Client(app).sign_in_as(code)
        cookie = client.browser.get_cookie("session")
        assert cookie is not None
        self.page.context.add_cookies([{"name": "session", "value": cookie.value, "url": self.address}])

    # --- hands --------------------------------------------------------------------------------------------------

    def opens(self, path: str) -> None:
        self.page.goto(self.address + path)
        self._finds_the_cursor()

    def opens_nothing(self) -> None:
        """An empty page; complaints of the page before are forgotten."""
        self.page.goto("about:blank")
        self.complaints.clear()

    def presses(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def types(self, text: str) -> None:
        """Types into whatever has the focus, over what stands there."""
        self.presses("Control+a")
        self.page.keyboard.type(text)

    def goes_to(self, text: str) -> None:
        """Finds something with the search box, by key."""
        self.presses("/")
        self.types(text)
        self.sends()

    def tabs_to(self, name: str, most: int = 60) -> None:
        """Presses Tab until the field or button of that name (its label) has the focus."""
        for _step in range(most):
            if self.focused() == name:
                return
            self.presses("Tab")
        raise AssertionError(f"Tab never came to {name!r}; it stands on {self.focused()!r}")

    def fills(self, **fields: str) -> None:
        """Tabs to fields by their name attribute and types; a choice is made by typing the beginning of its words,
        a box is ticked whatever the text, a day is written 2026-03-01."""
        for name, text in fields.items():
            self.comes_to(name)
            kind = self.page.evaluate("document.activeElement.tagName + ' ' + document.activeElement.type")
            if kind.startswith("SELECT"):
                self._chooses(text)
            elif "checkbox" in kind:
                self.presses("Space")
            elif "date" in kind:
                self._types_day(text)
            else:
                self.types(text)

    def comes_to(self, name: str) -> None:
        """Tabs to the field with this name attribute."""
        for _step in range(80):
            if self.page.evaluate("document.activeElement && document.activeElement.name") == name:
                return
            self.presses("Tab")
        raise AssertionError(f"Tab never came to the field {name!r}")

    def _chooses(self, words: str) -> None:
        """A choice from a list, by typing; what is chosen begins with the words, or nothing does."""
        self.page.keyboard.type(words)
        chosen = str(self.page.evaluate("document.activeElement.selectedOptions[0].text.trim()"))
        assert chosen.lower().startswith(words.lower()), f"typing {words!r} chose {chosen!r}"

    def _types_day(self, day: str) -> None:
        """A day, digit by digit, in the order in which this browser asks for its parts."""
        year, month, of_month = day.split("-")
        for parts in ((month, of_month, year), (of_month, month, year), (year, month, of_month)):
            self.presses("ArrowLeft", "ArrowLeft", "ArrowLeft")
            self.page.keyboard.type("".join(parts))
            if self.value() == day:
                return
        raise AssertionError(f"{day} cannot be typed here; there stands {self.value()!r}")

    def stands_on(self, *texts: str, most: int = 60) -> None:
        """Comes to the row of a list that has these words: by Tab into the list, by the arrows down it."""
        for _step in range(most):
            if self._row():
                self.presses("Home")
                while not all(text in self._row() for text in texts):
                    if not self._goes_down():
                        break
                else:
                    return
            self.presses("Tab")
        raise AssertionError(f"no row has {texts}; it stands on {self.focused()!r}")

    def ticks(self, *texts: str) -> None:
        """Ticks the row of a list that has these words, with Space; further rows are ticked by calling it again."""
        self.stands_on(*texts)
        self.presses("Space")
        assert self.page.evaluate("document.activeElement.querySelector('input[type=checkbox]').checked"), texts

    def follows(self, *texts: str) -> None:
        """Opens the row of a list that has these words, with Enter."""
        self.stands_on(*texts)
        self.sends()

    def sends(self) -> None:
        """Enter, and waits for what comes."""
        with self._arrives():
            self.presses("Enter")

    def key(self, *keys: str) -> None:
        """A key of the page that leads somewhere."""
        with self._arrives():
            self.presses(*keys)

    @contextmanager
    def _arrives(self) -> Iterator[None]:
        """Another page comes."""
        with self.page.expect_navigation():
            yield
        self._finds_the_cursor()

    def _finds_the_cursor(self) -> None:
        """A page is there when its cursor is: a browser that is busy sets it after all else."""
        self.page.wait_for_function(
            "document.activeElement !== document.body || !document.querySelector('[autofocus]')"
        )

    def opens_panel(self, key: str, title: str) -> None:
        """A key that opens a panel beside what stands there; the focus goes into it."""
        self.presses(key)
        self.waits_in_panel(title)

    def opens_panel_typing_on(self, key: str, title: str, typed: str) -> None:
        """The same in a hurry: types on before the panel is there."""
        self.presses(key, *typed)
        self.waits_in_panel(title)

    def waits_in_panel(self, title: str) -> None:
        """Until the panel is there and has the focus."""
        expect(self.page.locator("#panel-title")).to_have_text(title)
        expect(self.page.locator("#panel :focus")).to_have_count(1)

    def goes_back(self) -> None:
        """Back, as Alt and the left arrow do it (a browser without a screen does not know these keys)."""
        self.page.go_back()

    # --- eyes ---------------------------------------------------------------------------------------------------

    def focused(self) -> str:
        """The name of what has the focus, as a screen reader would say it."""
        return str(
            self.page.evaluate(
                """() => { const e = document.activeElement; if (!e) return "";
                const words = e.getAttribute("aria-label") || e.innerText || e.name || e.tagName;
                const label = e.labels && e.labels[0] ? e.labels[0].innerText : words;
                return label.replace(/\\s*\\*\\s*$/, "").replace(/\\s+/g, " ").trim(); }"""
            )
        )

    def value(self) -> str:
        """What stands in the field that has the focus."""
        return str(self.page.evaluate("document.activeElement.value"))

    def _row(self) -> str:
        """The words of the row that has the focus; empty when no row has it."""
        row = "document.activeElement.matches('table[data-rows] tbody tr') ? document.activeElement.innerText : ''"
        return str(self.page.evaluate(row))

    def _goes_down(self) -> bool:
        """Whether there was a row below the one that has the focus."""
        before = "window.stoodOn = document.activeElement; true"
        self.page.evaluate(before)
        self.presses("ArrowDown")
        return bool(self.page.evaluate("window.stoodOn !== document.activeElement"))

    def sees(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("body")).to_contain_text(text)

    def does_not_see(self, *texts: str) -> None:
        for text in texts:
            expect(self.page.locator("body")).not_to_contain_text(text)

    def is_told(self, text: str) -> None:
        """What the page says by itself, in its live region."""
        expect(self.page.locator("#told")).to_contain_text(text)

    def path(self) -> str:
        return self.page.url.removeprefix(self.address)

    def looks(self, pictures: Path, name: str, *, full: bool = True) -> Path:
        """Takes a picture of the page."""
        place = pictures / f"{name}.png"
        self.page.screenshot(path=place, full_page=full)
        return place

    def finds_no_barrier(self) -> None:
        """No serious finding of axe on this page as it is now."""
        self.page.add_script_tag(url=self.address + AXE)
        found: Any = self.page.evaluate("wanted => axe.run(document, wanted)", ASKED_OF_AXE)
        serious = [
            f"{each['id']} ({each['impact']}): {each['help']}: {[node['html'][:160] for node in each['nodes'][:3]]}"
            for each in found["violations"]
            if each["impact"] in SERIOUS
        ]
        assert serious == [], f"{self.path()}\n" + "\n".join(serious)

    def page_does_not_scroll_sideways(self) -> None:
        width = self.page.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert width[0] <= width[1], f"{self.path()} is {width[0]} px wide in a window of {width[1]}"
