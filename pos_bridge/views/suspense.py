"""What stands in suspense, and where it is placed."""

from __future__ import annotations

from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios import folios
from folios.business_day import open_date
from folios.db import reading
from folios.ledger import currency
from folios.money import Money
from frontoffice.app import db
from frontoffice.language import amount
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields
from pos_bridge import suspense as rules
from pos_bridge.forms.suspense import PlaceForm

HERE = "/suspense"


@needs("suspense.place")
def overview() -> str:
    """Everything in suspense, the oldest first."""
    with reading(db.session) as session:
        found = rules.suspended(session)
        return page("pos_bridge/suspense/list.html", found=found, today=open_date(session))


@needs("suspense.place")
def place(voucher_id: int) -> Response:
    """Moves a charge from suspense to a room or a folio."""
    form = PlaceForm(held=held_fields())

    def work(session: Session, authority: str | None) -> Done:
        posted, folio_id = rules.place(
            session,
            voucher_id,
            operator(),
            room=form["room"].data,
            number=form["folio"].data,
            reason=form["reason"].data,
            over_limit_by=authority,
            key=str(form.key.data),
        )
        told = amount(Money(posted.total_minor, currency(session)))
        return Done(
            HERE,
            _("{amount} was placed on folio {folio}.", amount=told, folio=folios.get_folio(session, folio_id).number),
        )

    return answer(form, lambda: _shown(form, voucher_id), work)


def _shown(form: PlaceForm, voucher_id: int) -> str:
    """The form beside what is placed. Placed meanwhile: what the form was refused with says so."""
    with reading(db.session) as session:
        try:
            found: rules.Suspended | None = rules.one_suspended(session, voucher_id)
        except rules.NotInSuspense:
            if not form.refused:
                raise
            found = None
    return page("pos_bridge/suspense/place.html", form=form, found=found, cancel=HERE)
