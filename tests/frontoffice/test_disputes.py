"""Disputed lines: contested at the desk, told apart in the balance, settled in four ways, their history visible."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import codes, corrections, transfers, verify
from folios.drafts import Origin
from folios.errors import (
    FolioUnknown,
    GeneratedLine,
    KeyReused,
    NothingLeft,
    PostingNotHere,
    PostingUnknown,
    ReasonMissing,
    WrongFolioType,
)
from folios.folios import open_folio
from folios.models import Posting, Voucher
from frontoffice import accounts, companies, disputes
from frontoffice.companies import CompanyUnknown
from frontoffice.disputes import DisputeOpen, DisputeSettled, DisputeUnknown, NotDisputable
from frontoffice.fields import FieldMissing
from frontoffice.models.desk import Dispute
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, House, at_once, day, euro, minor


class Desk:
    """A guest in house who ate for 84.00, and disputes the minibar of 12.00."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.stay = house.arrive()
        self.folio = house.window(self.stay)
        house.charge(self.stay, "72.00")
        self.voucher = house.charge(self.stay, "12.00", "MINIBAR").voucher_id
        self.posting = self.lines(self.voucher)[0].id

    def lines(self, voucher_id: int) -> list[Posting]:
        return sorted(self.house.rows(Posting, voucher_id=voucher_id), key=lambda each: each.line)

    def dispute(self, posting: int | None = None, reason: str = "I had nothing") -> int:
        return self.house.do(disputes.open_dispute, self.folio, posting or self.posting, reason, CLERK).id

    def told(self) -> disputes.Disputed:
        (told,) = self.house.do(disputes.disputes_of, [self.folio])[self.folio]
        return told

    def state(self, dispute_id: int) -> tuple[str, str | None, str | None]:
        (found,) = self.house.rows(Dispute, id=dispute_id)
        return found.status, found.settlement, found.outcome


def add_vat(session: Session) -> None:
    """From now on the spa's charges generate ten percent on top."""
    folio = open_folio(session, type="control", name="VAT", number="VAT10", operator=CLERK)
    facts = {"code": "VAT10", "name": "VAT", "kind": "tax", "department": "Taxes", "folio_id": folio.id}
    codes.add_code(session, **facts, operator=CLERK)
    codes.add_tax(session, code="VAT10", operator=CLERK, basis="percent", inclusive=False, stacked=False)
    codes.set_rate(session, "VAT10", day(0), rate_ppm=100_000, operator=CLERK)
    codes.set_taxes(session, "SPA", ["VAT10"], CLERK)


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house)


def sent(key: str) -> Origin:
    return Origin(CLERK, sender="desk", key=key)


# --- opening ----------------------------------------------------------------------------------------------------


def test_what_is_disputed_is_told_apart_and_the_rest_is_paid(desk: Desk, house: House) -> None:
    dispute = desk.dispute()
    assert house.do(disputes.disputed_minor, [desk.folio, 999]) == {desk.folio: minor("12.00"), 999: 0}
    assert house.balance(desk.folio) == "84.00"
    house.pay(desk.stay, "72.00")
    assert house.balance(desk.folio) == "12.00"
    told = desk.told()
    assert (told.dispute.id, told.dispute.reason, told.dispute.opened_on, told.dispute.opened_by) == (
        dispute,
        "I had nothing",
        day(0),
        CLERK,
    )
    assert (told.code, told.charged, told.left, told.steps) == ("MINIBAR", euro("12.00"), euro("12.00"), [])
    (event,) = house.told("dispute.opened")
    assert (event.subject, event.after["posting"]) == (f"dispute:{dispute}", desk.posting)
    house.prove()


