"""Where everything of a slip stands on its paper: lines broken to its width, pairs apart, as text or as a drawing.

Pure: the same lines on the same paper give the same places. A line is written by the printer where its code pages hold
every character of it, and else it is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pos_bridge.receipts import drawing
from pos_bridge.receipts.library import CELL, Paper, holds
from pos_bridge.receipts.markup import Line

SIGNATURE = "X "
GAP = 1  # columns between what stands left and right


@dataclass(frozen=True, slots=True)
class Placed:
    """A row on paper. `what`: `text` (written as it stands in `left`, padded), `drawn`, or a mark that stands alone."""

    what: str
    left: str = ""
    right: str = ""
    align: str = "left"
    bold: bool = False
    double: bool = False


@dataclass(frozen=True, slots=True)
class Ruler:
    """How wide texts are, in columns of the paper: as the printer writes them, or as they are drawn."""

    paper: Paper
    language: str
    drawn: bool
    bold: bool = False
    double: bool = False

    @property
    def columns(self) -> int:
        """How many columns a line has."""
        return self.paper.columns if self.drawn or not self.double else self.paper.columns // 2

    def width(self, text: str) -> int:
        """The columns a text takes."""
        if not self.drawn:
            return len(text)
        dots = drawing.width(text, self.language, bold=self.bold, double=self.double)
        return -(-dots // CELL)


def place(lines: Iterable[Line], paper: Paper, language: str) -> list[Placed]:
    """The rows of a slip on this paper. `language` decides how shared Chinese characters are drawn."""
    return [row for line in lines for row in _placed(line, paper, language)]


def _placed(line: Line, paper: Paper, language: str) -> Iterator[Placed]:
    if line.what == "rule":
        yield Placed("text", "-" * paper.columns)
    elif line.what == "sign":
        yield Placed("text")
        yield Placed("text")
        yield Placed("text", SIGNATURE + "_" * (paper.columns - len(SIGNATURE)))
    elif line.what != "text":
        yield Placed(line.what, line.left)
    else:
        drawn = not holds(paper, line.left + line.right)
        ruler = Ruler(paper, language, drawn, line.bold, line.double)
        for left, right in _rows(line, ruler):
            yield _row(line, ruler, left, right)


def _rows(line: Line, ruler: Ruler) -> Iterator[tuple[str, str]]:
    """The pairs of a line that may be too wide: the right part stands beside the last row of the left one."""
    if not line.right:
        yield from ((row, "") for row in wrap(line.left, ruler, ruler.columns))
        return
    beside = ruler.columns - ruler.width(line.right) - GAP
    if beside < ruler.columns // 3 and line.left:  # hardly anything would stand beside it
        yield from ((row, "") for row in wrap(line.left, ruler, ruler.columns))
        yield from (("", row) for row in wrap(line.right, ruler, ruler.columns))
        return
    *before, last = wrap(line.left, ruler, max(beside, 1))
    yield from ((row, "") for row in before)
    for number, row in enumerate(wrap(line.right, ruler, ruler.columns)):
        yield (last if number == 0 else "", row)


def _row(line: Line, ruler: Ruler, left: str, right: str) -> Placed:
    if ruler.drawn:
        return Placed("drawn", left, right, line.align, line.bold, line.double)
    if right:
        text = left + right.rjust(ruler.columns - len(left))
    else:
        text = {"left": left, "centre": left.center(ruler.columns), "right": left.rjust(ruler.columns)}[line.align]
    return Placed("text", text.rstrip(), "", "left", line.bold, line.double)


def wrap(text: str, ruler: Ruler, columns: int) -> list[str]:
    """The text in rows no wider than `columns`: broken at spaces, and within a word that is too wide by itself."""
    rows: list[str] = []
    row = ""
    for word in text.split():
        tried = f"{row} {word}" if row else word
        if ruler.width(tried) <= columns:
            row = tried
            continue
        if row:
            rows.append(row)
        row = word
        while ruler.width(row) > columns and len(row) > 1:
            fits = _most_that_fits(row, ruler, columns)
            rows.append(row[:fits])
            row = row[fits:]
    return [*rows, row]


def _most_that_fits(word: str, ruler: Ruler, columns: int) -> int:
    """How many characters of a word go into a row, at least one."""
    low, high = 1, len(word)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if ruler.width(word[:middle]) <= columns else (low, middle - 1)
    return low


def as_text(rows: Iterable[Placed], paper: Paper) -> str:
    """The slip as plain text: what is drawn as well, and marks that stand alone in brackets."""
    told = []
    for row in rows:
        if row.what == "text":
            told.append(row.left)
        elif row.what == "drawn":
            told.append(_drawn_as_text(row, paper.columns))
        elif row.what in ("qr", "barcode"):
            told.append(f"[{row.what} {row.left}]".center(paper.columns).rstrip())
        else:
            told.append(f"[{row.what}]")
    return "\n".join(told) + "\n"


def _drawn_as_text(row: Placed, columns: int) -> str:
    if row.right:
        return row.left + row.right.rjust(max(columns - len(row.left), len(row.right) + GAP))
    return {"left": row.left, "centre": row.left.center(columns), "right": row.left.rjust(columns)}[row.align].rstrip()
