"""What stands in suspense: charges that outlets sent and nobody could place, until the desk moves them to who pays.

A charge in suspense is a charge like any other, on a master folio. It is placed by the ledger's transfer and taken back
by its correction, so two who place the same at once are told apart by what is left of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from folios import clock
from folios.business_day import open_date
from folios.drafts import Posted
from folios.errors import N_, Refusal, VoucherUnknown
from folios.lines import Standing, standing_lines
from folios.models import Folio, Posting, Voucher
from frontoffice import folio_deeds
from frontoffice.language import gettext as _
from pos_bridge.models.messages import PosRequest
from pos_bridge.models.outlets import Outlet

MOST_LISTED = 200

_FOLIOS = sa.select(Outlet.suspense_folio_id).where(Outlet.suspense_folio_id.is_not(None))
_taker, _origin = aliased(Posting), aliased(Posting)
_TAKEN = (
    sa.select(sa.func.coalesce(sa.func.sum(_taker.amount_minor), 0))
    .where(_taker.source_posting_id == Posting.id, _taker.source_side.in_(("debit", "both")))
    .scalar_subquery()
)
_COUNT = (
    sa.select(sa.func.count(sa.distinct(_origin.voucher_id)))
    .select_from(Folio)
    .join(Posting, Posting.debit_folio_id == Folio.id)
    .join(_origin, _origin.id == sa.func.coalesce(Posting.origin_posting_id, Posting.id))
    .where(Folio.id.in_(_FOLIOS), Folio.balance_minor != 0)
    .where(sa.or_(Posting.source_side.is_(None), Posting.source_side == "debit"), Posting.amount_minor > _TAKEN)
)


class NotInSuspense(Refusal):
    code = "suspense.placed"
    message = N_("Voucher {voucher} is not in suspense any more: somebody placed it, or took it back.")


@dataclass(frozen=True, slots=True)
class Suspended:
    """What is left in suspense of one charge, by the voucher it began as.

    `lines` are the postings to move; the taxes they generated follow them. What the terminal sent (`message_id`,
    `place`, `why`) is None where it came there by hand. `days` are business days since its own.
    """

    voucher_id: int
    folio_id: int
    folio: str
    lines: tuple[int, ...]
    left_minor: int
    business_date: date
    days: int
    at: datetime
    age: timedelta
    outlet: str | None
    terminal: str | None
    check_number: str | None
    message_id: int | None
    place: str | None
    why: str | None

    @property
    def hours(self) -> int:
        """How many hours ago it came."""
        return int(self.age.total_seconds() // 3600)


def suspended(session: Session) -> list[Suspended]:
    """All that stands in suspense, the oldest first. Three statements."""
    folios: dict[int, str] = {
        row.id: row.number for row in session.execute(sa.select(Folio.id, Folio.number).where(Folio.id.in_(_FOLIOS)))
    }
    lines = standing_lines(session, folios) if folios else {}
    return _described(session, folios, _by_charge(each for found in lines.values() for each in found))


def one_suspended(session: Session, voucher_id: int) -> Suspended:
    """What is left in suspense of one charge. Refuses an unknown voucher, and `NotInSuspense`."""
    for each in suspended(session):
        if each.voucher_id == voucher_id:
            return each
    if session.get(Voucher, voucher_id) is None:
        raise VoucherUnknown(voucher=voucher_id)
    raise NotInSuspense(voucher=voucher_id)


def place(
    session: Session,
    voucher_id: int,
    operator: str,
    *,
    room: str | None = None,
    number: str | None = None,
    reason: str | None = None,
    over_limit_by: str | None = None,
    key: str,
) -> tuple[Posted, int]:
    """Moves what is left of a charge from suspense to the guest in a room, or to the folio of a number.

    Returns what was posted, and the folio it went to. Refuses what is not in suspense any more (`NotInSuspense`, or
    `NothingLeft` by who was faster by an instant), no target or two, an empty room, and as `folios.transfers.transfer`.
    """
    found = one_suspended(session, voucher_id)
    to_folio_id = folio_deeds.target_folio(session, found.folio_id, operator, to=None, room=room, number=number)
    posted = folio_deeds.transfer_lines(
        session,
        found.folio_id,
        to_folio_id,
        found.lines,
        operator,
        reason=reason or found.why,
        over_limit_by=over_limit_by,
        key=key,
    )
    return posted, to_folio_id


def status(session: Session) -> str | None:
    """How many charges stand in suspense, for the top bar. One statement, which finds no folio while there are none."""
    count = session.scalar(_COUNT)
    return _("{count} in suspense", count=count) if count else None


def _by_charge(lines: Any) -> dict[tuple[int, int], list[Standing]]:
    found: dict[tuple[int, int], list[Standing]] = {}
    for each in lines:
        found.setdefault((each.origin_voucher_id, each.folio_id), []).append(each)
    return found


def _described(
    session: Session, folios: dict[int, str], charges: dict[tuple[int, int], list[Standing]]
) -> list[Suspended]:
    if not charges:
        return []
    ids = sorted({voucher_id for voucher_id, _folio in charges})
    sent = sa.select(PosRequest).where(PosRequest.voucher_id.in_(ids), PosRequest.kind == "charge")
    messages: dict[int | None, PosRequest] = {row.voucher_id: row for row in session.scalars(sent)}
    vouchers = {row.id: row for row in session.scalars(sa.select(Voucher).where(Voucher.id.in_(ids)))}
    today, now = open_date(session), clock.now()
    found = []
    for (voucher_id, folio_id), lines in charges.items():
        voucher, message = vouchers[voucher_id], messages.get(voucher_id)
        found.append(
            Suspended(
                voucher_id,
                folio_id,
                folios[folio_id],
                _to_move(lines),
                sum(each.left_minor if each.side == "debit" else -each.left_minor for each in lines),
                voucher.business_date,
                (today - voucher.business_date).days,
                voucher.written_at,
                now - voucher.written_at,
                voucher.outlet,
                voucher.terminal,
                voucher.check_number,
                message.id if message else None,
                message.place if message else None,
                message.answer.get("text") if message else None,
            )
        )
    return sorted(found, key=lambda each: each.voucher_id)


def _to_move(lines: Sequence[Standing]) -> tuple[int, ...]:
    """The lines that are chosen for all of them to follow: no generated line beside the one that generated it."""
    there = {(each.voucher_id, each.line, each.side) for each in lines}
    return tuple(
        each.posting_id
        for each in lines
        if each.parent_line is None or (each.voucher_id, each.parent_line, each.side) not in there
    )
