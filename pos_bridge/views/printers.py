"""Printers are set up, tried and looked at; and the routes that say which slips go to which of them."""

from __future__ import annotations

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from frontoffice.app import db
from frontoffice.language import gettext as _
from frontoffice.language import locale
from frontoffice.stationery import letterhead, logos
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.bills import as_file
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields
from pos_bridge import print_queue, printers, specimens
from pos_bridge.forms.printers import PrinterEditForm, PrinterForm, RouteForm, RouteRemovalForm, TestSlipForm
from pos_bridge.models.printing import Printer
from pos_bridge.printing import receipts
from pos_bridge.receipts import picture
from pos_bridge.receipts.making import Made, make
from pos_bridge.slips import KIND_WORDS as SLIP_WORDS

HERE = "/set-up/printers"
PNG = "image/png"


@needs("printer.set_up")
def overview() -> str:
    """All printers with their state, and the routes to them."""
    with reading(db.session) as session:
        shown = {
            "printers": printers.list_printers(session),
            "routes": printers.list_routes(session),
            "waiting": print_queue.waiting_by_printer(session),
        }
        return page("pos_bridge/printers/list.html", **shown, **_words())


@needs("printer.set_up")
def add() -> Response:
    """Adds a printer."""
    form = PrinterForm(
        held=held_fields(), kind="network", profile="default", width_mm=80, baud_rate=9600, has_cutter=True, active=True
    )
    form.offer()

    def work(session: Session, _authority: str | None) -> Done:
        added = printers.add_printer(session, form.facts(), operator())
        return Done(f"{HERE}/{added.id}", _("Printer {name} was added. Print a test slip.", name=added.name))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("printer.set_up")
def show(printer_id: int) -> str:
    """A printer: what it is, how it was found the last time, and a slip of each kind as it would come out of it."""
    asked = request.args.get("slip", "")
    kind = asked if asked in SLIP_WORDS else "charge"
    with reading(db.session) as session:
        printer = printers.get_printer(session, printer_id)
        routes = [each for each in printers.list_routes(session) if each.printer_id == printer_id]
        text = _specimen(session, printer, kind).text()
        shown = {"printer": printer, "routes": routes, "kind": kind, "text": text, "test": TestSlipForm()}
        return page("pos_bridge/printers/show.html", **shown, **_words())


@needs("printer.set_up")
def edit(printer_id: int) -> Response:
    """Edits a printer; who was faster is shown field by field."""
    with reading(db.session) as session:
        form = PrinterEditForm.of(printers.get_printer(session, printer_id), held_fields())
    back = f"{HERE}/{printer_id}"

    def work(session: Session, _authority: str | None) -> Done:
        printers.amend_printer(session, printer_id, form.seen_version, form.facts(), operator())
        return Done(back, _("Printer {name} was saved.", name=form["name"].data))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=back), work)


@needs("printer.set_up")
def test(printer_id: int) -> Response:
    """Has a test slip printed."""
    form = TestSlipForm(held=held_fields())
    with reading(db.session) as session:
        name = printers.get_printer(session, printer_id).name

    def work(session: Session, _authority: str | None) -> Done:
        specimens.queue_test(session, printer_id, operator(), str(locale()))
        return Done(f"{HERE}/{printer_id}", _("A test slip is on its way to printer {name}.", name=name))

    shown = {"form": form, "title": _("Test of printer {name}", name=name), "cancel": f"{HERE}/{printer_id}"}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("printer.set_up")
def specimen(printer_id: int, kind: str) -> Response:
    """A slip of a kind as it would come out of a printer, as a picture."""
    with reading(db.session) as session:
        made = _specimen(session, printers.get_printer(session, printer_id), kind)
    return as_file(picture.png(made.content, made.paper), f"{kind}.png", PNG)


def _specimen(session: Session, printer: Printer, kind: str) -> Made:
    slip = specimens.specimen(session, kind, printer.name, operator())
    head = letterhead(session)
    logo = logos(session, [head]).get(head.logo_sha256 or "")
    return make(receipts(), slip, str(locale()), printers.paper_of(printer), logo=logo)


# --- routes -----------------------------------------------------------------------------------------------------


@needs("printer.set_up")
def add_route() -> Response:
    """Sends slips to a printer."""
    form = RouteForm(held=held_fields())
    with reading(db.session) as session:
        form.offer(printers.list_printers(session))

    def work(session: Session, _authority: str | None) -> Done:
        added = printers.add_route(
            session, int(form.printer.data or 0), operator(),
            kind=form.kind.data, outlet=form.outlet.data, terminal=form.terminal.data,
        )  # fmt: skip
        return Done(HERE, _("These slips go to printer {name}.", name=printers.get_route(session, added.id).printer))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("printer.set_up")
def remove_route(route_id: int) -> Response:
    """Takes a route away."""
    form = RouteRemovalForm(held=held_fields())
    with reading(db.session) as session:
        route = printers.get_route(session, route_id)

    def work(session: Session, _authority: str | None) -> Done:
        printers.remove_route(session, route_id, operator())
        return Done(HERE, _("The route to printer {name} was removed.", name=route.printer))

    title = _("Remove a route to printer {name}", name=route.printer)
    return answer(form, lambda: page("frontoffice/form.html", form=form, title=title, cancel=HERE, danger=True), work)


def _words() -> dict[str, object]:
    return {"kinds": printers.KIND_WORDS, "slips": SLIP_WORDS, "why": print_queue.why}
