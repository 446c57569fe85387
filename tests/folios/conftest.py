"""A little hotel with its ledger, fresh for each test, whose books are proved when the test is over."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy.engine import Engine

from folios import db
from tests.folios.hotel import Hotel
from tests.furnishing import FURNISHERS

FURNISHERS |= {"founded": lambda engine: Hotel(engine).set_up()}


@pytest.fixture
def founded() -> None:
    """Promises that the test's database is the little hotel's ledger."""


@pytest.fixture
def hotel(founded: None, engine: Engine) -> Iterator[Hotel]:
    hotel = Hotel(engine)
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
