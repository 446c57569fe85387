"""What a day leaves to be followed up: deposits due, late charges, no-shows that owe, rooms that differ; its lists."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from folios import business_day, clock
from folios.db import reading
from folios.drafts import Origin
from folios.folios import reopen_folio
from frontoffice import deposits, property, reservations
from frontoffice.deposits import DepositAskedIncomplete, DepositAskedInvalid
from frontoffice.rooms import set_found
from night_audit import checklist
from night_audit.checklist import Finding
from night_audit.reports import making, pack
from night_audit.reports.catalogue import report
from night_audit.rules import Rules
from tests.frontoffice.house import AUDITOR, CLERK, House, day, euro, minor
from tests.night_audit.nights import run


def asked(house: House, code: str, number: int | None = None) -> Finding:
    def ask(session: Any) -> Finding:
        on = business_day.open_date(session) if number is None else day(number)
        return next(each for each in checklist.checklist(session, on, Rules()) if each.code == code)

    return house.do(ask)


def lines(house: House, name: str, number: int, part: int = 0) -> list[dict[str, Any]]:
    with reading(house.sessions) as session:
        made = making.make(session, report(name), making.ask(session, day(number)))["parts"][part]
    columns = [each["name"] for each in made["columns"]]
    return [dict(zip(columns, row["values"], strict=True)) for row in made["rows"] if row["style"] == "line"]


def expecting(house: House, due: int, **facts: Any) -> int:
    """A stay to come that was asked for a deposit of 80.00."""
    return house.book(5, 7, deposit_asked_minor=minor("80.00"), deposit_due_on=day(due), **facts)


def pay(house: House, stay: int, amount: str) -> None:
    house.do(deposits.take_deposit, stay, code="VISA", amount=euro(amount), origin=Origin(CLERK))


# --- deposits -------------------------------------------------------------------------------------------------


def test_a_deposit_that_was_asked_for_is_missed_from_its_day_on_until_all_of_it_is_there(house: House) -> None:
    stay = expecting(house, 1)
    assert asked(house, "deposits_due").rows == ()
    run(house)
    (row,) = asked(house, "deposits_due").rows
    assert (row.what, row.address) == (f"Guest · {stay} · {day(1)} · 0.00 EUR < 80.00 EUR", f"/stays/{stay}")
    pay(house, stay, "30.00")
    assert asked(house, "deposits_due").rows[0].what.endswith("30.00 EUR < 80.00 EUR")
    assert asked(house, "deposits_due").severity == "warn"
    pay(house, stay, "50.00")
    assert asked(house, "deposits_due").rows == ()


def test_who_comes_or_cancels_is_not_asked_for_a_deposit_any_more(house: House) -> None:
    cancelled = expecting(house, 0)
    here = house.book(0, 2, "101", deposit_asked_minor=minor("80.00"), deposit_due_on=day(0))
    assert asked(house, "deposits_due").count == 2
    house.do(reservations.cancel, cancelled, CLERK, "changed plans")
    house.check_in(here)
    assert asked(house, "deposits_due").rows == ()


def test_the_list_of_deposits_names_those_still_to_come_with_what_is_missing(house: House) -> None:
    later, first = expecting(house, 3, guaranteed=True), expecting(house, 0)
    pay(house, later, "10.00")
    run(house)
    found = lines(house, "deposits-due", 1)
    facts = [(each["stay"], each["days"], each["asked"], each["held"], each["missing"]) for each in found]
    assert facts == [(first, 1, 8000, 0, 8000), (later, 0, 8000, 1000, 7000)]
    assert [each["guaranteed"] for each in found] == ["no", "yes"]


def test_what_is_asked_for_can_be_changed_and_what_cannot_be_is_refused_by_name(house: House) -> None:
    stay = expecting(house, 2)
    version = house.stay(stay).version
    changes = {"deposit_asked_minor": None, "deposit_due_on": None, "guaranteed": True}
    house.do(reservations.amend, stay, version, changes, CLERK)
    changed = house.stay(stay)
    assert (changed.deposit_asked_minor, changed.deposit_due_on, changed.guaranteed) == (None, None, True)
    for wrong in ({"deposit_asked_minor": 100}, {"deposit_due_on": day(1)}):
        with house.refuses(DepositAskedIncomplete):
            house.do(reservations.amend, stay, version + 1, wrong, CLERK)
        with house.refuses(DepositAskedIncomplete):
            house.book(0, 1, **wrong)
    for amount in (0, -1, 10**18):
        with house.refuses(DepositAskedInvalid):
            house.book(0, 1, deposit_asked_minor=amount, deposit_due_on=day(0))


# --- no-shows that owe ----------------------------------------------------------------------------------------


def test_no_shows_and_cancellations_are_asked_about_while_they_owe_or_hold_a_deposit(house: House) -> None:
    owes, holds = house.book(0, 1, guaranteed=True), house.book(0, 1)
    pay(house, holds, "25.00")
    house.do(reservations.cancel, holds, CLERK, "ill")
    run(house, going_by=Rules(no_show_percent=100))
    held = house.stay(holds).deposit_folio_id
    found = {row.address: row.what for row in asked(house, "not_come").rows}
    assert set(found) == {f"/folios/{held}", f"/folios/{house.window(owes)}"}
    assert found[f"/folios/{held}"].endswith("-25.00 EUR")
    house.pay(owes, "100.00")
    assert asked(house, "not_come").count == 1


def test_the_list_of_no_shows_says_what_each_was_charged_and_owed_at_the_days_end(house: House) -> None:
    paid, unpaid = house.book(0, 1, guaranteed=True), house.book(0, 1, guaranteed=True)
    pay(house, paid, "60.00")
    run(house, going_by=Rules(no_show_percent=100))
    house.pay(unpaid, "100.00")  # the next morning, which the list of yesterday does not know
    assert [(each["amount"], each["owed"]) for each in lines(house, "no-shows", 0, 1)] == [
        (10000, 4000),
        (10000, 10000),
    ]
    assert lines(house, "no-shows", 1, 1) == []


# --- late charges ---------------------------------------------------------------------------------------------


def test_a_charge_after_the_departure_is_asked_about_counted_and_listed(house: House) -> None:
    stay = house.arrive(1)
    run(house)
    house.leave(stay)
    assert asked(house, "late_charges").rows == ()
    assert run(house).count("late_charges") == 0
    house.do(reopen_folio, house.window(stay), CLERK)
    house.charge(stay, "9.00", "MINIBAR")
    (row,) = asked(house, "late_charges").rows
    assert row.what.startswith("101 · Guest · ")
    assert (row.what.endswith(": 9.00 EUR"), row.address) == (True, f"/folios/{house.window(stay)}")
    assert run(house).count("late_charges") == 1
    (line,) = lines(house, "late-charges", 2)
    assert (line["room"], line["left"], line["code"], line["amount"]) == ("101", day(1).isoformat(), "MINIBAR", 900)
    assert lines(house, "late-charges", 1) == lines(house, "late-charges", 3) == []
    assert asked(house, "late_charges").count == 1  # it is owed still
    house.pay(stay, "9.00")
    assert asked(house, "late_charges").rows == ()


def test_a_late_charge_that_was_paid_at_once_is_told_on_its_day_all_the_same(house: House) -> None:
    stay = house.arrive(1)
    run(house)
    house.leave(stay)
    run(house)
    house.do(reopen_folio, house.window(stay), CLERK)
    house.charge(stay, "9.00", "MINIBAR")
    house.pay(stay, "9.00")
    assert asked(house, "late_charges").rows[0].what.endswith(": 0.00 EUR")
    assert asked(house, "late_charges", 1).rows == ()


# --- rooms ----------------------------------------------------------------------------------------------------


def find(house: House, number: str, what: str) -> None:
    house.do(set_found, [house.rooms[number]], what, "housekeeper")


def test_rooms_that_were_found_otherwise_than_the_desk_has_them_are_asked_about_and_listed(house: House) -> None:
    stay = house.arrive(2, "101")
    find(house, "103", "vacant")
    assert asked(house, "rooms").rows == ()
    assert lines(house, "room-status", 0) == []
    find(house, "101", "vacant")
    find(house, "102", "occupied")
    finding = asked(house, "rooms")
    assert (finding.severity, finding.acceptable, finding.address) == ("warn", True, "/rooms?differing=1")
    assert [(row.what, row.address) for row in finding.rows] == [
        ("101 · skip · occupied / vacant · Guest, Mr. · housekeeper", f"/stays/{stay}"),
        ("102 · sleep · vacant / occupied · housekeeper", "/rooms?find=102"),
    ]
    told = lines(house, "room-status", 0)
    facts = ("room", "difference", "desk", "found", "guest", "by")
    assert [tuple(each[name] for name in facts) for each in told] == [
        ("101", "skip", "occupied", "vacant", "Guest, Mr.", "housekeeper"),
        ("102", "sleep", "vacant", "occupied", None, "housekeeper"),
    ]
    house.leave(stay)
    find(house, "102", "vacant")
    assert asked(house, "rooms").rows == ()
    assert lines(house, "room-status", 0) == []


def test_a_discrepancy_says_when_it_was_found_by_the_hotels_clock_and_opens_the_stay_and_the_room(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.do(property.add_property, name="Harbour", time_zone="Europe/Berlin", country=None, operator=CLERK)
    stay = house.arrive(2, "101")
    monkeypatch.setattr(clock, "now", lambda: datetime(2026, 3, 1, 23, 40, tzinfo=UTC))
    find(house, "101", "vacant")
    with reading(house.sessions) as session:
        content = making.make(session, report("room-status"), making.ask(session, day(0)))
    (part,) = content["parts"]
    (line, total) = part["rows"]
    names = [each["name"] for each in part["columns"]]
    assert line["values"][names.index("at")] == "00:40"
    assert line["opens"] == {"room": "/rooms?find=101", "guest": f"/stays/{stay}"}
    assert total["values"][names.index("rooms")] == 1
    assert part["notes"][0]["params"] == {"told": 1, "rooms": 5}
    assert part["notes"][-1]["text"].startswith("As it stands")


def test_what_was_found_on_a_day_is_in_its_stored_report_and_is_not_asked_about_the_next_day(house: House) -> None:
    find(house, "102", "occupied")
    run(house)
    pack.store(house.sessions, day(0), AUDITOR)
    with reading(house.sessions) as session:
        said, stored = pack.said(session, "room-status", day(0))
    assert stored
    (part,) = making.read(said)["parts"]
    assert part["rows"][0]["values"][0] == "102"
    assert part["notes"][-1]["text"] == "As it stood when the report was made."
    assert asked(house, "rooms").rows == ()
    find(house, "102", "vacant")
    with reading(house.sessions) as session:
        assert pack.said(session, "room-status", day(0)) == (said, True)
