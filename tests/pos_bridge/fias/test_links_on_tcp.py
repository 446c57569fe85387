"""Links on TCP: what a till meets at the port, several of them at once, and whatever can go wrong with a line."""

from __future__ import annotations

import socket
import struct
import threading
import time
from dataclasses import replace
from ipaddress import ip_network

import pytest

from pos_bridge.fias.framing import frame
from pos_bridge.fias.link import LinkSettings
from pos_bridge.fias.records import Record
from pos_bridge.fias_links.worker import Links
from tests.pos_bridge.fias.line_hotel import (
    START,
    FakeHotel,
    Outlet,
    a_link,
    listens,
    read,
    running,
    wait_for,
)

PS = "PS|RN101|PTC|TA1250|P#4711|DA260501|TI120000|"


# --- a conversation ---------------------------------------------------------------------------------------------


def test_a_till_starts_posts_and_ends() -> None:
    hotel = FakeHotel(a_link())
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        till.start()
        till.say(PS)
        assert str(till.hear()) == "PA|RN101|ASOK|P#4711|CTDONE|"
        till.say("LS|DA260501|TI120500|")
        assert till.hear().id == "LA"
        till.say("LE|DA260501|TI120600|")
        assert till.hear().id == "LE"
        assert till.is_hung_up()
    assert [str(record) for _id, record in hotel.asked] == [PS]


def test_the_port_is_free_for_the_next_one_after_an_end() -> None:
    hotel = FakeHotel(a_link())
    with running(hotel):
        for _each in range(3):
            with Outlet(hotel.set_up[0].port) as till:
                till.start()
                till.say(PS, "LE|DA260501|TI120600|")
                assert [till.hear().id, till.hear().id] == ["PA", "LE"]
                assert till.is_hung_up()


def test_one_byte_at_a_time_and_many_records_at_once_are_the_same() -> None:
    hotel = FakeHotel(a_link())
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        assert till.hear().id == "LS"
        for text in START:
            for byte in frame(text.encode()):
                till.line.sendall(bytes([byte]))
        assert till.hear().id == "LA"
        till.say(*[PS.replace("4711", str(number)) for number in range(10)])
        assert [till.hear().get("P#") for _each in range(10)] == [str(number) for number in range(10)]


@pytest.mark.parametrize(
    "noise",
    [
        b"\r\n",
        b"\x00" * 100,
        b"\x02",
        b"\x03\x03",
        b"\x02\x03",
        b"\x02PS|RN1",
        b"\x02" + b"x" * 100_000,
        b"\x02" + b"x" * 5000 + b"\x03",
        b"\xff\xfe\x02\xff\xfe|\xff\x03",
        b"\x02P\x03",
        b"\x02QQ|X1|\x03",
        b"GET / HTTP/1.1\r\nHost: hotel\r\n\r\n",
        frame(b"LR|RIGI|FLRNG|"),
        frame(b"QQ" + b"|" * 3000),
    ],
    ids=range(14),
)
def test_noise_costs_a_till_nothing(noise: bytes) -> None:
    hotel = FakeHotel(a_link())
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        till.line.sendall(noise)
        till.start()
        till.line.sendall(noise)
        till.say(PS)
        assert till.hear("PA").get("P#") == "4711"


def test_data_before_the_link_is_alive_is_ignored() -> None:
    hotel = FakeHotel(a_link())
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        till.say(PS)
        till.start()
        assert till.hears_nothing()
    assert hotel.asked == []


def test_a_storm_of_alive_records_is_answered_where_it_must_be_and_survived() -> None:
    hotel = FakeHotel(a_link())
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        till.start()
        till.line.sendall(frame(b"LA|DA260501|TI120000|") * 500)
        till.say(PS)
        assert till.hear().id == "PA"  # not one LA for all of theirs


# --- who may connect --------------------------------------------------------------------------------------------


def test_the_newest_connection_wins() -> None:
    hotel = FakeHotel(a_link())
    with running(hotel), Outlet(hotel.set_up[0].port) as first:
        first.start()
        with Outlet(hotel.set_up[0].port) as second:
            assert first.is_hung_up()
            second.start()
            second.say(PS)
            assert second.hear().id == "PA"


def test_one_who_may_not_connect_does_not_replace_one_who_may() -> None:
    link = a_link(allowed=(ip_network("127.0.0.1/32"),))
    hotel = FakeHotel(link)
    with running(hotel), Outlet(link.port) as till:
        till.start()
        with socket.create_connection(("127.0.0.1", link.port), source_address=("127.0.0.2", 0)) as stranger:
            assert stranger.recv(10) == b""
        till.say(PS)
        assert till.hear().id == "PA"


