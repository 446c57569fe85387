"""One stay: its page, the check-in, the walk-in, and everything that is done while a guest is in house."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.business_day import open_date
from folios.db import reading
from folios.errors import Refusal
from folios.folios import get_folio, set_house_limit
from folios.money import Money
from frontoffice import cashiering, guests, notes, offers, reservations, rights, stay_sheet, stays, windows
from frontoffice.allowed import stay_actions
from frontoffice.app import db
from frontoffice.fees import codes_of
from frontoffice.forms.base import Form
from frontoffice.forms.reservations import methods, room_choices
from frontoffice.forms.stays import (
    CheckInForm,
    DepartureForm,
    LimitUnapproved,
    MoveForm,
    ReinstateForm,
    ReverseForm,
    WalkInForm,
    WindowForm,
)
from frontoffice.language import gettext as _
from frontoffice.lifecycle import NEXT, get_stay
from frontoffice.models.stays import Stay
from frontoffice.nights import MOST_NIGHTS
from frontoffice.reservations import Booking
from frontoffice.stay_head import StayHead, stay_head
from frontoffice.submissions import Done
from frontoffice.views import charging_blocks
from frontoffice.views.access import needs, operator, visitor
from frontoffice.views.pages import page
from frontoffice.views.reservations import agreed_price, chosen_rate, guest_of, offer_choices, picks_for, typed_number
from frontoffice.views.sending import answer, held_fields
from frontoffice.views.stay_pages import WORDS, deed_page, stay_page

# --- the page -------------------------------------------------------------------------------------------------


@needs("stay.read")
def show(stay_id: int) -> str:
    """A stay: windows, nights, deposit, notes, history, and what may be done with it, with the reason where not."""
    with reading(db.session) as session:
        head = stay_head(session, stay_id)
        return page(
            "frontoffice/stays/show.html",
            stay_head=head,
            actions=_actions(session, head),
            charging=charging_blocks.of_stay(session, head),
            fixed=charging_blocks.fixed_of_stay(session, stay_id),
            nights=stay_sheet.night_lines(session, stay_id),
            deposits=stay_sheet.deposit_lines(session, head.deposit_folio_id),
            notes=notes.notes_of(session, "stay", [stay_id])[stay_id],
            guest_notes=notes.notes_of(session, "guest", [head.guest.id])[head.guest.id],
            history=stay_sheet.stay_history(session, stay_id),
            happenings=stay_sheet.HAPPENINGS,
            **WORDS,
        )


def _actions(session: Session, head: StayHead) -> dict[str, Refusal | None]:
    """The verbs that fit the state the stay is in, each with why it cannot be done now."""
    fitting = [verb for state, verb in NEXT if state == head.stay.status]
    return stay_actions(session, [head.stay], fitting)[head.stay.id]


@needs("stay.read")
def card(stay_id: int) -> str:
    """The registration card, to be printed and signed."""
    with reading(db.session) as session:
        nights = stay_sheet.night_lines(session, stay_id)
        return page("frontoffice/stays/card.html", stay_head=stay_head(session, stay_id), nights=nights, **WORDS)


# --- arriving -------------------------------------------------------------------------------------------------


@needs("stay.check_in")
def check_in(stay_id: int) -> Response:
    """The arrival on one page: room, limit, method, gaps of the profile, a payment."""
    with reading(db.session) as session:
        stay = get_stay(session, stay_id)
        guest = guests.get_guest(session, stay.guest_id)
        found = _rooms_to_enter(session, stay)
        usual = windows.house_limits(session)
        begin = {name: getattr(guest, name) for name in CheckInForm.PROFILE}
        form = CheckInForm(
            held=held_fields(),
            version=guest.version,
            room_id=_likely_room(stay, found),
            payment_method=stay.payment_method,
            **begin,
        )
        _offer_rooms(session, form, found, stay.room_type_id)

    def work(session: Session, authority: str | None) -> Done:
        regular = windows.limit_for(usual, form["payment_method"].data)
        refuse_unusual_limit(regular, form["house_limit"].data, authority)
        checked_in = _arrive(session, stay_id, form, usual, authority)
        return Done(f"/stays/{stay_id}", _("{name} is checked in.", name=windows_name(session, checked_in)))

    def shown() -> str:
        return stay_page("frontoffice/stays/check_in.html", stay_id, form=form, rooms=found, limits=usual)

    return answer(form, shown, work)


def windows_name(session: Session, stay: Stay) -> str:
    """Whose stay it is."""
    return windows.guest_names(session, [stay])[stay.id]


def _rooms_to_enter(session: Session, stay: Stay) -> list[offers.RoomOffer]:
    today = open_date(session)
    departure = max(stay.departure, today)
    return offers.room_offers(session, today, departure, stay.room_type_id, stay_id=stay.id, entering=True)


def _likely_room(stay: Stay, found: list[offers.RoomOffer]) -> int | None:
    """The room the stay has, else the first that is ready and of its type."""
    ready = [each.room.id for each in found if each.refusal is None and each.room.room_type_id == stay.room_type_id]
    return stay.room_id or next(iter(ready), None)


def _offer_rooms(session: Session, form: Any, found: list[offers.RoomOffer], room_type_id: int) -> None:
    choices = room_choices(found, room_type_id)
    held = form["room_id"].data
    if held is not None and held not in {str(room_id) for room_id, _text in choices}:
        # A room that is refused stays in the list: sending it says why, and nothing is chosen behind one's back.
        choices = [(each.room.id, each.room.number) for each in found if str(each.room.id) == held] + choices
    form["room_id"].offer(choices)
    if "payment_method" in form:
        form["payment_method"].offer(methods())
    if "pay_code" in form:
        form["pay_code"].offer([(code, f"{code} · {name}") for code, name in codes_of(session, "payment")])


def refuse_unusual_limit(regular_minor: int | None, wanted: Money | None, authority: str | None) -> None:
    """Refuses (`LimitUnapproved`) a limit above the usual one (None: there is none) without approval or the right."""
    if wanted is None or regular_minor is None or wanted.minor <= regular_minor:
        return
    if authority is None and not visitor().may("folio.limit"):
        raise LimitUnapproved(limit=Money(regular_minor, wanted.currency))


def _arrive(
    session: Session, stay_id: int, form: CheckInForm, usual: dict[str, int | None], authority: str | None
) -> Stay:
    """Checks in first, so that rooms and stays are locked in their order; then writes what was said at the desk."""
    stays.check_in(
        session,
        stay_id,
        operator(),
        room_id=int(form["room_id"].data),
        accept_out_of_service=bool(form["accept_out_of_service"].data),
    )
    stay = get_stay(session, stay_id)
    method = {"payment_method": form["payment_method"].data}
    reservations.amend(session, stay_id, stay.version, method, operator())
    typed, regular = form["house_limit"].minor, windows.limit_for(usual, stay.payment_method)
    window = windows.windows_of(session, [stay_id])[stay_id][0]
    limit = regular if typed is None else typed
    if get_folio(session, window.folio_id).house_limit_minor != limit:
        set_house_limit(session, window.folio_id, limit, operator(), authority)
    if visitor().may("guest.edit"):
        guests.amend_guest(session, stay.guest_id, form.seen_version, form.profile(), operator())
    _take(session, stay_id, form)
    return stay


def _take(session: Session, stay_id: int, form: Any) -> None:
    """What the guest pays at once, to the first window, through the open shift."""
    amount = form["pay_amount"].data
    if amount is None:
        return
    if not visitor().may("folio.pay"):
        raise rights.NotAllowed(right="folio.pay", who=operator())
    folio_id = windows.windows_of(session, [stay_id])[stay_id][0].folio_id
    code, more = form["pay_code"].data or "", {"reference": form["pay_reference"].data, "key": str(form.key.data)}
    cashiering.take_payment(session, folio_id, code, amount, operator(), **more)


@needs("stay.check_in")
def walk_in() -> Response:
    """Guest, room, nights and payment in one form, all or nothing."""
    with reading(db.session) as session:
        begin = {name: request.args[name] for name in ("rate_code", "room_id") if name in request.args}
        nights = typed_number(request.args.get("nights", "1"))
        form = WalkInForm(held=held_fields(), nights=nights, adults=1, children=0, **begin)
        today = open_date(session)
        departure = today + timedelta(days=min(max(form["nights"].data or 0, 0), MOST_NIGHTS))
        found = offers.room_offers(session, today, departure, entering=True)
        offer_choices(session, form)
        _offer_rooms(session, form, found, 0)

    def work(session: Session, authority: str | None) -> Done:
        accepted = bool(form["accept_out_of_service"].data)
        booking = _walking_in(session, form, authority)
        stay = stays.walk_in(session, booking, operator(), accept_out_of_service=accepted)
        _take(session, stay.id, form)
        return Done(f"/stays/{stay.id}", _("{name} is checked in.", name=windows_name(session, stay)))

    def shown() -> str:
        with reading(db.session) as session:
            types = offers.type_offers(session, today, departure, chosen_rate(form))
            values = {"form": form, "rooms": found, "types": types, "picks": picks_for(session, form), "today": today}
            return page("frontoffice/stays/walk_in.html", departure=departure, **values, **WORDS)

    return answer(form, shown, work)


def _walking_in(session: Session, form: WalkInForm, authority: str | None) -> Booking:
    today = open_date(session)
    nights = form["nights"].data
    if not 0 <= nights <= MOST_NIGHTS:
        raise reservations.StayTooLong(most=MOST_NIGHTS, nights=nights)
    room_id = int(form["room_id"].data)
    agreed = agreed_price(form, authority)
    return Booking(
        guest_id=guest_of(session, form),
        room_type_id=offers.type_of_room(session, room_id),
        rate_code=form["rate_code"].data,
        arrival=today,
        departure=today + timedelta(days=nights),
        adults=form["adults"].data,
        children=form["children"].data or 0,
        room_id=room_id,
        payment_method=form["payment_method"].data,
        agreed=agreed,
        remark=form["remark"].data,
    )


@needs("stay.check_in")
def reverse_check_in(stay_id: int) -> Response:
    """Takes a check-in back on the same business day."""
    form = ReverseForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        stays.reverse_check_in(session, stay_id, operator())
        return Done(f"/stays/{stay_id}", _("The check-in was taken back."))

    return answer(form, deed_page(stay_id, form, danger=True), work)


# --- while in house -------------------------------------------------------------------------------------------


@needs("stay.move")
def move(stay_id: int) -> Response:
    """Moves a guest in house to another room."""
    with reading(db.session) as session:
        stay = get_stay(session, stay_id)
        found = [each for each in _rooms_to_enter(session, stay) if each.room.id != stay.room_id]
        form = MoveForm(held=held_fields())
        _offer_rooms(session, form, found, stay.room_type_id)

    def work(session: Session, _authority: str | None) -> Done:
        accepted = bool(form["accept_out_of_service"].data)
        chosen, why = int(form["room_id"].data), form["reason"].data
        stays.move(session, stay_id, chosen, operator(), reason=why, accept_out_of_service=accepted)
        return Done(f"/stays/{stay_id}", _("The guest was moved."))

    return answer(form, deed_page(stay_id, form, rooms=found), work)


@needs("stay.move")
def dates(stay_id: int) -> Response:
    """Lets a guest in house leave later or earlier."""
    with reading(db.session) as session:
        form = DepartureForm(held=held_fields(), departure=get_stay(session, stay_id).departure)

    def work(session: Session, _authority: str | None) -> Done:
        wanted = form["departure"].data
        later = wanted > get_stay(session, stay_id).departure
        (stays.extend if later else stays.shorten)(session, stay_id, wanted, operator())
        return Done(f"/stays/{stay_id}", _("The stay was extended.") if later else _("The stay was shortened."))

    return answer(form, deed_page(stay_id, form), work)


@needs("folio.open")
def open_window(stay_id: int) -> Response:
    """Opens another window of a stay."""
    form = WindowForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        opened = windows.open_window(session, stay_id, operator(), name=form["name"].data)
        return Done(f"/stays/{stay_id}", _("Window {number} was opened.", number=opened.window))

    return answer(form, deed_page(stay_id, form), work)


@needs("stay.check_out")
def reinstate(stay_id: int) -> Response:
    """Takes a check-out back on the same business day, with the approval of who may."""
    form: Form = ReinstateForm(held=held_fields())

    def work(session: Session, authority: str | None) -> Done:
        stays.reinstate(session, stay_id, operator(), authority)
        return Done(f"/stays/{stay_id}", _("The guest is in house again."))

    return answer(form, deed_page(stay_id, form, danger=True), work)
