"""The pages of the reports: shown, opened down to the voucher in two clicks, had as files, refused where they must."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from html import unescape

import pytest
from flask import Flask

from frontoffice.models.stays import Stay
from night_audit.reports import pack
from night_audit.reports.catalogue import REPORTS
from night_audit.reports.forms import FORMS
from night_audit.reports.models import Budget, LedgerExport
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import House, day
from tests.night_audit.random_days import Days

Desk = Callable[[str], Client]
HREF = re.compile(r'href="([^"]+)"')


@pytest.fixture
def lived(house: House, app: Flask) -> House:
    Days(house, 3).pass_by(1)
    return house


def links(page: str, under: str) -> list[str]:
    return [each for each in map(unescape, HREF.findall(page)) if each.startswith(under)]


def test_every_report_is_a_page_and_each_of_its_files_comes_from_it(lived: House, desk: Desk) -> None:
    client = desk("manager")
    listed = client.page("/reports")
    for name in REPORTS:
        assert f'/reports/{name}?date={day(0)}"' in listed
        page = client.page(f"/reports/{name}?date={day(0)}")
        assert 'role="status">Preliminary' not in page
        for form, made in FORMS.items():
            answer = client.get(f"/reports/{name}/file?date={day(0)}&form={form}")
            assert (answer.status_code, answer.mimetype) == (200, made.media_type)
    assert client.get(f"/reports/pack.pdf?date={day(0)}").data.startswith(b"%PDF")
    assert "Preliminary" in client.page(f"/reports/manager?date={day(1)}")
    pack.store(lived.sessions, day(0), "auditor")
    assert "Stored when the day was closed" in client.page(f"/reports/manager?date={day(0)}")


def test_from_a_figure_to_its_voucher_are_two_clicks(lived: House, desk: Desk) -> None:
    client = desk("manager")
    for name in ("trial-balance", "departmental-revenue", "manager", "tax-by-rate", "guest-ledger", "journal-by-code"):
        page = client.page(f"/reports/{name}?date={day(0)}")
        found = links(page, "/reports/postings") + links(page, "/reports/stays")
        assert found, name
        vouchers = [voucher for address in found[:12] for voucher in links(client.page(address), "/folios/voucher/")]
        assert vouchers, name
        assert client.get(vouchers[0]).status_code == 200
    journal = client.page(f"/reports/journal-by-cashier?date={day(0)}")
    assert links(journal, "/folios/voucher/"), "here one click is enough"


def test_a_long_report_is_leafed_through(lived: House, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from night_audit.reports import showing
    from night_audit.views import reports

    monkeypatch.setattr(showing, "MOST", 5)
    assert reports.showing is showing
    client = desk("manager")
    first = client.page(f"/reports/journal-by-code?date={day(0)}")
    (after,) = {each for each in links(first, "/reports/journal-by-code") if "part=lines" in each and "first=5" in each}
    second = client.page(after.partition("#")[0])
    assert 'data-key="["' in second
    assert links(first, "/folios/voucher/") != links(second, "/folios/voucher/")


def test_who_may_not_see_folios_sees_figures_that_open_none(lived: House, desk: Desk) -> None:
    assert desk("cashier").get("/reports").status_code == 403
    assert desk("cashier").get("/morning").status_code == 403
    assert desk("night_auditor").get("/reports").status_code == 200
    assert desk("night_auditor").get("/exports").status_code == 403
    assert desk("supervisor").get("/reports/budgets/2026-03/edit").status_code == 403


@pytest.mark.parametrize(
    "address",
    [
        "/reports/profit",
        "/reports/manager?date=yesterday",
        "/reports/manager?date=2020-01-01",
        "/reports/manager?date=9999-12-31",
        "/reports/manager/file?form=doc",
        "/reports/postings",
        "/reports/postings?last=2026-03-01&measure=profit",
        "/reports/postings?last=2026-03-01&measure=debit&ledger=nobody",
        "/reports/postings?last=2026-03-01&measure=debit&folio=99999999",
        "/reports/stays?of=ghosts&first=2026-03-01&last=2026-03-01",
        "/reports/stays?of=sold&first=2026-03-02&last=2026-03-01",
        "/reports/budgets/2026-13/edit",
        "/exports/99/file",
        "/set-up/ledger-account/nothing/edit",
    ],
)
def test_an_address_that_asks_for_nothing_is_refused_in_words(house: House, desk: Desk, address: str) -> None:
    answer = desk("administrator").get(address)
    assert answer.status_code in (404, 422), address
    assert "error-page" in answer.text


def test_a_budget_is_typed_in_read_from_a_file_and_given_back(house: House, desk: Desk) -> None:
    client = desk("manager")
    form = client.form("/reports/budgets/2026-03/edit")
    names = sorted(name for name in form if name.startswith("figure_"))
    assert len(names) > 4
    sent = client.send("/reports/budgets/2026-03/edit", form | {"figure_0": "100", "figure_2": "8,000.55"})
    assert sent.status_code == 303
    assert {each.figure: each.amount for each in house.rows(Budget)} == {"rooms_sold": 100, "revenue:Rooms": 8000_55}
    wrong = client.send(
        "/reports/budgets/2026-03/edit", client.form("/reports/budgets/2026-03/edit") | {"figure_0": "-5"}
    )
    assert wrong.status_code == 422
    kept = client.get("/reports/budgets/file?year=2026")
    assert "2026-03,100,,8000.55" in kept.text
    upload = client.form("/reports/budgets/upload")
    changed = kept.text.replace("2026-03,100", "2026-03,120").encode()
    assert client.send("/reports/budgets/upload", upload | {"file": (io.BytesIO(changed), "b.csv")}).status_code == 303
    assert next(each.amount for each in house.rows(Budget) if each.figure == "rooms_sold") == 120
    broken = client.form("/reports/budgets/upload") | {"file": (io.BytesIO(b"nothing"), "b.csv")}
    assert client.send("/reports/budgets/upload", broken).status_code == 422
    assert "8,000.55" in client.page("/reports/budgets?year=2026")


def test_how_figures_are_worked_out_is_decided_on_a_page(house: House, desk: Desk) -> None:
    client = desk("manager")
    form = client.form("/set-up/figures")
    sent = client.send("/set-up/figures", form | {"deduct_out_of_order": "y", "rack_rate": "BAR"})
    assert sent.status_code == 303
    late = client.send("/set-up/figures", form | {"key": "0" * 32, "rack_rate": ""})
    assert late.status_code == 409
    assert client.send("/set-up/figures", client.form("/set-up/figures") | {"aging_percents": "2"}).status_code == 422


def test_days_are_exported_on_a_page_and_an_account_is_mapped(lived: House, desk: Desk) -> None:
    client = desk("manager")
    assert "not mapped" in client.page("/set-up/ledger-accounts")
    address = "/set-up/ledger-account/folio%3ABAR/edit"
    assert client.send(address, client.form(address) | {"number": "8410", "name": "Bar sales"}).status_code == 303
    form = client.form("/exports/new")
    assert (form["first"], form["last"]) == (str(day(0)), str(day(0)))
    assert client.send("/exports/new", form).status_code == 303
    assert client.send("/exports/new", form).status_code == 303, "sent again it is done once"
    (exported,) = lived.rows(LedgerExport)
    files = [client.get(f"/exports/{exported.id}/file?form={form}") for form in ("csv", "xlsx", "beancount", "hledger")]
    assert [each.status_code for each in files] == [200] * 4
    assert "8410" in files[0].text
    again = client.send("/exports/new", client.form("/exports/new") | {"first": str(day(0)), "last": str(day(1))})
    assert again.status_code == 409
    assert "Every closed day was exported already" in client.page("/exports")


def test_the_morning_shows_the_day_what_is_open_and_what_is_on_the_books(lived: House, desk: Desk) -> None:
    client = desk("manager")
    page = client.page("/morning")
    assert "The day is closed." in page
    charts = re.findall(r'data-chart="([^"]+)"', page)
    assert len(charts) == 3
    assert all(unescape(each).startswith('{"x": [') for each in charts)
    for address in set(links(page, "/reports/")):
        assert client.get(address).status_code == 200, address
    assert "preliminary" in client.page(f"/morning?date={day(1)}")


def test_a_house_with_nothing_in_it_has_a_morning_and_reports_too(house: House, desk: Desk) -> None:
    client = desk("manager")
    assert client.get("/morning").status_code == 200
    assert client.get("/reports/manager").status_code == 200
    assert house.rows(Stay) == []
