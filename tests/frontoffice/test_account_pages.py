"""The pages of accounts: listed with what they owe, opened, renamed and limited; control folios; a guest's folios."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from folios import business_day
from folios import statements as books
from folios.charges import Charge, ChargeLine, charge
from folios.drafts import Origin
from folios.folios import close_folio, get_folio
from folios.models import Folio, Posting
from folios.payments import Payment, pay
from frontoffice import accounts, cashiering, companies, guests, invoices, shifts, users, windows
from frontoffice.accounts import ACCOUNT_TYPES, open_account, type_totals
from frontoffice.app import db
from frontoffice.control_folios import control_folios, counted_blind
from frontoffice.models.users import Role, RoleRight
from frontoffice.users import NewUser
from tests.folios.hotel import statements
from tests.frontoffice.desk_client import FAST, PASSWORD, Client, Forms
from tests.frontoffice.house import AUDITOR, CLERK, House, euro, minor

Desk = Callable[[str], Client]


def account(house: House, type: str = "non_guest", name: str = "Sailing club", **facts: Any) -> int:
    return house.do(open_account, type, name, CLERK, **facts).id


def eat(house: House, folio_id: int, amount: str) -> None:
    house.do(charge, Charge(folio_id, (ChargeLine("RESTAURANT", euro(amount)),)), Origin(CLERK))


def rows(page: str) -> list[list[str]]:
    """The cells of each row of the page's tables, as text."""
    found = re.findall(r"<tr[^>]*>(.*?)</tr>", page, re.DOTALL)
    return [[_text(cell) for cell in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL)] for row in found]


def row_of(page: str, number: str) -> list[str]:
    """The row of an account."""
    return next(row for row in rows(page) if row[0] == number)


def footed(page: str) -> list[str]:
    """What stands at the foot of the table, but empty cells."""
    return [cell for cell in rows(page)[-1] if cell]


def numbers(page: str) -> list[str]:
    return [row[0] for row in rows(page)[1:-1]]


def chips(page: str) -> dict[str, str]:
    """What stands on each type, by the name of the type."""
    (nav,) = re.findall(r'<nav class="counts types".*?</nav>', page, re.DOTALL)
    return {
        _text(name): _text(amount)
        for name, amount in re.findall(r"<a [^>]*>([^<]*)(?:<small>.*?</small>\s*<strong[^>]*>(.*?)</strong>)?", nav)
    }


