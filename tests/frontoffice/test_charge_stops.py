"""Stops: which folios outlets may not charge, set once, lifted once, told to the floors above."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from folios.errors import FolioClosed, FolioUnknown, ReasonMissing, TextInvalid, TextTooLong
from folios.folios import close_folio, find_folio
from frontoffice import accounts, charge_stops
from frontoffice.charge_stops import ControlFolioStopped, OutletUnknown, StoppedBefore, StopUnknown
from frontoffice.models.charging import ChargeStop
from frontoffice.signals import guest_changed
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, FIRST_DAY, House, at_once


@pytest.fixture
def outlets(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two floors above that know outlets, one of them twice."""
    monkeypatch.setattr(
        charge_stops,
        "OUTLETS",
        [lambda _session: [("SPA", "Spa"), ("BAR", "Bar")], lambda _session: [("BAR", "Bar"), ("GRILL", "grill")]],
    )


@pytest.fixture
def heard() -> Iterator[list[list[int]]]:
    """What the floors above are told."""
    told: list[list[int]] = []

    def listen(_session: Any, stay_ids: list[int]) -> None:
        told.append(stay_ids)

    with guest_changed.connected_to(listen):
        yield told


def stop(house: House, folio: int, reason: str = "Lost key", **facts: Any) -> ChargeStop:
    return house.do(charge_stops.set_stop, folio, reason, CLERK, **facts)


def test_a_window_of_a_guest_in_house_is_stopped_for_every_outlet_and_the_floors_above_hear_of_it(
    house: House, heard: list[list[int]]
) -> None:
    stay = house.arrive()
    folio = house.window(stay)
    row = stop(house, folio, " Lost key ")
    assert (row.outlet, row.reason, row.set_on, row.set_by) == (None, "Lost key", FIRST_DAY, CLERK)
    assert heard == [[stay]]
    (event,) = house.told("folio.charging.stopped")
    assert (event.subject, event.after) == (f"folio:{folio}", {"outlet": None, "reason": "Lost key"})
    assert house.charge(stay, "5.00")  # the desk itself still can


def test_a_stop_is_lifted_and_both_are_told(house: House, heard: list[list[int]]) -> None:
    stay = house.arrive()
    folio = house.window(stay)
    row = stop(house, folio)
    house.do(charge_stops.lift_stop, folio, row.id, "other")
    assert house.rows(ChargeStop) == []
    assert heard == [[stay], [stay]]
    (event,) = house.told("folio.charging.allowed")
    assert (event.operator, event.before["reason"], event.before["set_by"]) == ("other", "Lost key", CLERK)
    with house.refuses(StopUnknown):
        house.do(charge_stops.lift_stop, folio, row.id, CLERK)


def test_nobody_above_hears_of_accounts_and_of_those_who_left(house: House, heard: list[list[int]]) -> None:
    club = house.do(accounts.open_account, "non_guest", "Club", CLERK).id
    stop(house, club)
    stay = house.arrive(departure=1)
    folio = house.window(stay)
    row = stop(house, folio)
    heard.clear()
    house.leave(stay)
    house.do(charge_stops.lift_stop, folio, row.id, CLERK)  # also on a closed folio
    assert heard == []


def test_one_outlet_and_every_outlet_are_stops_of_their_own(house: House, outlets: None) -> None:
    folio, other = house.window(house.arrive()), house.window(house.arrive(room="102"))
    stop(house, folio, outlet="SPA")
    stop(house, folio, outlet="BAR")
    stop(house, folio)
    found = house.do(charge_stops.stops_of, [folio, other])
    assert ([each.outlet for each in found[folio]], found[other]) == ([None, "BAR", "SPA"], [])
    for outlet in ("BAR", None):
        with house.refuses(StoppedBefore, outlet=outlet, reason="Lost key", operator=CLERK, day=FIRST_DAY):
            stop(house, folio, "Again", outlet=outlet)


def test_outlets_are_listed_by_name_and_there_are_none_without_a_floor_that_knows_them(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(charge_stops, "OUTLETS", [])
    assert house.do(charge_stops.outlets) == []
    folio = house.window(house.arrive())
    with house.refuses(OutletUnknown, outlet="BAR"):
        stop(house, folio, outlet="BAR")
    monkeypatch.setattr(charge_stops, "OUTLETS", [lambda _session: [("S", "spa"), ("B", "Bar")]])
    assert house.do(charge_stops.outlets) == [("B", "Bar"), ("S", "spa")]


def test_a_stop_that_cannot_be_set_is_refused_by_name(house: House, outlets: None) -> None:
    folio = house.window(house.arrive())
    for reason in ("", "  ", None):
        with house.refuses(ReasonMissing):
            house.do(charge_stops.set_stop, folio, reason, CLERK)
    with house.refuses(TextTooLong):
        stop(house, folio, "x" * 201)
    with house.refuses(TextInvalid):
        stop(house, folio, "a\0b")
    with house.refuses(OutletUnknown, outlet="POOL"):
        stop(house, folio, outlet="POOL")
    for unknown in (999, 0, -1, 2**63):
        with house.refuses(FolioUnknown):
            stop(house, unknown)
    with house.refuses(ControlFolioStopped):
        stop(house, house.do(find_folio, "RESTAURANT").id)
    house.do(close_folio, folio, CLERK)
    with house.refuses(FolioClosed):
        stop(house, folio)


def test_a_stop_is_not_lifted_through_another_folio(house: House) -> None:
    folio, other = house.window(house.arrive()), house.window(house.arrive(room="102"))
    row = stop(house, folio)
    with house.refuses(StopUnknown):
        house.do(charge_stops.lift_stop, other, row.id, CLERK)
    assert len(house.rows(ChargeStop)) == 1


def test_of_two_who_stop_the_same_folio_at_once_one_is_told_of_the_other(house: House) -> None:
    folio = house.window(house.arrive())
    answers = at_once([lambda: stop(house, folio)] * 3)
    assert sorted(type(each).__name__ for each in answers) == ["ChargeStop", "StoppedBefore", "StoppedBefore"]
    assert len(house.rows(ChargeStop)) == 1


def test_the_stops_of_many_folios_are_one_statement(house: House) -> None:
    folios = [house.window(house.arrive(room=room)) for room in ("101", "102", "103")]
    for folio in folios:
        stop(house, folio)
    with statements(house.engine) as made:
        house.do(charge_stops.stops_of, folios)
    assert len(made) == 1
