"""The little hotel of the front office's tests, for the nights that are closed here."""

from tests.frontoffice.conftest import furnished, house

__all__ = ["furnished", "house"]
