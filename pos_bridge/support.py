"""The table of support: every record of FIAS and each of its fields, and what the house does with it.

Made from the vocabulary and from the table of handlers by which records are answered, so that it cannot go stale.
"""

from __future__ import annotations

from dataclasses import dataclass

from folios.errors import N_
from pos_bridge.fias.vocabulary import DIRECTIONS_IN_WORDS, FIELDS, KINDS_IN_WORDS, RECORDS
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


@dataclass(frozen=True, slots=True)
class SupportedField:
    """A field: what it is called, what kind of value it holds, and the records in which it is read, and sent."""

    code: str
    meaning: str
    kind: str
    read: tuple[str, ...]
    sent: tuple[str, ...]


def records() -> list[Supported]:
    """Every record, in the order of the vocabulary."""
    return [_row(id_) for id_ in RECORDS]


def fields() -> list[SupportedField]:
    """Every field, in the order of the vocabulary; one that is neither read nor sent is ignored."""
    return [
        SupportedField(
            code,
            word.meaning,
            KINDS_IN_WORDS[word.kind],
            tuple(id_ for id_, each in SUPPORT.items() if code in each.fields),
            tuple(id_ for id_, each in SUPPORT.items() if code in each.sent),
        )
        for code, word in FIELDS.items()
    ]


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
