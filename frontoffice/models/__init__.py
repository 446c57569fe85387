"""The tables of the front office, a module per noun. Rules stand with their verbs, one floor of files above."""

from frontoffice.models import (
    cashiering,
    charging,
    desk,
    fixed_charges,
    guests,
    invoices,
    mail,
    property,
    rates,
    rooms,
    stays,
    users,
    visits,
)

__all__ = [
    "cashiering",
    "charging",
    "desk",
    "fixed_charges",
    "guests",
    "invoices",
    "mail",
    "property",
    "rates",
    "rooms",
    "stays",
    "users",
    "visits",
]
