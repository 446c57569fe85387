"""A little hotel's books over four business days, with every kind of voucher: three days closed, the fourth open.

The third day is a quiet one: value moves between guests, and nothing comes in or goes out.
"""

from __future__ import annotations

from sqlalchemy.engine import Engine

from folios.folios import close_folio
from folios.lines import Standing, standing_lines
from tests.folios.hotel import CASHIER, Hotel, sold


def keep_books(engine: Engine) -> dict[str, int]:
    """Writes four days into an empty ledger; returns ids by name: of vouchers, their `..._line`s, and folios."""
    hotel = Hotel(engine)
    hotel.set_up()
    hotel.tax("VAT", "10", "FOOD")
    hotel.tax("STAY", "7", "ROOM", inclusive=True)
    ids = {
        "GUEST": hotel.open("individual", number="GUEST"),
        "GROUP": hotel.open("master", number="GROUP"),
        "CLUB": hotel.open("non_guest", number="CLUB"),
        "STAFF": hotel.open("staff", number="STAFF"),
        "DEPOSIT": hotel.open("individual", number="DEPOSIT", ledger="deposit"),
        "ACME": hotel.open("semi_permanent", number="ACME"),
    }
    vouchers = _first_day(hotel)
    vouchers |= _second_day(hotel, ids)
    _third_day(hotel, ids)
    vouchers |= _fourth_day(hotel, vouchers["lunch"])
    ids |= vouchers
    ids |= {f"{name}_line": hotel.posting(voucher) for name, voucher in vouchers.items()}
    ids |= {
        folio: hotel.id(folio) for folio in ("VISA", "MASTERCARD", "RESTAURANT", "ROOM", "HOUSE", "DRAWER", "BEFORE")
    }
    hotel.prove()
    return ids


def _first_day(hotel: Hotel) -> dict[str, int]:
    hotel.bring_forward("CLUB", "80.00")
    hotel.pay("DEPOSIT", "150.00", "VISA")
    dinner = hotel.charge("GUEST", sold("FOOD", "100.00"), check_number="17")
    room = hotel.charge("GUEST", sold("ROOM", "107.00"))
    mistyped = hotel.charge("GUEST", sold("FOOD", "20.00"))
    hotel.correct("GUEST", mistyped.voucher_id)
    hotel.pay("GUEST", "50.00", "VISA")
    hotel.pay("GUEST", "30.00")
    hotel.pay_out("12.00", "GUEST")
    hotel.pay_out("5.00")
    hotel.pay("CLUB", "100.00")
    hotel.refund("CLUB", "20.00")
    hotel.end_day()
    return {"dinner": dinner.voucher_id, "room": room.voucher_id}


def _second_day(hotel: Hotel, ids: dict[str, int]) -> dict[str, int]:
    dinner, room = _standing(hotel, "GUEST", "FOOD"), _standing(hotel, "GUEST", "ROOM")
    lunch = hotel.charge("GUEST", sold("FOOD", "40.00"))
    hotel.allow("GUEST", dinner.voucher_id, (dinner.posting_id, 1100))
    hotel.transfer(ids["GUEST"], ids["GROUP"], room.posting_id)
    hotel.split(ids["GUEST"], hotel.posting(lunch.voucher_id), (ids["GUEST"], 1), (ids["CLUB"], 1))
    hotel.transfer_all(ids["DEPOSIT"], ids["GUEST"])
    hotel.pay("GROUP", "107.00", "BILL", "ACME")
    hotel.do(close_folio, ids["GROUP"], CASHIER)
    hotel.end_day()
    return {"lunch": lunch.voucher_id}


def _third_day(hotel: Hotel, ids: dict[str, int]) -> None:
    hotel.transfer(ids["CLUB"], ids["GUEST"], (_standing(hotel, "CLUB", "FOOD").posting_id, 500))
    hotel.end_day()


def _fourth_day(hotel: Hotel, lunch: int) -> dict[str, int]:
    supper = hotel.charge("GUEST", sold("FOOD", "60.00"), sold("WATER"))
    moved = hotel.transfer(hotel.id("GUEST"), "STAFF", (hotel.posting(supper.voucher_id), 3300))
    allowed = hotel.allow("GUEST", lunch, authorised_by="manager")
    wrong = hotel.charge("GUEST", sold("WATER"))
    corrected = hotel.correct("GUEST", wrong.voucher_id)
    posted = {
        "supper": supper,
        "moved": moved,
        "allowed": allowed,
        "wrong": wrong,
        "corrected": corrected,
        "by_card": hotel.pay("GUEST", "25.00", "VISA"),
        "in_cash": hotel.pay("GUEST", "15.00"),
        "for_the_house": hotel.pay_out("7.00"),
        "brought": hotel.bring_forward("STAFF", "9.00"),
    }
    return {name: each.voucher_id for name, each in posted.items()}


def _standing(hotel: Hotel, folio: str, code: str) -> Standing:
    """The first line of a code that stands on a folio."""
    folio_id = hotel.id(folio)
    return next(each for each in hotel.do(standing_lines, [folio_id])[folio_id] if each.code == code)