def test_a_line_is_disputed_with_the_taxes_it_generated(desk: Desk, house: House) -> None:
    house.do(add_vat)
    voucher = house.charge(desk.stay, "20.00", "SPA").voucher_id
    line, tax = desk.lines(voucher)
    dispute = desk.dispute(line.id)
    assert house.do(disputes.disputed_minor, [desk.folio]) == {desk.folio: minor("22.00")}
    with house.refuses(GeneratedLine):
        desk.dispute(tax.id)
    house.do(disputes.allow_disputed, dispute, Origin(CLERK), "half", amount_minor=minor("11.00"))
    told = desk.told()
    assert (told.charged, told.left, [each.amount for each in told.steps]) == (
        euro("22.00"),
        euro("11.00"),
        [euro("11.00")],
    )
    house.prove()


def test_what_is_no_charge_on_this_folio_cannot_be_disputed(desk: Desk, house: House) -> None:
    payment = desk.lines(house.pay(desk.stay, "1.00").voucher_id)[0].id
    other = house.arrive(room="102")
    elsewhere = desk.lines(house.charge(other, "5.00").voucher_id)[0].id
    for posting, refusal in ((payment, NotDisputable), (elsewhere, PostingNotHere), (99_999, PostingUnknown)):
        with house.refuses(refusal):
            desk.dispute(posting)
    with house.refuses(ReasonMissing):
        desk.dispute(reason=" ")
    with house.refuses(FolioUnknown):
        house.do(disputes.open_dispute, 999, desk.posting, "why", CLERK)
    house.do(corrections.correct, desk.folio, desk.voucher, Origin(CLERK), "mistyped")
    with house.refuses(NothingLeft):
        desk.dispute()
    assert house.rows(Dispute) == []


def test_a_line_has_one_open_dispute(desk: Desk, house: House) -> None:
    first = desk.dispute()
    with house.refuses(DisputeOpen, posting=desk.posting, day=day(0), reason="I had nothing"):
        desk.dispute()
    house.do(disputes.uphold_dispute, first, CLERK)
    second = desk.dispute(reason="Once more")
    told = house.do(disputes.disputes_of, [desk.folio])[desk.folio]
    assert [each.dispute.id for each in told] == [second, first]


def test_two_who_dispute_a_line_at_once_are_one(desk: Desk, house: House) -> None:
    answers = at_once([desk.dispute] * 3)
    assert sorted(type(each).__name__ for each in answers) == ["DisputeOpen", "DisputeOpen", "int"]
    assert len(house.rows(Dispute)) == 1


# --- settling ---------------------------------------------------------------------------------------------------


def test_an_allowance_settles_the_dispute_in_one_go(desk: Desk, house: House) -> None:
    dispute = desk.dispute()
    posted = house.do(disputes.allow_disputed, dispute, Origin(CLERK), "goodwill", "manager")
    assert (house.balance(desk.folio), posted.total_minor) == ("72.00", minor("12.00"))
    assert desk.state(dispute) == ("settled", "allowed", "goodwill")
    (voucher,) = house.rows(Voucher, kind="allowance")
    assert (voucher.id, voucher.authorised_by, voucher.corrects_voucher_id) == (
        posted.voucher_id,
        "manager",
        desk.voucher,
    )
    told = desk.told()
    assert (told.dispute.voucher_id, told.left) == (posted.voucher_id, euro("0.00"))
    assert [(each.kind, each.amount, each.reason, each.to_folio) for each in told.steps] == [
        ("allowance", euro("12.00"), "goodwill", None)
    ]
    assert house.do(disputes.disputed_minor, [desk.folio]) == {desk.folio: 0}
    house.prove()


def test_a_part_is_allowed_and_the_guest_pays_the_rest(desk: Desk, house: House) -> None:
    dispute = desk.dispute()
    house.do(disputes.allow_disputed, dispute, Origin(CLERK), "half each", amount_minor=minor("6.00"))
    assert house.balance(desk.folio) == "78.00"
    assert desk.state(dispute)[:2] == ("settled", "allowed")
    assert desk.told().left == euro("6.00")
    house.prove()