def _text(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", "", html).split())


def of_type(house: House, type: str) -> int:
    """What stands on a type of folio, from the postings alone."""
    here = sa.select(Folio.id).where(Folio.type == type)

    def total(session: Any) -> int:
        debits, credits = (
            session.scalar(sa.select(sa.func.coalesce(sa.func.sum(Posting.amount_minor), 0)).where(side.in_(here)))
            for side in (Posting.debit_folio_id, Posting.credit_folio_id)
        )
        return int(debits) - int(credits)

    return house.do(total)


def some_business(house: House) -> None:
    """Every type of account owes something, some of it from a closed day; the drawer holds cash."""
    company = house.do(companies.add_company, CLERK, code="ACME", name="Acme Lda", credit_limit_minor=minor("1000.00"))
    stay, other = house.arrive(3, "101"), house.arrive(3, "102")
    eat(house, account(house, number="C-1", house_limit_minor=minor("100.00")), "75.50")
    house.charge(stay, "200.00")
    house.pay(stay, "120.00")
    receivable = house.do(companies.receivable_folio, company.id, CLERK)
    to_bill = Payment(house.window(stay), "BILL", euro("80.00"), receivable.id)
    house.do(pay, to_bill, Origin(CLERK))
    house.end_day()
    eat(house, account(house, "staff", "Porter 12", number="S-12", house_limit_minor=1000), "4.20")
    eat(house, account(house, "master", "Choir", number="M-1"), "60.00")
    house.charge(other, "30.00")
    house.do(pay, Payment(house.window(other), "CASH", euro("50.00"), drawer(house)), Origin(CLERK))


def drawer(house: House) -> int:
    return house.do(cashiering.drawers)[0].folio_id


# --- the list ---------------------------------------------------------------------------------------------------


def test_each_type_shows_what_the_ledger_has_for_it(house: House, desk: Desk) -> None:
    some_business(house)
    shown = chips(desk("cashier").page("/accounts"))
    assert shown == {
        "All accounts": "",
        "House accounts": "75.50",
        "Staff folios": "4.20",
        "Masters": "60.00",
        "Receivables": "80.00",
        "Permanent (cards)": "120.00",
        "Control folios": "",
    }
    totals = house.do(type_totals)
    assert {type: each.balance.minor for type, each in totals.items()} == {
        type: of_type(house, type) for type in ACCOUNT_TYPES
    }
    page = desk("cashier").page("/accounts?type=control")
    assert footed(page)[1] == euro_text(of_type(house, "control"))


def euro_text(minor_units: int) -> str:
    sign, units = ("-" if minor_units < 0 else ""), abs(minor_units)
    return f"{sign}{units // 100:,}.{units % 100:02}"


def test_a_row_tells_the_balance_the_limit_and_how_much_is_used(house: House, desk: Desk) -> None:
    some_business(house)
    client = desk("cashier")
    page = client.page("/accounts")
    assert row_of(page, "C-1")[1:8] == ["Sailing club", "House accounts", "", "75.50", "100.00", "75 %", "Mar 1, 2026"]
    assert row_of(page, "S-12")[4:7] == ["4.20", "10.00", "42 %"]
    assert row_of(page, "VISA")[4:7] == ["120.00", "–", ""]
    (receivable,) = house.rows(Folio, type="semi_permanent")
    assert row_of(page, receivable.number)[3:7] == ["ACME", "80.00", "1,000.00", "8 %"]
    assert footed(page) == ["Together, 7 accounts", "339.70"]
    assert f'href="/folios/{receivable.id}"' in page
    assert "Balance EUR" in page


def test_an_account_above_its_limit_says_so_in_words(house: House, desk: Desk) -> None:
    folio_id = account(house, number="C-1", house_limit_minor=1000)
    eat(house, folio_id, "8.00")
    house.do(accounts.amend_account, folio_id, 1, {"house_limit_minor": 500}, CLERK)
    assert row_of(desk("cashier").page("/accounts"), "C-1")[6] == "160 % over its limit"
    house.do(accounts.amend_account, folio_id, 2, {"house_limit_minor": 0}, CLERK)
    assert row_of(desk("cashier").page("/accounts"), "C-1")[6] == "over its limit"


def test_accounts_are_found_by_type_text_and_state(house: House, desk: Desk) -> None:
    club, _staff = account(house, number="C-1"), account(house, "staff", "Émile bar", number="S-12")
    client = desk("cashier")
    assert numbers(client.page("/accounts?type=staff")) == ["S-12"]
    assert numbers(client.page("/accounts?text=sailing")) == ["C-1"]
    assert numbers(client.page("/accounts?text=ÉMILE")) == ["S-12"]
    assert numbers(client.page("/accounts?text=s-1")) == ["S-12"]
    assert "Try fewer letters" in client.page("/accounts?text=nobody")
    house.do(close_folio, club, CLERK)
    assert "C-1" not in numbers(client.page("/accounts"))
    page = client.page("/accounts?type=non_guest&closed=yes")
    assert row_of(page, "C-1")[1] == "Sailing club closed"


def test_the_search_box_finds_an_account_by_its_name(house: House, desk: Desk) -> None:
    folio_id = account(house, number="C-1")
    gone = account(house, name="Sailing school", number="C-2")
    house.do(close_folio, gone, CLERK)
    client = desk("cashier")
    answer = client.get("/search?q=sailing")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/folios/{folio_id}")
    account(house, name="Sailing yard", number="C-3")
    page = client.page("/search?q=SAILING")
    assert "C-1" in page
    assert "C-3" in page
    assert "C-2" not in page


def test_lists_that_are_empty_say_how_to_start(house: House, desk: Desk) -> None:
    client = desk("cashier")
    page = client.page("/accounts?type=non_guest")
    assert "no open accounts here" in page
    assert 'href="/accounts/new?type=non_guest"' in page
    assert 'href="/companies"' in client.page("/accounts?type=semi_permanent")
    assert 'href="/groups"' in client.page("/accounts?type=master")


def test_a_long_list_comes_in_pages_with_the_sum_of_all(house: House, desk: Desk) -> None:
    for number in range(accounts.PAGE + 3):
        eat(house, account(house, number=f"C-{number:03}"), "1.00")
    client = desk("cashier")
    first, second = (client.page(f"/accounts?type=non_guest&page={number}") for number in (1, 2))
    assert (len(numbers(first)), numbers(second)) == (accounts.PAGE, ["C-050", "C-051", "C-052"])
    assert "1 to 50 of 53" in first
    assert 'rel="next"' in first
    assert 'rel="prev"' not in first
    assert "51 to 53 of 53" in second
    assert 'rel="prev"' in second
    assert 'rel="next"' not in second
    assert footed(first)[1] == footed(second)[1] == "53.00"
    for beyond in ("999999", "3"):
        assert numbers(client.page(f"/accounts?type=non_guest&page={beyond}")) == numbers(second)


@pytest.mark.parametrize(
    "query",
    [
        "type=nothing",
        "text=%00",
        "text=%ff",
        "text=%25_",
        "text=" + "x" * 10_000,
        "page=abc",
        "page=-1",
        "page=99999999999999999999",
        "type=control&text=%00&page=7",
        "text=%3Cscript%3Ealert(1)%3C/script%3E",
    ],
)
def test_whatever_stands_in_the_address_is_a_page(house: House, desk: Desk, query: str) -> None:
    account(house, name="<script>alert(1)</script>")
    page = desk("cashier").page(f"/accounts?{query}")
    assert "<script>alert" not in page


def test_the_list_takes_the_same_statements_however_long_it_is(house: House, desk: Desk) -> None:
    client = desk("cashier")
    account(house)
    counts = []
    for batch in range(2):
        with statements(client_engine(client)) as sent:
            client.page("/accounts")
            client.page("/accounts?type=control")
        counts.append(len(sent))
        for number in range(10):
            account(house, number=f"X-{batch}{number}")
            house.do(cashiering.add_drawer, f"Drawer {number}", f"D-{batch}{number}", CLERK)
    assert counts[0] == counts[1]


def client_engine(client: Client) -> Any:
    with client.app.app_context():
        return db.engine


# --- control folios ---------------------------------------------------------------------------------------------


def test_control_folios_show_what_the_books_make_of_them(house: House, desk: Desk) -> None:
    some_business(house)
    page = desk("cashier").page("/accounts?type=control")
    controls = house.rows(Folio, type="control")
    assert {row[0]: row[3] for row in rows(page)[1:-1]} == {
        each.number: euro_text(house.do(books.balance, each.id)) for each in controls
    }
    assert row_of(page, "RESTAURANT")[2:4] == ["outlet", "-369.70"]
    assert row_of(page, "DRAWER")[2:4] == ["cash drawer", "50.00"]
    assert row_of(page, "SAFE")[2] == "safe"
    assert "/accounts/new" not in page
    assert "/edit" not in page
    assert numbers(desk("cashier").page("/accounts?type=control&text=restau")) == ["RESTAURANT"]


def test_balances_of_many_folios_are_those_of_each(house: House) -> None:
    some_business(house)
    house.end_day()
    ids = [each.id for each in house.rows(Folio)]
    with statements(house.engine) as sent:
        found = house.do(books.balances, [*ids, 10**12])
    assert found == {folio_id: house.do(books.balance, folio_id) for folio_id in ids}
    assert len(sent) == 1
    assert house.do(books.balances, []) == {}


def test_balances_are_right_while_a_day_is_audited(house: House) -> None:
    some_business(house)
    house.do(business_day.roll, AUDITOR)
    eat(house, account(house), "9.00")
    ids = [each.id for each in house.rows(Folio)]
    assert house.do(books.balances, ids) == {folio_id: house.do(books.balance, folio_id) for folio_id in ids}


def test_a_drawer_in_somebodys_hands_keeps_its_balance_to_itself(house: House, desk: Desk) -> None:
    house.do(cashiering.add_drawer, "Bar drawer", "DRAWER2", CLERK)
    house.do(shifts.open_shift, "cashier", drawer(house), 0, "cashier")
    stay = house.arrive()
    house.charge(stay, "50.00")
    house.do(cashiering.take_payment, house.window(stay), "CASH", euro("37.13"), "cashier")
    hidden = desk("cashier").page("/accounts?type=control")
    assert row_of(hidden, "DRAWER")[2:4] == ["cash drawer in the hands of cashier", "to be counted"]
    assert row_of(hidden, "DRAWER2")[3] == "0.00"
    assert footed(hidden)[1] == "not before the drawers are counted"
    assert "37.13" not in hidden
    assert "12.87" not in hidden
    shown = desk("supervisor").page("/accounts?type=control")
    assert row_of(shown, "DRAWER")[3] == "37.13"
    assert footed(shown)[1] == euro_text(of_type(house, "control"))


def test_who_counts_a_drawer_does_not_see_it_either_way(house: House) -> None:
    shift = house.do(shifts.open_shift, "supervisor", drawer(house), 0, "supervisor")
    asked = {"cashier": False, "supervisor": True, "manager": True}
    blind = {
        who: house.do(counted_blind, shift.drawer_folio_id, who, all_shifts=all_shifts)
        for who, all_shifts in asked.items()
    }
    assert blind == {"cashier": True, "supervisor": True, "manager": False}
    found = house.do(control_folios, "supervisor", all_shifts=True)
    assert [each.number for each in found.rows if each.balance is None] == ["DRAWER"]
    assert found.balance is None
    assert not house.do(counted_blind, house.rows(Folio, number="SAFE")[0].id, "cashier", all_shifts=False)


# --- opening ----------------------------------------------------------------------------------------------------


def test_an_account_is_opened_once_with_number_and_limit(house: House, desk: Desk) -> None:
    client = desk("supervisor")
    fields = client.form("/accounts/new") | {"name": "Rowing club", "number": "H 7", "house_limit_minor": "1,200.50"}
    first, second = client.send("/accounts/new", fields), client.send("/accounts/new", fields)
    assert (first.status_code, second.status_code) == (303, 303)
    (opened,) = house.rows(Folio, number="H 7")
    assert first.headers["Location"] == second.headers["Location"] == f"/folios/{opened.id}"
    assert (opened.type, opened.name, opened.house_limit_minor) == ("non_guest", "Rowing club", 120050)
    assert [(each.subject, each.operator) for each in house.told("folio.opened")][-1] == (
        f"folio:{opened.id}",
        "supervisor",
    )
    assert client.send("/accounts/new", fields | {"name": "Chess club"}).status_code == 409  # the same key, other words


def test_a_number_is_drawn_when_none_is_typed(house: House, desk: Desk) -> None:
    answer = desk("cashier").submit("/accounts/new", type="staff", name="Porter 12")
    opened = house.do(get_folio, int(answer.headers["Location"].rsplit("/", 1)[1]))
    assert (opened.number, opened.type) == (f"S{opened.id}", "staff")


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"name": ""}, "Fill this in"),
        ({"number": "TAKEN"}, "in use already"),
        ({"house_limit_minor": "-1"}, "cannot be below zero"),
        ({"house_limit_minor": "abc"}, "abc"),
        ({"house_limit_minor": "99999999999999999"}, "larger than the ledger takes"),
        ({"type": "permanent", "house_limit_minor": "5"}, "has no house limit"),
        ({"type": "control"}, "Choose one of these"),
        ({"number": "x" * 33}, "33"),
        ({"name": "a\0b"}, "name"),
    ],
)
def test_an_account_that_cannot_be_is_refused_beside_its_field(
    house: House, desk: Desk, typed: dict[str, str], told: str
) -> None:
    account(house, number="TAKEN")
    before = len(house.rows(Folio))
    page = desk("supervisor").refused("/accounts/new", **{"name": "Rowing club", "number": "KEPT-1", **typed})
    assert told in page
    assert 'class="error"' in page
    assert typed.get("number", "KEPT-1") in page
    assert len(house.rows(Folio)) == before


