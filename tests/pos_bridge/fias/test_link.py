"""What may be said on a link and when: tables of what arrives and what is done, and the published conversations."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_bridge.fias.link import Action, Alive, Close, Data, Down, Link, LinkSettings, Phase, Resync, Send
from pos_bridge.fias.records import NotARecord, Record, parse
from pos_bridge.fias.values import moment_of
from tests.pos_bridge.fias.vectors import VECTORS

NOON = datetime(2026, 5, 1, 12, 0, 0, tzinfo=UTC)
LD = "LD|DA260501|TI120001|V#1.0|IFPO|"
LA = "LA|DA260501|TI120001|"
LS = "LS|DA260501|TI120001|"
LE = "LE|DA260501|TI120001|"
GI = "LR|RIGI|FLRNG#GNGSSF|"
PA = "LR|RIPA|FLASDAP#RNTI|"


def read(text: str) -> Record:
    return parse(text.encode(), "cp1252")


def later(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def told(actions: list[Action]) -> list[str]:
    """Actions as short words: `>LS` is sent, `<PS` is for the handlers, a name is the action's own."""
    words = []
    for action in actions:
        match action:
            case Send(record):
                words.append(f">{record.id}")
            case Data(record):
                words.append(f"<{record.id}")
            case Close(why):
                words.append(f"Close {why}")
            case _:
                words.append(type(action).__name__)
    return words


def alive(*lists: str, settings: LinkSettings | None = None) -> Link:
    link = Link(settings or LinkSettings())
    link.connected(NOON)
    for text in (LD, *lists, LA):
        link.receive(read(text), NOON)
    assert link.phase is Phase.ALIVE
    return link


# --- states -----------------------------------------------------------------------------------------------------

# What arrives, second by second ("+5" lets that many seconds go by and then ticks), and what is done.
CONVERSATIONS: dict[str, list[tuple[str, list[str]]]] = {
    "a till starts": [(LD, []), (GI, []), (PA, []), (LA, [">LA", "Alive"]), ("PS|RN1|", ["<PS"])],
    "nothing but LA between their LA and ours": [(LD, []), (GI, []), (LA, [">LA", "Alive"])],
    "a till that asks for the configuration": [("LD|V#1|IFPO|RT4|", [">LC"]), (LA, [">LA", "Alive"])],
    "a till without lists": [(LD, []), (LA, [">LA", "Alive"])],
    "an alive check": [(LD, []), (LA, [">LA", "Alive"]), (LS, [">LA"]), (LS, [">LA"])],
    "never LA on LA": [(LD, []), (LA, [">LA", "Alive"]), (LA, []), (LA, []), (LA, [])],
    "LA from nowhere": [(LA, []), ("+6", []), (LA, [">LS"]), (LA, [])],
    "data before the link is alive": [("PS|RN1|", []), (LD, []), ("PS|RN1|", []), (LA, [">LA", "Alive"])],
    "data from one who missed our LS": [("+6", []), ("PS|RN1|", [">LS"]), ("PS|RN1|", [])],
    "nobody answers": [("+5", []), ("+5", [">LS"]), ("+9", []), ("+1", [">LS"])],
    "a start that stops half-way": [(LD, []), ("+9", []), ("+1", [">LS"]), (LD, []), (LA, [">LA", "Alive"])],
    "a long list on a slow line": [(LD, []), ("+9", []), (GI, []), ("+9", []), (PA, []), (LA, [">LA", "Alive"])],
    "starts that cross": [(LS, []), (LS, []), ("+1", [">LS"]), (LD, []), (LA, [">LA", "Alive"])],
    "a late start of theirs": [("+3", []), (LS, [">LS"]), (LD, []), (LA, [">LA", "Alive"])],
    "description anew": [(LD, []), (LA, [">LA", "Alive"]), (LD, ["Down"]), ("PS|RN1|", []), (LA, [">LA", "Alive"])],
    "a list while alive": [(LD, []), (LA, [">LA", "Alive"]), (GI, []), ("DR|", ["Resync"])],
    "a list without description": [(GI, []), (LA, [])],
    "they end": [(LD, []), (LA, [">LA", "Alive"]), (LE, ["Down", ">LE", "Close ended"])],
    "they end before they began": [(LE, [">LE", "Close ended"])],
    "resync": [(LD, []), (GI, []), (LA, [">LA", "Alive"]), ("DR|", ["Resync"]), ("DR|", []), ("PS|RN1|", ["<PS"])],
    "resync of what was not asked for": [(LD, []), (PA, []), (LA, [">LA", "Alive"]), ("DR|", [">DS", ">DE"])],
    "resync before the link is alive": [(LD, []), (GI, []), ("DR|", []), (LA, [">LA", "Alive"])],
    "unknown records are for the handlers to ignore": [(LD, []), (LA, [">LA", "Alive"]), ("QQ|X15|", ["<QQ"])],
    "a till that echoes what only we say": [(LD, []), (LA, [">LA", "Alive"]), ("LC|PH1|", [])],
}


