"""The night audit: closes the business day, proves that the books balance, hands over the reports.

A door on the top floor. It knows the front office and the ledger, and nothing of the outlets' terminals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Hangs the night audit and the reports on `app`: proofs, questions, pages and what works beside."""
    # Imported here: the command line imports this package without the web.
    from night_audit import (  # noqa: PLC0415
        api,
        seals,  # noqa: F401 - registers a proof
        shell,
        views,
        work,  # noqa: F401 - registers kinds of jobs
    )
    from night_audit.reports import mailing  # noqa: F401, PLC0415 - registers the files that go with mails

    shell.join()
    views.init_app(app)
    api.init_app(app)
