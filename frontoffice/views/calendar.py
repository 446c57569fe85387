"""The reservation calendar: rooms by days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa
from flask import request

from folios.business_day import open_date
from folios.db import reading
from frontoffice import rooming
from frontoffice.app import db
from frontoffice.models.rooms import RoomType
from frontoffice.rooming import OutageSpan, Span
from frontoffice.views.access import needs
from frontoffice.views.pages import page

SPANS = (7, 14, 28)
FARTHEST = date(2200, 1, 1)
MOST_DIGITS = 18  # of an id


class Cell(NamedTuple):
    """One cell of a row: over `days` days from day `start` on; nothing in it, a stay, or an outage."""

    start: int
    days: int
    stay: Span | None = None
    outage: OutageSpan | None = None


@needs("stay.read")
def show() -> str:
    """Rooms by days from a day on, of one type or all; the arrows of the keyboard go through time."""
    days = request.args.get("days", 14, type=int)
    chosen = _id(request.args.get("type", ""))
    with reading(db.session) as session:
        first = _first(request.args.get("from"), open_date(session))
        found = rooming.calendar(session, first, days if days in SPANS else 14, chosen)
        types = session.scalars(sa.select(RoomType).order_by(RoomType.code)).all()
    shown = {
        "calendar": found,
        "types": types,
        "chosen": chosen,
        "days": len(found.days),
        "cells": cells,
        "spans": SPANS,
    }
    return page("frontoffice/calendar/show.html", **shown, step=timedelta(days=7))


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


def _id(text: str) -> int | None:
    """The room type that was asked for; None for all, and for what is the number of nothing."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS else None
