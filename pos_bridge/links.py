"""Links to outlets' systems as they are set up: how each is reached, what it may send, its outlets, how it is paid.

Every change draws the catalogue mark anew (`book.py`), as with all that outlets charge by. Who runs the links reads
`to_run`; what they were told and said stands in `link_states.py`.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from folios.codes import catalogue
from folios.errors import N_, ChangedMeanwhile, CodeWrongKind, Refusal
from folios.folios import open_folio
from folios.models import Folio
from frontoffice.cashiering import add_drawer
from frontoffice.fields import FieldUnknown, needed_text
from frontoffice.models.property import Property
from pos_bridge.fias.link import LinkSettings
from pos_bridge.fias.vocabulary import RECORDS
from pos_bridge.fias_links.seam import LinkFacts
from pos_bridge.models.links import PARITIES, PROTOCOLS, WAYS, Link, LinkOutlet, LinkPayment, LinkState
from pos_bridge.models.outlets import Terminal
from pos_bridge.news import newest
from pos_bridge.outlets import changed, insert, save, short_code
from pos_bridge.terminals import get_terminal

PASSERS_BY, PASSERS_BY_NAME = "PASSERS-BY", "Passers-by of the outlets"
BAUDS = (1200, 2400, 4800, 9600, 19200, 38400)
ENCODINGS = ("cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp437", "cp850", "cp852", "cp866", "latin-1", "utf-8")
ROOM_METHODS = "16,ROOM"
MOST_SILENCE_S = 86_400
_FIELDS = {column.key for column in sa.inspect(Link).mapper.column_attrs} - {"id", "code", "version"}


class LinkUnknown(Refusal):
    code = "link.unknown"
    message = N_("There is no link {link}.")


class LinkTaken(Refusal):
    code = "link.code_taken"
    message = N_("Link {link} exists already.")


class PortTaken(Refusal):
    code = "link.port_taken"
    message = N_("Link {link} listens on port {port} already. Each has its own.")


class LinkChoiceInvalid(Refusal):
    """`field` is what was chosen wrongly."""

    code = "link.choice_invalid"
    message = N_("{given} cannot be chosen here.")


class LinkAddressInvalid(Refusal):
    code = "link.address_invalid"
    message = N_("{given} is no address of this machine and no network. Write 127.0.0.1, or 10.0.0.0/24.")


class DeviceMissing(Refusal):
    code = "link.device_missing"
    message = N_("A serial line needs its device, such as /dev/ttyS0 or socket://box:4001.")


class RecordsInvalid(Refusal):
    code = "link.records_invalid"
    message = N_("{given} is no record of FIAS. Leave the field empty to take every record.")


class NumberTwice(Refusal):
    code = "link.number_twice"
    message = N_("{given} stands here twice. Say once what it is.")


class MethodInvalid(Refusal):
    code = "link.method_invalid"
    message = N_("A payment method has at most five letters and digits, and a tender is cash or a card.")


# --- links ------------------------------------------------------------------------------------------------------


def add_link(session: Session, *, code: str, operator: str, **facts: Any) -> Link:
    """Adds a link; it begins where the news stands now. `facts`: as `amend_link`; what is left out has its default.

    Refuses a code that is none or is taken, and as `amend_link`.
    """
    wanted = short_code(code)
    if session.scalar(sa.select(Link.id).where(Link.code == wanted)) is not None:
        raise LinkTaken(link=wanted)
    row = Link(code=wanted, **_clean({"name": wanted, **facts}))
    _refuse_place(session, row)
    insert(session, row, lambda: LinkTaken(link=wanted))
    session.add(LinkState(link_id=row.id, **_from_now(session)))
    changed(session, "link.added", f"link:{wanted}", operator, {"way": row.way, "port": row.port, "device": row.device})
    return row


def amend_link(session: Session, code: str, seen_version: int, changes: Mapping[str, Any], operator: str) -> Link:
    """Changes a link read at `seen_version`: any column of `Link` but its code.

    Refuses other fields, values that cannot be, a port that another link has, and `ChangedMeanwhile`. One that is
    switched on again begins where the news stands then: a resync tells it the rest.
    """
    row = get_link(session, code)
    was_off = not row.active
    clean = _clean(changes)
    with session.no_autoflush:
        tried = Link(**{name: getattr(row, name) for name in _FIELDS} | clean, id=row.id)
        _refuse_place(session, tried)
    save(session, row, seen_version, clean, "link.changed", f"link:{row.code}", operator)
    if was_off and row.active:
        began = _from_now(session)
        session.execute(sa.update(LinkState).where(LinkState.link_id == row.id).values(**began))
    return row


def get_link(session: Session, code: str) -> Link:
    """The link with this code. Refuses `LinkUnknown`."""
    found = session.scalar(sa.select(Link).where(Link.code == code)) if code.isprintable() else None
    if found is None:
        raise LinkUnknown(link=code[:30])
    return found


def all_links(session: Session) -> list[Link]:
    """Every link, those that are on first."""
    return list(session.scalars(sa.select(Link).order_by(Link.active.desc(), Link.code)))


def _from_now(session: Session) -> dict[str, int]:
    turn, row_id = newest(session)
    return {"seen_turn": turn, "seen_id": row_id, "replaced_turn": 0, "replaced_id": 0}


def _refuse_place(session: Session, row: Link) -> None:
    if row.way == "serial":
        if not row.device:
            raise DeviceMissing
        return
    if row.active is False:
        return
    other = sa.select(Link.code).where(Link.port == (row.port or 5010), Link.way != "serial", Link.active)
    holder = session.scalar(other.where(Link.id != (row.id or 0)))
    if holder is not None:
        raise PortTaken(link=holder, port=row.port or 5010)


def _clean(fields: Mapping[str, Any]) -> dict[str, Any]:
    clean = dict(fields)
    for name in fields:
        if name not in _FIELDS:
            raise FieldUnknown(field=name)
    if "name" in clean:
        clean["name"] = needed_text("name", clean["name"], 100)
    choices = {"way": WAYS, "protocol": PROTOCOLS, "parity": PARITIES, "baud": BAUDS, "data_bits": (7, 8)}
    for name, allowed in {**choices, "decimals": range(5), "port": range(1, 65536)}.items():
        if name in clean and clean[name] not in allowed:
            raise LinkChoiceInvalid(field=name, given=clean[name])
    silence_s = clean.get("silence_s")
    if silence_s is not None and not 5 <= silence_s <= MOST_SILENCE_S:
        raise LinkChoiceInvalid(field="silence_s", given=silence_s)
    if "encoding" in clean:
        _read_encoding(clean["encoding"])
    if "host" in clean:
        clean["host"] = _read_host(clean["host"])
    if "allowed" in clean:
        clean["allowed"] = _read_networks(clean["allowed"])
    if "records" in clean:
        clean["records"] = _read_records(clean["records"])
    if "device" in clean:
        clean["device"] = None if not clean["device"] else needed_text("device", clean["device"], 200)
    return clean


def _read_encoding(name: str) -> None:
    if name not in ENCODINGS:
        raise LinkChoiceInvalid(field="encoding", given=name)
    codecs.lookup(name)


def _read_host(text: str | None) -> str:
    try:
        return str(ip_address((text or "").strip()))
    except ValueError:
        raise LinkAddressInvalid(field="host", given=(text or "–")[:60]) from None


def _read_networks(text: str | None) -> str:
    found = []
    for each in (text or "").replace(",", " ").split():
        try:
            found.append(str(ip_network(each, strict=False)))
        except ValueError:
            raise LinkAddressInvalid(field="allowed", given=each[:60]) from None
    return needed_text("allowed", " ".join(found), 500) if found else ""


def _read_records(text: str | None) -> str:
    ids = (text or "").upper().replace(",", " ").split()
    for each in ids:
        if each not in RECORDS:
            raise RecordsInvalid(field="records", given=each[:10])
    return " ".join(sorted(set(ids)))


# --- its outlets, and how it is paid ------------------------------------------------------------------------------


def set_outlets(session: Session, code: str, seen_version: int, numbers: Mapping[str, str], operator: str) -> None:
    """Says for which terminal a link charges by the number in SO; "" for every other number, and for none.

    Refuses unknown terminals, and `ChangedMeanwhile`, by the version of the link.
    """
    row = _hold(session, code, seen_version)
    for number, terminal in numbers.items():
        if len(number) > 16 or not number.isprintable():
            raise LinkChoiceInvalid(field="number", given=number[:30])
        get_terminal(session, terminal)
    before = outlets_of(session, row.id)
    session.execute(sa.delete(LinkOutlet).where(LinkOutlet.link_id == row.id))
    session.add_all(LinkOutlet(link_id=row.id, number=each, terminal_code=to) for each, to in numbers.items())
    flag_modified(row, "name")  # saved under the link's version
    changed(session, "link.outlets.set", f"link:{row.code}", operator, dict(numbers), before)


def outlets_of(session: Session, link_id: int) -> dict[str, str]:
    """The terminal by the number in SO."""
    rows = session.execute(
        sa.select(LinkOutlet.number, LinkOutlet.terminal_code)
        .where(LinkOutlet.link_id == link_id)
        .order_by(LinkOutlet.number)
    )
    return dict(rows.all())


def terminals_offered(session: Session) -> list[tuple[str, str]]:
    """The terminals that are on, by code, with their names."""
    rows = session.execute(sa.select(Terminal.code, Terminal.name).where(Terminal.active).order_by(Terminal.code))
    return [(row.code, f"{row.code} · {row.name}") for row in rows]


def set_payments(
    session: Session, code: str, seen_version: int, methods: Mapping[str, str | None], operator: str
) -> None:
    """Says what the payment methods of a link (PM) are: the code of a tender, None: a charge to the room.

    Cash goes into a drawer of the link's own, which is opened with the first such method. Refuses codes that are no
    payment by cash or card, and `ChangedMeanwhile`, by the version of the link.
    """
    row = _hold(session, code, seen_version)
    codes = catalogue(session)
    rows = []
    for method, tender in methods.items():
        if not (method.isascii() and method.isalnum() and len(method) <= 5):
            raise MethodInvalid(field="method")
        kind = None if tender is None else codes.code(tender, "payment").tender
        if kind == "direct_bill":
            raise CodeWrongKind(transaction_code=tender, kind="direct_bill", wanted="payment")
        drawer = _drawer(session, row, operator) if kind == "cash" else None
        rows.append(LinkPayment(link_id=row.id, method=method, code=tender, folio_id=drawer))
    if any(methods.values()):
        passers_by(session, operator)
    before = payments_of(session, row.id)
    session.execute(sa.delete(LinkPayment).where(LinkPayment.link_id == row.id))
    session.add_all(rows)
    flag_modified(row, "name")
    changed(session, "link.payments.set", f"link:{row.code}", operator, dict(methods), before)


def payments_of(session: Session, link_id: int) -> dict[str, str | None]:
    """The tender's code by the payment method; None: to the room."""
    rows = session.execute(
        sa.select(LinkPayment.method, LinkPayment.code)
        .where(LinkPayment.link_id == link_id)
        .order_by(LinkPayment.method)
    )
    return dict(rows.all())


