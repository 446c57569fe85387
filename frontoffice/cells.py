"""Text in the cells of a CSV file, so that a spreadsheet takes it for text."""

from __future__ import annotations

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")  # the wide ones count too


def harmless(text: str) -> str:
    """Text that a spreadsheet would take for a formula, with a quote before it."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
