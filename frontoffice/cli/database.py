"""The door of every command that works on a database."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click
from sqlalchemy.engine import URL

from folios import schema
from folios.errors import SchemaMissing
from frontoffice.app import create_app, db
from frontoffice.config import Settings

Command = TypeVar("Command", bound=Callable[..., Any])


def with_database(*, check_schema: bool = True) -> Callable[[Command], Callable[..., Any]]:
    """Gives a command the option --database and calls it with the sessions of that database as its first argument.

    The command runs inside the application's context and opens its own unit of work:

        @click.command()
        @with_database()
        @click.argument("number")
        def folio(sessions: SessionSource, number: str) -> None: ...

    Before it runs, a database that is missing, older or newer than the program is refused; `check_schema=False` leaves
    that to the command.
    """

    def decorate(command: Command) -> Callable[..., Any]:
        @click.option("--database", metavar="URL", help="The hotel's database. Default: FRONTOFFICE_DATABASE_URL.")
        @click.pass_context
        @wraps(command)
        def run(ctx: click.Context, /, *args: Any, database: str | None, **options: Any) -> Any:
            settings = ctx.ensure_object(Settings)
            if database is not None:
                settings = settings.with_database(database)
            if check_schema:
                require_file(settings.require_database())
            ctx.obj = settings
            with create_app(settings).app_context():
                try:
                    if check_schema:
                        schema.check(db.engine)
                    return command(db.session, *args, **options)
                finally:
                    db.session.remove()
                    db.engine.dispose()

        return run

    return decorate


def require_file(database: URL) -> None:
    """Refuses (`SchemaMissing`) a SQLite file that is not there, which looking into it would create."""
    if database.get_backend_name() == "sqlite" and not Path(database.database or "").exists():
        raise SchemaMissing
