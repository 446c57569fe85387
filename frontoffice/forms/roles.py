"""The forms of roles, and the one table of which role has which right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from flask import request
from wtforms import HiddenField

from folios.errors import N_
from frontoffice.forms.base import Choice, Form, Text
from frontoffice.rights import RIGHTS
from frontoffice.roles import Listed

GIVEN = "given"


class NewRoleForm(Form):
    """A new role, to begin with like another."""

    title = N_("New role")
    PLACES: ClassVar = {"role.code_invalid": "code", "role.code_taken": "code", "role.name_missing": "name"}

    code = Text(N_("Code"), needed=True, most=32, hint=N_("Short, in small letters, such as concierge. It stays."))
    name = Text(N_("Name"), needed=True, most=100)
    like = Choice(N_("To begin with, the rights of"), none="–")


class RenameRoleForm(Form):
    """Another name for a role. `seen` is the name that was on the screen."""

    title = N_("Rename a role")
    PLACES: ClassVar = {"role.name_missing": "name", "record.changed": "name"}

    seen = HiddenField()
    name = Text(N_("Name"), needed=True, most=100)

    def show_standing(self, name: str) -> None:
        """From here on the reader has seen this name."""
        self.seen.data = name
        self.seen.raw_data = None


class RemoveRoleForm(Form):
    """Takes a role away that nobody has."""

    title = N_("Remove a role")
    submit = N_("Remove the role")


class RightsForm(Form):
    """The table of rights by role. Each tick is sent as `role right`; `seen` is what was ticked when it was shown."""

    title = N_("Roles and rights")
    seen = HiddenField()

    def stand(self, roles: Sequence[Listed], held: Sequence[Sequence[str]] | None) -> None:
        """Ticks what stands, unless somebody sent or `held` other ticks; only known roles and rights count."""
        self.known = {role.code for role in roles}
        standing = {f"{role.code} {right}" for role in roles for right in role.rights}
        if held is not None:
            self.ticked = {value for name, value in held if name == GIVEN}
        elif self.is_submitted():
            self.ticked = set(request.form.getlist(GIVEN))
        else:
            self.ticked = standing
            self.seen.data = ",".join(sorted(standing))

    def wanted(self) -> dict[str, set[str]]:
        """The rights that are ticked, by role."""
        return self._by_role(self.ticked)

    def seen_rights(self) -> dict[str, set[str]]:
        """The rights that were ticked on the screen before, by role."""
        return self._by_role(set(str(self.seen.data or "").split(",")))

    def _by_role(self, ticks: set[str]) -> dict[str, set[str]]:
        found: dict[str, set[str]] = {}
        for tick in ticks:
            role, _space, right = tick.partition(" ")
            if role in self.known and right in RIGHTS:
                found.setdefault(role, set()).add(right)
        return found
