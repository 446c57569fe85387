"""Terminals as they are set up, and their keys: given and shown once, revoked."""

from __future__ import annotations

from http import HTTPStatus

from flask import make_response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from frontoffice.app import db
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields
from pos_bridge import outlets, outlets_shown, terminals
from pos_bridge.forms.terminals import (
    RIGHT_WORDS,
    KeyForm,
    RevokeForm,
    TerminalEditForm,
    TerminalForm,
    ticked,
)
from pos_bridge.terminals import USUAL_RIGHTS, GivenKey
from pos_bridge.views.outlets import outlet_address


def terminal_address(code: str, deed: str = "") -> str:
    """The page of a terminal, or one of its deeds."""
    return f"/set-up/terminals/{code}{f'/{deed}' if deed else ''}"


@needs("outlet.set_up")
def add(code: str) -> Response:
    """Adds a terminal to an outlet."""
    form = TerminalForm(held=held_fields(), **ticked(" ".join(USUAL_RIGHTS)))
    with reading(db.session) as session:
        outlet = outlets.get_outlet(session, code)

    def work(session: Session, _authority: str | None) -> Done:
        added = terminals.add_terminal(
            session,
            code=form["code"].data,
            name=form["name"].data,
            outlet=code,
            rights=form.rights(),
            operator=operator(),
        )
        return Done(
            terminal_address(added.code), _("Terminal {terminal} was added. Give it a key.", terminal=added.code)
        )

    title = _("New terminal of {outlet}", outlet=outlet.name)
    shown = {"form": form, "title": title, "cancel": outlet_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("outlet.set_up")
def show(code: str) -> str:
    """A terminal with its keys."""
    with reading(db.session) as session:
        terminal = terminals.get_terminal(session, code)
        return page(
            "pos_bridge/terminals/show.html",
            terminal=terminal,
            outlet=outlets.get_outlet(session, terminal.outlet_code),
            keys=terminals.keys_of(session, code),
            rights=RIGHT_WORDS,
            outlet_address=outlet_address,
            terminal_address=terminal_address,
        )


@needs("outlet.set_up")
def edit(code: str) -> Response:
    """Changes a terminal's name, outlet and rights, or switches it off."""
    with reading(db.session) as session:
        found = terminals.get_terminal(session, code)
        form = TerminalEditForm(held=held_fields(), obj=found, **ticked(found.rights))
        form.outlet_code.offer(outlets_shown.outlet_names(session))

    def work(session: Session, _authority: str | None) -> Done:
        changes = {name: form[name].data for name in ("name", "outlet_code", "active")} | {"rights": form.rights()}
        terminals.amend_terminal(session, code, form.seen_version, changes, operator())
        return Done(terminal_address(code), _("Terminal {terminal} was saved.", terminal=code))

    shown = {"form": form, "title": _("Terminal {terminal}", terminal=code), "cancel": terminal_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("terminal.key")
def give_key(code: str) -> Response:
    """Gives a terminal a key. The answer to the form shows it and nothing ever again: it is in no row and no cookie."""
    form = KeyForm(held=held_fields())
    with reading(db.session) as session:
        terminal = terminals.get_terminal(session, code)
    given: list[GivenKey] = []

    def work(session: Session, _authority: str | None) -> Done:
        given[:] = [terminals.give_key(session, code, operator(), networks=(form.networks.data or "").split())]
        return Done(terminal_address(code), _("Terminal {terminal} has a new key.", terminal=code))

    title = _("New key of terminal {terminal}", terminal=f"{terminal.code} · {terminal.name}")
    shown = {"form": form, "title": title, "cancel": terminal_address(code)}
    answered = answer(form, lambda: page("frontoffice/form.html", **shown), work)
    if answered.status_code != HTTPStatus.SEE_OTHER:
        return answered
    told = {"terminal": terminal, "key": given[0].key if given else None, "back": terminal_address(code)}
    return make_response(page("pos_bridge/terminals/key.html", **told))


@needs("terminal.key")
def revoke_key(code: str, key_id: int) -> Response:
    """Revokes a key: from the next message on it opens nothing."""
    form = RevokeForm(held=held_fields())
    with reading(db.session) as session:
        key = terminals.get_key(session, code, key_id)

    def work(session: Session, _authority: str | None) -> Done:
        terminals.revoke_key(session, key_id, operator())
        return Done(terminal_address(code), _("Key {key} was revoked.", key=f"{key.beginning}…"))

    title = _("Revoke key {key} of terminal {terminal}", key=f"{key.beginning}…", terminal=code)
    lead = _("The terminal can send nothing more with it. Give it a new one first, if it goes on.")
    shown = {"form": form, "title": title, "lead": lead, "cancel": terminal_address(code), "danger": True}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)
