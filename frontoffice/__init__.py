"""The front office: guests, rooms, rates, stays, cashiering, users, and the shell of the web and of the command line.

The middle floor of the house. It stands on `folios` and knows nothing of the night audit or of the outlets' terminals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Hangs the language, the answers to refusals and the pages of the front office on `app`."""
    # Disputes, groups, house and room charges register proofs.
    from frontoffice import disputes, groups, house, language, room_charges, views  # noqa: F401, PLC0415

    language.init_app(app)
    views.init_app(app)
