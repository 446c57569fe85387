"""The lists of guests of a day: who came, left, is in house, did not come, cancelled; who lives free of charge."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from folios.models import Folio, Posting, Voucher
from frontoffice.models.guests import Company, Guest, full_name
from frontoffice.models.rooms import Room, RoomType
from frontoffice.models.stays import Stay, StayNight
from frontoffice.no_show_fees import SENDER as FEE_SENDER
from frontoffice.room_charges import is_charge_of
from night_audit.reports import addresses
from night_audit.reports.asking import DAY, of_day
from night_audit.reports.definition import Asked, Column, Line, Note, Part, Report

Conditions = tuple[sa.ColumnElement[bool], ...]

NATURE_NAMES = {"paying": N_("paying"), "complimentary": N_("complimentary"), "house_use": N_("house use")}
CAME = Stay.status.in_(("in_house", "departed"))
COLUMNS = (
    Column("room", N_("Room")),
    Column("guest", N_("Guest")),
    Column("stay", N_("Stay")),
    Column("company", N_("Company")),
    Column("arrival", N_("Arrival"), "day"),
    Column("departure", N_("Departure"), "day"),
    Column("room_type", N_("Room type")),
    Column("rate", N_("Rate")),
    Column("price", N_("Price of the night"), "money", total=True),
    Column("adults", N_("Adults"), "count", total=True),
    Column("children", N_("Children"), "count", total=True),
    Column("nature", N_("Nature"), "word"),
    Column("remark", N_("Remark")),
)
STAYS = Column("stays", N_("Stays"), "count", total=True)


ARRIVING: Conditions = (CAME, Stay.arrival == DAY)
"""Who came on the day, walk-ins and day uses among them."""
EXPECTED: Conditions = (Stay.status == "confirmed", Stay.arrival == DAY)
"""Who is still to come."""
LEAVING: Conditions = (Stay.status == "departed", Stay.departure == DAY)
"""Who left on the day."""
DUE_OUT: Conditions = (Stay.status == "in_house", Stay.departure == DAY)
"""Who is still to leave."""
STAYING: Conditions = (CAME, Stay.arrival <= DAY, sa.or_(Stay.status == "in_house", Stay.departure > DAY))
"""Who was in house at the end of the day."""
NOT_PAYING: Conditions = (*STAYING, Stay.nature != "paying")
"""Who was in house and does not pay for the room."""
NOT_COME: Conditions = (Stay.status == "no_show", Stay.arrival == DAY)
"""Who was expected and did not come."""
CANCELLED: Conditions = (Stay.cancelled_on == DAY,)
"""Who told on the day that they would not come, or was marked so."""


def _stays_selected(*conditions: sa.ColumnElement[bool]) -> Any:
    """Selects stays with guest, room, and the night of the day with its charge, if they have one."""
    return (
        sa.select(
            Stay.id.label("stay"),
            Stay.arrival,
            Stay.departure,
            sa.func.coalesce(StayNight.rate_code, Stay.rate_code).label("rate"),
            Stay.adults,
            Stay.children,
            Stay.nature,
            Stay.remark,
            Guest.surname,
            Guest.first_names,
            sa.func.coalesce(Company.name, Stay.agent).label("company"),
            sa.func.coalesce(Room.number, "").label("room"),
            RoomType.code.label("room_type"),
            StayNight.price_minor,
            Voucher.id.label("voucher"),
        )
        .join(Guest, Guest.id == Stay.guest_id)
        .join(RoomType, RoomType.id == Stay.room_type_id)
        .outerjoin(StayNight, sa.and_(StayNight.stay_id == Stay.id, StayNight.date == DAY))
        .outerjoin(Room, Room.id == sa.func.coalesce(StayNight.room_id, Stay.room_id))
        .outerjoin(Company, Company.id == Stay.company_id)
        .outerjoin(Voucher, is_charge_of(Stay.id, StayNight.date))
        .where(*conditions)
        .order_by(sa.func.coalesce(Room.number, ""), Stay.id)
    )


def _listing(conditions: Conditions) -> Callable[[Session, Asked], Iterator[Line]]:
    """The query of a list of stays."""
    statement = _stays_selected(*conditions)

    def lines(session: Session, asked: Asked) -> Iterator[Line]:
        for row in session.execute(statement, of_day(asked.day)):
            values = {
                "room": row.room,
                "guest": full_name(row.surname, row.first_names),
                "stay": row.stay,
                "company": row.company,
                "arrival": row.arrival,
                "departure": row.departure,
                "room_type": row.room_type,
                "rate": row.rate,
                "price": row.price_minor,
                "adults": row.adults,
                "children": row.children,
                "nature": NATURE_NAMES[row.nature],
                "remark": row.remark,
                "stays": 1,
            }
            opens = dict.fromkeys(("stay", "guest", "price", "adults", "children", "stays"), addresses.stay(row.stay))
            yield Line(values, opens | ({"price": addresses.voucher(row.voucher)} if row.voucher else {}))

    return lines


def _list(name: str, title: str, conditions: Conditions, empty: str, group: str | None = None) -> Part:
    columns: tuple[Column, ...] = COLUMNS
    if group is not None:
        columns = (Column(group, N_("Nature"), "word"), *(each for each in COLUMNS if each.name != group))
    return Part(name, title, (*columns, STAYS), _listing(conditions), empty, group=group)


_FEES_CHARGED = (
    sa.select(
        Voucher.id,
        Folio.id,
        Folio.number,
        Folio.name,
        sa.func.min(Posting.code),
        sa.cast(sa.func.sum(Posting.amount_minor), sa.BigInteger),
    )
    .select_from(Voucher)
    .join(Posting, Posting.voucher_id == Voucher.id)
    .join(Folio, Folio.id == Posting.debit_folio_id)
    .where(Voucher.business_date == DAY, Voucher.sender == FEE_SENDER)
    .group_by(Voucher.id, Folio.id)
    .order_by(Voucher.id)
)


def fee_lines(session: Session, asked: Asked) -> Iterator[Line]:
    """A line for each fee that the night charged for not coming, with what of its account was owed at the day's end."""
    found: Any = session.execute(_FEES_CHARGED, of_day(asked.day)).all()
    owed = _balances(session, {folio_id for _, folio_id, *_rest in found}, asked) if found else {}
    for voucher, folio_id, folio, name, code, amount in found:
        values = {"guest": name, "folio": folio, "voucher": voucher, "code": code, "amount": int(amount)}
        address = addresses.voucher(voucher)
        opens = {"folio": addresses.folio(folio_id), "voucher": address, "amount": address}
        yield Line(values | {"owed": owed.get(folio_id, 0)}, opens | {"owed": addresses.folio(folio_id)})


