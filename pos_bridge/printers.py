"""Printers and routes: which there are, how each is reached and what it can, and which slip goes where.

What a printer was found to be (down, and why) is written by the worker; what waits for it stands in `print_queue.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from folios import events
from folios.errors import N_, Refusal
from folios.folios import MOST_ID
from folios.texts import clean_text
from frontoffice.fields import FieldMissing, FieldUnknown
from pos_bridge.models.printing import PRINTER_KINDS, Printer, PrintJob, PrintRoute
from pos_bridge.receipts.library import Paper, code_pages_of, profiles
from pos_bridge.slips import KINDS, SlipKindUnknown

MOST_NAME, MOST_CODE, MOST_PORT = 60, 16, 65_535
DOTS_BY_WIDTH = {58: 384, 80: 576}
BAUD_RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)
LEAST_DOTS, MOST_DOTS, MOST_TIMEOUT_S = 64, 2048, 30
_HOST = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.:_-]{0,251}[A-Za-z0-9])?", re.ASCII)
_SERIAL = re.compile(r"(?:/dev/[\w./+-]+|COM\d{1,3}|(?:socket|rfc2217)://[\w.\[\]:-]+:\d{1,5}[\w/?=&-]*)", re.ASCII)
_FILE = re.compile(r"/[\w./+-]+", re.ASCII)

KIND_WORDS = {
    "network": N_("Network"),
    "serial": N_("Serial line"),
    "usb": N_("USB"),
    "file": N_("Device file"),
    "dummy": N_("On the screen only"),
}


class PrinterUnknown(Refusal):
    code = "printer.unknown"
    message = N_("There is no printer {printer}.")


class PrinterNameTaken(Refusal):
    code = "printer.name_taken"
    message = N_("There is a printer {name} already. Choose another name.")


class PrinterKindUnknown(Refusal):
    code = "printer.kind_invalid"
    message = N_("{kind} is no kind of printer.")


class HostInvalid(Refusal):
    code = "host.invalid"
    message = N_("{host} is no name or address of a printer. Write it like 192.168.1.50 or bar-printer.")


class NumberInvalid(Refusal):
    code = "printer.number_invalid"
    message = N_("{number} is not possible here. It is a whole number from {least} to {most}.")


class DeviceInvalid(Refusal):
    code = "device.invalid"
    message = N_(
        "{device} is no device. Write a path such as /dev/ttyUSB0 or /dev/usb/lp0, for a serial line also "
        "socket://host:port or rfc2217://host:port."
    )


class ProfileUnknown(Refusal):
    code = "profile.unknown_kind"
    message = N_("{profile} is none of the models that are known.")


class CodePageUnknown(Refusal):
    code = "code_pages.unknown_kind"
    message = N_("This model has no code page {code_page}. It has: {has}.")


class RouteUnknown(Refusal):
    code = "route.unknown"
    message = N_("There is no such route.")


class RouteTaken(Refusal):
    code = "route.taken"
    message = N_("There is a route for these slips already. Remove it first.")


class PrinterUsed(Refusal):
    code = "printer.used"
    message = N_("{count} routes lead to printer {name}. Remove them before it is switched off.")


# --- printers ---------------------------------------------------------------------------------------------------


def list_printers(session: Session) -> list[Printer]:
    """All printers by name. One statement."""
    return list(session.scalars(sa.select(Printer).order_by(Printer.name)))


def get_printer(session: Session, printer_id: int) -> Printer:
    """A printer by its number. Refuses `PrinterUnknown`."""
    found = session.get(Printer, printer_id) if 0 < printer_id <= MOST_ID else None
    if found is None:
        raise PrinterUnknown(printer=printer_id)
    return found


def add_printer(session: Session, facts: Mapping[str, Any], operator: str) -> Printer:
    """Adds a printer; `facts` are its columns as in `amend_printer`.

    Refuses a name that is taken, an address that is none, and what a printer cannot be.
    """
    clean = clean_facts(facts)
    printer = Printer(**clean)
    try:
        with session.begin_nested():
            session.add(printer)
    except IntegrityError:
        raise PrinterNameTaken(name=clean["name"]) from None
    events.record(session, "printer.added", f"printer:{printer.id}", operator, None, clean)
    return printer


def amend_printer(
    session: Session, printer_id: int, seen_version: int, facts: Mapping[str, Any], operator: str
) -> bool:
    """Saves a printer that was edited at `seen_version`; it is tried anew at once. Returns whether anything changed.

    Refuses as `add_printer`, `ChangedMeanwhile`, and switching one off to which routes lead (`PrinterUsed`).
    """
    printer = get_printer(session, printer_id)
    clean = clean_facts(facts)
    if printer.active and not clean["active"]:
        leading = session.scalar(sa.select(sa.func.count()).where(PrintRoute.printer_id == printer_id)) or 0
        if leading:
            raise PrinterUsed(count=leading, name=printer.name)
    taken = sa.select(Printer.id).where(Printer.name == clean["name"], Printer.id != printer_id)
    if session.scalar(taken) is not None:
        raise PrinterNameTaken(name=clean["name"])
    changed = events.amend(session, printer, seen_version, clean, "printer.amended", f"printer:{printer_id}", operator)
    if changed:
        fresh = {"answers": False, "error": None, "error_detail": None, "down_since": None, "failures": 0}
        session.execute(
            sa.update(Printer)
            .where(Printer.id == printer_id)
            .values(**fresh, retry_at=None)
            .execution_options(synchronize_session=False)
        )
        session.expire(printer)
        retry_unrouted(session)
    return changed


def clean_facts(facts: Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a printer as they are stored; what its kind does not use is left out. Refuses what cannot be."""
    kind = facts.get("kind")
    if kind not in PRINTER_KINDS:
        raise PrinterKindUnknown(kind=kind)
    name = clean_text("name", facts.get("name"), MOST_NAME)
    if name is None:
        raise FieldMissing(field="name")
    profile = facts.get("profile") or "default"
    if profile not in profiles():
        raise ProfileUnknown(profile=profile)
    width = facts.get("width_mm") or 80
    if width not in DOTS_BY_WIDTH:
        raise FieldUnknown(field="width_mm")
    clean = {
        "name": name,
        "kind": kind,
        **_address(kind, facts),
        "profile": profile,
        "width_mm": width,
        "dots": _number(facts, "dots", LEAST_DOTS, MOST_DOTS, DOTS_BY_WIDTH[width]),
        "code_pages": " ".join(_code_pages(profile, facts.get("code_pages"))),
        "timeout_s": _number(facts, "timeout_s", 1, MOST_TIMEOUT_S, 5),
    }
    return clean | {
        flag: bool(facts.get(flag, default))
        for flag, default in (("has_drawer", False), ("has_cutter", True), ("active", True))
    }


