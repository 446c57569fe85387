"""What links are told by themselves: who comes, goes, moves and changes, the night, and a resync; once and in order."""

from __future__ import annotations

import pytest

from frontoffice import guests, sharers, stays
from pos_bridge import links, news
from tests.frontoffice.house import CLERK
from tests.pos_bridge.fias_desk.linked import Linked

BY_GUEST = {"GI": "RNG#GNGS", "GO": "RNG#GS", "GC": "RNGSG#GNRO", "NS": "DATI", "NE": "DATI"}
BY_ROOM = {"GI": "RNGN", "GO": "RN", "GC": "RNGN"}


def test_check_in_and_check_out_are_told_once(linked: Linked) -> None:
    line = linked.connect(BY_GUEST)
    stay = linked.arrive(room="101")
    assert line.facts.id in linked.desk.waiting()
    assert linked.news(line) == [f"GI|RN101|G#{stay}|GSN|GNGuest, Mr.|"]
    assert linked.news(line) == []
    assert linked.desk.waiting() == set()
    linked.leave(stay)
    assert linked.news(line) == [f"GO|RN101|G#{stay}|GSN|"]


def test_what_was_not_sent_is_told_again_and_in_order(linked: Linked) -> None:
    line = linked.connect(BY_GUEST)
    first, second = linked.arrive(room="101"), linked.arrive(room="102")
    shown = linked.desk.outgoing(line, 1)
    assert linked.desk.outgoing(line, 1) == shown
    linked.desk.sent(line, [shown[0].id])
    assert linked.news(line) == [f"GI|RN102|G#{second}|GSN|GNGuest, Mr.|"]
    assert first < second


def test_who_comes_to_share_a_room_and_leaves_it_is_told(linked: Linked) -> None:
    line = linked.connect(BY_GUEST)
    stay = linked.arrive(room="101", adults=2)
    linked.news(line)
    partner = linked.do(guests.add_guest, CLERK, surname="Sharer", first_names="Dr.").id
    linked.do(sharers.add_sharer, stay, partner, CLERK)
    told = linked.news(line)
    assert told[0] == f"GC|RN101|GSN|G#{stay}|GNGuest, Mr.|".replace("GSN|G#", "G#").replace("|GN", "|GSN|GN")
    assert told[1].startswith("GI|RN101|G#1000000")
    assert told[1].endswith("|GSY|GNSharer, Dr.|")
    number = told[1].split("|")[2]
    linked.do(sharers.remove_sharer, stay, partner, CLERK)
    assert linked.news(line)[0] == f"GO|RN101|{number}|GSY|"


def test_a_move_tells_the_new_room_and_the_old_with_who_shares_either(linked: Linked) -> None:
    line = linked.connect(BY_GUEST)
    stay = linked.arrive(room="101", adults=2)
    partner = linked.do(guests.add_guest, CLERK, surname="Sharer").id
    linked.do(sharers.add_sharer, stay, partner, CLERK)
    sharer = linked.news(line)[-1].split("|")[2]
    linked.do(stays.move, stay, linked.rooms["102"], CLERK)
    assert linked.news(line) == [
        f"GC|RN102|GSN|G#{stay}|GNGuest, Mr.|RO101|GSY|",
        f"GC|RN102|GSY|{sharer}|GNSharer|RO101|GSN|",
    ]


def test_a_link_that_knows_no_old_room_is_told_a_move_as_leaving_and_coming(linked: Linked) -> None:
    line = linked.connect({"GI": "RNGNG#SF", "GO": "RNG#SF"})
    stay = linked.arrive(room="101")
    linked.news(line)
    linked.do(stays.move, stay, linked.rooms["102"], CLERK)
    assert linked.news(line) == [f"GO|RN101|G#{stay}|", f"GI|RN102|G#{stay}|GNGuest, Mr.|"]


def test_a_link_of_rooms_is_told_of_the_first_who_comes_and_the_last_who_goes(linked: Linked) -> None:
    line = linked.connect(BY_ROOM)
    stay = linked.arrive(room="101", adults=2)
    partner = linked.do(guests.add_guest, CLERK, surname="Sharer").id
    linked.do(sharers.add_sharer, stay, partner, CLERK)
    assert linked.news(line) == ["GI|RN101|GNGuest, Mr.|", "GC|RN101|GNGuest, Mr.|"]
    linked.do(stays.move, stay, linked.rooms["102"], CLERK)
    assert linked.news(line) == ["GO|RN101|", "GI|RN102|GNGuest, Mr.|"]
    linked.leave(stay)
    assert linked.news(line) == ["GO|RN102|"]


