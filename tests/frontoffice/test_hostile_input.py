"""Bad input through every form and address: refused in words, with nothing half done and nothing typed lost."""

from __future__ import annotations

import csv
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from io import BytesIO, StringIO
from typing import Any
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from flask import Flask
from markupsafe import escape
from PIL import Image
from pypdf import PdfReader
from sqlalchemy.engine import Engine

from folios.models import Folio, Voucher
from frontoffice import users
from frontoffice.cli import main
from frontoffice.models.invoices import Logo
from frontoffice.models.users import User
from tests.frontoffice import hostile, places
from tests.frontoffice.desk_client import BROWSER, Client, application
from tests.frontoffice.hostile import VALUES
from tests.frontoffice.house import House
from tests.frontoffice.marked import OPENING, Marked, mark, marked_hotel
from tests.frontoffice.places import ALL_ROUTES, OWNER, PLACES, Objects
from tests.furnishing import FURNISHERS

Desk = Callable[[str], Client]
FURNISHERS |= {"busy": places.busy_hotel}


@pytest.fixture
def busy() -> None:
    """Promises that the test's database is the busy hotel's."""


@pytest.fixture
def house(busy: None, engine: Engine) -> Iterator[House]:
    house = House(engine)
    house.look_around()
    yield house
    house.prove()


@pytest.fixture
def app(house: House, database_url: str) -> Iterator[Flask]:
    with application(database_url) as app:
        yield app


@pytest.fixture
def desk(app: Flask) -> Desk:
    return lambda code: Client(app).sign_in_as(code)


@pytest.fixture
def client(desk: Desk) -> Client:
    return desk(OWNER)


# --- every field of every form ------------------------------------------------------------------------------------

DEEDS = [address for address, methods, _view in ALL_ROUTES if "POST" in methods]
NOUNS = ("folios", "stays", "reservations", "groups", "set-up", "overdue")
NOT_HERE = ("/sign-out", "/set-up/stationery/logo", "/reports/budgets/upload")  # nothing is typed; a file
UNUSED = ("/folios/<int:folio_id>/pay company", "/folios/<int:folio_id>/refund company")
"""Fields that matter only with a certain choice in another."""
# values a field is given, other ones in every field; more for a thorough look
EACH = int(os.environ.get("HOSTILE_EACH", "1"))
TOLD = re.compile(
    r'class="(?:error|[^"]*complaints|failure)"[^>]*>(.*?)</(?:div|p)|error-page">\s*<h1>(.*?)</h1>', re.DOTALL
)


