"""The little hotel of the front office's tests, for the outlets that are set up here."""

from tests.frontoffice.conftest import app, desk, furnished, house, staffed

__all__ = ["app", "desk", "furnished", "house", "staffed"]
