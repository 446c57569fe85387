"""The forms of users."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, ClassVar

from babel import Locale
from wtforms import HiddenField

from folios.errors import N_
from frontoffice.forms.base import Choice, EditForm, Form, Text, Yes
from frontoffice.language import languages
from frontoffice.roles import Listed

ROLE = "role_"


class HoldsRoles(Form):
    """A form with a box for each role; `seen_roles` are those that were ticked when it was shown."""

    seen_roles = HiddenField()

    def roles(self) -> list[str]:
        """The roles that are ticked."""
        return [field.name.removeprefix(ROLE) for field in self if field.name.startswith(ROLE) and field.data]

    def roles_seen(self) -> list[str]:
        """The roles that were ticked on the screen before, of those there are."""
        return [role for role in str(self.seen_roles.data or "").split() if f"{ROLE}{role}" in self]


class NewUserForm(HoldsRoles):
    """A new user, who gets a password to begin with."""

    title = N_("New user")
    PLACES: ClassVar = {
        "user.code_invalid": "code",
        "user.code_taken": "code",
        "user.name_missing": "name",
        "user.language_invalid": "language",
    }

    code = Text(N_("Code"), needed=True, most=32, hint=N_("What they sign in with, in small letters. It stays."))
    name = Text(N_("Name"), needed=True, most=100)
    language = Choice(N_("Language"), none=N_("as their browser asks"))


class UserForm(HoldsRoles, EditForm):
    """What can be changed of a user."""

    title = N_("User")
    PLACES: ClassVar = {"user.name_missing": "name", "user.language_invalid": "language"}

    name = Text(N_("Name"), needed=True, most=100)
    language = Choice(N_("Language"), none=N_("as their browser asks"))


class ResetForm(Form):
    """A fresh password for somebody."""

    submit = N_("Reset the password")


class SwitchForm(Form):
    """Lets somebody in, or no longer."""


def with_roles(
    form: type[NewUserForm] | type[UserForm], roles: Sequence[Listed], held_by: Collection[str], **more: Any
) -> Any:
    """The form with a box for each role, those of `held_by` ticked to begin with."""
    boxes = {f"{ROLE}{role.code}": Yes(role.name) for role in roles}
    begin = {f"{ROLE}{role}": True for role in held_by}
    made = type(form.__name__, (form,), boxes)(**begin, seen_roles=" ".join(sorted(held_by)), **more)
    spoken = {*languages(), *filter(None, [getattr(more.get("obj"), "language", None)])}
    made.language.offer([(each, str(Locale.parse(each).get_display_name())) for each in sorted(spoken)])
    return made
