"""`frontoffice init`: makes a database into a hotel's, or brings the database of a hotel up to date."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

import click
from sqlalchemy.orm import Session

from folios import schema
from folios.db import SessionSource, in_unit_of_work, reading
from folios.errors import N_, Refusal, SchemaMissing, SchemaOlder
from frontoffice import property as hotel
from frontoffice import users
from frontoffice.app import db
from frontoffice.cli.database import require_file, with_database
from frontoffice.language import gettext as _
from frontoffice.language import show
from frontoffice.setup import set_up_property
from frontoffice.users import NewUser


class OptionsMissing(Refusal):
    code = "init.options_missing"
    message = N_("To set up a hotel without being asked, also give: {options}.")


class DateInvalid(Refusal):
    code = "date.invalid"
    message = N_("{text} is not a date. Write it as year-month-day, such as 2026-03-01.")


class PasswordFileUnreadable(Refusal):
    code = "init.password_file_unreadable"
    message = N_("The password file {path} cannot be read ({cause}).")


class PasswordsDiffer(Refusal):
    code = "password.mismatch"
    message = N_("The two passwords differ. Type the same one twice.")


@dataclass(frozen=True)
class Answers:
    """What a new hotel is set up with, each value checked: the arguments of `set_up_property`."""

    name: str
    currency: str
    time_zone: str
    country: str | None
    first_date: date
    administrator: NewUser


@dataclass(frozen=True)
class Question:
    """An option that is given or asked for. `read` checks what is typed; a `secret` is typed twice, unseen."""

    option: str
    prompt: str
    read: Callable[[str], Any]
    secret: bool = False
    needed: bool = True


def read_date(text: str) -> date:
    """A date as year-month-day."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise DateInvalid(text=text) from None


QUESTIONS = {
    "name": Question("--name", N_("Name of the hotel"), hotel.read_name),
    "currency": Question("--currency", N_("Currency (three letters)"), hotel.read_currency),
    "time_zone": Question("--time-zone", N_("Time zone (such as Europe/Berlin)"), hotel.read_time_zone),
    "country": Question("--country", N_("Country (two letters)"), hotel.read_country, needed=False),
    "first_date": Question("--first-date", N_("First business date (year-month-day)"), read_date),
    "administrator": Question("--administrator", N_("Code of the first administrator"), users.read_code),
    "administrator_name": Question("--administrator-name", N_("Name of the first administrator"), users.read_name),
    "password": Question("--administrator-password-file", N_("Password"), users.read_password, secret=True),
}


def content_of_file(_context: click.Context, _parameter: click.Parameter, path: str | None) -> str | None:
    """The password in the file of that name, without the end of its line."""
    if path is None:
        return None
    try:
        with click.open_file(path, encoding="utf-8") as file:
            return str(file.read()).rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise PasswordFileUnreadable(path=path, cause=error) from None


@click.command()
@click.option("--name", help="Name of the hotel.")
@click.option("--currency", metavar="CODE", help="Currency of the ledger, such as EUR.")
@click.option("--time-zone", metavar="ZONE", help="Time zone, such as Europe/Berlin.")
@click.option("--country", metavar="CODE", help="Country, such as DE. Never asked for.")
@click.option("--first-date", metavar="DATE", help="First business date, such as 2026-03-01.")
@click.option("--administrator", metavar="CODE", help="Code of the first administrator.")
@click.option("--administrator-name", metavar="NAME", help="Name of the first administrator.")
@click.option(
    "--administrator-password-file",
    "password",
    metavar="PATH",
    callback=content_of_file,
    help="File that holds the administrator's password; - reads it from standard input.",
)
@with_database(check_schema=False)
def init(sessions: SessionSource, **options: str | None) -> None:
    """Set up a new hotel, or bring the database of an existing one up to date.

    On a terminal, whatever is not given is asked for. On a hotel that is set up already only the version of its
    database changes; running this again is harmless.
    """
    name = _name_of_hotel(sessions)
    given = [question.option for key, question in QUESTIONS.items() if options[key] is not None]
    if name is None:
        answers = _answers(options)
        schema.upgrade(db.engine)
        name = _set_up(sessions, answers)
    else:
        schema.upgrade(db.engine)
        if given:
            click.echo(
                _("{name} has been set up before. Not used: {options}.", name=name, options=", ".join(given)), err=True
            )
    click.echo(_("{name} is ready. The database is of version {version}.", name=name, version=schema.needed_version()))


def _name_of_hotel(sessions: SessionSource) -> str | None:
    """None when none has been set up yet, as far as an earlier run may have come. Refuses a newer database."""
    try:
        require_file(db.engine.url)
        with suppress(SchemaOlder):
            schema.check(db.engine)
        with reading(sessions) as session:
            return hotel.find_name(session)
    except SchemaMissing:
        return None


def _answers(options: dict[str, str | None]) -> Answers:
    """Checks what was given and asks for the rest. Refuses (`OptionsMissing`) when there is nobody to ask."""
    missing = [question for key, question in QUESTIONS.items() if question.needed and options[key] is None]
    if missing and not sys.stdin.isatty():
        raise OptionsMissing(options=[question.option for question in missing])
    values: dict[str, Any] = {key: QUESTIONS[key].read(text) for key, text in options.items() if text is not None}
    for key, question in QUESTIONS.items():
        if key not in values:
            values[key] = _ask(question) if question.needed else None
    administrator = NewUser(values.pop("administrator"), values.pop("administrator_name"), values.pop("password"))
    return Answers(**values, administrator=administrator)


def _ask(question: Question) -> Any:
    while True:
        text = click.prompt(_(question.prompt), hide_input=question.secret)
        try:
            value = question.read(text)
            if question.secret and click.prompt(_("The same once more"), hide_input=True) != text:
                raise PasswordsDiffer
        except Refusal as refusal:
            click.echo(show(refusal), err=True)
        else:
            return value


def _set_up(sessions: SessionSource, answers: Answers) -> str:
    """The name of the hotel: of the one that somebody else set up, when they were faster."""

    def work(session: Session) -> str:
        return set_up_property(session, **vars(answers)).name

    try:
        return in_unit_of_work(sessions, work)
    except hotel.PropertyExists as refusal:
        click.echo(show(refusal), err=True)
        return str(refusal.params["name"])
