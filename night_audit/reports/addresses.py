"""Where the figures of a report lead: addresses of the pages that list what a figure was made from.

Only written here; `frontoffice.views` pages and `night_audit.views` answer them.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote_plus

POSTINGS, STAYS, BUDGETS = "/reports/postings", "/reports/stays", "/reports/budgets"


def postings(first: date | None, last: date, measure: str, **facts: Any) -> str:
    """The postings behind an amount; `measure` says which side counts (`drilling.MEASURES`)."""
    asked = {"first": first, "last": last, "measure": measure, **facts}
    return f"{POSTINGS}?{_query({name: each for name, each in asked.items() if each is not None})}"


def stays(of: str, first: date, last: date) -> str:
    """The stays, nights or rooms behind a count."""
    return f"{STAYS}?{_query({'of': of, 'first': first, 'last': last})}"


def _query(asked: dict[str, Any]) -> str:
    """A ledger has thousands of these: dates and numbers, which most of it are, need no quoting."""
    return "&".join(f"{name}={quote_plus(each) if isinstance(each, str) else each}" for name, each in asked.items())


def voucher(voucher_id: int) -> str:
    """A voucher."""
    return f"/folios/voucher/{voucher_id}"


def folio(folio_id: int) -> str:
    """A folio with its lines."""
    return f"/folios/{folio_id}"


def stay(stay_id: int) -> str:
    """A stay."""
    return f"/stays/{stay_id}"


def shift(shift_id: int) -> str:
    """The report of a shift."""
    return f"/shifts/{shift_id}/report"


def report(name: str, day: date) -> str:
    """A report of a day."""
    return f"/reports/{name}?date={day}"
