"""Addresses of what is named by a code that people chose: whatever stands in it, the address leads there."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote


def code_address(code: str, deed: str = "") -> str:
    """The page of a transaction code, or one of its deeds."""
    return _address("/set-up/code", code, deed)


def rate_address(code: str, deed: str = "") -> str:
    """The page of a rate, or one of its deeds."""
    return _address("/set-up/rate", code, deed)


def series_address(code: str, deed: str) -> str:
    """A deed of a series of invoices."""
    return _address("/set-up/series", code, deed)


def _address(under: str, code: str, deed: str) -> str:
    return f"{under}/{quote(code, safe='')}{f'/{deed}' if deed else ''}"


# Where a subject of the audit trail is looked at, and the right that opens it: named by a number, or by a code.
BY_NUMBER = {
    "stay": ("/stays", "stay.read"),
    "guest": ("/guests", "guest.read"),
    "company": ("/companies", "guest.read"),
    "folio": ("/folios", "folio.read"),
    "group": ("/groups", "stay.read"),
    "voucher": ("/folios/voucher", "folio.read"),
    "invoice": ("/invoices", "folio.read"),
    "shift": ("/shifts", "shift.read"),
    "room": ("/set-up/rooms", "room.set_up"),
    "room_type": ("/set-up/room-types", "room.set_up"),
}
BY_CODE = {
    "code": ("/set-up/code", "code.set_up"),
    "rate": ("/set-up/rate", "rate.set_up"),
    "user": ("/users", "user.administer"),
}
EDITED = ("room", "room_type")
"""What is looked at where it is edited."""


def subject_address(subject: str, may: Callable[[str], bool]) -> str | None:
    """The page of what an event is about (`stay:12`), for who `may` open it; None when there is none."""
    kind, _colon, name = subject.partition(":")
    numbered = name.isascii() and name.isdigit()
    under, right = (BY_NUMBER if numbered and kind in BY_NUMBER else BY_CODE).get(kind, ("", ""))
    if not under or not name or not may(right):
        return None
    return _address(under, name, "edit" if kind in EDITED else "")
