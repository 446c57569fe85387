"""The pages of the bridge: the table of their addresses. The views themselves stand in a module per noun."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Flask

from frontoffice.views import hang

ROUTES: tuple[tuple[str, tuple[str, ...], Callable[..., Any]], ...] = ()


def init_app(app: Flask) -> None:
    """Hangs the pages on `app`."""
    hang(app, ROUTES)
