"""An auditor's night: from the checklist over the audit to the pack, and from a figure of it down to its voucher."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

from playwright.sync_api import expect
from pypdf import PdfReader

from frontoffice import jobs
from frontoffice.stays import extend
from tests.browser.person import Person
from tests.frontoffice.house import CLERK, House, day
from tests.night_audit.nights import states

Sits = Callable[..., Person]


def test_an_auditor_closes_the_day_and_reads_its_reports(at_desk: Sits, house: House) -> None:
    late = house.arrive(1, "101")
    house.charge(late, "12.00", "BAR")
    house.book(1, 3, "103")  # who does not come
    house.end_day()
    person = at_desk("night_auditor")

    # A guest who should have left stops it; the row leads to the stay, which is kept for one more night.
    person.opens("/")
    person.key("g", "n")
    person.sees("Departures still in house", "Something on the checklist stops it.")
    house.do(extend, late, day(2), CLERK)
    person.key("g", "n")
    person.does_not_see("Something on the checklist stops it.")

    # Started by key; the page follows by itself while everybody works on.
    person.key("s")
    person.sees("The next business date opens at once")
    person.sends()
    person.is_told("The audit begins.")
    assert jobs.work_one(house.sessions)
    assert states(house) == {day(1): "done"}
    person.key("g", "n")
    expect(person.page.locator("#audit")).to_contain_text("1 nights")

    # The pack: each report a page, all of them one file; a figure opens what it was made of, and that its voucher.
    person.key("g", "e")
    person.sees("Manager's report", "Trial balance", "Departmental revenue")
    pack = person.page.request.get(f"{person.address}/reports/pack.pdf?date={day(1)}")
    assert pack.ok
    text = "".join(page.extract_text() for page in PdfReader(BytesIO(pack.body())).pages)
    assert "Trial balance" in text
    person.opens(f"/reports/departmental-revenue?date={day(1)}")
    person.sees("Stored when the day was closed")
    person.page.locator("td.num a").first.press("Enter")
    person.sees("Postings behind a figure")
    person.page.locator("tbody a[href*='/folios/voucher/']").first.press("Enter")
    person.sees("Voucher")
