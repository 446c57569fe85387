"""The tables of the front office, a module per noun. Rules stand with their verbs, one floor of files above."""

from frontoffice.models import guests, property, rates, rooms, stays, users

__all__ = ["guests", "property", "rates", "rooms", "stays", "users"]
