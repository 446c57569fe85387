"""A slip from its facts to its rows and bytes: what the worker sends and what a preview shows are made here alike."""

from __future__ import annotations

from dataclasses import dataclass

from pos_bridge.receipts.encoding import encode
from pos_bridge.receipts.layout import Placed, as_text, place
from pos_bridge.receipts.library import Paper
from pos_bridge.receipts.templates import Receipts
from pos_bridge.slips import Slip


@dataclass(frozen=True, slots=True)
class Made:
    """A slip on its paper. `missing` are characters that are boxes on it; `fault` is what was wrong with a template."""

    rows: tuple[Placed, ...]
    content: bytes
    paper: Paper
    missing: str
    fault: str | None

    def text(self) -> str:
        """The slip as plain text."""
        return as_text(self.rows, self.paper)


def make(
    receipts: Receipts,
    slip: Slip,
    language: str,
    paper: Paper,
    *,
    logo: bytes | None = None,
    copy: int = 0,
    doubtful: bool = False,
) -> Made:
    """Makes a slip: `copy` is 0 for the original; `doubtful`: it may be on paper already."""
    written = receipts.write(slip, language, copy=copy, doubtful=doubtful)
    rows = tuple(place(written.lines, paper, language))
    encoded = encode(rows, paper, language, logo)
    return Made(rows, encoded.content, paper, "".join(sorted(encoded.missing)), written.fault)
