"""`frontoffice ledger-export`: hands closed days to the back office as CSV, XLSX, Beancount or hledger."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import click

from folios.db import SessionSource, in_unit_of_work, reading
from folios.errors import N_, Refusal
from frontoffice.cli.database import with_database
from frontoffice.rights import require
from frontoffice.users import read_code
from night_audit import ledger_export as exporting
from night_audit.export_files import FORMS


class NothingToExport(Refusal):
    code = "ledger_export.nothing"
    message = N_("Every closed day was exported already.")


@click.command(name="ledger-export")
@with_database()
@click.option("--operator", required=True, help="Code of the user who exports.")
@click.option("--from", "first", type=click.DateTime(["%Y-%m-%d"]), help="First day. Default: the first not exported.")
@click.option("--to", "last", type=click.DateTime(["%Y-%m-%d"]), help="Last day. Default: the last that is closed.")
@click.option("--format", "form", type=click.Choice(sorted(FORMS)), default="csv", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write. Default: the screen.")
def ledger_export(
    sessions: SessionSource,
    operator: str,
    first: datetime | None,
    last: datetime | None,
    form: str,
    output: Path | None,
) -> None:
    """Export closed days once; the same days asked for again give the same file."""
    who = read_code(operator)
    with reading(sessions) as session:
        require(session, who, "ledger.export")
        days = exporting.next_days(session)
    begin = first.date() if first else days[0] if days else None
    end = last.date() if last else days[1] if days else None
    if begin is None or end is None:
        raise NothingToExport
    done = in_unit_of_work(sessions, lambda session: exporting.export(session, begin, end, who))
    with reading(sessions) as session:
        _told, content = exporting.read(session, done.id)
    written = FORMS[form].write(content)
    if output is None:
        click.echo(written, nl=False)
    else:
        output.write_bytes(written)
