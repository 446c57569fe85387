"""The little hotel of the front office's tests, for the nights that are closed here."""

from tests.frontoffice.conftest import app, desk, furnished, house, staffed

__all__ = ["app", "desk", "furnished", "house", "staffed"]
