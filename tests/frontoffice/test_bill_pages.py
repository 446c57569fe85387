"""A folio's bill as a page and as a PDF, in the guest's language; the bills of many folios made beside the desk."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from folios import clock
from frontoffice import bill_batches, companies, groups, guests, invoice_series, invoices, jobs
from frontoffice.models.desk import Job
from frontoffice.models.invoices import Invoice, InvoicePrint
from frontoffice.paper.fonts import cjk_font
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import CLERK, House

Desk = Callable[[str], Client]


@pytest.fixture
def stay(house: House) -> int:
    """A guest who owes a dinner of 40.00 and two minibar lines of 7.00."""
    stay = house.arrive()
    house.charge(stay, "40.00")
    house.charge(stay, "7.00", code="MINIBAR")
    house.charge(stay, "7.00", code="MINIBAR")
    return stay


@pytest.fixture
def folio(house: House, stay: int) -> int:
    return house.window(stay)


def read(pdf: bytes) -> str:
    text = "\n".join(each.extract_text() for each in PdfReader(BytesIO(pdf)).pages)
    return text.replace("\x00", "")  # which stands beside wide characters


def guest_speaking(house: House, language: str | None, name: str = "Guest") -> int:
    """The folio of a guest of that name and language, who owes a dinner."""
    who = house.do(guests.add_guest, CLERK, surname=name, language=language).id
    stay = house.arrive(room="102", guest_id=who)
    house.charge(stay, "40.00")
    return house.window(stay)


# --- one bill ---------------------------------------------------------------------------------------------------


def test_the_bill_of_a_folio_stands_as_on_paper(house: House, desk: Desk, folio: int) -> None:
    page = desk("cashier").page(f"/folios/{folio}/bill")
    for text in (
        "INFORMATION BILL",
        "Mr. Guest",
        "Restaurant",
        "40.00",
        "Balance due",
        "54.00",
        "it is not an invoice",
    ):
        assert text in page, text
    assert page.count(">7.00<") == 2


def test_the_pdf_says_what_the_page_says(house: House, desk: Desk, folio: int) -> None:
    answer = desk("cashier").get(f"/folios/{folio}/bill.pdf")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    text = read(answer.data)
    for told in ("INFORMATION BILL", "Mr. Guest", "Restaurant", "40.00", "54.00"):
        assert told in text, told


@pytest.mark.parametrize(("grouping", "figure"), [("code", "14.00"), ("day", "54.00")])
def test_lines_are_grouped_as_asked_on_page_and_paper(
    house: House, desk: Desk, folio: int, grouping: str, figure: str
) -> None:
    client = desk("cashier")
    page = client.page(f"/folios/{folio}/bill?kind=interim&grouping={grouping}")
    assert f">{figure}<" in page
    assert ">7.00<" not in page
    assert "INTERIM BILL" in page
    text = read(client.get(f"/folios/{folio}/bill.pdf?kind=interim&grouping={grouping}").data)
    assert figure in text
    assert "INTERIM BILL" in text


def test_a_bill_speaks_the_guests_language_or_another_that_is_asked(house: House, desk: Desk) -> None:
    folio = guest_speaking(house, "de")
    client = desk("cashier")
    assert 'lang="de"' in client.page(f"/folios/{folio}/bill")
    assert "40,00" in client.page(f"/folios/{folio}/bill")
    assert 'lang="en"' in client.page(f"/folios/{folio}/bill?language=en")
    assert "40,00" in read(client.get(f"/folios/{folio}/bill.pdf").data)
    assert "40.00" in read(client.get(f"/folios/{folio}/bill.pdf?language=en").data)


@pytest.mark.parametrize(("language", "name"), [("ru", "Гость"), ("ka", "სტუმარი"), ("pt", "Hóspede"), ("zh", "客人")])
def test_names_of_any_script_stand_on_page_and_paper(house: House, desk: Desk, language: str, name: str) -> None:
    if language == "zh" and cjk_font("zh") is None:
        pytest.skip("no Chinese font here")
    folio = guest_speaking(house, language, name)
    client = desk("cashier")
    assert name in client.page(f"/folios/{folio}/bill")
    assert name in read(client.get(f"/folios/{folio}/bill.pdf").data)


def test_the_page_says_what_the_paper_cannot_write(house: House, desk: Desk) -> None:
    folio = guest_speaking(house, None, "Guest ᐊᐃ")
    page = desk("cashier").page(f"/folios/{folio}/bill")
    assert "The paper shows boxes for ᐃ ᐊ" in page
    assert desk("cashier").get(f"/folios/{folio}/bill.pdf").status_code == 200


def test_hostile_names_are_text_on_a_bill(house: House, desk: Desk) -> None:
    folio = guest_speaking(house, None, "<script>alert(1)</script>")
    client = desk("cashier")
    assert "<script>alert" not in client.page(f"/folios/{folio}/bill")
    assert client.get(f"/folios/{folio}/bill.pdf").status_code == 200


@pytest.mark.parametrize(
    "query",
    [
        "kind=final",
        "kind=%00&grouping=x&language=../..",
        "first=2026-02-30",
        "last=abc",
        "language=zz",
        "grouping=" + "x" * 9000,
    ],
)
def test_a_bill_that_is_asked_for_strangely_is_the_usual_one(house: House, desk: Desk, folio: int, query: str) -> None:
    client = desk("cashier")
    assert "INFORMATION BILL" in client.page(f"/folios/{folio}/bill?{query}")
    assert client.get(f"/folios/{folio}/bill.pdf?{query}").status_code == 200


def test_a_bill_of_some_days_says_which(house: House, desk: Desk, folio: int) -> None:
    page = desk("cashier").page(f"/folios/{folio}/bill?first=2026-03-02&last=2026-03-05")
    assert "Mar 2, 2026 to Mar 5, 2026" in page
    assert "54.00" in page
    assert ">40.00<" not in page


def test_control_folios_and_unknown_ones_have_no_bill(house: House, desk: Desk) -> None:
    client = desk("cashier")
    control = client.get("/folios/1/bill")
    assert control.status_code == 409
    assert "control folio" in control.text
    for number in (99999, 2**63 - 1, 2**70):
        assert client.get(f"/folios/{number}/bill").status_code == 404
        assert client.get(f"/folios/{number}/bill.pdf").status_code == 404


# --- many bills -------------------------------------------------------------------------------------------------


def group_of_two(house: House) -> int:
    stays = [house.arrive(room=room) for room in ("103", "104")]
    for stay in stays:
        house.charge(stay, "40.00")
    group = house.do(groups.add_group, code="CHOIR", name="Choir", operator=CLERK)
    house.do(groups.add_members, group.id, stays, CLERK)
    return group.id


def job(house: House) -> Job:
    (found,) = house.rows(Job)
    return found


def test_the_bills_of_a_group_are_made_beside_the_desk(house: House, desk: Desk) -> None:
    group, client = group_of_two(house), desk("cashier")
    waiting = client.done(f"/groups/{group}/bills", kind="information")
    assert 'data-refresh="2"' in waiting
    assert "waits for its turn" in waiting
    assert jobs.work_one(house.sessions)
    page = client.page(f"/jobs/{job(house).id}")
    assert "data-refresh" not in page
    assert "Open bills-" in page
    answer = client.get(f"/jobs/{job(house).id}/file")
    assert answer.content_type == "application/pdf"
    assert read(answer.data).count("INFORMATION BILL") == 2
    assert (job(house).done_count, job(house).total_count) == (4, 4)


def test_the_file_is_for_who_asked_only(house: House, desk: Desk) -> None:
    desk("cashier").done(f"/groups/{group_of_two(house)}/bills", kind="information")
    jobs.work_one(house.sessions)
    number = job(house).id
    for other in ("manager", "administrator"):
        assert desk(other).get(f"/jobs/{number}").status_code == 404
        assert desk(other).get(f"/jobs/{number}/file").status_code == 404
        assert "Bills in one file" not in desk(other).page("/jobs")
    assert "Bills in one file" in desk("cashier").page("/jobs")


def test_asking_twice_makes_one_job(house: House, desk: Desk) -> None:
    address, client = f"/groups/{group_of_two(house)}/bills", desk("cashier")
    fields = client.form(address)
    assert [client.send(address, fields).status_code for _ in range(2)] == [303, 303]
    assert len(house.rows(Job)) == 1


def test_departures_today_are_those_due_out_and_those_who_left(house: House, desk: Desk, stay: int) -> None:
    leaving = house.arrive(departure=0, room="103")
    house.charge(leaving, "11.00")
    gone = house.arrive(departure=0, room="104")
    house.charge(gone, "12.00")
    house.leave(gone)
    client = desk("cashier")
    client.done("/bills/departures", kind="interim")
    jobs.work_one(house.sessions)
    text = read(client.get(f"/jobs/{job(house).id}/file").data)
    assert text.count("INTERIM BILL") == 2
    assert "11.00" in text
    assert "12.00" in text
    assert "40.00" not in text


def test_invoices_of_a_group_are_issued_and_printed_in_one_go(house: House, desk: Desk) -> None:
    client = desk("cashier")
    client.done(f"/groups/{group_of_two(house)}/bills", kind="invoice")
    jobs.work_one(house.sessions)
    issued = house.rows(Invoice)
    assert [each.number for each in issued] == ["INV1", "INV2"]
    assert [each.operator for each in issued] == ["cashier", "cashier"]
    assert sorted(each.invoice_id for each in house.rows(InvoicePrint)) == [each.id for each in issued]
    text = read(client.get(f"/jobs/{job(house).id}/file").data)
    assert "INVOICE INV1" in text
    assert "INVOICE INV2" in text
    assert "COPY" not in text


def test_a_batch_that_begins_again_issues_no_invoice_twice(
    house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = desk("cashier")
    client.done(f"/groups/{group_of_two(house)}/bills", kind="invoice")
    stop = threading.Event()
    issue = bill_batches._issue

    def issue_one_then_stop(*facts: object) -> int:
        stop.set()
        return issue(*facts)  # type: ignore[arg-type]

    monkeypatch.setattr(bill_batches, "_issue", issue_one_then_stop)
    jobs.work_one(house.sessions, stop)
    assert (job(house).status, len(house.rows(Invoice))) == ("waiting", 1)
    monkeypatch.undo()
    jobs.work_one(house.sessions)
    assert (job(house).status, len(house.rows(Invoice)), len(house.rows(InvoicePrint))) == ("done", 2, 2)
    text = read(client.get(f"/jobs/{job(house).id}/file").data)
    assert "INVOICE INV1" in text
    assert "INVOICE INV2" in text
    assert "COPY" not in text


def test_a_batch_issues_invoices_anew_under_the_number_of_one_long_removed(
    house: House, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    address, client = f"/groups/{group_of_two(house)}/bills", desk("cashier")
    client.done(address, kind="invoice")
    jobs.work_one(house.sessions)
    for each in house.rows(Invoice):
        house.do(invoices.credit, each.id, "wrong address", CLERK)
    later = clock.now() + jobs.KEPT + timedelta(minutes=5)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert house.do(jobs.prune) == 1
    desk("cashier").done(address, kind="invoice")
    jobs.work_one(house.sessions)
    assert [each.number for each in house.rows(Invoice, kind="invoice")] == ["INV1", "INV2", "INV3", "INV4"]


def test_a_batch_with_nothing_left_to_bill_says_so(house: House, desk: Desk) -> None:
    address, client = f"/groups/{group_of_two(house)}/bills", desk("cashier")
    for _time in range(2):
        client.done(address, kind="invoice")
        jobs.work_one(house.sessions)
    last = house.rows(Job)[-1]
    assert last.status == "failed"
    assert "stands on an invoice already" in str(last.failure)
    assert "stands on an invoice already" in client.page(f"/jobs/{last.id}")


def test_with_several_series_one_is_chosen_for_the_batch(house: House, desk: Desk) -> None:
    for code in ("A", "B"):
        house.do(invoice_series.add_series, code=code, name=code, kind="invoice", prefix=f"{code}-", operator=CLERK)
    client = desk("cashier")
    client.done(f"/groups/{group_of_two(house)}/bills", kind="invoice", series="B")
    jobs.work_one(house.sessions)
    assert [each.number for each in house.rows(Invoice)] == ["B-1", "B-2"]


def test_an_empty_group_has_no_bills_and_says_so(house: House, desk: Desk) -> None:
    group = house.do(groups.add_group, code="NONE", name="Nobody", operator=CLERK)
    page = desk("cashier").page(f"/groups/{group.id}/bills")
    assert "no bills" in page
    assert 'name="kind"' not in page
    assert desk("cashier").get("/groups/999/bills").status_code == 404


def test_bills_in_many_languages_are_one_file(house: House, desk: Desk) -> None:
    folios = [guest_speaking(house, "ka", "სტუმარი")]
    made = house.do(
        bill_batches.ask, [*folios, house.window(house.arrive(room="103"))], "information", "none", "cashier", "en"
    )
    jobs.work_one(house.sessions)
    answer = desk("cashier").get(f"/jobs/{made.id}/file")
    assert "სტუმარი" in read(answer.data)
    assert len(PdfReader(BytesIO(answer.data)).pages) == 2


def test_a_company_stands_as_recipient_where_the_bill_is_its_own(house: House, desk: Desk) -> None:
    firm = house.do(companies.add_company, CLERK, code="FIRMA", name="Firm A", city="Bern")
    stay = house.arrive(room="102", company_id=firm.id)
    house.charge(stay, "40.00")
    page = desk("cashier").page(f"/folios/{house.window(stay)}/invoice")
    assert "Make out to Firm A" in page
    assert 'value="Firm A"' in desk("cashier").page(f"/folios/{house.window(stay)}/invoice?to=company")
