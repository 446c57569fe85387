"""The PR that asks: who is in a room, whose name begins so, whose card is this. Answered by PL, or PA where nobody is.

That it was asked is kept, as of every terminal; cards are not.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy.orm import Session

from folios.db import in_unit_of_work
from folios.errors import DatabaseRefusal, Refusal
from folios.texts import search_text
from frontoffice.language import show
from pos_bridge.checks import Whom
from pos_bridge.fias import values
from pos_bridge.fias.records import Record, record
from pos_bridge.fias.values import from_date, with_point
from pos_bridge.fias_desk.calls import Call, guest_number
from pos_bridge.fias_desk.checks_read import card_of
from pos_bridge.fias_desk.guests import language
from pos_bridge.fias_desk.postings import terminal_of
from pos_bridge.fias_desk.statuses import status_for
from pos_bridge.payers import MOST_MATCHES, NotPlaced, Payer, WhomMissing, find_payers
from pos_bridge.requests import Sender, heard, log_inquiry


def inquire(call: Call) -> list[Record]:
    """Answers an inquiry."""
    try:
        terminal = terminal_of(call)
        heard(call.sessions, terminal.code)
        most = values.whole(call.record.get("MX")) or MOST_MATCHES

        def ask(session: Session) -> list[Payer]:
            found: list[Payer] = []
            asked = list(_meant(call))
            if not asked:
                raise WhomMissing
            for whom in asked:
                found = find_payers(session, terminal, whom, most)
                if found:
                    break
            place = asked[0].place
            log_inquiry(session, Sender(terminal.code), terminal, place, {"place": place}, len(found))
            return found

        payers = in_unit_of_work(call.sessions, ask)
        if not payers:
            raise NotPlaced
    except DatabaseRefusal:
        raise
    except Refusal as refusal:
        return [call.answer("PA", status_for(refusal), show(refusal))]
    return [_list(call, payers)]


def _meant(call: Call) -> Iterator[Whom]:
    """What is looked for, in turn: a card; a room, a name, an account."""
    if card := card_of(call.get("$2")):
        yield Whom(card=card)
    text = search_text(call.get("PI") or call.get("RN") or call.get("GN"), 60)
    if text:
        yield from (Whom(room=text), Whom(name=text), Whom(account=text))


def _list(call: Call, payers: list[Payer]) -> Record:
    blocks = [field for each in payers for field in _block(call, each)]
    return record(
        "PL", [*call.echoed("SO", "WS", "ID"), *blocks, *call.echoed("C#"), *call.stamped(), *call.echoed("P#")]
    )


def _block(call: Call, payer: Payer) -> list[tuple[str, str | None]]:
    _surname, _comma, first_names = payer.guest.partition(", ")
    limit = payer.limit_minor
    return [
        ("RN", payer.room or payer.folio),
        ("G#", guest_number(payer.stay_id, payer.sharer)),
        ("GN", payer.guest),
        ("GF", first_names or None),
        ("GT", payer.title),
        ("GL", language(payer.language)),
        ("GV", "0"),
        ("GA", None if payer.arrival is None else from_date(payer.arrival)),
        ("GD", None if payer.departure is None else from_date(payer.departure)),
        ("G+", None if payer.guest_id is None else str(payer.guest_id)),
        ("BA", with_point(payer.balance_minor, call.digits)),
        ("CL", None if limit is None else with_point(limit, call.digits)),
        ("NP", "N" if payer.may.get("charge") is None else "Y"),
        *call.echoed("PM"),
    ]
