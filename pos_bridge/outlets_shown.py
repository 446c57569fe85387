"""Outlets as a page shows them: each with what it still lacks, and what can be chosen for it. Nothing changes here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from folios.models import Folio, Tax, TransactionCode
from frontoffice.codes import revenue_folios
from pos_bridge.models.links import Link, LinkOutlet
from pos_bridge.models.outlets import Article, Outlet, OutletCode, Tariff, Terminal, TerminalKey
from pos_bridge.outlets import SUSPENSE, get_outlet, line_codes

NO_CODES = N_("Nothing it sends can be booked: set the codes of its lines, or enter articles or tariffs.")
NO_TERMINAL = N_("It has no terminal yet.")
NO_KEY = N_("A terminal has no key: it cannot send anything.")


@dataclass(frozen=True, slots=True)
class ListedOutlet:
    """An outlet with the number of its control folio, counts, and what is missing in words."""

    row: Outlet
    folio: str
    codes: int
    articles: int
    tariffs: int
    terminals: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ShownTerminal:
    """A terminal with how many keys open it."""

    row: Terminal
    keys: int


@dataclass(frozen=True, slots=True)
class ShownOutlet:
    """Everything of one outlet. `names` are those of the transaction codes that it uses."""

    row: Outlet
    folio: Folio
    suspense: Folio | None
    codes: Sequence[tuple[str, int, str]]
    articles: Sequence[Article]
    tariffs: Sequence[Tariff]
    terminals: Sequence[ShownTerminal]
    names: dict[str, str]
    missing: tuple[str, ...]


def all_outlets(session: Session) -> list[ListedOutlet]:
    """Every outlet, those that are on first. One statement."""
    keyless = sa.select(sa.func.count()).select_from(Terminal).where(Terminal.outlet_code == Outlet.code, *_keyless())
    wanted = (
        sa.select(
            Outlet,
            Folio.number,
            _count(OutletCode),
            _count(Article, Article.active),
            _count(Tariff),
            _count(Terminal, Terminal.active),
            keyless.scalar_subquery(),
        )
        .join(Folio, Folio.id == Outlet.folio_id)
        .order_by(Outlet.active.desc(), Outlet.code)
    )
    return [
        ListedOutlet(
            row, folio, codes, articles, tariffs, terminals, _missing(codes + articles + tariffs, terminals, keys)
        )
        for row, folio, codes, articles, tariffs, terminals, keys in session.execute(wanted)
    ]


def one_outlet(session: Session, code: str) -> ShownOutlet:
    """One outlet with all that is set up for it. Refuses `OutletUnknown`."""
    row = get_outlet(session, code)
    rank = {kind: place for place, kind in enumerate(("item", "tax", "service", "tip"))}
    lines = sorted(
        ((kind, number, booked) for (kind, number), booked in line_codes(session, code).items()),
        key=lambda line: (rank[line[0]], line[1]),
    )
    articles = session.scalars(sa.select(Article).where(Article.outlet_code == code).order_by(Article.number)).all()
    tariffs = session.scalars(sa.select(Tariff).where(Tariff.outlet_code == code).order_by(Tariff.prefix)).all()
    keys = (
        sa.select(sa.func.count())
        .where(TerminalKey.terminal_code == Terminal.code, TerminalKey.revoked_at.is_(None))
        .scalar_subquery()
    )
    wanted = sa.select(Terminal, keys).where(Terminal.outlet_code == code)
    found = [ShownTerminal(*each) for each in session.execute(wanted.order_by(Terminal.active.desc(), Terminal.code))]
    on = [each for each in found if each.row.active]
    lacking = sa.select(sa.func.count()).select_from(Terminal).where(Terminal.outlet_code == code, *_keyless())
    keyless = session.scalar(lacking) or 0
    booked = sa.select(TransactionCode.code, TransactionCode.name).where(TransactionCode.kind.in_(("charge", "tax")))
    return ShownOutlet(
        row,
        session.get_one(Folio, row.folio_id),
        None if row.suspense_folio_id is None else session.get_one(Folio, row.suspense_folio_id),
        lines,
        articles,
        tariffs,
        found,
        {each.code: each.name for each in session.execute(booked)},
        _missing(len(lines) + len(articles) + len(tariffs), len(on), keyless),
    )


def keyless_terminals() -> sa.ScalarSelect[Any]:
    """How many terminals that are on have no key, as a part of a statement."""
    return sa.select(sa.func.count()).select_from(Terminal).where(*_keyless()).scalar_subquery()


def codeless_outlets() -> sa.ScalarSelect[Any]:
    """How many outlets that are on cannot book anything, as a part of a statement."""
    booked = [
        sa.exists().where(table.outlet_code == Outlet.code).correlate(Outlet) for table in (OutletCode, Article, Tariff)
    ]
    return sa.select(sa.func.count()).select_from(Outlet).where(Outlet.active, ~sa.or_(*booked)).scalar_subquery()


def _keyless() -> tuple[Any, ...]:
    open_key = sa.exists().where(TerminalKey.terminal_code == Terminal.code, TerminalKey.revoked_at.is_(None))
    by_link = (
        sa.exists()
        .where(LinkOutlet.terminal_code == Terminal.code, LinkOutlet.link_id == Link.id, Link.active)
        .correlate(Terminal)
    )
    return Terminal.active, ~open_key.correlate(Terminal), ~by_link


def _count(table: Any, *conditions: Any) -> sa.ScalarSelect[Any]:
    return (
        sa.select(sa.func.count())
        .select_from(table)
        .where(table.outlet_code == Outlet.code, *conditions)
        .scalar_subquery()
    )


def _missing(booked: int, terminals: int, keyless: int) -> tuple[str, ...]:
    found = []
    if not booked:
        found.append(NO_CODES)
    if not terminals:
        found.append(NO_TERMINAL)
    if keyless:
        found.append(NO_KEY)
    return tuple(found)


# --- what can be chosen -------------------------------------------------------------------------------------------


def free_folios(session: Session) -> list[tuple[int, str, str]]:
    """The control folios of revenue that no outlet has: (id, number, name)."""
    taken = set(session.scalars(sa.select(Outlet.folio_id)))
    return [each for each in revenue_folios(session) if each[0] not in taken]


def suspense_folios(session: Session, now: int | None = None) -> list[tuple[int, str, str]]:
    """The open folio of suspense, and the one that an outlet has `now`: (id, number, name)."""
    wanted = sa.select(Folio.id, Folio.number, Folio.name).where(
        sa.or_(sa.and_(Folio.number == SUSPENSE, Folio.type == "master", Folio.status == "open"), Folio.id == now)
    )
    return [(row.id, row.number, row.name) for row in session.execute(wanted.order_by(Folio.number))]


def outlet_names(session: Session) -> list[tuple[str, str]]:
    """Every outlet: code, code and name."""
    wanted = sa.select(Outlet.code, Outlet.name).order_by(Outlet.code)
    return [(row.code, f"{row.code} · {row.name}") for row in session.execute(wanted)]


def codes_of_items(session: Session, outlet: Outlet) -> list[tuple[str, str]]:
    """The codes that post to the outlet's own control folio: code, code and name."""
    return _named(session, TransactionCode.kind == "charge", TransactionCode.folio_id == outlet.folio_id)


def codes_of_lines(session: Session, outlet: Outlet) -> list[tuple[str, str]]:
    """What a line of the outlet may be booked with: its own codes first, then other charges, then taxes."""
    own = codes_of_items(session, outlet)
    taxes = _named(session, sa.or_(TransactionCode.kind == "tax", TransactionCode.code.in_(sa.select(Tax.code))))
    others = _named(session, TransactionCode.kind == "charge", TransactionCode.folio_id != outlet.folio_id)
    return list(dict.fromkeys([*own, *taxes, *others]))


def _named(session: Session, *conditions: Any) -> list[tuple[str, str]]:
    wanted = sa.select(TransactionCode.code, TransactionCode.name).where(TransactionCode.active, *conditions)
    return [(row.code, f"{row.code} · {row.name}") for row in session.execute(wanted.order_by(TransactionCode.code))]
