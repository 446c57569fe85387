"""Who takes part in the stories. Whatever happens in one, no page may have complained in its console."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.browser.person import Person

Sits = Callable[..., Person]


@pytest.fixture
def at_desk(sits_down: Sits) -> Iterator[Sits]:
    """Somebody at the desk, as `sits_down` has it; their pages were clean when the story is over."""
    people: list[Person] = []

    def sit(code: str | None, **more: Any) -> Person:
        people.append(sits_down(code, **more))
        return people[-1]

    yield sit
    assert "\n".join(each for person in people for each in person.complaints) == ""