@pytest.mark.parametrize("conversation", CONVERSATIONS.values(), ids=CONVERSATIONS)
def test_what_arrives_is_answered_as_the_state_allows(conversation: list[tuple[str, list[str]]]) -> None:
    link, now = Link(), NOON
    assert told(link.connected(now)) == [">LS"]
    for text, done in conversation:
        if text.startswith("+"):
            now += timedelta(seconds=float(text))
            assert told(link.tick(now)) == done, text
        else:
            assert told(link.receive(read(text), now)) == done, text


def test_one_who_speaks_first_is_met_as_if_connected() -> None:
    assert told(Link().receive(read(LS), NOON)) == [">LS"]
    assert told(Link().receive(read("PS|RN1|"), NOON)) == [">LS"]
    link = Link()
    assert link.receive(read(LD), NOON) == []
    assert told(link.receive(read(LA), NOON)) == [">LA", "Alive"]


def test_we_end_and_their_end_closes_the_line() -> None:
    link = alive()
    assert told(link.close(NOON)) == ["Down", ">LE"]
    assert link.close(NOON) == []
    assert link.receive(read("PS|RN1|"), later(1)) == []
    assert told(link.receive(read(LE), later(1))) == ["Close ending"]
    assert link.phase is Phase.CLOSED


def test_we_end_and_do_not_wait_for_ever() -> None:
    link = alive()
    link.close(NOON)
    assert link.tick(later(1.9)) == []
    assert told(link.tick(later(2))) == ["Close ending"]
    assert (link.tick(later(3)), told(link.close(later(3)))) == ([], ["Close ending"])


def test_a_line_that_breaks_is_down_and_begins_from_nothing() -> None:
    link = alive(GI)
    assert told(link.lost()) == ["Down"]
    assert (link.lost(), link.lists, link.phase) == ([], {}, Phase.CLOSED)
    assert told(link.connected(later(5))) == [">LS"]
    assert link.wants("GI") is None


def test_a_link_that_falls_silent_is_closed_where_that_is_set() -> None:
    link = alive(settings=LinkSettings(silence_s=300))
    link.receive(read(LS), later(200))
    assert link.tick(later(499)) == []
    assert told(link.tick(later(500))) == ["Down", "Close silent"]
    assert alive().tick(later(1_000_000)) == []


def test_a_serial_line_without_an_answer_begins_again() -> None:
    link = alive(GI)
    assert told(link.unanswered(later(9))) == ["Down", ">LS"]
    assert told(link.unanswered(later(21))) == [">LS"]
    assert Link().unanswered(NOON) == []


def test_a_storm_of_alive_checks_leaves_nothing_behind() -> None:
    link = alive(GI)
    before = (dict(link.lists), link.description)
    for _each in range(10_000):
        assert link.receive(read(LA), NOON) == []
    assert (link.lists, link.description) == before
    answers = [action for _each in range(100) for action in link.receive(read(LS), NOON)]
    assert told(answers) == [">LA"] * 100  # each LS gets one, no more


def test_two_that_answer_start_by_start_come_to_rest() -> None:
    link, now, sent = Link(), NOON, 1
    link.connected(now)
    for _each in range(1000):  # the other side answers every LS of ours by one of its own, at once
        now += timedelta(milliseconds=10)
        sent += len(link.receive(read(LS), now)) + len(link.tick(now))
    assert sent <= 12


