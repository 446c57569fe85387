"""The pages of stays that have not begun: found, booked, changed, given a room, cancelled, and their deposits."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from folios.models import Voucher
from frontoffice import companies, guests, rooms, shifts
from frontoffice.app import db
from frontoffice.cashiering import drawers
from frontoffice.models.desk import Note
from frontoffice.models.guests import Guest
from frontoffice.models.stays import Stay, StayNight
from tests.frontoffice.desk_client import PASSWORD, Client
from tests.frontoffice.house import CLERK, House, at_once, day, minor

Desk = Callable[[str], Client]
NEW = "/reservations/new"
SUPERVISOR = {"approver": "supervisor", "approver_password": PASSWORD}


@pytest.fixture
def cashier(desk: Desk) -> Client:
    return desk("cashier")


def open_shift(house: House, cashier: str = "cashier") -> None:
    (drawer,) = house.do(drawers)
    house.do(shifts.open_shift, cashier, drawer.folio_id, 0, cashier)


def approved(client: Client, path: str, **typed: str) -> int:
    """Sends a form with the signature of a supervisor."""
    return client.send(path, client.form(path) | typed | SUPERVISOR).status_code


# --- finding --------------------------------------------------------------------------------------------------


def test_reservations_are_found_by_name_number_dates_state_and_company(cashier: Client, house: House) -> None:
    firm = house.do(companies.add_company, CLERK, code="ACME", name="Acme & Sons").id
    other = house.do(guests.add_guest, CLERK, surname="Ünal").id
    first, second = house.book(1, 3, company_id=firm), house.book(5, 6, guest_id=other)
    gone = house.book(1, 2)
    cashier.done(f"/reservations/{gone}/cancel", reason="ill")

    def found(query: str) -> list[int]:
        page = cashier.page(f"/reservations{query}")
        return [stay for stay in (first, second, gone) if f'href="/stays/{stay}"' in page]

    assert found("") == [first, second]
    assert found("?state=") == [first, second, gone]
    assert found("?state=cancelled") == [gone]
    assert found("?text=unal") == [second]
    assert found(f"?text={second}") == [second]
    assert found("?company=acme+%26") == [first]
    assert found(f"?from={day(4)}") == [second]
    assert found(f"?to={day(4)}&state=confirmed") == [first]


@pytest.mark.parametrize(
    "query",
    [
        "?text=%00",
        "?text=" + "9" * 60,
        "?text=%25_%5C",
        "?from=2026-02-30",
        "?from=0001-01-01&to=9999-12-31",
        "?first=-5",
        "?first=" + "9" * 30,
        "?state=elsewhere",
        "?company=" + "x" * 10_000,
    ],
)
def test_a_search_for_rubbish_finds_nothing_or_everything_but_opens(cashier: Client, house: House, query: str) -> None:
    house.book()
    assert "Reservations" in cashier.page(f"/reservations{query}")


def test_a_guest_is_picked_while_the_name_is_typed(cashier: Client, house: House) -> None:
    house.arrive(1)
    part = cashier.page("/guests/pick?q=gue")
    assert f'value="{house.guest}"' in part
    assert "1 stays, last Mar 1, 2026" in part
    assert "<html" not in part
    assert cashier.page("/guests/pick?surname=nobody") == ""
    assert cashier.page("/guests/pick?q=%00") == ""


# --- booking --------------------------------------------------------------------------------------------------


def test_a_reservation_is_booked_for_a_known_guest_with_everything_at_once(cashier: Client, house: House) -> None:
    house.do(companies.add_company, CLERK, code="ACME", name="Acme")
    page = cashier.done(
        NEW,
        guest_id=str(house.guest),
        arrival=day(3).isoformat(),
        nights="2",
        room="102",
        company="ACME",
        adults="2",
        children="1",
        agent="Travel & Co",
        payment_method="card",
        remark="<u>quiet</u>",
        deposit_note="50.00 by card",
        deposit_due=day(1).isoformat(),
        deposit_asked_minor="50.00",
        guaranteed="y",
    )
    assert "was booked." in page
    assert "50.00 not there yet" in page
    assert "&lt;u&gt;quiet&lt;/u&gt;" in page
    (stay,) = house.rows(Stay)
    assert (stay.arrival, stay.departure, stay.adults, stay.children) == (day(3), day(5), 2, 1)
    assert (stay.guaranteed, stay.deposit_asked_minor, stay.deposit_due_on) == (True, 5000, day(1))
    assert house.nights(stay.id) == [(3, "102", "100.00"), (4, "102", "100.00")]
    (note,) = house.rows(Note)
    assert (note.text, note.due_on) == ("Deposit: 50.00 by card", day(1))
    assert len(house.rows(Guest)) == 1


def test_somebody_new_is_entered_with_the_reservation(cashier: Client, house: House) -> None:
    cashier.done(NEW, surname="Newcomer", first_names="Ms.", email="a@example.org")
    (guest,) = house.rows(Guest, surname="Newcomer")
    (stay,) = house.rows(Stay)
    assert stay.guest_id == guest.id


def test_a_name_that_is_known_is_asked_about_before_a_second_profile_comes_of_it(cashier: Client, house: House) -> None:
    page = cashier.refused(NEW, surname="guest", first_names="mr.")
    assert "Guest, Mr. is known already." in page
    assert f'value="{house.guest}"' in page
    cashier.done(NEW, surname="guest", first_names="mr.", guest_id="new")
    assert len(house.rows(Guest)) == 2


def test_what_can_be_booked_and_each_nights_price_stand_beside_before_it_is_saved(
    cashier: Client, house: House
) -> None:
    house.book(0, 1)
    part = cashier.page(f"/reservations/offers?arrival={day(0)}&nights=2&room_type_id={house.standard}&rate_code=BAR")
    assert "200.00" in part
    assert "Mar 1" in part
    assert ">3<" in part  # rooms left on the fuller night
    suite = cashier.page(f"/reservations/offers?arrival={day(0)}&nights=2&room_type_id={house.suite}&rate_code=BAR")
    assert "500.00" in suite
    unpriced = cashier.page(f"/reservations/offers?arrival={day(299)}&nights=2&rate_code=BAR")
    assert "has no price for" in unpriced


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("arrival=2026-02-30&nights=1", "Say how many nights"),
        ("arrival=2020-01-01&nights=1", "is over"),
        ("arrival=2026-03-01&nights=999", "A stay has at most 365 nights"),
        ("arrival=2026-03-05&departure=2026-03-01", "is before the arrival"),
        ("arrival=9999-12-31&nights=1", ""),
        ("arrival=2026-03-01&departure=9999-12-31", ""),
        ("", "Say how many nights"),
        ("arrival=2026-03-01&nights=1&room_type_id=abc&rate_code=NONE&price=x", ""),
    ],
)
def test_offers_for_dates_that_cannot_be_say_why(cashier: Client, query: str, said: str) -> None:
    assert said in cashier.page(f"/reservations/offers?{query}")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"arrival": ""}, "Fill this in."),
        ({"arrival": "2026-02-30"}, "There is no such day."),
        ({"arrival": "9999-12-31"}, "too far away"),
        ({"arrival": "2020-01-01"}, "is over"),
        ({"nights": ""}, "Say how many nights, or the departure."),
        ({"nights": "2", "departure": "2026-03-20"}, "Clear one of the two."),
        ({"nights": "", "departure": "2026-02-01"}, "is before the arrival"),
        ({"nights": "400"}, "A stay has at most 365 nights"),
        ({"adults": "0"}, "at least one adult"),
        ({"adults": "1000000000"}, "is not a whole number"),
        ({"room": "999"}, "There is no room 999."),
        ({"room": "a\0"}, "cannot be stored"),
        ({"company": "NONE"}, "There is no company NONE."),
        ({"guest_id": "999"}, "There is no guest 999."),
        ({"guest_id": "abc"}, "There is no guest abc."),
        ({"room_type_id": "77"}, "Choose one of these."),
        ({"rate_code": ""}, "Fill this in."),
        ({"surname": "x" * 10_000}, "characters long"),
        ({"surname": ""}, "Fill this in."),
        ({"price": "1,2,3,4"}, 'class="error"'),
        ({"deposit_note": "soon", "deposit_due": "2026-02-01"}, "is over"),
        ({"deposit_asked_minor": "50"}, "needs its amount and the day"),
        ({"deposit_asked_minor": "-5", "deposit_due": "2026-03-01"}, 'class="error"'),
        ({"deposit_asked_minor": "much"}, 'class="error"'),
    ],
)
def test_a_reservation_that_cannot_be_says_why_and_keeps_what_was_typed(
    cashier: Client, house: House, typed: dict[str, str], said: str
) -> None:
    before = house.contents()
    page = cashier.refused(NEW, **({"surname": "Somebody", "agent": "kept words"} | typed))
    assert said in page
    assert "kept words" in page
    assert house.contents() == before


def test_another_price_and_a_free_stay_need_an_approval(cashier: Client, house: House) -> None:
    assert "need an approval" in cashier.refused(NEW, surname="One", price="60", reason="friend")
    assert "need an approval" in cashier.refused(NEW, surname="One", nature="complimentary")
    assert approved(cashier, NEW, surname="One", price="60", reason="friend of the house") == 303
    (night,) = house.rows(StayNight)
    assert (night.price_minor, night.override_reason, night.overridden_by) == (
        minor("60.00"),
        "friend of the house",
        "supervisor",
    )


def test_the_trail_tells_who_approved_a_stay_that_does_not_pay(cashier: Client, house: House) -> None:
    assert approved(cashier, NEW, surname="One", nature="complimentary") == 303
    (booked,) = house.told("stay.booked")
    assert (booked.operator, (booked.after or {})["authorised_by"]) == ("cashier", "supervisor")
    stay = house.book(2, 4)
    assert approved(cashier, f"/reservations/{stay}/edit", nature="house_use") == 303
    (amended,) = house.told("stay.amended")
    assert amended.after == {"nature": "house_use", "authorised_by": "supervisor"}


def test_a_supervisor_books_another_price_without_asking_anybody(desk: Desk, house: House) -> None:
    desk("supervisor").done(NEW, surname="One", price="60", reason="friend")
    (night,) = house.rows(StayNight)
    assert night.overridden_by == "supervisor"


def test_a_reservation_that_is_sent_twice_is_one(cashier: Client, house: House) -> None:
    fields = cashier.form(NEW) | {"surname": "Once"}
    locations = [cashier.send(NEW, fields).headers["Location"] for _time in range(2)]
    assert locations[0] == locations[1]
    assert len(house.rows(Stay)) == len(house.rows(Guest, surname="Once")) == 1


def test_two_clerks_who_book_the_last_room_book_it_once(desk: Desk, house: House) -> None:
    clients = [desk("cashier"), desk("supervisor")]
    suite = {"room_type_id": str(house.suite)}
    forms = [each.form(NEW) | suite | {"surname": f"Guest {n}"} for n, each in enumerate(clients)]
    answers: list[Any] = at_once([partial(c.send, NEW, form) for c, form in zip(clients, forms, strict=True)])
    assert sorted(each.status_code for each in answers) == [303, 409]
    assert "No SUI is left" in next(each.text for each in answers if each.status_code == 409)
    assert len(house.rows(Stay)) == 1


# --- changing -------------------------------------------------------------------------------------------------


def test_dates_type_and_details_are_changed_before_the_stay_begins(cashier: Client, house: House) -> None:
    stay = house.book(0, 1, "101")
    cashier.done(
        f"/reservations/{stay}/edit",
        departure=day(3).isoformat(),
        room_type_id=str(house.suite),
        remark="sea side",
        payment_method="card",
        guaranteed="y",
        deposit_asked_minor="75",
        deposit_due_on=day(0).isoformat(),
    )
    found = house.stay(stay)
    assert (found.departure, found.room_type_id, found.room_id, found.remark) == (day(3), house.suite, None, "sea side")
    assert (found.guaranteed, found.deposit_asked_minor, found.deposit_due_on) == (True, 7500, day(0))
    assert [price for _day, _room, price in house.nights(stay)] == ["250.00"] * 3
    assert "needs its amount and the day" in cashier.refused(f"/reservations/{stay}/edit", deposit_due_on="")


def test_who_was_faster_is_shown_and_can_be_overwritten_knowingly(cashier: Client, desk: Desk, house: House) -> None:
    stay = house.book()
    path = f"/reservations/{stay}/edit"
    mine = cashier.form(path) | {"remark": "mine"}
    desk("supervisor").done(path, remark="theirs")
    answer = cashier.send(path, mine)
    assert answer.status_code == 409
    assert "Meanwhile changed to: theirs" in answer.text
    assert house.stay(stay).remark == "theirs"


def test_of_a_stay_in_house_only_the_details_can_be_changed(cashier: Client, house: House) -> None:
    stay = house.arrive(2)
    fields = cashier.form(f"/reservations/{stay}/edit")
    assert "arrival" not in fields
    cashier.done(f"/reservations/{stay}/edit", adults="2")
    assert house.stay(stay).adults == 2


def test_a_room_is_assigned_and_taken_off_and_the_reasons_for_others_stand_there(cashier: Client, house: House) -> None:
    stay, other = house.book(), house.book(room="102")
    page = cashier.page(f"/reservations/{stay}/room")
    assert f"Room 102 is given to stay {other}" in page
    cashier.done(f"/reservations/{stay}/room", room_id=str(house.rooms["101"]))
    assert house.stay(stay).room_id == house.rooms["101"]
    cashier.done(f"/reservations/{stay}/room", room_id="")
    assert house.stay(stay).room_id is None


def test_two_clerks_who_give_the_same_room_give_it_once_and_the_second_is_told(desk: Desk, house: House) -> None:
    stays = [house.book(), house.book()]
    clients = [desk("cashier"), desk("supervisor")]
    room = {"room_id": str(house.rooms["103"])}
    paths = [f"/reservations/{stay}/room" for stay in stays]
    forms = [client.form(path) | room for client, path in zip(clients, paths, strict=True)]
    first = clients[0].send(paths[0], forms[0])
    second = clients[1].send(paths[1], forms[1])
    assert first.status_code == 303
    assert second.status_code in (409, 422)
    assert "103" in second.text
    assert [house.stay(stay).room_id for stay in stays] == [house.rooms["103"], None]


def test_two_who_give_the_same_room_at_the_same_moment_give_it_once(desk: Desk, house: House) -> None:
    stays = [house.book(), house.book()]
    clients = [desk("cashier"), desk("supervisor")]
    paths = [f"/reservations/{stay}/room" for stay in stays]
    room = {"room_id": str(house.rooms["103"])}
    forms = [client.form(path) | room for client, path in zip(clients, paths, strict=True)]
    answers: list[Any] = at_once([partial(c.send, p, f) for c, p, f in zip(clients, paths, forms, strict=True)])
    assert [each.status_code for each in answers].count(303) == 1
    given = [house.stay(stay).room_id for stay in stays]
    assert sorted(given, key=str) == sorted([house.rooms["103"], None], key=str)


def test_a_room_out_of_service_needs_to_be_accepted(cashier: Client, house: House) -> None:
    period = {"from_date": day(0), "to_date": day(2), "reason": "no television", "operator": CLERK}
    house.do(rooms.put_out, house.rooms["101"], kind="out_of_service", **period)
    stay, chosen = house.book(), str(house.rooms["101"])
    assert "no television" in cashier.refused(f"/reservations/{stay}/room", room_id=chosen)
    cashier.done(f"/reservations/{stay}/room", room_id=chosen, accept_out_of_service="y")


def test_another_price_for_some_nights_is_agreed_with_an_approval(cashier: Client, house: House) -> None:
    stay = house.book(0, 3)
    path = f"/reservations/{stay}/price"
    assert 'name="approver"' in cashier.refused(path, price="80", reason="noise")
    typed = {"first": day(1).isoformat(), "last": day(1).isoformat(), "price": "80", "reason": "noise"}
    assert approved(cashier, path, **typed) == 303
    assert [price for _day, _room, price in house.nights(stay)] == ["100.00", "80.00", "100.00"]
    (night,) = house.rows(StayNight, stay_id=stay, date=day(1))
    assert night.overridden_by == "supervisor"
    assert approved(cashier, path, **(typed | {"first": day(9).isoformat(), "last": day(9).isoformat()})) == 422


# --- not coming -----------------------------------------------------------------------------------------------


def test_a_cancellation_says_why_and_frees_the_room(cashier: Client, house: House) -> None:
    stay = house.book(room="101")
    assert "Fill this in." in cashier.refused(f"/reservations/{stay}/cancel")
    assert "was cancelled." in cashier.done(f"/reservations/{stay}/cancel", reason="ill")
    found = house.stay(stay)
    assert (found.status, found.room_id) == ("cancelled", None)
    assert "is cancelled. Not possible" in cashier.refused(f"/reservations/{stay}/cancel", reason="again")


def test_a_fee_is_charged_against_the_deposit_of_who_cancels(cashier: Client, house: House) -> None:
    open_shift(house)
    stay = house.book()
    cashier.done(f"/reservations/{stay}/deposit", amount="100", code="VISA")
    assert "Say what the fee is charged as." in cashier.refused(f"/reservations/{stay}/cancel", reason="ill", fee="60")
    assert house.stay(stay).status == "confirmed"
    cashier.done(f"/reservations/{stay}/cancel", reason="ill", fee="60", fee_code="RESTAURANT")
    assert float(house.balance(house.window(stay))) < 0
    assert house.stay(stay).status == "cancelled"


def test_a_no_show_is_marked_when_due_and_not_before(cashier: Client, house: House) -> None:
    due, later = house.book(), house.book(2, 3)
    assert "it is no no-show before" in cashier.page(f"/stays/{later}")
    assert "it is no no-show before" in cashier.refused(f"/reservations/{later}/no-show")
    cashier.done(f"/reservations/{due}/no-show")
    assert house.stay(due).status == "no_show"


# --- deposits -------------------------------------------------------------------------------------------------


def test_a_deposit_is_taken_through_the_open_shift_and_shown(cashier: Client, house: House) -> None:
    stay = house.book(1, 2)
    path = f"/reservations/{stay}/deposit"
    assert "You have no open shift" in cashier.refused(path, amount="50", code="CASH")
    open_shift(house)
    page = cashier.done(path, amount="50", code="CASH", reference="R 7")
    assert "The deposit was taken." in page
    assert "50.00" in page
    assert "R 7" in page


def test_a_deposit_that_is_sent_twice_is_taken_once(cashier: Client, house: House) -> None:
    open_shift(house)
    stay = house.book(1, 2)
    path = f"/reservations/{stay}/deposit"
    fields = cashier.form(path) | {"amount": "50", "code": "CASH"}
    assert [cashier.send(path, fields).status_code for _time in range(2)] == [303, 303]
    folio = house.stay(stay).deposit_folio_id
    assert folio is not None
    assert house.balance(folio) == "-50.00"


@pytest.mark.parametrize("amount", ["0", "-5", "abc", "", "999999999999999999999999"])
def test_a_deposit_of_no_amount_is_refused_beside_the_amount(cashier: Client, house: House, amount: str) -> None:
    open_shift(house)
    stay = house.book(1, 2)
    page = cashier.refused(f"/reservations/{stay}/deposit", amount=amount, code="CASH")
    assert 'class="error"' in page
    assert house.stay(stay).deposit_folio_id is None


def test_a_deposit_goes_back_the_way_it_came_with_an_approval(cashier: Client, house: House) -> None:
    open_shift(house)
    stay = house.book(1, 2)
    cashier.done(f"/reservations/{stay}/deposit", amount="50", code="CASH")
    path = f"/reservations/{stay}/deposit/refund"
    assert 'name="approver"' in cashier.refused(path, amount="50", code="CASH", reason="ill")
    assert approved(cashier, path, amount="60", code="CASH", reason="ill") in (409, 422)
    assert approved(cashier, path, amount="50", code="CASH", reason="ill") == 303
    folio = house.stay(stay).deposit_folio_id
    assert folio is not None
    assert house.balance(folio) == "0.00"


def test_a_deposit_that_was_billed_goes_back_to_the_company_it_was_billed_to(cashier: Client, house: House) -> None:
    open_shift(house)
    firm = house.do(companies.add_company, CLERK, code="ACME", name="Acme & Sons").id
    stay = house.book(1, 2, company_id=firm)
    cashier.done(f"/reservations/{stay}/deposit", amount="50", code="BILL")
    path = f"/reservations/{stay}/deposit/refund"
    assert approved(cashier, path, amount="50", code="BILL", reason="ill") == 303
    receivable = house.do(companies.receivable_folio, firm, CLERK).id
    assert house.balance(receivable) == "0.00"
    assert house.rows(Voucher)[-1].authorised_by == "supervisor"


def test_a_deposit_moves_to_another_stay_and_is_used_for_the_fee_of_a_cancelled_one(
    cashier: Client, house: House
) -> None:
    open_shift(house)
    first, second = house.book(1, 2), house.book(3, 4)
    cashier.done(f"/reservations/{first}/deposit", amount="50", code="VISA")
    path = f"/reservations/{first}/deposit/move"
    for wrong in ("777", "abc", "9" * 40, str(first)):
        assert 'class="error"' in cashier.refused(path, to=wrong), wrong
    cashier.done(path, to=str(second))
    folio = house.stay(second).deposit_folio_id
    assert folio is not None
    assert house.balance(folio) == "-50.00"
    assert "has no deposit" in cashier.refused(f"/reservations/{first}/deposit/move", to=str(second))
    cashier.done(f"/reservations/{second}/cancel", reason="ill")
    answer = cashier.submit(f"/reservations/{second}/deposit/use")
    assert answer.headers["Location"] == f"/folios/{house.window(second)}"
    assert house.balance(house.window(second)) == "-50.00"


def test_the_list_asks_the_same_number_of_statements_however_long(cashier: Client, house: House) -> None:
    counts = []
    for _round in range(2):
        house.book(1, 2)
        seen: list[str] = []

        def count(*facts: object, into: list[str] = seen) -> None:
            into.append(str(facts[2]))

        with cashier.app.app_context():
            engine = db.engine
        sa.event.listen(engine, "before_cursor_execute", count)
        cashier.page("/reservations")
        sa.event.remove(engine, "before_cursor_execute", count)
        counts.append(len(seen))
    assert counts[0] == counts[1]
