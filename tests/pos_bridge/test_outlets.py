"""Outlets as they are set up: codes of their lines, articles, tariffs, and the folio for what cannot be placed."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from folios import codes as ledger_codes
from folios.db import reading
from folios.errors import (
    AmountNotPositive,
    AmountTooLarge,
    ChangedMeanwhile,
    CodeInactive,
    CodeUnknown,
    CodeWrongKind,
    FolioUnknown,
)
from folios.folios import close_folio, find_folio, open_folio
from folios.models import Event, Folio
from folios.money import MOST_MINOR
from frontoffice import codes
from frontoffice.codes import FolioNotShared, NotRevenue
from frontoffice.fields import FieldMissing, FieldUnknown
from pos_bridge import book as outlets_book
from pos_bridge import outlets
from pos_bridge.models.outlets import Article, Outlet, Tariff
from tests.frontoffice.house import CLERK, FIRST_DAY, House, at_once


def folio(house: House, number: str) -> int:
    return house.do(find_folio, number).id


def add_bar(house: House, **facts: Any) -> Outlet:
    given = {"code": "BAR", "name": "Hotel bar", "folio_id": folio(house, "BAR"), "operator": CLERK}
    return house.do(outlets.add_outlet, **given | facts)


def add_charge(house: House, code: str, on: str | None) -> None:
    shared = None if on is None else folio(house, on)
    facts = {"sort": "charge", "code": code, "name": code.title(), "department": "Food and beverage"}
    house.do(codes.add_code, **facts, operator=CLERK, folio_id=shared)


def add_tax(house: House, code: str, service: bool = False) -> None:
    facts = {"name": code, "way": "added", "stacked": False, "service": service, "rate_ppm": 100_000}
    house.do(codes.add_tax, code=code, **facts, valid_from=FIRST_DAY, operator=CLERK)


def the_book(house: House) -> outlets_book.Book:
    with reading(house.sessions) as session:
        return outlets_book.book(session)


def actions(house: House, subject: str) -> list[str]:
    return [event.action for event in house.rows(Event, subject=subject)]


def test_an_outlet_is_added_on_its_control_folio_and_every_process_knows(house: House) -> None:
    before = the_book(house).mark
    add_bar(house)
    known = the_book(house)
    assert known.mark != before
    facts = known.outlet("BAR")
    assert (facts.name, facts.treatment, facts.active, facts.suspense_folio_id) == ("Hotel bar", "inside", True, None)
    assert facts.folio_id == folio(house, "BAR")
    assert actions(house, "outlet:BAR") == ["outlet.added"]


def test_an_outlet_without_a_control_folio_gets_one_of_its_own(house: House) -> None:
    added = add_bar(house, code="POOLBAR", folio_id=None)
    (own,) = house.rows(Folio, id=added.folio_id)
    assert (own.number, own.type, own.name) == ("POOLBAR", "control", "Hotel bar")
    drawn = add_bar(house, folio_id=None)  # the number BAR is that of another control folio
    (own,) = house.rows(Folio, id=drawn.folio_id)
    assert own.number != "BAR"


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"code": "bar"}, outlets.ShortCodeInvalid),
        ({"code": ""}, outlets.ShortCodeInvalid),
        ({"code": "B" * 17}, outlets.ShortCodeInvalid),
        ({"code": "BAR\0"}, outlets.ShortCodeInvalid),
        ({"name": " "}, FieldMissing),
        ({"folio_id": 10**9}, FolioUnknown),
        ({"treatment": "beside"}, outlets.TreatmentInvalid),
        ({"suspense_folio_id": 10**9}, FolioUnknown),
    ],
)
def test_an_outlet_that_cannot_be_is_refused(house: House, facts: dict, refusal: type) -> None:
    with house.refuses(refusal):
        add_bar(house, **facts)


@pytest.mark.parametrize("number", ["VISA", "DRAWER", "SAFE", "PAIDOUT", "OPENING"])
def test_only_folios_that_charges_post_to_can_be_an_outlets(house: House, number: str) -> None:
    with house.refuses(NotRevenue):
        add_bar(house, folio_id=folio(house, number))


def test_neither_a_code_nor_a_control_folio_serves_two_outlets(house: House) -> None:
    add_bar(house)
    with house.refuses(outlets.OutletTaken):
        add_bar(house, folio_id=folio(house, "SPA"))
    with house.refuses(outlets.ControlFolioTaken):
        add_bar(house, code="LOUNGE")


def test_of_two_who_add_the_same_outlet_at_once_one_is_told_it_is_taken(house: House) -> None:
    answers = at_once([lambda: add_bar(house), lambda: add_bar(house)])
    assert sorted(type(each).__name__ for each in answers) == ["Outlet", "OutletTaken"]
    spa = folio(house, "SPA")
    answers = at_once([lambda code=code: add_bar(house, code=code, folio_id=spa) for code in ("SPA1", "SPA2")])
    assert sorted(type(each).__name__ for each in answers) == ["ControlFolioTaken", "Outlet"]


def test_an_outlet_is_changed_and_switched_off_unless_somebody_was_faster(house: House) -> None:
    add_bar(house)
    house.do(outlets.amend_outlet, "BAR", 1, {"name": "Lobby bar", "active": False, "treatment": "added"}, CLERK)
    facts = the_book(house).outlet("BAR")
    assert (facts.name, facts.active, facts.treatment) == ("Lobby bar", False, "added")
    with house.refuses(ChangedMeanwhile):
        house.do(outlets.amend_outlet, "BAR", 1, {"name": "Pub"}, CLERK)
    with house.refuses(FieldUnknown):
        house.do(outlets.amend_outlet, "BAR", 2, {"folio_id": folio(house, "SPA")}, CLERK)
    with house.refuses(outlets_book.OutletUnknown):
        house.do(outlets.amend_outlet, "PUB", 1, {"name": "Pub"}, CLERK)
    assert actions(house, "outlet:BAR") == ["outlet.added", "outlet.changed"]


# --- the codes of lines ----------------------------------------------------------------------------------------


def with_codes(house: House) -> dict[tuple[str, int], str]:
    add_bar(house)
    add_charge(house, "WINE", "BAR")
    add_charge(house, "TIPS", None)
    add_tax(house, "VAT")
    add_tax(house, "SERVICE", service=True)
    return {
        ("item", 0): "BAR",
        ("item", 2): "WINE",
        ("tax", 1): "VAT",
        ("tax", 2): "SERVICE",
        ("service", 0): "SERVICE",
        ("tip", 0): "TIPS",
    }


def test_all_codes_of_an_outlet_are_set_at_once_under_its_version(house: House) -> None:
    wanted = with_codes(house)
    house.do(outlets.set_codes, "BAR", 1, wanted, CLERK)
    facts = the_book(house).outlet("BAR")
    assert (facts.code_of("item", 2), facts.code_of("item", 7), facts.code_of("tax", 1)) == ("WINE", "BAR", "VAT")
    with house.refuses(ChangedMeanwhile):
        house.do(outlets.set_codes, "BAR", 1, {}, CLERK)
    house.do(outlets.set_codes, "BAR", 2, wanted, CLERK)  # nothing is different: nothing is written
    house.do(outlets.set_codes, "BAR", 2, {("item", 0): "BAR"}, CLERK)
    assert dict(the_book(house).outlet("BAR").codes) == {("item", 0): "BAR"}
    assert actions(house, "outlet:BAR") == ["outlet.added", "outlet.codes.set", "outlet.codes.set"]


@pytest.mark.parametrize(
    ("line", "code", "refusal"),
    [
        (("item", 1), "SPA", outlets.CodeElsewhere),
        (("item", 1), "VAT", CodeWrongKind),
        (("item", 1), "CASH", CodeWrongKind),
        (("item", 1), "NONE", CodeUnknown),
        (("tax", 1), "BAR", CodeWrongKind),
        (("tip", 0), "VAT", CodeWrongKind),
        (("service", 0), "VISA", CodeWrongKind),
        (("item", 100), "BAR", outlets.LineInvalid),
        (("item", -1), "BAR", outlets.LineInvalid),
        (("wine", 1), "BAR", outlets.LineInvalid),
    ],
)
def test_a_code_that_does_not_fit_its_line_is_refused(
    house: House, line: tuple[str, int], code: str, refusal: type
) -> None:
    with_codes(house)
    with house.refuses(refusal):
        house.do(outlets.set_codes, "BAR", 1, {line: code}, CLERK)


def test_a_code_that_is_switched_off_books_no_line(house: House) -> None:
    add_bar(house)
    house.do(ledger_codes.switch_code, "BAR", False, CLERK)
    with house.refuses(CodeInactive):
        house.do(outlets.set_codes, "BAR", 1, {("item", 0): "BAR"}, CLERK)


def test_of_two_who_set_the_codes_at_once_one_is_told(house: House) -> None:
    with_codes(house)
    answers = at_once(
        [
            lambda code=code: house.do(outlets.set_codes, "BAR", 1, {("item", 0): code}, CLERK)
            for code in ("BAR", "WINE")
        ]
    )
    assert sorted(type(each).__name__ for each in answers) == ["ChangedMeanwhile", "NoneType"]


# --- articles and tariffs ---------------------------------------------------------------------------------------


def add_nuts(house: House, **facts: Any) -> Article:
    given = {"number": 12, "name": "Nuts", "code": "BAR", "price_minor": 450, "operator": CLERK}
    return house.do(outlets.add_article, facts.pop("outlet", "BAR"), **given | facts)


def test_an_article_has_its_number_price_and_code(house: House) -> None:
    add_bar(house)
    add_nuts(house)
    article = the_book(house).outlet("BAR").article(12)
    assert (article.name, article.code, article.price_minor) == ("Nuts", "BAR", 450)
    house.do(outlets.amend_article, "BAR", 12, 1, {"price_minor": 500}, CLERK)
    assert the_book(house).outlet("BAR").article(12).price_minor == 500
    house.do(outlets.amend_article, "BAR", 12, 2, {"active": False}, CLERK)
    with pytest.raises(outlets_book.ArticleUnknown):
        the_book(house).outlet("BAR").article(12)
    with house.refuses(ChangedMeanwhile):
        house.do(outlets.amend_article, "BAR", 12, 1, {"name": "Almonds"}, CLERK)
    assert actions(house, "article:BAR/12") == ["article.added", "article.changed", "article.changed"]


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"number": 0}, outlets.ArticleNumberInvalid),
        ({"number": 10_000}, outlets.ArticleNumberInvalid),
        ({"number": 13}, outlets.ArticleTaken),
        ({"name": ""}, FieldMissing),
        ({"code": "SPA"}, outlets.CodeElsewhere),
        ({"code": "NONE"}, CodeUnknown),
        ({"price_minor": 0}, AmountNotPositive),
        ({"price_minor": MOST_MINOR + 1}, AmountTooLarge),
        ({"outlet": "PUB"}, outlets_book.OutletUnknown),
    ],
)
def test_an_article_that_cannot_be_is_refused(house: House, facts: dict, refusal: type) -> None:
    add_bar(house)
    add_nuts(house, number=13)
    with house.refuses(refusal):
        add_nuts(house, **facts)


def test_of_two_who_add_the_same_article_or_tariff_at_once_one_is_told(house: House) -> None:
    add_bar(house)
    assert sorted(type(each).__name__ for each in at_once([lambda: add_nuts(house)] * 2)) == ["Article", "ArticleTaken"]
    assert sorted(type(each).__name__ for each in at_once([lambda: add_calls(house)] * 2)) == ["Tariff", "TariffTaken"]


def add_calls(house: House, **facts: Any) -> Tariff:
    given = {"prefix": "00", "name": "Abroad", "code": "BAR", "minute_minor": 90, "operator": CLERK}
    return house.do(outlets.add_tariff, "BAR", **given | facts)


def test_the_longest_beginning_of_a_call_finds_its_tariff(house: House) -> None:
    add_bar(house)
    add_calls(house)
    add_calls(house, prefix="", name="Local", minute_minor=10)
    assert [the_book(house).outlet("BAR").tariff(digits).name for digits in ("0039", "112")] == ["Abroad", "Local"]
    house.do(outlets.amend_tariff, "BAR", "", 1, {"name": "Town", "connection_minor": 20}, CLERK)
    assert the_book(house).outlet("BAR").tariff("112").connection_minor == 20
    with house.refuses(ChangedMeanwhile):
        house.do(outlets.remove_tariff, "BAR", "", 1, CLERK)
    house.do(outlets.remove_tariff, "BAR", "", 2, CLERK)
    with pytest.raises(outlets_book.TariffMissing):
        the_book(house).outlet("BAR").tariff("112")
    with house.refuses(outlets.TariffUnknown):
        house.do(outlets.remove_tariff, "BAR", "", 2, CLERK)
    assert actions(house, "tariff:BAR/*") == ["tariff.added", "tariff.changed", "tariff.removed"]


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"prefix": "0a"}, outlets.PrefixInvalid),
        ({"prefix": "0" * 21}, outlets.PrefixInvalid),
        ({"prefix": "+39"}, outlets.TariffTaken),
        ({"name": ""}, FieldMissing),
        ({"code": "SPA"}, outlets.CodeElsewhere),
        ({"minute_minor": -1}, outlets.CostNegative),
        ({"pulse_minor": MOST_MINOR + 1}, AmountTooLarge),
    ],
)
def test_a_tariff_that_cannot_be_is_refused(house: House, facts: dict, refusal: type) -> None:
    add_bar(house)
    add_calls(house, prefix="+39")
    with house.refuses(refusal):
        add_calls(house, **facts)


# --- suspense and shared folios ----------------------------------------------------------------------------------


def test_the_suspense_folio_is_opened_once_and_again_when_it_was_closed(house: House) -> None:
    opened = at_once([lambda: house.do(outlets.open_suspense, CLERK).id] * 2)
    assert len(set(opened)) == 1
    add_bar(house, suspense_folio_id=opened[0])
    house.do(close_folio, opened[0], CLERK)
    with house.refuses(outlets.SuspenseWrongType):
        add_bar(house, code="SPA", folio_id=folio(house, "SPA"), suspense_folio_id=opened[0])
    again = house.do(outlets.open_suspense, CLERK)
    assert (again.id, again.number, again.type, again.status) == (opened[0], "SUSPENSE", "master", "open")


def test_an_account_that_is_called_suspense_is_not_taken_for_it(house: House) -> None:
    def take_the_number(session: Session) -> None:
        open_folio(session, type="staff", name="Mr. Suspense", number="SUSPENSE", operator=CLERK)

    house.do(take_the_number)
    with house.refuses(outlets.SuspenseWrongType):
        house.do(outlets.open_suspense, CLERK)


def test_a_new_charge_may_share_the_control_folio_of_its_outlet(house: House) -> None:
    add_charge(house, "WINE", "BAR")
    assert house.do(codes.get_code, "WINE").folio_id == folio(house, "BAR")
    with house.refuses(NotRevenue):
        add_charge(house, "BEER", "VISA")
    with house.refuses(FolioNotShared):
        facts = {"sort": "paid_out", "code": "ERRAND", "name": "Errand", "department": None, "operator": CLERK}
        house.do(codes.add_code, **facts, folio_id=folio(house, "BAR"))
