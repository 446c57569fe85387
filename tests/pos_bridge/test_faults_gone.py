"""The database gone or locked for a while, and the line to the till: said plainly, and done once when sent again."""

from __future__ import annotations

import time
from contextlib import suppress

import pytest
import sqlalchemy as sa

from folios import db
from folios.errors import CommitUnknown, DatabaseBusy, DatabaseGone
from tests.conftest import opened
from tests.pos_bridge.tills import Tills


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_file_that_another_locks_is_busy_and_the_charge_gets_through_afterwards(
    tills: Tills, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stay = tills.arrive(room="101")
    monkeypatch.setattr(db, "BUSY_TIMEOUT_S", 0.2)
    monkeypatch.setattr(db, "PATIENCE_S", 0.5)
    with opened(database_url) as engine:
        impatient = Tills(engine)
        with tills.engine.connect() as other:
            other.exec_driver_sql("SELECT 1")  # begins immediate: the file is locked from here
            begun = time.monotonic()
            with pytest.raises(DatabaseBusy):
                impatient.send(tills.drinks("12.00"))
            assert time.monotonic() - begun < 9, "it gave up long before all attempts had waited their full time"
        assert not impatient.send(tills.drinks("12.00")).replayed
        assert impatient.send(tills.drinks("12.00")).replayed
    assert tills.balance(tills.window(stay)) == "12.00"
    tills.prove()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_every_line_to_the_server_cut_costs_one_answer_and_no_charge(tills: Tills) -> None:
    stay = tills.arrive(room="101")
    tills.send(tills.drinks("1.00"), "k0")
    for number in range(1, 6):
        with opened(tills.engine.url.render_as_string(hide_password=False)) as engine, engine.connect() as other:
            other.execute(
                sa.text(
                    "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
                )
            )
        with suppress(DatabaseGone, CommitUnknown):
            tills.send(tills.drinks("1.00"), f"k{number}")
        assert tills.send(tills.drinks("1.00"), f"k{number}").outcome == "done"
    assert tills.balance(tills.window(stay)) == "6.00"
    tills.prove()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_lock_that_never_comes_free_is_said_to_be_busy(tills: Tills, database_url: str) -> None:
    stay = tills.arrive(room="101")
    with opened(database_url + "?options=-c%20lock_timeout%3D200") as engine, tills.engine.begin() as other:
        other.execute(sa.text("SELECT id FROM folio WHERE id = :id FOR UPDATE"), {"id": tills.window(stay)})
        with pytest.raises(DatabaseBusy):
            Tills(engine).send(tills.drinks("1.00"))
    assert tills.send(tills.drinks("1.00")).outcome == "done"
