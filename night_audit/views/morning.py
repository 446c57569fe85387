"""The morning page: the day before on one sheet, for a manager with a telephone or a printer."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time

from folios.db import reading
from folios.money import minor_digits
from frontoffice.app import db
from frontoffice.language import gettext as _
from frontoffice.language import written
from frontoffice.views.access import needs
from frontoffice.views.pages import head, page
from night_audit.reports import morning
from night_audit.reports.morning import Morning
from night_audit.reports.telling import Telling
from night_audit.views.reports import asked_day, days


@needs("report.read")
def show() -> str:
    """Yesterday against last week, last year and budget; curves; what is on the books; what is open."""
    with reading(db.session) as session:
        day = asked_day(session)
        told = morning.morning(session, day)
    top = head()
    telling = Telling(written(), top.currency if top else "EUR")
    return page(
        "night_audit/morning/show.html",
        morning=told,
        telling=telling,
        charts=charts(told, telling.currency),
        audit_words=morning.AUDIT_WORDS,
        **days(day),
    )


def charts(told: Morning, currency: str) -> dict[str, str]:
    """The points of each chart as the page's script reads them: seconds, then a list for each curve."""
    unit = 10 ** minor_digits(currency)
    back = [_seconds(each[0]) for each in told.curves]
    occupancy = [None if each[1] is None else each[1] / 100 for each in told.curves]
    adr = [None if each[2] is None else each[2] / unit for each in told.curves]
    revpar = [None if each[3] is None else each[3] / unit for each in told.curves]
    ahead = [_seconds(each[0]) for each in told.books]
    books = [round(rooms * 100 / available, 2) if available else None for _day, rooms, available in told.books]
    return {
        "occupancy": _chart(back, [(_("Occupancy"), occupancy)], top=100, unit=" %"),
        "rates": _chart(
            back,
            [(f"{_('ADR')} {currency}", adr), (f"{_('RevPAR')} {currency}", revpar)],
            digits=minor_digits(currency),
        ),
        "books": _chart(ahead, [(_("On the books"), books)], top=100, unit=" %", bars=True),
    }


def _chart(seconds: list[int], curves: list[tuple[str, list[float | None]]], **more: object) -> str:
    names, points = [name for name, _points in curves], [points for _name, points in curves]
    return json.dumps({"x": seconds, "day": _("Day"), "names": names, "points": points, **more})


def _seconds(day: date) -> int:
    return int(datetime.combine(day, time(), UTC).timestamp())