def test_an_account_with_a_limit_needs_who_may_set_limits(house: House, desk: Desk) -> None:
    client, before = desk("cashier"), len(house.rows(Folio))
    typed = {"name": "Rowing club", "number": "H 7", "house_limit_minor": "500.00"}
    page = client.refused("/accounts/new", **typed)
    assert "needs somebody who may do it" in page
    assert 'name="approver"' in page
    assert 'value="500.00"' in page
    night = {"approver": "night_auditor", "approver_password": PASSWORD}
    client.refused("/accounts/new", **typed | night)  # a night auditor may not set limits either
    assert len(house.rows(Folio)) == before
    client.done("/accounts/new", **typed, approver="supervisor", approver_password=PASSWORD)
    (opened,) = house.rows(Folio, number="H 7")
    told = house.told("folio.opened")[-1]
    assert (opened.house_limit_minor, told.operator) == (50000, "cashier")
    assert (told.after or {}) | {"house_limit_minor": 50000, "authorised_by": "supervisor"} == told.after


def test_the_type_that_was_looked_at_is_offered_first(desk: Desk) -> None:
    client = desk("cashier")
    assert client.form("/accounts/new", "/accounts/new?type=staff&name=Porter")["type"] == "staff"
    assert client.form("/accounts/new", "/accounts/new?type=control")["type"] == "non_guest"


