"""Stays that have not begun: found, booked, changed, given a room, cancelled, priced anew. Their page is the stay's."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.business_day import open_date
from folios.db import reading
from folios.errors import Refusal
from folios.money import Money
from folios.texts import clean_text
from frontoffice import (
    cashiering,
    companies,
    expected_again,
    guest_choice,
    nights,
    notes,
    offers,
    reservations,
    rights,
    rooms,
    stay_search,
)
from frontoffice.app import db
from frontoffice.fees import charge_fee, codes_of
from frontoffice.forms.base import Form
from frontoffice.forms.reservations import (
    AmendForm,
    CancelForm,
    DepartureMissing,
    ExpectAgainForm,
    GuestPart,
    NoShowForm,
    PriceForm,
    RateOverrideUnapproved,
    ReservationForm,
    RoomForm,
    is_near,
    methods,
    natures,
    room_choices,
)
from frontoffice.language import gettext as _
from frontoffice.lifecycle import STATE_WORDS, get_stay
from frontoffice.models.stays import Stay
from frontoffice.nights import AgreedPrice
from frontoffice.reservations import Booking, check_dates
from frontoffice.stay_search import Wanted
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator, visitor
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields
from frontoffice.views.stay_pages import deed_page

PAGE = 100
FAR_DAYS = 30


# --- finding --------------------------------------------------------------------------------------------------


@needs("stay.read")
def find() -> str:
    """The book of stays by arrival, name, number, state and company; reservations to come, unless asked otherwise."""
    asked = request.args
    with reading(db.session) as session:
        today = open_date(session)
        begin = _typed_day(asked.get("from"), None if asked else today)
        until = _typed_day(asked.get("to"), None if asked else today + timedelta(days=FAR_DAYS))
        state = asked.get("state", "" if asked else "confirmed")
        wanted = Wanted(
            text=asked.get("text", ""),
            company=asked.get("company", ""),
            state=state,
            arriving_from=begin,
            arriving_to=until,
        )
        found = stay_search.find_stays(session, wanted, first=typed_number(asked.get("first")), most=PAGE)
        states = [(each, _(STATE_WORDS[each])) for each in STATE_WORDS]
        return page("frontoffice/reservations/list.html", wanted=wanted, found=found, states=states)


def _typed_day(text: str | None, otherwise: date | None) -> date | None:
    try:
        typed = date.fromisoformat(text or "")
    except ValueError:
        return otherwise
    return typed if is_near(typed) else otherwise


def typed_number(text: str | None) -> int:
    """The whole number in an address; 0 when it is none."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 10 else 0


@needs("guest.read")
def pick() -> str:
    """The guests whose name begins as typed, to choose one from: a part of the forms that ask who it is."""
    text = request.args.get("q") or request.args.get("surname", "")
    with reading(db.session) as session:
        return page("frontoffice/reservations/picks.html", picks=guest_choice.picks(session, text), chosen=None)


# --- booking --------------------------------------------------------------------------------------------------


@needs("stay.reserve")
def add() -> Response:
    """Books a stay; the guest is chosen or entered with it."""
    with reading(db.session) as session:
        form = ReservationForm(held=held_fields(), **_begin_with(session))
        offer_choices(session, form)
        suggested = guest_choice.suggested_companies(session)

    def show() -> str:
        with reading(db.session) as session:
            shown = {"picks": picks_for(session, form), "panel": _offered(session, form)}
            return page("frontoffice/reservations/new.html", form=form, companies=suggested, **shown)

    def work(session: Session, authority: str | None) -> Done:
        stay = reservations.book(session, _booking(session, form, authority), operator())
        if form["deposit_note"].data:
            due = form["deposit_due"].data
            text = _("Deposit: {text}", text=form["deposit_note"].data)
            notes.write_note(session, "stay", stay.id, text, operator(), due_on=due)
        return Done(f"/stays/{stay.id}", _("Reservation {number} was booked.", number=stay.number))

    return answer(form, show, work)


@needs("stay.reserve")
def offered() -> str:
    """What can be booked for the dates in a form, with the price of each night: the panel beside it, fetched anew."""
    with reading(db.session) as session:
        form = ReservationForm(formdata=request.args, meta={"csrf": False})
        offer_choices(session, form)
        form.validate()
        return page("frontoffice/reservations/offers.html", panel=_offered(session, form))


def _begin_with(session: Session) -> dict[str, Any]:
    today = open_date(session)
    begin: dict[str, Any] = {"arrival": today, "nights": 1, "adults": 1, "children": 0, "nature": "paying"}
    arrival = _typed_day(request.args.get("arrival"), None)
    if arrival is not None:
        begin["arrival"] = arrival
    departure = _typed_day(request.args.get("departure"), None)
    if departure is not None:
        begin |= {"nights": None, "departure": departure}
    return begin | {
        "guest_id": request.args.get("guest"),
        "room_type_id": request.args.get("type"),
        "room": request.args.get("room"),
        "company": request.args.get("company"),
    }


