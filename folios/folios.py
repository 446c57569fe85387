"""Folios: open, find, amend, limit, exempt, close, reopen. Posting to them stands in the verbs' own modules."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from folios.business_day import open_date
from folios.codes import catalogue
from folios.errors import (
    AmountNotPositive,
    AmountTooLarge,
    CodeUnknown,
    ControlFolioByHand,
    FolioClosed,
    FolioHasNoLimit,
    FolioNeverCloses,
    FolioNotAtZero,
    FolioNotOpenable,
    FolioNumberTaken,
    FolioUnknown,
    ReasonMissing,
    WrongFolioType,
)
from folios.events import amend, authorised, record, record_all
from folios.folio_types import FOLIO_TYPES
from folios.ids import next_ids
from folios.ledger import currency
from folios.models import Folio
from folios.money import MOST_MINOR, Money
from folios.prepared import Prepared
from folios.texts import clean_text

NUMBER_PREFIX = {
    "individual": "F",
    "master": "M",
    "non_guest": "H",
    "staff": "S",
    "control": "C",
    "semi_permanent": "R",
    "permanent": "P",
}

# The folio machine: (status, verb) -> status.
NEXT = {("open", "close"): "closed", ("closed", "reopen"): "open"}

_columns = (
    Folio.id,
    Folio.number,
    Folio.type,
    Folio.ledger,
    Folio.name,
    Folio.currency,
    Folio.status,
    Folio.house_limit_minor,
    Folio.exempt_from,
    Folio.balance_minor,
)
_LOCK = (
    sa.select(*_columns)
    .where(Folio.id.in_(sa.bindparam("ids", expanding=True)))
    .order_by(Folio.id)
    .with_for_update(key_share=True)
)
_ONE = sa.select(*_columns).where(Folio.id == sa.bindparam("folio"))
_LOCK_ONE = Prepared({"sqlite": _ONE, "postgresql": _ONE.with_for_update(key_share=True)})
_EXEMPT = sa.select(Folio.id, Folio.exempt_from).where(Folio.id.in_(sa.bindparam("ids", expanding=True)))
MOST_ID = 2**63 - 1
MOST_EXEMPTIONS = 200  # characters, all tax codes together


@dataclass(frozen=True, slots=True)
class NewFolio:
    """A folio to be opened. `number` is given for accounts people know by number; otherwise one is drawn.

    `ledger` may be `deposit` for an individual folio that takes money before arrival; every other follows its type.
    `opened_on` is given by the night audit alone, for the day it is auditing.
    """

    type: str
    name: str
    number: str | None = None
    ledger: str | None = None
    house_limit_minor: int | None = None
    opened_on: date | None = None


def open_folio(
    session: Session,
    *,
    type: str,
    name: str,
    operator: str,
    number: str | None = None,
    ledger: str | None = None,
    house_limit_minor: int | None = None,
    authorised_by: str | None = None,
) -> Folio:
    """Opens one folio; see `open_folios`."""
    return open_folios(session, [NewFolio(type, name, number, ledger, house_limit_minor)], operator, authorised_by)[0]


def open_folios(
    session: Session, requests: Sequence[NewFolio], operator: str, authorised_by: str | None = None
) -> list[Folio]:
    """Opens folios, on the open business date unless another is given, in a constant number of statements.

    `authorised_by` is who allowed their limits, where that is not the operator.
    Refuses an unknown type or a ledger that is not its own (`WrongFolioType`), a limit where the type has none
    (`FolioHasNoLimit`) or below zero, and a number that is taken (`FolioNumberTaken`).
    """
    if not requests:
        return []
    opened_on, kept_in = open_date(session), currency(session)
    ids = next_ids(session, Folio.id, len(requests))
    folios = []
    for folio_id, number, request in zip(ids, _numbers(session, ids, requests), requests, strict=True):
        folios.append(
            Folio(
                id=folio_id,
                number=number,
                type=request.type,
                ledger=_ledger_of(request, number),
                name=clean_text("name", request.name, 200) or number,
                currency=kept_in,
                status="open",
                house_limit_minor=_limit_of(request, number, kept_in),
                exempt_from="",
                balance_minor=0,
                opened_on=request.opened_on or opened_on,
            )
        )
    session.add_all(folios)
    session.flush()
    record_all(
        session,
        "folio.opened",
        operator,
        [(f"folio:{each.id}", None, authorised(_opened(each), operator, authorised_by)) for each in folios],
    )
    return folios


def _opened(folio: Folio) -> dict[str, Any]:
    """What the trail tells of a folio that was opened."""
    told = {"number": folio.number, "type": folio.type, "name": folio.name}
    return told if folio.house_limit_minor is None else {**told, "house_limit_minor": folio.house_limit_minor}


def _ledger_of(request: NewFolio, number: str) -> str:
    known = FOLIO_TYPES.get(request.type)
    if known is None or (request.ledger or known.ledgers[0]) not in known.ledgers:
        raise WrongFolioType(kind=request.ledger or "folio", folio=number, type=request.type)
    return request.ledger or known.ledgers[0]


def _limit_of(request: NewFolio, number: str, kept_in: str) -> int | None:
    limit = request.house_limit_minor
    if limit is not None:
        refuse_limiting(request.type, number)
        if limit < 0:
            raise AmountNotPositive
        if limit > MOST_MINOR:
            raise AmountTooLarge(amount=Money(limit, kept_in))
    return limit


def refuse_limiting(folio_type: str, number: str) -> None:
    """Refuses (`FolioHasNoLimit`) a type of folio that has no house limit."""
    if not FOLIO_TYPES[folio_type].has_limit:
        raise FolioHasNoLimit(folio=number, type=folio_type)


def _numbers(session: Session, ids: Sequence[int], requests: Sequence[NewFolio]) -> list[str]:
    """The number of each new folio: as given, or drawn from its id, stepping aside where somebody took that by hand."""
    given = [clean_text("number", request.number, 32) for request in requests]
    drawn = [
        f"{NUMBER_PREFIX.get(request.type, '')}{folio_id}" for folio_id, request in zip(ids, requests, strict=True)
    ]
    wanted = [number or instead for number, instead in zip(given, drawn, strict=True)]
    taken = set(session.execute(sa.select(Folio.number).where(Folio.number.in_(wanted))).scalars())
    numbers: list[str] = []
    for number, instead in zip(given, drawn, strict=True):
        chosen = number or (f"{instead}-{secrets.token_hex(3)}" if instead in taken else instead)
        if chosen in taken:
            raise FolioNumberTaken(folio=chosen)
        taken.add(chosen)
        numbers.append(chosen)
    return numbers


# --- finding and locking ------------------------------------------------------------------------------------


def find_folio(session: Session, number: str) -> Folio:
    """The folio with this number. Refuses `FolioUnknown`."""
    found = None
    if number.isprintable():
        found = session.execute(sa.select(Folio).where(Folio.number == number)).scalar_one_or_none()
    if found is None:
        raise FolioUnknown(folio=number)
    return found


def get_folio(session: Session, folio_id: int) -> Folio:
    """The folio with this id. Refuses `FolioUnknown`."""
    found = session.get(Folio, known_id(folio_id))
    if found is None:
        raise FolioUnknown(folio=folio_id)
    return found


def lock_folios(session: Session, folio_ids: Iterable[int]) -> dict[int, Any]:
    """Locks folios in id order and returns their rows as they are under the lock. Refuses `FolioUnknown`."""
    ids = sorted({known_id(folio_id) for folio_id in folio_ids})
    connection = session.connection()
    if len(ids) == 1:
        found: Any = _LOCK_ONE.run(connection, {"folio": ids[0]})
    else:
        found = connection.execute(_LOCK, {"ids": ids})
    rows = {row.id: row for row in found}
    for folio_id in ids:
        if folio_id not in rows:
            raise FolioUnknown(folio=folio_id)
    return rows


def exemptions(session: Session, folio_ids: Iterable[int]) -> dict[int, str]:
    """The tax codes each folio is exempt from, as its row has them (sorted, separated by spaces); one statement."""
    ids = list(folio_ids)
    found = {
        row.id: row.exempt_from for row in session.connection().execute(_EXEMPT, {"ids": list(map(known_id, ids))})
    }
    return {folio_id: found.get(folio_id, "") for folio_id in ids}


def known_id(folio_id: int) -> int:
    """The id, if a folio could have it. Refuses (`FolioUnknown`) what no database could number."""
    if not 0 < folio_id <= MOST_ID:
        raise FolioUnknown(folio=folio_id)
    return folio_id


def forget_balances(session: Session, folio_ids: Iterable[int]) -> None:
    """Makes folios that the session holds as objects read their row again: it was changed beside them."""
    if session.identity_map:
        for folio_id in folio_ids:
            held = session.identity_map.get(identity_key(Folio, folio_id))
            if held is not None:
                session.expire(held)


# --- changing -----------------------------------------------------------------------------------------------


def set_house_limit(
    session: Session, folio_id: int, limit_minor: int | None, operator: str, authorised_by: str | None = None
) -> None:
    """Sets the highest balance the folio may reach, or lifts it with None. Refuses types that have no limit.

    `authorised_by` is who allowed it, where that is not the operator.
    """
    folio = lock_folios(session, [folio_id])[folio_id]
    _limit_of(NewFolio(folio.type, folio.name, house_limit_minor=limit_minor), folio.number, folio.currency)
    _update(session, [folio_id], house_limit_minor=limit_minor)
    before, after = {"house_limit_minor": folio.house_limit_minor}, {"house_limit_minor": limit_minor}
    record(session, "folio.limit.set", f"folio:{folio_id}", operator, before, after, authorised_by)


def amend_folio(
    session: Session,
    folio_id: int,
    seen_version: int,
    changes: Mapping[str, Any],
    operator: str,
    authorised_by: str | None = None,
) -> Folio:
    """Changes the `name` or the `house_limit_minor` of a folio that was read at `seen_version`.

    `authorised_by` is who allowed another limit, where that is not the operator.
    Refuses a control folio, a limit where the type has none (`FolioHasNoLimit`) or out of range, and
    `ChangedMeanwhile`. An empty name becomes the folio's number, as when it is opened.
    """
    folio = get_folio(session, folio_id)
    if folio.type == "control":
        raise ControlFolioByHand(folio=folio.number)
    clean = dict(changes)
    if clean.keys() - {"name", "house_limit_minor"}:
        raise ValueError("only the name and the house limit of a folio are amended")
    if "name" in clean:
        clean["name"] = clean_text("name", clean["name"], 200) or folio.number
    if "house_limit_minor" in clean:
        wanted = NewFolio(folio.type, folio.name, house_limit_minor=clean["house_limit_minor"])
        clean["house_limit_minor"] = _limit_of(wanted, folio.number, folio.currency)
    amend(session, folio, seen_version, clean, "folio.amended", f"folio:{folio_id}", operator, authorised_by)
    return folio


def exempt(session: Session, folio_id: int, tax_codes: Iterable[str], operator: str, reason: str) -> None:
    """Says which taxes the folio does not pay from now on (none: it pays all). Refuses unknown taxes and no reason."""
    why = clean_text("reason", reason, 500)
    if why is None:
        raise ReasonMissing
    wanted = sorted(set(tax_codes))
    known = catalogue(session).codes
    for code in wanted:
        if code not in known or known[code].kind != "tax":
            raise CodeUnknown(transaction_code=code)
    folio = lock_folios(session, [folio_id])[folio_id]
    if folio.type == "control":
        raise ControlFolioByHand(folio=folio.number)
    listed = clean_text("exemptions", " ".join(wanted), MOST_EXEMPTIONS) or ""
    _update(session, [folio_id], exempt_from=listed)
    after = {"exempt_from": listed, "reason": why}
    record(session, "folio.exempted", f"folio:{folio_id}", operator, {"exempt_from": folio.exempt_from}, after)


def close_folio(session: Session, folio_id: int, operator: str) -> None:
    """Closes one folio; see `close_folios`."""
    close_folios(session, [folio_id], operator)


def close_folios(session: Session, folio_ids: Sequence[int], operator: str) -> None:
    """Closes folios that stand at zero. Refuses another balance, types that never close, folios closed already."""
    if not folio_ids:
        return
    rows = lock_folios(session, folio_ids)
    for row in rows.values():
        refuse_closing(row)
    _update(session, list(rows), status=NEXT["open", "close"], closed_on=open_date(session))
    record_all(session, "folio.closed", operator, [(f"folio:{folio_id}", None, None) for folio_id in rows])


def refuse_closing(row: Any) -> None:
    """Refuses a folio (its row) that cannot be closed: by its type, because it is closed, or not at zero."""
    if not FOLIO_TYPES[row.type].closes:
        raise FolioNeverCloses(folio=row.number, type=row.type)
    if (row.status, "close") not in NEXT:
        raise FolioClosed(folio=row.number)
    if row.balance_minor != 0:
        raise FolioNotAtZero(folio=row.number, balance=Money(row.balance_minor, row.currency))


def close_paid_receivables(session: Session, operator: str) -> int:
    """Closes each semi-permanent folio that is back at zero (it exists while a balance exists); returns how many."""
    at_zero = sa.select(Folio.id).where(
        Folio.type == "semi_permanent",
        Folio.status == "open",
        Folio.balance_minor == 0,
        Folio.opened_on < open_date(session),
    )
    rows = lock_folios(session, session.execute(at_zero).scalars())
    # Under the lock: the desk may have put a bill on one meanwhile, or closed it.
    paid = [row.id for row in rows.values() if row.status == "open" and row.balance_minor == 0]
    close_folios(session, paid, operator)
    return len(paid)


def reopen_folio(session: Session, folio_id: int, operator: str, authorised_by: str | None = None) -> None:
    """Opens a closed folio again, for a late charge or a reinstated guest. Refuses one that is open.

    `authorised_by` is who allowed it, where that is not the operator.
    """
    refuse_reopening(lock_folios(session, [folio_id])[folio_id])
    _update(session, [folio_id], status=NEXT["closed", "reopen"], closed_on=None)
    record(session, "folio.reopened", f"folio:{folio_id}", operator, authorised_by=authorised_by)


def refuse_reopening(row: Any) -> None:
    """Refuses a folio (its row) that is open."""
    if (row.status, "reopen") not in NEXT:
        raise FolioNotOpenable(folio=row.number)


def _update(session: Session, folio_ids: Sequence[int], **values: object) -> None:
    values["version"] = Folio.version + 1
    session.execute(
        sa.update(Folio).where(Folio.id.in_(folio_ids)).values(**values).execution_options(synchronize_session=False)
    )
    forget_balances(session, folio_ids)
