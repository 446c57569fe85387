"""The command line: `frontoffice`, with the commands of every module gathered under it.

A module of `frontoffice.app.MODULES` offers commands by a package `cli` holding `COMMANDS`: what the command is called,
and where it stands as `module:name`. A command is imported when it is used. Exit status: 0 done, 1 a verification found
differences, 2 refused, 130 interrupted.
"""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from typing import Any

import click
from sqlalchemy.exc import DBAPIError

from folios.errors import DatabaseRefusal, Refusal
from frontoffice.app import MODULES
from frontoffice.config import Settings, read_language
from frontoffice.language import gettext as _
from frontoffice.language import show, speak

COMMANDS = {
    "backup": "frontoffice.cli.backup:backup",
    "folio": "frontoffice.cli.folio:folio",
    "init": "frontoffice.cli.init:init",
    "mail": "frontoffice.cli.mail:mail",
    "serve": "frontoffice.cli.serve:serve",
    "user": "frontoffice.cli.user:user",
    "verify": "frontoffice.cli.verify:verify",
}

REFUSED = 2
INTERRUPTED = 130


class GatheredCommands(click.Group):
    """The commands of all modules; also where a refusal becomes a sentence and an exit status."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Their names, sorted."""
        return sorted(gathered())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, imported now."""
        place = gathered().get(cmd_name)
        if place is None:
            return None
        module, name = place.split(":")
        command: click.Command = getattr(import_module(module), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command; says on stderr why it was refused."""
        status = REFUSED
        try:
            return super().invoke(ctx)
        except Refusal as refusal:
            click.echo(show(refusal), err=True)
        except DBAPIError as error:
            click.echo(f"{show(DatabaseRefusal())} ({error.orig})", err=True)
        except (KeyboardInterrupt, click.Abort):
            click.echo(_("Interrupted."), err=True)
            status = INTERRUPTED
        raise click.exceptions.Exit(status)


def gathered() -> dict[str, str]:
    """All commands: name to `module:name`."""
    commands: dict[str, str] = {}
    for module in MODULES:
        if find_spec(f"{module}.cli") is not None:
            commands |= import_module(f"{module}.cli").COMMANDS
    return commands


@click.group(cls=GatheredCommands)
@click.version_option(package_name="frontoffice")
@click.option(
    "--language", metavar="CODE", help="Language of the answers, such as en or de. Default: FRONTOFFICE_LANGUAGE."
)
@click.pass_context
def main(ctx: click.Context, language: str | None) -> None:
    """Hotel front office and guest folios."""
    chosen = None if language is None else read_language(language)
    if chosen is not None:
        speak(chosen)  # already for what is wrong with the settings
    settings = Settings.load()
    ctx.obj = settings if chosen is None else settings.with_language(chosen)
    speak(ctx.obj.language)
