"""`frontoffice terminal-key add|list|revoke`: the keys of the outlets' terminals, from the machine of the database.

Whoever may run these could write to the database anyway, so no right is asked for; the audit trail names the console.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.db import SessionSource, in_unit_of_work, reading
from frontoffice.cli.database import with_database
from frontoffice.cli.user import CONSOLE
from frontoffice.language import gettext as _
from pos_bridge import terminals
from pos_bridge.models.outlets import Terminal, TerminalKey


@click.group(name="terminal-key")
def terminal_key() -> None:
    """Keys of terminals: give, list, revoke."""


@terminal_key.command()
@with_database()
@click.argument("terminal")
@click.option(
    "--address",
    "networks",
    multiple=True,
    metavar="NET",
    help="Where it may come from, such as 10.0.0.7 or 10.0.0.0/24; may be given several times. Default: anywhere.",
)
def add(sessions: SessionSource, terminal: str, networks: Sequence[str]) -> None:
    """Give the terminal TERMINAL a key, shown once."""
    given = in_unit_of_work(sessions, lambda session: terminals.give_key(session, terminal, CONSOLE, networks=networks))
    click.echo(_("Key of terminal {terminal}, shown only now: {key}", terminal=given.terminal, key=given.key))


@terminal_key.command(name="list")
@with_database()
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_keys(sessions: SessionSource, as_json: bool) -> None:
    """List all keys by terminal, never the keys themselves."""
    with reading(sessions) as session:
        rows = _told(session)
    if as_json:
        click.echo(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    table = [[_("Number"), _("Terminal"), _("Begins with"), _("State"), _("May come from")]]
    table += [
        [
            str(row["id"]),
            row["terminal"],
            row["beginning"],
            _("revoked") if row["revoked_at"] else _("opens"),
            " ".join(row["addresses"]) or _("anywhere"),
        ]
        for row in rows
    ]
    widths = [max(len(line[column]) for line in table) for column in range(5)]
    for line in table:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


@terminal_key.command()
@with_database()
@click.argument("number", metavar="ID", type=int)
def revoke(sessions: SessionSource, number: int) -> None:
    """Revoke the key ID: from the next message on it opens nothing."""
    key = in_unit_of_work(sessions, lambda session: terminals.revoke_key(session, number, CONSOLE))
    told = {"key": f"{key.beginning}…", "terminal": key.terminal_code}
    click.echo(_("Key {key} of terminal {terminal} opens nothing any more.", **told))


def _told(session: Session) -> list[dict[str, Any]]:
    """All keys, as `--json` shows them; terminals without any are not among them."""
    wanted = sa.select(TerminalKey).join(Terminal, Terminal.code == TerminalKey.terminal_code)
    return [
        {
            "id": key.id,
            "terminal": key.terminal_code,
            "beginning": key.beginning,
            "addresses": key.addresses.split(),
            "given_at": key.given_at.isoformat(),
            "given_by": key.given_by,
            "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
            "revoked_by": key.revoked_by,
        }
        for key in session.scalars(wanted.order_by(TerminalKey.terminal_code, TerminalKey.id))
    ]
