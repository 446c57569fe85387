"""The outlets' book: outlets with their codes, articles and tariffs, terminals, and keys, read once and kept.

It is kept per engine under the ledger's catalogue mark. Whatever is set up anew draws that mark anew
(`folios.codes.mark_anew`), and every request compares it in its first statement, a charge in the very statement that
posts: a key that was revoked, an outlet that was switched off, a price that was changed is never acted upon.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from folios.errors import N_, Refusal, SchemaMissing
from folios.models import Ledger
from frontoffice.models.property import Property
from pos_bridge.models.links import Link, LinkOutlet, LinkPayment
from pos_bridge.models.outlets import Article, Outlet, OutletCode, Tariff, Terminal, TerminalKey

Network = IPv4Network | IPv6Network


class OutletUnknown(Refusal):
    code = "outlet.unknown"
    message = N_("There is no outlet {outlet}.")


class OutletOff(Refusal):
    code = "outlet.off"
    message = N_("Outlet {outlet} is switched off. Ask the front desk.")


class TerminalUnknown(Refusal):
    code = "terminal.unknown"
    message = N_("There is no terminal {terminal}.")


class TerminalOff(Refusal):
    code = "terminal.off"
    message = N_("Terminal {terminal} is switched off. Ask the front desk.")


class TerminalMayNot(Refusal):
    """`deed`: a word of `TERMINAL_RIGHTS`."""

    code = "terminal.may_not"
    message = N_("Terminal {terminal} is not set up for this ({deed}). Ask the front desk.")


class LineUnbooked(Refusal):
    code = "check.line_kind"
    message = N_("Outlet {outlet} has no transaction code for {kind} {number}. Set it up, then send again.")


class ArticleUnknown(Refusal):
    code = "article.unknown"
    message = N_("Outlet {outlet} has no article {article}.")


class TariffMissing(Refusal):
    code = "tariff.missing"
    message = N_("Outlet {outlet} has no tariff for calls to {digits}.")


@dataclass(frozen=True, slots=True)
class ArticleFacts:
    """An article as the till's number finds it; `price_minor` each."""

    number: int
    name: str
    code: str
    price_minor: int


@dataclass(frozen=True, slots=True)
class TariffFacts:
    """What a call to digits that begin with `prefix` costs, in minor units."""

    prefix: str
    name: str
    code: str
    connection_minor: int
    minute_minor: int
    pulse_minor: int


@dataclass(frozen=True, slots=True)
class OutletFacts:
    """An outlet with all that is needed to book what it sends. `tariffs`: the longest beginnings first."""

    code: str
    name: str
    folio_id: int
    treatment: str
    suspense_folio_id: int | None
    shows_guest: bool
    active: bool
    codes: Mapping[tuple[str, int], str]
    articles: Mapping[int, ArticleFacts]
    tariffs: tuple[TariffFacts, ...]

    def code_of(self, kind: str, number: int) -> str:
        """The transaction code of a line. Refuses (`LineUnbooked`) a kind and number that none is set up for."""
        found = self.codes.get((kind, number)) or self.codes.get((kind, 0))
        if found is None:
            raise LineUnbooked(outlet=self.name, kind=kind, number=number)
        return found

    def article(self, number: int) -> ArticleFacts:
        """The article with the till's number. Refuses `ArticleUnknown`."""
        found = self.articles.get(number)
        if found is None:
            raise ArticleUnknown(outlet=self.name, article=number)
        return found

    def tariff(self, digits: str) -> TariffFacts:
        """The tariff of dialled digits: the longest beginning that fits. Refuses `TariffMissing`."""
        for each in self.tariffs:
            if digits.startswith(each.prefix):
                return each
        raise TariffMissing(outlet=self.name, digits=digits)


@dataclass(frozen=True, slots=True)
class TerminalFacts:
    """A terminal with its outlet; `rights` are words of `TERMINAL_RIGHTS`."""

    code: str
    name: str
    outlet: OutletFacts
    rights: frozenset[str]
    active: bool

    def refuse_off(self) -> None:
        """Refuses a terminal or outlet that is switched off."""
        if not self.active:
            raise TerminalOff(terminal=self.code)
        if not self.outlet.active:
            raise OutletOff(outlet=self.outlet.name)

    def require(self, deed: str) -> None:
        """Refuses a terminal or outlet that is switched off, and a deed it is not set up for."""
        self.refuse_off()
        if deed not in self.rights:
            raise TerminalMayNot(terminal=self.code, deed=deed)


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """A key that is not revoked: whose it is, and the networks it may come from; none: any."""

    terminal: str
    networks: tuple[Network, ...]

    def comes_from(self, address: str) -> bool:
        """Whether the key may be used from an address."""
        try:
            where = ip_address(address)
        except ValueError:
            return not self.networks
        where = getattr(where, "ipv4_mapped", None) or where  # as a server that listens on both kinds has it
        return not self.networks or any(where in each for each in self.networks)


@dataclass(frozen=True, slots=True)
class LinkRules:
    """What is said of a link about what it sends; how it is reached stands with who runs it.

    `records`: ids it may send; none: all. `outlets`: the terminal by the number in SO. `payments`: by the method in PM,
    the code of a tender (None: to the room) and the drawer of cash.
    """

    id: int
    code: str
    decimals: int
    records: frozenset[str]
    negative: bool
    over_limit: bool
    to_suspense: bool
    outlets: Mapping[str, str]
    payments: Mapping[str, tuple[str | None, int | None]]


