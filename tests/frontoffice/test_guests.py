"""Guests: entered, found whatever their accents, amended under an optimistic lock."""

from __future__ import annotations

from typing import Any

import pytest

from folios.errors import ChangedMeanwhile, TextInvalid, TextTooLong
from frontoffice import guests
from frontoffice.fields import CountryUnknown, EmailInvalid, FieldMissing, FieldUnknown, LanguageUnknown
from frontoffice.models.guests import Guest
from frontoffice.signals import guest_changed
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, House


def test_a_guest_is_entered_with_what_a_bill_needs(house: House) -> None:
    guest = house.do(
        guests.add_guest,
        CLERK,
        surname=" Guest ",
        first_names="Ms.",
        country="pt",
        language="PT",
        email="guest@example.org",
        address="Street 1\nBack door",
        vat_number="PT999999990",
    )
    assert (guest.name, guest.country, guest.language) == ("Guest, Ms.", "PT", "pt")
    assert house.told("guest.entered")[-1].subject == f"guest:{guest.id}"


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"surname": None}, FieldMissing),
        ({"surname": " \t"}, FieldMissing),
        ({"surname": "Guest\x00"}, TextInvalid),
        ({"surname": "G" * 10_000}, TextTooLong),
        ({"remark": "G" * 10_000}, TextTooLong),
        ({"country": "XX"}, CountryUnknown),
        ({"language": "zq"}, LanguageUnknown),
        ({"email": "guest"}, EmailInvalid),
        ({"email": "@example.org"}, EmailInvalid),
        ({"email": "a guest@example.org"}, EmailInvalid),
        ({"shoe_size": "42"}, FieldUnknown),
    ],
)
def test_a_guest_that_cannot_be_is_refused(house: House, fields: dict[str, Any], refusal: type) -> None:
    with house.refuses(refusal):
        house.do(guests.add_guest, CLERK, **{"surname": "Guest"} | fields)


def test_text_in_any_script_and_html_is_kept_as_it_is(house: House) -> None:
    for surname in ("<b>Guest</b>", "Гость", "客人", "ضيف", "Guest; DROP TABLE guest"):
        guest = house.do(guests.add_guest, CLERK, surname=surname)
        assert house.rows(Guest, id=guest.id)[0].surname == surname


@pytest.mark.parametrize("text", ["gu", "GUÉ", "Guést, mr", "guest,", "guest,MR"])
def test_a_guest_is_found_whatever_the_accents_and_capitals(house: House, text: str) -> None:
    house.do(guests.add_guest, CLERK, surname="Other")
    assert [guest.id for guest in house.do(guests.find_guests, text)] == [house.guest]


@pytest.mark.parametrize("text", ["", "  ", "mr", "%", "_uest"])
def test_nobody_is_found_by_nothing_or_by_a_pattern(house: House, text: str) -> None:
    assert house.do(guests.find_guests, text) == []


def test_a_guest_is_amended_and_found_under_the_new_name(house: House) -> None:
    house.do(guests.amend_guest, house.guest, 1, {"surname": "Visitor", "phone": "1"}, CLERK)
    assert [guest.name for guest in house.do(guests.find_guests, "visitor, m")] == ["Visitor, Mr."]
    (told,) = house.told("guest.amended")
    assert (told.before["surname"], told.after["surname"]) == ("Guest", "Visitor")
    with house.refuses(FieldMissing):
        house.do(guests.amend_guest, house.guest, 2, {"surname": ""}, CLERK)


def test_a_guest_that_was_changed_meanwhile_is_not_overwritten(house: House) -> None:
    house.do(guests.amend_guest, house.guest, 1, {"phone": "1"}, CLERK)
    with house.refuses(ChangedMeanwhile) as refused:
        house.do(guests.amend_guest, house.guest, 1, {"phone": "2"}, CLERK)
    assert "phone: 1 / 2" in refused.value.text()


def test_an_unknown_guest_is_refused(house: House) -> None:
    with house.refuses(guests.GuestUnknown):
        house.do(guests.get_guest, 999)
    with house.refuses(guests.GuestUnknown):
        house.do(guests.amend_guest, 999, 1, {"phone": "1"}, CLERK)


def test_the_floors_above_hear_of_a_change_only_while_the_guest_is_in_house(house: House) -> None:
    heard: list[list[int]] = []

    def listen(_sender: object, stay_ids: list[int]) -> None:
        heard.append(stay_ids)

    with guest_changed.connected_to(listen):
        house.do(guests.amend_guest, house.guest, 1, {"phone": "1"}, CLERK)
        stay = house.arrive()
        house.do(guests.amend_guest, house.guest, 2, {"phone": "2"}, CLERK)
        house.do(guests.amend_guest, house.guest, 3, {"phone": "2"}, CLERK)
    assert heard == [[stay]]


def test_entering_many_guests_takes_no_more_statements_than_a_few(house: House) -> None:
    counts = []
    for count in (5, 50):
        with statements(house.engine) as sent:
            house.do(guests.add_guests, [{"surname": f"Guest {number}"} for number in range(count)], CLERK)
        counts.append(len(sent))
    assert counts[0] == counts[1]
    assert house.do(guests.add_guests, [], CLERK) == []
