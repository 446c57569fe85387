"""Bills on paper: what can be read from the PDF, in any script, from any name, and the same bytes each time."""

from __future__ import annotations

import time
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from frontoffice import bills, invoices, paper, stationery
from frontoffice.bills import Bill, BillLine, Recipient, Settlement, StayFacts, TaxLine
from frontoffice.models.invoices import Invoice
from frontoffice.paper import PaperFontMissing, Sheet, fonts
from frontoffice.paper.fonts import cjk_font, plain
from frontoffice.stationery import Letterhead
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, House, day
from tests.frontoffice.test_stationery import picture

FIRST = date(2026, 3, 1)
MADE_AT = datetime(2026, 3, 10, 9, 30, tzinfo=UTC)
HEAD = Letterhead(
    "Hotel at the Harbour",
    "DE",
    "Harbour Hotel GmbH",
    "1 Quay",
    "20457",
    "Hamburg",
    vat_number="DE123456789",
    bank="IBAN DE02 1203 0000 0000 2020 51",
    footer="See you again.",
)


def line(text: str | None, gross: int, night: int = 0, quantity: int = 1, **facts: object) -> BillLine:
    on = FIRST + timedelta(days=night)
    given = {"kind": "charge", "code": "ROOM", "name": "Room", "article": None, "reference": None} | facts
    return BillLine(on, on, text=text, quantity=quantity, net_minor=gross, gross_minor=gross, **given)  # type: ignore[arg-type]