def test_a_half_open_connection_is_replaced_by_the_till_that_comes_back() -> None:
    hotel = FakeHotel(a_link())
    with running(hotel):
        gone = Outlet(hotel.set_up[0].port)
        gone.start()
        gone.line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        with Outlet(hotel.set_up[0].port) as till:
            gone.line.close()  # by a reset, as of one that was switched off and on
            till.start()
            till.say(PS)
            assert till.hear().id == "PA"


def test_a_till_that_falls_silent_is_let_go_where_that_is_set() -> None:
    hotel = FakeHotel(a_link(settings=LinkSettings(silence_s=1)))
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        till.start()
        assert till.is_hung_up()


# --- several at once --------------------------------------------------------------------------------------------


def test_links_do_not_wait_for_each_other() -> None:
    slow, quick = a_link(1), a_link(2)
    hotel = FakeHotel(slow, quick)
    stuck = threading.Event()

    def answer(record: Record) -> list[Record] | None:
        if record.get("P#") == "1":
            stuck.wait(10)
        return None

    hotel.on_answer = answer
    with running(hotel), Outlet(slow.port) as one, Outlet(quick.port) as other:
        one.start()
        other.start()
        one.say("PS|RN1|P#1|")
        for number in range(2, 12):
            other.say(f"PS|RN1|P#{number}|")
            assert other.hear().get("P#") == str(number)
        assert one.hears_nothing(0.1)
        stuck.set()
        assert one.hear().get("P#") == "1"


def test_a_till_that_floods_or_reads_nothing_hurts_no_other() -> None:
    flooded, deaf, quiet = a_link(1), a_link(2), a_link(3)
    hotel = FakeHotel(flooded, deaf, quiet)
    over = threading.Event()
    with running(hotel), Outlet(flooded.port) as loud, Outlet(deaf.port) as mute, Outlet(quiet.port) as till:
        for each in (loud, mute, till):
            each.start()

        def flood(outlet: Outlet, what: bytes) -> None:
            outlet.line.settimeout(0.2)
            while not over.is_set():
                try:
                    outlet.line.send(what)
                except TimeoutError:
                    continue
                except OSError:
                    return

        noise = threading.Thread(target=flood, args=(loud, b"\x02noise without end" * 500))
        asked = threading.Thread(target=flood, args=(mute, frame(b"LS|DA260501|TI120000|") * 500))
        noise.start()
        asked.start()
        try:
            for number in range(100):
                till.say(f"PS|RN1|P#{number}|")
                assert till.hear().get("P#") == str(number)
        finally:
            over.set()
            noise.join()
            asked.join()


# --- news and resync --------------------------------------------------------------------------------------------


def test_news_goes_out_once_in_order_in_what_was_asked_for() -> None:
    hotel = FakeHotel(a_link())
    hotel.tell(1, "GI|RN1|G#1|GNOne|GV9|", "NS|DA1|TI1|", "GO|RN1|G#1|GSN|")
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        assert till.hear().id == "LS"
        till.say(*START[:-1])
        assert till.hears_nothing()  # not before the link is alive
        till.say(START[-1])
        assert till.hear().id == "LA"
        assert [str(till.hear()) for _each in range(2)] == ["GI|RN1|G#1|GNOne|", "GO|RN1|G#1|"]
        hotel.tell(1, *[f"GI|RN{number}|G#{number}|" for number in range(2, 200)])
        assert [till.hear().get("RN") for _each in range(198)] == [str(number) for number in range(2, 200)]
        assert till.hears_nothing()
    assert [id_ for id_, _refused in hotel.marked] == list(range(1, 202))
    assert not any(refused for _id, refused in hotel.marked)


def test_news_that_nobody_asked_for_is_not_noted_before_what_stands_in_front_of_it() -> None:
    """The place of a link in the outbox only moves on: what is noted has all before it noted, or lost."""
    hotel = FakeHotel(a_link())
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        till.line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        till.start("LD|V#1|IFPB|", "LR|RIXL|FLMT|", "LA|")
        for _each in range(20_000):  # 20 MB that the till does not read
            hotel.tell(1, f"XL|MT{'x' * 1000}|")
            if _each % 10 == 0:
                hotel.tell(1, "GI|RN1|")
        assert wait_for(lambda: len(hotel.marked) > 100)
        time.sleep(0.5)
        with hotel.lock:
            marked = [id_ for id_, _refused in hotel.marked]
        assert marked == list(range(1, len(marked) + 1))
        assert hotel.outbox != []


