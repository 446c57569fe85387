"""The fonts of the paper, and text drawn with them: for each character the first font that has it.

Noto Sans (Latin, Cyrillic, Greek) and Noto Sans Georgian come with the house. Chinese, Japanese and Korean are too
large to come along: Noto Sans CJK is used where the system has it, as Debian's package fonts-noto-cjk puts it. What no
font has is drawn as a box, and said.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from pathlib import Path

from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from fpdf import FPDF

from folios.errors import N_, Refusal

VENDORED = Path(__file__).parents[1] / "fonts"
CJK_FOLDERS = tuple(
    Path(folder)
    for folder in (
        "/usr/share/fonts/opentype/noto",
        "/usr/share/fonts/noto-cjk",
        "/usr/share/fonts/google-noto-cjk",
        "/usr/local/share/fonts",
    )
)
# The collection's fonts differ in how they draw the characters that the languages share.
CJK_NUMBERS = {"ja": 0, "ko": 1, "zh": 2, "zh_Hant": 3, "zh_TW": 3, "zh_HK": 4}
MM_PER_POINT = 25.4 / 72
MOST_NAMED = 8


class PaperFontMissing(Refusal):
    """No refusal to draw: the paper was drawn, and this is what to say about it."""

    code = "paper.font_missing"
    message = N_(
        "The paper shows boxes for {characters}: no font here has them. For Chinese, Japanese and Korean install Noto "
        "Sans CJK (on Debian: fonts-noto-cjk)."
    )


@dataclass(frozen=True, slots=True)
class Font:
    """A font file, with the number of the font in a collection."""

    name: str
    regular: Path
    bold: Path
    number: int = 0


LATIN = Font("sans", VENDORED / "NotoSans-Regular.ttf", VENDORED / "NotoSans-Bold.ttf")
GEORGIAN = Font("georgian", VENDORED / "NotoSansGeorgian-Regular.ttf", VENDORED / "NotoSansGeorgian-Bold.ttf")


@lru_cache
def characters_of(path: Path, number: int = 0) -> frozenset[int]:
    """The characters that a font file has."""
    with TTFont(path, fontNumber=number, lazy=True) as font:
        return frozenset(font.getBestCmap())


def cjk_font(language: str) -> Font | None:
    """Noto Sans CJK as the language draws it, where the system has it."""
    number = CJK_NUMBERS.get(language, CJK_NUMBERS.get(language[:2], CJK_NUMBERS["zh"]))
    for folder in CJK_FOLDERS:
        found = folder / "NotoSansCJK-Regular.ttc"
        if found.is_file():
            return Font(f"cjk{number}", found, found, number)  # to open a second of this size takes another second
    return None


def plain(text: str) -> str:
    """A text as it can be drawn on one line: composed, control characters as spaces, invisible marks left out."""
    kept = []
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        if category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif category not in ("Cf", "Cs") and not 0xFE00 <= ord(character) <= 0xFE0F:
            kept.append(character)
    return "".join(kept)


class Pen:
    """Writes on a document with the fonts it needs, each embedded once. `missing` collects what no font has.

    `language` decides how shared Chinese characters are drawn; set it before a sheet. Sizes are points, places mm.
    """

    def __init__(self, pdf: FPDF) -> None:
        self.pdf = pdf
        self.missing: set[str] = set()
        self.fonts = [LATIN, GEORGIAN]
        self._known: set[tuple[str, str]] = set()
        self._widths: dict[tuple[str, float, bool], float] = {}
        self._chosen: dict[str, Font | None] = {}

    def speak(self, language: str) -> None:
        """The language of what is written from here on."""
        found = cjk_font(language)
        self.fonts = [LATIN, GEORGIAN] if found is None else [LATIN, GEORGIAN, found]
        self._chosen.clear()
        self._widths.clear()

    def turn(self, page: int) -> None:
        """Goes to a page that is there already, on which other fonts were used last."""
        self.pdf.page = page
        self.pdf.current_font_is_set_on_page = False

    def readable(self, text: str) -> bool:
        """Whether there is a font for every character."""
        return all(self._font(each) is not None for each in plain(text))

    def width(self, text: str, size: float, bold: bool = False) -> float:
        """How wide a text is drawn, in mm."""
        key = (text, size, bold)
        if key not in self._widths:
            self._widths[key] = sum(self._width(font, run, size, bold) for font, run in self._runs(text))
        return self._widths[key]

    def write(self, x: float, baseline: float, text: str, size: float, bold: bool = False, align: str = "L") -> None:
        """Draws a text on one line, from `x` on or, aligned right (`R`), up to it."""
        if align == "R":
            x -= self.width(text, size, bold)
        for font, run in self._runs(text):
            if font is None:
                self.missing.update(run)
                self._boxes(x, baseline, len(run), size)
            else:
                self._use(font, size, bold)
                self.pdf.text(x, baseline, run)
            x += self._width(font, run, size, bold)

    def wrap(self, text: str, size: float, width: float, bold: bool = False) -> list[str]:
        """The text in lines no wider than `width`; line breaks in it hold. A word that is too long is cut."""
        lines: list[str] = []
        for paragraph in text.splitlines() or [""]:
            line = ""
            for word in self._pieces(plain(paragraph), size, width, bold):
                tried = line + word
                if line and self.width(tried.rstrip(), size, bold) > width:
                    lines.append(line.rstrip())
                    line = word.lstrip()
                else:
                    line = tried
            lines.append(line.rstrip())
        return lines

    def _pieces(self, text: str, size: float, width: float, bold: bool) -> Iterator[str]:
        """Words with the space behind them, and the parts of words that are wider than a line or have no spaces."""
        for word in text.replace(" ", " \0").split("\0"):
            if self.width(word.rstrip(), size, bold) <= width and word.isascii():
                yield word
                continue
            piece = ""
            for character in word:
                wide = ord(character) >= 0x2E80
                if piece and (wide or self.width(piece + character, size, bold) > width):
                    yield piece
                    piece = ""
                piece += character
            yield piece

    def _runs(self, text: str) -> Iterator[tuple[Font | None, str]]:
        for font, run in groupby(plain(text), key=self._font):
            yield font, "".join(run)

    def _font(self, character: str) -> Font | None:
        if character not in self._chosen:
            point = ord(character)
            found = (each for each in self.fonts if point in characters_of(each.regular, each.number))
            self._chosen[character] = next(found, None)
        return self._chosen[character]

    def _width(self, font: Font | None, run: str, size: float, bold: bool) -> float:
        if font is None:
            return len(run) * size * 0.6 * MM_PER_POINT
        self._use(font, size, bold)
        return float(self.pdf.get_string_width(run))

    def _use(self, font: Font, size: float, bold: bool) -> None:
        style = "B" if bold and font.bold != font.regular else ""
        if (font.name, style) not in self._known:
            path = font.bold if style else font.regular
            self.pdf.add_font(font.name, style, path, collection_font_number=font.number)
            self._known.add((font.name, style))
        self.pdf.set_font(font.name, style, size)

    def _boxes(self, x: float, baseline: float, count: int, size: float) -> None:
        step = size * 0.6 * MM_PER_POINT
        for number in range(count):
            self.pdf.rect(x + (number + 0.1) * step, baseline - step * 1.15, step * 0.8, step * 1.15)
