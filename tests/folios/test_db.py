"""The unit of work: all or nothing, and what the database cannot do is a refusal that a person understands.

Everything here happens to a real database: locked, unreachable, cut off, read-only, full, or never set up. Each time
it is all well again afterwards.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.orm import Session

from folios import business_day, charges, db, errors, folios, schema
from folios.charges import Charge
from folios.db import in_unit_of_work, reading, unit_of_work
from folios.models import BusinessDay, Folio, TransactionCode, Voucher
from tests.conftest import opened
from tests.folios.hotel import CASHIER, FIRST_DAY, Hotel, origin, sold

WATER = sold("WATER")
on_sqlite = pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
on_postgresql = pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)


class Trouble(Exception):
    """Something that goes wrong in the middle."""


@pytest.fixture
def impatient(hotel: Hotel, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hotel]:
    """The same ledger, seen by a process that waits for locks a moment only."""
    monkeypatch.setattr(db, "BUSY_TIMEOUT_S", 0.05)
    address = make_url(database_url)
    if address.get_backend_name() == "postgresql":
        address = address.update_query_dict({"options": "-c lock_timeout=50"})
    with opened(address.render_as_string(hide_password=False)) as engine:
        yield Hotel(engine)


def is_all_well(hotel: Hotel) -> bool:
    """Whether a guest can be charged."""
    guest = hotel.open()
    hotel.charge(guest, WATER)
    return hotel.balance(guest) == "3.50"


# --- all or nothing -------------------------------------------------------------------------------------------


def test_what_returns_is_committed(hotel: Hotel, neighbour: Hotel) -> None:
    with unit_of_work(hotel.sessions) as session:
        folio_id = folios.open_folio(session, type="individual", name="Guest, Mr.", operator=CASHIER).id
    assert neighbour.folio(folio_id).name == "Guest, Mr."


@pytest.mark.parametrize("trouble", [Trouble(), errors.DayClosed(day=FIRST_DAY), KeyboardInterrupt()])
def test_what_raises_is_rolled_back_as_a_whole(hotel: Hotel, guest: int, trouble: BaseException) -> None:
    before = hotel.contents()

    def work(session: Session) -> None:
        charges.charge(session, Charge(guest, (WATER,)), origin())
        folios.set_house_limit(session, guest, 100, CASHIER)
        business_day.roll(session, CASHIER)
        raise trouble

    with pytest.raises(type(trouble)):
        hotel.do(work)
    assert hotel.contents() == before
    assert is_all_well(hotel)


def test_a_refusal_after_the_first_of_two_verbs_takes_the_first_back(hotel: Hotel, guest: int) -> None:
    with hotel.refuses(errors.CodeUnknown), hotel.one_unit():
        hotel.charge(guest, WATER)
        hotel.charge(guest, sold("NONE", "1.00"))


def test_an_object_changed_in_a_unit_is_written_at_its_end(hotel: Hotel, guest: int) -> None:
    with unit_of_work(hotel.sessions) as session:
        session.get_one(Folio, guest).name = "Guest, Dr."
    assert hotel.folio(guest).name == "Guest, Dr."


def test_a_programming_error_stays_what_it_is(hotel: Hotel) -> None:
    with pytest.raises(sa.exc.IntegrityError), unit_of_work(hotel.sessions) as session:
        session.execute(sa.insert(Voucher).values(kind="charge"))
    with pytest.raises(sa.exc.DBAPIError, match="syntax"), unit_of_work(hotel.sessions) as session:
        session.execute(sa.text("SELEC 1"))
    assert is_all_well(hotel)


def test_a_row_that_points_at_nothing_is_not_written(hotel: Hotel, guest: int) -> None:
    row = {"code": "X", "name": "X", "kind": "charge", "department": "Rooms", "folio_id": 999_999, "active": True}
    with pytest.raises(sa.exc.IntegrityError, match=r"(?i)foreign key"), unit_of_work(hotel.sessions) as session:
        session.execute(sa.insert(TransactionCode).values(version=1, **row))


# --- reading --------------------------------------------------------------------------------------------------


def test_a_reading_unit_sees_one_moment_of_the_ledger(hotel: Hotel, guest: int) -> None:
    vouchers = sa.select(sa.func.count()).select_from(Voucher)
    with reading(hotel.sessions) as session:
        first = session.execute(vouchers).scalar_one()
        hotel.charge(guest, WATER)
        assert session.execute(vouchers).scalar_one() == first
    assert len(hotel.rows(Voucher)) == first + 1


def test_a_reading_unit_leaves_nothing_behind(hotel: Hotel, guest: int) -> None:
    before = hotel.contents()
    with suppress(errors.DatabaseReadOnly), reading(hotel.sessions) as session:
        charges.charge(session, Charge(guest, (WATER,)), origin())
    assert hotel.contents() == before
    assert is_all_well(hotel)


@on_postgresql
def test_writing_in_a_reading_unit_is_refused(hotel: Hotel) -> None:
    with pytest.raises(errors.DatabaseReadOnly), reading(hotel.sessions) as session:
        session.execute(sa.delete(BusinessDay))


def test_reading_does_not_wait_for_a_writer(impatient: Hotel, hotel: Hotel, guest: int) -> None:
    with hotel.one_unit():
        hotel.charge(guest, WATER)
        assert impatient.rows(Voucher) == []
    assert len(impatient.rows(Voucher)) == 1


def test_a_moment_is_stored_in_utc_whatever_zone_it_is_given_in(hotel: Hotel) -> None:
    noon = datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=5)))
    with unit_of_work(hotel.sessions) as session:
        session.get_one(BusinessDay, FIRST_DAY).rolled_at = noon
    (day,) = hotel.rows(BusinessDay)
    assert day.rolled_at == noon
    assert day.rolled_at is not None
    assert day.rolled_at.astimezone(UTC).hour == 7
    assert day.rolled_at.tzinfo is not None


# --- busy -----------------------------------------------------------------------------------------------------


@contextmanager
def locked(hotel: Hotel, folio_id: int) -> Iterator[None]:
    """Somebody else holds what a charge to the folio needs."""
    with unit_of_work(hotel.sessions) as session:
        folios.lock_folios(session, [folio_id])
        yield


def test_a_lock_that_is_not_released_in_time_is_refused_as_busy(hotel: Hotel, impatient: Hotel, guest: int) -> None:
    with locked(hotel, guest), pytest.raises(errors.DatabaseBusy):
        impatient.charge(guest, WATER)
    assert impatient.rows(Voucher) == []
    assert is_all_well(impatient)


def test_a_busy_unit_of_work_is_tried_again_until_it_gets_through(hotel: Hotel, impatient: Hotel, guest: int) -> None:
    released, sessions = threading.Event(), []

    def hold() -> None:
        with locked(hotel, guest):
            held.set()
            released.wait(10)

    def work(session: Session) -> None:
        sessions.append(session)
        charges.charge(session, Charge(guest, (WATER,)), origin())

    held = threading.Event()
    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(10)
    threading.Timer(0.2, released.set).start()
    in_unit_of_work(impatient.sessions, work)
    holder.join()
    assert hotel.balance(guest) == "3.50"


def test_a_unit_of_work_that_stays_busy_is_given_up(hotel: Hotel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(db, "ATTEMPTS", 3)
    attempts: list[int] = []

    def work(session: Session) -> None:
        attempts.append(1)
        raise errors.DatabaseBusy

    with pytest.raises(errors.DatabaseBusy):
        in_unit_of_work(hotel.sessions, work)
    assert len(attempts) == 3


@pytest.mark.parametrize("refusal", [errors.DatabaseGone(), errors.CommitUnknown(), errors.DatabaseFull(), Trouble()])
def test_nothing_but_busy_is_tried_again(hotel: Hotel, refusal: Exception) -> None:
    attempts: list[int] = []

    def work(session: Session) -> None:
        attempts.append(1)
        raise refusal

    with pytest.raises(type(refusal)):
        in_unit_of_work(hotel.sessions, work)
    assert len(attempts) == 1


def test_a_unit_of_work_answers_with_what_its_work_returns(hotel: Hotel) -> None:
    assert in_unit_of_work(hotel.sessions, lambda session: session.get_one(BusinessDay, FIRST_DAY).status) == "open"


@on_postgresql
def test_of_two_units_in_each_others_way_one_is_tried_again_and_both_get_through(hotel: Hotel, guest: int) -> None:
    other = hotel.open(number="OTHER")
    both_hold_one = threading.Barrier(2)
    attempts: list[int] = []

    def charge_both(first: int, second: int) -> Callable[[Session], None]:
        def work(session: Session) -> None:
            attempts.append(first)
            charges.charge(session, Charge(first, (WATER,)), origin())
            with suppress(threading.BrokenBarrierError):
                both_hold_one.wait(0.5)
            charges.charge(session, Charge(second, (WATER,)), origin())

        return work

    units = [charge_both(guest, other), charge_both(other, guest)]
    threads = [threading.Thread(target=in_unit_of_work, args=(hotel.sessions, unit)) for unit in units]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(attempts) == 3
    assert hotel.balance(guest) == hotel.balance(other) == "7.00"


# --- gone -----------------------------------------------------------------------------------------------------


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def test_a_server_that_does_not_answer_is_gone() -> None:
    with opened(f"postgresql://nobody@127.0.0.1:{closed_port()}/hotel") as engine:
        for unit in (unit_of_work, reading):
            with pytest.raises(errors.DatabaseGone), unit(db.session_source(engine)):
                pytest.fail("there is no database to work on")


def test_a_file_that_cannot_be_opened_is_gone(tmp_path: Path) -> None:
    with opened(f"sqlite:///{tmp_path}/nowhere/hotel.db") as engine:
        for unit in (unit_of_work, reading):
            with pytest.raises(errors.DatabaseGone), unit(db.session_source(engine)):
                pytest.fail("there is no database to work on")


def cut_line(hotel: Hotel, session: Session) -> None:
    """Ends the session's line to the server, from another one."""
    backend = session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    with hotel.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:backend, 5000)"), {"backend": backend})


