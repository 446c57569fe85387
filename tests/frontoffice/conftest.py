"""A little hotel, fresh for each test, whose books and house are proved when the test is over; and its pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from frontoffice import property as hotel
from frontoffice import rights
from tests.frontoffice.desk_client import Client, add_users, application
from tests.frontoffice.house import CLERK, House
from tests.furnishing import FURNISHERS

ROLES = ("cashier", "supervisor", "night_auditor", "manager", "administrator")


def furnish(engine: Engine) -> None:
    """The little hotel's rooms, rates, codes and guest."""
    House(engine).set_up()


def staff(engine: Engine) -> None:
    """The same hotel with its name, its roles, and a user for each of them."""
    house = House(engine)
    house.set_up()

    def hire(session: Session) -> None:
        hotel.add_property(session, name="Hotel am Markt", time_zone="Europe/Berlin", country="DE", operator=CLERK)
        rights.add_starter_roles(session)
        add_users(session, *ROLES)

    house.do(hire)


FURNISHERS |= {"staffed": staff, "furnished": furnish}


@pytest.fixture
def furnished() -> None:
    """Promises that the test's database is the little hotel's."""


@pytest.fixture
def staffed() -> None:
    """Promises that the test's database is the little hotel's, with people who work there."""


@pytest.fixture
def house(furnished: None, engine: Engine) -> Iterator[House]:
    house = House(engine)
    house.look_around()
    yield house
    house.prove()


@pytest.fixture
def app(staffed: None, house: House, database_url: str) -> Iterator[Flask]:
    """The application on the little hotel, with a user for each role, named like it."""
    with application(database_url) as app:
        yield app


@pytest.fixture
def desk(app: Flask) -> Callable[[str], Client]:
    """A browser in which somebody is signed in: `desk("cashier")`."""
    return lambda code: Client(app).sign_in_as(code)
