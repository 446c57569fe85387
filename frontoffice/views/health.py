"""Whether the system can work: for the machine that watches it."""

from __future__ import annotations

from http import HTTPStatus

from flask import Response, jsonify

from folios import schema
from folios.business_day import open_date
from folios.db import reading
from folios.errors import DatabaseGone, Refusal, SchemaMissing, SchemaNewer, SchemaOlder
from frontoffice.app import db
from frontoffice.language import show as in_words
from frontoffice.views.access import public


@public
def show() -> tuple[Response, HTTPStatus]:
    """200 with the business date, or 503 with what is wrong; JSON either way.

    `{"status": "ok"|"failing", "database": "reachable"|"unreachable", "schema": "current"|"wrong"|null,
    "business_date": "2026-03-01"|null}`, and when failing the refusal's `code` and `detail`.
    """
    answer: dict[str, str | None] = {"status": "ok", "database": "reachable", "schema": None, "business_date": None}
    try:
        schema.check(db.engine)
        answer["schema"] = "current"
        with reading(db.session) as session:
            answer["business_date"] = open_date(session).isoformat()
    except Refusal as refusal:
        if isinstance(refusal, DatabaseGone):
            answer["database"] = "unreachable"
        if isinstance(refusal, SchemaMissing | SchemaOlder | SchemaNewer):
            answer["schema"] = "wrong"
        answer |= {"status": "failing", "code": refusal.code, "detail": in_words(refusal)}
        return jsonify(answer), HTTPStatus.SERVICE_UNAVAILABLE
    return jsonify(answer), HTTPStatus.OK
