"""Postings that came before: known again by number, moment and content, and answered as the first time.

The row of a posting is written with its charge (`charging.charge`, `beside`), so that there is no charge without its
answer and no answer without its charge. By the same number a till may mean another posting, once its count has begun
anew; only when it says the same moment and check with another content is something wrong.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from datetime import timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.drafts import Beside
from pos_bridge.checks import Answer
from pos_bridge.fias.records import Record
from pos_bridge.fias_desk.calls import Call
from pos_bridge.fias_desk.statuses import NumberUsed
from pos_bridge.models.links import LinkMessage

WINDOW = timedelta(hours=48)
KEPT = timedelta(days=31)
MOST_LOOKED_AT = 100


def known(session: Session, call: Call) -> tuple[tuple[Record, ...] | None, str]:
    """What the same posting was answered before (None: it is new), and the key that it is booked under.

    One that names its moment is the same however late it comes again; one that names none, within 48 hours. What is
    the same has the same key, whatever happens meanwhile. Refuses (`NumberUsed`) a number
    of the same moment and check that said something else.
    """
    number, sent, check, content = _marks(call)
    if not number:
        return None, f"{call.rules.code}//{secrets.token_hex(12)}"
    columns = (LinkMessage.id, LinkMessage.sent, LinkMessage.check_number, LinkMessage.content_hash)
    rows = session.execute(
        sa.select(*columns, LinkMessage.received_at, LinkMessage.answer)
        .where(LinkMessage.link_id == call.rules.id, LinkMessage.number == number)
        .where(_alike(sent, check, content))
        .order_by(LinkMessage.id.desc())
        .limit(MOST_LOOKED_AT)
    ).all()
    began = call.received_at - WINDOW
    recent = [row for row in rows if sent or row.received_at > began]
    # What names no moment may be sent again when nothing is kept of it any more: the month tells that it is another.
    key = f"{call.rules.code}/{number}/{sent or format(call.received_at, '%Y-%m')}/{content[:16]}"
    for row in recent:
        if row.content_hash == content:
            return tuple(_read(each) for each in row.answer), key
    if sent and any((row.sent, row.check_number) == (sent, check) for row in recent):
        raise NumberUsed(number=number)
    older = [row.id for row in rows if row.content_hash == content]
    return None, f"{key}/{older[0]}" if older else key


def _alike(sent: str, check: str, content: str) -> sa.ColumnElement[bool]:
    same = LinkMessage.content_hash == content
    return sa.or_(same, sa.and_(LinkMessage.sent == sent, LinkMessage.check_number == check)) if sent else same


def beside(call: Call, told: Callable[[Answer], Sequence[Record]]) -> Callable[[Answer], list[Beside]]:
    """Makes the row that is written with the charge, from its answer; `told` are the records of that."""

    def rows(answer: Answer) -> list[Beside]:
        number, sent, check, content = _marks(call)
        row = {
            "link_id": call.rules.id,
            "number": number,
            "sent": sent,
            "check_number": check,
            "content_hash": content,
            "received_at": call.received_at,
            "answer": [_written(each) for each in told(answer)],
        }
        return [Beside(LinkMessage.__table__, row)]  # type: ignore[arg-type]

    return rows


def forget_old(session: Session) -> int:
    """Removes postings of more than 31 days ago; what was charged by them stays for good (`requests`)."""
    old = sa.delete(LinkMessage).where(LinkMessage.received_at < clock.now() - KEPT)
    return len(session.execute(old.returning(LinkMessage.id)).all())


def _marks(call: Call) -> tuple[str, str, str, str]:
    """Number, moment, check and hash of a posting."""
    content = hashlib.sha256(str(call.record).encode(errors="surrogatepass")).hexdigest()
    sent = f"{call.get('DA')}{call.get('TI')}"[:16]
    return call.get("P#")[:16], sent, call.get("C#")[:32], content


def _written(record: Record) -> list[object]:
    return [record.id, [list(each) for each in record.fields]]


def _read(stored: Sequence[object]) -> Record:
    id_, fields = stored
    return Record(str(id_), tuple((code, value) for code, value in fields))  # type: ignore[attr-defined]
