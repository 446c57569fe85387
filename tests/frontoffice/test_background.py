"""What works beside the pages: started with them, stopped after them, also when something goes wrong."""

import pytest

from frontoffice import background


class Work:
    def __init__(self, name, told, fails=()):
        self.name, self.told, self.fails = name, told, fails

    def start(self):
        self._do("start")

    def stop(self):
        self._do("stop")

    def _do(self, what):
        self.told.append(f"{what} {self.name}")
        if what in self.fails:
            raise RuntimeError(what)


@pytest.fixture
def told(monkeypatch):
    monkeypatch.setattr(background, "_registered", {})
    return []


def test_what_is_registered_starts_in_order_and_stops_in_the_opposite_one(told):
    background.register("jobs", lambda _sessions: Work("old jobs", told))
    background.register("links", lambda _sessions: Work("links", told))
    background.register("jobs", lambda _sessions: Work("jobs", told))  # again: no second one

    with background.running(None):
        told.append("pages")

    assert told == ["start jobs", "start links", "pages", "stop links", "stop jobs"]


def test_everything_that_started_is_stopped_when_something_fails(told):
    background.register("jobs", lambda _sessions: Work("jobs", told, fails=("stop",)))
    background.register("links", lambda _sessions: Work("links", told, fails=("start", "stop")))

    with pytest.raises(RuntimeError, match="start"), background.running(None):
        told.append("pages")

    assert told == ["start jobs", "start links", "stop links", "stop jobs"]
