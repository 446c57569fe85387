"""The one way into the ledger: `post` writes vouchers with their postings, balances and events, or refuses.

A verb (charge, pay, correct, transfer, ...) makes drafts; everything that must hold for any voucher is held here: the
day is open, the folios are open and take this kind, the currency is theirs, the house limit stands, the sender's key
was not used for something else. Locks are taken in one order: the day with its gate, then folios by id.

On PostgreSQL charges first try `folios.one_round_trip`, which writes all or nothing in one statement under the same
conditions; whatever it does not write comes here, where the reason is found.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from folios import clock, one_round_trip
from folios.business_day import hold_day
from folios.drafts import ACTIONS, Assumed, Draft, Origin, Posted, Stale, movement, posting_row, stored, voucher_row
from folios.errors import (
    AmountNotPositive,
    AmountTooLarge,
    ControlFolioByHand,
    CurrencyMismatch,
    DatabaseBusy,
    DatabaseRefusal,
    DayClosed,
    FolioClosed,
    HouseLimitExceeded,
    KeyReused,
    NoOpenDay,
    Refusal,
    SameFolio,
    VoucherEmpty,
    WrongFolioType,
)
from folios.folio_types import takes
from folios.folios import forget_balances, lock_folios
from folios.ids import next_ids
from folios.models import Event, Folio, Posting, Voucher
from folios.money import MOST_MINOR, Money
from folios.prepared import Prepared

__all__ = ["Assumed", "Draft", "Origin", "Posted", "Stale", "answered", "first_answer", "post", "post_at_once"]


def post(session: Session, drafts: Sequence[Draft], assumed: Assumed | None = None) -> list[Posted]:
    """Writes all drafts or refuses; returns one answer each, in order. A constant number of statements.

    A refusal may leave locks behind, never a part of a voucher: let it end the unit of work, or a savepoint.
    """
    for draft in drafts:
        _check_figures(draft)
    keys = [(draft.origin.sender, draft.origin.key) for draft in drafts if draft.origin.key]
    if len(set(keys)) < len(keys):
        raise ValueError("the same key stands twice in one batch")
    session.flush()
    answers: dict[int, Posted] = {}
    if assumed is not None and session.get_bind().dialect.name == "postgresql":
        answers = one_round_trip.write(session.connection(), drafts, assumed)
    if len(answers) < len(drafts):
        rest = [index for index in range(len(drafts)) if index not in answers]
        answers |= dict(zip(rest, _post_stepwise(session, [drafts[index] for index in rest], assumed), strict=True))
    forget_balances(session, {folio_id for draft in drafts for folio_id in stored(draft)})
    return [answers[index] for index in range(len(drafts))]


def post_at_once(session: Session, draft: Draft, assumed: Assumed) -> Posted | None:
    """Writes a charge if one statement does; None: it wrote nothing, and `post` will say why. PostgreSQL only."""
    _check_figures(draft)
    return one_round_trip.write(session.connection(), [draft], assumed).get(0)


def first_answer(session: Session, kind: str, origin: Origin, content: object) -> Posted | None:
    """The answer given when this was sent before, for verbs whose choice of lines depends on what is left.

    Call it once the folios are locked. Refuses (`KeyReused`) the same key with other content.
    """
    return _first_answers(session, kind, [(origin, content)]).get(0)


def answered(
    session: Session,
    kind: str,
    asked: Sequence[tuple[Origin, object]],
    write: Callable[[Sequence[int]], list[Posted]],
) -> list[Posted]:
    """What `write` answers for all of `asked` (it takes their indexes), all or none of them.

    When it refuses, what was sent before is answered as it was then, whatever has changed since: a code switched off,
    an account closed, a day over. The refusal stands if it concerns the others too.
    """
    try:
        return write(range(len(asked)))
    except DatabaseRefusal:
        raise  # nothing was refused: the database could not, and may have been left in the middle
    except Refusal:
        answers = _first_answers(session, kind, asked)
        if not answers:
            raise
        rest = [index for index in range(len(asked)) if index not in answers]
        answers |= dict(zip(rest, write(rest), strict=True)) if rest else {}
        return [answers[index] for index in range(len(asked))]


def _first_answers(session: Session, kind: str, asked: Sequence[tuple[Origin, object]]) -> dict[int, Posted]:
    drafts = [
        Draft(kind=kind, origin=origin, currency="", lines=(), accounts=(), content=content)
        for origin, content in asked
    ]
    return _replays(session.connection(), drafts)


def _check_figures(draft: Draft) -> None:
    if not draft.lines:
        raise VoucherEmpty
    for line in draft.lines:
        if line.amount_minor <= 0:
            raise AmountNotPositive
    if draft.total_minor > MOST_MINOR:
        raise AmountTooLarge(amount=Money(draft.total_minor, draft.currency))


# --- step by step: the reference, on both engines -----------------------------------------------------------

_KEYS = sa.select(Voucher.id, Voucher.sender, Voucher.key, Voucher.content_hash, Voucher.business_date).where(
    sa.tuple_(Voucher.sender, Voucher.key).in_(sa.bindparam("keys", expanding=True))
)
_TOTALS = (
    sa.select(Posting.voucher_id, sa.func.sum(Posting.amount_minor))
    .where(Posting.voucher_id.in_(sa.bindparam("ids", expanding=True)))
    .group_by(Posting.voucher_id)
)
_KEY = sa.select(Voucher.id).where(Voucher.sender == sa.bindparam("sender"), Voucher.key == sa.bindparam("key"))
_KEY_USED = Prepared({"sqlite": _KEY, "postgresql": _KEY})

_NAMED = [column.name for column in Voucher.__table__.columns]
_ONCE = {
    dialect: insert(Voucher).on_conflict_do_nothing(index_elements=["sender", "key"])
    for dialect, insert in (("sqlite", sqlite_insert), ("postgresql", postgresql_insert))
}
_INSERT_VOUCHER = Prepared(
    {dialect: once.returning(Voucher.id) for dialect, once in _ONCE.items()}, [name for name in _NAMED if name != "id"]
)
_INSERT_VOUCHERS = Prepared(_ONCE, _NAMED)


def _inserted(table: type[Posting | Event]) -> Prepared:
    columns = [column.name for column in table.__table__.columns if column.name != "id"]
    return Prepared(dict.fromkeys(_ONCE, sa.insert(table)), columns)


_INSERT_POSTING, _INSERT_EVENT = _inserted(Posting), _inserted(Event)
_folios = Folio.__table__
_ADD_TO_BALANCE = Prepared(
    dict.fromkeys(
        _ONCE,
        sa.update(_folios)  # type: ignore[arg-type]
        .where(_folios.c.id == sa.bindparam("folio"))
        .values(balance_minor=_folios.c.balance_minor + sa.bindparam("amount")),
    )
)


def _post_stepwise(session: Session, drafts: Sequence[Draft], assumed: Assumed | None) -> list[Posted]:
    connection = session.connection()
    day, mark = _lock_day(connection, drafts)
    rows = lock_folios(session, {folio_id for draft in drafts for folio_id in stored(draft)})
    replayed = _replays(connection, drafts)
    fresh = [index for index in range(len(drafts)) if index not in replayed]
    new = [drafts[index] for index in fresh]
    if new:
        _check_assumed(assumed, day, mark, rows)
        _check_folios(new, rows)
        written = _write(session, connection, new, day)
        replayed |= dict(zip(fresh, written, strict=True))
    return [replayed[index] for index in range(len(drafts))]


def _lock_day(connection: Connection, drafts: Sequence[Draft]) -> tuple[date, int]:
    """The day the drafts go into, held open until the unit of work ends. The audit's own day is named by its drafts."""
    named = {draft.business_date for draft in drafts}
    if len(named) > 1:
        raise ValueError("drafts for different days cannot be posted together")
    wanted = named.pop()
    held = hold_day(connection, "open" if wanted is None else "auditing")
    if held is None and wanted is None:
        raise NoOpenDay
    if held is None or (wanted is not None and held[0] != wanted):
        raise DayClosed(day=wanted)
    return held


