"""`frontoffice report NAME --date DATE`: a report of a business day, as a PDF, XLSX, CSV or JSON file."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path

import click

from folios.business_day import open_date
from folios.db import SessionSource, reading
from folios.errors import N_, Refusal
from frontoffice.cli.database import with_database
from frontoffice.language import gettext as _
from frontoffice.language import written
from night_audit.reports import pack
from night_audit.reports.catalogue import report as get_report
from night_audit.reports.catalogue import sections
from night_audit.reports.forms import FORMS

BINARY = ("pdf", "xlsx")


class ReportNameMissing(Refusal):
    code = "report.name_missing"
    message = N_("Name a report, or ask for the list of them with --list.")


class ReportToScreen(Refusal):
    code = "report.to_screen"
    message = N_("A {form} file is not for the screen. Name a file with --output, or send it on with a pipe.")


@click.command()
@with_database()
@click.argument("name", required=False)
@click.option("--list", "listed", is_flag=True, help="List the reports with the question each answers.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Business day. Default: the last that is over.")
@click.option("--format", "form", type=click.Choice(sorted(FORMS)), default="csv", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write. Default: the screen.")
def report(
    sessions: SessionSource, name: str | None, *, listed: bool, day: datetime | None, form: str, output: Path | None
) -> None:
    """Make the report NAME of a business day; that of a closed day is the same to the byte whenever it is asked for."""
    if listed:
        _list()
        return
    if name is None:
        raise ReportNameMissing
    get_report(name)
    if form in BINARY and output is None and sys.stdout.isatty():
        raise ReportToScreen(form=form)
    wanted = day.date() if day else _last_day(sessions)
    language = written() if FORMS[form].in_language else ""
    content = pack.file(sessions, name, wanted, form, language, lambda made: FORMS[form].draw(made, language))
    if output is None:
        click.echo(content, nl=False)
    else:
        output.write_bytes(content)


def _list() -> None:
    for section, reports in sections().items():
        click.echo(_(section))
        for each in reports:
            click.echo(f"  {each.name.ljust(24)}{_(each.title)}: {_(each.question)}")


def _last_day(sessions: SessionSource) -> date:
    with reading(sessions) as session:
        return pack.last_day(session) or open_date(session)