class Tried:
    """One form sent over and over with one field spoilt; `trouble` is what went wrong."""

    def __init__(self, client: Client, has: Objects, address: str) -> None:
        self.client, self.has, self.house, self.address = client, has, has.house, address
        self.trouble: list[str] = []
        self.sent: list[str] = []
        self.open()

    def open(self) -> None:
        """A fresh form, on something that was not used up."""
        self.place = PLACES[self.address](self.has) if self.address in PLACES else self.address
        self.path = self.place.partition("?")[0]
        self.take()
        self.before = hostile.everything(self.house.engine)
        self.events = hostile.latest_event(self.house)
        self.sent = []

    def take(self) -> None:
        on = places.SHOWN_ON.get(self.address, self.place)
        page = self.client.page(self.path.rsplit("/", 1)[0] if on == ".." else on)
        found = hostile.form_on(page, self.path)
        assert found is not None, f"no form for {self.path}"
        self.fields, self.kinds = found

    def spoilable(self) -> list[str]:
        """The fields, but of many boxes that are alike the first three."""
        boxes = [name for name, kind in self.kinds.items() if kind == "checkbox"]
        return [name for name in self.kinds if name != "csrf_token" and name not in boxes[3:]]

    def spoil(self, name: str, word: str) -> None:
        spoilt = hostile.spoilt(self.fields, name, VALUES[word])
        answer = hostile.send(self.client, self.place, spoilt)
        what = f"{self.address} {name} {word}: {answer.status_code}"
        self.sent.append(what)
        if answer.status_code >= 500:
            self.trouble.append(what)
        elif answer.status_code < 400:  # a new password is told at once: 200
            self.look_at_done(name, word, what)
            if name != "key" and hostile.send(self.client, self.place, spoilt).status_code != answer.status_code:
                self.trouble.append(f"{what}: not so when it was sent again")
            self.open()
        else:
            self.look_at_refused(answer.text, name, word, what)

    def look_at_refused(self, page: str, name: str, word: str, what: str) -> None:
        if hostile.latest_event(self.house) != self.events:
            self.trouble.append(f"{what}: something was done")
        told = [(one or other).strip() for one, other in TOLD.findall(page)]
        if not any(told) or (word != "braces" and "{" in "".join(told)):
            self.trouble.append(f"{what}: nothing is said")
        if hostile.SCRIPT in page:
            self.trouble.append(f"{what}: not escaped")
        found = hostile.form_on(page, self.path)
        if found is None:
            if self.kinds[name] != "hidden":
                self.trouble.append(f"{what}: the form is lost: {told[:1]}")
            return
        wanted = typed(VALUES[word])
        if self.kinds[name] in ("text", "textarea", "email", "date") and word not in ("missing", "twice"):
            kept = [normal(value) for given, value in found[0] if given == name]
            if wanted is not None and wanted not in kept:
                self.trouble.append(f"{what}: kept {[k[:40] for k in kept]} {told[:1]}")

    def look_at_done(self, name: str, word: str, what: str) -> None:
        if self.kinds[name] not in ("text", "textarea"):
            return
        if word == "long":
            self.trouble.append(f"{what}: cut")
        if word in hostile.TEXTS and f"{self.address} {name}" not in UNUSED:
            stored = hostile.texts_in(hostile.everything(self.house.engine))
            if not any(str(VALUES[word]) in each for each in stored):
                self.trouble.append(f"{what}: is not kept as it was typed")

    def nothing_done(self) -> None:
        now = hostile.everything(self.house.engine)
        for table, rows in now.items():
            if rows != self.before[table]:
                self.trouble.append(f"{table} changed by one of {self.sent}")


def typed(value: str | bytes) -> str | None:
    """What should stand in the field again."""
    return normal(value) if isinstance(value, str) else None


def normal(text: str) -> str:
    return " ".join(text.replace("\x00", "\ufffd").split())


def grouped() -> dict[str, list[str]]:
    """The deeds by what they are done to; those that move the business date are by themselves."""
    found: dict[str, list[str]] = {}
    for address in DEEDS:
        if address not in NOT_HERE:
            noun = "overdue" if address.endswith("extend") else address.split("/")[1]
            found.setdefault(noun if noun in NOUNS else "others", []).append(address)
    return found


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
@pytest.mark.parametrize("noun", [*NOUNS, "others"])
def test_bad_input_is_refused_in_words_or_kept_as_it_is(desk: Desk, house: House, noun: str) -> None:
    """On SQLite alone: thousands of requests, each followed by a look at every table. The other tests of this module,
    and those of each page, send what databases take differently (NUL, digits, lengths) on both.
    """
    has, trouble = Objects(house), []
    for turn, address in enumerate(grouped()[noun]):
        tried = Tried(desk(places.BY.get(address, OWNER)), has, address)
        begin = turn * 7 % len(VALUES)
        words = itertools.cycle([*VALUES][begin:] + [*VALUES][:begin])
        for name in tried.spoilable():
            for word in itertools.islice(words, EACH):
                tried.spoil(name, word)
        tried.nothing_done()
        trouble += tried.trouble
    has.settle()
    assert "\n".join(trouble) == ""


# --- addresses ----------------------------------------------------------------------------------------------------

