"""A text in the characters of a code page: what it lacks is spelt with letters it has, else it becomes a question mark.

A till with a Western code page gets `Ivanov` for Иванов and `Lodz` for Łódź. Nothing of the protocol is here.
"""

from __future__ import annotations

import codecs
import unicodedata
from functools import lru_cache
from typing import Final

_LATIN: Final = {
    "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "ẞ": "SS", "Æ": "AE", "æ": "ae",
    "Œ": "OE", "œ": "oe", "Ø": "O", "ø": "o", "Å": "Aa", "å": "aa", "Đ": "D", "đ": "d", "Ð": "D", "ð": "d", "Þ": "Th",
    "þ": "th", "Ł": "L", "ł": "l", "ı": "i", "Ħ": "H", "ħ": "h", "Ŋ": "N", "ŋ": "n", "Ə": "A", "ə": "a",
    "‘": "'", "’": "'", "‚": "'", "“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "–": "-", "—": "-", "−": "-",
    "…": "...", "€": "EUR", "£": "GBP", "¥": "JPY", "•": "*", "×": "x",
}  # fmt: skip
_CYRILLIC: Final = {
    "а": "a", "б": "b", "в": "v", "г": "g", "д": "d", "е": "e", "ё": "e", "ж": "zh", "з": "z", "и": "i", "й": "y",
    "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p", "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f",
    "х": "kh", "ц": "ts", "ч": "ch", "ш": "sh", "щ": "shch", "ъ": "", "ы": "y", "ь": "", "э": "e", "ю": "yu",
    "я": "ya", "ґ": "g", "є": "ye", "і": "i", "ї": "yi", "ў": "u", "ђ": "dj", "ј": "j", "љ": "lj", "њ": "nj",
    "ћ": "c", "џ": "dz", "ѓ": "gj", "ќ": "kj", "ѕ": "dz",
}  # fmt: skip
_GREEK: Final = {
    "α": "a", "β": "v", "γ": "g", "δ": "d", "ε": "e", "ζ": "z", "η": "i", "θ": "th", "ι": "i", "κ": "k", "λ": "l",
    "μ": "m", "ν": "n", "ξ": "x", "ο": "o", "π": "p", "ρ": "r", "σ": "s", "ς": "s", "τ": "t", "υ": "y", "φ": "f",
    "χ": "ch", "ψ": "ps", "ω": "o",
}  # fmt: skip


def _with_capitals(letters: dict[str, str]) -> dict[str, str]:
    return letters | {
        letter.upper(): spelt.capitalize() for letter, spelt in letters.items() if letter.upper() != letter
    }


_SPELT: Final = _LATIN | _with_capitals(_CYRILLIC) | _with_capitals(_GREEK)


def encoded(text: str, encoding: str) -> bytes:
    """The bytes of a text in a code page; what it lacks is spelt otherwise, and what cannot be is `?`."""
    if text.isascii():
        return text.encode("ascii")
    known = unicodedata.normalize("NFC", text)
    try:
        return known.encode(encoding)
    except UnicodeEncodeError:
        return b"".join(_letter(letter, encoding) for letter in known)


@lru_cache(maxsize=4096)
def _letter(letter: str, encoding: str) -> bytes:
    bare = "".join(part for part in unicodedata.normalize("NFKD", letter) if not unicodedata.combining(part))
    for spelt in (letter, _SPELT.get(letter), bare, "".join(_SPELT.get(part, part) for part in bare)):
        if spelt is not None:
            try:
                return spelt.encode(encoding)
            except UnicodeEncodeError:
                continue
    return b"?"


def is_code_page(name: str) -> bool:
    """Whether texts can be written in it, and ASCII stays ASCII, as the frames of a line need it."""
    try:
        codec = codecs.lookup(name)
        return codec._is_text_encoding and "|AZaz09~".encode(name) == b"|AZaz09~"
    except (LookupError, UnicodeError, ValueError):
        return False
