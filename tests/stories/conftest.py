"""The hotel that the stories happen in: the same as in the tests of the front office."""

from tests.frontoffice.conftest import furnished, house

__all__ = ["furnished", "house"]
