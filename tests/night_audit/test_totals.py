"""The totals of closed days: net by code for day, month and year, held against the postings one by one."""

from __future__ import annotations

import sqlalchemy as sa

from folios import db
from folios.corrections import allow, correct
from folios.drafts import Origin
from folios.models import Posting, Voucher
from frontoffice.house import figures
from night_audit import audit
from night_audit.models.totals import DayCodeTotal, DayFigure
from tests.frontoffice.house import AUDITOR, CLERK, House, day
from tests.night_audit.nights import run


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
