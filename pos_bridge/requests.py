"""What terminals sent and were answered: the store by which a message is safe to send twice, whatever door it came by.

The row of a charge is written with its voucher, in one statement where the database can; the row of a refusal by
itself. (sender, key) stands once in the table, so two that send the same at the same instant get one answer. What is
kept holds no card numbers.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios import clock
from folios.db import SessionSource, in_unit_of_work
from folios.drafts import Beside, Origin
from folios.errors import N_, DatabaseBusy, Refusal, TextInvalid
from folios.money import MOST_MINOR, Money
from folios.prepared import Prepared
from folios.texts import clean_text
from frontoffice.charge_cards import is_payment_card
from frontoffice.language import show
from pos_bridge.book import Book, TerminalFacts
from pos_bridge.checks import Answer, Check
from pos_bridge.models.messages import PosRequest
from pos_bridge.models.outlets import Terminal

HEARD_EVERY_S = 30
MOST_KEY = 100
INQUIRIES_KEPT = timedelta(days=31)
CARD_NUMBER = re.compile(r"(?<!\d)(?:\d[ -]?){12,18}\d(?!\d)")


class RequestKeyReused(Refusal):
    code = "request.key_reused"
    message = N_("Key {key} was used before for something else. Use a new key.")


class RequestUnknown(Refusal):
    code = "request.unknown"
    message = N_("Nothing was sent with key {key}.")


class KeyRevoked(Refusal):
    code = "key.revoked"
    message = N_("The key of terminal {terminal} is not valid any more. Ask the administrator for a new one.")


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends: a terminal, by its code, with the SHA-256 of the key it signed in with (a link has none).

    A sender that does not suspend is refused what cannot be placed, whatever its outlet does. `over_limit_by`: who lets
    its charges pass the house limit.
    """

    terminal: str
    key_hash: str | None = None
    suspends: bool = True
    over_limit_by: str | None = None

    @property
    def name(self) -> str:
        """How vouchers, requests and the audit trail name it."""
        return f"pos:{self.terminal}"

    def allowed(self, book: Book, deed: str) -> TerminalFacts:
        """Its terminal as it is set up. Refuses a key that was revoked, what is off, and a deed it may not do."""
        if self.key_hash is not None and self.key_hash not in book.keys:
            raise KeyRevoked(terminal=self.terminal)
        terminal = book.terminal(self.terminal)
        terminal.require(deed)
        return terminal

    def origin(self, terminal: TerminalFacts, key: str | None = None) -> Origin:
        """The origin of what it posts."""
        return Origin(
            operator=self.name,
            outlet=terminal.outlet.code,
            terminal=terminal.code,
            sender=None if key is None else self.name,
            key=key,
        )


