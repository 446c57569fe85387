"""What is set up and what a new hotel still lacks, in the order of work: a hotel without rooms needs no prices yet.

Each item is counted, and says in a sentence what is missing. Nothing is set up here; each noun has its own rules.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from folios.models import BusinessDay, Tax, TaxRate, TransactionCode
from frontoffice.models.cashiering import CashFolio, Denomination
from frontoffice.models.invoices import InvoiceSeries, Stationery
from frontoffice.models.mail import Mail
from frontoffice.models.rates import RateCode, RatePrice
from frontoffice.models.rooms import Room, RoomType
from frontoffice.models.stays import HouseLimit
from frontoffice.models.users import Role, User


@dataclass(frozen=True, slots=True)
class Item:
    """Something that is set up. `needs` are its counts that must not be zero, each with what to say when one is;
    `blocks` says whether the hotel cannot take a guest without it.
    """

    name: str
    address: str
    right: str
    counted: tuple[tuple[str, str], ...] = ()
    needs: tuple[tuple[str, str], ...] = ()
    blocks: bool = False


ITEMS: list[Item] = [
    Item("property", "/set-up/property", "property.set_up"),
    Item(
        "stationery",
        "/set-up/stationery",
        "property.set_up",
        needs=(("stationery", N_("Bills have no name and address of the hotel yet.")),),
    ),
    Item(
        "rooms",
        "/set-up/rooms",
        "room.set_up",
        counted=(("room_types", N_("room types")), ("rooms", N_("rooms"))),
        needs=(
            ("room_types", N_("There is no room type yet. Begin here.")),
            ("rooms", N_("There are no rooms yet. Enter them, many at once.")),
        ),
        blocks=True,
    ),
    Item(
        "codes",
        "/set-up/codes",
        "code.set_up",
        counted=(("codes", N_("codes")), ("taxes", N_("taxes"))),
        needs=(
            ("codes", N_("Nothing can be charged yet. Enter transaction codes.")),
            ("taxes", N_("No taxes yet: charges are posted without any.")),
            ("rated_taxes", N_("A tax has no rate valid today; what generates it cannot be charged.")),
        ),
    ),
    Item(
        "rates",
        "/set-up/rates",
        "rate.set_up",
        counted=(("rates", N_("rates sold")),),
        needs=(
            ("rates", N_("There is no rate yet.")),
            ("priced", N_("No rate has prices for a night to come.")),
        ),
        blocks=True,
    ),
    Item(
        "limits",
        "/set-up/limits",
        "property.set_up",
        counted=(("limits", N_("methods with a limit")),),
        needs=(("limits", N_("No house limit: guests may run up any balance.")),),
    ),
    Item(
        "drawers",
        "/set-up/drawers",
        "property.set_up",
        counted=(("drawers", N_("drawers")), ("denominations", N_("coins and notes"))),
        needs=(
            ("drawers", N_("There is no drawer for cash yet.")),
            ("denominations", N_("No coins and notes to count a drawer by.")),
        ),
    ),
    Item(
        "series",
        "/set-up/series",
        "property.set_up",
        counted=(("series", N_("series")),),
        needs=(("series", N_("Invoices have no numbers yet. Enter a series.")),),
    ),
    Item(
        "mail",
        "/set-up/mail",
        "property.set_up",
        counted=(("mail_waiting", N_("waiting")), ("mail_failed", N_("failed"))),
    ),
    Item(
        "users",
        "/users",
        "user.administer",
        counted=(("users", N_("who may sign in")),),
        needs=(("colleagues", N_("Only one user: everybody should sign in under their own name.")),),
    ),
    Item("roles", "/roles", "user.administer", counted=(("roles", N_("roles")),)),
]

WORDS: dict[str, str] = {
    "property": N_("The hotel"),
    "stationery": N_("Letterhead"),
    "rooms": N_("Rooms and room types"),
    "codes": N_("Transaction codes and taxes"),
    "rates": N_("Rates and prices"),
    "limits": N_("House limits"),
    "drawers": N_("Cash drawers, coins and notes"),
    "series": N_("Numbers of invoices"),
    "mail": N_("Mail"),
    "users": N_("Users"),
    "roles": N_("Roles and rights"),
}


Counting = Callable[[], sa.ScalarSelect[Any]]
_counted_above: dict[str, Counting] = {}


def add(item: Item, title: str, counts: Mapping[str, Counting], before: str = "users") -> None:
    """Adds what a floor above sets up, in front of the item `before`; the same name again replaces it.

    `counts` are the counts that the item names, each a function that makes its query.
    """
    ITEMS[:] = [each for each in ITEMS if each.name != item.name]
    ITEMS.insert(next(number for number, each in enumerate(ITEMS) if each.name == before), item)
    WORDS[item.name] = title
    _counted_above.update(counts)


@dataclass(frozen=True, slots=True)
class Standing:
    """An item as it stands: its counts in words, and what is missing."""

    item: Item
    counts: tuple[tuple[int, str], ...]
    missing: tuple[str, ...]

    @property
    def title(self) -> str:
        """What the item is called."""
        return WORDS[self.item.name]


def standing(session: Session) -> list[Standing]:
    """Every item with its counts, in the order of work. One statement."""
    queries = _counts() | {name: make() for name, make in _counted_above.items()}
    counts = session.execute(sa.select(*[query.label(name) for name, query in queries.items()])).one()._mapping
    return [
        Standing(
            item,
            tuple((int(counts[name]), words) for name, words in item.counted),
            tuple(words for name, words in item.needs if not counts[name])[:1],
        )
        for item in ITEMS
    ]


def _counts() -> dict[str, sa.ScalarSelect[Any]]:
    today = sa.select(BusinessDay.business_date).where(BusinessDay.status == "open").scalar_subquery()
    sold = sa.select(RateCode.code).where(RateCode.active)
    users = count(User, User.active, User.password_hash.is_not(None))
    return {
        "stationery": count(Stationery, Stationery.address.is_not(None)),
        "room_types": count(RoomType),
        "rooms": count(Room, Room.until.is_(None)),
        "codes": count(TransactionCode, TransactionCode.active),
        "taxes": count(Tax),
        "rated_taxes": _all_rated(today),
        "rates": count(RateCode, RateCode.active),
        "priced": count(RatePrice, RatePrice.rate_code.in_(sold), RatePrice.to_date > today),
        "limits": count(HouseLimit, HouseLimit.limit_minor.is_not(None)),
        "drawers": count(CashFolio, CashFolio.place == "drawer", CashFolio.active),
        "denominations": count(Denomination),
        "series": count(InvoiceSeries, InvoiceSeries.active),
        "mail_waiting": count(Mail, Mail.status.in_(("waiting", "sending"))),
        "mail_failed": count(Mail, Mail.status == "failed"),
        "users": users,
        "colleagues": sa.select(sa.case((users > 1, 1), else_=0)).scalar_subquery(),
        "roles": count(Role),
    }


def _all_rated(today: sa.ScalarSelect[Any]) -> sa.ScalarSelect[Any]:
    """1 unless a tax has no rate by today."""
    rated = sa.select(TaxRate.tax_code).where(TaxRate.valid_from <= today)
    unrated = sa.exists().where(Tax.code.not_in(rated))
    return sa.select(sa.case((unrated, 0), else_=1)).scalar_subquery()


def count(entity: type[Any], *conditions: sa.SQLColumnExpression[bool]) -> sa.ScalarSelect[Any]:
    """How many rows of a table there are of which all conditions hold."""
    return sa.select(sa.func.count()).select_from(entity).where(*conditions).scalar_subquery()
