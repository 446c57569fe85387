"""`frontoffice demo`: makes a hotel to look at, and serves it."""

from __future__ import annotations

import sys
import time
from collections.abc import Collection
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from sqlalchemy.engine import Engine

from folios import clock, schema
from folios.db import open_engine, session_source
from frontoffice import background
from frontoffice.app import create_app, db
from frontoffice.cli.serve import serve_pages
from frontoffice.config import Settings
from frontoffice.language import gettext as _
from night_audit.demo.hotel import NAME, TIME_ZONE
from night_audit.demo.keys import Keys, draw_keys, note_of, read_keys, write_keys
from night_audit.demo.making import DAYS, DemoInUse, changed_passwords, held, make, renew_passwords, standing, steps
from night_audit.scheduler import Clock

DATABASE = "sqlite:///frontoffice-demo.db"


@click.command()
@click.option("--database", default=DATABASE, metavar="URL", show_default=True, help="Database of the demo.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen on.")
@click.option(
    "--fias-port", default=5010, show_default=True, type=click.IntRange(0, 65535), help="Port for tills; 0: none."
)
@click.option("--reset", is_flag=True, help="Make the hotel anew, whatever was done in it.")
@click.option("--no-serve", is_flag=True, help="Make the hotel and stop.")
@click.option("--days", default=DAYS, type=click.IntRange(3, 366), hidden=True)
@click.pass_context
def demo(
    ctx: click.Context,
    database: str,
    host: str,
    port: int,
    fias_port: int,
    *,
    reset: bool,
    no_serve: bool,
    days: int,
) -> None:
    """Make a hotel with a month behind it and a full morning ahead, and serve it.

    Started again, it finds the hotel as it was left. A database that holds anything else is refused.
    """
    settings = ctx.ensure_object(Settings).with_database(database)
    url = settings.require_database()
    with ExitStack() as stack:
        engine = open_engine(url)
        stack.callback(engine.dispose)
        wanted = reset or standing(engine) != "finished"
        try:
            stack.enter_context(held(engine))  # until the end, so that nobody makes it anew while it is served
            wanted = reset or standing(engine) != "finished"
        except DemoInUse:
            if wanted:
                raise
        keys = _make(engine, note_of(url), days) if wanted else _keys_of(engine, note_of(url))
        told = _sentences(keys, changed_passwords(session_source(engine), keys), note_of(url))
        if no_serve:
            click.echo(told)
            return
        settings = replace(settings, secret_key=settings.secret_key or keys.secret_key)
        settings.require_secret()
        background.register("scheduler", Clock)
        app = create_app(settings)
        app.config["FIAS_PORT"] = fias_port or None
        if fias_port:
            told += "\n" + _("A till, a minibar or a telephone exchange can connect on port {port}.", port=fias_port)
        with app.app_context():
            try:
                serve_pages(settings, host, port, tell=lambda: click.echo(told))
            finally:
                db.session.remove()
                db.engine.dispose()


def _make(engine: Engine, note: Path, days: int) -> Keys:
    """Makes the hotel, with the passwords of an earlier one where they are noted."""
    keys = read_keys(note) or draw_keys()
    today = clock.now().astimezone(ZoneInfo(TIME_ZONE)).date()
    started = time.monotonic()
    making = make(engine, keys, today, days)
    with click.progressbar(
        making, length=steps(days), label=_("Making the hotel"), file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as progress:
        for step in progress:
            if step == "schema":  # what this database held before has been looked at
                write_keys(note, keys)
    write_keys(note, keys)  # with the keys of what it was furnished with
    seconds = f"{time.monotonic() - started:.0f}"
    click.echo(_("{name} was made in {seconds} seconds.", name=NAME, seconds=seconds), err=True)
    return keys


def _keys_of(engine: Engine, note: Path) -> Keys:
    """The passwords of a hotel that is there; new ones when the note was lost."""
    schema.upgrade(engine)
    keys = read_keys(note)
    if keys is None:
        keys = draw_keys()
        renew_passwords(session_source(engine), keys)
        write_keys(note, keys)
    return keys


def _sentences(keys: Keys, changed: Collection[str], note: Path) -> str:
    """Who can sign in, with which password."""
    lines = [_("You can sign in as:")]
    for code, password in keys.passwords.items():
        told = _("with a password that was changed meanwhile") if code in changed else password
        lines.append(f"  {code.ljust(12)}{told}")
    if keys.given:
        lines.append(_("Terminals sign in with:"))
        lines += [f"  {name.ljust(12)}{key}" for name, key in keys.given.items()]
    return "\n".join([*lines, _("This is noted in {path}.", path=note)])
