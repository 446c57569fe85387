"""Fuzzed bytes through all that lies between a line and the hotel, and into a link that runs: nothing breaks."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pos_bridge.fias.framing import FrameReader, frame
from pos_bridge.fias.link import Data, Link, Phase, Send
from pos_bridge.fias.meaning import meaning
from pos_bridge.fias.records import NotARecord, parse, write
from pos_bridge.fias.values import moment_of, sum_fits
from tests.pos_bridge.fias.line_hotel import START, FakeHotel, Outlet, a_link, running
from tests.pos_bridge.fias.vectors import VECTORS

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
SAID = [frame(data) for vector in VECTORS.values() for data in vector.said_by("V")] + [
    frame(text.encode()) for text in START
]
CONTROLS = [bytes([byte]) for byte in (0, 2, 3, 5, 6, 0x15, 10, 13, 0x7C, 0xFF)]

_pieces = st.one_of(st.sampled_from(SAID), st.sampled_from(CONTROLS), st.binary(max_size=40))
_streams = st.lists(_pieces, max_size=40).map(b"".join)


@st.composite
def spoilt(draw: st.DrawFn) -> list[bytes]:
    """A stream of records in which bytes are lost, doubled and changed, cut into segments anywhere."""
    stream = bytearray(draw(_streams))
    for _each in range(draw(st.integers(0, 10))):
        if stream:
            at = draw(st.integers(0, len(stream) - 1))
            stream[at : at + 1] = draw(st.sampled_from([b"", b"\x02", b"\x03", b"|", bytes(stream[at : at + 1]) * 2]))
    cuts = sorted(draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    return [bytes(stream[begin:end]) for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True)]


@given(spoilt(), st.sampled_from(["cp850", "cp1252", "utf-8", "gbk"]))
def test_spoilt_streams_never_break_what_lies_between_line_and_hotel(segments: list[bytes], encoding: str) -> None:
    reader, link, now = FrameReader(), Link(), NOON
    link.connected(now)
    for segment in segments:
        now += timedelta(seconds=1)
        for data in reader.feed(segment):
            try:
                record = parse(data, encoding)
            except NotARecord:
                continue
            meaning(record)
            sum_fits(record)
            moment_of(record)
            for action in link.receive(record, now):
                assert not isinstance(action, Data) or link.phase is Phase.ALIVE
                if isinstance(action, Send):
                    sent = write(action.record, encoding)
                    assert parse(sent, encoding) == action.record
                    assert not set(sent) & {2, 3}
            for id_ in ("GI", "PA", "PL", "GC"):
                shaped = link.shape(parse(f"{id_}|RN1|G#2|GN\x02|ASOK|P#3|".encode(), encoding))
                assert shaped is None or {code for code, _value in shaped.fields} <= set(link.wants(id_) or ())
        link.tick(now)


@given(spoilt())
def test_segments_cut_anywhere_hold_the_same_records(segments: list[bytes]) -> None:
    whole, cut = FrameReader(), FrameReader()
    assert whole.feed(b"".join(segments)) == [each for segment in segments for each in cut.feed(segment)]


def test_a_running_link_bears_a_thousand_spoilt_segments_and_its_neighbour_notices_nothing() -> None:
    chance = random.Random(5010)
    hotel = FakeHotel(a_link(1), a_link(2))
    with running(hotel), Outlet(hotel.set_up[1].port) as till:
        till.start()
        charged = 0
        for _each in range(10):
            with Outlet(hotel.set_up[0].port) as spoiler:
                for _piece in range(100):
                    stream = bytearray(chance.choice(SAID) * chance.randrange(1, 4))
                    for _fault in range(chance.randrange(4)):
                        at = chance.randrange(len(stream))
                        stream[at : at + 1] = chance.choice(
                            [b"", b"\x02", b"\x03", b"\x00", bytes([chance.randrange(256)])]
                        )
                    try:
                        spoiler.line.sendall(stream)
                    except ConnectionError:
                        break  # it spoilt its way to an LE
                till.say(f"PS|RN1|P#{charged}|TA100|")
                assert till.hear().get("P#") == str(charged)
                charged += 1
        with Outlet(hotel.set_up[0].port) as again:
            again.start()
            again.say("PS|RN1|P#77|")
            assert again.hear("PA").get("P#") == "77"
