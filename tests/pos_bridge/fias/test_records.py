"""Records: read, written, told in words; frames cut out of whatever a line brings; what stands in fields."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from pos_bridge.fias import values, vocabulary
from pos_bridge.fias.answers import IN_WORDS, AnswerStatus
from pos_bridge.fias.framing import ETX, MOST_BYTES, STX, FrameReader, frame
from pos_bridge.fias.meaning import LONGEST, meaning
from pos_bridge.fias.records import NotARecord, Record, cut, parse, record, write
from pos_bridge.fias.spelling import encoded, is_code_page
from tests.pos_bridge.fias.vectors import VECTORS

SAMPLES = [data for vector in VECTORS.values() if not vector.is_xml for _who, data in vector.lines]


# --- records ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("data", SAMPLES, ids=lambda data: data[:40].decode())
def test_every_published_record_is_read_and_written_byte_by_byte(data: bytes) -> None:
    assert write(parse(data, "cp1252"), "cp1252") == data


@pytest.mark.parametrize(
    ("data", "read"),
    [
        (b"LA|DA160728|TI143101|", Record("LA", (("DA", "160728"), ("TI", "143101")))),
        (b"LA", Record("LA")),
        (b"LA|", Record("LA")),
        (b"GI|RN1|SF|", Record("GI", (("RN", "1"), ("SF", "")))),
        (b"PS|RN 007 |T2763", Record("PS", (("RN", " 007 "), ("T2", "763")))),  # no last separator, spaces count
        (b"GC|GSN|RN2|GSY|", Record("GC", (("GS", "N"), ("RN", "2"), ("GS", "Y")))),
        (b"PS||X|RN1|", Record("PS", (("RN", "1"),))),  # pieces that hold no code
        (b"\r\nPS|RN1|", Record("PS", (("RN", "1"),))),
        (b"PS|CTa\x00b\x1bc\rd\ne|", Record("PS", (("CT", "abcde"),))),
        (b"XL|MTa\x00b\rc\nd\x0ce|", Record("XL", (("MT", "ab\rc\nd\x0ce"),))),
        (b"GI|GNM\x81ller|", Record("GI", (("GN", "Müller"),))),
        ("GI|GN\u202eevil|".encode("utf-8"), None),
    ],
)
def test_a_record_is_read_as_it_stands_on_the_line(data: bytes, read: Record | None) -> None:
    if read is None:
        assert parse(data, "utf-8").get("GN") == "evil"
    else:
        assert parse(data, "cp850") == read


@pytest.mark.parametrize("data", [b"", b"|", b"P", b"PSX|RN1|", b"RN101|PTC|", b"\xff\xfe|", b"<LinkStart/>"])
def test_what_has_no_id_of_two_characters_is_no_record(data: bytes) -> None:
    with pytest.raises(NotARecord):
        parse(data, "cp850")


def test_bytes_that_the_code_page_does_not_know_stay_one_field() -> None:
    assert parse(b"GI|GN\xff\xffx|RN1|", "utf-8").fields == (("GN", "��x"), ("RN", "1"))


def test_fields_are_found_by_their_code_in_order() -> None:
    found = parse(b"PS|MA1|M#2|MA7|CTone|CTtwo|X1|", "ascii")
    assert found.all("MA") == ("1", "7")
    assert (found.get("CT"), found.get("X1"), found.get("TA"), found.get("TA", "0")) == ("one", "", "", "0")
    assert (found.has("X1"), found.has("TA")) == (True, False)
    assert str(found) == "PS|MA1|M#2|MA7|CTone|CTtwo|X1|"


@pytest.mark.parametrize(
    ("value", "encoding", "written"),
    [
        ("Müller", "cp850", b"M\x81ller"),
        ("Müller", "utf-8", "Müller".encode()),
        ("Müller", "ascii", b"Mueller"),
        ("Mu\u0308ller", "cp1252", b"M\xfcller"),
        ("Иванов", "cp1251", "Иванов".encode("cp1251")),
        ("Иванов Щукин", "cp1252", b"Ivanov Shchukin"),
        ("Łódź", "cp1252", b"L\xf3dz"),
        ("Παπαδόπουλος", "cp850", b"Papadopoylos"),
        ("王", "cp1252", b"?"),
        ("a|b", "cp1252", b"a b"),
        ("a\x02b\x03c\r\nd\x00", "cp1252", b"abcd"),
        ("a\ud800b", "utf-8", b"ab"),
    ],
)
def test_a_name_is_written_in_the_code_page_of_the_link(value: str, encoding: str, written: bytes) -> None:
    assert write(Record("GI", (("GN", value),)), encoding) == b"GI|GN" + written + b"|"


@pytest.mark.parametrize("encoding", ["cp850", "cp1252", "cp1251", "utf-8", "gbk", "shift_jis", "latin-1"])
def test_what_was_written_is_read_again_and_never_holds_a_control_byte(encoding: str) -> None:
    name = "Zoë Müller-Łódź Иванов 王小明 Παπά | \x02\x03"
    data = write(Record("GI", (("RN", "1"), ("GN", name), ("SF", ""))), encoding)
    assert not set(data) & {0x02, 0x03, 0x05, 0x06, 0x15}
    assert write(parse(data, encoding), encoding) == data
    assert [code for code, _value in parse(data, encoding).fields] == ["RN", "GN", "SF"]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("cp850", True),
        ("utf-8", True),
        ("utf-16", False),
        ("cp037", False),
        ("rot13", False),
        ("no such", False),
        ("base64", False),
        ("", False),
    ],
)
def test_a_code_page_has_ascii_where_it_belongs(name: str, is_one: bool) -> None:
    assert is_code_page(name) is is_one


def test_spelling_never_fails_for_any_letter() -> None:
    letters = "".join(chr(point) for point in (*range(0x20, 0x3000), 0x1F600, 0x10FFFF))
    assert len(encoded(letters, "ascii")) >= len(letters) // 2


def test_a_record_is_made_of_the_fields_that_have_a_value() -> None:
    assert record("PA", [("AS", "OK"), ("CT", None), ("SF", "")]).fields == (("AS", "OK"), ("SF", ""))


# --- frames -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pieces", "records"),
    [
        ([b"\x02PS|\x03"], [b"PS|"]),
        ([b"\x02P", b"S|", b"\x03"], [b"PS|"]),
        ([b"\x02PS|\x03\x02LA|\x03\x02L"], [b"PS|", b"LA|"]),
        ([b"\r\n\x00noise\x02PS|\x03\r\n\x02LA|\x03\n"], [b"PS|", b"LA|"]),
        ([b"\x02PS|RN1\x02PS|RN2|\x03"], [b"PS|RN2|"]),
        ([b"\x03\x03\x02\x03\x02\x03"], []),
        ([b"noise\x03more\x03"], []),
        ([b"\x02" + b"x" * MOST_BYTES + b"\x03"], [b"x" * MOST_BYTES]),
        ([b"\x02" + b"x" * (MOST_BYTES + 1) + b"\x03\x02LA|\x03"], [b"LA|"]),
        ([b"\x02" + b"x" * (MOST_BYTES + 1), b"x\x03\x02LA|\x03"], [b"LA|"]),
        ([b"\x02" + b"x" * 1000] + [b"x" * 1000] * 50 + [b"\x02LA|\x03"], [b"LA|"]),
        ([b"\x02" * 10_000, b"LA|\x03"], [b"LA|"]),
        ([b""], []),
    ],
)
def test_frames_are_cut_out_of_whatever_comes(pieces: list[bytes], records: list[bytes]) -> None:
    reader = FrameReader()
    assert [each for piece in pieces for each in reader.feed(piece)] == records


def test_one_byte_at_a_time_gives_the_same_records() -> None:
    stream = b"noise" + b"".join(frame(data) + b"\r\n" for data in SAMPLES)
    whole, single = FrameReader(), FrameReader()
    assert whole.feed(stream) == SAMPLES
    assert [each for byte in stream for each in single.feed(bytes([byte]))] == SAMPLES
    assert whole.dropped == single.dropped == 5 + 2 * len(SAMPLES)


def test_a_line_that_never_ends_a_frame_is_not_kept() -> None:
    reader = FrameReader()
    for _each in range(100):
        assert reader.feed(STX + b"x" * 100_000) == []
    assert reader.dropped > 9_000_000
    assert reader.feed(b"y" + ETX + frame(b"LA|")) == [b"LA|"]


# --- values -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "digits", "decimals", "minor"),
    [
        ("1450", 2, 2, 1450),
        ("-1450", 2, 2, -1450),
        ("1450", 2, 0, 145_000),
        ("145000", 0, 2, 1450),  # yen, with the two decimals of a till that knows no other
        ("145050", 0, 2, None),
        ("-145000", 0, 2, -1450),
        ("1450", 0, 0, 1450),
        ("1450", 3, 2, 14_500),
        ("1450", 3, 3, 1450),
        ("0", 2, 2, 0),
        (" 5 ", 2, 2, 5),
        ("", 2, 2, None),
        ("14.50", 2, 2, None),
        ("+5", 2, 2, None),
        ("1e3", 2, 2, None),
        ("٣", 2, 2, None),
        ("9" * 15, 2, 2, 10**15 - 1),
        ("9" * 16, 2, 2, None),
    ],
)
def test_an_amount_has_the_decimals_of_its_link(text: str, digits: int, decimals: int, minor: int | None) -> None:
    assert values.to_minor(text, digits, decimals) == minor


@pytest.mark.parametrize(
    ("minor", "digits", "decimals", "text"),
    [
        (1450, 2, 2, "1450"),
        (-5, 2, 2, "-5"),
        (1450, 0, 2, "145000"),
        (1450, 2, 0, "15"),
        (-1450, 2, 0, "-15"),
        (14_504, 3, 2, "1450"),
    ],
)
def test_an_amount_goes_out_with_the_decimals_of_the_link(minor: int, digits: int, decimals: int, text: str) -> None:
    assert values.from_minor(minor, digits, decimals) == text


@pytest.mark.parametrize(
    ("minor", "digits", "text"), [(1450, 2, "14.50"), (-5, 2, "-0.05"), (0, 2, "0.00"), (7, 0, "7"), (1450, 3, "1.450")]
)
def test_a_balance_may_have_a_point(minor: int, digits: int, text: str) -> None:
    assert values.with_point(minor, digits) == text


@pytest.mark.parametrize(
    ("fields", "fits"),
    [
        (b"PR|TA1000|S1800|D1-200|T1400|", True),  # V29
        (b"PR|TA22850|S18000|S26000|S34000|T12575|T21525|T31050|D1-1000|TP500|SC200|", True),  # V24
        (b"PR|TA11075|S18000|S26000|S34000|T12575|T21525|T31050|D1-1000|", False),  # V26
        (b"PR|TA10575|S18000|T12575|", True),  # V23
        (b"PS|TA1450|", True),
        (b"PS|TA1450|S1|T1|", True),  # parts without a figure are none
        (b"PS|TA1450|TP0|", False),
        (b"PS|S11450|", None),
        (b"PS|TA1450|S1x|", None),
        (b"PS|TA1450|T#5|SO100|ST4|TI120000|S11450|", True),  # these are no parts
        (b"PS|TA1450|S11450|S1700|", True),  # the first of a field counts
    ],
)
def test_the_amount_is_the_sum_of_its_parts(fields: bytes, fits: bool | None) -> None:
    assert values.sum_fits(parse(fields, "ascii")) is fits


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("160728", date(2016, 7, 28)),
        ("000915", date(2000, 9, 15)),
        ("160230", None),
        ("16072", None),
        ("16-7-8", None),
        ("", None),
        ("٣٣٣٣٣٣", None),
    ],
)
def test_a_day_is_six_figures(text: str, day: date | None) -> None:
    assert values.to_date(text) == day
    assert day is None or values.from_date(day) == text


@pytest.mark.parametrize(
    ("text", "at"),
    [
        ("143101", time(14, 31, 1)),
        ("0730", time(7, 30)),
        ("07:30", time(7, 30)),
        ("1252001", None),
        ("250000", None),
        ("12", None),
        ("", None),
    ],
)
def test_a_time_is_four_or_six_figures(text: str, at: time | None) -> None:
    assert values.to_time(text) == at


@pytest.mark.parametrize(("text", "seconds"), [("000130", 90), ("270000", 97_200), ("006000", None), ("90", None)])
def test_a_call_may_last_longer_than_a_day(text: str, seconds: int | None) -> None:
    assert values.to_seconds(text) == seconds


def test_a_moment_is_a_day_and_a_time() -> None:
    moment = datetime(2016, 7, 28, 14, 31, 1)
    assert values.moment_of(Record("LA", values.stamp(moment))) == moment
    assert values.moment_of(Record("LA", (("DA", "160728"),))) is None


# --- words ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "decimals", "told"),
    [
        (b"LS|DA160728|TI143101|", 2, "Link start: date Jul 28, 2016, time 2:31:01\u202fPM"),
        (
            b"PS|RN2781|PTC|SO100|TA1450|",
            2,
            "Posting to a room: room 2781, kind of posting C (direct charge), outlet 100, amount 14.50",
        ),
        (b"PS|TA1450|D1-1000|", 0, "Posting to a room: amount 1,450, discount -1,000"),
        (b"PS|TAx|DUx|DAx|TIx|CO?|", 2, "Posting to a room: amount x, duration x, date x, time x, over the limit ?"),
        (b"PS|DU010203|", 2, "Posting to a room: duration 1:02:03"),
        (b"PA|ASNG|CTINVALID ROOM|", 2, "Answer to a posting: answer NG (guest or room not found), text INVALID ROOM"),
        (b"GI|RN1|GSY|SF|", 2, "Guest checks in: room 1, shares the room yes, part of a resync"),
        (b"LR|RIGI|FLRNG#SF|", 2, "Asks for a record: record GI (Guest checks in), fields RN G# SF"),
        (b"QQ|ZZ5|RN|", 2, "Unknown record QQ: ZZ 5, room –"),
        (b"LA|", 2, "Link alive"),
    ],
)
def test_a_record_is_told_in_words(data: bytes, decimals: int, told: str) -> None:
    assert meaning(parse(data, "ascii"), decimals) == told


@pytest.mark.parametrize("data", SAMPLES, ids=lambda data: data[:40].decode())
def test_every_published_record_has_words_without_an_unknown_one(data: bytes) -> None:
    told = meaning(parse(data, "ascii"))
    assert "Unknown" not in told
    assert len(told) <= LONGEST


def test_every_status_and_every_required_field_has_words() -> None:
    assert set(IN_WORDS) == set(AnswerStatus)
    for word in vocabulary.RECORDS.values():
        assert set(word.required) <= set(vocabulary.FIELDS)
    assert set(vocabulary.CHOICES) <= set(vocabulary.FIELDS)
    assert len(vocabulary.FIELDS) == len(vocabulary._FIELDS)
    assert len(vocabulary.RECORDS) == len(vocabulary._RECORDS)
    assert {word.kind for word in vocabulary.FIELDS.values()} == set(vocabulary.KINDS_IN_WORDS)


@pytest.mark.parametrize(
    ("code", "value", "kept"), [("CT", "x" * 60, 50), ("TA", "1" * 60, 60), ("ZZ", "x" * 60, 60), ("GT", "x" * 60, 20)]
)
def test_texts_are_cut_to_their_field_and_figures_never(code: str, value: str, kept: int) -> None:
    assert len(cut(code, value)) == kept
