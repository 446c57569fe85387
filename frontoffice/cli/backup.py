"""`frontoffice backup`: a whole copy of the hotel's database, while everybody works on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
from babel.numbers import format_decimal

from folios.backup import make
from folios.db import SessionSource
from frontoffice.app import db
from frontoffice.cli.database import require_file, with_database
from frontoffice.config import MOST_BACKUPS, Settings
from frontoffice.language import gettext as _
from frontoffice.language import locale


@click.command()
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option(
    "--keep",
    type=click.IntRange(1, MOST_BACKUPS),
    help="How many backups of this database are kept in the folder. Default: FRONTOFFICE_BACKUP_KEEP, else 14.",
)
@with_database(check_schema=False)
@click.pass_obj
def backup(settings: Settings, sessions: SessionSource, folder: Path | None, keep: int | None) -> None:
    """Copy the hotel's database into a file in FOLDER (default: FRONTOFFICE_BACKUP_FOLDER), and check the copy.

    Everybody works on meanwhile. Of older ones only those are removed that were made of this database, once the new one
    is whole. A database that waits to be brought up to date can be backed up, too.
    """
    require_file(db.engine.url)
    plan = settings.backup
    made = make(sessions, replace(plan, folder=folder.absolute() if folder else plan.folder, keep=keep or plan.keep))
    size = format_decimal(made.size_bytes, locale=locale())
    click.echo(
        _("{file}: {size} bytes, read to the end, in {seconds} s.", file=made.path, size=size, seconds=made.seconds)
    )
    for name in made.removed:
        click.echo(_("Removed: {file}", file=name))