def test_an_allowance_that_is_refused_leaves_the_dispute_open(desk: Desk, house: House) -> None:
    dispute = desk.dispute()
    with house.refuses(NothingLeft):
        house.do(disputes.allow_disputed, dispute, Origin(CLERK), "too much", amount_minor=minor("12.01"))
    with house.refuses(ReasonMissing):
        house.do(disputes.allow_disputed, dispute, Origin(CLERK), "")
    assert desk.state(dispute) == ("open", None, None)


def test_a_disputed_line_is_followed_up_on_the_company_folio(desk: Desk, house: House) -> None:
    company = house.do(companies.add_company, CLERK, code="ACME", name="Acme Lda").id
    dispute = desk.dispute()
    posted = house.do(disputes.move_disputed, dispute, Origin(CLERK), company_id=company, reason="ask them")
    receivable = house.do(companies.receivable_folio, company, CLERK)
    assert (house.balance(desk.folio), house.balance(receivable.id)) == ("72.00", "12.00")
    assert desk.state(dispute) == ("settled", "moved", "ask them")
    (step,) = desk.told().steps
    assert (step.kind, step.voucher_id, step.to_folio_id, step.to_folio) == (
        "transfer",
        posted.voucher_id,
        receivable.id,
        receivable.number,
    )
    house.prove()


def test_a_disputed_line_is_moved_to_receivables_only(desk: Desk, house: House) -> None:
    follow_up = house.do(accounts.open_account, "semi_permanent", "Follow-up", CLERK).id
    club = house.do(accounts.open_account, "non_guest", "Sailing club", CLERK).id
    dispute = desk.dispute()
    for target, refusal in (
        ({"folio_id": club}, WrongFolioType),
        ({"folio_id": 999}, FolioUnknown),
        ({"company_id": 999}, CompanyUnknown),
    ):
        with house.refuses(refusal):
            house.do(disputes.move_disputed, dispute, Origin(CLERK), **target)
    with pytest.raises(ValueError, match="company or to a folio"):
        house.do(disputes.move_disputed, dispute, Origin(CLERK), folio_id=follow_up, company_id=1)
    house.do(disputes.move_disputed, dispute, Origin(CLERK), folio_id=follow_up)
    assert house.balance(follow_up) == "12.00"


@pytest.mark.parametrize("how", ["allow", "company", "folio"])
def test_a_settlement_sent_twice_is_posted_once(desk: Desk, house: House, how: str) -> None:
    company = house.do(companies.add_company, CLERK, code="ACME", name="Acme Lda").id
    follow_up = house.do(accounts.open_account, "semi_permanent", "Follow-up", CLERK).id
    dispute = desk.dispute()

    def settle(key: str | None = "k") -> Any:
        origin = Origin(CLERK) if key is None else sent(key)
        if how == "allow":
            return house.do(disputes.allow_disputed, dispute, origin, "goodwill")
        where = {"company_id": company} if how == "company" else {"folio_id": follow_up}
        return house.do(disputes.move_disputed, dispute, origin, **where)

    first, again = settle(), settle()
    assert (again.voucher_id, again.replayed) == (first.voucher_id, True)
    for key in (None, "other"):
        with house.refuses(DisputeSettled, day=day(0), operator=CLERK):
            settle(key)
    assert house.balance(desk.folio) == "72.00"
    assert len(house.told("dispute.settled")) == 1
    house.prove()


def test_a_key_that_stood_for_another_reason_is_refused(desk: Desk, house: House) -> None:
    dispute = desk.dispute()
    house.do(disputes.allow_disputed, dispute, sent("k"), "goodwill")
    with house.refuses(KeyReused):
        house.do(disputes.allow_disputed, dispute, sent("k"), "other")


def test_two_settlements_at_once_are_one(desk: Desk, house: House) -> None:
    dispute = desk.dispute()
    answers = at_once(
        [
            lambda: house.do(disputes.allow_disputed, dispute, Origin(CLERK), "goodwill"),
            lambda: house.do(disputes.uphold_dispute, dispute, CLERK),
        ]
    )
    assert sum(isinstance(each, DisputeSettled) for each in answers) == 1
    assert len(house.told("dispute.settled")) == 1
    house.prove()