@dataclass(frozen=True, slots=True)
class Book:
    """Everything that is set up for the outlets, as of one mark. `keys` by the SHA-256 of the key.

    `hotel` and `time_zone` are what slips say of the house.
    """

    mark: int
    currency: str
    hotel: str
    time_zone: str
    outlets: Mapping[str, OutletFacts]
    terminals: Mapping[str, TerminalFacts]
    keys: Mapping[str, KeyFacts]
    links: Mapping[int, LinkRules]

    def terminal(self, code: str) -> TerminalFacts:
        """The terminal of that code. Refuses `TerminalUnknown`."""
        found = self.terminals.get(code)
        if found is None:
            raise TerminalUnknown(terminal=code)
        return found

    def outlet(self, code: str) -> OutletFacts:
        """The outlet of that code. Refuses `OutletUnknown`."""
        found = self.outlets.get(code)
        if found is None:
            raise OutletUnknown(outlet=code)
        return found


_kept: WeakKeyDictionary[Engine, Book] = WeakKeyDictionary()


def book(session: Session, *, mark: int | None = None) -> Book:
    """The book as the database has it. `mark`: the one just read; the kept copy is taken if it carries that."""
    session.flush()
    engine = session.get_bind().engine
    kept = _kept.get(engine)
    if mark is None or kept is None:
        standing = session.connection().execute(sa.select(Ledger.catalogue_mark, Ledger.currency)).one_or_none()
        if standing is None:
            raise SchemaMissing
        mark, currency = standing
    else:
        currency = kept.currency
    if kept is None or kept.mark != mark:
        kept = _kept[engine] = _read(session, mark, currency)
    return kept


def kept_book(session: Session) -> Book:
    """The kept copy, which may be stale: whoever acts on it compares its mark in the statement that acts."""
    return _kept.get(session.get_bind().engine) or book(session)


def kept_for(engine: Engine) -> Book | None:
    """The kept copy, if there is one yet; see `kept_book`."""
    return _kept.get(engine)


def _read(session: Session, mark: int, currency: str) -> Book:
    # What points at something is read before it: set-up that commits meanwhile leaves nothing pointing nowhere. The
    # mixture is never acted upon, its mark is another by then.
    keys = {
        row.key_hash: KeyFacts(row.terminal_code, tuple(ip_network(each) for each in row.addresses.split()))
        for row in session.execute(
            sa.select(TerminalKey.key_hash, TerminalKey.terminal_code, TerminalKey.addresses).where(
                TerminalKey.revoked_at.is_(None)
            )
        )
    }
    links = _links(session)
    of_terminal = (Terminal.code, Terminal.name, Terminal.outlet_code, Terminal.rights, Terminal.active)
    told = session.execute(sa.select(*of_terminal)).all()
    codes: dict[str, dict[tuple[str, int], str]] = {}
    for each in session.execute(sa.select(OutletCode.outlet_code, OutletCode.kind, OutletCode.number, OutletCode.code)):
        codes.setdefault(each.outlet_code, {})[each.kind, each.number] = each.code
    articles: dict[str, dict[int, ArticleFacts]] = {}
    columns = (Article.outlet_code, Article.number, Article.name, Article.code, Article.price_minor)
    for row in session.execute(sa.select(*columns).where(Article.active)):
        articles.setdefault(row.outlet_code, {})[row.number] = ArticleFacts(
            row.number, row.name, row.code, row.price_minor
        )
    tariffs: dict[str, list[TariffFacts]] = {}
    prices = (Tariff.connection_minor, Tariff.minute_minor, Tariff.pulse_minor)
    for priced in session.execute(sa.select(Tariff.outlet_code, Tariff.prefix, Tariff.name, Tariff.code, *prices)):
        costs = (priced.connection_minor, priced.minute_minor, priced.pulse_minor)
        facts = TariffFacts(priced.prefix, priced.name, priced.code, *costs)
        tariffs.setdefault(priced.outlet_code, []).append(facts)
    of = (Outlet.code, Outlet.name, Outlet.folio_id, Outlet.treatment, Outlet.suspense_folio_id)
    outlets = {
        row.code: OutletFacts(
            *row,
            codes.get(row.code, {}),
            articles.get(row.code, {}),
            tuple(sorted(tariffs.get(row.code, ()), key=lambda each: (-len(each.prefix), each.prefix))),
        )
        for row in session.execute(sa.select(*of, Outlet.shows_guest, Outlet.active))
    }
    terminals = {
        row.code: TerminalFacts(row.code, row.name, outlets[row.outlet_code], frozenset(row.rights.split()), row.active)
        for row in told
    }
    hotel = session.execute(sa.select(Property.name, Property.time_zone)).first() or ("", "UTC")
    return Book(mark, currency, *hotel, outlets, terminals, keys, links)


def _links(session: Session) -> dict[int, LinkRules]:
    numbers: dict[int, dict[str, str]] = {}
    for each in session.execute(sa.select(LinkOutlet.link_id, LinkOutlet.number, LinkOutlet.terminal_code)):
        numbers.setdefault(each.link_id, {})[each.number] = each.terminal_code
    methods: dict[int, dict[str, tuple[str | None, int | None]]] = {}
    columns = (LinkPayment.link_id, LinkPayment.method, LinkPayment.code, LinkPayment.folio_id)
    for row in session.execute(sa.select(*columns)):
        methods.setdefault(row.link_id, {})[row.method] = (row.code, row.folio_id)
    told = (Link.id, Link.code, Link.decimals, Link.records, Link.negative, Link.over_limit, Link.to_suspense)
    return {
        row.id: LinkRules(
            *(row.id, row.code, row.decimals, frozenset(row.records.split())),
            *(row.negative, row.over_limit, row.to_suspense),
            numbers.get(row.id, {}),
            methods.get(row.id, {}),
        )
        for row in session.execute(sa.select(*told))
    }
