"""Cards of the house: given to one, taken back, given anew when nobody charges by them; never payment cards."""

from __future__ import annotations

from typing import Any

import pytest

from folios.errors import ChangedMeanwhile, ControlFolioByHand, FolioClosed, FolioUnknown, TextTooLong
from folios.folios import close_folio, find_folio
from frontoffice import accounts, charge_cards, reservations, stays
from frontoffice.charge_cards import (
    CardBack,
    CardInUse,
    CardNumberInvalid,
    CardOfNobody,
    CardUnknown,
    PaymentCard,
    card_number,
    is_payment_card,
)
from frontoffice.fields import FieldMissing
from frontoffice.lifecycle import StateForbids, StayUnknown
from frontoffice.models.charging import ChargeCard
from tests.frontoffice.house import CLERK, FIRST_DAY, House, at_once


def give(house: House, number: str = "KEY1", operator: str = CLERK, **owner: Any) -> ChargeCard:
    return house.do(charge_cards.give_card, number, operator, **owner)


def account(house: House, type: str = "staff", name: str = "Porter") -> int:
    return house.do(accounts.open_account, type, name, CLERK).id


def numbers(cards: list[ChargeCard]) -> list[str]:
    return [each.number for each in cards]


def test_a_card_is_given_to_a_stay_and_taken_back(house: House) -> None:
    stay = house.arrive()
    card = give(house, " key 17-b ", stay_id=stay)
    assert (card.number, card.stay_id, card.folio_id, card.active) == ("KEY17-B", stay, None, True)
    assert (card.given_on, card.given_by) == (FIRST_DAY, CLERK)
    assert numbers(house.do(charge_cards.cards_of, stay_ids=[stay])[stay]) == ["KEY17-B"]
    house.do(charge_cards.take_card_back, "KEY17-B", 1, "other")
    assert house.do(charge_cards.cards_of, stay_ids=[stay])[stay] == []
    (given,), (back,) = house.told("card.given"), house.told("card.taken_back")
    assert (given.subject, given.after) == ("card:KEY17-B", {"folio_id": None, "stay_id": stay})
    assert (back.operator, back.before["stay_id"], back.after) == ("other", stay, None)
    with house.refuses(CardBack, card="KEY17-B"):
        house.do(charge_cards.take_card_back, "KEY17-B", 2, CLERK)


@pytest.mark.parametrize("type", charge_cards.ACCOUNTS)
def test_accounts_that_outlets_charge_have_cards(house: House, type: str) -> None:
    folio = account(house, type)
    give(house, "B2", folio_id=folio)
    give(house, "B1", folio_id=folio)
    assert numbers(house.do(charge_cards.cards_of, folio_ids=[folio, 999])[folio]) == ["B1", "B2"]


def test_a_card_that_is_somebody_s_is_refused_and_says_whose(house: House) -> None:
    stay, folio = house.arrive(), account(house)
    give(house, "K1", stay_id=stay)
    give(house, "B1", folio_id=folio)
    with house.refuses(CardInUse, card="K1", holder="Guest, Mr. (101)"):
        give(house, "k1", folio_id=folio)
    with house.refuses(CardInUse, card="B1") as refused:
        give(house, "B1", stay_id=stay)
    assert "Porter" in refused.value.text()


def test_the_card_of_a_guest_who_left_or_of_a_closed_account_is_given_anew_and_that_is_told(house: House) -> None:
    stay, folio = house.arrive(departure=1), account(house)
    give(house, "K1", stay_id=stay)
    house.leave(stay)
    assert not house.do(lambda session: charge_cards.holder(session, charge_cards.get_card(session, "K1"))).usable
    give(house, "K1", "other", folio_id=folio)
    house.do(close_folio, folio, CLERK)
    second = house.arrive(room="102")
    card = give(house, "K1", stay_id=second)
    assert (card.stay_id, card.folio_id, card.active) == (second, None, True)
    told = house.told("card.given")
    assert [(each.before or {}).get("stay_id") for each in told] == [None, stay, None]
    assert [(each.before or {}).get("folio_id") for each in told] == [None, None, folio]