def test_news_waits_for_a_till_that_is_not_there_and_for_a_database_that_is_not() -> None:
    hotel = FakeHotel(a_link())
    with running(hotel):
        hotel.tell(1, "GI|RN1|G#1|")
        with Outlet(hotel.set_up[0].port) as till:
            till.start()
            assert till.hear().id == "GI"
        assert wait_for(lambda: hotel.outbox == [])
        hotel.tell(1, "GO|RN1|G#1|")
        hotel.database_gone = True
        with Outlet(hotel.set_up[0].port) as till:
            till.start()
            assert till.hears_nothing(1)
            hotel.database_gone = False
            assert till.hear().id == "GO"
            assert wait_for(lambda: hotel.outbox == [])
            assert till.hears_nothing()


def test_news_that_was_sent_and_could_not_be_noted_is_not_sent_twice() -> None:
    hotel = FakeHotel(a_link())
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        till.start()
        sent = hotel.sent

        def gone_after_sending(*_args: object, **_more: object) -> None:
            hotel.database_gone, hotel.sent = True, sent  # type: ignore[method-assign]
            hotel._there()

        hotel.sent = gone_after_sending  # type: ignore[method-assign]
        hotel.tell(1, "GI|RN1|G#1|")
        assert till.hear().id == "GI"
        assert wait_for(lambda: hotel.database_gone)
        hotel.database_gone = False
        assert wait_for(lambda: hotel.outbox == [])
        assert till.hears_nothing()


def test_a_resync_of_ten_thousand_rooms_lets_charges_through_and_news_wait() -> None:
    hotel = FakeHotel(a_link())
    hotel.guests = [read(f"GI|RN{number}|G#{number}|GNGuest|GSN|SF|") for number in range(10_000)]
    hotel.tell(1, "GI|RN0|G#0|")
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        till.start("LD|V#1|IFPB|", "LR|RIGI|FLRNG#SF|", "LA|")
        assert till.hear("GI").get("RN") == "0"
        assert wait_for(lambda: hotel.outbox == [])
        hotel.tell(1, "GI|RN1|G#1|")
        hotel.resync = lambda _link, made=hotel.resync: (made(_link), hotel.tell(1, "GI|RNnew|G#2|"))[0]  # type: ignore
        till.say("DR|DA260501|TI120000|")
        assert till.hear("DS").id == "DS"
        till.say(PS)
        rooms: list[str] = []
        answered_after = None
        while (record := till.hear()).id != "DE":
            if record.id == "PA":
                answered_after = len(rooms)
            else:
                assert str(record).endswith("|SF|")
                rooms.append(record.get("RN"))
        assert rooms == [str(number) for number in range(10_000)]
        assert answered_after is not None
        assert till.hear().get("RN") == "new"  # what came after the snapshot, after DE; what was before, never
        assert till.hears_nothing()


def test_a_resync_that_the_database_breaks_off_begins_again() -> None:
    hotel = FakeHotel(a_link())
    hotel.guests = [read("GI|RN1|G#1|SF|")]
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        till.start()
        hotel.database_gone = True
        till.say("DR|DA260501|TI120000|")
        assert till.hears_nothing(1)
        hotel.database_gone = False
        assert [till.hear().id for _each in range(3)] == ["DS", "GI", "DE"]


def test_the_desk_may_ask_for_a_resync() -> None:
    hotel = FakeHotel(a_link())
    hotel.guests = [read("GI|RN1|G#1|SF|")]
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        till.start()
        hotel.resyncs = {1}
        assert [till.hear().id for _each in range(3)] == ["DS", "GI", "DE"]


# --- the database is gone, or a rule is broken ---------------------------------------------------------------------


def test_a_database_that_is_gone_has_the_till_try_again_and_then_all_is_well() -> None:
    hotel = FakeHotel(a_link())
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        till.start()
        hotel.database_gone = True
        till.say(PS)
        answer = till.hear()
        assert (answer.id, answer.get("AS"), answer.get("P#"), answer.get("RN")) == ("PA", "RY", "4711", "101")
        till.say("RE|RN101|RS3|")
        assert till.hears_nothing()
        hotel.database_gone = False
        till.say(PS)
        assert till.hear().get("AS") == "OK"


def test_a_fault_of_ours_has_the_till_try_again_and_the_link_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    hotel = FakeHotel(a_link())
    hotel.on_answer = lambda record: 1 / 0 if record.get("P#") == "4711" else None  # type: ignore[return-value]
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        till.start()
        till.say(PS, "PS|RN1|P#2|")
        assert [till.hear().get("AS"), till.hear().get("AS")] == ["RY", "OK"]
    assert "could not be answered" in caplog.text


