"""`frontoffice night-audit`: the checklist, the rehearsal, the audit itself, and where it stands."""

from __future__ import annotations

import json
from datetime import datetime

import click
from babel.dates import format_date

from folios.db import SessionSource, reading
from frontoffice.cli.database import with_database
from frontoffice.language import gettext as _
from frontoffice.language import locale
from frontoffice.rights import require
from frontoffice.users import read_code
from night_audit import audit, checklist, rules, standing
from night_audit.audit import Audited
from night_audit.rehearsal import rehearse as rehearse_audit
from night_audit.work import as_record

STOPS = 1
DAY = click.DateTime(["%Y-%m-%d"])
OPERATOR = click.option("--operator", required=True, help="Code of the user who audits.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


@click.group(name="night-audit")
def night_audit() -> None:
    """Close the business day: checklist, rehearsal, run, resume, status."""


@night_audit.command()
@with_database()
@JSON
def check(sessions: SessionSource, as_json: bool) -> None:
    """Ask the checklist of the day that is next; exit with 1 when something stops the audit."""
    with reading(sessions) as session:
        day = standing.next_day(session)
        found = checklist.checklist(session, day, rules.rules(session))
    if as_json:
        click.echo(
            json.dumps({"day": day.isoformat(), "checks": [checklist.as_record(each) for each in found]}, indent=2)
        )
    else:
        for each in found:
            click.echo(f"{each.severity.ljust(5)} {each.count:5}  {_(each.title)}")
            for row in each.rows if each.severity != checklist.OK else ():
                click.echo(f"             {row.what}")
    if checklist.stoppers(found):
        raise click.exceptions.Exit(STOPS)


@night_audit.command()
@with_database()
@OPERATOR
@JSON
def rehearse(sessions: SessionSource, operator: str, as_json: bool) -> None:
    """Run the audit and take it all back, while the hotel works on; exit with 1 when it would not go through."""
    done = rehearse_audit(sessions, _who(sessions, operator))
    if as_json:
        click.echo(json.dumps(as_record(done), indent=2, default=str))
    elif done.audited is not None:
        click.echo(_("DRAFT. {told}", told=_told(done.audited)))
    if done.stopped is not None:
        click.echo(done.stopped, err=True)
        raise click.exceptions.Exit(STOPS)


@night_audit.command()
@with_database()
@OPERATOR
@click.option("--day", type=DAY, help="The business day to close. Default: the one that is next.")
@click.option("--until", type=DAY, help="Close day after day until this business date is open.")
@click.option("--unattended", is_flag=True, help="Decide what the rules of the house let it.")
@JSON
def run(
    sessions: SessionSource,
    operator: str,
    day: datetime | None,
    until: datetime | None,
    unattended: bool,
    as_json: bool,
) -> None:
    """Audit the business day. Refused while the checklist has something that stops it."""
    who = _who(sessions, operator)
    if until is not None:
        done = audit.missed(sessions, who, until.date(), unattended=unattended)
    else:
        done = [audit.run(sessions, who, day=day.date() if day else None, unattended=unattended)]
    _tell(done, as_json)


@night_audit.command()
@with_database()
@OPERATOR
@JSON
def resume(sessions: SessionSource, operator: str, as_json: bool) -> None:
    """Take up the audit that stopped or whose process ended; make reports that are missing."""
    _tell([audit.resume(sessions, _who(sessions, operator))], as_json)


@night_audit.command()
@with_database()
@JSON
def status(sessions: SessionSource, as_json: bool) -> None:
    """Say where the last audit stands, step by step."""
    with reading(sessions) as session:
        told = standing.told(session)
    if as_json:
        click.echo(json.dumps(told, indent=2))
        return
    last = told["audit"]
    if last is None:
        click.echo(_("No day was audited yet. Next: {day}.", day=told["next"]))
        return
    click.echo(f"{last['day']} {last['status']} {last['failure'] or ''}".rstrip())
    for each in last["steps"]:
        click.echo(f"{each['step'].ljust(7)}{each['status'].ljust(8)}{each['seconds'] or '-':>8} s  {each['counts']}")
        if each["error"]:
            click.echo(f"       {each['error']}")


def _who(sessions: SessionSource, operator: str) -> str:
    who = read_code(operator)
    with reading(sessions) as session:
        require(session, who, "day.close")
    return who


def _tell(done: list[Audited], as_json: bool) -> None:
    if as_json:
        told = [{"day": each.day.isoformat(), "counts": each.counts, "failures": each.failures} for each in done]
        click.echo(json.dumps(told, indent=2))
        return
    for each in done:
        click.echo(_told(each))
        for step, why in each.failures.items():
            click.echo(_("{step} failed, and can be made again with resume: {why}", step=step, why=why), err=True)


def _told(done: Audited) -> str:
    return _(
        "Business day {day} is closed: {nights} nights charged, {no_shows} no-shows, {fixed} fixed charges.",
        day=format_date(done.day, "medium", locale=locale()),
        nights=done.count("nights"),
        no_shows=done.count("no_shows"),
        fixed=done.count("fixed_charges"),
    )
