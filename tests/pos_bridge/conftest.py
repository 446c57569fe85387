"""The hotel with outlets, fresh for each test."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from tests.furnishing import FURNISHERS
from tests.pos_bridge.tills import Tills, with_tills

FURNISHERS |= {"tills": with_tills}


@pytest.fixture
def tills(engine: Engine) -> Tills:
    """The hotel with its outlets and terminals, nobody in house."""
    hotel = Tills(engine)
    hotel.look_around()
    return hotel
