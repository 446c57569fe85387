"""What a generated hotel consists of before its first guest, set up by the rules: rooms, rates, taxes, firms, accounts.

Also what its outlets sell: a menu of checks, each with the taxes that the rules generate for it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from sqlalchemy.orm import Session

from folios.codes import Catalogue, add_code, add_tax, catalogue, set_rate, set_taxes
from folios.folios import open_folio
from folios.taxes import TaxableLine, levy_document
from frontoffice import cashiering
from frontoffice.accounts import open_account
from frontoffice.companies import add_company, receivable_folio
from frontoffice.rates import add_rate, set_prices
from frontoffice.rooms import NewRoom, add_room_type, add_rooms
from frontoffice.setup import DRAWER, set_up_property
from frontoffice.users import NewUser, add_user

ADMIN, CASHIER, AUDITOR, TILL = "admin", "cashier", "auditor", "till"
CURRENCY, TIME_ZONE = "EUR", "Europe/Berlin"
LIMIT_MINOR = 2_000_00
BAR, CORPORATE = "BAR", "CORP"
LOW_VAT, VAT, BANK = "VAT7", "VAT19", "BANK"
CARDS = ("VISA", "MASTERCARD", "AMEX")
# Type: name, price of a night in the high season, and how many rooms of a hundred.
TYPES = {"STD": ("Standard", 120_00, 55), "SUP": ("Superior", 155_00, 30), "FAM": ("Family", 190_00, 10)}
TYPES |= {"SUI": ("Suite", 320_00, 5)}
RATES = {BAR: ("Best available", 100), CORPORATE: ("Companies", 88)}
# A season begins with its month and costs so many per cent.
SEASONS = {1: 80, 4: 95, 6: 100, 9: 92, 11: 80, 12: 90}
# What an outlet sells, with prices in minor units, taxes included.
ON_SALE: Mapping[str, Sequence[tuple[str, int]]] = {
    "RESTAURANT": (("Menu of the day", 28_50), ("Fish", 26_00), ("Soup", 8_50), ("Dessert", 9_00), ("Water", 5_50)),
    "BAR": (("Beer", 5_80), ("Wine, a glass", 8_20), ("Coffee", 3_90), ("Long drink", 11_50)),
    "BREAKFAST": (("Breakfast", 18_00), ("Breakfast, child", 9_00)),
    "MINIBAR": (("Water", 3_50), ("Chocolate", 4_20), ("Beer", 4_90)),
    "SPA": (("Massage", 65_00), ("Sauna towel", 6_00)),
    "PARKING": (("Garage, a night", 19_00),),
}
CHECKS, MOST_LINES = 240, 4


@dataclass(frozen=True, slots=True)
class Size:
    """How large a hotel and how long a past: `first` is its first business day, `today` the one open at the end.

    `postings_per_night` is the average for each room slept in. The same seed gives the same hotel.
    """

    rooms: int
    first: date
    today: date
    postings_per_night: int = 21
    seed: int = 1

    @property
    def days(self) -> int:
        """How many business days are over at the end."""
        return (self.today - self.first).days


@dataclass(frozen=True, slots=True)
class Sold:
    """A posting to be of a charge: what follows a line, where it goes, how much of what."""

    parent: int | None
    credit: int
    amount_minor: int
    code: str
    text: str | None = None
    tax_base_minor: int | None = None
    tax_rate_ppm: int | None = None


@dataclass(frozen=True, slots=True)
class Check:
    """A charge as it is sold again and again. `outlet`: none for a night in a room."""

    outlet: str | None
    lines: tuple[Sold, ...]
    total_minor: int


@dataclass(slots=True)
class House:
    """Ids of what was set up: rooms with their type, companies with their account, accounts, folios by number."""

    size: Size
    rooms: list[tuple[int, str, int]]
    companies: list[tuple[int, int]]
    accounts: list[int]
    folios: dict[str, int]
    prices: dict[tuple[str, int, int], int]
    menu: list[Check]
    codes: Catalogue
    _nights: dict[int, Check] = field(default_factory=dict)

    def price(self, rate: str, type_id: int, day: date) -> int:
        """What a night costs, in minor units: taxes included."""
        return self.prices[rate, type_id, _season(day)]

    def night(self, price_minor: int) -> Check:
        """A night in a room at a price."""
        if price_minor not in self._nights:
            self._nights[price_minor] = check_of(self.codes, self.size.first, None, [("ROOM", None, price_minor)])
        return self._nights[price_minor]


def set_up(session: Session, size: Size) -> House:
    """Sets the hotel up on its first business day."""
    set_up_property(
        session,
        name=f"Hotel of {size.rooms} rooms",
        currency=CURRENCY,
        time_zone=TIME_ZONE,
        first_date=size.first,
        administrator=NewUser(ADMIN, "Administrator"),
    )
    for code, name, role in ((CASHIER, "Cashier", "cashier"), (AUDITOR, "Night auditor", "night_auditor")):
        add_user(session, NewUser(code, name, roles=[role]), ADMIN)
    _levy_taxes(session, size.first)
    types = {code: add_room_type(session, code=code, name=TYPES[code][0], operator=ADMIN).id for code in TYPES}
    rooms = _add_rooms(session, size, types)
    prices = _set_prices(session, size, types)
    bank = open_folio(session, type="permanent", name="Bank transfer", number=BANK, operator=ADMIN)
    add_code(
        session,
        code=BANK,
        name="Bank transfer",
        kind="payment",
        department="Payments",
        tender="card",
        folio_id=bank.id,
        operator=ADMIN,
    )
    codes = catalogue(session)
    folios = {code: each.folio_id for code, each in codes.codes.items() if each.folio_id is not None}
    folios |= {name: cashiering.place(session, name, ADMIN) for name in ("safe", "over", "short")}
    folios[DRAWER] = next(each.folio_id for each in cashiering.drawers(session) if each.number == DRAWER)
    companies, accounts = _add_companies(session, size), _open_accounts(session, size)
    return House(size, rooms, companies, accounts, folios, prices, _menu(codes, size), codes)


def _season(day: date) -> int:
    return max(month for month in SEASONS if month <= day.month)


def _levy_taxes(session: Session, first: date) -> None:
    for code, name, rate_ppm in ((LOW_VAT, "Value added tax, reduced", 70_000), (VAT, "Value added tax", 190_000)):
        folio = open_folio(session, type="control", name=name, number=code, operator=ADMIN)
        add_code(session, code=code, name=name, kind="tax", department="Taxes", folio_id=folio.id, operator=ADMIN)
        add_tax(session, code=code, basis="percent", inclusive=True, stacked=False, operator=ADMIN)
        set_rate(session, code, first, rate_ppm=rate_ppm, operator=ADMIN)
    set_taxes(session, "ROOM", [LOW_VAT], ADMIN)
    for code in ON_SALE:
        set_taxes(session, code, [VAT], ADMIN)


def _add_rooms(session: Session, size: Size, types: Mapping[str, int]) -> list[tuple[int, str, int]]:
    """Twenty or more rooms a floor; the types in turn, as many as their share."""
    of_hundred = [code for code, (_, _, share) in TYPES.items() for _ in range(share)]
    per_floor = max(20, size.rooms // 20)
    wanted = []
    for at in range(size.rooms):
        floor, door = at // per_floor + 1, at % per_floor + 1
        wanted.append(NewRoom(f"{floor}{door:02}", types[of_hundred[at * 37 % 100]], str(floor)))
    return [(each.id, each.number, each.room_type_id) for each in add_rooms(session, wanted, ADMIN)]


def _set_prices(session: Session, size: Size, types: Mapping[str, int]) -> dict[tuple[str, int, int], int]:
    """Prices of every season, from the first year to the one after the last."""
    prices = {
        (rate, types[code], season): TYPES[code][1] * share * per_cent // 10_000 // 50 * 50
        for rate, (_, share) in RATES.items()
        for code in types
        for season, per_cent in SEASONS.items()
    }
    years = range(size.first.year, size.today.year + 2)
    starts = [date(year, month, 1) for year in years for month in SEASONS]
    for rate, (name, _) in RATES.items():
        add_rate(session, code=rate, name=name, operator=ADMIN)
        for start, until in zip(starts, [*starts[1:], date(years.stop, 1, 1)], strict=True):
            if until > size.first:
                of_types = {type_id: prices[rate, type_id, start.month] for type_id in types.values()}
                period = {"from_date": max(start, size.first), "to_date": until}
                set_prices(session, rate, of_types, **period, operator=ADMIN)
    return prices


def _add_companies(session: Session, size: Size) -> list[tuple[int, int]]:
    """Firms that are billed, each with its receivable."""
    found = []
    for number in range(1, max(3, size.rooms // 10) + 1):
        company = add_company(session, ADMIN, code=f"C{number:03}", name=f"Company {number}", city="Harbour")
        found.append((company.id, receivable_folio(session, company.id, ADMIN).id))
    return found


def _open_accounts(session: Session, size: Size) -> list[int]:
    """House accounts and folios of the staff."""
    kinds = [(kind, number) for number in range(1, max(1, size.rooms // 50) + 1) for kind in ("non_guest", "staff")]
    return [
        open_account(session, kind, f"{kind[:5]} {number}", ADMIN, number=f"{kind[0].upper()}{number}").id
        for kind, number in kinds
    ]


def _menu(codes: Catalogue, size: Size) -> list[Check]:
    rng = Random(size.seed)  # noqa: S311 - prices, no secrets
    outlets, weights = list(ON_SALE), (5, 4, 4, 2, 1, 1)
    menu = []
    for outlet in rng.choices(outlets, weights, k=CHECKS):
        many = min(rng.randint(1, MOST_LINES), 2 * len(ON_SALE[outlet]))
        menu.append(check_of(codes, size.first, outlet, [(outlet, *rng.choice(ON_SALE[outlet])) for _ in range(many)]))
    return menu


def check_of(codes: Catalogue, day: date, outlet: str | None, sold: Sequence[tuple[str, str | None, int]]) -> Check:
    """A charge of (code, text, price in minor units) lines, each followed by the taxes the rules generate for it."""
    levies = [codes.levy(codes.codes[code], day, "") for code, _, _ in sold]
    taxed = levy_document([TaxableLine(price, levy, 1) for (_, _, price), levy in zip(sold, levies, strict=True)])
    lines: list[Sold] = []
    for (code, text, _), levied in zip(sold, taxed, strict=True):
        parent = len(lines) + 1
        lines.append(Sold(None, codes.codes[code].other_side, levied.net_minor, code, text))
        lines += [
            Sold(
                parent,
                codes.codes[share.code].other_side,
                share.amount_minor,
                share.code,
                None,
                share.base_minor,
                share.rate_ppm,
            )
            for share in levied.shares
            if share.amount_minor
        ]
    return Check(outlet, tuple(lines), sum(each.amount_minor for each in lines))


def horizon(size: Size) -> date:
    """Until when guests are planned: some weeks after today, so that the house has a book of reservations."""
    return size.today + timedelta(days=45)
