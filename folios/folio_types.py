"""The seven folio types as one table: ledger, who may post, limit, close. Pure; its users stand elsewhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FolioType:
    """What a type of folio is allowed to do.

    `takes`: the kinds of voucher that may name such a folio as the account they are about. A folio that is only the
    other side of a voucher (a control folio, the tender of a payment) is not named by it.
    """

    name: str
    ledgers: tuple[str, ...]
    takes: frozenset[str]
    has_limit: bool
    closes: bool


_ACCOUNT = frozenset({"charge", "payment", "paid_out", "transfer", "correction", "allowance", "opening"})
_RECEIVABLE = _ACCOUNT - {"charge", "paid_out"}

FOLIO_TYPES = {
    each.name: each
    for each in (
        FolioType("individual", ("guest", "deposit"), _ACCOUNT, has_limit=True, closes=True),
        FolioType("master", ("guest",), _ACCOUNT, has_limit=True, closes=True),
        FolioType("non_guest", ("city",), _ACCOUNT, has_limit=True, closes=True),
        FolioType("staff", ("city",), _ACCOUNT, has_limit=True, closes=True),
        FolioType("control", ("control",), frozenset(), has_limit=False, closes=False),
        FolioType("semi_permanent", ("city",), _RECEIVABLE, has_limit=False, closes=True),
        FolioType("permanent", ("city",), _RECEIVABLE - {"transfer", "allowance"}, has_limit=False, closes=False),
    )
}

# A deposit is money held for a guest: nothing is charged to it.
DEPOSIT_REFUSES = frozenset({"charge", "paid_out", "allowance"})


def takes(kind: str, folio_type: str, ledger: str) -> bool:
    """Whether a voucher of `kind` may name a folio of this type and ledger as its account."""
    if ledger == "deposit" and kind in DEPOSIT_REFUSES:
        return False
    return kind in FOLIO_TYPES[folio_type].takes


def types_taking(kind: str) -> tuple[str, ...]:
    """The types a voucher of `kind` may name."""
    return tuple(name for name, each in FOLIO_TYPES.items() if kind in each.takes)
