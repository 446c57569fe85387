"""A house full of guests, for the night to close: a stay of three weeks in each room."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from folios import db
from frontoffice import guests, rates, reservations, rooms, stays
from tests.benchmarks.hotels import FIRST_DATE, open_hotel

NIGHTS = 21
CLERK = "set-up"


def fill_house(url: str, many: int, price_minor: int) -> None:
    """Sets up a hotel of so many rooms and checks a guest into each."""
    open_hotel(url, 0)
    engine = db.open_engine(url)
    last = FIRST_DATE + timedelta(days=NIGHTS)
    try:
        with db.unit_of_work(db.session_source(engine)) as session:
            kind = rooms.add_room_type(session, code="STD", name="Standard", operator=CLERK).id
            entered = rooms.add_rooms(session, [rooms.NewRoom(str(n), kind) for n in range(many)], CLERK)
            rates.add_rate(session, code="BAR", name="Best available", operator=CLERK, transaction_code="ROOM")
            rates.set_price(
                session,
                "BAR",
                kind,
                from_date=FIRST_DATE,
                to_date=last,
                price_minor=price_minor,
                operator=CLERK,
            )
            guest = guests.add_guest(session, CLERK, surname="Guest").id
            plan = {
                "guest_id": guest,
                "room_type_id": kind,
                "rate_code": "BAR",
                "arrival": FIRST_DATE,
                "departure": last,
            }
            wanted = [reservations.Booking(**plan, room_id=room.id) for room in entered]
            booked = reservations.book_all(session, wanted, CLERK)
            stays.check_in_all(session, [stays.CheckIn(stay.id) for stay in booked], CLERK)
        with engine.begin() as connection:
            connection.execute(sa.text("ANALYZE"))  # as the server does by itself after a while
    finally:
        engine.dispose()