def test_a_resync_rests_before_the_next_one_and_none_is_forgotten() -> None:
    link = alive(GI)
    assert told(link.receive(read("DR|"), NOON)) == ["Resync"]
    link.resynced(later(5))
    assert link.receive(read("DR|"), later(6)) == []
    assert link.tick(later(34)) == []
    assert told(link.tick(later(35))) == ["Resync"]
    assert link.tick(later(100)) == []
    link.resynced(later(101))
    link.connected(later(102))  # a new connection knows nothing and need not wait
    for text in (LD, GI, LA):
        link.receive(read(text), later(102))
    assert told(link.receive(read("DR|"), later(103))) == ["Resync"]


def test_a_clock_that_is_set_back_stops_nothing() -> None:
    link = Link()
    link.connected(NOON)
    assert told(link.tick(NOON - timedelta(hours=1))) == [">LS"]
    assert link.tick(NOON - timedelta(hours=1) + timedelta(seconds=1)) == []


def test_records_are_stamped_by_the_wall_clock_of_the_hotel() -> None:
    link = Link(LinkSettings(zone=ZoneInfo("Asia/Tokyo")))
    (action,) = link.connected(datetime(2026, 4, 30, 15, 0, 1, tzinfo=UTC))
    assert isinstance(action, Send)
    assert str(action.record) == "LS|DA260501|TI000001|"


# --- what was asked for -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lists", "record", "sent"),
    [
        ([GI], "GI|RN1|G#2|GNx|GTMr|GSN|SF|", "GI|RN1|G#2|GNx|GSN|SF|"),
        ([GI], "GO|RN1|G#2|GSN|", None),
        ([], "GI|RN1|G#2|", None),
        (["LR|RIGC|FLGSRN|"], "GC|RN9|GSN|G#1|RO2|GSY|", "GC|RN9|GSN|GSY|"),  # twice, in order, on a move
        (["LR|RIGI|FLTV|"], "GI|RN1|G#2|", None),  # nothing would be left
        (["LR|RIGI|FLRNG|"], "GI|RN1|G#2|", None),  # an odd list is no list
        (["LR|RIGI|"], "GI|RN1|G#2|", None),
        (["LR|RIGI|FLRN|", "LR|RIGI|FLG#|"], "GI|RN1|G#2|", "GI|G#2|"),  # the last one counts
        ([PA], "PA|ASNG|RN1|P#5|CTINVALID ROOM|DA1|TI1|", "PA|ASNG|RN1|P#5|DA1|TI1|"),  # no CT where none was asked
        ([], "PA|ASNG|RN1|P#5|CTINVALID ROOM|A1x|", "PA|ASNG|RN1|P#5|CTINVALID ROOM|"),
        ([GI], "PL|RN1|G#2|GNx|RN1|G#3|GNy|P#1|A5x|", "PL|RN1|G#2|GNx|RN1|G#3|GNy|P#1|"),
        ([], "DS|DA1|TI1|", "DS|DA1|TI1|"),
        ([], "NS|DA1|TI1|", None),
        (["LR|RINS|FLDATI|"], "NS|DA1|TI1|", "NS|DA1|TI1|"),
        (["LR|RIPA|FLASCT|"], f"PA|ASOK|CT{'x' * 60}|", f"PA|ASOK|CT{'x' * 50}|"),
    ],
)
def test_only_what_was_asked_for_goes_out(lists: list[str], record: str, sent: str | None) -> None:
    shaped = alive(*lists).shape(read(record))
    assert (None if shaped is None else str(shaped)) == sent


@pytest.mark.parametrize(
    ("asks", "longest"), [("", 2000), ("RL500|", 500), ("RL9|", 2000), ("RLx|", 2000), ("RL5000|", 2000)]
)
def test_no_record_is_longer_than_the_other_side_takes(asks: str, longest: int) -> None:
    link = Link()
    link.connected(NOON)
    for text in (f"LD|V#1|IFPO|{asks}", "LR|RIPL|FLP#RNG#GNWS|", "LR|RIXL|FLMIMT|", "LR|RIXI|FLBIBD|", LA):
        link.receive(read(text), NOON)
    guests = "".join(f"RN{number}|G#{number}|GN{'x' * 200}|" for number in range(101, 117))
    found = link.shape(read(f"PL|P#1|{guests}WS5|"))
    assert found is not None
    assert longest - 220 < len(str(found)) <= longest
    assert (found.all("RN"), found.get("P#"), found.get("WS")) == (
        tuple(map(str, range(101, 101 + len(found.all("GN"))))),
        "1",
        "5",
    )
    message = link.shape(read(f"XL|MI1|MT{'y' * 1000}|"))
    assert message is not None
    assert len(str(message)) == min(longest, 1010)
    figures = link.shape(Record("XI", (("BI", "1" * 3000), ("BD", "z"))))
    assert figures is not None
    assert figures.get("BI") == "1" * 3000  # figures are never cut