def _balances(session: Session, folio_ids: set[int], asked: Asked) -> dict[int, int]:
    """What folios owed at the end of the day, in minor units."""
    owed: dict[int, int] = {}
    for side, sign in ((Posting.debit_folio_id, 1), (Posting.credit_folio_id, -1)):
        moved = sa.select(side, sa.cast(sa.func.sum(Posting.amount_minor), sa.BigInteger))
        for folio_id, minor in session.execute(
            moved.where(side.in_(folio_ids), Posting.business_date <= asked.day).group_by(side)
        ):
            owed[folio_id] = owed.get(folio_id, 0) + sign * int(minor)
    return owed


FEES = Part(
    name="fees",
    title=N_("Fees charged for not coming"),
    columns=(
        Column("guest", N_("Guest")),
        Column("folio", N_("Folio")),
        Column("voucher", N_("Voucher")),
        Column("code", N_("Code")),
        Column("amount", N_("Fee"), "money", total=True),
        Column("owed", N_("Owed at the end of the day"), "money", total=True),
    ),
    lines=fee_lines,
    empty=N_("The night charged nobody for not coming."),
)


def _report(name: str, title: str, question: str, parts: tuple[Part, ...], notes: tuple[Note, ...] = ()) -> Report:
    return Report(name, title, question, N_("Guests"), parts, notes, wide=True)


REPORTS = (
    _report(
        "arrivals",
        N_("Arrivals"),
        N_("Who came on the day, and who is still expected?"),
        (
            _list("came", N_("Arrived"), ARRIVING, N_("Nobody arrived.")),
            _list("expected", N_("Still expected"), EXPECTED, N_("Nobody is expected any more.")),
        ),
    ),
    _report(
        "departures",
        N_("Departures"),
        N_("Who left on the day, and who is still to leave?"),
        (
            _list("left", N_("Departed"), LEAVING, N_("Nobody left.")),
            _list("due", N_("Due out"), DUE_OUT, N_("Nobody is due out any more.")),
        ),
    ),
    _report(
        "in-house",
        N_("In house"),
        N_("Who was in house at the end of the day?"),
        (_list("stays", N_("In house"), STAYING, N_("Nobody was in house.")),),
    ),
    _report(
        "no-shows",
        N_("No-shows"),
        N_("Who was expected and did not come?"),
        (_list("stays", N_("No-shows"), NOT_COME, N_("Everybody who was expected came.")), FEES),
    ),
    _report(
        "cancellations",
        N_("Cancellations"),
        N_("Which reservations were cancelled on the day?"),
        (_list("stays", N_("Cancellations"), CANCELLED, N_("Nothing was cancelled.")),),
    ),
    _report(
        "complimentary",
        N_("Complimentary and house use"),
        N_("Who lives in the house without paying for the room?"),
        (_list("stays", N_("Complimentary and house use"), NOT_PAYING, N_("Everybody pays."), group="nature"),),
        (Note(N_("Complimentary rooms count for total occupancy, house use for none.")),),
    ),
)
