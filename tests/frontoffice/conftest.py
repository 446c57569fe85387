"""A little hotel, fresh for each test, whose books and house are proved when the test is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine

from tests.frontoffice.house import House


@pytest.fixture
def house(engine: Engine) -> Iterator[House]:
    house = House(engine)
    house.set_up()
    yield house
    house.prove()
