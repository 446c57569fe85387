"""Notes about stays, guests, companies and folios, and the traces that are due, by department."""

from __future__ import annotations

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.business_day import open_date
from folios.db import reading
from folios.texts import read_number, search_text
from frontoffice import notes
from frontoffice.app import db
from frontoffice.forms.notes import NoteDoneForm, NoteForm, NoteUndoForm
from frontoffice.language import gettext as _
from frontoffice.models.desk import Note
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields

PLACES = {"stay": "/stays/{}", "guest": "/guests/{}", "company": "/companies/{}", "folio": "/folios/{}"}


@needs("stay.read")
def traces() -> str:
    """What has to be done today, and what should have been done before, by department."""
    with reading(db.session) as session:
        today = open_date(session)
        department = search_text(request.args.get("department"), notes.MOST_DEPARTMENT) or None
        due = notes.due_traces(session, today, department)
        forms = {each.note.id: NoteDoneForm() for each in due}
        known = notes.departments(session)
        values = {"due": due, "forms": forms, "departments": known, "department": department}
        return page("frontoffice/notes/traces.html", place=_place, **values)


@needs("note.write")
def add() -> Response:
    """Writes a note about what the address names."""
    subject, subject_id = request.args.get("subject", ""), _id(request.args.get("id", ""))
    with reading(db.session) as session:
        about = notes.subject_name(session, subject, subject_id)
    form = NoteForm(held=held_fields(), version=1)
    back = PLACES[subject].format(subject_id)
    action = f"/notes/new?subject={subject}&id={subject_id}"

    def work(session: Session, _authority: str | None) -> Done:
        more = {"department": form["department"].data, "due_on": form["due_on"].data}
        notes.write_note(session, subject, subject_id, form["text"].data, operator(), **more)
        return Done(back, _("The note was written."))

    title = _("New note: {about}", about=about)
    return answer(
        form, lambda: page("frontoffice/notes/form.html", form=form, title=title, action=action, cancel=back), work
    )


@needs("note.write")
def edit(note_id: int) -> Response:
    """Changes a note; who was faster is shown field by field."""
    with reading(db.session) as session:
        note = notes.get_note(session, note_id)
    form = NoteForm(held=held_fields(), obj=note)
    back = _place(note)

    def work(session: Session, _authority: str | None) -> Done:
        changes = {name: form[name].data for name in ("text", "department", "due_on")}
        notes.amend_note(session, note_id, form.seen_version, changes, operator())
        return Done(back, _("The note was saved."))

    shown = {"form": form, "title": _("Note"), "action": request.path, "cancel": back}
    return answer(form, lambda: page("frontoffice/notes/form.html", **shown), work)


@needs("note.write")
def done(note_id: int) -> Response:
    """Says that what a trace asks for was done."""
    with reading(db.session) as session:
        note = notes.get_note(session, note_id)
    form = NoteDoneForm(held=held_fields())
    back = "/traces" if request.args.get("from") == "traces" else _place(note)

    def work(session: Session, _authority: str | None) -> Done:
        notes.mark_done(session, note_id, operator())
        return Done(back, _("Done: {text}", text=note.text[:80]))

    shown = {"form": form, "title": _(form.title), "lead": note.text, "action": request.path, "cancel": back}
    return answer(form, lambda: page("frontoffice/notes/form.html", **shown), work)


@needs("note.write")
def undo(note_id: int) -> Response:
    """Says that what a trace asks for was not done after all: it waits again."""
    with reading(db.session) as session:
        note = notes.get_note(session, note_id)
    form = NoteUndoForm(held=held_fields())
    back = _place(note)

    def work(session: Session, _authority: str | None) -> Done:
        notes.undo_done(session, note_id, operator())
        return Done(back, _("It waits again: {text}", text=note.text[:80]))

    shown = {"form": form, "title": _(form.title), "lead": note.text, "action": request.path, "cancel": back}
    return answer(form, lambda: page("frontoffice/notes/form.html", **shown), work)


def _place(note: Note) -> str:
    """The page of what a note is about."""
    return PLACES[note.subject].format(note.subject_id)


def _id(text: str) -> int:
    """An id of the address; 0, which nothing has, when it is none."""
    return read_number(text) or 0
