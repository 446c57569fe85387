"""`frontoffice report NAME --date DATE`: a report of a business day, as a PDF, XLSX, CSV or JSON file; with --pack all
of them in one PDF.
"""

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
from night_audit.reports import files, pack
from night_audit.reports.catalogue import report as get_report
from night_audit.reports.catalogue import sections
from night_audit.reports.forms import FORMS

BINARY = ("pdf", "xlsx")
USUAL, OF_PACK = "csv", "pdf"


class ReportNameMissing(Refusal):
    code = "report.name_missing"
    message = N_("Name a report, or ask for the list of them with --list, or for all in one PDF with --pack.")


class PackFormInvalid(Refusal):
    code = "report_pack.form_invalid"
    message = N_("All reports together are one PDF. Leave out the name and --format {form}, or ask without --pack.")


class ReportToScreen(Refusal):
    code = "report.to_screen"
    message = N_("A {form} file is not for the screen. Name a file with --output, or send it on with a pipe.")


def _list(ctx: click.Context, _option: click.Parameter, asked: bool) -> None:
    """Lists the reports and stops there: it needs no database."""
    if not asked or ctx.resilient_parsing:
        return
    for section, reports in sections().items():
        click.echo(_(section))
        for each in reports:
            click.echo(f"  {each.name.ljust(24)}{_(each.title)}: {_(each.question)}")
    ctx.exit()


@click.command()
@with_database()
@click.argument("name", required=False)
@click.option(
    "--list",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_list,
    help="List the reports with the question each answers.",
)
@click.option("--pack", "packed", is_flag=True, help="All reports of the day, in one PDF.")
@click.option("--date", "day", type=click.DateTime(["%Y-%m-%d"]), help="Business day. Default: the last that is over.")
@click.option("--format", "form", type=click.Choice(sorted(FORMS)), help="Default: csv; of a pack pdf.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write. Default: the screen.")
def report(
    sessions: SessionSource,
    name: str | None,
    *,
    packed: bool,
    day: datetime | None,
    form: str | None,
    output: Path | None,
) -> None:
    """Make the report NAME of a business day; that of a closed day is the same to the byte whenever it is asked for."""
    if packed and (name is not None or form not in (None, OF_PACK)):
        raise PackFormInvalid(form=form or USUAL)
    if name is None and not packed:
        raise ReportNameMissing
    made_as = form or (OF_PACK if packed else USUAL)
    if name is not None:
        get_report(name)
    if made_as in BINARY and output is None and sys.stdout.isatty():
        raise ReportToScreen(form=made_as)
    wanted = day.date() if day else _last_day(sessions)
    if name is None:
        content = files.of_pack(sessions, wanted, written())
    else:
        content = files.of_report(sessions, name, wanted, made_as, written())
    if output is None:
        click.echo(content, nl=False)
    else:
        output.write_bytes(content)


def _last_day(sessions: SessionSource) -> date:
    with reading(sessions) as session:
        return pack.last_day(session) or open_date(session)
