"""The only clock of the house. The business date is not here: it belongs to the ledger (`folios.business_day`)."""

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)
