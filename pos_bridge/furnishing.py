"""The outlets of a hotel that is made up, on the codes of the starter chart: restaurant, bar, minibar, telephone."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios import codes as ledger
from folios.codes import catalogue
from frontoffice import codes
from pos_bridge import links, outlets, terminals
from pos_bridge.models.links import Link, LinkState
from pos_bridge.models.outlets import TERMINAL_RIGHTS
from pos_bridge.news import newest

# Outlet: name, where it stands, and the codes of its lines beside every other item, which has the outlet's own.
OUTLETS = {
    "RESTAURANT": ("Restaurant", "Till of the restaurant", {("item", 2): "WINE", ("tip", 0): "TIPS"}),
    "BAR": ("Bar", "Till of the bar", {("tip", 0): "TIPS"}),
    "MINIBAR": ("Minibar", "Housekeepers' telephone", {}),
    "TELEPHONE": ("Telephone", "Exchange", {}),
}
ARTICLES = {1: ("Water", 3_50), 2: ("Juice", 4_00), 3: ("Beer", 4_50), 4: ("Nuts", 4_00), 5: ("Chocolate", 3_00)}
TARIFFS = {"": ("Within the country", 10, 15), "00": ("Abroad", 30, 90), "0800": ("Free of charge", 0, 0)}
LINK = "FIAS"
NUMBERS = {"": "RESTAURANT1", "1": "RESTAURANT1", "2": "BAR1", "3": "MINIBAR1", "4": "TELEPHONE1"}
"""The link's outlets by the number in SO."""
PAYMENTS = {"ROOM": None, "16": None, "CASH": "CASH", "VISA": "VISA"}
MORE_CODES = {"WINE": ("Wine", "RESTAURANT"), "TIPS": ("Tips", None)}
"""Code: name, and the code whose control folio and taxes it shares."""


def furnish(session: Session, operator: str) -> dict[str, str]:
    """Opens the outlets with a terminal each, a folio for what cannot be placed, and a link by which all
    of them charge; returns the terminals' keys.
    """
    for code, (name, of) in MORE_CODES.items():
        folio_id = None if of is None else codes.get_code(session, of).folio_id
        facts = {"sort": "charge", "code": code, "name": name, "department": "Food and beverage"}
        codes.add_code(session, **facts, folio_id=folio_id, operator=operator)  # type: ignore[arg-type]
        if of is not None:
            ledger.set_taxes(session, code, catalogue(session).codes[of].taxes, operator)
    suspense = outlets.open_suspense(session, operator)
    keys = {}
    for code, (name, place, lines) in OUTLETS.items():
        folio_id = codes.get_code(session, code).folio_id
        added = outlets.add_outlet(
            session, code=code, name=name, folio_id=folio_id, suspense_folio_id=suspense.id, operator=operator
        )
        outlets.set_codes(session, code, added.version, {("item", 0): code, **lines}, operator)
        terminal = terminals.add_terminal(
            session, code=f"{code}1", name=place, outlet=code, rights=TERMINAL_RIGHTS, operator=operator
        )
        keys[terminal.code] = terminals.give_key(session, terminal.code, operator).key
    for number, (name, price_minor) in ARTICLES.items():
        outlets.add_article(
            session, "MINIBAR", number=number, name=name, code="MINIBAR", price_minor=price_minor, operator=operator
        )
    for prefix, (name, connection_minor, minute_minor) in TARIFFS.items():
        costs = {"connection_minor": connection_minor, "minute_minor": minute_minor}
        outlets.add_tariff(session, "TELEPHONE", prefix=prefix, name=name, code="TELEPHONE", **costs, operator=operator)
    link = links.add_link(session, code=LINK, name="Tills and telephones", operator=operator)
    links.set_outlets(session, LINK, link.version, NUMBERS, operator)
    links.set_payments(session, LINK, link.version, PAYMENTS, operator)
    return keys


def listen_on(session: Session, port: int, operator: str = "system") -> None:
    """Has the furnished link listen on a port. As long as nobody was heard on it, it begins with the news of now: what
    happened in the month that was made up concerns no till.
    """
    row = session.scalar(sa.select(Link).where(Link.code == LINK, Link.way == "tcp"))
    if row is None:
        return
    if row.port != port:
        links.amend_link(session, LINK, row.version, {"port": port}, operator)
    turn, news_id = newest(session)
    unheard = sa.update(LinkState).where(LinkState.link_id == row.id, LinkState.heard_at.is_(None))
    begun = unheard.values(seen_turn=turn, seen_id=news_id)
    session.execute(begun.execution_options(synchronize_session=False))
