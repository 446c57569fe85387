"""The document of the interface, and the page to read it and to try it on.

Both are open to everybody: they hold nothing of the hotel, and who programs a till has no account at the desk. Whatever
is tried needs a terminal's key, which the page neither keeps nor sends anywhere else.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from flask import Response, make_response

from frontoffice.views.access import machines, public
from frontoffice.views.pages import page
from pos_bridge.api.openapi import document
from pos_bridge.api.operations import Operation

EXAMPLES = {
    "charges_send": {
        "whom": {"room": "101"},
        "lines": [{"kind": "item", "amount_minor": 4550, "text": "Dinner"}],
        "total_minor": 4550,
        "currency": "EUR",
        "check_number": "1024",
        "covers": 2,
    },
    "charges_void": {"reason": "Wrong table", "amount_minor": 1000, "currency": "EUR"},
    "charges_send_many": {
        "entries": [
            {
                "do": "charge",
                "key": "bar-7-0001",
                "charge": {
                    "whom": {"room": "101"},
                    "lines": [{"kind": "item", "amount_minor": 800}],
                    "currency": "EUR",
                },
            },
            {"do": "void", "key": "bar-7-0002", "charge_key": "bar-7-0001", "void": {"reason": "Never served"}},
        ]
    },
    "days_z_report": {
        "number": "Z-31",
        "total_minor": 4550,
        "checks": [{"check_number": "1024", "total_minor": 4550}],
        "currency": "EUR",
    },
}


def pages(base: str, operations: Sequence[Operation]) -> tuple[tuple[str, tuple[str, ...], Callable[..., Any]], ...]:
    """The table of the addresses: the document, and the page."""

    @cache
    def text() -> str:
        return json.dumps(document(base, operations), indent=2, ensure_ascii=False)

    @machines(lambda: None)
    def openapi() -> Response:
        """The document."""
        response = make_response(text())
        response.content_type = "application/json"
        return response

    @public
    def docs() -> str:
        """Every operation with what it takes, and a form that sends it."""
        described = document(base, operations)
        told = [
            {"method": each.method, "address": base + each.address, "name": each.name}
            | described["paths"][each.address][each.method.lower()]
            | {"example": json.dumps(EXAMPLES.get(each.name), indent=2) if each.body else None}
            for each in operations
        ]
        shapes = [
            (name, {"description": schema.get("description"), "text": json.dumps(schema, indent=2, ensure_ascii=False)})
            for name, schema in sorted(described["components"]["schemas"].items())
        ]
        about = described["info"]["description"]
        return page("pos_bridge/api/docs.html", base=base, about=about, operations=told, shapes=shapes)

    return (f"{base}/openapi.json", ("GET",), openapi), (f"{base}/docs", ("GET",), docs)
