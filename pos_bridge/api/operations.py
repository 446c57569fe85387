"""What an operation of the interface is, and how one is served: who asks, what is asked, one verb, the answer.

The same `Operation` makes the route and its part of the document (`openapi.py`). Everything that is refused before the
verb is asked is refused here, in this order: the key, too often, no JSON, too large, no key of the message, what does
not fit the shape.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from flask import Blueprint, Response, make_response, request
from pydantic import ValidationError

from folios.errors import N_, CommitUnknown, DatabaseBusy, Refusal
from frontoffice.views import answers
from frontoffice.views.access import machines
from pos_bridge.api import auth
from pos_bridge.api.shapes import MOST_KEY, PRINTABLE, Shape
from pos_bridge.checks import Answer

MOST_SENT = 256 * 1024
KEY_HEADER = "Idempotency-Key"
REPLAYED_HEADER = "Idempotency-Replayed"
MOST_FAULTS = 20


class MessageKeyMissing(Refusal):
    code = "message_key.missing"
    message = N_(
        "The header Idempotency-Key is missing. Give each message a key of its own, and send it again with it."
    )


class MessageKeyInvalid(Refusal):
    code = "message_key.invalid"
    message = N_("An Idempotency-Key is 1 to {most} printable ASCII characters.")


class BodyNotJson(Refusal):
    code = "body.not_json"
    message = N_("Send JSON, with Content-Type: application/json.")


class BodyUnreadable(Refusal):
    code = "body.unreadable"
    message = N_("What was sent is not JSON that can be read.")


class ShapeInvalid(Refusal):
    """Params: `errors`, each `{"pointer": "#/lines/0/amount_minor", "detail": "..."}`."""

    code = "shape.invalid"
    message = N_("What was sent does not have the right shape. Nothing was done.")


class RequestInWork(Refusal):
    code = "request.in_work"
    message = N_("The database is busy, or this very message is being worked on. Send the same again in a moment.")


answers.STATUS_BY_CODE |= {
    "terminal.key_missing": HTTPStatus.UNAUTHORIZED,
    "terminal.key_wrong": HTTPStatus.UNAUTHORIZED,
    "key.revoked": HTTPStatus.UNAUTHORIZED,
    "terminal.off": HTTPStatus.FORBIDDEN,
    "outlet.off": HTTPStatus.FORBIDDEN,
    "terminal.may_not": HTTPStatus.FORBIDDEN,
    "message_key.missing": HTTPStatus.BAD_REQUEST,
    "body.not_json": HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    "body.unreadable": HTTPStatus.BAD_REQUEST,
}
answers.RETRY_AFTER_S["request.in_work"] = 1
_WRONG = {"WWW-Authenticate": 'Bearer realm="tills", error="invalid_token"'}
answers.HEADERS_BY_CODE |= {
    "terminal.key_missing": {"WWW-Authenticate": 'Bearer realm="tills"'},
    "terminal.key_wrong": _WRONG,
    "key.revoked": _WRONG,
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One address with one method. `right`: of `TERMINAL_RIGHTS`; None: of every terminal.

    `view(**facts)` gets what stands in the address and, where it is set, `query`, `body` and `key`. `answers`: the
    shape of each status that is no refusal; `refuses`: the statuses of its own refusals, beside those that all share.
    """

    method: str
    address: str
    view: Callable[..., Response]
    summary: str
    right: str | None = None
    query: type[Shape] | None = None
    body: type[Shape] | None = None
    answers: Mapping[int, type[Shape]] = field(default_factory=dict)
    refuses: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        """What it is called in the document and among the endpoints."""
        return f"{self.view.__module__.rsplit('.', 1)[1]}_{self.view.__name__}"


def hang(blueprint: Blueprint, operations: tuple[Operation, ...]) -> None:
    """Gives the blueprint a route for each operation."""
    for each in operations:
        blueprint.add_url_rule(
            re.sub(r"{(\w+)}", r"<\1:\1>", each.address),
            endpoint=each.name,
            view_func=_served(each),
            methods=[each.method],
            merge_slashes=False,
        )


def answer(shape: Shape, status: HTTPStatus = HTTPStatus.OK, *, replayed: bool = False) -> Response:
    """A shape as JSON; `replayed` says in a header that it is the answer of the first time."""
    response = make_response(shape.model_dump_json(), status)
    response.content_type = "application/json"
    if replayed:
        response.headers[REPLAYED_HEADER] = "true"
    return response


def refused(given: Answer) -> Response:
    """A refusal that is stored, as a problem; its status follows its code, each time it is given."""
    code = given.refusal or ""
    status = answers.status_of_code(code)
    response = answers.problem(status, code, given.text, given.params or {}, may=dict(given.may or {}))
    if given.replayed:
        response.headers[REPLAYED_HEADER] = "true"
    return response


def _served(operation: Operation) -> Callable[..., Response]:
    """The view of an operation, with its guard."""

    @machines(lambda: auth.enter(operation.right))
    def serve(**facts: Any) -> Response:
        if operation.query is not None:
            facts["query"] = _query(operation.query)
        if operation.body is not None:
            raw = _raw()
            facts["key"] = _message_key()
            facts["body"] = _body(operation.body, raw)
        try:
            return operation.view(**facts)
        except CommitUnknown as refusal:
            if operation.body is None:
                raise
            response = answers.answer_refusal(refusal)
            response.headers["Retry-After"] = "5"  # with its key it is safe to send again
            return response
        except DatabaseBusy as busy:
            if operation.body is None:
                raise
            raise RequestInWork from busy

    return serve


def _raw() -> bytes:
    """The bytes of a body of JSON. Refuses another kind (`BodyNotJson`); HTTP itself refuses one that is too large."""
    if request.mimetype != "application/json":
        raise BodyNotJson
    request.max_content_length = MOST_SENT
    return request.get_data(cache=False)


def _message_key() -> str:
    """The sender's own key of the message. Refuses a missing one, and one that could not be stored as it is."""
    key = request.headers.get(KEY_HEADER, "")
    if not key:
        raise MessageKeyMissing
    if len(key) > MOST_KEY or not re.fullmatch(PRINTABLE, key):
        raise MessageKeyInvalid(most=MOST_KEY)
    return key


def _body(shape: type[Shape], raw: bytes) -> Shape:
    try:
        return shape.model_validate_json(raw)
    except ValidationError as error:
        raise _refusal(error) from None


def _query(shape: type[Shape]) -> Shape:
    """The query as a shape; a name that comes twice is refused like one that nobody knows."""
    given = {name: values[0] if len(values) == 1 else values for name, values in request.args.lists()}
    try:
        return shape.model_validate(given)
    except ValidationError as error:
        raise _refusal(error) from None


def _refusal(error: ValidationError) -> Refusal:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    if found[0]["type"] == "json_invalid":
        return BodyUnreadable()
    faults = [{"pointer": _pointer(each["loc"]), "detail": each["msg"]} for each in found[:MOST_FAULTS]]
    return ShapeInvalid(errors=faults)


def _pointer(place: tuple[int | str, ...]) -> str:
    """A JSON pointer as a fragment; names that were made up by the sender are cut short."""
    return "#" + "".join("/" + str(part)[:64].replace("~", "~0").replace("/", "~1") for part in place)