def _replays(connection: Connection, drafts: Sequence[Draft]) -> dict[int, Posted]:
    """The first answers of drafts whose key was used before, by index. Refuses (`KeyReused`) other content."""
    keyed = {(draft.origin.sender, draft.origin.key): index for index, draft in enumerate(drafts) if draft.origin.key}
    if not keyed:
        return {}
    if len(keyed) == 1 and _KEY_USED.run(connection, dict(zip(("sender", "key"), *keyed, strict=True))).first() is None:
        return {}
    found = connection.execute(_KEYS, {"keys": list(keyed)}).all()
    if not found:
        return {}
    totals = dict(connection.execute(_TOTALS, {"ids": [row.id for row in found]}).all())
    answers = {}
    for row in found:
        index = keyed[row.sender, row.key]
        if row.content_hash != drafts[index].content_hash():
            raise KeyReused(key=row.key, voucher=row.id)
        answers[index] = Posted(row.id, row.business_date, int(totals[row.id]), replayed=True)
    return answers


def _check_assumed(assumed: Assumed | None, day: date, mark: int, rows: Mapping[int, Any]) -> None:
    if assumed is None:
        return
    found = {folio_id: rows[folio_id].exempt_from for folio_id in assumed.exempt_from}
    if (mark, day) != (assumed.mark, assumed.business_date) or found != assumed.exempt_from:
        raise Stale(found)


