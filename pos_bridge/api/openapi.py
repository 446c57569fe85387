"""The OpenAPI 3.1 document, made from the table of operations and from the shapes that the operations take and give."""

from __future__ import annotations

import re
from collections.abc import Iterable
from http import HTTPStatus
from importlib.metadata import version
from inspect import cleandoc
from typing import Any, Literal

from pydantic.json_schema import models_json_schema

from pos_bridge.api.operations import KEY_HEADER, MOST_SENT, REPLAYED_HEADER, Operation
from pos_bridge.api.shapes import MOST_KEY, PRINTABLE, Shape
from pos_bridge.api.told import Problem

REF = "#/components/schemas/{model}"
OF_ALL = (401, 403, 429, 503)
OF_READS = (409,)
OF_WRITES = (400, 409, 413, 415, 422)
ABOUT = f"""
Amounts are whole minor units of the hotel's currency (4550 is 45.50 EUR) and never anything else; dates are business
dates, written 2026-03-01. Each terminal has a key of its own, sent as `Authorization: Bearer KEY`.

Every write carries an `{KEY_HEADER}` of the sender's choice, 1 to {MOST_KEY} printable ASCII characters, kept with the
check before it is sent. The same key with the same content gives the first answer again, also a refusal, with the
header `{REPLAYED_HEADER}: true`, however often and however late it is sent; with other content it is refused (409). So
whatever is not answered is sent again as it is. 429, 503 and 409 `request.in_work` say after how many seconds.

Whatever is refused is a problem (RFC 9457): `detail` is what a waiter can say, in the language of `Accept-Language`;
`code` is what a program goes by; `may` says what may be done next. At most {MOST_SENT // 1024} KiB may be sent.
"""
PARAMETERS = {
    "number": ("The number of the folio.", {"type": "string", "minLength": 1, "maxLength": 60}),
    "key": ("The key that the message was sent with.", {"$ref": "#/components/schemas/MessageKey"}),
    "charge": ("The key that the charge was sent with.", {"$ref": "#/components/schemas/MessageKey"}),
}


def document(base: str, operations: Iterable[Operation]) -> dict[str, Any]:
    """The document of the operations under an address."""
    operations = tuple(operations)
    paths: dict[str, dict[str, Any]] = {}
    for each in operations:
        paths.setdefault(each.address, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Front office for tills",
            "version": version("frontoffice"),
            "description": ABOUT.strip(),
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "security": [{"terminal": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"terminal": {"type": "http", "scheme": "bearer", "description": "A terminal's key."}},
            "schemas": _schemas(operations),
            "headers": {
                REPLAYED_HEADER: {
                    "description": "Present where this is the answer of the first time.",
                    "schema": {"type": "string", "const": "true"},
                },
            },
        },
    }


def _schemas(operations: Iterable[Operation]) -> dict[str, Any]:
    """All shapes by name, as they are sent and as they are told."""
    wanted: list[tuple[type[Shape], Literal["validation", "serialization"]]] = [(Problem, "serialization")]
    for each in operations:
        wanted += [(each.body, "validation")] if each.body else []
        wanted += [(shape, "serialization") for shape in each.answers.values()]
    _, definitions = models_json_schema(list(dict.fromkeys(wanted)), ref_template=REF)
    schemas: dict[str, Any] = definitions["$defs"]
    schemas["MessageKey"] = {"type": "string", "minLength": 1, "maxLength": MOST_KEY, "pattern": PRINTABLE}
    return schemas


def _operation(operation: Operation) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "description": _description(operation),
        "parameters": _parameters(operation),
        "responses": _responses(operation),
    }
    if operation.body is not None:
        told["requestBody"] = {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": REF.format(model=operation.body.__name__)}}},
        }
    return told


def _description(operation: Operation) -> str:
    right = f"Needs the terminal's right `{operation.right}`." if operation.right else "For every terminal."
    return f"{cleandoc(operation.view.__doc__ or '')} {right}"


def _parameters(operation: Operation) -> list[dict[str, Any]]:
    found = []
    for name in re.findall(r"{(\w+)}", operation.address):
        about, schema = PARAMETERS[name]
        found.append({"name": name, "in": "path", "required": True, "description": about, "schema": schema})
    if operation.query is not None:
        described = operation.query.model_json_schema()
        for name, schema in described["properties"].items():
            plain = next((each for each in schema.get("anyOf", ()) if each.get("type") != "null"), schema)
            shown = {word: value for word, value in plain.items() if word not in ("title", "default")}
            found.append({"name": name, "in": "query", "required": False, "schema": shown})
    if operation.body is not None:
        about = "The sender's own key of this message; the same again means the same message."
        schema = {"$ref": "#/components/schemas/MessageKey"}
        found.append({"name": KEY_HEADER, "in": "header", "required": True, "description": about, "schema": schema})
    return found


def _responses(operation: Operation) -> dict[str, Any]:
    refused = {*OF_ALL, *operation.refuses, *(OF_READS if operation.body is None else OF_WRITES)}
    answered = {status: _response(status, shape, "application/json") for status, shape in operation.answers.items()}
    problems = {status: _response(status, Problem, "application/problem+json") for status in refused}
    if operation.body is not None:
        for each in answered.values():
            each["headers"] = {REPLAYED_HEADER: {"$ref": f"#/components/headers/{REPLAYED_HEADER}"}}
    return {str(status): response for status, response in sorted((answered | problems).items())}


def _response(status: int, shape: type[Shape], kind: str) -> dict[str, Any]:
    schema = {"$ref": REF.format(model=shape.__name__)}
    return {"description": HTTPStatus(status).phrase, "content": {kind: {"schema": schema}}}
