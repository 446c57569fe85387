"""The forms of notes and traces."""

from __future__ import annotations

from typing import ClassVar

from folios.errors import N_
from frontoffice.forms.base import Day, EditForm, Form, Paragraph, Text
from frontoffice.notes import MOST_DEPARTMENT, MOST_TEXT


class NoteForm(EditForm):
    """A note; with a day it is a trace."""

    title = N_("Note")
    PLACES: ClassVar = {"note.due_in_past": "due_on"}

    text = Paragraph(N_("Text"), needed=True, most=MOST_TEXT)
    due_on = Day(N_("To be done on"), hint=N_("With a day it is a trace and waits until it is done."))
    department = Text(N_("Department"), most=MOST_DEPARTMENT, hint=N_("Who has to do it, such as housekeeping."))


class NoteUndoForm(Form):
    """What a note asks for was not done after all."""

    title = N_("Was it not done?")
    submit = N_("It was not done")


class NoteDoneForm(Form):
    """What a note asks for was done."""

    title = N_("Was it done?")
    submit = N_("It was done")
