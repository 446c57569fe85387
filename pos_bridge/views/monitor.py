"""The monitor of the outlets: each terminal and its day, messages in words, refusals, likely doubles, the log."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Response, request, stream_with_context

from folios.business_day import open_date
from folios.db import reading
from folios.errors import N_
from folios.ledger import currency
from folios.money import Money
from folios.texts import read_number, search_text
from frontoffice.app import db
from frontoffice.language import amount
from frontoffice.language import gettext as _
from frontoffice.views.access import needs
from frontoffice.views.pages import head, page
from pos_bridge import link_states, monitor, suspense
from pos_bridge.models.messages import OUTCOMES, REQUEST_KINDS, PosRequest
from pos_bridge.monitor import LogSpanInvalid, Wanted
from pos_bridge.views.links import PHASE_WORDS

KIND_WORDS = {
    "inquiry": N_("asked"),
    "charge": N_("charge"),
    "void": N_("taken back"),
    "z_report": N_("total of the day"),
    "batch": N_("sent later, together"),
}
OUTCOME_WORDS = {"done": N_("done"), "suspense": N_("in suspense"), "refused": N_("refused")}


@needs("outlet.watch")
def show() -> str:
    """Terminals and their day, the last messages, why some were refused, and what looks like it came twice."""
    asked = _asked()
    with reading(db.session) as session:
        today = open_date(session)
        found = monitor.messages(session, asked)
        older = None if found.before_id is None else urlencode(_query(asked) | {"before": found.before_id})
        return page(
            "pos_bridge/monitor/show.html",
            today=today,
            links=link_states.known_links(session),
            phases=PHASE_WORDS,
            terminals=monitor.terminals_on(session, today),
            messages=found.rows,
            causes=monitor.refusals_on(session, today),
            doubles=monitor.doubles_on(session, today),
            in_suspense=suspense.status(session),
            asked=asked,
            older=older,
            sentence=_teller(currency(session)),
            kinds=KIND_WORDS,
            outcomes=OUTCOME_WORDS,
        )


@needs("outlet.watch")
def message(message_id: int) -> str:
    """One message with its answer, in words and as it was."""
    with reading(db.session) as session:
        found = monitor.message(session, message_id)
        twin = None if found.twin_id is None else monitor.message(session, found.twin_id)
        charge = None if found.charge_id is None else monitor.message(session, found.charge_id)
        return page(
            "pos_bridge/monitor/message.html",
            message=found,
            twin=twin,
            charge=charge,
            sentence=_teller(currency(session)),
            body=_written(found.body),
            answer=_written(found.answer),
            kinds=KIND_WORDS,
            outcomes=OUTCOME_WORDS,
        )


@needs("outlet.watch")
def log() -> Response:
    """The raw messages of a time span, as lines of JSON, while they are read. Both days are included."""
    first, last = _day("from"), _day("to")
    if first is None or last is None:
        raise LogSpanInvalid(days=monitor.LOG_DAYS)
    lines = monitor.log_lines(db.session, _midnight(first), _midnight(last + timedelta(days=1)))
    answer = Response(stream_with_context(lines), mimetype="application/x-ndjson")
    answer.headers["Content-Disposition"] = f'attachment; filename="outlets-{first}-{last}.jsonl"'
    return answer


def _asked() -> Wanted:
    """The filters; what is none of them does not matter."""
    kind, outcome = request.args.get("kind"), request.args.get("outcome")
    return Wanted(
        terminal=search_text(request.args.get("terminal"), 16) or None,
        outcome=outcome if outcome in OUTCOMES else None,
        kind=kind if kind in REQUEST_KINDS else None,
        before_id=read_number(request.args.get("before")),
    )


def _query(asked: Wanted) -> dict[str, Any]:
    """The filters as they stand in an address."""
    given = {"terminal": asked.terminal, "outcome": asked.outcome, "kind": asked.kind}
    return {name: value for name, value in given.items() if value is not None}


def _day(name: str) -> date | None:
    try:
        found = date.fromisoformat(request.args.get(name, "").strip())
    except ValueError:
        return None
    return found if date(1970, 1, 2) <= found <= date(9999, 12, 30) else None


def _midnight(day: date) -> datetime:
    top = head()
    return datetime.combine(day, time(), ZoneInfo(top.time_zone if top else "UTC"))


def _written(content: Any) -> str:
    return json.dumps(monitor.unreadable(content), indent=2, ensure_ascii=False)


SENTENCES = {
    "inquiry": N_("{terminal} asked for {whom}; {found} found"),
    "charge": N_("{terminal} charged {amount} to {whom}"),
    "void": N_("{terminal} took {amount} back"),
    "z_report": N_("{terminal} reported its total of {amount}"),
    "batch": N_("{terminal} sent what it had kept meanwhile"),
    "suspense": N_("{terminal} charged {amount} for {whom}, into suspense"),
    "refused": N_("{terminal} was refused ({whom}): {why}"),
}
"""What a message means, by its outcome if that is not plain done, else by its kind."""


def _teller(currency: str) -> Callable[[PosRequest], str]:
    """Says what a message means: `BAR1 charged 45.00 EUR to room 305 (Smith), check 1002, voucher 811`."""

    def tell(row: PosRequest) -> str:
        facts = {
            "terminal": row.terminal,
            "amount": amount(Money(row.total_minor or 0, currency)),
            "whom": _whom(row),
            "why": row.answer.get("text") or row.refusal,
            "found": row.answer.get("found", 0),
        }
        more = [_("check {check}", check=row.check_number)] if row.check_number else []
        if row.outcome == "refused":  # its reason is a sentence of its own: nothing stands behind it
            facts["whom"] = ", ".join([_whom(row), *more])
            more = []
        if row.voucher_id:
            more.append(_("voucher {number}", number=row.voucher_id))
        said = _(SENTENCES[row.kind if row.outcome == "done" else row.outcome], **facts)
        return str(monitor.unreadable(", ".join([said, *more])))

    return tell


def _whom(row: PosRequest) -> str:
    """Who was charged, as it was answered; else whom the terminal asked for."""
    room, guest, folio = (row.answer.get(name) for name in ("room", "guest", "folio"))
    if room and guest:
        return _("room {room} ({guest})", room=room, guest=guest)
    if folio and guest:
        return f"{folio} ({guest})"
    return str(row.place or folio or _("nobody"))
