"""Links that look at their set-up more often than in a hotel, and end sooner; and the hotel that has links."""

from __future__ import annotations

import pytest

from pos_bridge.fias_links import runner, worker
from tests.pos_bridge.fias_desk.conftest import linked

__all__ = ["linked"]


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LINKS_S", 0.2)
    monkeypatch.setattr(worker, "LOOK_S", 0.05)
    monkeypatch.setattr(worker, "SHOW_S", 0.1)
    monkeypatch.setattr(runner, "SERIAL_END_S", 0.3)
