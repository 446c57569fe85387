"""Links that look at their set-up more often than in a hotel, so that tests need not wait for it."""

from __future__ import annotations

import pytest

from pos_bridge.fias_links import worker


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "LINKS_S", 0.2)
    monkeypatch.setattr(worker, "LOOK_S", 0.05)
    monkeypatch.setattr(worker, "SHOW_S", 0.1)
