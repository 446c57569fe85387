"""The front office: guests, rooms, rates, stays, cashiering, users, and the shell of the web and of the command line.

The middle floor of the house. It stands on `folios` and knows nothing of the night audit or of the outlets' terminals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Hangs the language, the answers to refusals and the pages of the front office on `app`."""
    # All but the language and the views are here because they register proofs.
    from frontoffice import (  # noqa: PLC0415
        disputes,  # noqa: F401
        groups,  # noqa: F401
        house,  # noqa: F401
        invoices,  # noqa: F401
        language,
        room_charges,  # noqa: F401
        shifts,  # noqa: F401
        views,
    )

    language.init_app(app)
    views.init_app(app)