@on_postgresql
def test_a_line_cut_in_the_middle_is_refused_and_nothing_is_written(hotel: Hotel, neighbour: Hotel, guest: int) -> None:
    before = hotel.contents()

    def work(session: Session) -> None:
        charges.charge(session, Charge(guest, (WATER,)), origin())
        cut_line(hotel, session)
        charges.charge(session, Charge(guest, (WATER,)), origin())

    with pytest.raises(errors.DatabaseGone):
        neighbour.do(work)
    assert hotel.contents() == before
    assert is_all_well(neighbour)


@on_postgresql
def test_a_line_cut_while_saving_leaves_the_outcome_unknown(hotel: Hotel, neighbour: Hotel, guest: int) -> None:
    def work(session: Session) -> None:
        charges.charge(session, Charge(guest, (WATER,)), origin("1"))
        cut_line(hotel, session)

    with pytest.raises(errors.CommitUnknown):
        neighbour.do(work)
    assert not neighbour.charge(guest, WATER, key="1").replayed  # the same key tells what became of it
    assert hotel.balance(guest) == "3.50"


@on_postgresql
def test_a_line_cut_while_reading_is_refused(hotel: Hotel, neighbour: Hotel) -> None:
    def read() -> None:
        with reading(neighbour.sessions) as session:
            cut_line(hotel, session)
            session.execute(sa.select(Voucher))

    with pytest.raises(errors.DatabaseGone):
        read()
    assert is_all_well(neighbour)


