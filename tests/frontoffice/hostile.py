"""What people, scripts and broken programs type into forms; forms sent raw; what is stored afterwards.

Nothing here asserts.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, ClassVar
from urllib.parse import urlencode

import sqlalchemy as sa
from PIL import Image
from sqlalchemy.engine import Engine
from werkzeug.datastructures import ImmutableMultiDict
from werkzeug.test import TestResponse

from folios.db import Base, reading
from folios.models import Event
from tests.frontoffice.desk_client import BROWSER, Client, Forms
from tests.frontoffice.house import House

SCRIPT = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://x")'
LONG = "x" * 10_000
NUL = "a\x00b"
COMBINING = "Z\u0351\u036b\u0343\u036a\u0302\u036b\u033d\u034f\u0334\u0319\u0324" * 4
MISSING, TWICE = "(missing)", "(twice)"

VALUES: dict[str, str | bytes] = {
    "empty": "",
    "spaces": " \t ",
    "nul": NUL,
    "script": SCRIPT,
    "formula": FORMULA,
    "long": LONG,
    "right to left": "\u05e9\u05dc\u05d5\u05dd \u0639\u0645\u0631",
    "turned": "\u202egnp.exe",
    "combining": COMBINING,
    "emoji": "\U0001f469\u200d\U0001f469\u200d\U0001f467\U0001f3e8",
    "surrogate": b"\xed\xa0\x80",
    "not UTF-8": b"\xff\xfe",
    "minus": "-1",
    "zero": "0",
    "exponent": "1e9",
    "arabic digits": "\u0661\u0662",
    "huge": "99999999999999999999",
    "much": "999999999",
    "no day": "2026-02-30",
    "day zero": "0000-00-00",
    "first day": "0001-01-01",
    "last day": "9999-12-31",
    "never offered": "never-offered",
    "quote": "' OR 1=1 --",
    "braces": "{0.__class__} %(x)s %s {name}",
    "missing": MISSING,
    "twice": TWICE,
}
TEXTS = ("script", "formula", "right to left", "combining", "emoji", "quote", "braces")
"""Values that are text like any other."""


# --- sending ------------------------------------------------------------------------------------------------------

Fields = list[tuple[str, str | bytes]]


class Whole(Forms):
    """The forms of a page with the boxes that are not ticked: `kinds` of every field by its name."""

    def __init__(self, page: str) -> None:
        self.kinds: list[dict[str, str]] = []
        super().__init__(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        super().handle_starttag(tag, attrs)
        has = dict(attrs)
        if tag == "form":
            self.kinds.append({})
        if tag in ("input", "select", "textarea") and has.get("name") and self._fields is not None:
            kind = tag if tag != "input" else has.get("type") or "text"
            self.kinds[-1].setdefault(str(has["name"]), kind)


def form_on(page: str, path: str) -> tuple[Fields, dict[str, str]] | None:
    """The fields of the page's form that is sent to `path`, and the kind of each by name; None without such a form."""
    forms = Whole(page)
    for (method, action, fields), kinds in zip(forms.found, forms.kinds, strict=True):
        if method == "post" and action.partition("?")[0] == path.partition("?")[0]:
            return list(fields), kinds
    return None


def spoilt(fields: Fields, name: str, value: str | bytes) -> Fields:
    """The fields with another value in one of them, none, or twice the same field."""
    others = [each for each in fields if each[0] != name]
    if value == MISSING:
        return others
    if value == TWICE:
        before = next((given for given_name, given in fields if given_name == name), "1")
        return [*others, (name, before), (name, "another")]
    return [*others, (name, value)]


def send(client: Client, path: str, fields: Fields) -> TestResponse:
    """Sends fields as they are, bytes that are no text included."""
    body = urlencode(fields).encode()
    headers = {**BROWSER, "Content-Type": "application/x-www-form-urlencoded"}
    return client.browser.post(path, data=body, headers=headers)


