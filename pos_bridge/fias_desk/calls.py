"""A record that came over a link, with all that its handler needs, and the fields every answer carries.

No rule lives here, and nothing is read or written but the outlets' book.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from folios.db import SessionSource
from folios.money import minor_digits
from pos_bridge.book import Book, LinkRules, book
from pos_bridge.checks import Whom
from pos_bridge.fias import values
from pos_bridge.fias.answers import AnswerStatus
from pos_bridge.fias.records import Record, record
from pos_bridge.fias_links.seam import Conversation

MOST_TEXT = 50
SHARERS_FROM = 1_000_000_000
"""Numbers (G#) of those who share a room begin here; below are those of stays. Ten digits, and no more than 31 bits."""

Fields = Iterable[tuple[str, str | None]]


@dataclass(frozen=True, slots=True)
class Looked:
    """What one look at the database said of a posting: its answer, where it has one already; the key it is booked
    under, and whom it is for.
    """

    answer: tuple[Record, ...] | None
    key: str = ""
    whom: Whom | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """What a handler is given. `rules`, `book` and `looked` are as the database had them when the record was taken
    up; `looked` is of postings alone.
    """

    sessions: SessionSource
    link: Conversation
    record: Record
    received_at: datetime
    book: Book
    rules: LinkRules
    looked: Looked | None = None

    @property
    def digits(self) -> int:
        """How many decimals the hotel's currency has."""
        return minor_digits(self.book.currency)

    @property
    def sender(self) -> str:
        """How the audit trail names the link."""
        return f"link:{self.rules.code}"

    def get(self, code: str) -> str:
        """A field without the blanks around it; "" where there is none."""
        return self.record.get(code).strip()

    def minor(self, code: str) -> int | None:
        """An amount in minor units; None for what is none."""
        return values.to_minor(self.record.get(code), self.digits, self.rules.decimals)

    def money(self, minor: int) -> str:
        """An amount as this link writes it."""
        return values.from_minor(minor, self.digits, self.rules.decimals)

    def now(self) -> tuple[tuple[str, str], tuple[str, str]]:
        """DA and TI of this moment by the hotel's clock."""
        return values.stamp(self.received_at.astimezone(ZoneInfo(self.book.time_zone)))

    def moment(self) -> datetime | None:
        """The moment a record names by the hotel's clock (DA and TI), in UTC."""
        named = values.moment_of(self.record)
        return None if named is None else named.replace(tzinfo=ZoneInfo(self.book.time_zone)).astimezone(UTC)

    def echoed(self, *codes: str) -> list[tuple[str, str]]:
        """These fields as they were given, those that were."""
        return [(code, self.record.get(code)) for code in codes if self.record.has(code)]

    def stamped(self) -> list[tuple[str, str]]:
        """DA and TI as they were given, or of now."""
        return self.echoed("DA", "TI") if self.record.has("DA") or self.record.has("TI") else list(self.now())

    def answer(self, id_: str, status: AnswerStatus, text: str | None = None, more: Fields = ()) -> Record:
        """An answer with its status: to whom it goes first, then the status, a text for people, the moment."""
        told: list[tuple[str, str | None]] = [
            *self.echoed("SO", "WS", "ID", "RN", "G#", "GN"),
            ("AS", status.value),
            ("CT", None if not text else first_sentence(text)),
            *more,
            *self.echoed("C#"),
            *self.stamped(),
            *self.echoed("P#"),
        ]
        return record(id_, told)


def taken_up(
    session: Session, sessions: SessionSource, link: Conversation, record: Record, received_at: datetime
) -> Call | None:
    """The call for a record; None where the link was taken out meanwhile."""
    known = book(session)
    rules = known.links.get(link.facts.id)
    return None if rules is None else Call(sessions, link, record, received_at, known, rules)


def first_sentence(text: str) -> str:
    """What a till can show of a refusal: its first sentence, at most 50 characters."""
    head, dot, _rest = text.partition(". ")
    return (head + dot.strip() if dot else text)[:MOST_TEXT]


def guest_number(stay_id: int | None, sharer: int | None) -> str:
    """G#: the stay's number, or that of somebody who shares its room; 0 for an account."""
    return str(stay_id or 0) if sharer is None else str(SHARERS_FROM + sharer)


def read_guest_number(text: str) -> tuple[int | None, int | None]:
    """The stay or the sharer that G# names; a number that is none is nobody's."""
    number = values.whole(text)
    if number is None or number < 0:
        return (0, None)
    return (None, number - SHARERS_FROM) if number >= SHARERS_FROM else (number, None)