def offer_choices(session: Session, form: Form) -> None:
    """What can be chosen in a form of a stay: types, rates, methods of payment, kinds of stay."""
    if "room_type_id" in form:
        form["room_type_id"].offer([(each.id, f"{each.code} · {each.name}") for each in offers.room_types(session)])
    if "rate_code" in form:
        form["rate_code"].offer([(each.code, f"{each.code} · {each.name}") for each in offers.sold_rates(session)])
    if "payment_method" in form:
        form["payment_method"].offer(methods())
    if "nature" in form:
        form["nature"].offer(natures())


def chosen_rate(form: Form) -> str:
    """The code of the rate that is chosen in a form, else of the first that is sold; empty where none is."""
    offered_codes = [value for value, _text in form["rate_code"].choices]
    chosen = form["rate_code"].data
    return chosen if chosen in offered_codes else next(iter(offered_codes), "")


def picks_for(session: Session, form: GuestPart) -> list[guest_choice.Pick]:
    """The guests under the name field of a form: who was chosen, else those called as typed."""
    return guest_choice.pick(session, form["guest_id"].data) or guest_choice.picks(session, form["surname"].data or "")


def guest_of(session: Session, form: GuestPart) -> int:
    """The guest a form names, entered now when new. Refuses as `known_or_new`, and who may not enter guests."""
    if (form["guest_id"].data or "new") == "new" and not visitor().may("guest.edit"):
        raise rights.NotAllowed(right="guest.edit", who=operator())
    return guest_choice.known_or_new(session, form["guest_id"].data, form.new_guest(), operator()).id


def agreed_price(form: Form, authority: str | None, nature: str = "paying") -> AgreedPrice | None:
    """The price agreed instead of the rate's. Refuses (`RateOverrideUnapproved`) without an approval or the right."""
    price = form["price"].minor
    if price is None and nature == "paying":
        return None
    if authority is None and not visitor().may("rate.override"):
        raise RateOverrideUnapproved
    return None if price is None else AgreedPrice(price, form["reason"].data or "", authority)


def _booking(session: Session, form: ReservationForm, authority: str | None) -> Booking:
    departure = form.leaves_on()
    agreed = agreed_price(form, authority, form["nature"].data)
    room = clean_text("room", form["room"].data, 8)
    asked = form["deposit_asked_minor"].minor
    return Booking(
        guest_id=guest_of(session, form),
        room_type_id=int(form["room_type_id"].data),
        rate_code=form["rate_code"].data,
        arrival=form["arrival"].data,
        departure=departure,
        adults=form["adults"].data,
        children=form["children"].data or 0,
        room_id=rooms.find_room(session, room).id if room else None,
        company_id=company_of(session, form["company"].data),
        agent=form["agent"].data,
        nature=form["nature"].data,
        payment_method=form["payment_method"].data,
        agreed=agreed,
        authorised_by=authority,
        remark=form["remark"].data,
        guaranteed=bool(form["guaranteed"].data),
        deposit_asked_minor=asked,
        deposit_due_on=None if asked is None else form["deposit_due"].data,
    )


def company_of(session: Session, code: str | None) -> int | None:
    """The company with the code that was typed. Refuses `CompanyUnknown`."""
    wanted = clean_text("company", code, 32)
    return companies.find_company(session, wanted).id if wanted else None


def _offered(session: Session, form: ReservationForm) -> dict[str, Any]:
    """The panel of offers for what stands in a form; why there is none when the dates cannot be."""
    try:
        if form["arrival"].data is None:
            raise DepartureMissing
        arrival, departure = form["arrival"].data, form.leaves_on()
        check_dates(arrival, departure)
        if arrival < open_date(session):
            raise reservations.ArrivalInPast(arrival=arrival, day=open_date(session))
    except Refusal as refusal:
        return {"refusal": refusal}
    rate = chosen_rate(form)
    found = offers.type_offers(session, arrival, departure, rate)
    by_id = {str(each.room_type.id): each for each in found}
    chosen = by_id.get(form["room_type_id"].data or "", found[0] if found else None)
    free = offers.free_of_type(session, arrival, departure, chosen.room_type.id) if chosen else []
    shown = {"offers": found, "chosen": chosen, "rooms": free, "rate": rate, "agreed": form["price"].minor}
    return shown | {"arrival": arrival, "departure": departure, "nature": form["nature"].data}


# --- changing -------------------------------------------------------------------------------------------------


@needs("stay.reserve")
def edit(stay_id: int) -> Response:
    """Changes a stay: its plan before it begins, its details at any time; who was faster is shown field by field."""
    with reading(db.session) as session:
        stay = get_stay(session, stay_id)
        company = companies.get_company(session, stay.company_id).code if stay.company_id else None
        form = AmendForm(held=held_fields(), obj=stay, company=company)
        offer_choices(session, form)
        if "rate_code" in form and stay.rate_code not in dict(form["rate_code"].choices):
            form["rate_code"].choices.append((stay.rate_code, stay.rate_code))
    if stay.status != "confirmed":
        form.without_plan()

    def work(session: Session, authority: str | None) -> Done:
        changes = _changes(session, form, stay, authority)
        reservations.amend(session, stay_id, form.seen_version, changes, operator(), authority)
        return Done(f"/stays/{stay_id}", _("Reservation {number} was saved.", number=stay.number))

    return answer(form, deed_page(stay_id, form), work)


