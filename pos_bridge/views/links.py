"""Links as they are set up, and as they are: their state, what was negotiated, the last records with what they mean."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import quote

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.codes import catalogue
from folios.db import reading
from folios.errors import N_
from frontoffice.app import db
from frontoffice.forms.codes import SwitchForm
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator, signed_in
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields
from pos_bridge import door_keys, link_states, links, support
from pos_bridge.fias.meaning import meaning
from pos_bridge.fias.records import Record
from pos_bridge.fias.vocabulary import RECORDS
from pos_bridge.forms import links as forms
from pos_bridge.wake_ups import stay_in

HERE = "/set-up/links"
PHASE_WORDS = {
    "alive": N_("up"),
    "down": N_("connecting"),
    "ending": N_("ending"),
    "closed": N_("down"),
    "not_run": N_("never run"),
    "off": N_("switched off"),
}
KEY_STATE_WORDS = {"asked": N_("asked"), "done": N_("written"), "refused": N_("refused")}


def link_address(code: str, deed: str = "", here: str = HERE) -> str:
    """The page of a link, or one of its deeds."""
    return f"{here}/{quote(code, safe='')}{f'/{deed}' if deed else ''}"


def state_address(code: str, deed: str = "") -> str:
    """The page of a link's state."""
    return link_address(code, deed, "/links")


@needs("outlet.set_up")
def overview() -> str:
    """All links."""
    with reading(db.session) as session:
        return page(
            "pos_bridge/links/list.html",
            links=link_states.known_links(session),
            phases=PHASE_WORDS,
            link_address=link_address,
            state_address=state_address,
        )


@needs("outlet.set_up")
def add() -> Response:
    """Adds a link."""
    form = forms.LinkForm(
        held=held_fields(), host="127.0.0.1", port=5010, baud=9600, data_bits=8, decimals=2, check_bytes=True
    )
    form.offer()

    def work(session: Session, _authority: str | None) -> Done:
        added = links.add_link(session, code=form["code"].data, operator=operator(), **form.facts())
        told = _("Link {link} was added. Say now for which outlets it charges.", link=added.code)
        return Done(link_address(added.code), told)

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("outlet.set_up")
def show(code: str) -> str:
    """A link as it is set up."""
    with reading(db.session) as session:
        row = links.get_link(session, code)
        return page(
            "pos_bridge/links/show.html",
            link=row,
            outlets=links.outlets_of(session, row.id),
            payments=links.payments_of(session, row.id),
            words={"way": forms.WAY_WORDS, "protocol": forms.PROTOCOL_WORDS, "parity": forms.PARITY_WORDS},
            link_address=link_address,
            state_address=state_address,
        )