# --- editing ----------------------------------------------------------------------------------------------------


def test_a_cashier_renames_an_account_without_anybody_else(house: House, desk: Desk) -> None:
    folio_id = account(house, number="C-1", house_limit_minor=1000)
    answer = desk("cashier").submit(f"/accounts/{folio_id}/edit", name="Rowing club")
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/folios/{folio_id}")
    saved = house.do(get_folio, folio_id)
    assert (saved.name, saved.house_limit_minor, saved.version) == ("Rowing club", 1000, 2)


def test_another_limit_needs_who_may_set_limits(house: House, desk: Desk) -> None:
    folio_id = account(house, house_limit_minor=1000)
    client, path = desk("cashier"), f"/accounts/{folio_id}/edit"
    answer = client.submit(path, name="Rowing club", house_limit_minor="25.00")
    assert answer.status_code == 409
    assert "needs somebody who may do it" in answer.text
    assert 'name="approver"' in answer.text
    assert 'value="Rowing club"' in answer.text
    assert 'value="25.00"' in answer.text
    assert (house.do(get_folio, folio_id).house_limit_minor, house.do(get_folio, folio_id).name) == (
        1000,
        "Sailing club",
    )
    signed = {"house_limit_minor": "25.00", "approver": "supervisor", "approver_password": PASSWORD}
    assert client.submit(path, **signed | {"approver_password": "wrong"}).status_code == 401
    assert client.submit(path, **signed).status_code == 303
    assert house.do(get_folio, folio_id).house_limit_minor == 2500
    (told,) = house.told("folio.amended")
    assert (told.operator, (told.after or {})["authorised_by"]) == ("cashier", "supervisor")
    assert desk("supervisor").submit(path, house_limit_minor="").status_code == 303
    assert house.do(get_folio, folio_id).house_limit_minor is None


