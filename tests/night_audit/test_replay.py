"""A month of a real hotel through the rules of the desk, held against what the csv module alone makes of the file."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session, sessionmaker

from folios import db, schema, verify
from folios.errors import DayNotReady
from folios.models import Folio, Posting, Voucher
from frontoffice.cli import main
from frontoffice.models.guests import Company
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay, StayWindow
from night_audit import audit
from night_audit.booking_file import read_bookings
from night_audit.replay import HotelInUse, Replay, day_line, rooms_needed
from tests.night_audit.csv_sums import MONTH, Sums, sums_of
from tests.night_audit.test_booking_file import written

WEEK = (date(2015, 7, 1), date(2015, 7, 5))
SECOND = (date(2015, 7, 2), date(2015, 7, 2))
FIRST_DAYS = (date(2015, 7, 1), date(2015, 7, 1))


def replayed(url: str, *options: str, file: Path = MONTH) -> Result:
    """The replay without the reports of each night, which have tests of their own."""
    command = ["replay", str(file), "--database", url, "--no-reports", *options]
    return CliRunner().invoke(main, command, catch_exceptions=False)


def lines_of(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines() if line.startswith("{")]


def expect_the_sums(lines: list[dict[str, Any]], sums: Sums) -> None:
    in_house = 0
    for line in lines:
        day = date.fromisoformat(line["date"])
        in_house += sums.arrivals[day] - sums.departures[day]
        assert line == {
            "date": line["date"],
            "arrivals": sums.arrivals[day],
            "departures": sums.departures[day],
            "in_house": in_house,
            "rooms_sold": sums.rooms_sold[day],
            "room_revenue_gross_minor": sums.gross_minor[day],
            "room_revenue_net_minor": sums.gross_minor[day] - sums.vat_minor[day],
            "vat_minor": sums.vat_minor[day],
            "no_shows": sums.no_shows[day],
            "cancellations": sums.cancellations[day],
        }
    told = [date.fromisoformat(line["date"]) for line in lines]
    assert told == [told[0] + timedelta(days=count) for count in range(len(told))]
    assert sum(line["rooms_sold"] for line in lines) == sums.rooms_sold.total()
    assert sum(line["departures"] for line in lines) == sums.departures.total()


def expect_proven_books(sessions: sessionmaker[Session]) -> None:
    with db.reading(sessions) as session:
        assert [each for each in verify.run(session) if each.differences] == []


def test_a_month_of_bookings_comes_to_the_sums_of_the_file_every_night(
    empty_database_url: str, empty_engine: Engine
) -> None:
    result = replayed(empty_database_url, "--json")
    assert result.exit_code == 0
    sums = sums_of(MONTH)
    expect_the_sums(lines_of(result.output), sums)

    sessions = db.session_source(empty_engine)
    expect_proven_books(sessions)
    with db.reading(sessions) as session:
        owing = sa.select(Folio.number).join(StayWindow, StayWindow.folio_id == Folio.id).join(Stay)
        assert session.scalars(owing.where((Folio.status != "closed") | (Folio.balance_minor != 0))).all() == []
        assert session.scalar(sa.select(sa.func.count()).where(Stay.status == "in_house")) == 0
        accounts = sa.select(Company.code, Folio.balance_minor).join(Folio, Folio.id == Company.folio_id)
        balances = {code: balance for code, balance in session.execute(accounts) if balance}
        assert balances == {code: owed for code, owed in sums.companies.items() if owed}


def test_a_company_folio_holds_exactly_its_stays(database_url: str, engine: Engine) -> None:
    assert replayed(database_url, "--to", "2015-07-06").exit_code == 0
    with db.reading(db.session_source(engine)) as session:
        lines = session.execute(
            sa.select(Company.code, Voucher.reference, Posting.amount_minor)
            .join(Posting, Posting.debit_folio_id == Company.folio_id)
            .join(Voucher, Voucher.id == Posting.voucher_id)
        ).all()
        line_of = {f"Stay {stay}": line for stay, line in session.execute(sa.select(Stay.id, Stay.reference))}
    expected = {stay: owed for stay, owed in sums_of(MONTH, last=date(2015, 7, 6)).company_stays.items() if owed}
    assert expected
    assert sorted((code, line_of[stay], amount) for code, stay, amount in lines) == sorted(
        (code, line, owed) for (code, line), owed in expected.items()
    )


def test_from_and_to_take_the_bookings_that_arrive_in_these_days(database_url: str) -> None:
    result = replayed(database_url, "--from", "2015-07-03", "--to", "2015-07-04", "--json")
    lines = lines_of(result.output)
    assert lines[0]["date"] == "2015-07-03"
    expect_the_sums(lines, sums_of(MONTH, date(2015, 7, 3), date(2015, 7, 4)))


def test_a_finished_replay_started_again_tells_the_same_and_posts_nothing(database_url: str, engine: Engine) -> None:
    options = ("--to", "2015-07-03", "--json")
    first = replayed(database_url, *options)
    counted = count_of(engine, Posting)
    again = replayed(database_url, *options)
    assert lines_of(again.output) == lines_of(first.output)
    assert count_of(engine, Posting) == counted


def test_without_json_the_figures_are_told_in_the_readers_language(database_url: str) -> None:
    day = ("--from", "2015-07-02", "--to", "2015-07-02")
    command = ["--language", "de", "replay", str(MONTH), "--database", database_url, "--no-reports", *day]
    result = CliRunner().invoke(main, command, catch_exceptions=False)
    gross = sum(sums_of(MONTH, *SECOND).gross_minor.values())
    vat = sum(sums_of(MONTH, *SECOND).vat_minor.values())
    net = f"{(gross - vat) / 100:,.2f}".translate(str.maketrans(",.", ".,"))
    assert net in result.output


def test_only_what_this_run_played_counts_for_its_pace(tmp_path: Path, database_url: str) -> None:
    path = written(tmp_path / "a.csv", {})
    first = pace_of(replayed(database_url, file=path))
    assert all(float(each) > 0 for each in first.split(", "))
    assert pace_of(replayed(database_url, file=path)) == "-"


def pace_of(result: Result) -> str:
    (pace,) = (line for line in result.output.splitlines() if line.startswith("Days and postings per second"))
    return pace.removeprefix("Days and postings per second").strip()


def test_an_older_hotel_is_refused_and_not_brought_up_to_date(database_url: str, engine: Engine) -> None:
    schema.downgrade(engine, "0002")
    refused = replayed(database_url)
    assert refused.exit_code == 2
    assert "frontoffice init" in refused.stderr
    with engine.connect() as connection:
        assert schema.found_version(connection) == "0002"


def test_a_day_use_with_a_price_is_charged_settled_and_left(tmp_path: Path, database_url: str, engine: Engine) -> None:
    day_use = {"stays_in_weekend_nights": "0", "stays_in_week_nights": "0", "reservation_status_date": "2/29/2016"}
    by_card, on_account, free = {"adr": "53", "company": "NULL"}, {"adr": "106"}, {"adr": "0"}
    path = written(tmp_path / "a.csv", day_use | by_card, day_use | on_account, day_use | free, by_card)
    result = replayed(database_url, "--json", file=path)
    assert result.exit_code == 0
    first, *_ = lines = lines_of(result.output)
    assert (first["arrivals"], first["departures"], first["in_house"], first["rooms_sold"]) == (4, 3, 1, 1)
    assert (first["room_revenue_gross_minor"], first["vat_minor"]) == (5300 + 10600 + 5300, 300 + 600 + 300)
    assert [each["room_revenue_gross_minor"] for each in lines] == [21200, 5300, 5300, 0]
    sessions = db.session_source(engine)
    expect_proven_books(sessions)
    with db.reading(sessions) as session:
        owed = sa.select(Folio.balance_minor).join(Company, Company.folio_id == Folio.id)
        assert session.scalars(owed).all() == [10600]


def test_room_types_with_long_names_have_rooms_with_numbers_of_their_own(
    tmp_path: Path, database_url: str, engine: Engine
) -> None:
    path = written(tmp_path / "a.csv", {"assigned_room_type": "A" * 16}, {}, {}, {"assigned_room_type": "Junior suite"})
    assert replayed(database_url, file=path).exit_code == 0
    with engine.connect() as connection:
        numbers = connection.execute(sa.select(Room.number).order_by(Room.number)).scalars().all()
    assert numbers == ["001", "002", "003", "004"]


def test_another_replay_is_refused_on_the_same_database(tmp_path: Path, database_url: str, engine: Engine) -> None:
    assert replayed(database_url, file=written(tmp_path / "a.csv", {})).exit_code == 0
    counted = count_of(engine, Stay)
    refused = replayed(database_url)
    assert refused.exit_code == 2
    assert "another replay" in refused.stderr
    assert count_of(engine, Stay) == counted


def test_a_hotel_that_is_in_use_is_refused(sessions: sessionmaker[Session], engine: Engine) -> None:
    bookings = read_bookings(MONTH).arriving(*WEEK)
    next(Replay(sessions, bookings, "replay:one").play())
    with pytest.raises(HotelInUse):
        next(Replay(sessions, bookings, "replay:other").play())


@pytest.mark.parametrize("seed", [1, 2])
def test_a_replay_killed_anywhere_and_started_again_loses_and_doubles_nothing(
    empty_database_url: str, empty_engine: Engine, seed: int
) -> None:
    chance = random.Random(seed)
    command = [sys.executable, "-m", "frontoffice", "replay", str(MONTH), "--database", empty_database_url]
    command += ["--to", FIRST_DAYS[1].isoformat(), "--json", "--no-reports"]
    kills = 0
    while kills < 4:
        # Another day further each time, then somewhere within the day that follows.
        if not killed(command, after_lines=kills + 1, then_s=chance.uniform(0, 0.15)):
            break
        kills += 1
    assert kills >= 3
    final = subprocess.run(command, capture_output=True, text=True, check=True, env=quiet())
    sums = sums_of(MONTH, *FIRST_DAYS)
    expect_the_sums(lines_of(final.stdout), sums)
    expect_proven_books(db.session_source(empty_engine))
    with db.reading(db.session_source(empty_engine)) as session:
        nights = sa.select(sa.func.count()).select_from(Voucher).where(Voucher.kind == "charge")
        assert session.scalar(nights) == sum(1 for _ in charged_nights(read_bookings(MONTH).arriving(*FIRST_DAYS)))


def killed(command: list[str], after_lines: int, then_s: float) -> bool:
    """Starts the command and ends it by force once it told some days; False when it was done before."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=quiet()) as process:
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(after_lines)]
        try:
            process.wait(then_s)
        except subprocess.TimeoutExpired:
            os.kill(process.pid, signal.SIGKILL)
        process.stdout.read()
    return all(told) and process.returncode == -signal.SIGKILL


