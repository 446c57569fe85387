"""Records: an id and fields in their order, read from the bytes of a frame and written to them.

Frames are cut elsewhere (`framing`, `serial_line`); which fields there are stands in `vocabulary`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from pos_bridge.fias.spelling import encoded
from pos_bridge.fias.vocabulary import ASCII, FIELDS, TEXT, FieldWord

SECRET: Final = frozenset({"$1", "$2", "$3", "$J", "CG", "GP"})  # cards, PINs, keys: on no screen and in no log
BREAKS: Final = "\r\n\f"  # allowed in a message's text and nowhere else
MESSAGE: Final = "MT"
# What a block of a list of guests consists of, after its RN.
OF_A_GUEST: Final = frozenset(
    ("G#", "GN", "BA", "CL", "G+", "GA", "GD", "GF", "GG", "GL", "GT", "GV", "NP", "PM", *(f"A{n}" for n in range(10)))
)
_NO_TEXT: Final = FieldWord("", "", 0, "")
# They turn the direction of what follows; no text of the house may hold them.
_TURNING: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


class NotARecord(ValueError):
    """Bytes that do not begin with the two characters of a record's id."""


@dataclass(frozen=True, slots=True)
class Record:
    """A record of FIAS. `fields` are pairs of code and value, in their order; a code may come more than once."""

    id: str
    fields: tuple[tuple[str, str], ...] = ()

    def get(self, code: str, missing: str = "") -> str:
        """The value of a field: the first, if it comes more than once; `missing` if it does not come at all."""
        for each, value in self.fields:
            if each == code:
                return value
        return missing

    def all(self, code: str) -> tuple[str, ...]:
        """Every value of a field, in order."""
        return tuple(value for each, value in self.fields if each == code)

    def has(self, code: str) -> bool:
        """Whether the field stands in the record, even if it is empty."""
        return any(each == code for each, _value in self.fields)

    def __str__(self) -> str:
        return "|".join((self.id, *(code + value for code, value in self.fields), ""))

    def without_secrets(self) -> Record:
        """The record as it may be shown and kept: tracks of cards, PINs and keys are three dots."""
        if not any(code in SECRET for code, _value in self.fields):
            return self
        return Record(self.id, tuple((code, "..." if code in SECRET else value) for code, value in self.fields))


def record(id_: str, fields: Iterable[tuple[str, str | None]] = ()) -> Record:
    """A record of the fields that have a value; a field whose value is None is left out, an empty one stays."""
    return Record(id_, tuple((code, value) for code, value in fields if value is not None))


def parse(data: bytes, encoding: str) -> Record:
    """The record in a frame. A byte that the code page does not know becomes U+FFFD, control characters are dropped.

    A piece that is too short for a field's code is passed over. Raises `NotARecord`.
    """
    pieces = data.decode(encoding, errors="replace").split("|")
    id_ = pieces[0].strip()
    if len(id_) != 2 or not id_.isprintable() or not id_.isascii():
        raise NotARecord(data[:40])
    return Record(id_, tuple((piece[:2], _clean(piece[:2], piece[2:])) for piece in pieces[1:] if len(piece) >= 2))


def write(record: Record, encoding: str) -> bytes:
    """The bytes of a record for a frame. `|` and control characters are dropped from values, breaks stay in messages;
    what the code page lacks is spelt with what it has.
    """
    parts = [record.id]
    for code, value in record.fields:
        parts.append(code + (_clean(code, value).replace("|", " ") if value else ""))
    return encoded("|".join((*parts, "")), encoding)


def cut(code: str, value: str) -> str:
    """A text no longer than its field takes. Figures are never cut."""
    word = FIELDS.get(code)
    return value[: word.most] if word is not None and word.kind in (TEXT, ASCII) else value


def fit(record: Record, most: int) -> Record:
    """The record with no more than `most` characters: of a list the last guests are left out, else texts are cut."""
    while (over := len(str(record)) - most) > 0:
        smaller = _without_last_guest(record) or _with_less_text(record, over)
        if smaller is None:
            break  # nothing but figures: as it is
        record = smaller
    return record


def _without_last_guest(record: Record) -> Record | None:
    """A list of guests (PL) without its last block, which begins with RN; None where there is but one, or none."""
    begins = [at for at, (code, _value) in enumerate(record.fields) if code == "RN"]
    if record.id != "PL" or len(begins) < 2:
        return None
    end = begins[-1] + 1
    while end < len(record.fields) and record.fields[end][0] in OF_A_GUEST:
        end += 1
    return Record(record.id, record.fields[: begins[-1]] + record.fields[end:])


def _with_less_text(record: Record, over: int) -> Record | None:
    """The longest text cut by what is too much; None where there is no text."""
    lengths = [len(value) if FIELDS.get(code, _NO_TEXT).kind == TEXT else 0 for code, value in record.fields]
    longest = max(lengths, default=0)
    if not longest:
        return None
    at = lengths.index(longest)
    code, value = record.fields[at]
    return Record(record.id, (*record.fields[:at], (code, value[: max(longest - over, 0)]), *record.fields[at + 1 :]))


def _clean(code: str, value: str) -> str:
    if value.isprintable():
        return value
    allowed = BREAKS if code == MESSAGE else ""
    return "".join(letter for letter in value if letter in allowed or not _forbidden(letter))


@lru_cache(maxsize=1024)
def _forbidden(letter: str) -> bool:
    return unicodedata.category(letter) in ("Cc", "Cs") or letter in _TURNING
