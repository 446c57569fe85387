"""What a terminal is told: the shapes of the answers, made from what the rules answer."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated, Any, Literal

from pydantic import Field

from folios.statements import StatementLine
from pos_bridge.api.shapes import May, Shape, Signed, ToldDay
from pos_bridge.checks import Answer
from pos_bridge.models.messages import ZReport
from pos_bridge.payers import Payer

Params = dict[str, Any]


class Problem(Shape):
    """Why something was not done (RFC 9457). `detail` is what a waiter can say, in the language that was asked for;
    `code` and `params` are for programs: money among them is `{"minor": 4550, "currency": "EUR"}`.
    """

    type: str
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    code: str
    params: Params = Field(default_factory=dict)
    may: May = Field(default_factory=dict)

    @classmethod
    def of(cls, status: HTTPStatus, code: str, detail: str, params: Params, may: dict[str, str | None]) -> Problem:
        """The problem that would have been the whole answer."""
        return cls.model_construct(
            type="about:blank",
            title=status.phrase,
            status=int(status),
            detail=detail,
            code=code,
            params=params,
            may=may,
        )


class Charged(Shape):
    """What became of a charge or of a void. `outcome`: `done`; `suspense`, it was taken but could not be placed, and
    the front desk will; `refused`, with the code and a `text`. `total_minor` is what was charged or taken back, with
    all taxes. `twin`: the key of an earlier charge that looks the same. `replayed`: it had been sent before.
    """

    outcome: Literal["done", "suspense", "refused"]
    key: str
    text: str
    refusal: str | None
    params: Params | None
    voucher: int | None
    business_date: ToldDay | None
    total_minor: Signed | None
    currency: str | None
    folio: str | None
    room: str | None
    guest: str | None
    twin: str | None
    may: May | None
    replayed: bool

    @classmethod
    def of(cls, answer: Answer) -> Charged:
        """The answer of the rules."""
        return cls.model_construct(
            outcome=answer.outcome,
            key=answer.key,
            text=answer.text,
            refusal=answer.refusal,
            params=None if answer.params is None else dict(answer.params),
            voucher=answer.voucher_id,
            business_date=answer.business_date,
            total_minor=answer.total_minor,
            currency=answer.currency,
            folio=answer.folio,
            room=answer.room,
            guest=answer.guest,
            twin=answer.twin,
            may=None if answer.may is None else dict(answer.may),
            replayed=answer.replayed,
        )


class BatchOutcome(Shape):
    """What became of one entry: the status and the answer that it would have got alone; `problem` when refused."""

    key: str
    status: int
    charge: Charged | None
    problem: Problem | None


class BatchDone(Shape):
    """One outcome for each entry, in order."""

    outcomes: list[BatchOutcome]
    replayed: bool


class Guest(Shape):
    """Somebody who may be charged, or may not: `may` says why. `folio` is the number of the account."""

    kind: Literal["guest", "sharer", "account"]
    room: str | None
    stay: int | None
    guest: str
    title: str | None
    language: str | None
    arrival: ToldDay | None
    departure: ToldDay | None
    folio: str
    folio_type: str
    may: May

    @classmethod
    def of(cls, payer: Payer) -> Guest:
        """The answer of the rules."""
        return cls.model_construct(
            kind=payer.kind,
            room=payer.room,
            stay=payer.stay_id,
            guest=payer.guest,
            title=payer.title,
            language=payer.language,
            arrival=payer.arrival,
            departure=payer.departure,
            folio=payer.folio,
            folio_type=payer.folio_type,
            may=dict(payer.may),
        )


class GuestsFound(Shape):
    """Whoever fits, the likeliest first: a room may be shared, a name may be several people's."""

    guests: list[Guest]


class FolioLine(Shape):
    """A line of a folio; exactly one of debit and credit is above zero. `balance_minor` is that after the line."""

    business_date: ToldDay
    voucher: int
    kind: str
    text: str
    quantity: int
    check_number: str | None
    debit_minor: Signed
    credit_minor: Signed
    balance_minor: Signed

    @classmethod
    def of(cls, line: StatementLine) -> FolioLine:
        """A line without who posted it and whatever else is not for a till."""
        return cls.model_construct(
            business_date=line.business_date,
            voucher=line.voucher_id,
            kind=line.kind,
            text=line.text,
            quantity=line.quantity,
            check_number=line.check_number,
            debit_minor=line.debit_minor,
            credit_minor=line.credit_minor,
            balance_minor=line.balance_minor,
        )


class FolioTold(Shape):
    """An account as a till may see it: what may be done, and its lines since a business date; at most the newest 500,
    `left_out` says how many older ones there are.
    """

    folio: str
    type: str
    status: str
    currency: str
    since: ToldDay
    opening_minor: Signed
    balance_minor: Signed
    limit_minor: Signed | None
    may: May
    lines: list[FolioLine]
    left_out: int


class BusinessDateTold(Shape):
    """The date that whatever is charged now is booked on; it is the ledger's, never the clock's."""

    business_date: ToldDay
    currency: str


class NewsItem(Shape):
    """Something that happened to a guest in house, with room and name as they were then."""

    kind: Literal["checked_in", "checked_out", "moved", "changed"]
    at: Annotated[str, Field(json_schema_extra={"format": "date-time"})]
    stay: int
    room: str | None = None
    from_room: str | None = None
    guest: str | None = None
    first_names: str | None = None


class NewsTold(Shape):
    """What is new, in order. Ask again `after` this cursor; nothing is ever passed over."""

    events: list[NewsItem]
    cursor: str


class Difference(Shape):
    """A check in which the till and the books differ; null where it is missing. "" stands for all without a number."""

    check_number: str
    till_minor: Signed | None
    books_minor: Signed | None


class ZReportTold(Shape):
    """What the books say to a till's total. `desk_minor` is what the desk took back that day of what the till had
    charged; of what the control folio moved (`control_minor`), `control_outlet_minor` came from the outlet's terminals.
    """

    key: str
    text: str
    business_date: ToldDay
    currency: str | None
    till_minor: Signed
    books_minor: Signed
    differences: list[Difference]
    desk_minor: Signed
    control: str
    control_minor: Signed
    control_outlet_minor: Signed
    replayed: bool

    @classmethod
    def of(cls, answer: Answer, report: ZReport) -> ZReportTold:
        """The answer of the rules with the report they kept."""
        beside = ("desk_minor", "control", "control_minor", "control_outlet_minor")
        differing = [
            Difference(check_number=number, till_minor=till, books_minor=books)
            for number, till, books in report.differences
        ]
        return cls.model_construct(
            key=answer.key,
            text=answer.text,
            business_date=report.business_date,
            currency=answer.currency,
            till_minor=report.till_minor,
            books_minor=report.books_minor,
            differences=differing,
            replayed=answer.replayed,
            **{name: report.content[name] for name in beside},
        )