def quiet() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("FRONTOFFICE_")}


def charged_nights(bookings: Iterable[Any]) -> Iterable[int]:
    return (night for each in bookings if each.outcome == "stayed" and each.rate_minor for night in range(each.nights))


def count_of(engine: Engine, entity: type[Any]) -> int:
    with engine.connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(entity)).scalar_one())


def test_the_rooms_are_just_as_many_as_the_bookings_ask_for_at_once() -> None:
    bookings = read_bookings(MONTH).bookings
    needed = rooms_needed(bookings)
    assert set(needed) == {each.room_type for each in bookings}
    for room_type in needed:
        nights = [
            sum(
                each.room_type == room_type and each.outcome == "stayed" and each.arrival <= day < each.departure
                for each in bookings
            )
            for day in {each.arrival for each in bookings}
        ]
        assert max(nights) <= needed[room_type] <= sum(each.room_type == room_type for each in bookings)


def test_two_who_close_the_same_day_close_it_once(sessions: sessionmaker[Session]) -> None:
    bookings = read_bookings(MONTH).arriving(*WEEK)
    played = Replay(sessions, bookings, "replay:one").play()
    next(played)
    with db.reading(sessions) as session:
        before = day_line(session, WEEK[0])
    with pytest.raises(DayNotReady) as refused:
        audit.run(sessions, "replay", day=WEEK[0])
    assert refused.value.params["day"] == WEEK[0]
    with db.reading(sessions) as session:
        assert day_line(session, WEEK[0]) == before
