"""What the demo hotel consists of before its first guest: rooms, rates, taxes, companies, accounts and users."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from folios.codes import add_code, add_tax, amend_code, set_rate, set_taxes
from folios.folios import open_folio
from folios.models import TransactionCode
from frontoffice import stationery
from frontoffice.cashiering import add_drawer
from frontoffice.companies import add_company
from frontoffice.rates import add_rate, set_price
from frontoffice.rooms import NewRoom, add_room_type, add_rooms
from frontoffice.setup import set_up_property
from frontoffice.users import NewUser, add_user
from frontoffice.windows import set_limit
from night_audit.demo.plan import DAYS_AHEAD

CASHIER, SUPERVISOR, AUDITOR, MANAGER, ADMIN = USERS = ("cashier", "supervisor", "auditor", "manager", "admin")
_NAMES_AND_ROLES = {
    CASHIER: ("Cashier at the desk", "cashier"),
    SUPERVISOR: ("Supervisor of the desk", "supervisor"),
    AUDITOR: ("Night auditor", "night_auditor"),
    MANAGER: ("Manager of the house", "manager"),
    ADMIN: ("Administrator", "administrator"),
}

NAME = "Hotel Lantern Quay"
CURRENCY, TIME_ZONE = "EUR", "Europe/Berlin"
SECOND_DRAWER = "DRAWER2"
FLOORS = 4
# Per floor, in order of the door: type and how many. Four floors make ROOMS_OF_TYPES of the plan.
FLOOR_PLAN = (("STD", 7), ("SUP", 4), ("FAM", 3), ("SUI", 1))
TYPES = {"STD": ("Standard", 96_00), "SUP": ("Superior", 128_00), "FAM": ("Family", 158_00), "SUI": ("Suite", 265_00)}
# Rate: name, meal plan, per cent of the type's price, and what is added per night.
RATES = {
    "BAR": ("Best available", "room_only", 100, 0),
    "BB": ("Bed and breakfast", "breakfast", 100, 16_00),
    "CORP": ("Companies", "breakfast", 88, 0),
    "GROUP": ("Groups", "breakfast", 80, 0),
}
# A season runs from its first month to the next one's; the price is so many per cent.
SEASONS = ((1, 85), (3, 100), (6, 125), (9, 108), (11, 85))
LOW_VAT, VAT, CITY_TAX = "VAT7", "VAT19", "CITYTAX"
CITY_TAX_MINOR = 2_50
TAXES_OF_CODES = {
    "ROOM": (LOW_VAT, CITY_TAX),
    **dict.fromkeys(("RESTAURANT", "BAR", "BREAKFAST", "MINIBAR", "SPA"), (VAT,)),
    **dict.fromkeys(("PARKING", "TELEPHONE", "LAUNDRY"), (VAT,)),
}
PRICES_OF_CODES = {"BREAKFAST": 16_00, "PARKING": 18_00, "LAUNDRY": 14_00}
LIMITS = {"cash": 600_00, "card": 2_500_00, "direct_bill": 6_000_00}
# Code: name, days to pay, credit limit, city.
COMPANIES = {
    "NORTHWIND": ("Northwind Instruments", 30, 25_000_00, "Lakeside"),
    "HARBOUR": ("Harbour Cranes and Sons", 14, 8_000_00, "Harbour"),
    "LANTERN": ("Lantern Publishing House", 30, 15_000_00, "Meadow"),
    "COMPASS": ("Compass Surveyors", 21, None, "Riverbank"),
}
PAPER: dict[str, str | None] = {
    "company_name": "Lantern Quay Demonstration Hotel",
    "address": "Quay 1",
    "postal_code": "10000",
    "city": "Harbour",
    "email": "desk@hotel.example",
    "website": "https://hotel.example",
    "footer": "A hotel that does not exist. Nothing here is owed by anybody.",
}
HOUSE_ACCOUNTS = {"H-BAKERY": ("Bakery on the Quay", 500_00), "H-ROWING": ("Rowing Club", 1_200_00)}
STAFF = {"S-KITCHEN": ("Kitchen brigade", 300_00), "S-DESK": ("Front desk team", 300_00)}


@dataclass(frozen=True, slots=True)
class House:
    """The ids the days are played with: room types by code, companies by code, accounts by number."""

    types: Mapping[str, int]
    companies: Mapping[str, int]
    accounts: Mapping[str, int]


def set_up(session: Session, first: date, today: date, passwords: Mapping[str, str], hasher: PasswordHasher) -> House:
    """Sets the hotel up on its first business day; the administrator is the operator of it all."""
    set_up_property(
        session,
        name=NAME,
        currency=CURRENCY,
        time_zone=TIME_ZONE,
        country="DE",
        first_date=first,
        administrator=_user(ADMIN, passwords),
        hasher=hasher,
    )
    for code in USERS[:-1]:
        add_user(session, _user(code, passwords), ADMIN, hasher)
    _levy_taxes(session, first)
    types = _add_rooms(session)
    _set_prices(session, types, first, today)
    for method, limit_minor in LIMITS.items():
        set_limit(session, method, limit_minor, ADMIN)
    stationery.amend(session, 1, PAPER, ADMIN)
    return House(types, _add_companies(session), _open_accounts(session))


def _user(code: str, passwords: Mapping[str, str]) -> NewUser:
    name, role = _NAMES_AND_ROLES[code]
    return NewUser(code, name, passwords[code], [role])


def _levy_taxes(session: Session, first: date) -> None:
    for code, name, rate_ppm, amount_minor in (
        (LOW_VAT, "Value added tax, reduced", 70_000, 0),
        (VAT, "Value added tax", 190_000, 0),
        (CITY_TAX, "City tax", 0, CITY_TAX_MINOR),
    ):
        folio = open_folio(session, type="control", name=name, number=code, operator=ADMIN)
        add_code(session, code=code, name=name, kind="tax", department="Taxes", folio_id=folio.id, operator=ADMIN)
        basis = "person_night" if amount_minor else "percent"
        add_tax(session, code=code, basis=basis, inclusive=not amount_minor, stacked=False, operator=ADMIN)
        set_rate(session, code, first, rate_ppm=rate_ppm, amount_minor=amount_minor, operator=ADMIN)
    for code, taxes in TAXES_OF_CODES.items():
        set_taxes(session, code, taxes, ADMIN)
    for code, price_minor in PRICES_OF_CODES.items():
        version = session.get_one(TransactionCode, code).version
        amend_code(session, code, version, {"price_minor": price_minor}, ADMIN)


def _add_rooms(session: Session) -> dict[str, int]:
    types = {code: add_room_type(session, code=code, name=name, operator=ADMIN).id for code, (name, _) in TYPES.items()}
    rooms = []
    for floor in range(1, FLOORS + 1):
        doors = [code for code, count in FLOOR_PLAN for _ in range(count)]
        rooms += [NewRoom(f"{floor}{door:02}", types[code], str(floor)) for door, code in enumerate(doors, 1)]
    add_rooms(session, rooms, ADMIN)
    return types


def _set_prices(session: Session, types: Mapping[str, int], first: date, today: date) -> None:
    end = today + timedelta(days=DAYS_AHEAD + 370)
    starts = [
        (date(year, month, 1), percent) for year in range(first.year - 1, end.year + 1) for month, percent in SEASONS
    ]
    seasons = list(zip(starts, [*starts[1:], (end, 0)], strict=True))
    for rate, (name, meal_plan, share, more_minor) in RATES.items():
        add_rate(session, code=rate, name=name, meal_plan=meal_plan, operator=ADMIN)
        for room_type, type_id in types.items():
            for (start, percent), (until, _) in seasons:
                if until <= first or start >= end:
                    continue
                price_minor = TYPES[room_type][1] * share * percent // 10_000 + more_minor
                price_minor -= price_minor % 50
                period = {"from_date": max(start, first), "to_date": min(until, end)}
                set_price(session, rate, type_id, **period, price_minor=price_minor, operator=ADMIN)


def _add_companies(session: Session) -> dict[str, int]:
    rng = Random(7)  # noqa: S311 - street numbers
    return {
        code: add_company(
            session,
            ADMIN,
            code=code,
            name=name,
            terms_days=terms_days,
            credit_limit_minor=limit_minor,
            address=f"Quay {rng.randint(1, 90)}",
            postal_code=f"{rng.randint(10_000, 99_999)}",
            city=city,
            country="DE",
        ).id
        for code, (name, terms_days, limit_minor, city) in COMPANIES.items()
    }


def _open_accounts(session: Session) -> dict[str, int]:
    """House accounts, staff folios, a second drawer, and the bank that companies pay to."""
    accounts = {}
    for type_, told in (("non_guest", HOUSE_ACCOUNTS), ("staff", STAFF)):
        for number, (name, limit_minor) in told.items():
            folio = open_folio(
                session, type=type_, name=name, number=number, house_limit_minor=limit_minor, operator=ADMIN
            )
            accounts[number] = folio.id
    add_drawer(session, "Cash drawer of the supervisor", SECOND_DRAWER, ADMIN)
    bank = open_folio(session, type="permanent", name="Bank transfer", number="BANK", operator=ADMIN)
    add_code(
        session,
        code="BANK",
        name="Bank transfer",
        kind="payment",
        department="Payments",
        tender="card",
        folio_id=bank.id,
        operator=ADMIN,
    )
    return accounts
