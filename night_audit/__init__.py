"""The night audit: closes the business day, proves that the books balance, hands over the reports.

A door on the top floor. It knows the front office and the ledger, and nothing of the outlets' terminals.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flask import Flask


def init_app(app: Flask) -> None:
    """Hangs the night audit on `app`. It has no page yet."""
