"""The published samples of what a hotel tells: replayed over TCP byte by byte, from an outbox and a resync."""

from __future__ import annotations

import pytest

from pos_bridge.fias.records import parse
from tests.pos_bridge.fias.line_hotel import FakeHotel, Outlet, a_link, running
from tests.pos_bridge.fias.vectors import VECTORS

ALL_OF_IT = (
    "LD|DA260501|TI120000|V#1.0|IFPB|",
    "LR|RIGI|FLRNG#GNGLGVGGGSGAGDSF|",
    "LR|RIGC|FLRNG#GNGLGVGGGSGAGDRO|",
    "LR|RIGO|FLRNG#GSSF|",
    "LR|RINS|FLDATI|",
    "LR|RINE|FLDATI|",
    "LA|DA260501|TI120000|",
)


@pytest.mark.parametrize("vector", ["V08", "V09", "V10", "V11"])
def test_published_news_goes_out_byte_by_byte(vector: str) -> None:
    said = [data.decode() for data in VECTORS[vector].said_by("P")]
    hotel = FakeHotel(a_link())
    with running(hotel), Outlet(hotel.set_up[0].port) as outlet:
        outlet.start(*ALL_OF_IT)
        hotel.tell(1, *[f"{each}A0not asked for|" for each in said])
        assert [str(outlet.hear()) for _each in said] == said


def test_a_room_move_for_one_who_asked_for_no_old_room_is_told_as_published() -> None:
    hotel = FakeHotel(a_link())
    theirs = [data.decode() for data in VECTORS["V12"].said_by("V")]
    ours = [data.decode() for data in VECTORS["V12"].said_by("P")]
    with running(hotel), Outlet(hotel.set_up[0].port) as outlet:
        outlet.start(*theirs)
        hotel.tell(1, *[f"{each}GSN|ROnot asked for|" for each in ours])
        assert [str(outlet.hear()) for _each in ours] == ours


def test_the_published_resync_is_sent_and_news_meanwhile_comes_after_it() -> None:
    """A check-in may come between the rooms of a resync; ours comes after it, so that no older state overtakes it."""
    said = [data.decode() for data in VECTORS["V07"].said_by("P")]
    live = "GI|RN1003|GSY|G#12329|"
    hotel = FakeHotel(a_link())
    hotel.guests = [parse(each.encode(), "ascii") for each in said[1:-1] if each != live]
    with running(hotel), Outlet(hotel.set_up[0].port) as outlet:
        outlet.start(*ALL_OF_IT)
        hotel.resync = lambda link, made=hotel.resync: (made(link), hotel.tell(1, live))[0]  # type: ignore
        outlet.say("DR|DA001005|TI125045|")
        heard = [str(outlet.hear()) for _each in said]
    assert heard[0].startswith("DS|DA")
    assert heard[1:-2] == [each for each in said[1:-1] if each != live]
    assert heard[-2].startswith("DE|DA")
    assert heard[-1] == live
