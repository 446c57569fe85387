"""Fees of no-shows that the night charges by the house's rule: who pays, how much, on which account, and only once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import business_day
from folios.codes import add_code, add_tax, set_rate, set_taxes, switch_code
from folios.corrections import allow
from folios.drafts import Origin
from folios.errors import CodeInactive, CodeUnknown, CodeWrongKind
from folios.folios import close_folio, open_folio
from folios.models import Folio, Posting, Voucher
from folios.money import Money
from frontoffice import deposits, reservations
from frontoffice.expected_again import NoShowOver, expect_again
from frontoffice.fees import FeeChargedAlready, charge_fee
from frontoffice.lifecycle import StateForbids
from frontoffice.models.stays import StayWindow
from frontoffice.no_show_fees import SENDER
from frontoffice.windows import open_window
from night_audit import audit, checklist, steps
from night_audit.audit import Audited, AuditNotReady
from night_audit.models.audits import AuditStep
from night_audit.rehearsal import rehearse
from night_audit.rules import FeePercentInvalid, Rules, rules, set_rules, version
from tests.frontoffice.house import AUDITOR, CLERK, House, at_once, day, euro, minor
from tests.night_audit.nights import PowerCut, run

NIGHT, HALF = Rules(no_show_percent=100), Rules(no_show_percent=50)


def absent(house: House, *, guaranteed: bool = True, **facts: Any) -> int:
    """Somebody who is expected today for two nights and will not come."""
    return house.book(0, 2, guaranteed=guaranteed, **facts)


def deposit(house: House, stay: int, amount: str) -> None:
    house.do(deposits.take_deposit, stay, code="VISA", amount=euro(amount), origin=Origin(CLERK))


def fees(house: House) -> list[tuple[str | None, Any]]:
    return [(each.key, each.business_date) for each in house.rows(Voucher, sender=SENDER)]


def held(house: House, stay: int) -> str:
    folio_id = house.stay(stay).deposit_folio_id
    assert folio_id is not None
    return house.balance(folio_id)


def test_a_house_without_a_rule_charges_nobody_for_not_coming(house: House) -> None:
    stay = absent(house)
    assert run(house).count("no_show_fees") == 0
    assert house.rows(StayWindow, stay_id=stay) == []


@pytest.mark.parametrize(("percent", "owed"), [(100, "100.00"), (50, "50.00"), (33, "33.00"), (1, "1.00")])
def test_a_guaranteed_booking_owes_its_part_of_the_first_night_on_the_day_that_was_left(
    house: House, percent: int, owed: str
) -> None:
    stay = absent(house)
    done = run(house, going_by=Rules(no_show_percent=percent))
    assert (done.count("no_shows"), done.count("no_show_fees"), done.count("posted_minor")) == (1, 1, minor(owed))
    assert fees(house) == [(f"{stay}:{day(0)}", day(0))]
    assert house.balance(house.window(stay)) == owed
    assert [(each.code, each.business_date) for each in house.rows(Posting)] == [("ROOM", day(0))]
    assert len(house.told("stay.no_show.charged")) == 1


def test_a_part_of_a_night_is_rounded_half_up_and_what_rounds_to_nothing_is_not_charged(house: House) -> None:
    odd = absent(house, agreed=reservations.AgreedPrice(minor("0.01"), "a penny"))
    other = absent(house, agreed=reservations.AgreedPrice(minor("10.01"), "odd"))
    assert run(house, going_by=HALF).count("no_show_fees") == 2
    assert (house.balance(house.window(odd)), house.balance(house.window(other))) == ("0.01", "5.01")


def test_what_rounds_to_nothing_is_passed_over(house: House) -> None:
    absent(house, agreed=reservations.AgreedPrice(minor("0.01"), "a penny"))
    assert run(house, going_by=Rules(no_show_percent=1)).count("no_show_fees") == 0


def test_only_guaranteed_bookings_and_those_with_a_deposit_are_charged(house: House) -> None:
    absent(house, guaranteed=False)
    free = absent(house, nature="complimentary")
    promised = absent(house, guaranteed=False)
    deposit(house, promised, "30.00")
    run(house, going_by=NIGHT)
    assert fees(house) == [(f"{promised}:{day(0)}", day(0))]
    assert house.rows(StayWindow, stay_id=free) == []


def test_the_fee_is_charged_as_the_houses_own_code_with_its_taxes(house: House) -> None:
    folio = house.do(open_folio, type="control", name="VAT of fees", number="VATFEE", operator=CLERK)
    facts = {"name": "VAT of fees", "kind": "tax", "department": "Taxes", "folio_id": folio.id, "operator": CLERK}
    house.do(add_code, code="VATFEE", **facts)
    house.do(add_tax, code="VATFEE", basis="percent", inclusive=False, stacked=False, operator=CLERK)
    house.do(set_rate, "VATFEE", day(0), rate_ppm=70000, operator=CLERK)
    house.do(set_taxes, "NOSHOW", ["VATFEE"], CLERK)
    stay = absent(house)
    run(house, going_by=Rules(no_show_percent=100, no_show_code="NOSHOW"))
    assert [(each.code, each.amount_minor) for each in house.rows(Posting)] == [("NOSHOW", 10000), ("VATFEE", 700)]
    assert house.balance(house.window(stay)) == "107.00"


@pytest.mark.parametrize(("taken", "owed"), [("30.00", "70.00"), ("100.00", "0.00"), ("130.00", "-30.00")])
def test_the_deposit_is_used_for_it_on_the_same_day_and_the_rest_stays_owed_or_held(
    house: House, taken: str, owed: str
) -> None:
    stay = absent(house)
    deposit(house, stay, taken)
    run(house, going_by=NIGHT)
    assert house.balance(house.window(stay)) == owed
    assert held(house, stay) == "0.00"
    assert {each.business_date for each in house.rows(Voucher)} == {day(0)}
    found = {each.code: each.rows for each in house.do(checklist.checklist, day(1), Rules())}["not_come"]
    assert [each.what for each in found] == ([] if owed == "0.00" else [found[0].what])
    if owed != "0.00":
        assert found[0].what.endswith(f"{owed} EUR")
        assert found[0].address == f"/folios/{house.window(stay)}"


def test_a_deposit_that_came_on_the_new_day_is_left_to_be_used_by_hand(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay = absent(house)
    ready = audit.Night.post

    def pay_meanwhile(night: audit.Night) -> None:
        deposit(house, stay, "40.00")
        ready(night)

    monkeypatch.setattr(audit.Night, "post", pay_meanwhile)
    run(house, going_by=NIGHT)
    assert (house.balance(house.window(stay)), held(house, stay)) == ("100.00", "-40.00")
    rows = {each.code: each.count for each in house.do(checklist.checklist, day(1), Rules())}
    assert rows["not_come"] == 2
    house.do(deposits.apply_deposit, stay, CLERK)
    assert house.balance(house.window(stay)) == "60.00"


def test_who_was_charged_by_hand_is_left_as_somebody_decided(house: House) -> None:
    stay = absent(house)
    house.do(reservations.mark_no_show, stay, CLERK)
    house.do(charge_fee, stay, "ROOM", euro("15.00"), Origin(CLERK))
    assert run(house, going_by=NIGHT).count("no_show_fees") == 0
    assert house.balance(house.window(stay)) == "15.00"


def test_who_was_marked_by_the_desk_during_the_day_is_charged_by_the_night(house: House) -> None:
    stay = absent(house)
    house.do(reservations.mark_no_show, stay, CLERK)
    assert run(house, going_by=NIGHT).count("no_show_fees") == 1
    assert house.balance(house.window(stay)) == "100.00"


def test_who_was_expected_again_and_did_not_come_is_charged_once(house: House) -> None:
    stay = absent(house)
    deposit(house, stay, "10.00")
    for _ in range(2):
        house.do(reservations.mark_no_show, stay, CLERK)
        house.do(expect_again, stay, CLERK)
    assert run(house, going_by=NIGHT).count("no_show_fees") == 1
    assert house.balance(house.window(stay)) == "90.00"
    with house.refuses(NoShowOver):
        house.do(expect_again, stay, CLERK)
    run(house, going_by=NIGHT)
    assert len(fees(house)) == 1


def test_a_rule_that_comes_later_charges_nobody_for_nights_long_past(house: House) -> None:
    absent(house)
    run(house)
    later = house.book(1, 3, guaranteed=True)
    run(house, going_by=NIGHT)
    assert fees(house) == [(f"{later}:{day(1)}", day(1))]


def test_a_fee_that_was_taken_back_is_not_charged_again(house: House) -> None:
    stay = absent(house)
    run(house, going_by=NIGHT)
    (fee,) = house.rows(Voucher, sender=SENDER)
    house.do(allow, house.window(stay), fee.id, Origin(CLERK), "the flight was cancelled")
    assert house.balance(house.window(stay)) == "0.00"
    run(house, going_by=NIGHT)
    assert len(fees(house)) == 1


def test_a_window_that_was_closed_is_opened_again_for_the_fee(house: House) -> None:
    stay = absent(house)
    house.do(reservations.mark_no_show, stay, CLERK)
    window = house.do(open_window, stay, CLERK).folio_id
    house.do(close_folio, window, CLERK)
    run(house, going_by=NIGHT)
    assert house.balance(window) == "100.00"


def test_a_code_that_is_switched_off_stops_the_audit_before_anything_is_posted(house: House) -> None:
    absent(house)
    house.do(switch_code, "ROOM", False, CLERK)
    run(house)  # nothing would be posted with it
    house.book(1, 3, guaranteed=True)
    with pytest.raises(AuditNotReady, match="Fees of no-shows"):
        run(house, going_by=NIGHT)
    assert house.do(business_day.open_date) == day(1)
    house.do(switch_code, "ROOM", True, CLERK)
    assert run(house, going_by=NIGHT).count("no_show_fees") == 1


def test_a_rehearsal_charges_them_too_and_leaves_nothing(house: House) -> None:
    stay, other = absent(house), absent(house)
    deposit(house, other, "20.00")
    house.do(set_rules, house.do(version), NIGHT, AUDITOR)
    before = house.contents()
    draft = rehearse(house.sessions, AUDITOR)
    assert draft.stopped is None
    assert draft.audited is not None
    assert house.contents() == before
    assert house.rows(Folio, name="Guest, Mr.", ledger="guest") == []
    assert draft.audited.counts == run(house).counts
    assert house.balance(house.window(stay)) == "100.00"


def test_a_guest_who_was_expected_checks_in_while_the_audit_that_would_charge_is_rehearsed(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay = house.book(0, 2, "101", guaranteed=True)
    close = steps.close

    def arrive_meanwhile(*facts: Any) -> Any:
        house.check_in(stay)
        house.charge(stay, "12.00")
        return close(*facts)

    monkeypatch.setattr(steps, "close", arrive_meanwhile)
    draft = rehearse(house.sessions, AUDITOR, going_by=NIGHT)
    assert draft.stopped is None
    assert draft.audited is not None
    assert draft.audited.count("no_show_fees") == 1
    assert house.balance(house.window(stay)) == "12.00"


def test_two_who_resume_at_once_charge_each_no_show_once(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steps, "AT_ONCE", 1)
    for _ in range(3):
        deposit(house, absent(house), "10.00")
    house.do(set_rules, house.do(version), NIGHT, AUDITOR)
    with monkeypatch.context() as power:
        power.setattr(steps, "post_some", lambda *_: (_ for _ in ()).throw(PowerCut))
        with pytest.raises(PowerCut):
            run(house)
    answers = at_once([lambda: run(house, 0, resuming=True)] * 2)
    assert any(isinstance(each, Audited) for each in answers), answers
    assert len(fees(house)) == 3
    (posted,) = house.rows(AuditStep, step="POST")
    assert posted.counts["no_show_fees"] == 3


def charge_by_hand(session: Session, stay: int) -> None:
    charge_fee(session, stay, "ROOM", euro("15.00"), Origin(CLERK))


def mark_and_charge(session: Session, stay: int) -> None:
    """What the page of a no-show does, in one unit of work."""
    reservations.mark_no_show(session, stay, CLERK)
    charge_by_hand(session, stay)


def charged(house: House, stay: int) -> list[tuple[str | None, str]]:
    """Who charged a stay for not coming, and what."""
    vouchers = {each.id: each for each in house.rows(Voucher, kind="charge")}
    folio_id = house.window(stay)
    return [
        (vouchers[each.voucher_id].sender, str(Money(each.amount_minor, "EUR").decimal))
        for each in house.rows(Posting, debit_folio_id=folio_id)
        if each.voucher_id in vouchers
    ]


@pytest.mark.parametrize("marked", [False, True], ids=["expected", "marked"])
@pytest.mark.parametrize("taken", [None, "30.00"], ids=["alone", "deposit"])
def test_desk_and_audit_at_once_charge_a_no_show_once(house: House, marked: bool, taken: str | None) -> None:
    stay = absent(house)
    if taken:
        deposit(house, stay, taken)
    verb: Callable[..., Any] = mark_and_charge
    if marked:
        house.do(reservations.mark_no_show, stay, CLERK)
        verb = charge_by_hand
    desk, audited = at_once([lambda: house.do(verb, stay), lambda: run(house, going_by=NIGHT)])
    assert isinstance(audited, Audited), audited
    (only,) = charged(house, stay)
    by_desk = not isinstance(desk, Exception)
    assert only == ((None, "15.00") if by_desk else (SENDER, "100.00")), (desk, only)
    assert by_desk or isinstance(desk, (FeeChargedAlready, StateForbids)), desk
    assert audited.count("no_show_fees") == (0 if by_desk else 1)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)  # on SQLite nobody comes between
@pytest.mark.parametrize("by_fee", [True, False], ids=["fee", "folio"])
def test_who_is_charged_by_hand_between_the_audits_look_and_its_posting_is_passed_over(
    house: House, monkeypatch: pytest.MonkeyPatch, by_fee: bool
) -> None:
    stay, other = absent(house), absent(house)
    house.do(reservations.mark_no_show, stay, CLERK)
    house.do(open_window, stay, CLERK)
    look, looks = steps.due_fees, []

    def charge_meanwhile(*facts: Any, **more: Any) -> Any:
        found = look(*facts, **more)
        if not looks:
            house.do(charge_by_hand, stay) if by_fee else house.charge(stay, "15.00")
        looks.append([each.stay_id for each in found])
        return found

    monkeypatch.setattr(steps, "due_fees", charge_meanwhile)
    assert run(house, going_by=NIGHT).count("no_show_fees") == 1
    assert looks == [[stay, other], []]
    assert [amount for _, amount in charged(house, stay)] == ["15.00"]
    assert charged(house, other) == [(SENDER, "100.00")]


def test_whom_the_night_charged_the_desk_charges_only_after_taking_that_back(house: House) -> None:
    stay = absent(house)
    run(house, going_by=NIGHT)
    (fee,) = house.rows(Voucher, sender=SENDER)
    with house.refuses(FeeChargedAlready, voucher=fee.id):
        house.do(charge_by_hand, stay)
    house.do(allow, house.window(stay), fee.id, Origin(CLERK), "agreed on less")
    house.do(charge_by_hand, stay)
    assert house.balance(house.window(stay)) == "15.00"


def test_a_night_with_many_no_shows_takes_as_many_statements_as_one_with_few(house: House) -> None:
    def counted(number: int, many: int) -> int:
        for _ in range(many):
            stay = house.book(number, number + 1, guaranteed=True)
            deposit(house, stay, "10.00")
        told: list[str] = []

        def see(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
            told.append(statement)

        sa.event.listen(house.engine, "before_cursor_execute", see)
        run(house, number, going_by=NIGHT)
        sa.event.remove(house.engine, "before_cursor_execute", see)
        return len(told)

    run(house)  # what is written only once is written
    assert counted(1, 2) == counted(2, 4)


def test_what_is_no_percentage_and_no_charge_is_refused_as_a_rule(house: House) -> None:
    seen = house.do(version)
    for percent in (0, -1, 101, 10**9):
        with house.refuses(FeePercentInvalid):
            house.do(set_rules, seen, Rules(no_show_percent=percent), AUDITOR)
    with house.refuses(CodeUnknown):
        house.do(set_rules, seen, Rules(no_show_percent=100, no_show_code="NONE"), AUDITOR)
    with house.refuses(CodeWrongKind):
        house.do(set_rules, seen, Rules(no_show_percent=100, no_show_code="VISA"), AUDITOR)
    house.do(switch_code, "BAR", False, CLERK)
    with house.refuses(CodeInactive):
        house.do(set_rules, seen, Rules(no_show_percent=100, no_show_code="BAR"), AUDITOR)
    assert house.do(rules) == Rules()


def test_a_fee_on_an_account_that_is_not_the_no_shows_is_found_by_the_proof(house: House) -> None:
    stay = absent(house)
    run(house, going_by=NIGHT)
    other = house.do(open_folio, type="individual", name="Other", operator=CLERK).id
    mine = house.window(stay)

    def point(folio_id: int) -> None:
        house.do(lambda session: session.execute(sa.update(StayWindow).values(folio_id=folio_id)))

    point(other)
    assert [name for name, _ in house.differences() if "not coming" in name]
    point(mine)