def test_nothing_is_wanted_while_the_link_is_down() -> None:
    link = alive(GI)
    assert (link.wants("GI"), link.wants("PA") is None) == (("RN", "G#", "GN", "GS", "SF"), False)
    assert (link.asks("GI", "G#"), link.asks("GI", "GV"), link.asks("GO", "RN")) == (True, False, False)
    link.receive(read(LD), NOON)
    assert (link.wants("GI"), link.wants("PA"), link.shape(read("PA|ASOK|"))) == (None, None, None)


def test_lists_that_say_nothing_are_kept_to_be_shown() -> None:
    link = alive("LR|RIGI|FLRNG|", "LR|FLRN|", GI)
    assert [str(each) for each in link.refused_lists] == ["LR|RIGI|FLRNG|", "LR|FLRN|"]
    assert list(link.lists) == ["GI"]


def test_nobody_fills_our_memory_with_lists() -> None:
    link = Link()
    link.connected(NOON)
    link.receive(read(LD), NOON)
    for number in range(1000):
        link.receive(read(f"LR|RI{chr(65 + number % 26)}{chr(65 + number // 26)}|FLRN|"), NOON)
        link.receive(read("LR|RIGI|FLR|"), NOON)
    assert len(link.lists) == len(link.refused_lists) == 200


@pytest.mark.parametrize(
    ("asks", "told_then"),
    [
        ("RT183", "LC|RP16,ROOM|A060;10|A16.2031|A27.43.23|A37.02|PH1|"),
        ("RT4", "LC|A16.2031|PH1|"),
        ("RT0", "LC|PH1|"),
        ("RT", None),
        ("RTx", None),
        ("RT99999999999999999999", None),
        ("IFPO", None),
    ],
)
def test_the_configuration_tells_what_was_asked(asks: str, told_then: str | None) -> None:
    link = Link(LinkSettings(payment_methods="16,ROOM", versions=("6.2031", "7.43.23", "7.02")))
    link.connected(NOON)
    sent = [str(each.record) for each in link.receive(read(f"LD|V#1|IFPO|{asks}|"), NOON) if isinstance(each, Send)]
    assert sent == ([] if told_then is None else [told_then])


# --- the published conversations --------------------------------------------------------------------------------


def replay(link: Link, lines: list[tuple[str, bytes]], now: datetime) -> None:
    """Plays the vendor's lines at the times they carry; what the hotel says has to be said at the times it says."""
    waiting: list[str] = []
    for who, data in lines:
        record = parse(data, "cp1252")
        moment = moment_of(record)
        now = max(now, moment.replace(tzinfo=UTC)) if moment else now
        actions = link.receive(record, now) if who == "V" else link.tick(now)
        waiting += [str(each.record) for each in actions if isinstance(each, Send)]
        if who == "P":
            assert waiting.pop(0)[:2] == data.decode()[:2]
    assert waiting == []


@pytest.mark.parametrize("vector", ["V01", "V55"])
def test_a_published_start_is_replayed(vector: str) -> None:
    lines = VECTORS[vector].lines
    first = moment_of(parse(lines[0][1], "cp1252"))
    assert first is not None
    link = Link()
    (sent,) = link.connected(first.replace(tzinfo=UTC))
    assert isinstance(sent, Send)
    assert str(sent.record) == lines[0][1].decode()
    # V55 asks for the versions with RT4 and its source does not show the answer; ours comes before their lists.
    more = [("P", b"LC|A11|PH1|")] if vector == "V55" else []
    at = next(index for index, (_who, data) in enumerate(lines) if data.startswith(b"LD")) + 1
    replay(link, [*lines[1:at], *more, *lines[at:]], first.replace(tzinfo=UTC))
    assert link.phase is Phase.ALIVE
    assert link.wants("GI") is not None


