"""What rooms say and are told: the bill, check-out, status, wake-up calls, messages, keys."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from folios import clock
from frontoffice import stays
from frontoffice.discrepancies import discrepancies
from frontoffice.models.rooms import Room
from pos_bridge import door_keys, guest_messages, wake_ups
from pos_bridge.fias_links.seam import LinkState
from pos_bridge.models.links import GuestMessage, KeyRequest, RoomSign, WakeUp
from tests.frontoffice.house import CLERK, at_once, day
from tests.pos_bridge.fias_desk.linked import Linked

TO_COME = datetime(2026, 3, 2, 7, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 1, 12, 0, tzinfo=UTC))


# --- the bill -----------------------------------------------------------------------------------------------------


def test_the_bill_is_shown_line_by_line_with_its_balance(linked: Linked) -> None:
    stay = linked.arrive(room="101")
    linked.status("PS|RN101|PTC|TA1250|CTWiFi 1 day|P#1|")
    line = linked.connect({"XI": "RNG#BDBIF#FD", "XB": "RNG#BA"})
    told = linked.say(f"XR|G#{stay}|RN101|", line)
    assert told[0] == f"XI|RN101|G#{stay}|BDWiFi 1 day|BI1136|F#1|FDY|"
    assert told[-1] == f"XB|RN101|G#{stay}|BA1250|"
    assert linked.say("XR|G#99|RN101|", linked.connect({"XB": "RNG#AS"})) == ["XB|RN101|G#99|ASUR|"]


def test_who_leaves_today_and_owes_nothing_checks_out_by_television(linked: Linked) -> None:
    stay = linked.arrive(1, room="101")
    asked = f"XC|RN101|G#{stay}|BA0|"
    assert linked.status(asked) == "CD"
    linked.end_day()
    assert linked.status(f"XC|RN101|G#{stay}|BA1|") == "BM"
    assert linked.status(f"XC|RN101|G#{stay}|BA10000|") == "DN"
    linked.pay(stay, "100.00")
    assert linked.status("XC|RN102|G#1|BA0|") == "NG"
    assert linked.status(asked) == "OK"
    assert linked.stay(stay).status == "departed"
    assert linked.status(asked) == "NG"


# --- rooms ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "condition", "found"),
    [
        ("1", "dirty", "vacant"),
        ("2", "dirty", "occupied"),
        ("3", "clean", "vacant"),
        ("4", "clean", "occupied"),
        ("5", "inspected", "vacant"),
        ("06", "inspected", "occupied"),
    ],
)
def test_a_housekeeper_says_by_telephone_how_clean_a_room_is_and_whether_somebody_is_in_it(
    linked: Linked, status: str, condition: str, found: str
) -> None:
    for _ in range(2):  # sent again, it is told once
        assert linked.say(f"RE|RN101|RS{status}|ID7|") == []
    assert linked.room("101") == ("vacant", condition)
    (room,) = linked.rows(Room, number="101")
    assert (room.found, room.found_on) == (found, day(0))
    (told,) = linked.told("room.found")
    assert told.operator.startswith("link:")
    differing = [(each.kind, each.found_by) for each in linked.do(discrepancies, day(0))]
    assert differing == ([("sleep", told.operator)] if found == "occupied" else [])


def test_signs_and_a_status_that_is_refused_say_nothing_about_who_is_in_a_room(linked: Linked) -> None:
    for said in ("RS8", "RS9", "RS10", "RS7", "RS77", "RS0", "RS", "DNY"):
        linked.say(f"RE|RN101|{said}|")
    assert linked.told("room.found") == []


def test_signs_of_a_room_are_set_and_taken_down(linked: Linked) -> None:
    for said in ("RS8", "CS2", "RS9"):
        linked.say(f"RE|RN101|{said}|")
    assert {row.sign: row.value for row in linked.rows(RoomSign)} == {"CS": "2", "DN": "Y", "MK": "Y"}
    for said in ("RS10", "RS3"):
        linked.say(f"RE|RN101|{said}|")
    assert {row.sign: row.value for row in linked.rows(RoomSign)} == {"CS": "2", "DN": "N", "MK": "N"}


def test_a_status_of_no_room_or_that_is_none_is_refused(linked: Linked) -> None:
    assert linked.status("RE|RN999|RS1|") == "NG"
    assert linked.status("RE|RN101|RS77|") == "UR"


# --- wake-up calls --------------------------------------------------------------------------------------------------


def test_a_call_is_told_to_the_exchange_repeated_and_then_shown_to_the_desk(linked: Linked) -> None:
    linked.arrive(room="101")
    line = linked.connect({"WR": "RNDATI", "WC": "RNDATI"})
    linked.do(wake_ups.set_wake_up, "101", TO_COME, CLERK)
    linked.do(wake_ups.set_wake_up, "101", TO_COME, CLERK)
    assert linked.news(line) == ["WR|RN101|DA260302|TI073000|"]
    assert linked.say("WA|RN101|DA260302|TI073000|ASNR|", line) == []
    assert linked.news(line) == ["WR|RN101|DA260302|TI073500|"]
    linked.say("WA|RN101|DA260302|TI073500|ASBY|", line)
    assert linked.news(line) == ["WR|RN101|DA260302|TI074000|"]
    linked.say("WA|RN101|DA260302|TI074000|ASNR|", line)
    assert linked.news(line) == []
    (call,) = linked.rows(WakeUp)
    assert (call.state, call.tries, call.answer) == ("unanswered", 3, "NR")
    assert linked.do(wake_ups.status) == "wake up 101"
    assert [each.urgent for each in linked.do(wake_ups.listed)] == [True]
    linked.do(wake_ups.seen, call.id, CLERK)
    assert linked.do(wake_ups.status) is None


def test_the_same_call_and_the_same_sign_set_by_many_at_once_are_one(linked: Linked) -> None:
    linked.arrive(room="101")
    verbs = [lambda: linked.do(wake_ups.set_wake_up, "101", TO_COME, CLERK).id] * 6
    assert len(set(at_once(verbs))) == 1
    lines = [linked.connect() for _ in range(6)]
    assert at_once([lambda line=line: linked.say("RE|RN101|DNY|", line) for line in lines]) == [[]] * 6
    assert (len(linked.rows(WakeUp)), len(linked.rows(RoomSign))) == (1, 1)


def test_a_guest_who_answers_is_awake(linked: Linked) -> None:
    linked.arrive(room="101")
    linked.do(wake_ups.set_wake_up, "101", TO_COME, CLERK)
    linked.say("WA|RN101|DA260302|TI073000|ASOK|")
    (call,) = linked.rows(WakeUp)
    assert (call.state, call.tries) == ("answered", 1)
    assert linked.say("WA|RN101|DA260302|TI073000|ASOK|") == []


def test_a_room_sets_and_clears_its_own_call_and_the_exchange_is_not_told_what_it_said(linked: Linked) -> None:
    linked.arrive(room="101")
    line = linked.connect({"WR": "RNDATI", "WC": "RNDATI", "WA": "RNAS"})
    assert linked.say("WR|RN101|DA260302|TI073000|", line) == []
    assert linked.say("WC|RN101|DA260302|TI073000|", line) == []
    assert linked.news(line) == []
    assert [each.state for each in linked.rows(WakeUp)] == ["cleared"]
    assert linked.say("WR|RN101|DA250302|TI073000|", line) == ["WA|RN101|ASUR|"]
    assert linked.say("WR|RN102|DA260302|TI073000|", line) == ["WA|RN102|ASNG|"]
    assert linked.say("WR|RN101|DAx|", line) == ["WA|RN101|ASUR|"]


def test_a_call_moves_with_the_guest_and_goes_with_them(linked: Linked) -> None:
    stay = linked.arrive(room="101")
    line = linked.connect({"WR": "RNDATI", "WC": "RNDATI"})
    linked.do(wake_ups.set_wake_up, "101", TO_COME, CLERK)
    linked.news(line)
    linked.do(stays.move, stay, linked.rooms["102"], CLERK)
    assert linked.news(line) == ["WC|RN101|DA260302|TI073000|", "WR|RN102|DA260302|TI073000|"]
    linked.leave(stay)
    assert linked.news(line) == ["WC|RN102|DA260302|TI073000|"]


def test_a_call_is_shown_to_the_desk_at_once_where_no_exchange_calls_and_else_when_it_says_nothing(
    linked: Linked, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked.arrive(room="101")
    linked.do(wake_ups.set_wake_up, "101", TO_COME, CLERK)
    assert linked.do(wake_ups.status) is None
    monkeypatch.setattr(clock, "now", lambda: TO_COME + timedelta(minutes=1))
    assert linked.do(wake_ups.status) == "wake up 101"
    assert [each.late for each in linked.do(wake_ups.listed)] == [True]
    linked.desk.shows([LinkState(linked.line.facts.id, "alive", lists=(("WR", ("RN",)),))])
    assert linked.do(wake_ups.status) is None
    assert [each.late for each in linked.do(wake_ups.listed)] == [False]
    monkeypatch.setattr(clock, "now", lambda: TO_COME + timedelta(minutes=6))
    assert linked.do(wake_ups.status) == "wake up 101"


# --- messages ---------------------------------------------------------------------------------------------------------


def test_a_message_lights_the_light_until_the_room_has_read_it(linked: Linked) -> None:
    stay = linked.arrive(room="101")
    line = linked.connect({"XL": "RNG#MIMT", "XT": "RNG#MIMTAS", "RE": "RNML", "XD": "RNG#MIAS"})
    message = linked.do(guest_messages.write, stay, "Your taxi\nis here | now", CLERK)
    assert linked.news(line) == [f"XL|RN101|G#{stay}|MI{message.id}|MTYour taxi\nis here   now|", "RE|RN101|MLY|"]
    told = linked.say(f"XM|G#{stay}|RN101|", line)
    assert told == [f"XT|RN101|G#{stay}|MI{message.id}|MTYour taxi\nis here   now|"]
    assert linked.news(line) == ["RE|RN101|MLN|"]
    asked = f"XD|RN101|G#{stay}|MI{message.id}|"
    assert linked.say(asked, line) == [f"XD|RN101|G#{stay}|ASDE|MI{message.id}|"]
    assert linked.say(asked, line) == [f"XD|RN101|G#{stay}|ASNM|MI{message.id}|"]
    assert linked.say(f"XM|G#{stay}|RN101|", line) == [f"XT|RN101|G#{stay}|ASNM|"]
    assert linked.rows(GuestMessage)[0].read_at is not None


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_key_is_asked_for_over_its_link_alone_and_its_answer_is_kept(linked: Linked) -> None:
    stay = linked.arrive(room="101")
    linked.news()
    linked.do(lambda session: door_keys.ask(session, "T", stay, coder="1", kind="D", keys=2, operator=CLERK))
    line = linked.connect({"KR": "WSKCRNKTK#G#"})
    assert linked.news(line) == [f"KR|WSDESK|KC1|RN101|KTD|K#2|G#{stay}|"]
    assert linked.say("KA|KC1|RN101|ASOK|CTwritten|") == []
    (key,) = linked.rows(KeyRequest)
    assert (key.state, key.status, key.text) == ("done", "OK", "written")
    assert linked.say("KA|KC1|RN101|ASUR|") == []
    assert linked.rows(KeyRequest)[0].state == "done"
