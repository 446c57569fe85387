"""Groups: their stays and their master, booked, checked in, settled and checked out together."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.business_day import open_date
from folios.db import reading
from folios.folios import get_folio
from folios.texts import search_text
from frontoffice import cashiering, companies, group_stays, groups, guests
from frontoffice.allowed import stay_actions
from frontoffice.app import db
from frontoffice.forms.base import Form
from frontoffice.forms.groups import (
    GroupAssignForm,
    GroupBookingForm,
    GroupCheckInForm,
    GroupForm,
    GroupLeaveForm,
    GroupRemoveForm,
    GroupSettleForm,
    MembersForm,
    read_numbers,
)
from frontoffice.language import gettext as _
from frontoffice.language import show as in_words
from frontoffice.lifecycle import get_stays
from frontoffice.reservations import Booking
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.reservations import company_of, offer_choices, typed_number
from frontoffice.views.sending import answer, held_fields

PAGE = 50


@needs("stay.read")
def find() -> str:
    """Groups by code or name, the latest arrival first."""
    text, skip = request.args.get("text", ""), typed_number(request.args.get("first"))
    with reading(db.session) as session:
        found = groups.groups(session, search_text(text), skip=skip, most=PAGE + 1)
    values = {"groups": found[:PAGE], "text": text, "next_first": skip + PAGE if len(found) > PAGE else None}
    return page("frontoffice/groups/list.html", **values)


@needs("stay.reserve")
def add() -> Response:
    """Enters a group with its master folio; who may not set limits has somebody approve the master's."""
    form = GroupForm(held=held_fields(), version=1)

    def work(session: Session, authority: str | None) -> Done:
        given = {"house_limit_minor": form["house_limit"].minor, "authorised_by": authority}
        group = groups.add_group(session, **_fields(session, form), operator=operator(), **given)
        return Done(f"/groups/{group.id}", _("Group {code} was entered.", code=group.code))

    shown = {"form": form, "title": _("New group"), "cancel": "/groups"}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("stay.reserve")
def edit(group_id: int) -> Response:
    """Changes a group; who was faster is shown field by field. The limit of the master is set on its folio."""
    with reading(db.session) as session:
        group = groups.get_group(session, group_id)
        company = companies.get_company(session, group.company_id).code if group.company_id else None
        form = GroupForm(held=held_fields(), obj=group, company=company)
    del form.house_limit

    def work(session: Session, _authority: str | None) -> Done:
        groups.amend_group(session, group_id, form.seen_version, _fields(session, form), operator())
        return Done(f"/groups/{group_id}", _("The group was saved."))

    return answer(form, _deed(group_id, form), work)


def _fields(session: Session, form: GroupForm) -> dict[str, Any]:
    typed = {name: form[name].data for name in ("code", "name", "remark")}
    return typed | {"company_id": company_of(session, form["company"].data)}


@needs("stay.read")
def show(group_id: int) -> str:
    """A group: its stays with room, state and balance, and what they can do together."""
    return _page("frontoffice/groups/show.html", group_id)


def _page(template: str, group_id: int, **values: Any) -> str:
    with reading(db.session) as session:
        group = groups.get_group(session, group_id)
        members = groups.members(session, group_id)
        stays = get_stays(session, [each.stay_id for each in members])
        company = companies.get_company(session, group.company_id) if group.company_id else None
        return page(
            template,
            group=group,
            members=members,
            actions=stay_actions(session, stays.values(), ("check_in", "check_out")),
            master=get_folio(session, group.folio_id),
            company=company,
            **values,
        )


def _deed(group_id: int, form: Form, **values: Any) -> Callable[[], str]:
    return lambda: _page("frontoffice/groups/deed.html", group_id, form=form, **values)


def _ticked(group_id: int, kind: type[Form]) -> Any:
    """A form with the stays that were ticked on the group's page. Refuses groups and stays that cannot be."""
    with reading(db.session) as session:
        groups.get_group(session, group_id)
    return kind(held=held_fields(), stay=read_numbers(request.args.getlist("stay")))


# --- who is in it ---------------------------------------------------------------------------------------------


@needs("stay.reserve")
def book(group_id: int) -> Response:
    """Books several rooms of a type for the group, all or none."""
    with reading(db.session) as session:
        name = groups.get_group(session, group_id).name
        form = GroupBookingForm(held=held_fields(), arrival=open_date(session), nights=1, rooms=1, adults=1)
        offer_choices(session, form)

    def work(session: Session, _authority: str | None) -> Done:
        people = guests.add_guests(session, form.guests(name), operator())
        booked = groups.book_group(session, group_id, _bookings(form, [each.id for each in people]), operator())
        return Done(f"/groups/{group_id}", _("{count} rooms were booked.", count=len(booked)))

    return answer(form, _deed(group_id, form), work)


