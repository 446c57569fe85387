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

ROLES = ("cashier", "supervisor", "night_auditor", "manager", "administrator")


@pytest.fixture
def house(engine: Engine) -> Iterator[House]:
    house = House(engine)
    house.set_up()
    yield house
    house.prove()


@pytest.fixture
def app(house: House, database_url: str) -> Iterator[Flask]:
    """The application on the little hotel, with a user for each role, named like it."""

    def set_up(session: Session) -> None:
        hotel.add_property(session, name="Hotel am Markt", time_zone="Europe/Berlin", country="DE", operator=CLERK)
        rights.add_starter_roles(session)
        add_users(session, *ROLES)

    house.do(set_up)
    with application(database_url) as app:
        yield app


@pytest.fixture
def desk(app: Flask) -> Callable[[str], Client]:
    """A browser in which somebody is signed in: `desk("cashier")`."""
    return lambda code: Client(app).sign_in_as(code)
