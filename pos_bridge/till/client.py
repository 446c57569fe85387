"""How a till talks to the hotel: one request, one answer, over HTTP(S); no redirects: the key goes nowhere else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

from folios.errors import N_, Refusal

BASE = "/api/v1"
MOST_ANSWER = 8 * 1024 * 1024
AGAIN = frozenset({401, 403, 408, 429, 502, 503, 504})
"""Statuses that say nothing about the message itself: it is kept and sent again."""
IN_WORK = "request.in_work"


class HotelUnreachable(Refusal):
    code = "till.hotel_unreachable"
    message = N_("The hotel cannot be reached ({cause}).")


class AddressInvalid(Refusal):
    code = "till.address_invalid"
    message = N_("{url} is not the address of a hotel. Write it like https://hotel.example or http://127.0.0.1:5000.")


class TillKeyMissing(Refusal):
    code = "till.key_missing"
    message = N_("Give the terminal's key with --key or FRONTOFFICE_TERMINAL_KEY.")


@dataclass(frozen=True, slots=True)
class Reply:
    """What the hotel answered."""

    status: int
    body: dict[str, Any]

    @property
    def done(self) -> bool:
        """Whether it was done, now or before, or waits in suspense."""
        return 200 <= self.status < 300

    def settles(self, key: str) -> bool:
        """Whether this is the hotel's answer to the message of that key, so that it is not to be sent again."""
        if self.done:
            return self.body.get("key") == key
        refused = 400 <= self.status < 500 and self.status not in AGAIN
        return refused and self.body.get("code", IN_WORK) != IN_WORK

    @property
    def text(self) -> str:
        """What a waiter can say."""
        return str(self.body.get("text") or self.body.get("detail") or "")


class _Stay(HTTPRedirectHandler):
    """Follows nobody anywhere."""

    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        """None: the redirect is an answer that cannot be used."""


class Client:
    """A terminal's line to the hotel at `url`, with its `key`. `timeout_s` is how long it waits for an answer."""

    def __init__(self, url: str, key: str, timeout_s: float = 10) -> None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise AddressInvalid(url=url)
        if not key.strip():
            raise TillKeyMissing
        self._url, self._key, self._timeout_s = url.rstrip("/"), key.strip(), timeout_s
        self._opener = build_opener(_Stay)

    def get(self, path: str, query: Mapping[str, str | int | None] | None = None) -> Reply:
        """Asks for something."""
        asked = {name: value for name, value in (query or {}).items() if value is not None}
        return self._send(Request(f"{self._address(path)}?{urlencode(asked)}".removesuffix("?")))  # noqa: S310 - http(s)

    def post(self, path: str, key: str, body: str) -> Reply:
        """Sends a message with its key; `body` is JSON, always the same for the same key."""
        request = Request(self._address(path), body.encode(), method="POST")  # noqa: S310 - http(s), see above
        request.add_header("Content-Type", "application/json")
        request.add_header("Idempotency-Key", key)
        return self._send(request)

    def _address(self, path: str) -> str:
        return self._url + BASE + path

    def _send(self, request: Request) -> Reply:
        request.add_header("Authorization", f"Bearer {self._key}")
        request.add_header("Accept", "application/json, application/problem+json")
        try:
            with self._open(request) as answer:
                return Reply(answer.status or 0, _read(answer.read(MOST_ANSWER)))
        except (OSError, HTTPException, ValueError) as error:
            raise HotelUnreachable(cause=getattr(error, "reason", None) or type(error).__name__) from None

    def _open(self, request: Request) -> Any:
        try:
            return self._opener.open(request, timeout=self._timeout_s)
        except HTTPError as answer:  # an answer like any other
            return answer


def _read(text: bytes) -> dict[str, Any]:
    """The object that was answered; whatever is none did not come from the interface: as if nobody had answered."""
    body = json.loads(text)
    if not isinstance(body, dict):
        raise ValueError("no object")
    return body