def upload(client: Client, path: str, field: str, content: bytes, name: str) -> TestResponse:
    """Sends a file with the fields of its form, as a browser does."""
    part = b'--part\r\nContent-Disposition: form-data; name="%s"'
    parts = [part % each.encode() + b"\r\n\r\n%s\r\n" % value.encode() for each, value in client.form(path).items()]
    head = part % field.encode() + b'; filename="%s"\r\n\r\n' % name.encode()
    body = b"".join([*parts, head, content, b"\r\n--part--\r\n"])
    headers = {**BROWSER, "Content-Type": "multipart/form-data; boundary=part"}
    return client.browser.post(path, data=body, headers=headers)


class Asked(ImmutableMultiDict[str, str]):
    """The query of a request, which remembers what it was asked for."""

    names: ClassVar[set[str]] = set()

    def __getitem__(self, key: str) -> str:
        self.names.add(key)
        return super().__getitem__(key)

    def __contains__(self, key: object) -> bool:
        self.names.add(str(key))
        return super().__contains__(key)

    def get(self, key: str, *more: Any, **named: Any) -> Any:
        self.names.add(key)
        return super().get(key, *more, **named)

    def getlist(self, key: str, *more: Any, **named: Any) -> Any:
        self.names.add(key)
        return super().getlist(key, *more, **named)


def everything(engine: Engine) -> dict[str, Any]:
    """All that is stored, but for who tried to sign in, which forms were kept, and what the clock did."""
    left_out = ("sign_in", "held_form", "submission")
    with engine.connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for table in Base.metadata.sorted_tables
            if not table.name.startswith(left_out)
        }


def latest_event(house: House) -> int:
    """The number of the latest event: whoever changes something tells it."""
    with reading(house.sessions) as session:
        return session.scalar(sa.select(sa.func.max(Event.id))) or 0


def texts_in(stored: dict[str, Any]) -> Iterator[str]:
    """Every text that is stored."""
    for rows in stored.values():
        for row in rows:
            for value in row:
                if isinstance(value, str):
                    yield value
                elif isinstance(value, dict | list):
                    yield json.dumps(value, ensure_ascii=False)


# --- pictures -----------------------------------------------------------------------------------------------------


def _bomb() -> bytes:
    """A PNG of a few bytes that says it is fifty thousand pixels each way."""
    png = bytearray(_png(64))
    png[16:24] = struct.pack(">II", 50_000, 50_000)
    png[29:33] = struct.pack(">I", zlib.crc32(bytes(png[12:29])))
    return bytes(png)


def _png(pixels: int) -> bytes:
    picture = BytesIO()
    Image.new("RGB", (pixels, pixels), "white").save(picture, "PNG")
    return picture.getvalue()


def polyglot() -> bytes:
    """A picture that a browser could take for a page, and an unpacker for an archive."""
    return _png(64) + b"<html><script>alert(1)</script></html>" + b"PK\x05\x06" + b"\0" * 18


PICTURES: dict[str, tuple[bytes, str]] = {
    "svg with a script": (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "logo.svg"),
    "svg called png": (b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg' onload='x()'/>", "logo.png"),
    "bomb": (_bomb(), "logo.png"),
    "too wide": (_png(4001), "logo.png"),
    "three megabytes": (_png(64) + b"\0" * 3_000_000, "logo.png"),
    "one and a half megabytes": (_png(64) + b"\0" * 1_500_000, "logo.png"),
    "text": (b"This is a logo.", "logo.png"),
    "page": (b"<html><script>alert(1)</script>", "../../logo.png"),
    "cut off": (_png(64)[:60], "logo.png"),
    "gif": (b"GIF89a\x01\x00\x01\x00\x00\x00\x00;", "logo.png"),
    "postscript": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "logo.png"),
    "empty": (b"", "logo.png"),
    "nameless": (b"", ""),
}
