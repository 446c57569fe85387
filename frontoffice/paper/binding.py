"""Draws sheets into one PDF. How a sheet is laid out stands in `layout`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fpdf import FPDF

from frontoffice.paper.fonts import MOST_NAMED, PaperFontMissing, Pen, plain
from frontoffice.paper.layout import lay_out
from frontoffice.paper.sheets import Sheet
from frontoffice.paper.words import TITLES, Translate, Wording, translator

# Where people file Letter paper (CLDR); elsewhere it is A4.
LETTER = frozenset({"BZ", "CA", "CL", "CO", "CR", "GT", "MX", "NI", "PA", "PH", "PR", "SV", "US", "VE"})


@dataclass(frozen=True, slots=True)
class Drawn:
    """A PDF, how many pages it has, and what to say about it: characters for which there was no font."""

    pdf: bytes
    pages: int
    notices: tuple[PaperFontMissing, ...] = ()


def draw(sheet: Sheet, words: Callable[[str], Translate] = translator) -> Drawn:
    """One sheet as a PDF; see `bind`."""
    return bind([sheet], words)


def bind(
    sheets: Sequence[Sheet],
    words: Callable[[str], Translate] = translator,
    drawn: Callable[[int], None] = lambda _count: None,
) -> Drawn:
    """Sheets one behind the other in one PDF; each counts its own pages.

    `words` gives what translates into a language; `drawn` is told after each how many are done. Raises `ValueError`
    when there is no sheet.
    """
    if not sheets:
        raise ValueError("there is nothing to draw")
    first = sheets[0]
    pdf = FPDF(unit="mm")
    pdf.set_auto_page_break(False)
    pdf.set_creation_date(first.made_at)
    pdf.set_author(plain(first.letterhead.hotel))
    pdf.set_creator("frontoffice")
    pen = Pen(pdf)
    for count, sheet in enumerate(sheets, 1):
        pen.speak(sheet.language)
        wording = Wording(sheet.language, words(sheet.language), pen.readable)
        if sheet is first:
            pdf.set_title(plain(f"{wording.say(TITLES[sheet.kind])} {sheet.number or sheet.bill.folio}"))
            pdf.set_lang(str(wording.locale).replace("_", "-"))
        lay_out(pen, wording, sheet, "letter" if sheet.letterhead.country in LETTER else "a4")
        drawn(count)
    pages = pdf.page_no()
    return Drawn(bytes(pdf.output()), pages, _notices(pen.missing))


def _notices(missing: set[str]) -> tuple[PaperFontMissing, ...]:
    if not missing:
        return ()
    named = sorted(missing)[:MOST_NAMED]
    return (PaperFontMissing(characters=" ".join(named) + (" …" if len(missing) > MOST_NAMED else "")),)
