"""Notes about stays, guests, companies and folios, and traces: notes with a day on which a department has to act."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import clock, events
from folios.business_day import open_date
from folios.errors import N_, Refusal
from folios.events import record
from folios.folios import get_folio
from folios.models import Folio
from folios.texts import clean_text
from frontoffice.companies import get_company
from frontoffice.fields import FieldUnknown, needed_text
from frontoffice.guests import get_guest
from frontoffice.lifecycle import get_stay
from frontoffice.models.desk import NOTE_SUBJECTS, Note
from frontoffice.models.guests import Company, Guest
from frontoffice.models.rooms import Room
from frontoffice.models.stays import Stay

MOST_TEXT, MOST_DEPARTMENT = 2000, 40
_FIND = {"stay": get_stay, "guest": get_guest, "company": get_company, "folio": get_folio}


class NoteUnknown(Refusal):
    code = "note.unknown"
    message = N_("There is no note {note}.")


class NoteSubjectUnknown(Refusal):
    code = "note.subject_unknown"
    message = N_("Notes are not kept about {subject}.")


class TraceInPast(Refusal):
    code = "note.due_in_past"
    message = N_("{due_on} is over: it is {day}. Choose a day that is still to come, or none.")


class NoteDone(Refusal):
    code = "note.done_before"
    message = N_("This was done already, by {operator}.")


class NoteNotDone(Refusal):
    code = "note.not_done"
    message = N_("This has not been done yet.")


@dataclass(frozen=True, slots=True)
class Trace:
    """A note that is due. `about` is the guest, company or folio it is about; `room` the number of a stay's room."""

    note: Note
    about: str
    room: str | None
    overdue: bool


# --- writing --------------------------------------------------------------------------------------------------


def write_note(
    session: Session,
    subject: str,
    subject_id: int,
    text: str,
    operator: str,
    *,
    department: str | None = None,
    due_on: date | None = None,
) -> Note:
    """Writes a note about a `stay`, `guest`, `company` or `folio`; with `due_on`, a business date, it is a trace.

    Refuses what there is no note about, an unknown subject, no text, and a day that is over.
    """
    if subject not in NOTE_SUBJECTS:
        raise NoteSubjectUnknown(subject=subject)
    _FIND[subject](session, subject_id)
    note = Note(
        subject=subject,
        subject_id=subject_id,
        **_clean(session, {"text": text, "department": department, "due_on": due_on}),
        written_by=operator,
        written_at=clock.now(),
    )
    session.add(note)
    session.flush()
    after = {"subject": f"{subject}:{subject_id}", "department": note.department, "due_on": note.due_on}
    record(session, "note.written", f"note:{note.id}", operator, None, after)
    return note


def amend_note(session: Session, note_id: int, seen_version: int, changes: Mapping[str, Any], operator: str) -> Note:
    """Changes `text`, `department` or `due_on` of a note read at `seen_version`; a day that stays may be over.

    Refuses other fields, what `write_note` refuses, and `ChangedMeanwhile`.
    """
    note = _lock(session, note_id)
    clean = _clean(session, changes, note.due_on)
    events.amend(session, note, seen_version, clean, "note.amended", f"note:{note_id}", operator)
    return note


def mark_done(session: Session, note_id: int, operator: str) -> Note:
    """Says that what a note asks for was done. Refuses (`NoteDone`, naming who) when somebody said so before."""
    note = _lock(session, note_id)
    if note.done_by is not None:
        raise NoteDone(operator=note.done_by)
    note.done_by, note.done_at = operator, clock.now()
    session.flush()
    record(session, "note.done", f"note:{note_id}", operator)
    return note


def undo_done(session: Session, note_id: int, operator: str) -> Note:
    """Says that it was not done after all. Refuses `NoteNotDone`."""
    note = _lock(session, note_id)
    if note.done_by is None:
        raise NoteNotDone
    before = {"done_by": note.done_by}
    note.done_by = note.done_at = None
    session.flush()
    record(session, "note.done.undone", f"note:{note_id}", operator, before)
    return note


def _lock(session: Session, note_id: int) -> Note:
    found = session.get(Note, note_id, with_for_update=True, populate_existing=True)
    if found is None:
        raise NoteUnknown(note=note_id)
    return found


