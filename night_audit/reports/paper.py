"""A report on paper: a table that breaks over pages with its head repeated; places in mm from the top left corner.

The same report gives the same bytes with the same libraries and fonts: its date of making is the business day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from fpdf import FPDF

from folios.errors import N_
from frontoffice.paper.fonts import Pen, plain
from night_audit.reports.definition import RIGHT_ALIGNED
from night_audit.reports.making import DRAFT, Content
from night_audit.reports.telling import TOTAL, Telling, kind_of

MARGIN, TOP, FOOT = 12.0, 12.0, 12.0
TITLE, NORMAL, SMALL, TINY = 14.0, 8.0, 7.0, 6.2
ROW, UNDER, HEAD_LINE, GAP = 4.4, 2.9, 3.2, 2.2
WIDEST = 62.0  # of a column of text; what is longer is wrapped
BLACK, GREY, LIGHT, FAINT = 25, 105, 200, 238
MOST_LINES = 3
MOST_SPREAD = 16.0  # that a column is made wider by, where there is room
PAGE = N_("Page {page} of {pages}")
ALL_REPORTS = N_("Reports of the day")
ENTRY = 9.6  # of a report on the page in front
DRAFT_MARK, DRAFT_SIZE = N_("DRAFT"), 110.0


def as_pdf(content: Content, language: str) -> bytes:
    """A report as a PDF."""
    return bind([content], language)


def bind(contents: Sequence[Content], language: str, *, bound: bool = False) -> bytes:
    """Reports one behind the other in one PDF; raises `ValueError` when there is none.

    `bound` ones have a page in front that says where each begins, and are numbered throughout as well.
    """
    if not contents:
        raise ValueError("there is nothing to draw")
    pdf = FPDF(unit="mm")
    pdf.set_auto_page_break(False)
    first = contents[0]
    pdf.set_creation_date(datetime.combine(date.fromisoformat(first["day"]), datetime.min.time(), UTC))
    pdf.set_author(plain(first["hotel"]))
    pdf.set_creator("frontoffice")
    pen = Pen(pdf)
    pen.speak(language)
    telling = Telling(language, first["currency"])
    title = telling.say(ALL_REPORTS if bound else first["title"])
    pdf.set_title(plain(f"{title} {first['day']}"))
    pdf.set_lang(str(telling.locale).replace("_", "-"))
    if bound:
        pdf.add_page(orientation="portrait", format="a4")
    begins = [Sheet(pen, telling, content).draw() for content in contents]
    if bound:
        Front(pen, telling, contents, begins).draw()
    return bytes(pdf.output())


class Front:
    """The page in front of a pack: which reports there are, and the page on which each begins.

    It is filled in last, when the document stands on another page, whose height its places are measured by.
    """

    def __init__(self, pen: Pen, telling: Telling, contents: Sequence[Content], begins: Sequence[int]) -> None:
        self.pen, self.telling, self.contents, self.begins = pen, telling, contents, begins
        pdf = pen.pdf
        width, height = (each / pdf.k for each in pdf.pages[1].dimensions())
        self.right, self.top = width - MARGIN, TOP + float(pdf.h) - height

    def draw(self) -> None:
        """Fills in the first page, which is there and empty, and numbers all of them."""
        pdf, first = self.pen.pdf, self.contents[0]
        last, say = pdf.page_no(), self.telling.say
        day = self.telling.day(first["day"])
        pdf.set_text_color(GREY)
        for page in range(1, last + 1):
            self.pen.turn(page)
            told = f"{say(ALL_REPORTS)} · {day} · {say(PAGE).format(page=page, pages=last)}"
            self.pen.write(MARGIN, float(pdf.h) - FOOT + 3, told, SMALL)
        self.pen.turn(1)
        if first["standing"] == DRAFT:
            _mark(self.pen, self.telling, (self.right + MARGIN) / 2, float(pdf.h) / 2)
        pdf.set_text_color(BLACK)
        self.pen.write(MARGIN, self.top + 5, say(ALL_REPORTS), TITLE, True)
        self.pen.write(self.right, self.top + 5, day, 11.0, True, "R")
        told = " · ".join(filter(None, (first["hotel"], self.telling.standing(first))))
        self.pen.write(MARGIN, self.top + 9.5, told, SMALL)
        for number, (content, page) in enumerate(zip(self.contents, self.begins, strict=True)):
            self._entry(self.top + 22 + number * ENTRY, content, page)
        self.pen.turn(last)

    def _entry(self, y: float, content: Content, page: int) -> None:
        pdf = self.pen.pdf
        pdf.set_text_color(BLACK)
        self.pen.write(MARGIN, y, self.telling.say(content["title"]), 10.0, True)
        self.pen.write(self.right, y, str(page), 10.0, False, "R")
        pdf.set_text_color(GREY)
        self.pen.write(MARGIN, y + 3.8, self.telling.say(content["question"]), SMALL)
        pdf.link(MARGIN, y - 4, self.right - MARGIN, ENTRY, pdf.add_link(page=page))


def _mark(pen: Pen, telling: Telling, x: float, y: float) -> None:
    """Writes DRAFT across a page, around its middle."""
    text = telling.say(DRAFT_MARK)
    pen.pdf.set_text_color(FAINT)
    with pen.pdf.rotation(30, x, y):
        pen.write(x - pen.width(text, DRAFT_SIZE, True) / 2, y + 14, text, DRAFT_SIZE, True)


@dataclass(slots=True)
class Place:
    """A column on the paper: where it begins, how wide it is, whether its figures stand right."""

    index: int
    left: float
    width: float
    right: bool


class Sheet:
    """One report being drawn: its page, and where the next thing goes."""

    def __init__(self, pen: Pen, telling: Telling, content: Content) -> None:
        self.pen, self.telling, self.content = pen, telling, content
        self.orientation = "landscape" if content["wide"] else "portrait"
        self.first_page = pen.pdf.page_no() + 1
        self.y = 0.0

    def draw(self) -> int:
        """Draws the whole report; returns the page on which it begins."""
        self._turn()
        for part in self.content["parts"]:
            self._part(part)
        self._notes(self.content["notes"])
        self._number_pages()
        return self.first_page

    def _turn(self) -> None:
        pdf = self.pen.pdf
        pdf.add_page(orientation=self.orientation, format="a4")
        self.width, self.height = float(pdf.w), float(pdf.h)
        self.bottom = self.height - FOOT - 4
        if self.content["standing"] == DRAFT:
            _mark(self.pen, self.telling, self.width / 2, self.height / 2)
        self._write(MARGIN, TOP + 5, self.telling.say(self.content["title"]), TITLE, bold=True)
        day = self.telling.day(self.content["day"])
        self._write(self.width - MARGIN, TOP + 5, day, 11.0, bold=True, align="R")
        told = [self.content["hotel"], self.telling.say(self.content["question"])]
        self._write(MARGIN, TOP + 9.5, " · ".join(each for each in told if each), SMALL, colour=GREY)
        standing = self.telling.standing(self.content)
        if standing:
            self._write(self.width - MARGIN, TOP + 9.5, standing, SMALL, bold=True, align="R")
        self.y = TOP + 13

    # --- a part -----------------------------------------------------------------------------------------------

    def _part(self, part: Content) -> None:
        if self.y + 20 > self.bottom:
            self._turn()
        self._write(MARGIN, self.y + 4, self.telling.say(part["title"]), 10.0, bold=True)
        self.y += 6
        if not part["rows"]:
            self._write(MARGIN, self.y + 3.4, self.telling.say(part["empty"]), NORMAL, colour=GREY)
            self.y += ROW + GAP
        else:
            rows = [self._texts(part, row) for row in part["rows"]]
            places = self._places(part, rows)
            self._head(part, places)
            shown: object = None
            for row, texts in zip(part["rows"], rows, strict=True):
                self._row(part, places, row, texts, repeats=row["style"] == "line" and shown == row["values"][0])
                shown = row["values"][0] if row["style"] == "line" and part["group"] else None
            self.y += GAP
        self._notes(part["notes"])
        self.y += GAP

    def _texts(self, part: Content, row: Content) -> list[str]:
        told = [
            self.telling.cell(kind_of(column, row), value) if value is not None or row["style"] == "line" else ""
            for column, value in zip(part["columns"], row["values"], strict=True)
        ]
        told = [text + self.telling.unit(part, row, number) for number, text in enumerate(told)]
        if row["style"] == "total" and not told[0]:
            told[0] = self.telling.say(TOTAL)
        return told

    def _places(self, part: Content, rows: Iterable[list[str]]) -> list[Place]:
        """As wide as what stands in each column; what is too much together is taken from the texts."""
        columns = [(number, each) for number, each in enumerate(part["columns"]) if not each["under"]]
        wanted = {}
        sample = list(rows)
        for number, column in columns:
            right = column["kind"] in RIGHT_ALIGNED
            words = max((self.pen.width(word, TINY, True) for word in self.telling.head(column).split()), default=0)
            widest = max((self.pen.width(texts[number], NORMAL, True) for texts in sample), default=0.0)
            wanted[number] = max(words, widest if right else min(widest, WIDEST), 6.0) + (3.2 if right else 2.4)
        room = self.width - 2 * MARGIN
        texts_at = [number for number, column in columns if column["kind"] not in RIGHT_ALIGNED]
        excess = sum(wanted.values()) - room
        if excess > 0 and texts_at:
            of_texts = sum(wanted[number] for number in texts_at)
            for number in texts_at:
                wanted[number] = max(wanted[number] - excess * wanted[number] / of_texts, 9.0)
        elif excess < 0:
            spread = min(-excess / len(wanted), MOST_SPREAD)
            wanted = {number: width + spread for number, width in wanted.items()}
        left, places = MARGIN, []
        for number, column in columns:
            places.append(Place(number, left, wanted[number], column["kind"] in RIGHT_ALIGNED))
            left += wanted[number]
        return places

    def _head(self, part: Content, places: Sequence[Place]) -> None:
        heads = [
            self.pen.wrap(self.telling.head(part["columns"][place.index]), TINY, place.width - 1.6) for place in places
        ]
        lines = max(map(len, heads))
        for place, texts in zip(places, heads, strict=True):
            for number, text in enumerate(texts):
                baseline = self.y + (lines - len(texts) + number + 1) * HEAD_LINE - 0.8
                self._in(place, baseline, text, TINY, GREY, False)
        self.y += lines * HEAD_LINE + 0.6
        self._rule(self.y, BLACK)
        self.y += 0.6

    def _row(self, part: Content, places: Sequence[Place], row: Content, texts: list[str], repeats: bool) -> None:
        bold = row["style"] != "line"
        cells = [
            [texts[place.index]]
            if place.right
            else self.pen.wrap(texts[place.index], NORMAL, place.width - 1.6, bold)[:MOST_LINES]
            for place in places
        ]
        under = [texts[number] for number, each in enumerate(part["columns"]) if each["under"] and texts[number]]
        height = ROW + (max(map(len, cells)) - 1) * HEAD_LINE + len(under) * UNDER
        if self.y + height > self.bottom:
            self._turn()
            self._head(part, places)
            repeats = False
        if bold:
            self._rule(self.y, LIGHT)
        for number, (place, lines) in enumerate(zip(places, cells, strict=True)):
            if number or not repeats:
                for count, text in enumerate(lines):
                    self._in(place, self.y + 3.2 + count * HEAD_LINE, text, NORMAL, BLACK, bold)
        for number, text in enumerate(under, 1):
            self._write(places[min(1, len(places) - 1)].left, self.y + 3.2 + number * UNDER, text, TINY, colour=GREY)
        self.y += height
        if not bold:
            self._rule(self.y - 0.2, FAINT)

    def _in(self, place: Place, baseline: float, text: str, size: float, colour: int, bold: bool) -> None:
        x, align = (place.left + place.width - 2.2, "R") if place.right else (place.left, "L")
        self._write(x, baseline, text, size, bold=bold, align=align, colour=colour)

    # --- notes and the foot -----------------------------------------------------------------------------------

    def _notes(self, notes: Iterable[Content]) -> None:
        for note in notes:
            for text in self.pen.wrap(self.telling.note(note), SMALL, self.width - 2 * MARGIN):
                if self.y + HEAD_LINE > self.bottom:
                    self._turn()
                self._write(MARGIN, self.y + 2.8, text, SMALL, colour=GREY)
                self.y += HEAD_LINE + 0.2

    def _number_pages(self) -> None:
        pdf = self.pen.pdf
        last = pdf.page_no()
        pages = last - self.first_page + 1
        for page in range(self.first_page, last + 1):
            self.pen.turn(page)
            told = self.telling.say(PAGE).format(page=page - self.first_page + 1, pages=pages)
            self._write(self.width - MARGIN, self.height - FOOT + 3, told, SMALL, align="R", colour=GREY)
        self.pen.turn(last)

    def _write(
        self, x: float, y: float, text: str, size: float, bold: bool = False, align: str = "L", colour: int = BLACK
    ) -> None:
        self.pen.pdf.set_text_color(colour)
        self.pen.write(x, y, text, size, bold, align)

    def _rule(self, y: float, colour: int) -> None:
        self.pen.pdf.set_draw_color(colour)
        self.pen.pdf.set_line_width(0.2)
        self.pen.pdf.line(MARGIN, y, self.width - MARGIN, y)
