"""The forms of signing in and of one's own password."""

from __future__ import annotations

from typing import ClassVar

from wtforms import HiddenField, PasswordField

from folios.errors import N_
from frontoffice.forms.base import Form, Text, needed


class SignInForm(Form):
    """Who signs in, and where they go then."""

    title = N_("Sign in")
    submit = N_("Sign in")

    user = Text(N_("User"), needed=True, most=100, render_kw={"autocomplete": "username"})
    password = PasswordField(N_("Password"), [needed], render_kw={"autocomplete": "current-password"})
    next = HiddenField()


class PasswordForm(Form):
    """One's own password."""

    title = N_("Change your password")
    submit = N_("Change password")
    PLACES: ClassVar = {
        "user.sign_in_refused": "old_password",
        "password.too_short": "password",
        "password.too_long": "password",
    }

    old_password = PasswordField(N_("Present password"), [needed], render_kw={"autocomplete": "current-password"})
    password = PasswordField(N_("New password"), [needed], render_kw={"autocomplete": "new-password"})
    again_password = PasswordField(N_("The same once more"), [needed], render_kw={"autocomplete": "new-password"})