def _clean(session: Session, fields: Mapping[str, Any], due_before: date | None = None) -> dict[str, Any]:
    clean: dict[str, Any] = {}
    for field, value in fields.items():
        if field == "text":
            clean[field] = needed_text(field, value, MOST_TEXT)
        elif field == "department":
            clean[field] = clean_text(field, value, MOST_DEPARTMENT)
        elif field == "due_on":
            if value is not None and value != due_before and value < (today := open_date(session)):
                raise TraceInPast(due_on=value, day=today)
            clean[field] = value
        else:
            raise FieldUnknown(field=field)
    return clean


# --- reading --------------------------------------------------------------------------------------------------


def get_note(session: Session, note_id: int) -> Note:
    """The note with this id. Refuses `NoteUnknown`."""
    found = session.get(Note, note_id)
    if found is None:
        raise NoteUnknown(note=note_id)
    return found


def notes_of(session: Session, subject: str, subject_ids: Collection[int]) -> dict[int, list[Note]]:
    """The notes about each of the stays, guests, companies or folios, by id; one statement.

    Traces that wait come first, the most urgent of them first; then the notes, the newest first; then what was done.
    Refuses `NoteSubjectUnknown`.
    """
    if subject not in NOTE_SUBJECTS:
        raise NoteSubjectUnknown(subject=subject)
    found: dict[int, list[Note]] = {subject_id: [] for subject_id in subject_ids}
    wanted = (
        sa.select(Note)
        .where(Note.subject == subject, Note.subject_id.in_(found))
        .order_by(Note.done_at.is_not(None), Note.due_on.is_(None), Note.due_on, Note.id.desc())
    )
    for note in session.scalars(wanted):
        found[note.subject_id].append(note)
    return found


def due_traces(session: Session, day: date, department: str | None = None) -> list[Trace]:
    """What has to be done on a business date or was to be done before it, the oldest first; of all departments or one.

    At most five statements, however many there are.
    """
    wanted = sa.select(Note).where(Note.done_at.is_(None), Note.due_on <= day).order_by(Note.due_on, Note.id)
    if department is not None:
        wanted = wanted.where(sa.func.lower(Note.department) == department.strip().lower())
    due = session.scalars(wanted).all()
    about = _called(session, due)
    return [Trace(note, *about[note.subject, note.subject_id], overdue=_due_on(note) < day) for note in due]


def departments(session: Session) -> list[str]:
    """The departments that traces wait for, in order: what a list of traces can be narrowed to."""
    waiting = sa.select(Note.department).where(
        Note.done_at.is_(None), Note.due_on.is_not(None), Note.department.is_not(None)
    )
    return sorted({each for each in session.scalars(waiting) if each is not None}, key=str.casefold)


def _due_on(note: Note) -> date:
    if note.due_on is None:
        raise ValueError("a note without a day is no trace")
    return note.due_on


def _called(session: Session, notes: Sequence[Note]) -> dict[tuple[str, int], tuple[str, str | None]]:
    """What each subject is called, and the room of those that have one."""
    called: dict[tuple[str, int], tuple[str, str | None]] = {}
    for subject in sorted({each.subject for each in notes}):
        for row in _rows(session, subject, {each.subject_id for each in notes if each.subject == subject}):
            called[subject, row[0]] = (row[1], row[2])
    return called


def _rows(session: Session, subject: str, ids: Collection[int]) -> Iterable[tuple[int, str, str | None]]:
    if subject == "stay":
        stays = (
            sa.select(Stay.id, Guest, Room.number)
            .join(Guest, Guest.id == Stay.guest_id)
            .outerjoin(Room, Room.id == Stay.room_id)
            .where(Stay.id.in_(ids))
        )
        return [(stay_id, guest.name, room) for stay_id, guest, room in session.execute(stays)]
    if subject == "guest":
        return [(guest.id, guest.name, None) for guest in session.scalars(sa.select(Guest).where(Guest.id.in_(ids)))]
    if subject == "company":
        companies = sa.select(Company.id, Company.name).where(Company.id.in_(ids))
        return [(company_id, name, None) for company_id, name in session.execute(companies)]
    folios = sa.select(Folio.id, Folio.number, Folio.name).where(Folio.id.in_(ids))
    return [(folio_id, f"{number} {name}", None) for folio_id, number, name in session.execute(folios)]


def subject_name(session: Session, subject: str, subject_id: int) -> str:
    """What a stay, guest, company or folio is called. Refuses what `write_note` refuses to write about."""
    if subject not in NOTE_SUBJECTS:
        raise NoteSubjectUnknown(subject=subject)
    _FIND[subject](session, subject_id)
    return next(name for _id, name, _room in _rows(session, subject, [subject_id]))
