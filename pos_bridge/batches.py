"""Many messages in one: what a till kept while the line was down, done in the order in which it happened.

Each entry has its own key and is a unit of work of its own, so that one that is refused holds up no other, and a batch
that was cut short is sent again whole. What is kept of a batch is its key and what it held, so that the key is not used
for another; its outcomes are those of its entries.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from folios.business_day import hold_open_day
from folios.db import SessionSource, in_unit_of_work
from folios.errors import N_, DatabaseRefusal, Refusal
from frontoffice.language import gettext as _
from pos_bridge.book import OutletOff, TerminalOff, book
from pos_bridge.charging import charge
from pos_bridge.checks import Answer, Check, TakeBack, content_hash
from pos_bridge.requests import Asked, KeyRevoked, Sender, first_answer, store
from pos_bridge.taking_back import take_back

FOR_ALL = (DatabaseRefusal, KeyRevoked, TerminalOff, OutletOff)
"""What is refused to one entry would be to all that follow: the batch stops, to be sent again whole."""


class BatchKeyInEntry(Refusal):
    code = "batch.key_invalid"
    message = N_("The batch has the key of one of its entries ({key}). Give it a key of its own.")


@dataclass(frozen=True, slots=True)
class Entry:
    """A charge or a taking back, under the key that it would have been sent with alone."""

    key: str
    asked: Check | TakeBack


@dataclass(frozen=True, slots=True)
class Sent:
    """A batch as it is told from another when its key comes again."""

    entries: tuple[Entry, ...]


def run(
    sessions: SessionSource, sender: Sender, key: str, entries: Sequence[Entry]
) -> tuple[list[Answer | Refusal], bool]:
    """Does the entries one after the other; the outcomes in their order, and whether the batch had been done before.

    Refuses (`RequestKeyReused`) the key of another batch, and (`BatchKeyInEntry`) that of an entry. What stops the
    whole (`FOR_ALL`) is raised; entries before it stand, and answer the same when they are sent again.
    """
    if any(each.key == key for each in entries):
        raise BatchKeyInEntry(key=key)
    sent = Asked(
        sender, key, "batch", content_hash("batch", Sent(tuple(entries))), {"entries": [each.key for each in entries]}
    )
    before = in_unit_of_work(sessions, lambda session: first_answer(session, sent))
    outcomes = [_one(sessions, sender, each) for each in entries]
    if before is None:
        in_unit_of_work(sessions, lambda session: _keep(session, sent))
    return outcomes, before is not None


def _one(sessions: SessionSource, sender: Sender, entry: Entry) -> Answer | Refusal:
    try:
        if isinstance(entry.asked, Check):
            return charge(sessions, sender, entry.key, entry.asked)
        return take_back(sessions, sender, entry.key, entry.asked)
    except FOR_ALL:
        raise
    except Refusal as refusal:
        return refusal


def _keep(session: Session, sent: Asked) -> None:
    """Writes that the batch was done; the same batch sent twice at the same instant is kept once."""
    if first_answer(session, sent) is None:
        terminal = book(session).terminal(sent.sender.terminal)
        answer = Answer("done", sent.key, _("{count} entries done.", count=len(sent.body["entries"])))
        store(session, sent, terminal, answer, hold_open_day(session))
