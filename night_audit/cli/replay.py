"""`frontoffice replay FILE`: plays a hotel's bookings, day by day, by the rules the desk uses."""

from __future__ import annotations

import hashlib
import json
import sys
import time
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

import click
import sqlalchemy as sa

from folios import schema
from folios.db import SessionSource, reading
from folios.models import Posting
from folios.money import Money, format_amount, half_up
from frontoffice.app import db
from frontoffice.cli.database import with_database
from frontoffice.language import gettext as _
from frontoffice.language import locale
from night_audit import steps
from night_audit.booking_file import BookingFile, read_bookings
from night_audit.replay import DayLine, Replay, as_record

DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@with_database(check_schema=False)
@click.option("--from", "first", type=DAY, help="Take the bookings that arrive on this day or later.")
@click.option("--to", "last", type=DAY, help="Take the bookings that arrive on this day or earlier.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object for each business day.")
@click.option("--reports/--no-reports", default=True, show_default=True, help="Make the reports of each night.")
def replay(
    sessions: SessionSource, file: Path, first: datetime | None, last: datetime | None, as_json: bool, reports: bool
) -> None:
    """Play the bookings of FILE (CSV or gzip) on an empty database, night after night.

    It may be stopped at any time; started again with the same file and days, it goes on where it was.
    """
    bookings = read_bookings(file)
    days = (first.date() if first else None, last.date() if last else None)
    chosen = bookings.arriving(*days)
    _prepare(sessions)
    run = Replay(sessions, chosen, _mark(bookings, *days), steps.store_pack if reports else None)
    postings = _postings(sessions)
    started, lines = time.monotonic(), []
    with click.progressbar(
        run.play(), length=run.days, label=_("Business days"), file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as progress:
        for line in progress:
            lines.append(line)
            if as_json:
                click.echo(json.dumps(as_record(line)))
    if not as_json:
        seconds = time.monotonic() - started
        _tell(lines, len(chosen), _postings(sessions), _pace(run.played, _postings(sessions) - postings, seconds))


def _prepare(sessions: SessionSource) -> None:
    """Makes the tables in a database that has none; one that has been set up is left as it is, or refused."""
    with reading(sessions) as session:
        found = schema.found_version(session.connection())
    if found is None:
        schema.upgrade(db.engine)
    else:
        schema.check(db.engine)


def _mark(bookings: BookingFile, first: date | None, last: date | None) -> str:
    """What tells this replay from another: the file's content and the days taken."""
    asked = f"{bookings.digest} {first} {last}"
    return f"replay:{hashlib.sha256(asked.encode()).hexdigest()[:32]}"


def _postings(sessions: SessionSource) -> int:
    with reading(sessions) as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Posting)) or 0


def _pace(days: int, postings: int, seconds: float) -> str:
    """What this run did in a second; a dash when everything had been played before."""
    return f"{days / seconds:.1f}, {postings / seconds:.0f}" if days else "-"


def _tell(lines: Sequence[DayLine], bookings: int, postings: int, pace: str) -> None:
    nights = sum(line.rooms_sold for line in lines)
    net = sum(line.room_revenue_net_minor for line in lines)
    figures = {
        _("Business days"): f"{lines[0].date} - {lines[-1].date} ({len(lines)})",
        _("Bookings"): bookings,
        _("Arrivals"): sum(line.arrivals for line in lines),
        _("Departures"): sum(line.departures for line in lines),
        _("Cancellations"): sum(line.cancellations for line in lines),
        _("No-shows"): sum(line.no_shows for line in lines),
        _("Rooms sold"): nights,
        _("Room revenue"): _money(net),
        _("Value added tax"): _money(sum(line.vat_minor for line in lines)),
        _("Average daily rate"): _money(half_up(net, nights)) if nights else "-",
        _("Postings"): postings,
        _("Days and postings per second"): pace,
    }
    width = max(len(name) for name in figures)
    for name, figure in figures.items():
        click.echo(f"{name.ljust(width)}  {figure}")


def _money(minor: int) -> str:
    return format_amount(Money(minor, "EUR"), locale()) + " EUR"
