"""Where the figures of a report lead: addresses of the pages that list what a figure was made from.

Only written here; `frontoffice.views` pages and `night_audit.views` answer them.
"""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import quote_plus

POSTINGS, STAYS, BUDGETS = "/reports/postings", "/reports/stays", "/reports/budgets"


def postings(first: date | None, last: date, measure: str, **facts: Any) -> str:
    """The postings behind an amount; `measure` says which side counts (`drilling.MEASURES`). A list asks for any."""
    asked = {"first": first, "last": last, "measure": measure, **facts}
    return f"{POSTINGS}?{_query(asked)}"


def narrowing(**facts: Any) -> str:
    """What stands behind an address of postings that is to be of these facts too."""
    return f"&{_query(facts)}"


def stays(of: str, first: date, last: date, **facts: Any) -> str:
    """The stays, nights or rooms behind a count."""
    return f"{STAYS}?{_query({'of': of, 'first': first, 'last': last, **facts})}"


def _query(asked: dict[str, Any]) -> str:
    """A ledger has thousands of these: dates and numbers, which most of it are, need no quoting."""
    pairs = []
    for name, value in asked.items():
        for each in value if isinstance(value, (list, tuple)) else [value]:
            if each is not None:
                pairs.append(f"{name}={quote_plus(each) if isinstance(each, str) else each}")
    return "&".join(pairs)


def voucher(voucher_id: int) -> str:
    """A voucher."""
    return f"/folios/voucher/{voucher_id}"


def folio(folio_id: int) -> str:
    """A folio with its lines."""
    return f"/folios/{folio_id}"


def stay(stay_id: int) -> str:
    """A stay."""
    return f"/stays/{stay_id}"


def room(number: str) -> str:
    """A room on the rack of the open day."""
    return f"/rooms?{_query({'find': number})}"


def shift(shift_id: int) -> str:
    """The report of a shift."""
    return f"/shifts/{shift_id}/report"


def summed(name: str, day: str, part: str, column: str, group: str | None = None) -> str:
    """What a sum of a report is made of: that of a group, else the total of the part."""
    asked = {"date": day, "part": part, "column": column, "group": group}
    return f"/reports/{name}/sum?{_query(asked)}"


def report(name: str, day: date | str) -> str:
    """A report of a day."""
    return f"/reports/{name}?date={day}"