def test_a_guest_who_is_called_otherwise_is_told(linked: Linked) -> None:
    line = linked.connect({"GC": "RNG#GNGL"})
    stay = linked.arrive(room="101")
    guest = linked.stay(stay).guest_id
    linked.do(lambda session: guests.amend_guest(session, guest, 1, {"surname": "Gast", "language": "de"}, CLERK))
    assert linked.news(line) == [f"GC|RN101|G#{stay}|GNGast, Mr.|GLGE|"]


def test_the_night_audit_is_told_when_it_begins_and_when_it_ends(linked: Linked) -> None:
    line = linked.connect({"NS": "DATI", "NE": "DATI"})
    linked.end_day()
    told = linked.news(line)
    assert [each[:5] for each in told] == ["NS|DA", "NE|DA"]


def test_nothing_goes_out_that_was_not_asked_for_and_it_does_not_wait(linked: Linked) -> None:
    line = linked.connect({"PA": "AS"})
    linked.arrive(room="101")
    assert linked.news(line) == []
    assert linked.desk.waiting() == set()


def test_a_resync_tells_every_room_and_replaces_what_waited(linked: Linked) -> None:
    line = linked.connect({"GI": "RNG#GSSF", "GO": "RNG#GSSF", "WR": "RNDATI"})
    stay = linked.arrive(room="101", adults=2)
    sharer = linked.sharer(stay, "Sharer")
    told = linked.resync(line)
    assert told[:2] == [f"GI|RN101|G#{stay}|GSN|SF|", f"GI|RN101|G#{sharer}|GSY|SF|"]
    assert "GO|RN102|GSN|SF|" in told
    assert len(told) == 2 + len(linked.rooms) - 1
    assert linked.desk.waiting() == set()
    assert linked.news(line) == []
    other = linked.arrive(room="102")
    assert linked.news(line) == [f"GI|RN102|G#{other}|GSN|"]


def test_a_resync_of_a_link_of_rooms_names_each_room_once(linked: Linked) -> None:
    stay = linked.arrive(room="101", adults=2)
    linked.sharer(stay, "Sharer")
    told = linked.resync(linked.connect({"GI": "RNSF", "GO": "RNSF"}))
    assert sorted(told) == sorted(["GI|RN101|SF|", *(f"GO|RN{room}|SF|" for room in linked.rooms if room != "101")])


def test_what_is_not_of_guests_survives_a_resync(linked: Linked) -> None:
    line = linked.connect({"GI": "RNSF", "GO": "RNSF", "NS": "DATI"})
    linked.arrive(1, room="101")
    linked.end_day()
    linked.resync(line)
    assert [each[:2] for each in linked.news(line)] == ["NS"]


def test_a_new_link_and_one_switched_on_again_begin_with_what_comes_then(linked: Linked) -> None:
    linked.arrive(room="101")
    linked.do(lambda session: links.add_link(session, code="NEW", name="New", port=5011, operator=CLERK))
    line = linked.connect(BY_GUEST, "NEW")
    assert linked.news(line) == []
    for active in (False, True):
        linked.do(
            lambda session, active=active: links.amend_link(
                session, "NEW", links.get_link(session, "NEW").version, {"active": active}, CLERK
            )
        )
        if not active:
            linked.arrive(room="102")
    assert linked.news(line) == []


def test_terminals_are_told_of_guests_alone_and_as_before(linked: Linked) -> None:
    linked.arrive(1, room="101")
    linked.end_day()
    told, _cursor = linked.do(lambda session: news.since(session, None))
    assert [(each["kind"], sorted(each)) for each in told] == [
        ("checked_in", ["at", "first_names", "guest", "kind", "room", "stay"])
    ]


@pytest.mark.parametrize("asked", [BY_GUEST, BY_ROOM])
def test_a_check_in_that_is_taken_back_is_told_as_leaving(linked: Linked, asked: dict[str, str]) -> None:
    line = linked.connect(asked)
    stay = linked.arrive(room="101")
    linked.news(line)
    linked.do(stays.reverse_check_in, stay, CLERK)
    assert linked.news(line)[0].startswith("GO|RN101|")