def _check_folios(drafts: Sequence[Draft], rows: Mapping[int, Any]) -> None:
    for draft in drafts:
        for folio_id in stored(draft):
            _check_folio(draft, folio_id, rows[folio_id])
    limited = {folio_id for draft in drafts if draft.limited for folio_id in draft.accounts}
    for folio_id, increase in movement(drafts).items():
        if folio_id in limited:
            refuse_over_limit(rows[folio_id], increase)


def _check_folio(draft: Draft, folio_id: int, row: Any) -> None:
    tender = draft.tenders.get(folio_id)
    fits = None if tender is None else row.type == tender
    if row.ledger == "deposit" and any(line.debit == folio_id and line.source_side == "debit" for line in draft.lines):
        fits = False  # a deposit is money held for a guest: what somebody owes is not moved there
    refuse_account(draft.kind, row, fits)
    if row.currency != draft.currency:
        raise CurrencyMismatch(expected=row.currency, given=draft.currency)
    if any(line.debit == line.credit for line in draft.lines):
        raise SameFolio


def refuse_account(kind: str, row: Any, fits: bool | None = None) -> None:
    """Refuses a folio (its row) that no voucher of `kind` can name now: one kept by the system, one of a type that does
    not take it, a closed one. `fits` is given where it is not the type's table that tells.
    """
    if fits is None:
        if row.type == "control":
            raise ControlFolioByHand(folio=row.number)
        fits = takes(kind, row.type, row.ledger)
    if not fits:
        raise WrongFolioType(kind=kind, folio=row.number, type="deposit" if row.ledger == "deposit" else row.type)
    if row.status != "open":
        raise FolioClosed(folio=row.number)


def refuse_over_limit(row: Any, increase_minor: int) -> None:
    """Refuses (`HouseLimitExceeded`) what would put a folio's balance above its house limit."""
    limit = row.house_limit_minor
    if increase_minor > 0 and limit is not None and row.balance_minor + increase_minor > limit:
        limit, balance, requested = (
            Money(figure, row.currency) for figure in (limit, row.balance_minor, increase_minor)
        )
        raise HouseLimitExceeded(limit=limit, balance=balance, requested=requested)


def _write(session: Session, connection: Connection, drafts: Sequence[Draft], day: date) -> list[Posted]:
    at = clock.now()
    ids = _insert_vouchers(session, drafts, {"business_date": day, "written_at": at})
    lines = [
        posting_row(line, number) | {"voucher_id": voucher_id, "business_date": day}
        for voucher_id, draft in zip(ids, drafts, strict=True)
        for number, line in enumerate(draft.lines, 1)
    ]
    _INSERT_POSTING.run(connection, _one_or_many(lines))
    changes = [{"folio": folio_id, "amount": amount} for folio_id, amount in sorted(movement(drafts).items()) if amount]
    if changes:
        _ADD_TO_BALANCE.run(connection, _one_or_many(changes))
    events = [
        {
            "at": at,
            "business_date": day,
            "operator": draft.origin.operator,
            "action": ACTIONS[draft.kind],
            "subject": f"folio:{draft.subject}",
            "before": None,
            "after": {"voucher": voucher_id, "total_minor": draft.total_minor},
        }
        for voucher_id, draft in zip(ids, drafts, strict=True)
    ]
    _INSERT_EVENT.run(connection, _one_or_many(events))
    for voucher_id, draft in zip(ids, drafts, strict=True):
        for each in draft.beside:
            row = each.filled(voucher_id, day)
            _inserted_beside(each.table, tuple(row)).run(connection, row)
    return [Posted(voucher_id, day, draft.total_minor) for voucher_id, draft in zip(ids, drafts, strict=True)]


@lru_cache(maxsize=64)
def _inserted_beside(table: sa.Table, columns: tuple[str, ...]) -> Prepared:
    return Prepared(dict.fromkeys(_ONCE, sa.insert(table)), columns)


def _insert_vouchers(session: Session, drafts: Sequence[Draft], written: dict[str, Any]) -> Sequence[int]:
    """The ids of the new vouchers. A single one is given its id by the database, which spares a question."""
    if len(drafts) == 1:
        ids = _INSERT_VOUCHER.run(session.connection(), voucher_row(drafts[0], None) | written).scalars().all()
        count = len(ids)
    else:
        ids = next_ids(session, Voucher.id, len(drafts))
        rows = [voucher_row(draft, each) | written for each, draft in zip(ids, drafts, strict=True)]
        count = _INSERT_VOUCHERS.run(session.connection(), rows).rowcount
    if count < len(drafts):
        raise DatabaseBusy  # the same key was sent at the same instant: the next attempt finds the first answer
    return ids


def _one_or_many(rows: list[dict[str, Any]]) -> Any:
    """One row goes in as one: a list of one would take the dearer way of many."""
    return rows[0] if len(rows) == 1 else rows
