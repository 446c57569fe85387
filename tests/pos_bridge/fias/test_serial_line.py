"""Serial lines: check bytes, answers, enquiries, time-outs; and two ends of ours over a line that spoils things."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_bridge.fias.framing import MOST_BYTES
from pos_bridge.fias.serial_line import (
    ANSWER_S,
    GAP_S,
    Delivered,
    Event,
    Lost,
    Received,
    SerialLine,
    Unanswered,
    Write,
    flight_s,
    lrc,
)
from tests.pos_bridge.fias.vectors import VECTORS

ACK, NAK, ENQ = b"\x06", b"\x15", b"\x05"
CHECKS = VECTORS["V40"].checks
# What the source printed wrongly: record and check byte that does not belong to it.
WRONG = [
    (b"LS|DA161117|TI103116|", ord("f")),
    (b"LS|DA161117|TI112107|", ord("j")),
    (b"LA|DA161117|TI112111|", ord("i")),
]


def line(check: bool = True) -> SerialLine:
    """A line on which the other side has already been heard."""
    opened = SerialLine(check=check)
    opened.opened(-10)
    return opened


def framed(data: bytes, check: int | None = None) -> bytes:
    return b"\x02" + data + b"\x03" + bytes([lrc(data) if check is None else check])


def written(events: list[Event]) -> bytes:
    return b"".join(event.data for event in events if isinstance(event, Write))


def others(events: list[Event]) -> list[Event]:
    return [event for event in events if not isinstance(event, Write)]


def with_check(wanted: int) -> bytes:
    """A record whose check byte is `wanted`."""
    texts = (b"PS|CT" + bytes([one, other]) + b"|" for one in range(0x20, 0x7B) for other in range(0x20, 0x7B))
    return next(text for text in texts if lrc(text) == wanted)


# --- check bytes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("data", "check"), CHECKS)
def test_published_check_bytes_are_those_of_ours(data: bytes, check: int) -> None:
    assert lrc(data) == check
    events = line().receive(framed(data, check), 0)
    assert (written(events), others(events)) == (ACK, [Received(data)])


@pytest.mark.parametrize(("data", "check"), WRONG)
def test_published_slips_are_refused(data: bytes, check: int) -> None:
    ours = line()
    events = ours.receive(framed(data, check), 0)
    assert (written(events), others(events), ours.bad) == (NAK, [], 1)


@pytest.mark.parametrize("wanted", [0x02, 0x03, 0x05, 0x06, 0x15, ord("|")])
def test_a_check_byte_that_looks_like_something_else_is_taken_by_its_place(wanted: int) -> None:
    data = with_check(wanted)
    ours = line()
    found = [event for byte in framed(data) + framed(b"LA|") for event in ours.receive(bytes([byte]), 0)]
    assert (written(found), others(found)) == (ACK + ACK, [Received(data), Received(b"LA|")])


def test_without_check_bytes_whatever_arrives_is_acknowledged() -> None:
    ours = line(check=False)
    events = ours.receive(b"\x02LA|\x03\x02PS|\x03", 0)
    assert (written(events), others(events)) == (ACK + ACK, [Received(b"LA|"), Received(b"PS|")])
    assert written(ours.send(b"PA|", 0)) == b"\x02PA|\x03"


# --- what comes -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bytes_", "answer"),
    [
        (ENQ, NAK),  # nothing valid before
        (framed(b"PS|") + ENQ, ACK + ACK),
        (framed(b"PS|") + ENQ + ENQ + ENQ, ACK + ACK + ACK + ACK),
        (framed(b"PS|") + b"x" + ENQ, ACK + NAK),  # any other byte, and the stored answer is NAK
        (framed(b"PS|") + ACK + ENQ, ACK + NAK),
        (framed(b"PS|", 0) + ENQ, NAK + NAK),
        (framed(b"PS|", 0) + framed(b"PS|") + ENQ, NAK + ACK + ACK),
        (b"noise\r\n\x00" + framed(b"PS|"), ACK),
        (b"\x02PS|RN" + framed(b"PS|"), ACK),  # an STX inside begins anew
        (framed(b""), ACK),
    ],
)
def test_what_comes_is_answered(bytes_: bytes, answer: bytes) -> None:
    assert written(line().receive(bytes_, 0)) == answer


def test_a_record_that_is_cut_off_is_dropped_and_the_enquiry_is_told_no() -> None:
    ours = line()
    assert ours.receive(b"\x02PS|RN1", 0) == []
    assert ours.next_due() == GAP_S
    assert ours.due(GAP_S - 0.01) == []
    assert ours.due(GAP_S) == []
    assert written(ours.receive(ENQ, ANSWER_S)) == NAK
    assert others(ours.receive(framed(b"PS|RN1|"), 4)) == [Received(b"PS|RN1|")]


def test_a_record_without_its_check_byte_does_not_take_the_enquiry_for_one() -> None:
    data = with_check(ENQ[0])
    ours = line()
    ours.receive(b"\x02" + data + b"\x03", 0)
    events = ours.receive(ENQ, ANSWER_S)
    assert (written(events), others(events)) == (NAK, [])


def test_a_record_that_never_ends_is_dropped_and_the_next_one_found() -> None:
    ours = line()
    ours.receive(b"\x02" + b"x" * (MOST_BYTES + 10), 0)
    events = ours.receive(framed(b"LA|"), 0.1)
    assert others(events) == [Received(b"LA|")]
    slow = SerialLine(baud=1200)
    for second in range(400):  # something comes all the time, and nothing of it ends
        slow.receive(b"\x02" if second == 0 else b"x", second * 0.9)
    assert slow.bad >= 1


# --- what is sent -----------------------------------------------------------------------------------------------


def test_records_go_out_one_after_the_other_in_order() -> None:
    ours = line()
    assert written(ours.send(b"PA|1|", 0)) == framed(b"PA|1|")
    assert ours.send(b"PA|2|", 0) == []
    assert not ours.idle
    events = ours.receive(ACK, 0.1)
    assert (others(events), written(events)) == ([Delivered(b"PA|1|")], framed(b"PA|2|"))
    assert ours.receive(ACK, 0.2) == [Delivered(b"PA|2|")]
    assert (ours.idle, ours.next_due()) == (True, None)


def test_a_refused_record_is_sent_three_times_more_and_then_given_up() -> None:
    ours = line()
    ours.send(b"PA|1|", 0)
    ours.send(b"PA|2|", 0)
    for _each in range(3):
        assert written(ours.receive(NAK, 0)) == framed(b"PA|1|")
    events = ours.receive(NAK, 0)
    assert (others(events), written(events)) == ([Lost(b"PA|1|", "refused")], framed(b"PA|2|"))


def test_without_an_answer_an_enquiry_goes_out_and_never_the_record() -> None:
    ours = line()
    ours.send(b"PA|1|", 0)
    ours.send(b"PA|2|", 0)
    at = flight_s(8, 9600) + ANSWER_S
    assert ours.next_due() == at
    assert ours.due(at - 0.01) == []
    for number in range(3):
        assert ours.due(at + number * ANSWER_S) == [Write(ENQ)]
    assert ours.due(at + 3 * ANSWER_S) == [Lost(b"PA|1|", "unanswered"), Lost(b"PA|2|", "unanswered"), Unanswered()]
    assert ours.idle


def test_an_answered_enquiry_goes_on_where_it_was() -> None:
    ours = line()
    ours.send(b"PA|1|", 0)
    assert written(ours.due(5)) == ENQ
    assert ours.receive(ACK, 5.1) == [Delivered(b"PA|1|")]
    ours.send(b"PA|2|", 7)
    assert written(ours.due(12)) == ENQ
    assert ours.receive(NAK, 12.1) == []  # they have not got it: once more, in a moment
    assert written(ours.due(12.1 + GAP_S)) == framed(b"PA|2|")
    assert ours.receive(ACK, 13.2) == [Delivered(b"PA|2|")]


def test_a_second_answer_after_an_enquiry_is_not_taken_for_that_to_the_next_record() -> None:
    ours = line()
    ours.send(b"PA|1|", 0)
    ours.send(b"PA|2|", 0)
    assert written(ours.due(5)) == ENQ
    assert ours.receive(ACK, 5.1) == [Delivered(b"PA|1|")]  # their answer was late
    assert ours.receive(ACK, 5.2) == []  # and this one is to the enquiry
    assert ours.next_due() == 5.1 + GAP_S
    assert written(ours.due(5.1 + GAP_S)) == framed(b"PA|2|")
    assert written(ours.due(12)) == ENQ
    assert ours.receive(NAK, 12.1) + ours.receive(NAK, 12.2) == []  # twice no, once more
    assert written(ours.due(13.2)) == framed(b"PA|2|")


def test_a_garbled_answer_is_asked_about_once() -> None:
    ours = line()
    ours.send(b"PA|1|", 0)
    assert written(ours.receive(b"\x7f\x7f\x7f\x7f", 0.5)) == ENQ
    assert ours.receive(ACK, 0.6) == [Delivered(b"PA|1|")]


def test_their_record_may_come_before_their_answer() -> None:
    ours = line()
    ours.send(b"GI|1|", 0)
    events = ours.receive(framed(b"PS|1|") + ACK, 0.5)
    assert (written(events), others(events)) == (ACK, [Received(b"PS|1|"), Delivered(b"GI|1|")])


def test_an_answer_that_had_to_wait_for_their_record_is_not_missed() -> None:
    ours = line()
    ours.send(b"GI|1|", 0)
    for second in range(10):
        assert ours.receive(b"\x02" if second == 0 else b"x", second * 0.5 + 0.5) == []
    assert ours.due(5.2) == []
    assert written(ours.receive(b"\x03" + bytes([lrc(b"x" * 9)]), 5.4)) == ACK
    assert ours.due(6) == []
    assert ours.receive(ACK, 6.1) == [Delivered(b"GI|1|")]


def test_on_a_port_just_opened_the_other_side_may_speak_first() -> None:
    ours = SerialLine()
    ours.opened(100)
    assert ours.send(b"LS|", 100) == []
    assert ours.next_due() == 103
    assert ours.due(102.9) == []
    assert written(ours.due(103)) == framed(b"LS|")
    ours.opened(200)
    assert (ours.idle, ours.send(b"LS|", 200)) == (True, [])
    assert written(ours.receive(ENQ, 200.5)) == NAK + framed(b"LS|")


@pytest.mark.parametrize(("length", "baud", "seconds"), [(120, 1200, 2.0), (2000, 9600, 4.17), (10, 38_400, 0.5)])
def test_a_slow_line_gets_more_time(length: int, baud: int, seconds: float) -> None:
    assert flight_s(length, baud) == pytest.approx(seconds, rel=0.01)


# --- both sides, and a line that spoils things ------------------------------------------------------------------


class Wire:
    """Two ends of ours, and a line between them that loses, garbles and delays."""

    def __init__(self, seed: int, loss: float, garble: float) -> None:
        self.ends = (SerialLine(), SerialLine())
        self.arrived: tuple[list[bytes], list[bytes]] = ([], [])
        self.delivered: tuple[list[bytes], list[bytes]] = ([], [])
        self.lost: tuple[list[bytes], list[bytes]] = ([], [])
        self.chance, self.loss, self.garble = random.Random(seed), loss, garble
        self.under_way: list[tuple[float, int, int, bytes]] = []
        self.now, self.number = 0.0, 0

    def handle(self, end: int, events: list[Event]) -> None:
        for event in events:
            match event:
                case Write(data):
                    self.put(1 - end, data)
                case Received(data):
                    self.arrived[end].append(data)
                case Delivered(data):
                    self.delivered[end].append(data)
                case Lost(data, _why):
                    self.lost[end].append(data)

    def put(self, to: int, data: bytes) -> None:
        kept = bytearray(data)
        at, what = self.chance.randrange(len(kept)), self.chance.random()  # two faults at once may pass the check byte
        if what < self.loss:
            del kept[at]
        elif what < self.loss + self.garble:
            kept[at] ^= 0x80 | self.chance.randrange(0x80)  # never an ACK out of nowhere: nothing guards against that
        self.number += 1
        latest = max((at for at, _number, whom, _data in self.under_way if whom == to), default=self.now)
        self.under_way.append(
            (max(latest, self.now + self.chance.choice([0.01, 0.2, 0.5])), self.number, to, bytes(kept))
        )

    def run(self, until: float) -> None:
        while self.now < until:
            self.now = round(self.now + 0.05, 2)
            for each in sorted(self.under_way):
                if each[0] <= self.now:
                    self.under_way.remove(each)
                    self.handle(each[2], self.ends[each[2]].receive(each[3], self.now))
            for end in (0, 1):
                self.handle(end, self.ends[end].due(self.now))


@pytest.mark.parametrize("seed", range(12))
def test_over_a_line_that_spoils_things_nothing_is_invented_and_the_order_holds(seed: int) -> None:
    wire = Wire(seed, loss=0.1, garble=0.1)
    sent: tuple[list[bytes], list[bytes]] = ([], [])
    for number in range(30):
        for end in (0, 1):
            data = f"P{'SA'[end]}|P#{number}|".encode()
            sent[end].append(data)
            wire.handle(end, wire.ends[end].send(data, wire.now))
        wire.run(wire.now + 2)
    wire.run(wire.now + 900)
    for end in (0, 1):
        once = list(dict.fromkeys(wire.arrived[1 - end]))
        assert once == [data for data in sent[end] if data in once]  # theirs, and in order; repeats stand together
        assert set(wire.delivered[end]) <= set(once)
        assert sorted(wire.delivered[end] + wire.lost[end]) == sorted(sent[end])  # each came to its end, once
        assert wire.ends[end].idle


def test_over_a_clean_line_everything_arrives_once() -> None:
    wire = Wire(0, 0, 0)
    for number in range(20):
        for end in (0, 1):
            wire.handle(end, wire.ends[end].send(f"GI|{number}|".encode(), wire.now))
    wire.run(120)
    expected = [f"GI|{number}|".encode() for number in range(20)]
    assert (wire.arrived, wire.delivered, wire.lost) == ((expected, expected), (expected, expected), ([], []))


@given(st.lists(st.tuples(st.binary(max_size=30), st.floats(0, 5), st.booleans()), max_size=40), st.booleans())
def test_no_bytes_break_a_serial_line(pieces: list[tuple[bytes, float, bool]], check: bool) -> None:
    ours, now, put, ended = SerialLine(check=check), 0.0, 0, 0
    ours.opened(now)
    for data, seconds, sends in pieces:
        now += seconds
        events = ours.receive(data, now) + ours.due(now)
        if sends:
            put += 1
            events += ours.send(b"PA|", now)
        ended += sum(isinstance(event, Delivered | Lost) for event in events)
        assert all(event.data for event in others(events) if isinstance(event, Received))
    for _each in range(1000):
        due = ours.next_due()
        if due is None:
            break
        ended += sum(isinstance(event, Delivered | Lost) for event in ours.due(max(due, now)))
    assert (ours.idle, ended) == (True, put)
