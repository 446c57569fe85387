"""Text that people and terminals send, before it is stored: any script, bounded, without control characters."""

from __future__ import annotations

from folios.errors import TextInvalid, TextTooLong

MOST_DIGITS = 18
_ALLOWED_CONTROLS = {"\n", "\t"}
# They turn the direction of what follows, and could make a printed line read as another.
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_text(field: str, value: str | None, most: int) -> str | None:
    """`value` trimmed, or None when nothing is left. HTML is text like any other and is escaped where it is shown.

    Refuses control characters (NUL among them), lone surrogates, marks that turn the direction, and more than `most`
    characters.
    """
    if value is None:
        return None
    if value.isascii() and value.isprintable():
        text = value.strip()
    else:
        value = value.replace("\r\n", "\n").replace("\r", "\n")
        if any(_unstorable(character) for character in value):
            raise TextInvalid(field=field)
        text = value.strip()
    if len(text) > most:
        raise TextTooLong(field=field, length=len(text), most=most)
    return text or None


def search_text(value: str | None, most: int = 200) -> str:
    """What somebody typed to search for: one line, trimmed, without what no database takes; cut at `most` characters.

    Nothing is refused: who searches for rubbish finds nothing.
    """
    one_line = " ".join((value or "")[: most * 2].split())
    return "".join(character for character in one_line if not _unstorable(character))[:most].strip()


def read_number(text: str | None) -> int | None:
    """The whole number from 0 on that a text is, as ids and counts are typed; None for anything else, and for what
    does not fit into 64 bits.
    """
    typed = text or ""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) <= MOST_DIGITS else None


def _unstorable(character: str) -> bool:
    point = ord(character)
    if point < 0x20 or 0x7F <= point < 0xA0:
        return character not in _ALLOWED_CONTROLS
    return 0xD800 <= point <= 0xDFFF or character in _TURNING