@on_postgresql
def test_a_line_cut_while_nobody_used_it_is_refused_once_at_most(hotel: Hotel, neighbour: Hotel, guest: int) -> None:
    with unit_of_work(neighbour.sessions) as session:
        backend = session.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
    with hotel.engine.connect() as connection:
        connection.execute(sa.text("SELECT pg_terminate_backend(:backend, 5000)"), {"backend": backend})
    with suppress(errors.DatabaseGone):
        neighbour.charge(guest, WATER, key="1")
    neighbour.charge(guest, WATER, key="1")
    assert hotel.balance(guest) == "3.50"


# --- read-only ------------------------------------------------------------------------------------------------


@pytest.fixture
def read_only(hotel: Hotel, database_url: str) -> Iterator[Hotel]:
    """The same ledger, which must not be written."""
    address = make_url(database_url)
    if address.get_backend_name() == "sqlite":
        read_only_url = f"sqlite:///file:{address.database}?mode=ro&uri=true"
    else:
        options = {"options": "-c default_transaction_read_only=on"}
        read_only_url = address.update_query_dict(options).render_as_string(hide_password=False)
    with opened(read_only_url) as engine:
        yield Hotel(engine)


def test_writing_to_a_read_only_database_is_refused_and_reading_is_not(
    hotel: Hotel, read_only: Hotel, guest: int
) -> None:
    hotel.charge(guest, WATER)
    before = hotel.contents()
    assert read_only.contents() == before
    for write in (
        lambda: read_only.charge(guest, WATER),
        lambda: read_only.pay(guest, "1.00", "VISA"),
        read_only.open,
        read_only.roll,
    ):
        with pytest.raises(errors.DatabaseReadOnly):
            write()
    assert hotel.contents() == before
    assert is_all_well(hotel)


# --- full -----------------------------------------------------------------------------------------------------


@on_sqlite
def test_a_full_disk_is_refused_and_when_there_is_room_all_is_well(hotel: Hotel, database_url: str, guest: int) -> None:
    before = hotel.contents()
    with opened(database_url) as engine:
        full = Hotel(engine)

        def fill(connection: object, _record: object) -> None:
            connection.execute("PRAGMA max_page_count = 1")  # type: ignore[attr-defined]

        event.listen(engine, "connect", fill)
        with pytest.raises(errors.DatabaseFull):
            full.charge(guest, *[sold("FOOD", "1.00", text="x" * 200)] * 1000)
        event.remove(engine, "connect", fill)
        engine.dispose()
        assert hotel.contents() == before
        assert is_all_well(full)


# --- never set up ---------------------------------------------------------------------------------------------


def test_a_database_without_tables_says_so_and_is_well_once_set_up(empty_engine: Engine) -> None:
    hotel = Hotel(empty_engine)
    for use in (hotel.set_up, hotel.open, hotel.roll, hotel.contents):
        with pytest.raises(errors.SchemaMissing) as refusal:
            use()
    assert str(refusal.value) == "This database has not been set up. Run: frontoffice init"
    schema.upgrade(empty_engine)
    hotel.set_up()
    assert is_all_well(hotel)


def test_tables_without_a_ledger_say_that_nothing_was_set_up(engine: Engine) -> None:
    hotel = Hotel(engine)
    for verb in (lambda: hotel.charge(1, WATER), lambda: hotel.do(folios.currency)):
        with pytest.raises(errors.SchemaMissing):
            verb()
