"""The hotel with outlets and links, fresh for each test."""

from __future__ import annotations

import pytest
from sqlalchemy.engine import Engine

from tests.furnishing import FURNISHERS
from tests.pos_bridge.fias_desk.linked import Linked, with_links

FURNISHERS |= {"linked": with_links}


@pytest.fixture
def linked(engine: Engine) -> Linked:
    """The hotel of the published samples: its rooms, outlets and a link; nobody in house."""
    hotel = Linked(engine)
    hotel.look_around()
    return hotel