def _address(kind: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """How it is reached. What another kind would need is kept, so that who tries several loses nothing."""
    pattern = {"serial": _SERIAL, "file": _FILE}.get(kind, re.compile(f"{_SERIAL.pattern}|{_FILE.pattern}", re.ASCII))
    address: dict[str, Any] = {
        "host": _matching(facts, "host", _HOST, HostInvalid, needed=kind == "network"),
        "port": _number(facts, "port", 1, MOST_PORT, 9100) if kind == "network" or facts.get("port") else None,
        "device": _matching(facts, "device", pattern, DeviceInvalid, needed=kind in ("serial", "file")),
        "baud_rate": _number(facts, "baud_rate", BAUD_RATES[0], BAUD_RATES[-1], 9600),
    }
    for name in ("usb_vendor", "usb_product"):
        if kind == "usb" and facts.get(name) is None:
            raise FieldMissing(field=name)
        address[name] = None if facts.get(name) is None else _number(facts, name, 0, 0xFFFF, 0)
    return address


def _matching(
    facts: Mapping[str, Any], field: str, pattern: re.Pattern[str], refusal: type[Refusal], *, needed: bool
) -> str | None:
    text = clean_text(field, facts.get(field), 200)
    if text is None:
        if needed:
            raise FieldMissing(field=field)
        return None
    if not pattern.fullmatch(text) or ".." in text:
        raise refusal(**{field: text[:60]})
    return text


def _number(facts: Mapping[str, Any], field: str, least: int, most: int, default: int) -> int:
    value = facts.get(field)
    if value is None:
        return default
    if type(value) is not int or not least <= value <= most:
        raise NumberInvalid(number=value, least=least, most=most, field=field)
    return value


def _code_pages(profile: str, given: Any) -> list[str]:
    has = code_pages_of(profile)
    names = list(dict.fromkeys((clean_text("code_pages", given, 200) or "").upper().split()))
    for name in names:
        if name not in has:
            raise CodePageUnknown(code_page=name[:20], has=list(has))
    return names


def paper_of(printer: Printer) -> Paper:
    """What the printer prints on."""
    return Paper(
        dots=printer.dots,
        profile=printer.profile,
        code_pages=tuple(printer.code_pages.split()),
        has_cutter=printer.has_cutter,
        has_drawer=printer.has_drawer,
    )


# --- routes -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Route:
    """A route with its printer; an empty text stands for any kind, outlet or terminal."""

    id: int
    kind: str
    outlet: str
    terminal: str
    printer_id: int
    printer: str
    active: bool

    def matches(self, kind: str, outlet: str | None, terminal: str | None) -> bool:
        """Whether it takes these slips."""
        asked = ((self.kind, kind), (self.outlet, outlet), (self.terminal, terminal))
        return all(not wanted or wanted == given for wanted, given in asked)

    @property
    def weight(self) -> int:
        """The more a route names, the sooner it is taken: a terminal before an outlet before a kind."""
        return 4 * bool(self.terminal) + 2 * bool(self.outlet) + bool(self.kind)


def list_routes(session: Session) -> list[Route]:
    """All routes, those that name least first. One statement."""
    rows = session.execute(
        sa.select(
            PrintRoute.id,
            PrintRoute.kind,
            PrintRoute.outlet,
            PrintRoute.terminal,
            Printer.id,
            Printer.name,
            Printer.active,
        ).join(Printer, Printer.id == PrintRoute.printer_id)
    )
    return sorted((Route(*row) for row in rows), key=lambda each: (each.outlet, each.terminal, each.kind))


def add_route(
    session: Session,
    printer_id: int,
    operator: str,
    *,
    kind: str | None = None,
    outlet: str | None = None,
    terminal: str | None = None,
) -> PrintRoute:
    """Sends slips of a kind, outlet and terminal (None: any) to a printer; what waited for a route gets it.

    Refuses an unknown printer or kind, codes that are too long, and a second route for the same (`RouteTaken`).
    """
    printer = get_printer(session, printer_id)
    if kind is not None and kind not in KINDS:
        raise SlipKindUnknown(kind=kind)
    route = PrintRoute(
        kind=kind or "",
        outlet=clean_text("outlet", outlet, MOST_CODE) or "",
        terminal=clean_text("terminal", terminal, MOST_CODE) or "",
        printer_id=printer.id,
    )
    try:
        with session.begin_nested():
            session.add(route)
    except IntegrityError:
        raise RouteTaken from None
    after = {"kind": route.kind, "outlet": route.outlet, "terminal": route.terminal, "printer": printer.name}
    events.record(session, "print_route.added", f"printer:{printer.id}", operator, None, after)
    retry_unrouted(session)
    return route


def get_route(session: Session, route_id: int) -> Route:
    """A route by its number. Refuses `RouteUnknown`."""
    found = next((each for each in list_routes(session) if each.id == route_id), None)
    if found is None:
        raise RouteUnknown
    return found


def remove_route(session: Session, route_id: int, operator: str) -> None:
    """Takes a route away; what was sent by it stays where it is. Refuses `RouteUnknown`."""
    route = get_route(session, route_id)
    session.execute(sa.delete(PrintRoute).where(PrintRoute.id == route_id))
    before = {"kind": route.kind, "outlet": route.outlet, "terminal": route.terminal, "printer": route.printer}
    events.record(session, "print_route.removed", f"printer:{route.printer_id}", operator, before, None)


def best_route(routes: Iterable[Route], kind: str, outlet: str | None, terminal: str | None) -> Route | None:
    """The route that names most of all that take such slips, to a printer that is switched on."""
    taking = [each for each in routes if each.active and each.matches(kind, outlet, terminal)]
    return max(taking, key=lambda each: each.weight, default=None)


def retry_unrouted(session: Session) -> None:
    """Has what waits without a printer looked at anew at once."""
    unrouted = sa.and_(PrintJob.status == "waiting", PrintJob.printer_id.is_(None))
    session.execute(
        sa.update(PrintJob).where(unrouted).values(next_at=None).execution_options(synchronize_session=False)
    )


# --- what is down -----------------------------------------------------------------------------------------------


# Every page asks this: put together once.
_DOWN = sa.select(Printer.name).where(Printer.error.is_not(None), Printer.active).order_by(Printer.name)


def down(session: Session) -> list[str]:
    """The names of the printers that are switched on and down. One statement, by an index that holds only those."""
    return list(session.scalars(_DOWN))
