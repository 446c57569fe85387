"""What the stories need around the little hotel: a drawer in somebody's hands, a tax in the prices, a company, a group;
and short ways to look into the books.

What people do at the desk the stories do in the browser. Here stands only what was there before they came, and what the
night does.
"""

from __future__ import annotations

from decimal import Decimal

from sqlalchemy.orm import Session

from folios import codes
from folios.folios import find_folio, open_folio
from folios.models import Posting, Voucher
from folios.money import Money
from frontoffice import companies, groups, guests, rooms, shifts
from frontoffice.models.cashiering import Shift
from frontoffice.models.stays import Stay
from frontoffice.setup import DRAWER
from tests.frontoffice.house import CLERK, FIRST_DAY, House, minor

PPM = 10_000


def figure(value_minor: int) -> str:
    return str(Money(value_minor, "EUR").decimal)


# --- what was there before ------------------------------------------------------------------------------------


def with_shift(house: House, cashier: str = "cashier", float_given: str = "100.00") -> int:
    """The id of a shift that somebody opened this morning."""

    def begin(session: Session) -> int:
        drawer = find_folio(session, DRAWER)
        return shifts.open_shift(session, cashier, drawer.id, minor(float_given), cashier).id

    return house.do(begin)


def with_tax(house: House, percent: str, *on: str, code: str = "VAT") -> None:
    """A tax that is in the prices of some codes."""

    def add(session: Session) -> None:
        control = open_folio(session, type="control", name=code, number=code, operator=CLERK)
        codes.add_code(
            session, code=code, name=code, kind="tax", department="Taxes", operator=CLERK, folio_id=control.id
        )
        codes.add_tax(session, code=code, basis="percent", inclusive=True, stacked=False, operator=CLERK)
        codes.set_rate(session, code, FIRST_DAY, rate_ppm=int(Decimal(percent) * PPM), operator=CLERK)
        for each in on:
            codes.set_taxes(session, each, [code], CLERK)

    house.do(add)


def with_company(house: House, code: str = "ACME", name: str = "Acme Works") -> int:
    """The id of a company that is billed directly."""
    return house.do(companies.add_company, CLERK, code=code, name=name, city="Porto", country="PT").id


def with_rooms(house: House, *numbers: str) -> None:
    """More standard rooms."""
    new = [rooms.NewRoom(number, house.standard, number[0]) for number in numbers]
    house.rooms |= {room.number: room.id for room in house.do(rooms.add_rooms, new, CLERK)}


def with_group(house: House, rooms_of_group: tuple[str, ...], departure: int = 1) -> int:
    """The id of a group whose members, "Singer 101" and so on, are booked into their rooms for today."""
    group = house.do(groups.add_group, code="CHOIR", name="Choir", operator=CLERK).id
    members = []
    for number in rooms_of_group:
        guest = house.do(guests.add_guest, CLERK, surname=f"Singer {number}").id
        members.append(house.book(0, departure, number, guest_id=guest, payment_method="card"))
    house.do(groups.add_members, group, members, CLERK)
    return group


# --- what the books hold --------------------------------------------------------------------------------------


def only_stay(house: House, **where: object) -> Stay:
    """The one stay that is like this."""
    (found,) = house.rows(Stay, **where)
    return found


def lines(house: House, folio_id: int) -> list[tuple[str, str]]:
    """What was posted to a folio, in order: code, and amount as the folio sees it."""
    return [
        (each.code, figure(each.amount_minor if each.debit_folio_id == folio_id else -each.amount_minor))
        for each in house.rows(Posting)
        if folio_id in (each.debit_folio_id, each.credit_folio_id)
    ]


def booked_on(house: House, number: str) -> str:
    """Debits less credits of a folio, by its number, from the postings: control folios keep no balance of their own."""
    folio = house.do(find_folio, number)
    return str(sum((Decimal(amount) for _code, amount in lines(house, folio.id)), Decimal("0.00")))


def vouchers(house: House, kind: str) -> list[Voucher]:
    """The vouchers of a kind."""
    return house.rows(Voucher, kind=kind)


def owed_by(house: House, company_id: int) -> str:
    """What a company owes."""

    def owed(session: Session) -> str:
        company = companies.get_company(session, company_id)
        folio = companies.company_folio(session, company)
        return "0.00" if folio is None else figure(folio.balance_minor)

    return house.do(owed)


def shift(house: House, shift_id: int) -> Shift:
    """A shift as it stands in the books."""
    (found,) = house.rows(Shift, id=shift_id)
    return found
