"""`frontoffice folio NUMBER`: the statement of any folio for any period, as text, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import click
from babel.dates import format_date

from folios.db import SessionSource, reading
from folios.errors import WORDS
from folios.folios import find_folio
from folios.money import Money, format_amount
from folios.statements import Statement, statement
from frontoffice.cells import harmless
from frontoffice.cli.database import with_database
from frontoffice.language import gettext as _
from frontoffice.language import locale

CSV_COLUMNS = ("date", "voucher", "kind", "code", "text", "reference", "debit_minor", "credit_minor", "balance_minor")


@click.command()
@with_database()
@click.argument("number")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First business date, such as 2026-03-01.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last business date.")
@click.option("--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True)
def folio(sessions: SessionSource, number: str, first: datetime | None, last: datetime | None, form: str) -> None:
    """Print the statement of the folio NUMBER, with its running balance."""
    with reading(sessions) as session:
        found = find_folio(session, number)
        told = statement(session, found.id, first.date() if first else None, last.date() if last else None)
    click.echo(FORMS[form](told), nl=False)


def as_json(told: Statement) -> str:
    """One JSON object; amounts in minor units, debits less credits."""
    lines = [line._asdict() for line in told.lines]
    figures = asdict(told) | {"lines": lines, "closing_minor": told.closing_minor}
    return json.dumps(figures, indent=2, default=str, ensure_ascii=False) + "\n"


def as_csv(told: Statement) -> str:
    """A line per posting, amounts in minor units. Text that a spreadsheet would take for a formula is quoted."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for line in told.lines:
        texts = map(harmless, (line.code, line.text, line.reference or line.check_number or ""))
        figures = (line.debit_minor, line.credit_minor, line.balance_minor)
        writer.writerow([line.business_date, line.voucher_id, line.kind, *texts, *figures])
    return out.getvalue()


def as_text(told: Statement) -> str:
    """A page for people: dates and amounts in their language, charges and credits in columns of their own."""
    heading = f"{told.number}  {told.name}  ({_(WORDS[told.type])}, {_(WORDS[told.status])})"
    rows = [
        [_("Date"), _("Voucher"), _("Code"), _("Text"), _("Debit"), _("Credit"), _("Balance") + f" {told.currency}"]
    ]
    rows.append([_day(told.first), "", "", _("Opening balance"), "", "", _amount(told, told.opening_minor)])
    rows += [
        [
            _day(line.business_date),
            str(line.voucher_id),
            line.code,
            _text(line.text, line.quantity),
            _amount(told, line.debit_minor) if line.debit_minor else "",
            _amount(told, line.credit_minor) if line.credit_minor else "",
            _amount(told, line.balance_minor),
        ]
        for line in told.lines
    ]
    rows.append([_day(told.last), "", "", _("Closing balance"), "", "", _amount(told, told.closing_minor)])
    return heading + "\n\n" + "\n".join(_aligned(rows)) + "\n"


def _text(text: str, quantity: int) -> str:
    told = text if quantity == 1 else f"{quantity} x {text}"
    return told.replace("\n", " ")[:40]


def _day(day: date | None) -> str:
    return format_date(day, "short", locale=locale()) if day else ""


def _amount(told: Statement, minor: int) -> str:
    return format_amount(Money(minor, told.currency), locale())


def _aligned(rows: list[list[str]]) -> list[str]:
    """Text to the left, amounts (the last three columns) to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(7)]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row[:4], widths[:4], strict=True)]
        cells += [cell.rjust(width) for cell, width in zip(row[4:], widths[4:], strict=True)]
        lines.append("  ".join(cells).rstrip())
    return lines


FORMS: dict[str, Callable[[Any], str]] = {"text": as_text, "json": as_json, "csv": as_csv}
