"""How the pages of one stay are rendered: its head above whatever is asked or shown below."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from folios.db import reading
from frontoffice.app import db
from frontoffice.forms.base import Form
from frontoffice.forms.reservations import CONDITION_WORDS, METHOD_WORDS, NATURE_WORDS
from frontoffice.stay_head import stay_head
from frontoffice.views.pages import page


def stay_page(template: str, stay_id: int, **values: Any) -> str:
    """A page of a stay, with its head."""
    with reading(db.session) as session:
        head_of_stay = stay_head(session, stay_id)
        return page(template, stay_head=head_of_stay, **WORDS, **values)


def deed_page(stay_id: int, form: Form, *, danger: bool = False, **values: Any) -> Callable[[], str]:
    """The page of a deed that is done with a stay: its form below the head; `rooms` beside, with reasons."""
    return lambda: stay_page("frontoffice/stays/deed.html", stay_id, form=form, danger=danger, **values)


WORDS = {"method_words": METHOD_WORDS, "nature_words": NATURE_WORDS, "condition_words": CONDITION_WORDS}
