"""The business date, what is new about guests, and a till's totals at the end of its day."""

from __future__ import annotations

from datetime import datetime
from http import HTTPStatus

from flask import Response

from folios.business_day import open_date
from folios.db import reading
from frontoffice.app import db
from pos_bridge import news, z_reports
from pos_bridge.api import auth, bodies, told
from pos_bridge.api.operations import answer, refused
from pos_bridge.book import book


def business_date() -> Response:
    """The date that is open."""
    with reading(db.session) as session:
        auth.terminal(session, None)
        return answer(told.BusinessDateTold(business_date=open_date(session), currency=book(session).currency))


def events(query: bodies.NewsAsked) -> Response:
    """What happened since a cursor."""
    with reading(db.session) as session:
        auth.terminal(session, "events")
        found, cursor = news.since(session, query.after, query.most)
    items = [told.NewsItem(**each | {"at": _moment(each["at"])}) for each in found]
    return answer(told.NewsTold(events=items, cursor=cursor))


def z_report(key: str, body: bodies.ZReport) -> Response:
    """Compares a till's totals with the books."""
    given, report = z_reports.report(db.session, auth.sender(), key, body.meant())
    if report is None:
        return refused(given)
    status = HTTPStatus.OK if given.replayed else HTTPStatus.CREATED
    return answer(told.ZReportTold.of(given, report), status, replayed=given.replayed)


def _moment(at: datetime) -> str:
    return at.isoformat()
