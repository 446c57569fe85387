"""The bytes of a slip for a printer (ESC/POS). Whatever text is in them has passed `text.printable`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PIL import Image

from pos_bridge.receipts import drawing
from pos_bridge.receipts.layout import Placed
from pos_bridge.receipts.library import Paper, Sheet

INITIALIZE = b"\x1b@"
CASH_DRAWER_PIN = 2
FEED_LINES = 4


@dataclass(frozen=True, slots=True)
class Encoded:
    """A slip as bytes, and the characters that are boxes in it because no font here has them."""

    content: bytes
    missing: frozenset[str]


def encode(rows: Iterable[Placed], paper: Paper, language: str, logo: bytes | None = None) -> Encoded:
    """The bytes that print the rows. What the printer has not (cutter, drawer, a logo to print) is left out."""
    sheet = Sheet(paper)
    sheet.raw(INITIALIZE)
    missing: set[str] = set()
    for row in rows:
        if row.what == "text":
            _write(sheet, row)
        elif row.what == "drawn":
            missing |= drawing.missing(row.left + row.right, language)
            style = {"align": row.align, "bold": row.bold, "double": row.double}
            _draw(sheet, drawing.line(paper.dots, row.left, row.right, language, **style))  # type: ignore[arg-type]
        else:
            _alone(sheet, row, paper, logo)
    return Encoded(sheet.output, frozenset(missing))


def _write(sheet: Sheet, row: Placed) -> None:
    styled = row.bold or row.double
    if styled:
        sheet.set(bold=row.bold, double_width=row.double, double_height=row.double, normal_textsize=not row.double)
    sheet.text(row.left + "\n")
    if styled:
        sheet.set(bold=False, normal_textsize=True)


def _draw(sheet: Sheet, picture: Image.Image | None) -> None:
    if picture is not None:
        sheet.image(picture, impl="bitImageRaster")


def _alone(sheet: Sheet, row: Placed, paper: Paper, logo: bytes | None) -> None:
    if row.what == "logo" and logo is not None:
        _draw(sheet, drawing.logo(paper.dots, logo))
    elif row.what == "qr" and row.left:
        _draw(sheet, drawing.qr_code(paper.dots, row.left))
    elif row.what == "barcode":
        _draw(sheet, drawing.barcode(paper.dots, row.left))
    elif row.what == "drawer" and paper.has_drawer:
        sheet.cashdraw(CASH_DRAWER_PIN)
    elif row.what == "cut":
        if paper.has_cutter:
            sheet.cut()
        else:
            sheet.print_and_feed(FEED_LINES)
