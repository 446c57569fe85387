"""The totals of closed days: net by code for day, month and year, held against the postings one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from folios import db, schema
from folios.corrections import allow, correct
from folios.drafts import Origin
from folios.models import Posting, Voucher
from frontoffice import reservations, rooms
from frontoffice.house import figures
from frontoffice.models.stays import Stay
from night_audit import audit
from night_audit.models.totals import DayCodeTotal, DayFigure
from night_audit.reports import counting, drilled_stays, turnover
from night_audit.reports.definition import Policy
from night_audit.reports.key_figures import Counts
from tests.frontoffice.house import AUDITOR, CLERK, House, day
from tests.night_audit.nights import run
from tests.night_audit.random_days import Days


def totals(house: House, number: int) -> dict[str, tuple[int, int, int]]:
    return {
        each.code: (each.day_minor, each.month_minor, each.year_minor)
        for each in house.rows(DayCodeTotal, business_date=day(number))
    }


def test_a_codes_totals_run_over_the_days_of_month_and_year_also_without_postings(house: House) -> None:
    stay = house.arrive(50)
    house.charge(stay, "40.00")
    house.pay(stay, "25.00")
    run(house)
    assert totals(house, 0) == {"ROOM": (10000,) * 3, "RESTAURANT": (4000,) * 3, "VISA": (2500,) * 3}
    run(house)
    assert totals(house, 1)["RESTAURANT"] == (0, 4000, 4000)
    audit.missed(house.sessions, AUDITOR, day(32), report=None)  # to the first of April, included
    assert totals(house, 31)["RESTAURANT"] == (0, 0, 4000)
    assert totals(house, 31)["ROOM"] == (10000, 10000, 320000)


def test_what_is_taken_back_is_told_and_comes_off_the_net(house: House) -> None:
    stay = house.arrive(5)
    first, second = house.charge(stay, "40.00"), house.charge(stay, "15.00")

    house.do(correct, house.window(stay), first.voucher_id, Origin(CLERK), "wrong room")
    run(house)
    (row,) = house.rows(DayCodeTotal, business_date=day(0), code="RESTAURANT")
    assert (row.day_minor, row.corrected_minor, row.allowed_minor, row.postings) == (1500, 4000, 0, 3)
    house.do(allow, house.window(stay), second.voucher_id, Origin(CLERK), "cold soup")
    run(house)
    (row,) = house.rows(DayCodeTotal, business_date=day(1), code="RESTAURANT")
    assert (row.day_minor, row.allowed_minor, row.month_minor) == (-1500, 1500, 0)


def test_the_sum_of_all_days_is_what_the_control_folios_were_credited(house: House) -> None:
    stay = house.arrive(4)
    for amount in ("10.00", "20.00", "30.00"):
        house.charge(stay, amount)
        run(house)
    with db.reading(house.sessions) as session:
        summed = dict(
            session.execute(sa.select(DayCodeTotal.code, sa.func.sum(DayCodeTotal.day_minor)).group_by("code")).all()
        )
        posted = dict(
            session.execute(
                sa.select(Posting.code, sa.func.sum(Posting.amount_minor))
                .join(Voucher, Voucher.id == Posting.voucher_id)
                .group_by(Posting.code)
            ).all()
        )
    assert {code: int(total) for code, total in summed.items()} == {code: int(total) for code, total in posted.items()}


def test_the_figures_of_a_day_stay_as_they_were_when_it_was_closed(house: House) -> None:
    house.arrive(2)
    house.book(0, 1, "102")
    with db.reading(house.sessions) as session:
        before = figures(session, day(0))
    run(house)
    (kept,) = house.rows(DayFigure)
    assert (kept.inventory, kept.rooms_sold, kept.guests) == (before.inventory, before.rooms_sold, before.guests)
    assert (kept.no_shows, kept.business_date) == (1, day(0))


def test_the_counts_of_month_and_year_are_those_of_their_days_together(house: House) -> None:
    dice = Days(house, 21)
    days = dice.pass_by(4)
    for number in range(4, 32):  # over the end of the month; the last stays open
        dice.leave_all(number)
        audit.run(house.sessions, AUDITOR, day=day(number), report=None)
        if number == 9:  # everybody has left
            facts = {"kind": "out_of_order", "from_date": day(10), "operator": CLERK}
            house.do(rooms.put_out, house.rooms["104"], to_date=day(15), reason="Painting", **facts)
            house.do(rooms.put_out, house.rooms["103"], to_date=day(300), reason="A new bath", **facts)
    for policy in (Policy(), Policy(deduct_out_of_order=True, rack_rate="BAR")):
        for on in (*days, day(29), day(30), day(31), day(32)):
            alone = house.do(counting.counts_by_day, on.replace(month=1, day=1), on, policy)
            earned = {name: replace(each, total_revenue=0, room_revenue=0) for name, each in alone.items()}
            found = house.do(counting.counts_to_date, on, policy)
            assert found["day"] == earned[on]
            for name, first in (("month", on.replace(day=1)), ("year", on.replace(month=1, day=1))):
                assert found[name] == sum((each for day, each in earned.items() if day >= first), Counts())
    assert (found["month"].long_out, found["year"].out_of_order) == (2, 5)
    assert min(found["year"].shared, found["year"].walk_ins, found["year"].rack) > 0


def test_what_is_still_open_stands_on_top_of_the_last_closed_days_totals(house: House) -> None:
    stay = house.arrive(50)
    first = house.charge(stay, "40.00")
    audit.missed(house.sessions, AUDITOR, day(30), report=None)  # the last of March is open
    house.do(allow, house.window(stay), first.voucher_id, Origin(CLERK), "cold soup")
    house.pay(stay, "5000.00")
    house.charge(stay, "7.00", "BAR")
    told = {each.day.code: each for each in house.do(turnover.to_date, day(30))}
    bar, restaurant = told["BAR"], told["RESTAURANT"]
    assert (bar.day.net_minor, bar.month_minor, bar.year_minor) == (700, 700, 700)
    assert (restaurant.day.posted_minor, restaurant.day.taken_minor) == (0, 4000)
    assert (restaurant.month_minor, restaurant.year_minor) == (0, 0)
    run(house)  # rolls into April
    told = {each.day.code: each for each in house.do(turnover.to_date, day(31))}
    assert (told["ROOM"].day.net_minor, told["ROOM"].month_minor, told["ROOM"].year_minor) == (0, 0, 310000)
    assert told["BAR"].year_minor == 700
    house.charge(stay, "3.00", "BAR")
    told = {each.day.code: each for each in house.do(turnover.to_date, day(31))}
    assert (told["BAR"].day.net_minor, told["BAR"].month_minor, told["BAR"].year_minor) == (300, 300, 1000)


def test_the_days_of_a_hotel_that_is_upgraded_get_the_figures_they_had_not_kept(house: House) -> None:
    outage = {"kind": "out_of_order", "operator": CLERK}
    house.do(rooms.put_out, house.rooms["104"], from_date=day(0), to_date=day(2), reason="Painting", **outage)
    house.do(rooms.put_out, house.rooms["103"], from_date=day(1), to_date=day(300), reason="A new bath", **outage)
    house.do(reservations.book, house.booking(0, 1, adults=2), CLERK)
    house.arrive(3, adults=2)
    for _night in range(3):
        run(house)
    kept = house.rows(DayFigure)
    assert [(each.out_of_order, each.long_out, each.walk_ins, each.shared) for each in kept] == [
        (1, 0, 1, 1),
        (2, 1, 0, 1),
        (1, 1, 0, 1),
    ]
    before = figures_kept(house)
    schema.downgrade(house.engine, "0014")
    assert len(figures_kept(house)[0]) == len(before[0]) - 3
    schema.upgrade(house.engine)
    assert figures_kept(house) == before
    with pytest.raises(sa.exc.DBAPIError, match="immutable"), house.engine.begin() as connection:
        connection.execute(sa.text("UPDATE day_figure SET shared = 0"))


def test_what_was_cancelled_before_the_ledger_began_counts_on_no_day_and_stands_in_no_list(house: House) -> None:
    for _each in range(2):
        house.do(reservations.cancel_all, [house.book(4, 6)], CLERK, "changed their mind")
    taken_over = sa.update(Stay).where(Stay.id == house.rows(Stay)[0].id)
    house.do(lambda session: session.execute(taken_over.values(booked_on=day(-20), cancelled_on=day(-5))))
    run(house)
    found = house.do(counting.counts_to_date, day(0), Policy())
    assert [found[each].cancellations for each in ("day", "month", "year")] == [1, 1, 1]
    listed = house.do(drilled_stays.stays, "cancellations", day(0).replace(month=1), day(0))
    assert (listed.count, listed.total) == (1, 1)


def figures_kept(house: House) -> list[tuple[int, ...]]:
    with house.engine.connect() as connection:
        rows = connection.execute(sa.text("SELECT * FROM day_figure ORDER BY business_date"))
        return [tuple(row)[1:] for row in rows]