def sheet(lines: int = 3, **facts: object) -> Sheet:
    """An invoice with lines of 100.00 each, of which 50.00 were paid."""
    total = lines * 10000
    bill = Bill(
        kind="invoice",
        folio_id=1,
        folio="F1",
        name="Guest",
        currency="EUR",
        grouping="none",
        first=None,
        last=None,
        recipient=Recipient("Mr. Guest"),
        company=None,
        stay=StayFacts("17", "Mr. Guest", "305", FIRST, FIRST + timedelta(days=9), 2, "en"),
        brought_forward_minor=0,
        lines=tuple(line(f"Night {number}", 10000, number // 4) for number in range(lines)),
        settlements=(Settlement(1, FIRST, "payment", "Visa", "1234", -5000),),
        taxes=(TaxLine("VAT", "VAT", 70_000, total * 100 // 107, total - total * 100 // 107, total),),
        total_minor=total,
        paid_minor=-5000,
        balance_minor=total - 5000,
        posting_ids=(),
    )
    of_bill = {
        name: facts.pop(name)
        for name in list(facts)
        if name in Bill.__dataclass_fields__ and name not in ("kind", "recipient")
    }
    made = Sheet("invoice", replace(bill, **of_bill), HEAD, bill.recipient, "en", FIRST, MADE_AT, number="INV17")  # type: ignore[arg-type]
    return replace(made, **facts)  # type: ignore[arg-type]


def read(pdf: bytes) -> list[str]:
    """The text of each page, as a reader would copy it; pypdf puts a zero before characters of a CID font."""
    return [page.extract_text().replace("\0", "") for page in PdfReader(BytesIO(pdf)).pages]


def drawn(*sheets: Sheet) -> str:
    found = paper.bind(sheets)
    assert found.notices == ()
    return "\n".join(read(found.pdf))


# --- what stands on it ----------------------------------------------------------------------------------------


def test_an_invoice_says_who_what_and_how_much() -> None:
    text = drawn(sheet())
    for told in (
        "Hotel at the Harbour",
        "Harbour Hotel GmbH",
        "INVOICE INV17",
        "Mr. Guest",
        "305",
        "Mar 1, 2026",
        "Night 2",
        "100.00",
        "Amount EUR",
        "300.00",
        "Payment: Visa · 1234",
        "-50.00",
        "Balance due",
        "250.00",
        "7%",
        "280.37",
        "19.63",
        "VAT no. DE123456789",
        "IBAN DE02 1203 0000 0000 2020 51",
        "Page 1 of 1",
    ):
        assert told in text
    assert "COPY" not in text
    assert "not an invoice" not in text


def test_a_long_bill_carries_its_sum_from_page_to_page() -> None:
    found = paper.draw(sheet(80))
    pages = read(found.pdf)
    assert found.pages == len(pages) == 3
    for number, page in enumerate(pages, 1):
        assert f"Page {number} of 3" in page
        assert page.count("Carried forward") == (1 if number in (1, 3) else 2)
    nights = [page.count("Night ") for page in pages]
    assert sum(nights) == 80
    told = sum(nights[:1]) * 100, sum(nights[:2]) * 100
    for sum_, page, after in zip(told, pages, pages[1:], strict=False):
        assert f"{sum_:,}.00" in page
        assert f"{sum_:,}.00" in after
    assert "8,000.00" in pages[-1]


@pytest.mark.parametrize("lines", range(24, 40))
def test_the_total_never_stands_without_a_line_above_it(lines: int) -> None:
    last = next(page for page in read(paper.draw(sheet(lines)).pdf) if "Balance due" in page)
    assert "Total" in last
    assert f"Night {lines - 1}" in last


@pytest.mark.parametrize(
    ("kind", "title"),
    [
        ("information", "INFORMATION BILL F1"),
        ("interim", "INTERIM BILL F1"),
        ("final", "BILL F1"),
    ],
)
def test_a_bill_that_is_no_invoice_says_so(kind: str, title: str) -> None:
    made = sheet(kind=kind, number=None)
    text = drawn(made)
    assert title.removesuffix(" F1") in text
    assert "it is not an invoice" in text
    assert PdfReader(BytesIO(paper.draw(made).pdf)).metadata.title == title  # type: ignore[union-attr]


def test_a_copy_and_a_credit_note_say_what_they_are() -> None:
    assert "COPY" in drawn(sheet(copy=1))
    assert "COPY 3" in drawn(sheet(copy=3))
    note = sheet(kind="credit_note", number="CN2", credits=("INV17", FIRST), reason="Wrong firm", settlements=())
    text = drawn(note)
    for told in ("CREDIT NOTE CN2", "For invoice INV17 of Mar 1, 2026.", "Reason: Wrong firm"):
        assert told in text
    assert "Balance" not in text


def test_rebates_and_groups_are_told_in_words() -> None:
    lines = (
        line("Dinner", -1000, kind="allowance"),
        line("Lunch", -1000, kind="correction"),
        line("Tea", -500, kind="transfer"),
        line("Tea", 500, kind="transfer", reference="4711"),
    )
    text = drawn(replace(sheet(), bill=replace(sheet().bill, lines=lines)))
    for told in ("Allowance: Dinner", "Correction: Lunch", "Moved: Tea", "Tea · 4711"):
        assert told in text
    by_day = replace(sheet().bill, lines=(line(None, 12000),), grouping="day")
    assert "Charges of the day" in drawn(replace(sheet(), bill=by_day))
    by_code = replace(sheet().bill, lines=(line("Room", 12000, quantity=3),), grouping="code")
    text = drawn(replace(sheet(), bill=by_code))
    assert "Quantity" in text
    assert "Price" not in text


def test_a_settled_bill_and_one_paid_too_much_name_their_balance() -> None:
    assert "Balance in your favour" in drawn(sheet(balance_minor=-1234))
    text = drawn(sheet(balance_minor=0))
    assert "Balance due" not in text
    assert "0.00" in text


def test_amounts_and_days_are_written_as_the_guest_reads_them() -> None:
    german = drawn(sheet(language="de"))
    assert "01.03.2026" in german
    assert "300,00" in german
    assert "1 мар. 2026" in drawn(sheet(language="ru"))
    assert "30,000" in drawn(sheet(currency="JPY"))


def test_the_words_are_those_of_the_readers_catalogue() -> None:
    german = {"INVOICE": "RECHNUNG", "COPY": "KOPIE"}
    found = paper.draw(sheet(copy=1), words=lambda _: lambda text: german.get(text, text))
    (text,) = read(found.pdf)
    assert "RECHNUNG INV17" in text
    assert "KOPIE" in text


def test_the_paper_is_letter_where_people_use_it() -> None:
    sizes = []
    for country in ("DE", "US", "MX", None):
        page = PdfReader(BytesIO(paper.draw(sheet(letterhead=replace(HEAD, country=country))).pdf)).pages[0]
        sizes.append((round(page.mediabox.width), round(page.mediabox.height)))
    assert sizes == [(595, 842), (612, 792), (612, 792), (595, 842)]


def test_a_logo_stands_at_the_head_of_the_paper() -> None:
    found = paper.draw(sheet(logo=stationery.read_logo(picture(mode="RGBA"))))
    assert [(each.image.width, each.image.height) for each in PdfReader(BytesIO(found.pdf)).pages[0].images] == [
        (300, 100)
    ]


# --- scripts and hostile names --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["Łukasz Ðœåß", "Nguyễn Văn Khách", "Гость Їжак", "Πελάτης Ξένος", "ბატონი სტუმარი", "₾ € ₺ ₴"]
)
def test_latin_cyrillic_greek_and_georgian_need_no_font_of_the_system(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "CJK_FOLDERS", ())
    assert name in drawn(sheet(recipient=Recipient(name, city=name)))


@pytest.mark.skipif(cjk_font("zh") is None, reason="no Noto Sans CJK here")
@pytest.mark.parametrize(("language", "name"), [("zh", "王先生"), ("ja", "お客様"), ("ko", "고객님")])
def test_chinese_japanese_and_korean_use_the_systems_font(language: str, name: str) -> None:
    assert name in drawn(sheet(recipient=Recipient(name), language=language))


def test_without_a_font_the_paper_shows_boxes_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "CJK_FOLDERS", ())
    found = paper.draw(sheet(recipient=Recipient("王先生 Guest"), language="zh"))
    (notice,) = found.notices
    assert isinstance(notice, PaperFontMissing)
    assert "先 王 生" in notice.text()
    (text,) = read(found.pdf)
    assert "Guest" in text
    assert "Mar 1, 2026" in text  # the day would have been in boxes, too


def test_right_to_left_text_and_emoji_never_stop_the_paper() -> None:
    for name in ("שלום עולם", "مرحبا بكم", "🛎️ Guest 👨‍👩‍👧", "e\u0301\u0323", "\ud800"):
        assert paper.draw(sheet(recipient=Recipient(name), language="ar")).pages == 1


@pytest.mark.parametrize(
    "text",
    ["<b>Guest</b>", "=1+1", "**bold** __line__", "{amount} %s", "(a) \\ end) Tj", "&lt;b&gt;", "--HYPERLINK()"],
)
def test_signs_that_mean_something_elsewhere_are_plain_text(text: str) -> None:
    found = sheet(recipient=Recipient(text, text, city=text), lines=1)
    found = replace(found, bill=replace(found.bill, lines=(line(text, 100, reference=text),)), reason=text)
    assert drawn(found).count(text) >= 5


def test_control_characters_become_spaces_and_turning_marks_nothing() -> None:
    assert plain("a\nb\tc\x00d\u202ee\u00adf\u2028g") == "a b c def g"
    assert plain("e\u0301") == "é"
    text = drawn(sheet(recipient=Recipient("First\nSecond\x07")))
    assert "First\nSecond" in text


def test_names_and_texts_without_end_stay_on_the_paper() -> None:
    endless = "W" * 200
    made = sheet(recipient=Recipient(endless, endless + "\n" + endless), lines=1)
    stay = replace(made.bill.stay, guest="M" * 200)  # type: ignore[type-var]
    made = replace(made, bill=replace(made.bill, lines=(line(endless, 10**13 - 1),), stay=stay))
    found = paper.draw(made)
    places: list[float] = []

    def note(text: str, _cm: object, matrix: list[float], *_: object) -> None:
        if text.strip():
            places.append(matrix[4])

    for page in PdfReader(BytesIO(found.pdf)).pages:
        page.extract_text(visitor_text=note)
        assert all(50 <= place < float(page.mediabox.width) - 50 for place in places)
    text = "".join(read(found.pdf))
    assert text.count("W") == 4 * 200
    assert text.count("M") == 200 + text.count("Mar ")


# --- the file -------------------------------------------------------------------------------------------------


def test_the_same_sheet_gives_the_same_bytes_at_any_time() -> None:
    before = paper.draw(sheet(40)).pdf
    time.sleep(1.1)
    assert paper.draw(sheet(40)).pdf == before


def test_many_bills_are_bound_into_one_file_each_with_its_own_pages() -> None:
    found = paper.bind([sheet(40), sheet(2, number="INV18"), sheet(1, letterhead=replace(HEAD, country="US"))])
    pages = read(found.pdf)
    assert found.pages == len(pages) == 4
    assert ["of 2" in page for page in pages] == [True, True, False, False]
    assert "INVOICE INV18" in pages[2]
    with pytest.raises(ValueError, match="nothing to draw"):
        paper.bind([])


# --- from the database ----------------------------------------------------------------------------------------


def test_an_invoice_is_printed_as_it_was_issued_whatever_changed_since(house: House) -> None:
    house.do(stationery.amend, 1, {"company_name": "Old Firm", "city": "Porto"}, CLERK)
    house.do(stationery.set_logo, picture(), CLERK)
    stay = house.arrive()
    house.charge(stay, "40.00")
    issued = house.do(invoices.issue, house.window(stay), operator=CLERK, recipient=Recipient("Acme"))
    before = paper.bind(house.do(paper.invoice_sheets, [(issued, 0)])).pdf

    house.do(stationery.amend, 3, {"company_name": "New Firm"}, CLERK)
    house.do(stationery.remove_logo, CLERK)
    house.charge(stay, "9.00")
    (again,) = house.rows(Invoice)
    with statements(house.engine) as sent:
        (made,) = house.do(paper.invoice_sheets, [(again, 0)])
    assert len(sent) == 1
    assert paper.draw(made).pdf == before
    text = drawn(made)
    assert "Old Firm" in text
    assert "INVOICE INV1" in text
    (copy,) = house.do(paper.invoice_sheets, [(again, 1)])
    assert "COPY" in drawn(copy)


def test_the_paper_of_a_groups_bills_costs_as_many_statements_as_one(house: House) -> None:
    folios = [house.window(house.arrive(room=room)) for room in ("101", "102", "103")]
    counts = []
    for wanted in (folios[:1], folios):
        made = house.do(bills.bills, wanted)
        with statements(house.engine) as sent:
            sheets = house.do(paper.bill_sheets, made)
        counts.append(len(sent))
        assert [each.day for each in sheets] == [day(0)] * len(wanted)
    assert counts == [3, 3]
    assert paper.bind(sheets).pages == 3
