"""What frames every page: the menu, the words of the top bar, and the registries through which other floors add theirs.

A menu item is shown to who has its right. A status is a short text that the top bar shows when something is wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock
from folios.errors import N_
from folios.models import BusinessDay, Folio, Ledger
from frontoffice.models.cashiering import Shift
from frontoffice.models.property import Property
from frontoffice.rights import SET_UP


@dataclass(frozen=True, slots=True)
class MenuItem:
    """A page of the menu. `keys` are pressed one after the other; its view needs `right`, or one of `or_rights`. Pages
    under `also` belong to it, though their addresses begin otherwise.
    """

    address: str
    label: str
    right: str
    keys: str
    or_rights: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


MENU: list[MenuItem] = [
    MenuItem("/", N_("Front desk"), "stay.read", "g d"),
    MenuItem("/rooms", N_("Rooms"), "stay.read", "g r"),
    MenuItem("/calendar", N_("Calendar"), "stay.read", "g c"),
    MenuItem("/reservations", N_("Reservations"), "stay.read", "g v"),
    MenuItem("/groups", N_("Groups"), "stay.read", "g g"),
    MenuItem("/guests", N_("Guests"), "guest.read", "g u"),
    MenuItem("/companies", N_("Companies"), "guest.read", "g o"),
    MenuItem("/accounts", N_("Accounts"), "folio.read", "g a"),
    MenuItem("/invoices", N_("Invoices"), "folio.read", "g i"),
    MenuItem("/shifts", N_("Shift"), "shift.open", "g s"),
    MenuItem("/trail", N_("Audit trail"), "trail.read", "g t"),
    MenuItem("/set-up", N_("Set-up"), SET_UP[0], "g p", SET_UP[1:]),
]

STATUSES: list[Callable[[Session], str | None]] = []
"""Each says what is down (a printer, a link) in a few words, or None."""


@dataclass(frozen=True, slots=True)
class Head:
    """What stands in the top bar. `shift` is the number of the reader's open shift, `drawer` where its cash lies."""

    hotel: str
    time_zone: str
    currency: str
    business_date: date | None
    today: date
    shift: int | None
    drawer: str | None
    statuses: tuple[str, ...]


def head(session: Session, operator: str | None) -> Head | None:
    """The top bar for somebody; None when no hotel has been set up. One statement, and what the statuses ask."""
    row = session.execute(_HEAD, {"operator": operator or ""}).first()
    if row is None:
        return None
    found = (status(session) for status in STATUSES)
    return Head(
        hotel=row[0],
        time_zone=row[1],
        currency=row[2],
        business_date=row[3],
        today=here(row[1]).date(),
        shift=row[4],
        drawer=row[5],
        statuses=tuple(text for text in found if text),
    )


# Every page asks this: put together once.
_HEAD = (
    sa.select(Property.name, Property.time_zone, Ledger.currency, BusinessDay.business_date, Shift.id, Folio.name)
    .select_from(Property)
    .join(Ledger, sa.true())
    .outerjoin(BusinessDay, BusinessDay.status == "open")
    .outerjoin(Shift, sa.and_(Shift.cashier == sa.bindparam("operator"), Shift.status == "open"))
    .outerjoin(Folio, Folio.id == Shift.drawer_folio_id)
)


def here(time_zone: str) -> datetime:
    """The clock on the hotel's wall."""
    return clock.now().astimezone(ZoneInfo(time_zone))
