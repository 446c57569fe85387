"""Addresses of what is named by a code that people chose: whatever stands in it, the address leads there."""

from __future__ import annotations

from urllib.parse import quote


def code_address(code: str, deed: str = "") -> str:
    """The page of a transaction code, or one of its deeds."""
    return _address("/set-up/code", code, deed)


def rate_address(code: str, deed: str = "") -> str:
    """The page of a rate, or one of its deeds."""
    return _address("/set-up/rate", code, deed)


def _address(under: str, code: str, deed: str) -> str:
    return f"{under}/{quote(code, safe='')}{f'/{deed}' if deed else ''}"
