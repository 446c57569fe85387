"""The one place that text from outside passes before it reaches paper: one line, and nothing in it that commands.

A printer obeys control bytes wherever they come: in a guest's name, a dish, a table. What is left here is characters
with a glyph, and spaces.
"""

from __future__ import annotations

import unicodedata

LEFT_OUT = frozenset({"Cf", "Cs", "Co", "Cn"})
SPACES = frozenset({"Cc", "Zl", "Zp", "Zs"})
MOST = 500  # characters of one text


def printable(text: object) -> str:
    """A text as it can stand on one line of paper: composed, controls and breaks as spaces, what is invisible left out.

    At most `MOST` characters of it.
    """
    kept = []
    for character in unicodedata.normalize("NFC", str(text)[:MOST]):
        category = unicodedata.category(character)
        if category in SPACES:
            kept.append(" ")
        elif category not in LEFT_OUT and not 0xFE00 <= ord(character) <= 0xFE0F:
            kept.append(character)
    return "".join(kept)
