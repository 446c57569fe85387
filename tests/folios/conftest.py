"""A little hotel with its ledger, fresh for each test, whose books are proved when the test is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine

from folios import db
from tests.folios.hotel import Hotel


@pytest.fixture
def hotel(engine: Engine) -> Iterator[Hotel]:
    hotel = Hotel(engine)
    hotel.set_up()
    yield hotel
    hotel.prove()


@pytest.fixture
def guest(hotel: Hotel) -> int:
    """The folio of a registered guest, without a house limit."""
    return hotel.open("individual", number="GUEST")


@pytest.fixture
def neighbour(hotel: Hotel, database_url: str) -> Iterator[Hotel]:
    """The same ledger, as another process of the house sees it."""
    engine = db.open_engine(database_url)
    yield Hotel(engine)
    engine.dispose()
