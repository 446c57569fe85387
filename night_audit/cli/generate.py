"""`frontoffice generate`: makes a large hotel with years behind it, to measure and to train with."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta
from types import FrameType
from zoneinfo import ZoneInfo

import click
from babel.numbers import format_decimal

from folios import clock
from folios.db import SessionSource
from frontoffice.app import db
from frontoffice.cli.database import with_database
from frontoffice.language import gettext as _
from frontoffice.language import locale
from night_audit.past.house import ADMIN, TIME_ZONE, Size
from night_audit.past.making import Made, Past
from night_audit.reports.definition import same_day_last_year

INTERRUPTED = 130
DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@with_database(check_schema=False)
@click.option("--rooms", default=500, show_default=True, type=click.IntRange(1, 5_000), help="Rooms of the hotel.")
@click.option("--years", default=3, show_default=True, type=click.IntRange(1, 10), help="Years that are over.")
@click.option("--days", type=click.IntRange(1, 3_660), help="Business days that are over, instead of whole years.")
@click.option(
    "--postings-per-night",
    default=21,
    show_default=True,
    type=click.IntRange(2, 500),
    help="Postings for each night slept in a room, on average.",
)
@click.option("--seed", default=1, show_default=True, help="Another number gives another hotel, the same one the same.")
@click.option("--until", type=DAY, help="The business date that is open at the end. Default: today.")
def generate(
    _sessions: SessionSource,
    rooms: int,
    years: int,
    days: int | None,
    postings_per_night: int,
    seed: int,
    until: datetime | None,
) -> None:
    """Make a hotel with its past in an empty database: stays, charges, payments, every night closed and sealed.

    Ctrl-C stops it after the day under way; the hotel is whole up to there.
    """
    today = until.date() if until else clock.now().astimezone(ZoneInfo(TIME_ZONE)).date()
    size = Size(rooms, _first(today, years, days), today, postings_per_night, seed)
    past, begun = Past(db.engine, size), time.monotonic()
    last = None
    with asked_to_stop() as stopping:
        past.begin()
        with click.progressbar(
            length=size.days, label=_("Business days"), file=sys.stderr, hidden=not sys.stderr.isatty()
        ) as progress:
            for day in past.live():
                last = day
                progress.update(1)
                if stopping():
                    break
        made = past.end()
    _tell(size, made, time.monotonic() - begun)
    if last is not None and made.days < size.days:
        told = _(
            "Stopped after {day}, as you asked. The hotel is whole up to there and can be used as it is.", day=last
        )
        click.echo(told, err=True)
        click.echo(_("For a longer past make it anew in another, empty database."), err=True)
        raise click.exceptions.Exit(INTERRUPTED)


def _first(today: date, years: int, days: int | None) -> date:
    if days is not None:
        return today - timedelta(days=days)
    first = today
    for _year in range(years):
        first = same_day_last_year(first)
    return first


@contextmanager
def asked_to_stop() -> Iterator[Callable[[], bool]]:
    """Whether somebody has asked the process to end; who asks twice is not made to wait for the end of the day."""
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = {each: signal.signal(each, ask) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _tell(size: Size, made: Made, seconds: float) -> None:
    figures = {
        _("Rooms"): size.rooms,
        _("Business days"): made.days,
        _("Postings"): made.postings,
        _("Megabytes"): made.bytes // 1_000_000,
        _("Seconds"): round(seconds),
        _("Postings per second"): round(made.postings / max(seconds, 0.001)),
    }
    width = max(len(name) for name in figures)
    for name, figure in figures.items():
        click.echo(f"{name.ljust(width)}  {format_decimal(figure, locale=locale())}")
    click.echo(_("Nobody can sign in yet. Give a password: frontoffice user reset {user}", user=ADMIN))
