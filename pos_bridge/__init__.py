"""The bridge to the outlets' terminals: who is in a room, may they charge, the charge itself, and the slip on paper.

A door on the top floor. It knows the front office and the ledger, and nothing of the night audit; a hotel runs without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Hangs the pages of the bridge and the interface for tills on `app`, its ears on the news, its proofs, its work
    beside them.
    """
    # Imported here: the command line imports this package without the web.
    from pos_bridge import (  # noqa: PLC0415
        api,
        linking,
        news,  # noqa: F401
        printing,
        proofs,  # noqa: F401
        shell,
        views,
    )

    shell.join()
    printing.init_app(app)
    linking.init_app(app)
    views.init_app(app)
    api.init_app(app)
