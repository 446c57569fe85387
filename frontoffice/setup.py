"""Setting up a hotel: the property, its ledger, the first roles and administrator, and a chart of codes to start with.

Everything here happens once, in one unit of work. What comes later (rooms, rates, taxes, more codes) is set up by hand;
taxes are left out because they differ from country to country.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from argon2 import PasswordHasher
from sqlalchemy.orm import Session

from folios.codes import add_code
from folios.events import record_all
from folios.folios import open_folio
from folios.ledger import create_ledger
from folios.ledger import currency as currency_of
from frontoffice import cashiering
from frontoffice.models.property import Property
from frontoffice.property import add_property, read_currency
from frontoffice.rights import ADMINISTRATOR, STARTER_ROLES, add_starter_roles
from frontoffice.users import HASHER, NewUser, add_user, read_code

DRAWER = cashiering.DRAWER


@dataclass(frozen=True)
class StarterCode:
    """A transaction code of the starter chart. `other_side` is the type of the folio that is opened for it."""

    code: str
    name: str
    kind: str
    department: str
    other_side: str | None = "control"
    tender: str | None = None


# In the order of the Uniform System of Accounts for the Lodging Industry (USALI).
STARTER_CHART = (
    StarterCode("ROOM", "Room", "charge", "Rooms"),
    StarterCode("BREAKFAST", "Breakfast", "charge", "Food and beverage"),
    StarterCode("RESTAURANT", "Restaurant", "charge", "Food and beverage"),
    StarterCode("BAR", "Bar", "charge", "Food and beverage"),
    StarterCode("MINIBAR", "Minibar", "charge", "Other operated departments"),
    StarterCode("SPA", "Spa", "charge", "Other operated departments"),
    StarterCode("PARKING", "Parking", "charge", "Other operated departments"),
    StarterCode("TELEPHONE", "Telephone", "charge", "Other operated departments"),
    StarterCode("LAUNDRY", "Laundry", "charge", "Other operated departments"),
    StarterCode("NOSHOW", "No-show fee", "charge", "Miscellaneous income"),
    StarterCode("CANCEL", "Cancellation fee", "charge", "Miscellaneous income"),
    StarterCode("CASH", "Cash", "payment", "Payments", other_side=None, tender="cash"),
    StarterCode("VISA", "Visa", "payment", "Payments", other_side="permanent", tender="card"),
    StarterCode("MASTERCARD", "Mastercard", "payment", "Payments", other_side="permanent", tender="card"),
    StarterCode("AMEX", "American Express", "payment", "Payments", other_side="permanent", tender="card"),
    StarterCode("BILL", "Direct bill", "payment", "Payments", other_side=None, tender="direct_bill"),
    StarterCode("PAIDOUT", "Guest paid-out", "paid_out", "Paid-outs"),
    StarterCode("HOUSEPAID", "House paid-out", "paid_out", "Paid-outs"),
    StarterCode("OPENING", "Opening balance", "opening", "Opening balances"),
)


def set_up_property(
    session: Session,
    *,
    name: str,
    currency: str,
    time_zone: str,
    first_date: date,
    administrator: NewUser,
    country: str | None = None,
    hasher: PasswordHasher = HASHER,
) -> Property:
    """Sets up the hotel of this database; `first_date` becomes its open business date.

    `currency` is ISO 4217, `time_zone` a name of the IANA database, `country` ISO 3166. The administrator gets
    that role beside those it names, and is the operator of all that is written. Refuses a second set-up
    (`PropertyExists`), also when two try at once, and each value that is wrong.
    """
    operator = read_code(administrator.code)
    row = add_property(session, name=name, time_zone=time_zone, country=country, operator=operator)
    create_ledger(session, currency=read_currency(currency), first_date=first_date, operator=operator)
    add_starter_roles(session)
    roles_added = [(f"role:{role.code}", None, {"rights": list(role.rights)}) for role in STARTER_ROLES]
    record_all(session, "role.added", operator, roles_added)
    roles = [ADMINISTRATOR, *(role for role in administrator.roles if role != ADMINISTRATOR)]
    add_user(session, replace(administrator, roles=roles), operator, hasher)
    add_starter_chart(session, operator)
    return row


def add_starter_chart(session: Session, operator: str) -> None:
    """Adds the starter codes with a folio each, a cash drawer, the safe, and the coins and notes to count by.

    Refuses codes and folio numbers that are taken.
    """
    cashiering.add_drawer(session, "Cash drawer", DRAWER, operator)
    for each in STARTER_CHART:
        folio_id = None
        if each.other_side is not None:
            folio = open_folio(session, type=each.other_side, name=each.name, number=each.code, operator=operator)
            folio_id = folio.id
        add_code(
            session,
            code=each.code,
            name=each.name,
            kind=each.kind,
            department=each.department,
            tender=each.tender,
            folio_id=folio_id,
            operator=operator,
        )
    for which in cashiering.PLACES:
        cashiering.place(session, which, operator)
    cashiering.set_denominations(session, cashiering.starter_denominations(currency_of(session)), operator)
