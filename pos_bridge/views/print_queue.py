"""The print queue: what waits, what failed and why, what came out; and what is done about a slip by hand."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from folios.errors import N_, Refusal
from folios.texts import read_number
from frontoffice.app import db
from frontoffice.forms.base import Form
from frontoffice.language import gettext as _
from frontoffice.stationery import letterhead, logos
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.bills import as_file
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields
from pos_bridge import print_queue, printers
from pos_bridge.forms.print_queue import CancelForm, CopyForm, MoveForm, PrinterChoiceForm, RetryForm
from pos_bridge.models.printing import PrintJob
from pos_bridge.printing import receipts
from pos_bridge.receipts import picture
from pos_bridge.receipts.library import Paper
from pos_bridge.receipts.making import Made, make
from pos_bridge.slips import KIND_WORDS, read_slip

HERE = "/print-queue"
MOST = 100
STATE_WORDS = {
    "waiting": N_("waiting"),
    "printing": N_("printing"),
    "failed": N_("failed"),
    "printed": N_("printed"),
    "cancelled": N_("cancelled"),
}
NOTICE_WORDS = {
    print_queue.CHARACTERS: N_("Boxes stand for {told}: no font here has them."),
    print_queue.TEMPLATE: N_("The hotel's own template is wrong ({told}); that of the house was taken."),
}


@needs("print.manage")
def overview() -> str:
    """The slips of a state, of all printers or one."""
    state = request.args.get("state", "waiting")
    state = state if state in STATE_WORDS else "waiting"
    printer_id, before = read_number(request.args.get("printer")), read_number(request.args.get("before"))
    with reading(db.session) as session:
        found = print_queue.slips(session, state, printer_id, most=MOST, before=before)
        shown = {
            "printers": printers.list_printers(session),
            "counts": print_queue.counts(session, printer_id),
            "chosen": printer_id,
            "state": state,
            "found": found,
            "more": _address(state, printer_id, found[-1].id) if len(found) == MOST else None,
            "address": lambda each: _address(each, printer_id),
        }
        return page("pos_bridge/print_queue/list.html", **shown, **_words())


def _address(state: str, printer_id: int | None, before: int | None = None) -> str:
    asked = {"state": state, "printer": printer_id, "before": before}
    return f"{HERE}?{urlencode({name: value for name, value in asked.items() if value is not None})}"


@needs("print.manage")
def show(job_id: int) -> str:
    """A slip as it comes out, where it stands, and what may be done about it."""
    with reading(db.session) as session:
        slip = print_queue.queued(session, job_id)
        text, wrong = None, None
        try:
            text = _made(session, print_queue.get_job(session, job_id)).text()
        except Refusal as refusal:
            wrong = refusal
        shown = {"slip": slip, "text": text, "wrong": wrong, "deeds": print_queue.deeds(slip), "retry": RetryForm()}
        return page("pos_bridge/print_queue/show.html", **shown, **_words())


@needs("print.manage")
def preview(job_id: int) -> Response:
    """A slip as a picture: the bytes that a dummy kept, else those that would be sent."""
    with reading(db.session) as session:
        job = print_queue.get_job(session, job_id)
        paper = _paper(session, job)
        content = job.output or _made(session, job).content
    return as_file(picture.png(content, paper), f"slip-{job_id}.png", "image/png")


def _paper(session: Session, job: PrintJob) -> Paper:
    return Paper() if job.printer_id is None else printers.paper_of(printers.get_printer(session, job.printer_id))


def _made(session: Session, job: PrintJob) -> Made:
    slip, head = read_slip(job.kind, job.content, job.voucher_id), letterhead(session)
    logo = logos(session, [head]).get(head.logo_sha256 or "")
    paper = _paper(session, job)
    return make(receipts(), slip, job.language, paper, logo=logo, copy=job.copy, doubtful=job.doubtful)


# --- by hand ----------------------------------------------------------------------------------------------------


@needs("print.manage")
def retry(job_id: int) -> Response:
    """Has a slip tried again now."""
    told = _("Slip {job} is tried again.", job=job_id)
    return _deed(job_id, RetryForm(held=held_fields()), _("Try slip {job} again", job=job_id), told, print_queue.retry)


@needs("print.manage")
def cancel(job_id: int) -> Response:
    """Takes a slip out of the queue, with a reason."""
    form = CancelForm(held=held_fields())

    def work(session: Session, job: int, who: str) -> None:
        print_queue.cancel(session, job, form.reason.data, who)

    told = _("Slip {job} is not printed.", job=job_id)
    return _deed(job_id, form, _("Cancel slip {job}", job=job_id), told, work, danger=True)


@needs("print.manage")
def move(job_id: int) -> Response:
    """Gives a slip to another printer."""
    form = MoveForm(held=held_fields())

    def work(session: Session, job: int, who: str) -> None:
        print_queue.move(session, job, int(form.printer.data or 0), who)

    told = _("Slip {job} was moved.", job=job_id)
    return _deed(job_id, form, _("Move slip {job} to another printer", job=job_id), told, work)


@needs("print.manage")
def copy(job_id: int) -> Response:
    """Prints a slip once more, as a copy that says so."""
    with reading(db.session) as session:
        form = CopyForm(held=held_fields(), printer=print_queue.queued(session, job_id).printer_id)

    def work(session: Session, job: int, who: str) -> None:
        print_queue.print_copy(session, job, who, int(form.printer.data or 0))

    told = _("A copy of slip {job} is on its way.", job=job_id)
    return _deed(job_id, form, _("Print a copy of slip {job}", job=job_id), told, work)


Deed = Callable[[Session, int, str], object]


def _deed(job_id: int, form: Form, title: str, told: str, verb: Deed, *, danger: bool = False) -> Response:
    """A form that does something to a slip, and leads back to it."""
    back = f"{HERE}/{job_id}"
    with reading(db.session) as session:
        print_queue.queued(session, job_id)
        if isinstance(form, PrinterChoiceForm):
            form.offer(printers.list_printers(session))

    def work(session: Session, _authority: str | None) -> Done:
        verb(session, job_id, operator())
        return Done(back, told)

    shown = {"form": form, "title": title, "cancel": back, "danger": danger}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


def _words() -> dict[str, object]:
    return {"kinds": KIND_WORDS, "states": STATE_WORDS, "why": print_queue.why, "notices": _notices}


def _notices(notice: str | None) -> list[str]:
    """What is to be said about a slip that was printed."""
    lines = (notice or "").splitlines()
    return [
        _(words, told=line.removeprefix(begin))
        for line in lines
        for begin, words in NOTICE_WORDS.items()
        if line.startswith(begin)
    ]