def test_who_was_slower_sees_both_versions(house: House, desk: Desk) -> None:
    folio_id = account(house, house_limit_minor=1000)
    client, path = desk("cashier"), f"/accounts/{folio_id}/edit"
    fields = client.form(path)
    house.do(accounts.amend_account, folio_id, 1, {"name": "Rowing club", "house_limit_minor": 5000}, "manager")
    answer = client.send(path, fields | {"name": "Chess club"})
    assert answer.status_code == 409
    assert "Meanwhile changed to: Rowing club" in answer.text
    assert "Meanwhile changed to: 50.00" in answer.text
    assert 'value="Chess club"' in answer.text
    assert 'name="approver"' not in answer.text
    (again,) = [dict(each) for _method, action, each in Forms(answer.text).found if action == path]
    refused = client.send(path, again)  # keeping the limit of before would change it now
    assert refused.status_code == 409
    assert 'name="approver"' in refused.text
    assert client.send(path, again | {"house_limit_minor": "50.00"}).status_code == 303
    saved = house.do(get_folio, folio_id)
    assert (saved.name, saved.house_limit_minor) == ("Chess club", 5000)


def test_a_limit_is_not_asked_where_the_type_has_none(house: House, desk: Desk) -> None:
    (visa,) = house.rows(Folio, number="VISA")
    client, path = desk("cashier"), f"/accounts/{visa.id}/edit"
    assert "house_limit_minor" not in client.form(path)
    assert client.submit(path, name="Visa and others", house_limit_minor="5").status_code == 303
    assert house.do(get_folio, visa.id).name == "Visa and others"


