"""The audit trail: who did what, when, with what before and after; searched, a page at a time, the newest first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from flask import request

from folios import trail
from folios.db import reading
from folios.trail import Entry, Wanted
from frontoffice.app import db
from frontoffice.language import gettext as _
from frontoffice.views.access import needs
from frontoffice.views.addresses import subject_address
from frontoffice.views.pages import day, figure, may, money, page

TEXTS = ("operator", "action", "subject", "text")
DAYS = ("first", "last")
LONGEST = 200
MINOR = "_minor"


@dataclass(frozen=True, slots=True)
class Told:
    """An event as people read it: `changes` are (field, before, after) in words; `address` leads to its subject."""

    entry: Entry
    address: str | None
    changes: tuple[tuple[str, str, str], ...]


@needs("trail.read")
def show() -> str:
    """A page of the trail by business dates, operator, action, subject and text."""
    asked = {name: request.args.get(name, "").strip()[:LONGEST] for name in (*TEXTS, *DAYS)}
    days = {name: _day(asked[name]) for name in DAYS}
    wrong = [name for name in DAYS if asked[name] and days[name] is None]
    wanted = Wanted(days["first"], days["last"], *(asked[name] or None for name in TEXTS))
    before = request.args.get("before", "")
    before_id = int(before) if before.isascii() and before.isdigit() and len(before) < 20 else None
    with reading(db.session) as session:
        found = trail.trail(session, wanted, before_id=before_id)
        choices = trail.choices(session, **days)
    older = urlencode({name: text for name, text in asked.items() if text} | {"before": found.before_id or ""})
    return page(
        "frontoffice/trail/list.html",
        told=told(found.entries),
        older=older if found.before_id is not None else None,
        asked=asked,
        wrong=wrong,
        choices=choices,
        filtered=any(asked.values()),
    )


def told(entries: Iterable[Entry]) -> list[Told]:
    """Events for `frontoffice/trail/entries.html`, which any page may include with them."""
    return [Told(each, subject_address(each.subject, may), changes(each.before, each.after)) for each in entries]


def changes(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> tuple[tuple[str, str, str], ...]:
    """What was before and after, field by field, in the order in which they were written, without what was empty."""
    was, now = before or {}, after or {}
    names = [*was, *(name for name in now if name not in was)]
    found = ((_name(name), _value(name, was.get(name)), _value(name, now.get(name))) for name in names)
    return tuple(each for each in found if each[1] or each[2])


def _name(field: str) -> str:
    return field.removesuffix(MINOR).replace("_", " ")


def _value(field: str, value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, list | tuple):
        return ", ".join(_value(field, each) for each in value)
    if isinstance(value, dict):
        return ", ".join(f"{_name(name)}: {_value(name, each)}" for name, each in value.items())
    return _one(field, value)


def _one(field: str, value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, int):
        return money(value) if field.endswith(MINOR) else str(value)
    if isinstance(value, float):
        return figure(value)
    parsed = _day(str(value)) if len(str(value)) == len("2026-03-01") else None
    return day(parsed) if parsed else str(value)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
