"""What the desk asks of rooms over the links: wake-up calls, messages for guests, and the signs that hang there."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios import clock
from folios.db import reading
from folios.errors import N_
from frontoffice.app import db
from frontoffice.forms.codes import SwitchForm
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import head, page
from frontoffice.views.sending import answer, held_fields
from pos_bridge import guest_messages, links, room_signs, wake_ups
from pos_bridge.forms import links as forms
from pos_bridge.views.links import state_address

HERE = "/wake-ups"
STATE_WORDS = {
    "set": N_("to come"),
    "sent": N_("to come"),
    "answered": N_("answered"),
    "unanswered": N_("not answered"),
    "cleared": N_("taken back"),
}


@needs("stay.read")
def overview() -> str:
    """Wake-up calls, those somebody has to go to first; messages for guests; the signs of rooms."""
    with reading(db.session) as session:
        return page(
            "pos_bridge/wake_ups/list.html",
            calls=wake_ups.listed(session),
            states=STATE_WORDS,
            messages=guest_messages.all_messages(session),
            signs=room_signs.signs(session),
            sign_words=room_signs.SIGNS,
            links=[each for each in links.all_links(session) if each.active],
            state_address=state_address,
        )


@needs("stay.check_in")
def add() -> Response:
    """Sets a wake-up call."""
    top = head()
    zone = top.time_zone if top else "UTC"
    form = forms.WakeUpForm(held=held_fields(), day=clock.now().astimezone(ZoneInfo(zone)).date())

    def work(session: Session, _authority: str | None) -> Done:
        wake_ups.set_wake_up(session, form.room.data or "", form.moment(zone), operator())
        return Done(HERE, _("Room {room} will be called at {time}.", room=form.room.data, time=form.at.data))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("stay.check_in")
def clear(wake_up_id: int) -> Response:
    """Takes a call back."""
    form = SwitchForm(held=held_fields())
    with reading(db.session) as session:
        wake_ups.get_wake_up(session, wake_up_id)

    def work(session: Session, _authority: str | None) -> Done:
        wake_ups.clear(session, wake_up_id, operator())
        return Done(HERE, _("The wake-up call was taken back."))

    shown = {"form": form, "title": _("Take the wake-up call back"), "cancel": HERE}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("stay.check_in")
def seen(wake_up_id: int) -> Response:
    """Somebody has gone to the room."""
    form = SwitchForm(held=held_fields())
    with reading(db.session) as session:
        wake_ups.get_wake_up(session, wake_up_id)

    def work(session: Session, _authority: str | None) -> Done:
        wake_ups.seen(session, wake_up_id, operator())
        return Done(HERE, _("Noted: somebody has been there."))

    shown = {"form": form, "title": _("Somebody has been there"), "cancel": HERE}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("stay.check_in")
def write() -> Response:
    """Leaves a message for a guest."""
    form = forms.GuestMessageForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        stay = wake_ups.stay_in(session, form.room.data)
        guest_messages.write(session, stay.id, form.text.data, operator())
        return Done(HERE, _("The message for room {room} was left.", room=form.room.data))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("stay.check_in")
def delete(message_id: int) -> Response:
    """Takes a message away."""
    form = SwitchForm(held=held_fields())
    with reading(db.session) as session:
        stay_id = guest_messages.get_message(session, message_id).stay_id

    def work(session: Session, _authority: str | None) -> Done:
        guest_messages.delete(session, stay_id, message_id, operator())
        return Done(HERE, _("The message was taken away."))

    shown = {"form": form, "title": _("Take the message away"), "cancel": HERE}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)
