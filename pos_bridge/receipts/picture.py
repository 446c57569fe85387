"""A slip as it comes out of a printer, drawn from the bytes it gets: what the preview shows is what is sent.

It understands what `encoding` makes and no more. Letters stand in cells as a printer's do, in the house's font.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import BytesIO

from escpos.codepages import CodePages
from PIL import Image, ImageDraw

from frontoffice.paper.fonts import LATIN
from pos_bridge.receipts import drawing
from pos_bridge.receipts.library import CELL, Paper, code_pages_of

MARGIN = 24
CUT_GAP = 18
ESC, GS = 0x1B, 0x1D
GREY = 170


class BytesUnknown(ValueError):
    """Bytes that no slip of this program has."""


@dataclass(slots=True)
class _State:
    """How the printer is set at a point of the bytes."""

    encoding: str = "ascii"
    bold: bool = False
    wide: int = 1
    high: int = 1
    row: list[tuple[str, bool, int, int]] = field(default_factory=list)


def png(content: bytes, paper: Paper) -> bytes:
    """The slip as a PNG. Refuses (`BytesUnknown`) bytes that are no slip."""
    file = BytesIO()
    draw(content, paper).save(file, "PNG")
    return file.getvalue()


def draw(content: bytes, paper: Paper) -> Image.Image:
    """The slip as a picture of grey shades, with a margin around it."""
    pieces = _Reader(content, paper).read()
    height = sum(each.height for each in pieces) + 2 * MARGIN
    sheet = Image.new("L", (paper.dots + 2 * MARGIN, height), 255)
    y = MARGIN
    for each in pieces:
        sheet.paste(each, (MARGIN, y))
        y += each.height
    return sheet


class _Reader:
    """Reads bytes from the first to the last and collects strips of paper."""

    def __init__(self, content: bytes, paper: Paper) -> None:
        self.content, self.paper, self.at = content, paper, 0
        self.pages = {number: name for name, number in code_pages_of(paper.profile).items()}
        self.state = _State()
        self.pieces: list[Image.Image] = []

    def read(self) -> list[Image.Image]:
        """The strips, top to bottom."""
        while self.at < len(self.content):
            byte = self._take(1)[0]
            if byte == ESC:
                self._escape()
            elif byte == GS:
                self._group()
            elif byte == 0x0A:
                self._feed()
            elif byte >= 0x20:
                self._letter(byte)
            else:
                raise BytesUnknown(f"byte {byte:#x} at {self.at - 1}")
        if self.state.row:
            self._feed()
        return self.pieces

    def _take(self, count: int) -> bytes:
        taken = self.content[self.at : self.at + count]
        if len(taken) < count:
            raise BytesUnknown("cut off")
        self.at += count
        return taken

    def _escape(self) -> None:
        command = self._take(1)
        if command == b"@":
            self.state = _State()
        elif command == b"t":
            self.state.encoding = self.pages[self._take(1)[0]]
        elif command == b"E":
            self.state.bold = self._take(1) != b"\x00"
        elif command == b"!":
            mode = self._take(1)[0]
            self.state.wide, self.state.high = 1 + bool(mode & 0x20), 1 + bool(mode & 0x10)
        elif command == b"d":
            self._blank(self._take(1)[0] * drawing.ROW)
        elif command == b"p":
            self._take(3)
            self._note("drawer opens")
        else:
            raise BytesUnknown(f"ESC {command!r}")

    def _group(self) -> None:
        command = self._take(1)
        if command == b"V":
            self._take(1)
            self._cut()
        elif command == b"v":
            self._take(2)
            low, high, rows_low, rows_high = self._take(4)
            across, rows = low + 256 * high, rows_low + 256 * rows_high
            dots = Image.frombytes("1", (across * 8, rows), bytes(each ^ 0xFF for each in self._take(across * rows)))
            self._add(dots.convert("L"))
        else:
            raise BytesUnknown(f"GS {command!r}")

    def _letter(self, byte: int) -> None:
        character = chr(byte) if byte < 0x80 else _character(self.state.encoding, byte)
        self.state.row.append((character, self.state.bold, self.state.wide, self.state.high))

    def _feed(self) -> None:
        row, self.state.row = self.state.row, []
        height = drawing.ROW * max((high for *_, high in row), default=1)
        strip = Image.new("L", (self.paper.dots, height), 255)
        x = 0
        for character, bold, wide, high in row:
            cell = _cell(character, bold).resize((CELL * wide, drawing.ROW * high))
            strip.paste(cell, (x, height - drawing.ROW * high))
            x += CELL * wide
        self._add(strip)

    def _blank(self, height: int) -> None:
        self._add(Image.new("L", (self.paper.dots, height), 255))

    def _cut(self) -> None:
        strip = Image.new("L", (self.paper.dots, CUT_GAP), 255)
        line = ImageDraw.Draw(strip)
        for x in range(0, self.paper.dots, 16):
            line.line((x, CUT_GAP // 2, x + 8, CUT_GAP // 2), GREY, 2)
        self._add(strip)

    def _note(self, text: str) -> None:
        strip = Image.new("L", (self.paper.dots, drawing.ROW), 255)
        font = drawing.font(LATIN.regular, 0, 16)
        ImageDraw.Draw(strip).text((self.paper.dots // 2, 20), f"({text})", GREY, font, anchor="ms")
        self._add(strip)

    def _add(self, strip: Image.Image) -> None:
        whole = Image.new("L", (self.paper.dots, strip.height), 255)
        whole.paste(strip, (0, 0))
        self.pieces.append(whole)


def _cell(character: str, bold: bool) -> Image.Image:
    """A letter in a cell of the printer's font, squeezed where it is too wide."""
    font = drawing.font(LATIN.bold if bold else LATIN.regular, 0, 21)
    wide = max(CELL, round(font.getlength(character)))
    cell = Image.new("L", (wide, drawing.ROW), 255)
    ImageDraw.Draw(cell).text((wide // 2, drawing.BASELINE), character, 0, font, anchor="ms")
    return cell if wide == CELL else cell.resize((CELL, drawing.ROW), Image.Resampling.LANCZOS)


def _character(encoding: str, byte: int) -> str:
    facts = CodePages.get_encoding(encoding)
    if "data" in facts:
        return "".join(facts["data"])[byte - 0x80]
    return bytes([byte]).decode(facts["python_encode"], "replace")
