"""The hotel with outlets, fresh for each test; and the little hotel of the front office's tests with its pages."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from tests.frontoffice.conftest import app, desk, furnished, house, staffed
from tests.furnishing import FURNISHERS
from tests.pos_bridge.tills import Tills, with_tills

__all__ = ["app", "desk", "furnished", "house", "staffed"]

FURNISHERS |= {"tills": with_tills}


@pytest.fixture
def tills(engine: Engine) -> Tills:
    """The hotel with its outlets and terminals, nobody in house."""
    hotel = Tills(engine)
    hotel.look_around()
    return hotel
