"""Who may open which page. Every view says so, `@needs("a.right")` or `@public`, or it is never served."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import current_app, request, session

from folios.db import reading
from folios.errors import N_, Refusal
from frontoffice import rights
from frontoffice.app import db

View = TypeVar("View", bound=Callable[..., Any])

PUBLIC = ""


class SignInNeeded(Refusal):
    code = "user.sign_in_needed"
    message = N_("Sign in first.")


def needs(right: str) -> Callable[[View], View]:
    """Declares the right that a view needs: a word of the table in `frontoffice.rights`."""
    if right not in rights.RIGHTS:
        raise LookupError(f"{right!r} is not in the table of rights")

    def declare(view: View) -> View:
        view.right = right  # type: ignore[attr-defined]
        return view

    return declare


def public(view: View) -> View:
    """Declares that a view is open to everybody, signed in or not."""
    view.right = PUBLIC  # type: ignore[attr-defined]
    return view


def declared_right(view: Callable[..., Any]) -> str | None:
    """The right a view needs, `PUBLIC`, or None when it declares nothing."""
    return getattr(view, "right", None)


def operator() -> str:
    """The code of the user who is signed in. Refuses (`SignInNeeded`) when nobody is."""
    code = session.get("operator")
    if not isinstance(code, str):
        raise SignInNeeded
    return code


def guard() -> None:
    """Runs before every view: refuses who is not signed in (`SignInNeeded`) or lacks the right (`NotAllowed`)."""
    if request.endpoint is None:
        return  # there is no such page, which is what the answer will say
    right = declared_right(current_app.view_functions[request.endpoint])
    if right is None:
        raise LookupError(f"the view {request.endpoint} declares no right")
    if right == PUBLIC:
        return
    with reading(db.session) as records:
        rights.require(records, operator(), right)
