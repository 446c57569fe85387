"""Rates as they are set up: codes, prices by room type and period, the gaps in between, copies."""

from __future__ import annotations

from datetime import date

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.business_day import open_date
from folios.db import reading
from frontoffice import codes, rates, rooms
from frontoffice.app import db
from frontoffice.forms.codes import spoken_code
from frontoffice.forms.rates import MEAL_PLAN_WORDS, CopyForm, RateEditForm, RateForm, prices_form
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.addresses import rate_address
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields

HERE = "/set-up/rates"
SHOWN = {"meal_plans": MEAL_PLAN_WORDS, "rate_address": rate_address}


@needs("rate.set_up")
def overview() -> str:
    """All rates, those sold first."""
    with reading(db.session) as session:
        found = rates.all_rates(session, open_date(session))
        count = len(rooms.room_types(session))
        return page("frontoffice/rates/list.html", rates=found, room_types=count, **SHOWN)


@needs("rate.set_up")
def add() -> Response:
    """Adds a rate."""
    form = RateForm(held=held_fields(), transaction_code="ROOM")
    with reading(db.session) as session:
        form.offer(codes.charges(session))

    def work(session: Session, _authority: str | None) -> Done:
        added = rates.add_rate(
            session,
            code=spoken_code(form["code"].data),
            name=form["name"].data,
            transaction_code=form["transaction_code"].data,
            meal_plan=form["meal_plan"].data,
            operator=operator(),
        )
        return Done(rate_address(added.code, "prices"), _("Rate {rate} was added. Enter its prices.", rate=added.code))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("rate.set_up")
def show(code: str) -> str:
    """A rate with its prices from today on, and the days without any."""
    with reading(db.session) as session:
        rate = rates.get_rate(session, code)
        today = open_date(session)
        types = rates.priced_types(session, rate.code, today)
        return page("frontoffice/rates/show.html", rate=rate, types=types, today=today, **SHOWN)


@needs("rate.set_up")
def edit(code: str) -> Response:
    """Changes a rate's name, what it is charged as, its meal plan, or whether it is sold."""
    with reading(db.session) as session:
        form = RateEditForm(held=held_fields(), obj=rates.get_rate(session, code))
        form.offer(codes.charges(session))

    def work(session: Session, _authority: str | None) -> Done:
        changes = {field: form[field].data for field in ("name", "transaction_code", "meal_plan", "active")}
        rates.amend_rate(session, code, form.seen_version, changes, operator())
        return Done(rate_address(code), _("Rate {rate} was saved.", rate=code))

    shown = {"form": form, "title": _("Rate {rate}", rate=code), "cancel": rate_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("rate.set_up")
def set_prices(code: str) -> Response:
    """Sets the prices of a period."""
    with reading(db.session) as session:
        rate = rates.get_rate(session, code)
        types = [each for each, _rooms in rooms.room_types(session)]
        form = prices_form(types, held=held_fields(), **_period())
        title = _("Prices of {rate}", rate=f"{rate.code} · {rate.name}")

    def work(session: Session, _authority: str | None) -> Done:
        rates.set_prices(
            session,
            code,
            form.prices(),
            from_date=form["from_date"].data,
            to_date=form["to_date"].data,
            operator=operator(),
        )
        return Done(rate_address(code), _("The prices of {rate} were saved.", rate=code))

    lead = _(
        "A night's price as the guest is told it. What stood in the period gives way; an empty type keeps its price."
    )
    shown = {"form": form, "title": title, "lead": lead, "cancel": rate_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("rate.set_up")
def copy(code: str) -> Response:
    """Makes a rate from another."""
    form = CopyForm(held=held_fields())
    with reading(db.session) as session:
        rate = rates.get_rate(session, code)
        title = _("Copy {rate}", rate=f"{rate.code} · {rate.name}")

    def work(session: Session, _authority: str | None) -> Done:
        added = rates.copy_rate(
            session,
            code,
            code=spoken_code(form["code"].data),
            name=form["name"].data,
            change_ppm=form["change"].data or 0,
            since=open_date(session),
            operator=operator(),
        )
        return Done(rate_address(added.code), _("Rate {rate} was copied.", rate=added.code))

    shown = {"form": form, "title": title, "cancel": rate_address(code)}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


def _period() -> dict[str, date]:
    """The period that a gap's link asks prices for: what the form begins with."""
    given = {name: request.args.get(name, "") for name in ("from_date", "to_date")}
    return {name: date.fromisoformat(text) for name, text in given.items() if _is_day(text)}


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