READ = [address for address, methods, _view in ALL_ROUTES if "GET" in methods]
QUERIES = ("nul", "script", "turned", "surrogate", "minus", "zero", "huge", "arabic digits")
DAYS = ("no day", "first day", "last day", "quote")
IDS = ("0", "-1", str(2**63 - 1), str(2**63), "9" * 400, "1e9", "%D9%A1", "%00", "1%00")
CODES = ("%00", "%ED%A0%80", "%FF", "..%2F..%2Fetc", "%3Cscript%3E", "x" * 3000, "%20", "%E2%80%AE", "%2F", "-1")
TAKEN_DIFFERENTLY = (
    *("nul", "surrogate", "minus", "huge", "first day", "last day"),
    *(str(2**63 - 1), str(2**63), "1%00"),
    *("%00", "%ED%A0%80", "%FF", "x" * 3000),
)
"""What one database stores or works out and another refuses: bytes that are no text, lengths, numbers and days at the
end of their range, an offset below zero. PostgreSQL is asked these alone: the other values are the pages' own affair.
"""


def asked_of(kind: str, words: Iterable[str]) -> list[str]:
    """The words that are worth sending to a database of a kind."""
    return [each for each in words if kind == "sqlite" or each in TAKEN_DIFFERENTLY]


def asked_for(app: Flask, client: Client, place: str) -> set[str]:
    """The names a page looks for in its query."""
    kind, hostile.Asked.names = app.request_class, set()
    app.request_class = type("Request", (kind,), {"parameter_storage_class": hostile.Asked})
    try:
        answer = client.get(place)
        assert answer.status_code in (200, 303), (place, answer.status_code)
    finally:
        app.request_class = kind
    return hostile.Asked.names - {"v", "csrf_token"}


def refused_or_shown(client: Client, address: str) -> str | None:
    """What is wrong with the answer to an address; None when it is a page, or a refusal in words."""
    answer = client.get(address)
    page = "" if answer.content_type == "application/pdf" else answer.text
    if answer.status_code >= 500 or hostile.SCRIPT in page:
        return f"{address[:120]}: {answer.status_code}"
    if answer.status_code >= 400 and not TOLD.search(page):
        return f"{address[:120]}: {answer.status_code}, nothing is said"
    return None


@pytest.mark.parametrize("half", [0, 1])
def test_no_query_breaks_a_page(app: Flask, client: Client, house: House, database_kind: str, half: int) -> None:
    has, wrong, words = Objects(house), [], asked_of(database_kind, (*QUERIES, *DAYS))
    for number, address in enumerate(READ[half::2]):
        make = places.PLACES.get(address, places.PAGES.get(address))
        place = make(has) if make else address
        names = sorted(asked_for(app, client, place))
        path, _mark, kept = place.partition("?")
        if address != "/guests/new":  # what was held is the same for every form
            names = [each for each in names if each != "held"]
        # a few of the words for each page, others for the next; all of them for a thorough look
        few = words if EACH > 1 else [*words, *words][number * 4 % len(words) :][:4]
        for turn, word in enumerate(few if names else ()):
            value = VALUES[word]
            name = names[(number + turn) % len(names)]
            queries = [dict.fromkeys(names, value), {name: value}]
            for query in queries if turn % 3 == 0 and len(names) > 1 else queries[:1]:
                wrong.append(refused_or_shown(client, f"{path}?{kept}&{urlencode(query)}"))
    wrong = [each for each in wrong if each]
    assert "\n".join(map(str, wrong)) == ""


@pytest.mark.parametrize("field", ["rate_code", "room_type_id", "price", "nights", "departure", "nature", "room"])
def test_no_offer_breaks_on_what_is_chosen(client: Client, field: str) -> None:
    good = {"arrival": "2026-03-01", "nights": "2", "adults": "1", "rate_code": "BAR"}
    asked = [f"/reservations/offers?{urlencode(good | {field: value})}" for value in VALUES.values()]
    assert "\n".join(filter(None, (refused_or_shown(client, each) for each in asked))) == ""


def test_ids_and_codes_that_cannot_be_are_no_pages(client: Client, database_kind: str) -> None:
    wrong = []
    for address, methods, _view in ALL_ROUTES:
        if "<" not in address or "GET" not in methods:
            continue
        for each in asked_of(database_kind, IDS):
            filled = re.sub(r"<int:[^>]+>", each, address)
            if filled != address:
                answer = client.get(filled)
                wrong += [f"{filled[:80]}: {answer.status_code}"] * (answer.status_code != 404)
        for each in asked_of(database_kind, CODES):
            filled = re.sub(r"<(path:|any\([^)]*\):|string\([^)]*\):)?[a-z0-9_]+>", each, address)
            if filled != address and "int:" not in address:
                answer = client.get(filled)
                wrong += [f"{filled[:80]}: {answer.status_code}"] * (answer.status_code not in (404, 308))
    assert "\n".join(wrong) == ""


