"""The files that a report can be had as."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from night_audit.reports import paper, texts, workbook
from night_audit.reports.making import Content


@dataclass(frozen=True, slots=True)
class FileForm:
    """A form: its media type, who draws it, and whether it is written in somebody's language."""

    media_type: str
    draw: Callable[[Content, str], bytes]
    in_language: bool = True


FORMS = {
    "pdf": FileForm("application/pdf", paper.as_pdf),
    "xlsx": FileForm("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", workbook.as_xlsx),
    "csv": FileForm("text/csv", texts.as_csv),
    "json": FileForm("application/json", texts.as_json, in_language=False),
}
