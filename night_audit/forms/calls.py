"""The form of who is told by mail: who is called when a night goes wrong, and who gets which reports in the morning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from folios.errors import N_
from frontoffice.forms.base import Choice, EditForm, Paragraph, Whole
from frontoffice.language import gettext as _
from night_audit.rules import FILE_FORMS

MOST_TYPED = 3000


class CallsForm(EditForm):
    """Who is told, and what; with a choice for each report, made by `calls_form`."""

    title = N_("Calls and the morning's pack")
    reports: ClassVar[Sequence[str]] = ()

    call_to = Paragraph(
        N_("Called when an unattended audit stops, fails or is missing"),
        most=MOST_TYPED,
        hint=N_("Mail addresses, one a line. One mail for each cause and day. Empty: nobody."),
    )
    call_after_hours = Whole(
        N_("Missing: hours after its time"),
        hint=N_("When it is not done by then, somebody is called. Empty: that is not watched."),
    )
    pack_to = Paragraph(
        N_("Get the morning's pack"),
        most=MOST_TYPED,
        hint=N_("Mail addresses, one a line: they get the chosen reports when a day is closed. Empty: nobody."),
    )

    mail_language = Choice(N_("Language of the mails"), needed=True)

    def choices(self) -> list[Choice]:
        """The fields of the reports, in the order in which these are listed."""
        return [self[_field(number)] for number in range(len(self.reports))]

    def files(self) -> str:
        """The files that were chosen, as the rules keep them."""
        chosen = zip(self.reports, self.choices(), strict=True)
        return " ".join(f"{name}.{field.data}" for name, field in chosen if field.data)


def calls_form(titles: dict[str, str], standing: dict[str, Any], files: str, **more: Any) -> CallsForm:
    """The form with what the rules say so far. `titles` are the reports there are, by name."""
    fields: dict[str, Any] = {"reports": tuple(titles)}
    chosen = dict(each.rpartition(".")[::2] for each in files.split())
    for number, (name, title) in enumerate(titles.items()):
        fields[_field(number)] = Choice(_(title), none=N_("not in it"))
        standing[_field(number)] = chosen.get(name)
    made: CallsForm = type("HouseCallsForm", (CallsForm,), fields)(**more, **standing)
    for field in made.choices():
        field.offer([(form, form.upper()) for form in FILE_FORMS])
    return made


def _field(number: int) -> str:
    return f"report_{number}"
