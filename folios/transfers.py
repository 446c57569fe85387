"""Transfers: a line, several, or all of a folio moved to another folio; splits over several folios.

Each moved line points at the posting it takes its value from, so that history stays visible on both folios. A transfer
between guests, groups, accounts and receivables touches no control folio: no revenue moves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from sqlalchemy.orm import Session

from folios.business_day import hold_open_day
from folios.codes import catalogue
from folios.drafts import Draft, Line, Origin, Posted
from folios.errors import AmountNotPositive, SameFolio
from folios.folios import lock_folios
from folios.lines import Selection, Standing, Taken, moving_line, standing_lines, take, take_all
from folios.money import allocate
from folios.texts import clean_text
from folios.vouchers import first_answer, post


def transfer(
    session: Session,
    folio_id: int,
    to_folio_id: int,
    postings: Selection,
    origin: Origin,
    *,
    reason: str | None = None,
    over_limit_by: str | None = None,
) -> Posted:
    """Moves postings, whole or in part, with what they generated. The receiving folio's house limit holds.

    Refuses what `take` refuses, folios that take no transfer, and a transfer to the folio itself.
    """
    content = ["transfer", folio_id, to_folio_id, list(postings), reason, over_limit_by]
    standing = _locked(session, [(folio_id, to_folio_id)])[folio_id]
    answer = first_answer(session, "transfer", origin, content)
    if answer is not None:
        return answer
    moved = [moving_line(each, to_folio_id) for each in take(session, standing, folio_id, postings)]
    draft = _draft(session, folio_id, [to_folio_id], moved, origin, content, reason, over_limit_by)
    return post(session, [draft])[0]


def transfer_all(
    session: Session,
    folio_id: int,
    to_folio_id: int,
    origin: Origin,
    *,
    reason: str | None = None,
    over_limit_by: str | None = None,
) -> Posted:
    """Moves everything that stands on a folio, charges and payments alike. Refuses an empty folio (`VoucherEmpty`)."""
    content = transfer_all_content(folio_id, to_folio_id, reason, over_limit_by)
    standing = _locked(session, [(folio_id, to_folio_id)])[folio_id]
    answer = first_answer(session, "transfer", origin, content)
    if answer is not None:
        return answer
    moved = [moving_line(each, to_folio_id) for each in take_all(standing)]
    draft = _draft(session, folio_id, [to_folio_id], moved, origin, content, reason, over_limit_by)
    return post(session, [draft])[0]


def transfer_all_content(
    folio_id: int, to_folio_id: int, reason: str | None = None, over_limit_by: str | None = None
) -> object:
    """What `transfer_all` asks, to be recognised by when its key comes again."""
    return ["transfer all", folio_id, to_folio_id, reason, over_limit_by]


def transfer_each(
    session: Session,
    pairs: Sequence[tuple[int, int]],
    origin: Origin,
    *,
    reason: str | None = None,
    over_limit_by: str | None = None,
    business_date: date | None = None,
) -> list[Posted]:
    """`transfer_all` for many (from, to) pairs, one voucher each, in a constant number of statements; no key.

    `business_date` is given by the night audit alone, for the day it is auditing.
    """
    if origin.key is not None:
        raise ValueError("one key cannot stand for many vouchers")
    standing = _locked(session, pairs)
    drafts = []
    for folio_id, to_folio_id in pairs:
        moved = [moving_line(each, to_folio_id) for each in take_all(standing[folio_id])]
        standing[folio_id] = []  # a folio named twice has nothing left the second time
        draft = _draft(session, folio_id, [to_folio_id], moved, origin, None, reason, over_limit_by)
        drafts.append(replace(draft, business_date=business_date))
    return post(session, drafts)


def split(
    session: Session,
    folio_id: int,
    posting_id: int,
    parts: Sequence[tuple[int, int]],
    origin: Origin,
    *,
    reason: str | None = None,
    over_limit_by: str | None = None,
) -> Posted:
    """Splits one posting over folios by weights: (folio, weight) each; what falls to its own folio stays there.

    Equal weights split into pieces, percentages by percent, minor units by amount. Shares add up to the posting.
    """
    others = sorted({target for target, _ in parts if target != folio_id})
    if not others:
        raise SameFolio
    if any(weight < 0 for _, weight in parts) or not any(weight for target, weight in parts if target != folio_id):
        raise AmountNotPositive
    content = ["split", folio_id, posting_id, [list(part) for part in parts], reason, over_limit_by]
    standing = _locked(session, [(folio_id, target) for target in others])[folio_id]
    answer = first_answer(session, "transfer", origin, content)
    if answer is not None:
        return answer
    family = take(session, standing, folio_id, [posting_id])
    by_line = [allocate(each.amount_minor, [weight for _, weight in parts]) for each in family]
    moved: list[Line] = []
    for index, (target, _) in enumerate(parts):
        if target != folio_id:
            moved.extend(_share(family, [shares[index] for shares in by_line], target, len(moved)))
    return post(session, [_draft(session, folio_id, others, moved, origin, content, reason, over_limit_by)])[0]


def _share(family: Sequence[Taken], amounts: Sequence[int], target: int, behind: int) -> list[Line]:
    """One folio's part of a line and of what it generated, numbered after the `behind` lines that stand before it."""
    parent = behind + 1 if amounts[0] else None
    return [
        moving_line(Taken(each.line, amount, parent if each.parent else None), target)
        for each, amount in zip(family, amounts, strict=True)
        if amount
    ]


def _locked(session: Session, pairs: Sequence[tuple[int, int]]) -> dict[int, list[Standing]]:
    for folio_id, to_folio_id in pairs:
        if folio_id == to_folio_id:
            raise SameFolio
    hold_open_day(session)
    lock_folios(session, {folio_id for pair in pairs for folio_id in pair})
    return standing_lines(session, {folio_id for folio_id, _ in pairs})


def _draft(
    session: Session,
    folio_id: int,
    targets: Sequence[int],
    moved: Sequence[Line],
    origin: Origin,
    content: object,
    reason: str | None,
    over_limit_by: str | None,
) -> Draft:
    return Draft(
        kind="transfer",
        origin=origin,
        currency=catalogue(session, fresh=False).currency,
        lines=tuple(moved),
        accounts=(folio_id, *targets),
        limited=over_limit_by is None,
        content=content,
        reason=clean_text("reason", reason, 500),
        authorised_by=clean_text("authorised by", over_limit_by, 32),
    )
