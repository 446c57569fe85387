"""What a printer cannot write by itself, drawn in dots: text in any script, the hotel's logo, QR codes and barcodes.

Text is drawn with the fonts of the house's paper. A character that no font has becomes a box, and is told.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO
from itertools import groupby
from pathlib import Path

from barcode import Code128
from PIL import Image, ImageDraw, ImageFont
from qrcode import QRCode

from frontoffice.paper.fonts import GEORGIAN, LATIN, Font, characters_of, cjk_font

SIZE = 22  # dots of the letters of a line that stands beside lines of the printer's own, 24 dots high
ROW = 30  # dots from line to line, as printers feed by themselves
BASELINE = 23
MOST_LOGO_HEIGHT = 160
BARCODE_HEIGHT = 56
QUIET = 10  # modules that are left white beside a barcode
WHITE, BLACK = 1, 0


def fonts_for(language: str) -> tuple[Font, ...]:
    """The fonts a text is drawn with, each for what those before lack. `language` decides about shared characters."""
    cjk = cjk_font(language)
    return (LATIN, GEORGIAN) if cjk is None else (LATIN, GEORGIAN, cjk)


def missing(text: str, language: str) -> set[str]:
    """The characters of a text that no font here has."""
    return {each for each in text if each != " " and _font_of(each, language) is None}


def width(text: str, language: str, *, bold: bool = False, double: bool = False) -> int:
    """How many dots a text is wide when it is drawn."""
    return sum(_run_width(of, run, bold, double) for of, run in _runs(text, language))


def line(
    dots: int, left: str, right: str, language: str, *, align: str = "left", bold: bool = False, double: bool = False
) -> Image.Image:
    """One line across the paper: `left` where `align` says, and `right` at the right edge."""
    times = 2 if double else 1
    picture = Image.new("1", (dots, ROW * times), WHITE)
    draw = ImageDraw.Draw(picture)
    wide = width(left, language, bold=bold, double=double)
    begin = {"left": 0, "centre": (dots - wide) // 2, "right": dots - wide}[align]
    _write(draw, max(begin, 0), left, language, bold, double)
    if right:
        _write(draw, dots - width(right, language, bold=bold, double=double), right, language, bold, double)
    return picture


def logo(dots: int, content: bytes) -> Image.Image:
    """The hotel's picture in black dots, in the middle of the paper."""
    with Image.open(BytesIO(content), formats=("PNG",)) as opened:
        given = opened.convert("RGBA")
    flat = Image.alpha_composite(Image.new("RGBA", given.size, "white"), given).convert("L")
    flat.thumbnail((dots * 2 // 3, MOST_LOGO_HEIGHT), Image.Resampling.LANCZOS)
    return _centred(dots, flat.convert("1"))


def qr_code(dots: int, text: str) -> Image.Image:
    """A QR code in the middle of the paper."""
    code = QRCode(border=2)
    code.add_data(text)
    code.make(fit=True)
    matrix = code.get_matrix()
    module = max(1, min(6, dots * 2 // 3 // len(matrix)))
    picture = Image.new("1", (len(matrix) * module,) * 2, WHITE)
    draw = ImageDraw.Draw(picture)
    for y, row in enumerate(matrix):
        for x, dark in enumerate(row):
            if dark:
                draw.rectangle((x * module, y * module, (x + 1) * module - 1, (y + 1) * module - 1), BLACK)
    return _centred(dots, picture)


def barcode(dots: int, text: str) -> Image.Image | None:
    """A barcode (Code 128) in the middle of the paper; None for what it cannot hold, and where the paper is narrow."""
    if not text or not all(32 <= ord(each) < 127 for each in text):
        return None
    modules = "".join(Code128(text).build())
    module = min(3, dots // (len(modules) + 2 * QUIET))
    if module == 0:
        return None
    picture = Image.new("1", (len(modules) * module, BARCODE_HEIGHT), WHITE)
    draw = ImageDraw.Draw(picture)
    for x, dark in enumerate(modules):
        if dark == "1":
            draw.rectangle((x * module, 0, (x + 1) * module - 1, BARCODE_HEIGHT - 1), BLACK)
    return _centred(dots, picture)


def _centred(dots: int, picture: Image.Image) -> Image.Image:
    whole = Image.new("1", (dots, picture.height), WHITE)
    whole.paste(picture, ((dots - picture.width) // 2, 0))
    return whole


# --- text -----------------------------------------------------------------------------------------------------


def _runs(text: str, language: str) -> list[tuple[Font | None, str]]:
    return [(of, "".join(run)) for of, run in groupby(text, key=lambda each: _font_of(each, language))]


@lru_cache(maxsize=4_096)
def _font_of(character: str, language: str) -> Font | None:
    point = ord(character)
    return next((each for each in fonts_for(language) if point in characters_of(each.regular, each.number)), None)


@lru_cache
def font(path: Path, number: int, size: int) -> ImageFont.FreeTypeFont:
    """A font of a file, so many dots high."""
    return ImageFont.truetype(str(path), size, index=number, layout_engine=ImageFont.Layout.BASIC)


def _drawn_with(of: Font, bold: bool, double: bool) -> ImageFont.FreeTypeFont:
    return font(of.bold if bold else of.regular, of.number, SIZE * 2 if double else SIZE)


def _run_width(of: Font | None, run: str, bold: bool, double: bool) -> int:
    if of is None:
        return len(run) * SIZE * (2 if double else 1)
    return round(_drawn_with(of, bold, double).getlength(run))


def _write(draw: ImageDraw.ImageDraw, x: int, text: str, language: str, bold: bool, double: bool) -> None:
    times = 2 if double else 1
    for of, run in _runs(text, language):
        if of is None:
            _boxes(draw, x, len(run), times)
        else:
            draw.text((x, BASELINE * times), run, BLACK, _drawn_with(of, bold, double), anchor="ls")
        x += _run_width(of, run, bold, double)


def _boxes(draw: ImageDraw.ImageDraw, x: int, count: int, times: int) -> None:
    for number in range(count):
        left = x + number * SIZE * times
        draw.rectangle((left + 2, 5 * times, left + SIZE * times - 3, BASELINE * times), outline=BLACK)