def test_cards_stay_with_a_stay_that_is_moved_or_taken_back(house: House) -> None:
    stay = house.arrive(departure=1)
    give(house, "K1", stay_id=stay)
    house.do(stays.move, stay, house.rooms["102"], CLERK)
    house.leave(stay)
    house.do(stays.reinstate, stay, CLERK)
    assert house.do(lambda session: charge_cards.holder(session, charge_cards.get_card(session, "K1"))).usable


def test_a_card_is_given_to_a_reservation_and_not_to_a_stay_that_has_ended(house: House) -> None:
    stay = house.book()
    give(house, "K1", stay_id=stay)
    house.do(reservations.cancel, stay, CLERK, "ill")
    with house.refuses(StateForbids):
        give(house, "K2", stay_id=stay)
    give(house, "K1", stay_id=house.arrive())


def test_a_card_that_cannot_be_given_is_refused_by_name(house: House) -> None:
    stay, folio = house.arrive(), account(house)
    for number in ("", "   "):
        with house.refuses(FieldMissing):
            give(house, number, stay_id=stay)
    with house.refuses(TextTooLong):
        give(house, "1" * 41, stay_id=stay)
    with house.refuses(PaymentCard):
        give(house, "4111 1111 1111 1111", stay_id=stay)
    for number in ("-1", "K/1", "K1?", "Kö", "\u0661"):
        with house.refuses(CardNumberInvalid):
            give(house, number, stay_id=stay)
    with house.refuses(StayUnknown):
        give(house, stay_id=999)
    with house.refuses(FolioUnknown):
        give(house, folio_id=999)
    with house.refuses(ControlFolioByHand):
        give(house, folio_id=house.do(find_folio, "RESTAURANT").id)
    with house.refuses(CardOfNobody):
        give(house, folio_id=house.window(stay))
    house.do(close_folio, folio, CLERK)
    with house.refuses(FolioClosed):
        give(house, folio_id=folio)
    for number in ("NONE", "../x", "x" * 50):
        with house.refuses(CardUnknown):
            house.do(charge_cards.take_card_back, number, 1, CLERK)


PAYMENT = {
    "Visa": "4111 1111 1111 1111",
    "Visa of 13 digits": "4222222222222",
    "Mastercard": "5555-5555-5555-4444",
    "Mastercard that begins with 2": "2223003122003222",
    "American Express": "378282246310005",
    "Diners": "30569309025904",
    "JCB": "3530111333300000",
    "Discover": "6011111111111117",
    "UnionPay of 19 digits": "6205500000000000004",
    "with dots": "4111.1111.1111.1111",
}
OF_THE_HOUSE = {
    "one digit off": "4111111111111112",
    "too short": "411111111111",
    "Luhn, but no such payment card": "9000000000000001",
    "a badge": "STAFF-4111111111111111",
    "a key of a lock system": "1000000000008",
}


@pytest.mark.parametrize("number", PAYMENT.values(), ids=list(PAYMENT))
def test_a_payment_card_is_refused_without_its_number(number: str) -> None:
    with pytest.raises(PaymentCard) as refused:
        card_number(number)
    assert number[:4] not in refused.value.text()
    assert refused.value.params == {}


@pytest.mark.parametrize("number", OF_THE_HOUSE.values(), ids=list(OF_THE_HOUSE))
def test_what_only_looks_like_a_payment_card_is_a_card_of_the_house(number: str) -> None:
    assert not is_payment_card(number)
    assert card_number(number) == number


def test_taking_back_a_card_that_was_given_to_another_meanwhile_is_refused(house: House) -> None:
    stay = house.arrive(departure=1)
    give(house, "K1", stay_id=stay)
    house.leave(stay)
    give(house, "K1", stay_id=house.arrive(room="102"))
    with house.refuses(ChangedMeanwhile, version=2):
        house.do(charge_cards.take_card_back, "K1", 1, CLERK)


def test_of_two_who_give_the_same_card_at_once_one_is_told_whose_it_is(house: House) -> None:
    guests = [house.arrive(room=room) for room in ("101", "102", "103")]
    answers = at_once([lambda stay=stay: give(house, "K1", stay_id=stay) for stay in guests])
    assert sorted(type(each).__name__ for each in answers) == ["CardInUse", "CardInUse", "ChargeCard"]
    (card,) = house.rows(ChargeCard)
    assert card.stay_id in guests
