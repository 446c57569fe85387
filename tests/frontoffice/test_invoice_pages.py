"""Invoices at the desk: issued once from a folio, printed with each print counted, credited with approval, found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from io import BytesIO

import pytest
from pypdf import PdfReader

from folios import clock
from frontoffice import invoice_series, invoices
from frontoffice.models.invoices import Invoice, InvoicePrint
from tests.frontoffice.desk_client import PASSWORD, Client
from tests.frontoffice.house import CLERK, House

Desk = Callable[[str], Client]


@pytest.fixture
def folio(house: House) -> int:
    """The folio of a guest who owes a dinner of 40.00."""
    stay = house.arrive()
    house.charge(stay, "40.00")
    return house.window(stay)


@pytest.fixture
def invoice(house: House, folio: int) -> int:
    return house.do(invoices.issue, folio, operator=CLERK).id


def read(pdf: bytes) -> str:
    text = "\n".join(each.extract_text() for each in PdfReader(BytesIO(pdf)).pages)
    return text.replace("\x00", "")  # which stands beside wide characters


# --- issuing ----------------------------------------------------------------------------------------------------


def test_an_invoice_is_issued_from_a_folio(house: House, desk: Desk, folio: int) -> None:
    client = desk("cashier")
    preview = client.page(f"/folios/{folio}/invoice")
    assert 'value="Mr. Guest"' in preview
    assert "Restaurant" in preview
    assert "40.00" in preview
    page = client.done(f"/folios/{folio}/invoice", name="Firm A", city="Bern", country="CH", language="de")
    assert "Invoice INV1 was issued" in page
    assert "Firm A" in page
    assert "40,00" in page
    (issued,) = house.rows(Invoice)
    assert (issued.number, issued.recipient, issued.total_minor, issued.operator) == ("INV1", "Firm A", 4000, "cashier")


def test_issuing_sent_twice_gives_one_number(house: House, desk: Desk, folio: int) -> None:
    client = desk("cashier")
    fields = client.form(f"/folios/{folio}/invoice")
    first, second = (client.send(f"/folios/{folio}/invoice", fields) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(house.rows(Invoice)) == 1


def test_a_folio_with_nothing_to_bill_says_so_and_its_button_is_grey(
    house: House, desk: Desk, invoice: int, folio: int
) -> None:
    answer = desk("cashier").get(f"/folios/{folio}/invoice")
    assert answer.status_code == 409
    assert "stands on an invoice already" in answer.text
    assert "stands on an invoice already" in desk("cashier").page(f"/folios/{folio}/bill")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "Fill this in"),
        ({"name": "x" * 201}, "200"),
        ({"country": "Schweiz"}, "country"),
        ({"language": "zz"}, "Choose one of these"),
        ({"grouping": "none;"}, "Choose one of these"),
    ],
)
def test_a_recipient_that_cannot_be_is_refused_and_kept(
    house: House, desk: Desk, folio: int, changes: dict[str, str], told: str
) -> None:
    page = desk("cashier").refused(f"/folios/{folio}/invoice", **({"city": "Typed before"} | changes))
    assert told in page
    assert "Typed before" in page
    assert house.rows(Invoice) == []


def test_with_several_series_one_is_chosen(house: House, desk: Desk, folio: int) -> None:
    for code in ("A", "B"):
        house.do(invoice_series.add_series, code=code, name=code, kind="invoice", prefix=f"{code}-", operator=CLERK)
    assert "Invoice B-1 was issued" in desk("cashier").done(f"/folios/{folio}/invoice", series="B")


# --- printing ---------------------------------------------------------------------------------------------------


def test_the_first_print_is_the_original_and_the_next_a_copy(house: House, desk: Desk, invoice: int) -> None:
    client, address = desk("cashier"), f"/invoices/{invoice}/print"
    first = client.submit(address, on=f"/invoices/{invoice}")
    original = client.get(first.headers["Location"])
    assert original.content_type == "application/pdf"
    assert "INVOICE INV1" in read(original.data)
    assert "COPY" not in read(original.data)
    second = client.submit(address, on=f"/invoices/{invoice}")
    assert "COPY" in read(client.get(second.headers["Location"]).data)
    page = client.page(f"/invoices/{invoice}")
    assert "Original" in page
    assert "Copy 1" in page
    assert "Print copy 2" in page


def test_a_print_sent_again_is_the_same_print(house: House, desk: Desk, invoice: int) -> None:
    client = desk("cashier")
    fields = client.form(f"/invoices/{invoice}/print", on=f"/invoices/{invoice}")
    first, second = (client.send(f"/invoices/{invoice}/print", fields) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert len(house.rows(InvoicePrint)) == 1
    pages = [client.get(answer.headers["Location"]).data for answer in (first, second)]
    assert pages[0] == pages[1]


def test_no_original_goes_out_uncounted(
    house: House, desk: Desk, invoice: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = desk("cashier")
    for query in ("", "?copy=0", "?copy=-1", "?copy=abc", "?copy=99999999999"):
        assert client.get(f"/invoices/{invoice}.pdf{query}").status_code == 404
    client.submit(f"/invoices/{invoice}/print", on=f"/invoices/{invoice}")
    assert client.get(f"/invoices/{invoice}.pdf?copy=0").status_code == 200
    assert desk("supervisor").get(f"/invoices/{invoice}.pdf?copy=0").status_code == 409
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    late = client.get(f"/invoices/{invoice}.pdf?copy=0")
    assert late.status_code == 409
    assert "press Print" in late.text


# --- crediting --------------------------------------------------------------------------------------------------


def test_a_cashier_has_somebody_approve_a_credit_note(house: House, desk: Desk, invoice: int) -> None:
    client, address = desk("cashier"), f"/invoices/{invoice}/credit"
    asked = client.refused(address, reason="wrong address")
    assert "Approved by" in asked
    assert 'value="wrong address"' in asked
    page = client.done(address, reason="wrong address", approver="supervisor", approver_password=PASSWORD)
    assert "CN1 credits INV1" in page
    assert "wrong address" in page
    assert "-40.00" in page
    assert "credited whole by" in client.page(f"/invoices/{invoice}")
    assert [each.number for each in house.rows(Invoice)] == ["INV1", "CN1"]
    (told,) = house.told("invoice.credited")
    assert (told.operator, (told.after or {})["authorised_by"]) == ("cashier", "supervisor")


def test_a_credit_note_needs_a_reason(house: House, desk: Desk, invoice: int) -> None:
    assert "Fill this in" in desk("supervisor").refused(f"/invoices/{invoice}/credit", reason=" ")


def test_an_invoice_is_credited_once_even_when_sent_twice(house: House, desk: Desk, invoice: int) -> None:
    client, address = desk("supervisor"), f"/invoices/{invoice}/credit"
    fields = client.form(address) | {"reason": "twice"}
    first, second = (client.send(address, fields) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert "was credited already" in client.refused(address, reason="again")
    assert len(house.rows(Invoice)) == 2


def test_what_was_credited_can_be_billed_again(house: House, desk: Desk, invoice: int, folio: int) -> None:
    client = desk("supervisor")
    client.done(f"/invoices/{invoice}/credit", reason="wrong name")
    assert "Invoice INV2 was issued" in client.done(f"/folios/{folio}/invoice")


# --- finding ----------------------------------------------------------------------------------------------------


def test_invoices_are_found_by_number_and_recipient(house: House, desk: Desk, invoice: int) -> None:
    client = desk("cashier")
    for query in ("", "?text=inv1", "?text=guest", "?first=2026-03-01&last=2026-03-01"):
        assert f'href="/invoices/{invoice}"' in client.page(f"/invoices{query}"), query
    for query in ("?text=INV2", "?text=%25", "?first=2026-03-02", "?last=2026-02-01"):
        assert f'href="/invoices/{invoice}"' not in client.page(f"/invoices{query}"), query
    client.page("/invoices?text=%00")


@pytest.mark.parametrize("deed", ["", "/print", "/credit", ".pdf"])
def test_an_invoice_that_does_not_exist_is_no_page(house: House, desk: Desk, deed: str) -> None:
    client = desk("supervisor")
    for number in ("99", str(2**63 - 1), str(2**70)):
        assert client.get(f"/invoices/{number}{deed}").status_code == 404, number


def test_a_day_that_does_not_exist_is_told_on_the_list(house: House, desk: Desk, invoice: int) -> None:
    page = desk("cashier").page("/invoices?first=2026-02-30&last=abc")
    assert "There is no such day" in page
