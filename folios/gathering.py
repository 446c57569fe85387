"""Bringing together on one folio what stands on many: a group's bills on its master, one voucher per folio.

Moving from one folio to another stands in `transfers.py`; this is the same for many at once, with one key for all.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.business_day import hold_open_day
from folios.codes import catalogue
from folios.drafts import Draft, Line, Origin, Posted
from folios.errors import SameFolio, VoucherEmpty
from folios.folios import lock_folios
from folios.lines import Standing, moving_line, standing_lines, take, take_all
from folios.models import Posting, Voucher
from folios.texts import clean_text
from folios.vouchers import first_answer, post

SEPARATOR = "/"  # between the key that was sent and the folio, in the keys of all vouchers but the first


def gather(
    session: Session,
    folio_ids: Collection[int],
    to_folio_id: int,
    origin: Origin,
    *,
    codes: Collection[str] | None = None,
    asked: object = None,
    reason: str | None = None,
    over_limit_by: str | None = None,
) -> dict[int, Posted]:
    """Moves what stands on open folios to another: everything on those that are not at zero, payments too; or only the
    lines with these `codes`, with what they generated. One voucher per folio, in a constant number of statements.

    The key stands for all of them together: sent again, the first answers are given, whatever stands there by now.
    `asked` is what the sender chose the folios by, when that is what a repetition is recognised by instead of them.
    Answers by folio, those left out of which nothing was moved. Refuses when that is all (`VoucherEmpty`), the target
    among the folios, a target that is closed or takes no transfer, and its house limit.
    """
    if to_folio_id in folio_ids:
        raise SameFolio
    chosen = None if codes is None else sorted(set(codes))
    by = sorted(folio_ids) if asked is None else asked
    content = ["gather", by, to_folio_id, chosen, reason, over_limit_by]
    hold_open_day(session)
    rows = lock_folios(session, {*folio_ids, to_folio_id})
    first = first_answer(session, "transfer", origin, content)
    if first is not None:
        return _answers(session, origin, first)
    open_ids = [folio_id for folio_id in sorted(folio_ids) if rows[folio_id].status == "open"]
    standing = standing_lines(session, open_ids)
    why = clean_text("reason", reason, 500)
    drafts: list[Draft] = []
    for folio_id in open_ids:
        if chosen is None:
            lines = _all(standing[folio_id], to_folio_id) if rows[folio_id].balance_minor else []
        else:
            lines = _with_codes(session, standing[folio_id], folio_id, to_folio_id, chosen)
        if lines:
            drafts.append(
                Draft(
                    kind="transfer",
                    origin=_keyed(origin, folio_id, first=not drafts),
                    currency=catalogue(session, fresh=False).currency,
                    lines=tuple(lines),
                    accounts=(folio_id, to_folio_id),
                    limited=over_limit_by is None,
                    content=content,
                    reason=why,
                    authorised_by=clean_text("authorised by", over_limit_by, 32),
                )
            )
    if not drafts:
        raise VoucherEmpty
    return {draft.subject: answer for draft, answer in zip(drafts, post(session, drafts), strict=True)}


def _all(standing: Sequence[Standing], to_folio_id: int) -> list[Line]:
    return [moving_line(each, to_folio_id) for each in take_all(standing)]


def _with_codes(
    session: Session, standing: Sequence[Standing], folio_id: int, to_folio_id: int, codes: Collection[str]
) -> list[Line]:
    there = {(each.voucher_id, each.line, each.side) for each in standing}
    chosen = [
        each.posting_id
        for each in standing
        if each.code in codes and (each.voucher_id, each.parent_line, each.side) not in there
    ]
    return [moving_line(each, to_folio_id) for each in take(session, standing, folio_id, chosen)]


def _keyed(origin: Origin, folio_id: int, *, first: bool) -> Origin:
    """The first voucher carries the key that was sent, the others one made from it."""
    if origin.key is None or first:
        return origin
    key = f"{origin.key}{SEPARATOR}{folio_id}"
    return Origin(origin.operator, origin.outlet, origin.terminal, origin.shift, origin.sender, key)


def _answers(session: Session, origin: Origin, first: Posted) -> dict[int, Posted]:
    """What was answered when the key came first, by folio: the vouchers that carry it, and keys made from it."""
    made = Voucher.key.startswith(f"{origin.key}{SEPARATOR}", autoescape=True)
    moved_from = sa.case((Posting.source_side == "debit", Posting.credit_folio_id), else_=Posting.debit_folio_id)
    wanted = (
        sa.select(Voucher.id, Voucher.business_date, sa.func.min(moved_from), sa.func.sum(Posting.amount_minor))
        .join(Posting, Posting.voucher_id == Voucher.id)
        .where(
            Voucher.sender == origin.sender,
            sa.or_(Voucher.id == first.voucher_id, made),
            Voucher.content_hash
            == sa.select(Voucher.content_hash).where(Voucher.id == first.voucher_id).scalar_subquery(),
        )
        .group_by(Voucher.id, Voucher.business_date)
        .order_by(Voucher.id)
    )
    return {
        folio_id: Posted(voucher_id, day, int(total), replayed=True)
        for voucher_id, day, folio_id, total in session.execute(wanted)
    }
