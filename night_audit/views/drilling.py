"""What a figure of a report was made from: postings with their vouchers, stays with the charge of the night."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from flask import request

from folios.db import reading
from folios.errors import WORDS
from folios.folios import get_folio
from folios.texts import read_number
from frontoffice.app import db
from frontoffice.views.access import needs
from frontoffice.views.pages import page
from night_audit.reports import drilling
from night_audit.reports.drilling import MEASURES, OF, PAGE, DrillInvalid, Wanted


@needs("report.read")
def postings() -> str:
    """The postings behind an amount; their sum is the amount."""
    wanted = Wanted.read(request.args)
    with reading(db.session) as session:
        shown = drilling.postings(session, wanted, _skip())
        folio = get_folio(session, wanted.facts["folio"]) if "folio" in wanted.facts else None
    return page(
        "night_audit/reports/postings.html",
        wanted=wanted,
        shown=shown,
        folio=folio,
        measure=MEASURES[wanted.measure],
        words=WORDS,
        here=_here,
        most=PAGE,
    )


@needs("report.read")
def stays() -> str:
    """The stays, nights or rooms behind a count."""
    of = request.args.get("of", "")
    try:
        first, last = (date.fromisoformat(request.args.get(name, "")) for name in ("first", "last"))
    except ValueError:
        raise DrillInvalid from None
    with reading(db.session) as session:
        shown = drilling.stays(session, of, first, last, _skip())
    facts = {"of": of, "title": OF[of], "first": first, "last": last}
    return page("night_audit/reports/stays.html", shown=shown, here=_here, most=PAGE, **facts)


def _skip() -> int:
    return min(read_number(request.args.get("page")) or 0, 10**9)


def _here(first: int) -> str:
    """The address of another page of the list."""
    asked = {name: text for name, text in request.args.items() if name != "page"}
    return f"{request.path}?{urlencode(asked | {'page': first})}"
