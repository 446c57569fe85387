"""Charging from outlets in the browser: folios stopped and allowed, people in a room, cards given and taken back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from folios.folios import close_folio
from frontoffice import accounts, charge_cards, charge_stops, guests, sharers, windows
from frontoffice.models.charging import ChargeCard, ChargeStop, StaySharer
from frontoffice.models.guests import Guest
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import CLERK, House

Desk = Callable[[str], Client]


@pytest.fixture
def cashier(desk: Desk) -> Client:
    return desk("cashier")


@pytest.fixture
def outlets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(charge_stops, "OUTLETS", [lambda _session: [("BAR", "Bar"), ("SPA", "Spa")]])


def silva(house: House, first_names: str = "Ana") -> int:
    return house.do(guests.add_guest, CLERK, surname="Silva", first_names=first_names).id


def share(house: House, stay: int, guest_id: int) -> None:
    house.do(sharers.add_sharer, stay, guest_id, CLERK)


# --- stops ----------------------------------------------------------------------------------------------------


def test_a_stop_is_set_in_its_panel_stands_on_folio_and_stay_and_is_lifted_by_one_button(
    cashier: Client, house: House
) -> None:
    stay = house.arrive()
    folio = house.window(stay)
    page = cashier.page(f"/folios/{folio}")
    assert f'formaction="/folios/{folio}/stop" data-key="n"' in page
    panel = cashier.form(f"/folios/{folio}/stop")
    assert "outlet" not in panel  # nobody knows of outlets: it is every one
    page = cashier.done(f"/folios/{folio}/stop", reason="<b>Lost key</b>")
    assert "No charges from outlets" in page
    assert "&lt;b&gt;Lost key&lt;/b&gt;" in page
    assert "No charges from outlets" in cashier.page(f"/stays/{stay}")
    (stop,) = house.rows(ChargeStop)
    page = cashier.done(f"/folios/{folio}/stop/{stop.id}/lift", on=f"/folios/{folio}")
    assert "Outlets may charge again." in page
    assert "No charges from outlets" not in page
    assert house.rows(ChargeStop) == []


def test_one_outlet_is_chosen_where_outlets_are_known(cashier: Client, house: House, outlets: None) -> None:
    stay = house.arrive()
    folio = house.window(stay)
    cashier.done(f"/folios/{folio}/stop", outlet="SPA", reason="Treatment unpaid")
    assert "No charges from Spa" in cashier.page(f"/folios/{folio}")
    assert "No charges from Spa" in cashier.page(f"/stays/{stay}")
    text = cashier.refused(f"/folios/{folio}/stop", outlet="SPA", reason="Again")
    assert "is stopped already" in text
    assert "Again" in text
    assert "Choose one of these." in cashier.refused(f"/folios/{folio}/stop", outlet="POOL", reason="Again")
    cashier.done(f"/folios/{folio}/stop", reason="Lost key")
    assert [(each.outlet, each.reason) for each in house.rows(ChargeStop)] == [
        ("SPA", "Treatment unpaid"),
        (None, "Lost key"),
    ]


@pytest.mark.parametrize(("reason", "said"), [("", "Fill this in."), ("x" * 201, "200"), ("a\0", "cannot be stored")])
def test_a_stop_without_a_reason_is_refused_beside_the_field(
    cashier: Client, house: House, reason: str, said: str
) -> None:
    folio = house.window(house.arrive())
    assert said in cashier.refused(f"/folios/{folio}/stop", reason=reason)
    assert house.rows(ChargeStop) == []


def test_a_stop_that_is_sent_twice_or_lifted_twice_is_done_once(cashier: Client, desk: Desk, house: House) -> None:
    folio = house.window(house.arrive())
    fields = cashier.form(f"/folios/{folio}/stop") | {"reason": "Lost key"}
    for _ in range(2):
        assert cashier.send(f"/folios/{folio}/stop", fields).status_code == 303
    (stop,) = house.rows(ChargeStop)
    lift, other = f"/folios/{folio}/stop/{stop.id}/lift", desk("supervisor")
    fields, theirs = cashier.form(lift, on=f"/folios/{folio}"), other.form(lift, on=f"/folios/{folio}")
    for _ in range(2):
        assert cashier.send(lift, fields).status_code == 303
    late = other.send(lift, theirs)
    assert late.status_code == 404
    assert "Somebody may have lifted it meanwhile" in late.text
    assert len(house.told("folio.charging.allowed")) == 1


def test_the_button_is_grey_on_a_closed_folio_and_absent_on_a_control_folio(cashier: Client, house: House) -> None:
    folio = house.window(house.arrive())
    house.do(close_folio, folio, CLERK)
    page = cashier.page(f"/folios/{folio}")
    assert f'formaction="/folios/{folio}/stop"' not in page
    assert "Stop outlets" in page
    assert "is closed" in cashier.refused(f"/folios/{folio}/stop", reason="Late")


# --- who else lives in a room ---------------------------------------------------------------------------------


def test_somebody_known_is_added_to_a_room_and_taken_out_by_one_button(cashier: Client, house: House) -> None:
    stay, ana = house.arrive(adults=2), silva(house)
    page = cashier.page(f"/stays/{stay}")
    assert f'href="/stays/{stay}/sharer" data-key="a"' in page
    page = cashier.done(f"/stays/{stay}/sharer", surname="Silva", guest_id=str(ana), window="1")
    assert "Silva, Ana" in page
    assert "charges to window 1" in page
    assert "Change the party first" in page  # the button is grey, and says why
    assert "somebody added to the room" in page
    page = cashier.done(f"/stays/{stay}/sharer/{ana}/remove", on=f"/stays/{stay}")
    assert "charges to window" not in page
    assert house.rows(StaySharer) == []


def test_somebody_new_is_entered_with_it_and_a_known_name_asks_who_it_is(cashier: Client, house: House) -> None:
    stay = house.book(adults=3)
    cashier.done(f"/stays/{stay}/sharer", surname="Costa", first_names="Rui", email="rui@example.com")
    (rui,) = house.rows(Guest, surname="Costa")
    assert rui.email == "rui@example.com"
    text = cashier.refused(f"/stays/{stay}/sharer", surname="Guest", first_names="Mr.")
    assert "is known already" in text
    text = cashier.refused(f"/stays/{stay}/sharer", guest_id=str(house.guest))
    assert "own. Choose who else" in text
    text = cashier.refused(f"/stays/{stay}/sharer", guest_id=str(rui.id))
    assert "lives in the room of stay" in text
    assert "Fill this in." in cashier.refused(f"/stays/{stay}/sharer", surname="")
    assert len(house.rows(Guest)) == 2  # a refusal enters nobody


def test_a_refused_sharer_who_is_new_is_not_entered(cashier: Client, house: House) -> None:
    stay = house.arrive(adults=1)
    assert "Change the party first" in cashier.refused(f"/stays/{stay}/sharer", surname="Costa")
    assert house.rows(Guest, surname="Costa") == []


def test_charges_are_sent_to_another_window_and_who_was_faster_is_shown(
    cashier: Client, desk: Desk, house: House
) -> None:
    stay, ana = house.arrive(adults=2), silva(house)
    for _ in range(2):
        house.do(windows.open_window, stay, CLERK)
    share(house, stay, ana)
    path = f"/stays/{stay}/sharer/{ana}/window"
    assert f'href="{path}"' in cashier.page(f"/stays/{stay}")
    fields, other = cashier.form(path), desk("supervisor")
    other.done(path, window="2")
    late = cashier.send(path, fields | {"window": "3"})
    assert late.status_code == 409
    assert "Somebody changed this meanwhile" in late.text
    assert "Meanwhile changed to: 2" in late.text
    again = cashier.form(path) | {"window": "3"}
    assert cashier.send(path, again).status_code == 303
    assert [each.window for each in house.rows(StaySharer)] == [3]


def test_a_sharer_that_is_sent_twice_is_added_once(cashier: Client, house: House) -> None:
    stay = house.arrive(adults=2)
    fields = cashier.form(f"/stays/{stay}/sharer") | {"surname": "Costa"}
    for _ in range(2):
        assert cashier.send(f"/stays/{stay}/sharer", fields).status_code == 303
    assert len(house.rows(StaySharer)) == len(house.rows(Guest, surname="Costa")) == 1


def test_a_sharer_s_profile_and_the_desk_s_box_lead_to_the_room(cashier: Client, house: House) -> None:
    stay, ana = house.arrive(adults=2), silva(house)
    share(house, stay, ana)
    page = cashier.page(f"/guests/{ana}")
    assert f'<a href="/stays/{stay}">' in page
    assert "shares with Guest, Mr." in page
    assert "shares with" not in cashier.page(f"/guests/{house.guest}")
    assert f"/stays/{stay}" in cashier.page("/?find=silva")
    assert cashier.get("/search?q=silva").headers["Location"].endswith(f"/stays/{stay}")


def test_a_departed_stay_shows_its_people_and_cards_without_a_button(cashier: Client, house: House) -> None:
    stay, ana = house.arrive(departure=1, adults=2), silva(house)
    share(house, stay, ana)
    house.do(charge_cards.give_card, "KEY1", CLERK, stay_id=stay)
    house.leave(stay)
    page = cashier.page(f"/stays/{stay}")
    assert "Silva, Ana" in page
    assert "of no use any more" in page
    assert f"/stays/{stay}/sharer" not in page
    assert f"/stays/{stay}/card/give" not in page
    assert cashier.submit(f"/stays/{stay}/card/give", number="KEY2").status_code == 409


# --- cards ----------------------------------------------------------------------------------------------------


def test_a_card_is_given_to_a_stay_and_taken_back_by_one_button(cashier: Client, house: House) -> None:
    stay = house.arrive()
    page = cashier.done(f"/stays/{stay}/card/give", number="key 1")
    assert "Card KEY1 was given." in page
    page = cashier.done("/cards/KEY1/take-back", on=f"/stays/{stay}")
    assert "Card KEY1 was taken back." in page
    assert [each.active for each in house.rows(ChargeCard)] == [False]


@pytest.mark.parametrize("type", charge_cards.ACCOUNTS)
def test_accounts_have_cards_and_windows_have_no_button_for_one(cashier: Client, house: House, type: str) -> None:
    folio, window = house.do(accounts.open_account, type, "Porter", CLERK).id, house.window(house.arrive())
    assert f'formaction="/folios/{folio}/card" data-key="v"' in cashier.page(f"/folios/{folio}")
    assert f"/folios/{window}/card" not in cashier.page(f"/folios/{window}")
    assert "KEY9" in cashier.done(f"/folios/{folio}/card", number="KEY9")
    assert "is none of these" in cashier.refused(f"/folios/{window}/card", number="KEY8")
    page = cashier.done("/cards/KEY9/take-back", on=f"/folios/{folio}")
    assert "<strong>KEY9</strong>" not in page


def test_a_payment_card_is_refused_beside_the_field_and_not_repeated_there(cashier: Client, house: House) -> None:
    stay = house.arrive()
    text = cashier.refused(f"/stays/{stay}/card/give", number="4111 1111 1111 1111")
    assert "number of a payment card, which is never kept here" in text
    assert "4111" not in text
    assert house.rows(ChargeCard) == []


def test_a_card_that_is_somebody_s_says_whose_and_a_departed_one_s_is_given_anew(cashier: Client, house: House) -> None:
    first, second = house.arrive(departure=1), house.arrive(room="102")
    cashier.done(f"/stays/{first}/card/give", number="KEY1")
    text = cashier.refused(f"/stays/{second}/card/give", number="KEY1")
    assert "belongs to Guest, Mr. (101)" in text
    house.leave(first)
    assert "KEY1" in cashier.done(f"/stays/{second}/card/give", number="KEY1")
    assert "KEY1" not in cashier.page(f"/stays/{first}")


def test_a_button_that_was_shown_before_the_card_went_to_another_takes_nothing_back(
    cashier: Client, house: House
) -> None:
    first, second = house.arrive(departure=1), house.arrive(room="102")
    house.do(charge_cards.give_card, "KEY1", CLERK, stay_id=first)
    fields = cashier.form("/cards/KEY1/take-back", on=f"/stays/{first}")
    house.leave(first)
    house.do(charge_cards.give_card, "KEY1", CLERK, stay_id=second)
    late = cashier.send("/cards/KEY1/take-back", fields)
    assert late.status_code == 409
    assert [each.active for each in house.rows(ChargeCard)] == [True]


def test_a_card_that_is_given_twice_or_taken_back_twice_is_so_once(cashier: Client, house: House) -> None:
    stay = house.arrive()
    fields = cashier.form(f"/stays/{stay}/card/give") | {"number": "KEY1"}
    for _ in range(2):
        assert cashier.send(f"/stays/{stay}/card/give", fields).status_code == 303
    back = cashier.form("/cards/KEY1/take-back", on=f"/stays/{stay}")
    for _ in range(2):
        assert cashier.send("/cards/KEY1/take-back", back).status_code == 303
    assert (len(house.told("card.given")), len(house.told("card.taken_back"))) == (1, 1)


@pytest.mark.parametrize("number", ["NONE", "a%00b", "..%2F..%2Fetc", "x" * 300])
def test_a_card_that_is_not_there_is_no_page(cashier: Client, number: str) -> None:
    assert cashier.get(f"/cards/{number}/take-back").status_code == 404
