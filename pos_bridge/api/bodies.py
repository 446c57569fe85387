"""What a terminal sends: the bodies of its writes and the questions of its reads, and what the rules make of them."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from pos_bridge import checks, z_reports
from pos_bridge.api.shapes import (
    AskedFigure,
    Charged,
    Currency,
    Day,
    Key,
    Minor,
    Remark,
    Shape,
    Signed,
    Text16,
    Text32,
    Text40,
    Text60,
    Text100,
    Text200,
)
from pos_bridge.pricing import MOST_LINES

MOST_ENTRIES = 100
MOST_PAYERS = 16
MOST_NEWS = 200
MOST_ID = 2**53 - 1  # the largest whole number that every reader of JSON keeps as it is


class Whom(Shape):
    """Who is to pay: a room, the number of a stay, an account or one of the hotel's cards. A room with a stay or a name
    means that guest and nobody else; a name alone is looked for.
    """

    room: Text16 | None = None
    name: Text60 | None = None
    stay: Annotated[int, Field(ge=1, le=MOST_ID)] | None = None
    account: Text60 | None = None
    card: Text60 | None = None

    def meant(self) -> checks.Whom:
        """As the rules know it."""
        return checks.Whom(self.room, self.name, self.stay, self.account, self.card)


class Line(Shape):
    """A line of a check. `amount_minor` is for the whole line; a discount is above zero too, and is taken off. It may
    be left out for an article that the hotel prices. `number` is the till's own number of the subtotal, tax or tip.
    """

    kind: Literal["item", "tax", "service", "tip", "discount"]
    amount_minor: Minor | None = None
    number: Annotated[int, Field(ge=0, le=99)] = 1
    quantity: Annotated[int, Field(ge=1, le=9999)] = 1
    article: Annotated[int, Field(ge=1, le=9999)] | None = None
    text: Text200 | None = None


class Call(Shape):
    """A telephone call that the hotel prices: by its length, or by the exchange's pulses."""

    digits: Annotated[str, Field(min_length=1, max_length=20, pattern=r"^[0-9*#+]+$")]
    duration_s: Annotated[int, Field(ge=0, le=604_800)] | None = None
    pulses: Annotated[int, Field(ge=0, le=1_000_000)] | None = None


class Charge(Shape):
    """What is to be charged to whom. `total_minor` must be the sum of the lines. `at` is the till's own moment, as it
    writes it; it decides nothing: the charge is booked on the business date that is open.
    """

    whom: Whom
    lines: Annotated[tuple[Line, ...], Field(max_length=MOST_LINES, strict=False)] = ()
    call: Call | None = None
    total_minor: Minor | None = None
    currency: Currency
    check_number: Text32 | None = None
    covers: Annotated[int, Field(ge=0, le=9999)] | None = None
    table: Text16 | None = None
    period: Text16 | None = None
    waiter: Text40 | None = None
    reference: Text100 | None = None
    remark: Remark | None = None
    at: Text40 | None = None

    def meant(self) -> checks.Check:
        """As the rules know it."""
        facts: dict[str, Any] = {name: getattr(self, name) for name in _PLAIN}
        lines = tuple(checks.CheckLine(**dict(line)) for line in self.lines)
        call = None if self.call is None else checks.Call(**dict(self.call))
        return checks.Check(whom=self.whom.meant(), lines=lines, call=call, **facts)


_PLAIN = (
    "total_minor",
    "currency",
    "check_number",
    "covers",
    "table",
    "period",
    "waiter",
    "reference",
    "remark",
    "at",
)


class Void(Shape):
    """Takes a charge back: all of it, or `amount_minor` of it, taxes included."""

    reason: Text200
    amount_minor: Charged | None = None
    currency: Currency | None = None

    def meant(self, charge_key: str) -> checks.TakeBack:
        """As the rules know it."""
        return checks.TakeBack(charge_key, self.reason, self.amount_minor)


class ChargeEntry(Shape):
    """A charge of a batch, under the key that it would have been sent with alone."""

    do: Literal["charge"]
    key: Key
    charge: Charge


class VoidEntry(Shape):
    """A void of a batch; `charge_key` is the key of the charge, which may stand earlier in the same batch."""

    do: Literal["void"]
    key: Key
    charge_key: Key
    void: Void


class Batch(Shape):
    """What a till kept while the line was down, in the order in which it happened."""

    entries: Annotated[
        tuple[Annotated[ChargeEntry | VoidEntry, Field(discriminator="do")], ...],
        Field(min_length=1, max_length=MOST_ENTRIES, strict=False),
    ]


class ZCheck(Shape):
    """A check as the till has it: what it charged to rooms and accounts less what it took back."""

    check_number: Text32
    total_minor: Signed


class ZReport(Shape):
    """A till's totals of a business date (the open one, where none is named); `number` is the till's own."""

    number: Text32
    total_minor: Signed
    checks: Annotated[tuple[ZCheck, ...], Field(max_length=z_reports.MOST_CHECKS, strict=False)]
    business_date: Day | None = None
    currency: Currency

    def meant(self) -> z_reports.ZTotals:
        """As the rules know it."""
        told = tuple(z_reports.ZCheck(each.check_number, each.total_minor) for each in self.checks)
        day = None if self.business_date is None else date.fromisoformat(self.business_date)
        return z_reports.ZTotals(self.number, self.total_minor, told, day, self.currency)


class GuestsAsked(Shape):
    """Who is to pay, as it is typed at the till."""

    room: Text16 | None = None
    name: Text60 | None = None
    stay: Annotated[AskedFigure, Field(ge=1, le=MOST_ID)] | None = None
    account: Text60 | None = None
    card: Text60 | None = None
    most: Annotated[AskedFigure, Field(ge=1, le=MOST_PAYERS)] = MOST_PAYERS

    def meant(self) -> checks.Whom:
        """As the rules know it."""
        return checks.Whom(self.room, self.name, self.stay, self.account, self.card)


class FolioAsked(Shape):
    """From which business date on lines are wanted; the open one, if none is named."""

    since: Day | None = None


class NewsAsked(Shape):
    """`after` is the cursor of the answer before; without one, from the oldest that is kept."""

    after: Text100 | None = None
    most: Annotated[AskedFigure, Field(ge=1, le=MOST_NEWS)] = 100
