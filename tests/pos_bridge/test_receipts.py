"""Slips as they stand on paper: golden text, lines that a printer cannot write, and nothing in a name that commands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from frontoffice.app import templates_folder
from pos_bridge.receipts import drawing, markup, picture
from pos_bridge.receipts.encoding import encode
from pos_bridge.receipts.layout import Ruler, place, wrap
from pos_bridge.receipts.library import Paper, code_pages_of, holds, profiles
from pos_bridge.receipts.making import make
from pos_bridge.receipts.markup import Line, TemplateInvalid
from pos_bridge.receipts.templates import TEMPLATES, Receipts
from pos_bridge.receipts.text import printable
from pos_bridge.slips import (
    KINDS,
    PaymentSlip,
    ShiftSlip,
    SlipContentInvalid,
    SlipKindUnknown,
    SlipLine,
    ZSlip,
    content_of,
    read_slip,
)
from tests.pos_bridge.queue_house import HEAD, RECEIPTS, charge_slip, words

WIDE, NARROW = Paper(profile="TM-T20II"), Paper(dots=384, profile="POS-5890")
FULL = charge_slip(
    outlet_name="Restaurant",
    lines=(SlipLine("Wiener Schnitzel mit Preiselbeeren und Kartoffeln", 2, 4800), SlipLine("Борщ", 1, 900)),
    total_minor=6200,
    tip_minor=500,
    check_number="R-104",
    table="7",
    covers=2,
    waiter="Ana",
    terminal="R1",
    room="305",
    guest="Giorgi",
    voucher=1284,
    note="SUSPENSE",
    to_sign=True,
)
CHARGE_NARROW = """\
[logo]
         Hotel am Markt
   Restaurant
--------------------------------
Check                      R-104
Table                          7
Covers                         2
Served by                    Ana
Terminal                      R1
--------------------------------
2 Wiener Schnitzel mit
Preiselbeeren und
Kartoffeln                 48.00
1 Борщ                      9.00
--------------------------------
Tip                         5.00
EUR        62.00

Room                         305
Guest                     Giorgi
            SUSPENSE


X ______________________________
Signature

         [barcode 1284]
          Voucher 1284
--------------------------------
Business date        Mar 1, 2026
Time             3/1/26, 7:45 PM
[cut]
"""
MONEY: dict[str, Any] = {
    **HEAD,
    "amount_minor": 8400,
    "tender": "Cash",
    "cash": True,
    "voucher": 77,
    "operator": "cashier",
    "folio": "100123",
    "name": "Guest, Mr.",
    "room": "101",
    "shift": 12,
    "balance_minor": 0,
}
PAYMENT = """\
[logo]
                 Hotel am Markt
        Receipt
------------------------------------------------
Cash EUR                                   84.00
Guest                                 Guest, Mr.
Room                                         101
Folio                                     100123
Balance                                     0.00
Cashier                                  cashier
Shift                                         12

                  [barcode 77]
                   Voucher 77
