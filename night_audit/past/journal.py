"""The vouchers of one generated business day: each with its postings and event, as the ledger's own rules write them.

Nothing is checked here: who calls it says what may be. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from random import Random
from typing import Any

from sqlalchemy.orm import Session

from folios.drafts import ACTIONS
from folios.models import Posting, Voucher
from night_audit.past.house import CURRENCY, Check
from night_audit.past.rows import Rows, numbers

OPENS, MOMENTS = 7, 90  # an hour of UTC, and how many ten minutes


@dataclass(frozen=True, slots=True)
class Charged:
    """A check that was charged: its voucher and postings, to be taken back."""

    folio_id: int
    voucher_id: int
    posting_ids: tuple[int, ...]
    check: Check


class Journal:
    """Writes vouchers of `day` into `rows`; every amount that an account owes more or less is the caller's to keep."""

    def __init__(self, session: Session, day: date, rows: Rows, rng: Random) -> None:
        self.day, self.rng = day.isoformat(), rng
        self._vouchers, self._postings = numbers(session, Voucher.id), numbers(session, Posting.id)
        self._voucher, self._posting, self._event = (rows.of[each].append for each in ("voucher", "posting", "event"))
        # With an offset PostgreSQL knows the zone; SQLite keeps moments without one.
        zone = "" if session.get_bind().dialect.name == "sqlite" else "+00:00"
        self._moments = [f"{self.day} {OPENS + n // 6:02}:{n % 6 * 10:02}:00.000000{zone}" for n in range(MOMENTS)]

    @property
    def moment(self) -> str:
        """Some time between seven in the morning and ten at night."""
        return self.rng.choice(self._moments)

    def at(self, hour: int) -> str:
        """A whole hour of the day."""
        return self._moments[(hour - OPENS) * 6]

    def event(self, action: str, subject: str, operator: str, after: str | None = None) -> None:
        """What was done beside the books; `after` is JSON."""
        self._event((self.moment, self.day, operator, action, subject, after))

    def charge(
        self,
        folio_id: int,
        check: Check,
        operator: str,
        *,
        check_number: str | None = None,
        covers: int | None = None,
        key: tuple[Any, Any] = (None, None),
        reference: str | None = None,
    ) -> Charged:
        """A charge; `key` is its sender and key."""
        facts = (check.outlet, None, *key, check_number, covers, reference, None, None, None)
        voucher = self._write("charge", folio_id, check.total_minor, operator, facts)
        ids = []
        for line, sold in enumerate(check.lines, 1):
            posting = next(self._postings)
            ids.append(posting)
            self._posting(
                (
                    posting,
                    voucher,
                    line,
                    sold.parent,
                    self.day,
                    folio_id,
                    sold.credit,
                    sold.amount_minor,
                    sold.code,
                    1,
                    sold.text,
                    sold.tax_base_minor,
                    sold.tax_rate_ppm,
                    None,
                    None,
                    None,
                )
            )
        return Charged(folio_id, voucher, tuple(ids), check)

    def move(
        self,
        kind: str,
        amount_minor: int,
        code: str,
        *,
        debit: int,
        credit: int,
        operator: str,
        subject: int | None = None,
        shift: str | None = None,
        key: tuple[Any, Any] = (None, None),
        reference: str | None = None,
        source: int | None = None,
    ) -> int:
        """A voucher of one posting: a payment, a paid-out, cash that is carried; returns the posting.

        `source`: a payment whose value is moved on.
        """
        facts = (None, shift, *key, None, None, reference, None, None, None)
        voucher = self._write(kind, credit if subject is None else subject, amount_minor, operator, facts)
        posting = next(self._postings)
        side = None if source is None else "credit"
        tail = (1, None, None, None, source, side, source)
        self._posting((posting, voucher, 1, None, self.day, debit, credit, amount_minor, code, *tail))
        return posting

    def take_back(self, kind: str, charged: Charged, operator: str, reason: str, authorised_by: str | None) -> None:
        """A correction or an allowance of all that was charged."""
        check, folio_id = charged.check, charged.folio_id
        facts = (None, None, None, None, None, None, None, reason, authorised_by, charged.voucher_id)
        voucher = self._write(kind, folio_id, check.total_minor, operator, facts)
        for line, (source, sold) in enumerate(zip(charged.posting_ids, check.lines, strict=True), 1):
            head = (next(self._postings), voucher, line, sold.parent, self.day, sold.credit, folio_id)
            self._posting((*head, sold.amount_minor, sold.code, 1, sold.text, None, None, source, "both", source))

    def _write(self, kind: str, subject: int, total_minor: int, operator: str, facts: Sequence[Any]) -> int:
        """The voucher and its event."""
        voucher, at = next(self._vouchers), self.rng.choice(self._moments)
        self._voucher((voucher, kind, self.day, at, CURRENCY, operator, *facts))
        told = f'{{"voucher": {voucher}, "total_minor": {total_minor}}}'
        self._event((at, self.day, operator, ACTIONS[kind], f"folio:{subject}", told))
        return voucher
