"""`frontoffice user add|list|reset|disable|enable`: who may sign in, from the machine the hotel's database is on.

Whoever may run these could write to the database anyway, so no right is asked for; the audit trail names the console.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.db import SessionSource, in_unit_of_work, reading
from folios.errors import N_, Refusal
from frontoffice import users
from frontoffice.cli.database import with_database
from frontoffice.cli.init import PasswordsDiffer, content_of_file
from frontoffice.language import gettext as _
from frontoffice.models.users import User, UserRole
from frontoffice.users import NewUser

CONSOLE = "(console)"  # no user's code looks like this


class PasswordOptionMissing(Refusal):
    code = "user.password_option_missing"
    message = N_("There is nobody to ask for the password. Give --password-file.")


@click.group()
def user() -> None:
    """Users: add, list, give a new password, keep from signing in."""


@user.command()
@with_database()
@click.argument("code")
@click.option("--name", help="Name of the user. Default: the code.")
@click.option("--role", "roles", multiple=True, metavar="ROLE", help="A role of the user; may be given several times.")
@click.option("--user-language", metavar="CODE", help="Language of the user, such as en or de.")
@click.option(
    "--password-file",
    "password",
    metavar="PATH",
    callback=content_of_file,
    help="File that holds the password; - reads it from standard input.",
)
def add(
    sessions: SessionSource,
    code: str,
    name: str | None,
    roles: Sequence[str],
    user_language: str | None,
    password: str | None,
) -> None:
    """Add the user CODE, who must change the password at the first sign-in."""
    users.read_code(code)
    given = _ask() if password is None else password
    new = NewUser(users.read_code(code), name or code, given, roles, user_language, temporary=True)
    in_unit_of_work(sessions, lambda session: users.add_user(session, new, CONSOLE).id)
    click.echo(_("User {user} can sign in, and must then choose a new password.", user=new.code))


@user.command(name="list")
@with_database()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_users(sessions: SessionSource, as_json: bool) -> None:
    """List all users with their roles."""
    with reading(sessions) as session:
        rows = _told(session)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    able = _("can sign in")
    unable = _("cannot sign in")
    table = [[_("User"), _("Name"), _("State"), _("Roles")]]
    table += [
        [row["code"], row["name"], able if row["active"] and row["has_password"] else unable, ", ".join(row["roles"])]
        for row in rows
    ]
    widths = [max(len(line[column]) for line in table) for column in range(4)]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


@user.command()
@with_database()
@click.argument("code")
def reset(sessions: SessionSource, code: str) -> None:
    """Give the user CODE a random password, shown once; it must be changed at the next sign-in."""
    who = users.read_code(code)
    password = in_unit_of_work(sessions, lambda session: users.reset_password(session, who, CONSOLE))
    click.echo(_("Password of {user}, shown only now: {password}", user=who, password=password))


@user.command()
@with_database()
@click.argument("code")
def disable(sessions: SessionSource, code: str) -> None:
    """Keep the user CODE from signing in, and end their sessions."""
    who = users.read_code(code)
    in_unit_of_work(sessions, lambda session: users.disable_user(session, who, CONSOLE))
    click.echo(_("User {user} can no longer sign in.", user=who))


@user.command()
@with_database()
@click.argument("code")
def enable(sessions: SessionSource, code: str) -> None:
    """Let the user CODE sign in again."""
    who = users.read_code(code)
    in_unit_of_work(sessions, lambda session: users.enable_user(session, who, CONSOLE))
    click.echo(_("User {user} may sign in again.", user=who))


def _ask() -> str:
    """The password as it is typed twice, unseen. Refuses (`PasswordOptionMissing`) when there is nobody to ask."""
    if not sys.stdin.isatty():
        raise PasswordOptionMissing
    password: str = click.prompt(_("Password"), hide_input=True)
    users.read_password(password)
    if click.prompt(_("The same once more"), hide_input=True) != password:
        raise PasswordsDiffer
    return password


def _told(session: Session) -> list[dict[str, Any]]:
    """All users by code, as `--json` shows them."""
    roles: dict[int, list[str]] = {}
    for user_id, role in session.execute(sa.select(UserRole.user_id, UserRole.role_code).order_by(UserRole.role_code)):
        roles.setdefault(user_id, []).append(role)
    return [
        {
            "code": each.code,
            "name": each.name,
            "active": each.active,
            "has_password": each.password_hash is not None,
            "must_change_password": each.must_change_password,
            "language": each.language,
            "roles": roles.get(each.id, []),
        }
        for each in session.scalars(sa.select(User).order_by(User.code))
    ]