@pytest.mark.parametrize("path", ["/accounts/999999/edit", f"/accounts/{2**63 - 1}/edit", f"/accounts/{2**64}/edit"])
def test_accounts_that_are_not_there_are_no_pages(desk: Desk, path: str) -> None:
    assert desk("cashier").get(path).status_code == 404


def test_folios_of_guests_and_of_the_system_are_not_edited_here(house: House, desk: Desk) -> None:
    window = house.window(house.arrive())
    for folio_id in (window, drawer(house)):
        answer = desk("manager").get(f"/accounts/{folio_id}/edit")
        assert answer.status_code == 422
        assert "not opened or changed here" in answer.text


def test_who_lacks_the_right_gets_no_page_and_no_link(house: House, desk: Desk) -> None:
    def add_reader(session: Any) -> None:
        session.add(Role(code="reader", name="Reader"))
        session.flush()
        session.add(RoleRight(role_code="reader", right="folio.read"))
        session.flush()
        users.add_user(session, NewUser("reader", "Reader", PASSWORD, roles=["reader"]), "test", FAST)

    house.do(add_reader)
    folio_id = account(house)
    reader = desk("reader")
    page = reader.page("/accounts")
    assert "Sailing club" in page
    assert "/accounts/new" not in page
    assert "/edit" not in page
    for path in ("/accounts/new", f"/accounts/{folio_id}/edit"):
        assert reader.get(path).status_code == 403
        assert reader.send(path, client_token(reader)).status_code == 403


def client_token(client: Client) -> dict[str, str]:
    (token,) = re.findall(r'name="csrf_token" value="([^"]+)"', client.page("/accounts"))[:1]
    return {"csrf_token": token, "name": "x"}


# --- a guest's profile ------------------------------------------------------------------------------------------


def test_a_profile_shows_the_guests_folios_deposits_and_invoices(house: House, desk: Desk) -> None:
    past = house.arrive(1, "101")
    house.charge(past, "40.00")
    issued = house.do(invoices.issue, house.window(past), operator=CLERK)
    house.do(windows.open_window, past, CLERK, name="Acme Lda")
    house.charge(past, "7.50", window=2)
    coming = house.book(5, 7)
    house.do(shifts.open_shift, "cashier", drawer(house), 0, "cashier")
    house.do(cashiering.take_deposit, coming, "VISA", euro("25.00"), "cashier")
    page = desk("cashier").page(f"/guests/{house.guest}")
    table = page.partition("<h2>Folios</h2>")[2].partition("</table>")[0]
    first, second = house.window(past, 1), house.window(past, 2)
    shown = [(row[2], row[3], row[5]) for row in rows(table)[1:-1]]
    assert shown == [
        ("deposit", "Guest, Mr.", "-25.00"),
        ("1", "Guest, Mr.", "40.00"),
        ("2", "Acme Lda", "7.50"),
    ]
    assert rows(table)[-1] == ["Together", "22.50"]
    assert all(f'href="/folios/{folio_id}"' in table for folio_id in (first, second))
    assert f'href="/invoices/{issued.id}"' in page
    assert issued.number in page


def test_anothers_folios_are_not_on_a_profile(house: House, desk: Desk) -> None:
    house.charge(house.arrive(), "40.00")
    other = house.do(guests.add_guest, CLERK, surname="Visitor").id
    page = desk("cashier").page(f"/guests/{other}")
    assert "No folio yet" in page
    assert "No invoices yet" in page
    assert "40.00" not in page