def test_a_body_that_is_no_form_is_refused_in_words(client: Client, house: House) -> None:
    before = hostile.everything(house.engine)
    bodies = (
        ("application/x-www-form-urlencoded", b"\xff\xfe\x00=&&&=%%%zz"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % each for each in range(20_000))),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\xff\r\n\r\n1\r\n--x"),
        ("application/json", b'{"surname": 1}'),
        ("", b"x" * 3_000_000),
    )
    for content_type, body in bodies:
        answer = client.browser.post("/guests/new", data=body, headers={**BROWSER, "Content-Type": content_type})
        assert 400 <= answer.status_code < 500, (content_type, answer.status_code)
        assert TOLD.search(answer.text)
    assert hostile.everything(house.engine) == before


# --- amounts ------------------------------------------------------------------------------------------------------

COMMA, DOT = ["1,234.50", "1234.50"], ["1.234,50", "1234,50"]
SPACE = ["1 234,50", "1\u00a0234,50", "1\u202f234,50", "1\u2009234,50", "1234,50"]
APOSTROPHE = ["1'234.50", "1\u2019234.50", "1234.50"]
WRITTEN = {"en": COMMA, "de": DOT, "pt": DOT, "fr": SPACE, "ru": SPACE, "sv": SPACE, "de_CH": APOSTROPHE}
NO_AMOUNTS = ["12,3,4", "1.00 EUR", "\u00bd", "\u0663", "1e3", "+5", "0x10", "1_000", "--1", "NaN", "1.2345"]


@pytest.mark.parametrize("language", WRITTEN)
def test_an_amount_is_taken_as_its_language_writes_it_and_no_other(desk: Desk, house: House, language: str) -> None:
    client, typed_anywhere = desk(OWNER), {each for those in WRITTEN.values() for each in those}
    house.do(users.amend_user, OWNER, 1, name="Owner", language=language, operator="test")
    folio = house.window(house.arrive(room="101"))
    for text in sorted({*typed_anywhere, *NO_AMOUNTS} - {*WRITTEN[language]}):
        page = client.refused(f"/folios/{folio}/pay", code="CASH", amount=text)
        assert f'value="{escape(text)}"' in page
        assert 'id="amount-more"' in page
        assert 'class="error"' in page.partition('id="amount-more"')[2].partition("</div>\n")[0], text
    assert house.balance(folio) == "0.00"
    for number, text in enumerate(WRITTEN[language], 1):
        client.done(f"/folios/{folio}/pay", code="CASH", amount=text)
        assert house.balance(folio) == f"{-1234.50 * number:.2f}", text


def test_too_many_decimals_are_refused_where_they_are_no_thousands(desk: Desk, house: House) -> None:
    folio = house.window(house.arrive(room="101"))
    client = desk(OWNER)
    for language, text in (("en", "1.005"), ("de", "1,005"), ("fr", "1,005"), ("fr", "1.005"), ("de_CH", "1.005")):
        version = house.rows(User, code=OWNER)[0].version
        house.do(users.amend_user, OWNER, version, name=f"Owner {text}", language=language, operator="test")
        client.refused(f"/folios/{folio}/pay", code="CASH", amount=text)
    assert house.balance(folio) == "0.00"


