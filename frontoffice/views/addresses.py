"""Addresses of what is named by a code that people chose: whatever stands in it, the address leads there."""

from __future__ import annotations

from urllib.parse import quote


def code_address(code: str, deed: str = "") -> str:
    """The page of a transaction code, or one of its deeds."""
    return _address("/set-up/code", code, deed)


def rate_address(code: str, deed: str = "") -> str:
    """The page of a rate, or one of its deeds."""
    return _address("/set-up/rate", code, deed)


def _address(under: str, code: str, deed: str) -> str:
    return f"{under}/{quote(code, safe='')}{f'/{deed}' if deed else ''}"


# Where a subject of the audit trail is looked at: what is named by a number, and what by a code.
BY_NUMBER = {
    "stay": "/stays/{}",
    "guest": "/guests/{}",
    "company": "/companies/{}",
    "folio": "/folios/{}",
    "group": "/groups/{}",
    "invoice": "/invoices/{}",
    "shift": "/shifts/{}",
    "room": "/set-up/rooms/{}/edit",
    "room_type": "/set-up/room-types/{}/edit",
}
BY_CODE = {"code": "/set-up/code", "rate": "/set-up/rate", "user": "/users"}


def subject_address(subject: str) -> str | None:
    """The page of what an event is about (`stay:12`); None when it has none."""
    kind, _colon, name = subject.partition(":")
    if kind in BY_NUMBER and name.isascii() and name.isdigit():
        return BY_NUMBER[kind].format(name)
    return _address(BY_CODE[kind], name, "") if kind in BY_CODE and name else None
