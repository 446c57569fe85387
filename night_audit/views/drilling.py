"""What a figure of a report was made from: postings with their vouchers, stays with the charge of the night."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from urllib.parse import urlencode

from flask import request
from sqlalchemy.orm import Session

from folios.db import reading
from folios.errors import WORDS
from folios.folios import get_folio
from folios.texts import read_number
from frontoffice.app import db
from frontoffice.language import written
from frontoffice.views.access import needs
from frontoffice.views.pages import may, page
from night_audit.reports import addresses, drilled_postings, drilled_stays, key_figures, making, pack, showing, sums
from night_audit.reports.catalogue import report
from night_audit.reports.drilled_stays import OF, ROOMS
from night_audit.reports.drilling import MEASURES, PAGE, DrillInvalid, Shown, Wanted
from night_audit.reports.making import Content
from night_audit.reports.sums import Sum
from night_audit.reports.telling import Telling
from night_audit.views.reports import asked_day


@needs("report.read")
def postings() -> str:
    """The postings behind an amount; their sum is the amount."""
    wanted = Wanted.read(request.query_string.decode("latin-1"))
    with reading(db.session) as session:
        shown = drilled_postings.postings(session, [wanted], _skip(), PAGE)
        return _listed(session, [wanted], shown, figure=_figure())


@needs("report.read")
def stays() -> str:
    """The stays, nights or rooms behind a count."""
    of = request.args.get("of", "")
    try:
        first, last = (date.fromisoformat(request.args.get(name, "")) for name in ("first", "last"))
    except ValueError:
        raise DrillInvalid from None
    with reading(db.session) as session:
        shown = drilled_stays.stays(session, of, first, last, _skip(), PAGE)
    facts = {"of": of, "title": OF[of], "first": first, "last": last, "figure": _figure(), "room_lists": ROOMS}
    return page("night_audit/reports/stays.html", shown=shown, here=_here, most=PAGE, **facts)


@needs("report.read")
def summed(name: str) -> str:
    """What a sum of a report is made of: the postings of all its lines, or the lines where each opens its own."""
    report(name)
    part, column = (request.args.get(each, "") for each in ("part", "column"))
    with reading(db.session) as session:
        content = making.read(pack.said(session, name, asked_day(session))[0])
        found = sums.find(content, part, column, request.args.get("group"))
        if found.wanted:
            shown = drilled_postings.postings(session, found.wanted, _skip(), PAGE)
            return _listed(session, found.wanted, shown, of=_of(content, found))
    return _lines(content, found)


def _listed(session: Session, wanted: Sequence[Wanted], shown: Shown, **more: object) -> str:
    """A list of postings; what was asked for is told where it is one thing."""
    first = wanted[0]
    folios = first.facts.get("folio", ())
    return page(
        "night_audit/reports/postings.html",
        wanted=first if len(wanted) == 1 else None,
        shown=shown,
        folio=get_folio(session, folios[0]) if len(wanted) == 1 and len(folios) == 1 else None,
        measure=MEASURES[first.measure],
        words=WORDS,
        here=_here,
        most=PAGE,
        **more,
    )


def _lines(content: Content, found: Sum) -> str:
    """The lines of a sum, as the report tells them."""
    telling = Telling(written(), content["currency"])
    (shown,) = showing.parts(sums.narrowed(content, found), telling, may, {found.part["name"]: _skip()})
    of = _of(content, found)
    return page("night_audit/reports/summed.html", part=shown, of=of, here=_here, most=showing.MOST)


def _of(content: Content, found: Sum) -> dict[str, object]:
    """A sum in words: of which report, which of its columns, which group; what it comes to, and the way back."""
    telling = Telling(written(), content["currency"])
    kind = str(found.column["kind"])
    group = next((each for each in found.part["columns"] if each["name"] == found.part["group"]), None)
    told = found.group if group is None or found.group is None else telling.cell(group["kind"], found.group)
    return {
        "title": telling.say(content["title"]),
        "part": telling.say(found.part["title"]),
        "column": telling.say(found.column["title"]),
        "group": told,
        "value": telling.cell(kind, found.value),
        "unit": content["currency"] if kind == "money" else "",
        "day": date.fromisoformat(content["day"]),
        "href": addresses.report(content["report"], content["day"]),
    }


def _figure() -> key_figures.Figure | None:
    """The key figure that is worked out of what is shown, where one led here."""
    return key_figures.BY_NAME.get(request.args.get("figure", ""))


def _skip() -> int:
    return min(read_number(request.args.get("page")) or 0, 10**9)


def _here(first: int) -> str:
    """The address of another page of the list."""
    asked = {name: text for name, text in request.args.to_dict(flat=False).items() if name != "page"}
    return f"{request.path}?{urlencode(asked | {'page': [str(first)]}, doseq=True)}"
