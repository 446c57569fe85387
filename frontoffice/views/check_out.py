"""The check-out of a stay: what stands in the way in one list, each with the deed that clears it; then bill, and done.

The panels for paying, refunding, moving and settling are those of the folio (`folio_deeds.py`), opened on this page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.business_day import open_date
from folios.db import reading
from folios.errors import FolioUnknown, Refusal
from frontoffice import stays
from frontoffice.allowed import asked, stay_actions
from frontoffice.app import db
from frontoffice.departures import (
    FixedChargeNotPosted,
    NightNotCharged,
    Overstayed,
    WindowInCredit,
    WindowOwes,
    charge_what_is_due,
    departure_obstacles,
)
from frontoffice.disputes import Disputed, disputes_of
from frontoffice.forms.base import Form
from frontoffice.language import gettext as _
from frontoffice.rights import NotAllowed
from frontoffice.stay_head import HeadWindow, StayHead, stay_head
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator, visitor
from frontoffice.views.pages import page
from frontoffice.views.sending import answer


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that stands in the way. `kind` is what clears it: `due`, `overdue`, `owes`, `credit` or `other`."""

    kind: str
    reason: Refusal
    window: HeadWindow | None
    disputes: tuple[Disputed, ...] = ()


KINDS: dict[type[Refusal], str] = {
    NightNotCharged: "due",
    FixedChargeNotPosted: "due",
    Overstayed: "overdue",
    WindowOwes: "owes",
    WindowInCredit: "credit",
}


@needs("stay.check_out")
def check_out(stay_id: int) -> Response:
    """Checks the guest out, or shows what stands in the way."""
    form = Form()

    def work(session: Session, _authority: str | None) -> Done:
        stay = stays.check_out(session, stay_id, operator())
        return Done(f"/stays/{stay_id}/check-out", _("Stay {stay} is checked out.", stay=stay.number))

    return answer(form, lambda: check_out_page(stay_id, refused=form), work)


@needs("folio.charge")
def nights(stay_id: int) -> Response:
    """Charges what the night audit has not come to yet."""
    form = Form()

    def work(session: Session, _authority: str | None) -> Done:
        count = charge_what_is_due(session, stay_id, operator())
        return Done(f"/stays/{stay_id}/check-out", _("Charged what was due: {count}.", count=count))

    return answer(form, lambda: check_out_page(stay_id, refused=form), work)


@needs("stay.move")
def extend(stay_id: int) -> Response:
    """Keeps an overdue guest on the books until today."""
    form = Form()

    def work(session: Session, _authority: str | None) -> Done:
        today = open_date(session)
        stays.extend(session, stay_id, today, operator())
        return Done(f"/stays/{stay_id}/check-out", _("The departure is today now."))

    return answer(form, lambda: check_out_page(stay_id, refused=form), work)


def leaving() -> int | None:
    """The stay on whose check-out page a deed of a folio was opened; None: on the folio's own page."""
    text = request.args.get("at", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def check_out_page(
    stay_id: int,
    folio_id: int | None = None,
    panel: str | None = None,
    form: Form | None = None,
    refused: Form | None = None,
    **facts: Any,
) -> str:
    """The page, with the panel of a deed of one of its folios when there is a `form`."""
    with reading(db.session) as session:
        head = stay_head(session, stay_id)
        window = next((each for each in head.windows if each.folio_id == folio_id), None)
        if folio_id is not None and window is None:
            raise FolioUnknown(folio=folio_id)
        may_leave = stay_actions(session, [head.stay], ("check_out", "reinstate"))[stay_id]
        return page(
            "frontoffice/check_out/show.html",
            stay=head,
            obstacles=_obstacles(session, head) if head.stay.status == "in_house" else [],
            reason=may_leave["check_out"],
            reinstate=may_leave["reinstate"],
            extend_reason=asked(_need, "stay.move"),
            charge_reason=asked(_need, "folio.charge"),
            forms={name: Form(formdata=None) for name in ("nights", "extend", "check_out")},
            complaints=refused.complaints if refused is not None else [],
            window=window,
            panel=panel,
            form=form,
            facts=facts,
        )


def _need(right: str) -> None:
    if not visitor().may(right):
        raise NotAllowed(right=right, who=visitor().code)


def _obstacles(session: Session, head: StayHead) -> list[Obstacle]:
    """What stands in the way, with the disputes that are open on the window it is about."""
    windows = {each.window: each for each in head.windows}
    contested = disputes_of(session, [each.folio_id for each in head.windows])
    found = []
    for reason in departure_obstacles(session, head.stay.id):
        window = windows.get(reason.params.get("window", 0))
        disputes = contested.get(window.folio_id, []) if window is not None else []
        open_ones = tuple(each for each in disputes if each.dispute.status == "open")
        found.append(Obstacle(KINDS.get(type(reason), "other"), reason, window, open_ones))
    return found