def test_the_guest_pays_after_all_or_it_is_told_in_words(desk: Desk, house: House) -> None:
    dispute = desk.dispute()
    with house.refuses(FieldMissing):
        house.do(disputes.settle_dispute, dispute, " ", CLERK)
    house.do(disputes.uphold_dispute, dispute, CLERK, "signed slip shown")
    assert desk.state(dispute) == ("settled", "upheld", "signed slip shown")
    again = desk.dispute()
    house.do(disputes.settle_dispute, again, "voucher for the next stay", CLERK)
    assert desk.state(again) == ("settled", "agreed", "voucher for the next stay")
    assert house.balance(desk.folio) == "84.00"
    for verb in (disputes.uphold_dispute, lambda *facts: disputes.settle_dispute(*facts[:2], "x", facts[2])):
        with house.refuses(DisputeSettled):
            house.do(verb, dispute, CLERK)
        with house.refuses(DisputeUnknown):
            house.do(verb, 999, CLERK)
    house.prove()


# --- what others do to the line ---------------------------------------------------------------------------------


def test_corrections_and_transfers_by_other_hands_are_seen_in_the_history(desk: Desk, house: House) -> None:
    dispute = desk.dispute()
    other = house.arrive(room="102")
    part = [(desk.posting, minor("4.00"))]
    house.do(corrections.correct, desk.folio, desk.voucher, Origin(CLERK), "one bottle less", part)
    assert house.do(disputes.disputed_minor, [desk.folio]) == {desk.folio: minor("8.00")}
    house.do(transfers.transfer, desk.folio, house.window(other), [desk.posting], Origin(CLERK))
    told = desk.told()
    assert (told.dispute.id, told.dispute.status, told.left) == (dispute, "open", euro("0.00"))
    assert [(each.kind, each.amount, each.to_folio_id) for each in told.steps] == [
        ("correction", euro("4.00"), None),
        ("transfer", euro("8.00"), house.window(other)),
    ]
    with house.refuses(NothingLeft):
        house.do(disputes.allow_disputed, dispute, Origin(CLERK), "goodwill")
    house.do(disputes.settle_dispute, dispute, "moved to the neighbour", CLERK)
    house.prove()


def test_a_line_that_was_moved_here_can_be_disputed_here(desk: Desk, house: House) -> None:
    other = house.arrive(room="102")
    moved = house.do(transfers.transfer, desk.folio, house.window(other), [desk.posting], Origin(CLERK)).voucher_id
    posting = desk.lines(moved)[0].id
    dispute = house.do(disputes.open_dispute, house.window(other), posting, "not mine", CLERK).id
    house.do(disputes.allow_disputed, dispute, Origin(CLERK), "goodwill")
    assert (house.balance(house.window(other)), house.balance(desk.folio)) == ("0.00", "72.00")
    house.prove()


def test_open_disputes_of_the_house_are_listed_in_three_statements(desk: Desk, house: House) -> None:
    for posting in [desk.posting, *[desk.lines(house.charge(desk.stay, "1.00").voucher_id)[0].id for _ in range(3)]]:
        desk.dispute(posting)
    with statements(house.engine) as told:
        found = house.do(disputes.open_disputes)
    assert len(told) == 3
    assert [str(each.left.decimal) for each in found[desk.folio]] == ["1.00", "1.00", "1.00", "12.00"]
    with house.refuses(DisputeUnknown):
        house.do(disputes.get_dispute, 999)


@pytest.mark.parametrize("wrong", ["folio_id = 1", "voucher_id = 1", "settlement = 'moved'"])
def test_the_proof_finds_a_dispute_that_points_at_something_else(desk: Desk, house: House, wrong: str) -> None:
    house.do(disputes.allow_disputed, desk.dispute(), Origin(CLERK), "goodwill")
    with house.sessions() as session:
        session.execute(sa.text(f"UPDATE dispute SET {wrong}"))
        assert len([each for each in verify.run(session) if each.differences]) == 1
        session.rollback()
