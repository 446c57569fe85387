"""Notes and traces: written about what there is, amended, done and undone, due on their day and until they are done."""

from __future__ import annotations

from typing import Any

import pytest

from folios.errors import ChangedMeanwhile, FolioUnknown, Refusal, TextTooLong
from folios.folios import get_folio
from frontoffice import companies, notes
from frontoffice.companies import CompanyUnknown
from frontoffice.fields import FieldMissing, FieldUnknown
from frontoffice.guests import GuestUnknown
from frontoffice.lifecycle import StayUnknown
from frontoffice.models.desk import Note
from tests.folios.hotel import statements
from tests.frontoffice.house import CLERK, House, at_once, day


def write(house: House, subject: str, subject_id: int, text: str = "Likes a quiet room", **facts: Any) -> Note:
    return house.do(notes.write_note, subject, subject_id, text, CLERK, **facts)


def texts(found: list[Note]) -> list[str]:
    return [each.text for each in found]


def due(house: House, number: int, department: str | None = None) -> list[tuple[str, str, str | None, bool]]:
    traces = house.do(notes.due_traces, day(number), department)
    return [(each.note.text, each.about, each.room, each.overdue) for each in traces]


def test_a_note_is_written_about_each_kind_of_subject(house: House) -> None:
    stay = house.arrive(room="103")
    company = house.do(companies.add_company, CLERK, code="ACME", name="Acme Lda").id
    subjects = {"stay": stay, "guest": house.guest, "company": company, "folio": house.window(stay)}
    for subject, subject_id in subjects.items():
        note = write(house, subject, subject_id, f" About the {subject} ", due_on=day(0), department="Rooms")
        assert (note.text, note.written_by, note.version) == (f"About the {subject}", CLERK, 1)
        found = house.do(notes.notes_of, subject, [subject_id, 999])
        assert ([each.id for each in found[subject_id]], found[999]) == ([note.id], [])
    number = house.do(get_folio, subjects["folio"]).number
    assert due(house, 0) == [
        ("About the stay", "Guest, Mr.", "103", False),
        ("About the guest", "Guest, Mr.", None, False),
        ("About the company", "Acme Lda", None, False),
        ("About the folio", f"{number} Guest, Mr.", None, False),
    ]
    told = [each.after["subject"] for each in house.told("note.written")]
    assert told == [f"{subject}:{subject_id}" for subject, subject_id in subjects.items()]


@pytest.mark.parametrize(
    ("subject", "refusal"),
    [
        ("room", notes.NoteSubjectUnknown),
        ("stay", StayUnknown),
        ("guest", GuestUnknown),
        ("company", CompanyUnknown),
        ("folio", FolioUnknown),
    ],
)
def test_nothing_is_noted_about_what_there_is_not(house: House, subject: str, refusal: type[Refusal]) -> None:
    with house.refuses(refusal):
        write(house, subject, 999)
    assert house.rows(Note) == []


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"text": " \n"}, FieldMissing),
        ({"text": "x" * 2001}, TextTooLong),
        ({"department": "x" * 41}, TextTooLong),
        ({"due_on": day(-1)}, notes.TraceInPast),
    ],
)
def test_a_note_that_cannot_be_is_refused(house: House, facts: dict[str, Any], refusal: type[Refusal]) -> None:
    with house.refuses(refusal):
        write(house, "guest", house.guest, **facts)


def test_waiting_traces_stand_before_notes_and_what_is_done_last(house: House) -> None:
    write(house, "guest", house.guest, "old note")
    write(house, "guest", house.guest, "later", due_on=day(3))
    done = write(house, "guest", house.guest, "done", due_on=day(0))
    write(house, "guest", house.guest, "soon", due_on=day(1))
    write(house, "guest", house.guest, "new note")
    house.do(notes.mark_done, done.id, "housekeeper")
    with statements(house.engine) as sent:
        found = house.do(notes.notes_of, "guest", [house.guest])
    assert len(sent) == 1
    assert texts(found[house.guest]) == ["soon", "later", "new note", "old note", "done"]
    with house.refuses(notes.NoteSubjectUnknown):
        house.do(notes.notes_of, "room", [1])