@needs("outlet.set_up")
def edit(code: str) -> Response:
    """Changes how a link is reached and what it may do."""
    with reading(db.session) as session:
        form = forms.LinkEditForm(held=held_fields(), obj=links.get_link(session, code))
    form.offer()

    def work(session: Session, _authority: str | None) -> Done:
        links.amend_link(session, code, form.seen_version, form.facts(), operator())
        return Done(link_address(code), _("Link {link} was saved.", link=code))

    shown = {"form": form, "title": _("Link {link}", link=code), "cancel": link_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("outlet.set_up")
def switch_on(code: str) -> Response:
    """Lets a link run."""
    return _switch(code, True, _("Switch {link} on", link=code), _("Link {link} is on.", link=code))


@needs("outlet.set_up")
def switch_off(code: str) -> Response:
    """Ends a link; what came over it stays."""
    return _switch(code, False, _("Switch {link} off", link=code), _("Link {link} is off.", link=code))


def _switch(code: str, active: bool, title: str, told: str) -> Response:
    form = SwitchForm(held=held_fields())
    with reading(db.session) as session:
        links.get_link(session, code)

    def work(session: Session, _authority: str | None) -> Done:
        links.amend_link(session, code, links.get_link(session, code).version, {"active": active}, operator())
        return Done(link_address(code), told)

    shown = {"form": form, "title": title, "cancel": link_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("outlet.set_up")
def set_outlets(code: str) -> Response:
    """Says for which terminal a link charges, by the outlet's number."""
    with reading(db.session) as session:
        row = links.get_link(session, code)
        standing, offered = links.outlets_of(session, row.id), links.terminals_offered(session)
    labels = (N_("Outlet's number (SO)"), N_("Terminal"))
    form = forms.rows_form(
        *(standing, offered, request.form.get("rows")),
        labels=labels,
        most=16,
        default=True,
        held=held_fields(),
        version=row.version,
    )

    def work(session: Session, _authority: str | None) -> Done:
        links.set_outlets(session, code, form.seen_version, form.chosen(), operator())
        return Done(link_address(code), _("The outlets of {link} were saved.", link=code))

    lead = _("An empty number stands for every other outlet, and for records that name none.")
    return answer(form, lambda: _rows(form, code, _("Outlets of {link}", link=code), lead), work)


@needs("outlet.set_up")
def set_payments(code: str) -> Response:
    """Says what the payment methods of a link are."""
    with reading(db.session) as session:
        row = links.get_link(session, code)
        standing = {name: to or forms.TO_ROOM for name, to in links.payments_of(session, row.id).items()}
        tenders = [each for each in catalogue(session).codes.values() if each.tender in ("cash", "card")]
        offered = [(each.code, f"{each.code} · {each.name}") for each in tenders if each.active]
    labels = (N_("Payment method (PM)"), N_("Is"))
    offered.insert(0, (forms.TO_ROOM, _("charged to the room")))
    form = forms.rows_form(
        *(standing, offered, request.form.get("rows")),
        labels=labels,
        most=5,
        held=held_fields(),
        version=row.version,
    )

    def work(session: Session, _authority: str | None) -> Done:
        chosen = {name: None if to == forms.TO_ROOM else to for name, to in form.chosen().items()}
        links.set_payments(session, code, form.seen_version, chosen, operator())
        return Done(link_address(code), _("The payment methods of {link} were saved.", link=code))

    lead = _("What is paid at the till by cash goes into a drawer of the link's own.")
    return answer(form, lambda: _rows(form, code, _("Payment methods of {link}", link=code), lead), work)


def _rows(form: forms.RowsForm, code: str, title: str, lead: str) -> str:
    return page("pos_bridge/links/rows.html", form=form, title=title, lead=lead, cancel=link_address(code))


# --- as they are ---------------------------------------------------------------------------------------------------


@needs("outlet.watch")
def state(code: str) -> str:
    """A link's state, what was negotiated, the last records both ways, and the keys that were asked for."""
    with reading(db.session) as session:
        known = link_states.known_link(session, code)
        return page(
            "pos_bridge/links/state.html",
            known=known,
            phase=PHASE_WORDS[known.phase],
            spoken=[_spoken(each, known.row.decimals) for each in reversed(known.state.spoken)],
            records=RECORDS,
            keys=door_keys.keys_of(session, known.row.id),
            kinds=door_keys.KIND_WORDS,
            key_states=KEY_STATE_WORDS,
            form=forms.ResyncForm(),
            link_address=link_address,
            state_address=state_address,
        )


def _spoken(each: Any, decimals: int) -> tuple[datetime, str, str, str]:
    """Moment, way, text and what it means, of a record that was said."""
    at, way, text = each
    return datetime.fromisoformat(at), way, text, meaning(read_spoken(text), decimals)


def read_spoken(text: str) -> Record:
    """A record by its text."""
    id_, *fields = text.split("|")
    return Record(id_[:2], tuple((each[:2], each[2:]) for each in fields if len(each) >= 2))


@needs("outlet.watch")
def resync(code: str) -> Response:
    """Tells a link anew who is in which room."""
    form = forms.ResyncForm(held=held_fields())
    with reading(db.session) as session:
        links.get_link(session, code)

    def work(session: Session, _authority: str | None) -> Done:
        link_states.ask_resync(session, code, operator())
        return Done(state_address(code), _("The resync of {link} begins.", link=code))

    shown = {"form": form, "title": _("Resync of {link}", link=code), "cancel": state_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("stay.check_in")
def ask_key(code: str) -> Response:
    """Asks the link's door-lock system for a key."""
    form = forms.KeyForm(held=held_fields(), keys=1, coder="1")
    form.offer()
    with reading(db.session) as session:
        links.get_link(session, code)

    def work(session: Session, _authority: str | None) -> Done:
        stay = stay_in(session, form.room.data)
        facts = {"coder": form.coder.data, "kind": form.kind.data, "keys": form["keys"].data}
        door_keys.ask(session, code, stay.id, operator=operator(), **facts)
        return Done("/wake-ups", _("A key for room {room} was asked for.", room=form.room.data))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel="/wake-ups"), work)


@signed_in
def help_support() -> str:
    """What is done with every record and field, from the tables by which it is done."""
    return page("pos_bridge/links/support.html", records=support.records(), fields=support.fields())
