"""Making a report: its queries are asked, its lines grouped and summed, and all of it written in one canonical form.

That form is what is stored and what every file is made of: JSON with sorted names and nothing of a language or a moment
in it, so that the same figures are the same bytes. Texts in it are our own words, translated where they are shown.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import Any

from sqlalchemy.orm import Session

from folios import business_day
from folios.errors import N_, Refusal
from folios.ledger import currency
from frontoffice.property import get_property
from night_audit.reports import settings
from night_audit.reports.definition import Asked, Line, Note, Part, Report

Content = dict[str, Any]

DRAFT = "draft"


class ReportDayInvalid(Refusal):
    code = "report_day.invalid"
    message = N_("{day} has no report: it is {status}.")


def ask(session: Session, day: date, *, draft: bool = False) -> Asked:
    """What a report of a day is asked for. Refuses (`ReportDayInvalid`) a day that the ledger does not have yet."""
    status = business_day.standing(session, day)
    if status in ("to_come", "before_first"):
        raise ReportDayInvalid(day=day, status=status)
    hotel = hotel_name(session)
    return Asked(day, DRAFT if draft else status, hotel, currency(session), settings.policy(session))


def hotel_name(session: Session) -> str:
    """The name of the house; nothing where only a ledger was set up."""
    try:
        return get_property(session).name
    except Refusal:
        return ""


def make(session: Session, report: Report, asked: Asked) -> Content:
    """A report of a day, as it can be written down."""
    return {
        "report": report.name,
        "title": report.title,
        "question": report.question,
        "hotel": asked.hotel,
        "currency": asked.currency,
        "day": asked.day.isoformat(),
        "standing": asked.standing,
        "wide": report.wide,
        "parts": [_part(session, part, asked) for part in report.parts],
        "notes": [_note(each) for each in report.notes],
    }


def canonical(content: Content) -> bytes:
    """The bytes of a report: JSON in UTF-8 with sorted names, one line."""
    text = json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"{text}\n".encode()


def read(stored: bytes) -> Content:
    """A report from its bytes."""
    content: Content = json.loads(stored)
    return content


def _part(session: Session, part: Part, asked: Asked) -> Content:
    lines = list(part.lines(session, asked))
    notes = [] if part.notes is None else [_note(each) for each in part.notes(session, asked, lines)]
    return {
        "name": part.name,
        "title": part.title,
        "group": part.group,
        "empty": part.empty,
        "columns": [
            {"name": each.name, "title": each.title, "kind": each.kind, "under": each.under} for each in part.columns
        ],
        "rows": list(_rows(part, lines)),
        "notes": notes,
    }


def _rows(part: Part, lines: Sequence[Line]) -> Iterator[Content]:
    """The lines with a subtotal behind each group and a total behind all; groups stand as the query ordered them."""
    if part.group is None or not part.totals:
        yield from (_row(part, each) for each in lines)
    else:
        group = part.group
        for value, members in groupby(lines, key=lambda line: line.values[group]):
            of_group = list(members)
            yield from (_row(part, each) for each in of_group)
            yield _sum(part, of_group, "subtotal", {group: value})
    if part.totals and lines:
        yield _sum(part, lines, "total", {})


def _row(part: Part, line: Line) -> Content:
    row: Content = {"style": "line", "values": [_plain(line.values.get(each.name)) for each in part.columns]}
    if line.kind:
        row["kind"] = line.kind
    opens = {name: address for name, address in line.opens.items() if line.values.get(name) is not None}
    if opens:
        row["opens"] = opens
    return row


def _sum(part: Part, lines: Sequence[Line], style: str, known: dict[str, Any]) -> Content:
    sums = {name: sum(line.values.get(name) or 0 for line in lines) for name in part.totals} | known
    return {"style": style, "values": [_plain(sums.get(each.name)) for each in part.columns]}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


def _note(note: Note) -> Content:
    found: Content = {"text": note.text, "params": dict(note.params)}
    return found | ({"opens": dict(note.opens)} if note.opens else {})