@pytest.mark.parametrize(
    ("accepted", "right", "wrong"),
    [
        ("de-AT,de;q=0.9", "1.234,50", "1,234.50"),
        ("fr-FR,fr;q=0.9", "1,234.50", "1.234,50"),  # no catalogue: the page is English, and so is its example
        ("x" * 5000, "1,234.50", "1.234,50"),
        ("*;q=0.1,%00", "1,234.50", "1.234,50"),
    ],
)
def test_amounts_follow_the_language_in_which_the_page_is_shown(
    client: Client, house: House, accepted: str, right: str, wrong: str
) -> None:
    folio = house.window(house.arrive(room="101"))
    path, headers = f"/folios/{folio}/pay", {**BROWSER, "Accept-Language": accepted}
    fields = client.form(path) | {"code": "CASH"}
    refused = client.browser.post(path, data=fields | {"amount": wrong}, headers=headers)
    assert (refused.status_code, house.balance(folio)) == (422, "0.00")
    done = client.browser.post(path, data=fields | {"amount": right}, headers=headers)
    assert (done.status_code, house.balance(folio)) == (303, "-1234.50")


LINE_DEEDS = ("correct", "allow", "transfer", "split", "dispute")


# --- what is another's --------------------------------------------------------------------------------------------


def test_what_is_anothers_is_refused_and_nothing_is_done(desk: Desk, house: House) -> None:
    client, has = desk(OWNER), Objects(house)
    mine, other = has.folio(), has.folio()
    line, payment = has.dinner(other), max(house.rows(Voucher, kind="payment"), key=lambda each: each.id).id
    stay, away, group = has.stay(), has.stay(), has.group(has.stay())
    invoice, dispute = has.printed(), has.dispute()
    deposit, reservation = has.deposit(), has.reservation()
    anothers_job, anothers_shift = has.job(), has.shift()
    before = hostile.everything(house.engine)
    tried: list[tuple[str, str, dict[str, Any]]] = [
        *((deed, f"/folios/{mine}/{deed}", {"line": [str(line)], "reason": "x"}) for deed in LINE_DEEDS),
        ("to", f"/folios/{mine}/transfer", {"to": str(other)}),
        ("payment", f"/folios/{mine}/refund", {"payment": str(payment), "amount": "1", "reason": "x"}),
        ("at another's", f"/folios/{mine}/pay?at={away}", {"amount": "1", "code": "CASH"}),
        *(
            (deed, f"/groups/{group}/{deed}", {"stay": [str(stay)]})
            for deed in ("remove", "check-in", "settle", "leave")
        ),
        ("room taken", f"/stays/{stay}/move", {"room_id": str(house.stay(away).room_id)}),
        ("company", f"/disputes/{dispute}/settle", {"how": "move", "company": "NOBODY", "outcome": "x"}),
        ("stay", f"/reservations/{deposit}/deposit/move", {"to": str(stay)}),
        ("guest", f"/reservations/{reservation}/edit", {"company": "NOBODY"}),
    ]
    mine_only = {"csrf_token": client.form("/password")["csrf_token"], "key": "0" * 32}
    for what, path, changes in tried:
        page = hostile.form_on(client.page(path.partition("?")[0]), path)
        answer = client.send(path, (dict(page[0]) if page else mine_only) | changes)
        assert 400 <= answer.status_code < 500, (what, path, answer.status_code)
        assert TOLD.search(answer.text), what
    poor = desk("poor")
    token = poor.form("/password")["csrf_token"]
    nobody = 10**9
    for path in (
        f"/jobs/{anothers_job}",
        f"/jobs/{anothers_job}/file",
        f"/invoices/{invoice}.pdf?copy=7",
        f"/invoices/{invoice}.pdf?copy=-1",
        f"/shifts/{anothers_shift}",
        f"/shifts/{anothers_shift}/close",
        f"/folios/{mine}/correct?line={line}",
        f"/folios/{mine}/pay?at={away}",
        *(f"/{each}/{nobody}" for each in ("stays", "folios", "groups", "jobs", "invoices", "guests", "companies")),
        *(f"/notes/{nobody}/{deed}" for deed in ("edit", "done", "undo")),
        f"/disputes/{nobody}/settle",
        "/users/nobody",
        "/users/nobody/edit",
        f"/notes/new?subject=stay&id={nobody}",
        "/notes/new?subject=__class__&id=1",
    ):
        for answer in (poor.get(path), poor.send(path, {"csrf_token": token, "key": "0" * 32, "outcome": "x"})):
            assert 400 <= answer.status_code < 500, (path, answer.status_code)
            assert TOLD.search(answer.text), path
    assert hostile.everything(house.engine) == before


