"""The pages of a stay: what stands on them, check-in, walk-in, and what is done while a guest is in house."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from folios.folios import get_folio
from folios.models import Event
from frontoffice import guests, rooms, shifts, windows
from frontoffice.app import db
from frontoffice.cashiering import drawers
from frontoffice.models.guests import Guest
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayNight, StayWindow
from frontoffice.models.users import RoleRight
from tests.frontoffice.desk_client import PASSWORD, Client
from tests.frontoffice.house import CLERK, House, at_once, day, minor

Desk = Callable[[str], Client]


@pytest.fixture
def cashier(desk: Desk) -> Client:
    return desk("cashier")


def open_shift(house: House, cashier: str = "cashier") -> None:
    (drawer,) = house.do(drawers)
    house.do(shifts.open_shift, cashier, drawer.folio_id, 0, cashier)


def soil(house: House, *numbers: str) -> None:
    house.do(rooms.set_condition, [house.rooms[number] for number in numbers], "dirty", "housekeeper")


# --- the page -------------------------------------------------------------------------------------------------


def test_the_page_of_a_stay_shows_its_nights_windows_and_what_can_be_done(cashier: Client, house: House) -> None:
    stay = house.arrive(3, room="102")
    house.charge(stay, "30.00")
    page = cashier.page(f"/stays/{stay}")
    assert f"Stay {stay}" in cashier.page(f"/reservations/{stay}")
    assert "102" in page
    assert f"/folios/{house.window(stay)}" in page
    for address in ("move", "dates", "window", "check-out", "card"):
        assert f'href="/stays/{stay}/{address}"' in page
    assert "window 1 still owes" in page
    assert "Something was posted for stay" in page  # why the check-in cannot be taken back
    for address in ("check-in", "reverse-check-in", "reinstate"):
        assert f'href="/stays/{stay}/{address}"' not in page


def test_a_night_that_was_charged_says_how_much_with_its_taxes(cashier: Client, house: House) -> None:
    stay = house.arrive(2)
    house.end_day()
    page = cashier.page(f"/stays/{stay}")
    assert house.balance(house.window(stay)) in page
    assert page.count("100.00") >= 2


def test_a_stay_that_nobody_has_is_no_page(cashier: Client) -> None:
    for address in ("/stays/999", "/reservations/999", "/stays/999/check-in", "/stays/99999999999999999999"):
        assert cashier.get(address).status_code == 404, address
    assert cashier.get("/stays/-1").status_code == 404


def test_a_name_that_is_html_stands_as_text_everywhere(cashier: Client, house: House) -> None:
    guest = house.do(guests.add_guest, CLERK, surname="<script>alert(1)</script>").id
    stay = house.book(room="101", guest_id=guest)
    for address in ("", "/check-in", "/card"):
        page = cashier.page(f"/stays/{stay}{address}")
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page
    assert "<script>alert" not in cashier.page("/guests/pick?q=%3Cscript")


def test_the_page_of_a_stay_asks_the_same_number_of_statements_however_long_it_is(
    cashier: Client, house: House, app: Flask
) -> None:
    counts = []
    for nights in (1, 40):
        stay = house.book(0, nights)
        seen: list[str] = []
        with app.app_context():
            engine = db.engine

        def count(*facts: object, into: list[str] = seen) -> None:
            into.append(str(facts[2]))

        sa.event.listen(engine, "before_cursor_execute", count)
        cashier.page(f"/stays/{stay}")
        sa.event.remove(engine, "before_cursor_execute", count)
        counts.append(len(seen))
    assert counts[0] == counts[1]
    assert counts[0] < 40


# --- check-in -------------------------------------------------------------------------------------------------


def test_a_guest_is_checked_in_with_room_limit_method_and_profile_at_once(cashier: Client, house: House) -> None:
    stay = house.book()
    fields = cashier.form(f"/stays/{stay}/check-in")
    assert fields["room_id"] == str(house.rooms["101"])
    page = cashier.done(
        f"/stays/{stay}/check-in",
        payment_method="card",
        house_limit="150",
        id_document="P 1",
        city="Porto",
        country="pt",
    )
    assert "is checked in" in page
    found = house.stay(stay)
    assert (found.status, found.room_id, found.payment_method) == ("in_house", house.rooms["101"], "card")
    (guest,) = house.rows(Guest, id=house.guest)
    assert (guest.id_document, guest.city, guest.country) == ("P 1", "Porto", "PT")
    assert "150.00" in page


def test_the_usual_limit_of_the_method_is_given_when_none_is_typed(cashier: Client, house: House) -> None:
    stay = house.book()
    assert "2,000.00" in cashier.done(f"/stays/{stay}/check-in", payment_method="card")


def test_a_limit_above_the_usual_one_needs_somebody_who_may(cashier: Client, house: House) -> None:
    stay = house.book()
    page = cashier.refused(f"/stays/{stay}/check-in", payment_method="cash", house_limit="501")
    assert "A house limit above the usual" in page
    assert "500.00 needs an approval" in page
    assert 'value="501"' in page
    assert house.stay(stay).status == "confirmed"
    typed = cashier.form(f"/stays/{stay}/check-in") | {"payment_method": "cash", "house_limit": "501"}
    assert (
        cashier.send(
            f"/stays/{stay}/check-in", typed | {"approver": "cashier", "approver_password": PASSWORD}
        ).status_code
        >= 400
    )
    answer = cashier.send(f"/stays/{stay}/check-in", typed | {"approver": "supervisor", "approver_password": PASSWORD})
    assert answer.status_code == 303
    assert house.stay(stay).status == "in_house"
    (told,) = house.told("folio.limit.set")
    assert (told.subject, told.operator) == (f"folio:{house.window(stay)}", "cashier")
    assert told.after == {"house_limit_minor": minor("501.00"), "authorised_by": "supervisor"}


def test_who_pays_by_a_method_without_a_limit_has_none_whatever_was_booked(cashier: Client, house: House) -> None:
    stay = house.book(payment_method="cash")
    house.do(windows.set_limit, "direct_bill", None, CLERK)
    cashier.done(f"/stays/{stay}/check-in", payment_method="direct_bill")
    assert house.do(get_folio, house.window(stay)).house_limit_minor is None


def test_a_room_that_is_not_clean_is_refused_beside_its_field(cashier: Client, house: House) -> None:
    stay = house.book(room="101")
    soil(house, "101")
    assert "Room 101 is dirty. Have it cleaned, or choose another." in cashier.page(f"/stays/{stay}/check-in")
    page = cashier.refused(f"/stays/{stay}/check-in", id_document="kept")
    assert "Room 101 is dirty. Have it cleaned, or choose another." in page
    assert 'value="kept"' in page
    cashier.done(f"/stays/{stay}/check-in", room_id=str(house.rooms["102"]))
    assert house.room("102")[0] == "occupied"


def test_nothing_is_chosen_when_no_room_of_the_type_is_ready(cashier: Client, house: House) -> None:
    soil(house, "101", "102", "103", "104")
    stay = house.book()
    assert cashier.form(f"/stays/{stay}/check-in")["room_id"] == ""
    assert "Fill this in." in cashier.refused(f"/stays/{stay}/check-in")


def test_a_room_out_of_service_is_entered_when_that_is_accepted(cashier: Client, house: House) -> None:
    house.do(
        rooms.put_out,
        house.rooms["101"],
        kind="out_of_service",
        from_date=day(0),
        to_date=day(2),
        reason="no television",
        operator=CLERK,
    )
    stay, chosen = house.book(), str(house.rooms["101"])
    assert "out of service" in cashier.refused(f"/stays/{stay}/check-in", room_id=chosen)
    cashier.done(f"/stays/{stay}/check-in", room_id=chosen, accept_out_of_service="y")
    assert house.room("101")[0] == "occupied"


def test_what_the_guest_pays_at_the_check_in_goes_through_the_open_shift(cashier: Client, house: House) -> None:
    stay = house.book()
    page = cashier.refused(f"/stays/{stay}/check-in", pay_amount="80", pay_code="CASH")
    assert "You have no open shift" in page
    assert house.stay(stay).status == "confirmed"
    open_shift(house)
    cashier.done(f"/stays/{stay}/check-in", pay_amount="80", pay_code="CASH")
    assert house.balance(house.window(stay)) == "-80.00"


def test_a_check_in_that_is_sent_twice_is_done_once(cashier: Client, house: House) -> None:
    stay = house.book()
    open_shift(house)
    fields = cashier.form(f"/stays/{stay}/check-in") | {"pay_amount": "20", "pay_code": "VISA"}
    answers = [cashier.send(f"/stays/{stay}/check-in", fields) for _time in range(2)]
    assert [each.status_code for each in answers] == [303, 303]
    assert len(house.rows(StayWindow, stay_id=stay)) == 1
    assert house.balance(house.window(stay)) == "-20.00"
    assert "This had been done already" in cashier.page(f"/stays/{stay}")


def test_two_clerks_who_check_in_the_same_stay_check_in_once_and_the_second_is_told(desk: Desk, house: House) -> None:
    stay = house.book()
    first, second = desk("cashier"), desk("supervisor")
    forms = [each.form(f"/stays/{stay}/check-in") for each in (first, second)]
    assert first.send(f"/stays/{stay}/check-in", forms[0]).status_code == 303
    answer = second.send(f"/stays/{stay}/check-in", forms[1])
    assert answer.status_code == 409
    assert f"Stay {stay} is in house. Not possible: check in." in answer.text


def test_two_clerks_at_once_check_two_stays_into_one_room_only_once(desk: Desk, house: House) -> None:
    stays = [house.book(), house.book()]
    clients = [desk("cashier"), desk("supervisor")]
    room = str(house.rooms["103"])
    sent = [
        (client, f"/stays/{stay}/check-in", client.form(f"/stays/{stay}/check-in") | {"room_id": room})
        for client, stay in zip(clients, stays, strict=True)
    ]
    answers: list[Any] = at_once([partial(client.send, path, fields) for client, path, fields in sent])
    assert sorted(each.status_code for each in answers) == [303, 409]
    (told,) = [each.text for each in answers if each.status_code == 409]
    assert "Room 103 is given to stay" in told or "Room 103 is occupied" in told
    assert sorted(each.status for each in house.rows(Stay)) == ["confirmed", "in_house"]


def test_a_profile_changed_meanwhile_shows_both_versions_and_checks_nobody_in(cashier: Client, house: House) -> None:
    stay = house.book()
    fields = cashier.form(f"/stays/{stay}/check-in") | {"city": "Lisboa"}
    house.do(guests.amend_guest, house.guest, 1, {"city": "Porto"}, CLERK)
    answer = cashier.send(f"/stays/{stay}/check-in", fields)
    assert answer.status_code == 409
    assert "Meanwhile changed to: Porto" in answer.text
    assert house.stay(stay).status == "confirmed"


def test_a_check_in_is_taken_back_on_the_same_day(cashier: Client, house: House) -> None:
    stay = house.arrive()
    assert "The check-in was taken back." in cashier.done(f"/stays/{stay}/reverse-check-in")
    assert house.stay(stay).status == "confirmed"
    assert house.room("101") == ("vacant", "clean")


# --- walk-in --------------------------------------------------------------------------------------------------


def test_a_walk_in_books_and_checks_in_somebody_new_in_one_form(cashier: Client, house: House) -> None:
    open_shift(house)
    page = cashier.done(
        "/walk-in",
        surname="Walker",
        first_names="Ms.",
        room_id=str(house.rooms["201"]),
        nights="3",
        payment_method="cash",
        pay_amount="750.00",
        pay_code="CASH",
    )
    assert "Walker, Ms. is checked in." in page
    (stay,) = house.rows(Stay)
    assert (stay.status, stay.room_type_id, stay.departure) == ("in_house", house.suite, day(3))
    assert [each.price_minor for each in house.rows(StayNight)] == [minor("250.00")] * 3
    assert house.balance(house.window(stay.id)) == "-750.00"


def test_a_walk_in_takes_a_room_out_of_service_when_that_is_accepted(cashier: Client, house: House) -> None:
    facts = {"from_date": day(0), "to_date": day(2), "reason": "no television", "operator": CLERK}
    house.do(rooms.put_out, house.rooms["101"], kind="out_of_service", **facts)
    house.do(rooms.put_out, house.rooms["102"], kind="out_of_order", **facts)
    typed = {"surname": "Walker", "nights": "1", "payment_method": "cash", "room_id": str(house.rooms["101"])}
    page = cashier.refused("/walk-in", **typed)
    assert "out of service" in page
    assert 'name="accept_out_of_service"' in page
    assert house.rows(Stay) == []
    broken = {"room_id": str(house.rooms["102"]), "accept_out_of_service": "y"}
    cashier.refused("/walk-in", **typed | broken)  # what is out of order is never given
    assert house.rows(Stay) == []
    fields = cashier.form("/walk-in") | typed | {"accept_out_of_service": "y"}
    assert [cashier.send("/walk-in", fields).status_code for _ in range(2)] == [303, 303]
    (stay,) = house.rows(Stay)
    assert (stay.status, stay.room_id) == ("in_house", house.rooms["101"])
    assert house.room("101")[0] == "occupied"
    assert [each.room_id for each in house.rows(StayNight)] == [house.rooms["101"]]


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"surname": ""}, "Fill this in."),
        ({"room_id": ""}, "Fill this in."),
        ({"nights": "999"}, "A stay has at most 365 nights"),
        ({"nights": "-1"}, "A stay has at most 365 nights"),
        ({"nights": "many"}, "many is not a whole number."),
        ({"adults": "0"}, "A stay needs at least one adult"),
        ({"room_id": "7777"}, "Choose one of these."),
        ({"surname": "a\0b"}, "cannot be stored"),
        ({"guest_id": "99999999999999999999999"}, "There is no guest"),
        ({"pay_amount": "5", "pay_code": "CASH"}, "You have no open shift"),
    ],
)
def test_a_walk_in_that_cannot_be_leaves_nothing_behind(
    cashier: Client, house: House, typed: dict[str, str], said: str
) -> None:
    good = {"surname": "Walker", "room_id": str(house.rooms["101"]), "payment_method": "cash"}
    before = house.contents()
    page = cashier.refused("/walk-in", **(good | typed))
    assert said in page
    assert house.contents() == before


def test_another_price_for_a_walk_in_needs_an_approval_and_says_whose(cashier: Client, house: House) -> None:
    good = {"surname": "Walker", "room_id": str(house.rooms["101"]), "payment_method": "card"}
    typed = cashier.form("/walk-in") | good | {"price": "70", "reason": "late hour"}
    answer = cashier.send("/walk-in", typed)
    assert answer.status_code == 409
    assert "need an approval" in answer.text
    assert 'name="approver"' in answer.text
    approved = typed | {"approver": "supervisor", "approver_password": PASSWORD}
    assert cashier.send("/walk-in", approved).status_code == 303
    (night,) = house.rows(StayNight)
    assert (night.price_minor, night.overridden_by, night.override_reason) == (7000, "supervisor", "late hour")


def test_a_walk_in_by_day_has_no_night_and_one_price(cashier: Client, house: House) -> None:
    cashier.done("/walk-in", surname="Walker", room_id=str(house.rooms["101"]), nights="0", payment_method="cash")
    (stay,) = house.rows(Stay)
    assert stay.departure == stay.arrival
    assert len(house.rows(StayNight)) == 1


# --- while in house -------------------------------------------------------------------------------------------


def test_a_guest_moves_to_another_room_and_the_reasons_for_others_are_shown(cashier: Client, house: House) -> None:
    stay = house.arrive(room="101")
    soil(house, "102")
    page = cashier.page(f"/stays/{stay}/move")
    assert "Room 102 is dirty" in page
    cashier.done(f"/stays/{stay}/move", room_id=str(house.rooms["103"]), reason="noise")
    assert house.stay(stay).room_id == house.rooms["103"]
    (event,) = house.told("stay.room.moved")
    assert (event.operator, (event.after or {})["reason"]) == ("cashier", "noise")


def test_a_stay_is_extended_and_shortened_on_the_same_page(cashier: Client, house: House) -> None:
    stay = house.arrive(2)
    assert "The stay was extended." in cashier.done(f"/stays/{stay}/dates", departure=day(4).isoformat())
    assert len(house.nights(stay)) == 4
    assert "The stay was shortened." in cashier.done(f"/stays/{stay}/dates", departure=day(1).isoformat())
    assert len(house.nights(stay)) == 1
    page = cashier.refused(f"/stays/{stay}/dates", departure=day(-1).isoformat())
    assert "it cannot be made" in page


def test_an_extension_into_somebody_elses_nights_is_refused_in_words(cashier: Client, house: House) -> None:
    stay = house.arrive(2, room="101")
    house.book(2, 4, "101")
    page = cashier.refused(f"/stays/{stay}/dates", departure=day(3).isoformat())
    assert "Room 101 is given to stay" in page


@pytest.mark.parametrize("typed", ["2026-02-30", "0001-01-01", "9999-12-31", "", "soon"])
def test_a_day_that_cannot_be_is_a_message_beside_the_field(cashier: Client, house: House, typed: str) -> None:
    stay = house.arrive(2)
    assert 'class="error"' in cashier.refused(f"/stays/{stay}/dates", departure=typed)
    assert house.stay(stay).departure == day(2)


def test_another_window_is_opened_until_there_are_eight(cashier: Client, house: House) -> None:
    stay = house.arrive()
    for number in range(2, 9):
        assert f"Window {number} was opened." in cashier.done(f"/stays/{stay}/window", name=f"Firm {number}")
    assert "has all its 8 windows" in cashier.refused(f"/stays/{stay}/window")
    assert "has all its 8 windows" in cashier.page(f"/stays/{stay}")


def test_a_check_out_is_taken_back_with_an_approval_only(cashier: Client, house: House) -> None:
    stay = house.arrive(1)
    house.leave(stay)
    page = cashier.refused(f"/stays/{stay}/reinstate")
    assert 'name="approver"' in page
    typed = cashier.form(f"/stays/{stay}/reinstate") | {"approver": "supervisor", "approver_password": PASSWORD}
    assert cashier.send(f"/stays/{stay}/reinstate", typed).status_code == 303
    assert house.stay(stay).status == "in_house"
    (told,) = house.told("stay.reinstated")
    assert (told.operator, (told.after or {})["authorised_by"]) == ("cashier", "supervisor")


def test_the_registration_card_carries_what_the_guest_signs_for(cashier: Client, house: House) -> None:
    stay = house.book(0, 2, "101", payment_method="card")
    page = cashier.page(f"/stays/{stay}/card")
    assert "200.00" in page
    assert "Signature of the guest" in page


def test_who_may_not_check_in_finds_neither_the_page_nor_the_button(app: Flask, house: House) -> None:
    def take_away(session: Session) -> None:
        held = (RoleRight.role_code == "cashier", RoleRight.right == "stay.check_in")
        session.execute(sa.delete(RoleRight).where(*held))

    house.do(take_away)
    client = Client(app).sign_in_as("cashier")
    stay = house.book(room="101")
    assert client.get(f"/stays/{stay}/check-in").status_code == 403
    assert client.get("/walk-in").status_code == 403
    assert "/check-in" not in client.page(f"/stays/{stay}")


def test_every_deed_on_a_stay_writes_who_did_it(cashier: Client, house: House) -> None:
    stay = house.book(room="101")
    cashier.done(f"/stays/{stay}/check-in")
    cashier.done(f"/stays/{stay}/dates", departure=day(3).isoformat())
    done = {each.action: each.operator for each in house.rows(Event, subject=f"stay:{stay}")}
    assert done["stay.checked_in"] == done["stay.extended"] == "cashier"
    assert done["stay.booked"] == CLERK
    assert len(house.rows(Room, occupancy="occupied")) == 1
