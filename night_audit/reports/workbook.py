"""A report as an XLSX workbook: a sheet for each part, figures as figures, texts as texts and never as formulas.

The same report gives the same bytes: the workbook's own date is that of the business day.
"""

from __future__ import annotations

import io
import re
from datetime import date, datetime
from typing import Any

import xlsxwriter

from folios.money import minor_digits
from night_audit.reports.making import DRAFT, Content
from night_audit.reports.telling import TOTAL, Telling, kind_of, plain

WIDEST, NARROWEST = 48, 8
LONGEST = 32_767  # characters a cell can hold


class Book:
    """The workbook being written, with its formats, each made once."""

    def __init__(self, file: io.BytesIO, telling: Telling) -> None:
        as_they_are = dict.fromkeys(("strings_to_formulas", "strings_to_urls", "strings_to_numbers"), False)
        options = {"in_memory": True, **as_they_are}
        self.book = xlsxwriter.Workbook(file, options)
        self.telling = telling
        self.formats: dict[tuple[str, bool], Any] = {}
        digits = minor_digits(telling.currency)
        decimals = f".{'0' * digits}" if digits else ""
        self.patterns = {
            "money": f"#,##0{decimals};-#,##0{decimals}",
            "count": "#,##0",
            "percent": '0.00" %"',
            "ratio": "0.00",
            "rate": '0.####" %"',
            "day": "yyyy-mm-dd",
        }

    def format(self, kind: str, bold: bool) -> Any:
        """The format of a kind of value."""
        if (kind, bold) not in self.formats:
            facts: dict[str, Any] = {"bold": bold, "valign": "top"}
            if kind in self.patterns:
                facts["num_format"] = self.patterns[kind]
            if bold:
                facts["top"] = 1
            self.formats[kind, bold] = self.book.add_format(facts)
        return self.formats[kind, bold]


def as_xlsx(content: Content, language: str) -> bytes:
    """The workbook."""
    file = io.BytesIO()
    telling = Telling(language, content["currency"])
    book = Book(file, telling)
    made = datetime.combine(date.fromisoformat(content["day"]), datetime.min.time())
    book.book.set_properties({"title": telling.say(content["title"]), "author": content["hotel"], "created": made})
    names: set[str] = set()
    for part in content["parts"]:
        name = _sheet_name(telling.say(part["title"]), names)
        _sheet(book, book.book.add_worksheet(name), content, part)
    book.book.close()
    return file.getvalue()


def _sheet_name(title: str, taken: set[str]) -> str:
    name = re.sub(r"[\[\]:*?/\\']", " ", title)[:28].strip() or "1"
    while name.casefold() in taken:
        name = f"{name[:26]} {len(taken) + 1}"
    taken.add(name.casefold())
    return name


def _sheet(book: Book, sheet: Any, content: Content, part: Content) -> None:
    telling, heading = book.telling, book.book.add_format({"bold": True, "font_size": 13})
    head = book.book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
    draft = telling.standing(content) if content["standing"] == DRAFT else ""
    head_line = (draft, telling.say(content["title"]), telling.day(content["day"]))
    sheet.write_string(0, 0, " · ".join(filter(None, head_line)), heading)
    told = [content["hotel"], "" if draft else telling.standing(content), telling.say(part["title"])]
    sheet.write_string(1, 0, " · ".join(each for each in told if each))
    widths = []
    for place, column in enumerate(part["columns"]):
        title = telling.head(column)
        sheet.write_string(3, place, title, head)
        widths.append(max(NARROWEST, min(len(title), 14)))
    line = 4
    for row in part["rows"]:
        for place, (column, value) in enumerate(zip(part["columns"], row["values"], strict=True)):
            widths[place] = max(widths[place], _write(book, sheet, line, place, column, row, value))
        if row["style"] == "total" and row["values"][0] is None:
            sheet.write_string(line, 0, telling.say(TOTAL), book.format("text", True))
        line += 1
    if not part["rows"]:
        sheet.write_string(line, 0, telling.say(part["empty"]))
        line += 1
    for note in [*part["notes"], *content["notes"]]:
        line += 1
        sheet.write_string(line, 0, telling.note(note)[:LONGEST])
    for place, width in enumerate(widths):
        sheet.set_column(place, place, min(width + 1, WIDEST))
    sheet.freeze_panes(4, 0)
    sheet.set_landscape() if content["wide"] else sheet.set_portrait()
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(3)


def _write(book: Book, sheet: Any, line: int, place: int, column: Content, row: Content, value: Any) -> int:
    """Writes a cell; returns how wide it is."""
    kind = kind_of(column, row)
    found = plain(kind, value, book.telling.currency)
    style = book.format(kind, row["style"] != "line")
    if found is None:
        sheet.write_blank(line, place, None, style)
        return 0
    if kind == "day":
        sheet.write_datetime(line, place, datetime.fromisoformat(found), style)
        return 10
    if isinstance(found, str):
        text = (book.telling.say(found) if kind == "word" and found else found)[:LONGEST]
        sheet.write_string(line, place, text, style)
        return len(text)
    sheet.write_number(line, place, float(found), style)
    return len(book.telling.cell(kind, value))
