"""Sharers: who else lives in a room, never more than the stay is for, found where the guest of the stay is found."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from folios.errors import ChangedMeanwhile
from folios.folios import close_folio
from frontoffice import guests, reservations, search, sharers, stays, windows
from frontoffice.desk import front_desk
from frontoffice.guests import GuestUnknown
from frontoffice.lifecycle import StateForbids, StayUnknown
from frontoffice.models.charging import StaySharer
from frontoffice.sharers import PartyFull, PartyTooSmall, SharerOwnGuest, SharerTwice, SharerUnknown, WindowNotOpen
from frontoffice.signals import guest_changed
from frontoffice.stay_search import Wanted, find_stays
from tests.frontoffice.house import CLERK, House, at_once


@pytest.fixture
def heard() -> Iterator[list[list[int]]]:
    """What the floors above are told."""
    told: list[list[int]] = []

    def listen(_session: Any, stay_ids: list[int]) -> None:
        told.append(stay_ids)

    with guest_changed.connected_to(listen):
        yield told


def guest(house: House, surname: str = "Silva", first_names: str | None = None) -> int:
    return house.do(guests.add_guest, CLERK, surname=surname, first_names=first_names).id


def add(house: House, stay: int, guest_id: int, **facts: Any) -> StaySharer:
    return house.do(sharers.add_sharer, stay, guest_id, CLERK, **facts)


def living(house: House, stay: int) -> list[tuple[str, int, int]]:
    return [(each.guest.name, each.window, each.version) for each in house.do(sharers.sharers_of, [stay])[stay]]


def test_who_shares_a_room_is_added_given_another_window_and_taken_out(house: House, heard: list[list[int]]) -> None:
    stay = house.arrive(adults=2, children=1)
    house.do(windows.open_window, stay, CLERK)
    wife, child = guest(house, "Silva", "Ana"), guest(house, "Silva", "Rui")
    add(house, stay, wife)
    add(house, stay, child, window=2)
    assert living(house, stay) == [("Silva, Ana", 1, 1), ("Silva, Rui", 2, 1)]
    house.do(sharers.change_window, stay, wife, 1, 2, CLERK)
    house.do(sharers.remove_sharer, stay, child, CLERK)
    assert living(house, stay) == [("Silva, Ana", 2, 2)]
    assert heard == [[stay]] * 4
    told = [
        (event.action, event.subject, event.before and event.before["window"], event.after and event.after["window"])
        for action in ("stay.sharer.added", "stay.sharer.changed", "stay.sharer.removed")
        for event in house.told(action)
    ]
    assert told == [
        ("stay.sharer.added", f"stay:{stay}", None, 1),
        ("stay.sharer.added", f"stay:{stay}", None, 2),
        ("stay.sharer.changed", f"stay:{stay}", 1, 2),
        ("stay.sharer.removed", f"stay:{stay}", 2, None),
    ]


def test_a_reservation_has_sharers_on_its_first_window_and_tells_nobody_above(
    house: House, heard: list[list[int]]
) -> None:
    stay, other = house.book(adults=2), guest(house)
    with house.refuses(WindowNotOpen, window=2):
        add(house, stay, other, window=2)
    add(house, stay, other)
    assert living(house, stay) == [("Silva", 1, 1)]
    assert heard == []


def test_who_cannot_share_is_refused_by_name(house: House) -> None:
    stay, other = house.arrive(adults=3), guest(house)
    with house.refuses(SharerOwnGuest):
        add(house, stay, house.guest)
    with house.refuses(GuestUnknown):
        add(house, stay, 999)
    with house.refuses(StayUnknown):
        add(house, 999, other)
    for window in (2, 0, 9, -1):
        with house.refuses(WindowNotOpen, window=window):
            add(house, stay, other, window=window)
    add(house, stay, other)
    with house.refuses(SharerTwice, guest="Silva"):
        add(house, stay, other)
    with house.refuses(SharerUnknown):
        house.do(sharers.remove_sharer, stay, house.guest, CLERK)
    with house.refuses(SharerUnknown):
        house.do(sharers.change_window, stay, house.guest, 1, 1, CLERK)


def test_nobody_more_is_named_than_the_stay_is_for(house: House) -> None:
    alone, pair = house.arrive(adults=1), house.arrive(room="102", adults=1, children=1)
    first, second = guest(house), guest(house, "Costa")
    with house.refuses(PartyFull, party=1) as refused:
        add(house, alone, first)
    assert "Change the party first" in refused.value.text()
    add(house, pair, first)
    with house.refuses(PartyFull, party=2):
        add(house, pair, second)
    house.do(reservations.amend, pair, house.stay(pair).version, {"children": 2}, CLERK)
    add(house, pair, second)


def test_a_party_is_not_made_smaller_than_who_is_named_nor_a_sharer_the_guest(house: House) -> None:
    stay, other = house.arrive(adults=3), guest(house)
    add(house, stay, other)
    version = house.stay(stay).version
    with house.refuses(PartyTooSmall, named=2):
        house.do(reservations.amend, stay, version, {"adults": 1}, CLERK)
    with house.refuses(SharerTwice):
        house.do(reservations.amend, stay, version, {"guest_id": other}, CLERK)
    house.do(reservations.amend, stay, version, {"adults": 2, "remark": "twins"}, CLERK)


@pytest.mark.parametrize("end", ["leave", "cancel"])
def test_a_stay_that_has_ended_keeps_its_sharers_and_takes_no_others(house: House, end: str) -> None:
    stay = house.arrive(departure=1, adults=3) if end == "leave" else house.book(adults=3)
    other = guest(house)
    add(house, stay, other)
    if end == "leave":
        house.leave(stay)
    else:
        house.do(reservations.cancel, stay, CLERK, "ill")
    for verb in (
        lambda: add(house, stay, guest(house, "Costa")),
        lambda: house.do(sharers.remove_sharer, stay, other, CLERK),
        lambda: house.do(sharers.change_window, stay, other, 1, 1, CLERK),
    ):
        with pytest.raises(StateForbids):
            verb()
    assert living(house, stay) == [("Silva", 1, 1)]


def test_sharers_stay_through_a_move_a_check_out_and_its_taking_back(house: House) -> None:
    stay = house.arrive(departure=1, adults=2)
    add(house, stay, guest(house))
    house.do(stays.move, stay, house.rooms["102"], CLERK)
    house.leave(stay)
    house.do(stays.reinstate, stay, CLERK)
    assert living(house, stay) == [("Silva", 1, 1)]


def test_a_check_in_that_is_taken_back_leaves_sharers_on_the_first_window(house: House) -> None:
    stay = house.arrive(adults=3)
    house.do(windows.open_window, stay, CLERK)
    first, second = guest(house), guest(house, "Costa")
    add(house, stay, first)
    add(house, stay, second, window=2)
    house.do(stays.reverse_check_in, stay, CLERK)
    assert living(house, stay) == [("Silva", 1, 1), ("Costa", 1, 2)]


def test_charges_do_not_go_to_a_window_that_is_closed(house: House) -> None:
    stay, other = house.arrive(adults=2), guest(house)
    house.do(windows.open_window, stay, CLERK)
    house.do(close_folio, house.window(stay, 2), CLERK)
    with house.refuses(WindowNotOpen, window=2):
        add(house, stay, other, window=2)
    add(house, stay, other)
    with house.refuses(WindowNotOpen, window=2):
        house.do(sharers.change_window, stay, other, 1, 2, CLERK)


def test_a_stale_change_of_a_window_is_refused_with_theirs(house: House) -> None:
    stay, other = house.arrive(adults=2), guest(house)
    for _ in range(2):
        house.do(windows.open_window, stay, CLERK)
    add(house, stay, other)
    house.do(sharers.change_window, stay, other, 1, 2, CLERK)
    with house.refuses(ChangedMeanwhile, theirs={"window": 2}, version=2):
        house.do(sharers.change_window, stay, other, 1, 3, CLERK)
    house.do(sharers.change_window, stay, other, 2, 2, CLERK)  # nothing changes, nothing is told
    assert len(house.told("stay.sharer.changed")) == 1


def test_of_two_who_add_the_last_sharer_at_once_one_is_refused(house: House) -> None:
    stay = house.arrive(adults=2)
    people = [guest(house, name) for name in ("Silva", "Costa", "Reis")]
    answers = at_once([lambda who=who: add(house, stay, who) for who in people])
    assert sorted(type(each).__name__ for each in answers) == ["PartyFull", "PartyFull", "StaySharer"]
    assert len(living(house, stay)) == 1


def test_a_sharer_and_a_smaller_party_at_once_end_with_as_many_as_the_stay_is_for(house: House) -> None:
    stay, other = house.arrive(adults=2), guest(house)
    version = house.stay(stay).version
    at_once(
        [
            lambda: add(house, stay, other),
            lambda: house.do(reservations.amend, stay, version, {"adults": 1}, CLERK),
        ]
    )
    assert len(living(house, stay)) + 1 <= house.stay(stay).adults


def test_a_sharer_is_found_wherever_a_guest_in_house_is(house: House) -> None:
    stay, other = house.arrive(adults=2), guest(house, "Élan", "Zoé")
    house.arrive(room="102")
    add(house, stay, other)
    for typed in ("elan", "Élan, Zoé", "zoé élan"):
        (hit,) = house.do(search.find, typed)
        assert (hit.kind, hit.id, hit.title, hit.detail[0]) == ("stay", stay, "Élan, Zoé", "101")
    desk = house.do(front_desk, text="elan")
    assert [row.stay_id for row in desk.in_house.rows] == [stay]
    assert [row.stay.id for row in house.do(find_stays, Wanted(text="Élan")).rows] == [stay]
    house.leave(stay)
    assert [(hit.kind, hit.id) for hit in house.do(search.find, "elan")] == [("guest", other)]


def test_the_floors_above_hear_when_a_sharer_is_renamed(house: House, heard: list[list[int]]) -> None:
    stay, other = house.arrive(adults=2), guest(house)
    add(house, stay, other)
    heard.clear()
    house.do(guests.amend_guest, other, 1, {"surname": "Silveira"}, CLERK)
    assert heard == [[stay]]
