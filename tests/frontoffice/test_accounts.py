"""House accounts: opened with their number and limit, listed with what they owe, amended under an optimistic lock."""

from __future__ import annotations

from typing import Any

import pytest

from folios.charges import Charge, ChargeLine, charge
from folios.drafts import Origin
from folios.errors import (
    ChangedMeanwhile,
    ControlFolioByHand,
    FolioHasNoLimit,
    FolioNumberTaken,
    FolioUnknown,
    HouseLimitExceeded,
    Refusal,
)
from folios.folios import amend_folio, close_folio
from folios.models import Folio
from frontoffice import accounts, companies
from frontoffice.accounts import AccountWrongType
from frontoffice.fields import FieldMissing, FieldUnknown
from frontoffice.windows import LimitNegative
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, House, at_once, euro, minor


def open_account(house: House, type: str = "non_guest", name: str = "Sailing club", **facts: Any) -> int:
    return house.do(accounts.open_account, type, name, CLERK, **facts).id


def eat(house: House, folio_id: int, amount: str) -> None:
    house.do(charge, Charge(folio_id, (ChargeLine("RESTAURANT", euro(amount)),)), Origin(CLERK))


def listed(house: House, *asked: Any, **how: Any) -> list[str]:
    return [each.number for each in house.do(accounts.accounts, *asked, **how).rows]


def test_an_account_has_the_number_people_know_and_a_limit_that_holds(house: House) -> None:
    folio_id = open_account(house, number="CLUB-7", house_limit_minor=minor("100.00"))
    eat(house, folio_id, "75.50")
    found = house.do(accounts.account, folio_id)
    assert (found.number, found.type, found.balance, found.limit) == (
        "CLUB-7",
        "non_guest",
        euro("75.50"),
        euro("100.00"),
    )
    assert (found.left, found.used_percent) == (euro("24.50"), 75)
    with house.refuses(HouseLimitExceeded):
        eat(house, folio_id, "24.51")
    house.prove()


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"type": "individual"}, AccountWrongType),
        ({"type": "control"}, AccountWrongType),
        ({"name": "  "}, FieldMissing),
        ({"number": "C-1"}, FolioNumberTaken),
        ({"house_limit_minor": -1}, LimitNegative),
        ({"type": "permanent", "house_limit_minor": 1}, FolioHasNoLimit),
    ],
)
def test_an_account_that_cannot_be_is_refused(house: House, facts: dict[str, Any], refusal: type[Refusal]) -> None:
    open_account(house, number="C-1")
    with house.refuses(refusal):
        open_account(house, **facts)


def test_a_number_is_given_once_when_two_ask_at_once(house: House) -> None:
    answers = at_once([lambda: open_account(house, number="C-1")] * 3)
    assert sorted(type(each).__name__ for each in answers) == ["FolioNumberTaken", "FolioNumberTaken", "int"]
    assert listed(house, "non_guest") == ["C-1"]


def test_the_list_finds_by_type_number_name_and_company(house: House) -> None:
    company = house.do(companies.add_company, CLERK, code="ACME", name="Acme Lda")
    receivable = house.do(companies.receivable_folio, company.id, CLERK)
    club, post = open_account(house, number="C-1"), open_account(house, "master", "Post master", number="PM 1")
    staff = open_account(house, "staff", "Porter 12", number="S-12")
    assert listed(house, "staff") == ["S-12"]
    assert listed(house, None, "c-") == ["C-1"]
    assert listed(house, None, "sailing") == ["C-1"]
    assert listed(house, None, "acme") == [receivable.number]
    assert listed(house, None, "%") == []
    (shown,) = house.do(accounts.accounts, "semi_permanent").rows
    assert (shown.company_id, shown.company, shown.left, shown.used_percent) == (company.id, "ACME", None, None)
    house.do(close_folio, club, CLERK)
    assert "C-1" not in listed(house)
    assert listed(house, "non_guest", only_open=False) == ["C-1"]
    assert {post, staff} <= {each.folio_id for each in house.do(accounts.accounts).rows}


def test_guests_folios_and_control_folios_are_no_accounts(house: House) -> None:
    stay = house.arrive()
    numbers = listed(house, only_open=False)
    assert set(numbers) == {each.number for each in house.rows(Folio) if each.type in accounts.ACCOUNT_TYPES}
    with house.refuses(AccountWrongType, type="individual"):
        house.do(accounts.account, house.window(stay))
    with house.refuses(FolioUnknown):
        house.do(accounts.account, 999)


def test_a_page_of_accounts_tells_how_many_there_are(house: House) -> None:
    for number in range(5):
        open_account(house, number=f"C-{number}")
    page = house.do(accounts.accounts, "non_guest", skip=2, most=2)
    assert ([each.number for each in page.rows], page.total) == (["C-2", "C-3"], 5)
    with statements(house.engine) as sent:
        house.do(accounts.accounts)
    assert len(sent) == 2


def test_name_and_limit_change_once_for_each_version_seen(house: House) -> None:
    folio_id = open_account(house, number="C-1", house_limit_minor=1000)
    eat(house, folio_id, "5.00")  # what is posted does not make a form stale
    changes = {"name": "Rowing club", "house_limit_minor": None}
    amended = house.do(accounts.amend_account, folio_id, 1, changes, CLERK)
    assert (amended.name, amended.house_limit_minor, amended.version, amended.balance_minor) == (
        "Rowing club",
        None,
        2,
        500,
    )
    (told,) = house.told("folio.amended")
    assert (told.subject, told.before, told.after) == (
        f"folio:{folio_id}",
        {"name": "Sailing club", "house_limit_minor": 1000},
        changes,
    )
    with house.refuses(ChangedMeanwhile):
        house.do(accounts.amend_account, folio_id, 1, {"name": "Chess club"}, CLERK)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"number": "C-2"}, FieldUnknown),
        ({"name": ""}, FieldMissing),
        ({"house_limit_minor": -1}, LimitNegative),
    ],
)
def test_a_change_that_cannot_be_is_refused(house: House, changes: dict[str, Any], refusal: type[Refusal]) -> None:
    folio_id = open_account(house)
    with house.refuses(refusal):
        house.do(accounts.amend_account, folio_id, 1, changes, CLERK)


def test_folios_that_are_no_accounts_are_not_amended_here(house: House) -> None:
    stay = house.arrive()
    (control, *_) = house.rows(Folio, type="control")
    with house.refuses(AccountWrongType):
        house.do(accounts.amend_account, house.window(stay), 1, {"name": "x"}, CLERK)
    with house.refuses(AccountWrongType):
        house.do(accounts.amend_account, control.id, 1, {"name": "x"}, CLERK)
    with house.refuses(ControlFolioByHand):
        house.do(amend_folio, control.id, 1, {"name": "x"}, CLERK)
    with pytest.raises(ValueError, match="only the name"):
        house.do(amend_folio, house.window(stay), 1, {"status": "closed"}, CLERK)