# --- setting up, stopping, showing -------------------------------------------------------------------------------


def test_stopping_ends_every_link_with_a_word() -> None:
    hotel = FakeHotel(a_link(1), a_link(2))
    with running(hotel) as links, Outlet(hotel.set_up[0].port) as one, Outlet(hotel.set_up[1].port) as other:
        one.start()
        other.start()
        links.ask_to_stop()
        assert one.hear().id == "LE"
        one.say("LE|DA260501|TI120000|")
        assert other.hear().id == "LE"  # this one never answers
        assert one.is_hung_up()
        assert other.is_hung_up()
        links.stop()
    assert {state.phase for state in hotel.states.values()} == {"closed"}
    assert not listens(hotel.set_up[0].port)


def test_a_link_that_is_changed_or_taken_away_ends_and_a_new_one_begins() -> None:
    hotel = FakeHotel(a_link())
    with running(hotel) as links, Outlet(hotel.set_up[0].port) as till:
        till.start()
        hotel.set_up[0] = replace(hotel.set_up[0], encoding="cp850")
        assert till.hear().id == "LE"
        assert till.is_hung_up()
        assert wait_for(lambda: 1 in links.running and listens(hotel.set_up[0].port))
        with Outlet(hotel.set_up[0].port, "cp850") as again:
            again.start()
            hotel.set_up.clear()
            assert again.hear().id == "LE"
        assert wait_for(lambda: links.running == {})


def test_a_port_that_is_taken_is_said_and_tried_again() -> None:
    link = a_link()
    hotel = FakeHotel(link)
    links = Links(hotel)
    with socket.socket() as other:
        other.bind(("127.0.0.1", link.port))
        other.listen()
        links.start()
        assert wait_for(lambda: 1 in hotel.states and hotel.states[1].trouble is not None)
        assert "in use" in str(hotel.states[1].trouble)
    try:
        assert wait_for(lambda: hotel.states[1].trouble is None)
        with Outlet(link.port) as till:
            till.start()
    finally:
        links.stop()


def test_the_monitor_is_told_what_was_agreed_and_said_but_no_card() -> None:
    hotel = FakeHotel(a_link())
    with running(hotel), Outlet(hotel.set_up[0].port) as till:
        till.start(*START[:-1], "LR|RIGC|FLRNG|", START[-1])
        till.say("PR|PI101|$2;4111111111111111=2512|CT4111 1111 1111 1111|P#1|")
        assert wait_for(lambda: any("PR|" in each for each in hotel.spoken))
        state = hotel.states[1]
        assert (state.phase, state.resyncing, state.trouble) == ("alive", False, None)
        assert state.peer is not None
        assert dict(state.lists) == {"GI": ("RN", "G#", "GN", "GS", "SF"), "GO": ("RN", "G#", "SF")}
        assert state.refused_lists == ("LR|RIGC|FLRNG|",)
        assert str(state.description).startswith("LD|")
        assert state.heard_at is not None
        assert state.sent_at is not None
        assert "411111111111" not in "".join(hotel.spoken).replace(" ", "")
    assert wait_for(lambda: hotel.states[1].phase == "closed")
    assert [each[:6] for each in hotel.spoken[:2]] == ["out LS", "in LD|"]


@pytest.mark.parametrize(
    ("encoding", "name"),
    [("cp850", "Müller"), ("cp1252", "Zoë Müller"), ("cp1251", "Иванов"), ("utf-8", "王小明 Łódź"), ("cp866", "Щукин")],
)
def test_a_name_arrives_whole_in_the_code_page_of_its_link(encoding: str, name: str) -> None:
    hotel = FakeHotel(a_link(encoding=encoding))
    with running(hotel), Outlet(hotel.set_up[0].port, encoding) as till:
        till.start()
        hotel.tell(1, f"GI|RN1|GN{name}|")
        assert till.hear().get("GN") == name
        till.say(f"PS|RN1|CT{name}|")
        till.hear("PA")
    assert hotel.asked[0][1].get("CT") == name


def test_two_hundred_idle_links_are_held_and_each_still_answers() -> None:
    hotel = FakeHotel(*[a_link(number) for number in range(200)])
    with running(hotel) as links:
        outlets = [Outlet(facts.port) for facts in hotel.set_up]
        try:
            for each in outlets:
                each.start()
            for number, each in enumerate(outlets):
                each.say(f"PS|RN1|P#{number}|")
                assert each.hear().get("P#") == str(number)
        finally:
            links.ask_to_stop()
            for each in outlets:
                each.line.close()
