"""Notes and traces in the browser: written beside what they are about, due by department, done once."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from frontoffice import notes
from frontoffice.models.desk import Note
from tests.frontoffice.desk_client import Client
from tests.frontoffice.house import CLERK, House, day

Desk = Callable[[str], Client]


@pytest.fixture
def cashier(desk: Desk) -> Client:
    return desk("cashier")


def write(house: House, text: str = "Champagne", due: int | None = 0, department: str | None = "Bar") -> int:
    stay = house.book()
    due_on = None if due is None else day(due)
    return house.do(notes.write_note, "stay", stay, text, CLERK, department=department, due_on=due_on).id


def test_a_note_is_written_from_the_page_of_a_stay_and_stands_there(cashier: Client, house: House) -> None:
    stay = house.book()
    assert f"/notes/new?subject=stay&amp;id={stay}" in cashier.page(f"/stays/{stay}")
    address = f"/notes/new?subject=stay&id={stay}"
    fields = cashier.form("/notes/new", on=address) | {"text": "<i>Late</i> arrival", "due_on": day(1).isoformat()}
    assert cashier.send(address, fields).headers["Location"] == f"/stays/{stay}"
    page = cashier.page(f"/stays/{stay}")
    assert "&lt;i&gt;Late&lt;/i&gt; arrival" in page
    (note,) = house.rows(Note)
    assert (note.subject_id, note.due_on, note.written_by) == (stay, day(1), "cashier")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("subject=stay&id=999", 404),
        ("subject=room&id=1", 404),
        ("subject=stay&id=abc", 404),
        ("subject=stay&id=" + "9" * 40, 404),
        ("", 404),
    ],
)
def test_a_note_about_nothing_there_is_no_page(cashier: Client, query: str, status: int) -> None:
    assert cashier.get(f"/notes/new?{query}").status_code == status


@pytest.mark.parametrize(
    ("typed", "said"),
    [({"text": ""}, "Fill this in."), ({"text": "a\0"}, "cannot be stored"), ({"due_on": "2026-02-01"}, "is over")],
)
def test_a_note_that_cannot_be_is_refused_and_kept(
    cashier: Client, house: House, typed: dict[str, str], said: str
) -> None:
    address = f"/notes/new?subject=guest&id={house.guest}"
    fields = cashier.form("/notes/new", on=address) | {"text": "Kept", "department": "Kitchen"} | typed
    answer = cashier.send(address, fields)
    assert answer.status_code in (409, 422)
    assert said in answer.text
    assert "Kitchen" in answer.text
    assert house.rows(Note) == []


def test_what_is_due_stands_in_the_traces_until_it_is_done_by_one(cashier: Client, house: House) -> None:
    note, other = write(house), write(house, "Baby cot", department="Housekeeping")
    page = cashier.page("/traces")
    assert "Champagne" in page
    assert "Baby cot" in page
    assert "Champagne" not in cashier.page("/traces?department=housekeeping")
    fields = cashier.form(f"/notes/{note}/done", on="/traces")
    answer = cashier.send(f"/notes/{note}/done?from=traces", fields)
    assert answer.headers["Location"] == "/traces"
    page = cashier.page("/traces")
    assert 'class="note-text">Champagne' not in page
    assert "Baby cot" in page
    late = cashier.send(f"/notes/{note}/done", cashier.form(f"/notes/{other}/done"))
    assert late.status_code == 409
    assert "This was done already, by cashier." in late.text


def test_what_was_done_by_mistake_is_undone_on_the_page_and_waits_again(cashier: Client, house: House) -> None:
    note = write(house)
    stay = house.rows(Note)[0].subject_id
    cashier.done(f"/notes/{note}/done")
    assert f'href="/notes/{note}/undo"' in cashier.page(f"/stays/{stay}")
    fields = cashier.form(f"/notes/{note}/undo")
    answer = cashier.send(f"/notes/{note}/undo", fields)
    assert answer.headers["Location"] == f"/stays/{stay}"
    assert f'href="/notes/{note}/done"' in cashier.page(f"/stays/{stay}")
    assert "Champagne" in cashier.page("/traces")
    assert cashier.send(f"/notes/{note}/undo", fields).status_code == 303  # the same form again undoes nothing twice
    assert cashier.submit(f"/notes/{note}/undo").status_code == 409
    assert len(house.told("note.done.undone")) == 1


def test_two_who_edit_a_note_see_each_other(cashier: Client, house: House) -> None:
    note = write(house)
    fields = cashier.form(f"/notes/{note}/edit") | {"text": "Mine"}
    house.do(notes.amend_note, note, 1, {"text": "Theirs"}, CLERK)
    answer = cashier.send(f"/notes/{note}/edit", fields)
    assert answer.status_code == 409
    assert "Meanwhile changed to: Theirs" in answer.text
    assert cashier.get("/notes/999/edit").status_code == 404


def test_the_last_day_of_the_calendar_is_a_day_like_any_other(cashier: Client, house: House) -> None:
    stay = house.book()
    address = f"/notes/new?subject=stay&id={stay}"
    fields = cashier.form("/notes/new", on=address) | {"text": "Far", "due_on": "9999-12-31"}
    assert cashier.send(address, fields).status_code == 303
    assert "Dec 31, 9999" in cashier.page(f"/stays/{stay}")