def _bookings(form: GroupBookingForm, guest_ids: list[int]) -> list[Booking]:
    departure = form.leaves_on()
    return [
        Booking(
            guest_id=guest_id,
            room_type_id=int(form["room_type_id"].data),
            rate_code=form["rate_code"].data,
            arrival=form["arrival"].data,
            departure=departure,
            adults=form["adults"].data,
            payment_method=form["payment_method"].data,
            guaranteed=bool(form["guaranteed"].data),
            deposit_asked_minor=form["deposit_asked_minor"].minor,
            deposit_due_on=form["deposit_due"].data,
        )
        for guest_id in guest_ids
    ]


@needs("stay.reserve")
def join(group_id: int) -> Response:
    """Puts stays that are booked or in house into the group."""
    with reading(db.session) as session:
        groups.get_group(session, group_id)
    form = MembersForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        groups.add_members(session, group_id, form.stay_ids(), operator())
        return Done(f"/groups/{group_id}", _("They belong to the group now."))

    return answer(form, _deed(group_id, form), work)


@needs("stay.reserve")
def remove(group_id: int) -> Response:
    """Takes the ticked stays out of the group."""
    form = _ticked(group_id, GroupRemoveForm)

    def work(session: Session, _authority: str | None) -> Done:
        chosen = form.chosen() or []
        if not chosen:
            raise group_stays.NobodyThere(group=groups.get_group(session, group_id).code)
        for stay_id in sorted(chosen):
            groups.remove_member(session, group_id, stay_id, operator())
        return Done(f"/groups/{group_id}", _("They were taken out of the group."))

    return answer(form, _deed(group_id, form), work)


# --- together -------------------------------------------------------------------------------------------------


@needs("stay.reserve")
def assign(group_id: int) -> Response:
    """Gives rooms to those who have none; who gets none is told by name."""
    form = _ticked(group_id, GroupAssignForm)

    def work(session: Session, _authority: str | None) -> Done:
        done = group_stays.assign_group_rooms(session, group_id, operator(), stay_ids=form.chosen())
        text = _("{count} were given a room.", count=len(done.given))
        if done.without:
            numbers = ", ".join(each.number for each in done.without[:10])
            text += " " + _("No room of their type is free for all nights of: {stays}.", stays=numbers)
        return Done(f"/groups/{group_id}", text)

    return answer(form, _deed(group_id, form), work)


@needs("stay.check_in")
def check_in(group_id: int) -> Response:
    """Checks in who is ready; the others are told with their reasons."""
    form = _ticked(group_id, GroupCheckInForm)

    def work(session: Session, _authority: str | None) -> Done:
        done = group_stays.check_in_group(session, group_id, operator(), stay_ids=form.chosen(), only_ready=True)
        text = _("{count} checked in.", count=len(done.checked_in))
        if done.waiting:
            reasons = " ".join(in_words(each) for each in list(done.waiting.values())[:3])
            text += " " + _("{count} wait: {reasons}", count=len(done.waiting), reasons=reasons)
        return Done(f"/groups/{group_id}", text)

    return answer(form, _deed(group_id, form, verb="check_in"), work)


@needs("folio.transfer")
def settle(group_id: int) -> Response:
    """Moves what the ticked stays owe, or all, to the master: everything, or some codes."""
    form = _ticked(group_id, GroupSettleForm)

    def work(session: Session, authority: str | None) -> Done:
        moved = group_stays.settle_on_master(
            session,
            group_id,
            form.chosen(),
            cashiering.origin(session, operator(), str(form.key.data)),
            codes=form.wanted_codes(),
            reason=form["reason"].data,
            over_limit_by=authority,
        )
        return Done(f"/groups/{group_id}", _("{count} windows were moved to the master.", count=len(moved)))

    return answer(form, _deed(group_id, form), work)


@needs("stay.check_out")
def leave(group_id: int) -> Response:
    """What stands in the way of each, each with where it is cleared; then everybody checks out, all or none."""
    form = _ticked(group_id, GroupLeaveForm)

    def work(session: Session, _authority: str | None) -> Done:
        gone = group_stays.leave(session, group_id, form.chosen(), operator())
        return Done(f"/groups/{group_id}", _("{count} checked out.", count=len(gone)))

    def shown() -> str:
        with reading(db.session) as session:
            staying = [each.stay_id for each in groups.members(session, group_id) if each.status == "in_house"]
            chosen = [each for each in staying if not form.chosen() or each in form.chosen()]
            obstacles = group_stays.leave_obstacles(session, chosen)
        return _page("frontoffice/groups/leave.html", group_id, form=form, obstacles=obstacles)

    return answer(form, shown, work)