# --- text that would be something else ----------------------------------------------------------------------------


@pytest.fixture
def marked(house: House, client: Client) -> Marked:
    return marked_hotel(house, client)


def test_html_in_any_text_is_shown_as_it_is_on_every_page(house: House, client: Client, marked: Marked) -> None:
    wrong = []
    for path, words in marked.pages.items():
        page = client.page(path)
        if OPENING in page or hostile.SCRIPT in page:
            wrong.append(f"{path}: not escaped")
        wrong += [f"{path}: lacks {word}" for word in words if str(escape(mark(word))) not in page]
    assert "\n".join(wrong) == ""


def test_no_page_at_all_shows_html_that_somebody_typed(house: House, client: Client, marked: Marked) -> None:
    wrong = []
    for address in (each for each in READ if each not in ("/bills/departures", "/folios/<int:folio_id>/bill.pdf")):
        for place in marked.addresses(address):
            answer = client.get(place)
            if answer.status_code >= 500 or (answer.mimetype == "text/html" and OPENING in answer.text):
                wrong.append(f"{place}: {answer.status_code}")
    assert "\n".join(wrong) == ""


def test_html_and_formulas_are_text_on_paper(house: House, client: Client, marked: Marked) -> None:
    wanted = ("guest", "text", "foot", "paper")
    for path, words in ((f"/folios/{marked.folio}/bill.pdf", wanted), (marked.print, (*wanted, "firm"))):
        pages = PdfReader(BytesIO(client.get(path).data)).pages
        told = "".join("".join(each.extract_text().split()) for each in pages)
        assert [word for word in words if mark(word) not in told] == [], path
        assert all("/JS" not in each and "/AA" not in each for each in pages)


def test_no_cell_of_a_downloaded_statement_is_a_formula(
    house: House, client: Client, marked: Marked, database_url: str
) -> None:
    folio = house.window(house.arrive(room="104"))
    starts = ("=1+1", "+1", "-1", "@SUM(A1)", "\uff1d1+1", "\uff0b1", "\uff0d1", "\uff201")
    for start in starts:
        client.done(f"/folios/{folio}/charge", code="=CODE", price="1", text=start, reference=start, check_number=start)
    number = next(each.number for each in house.rows(Folio, id=folio))
    answer = CliRunner().invoke(
        main, ["folio", number, "--format", "csv"], env={"FRONTOFFICE_DATABASE_URL": database_url}
    )
    assert answer.exit_code == 0, answer.output
    rows = list(csv.DictReader(StringIO(answer.output)))
    assert [row["text"] for row in rows] == [f"'{start}" for start in starts]
    for row in rows:
        assert not [cell for cell in row.values() if cell and cell[0] in "=+-@\uff1d\uff0b\uff0d\uff20\t\r\n"], row


# --- pictures -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", hostile.PICTURES)
def test_a_hostile_picture_is_refused_in_words(client: Client, house: House, kind: str) -> None:
    content, name = hostile.PICTURES[kind]
    before = hostile.everything(house.engine)
    answer = hostile.upload(client, "/set-up/stationery/logo", "logo", content, name)
    assert 400 <= answer.status_code < 500
    assert TOLD.search(answer.text)
    assert hostile.everything(house.engine) == before


def test_of_a_picture_that_is_also_something_else_the_picture_is_kept(client: Client, house: House) -> None:
    content = hostile.polyglot()
    answer = hostile.upload(client, "/set-up/stationery/logo", "logo", content, "<i>.svg")
    assert answer.status_code == 303
    (logo,) = house.rows(Logo)
    assert b"script" in content
    assert b"script" not in logo.content
    assert b"PK" not in logo.content
    shown = client.get(f"/logos/{logo.sha256}.png")
    assert (shown.mimetype, shown.headers["X-Content-Type-Options"]) == ("image/png", "nosniff")
    assert Image.open(BytesIO(shown.data)).size == (64, 64)
    assert client.get("/set-up/stationery/specimen.pdf").status_code == 200