[drawer]
------------------------------------------------
Business date                        Mar 1, 2026
Time                             3/1/26, 7:45 PM
[cut]
"""


def text_of(slip: Any, paper: Paper = WIDE, language: str = "en", **which: Any) -> str:
    return make(RECEIPTS, slip, language, paper, **which).text()


# --- golden text ----------------------------------------------------------------------------------------------------


def test_a_charge_on_narrow_paper_reads_as_agreed() -> None:
    assert text_of(FULL, NARROW) == CHARGE_NARROW


def test_a_payment_reads_as_agreed_and_opens_the_drawer_for_cash() -> None:
    assert text_of(PaymentSlip(**MONEY)) == PAYMENT
    assert "[drawer]" not in text_of(PaymentSlip(**MONEY | {"cash": False}))


def test_a_slip_is_written_in_its_own_language() -> None:
    told = text_of(PaymentSlip(**MONEY), language="de")
    assert "Zimmer                                       101\n" in told
    assert "84,00\n" in told
    assert "Room                                         101\n" in text_of(PaymentSlip(**MONEY), language="xx")


def test_a_shift_report_says_what_was_over_or_short() -> None:
    slip = ShiftSlip(
        **HEAD, shift=3, cashier="ana", drawer="Desk", payments=(SlipLine("Cash", 2, 5000),), refunds=(),
        paid_outs=(SlipLine("Taxi", 1, 1500),), float_minor=20000, expected_minor=23500, counted_minor=23400,
        dropped_minor=3400, left_minor=20000, bag="B7",
    )  # fmt: skip
    told = text_of(slip, NARROW)
    assert "Over or short              -1.00\n" in told
    assert "1 Taxi                     15.00\n" in told
    assert "Refunds" not in told
    assert read_slip("shift_report", json.loads(json.dumps(content_of(slip)))) == slip


def test_the_end_of_an_outlets_day_adds_up_what_it_says() -> None:
    slip = ZSlip(**HEAD, outlet_name="Bar", number=4, lines=(SlipLine("Beer", 3, 1500),), total_minor=1500, checks=2)
    told = text_of(slip, NARROW)
    assert "3 Beer                     15.00\n" in told
    assert "EUR        15.00\n" in told


def test_a_copy_and_a_doubtful_slip_say_so_at_both_ends() -> None:
    told = text_of(FULL, copy=1, doubtful=True)
    assert told.count("COPY") == told.count("POSSIBLY PRINTED BEFORE") == 2
    assert "COPY 3" in text_of(FULL, copy=3)
    assert "COPY" not in text_of(FULL)


@pytest.mark.parametrize("kind", TEMPLATES)
def test_every_kind_has_a_template_and_facts_of_its_own(kind: str) -> None:
    assert KINDS[kind].kind == kind
    assert set(TEMPLATES) == set(KINDS)


# --- facts as JSON --------------------------------------------------------------------------------------------------


def test_facts_come_back_from_json_as_they_were() -> None:
    assert read_slip("charge", json.loads(json.dumps(content_of(FULL)))) == FULL


def test_what_a_newer_program_added_is_passed_over_and_what_is_missing_is_refused() -> None:
    stored = content_of(FULL)
    assert read_slip("charge", stored | {"loyalty_points": 7}) == FULL
    for broken in ({}, {**stored, "moment": "soon"}, {**stored, "lines": [1]}, {**stored, "total_minor": "12.50"}):
        with pytest.raises(SlipContentInvalid):
            read_slip("charge", broken)
    with pytest.raises(SlipKindUnknown):
        read_slip("poem", stored)


# --- what a printer can write and what is drawn ---------------------------------------------------------------------


def rows_of(text: str, paper: Paper = WIDE) -> list[str]:
    return [row.what for row in place([Line(left=text)], paper, "en")]


@pytest.mark.parametrize("text", ["plain", "Grüße, señor €", "Борщ украинский", "Łódź"])
def test_a_line_that_the_code_pages_hold_is_written_by_the_printer(text: str) -> None:
    assert rows_of(text) == ["text"]
    content = encode(place([Line(left=text)], WIDE, "en"), WIDE, "en").content
    assert b"\x1dv0" not in content
    assert b"?" not in content


@pytest.mark.parametrize("text", ["ხაჭაპური", "麻婆豆腐", "½ ₾ and ₽", "日本語 and Latin"])
def test_any_other_line_is_drawn(text: str) -> None:
    assert rows_of(text) == ["drawn"]
    assert b"\x1dv0" in encode(place([Line(left=text)], WIDE, "en"), WIDE, "en").content


def test_a_printer_writes_with_the_code_pages_it_may_use_and_no_other() -> None:
    latin_only = Paper(profile="TM-T20II", code_pages=("CP437",))
    assert rows_of("Борщ", latin_only) == ["drawn"]
    assert rows_of("crème", latin_only) == ["text"]
    assert rows_of("crème", Paper(profile="simple")) == ["text" if holds(Paper(profile="simple"), "è") else "drawn"]


def test_the_bytes_of_written_lines_mean_the_characters_they_were_made_of() -> None:
    for text in ("Grüße €", "Борщ", "Łódź"):
        content = encode(place([Line(left=text)], WIDE, "en"), WIDE, "en").content
        reader = picture._Reader(content, WIDE)
        seen: list[str] = []
        reader._letter = lambda byte, seen=seen, reader=reader: seen.append(  # type: ignore[method-assign]
            chr(byte) if byte < 0x80 else picture._character(reader.state.encoding, byte)
        )
        reader.read()
        assert "".join(seen) == text


def test_georgian_and_cyrillic_are_drawn_and_what_no_font_has_is_told() -> None:
    assert drawing.missing("ქართული Привет ₾", "en") == set()
    assert drawing.missing("\U00012000", "en") == {"\U00012000"}
    made = make(RECEIPTS, charge_slip("\U00012000"), "en", WIDE)
    assert made.missing == "\U00012000"


@pytest.mark.parametrize("profile", profiles())
def test_a_slip_can_be_made_for_every_model(profile: str) -> None:
    made = make(RECEIPTS, FULL, "en", Paper(profile=profile))
    assert made.content.startswith(b"\x1b@")
    assert code_pages_of(profile) is not None


def test_a_picture_of_the_bytes_is_as_wide_as_the_paper() -> None:
    for paper in (WIDE, NARROW):
        drawn = Image.open(BytesIO(picture.png(make(RECEIPTS, FULL, "en", paper).content, paper)))
        assert drawn.width == paper.dots + 2 * picture.MARGIN
        assert drawn.height > 500


def test_what_a_printer_has_not_is_left_out() -> None:
    bare = Paper(profile="TM-T20II", has_cutter=False, has_drawer=False)
    full = Paper(profile="TM-T20II", has_cutter=True, has_drawer=True)
    slip = PaymentSlip(**MONEY)
    assert b"\x1dV" not in make(RECEIPTS, slip, "en", bare).content
    assert b"\x1bp" not in make(RECEIPTS, slip, "en", bare).content
    assert b"\x1dV" in make(RECEIPTS, slip, "en", full).content
    assert b"\x1bp" in make(RECEIPTS, slip, "en", full).content


# --- breaking lines -------------------------------------------------------------------------------------------------


@given(st.text(max_size=200), st.integers(8, 48), st.booleans())
def test_no_row_is_wider_than_its_paper_and_no_letter_is_lost(text: str, columns: int, drawn: bool) -> None:
    clean = printable(text)
    ruler = Ruler(Paper(dots=columns * 12), "en", drawn)
    rows = wrap(clean, ruler, columns)
    assert "".join("".join(rows).split()) == "".join(clean.split())
    assert all(ruler.width(row) <= columns or len(row) == 1 for row in rows)


def test_an_amount_stands_at_the_edge_beside_the_last_row_of_its_text() -> None:
    rows = place([Line(left="A very long dish that goes on and on", right="12.50")], NARROW, "en")
    assert [row.left for row in rows] == ["A very long dish that goes", "on and on                  12.50"]


# --- nothing from outside commands ----------------------------------------------------------------------------------

HOSTILE = st.text(st.characters(max_codepoint=0x2FF) | st.sampled_from("\x00\x1b\x1d\x10\x04\n\r\u2028\u202e[]|{}%"))


@given(HOSTILE)
def test_nothing_printable_is_a_control_a_break_or_invisible(text: str) -> None:
    clean = printable(text)
    assert clean.isprintable()
    assert len(clean.splitlines()) <= 1


@given(HOSTILE, HOSTILE, HOSTILE)
def test_no_name_brings_a_command_a_mark_or_a_line_into_a_slip(guest: str, dish: str, note: str) -> None:
    harmless = charge_slip("x", guest="x", note="x", room="1")
    slip = charge_slip(dish or "x", guest=guest or "x", note=note or "x", room="1")
    said, expected = (RECEIPTS.write(each, "en").lines for each in (slip, harmless))
    assert [line.what for line in said][-3:] == [line.what for line in expected][-3:]
    assert {line.what for line in said} <= {line.what for line in expected}
    content = make(RECEIPTS, slip, "en", WIDE).content
    assert list(commands(content)) == [each for each in commands(content) if each in ALLOWED]


ALLOWED = (b"\x1b@", b"\x1bt", b"\x1b!", b"\x1bE", b"\x1bd", b"\x1dV", b"\x1dv")


def commands(content: bytes) -> Iterator[bytes]:
    """Every command in a slip's bytes; a byte that is none of a slip's own fails the test."""
    at = 0
    while at < len(content):
        if content[at] in (0x1B, 0x1D):
            yield content[at : at + 2]
            if content[at + 1 : at + 3] == b"v0":
                across = content[at + 4] + 256 * content[at + 5]
                at += 8 + across * (content[at + 6] + 256 * content[at + 7])
            else:
                at += 2 if content[at + 1] == ord("@") else 3
        else:
            assert content[at] >= 0x20 or content[at] == 0x0A, content[at]
            at += 1


def test_escape_bytes_in_names_reach_no_printer() -> None:
    evil = "Bob\x1bp\x00\x32\x32\x1dV\x00\x10\x04\x01\n[cut]\n[drawer]"
    content = make(RECEIPTS, charge_slip(evil, guest=evil), "en", Paper(profile="TM-T20II", has_drawer=True)).content
    assert b"\x1bp" not in content
    assert content.count(b"\x1dV") == 1
    assert "[cut]" in words(content)


# --- templates of the hotel's own -----------------------------------------------------------------------------------


def own(folder: Path, text: str) -> Receipts:
    (folder / "charge.txt").write_text(text, "utf-8")
    return Receipts(Path(templates_folder()), folder)


def test_a_hotels_own_template_is_taken_before_that_of_the_house(tmp_path: Path) -> None:
    receipts = own(tmp_path, "[centre]{{ slip.outlet_name }} and more\n{% include 'receipts/foot.txt' %}\n")
    assert "Bar and more" in make(receipts, charge_slip(), "en", WIDE).text()
    assert "Business date" in make(receipts, charge_slip(), "en", WIDE).text()
    assert "Receipt" in make(receipts, PaymentSlip(**MONEY), "en", WIDE).text()


@pytest.mark.parametrize(
    "text",
    [
        "{{ slip.nothing_such }}",
        "{% if %}",
        "[blink]text",
        "[cut] and more",
        "{{ ''.__class__.__mro__ }}",
        "{{ slip.__init__.__globals__ }}",
        "{% for a in range(99999) %}{% for b in range(99999) %}xxxxxxxxxxx{% endfor %}{% endfor %}",
        "line\n" * 600,
        "{{ 1 / 0 }}",
    ],
)
def test_a_wrong_template_of_the_hotel_is_told_and_the_slip_is_printed_all_the_same(tmp_path: Path, text: str) -> None:
    made = make(own(tmp_path, text), charge_slip(), "en", WIDE)
    assert made.fault
    assert made.text() == text_of(charge_slip())


def test_marks_are_read_at_the_beginning_of_a_line_alone() -> None:
    assert markup.read("[bold][centre]A[|]B") == [Line("text", "A", "B", "centre", True, False)]
    assert markup.read(f"{markup.escape('[cut]')} x")[0].left == "[cut] x"
    for wrong in ("a [bold]", "a[|]b[|]c", "[rule][cut]"):
        with pytest.raises(TemplateInvalid):
            markup.read(wrong)


def test_dates_and_amounts_follow_the_language_of_the_slip() -> None:
    slip = charge_slip(business_date=date(2026, 12, 30), moment=datetime(2026, 12, 30, 8, 5), total_minor=123456)
    told = text_of(slip, language="de")
    assert "1.234,56" in told
    assert "30.12.2026" in told
