"""The reservation calendar: rooms by days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import urlencode

from flask import request

from folios.business_day import open_date
from folios.db import reading
from folios.texts import read_number, search_text
from frontoffice import calendar
from frontoffice.app import db
from frontoffice.calendar import OutageSpan, Span
from frontoffice.views.access import needs
from frontoffice.views.pages import page

SPANS = (7, 14, 28)
FARTHEST = date(2200, 1, 1)
ROOMS_SHOWN = 40  # a page of the calendar
WITHOUT_ROOM_SHOWN = 5  # rows of stays that have no room yet, of each type
MOST_FIRST = 10**6
ALL = "all"
WEEK = timedelta(days=7)


class Cell(NamedTuple):
    """One cell of a row: over `days` days from day `start` on; nothing in it, a stay, or an outage."""

    start: int
    days: int
    stay: Span | None = None
    outage: OutageSpan | None = None


@needs("stay.read")
def show() -> str:
    """Rooms by days from a day on, of one type or all, page by page; the arrows of the keyboard go through time."""
    days = request.args.get("days", 14, type=int)
    chosen = read_number(request.args.get("type", ""))
    asked = search_text(request.args.get("find"), 16)
    whole = request.args.get("without") == ALL
    with reading(db.session) as session:
        found = calendar.calendar(
            session,
            _first(request.args.get("from"), open_date(session)),
            days if days in SPANS else 14,
            chosen,
            first=min(max(request.args.get("first", 0, type=int), 0), MOST_FIRST),
            most=ROOMS_SHOWN,
            meant=asked or None,
            most_unassigned=None if whole else WITHOUT_ROOM_SHOWN,
        )
    shown = {"calendar": found, "chosen": chosen, "asked": asked, "days": len(found.days), "cells": cells}

    def here(**changes: object) -> str:
        """The calendar as it is now, with `changes`; what is nothing is left out."""
        kept = {"from": found.days[0], "days": len(found.days), "type": chosen, "first": found.first}
        query = [(name, str(value)) for name, value in (kept | changes).items() if value not in (None, "", 0)]
        return f"/calendar?{urlencode(query)}"

    return page("frontoffice/calendar/show.html", **shown, here=here, spans=SPANS, most=ROOMS_SHOWN, step=WEEK)


def cells(stays: Sequence[Span], outages: Sequence[OutageSpan], days: int) -> list[Cell]:
    """A row of the calendar from left to right. Of what shares a day (two in turn, an outage) the first is shown whole
    and the other from the next free day on; a day use keeps its day only where nobody else has it.
    """
    row: list[Cell] = []
    at = 0
    marked = [Cell(each.start, each.days, stay=each) for each in stays]
    marked += [Cell(each.start, each.days, outage=each) for each in outages]
    for each in sorted(marked, key=lambda cell: (cell.start, -cell.days)):
        start, end = max(each.start, at), each.start + each.days
        if end > start:
            row += [Cell(day, 1) for day in range(at, start)]
            row.append(each._replace(start=start, days=end - start))
            at = end
    return row + [Cell(day, 1) for day in range(at, days)]


def _first(text: str | None, today: date) -> date:
    """The first day shown: as asked, else the day before the business date."""
    try:
        wanted = date.fromisoformat(text or "")
    except ValueError:
        return today - timedelta(days=1)
    return min(max(wanted, date(1950, 1, 1)), FARTHEST)
