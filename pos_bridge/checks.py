"""The shapes that every door of the bridge speaks in: who is to pay, a check with its lines, and the answer. No
database here, and nothing of JSON, FIAS or paper.

Amounts are whole minor units of the hotel's currency.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any, Literal

LineKind = Literal["item", "tax", "service", "tip", "discount"]
Outcome = Literal["done", "suspense", "refused"]


@dataclass(frozen=True, slots=True)
class Whom:
    """Who is to pay, as a till names them. One of `room`, `stay`, `account`, `card`; or `name` alone, to look for.

    `room` with `stay` or `name` means that guest in that room and nobody else. `stay` is the number of the reservation,
    `account` the number of a house, staff, master or guest folio, `card` one of the hotel's own cards. `sharer`, with
    `stay`, is the one who lives there too, by the number of that.
    """

    room: str | None = None
    name: str | None = None
    stay: int | None = None
    account: str | None = None
    card: str | None = None
    sharer: int | None = None

    @property
    def place(self) -> str:
        """How it is written in lists: without a card's digits but the last four."""
        if self.card is not None:
            return f"card …{self.card[-4:]}"
        parts = [self.room, None if self.stay is None else f"#{self.stay}", self.account, self.name]
        return " ".join(part for part in parts if part)[:60]


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A line of a check. `amount_minor` is for the whole line; a discount's too is above zero, and is taken off.

    `number` is the till's own (subtotal 3, tax 1). An `article` of the outlet, or a call, is priced by us where the
    amount is left out.
    """

    kind: LineKind
    amount_minor: int | None = None
    number: int = 1
    quantity: int = 1
    article: int | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A telephone call to be priced by the outlet's tariffs: by its length, or by the exchange's pulses."""

    digits: str
    duration_s: int | None = None
    pulses: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """What is to be charged. `total_minor` must be the sum of the lines; it may be left out where we price them all.

    `at` is the till's own moment, as it says it; it decides nothing.
    """

    whom: Whom
    lines: tuple[CheckLine, ...] = ()
    call: Call | None = None
    total_minor: int | None = None
    currency: str | None = None
    check_number: str | None = None
    covers: int | None = None
    table: str | None = None
    period: str | None = None
    waiter: str | None = None
    reference: str | None = None
    remark: str | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True)
class TakeBack:
    """Which of the sender's own charges is taken back, by the key it was sent with; in whole, or `amount_minor` of it,
    taxes included.
    """

    charge_key: str
    reason: str
    amount_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sender is told. `refusal` is the stable code of a refusal, `text` what a waiter can say, in `language`.

    `total_minor` is what was charged (or taken back) with all taxes; `room` and `guest` whom it went to. `replayed`: it
    was sent before, and this is the first answer again. `twin`: an earlier charge of another key looks the same. `may`:
    what the sender may do next, each with the reason when it may not (None: it may).
    """

    outcome: Outcome
    key: str
    text: str = ""
    refusal: str | None = None
    params: Mapping[str, Any] | None = None
    voucher_id: int | None = None
    business_date: date | None = None
    total_minor: int | None = None
    currency: str | None = None
    folio: str | None = None
    room: str | None = None
    guest: str | None = None
    twin: str | None = None
    may: Mapping[str, str | None] | None = None
    replayed: bool = False

    def stored(self) -> dict[str, Any]:
        """What is kept of it beside its columns."""
        kept = ("text", "refusal", "params", "total_minor", "currency", "folio", "room", "guest", "twin", "may")
        return {name: value for name in kept if (value := getattr(self, name)) is not None}


def content_hash(kind: str, asked: Any) -> str:
    """SHA-256 of what was asked, to recognise it by when its key comes again."""
    told = asdict(asked)
    if told.get("whom", {}).get("sharer", 0) is None:  # so that what was sent before there were any is known again
        del told["whom"]["sharer"]
    text = json.dumps([kind, told], sort_keys=True, ensure_ascii=False, default=_plain)
    return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()


def _plain(value: object) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value)} is not asked for by any door")
