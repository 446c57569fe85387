"""Refusals and failures as answers of HTTP: a page for people, problem details (RFC 9457) for machines.

The status follows the sort of the refusal, which says what kind of no it is (`folios.errors.Refusal`).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, jsonify, make_response, render_template, request
from sqlalchemy.exc import DBAPIError
from werkzeug.exceptions import HTTPException

from folios import errors
from folios.errors import Refusal
from folios.money import Money
from frontoffice.language import gettext as _
from frontoffice.language import show
from frontoffice.rights import NotAllowed
from frontoffice.users import SignInRefused
from frontoffice.views.access import SignInNeeded, machine_asks

RETRY_AFTER_S: dict[str, int] = {errors.DatabaseBusy.code: 1, errors.DatabaseGone.code: 5}
"""Seconds after which to try again, by code; a refusal whose code ends in `delayed` has them in `seconds`."""
HEADERS_BY_CODE: dict[str, Mapping[str, str]] = {}
"""What an answer carries beside, by code; the floors above add theirs."""

STATUS_BY_CLASS: tuple[tuple[type[Refusal], HTTPStatus], ...] = (
    (SignInNeeded, HTTPStatus.UNAUTHORIZED),
    (SignInRefused, HTTPStatus.UNAUTHORIZED),
    (NotAllowed, HTTPStatus.FORBIDDEN),
    (errors.DatabaseRefusal, HTTPStatus.SERVICE_UNAVAILABLE),
)
STATUS_BY_CODE: dict[str, HTTPStatus] = {}
"""Codes whose status their sort does not tell; the floors above add theirs."""
STATUS_BY_SORT = {
    errors.UNKNOWN: HTTPStatus.NOT_FOUND,
    errors.INVALID: HTTPStatus.UNPROCESSABLE_ENTITY,
    errors.FOREIGN: HTTPStatus.FORBIDDEN,
    errors.DELAYED: HTTPStatus.TOO_MANY_REQUESTS,
    errors.STANDING: HTTPStatus.CONFLICT,
}


def init_app(app: Flask) -> None:
    """Answers every refusal, every HTTP error and every failure of `app`."""
    app.register_error_handler(Refusal, answer_refusal)
    app.register_error_handler(DBAPIError, answer_database_failure)
    app.register_error_handler(HTTPException, answer_http_error)
    app.register_error_handler(Exception, answer_failure)


def status_of(refusal: Refusal) -> HTTPStatus:
    """The status: by class where it matters, else by the code."""
    for kind, status in STATUS_BY_CLASS:
        if isinstance(refusal, kind):
            return status
    return status_of_code(refusal.code)


def status_of_code(code: str) -> HTTPStatus:
    """The status of a refusal of which only the code is left, since it was stored: as it is named in
    `STATUS_BY_CODE`, else by the sort that refusals of this code are of.
    """
    return STATUS_BY_CODE.get(code) or STATUS_BY_SORT[errors.sort_of(code)]


def answer_refusal(refusal: Refusal) -> Response:
    """A rule said no: its sentence, its code and its status."""
    response = _answer(status_of(refusal), refusal.code, show(refusal), refusal.params)
    response.headers.extend(HEADERS_BY_CODE.get(refusal.code, {}))
    seconds = RETRY_AFTER_S.get(refusal.code)
    if refusal.code.endswith("delayed"):
        seconds = refusal.params["seconds"]
    if seconds is not None:
        response.headers["Retry-After"] = str(seconds)
    return response


def answer_database_failure(error: DBAPIError) -> Response:
    """The database failed outside of a unit of work, or in a way nobody foresaw."""
    current_app.logger.error("the database failed", exc_info=error)
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, errors.DatabaseRefusal.code, show(errors.DatabaseRefusal()))


def answer_http_error(error: HTTPException) -> Response:
    """No such page, wrong method, too large: what HTTP itself refuses. Redirects pass."""
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return make_response(error.get_response())
    texts = {
        HTTPStatus.BAD_REQUEST: _("The request cannot be understood."),
        HTTPStatus.NOT_FOUND: _("There is no such page."),
        HTTPStatus.METHOD_NOT_ALLOWED: _("This page does not take that method."),
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE: _("What was sent is too large."),
    }
    status = HTTPStatus(error.code)
    response = _answer(status, f"http.{error.code}", texts.get(status, _("This cannot be done.")))
    for name, value in error.get_headers():
        if name not in ("Content-Type", "Content-Length"):
            response.headers[name] = value
    return response


def answer_failure(error: Exception) -> Response:
    """A fault of the program. It is logged; the reader learns only that it happened."""
    current_app.logger.error("unforeseen failure", exc_info=error)
    text = _(
        "Something went wrong in the program. Look whether your last change was saved, and tell the administrator."
    )
    return _answer(HTTPStatus.INTERNAL_SERVER_ERROR, "program.failed", text)


def problem(status: HTTPStatus, code: str, text: str, params: Mapping[str, Any] | None = None, **more: Any) -> Response:
    """Problem details: `detail` is what a person can be told, `code` and `params` what a program goes by.

    Money among the `params` is `{"minor": 4550, "currency": "EUR"}`, a date is written as ISO 8601 does.
    """
    told: dict[str, Any] = {"type": "about:blank", "title": status.phrase, "status": int(status)}
    told |= {"detail": text, "code": code}
    if params is not None:
        told["params"] = plain(params)
    response = jsonify(told | more)
    response.status_code = status
    response.content_type = "application/problem+json"
    return response


def plain(params: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of a refusal as JSON has them; see `problem`."""
    return {name: _plain(value) for name, value in params.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Money):
        return {"minor": value.minor, "currency": value.currency}
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value if value is None or isinstance(value, str | int | float | dict) else str(value)


def _answer(status: HTTPStatus, code: str, text: str, params: Mapping[str, Any] | None = None) -> Response:
    accepted = request.accept_mimetypes
    if machine_asks():
        return problem(status, code, text, params or {})
    if accepted.quality("text/html") > accepted.quality("application/problem+json"):
        page = render_template("frontoffice/error.html", status=int(status), text=text, code=code)
        return make_response(page, status)
    return problem(status, code, text)