BesideIt = Callable[[Answer], Sequence[Beside]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A message as it is stored: who sent it under which key, its kind, what it was about, and what it said.

    `beside`: rows of the door it came by, made of the answer, that are written with it.
    """

    sender: Sender
    key: str
    kind: str
    content_hash: str
    body: Mapping[str, Any]
    place: str | None = None
    check_number: str | None = None
    total_minor: int | None = None
    beside: BesideIt | None = None


def own_key(key: str) -> str:
    """A sender's number of a message, as it was given. Refuses a blank one, and what could not be stored."""
    if clean_text("key", key, MOST_KEY) is None or len(key) > MOST_KEY:
        raise TextInvalid(field="key")
    return key


# --- what was answered before -----------------------------------------------------------------------------------


def first_answer(session: Session, asked: Asked) -> Answer | None:
    """The answer given when this was sent before. Refuses (`RequestKeyReused`) the same key with other content."""
    row = _by_key(session, asked.sender, asked.key)
    if row is None:
        return None
    if row.content_hash is None:  # a charge that was taken back before it came
        if row.kind != asked.kind:
            raise RequestKeyReused(key=asked.key)
    elif row.content_hash != asked.content_hash:
        raise RequestKeyReused(key=asked.key)
    return answer_of(row)


def answered(session: Session, sender: Sender, key: str) -> Answer:
    """What was answered under one of the sender's own keys. Refuses `RequestUnknown`."""
    row = _by_key(session, sender, key)
    if row is None:
        raise RequestUnknown(key=key)
    return answer_of(row)


_KEY = sa.select(PosRequest.id).where(
    PosRequest.sender == sa.bindparam("sender"), PosRequest.key == sa.bindparam("key")
)
_KEY_USED = Prepared({"sqlite": _KEY, "postgresql": _KEY})


def _by_key(session: Session, sender: Sender, key: str) -> PosRequest | None:
    if _KEY_USED.run(session.connection(), {"sender": sender.name, "key": key}).first() is None:
        return None  # as nearly always
    wanted = sa.select(PosRequest).where(PosRequest.sender == sender.name, PosRequest.key == key)
    return session.scalar(wanted.execution_options(populate_existing=True))


def answer_of(row: PosRequest) -> Answer:
    """The answer that stands in a row, as one that is given again."""
    return Answer(
        outcome=row.outcome,  # type: ignore[arg-type]
        key=row.key or "",
        voucher_id=row.voucher_id,
        business_date=row.business_date,
        replayed=True,
        **row.answer,
    )


# --- what is answered now -----------------------------------------------------------------------------------------


def row_of(asked: Asked, terminal: TerminalFacts, answer: Answer, **more: Any) -> dict[str, Any]:
    """The columns of a message and its answer, but for id and day; `more`: columns of what was done (`folio_id`)."""
    total_minor = asked.total_minor if answer.total_minor is None else answer.total_minor
    return {
        "sender": asked.sender.name,
        "key": asked.key,
        "kind": asked.kind,
        "outcome": answer.outcome,
        "refusal": answer.refusal,
        "content_hash": asked.content_hash,
        "received_at": clock.now(),
        "outlet": terminal.outlet.code,
        "terminal": terminal.code,
        "place": asked.place,
        "check_number": asked.check_number,
        "total_minor": total_minor if abs(total_minor or 0) <= MOST_MINOR else None,
        "body": dict(asked.body),
        "answer": answer.stored(),
        **more,
    }


def store(session: Session, asked: Asked, terminal: TerminalFacts, answer: Answer, day: date, **more: Any) -> Answer:
    """Writes a message with its answer. The same key at the same instant: `DatabaseBusy`, to look again."""
    row = row_of(asked, terminal, answer, business_date=day, **more)
    try:
        with session.begin_nested():
            session.execute(sa.insert(PosRequest), row)
            for each in () if asked.beside is None else asked.beside(answer):
                session.execute(sa.insert(each.table), {**each.row, "voucher_id": row.get("voucher_id")})
    except IntegrityError:
        raise DatabaseBusy from None
    return replace(answer, business_date=day, voucher_id=row.get("voucher_id"))


def refused(
    session: Session,
    asked: Asked,
    terminal: TerminalFacts,
    refusal: Refusal,
    day: date,
    may: Mapping[str, str | None] | None = None,
    **more: Any,
) -> Answer:
    """Writes that a message was refused and why; the answer is given again when it is sent again."""
    answer = Answer(
        outcome="refused", key=asked.key, refusal=refusal.code, text=show(refusal), params=_plain(refusal), may=may
    )
    return store(session, asked, terminal, answer, day, **more)


def _plain(refusal: Refusal) -> dict[str, Any] | None:
    """The facts of a refusal for machines: money in minor units with its currency, dates in ISO."""
    plain: dict[str, Any] = {}
    for name, value in refusal.params.items():
        if isinstance(value, Money):
            plain[name] = {"minor": value.minor, "currency": value.currency}
        elif isinstance(value, int | str) or value is None:
            plain[name] = value
        else:
            plain[name] = _iso(value) if isinstance(value, date) else str(value)
    return plain or None


def body_of(asked: Any) -> dict[str, Any]:
    """What was sent, as it is kept: what was left out is left out, of a card the last four digits stay."""
    body = {name: _iso(value) for name, value in asdict(asked).items() if value not in (None, ())}
    if isinstance(asked, Check):
        whom = {name: value for name, value in body["whom"].items() if value is not None}
        if "card" in whom:
            whom["card"] = f"…{whom['card'][-4:]}"
        body["whom"] = whom
        lines = [{name: value for name, value in line.items() if value is not None} for line in body.get("lines", ())]
        body["lines"] = lines
    return body


def _iso(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value


# --- card numbers, and signs of life ------------------------------------------------------------------------------


def masked(text: str | None) -> str | None:
    """A text with the numbers of payment cards in it shortened to their last four digits."""
    if text is None or len(text) < 13:
        return text
    return CARD_NUMBER.sub(lambda found: _mask(found.group()), text)


def _mask(digits: str) -> str:
    plain = re.sub(r"\D", "", digits)
    return f"…{plain[-4:]}" if is_payment_card(plain) else digits


_heard: dict[str, float] = {}


def heard(sessions: SessionSource, terminal: str) -> None:
    """Notes that a terminal was heard of: at most every 30 seconds, in a unit of its own."""
    now = time.monotonic()
    if now - _heard.get(terminal, -HEARD_EVERY_S) < HEARD_EVERY_S:
        return
    _heard[terminal] = now
    moment = sa.update(Terminal).where(Terminal.code == terminal).values(heard_at=clock.now(), version=Terminal.version)
    in_unit_of_work(sessions, lambda session: session.execute(moment.execution_options(synchronize_session=False)))


def log_inquiry(
    session: Session, sender: Sender, terminal: TerminalFacts, place: str, body: Mapping[str, Any], found: int
) -> None:
    """Keeps that a terminal asked who is there, and how many it was told of. An inquiry has no key."""
    session.execute(
        sa.insert(PosRequest),
        {
            "sender": sender.name,
            "kind": "inquiry",
            "outcome": "done",
            "received_at": clock.now(),
            "outlet": terminal.outlet.code,
            "terminal": terminal.code,
            "place": place[:60],
            "body": dict(body),
            "answer": {"found": found},
        },
    )


def forget_inquiries(session: Session) -> int:
    """Removes what terminals only asked more than `INQUIRIES_KEPT` ago; what they sent with a key stays for good."""
    old = sa.delete(PosRequest).where(PosRequest.key.is_(None), PosRequest.received_at < clock.now() - INQUIRIES_KEPT)
    return len(session.execute(old.returning(PosRequest.id)).all())