def test_a_trace_stays_due_until_it_is_done(house: House) -> None:
    stay = house.book(0, 3)
    trace = write(house, "stay", stay, "Extra bed", due_on=day(1), department="Housekeeping")
    write(house, "stay", stay, "Taxi", due_on=day(2), department="Desk")
    write(house, "stay", stay, "Nobody has to do anything")
    assert due(house, 0) == []
    assert due(house, 1) == [("Extra bed", "Guest, Mr.", None, False)]
    assert due(house, 2) == [("Extra bed", "Guest, Mr.", None, True), ("Taxi", "Guest, Mr.", None, False)]
    assert due(house, 2, "housekeeping") == [("Extra bed", "Guest, Mr.", None, True)]
    assert house.do(notes.departments) == ["Desk", "Housekeeping"]
    house.do(notes.mark_done, trace.id, "housekeeper")
    assert due(house, 2, "Housekeeping") == []
    assert house.do(notes.departments) == ["Desk"]


def test_the_list_of_traces_takes_as_many_statements_for_many_as_for_one(house: House) -> None:
    counts = []
    for begin in (0, 3):
        for number in range(begin, begin + 3):
            write(house, "stay", house.book(number, number + 1), "Key", due_on=day(0))
            write(house, "guest", house.guest, "Flowers", due_on=day(0))
        with statements(house.engine) as sent:
            house.do(notes.due_traces, day(0))
        counts.append(len(sent))
    assert counts == [3, 3]


def test_done_is_said_once_and_can_be_taken_back(house: House) -> None:
    trace = write(house, "guest", house.guest, due_on=day(0))
    done = house.do(notes.mark_done, trace.id, "housekeeper")
    assert (done.done_by, done.version) == ("housekeeper", 2)
    with house.refuses(notes.NoteDone, operator="housekeeper"):
        house.do(notes.mark_done, trace.id, CLERK)
    house.do(notes.undo_done, trace.id, CLERK)
    assert [each.note.id for each in house.do(notes.due_traces, day(0))] == [trace.id]
    with house.refuses(notes.NoteNotDone):
        house.do(notes.undo_done, trace.id, CLERK)
    assert [each.before for each in house.told("note.done.undone")] == [{"done_by": "housekeeper"}]
    for verb in (notes.mark_done, notes.undo_done):
        with house.refuses(notes.NoteUnknown):
            house.do(verb, 999, CLERK)


def test_two_who_do_it_at_once_are_one(house: House) -> None:
    trace = write(house, "guest", house.guest, due_on=day(0))
    answers = at_once([lambda: house.do(notes.mark_done, trace.id, CLERK)] * 3)
    assert sorted(type(each).__name__ for each in answers) == ["Note", "NoteDone", "NoteDone"]
    assert len(house.told("note.done")) == 1


def test_a_note_is_amended_once_for_each_version_seen(house: House) -> None:
    note = write(house, "guest", house.guest, "Late arrival", due_on=day(0))
    house.do(notes.amend_note, note.id, 1, {"text": "Arrives at noon", "due_on": day(2)}, CLERK)
    (told,) = house.told("note.amended")
    assert (told.before, told.after) == (
        {"text": "Late arrival", "due_on": "2026-03-01"},
        {"text": "Arrives at noon", "due_on": "2026-03-03"},
    )
    with house.refuses(ChangedMeanwhile):
        house.do(notes.amend_note, note.id, 1, {"text": "Arrives at one"}, CLERK)
    for changes, refusal in (
        ({"text": ""}, FieldMissing),
        ({"subject": "stay"}, FieldUnknown),
        ({"due_on": day(-1)}, notes.TraceInPast),
    ):
        with house.refuses(refusal):
            house.do(notes.amend_note, note.id, 2, changes, CLERK)
    with house.refuses(notes.NoteUnknown):
        house.do(notes.amend_note, 999, 1, {"text": "x"}, CLERK)
    assert house.do(notes.get_note, note.id).text == "Arrives at noon"


def test_an_overdue_trace_can_be_worded_anew_without_moving_its_day(house: House) -> None:
    note = write(house, "guest", house.guest, "Cot", due_on=day(0))
    house.end_day()
    house.do(notes.amend_note, note.id, 1, {"text": "Two cots", "due_on": day(0), "department": "Rooms"}, CLERK)
    assert due(house, 1, "rooms") == [("Two cots", "Guest, Mr.", None, True)]
