"""The few marks a receipt's template may use, read into lines. Values never contain a mark: see `escape`.

A line of the template is a line of the slip, and may begin with `[bold]`, `[double]`, `[centre]`, `[right]`; `[|]`
parts what stands left from what stands right. Alone on a line stand `[rule]`, `[logo]`, `[sign]` (a line to sign on),
`[cut]` and `[drawer]`; `[qr]` and `[barcode]` take what follows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from folios.errors import N_, Refusal
from pos_bridge.receipts.text import printable

STYLES = ("bold", "double", "centre", "right")
ALONE = ("rule", "logo", "sign", "cut", "drawer")
CODES = ("qr", "barcode")
PARTS = "|"
MOST_LINES = 500
_TAG = re.compile(r"\[([a-z|]*)\]")
_OPENS, _CLOSES = "\ue000", "\ue001"  # private characters, which `printable` never lets through: a value's own brackets


class TemplateInvalid(Refusal):
    code = "receipt.template_invalid"
    message = N_("The template of this slip is wrong ({cause}).")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a slip. `what` is `text`, or one of the marks that stand alone; a code has its content in `left`."""

    what: str = "text"
    left: str = ""
    right: str = ""
    align: str = "left"
    bold: bool = False
    double: bool = False


def escape(value: object) -> str:
    """A value as it may stand in a template: one printable line whose brackets mark nothing."""
    return printable(value).replace("[", _OPENS).replace("]", _CLOSES)


def read(text: str) -> list[Line]:
    """The lines of a filled-in template. Refuses (`TemplateInvalid`) marks that are none, and far too many lines."""
    rows = text.rstrip("\n").split("\n")
    if len(rows) > MOST_LINES:
        raise TemplateInvalid(cause=f"{len(rows)} lines")
    return [_line(row) for row in rows]


def _line(row: str) -> Line:
    words: list[str] = []
    rest = row.strip()
    while (found := _TAG.match(rest)) and found[1] != PARTS:
        words.append(found[1])
        rest = rest[found.end() :].lstrip()
    unknown = [each for each in words if each not in STYLES + ALONE + CODES]
    if unknown:
        raise TemplateInvalid(cause=f"[{unknown[0]}]")
    whats = [each for each in words if each in ALONE + CODES]
    if len(whats) > 1 or (whats and whats[0] in ALONE and rest):
        raise TemplateInvalid(cause=row[:60])
    left, *others = rest.split(f"[{PARTS}]")
    if len(others) > 1 or any(_TAG.search(each) for each in (left, *others)):
        raise TemplateInvalid(cause=row[:60])
    return Line(
        what=whats[0] if whats else "text",
        left=_plain(left),
        right=_plain(others[0]) if others else "",
        align="centre" if "centre" in words else "right" if "right" in words else "left",
        bold="bold" in words,
        double="double" in words,
    )


def _plain(text: str) -> str:
    """What is printed: the template's own words are held to the same as the values in them."""
    brackets = text.replace(_OPENS, "[").replace(_CLOSES, "]")
    return " ".join(printable(brackets).split(" ")).strip()