def _changes(session: Session, form: AmendForm, stay: Stay, authority: str | None) -> dict[str, Any]:
    changes: dict[str, Any] = {
        "company_id": company_of(session, form["company"].data),
        "adults": form["adults"].data,
        "children": form["children"].data or 0,
        "guaranteed": bool(form["guaranteed"].data),
        "deposit_asked_minor": form["deposit_asked_minor"].minor,
        **{name: form[name].data for name in ("agent", "payment_method", "remark", "deposit_due_on")},
    }
    if "arrival" in form:
        changes |= {name: form[name].data for name in form.PLAN} | {"room_type_id": int(form["room_type_id"].data)}
        free_of_charge = changes["nature"] != stay.nature and changes["nature"] != "paying"
        if free_of_charge and authority is None and not visitor().may("rate.override"):
            raise RateOverrideUnapproved
    return changes


@needs("stay.reserve")
def assign(stay_id: int) -> Response:
    """Gives a stay its room, or takes it off."""
    with reading(db.session) as session:
        stay = get_stay(session, stay_id)
        found = offers.room_offers(session, stay.arrival, stay.departure, stay.room_type_id, stay_id=stay_id)
    form = RoomForm(held=held_fields(), room_id=stay.room_id)
    form["room_id"].offer(room_choices(found, stay.room_type_id))

    def work(session: Session, _authority: str | None) -> Done:
        chosen = form["room_id"].data
        accepted = bool(form["accept_out_of_service"].data)
        room_id = int(chosen) if chosen else None
        reservations.assign_room(session, stay_id, room_id, operator(), accept_out_of_service=accepted)
        text = _("The room was taken off.") if room_id is None else _("The room was assigned.")
        return Done(f"/stays/{stay_id}", text)

    return answer(form, deed_page(stay_id, form, rooms=found), work)


@needs("stay.cancel")
def cancel(stay_id: int) -> Response:
    """Cancels a stay that has not begun; a fee is charged against its deposit."""
    form = CancelForm(held=held_fields())
    with reading(db.session) as session:
        form["fee_code"].offer(codes_of(session, "charge"))

    def work(session: Session, _authority: str | None) -> Done:
        reservations.cancel(session, stay_id, operator(), form["reason"].data, form["on"].data)
        _charge(session, stay_id, form)
        return Done(f"/stays/{stay_id}", _("Reservation {number} was cancelled.", number=stay_id))

    return answer(form, deed_page(stay_id, form, danger=True), work)


@needs("stay.cancel")
def no_show(stay_id: int) -> Response:
    """Marks a stay as a no-show; a fee is charged against its deposit."""
    form = NoShowForm(held=held_fields())
    with reading(db.session) as session:
        form["fee_code"].offer(codes_of(session, "charge"))

    def work(session: Session, _authority: str | None) -> Done:
        reservations.mark_no_show(session, stay_id, operator())
        _charge(session, stay_id, form)
        return Done(f"/stays/{stay_id}", _("Reservation {number} is a no-show.", number=stay_id))

    return answer(form, deed_page(stay_id, form, danger=True), work)


@needs("stay.cancel")
def expect_again(stay_id: int) -> Response:
    """Takes a no-show back on the day it was due."""
    form = ExpectAgainForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        expected_again.expect_again(session, stay_id, operator())
        return Done(
            f"/stays/{stay_id}", _("Reservation {number} is expected again. It has no room yet.", number=stay_id)
        )

    return answer(form, deed_page(stay_id, form), work)


def _charge(session: Session, stay_id: int, form: CancelForm | NoShowForm) -> None:
    fee: Money | None = form["fee"].data
    if fee is None:
        return
    if not visitor().may("folio.charge"):
        raise rights.NotAllowed(right="folio.charge", who=operator())
    charge_fee(session, stay_id, form["fee_code"].data, fee, cashiering.origin(session, operator(), str(form.key.data)))


@needs("stay.reserve")
def price(stay_id: int) -> Response:
    """Agrees on another price for some nights, with the approval of who may."""
    with reading(db.session) as session:
        days = [each.date for each in nights.nights_of(session, [stay_id])[get_stay(session, stay_id).id]]
        today = open_date(session)
    open_days = [day for day in days if day >= today] or days
    form = PriceForm(held=held_fields(), first=open_days[0], last=open_days[-1])

    def work(session: Session, authority: str | None) -> Done:
        known = [each.date for each in nights.nights_of(session, [stay_id])[stay_id]]
        figures = (form["price"].minor or 0, form["reason"].data, operator(), authority)
        nights.override_price(session, stay_id, form.days(known), *figures)
        return Done(f"/stays/{stay_id}", _("The price was agreed."))

    return answer(form, deed_page(stay_id, form), work)
