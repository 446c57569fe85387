"""The table of support: every record of FIAS and each of its fields, and what the house does with it.

Made from the vocabulary and from the table of handlers by which records are answered, so that it cannot go stale.
"""

from __future__ import annotations

from dataclasses import dataclass

from folios.errors import N_
from pos_bridge.fias.vocabulary import DIRECTIONS_IN_WORDS, FIELDS, RECORDS
from pos_bridge.fias_desk.handlers import SUPPORT

IGNORED = N_("known by name, and ignored")


@dataclass(frozen=True, slots=True)
class Supported:
    """A record: who sends it, what is done with it, and its fields with what they are called."""

    id: str
    meaning: str
    direction: str
    done: str
    is_used: bool
    read: tuple[tuple[str, str], ...]
    sent: tuple[tuple[str, str], ...]


def table() -> list[Supported]:
    """Every record, in the order of the vocabulary."""
    return [_row(id_) for id_ in RECORDS]


def _row(id_: str) -> Supported:
    word, support = RECORDS[id_], SUPPORT.get(id_)
    return Supported(
        id_,
        word.meaning,
        DIRECTIONS_IN_WORDS[word.sender],
        IGNORED if support is None else support.done,
        support is not None,
        () if support is None else _named(support.fields),
        () if support is None else _named(support.sent),
    )


def _named(codes: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Fields with what they are called; numbered ones as one, `S1-S9`."""
    found: dict[str, str] = {}
    for code in codes:
        if code[1].isdecimal() and code[0] in "STD":
            found[f"{code[0]}1-{code[0]}9"] = FIELDS[code].meaning
        else:
            found[code] = FIELDS[code].meaning
    return tuple(found.items())
