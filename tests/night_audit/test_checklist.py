"""The checklist: what is found with the rows and pages behind it, what may be accepted by whom, what rules decide."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from folios import business_day, db
from folios.codes import switch_code
from folios.errors import ChangedMeanwhile
from frontoffice import cashiering, rates, shifts
from frontoffice.forced_shifts import REMARK
from frontoffice.models.cashiering import Shift
from frontoffice.models.stays import Stay
from night_audit import checklist
from night_audit.audit import AuditNotReady
from night_audit.checklist import (
    AcceptReasonMissing,
    CheckUnknown,
    Finding,
    FoundMeanwhile,
    NotAcceptable,
    NothingToAccept,
)
from night_audit.models.audits import Acceptance
from night_audit.rules import Rules, RulesInvalid, rules, set_rules, version
from tests.frontoffice.house import AUDITOR, CLERK, House, day
from tests.night_audit.nights import run


def asked(house: House, given: Rules = Rules()) -> dict[str, Finding]:  # noqa: B008 - frozen
    with db.reading(house.sessions) as session:
        open_day = business_day.open_date(session)
        return {each.code: each for each in checklist.checklist(session, open_day, given)}


def found(house: House) -> dict[str, int]:
    return {code: each.count for code, each in asked(house).items() if each.rows}


def shift(house: House) -> int:
    def open_one(session: Session) -> int:
        drawer = cashiering.add_drawer(session, "Desk", "DRAWER1", CLERK)
        return shifts.open_shift(session, CLERK, drawer.id, 10000, CLERK).id

    return house.do(open_one)


def test_a_quiet_house_finds_nothing_to_mend(house: House) -> None:
    assert {each.severity for each in asked(house).values()} == {"ok"}


def test_what_waits_is_found_with_its_rows_and_the_page_that_mends_each(house: House) -> None:
    house.arrive(1, "101")
    run(house)
    late = house.book(1, 3, "102")
    house.arrive(3, "103", arrival=1, nature="complimentary")
    owing = house.arrive(3, "104", arrival=1)
    house.charge(owing, "400.00")
    shift_id = shift(house)
    told = asked(house)
    assert found(house) == {
        "arrivals": 1,
        "due_outs": 1,
        "unpaid_nights": 1,
        "guests": 3,
        "shifts": 1,
    }
    assert told["arrivals"].rows[0].address == f"/stays/{late}"
    assert told["arrivals"].severity == "warn"
    assert told["due_outs"].rows[0].address == "/stays/1/check-out"
    assert (told["due_outs"].severity, told["due_outs"].acceptable) == ("block", False)
    assert told["shifts"].rows[0].address == f"/shifts/{shift_id}/close"
    assert "complimentary" in told["unpaid_nights"].rows[0].what


def test_folios_beyond_their_limit_and_nights_off_the_rate_are_found(house: House) -> None:
    stay = house.book(0, 2, "101")
    house.check_in(stay, house_limit_minor=1000)
    run(house)
    changed = {"from_date": day(1), "to_date": day(2), "price_minor": 12000, "operator": CLERK}
    house.do(rates.set_price, "BAR", house.standard, **changed)
    told = asked(house)
    assert told["limits"].rows[0].what.endswith("100.00 EUR > 10.00 EUR")
    assert told["rates"].rows[0].what.endswith("BAR: 100.00 EUR / 120.00 EUR")


def test_a_code_that_is_switched_off_would_stop_the_posting_and_so_stops_the_audit(house: House) -> None:
    house.arrive(2)
    house.do(switch_code, "ROOM", False, CLERK)
    with pytest.raises(AuditNotReady, match="Codes that the night posts with"):
        run(house)
    house.do(switch_code, "ROOM", True, CLERK)
    assert run(house).count("nights") == 1


def test_what_was_accepted_lets_the_audit_through_with_name_and_reason(house: House) -> None:
    shift(house)
    finding = asked(house)["shifts"]
    with pytest.raises(AuditNotReady, match="Shifts that are still open"):
        run(house)
    for _ in range(2):  # sent twice
        house.do(checklist.accept, day(0), "shifts", finding.rows_hash, "counts tomorrow", Rules(), "boss")
    accepted = asked(house)["shifts"]
    assert (accepted.severity, accepted.accepted_by, accepted.reason) == ("ok", "boss", "counts tomorrow")
    assert len(house.rows(Acceptance)) == 1
    run(house)
    assert asked(house)["shifts"].severity == "block"  # the next day anew


def test_what_cannot_be_accepted_is_refused_by_name(house: House) -> None:
    house.arrive(1)
    run(house)
    due = asked(house)["due_outs"]

    def accept(code: str, rows_hash: str, reason: str | None) -> None:
        house.do(checklist.accept, day(1), code, rows_hash, reason, Rules(), AUDITOR)

    with house.refuses(NotAcceptable):
        accept("due_outs", due.rows_hash, "why not")
    with house.refuses(CheckUnknown):
        accept("nonsense", due.rows_hash, "why not")
    with house.refuses(NothingToAccept):
        accept("shifts", due.rows_hash, "why not")
    shift(house)
    with house.refuses(AcceptReasonMissing):
        accept("shifts", asked(house)["shifts"].rows_hash, "  ")
    with house.refuses(FoundMeanwhile):
        accept("shifts", due.rows_hash, "why not")


def test_an_unattended_night_decides_what_the_rules_let_it_and_nothing_else(house: House) -> None:
    stay = house.arrive(1)
    run(house)
    shift_id = shift(house)
    with pytest.raises(AuditNotReady) as refused:
        run(house, unattended=True)
    assert {"due_outs", "shifts"} <= {each.split(" ")[0] for each in refused.value.params["found"].split("; ")}
    given = Rules(extend_due_outs=True, force_shifts=True)
    done = run(house, unattended=True, going_by=given)
    assert (done.count("extended"), done.count("forced_shifts"), done.count("nights")) == (1, 1, 1)
    (forced,) = house.rows(Shift, id=shift_id)
    assert (forced.status, forced.remark, forced.counted_minor, forced.expected_minor) == (
        "closed",
        REMARK,
        10000,
        10000,
    )
    (kept,) = house.rows(Stay, id=stay)
    assert kept.departure == day(2)


def test_an_attended_audit_decides_nothing_for_the_person_at_the_desk(house: House) -> None:
    house.arrive(1)
    run(house)
    with pytest.raises(AuditNotReady, match="Departures still in house"):
        run(house, going_by=Rules(extend_due_outs=True, force_shifts=True))


def test_a_due_out_whose_room_is_given_away_is_left_to_a_person(house: House) -> None:
    house.arrive(1, "101")
    run(house)
    for room in ("101", "102", "103", "104"):
        house.book(1, 3, room)
    with pytest.raises(AuditNotReady, match="Departures still in house"):
        run(house, unattended=True, going_by=Rules(extend_due_outs=True))


def test_the_rules_are_saved_once_and_refused_when_somebody_saved_in_between(house: House) -> None:
    with db.reading(house.sessions) as session:
        seen = version(session)
    house.do(set_rules, seen, Rules(minimum_hours=6, most_days=9), AUDITOR)
    with db.reading(house.sessions) as session:
        assert rules(session) == Rules(minimum_hours=6, most_days=9)
    with house.refuses(ChangedMeanwhile):
        house.do(set_rules, seen, Rules(), AUDITOR)
    for wrong in (Rules(minimum_hours=24), Rules(most_days=0), Rules(no_shows="never")):
        with house.refuses(RulesInvalid):
            house.do(set_rules, seen + 1, wrong, AUDITOR)
