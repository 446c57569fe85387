"""`frontoffice user`, as it is typed: users are added, listed, given passwords, kept out and let in."""

from __future__ import annotations

import json
import re
from datetime import date

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from click.testing import CliRunner, Result

from folios.db import reading, unit_of_work
from folios.models import Event
from frontoffice import rights, setup, users
from frontoffice.cli import main
from frontoffice.users import NewUser

PASSWORD = "correct horse battery"


@pytest.fixture
def hotel(sessions):
    """Sessions of a hotel whose administrator is `desk1`."""
    with unit_of_work(sessions) as session:
        setup.set_up_property(
            session,
            name="Hotel am Markt",
            currency="EUR",
            time_zone="Europe/Berlin",
            first_date=date(2026, 3, 1),
            administrator=NewUser("desk1", "Desk1", PASSWORD),
            hasher=PasswordHasher(time_cost=1, memory_cost=8, parallelism=1),
        )
    return sessions


def typed(database: str, *arguments: str, password: str = "") -> Result:
    return CliRunner().invoke(main, ["user", *arguments, "--database", database], input=password)


def add(database: str, *more: str, password: str = f"{PASSWORD}\n") -> Result:
    return typed(database, "add", "Night1", "--password-file", "-", *more, password=password)


def listed(database: str) -> dict[str, dict]:
    return {each["code"]: each for each in json.loads(typed(database, "list", "--json").stdout)}


def test_a_user_is_added_with_roles_and_a_password_to_be_changed(database_url, hotel):
    result = add(database_url, "--name", "Night desk", "--role", "cashier", "--role", "night_auditor")

    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "User night1 can sign in, and must then choose a new password.\n"
    assert listed(database_url)["night1"] == {
        "code": "night1",
        "name": "Night desk",
        "active": True,
        "has_password": True,
        "must_change_password": True,
        "language": None,
        "roles": ["cashier", "night_auditor"],
    }
    with reading(hotel) as session:
        rights.require(session, "night1", "day.close")
        assert users.check_password(session, "night1", PASSWORD).must_change_password
        told = session.execute(sa.select(Event.action, Event.operator).where(Event.subject == "user:night1")).all()
    assert set(told) == {("user.added", "(console)"), ("user.role.granted", "(console)")}


def test_the_list_is_a_table_for_people(database_url, hotel):
    add(database_url, "--role", "cashier")
    typed(database_url, "disable", "night1")

    assert typed(database_url, "list").stdout.splitlines() == [
        "User    Name    State           Roles",
        "desk1   Desk1   can sign in     administrator",
        "night1  Night1  cannot sign in  cashier",
    ]


def test_a_reset_password_is_shown_once_and_works_once(database_url, hotel):
    add(database_url)

    result = typed(database_url, "reset", "night1")

    found = re.fullmatch(r"Password of night1, shown only now: ([a-z-]{19})\n", result.stdout)
    assert found
    with reading(hotel) as session:
        assert users.check_password(session, "night1", found[1]).must_change_password


def test_a_user_is_kept_out_and_let_in_again(database_url, hotel):
    add(database_url)

    assert typed(database_url, "disable", "night1").stdout == "User night1 can no longer sign in.\n"
    assert listed(database_url)["night1"]["active"] is False
    assert typed(database_url, "enable", "night1").stdout == "User night1 may sign in again.\n"
    assert listed(database_url)["night1"]["active"] is True


@pytest.mark.parametrize(
    ("arguments", "password", "words"),
    [
        (("add", "desk1", "--password-file", "-"), PASSWORD, "There is a user desk1 already."),
        (("add", "two words", "--password-file", "-"), PASSWORD, "two words"),
        (("add", "night1", "--password-file", "-"), "short", "at least 10"),
        (("add", "night1", "--password-file", "-", "--role", "king"), PASSWORD, "There is no role king."),
        (("add", "night1", "--password-file", "-", "--user-language", "xx"), PASSWORD, "no language xx"),
        (("add", "night1", "--password-file", "/nowhere/password"), "", "/nowhere/password"),
        (("add", "night1"), PASSWORD, "Give --password-file."),
        (("reset", "nobody"), "", "There is no user nobody."),
        (("disable", "nobody"), "", "There is no user nobody."),
        (("disable", "desk1"), "", "the last one who can administer users"),
        (("enable", "nobody"), "", "There is no user nobody."),
    ],
)
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_cannot_be_is_refused_by_name_and_changes_nothing(database_url, hotel, arguments, password, words):
    before = listed(database_url)

    result = typed(database_url, *arguments, password=password)

    assert result.exit_code == 2
    assert words in result.stderr
    assert "Traceback" not in result.output
    assert listed(database_url) == before
