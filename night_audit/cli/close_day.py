"""`frontoffice close-day`: rolls the business date and closes the day it leaves behind."""

from __future__ import annotations

from datetime import datetime

import click
from babel.dates import format_date

from folios.db import SessionSource, reading
from frontoffice.cli.database import with_database
from frontoffice.language import gettext as _
from frontoffice.language import locale
from frontoffice.rights import require
from frontoffice.users import read_code
from night_audit.closing import close_business_day


@click.command(name="close-day")
@with_database()
@click.option("--operator", required=True, help="Code of the user who closes the day.")
@click.option("--day", type=click.DateTime(["%Y-%m-%d"]), help="The business day to close. Default: the open one.")
def close_day(sessions: SessionSource, operator: str, day: datetime | None) -> None:
    """Charge room and tax, mark no-shows, and close the business day. Safe to repeat after an interruption."""
    who = read_code(operator)
    with reading(sessions) as session:
        require(session, who, "day.close")
    closed = close_business_day(sessions, who, day.date() if day else None)
    click.echo(
        _("Business day {day} is closed: {nights} nights charged, {no_shows} no-shows.").format(
            day=format_date(closed.day, "medium", locale=locale()), nights=closed.nights, no_shows=closed.no_shows
        )
    )
