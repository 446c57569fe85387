"""`frontoffice verify`: proves that the books balance, or names what is off."""

from __future__ import annotations

import json
from typing import Any

import click

from folios.db import SessionSource, reading
from folios.verify import Checked, run
from frontoffice.cli.database import with_database
from frontoffice.language import gettext as _

OFF = 1


@click.command()
@with_database()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def verify(sessions: SessionSource, as_json: bool) -> None:
    """Work out every identity of the books again; exit with 1 and name folio, voucher and difference if one is off."""
    with reading(sessions) as session:
        checked = run(session)
    if as_json:
        click.echo(json.dumps(_told(checked), indent=2, default=str, ensure_ascii=False))
    else:
        _print(checked)
    if any(each.differences for each in checked):
        raise click.exceptions.Exit(OFF)


def _told(checked: list[Checked]) -> dict[str, Any]:
    return {
        "balanced": not any(each.differences for each in checked),
        "identities": [
            {
                "name": each.name,
                "holds": not each.differences,
                "differences": [
                    {"where": off.where, "expected": str(off.expected), "found": str(off.found)}
                    for off in each.differences
                ],
            }
            for each in checked
        ],
    }


def _print(checked: list[Checked]) -> None:
    for each in checked:
        state = _("off") if each.differences else _("ok")
        click.echo(f"{state}  {_(each.name)}")
        for off in each.differences:
            place = _("{where}: expected {expected}, found {found}")
            click.echo("     " + place.format(where=off.where, expected=off.expected, found=off.found))
    differences = sum(len(each.differences) for each in checked)
    if differences:
        click.echo(_("The books are off. Differences: {count}.").format(count=differences))
    else:
        click.echo(_("The books balance: all {count} identities hold.").format(count=len(checked)))
