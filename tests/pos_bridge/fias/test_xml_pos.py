"""XML_POS: elements read into records and written from them, the published conversations over TCP."""

from __future__ import annotations

import socket
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pos_bridge.fias.framing import FrameReader, frame
from pos_bridge.fias.link import Phase
from pos_bridge.fias.records import NotARecord, Record
from pos_bridge.fias.values import sum_fits
from pos_bridge.fias.xml_pos import XmlLink, XmlPos
from pos_bridge.fias_links.seam import XML_POS
from tests.pos_bridge.fias.line_hotel import FakeHotel, a_link, read, running
from tests.pos_bridge.fias.test_link import told
from tests.pos_bridge.fias.vectors import VECTORS

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)


def record(element: str, encoding: str = "cp1252") -> Record:
    return XmlPos(encoding, "1").read(element.encode(encoding))


def attributes(data: bytes | None) -> list[tuple[str, dict[str, str]]]:
    assert data is not None
    return [(each.tag, dict(each.attrib)) for each in ElementTree.fromstring(data.decode("cp1252")).iter()]


# --- elements ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("element", "fields"),
    [
        ('<LinkDescription Date="070818" Time="190649" VerNum="1.0" />', "LD|DA070818|TI190649|V#1.0|"),
        ('<?xml version="1.0"?><LinkStart Date="070818" Time="190649"/>', "LS|DA070818|TI190649|"),
        ('<PostInquiry InquiryInformation="217" RequestType="4" SequenceNumber="1"/>', "PR|PI217|P#1|"),
        ('<PostInquiry InquiryInformation="GUE" RequestType="12" SequenceNumber="1"/>', "PR|PIGUE|P#1|"),
        ('<PostInquiry InquiryInformation=";41=25" RequestType="2" SequenceNumber="1"/>', "PR|$2;41=25|P#1|"),
        ('<PostInquiry InquiryInformation="2" RequestType="6" SequenceNumber="1"/>', "PR|PI2|P#1|"),
        ('<PostRequest TotalAmount="5" CreditlimitOverride="Y"/>', "PR|TA5|COY|"),
        (
            '<PostRequest TotalAmount="10" Subtotal1="4" Subtotal9="1" Subtotal10="2" Subtotal16="3" Discount1="-1" '
            'ServiceCharge1="1" ServiceCharge2="0" Tax1="0"/>',
            "PR|TA10|SC1|S14|S96|D1-1|T10|",
        ),
        ('<PostRequest LastName="M&#252;ller &amp; Söhne"/>', "PR|GNMüller & Söhne|"),
    ],
)
def test_an_element_is_read_as_a_record(element: str, fields: str) -> None:
    assert str(record(element)) == fields


@pytest.mark.parametrize(
    "element",
    [
        "",
        "<",
        "<PostInquiry",
        "<Unknown/>",
        "PS|RN1|",
        '<!DOCTYPE x [<!ENTITY a "b">]><LinkStart Date="&a;"/>',
        "<!DOCTYPE LinkStart SYSTEM 'file:///etc/passwd'><LinkStart/>",
        "<LinkStart/><LinkStart/>",
        '<LinkStart Date="&unknown;"/>',
    ],
)
def test_what_is_no_element_is_no_record(element: str) -> None:
    with pytest.raises(NotARecord):
        record(element)


def test_a_published_charge_is_the_sum_of_its_parts() -> None:
    (theirs, _ours) = VECTORS["V73"].lines
    found = XmlPos("cp1252", "1").read(theirs[1])
    assert sum_fits(found)
    assert (found.get("RN"), found.get("TA"), found.get("CO"), found.get("C#")) == ("217", "10575", "N", "1234")


@pytest.mark.parametrize(("encoding", "written"), [("cp1252", b"M\xfcller &#1048;"), ("ascii", b"M&#252;ller &#1048;")])
def test_what_the_code_page_lacks_is_written_as_a_number(encoding: str, written: bytes) -> None:
    data = XmlPos(encoding, "1").write(Record("PA", (("AS", "OK"), ("GN", "Müller И"), ("CT", 'a"<b\x02>'))))
    assert data is not None
    assert b'LastName="' + written + b'"' in data
    assert not set(data) & {2, 3}
    assert attributes(data)[0][1]["ResponseText"] == 'a"<b >'


def test_what_xml_pos_has_no_word_for_is_not_said() -> None:
    dialect = XmlPos("cp1252", "1")
    assert [dialect.write(Record(id_)) for id_ in ("GI", "DS", "LC", "XB")] == [None] * 4
    assert XmlLink().wants("GI") is None


@given(st.one_of(st.binary(max_size=120), st.builds(lambda text: f'<PostRequest {text}="1"/>'.encode(), st.text())))
def test_no_bytes_are_more_than_an_element_or_none(data: bytes) -> None:
    dialect = XmlPos("cp1252", "1")
    try:
        found = dialect.read(data)
    except NotARecord:
        return
    assert found.id in ("LD", "LS", "LA", "LE", "PR")


# --- states -----------------------------------------------------------------------------------------------------


def test_the_hotel_waits_to_be_spoken_to_and_whoever_speaks_is_alive() -> None:
    link = XmlLink()
    assert link.connected(NOON) == []
    assert link.tick(NOON + timedelta(hours=1)) == []
    assert told(link.receive(read("PR|PI1|"), NOON)) == ["Alive", "<PR"]
    assert told(link.receive(read("LS|"), NOON)) == [">LA"]
    assert told(link.receive(read("LD|"), NOON)) == ["Down", ">LA", "Alive"]
    assert told(link.receive(read("LA|"), NOON)) == []
    assert told(link.receive(read("LE|"), NOON)) == ["Down", ">LE", "Close ended"]
    assert told(link.close(NOON)) == ["Close ending"]
    link.connected(NOON)
    assert told(link.receive(read("LD|"), NOON)) == [">LA", "Alive"]
    assert told(link.close(NOON)) == ["Down", ">LE"]
    assert link.receive(read("PR|PI1|"), NOON) == []
    assert told(link.tick(NOON + timedelta(seconds=3))) == ["Close ending"]
    assert link.phase is Phase.CLOSED


# --- the published conversations ----------------------------------------------------------------------------------


def test_the_published_conversations_are_replayed_over_tcp() -> None:
    hotel = FakeHotel(a_link(protocol=XML_POS))

    def answer(asked: Record) -> list[Record]:
        moment = (("DA", "070905"), ("TI", "194122" if asked.has("PI") else "194131"))
        if asked.has("PI"):
            guest = "RN217|G#12345|GNGuest|GTMr.|NPN|CL0|G+1|"
            return [read(f"PL|{guest}P#{asked.get('P#')}|DA{moment[0][1]}|TI{moment[1][1]}|")]
        text = "Posting successful. Interface transaction number/s - 660532"
        back = tuple((code, asked.get(code)) for code in ("RN", "G#", "GN", "C#", "P#"))
        return [Record("PA", (("AS", "OK"), ("CT", text), *back, *moment))]

    hotel.on_answer = answer
    with running(hotel), socket.create_connection(("127.0.0.1", hotel.set_up[0].port), timeout=10) as till:
        for vector in ("V70", "V71", "V73"):
            said: list[bytes] = []
            reader = FrameReader()
            for who, data in VECTORS[vector].lines:
                if who == "V":
                    till.sendall(frame(data))
                    continue
                while not said:
                    said += reader.feed(till.recv(4096))
                expected, heard = attributes(data), attributes(said.pop(0))
                if vector == "V70":  # stamped with the present moment
                    expected[0][1].update({name: heard[0][1][name] for name in ("Date", "Time")})
                assert heard == expected