def passers_by(session: Session, operator: str) -> Folio:
    """The account that what was paid at tills is charged to, and paid on: opened once."""
    found = session.scalar(sa.select(Folio).where(Folio.number == PASSERS_BY))
    if found is not None:
        return found
    return open_folio(session, type="non_guest", name=PASSERS_BY_NAME, number=PASSERS_BY, operator=operator)


def _drawer(session: Session, link: Link, operator: str) -> int:
    standing = sa.select(LinkPayment.folio_id).where(LinkPayment.link_id == link.id, LinkPayment.folio_id.is_not(None))
    found = session.scalar(standing.limit(1))
    number = f"TILL-{link.code}"
    found = found or session.scalar(sa.select(Folio.id).where(Folio.number == number, Folio.type == "control"))
    return found or add_drawer(session, link.name, number, operator).id


def _hold(session: Session, code: str, seen_version: int) -> Link:
    row = get_link(session, code)
    session.refresh(row, with_for_update={"key_share": True})
    if row.version != seen_version:
        raise ChangedMeanwhile(record=f"link:{row.code}", changed=[f"version {row.version}"], version=row.version)
    return row


# --- as they run --------------------------------------------------------------------------------------------------


def to_run(session: Session) -> list[LinkFacts]:
    """The links that are on, as who runs them needs them."""
    hotel = session.scalar(sa.select(Property.time_zone)) or "UTC"
    methods: dict[int, list[str]] = {}
    for each in session.execute(sa.select(LinkPayment.link_id, LinkPayment.method).where(LinkPayment.code.is_(None))):
        methods.setdefault(each.link_id, []).append(each.method)
    rows = session.scalars(sa.select(Link).where(Link.active).order_by(Link.id))
    return [_facts(row, hotel, ",".join(sorted(methods.get(row.id, ()))) or ROOM_METHODS) for row in rows]


def _facts(row: Link, zone: str, methods: str) -> LinkFacts:
    return LinkFacts(
        id=row.id,
        code=row.code,
        way=row.way,
        host=row.host,
        port=row.port,
        device=row.device or "",
        baud=row.baud,
        data_bits=row.data_bits,
        parity=row.parity,
        check=row.check_bytes,
        allowed=tuple(ip_network(each) for each in row.allowed.split()),
        protocol=row.protocol,
        encoding=row.encoding,
        decimals=row.decimals,
        settings=LinkSettings(zone=ZoneInfo(zone), payment_methods=methods, silence_s=row.silence_s),
    )
