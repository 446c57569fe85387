"""A report as text for machines: JSON, which is its canonical form, and CSV with exact decimals."""

from __future__ import annotations

import csv
import io

from frontoffice.cells import harmless
from night_audit.reports import making
from night_audit.reports.making import Content
from night_audit.reports.telling import TOTAL, Telling, kind_of, plain


def as_json(content: Content, _language: str) -> bytes:
    """The canonical form itself."""
    return making.canonical(content)


def as_csv(content: Content, language: str) -> bytes:
    """A block for each part: its title, the heads of its columns, its lines; a blank line between blocks.

    A draft says in its first line that it is one.

    The first column says what a line is: line, subtotal or total. Amounts are decimals with a point, dates ISO 8601.
    """
    telling = Telling(language, content["currency"])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    if content["standing"] == making.DRAFT:
        writer.writerow([telling.standing(content)])
    writer.writerow([harmless(telling.say(content["title"])), content["day"], content["standing"], content["currency"]])
    for part in content["parts"]:
        writer.writerow([])
        writer.writerow([harmless(telling.say(part["title"]))])
        writer.writerow(["row", *(each["name"] for each in part["columns"])])
        for row in part["rows"]:
            pairs = zip(part["columns"], row["values"], strict=True)
            cells = [_cell(telling, column, row, value) for column, value in pairs]
            if row["style"] == "total":
                cells[0] = cells[0] or harmless(telling.say(TOTAL))
            writer.writerow([row["style"], *cells])
    return out.getvalue().encode()


def _cell(telling: Telling, column: Content, row: Content, value: object) -> str:
    kind = kind_of(column, row)
    found = plain(kind, value, telling.currency)
    if found is None:
        return ""
    if isinstance(found, str):
        return harmless(telling.say(found) if kind == "word" and found else found)
    return str(found)