def test_the_published_configuration_is_answered_byte_by_byte() -> None:
    theirs, ours = VECTORS["V02"].lines
    link = Link(LinkSettings(payment_methods="16,ROOM", versions=("6.2031", "7.43.23", "7.02")))
    link.connected(NOON)
    (sent,) = link.receive(parse(theirs[1], "cp1252"), NOON)
    assert isinstance(sent, Send)
    assert str(sent.record).encode() == ours[1]


@pytest.mark.parametrize(
    ("vector", "at", "actions"),
    [("V04", "160728 143101", [">LA"]), ("V05", "160728 151640", ["Down", ">LE", "Close ended"])],
)
def test_published_link_records_are_answered_byte_by_byte(vector: str, at: str, actions: list[str]) -> None:
    theirs, ours = VECTORS[vector].lines
    done = alive().receive(parse(theirs[1], "cp1252"), datetime.strptime(at, "%y%m%d %H%M%S").replace(tzinfo=UTC))
    assert told(done) == actions
    assert [str(each.record).encode() for each in done if isinstance(each, Send)] == [ours[1]]


def test_the_published_end_by_the_hotel_is_replayed() -> None:
    ours, theirs = VECTORS["V06"].lines
    link = alive()
    done = link.close(datetime(2016, 7, 28, 14, 44, 0, tzinfo=UTC))
    assert [str(each.record).encode() for each in done if isinstance(each, Send)] == [ours[1]]
    assert told(link.receive(parse(theirs[1], "cp1252"), datetime(2016, 7, 28, 14, 44, 1, tzinfo=UTC))) == [
        "Close ending"
    ]


def test_a_published_list_without_the_old_room_lets_no_old_room_out() -> None:
    link = Link()
    link.connected(NOON)
    for who, data in VECTORS["V12"].lines:
        if who == "V":
            link.receive(parse(data, "cp1252"), NOON)
    assert link.shape(read("GC|RN130|RO204|G#1|")) is None
    for data in VECTORS["V12"].said_by("P"):
        sent = link.shape(parse(data, "cp1252"))
        assert sent is not None
        assert str(sent).encode() == data


# --- whatever comes ---------------------------------------------------------------------------------------------

_ids = st.sampled_from(["LS", "LA", "LE", "LD", "LR", "DR", "PS", "PR", "GI", "QQ"])
_fields = st.lists(st.tuples(st.sampled_from(["RI", "FL", "RT", "DA", "RN"]), st.text(max_size=9)), max_size=4)
_events = st.one_of(
    st.builds(lambda id_, fields: Record(id_, tuple(fields)), _ids, _fields),
    st.sampled_from(["connected", "lost", "close", "tick", "unanswered", "resynced"]),
    st.floats(-20, 400),
)


@given(st.lists(_events, max_size=60))
def test_no_order_of_events_breaks_a_link_or_its_promises(events: list[Record | str | float]) -> None:
    link, now, may = Link(LinkSettings(silence_s=300)), NOON, False
    for event in events:
        actions: list[Action] = []
        if isinstance(event, Record):
            actions = link.receive(event, now)
        elif isinstance(event, float):
            now += timedelta(seconds=event)
        elif event == "resynced":
            link.resynced(now)
        elif event == "lost":
            actions = link.lost()
        else:
            actions = getattr(link, event)(now)
        if event == "connected":
            may = False
        for action in actions:
            assert not (isinstance(action, Alive) and may)
            may = True if isinstance(action, Alive) else False if isinstance(action, Down | Close) else may
            assert not isinstance(action, Data | Resync) or may
        assert may == (link.phase is Phase.ALIVE)
        if isinstance(event, Record) and event.id == "LA":
            assert told(actions) in ([], [">LS"], [">LA", "Alive"])


@given(st.binary(max_size=200))
def test_no_bytes_are_more_than_a_record_or_none(data: bytes) -> None:
    for encoding in ("cp850", "utf-8", "gbk"):
        try:
            record = parse(data, encoding)
        except NotARecord:
            continue
        alive().receive(record, NOON)
