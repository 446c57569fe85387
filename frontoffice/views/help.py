"""Keys and help: every key by screen, and short answers to what cashiers ask."""

from __future__ import annotations

from frontoffice import keys
from frontoffice.views.access import signed_in
from frontoffice.views.pages import may, page


@signed_in
def show() -> str:
    """The keys of the screens that are for the reader, and the answers."""
    return page(
        "frontoffice/help/show.html",
        everywhere=keys.EVERYWHERE,
        screens=[screen for screen in keys.SCREENS if may(screen.right)],
        answers=[answer for answer in keys.ANSWERS if may(answer.right)],
        pages=keys.PAGES,
        caps=keys.CAPS,
    )
