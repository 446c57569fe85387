"""The pages of the night audit and the reports: the table of their addresses. Views stand in a module per noun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from frontoffice.views import BOTH, GET, hang
from night_audit.views import audit, clockwork

ROUTES: tuple[tuple[str, tuple[str, ...], Callable[..., Any]], ...] = (
    # the audit
    ("/night-audit", GET, audit.show),
    ("/night-audit/run", BOTH, audit.run),
    ("/night-audit/resume", BOTH, audit.resume),
    ("/night-audit/rehearse", BOTH, audit.rehearse),
    ("/night-audit/checks/<code>/accept", BOTH, audit.accept),
    ("/night-audit/rules", BOTH, audit.set_rules),
    ("/night-audit/clock", GET, clockwork.show),
)


def init_app(app: Flask) -> None:
    """Hangs the pages on `app`."""
    hang(app, ROUTES)
