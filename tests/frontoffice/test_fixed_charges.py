"""Fixed charges: when each is due, posted with the night once, entered, edited and ended on the stay's page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from folios import business_day
from folios.errors import AmountNotPositive, ChangedMeanwhile, CodeUnknown, QuantityInvalid
from folios.models import Posting, Voucher
from frontoffice import fixed_charges
from frontoffice.departures import DepartureBlocked
from frontoffice.fixed_charges import (
    FixedChargeUnknown,
    FixedDatesInvalid,
    FixedStayOver,
    FixedWindowInvalid,
    FrequencyUnknown,
    NewFixedCharge,
    falls_on,
)
from frontoffice.models.fixed_charges import FixedCharge
from frontoffice.windows import open_window
from night_audit import steps
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import AUDITOR, CLERK, House, at_once, day
from tests.night_audit.nights import PowerCut, run

GARAGE = NewFixedCharge("BAR", 1800, "daily", day(0), text="Garage")


def days_of(frequency: str, first: date, last: date, until: date | None = None) -> list[date]:
    charge = FixedCharge(frequency=frequency, from_date=first, to_date=until)
    found, each = [], first - timedelta(days=3)
    while each <= last:
        found += [each] if falls_on(charge, each) else []
        each += timedelta(days=1)
    return found


@pytest.mark.parametrize(
    ("frequency", "due"),
    [
        ("once", ["2026-01-31"]),
        ("weekly", ["2026-01-31", "2026-02-07", "2026-02-14", "2026-02-21", "2026-02-28"]),
        ("monthly", ["2026-01-31", "2026-02-28"]),
        ("quarterly", ["2026-01-31"]),
        ("yearly", ["2026-01-31"]),
    ],
)
def test_each_frequency_falls_on_its_days_and_short_months_take_their_last(frequency: str, due: list[str]) -> None:
    found = days_of(frequency, date(2026, 1, 31), date(2026, 3, 1))
    assert [each.isoformat() for each in found] == due


def test_quarters_years_and_ends_are_counted_over_long_times() -> None:
    quarters = days_of("quarterly", date(2024, 2, 29), date(2025, 3, 1))
    assert [each.isoformat() for each in quarters] == [
        "2024-02-29",
        "2024-05-29",
        "2024-08-29",
        "2024-11-29",
        "2025-02-28",
    ]
    years = days_of("yearly", date(2024, 2, 29), date(2028, 3, 1))
    assert [each.isoformat() for each in years] == [
        "2024-02-29",
        "2025-02-28",
        "2026-02-28",
        "2027-02-28",
        "2028-02-29",
    ]
    assert len(days_of("daily", day(0), day(10), until=day(3))) == 4


def test_it_is_posted_with_the_night_once_on_the_day_that_was_left(house: House) -> None:
    stay = house.arrive(3)
    house.do(fixed_charges.add_fixed_charge, stay, GARAGE, CLERK)
    house.do(fixed_charges.add_fixed_charge, stay, NewFixedCharge("SPA", 500, "once", day(1), quantity=2), CLERK)
    assert run(house).count("fixed_charges") == 1
    assert run(house).count("fixed_charges") == 2
    posted = [(each.code, each.amount_minor, each.business_date, each.text) for each in house.rows(Posting)]
    assert posted == [
        ("ROOM", 10000, day(0), None),
        ("BAR", 1800, day(0), "Garage"),
        ("ROOM", 10000, day(1), None),
        ("BAR", 1800, day(1), "Garage"),
        ("SPA", 1000, day(1), None),
    ]
    keys = [each.key for each in house.rows(Voucher, sender="fixed")]
    assert keys == [f"1:{day(0)}", f"1:{day(1)}", f"2:{day(1)}"]


def test_it_goes_to_its_window_and_to_the_first_where_that_is_not_there(house: House) -> None:
    stay = house.arrive(3)
    extras = house.do(open_window, stay, CLERK, name="Extras").folio_id
    for window in (2, 5):
        wanted = NewFixedCharge("BAR", 1800, "daily", day(0), window=window)
        house.do(fixed_charges.add_fixed_charge, stay, wanted, CLERK)
    run(house)
    assert house.balance(extras) == "18.00"
    assert house.balance(house.window(stay)) == "118.00"


def test_who_has_not_come_or_has_left_is_charged_nothing(house: House) -> None:
    coming, gone = house.book(1, 3, "102"), house.arrive(1, "101")
    house.do(fixed_charges.add_fixed_charge, coming, NewFixedCharge("BAR", 1800, "daily", day(1)), CLERK)
    charge = house.do(fixed_charges.add_fixed_charge, gone, GARAGE, CLERK)
    assert run(house).count("fixed_charges") == 1
    house.leave(gone)
    house.check_in(coming, "102")
    assert run(house).count("fixed_charges") == 1
    assert next(each.key for each in house.rows(Voucher, sender="fixed")) == f"{charge.id}:{day(0)}"
    with house.refuses(FixedStayOver):
        house.do(fixed_charges.add_fixed_charge, gone, GARAGE, CLERK)


@pytest.mark.parametrize("pieces", [0, 1])
def test_who_leaves_while_the_night_is_posted_pays_all_of_it_once(
    house: House, monkeypatch: pytest.MonkeyPatch, pieces: int
) -> None:
    stay = house.arrive(1)
    house.do(fixed_charges.add_fixed_charge, stay, GARAGE, CLERK)
    post_some, done = steps.post_some, iter(range(9))

    def cut(*facts: Any) -> dict[str, int]:
        if next(done) == pieces:
            raise PowerCut
        return post_some(*facts)

    monkeypatch.setattr(steps, "post_some", cut)
    with pytest.raises(PowerCut):
        run(house)
    monkeypatch.undo()
    if pieces:
        house.pay(stay, "100.00")
    with house.refuses(DepartureBlocked) as refused:
        house.check_out(stay)
    assert "Garage of" in refused.value.text()
    house.leave(stay)
    assert not run(house, resuming=True).count("fixed_charges")
    posted = [(each.code, each.amount_minor) for each in house.rows(Posting) if each.code in ("ROOM", "BAR")]
    assert posted == [("ROOM", 10000), ("BAR", 1800)]
    house.prove()


def test_desk_and_audit_at_once_post_it_once(house: House) -> None:
    stay = house.arrive(1)
    house.do(fixed_charges.add_fixed_charge, stay, GARAGE, CLERK)
    house.do(business_day.roll, AUDITOR)
    answers = at_once([lambda: house.charge_nights(stay), lambda: run(house)])
    assert not [each for each in answers if isinstance(each, Exception)]
    assert sorted(each.code for each in house.rows(Posting)) == ["BAR", "ROOM"]
    house.prove()


def test_it_begins_on_a_night_of_the_stay(house: House) -> None:
    stay = house.arrive(2)
    with house.refuses(FixedDatesInvalid):
        house.do(fixed_charges.add_fixed_charge, stay, NewFixedCharge("BAR", 1800, "once", day(2)), CLERK)


def test_one_that_was_ended_is_posted_no_more_and_ending_again_does_nothing(house: House) -> None:
    stay = house.arrive(3)
    charge = house.do(fixed_charges.add_fixed_charge, stay, GARAGE, CLERK)
    run(house)
    for _ in range(2):
        house.do(fixed_charges.end_fixed_charge, stay, charge.id, CLERK)
    assert run(house).count("fixed_charges") == 0
    assert len(house.told("fixed_charge.ended")) == 1


@pytest.mark.parametrize(
    ("wanted", "refusal"),
    [
        (NewFixedCharge("NONE", 1, "daily", day(0)), CodeUnknown),
        (NewFixedCharge("BAR", 0, "daily", day(0)), AmountNotPositive),
        (NewFixedCharge("BAR", 1, "hourly", day(0)), FrequencyUnknown),
        (NewFixedCharge("BAR", 1, "daily", day(-1)), FixedDatesInvalid),
        (NewFixedCharge("BAR", 1, "daily", day(9)), FixedDatesInvalid),
        (NewFixedCharge("BAR", 1, "daily", day(1), day(0)), FixedDatesInvalid),
        (NewFixedCharge("BAR", 1, "daily", day(0), quantity=0), QuantityInvalid),
        (NewFixedCharge("BAR", 1, "daily", day(0), window=9), FixedWindowInvalid),
    ],
)
def test_what_cannot_be_is_refused_by_name(house: House, wanted: NewFixedCharge, refusal: type) -> None:
    stay = house.arrive(3)
    with house.refuses(refusal):
        house.do(fixed_charges.add_fixed_charge, stay, wanted, CLERK)


def test_a_save_over_somebody_elses_is_refused_and_another_stays_charge_is_none(house: House) -> None:
    stay, other = house.arrive(3, "101"), house.arrive(3, "102")
    charge = house.do(fixed_charges.add_fixed_charge, stay, GARAGE, CLERK)
    dearer = NewFixedCharge("BAR", 2000, "daily", day(0), text="Garage")
    assert house.do(fixed_charges.amend_fixed_charge, stay, charge.id, 1, dearer, CLERK)
    with house.refuses(ChangedMeanwhile):
        house.do(fixed_charges.amend_fixed_charge, stay, charge.id, 1, GARAGE, CLERK)
    with house.refuses(FixedChargeUnknown):
        house.do(fixed_charges.end_fixed_charge, other, charge.id, CLERK)


def test_it_is_entered_edited_and_ended_on_the_stays_page(house: House, desk: Callable[[str], Client]) -> None:
    stay, client = house.arrive(3), desk("cashier")
    at = f"/stays/{stay}/fixed-charge"
    typed = client.form(at) | {"code": "BAR", "price": "18.00", "text": "Garage"}
    sent = [client.send(at, typed) for _ in range(2)]
    assert [each.status_code for each in sent] == [303, 303]
    (charge,) = house.rows(FixedCharge)
    page = client.page(f"/stays/{stay}")
    assert "Garage" in page
    assert "every night" in page
    edited = client.form(f"{at}/{charge.id}/edit") | {"price": "20.00"}
    assert client.send(f"{at}/{charge.id}/edit", edited).status_code == 303
    assert client.send(f"{at}/{charge.id}/end", client.form(f"{at}/{charge.id}/end")).status_code == 303
    (charge,) = house.rows(FixedCharge)
    assert (charge.price_minor, charge.active) == (2000, False)
    wrong = client.send(at, client.form(at) | {"code": "BAR", "price": "-1", "text": "kept as typed"})
    assert wrong.status_code == 422
    assert "kept as typed" in wrong.text
