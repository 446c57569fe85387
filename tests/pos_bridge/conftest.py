"""The little hotel of the front office's tests, for the slips that are printed here."""

from tests.frontoffice.conftest import app, desk, furnished, house, staffed

__all__ = ["app", "desk", "furnished", "house", "staffed"]
