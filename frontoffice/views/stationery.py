"""The hotel's paper is set up: its texts, its logo with a specimen to look at; and the series of invoice numbers."""

from __future__ import annotations

from flask import make_response
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios.db import reading
from frontoffice import invoice_series, paper, stationery
from frontoffice.app import db
from frontoffice.forms.stationery import (
    KIND_WORDS,
    BeginForm,
    LogoForm,
    LogoRemovalForm,
    SeriesForm,
    SeriesSwitchForm,
    StationeryForm,
)
from frontoffice.invoice_series import get_series
from frontoffice.language import gettext as _
from frontoffice.language import locale
from frontoffice.specimen import specimen
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator, signed_in
from frontoffice.views.addresses import series_address
from frontoffice.views.bills import as_file
from frontoffice.views.pages import page
from frontoffice.views.sending import answer, held_fields

HERE = "/set-up/stationery"
SERIES = "/set-up/series"


@needs("property.set_up")
def edit() -> Response:
    """The texts of the paper; beside them its logo and the way to a specimen."""
    with reading(db.session) as session:
        kept = stationery.get_stationery(session)
    form = StationeryForm(held=held_fields(), obj=kept)

    def work(session: Session, _authority: str | None) -> Done:
        stationery.amend(session, form.seen_version, form.fields(), operator())
        return Done(HERE, _("The letterhead was saved."))

    shown = {"form": form, "logo": kept.logo_sha256}
    return answer(form, lambda: page("frontoffice/stationery/show.html", **shown), work)


@needs("property.set_up")
def set_logo() -> Response:
    """Puts a picture at the head of the paper; a file that is none is refused in words."""
    form = LogoForm()
    picture = form.picture()

    def work(session: Session, _authority: str | None) -> Done:
        stationery.set_logo(session, picture, operator())
        return Done(HERE, _("The logo was saved. Look at the specimen."))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=HERE), work)


@needs("property.set_up")
def remove_logo() -> Response:
    """Takes the picture off; what was issued with it keeps it."""
    form = LogoRemovalForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        stationery.remove_logo(session, operator())
        return Done(HERE, _("The logo was removed."))

    shown = {"form": form, "title": _("Remove the logo"), "cancel": HERE}
    return answer(form, lambda: page("frontoffice/form.html", **shown, danger=True), work)


@signed_in
def logo(sha256: str) -> Response:
    """A picture that stands at the head of a bill or invoice. It never changes under its name."""
    with reading(db.session) as session:
        picture = stationery.logo(session, sha256)
    response = make_response(picture)
    response.content_type = "image/png"
    response.headers["Cache-Control"] = "private, max-age=31536000, immutable"
    return response


@needs("property.set_up")
def preview() -> Response:
    """A specimen with the paper as it is set up."""
    with reading(db.session) as session:
        sheet = specimen(session, locale().language)
    return as_file(paper.draw(sheet).pdf, "specimen.pdf")


# --- series of numbers ------------------------------------------------------------------------------------------


@needs("property.set_up")
def series() -> str:
    """All series, with the number each gives next."""
    with reading(db.session) as session:
        shown = {"series": invoice_series.list_series(session), "words": KIND_WORDS, "address": series_address}
        return page("frontoffice/stationery/series.html", **shown)


@needs("property.set_up")
def add_series() -> Response:
    """Adds a series."""
    form = SeriesForm(held=held_fields(), first_number=1)
    form.offer()

    def work(session: Session, _authority: str | None) -> Done:
        added = invoice_series.add_series(
            session, code=str(form.code.data), name=str(form["name"].data), kind=str(form.kind.data),
            prefix=form.prefix.data or "", first_number=form.first_number.data or 0, operator=operator(),
        )  # fmt: skip
        return Done(SERIES, _("Series {series} was added.", series=added.code))

    return answer(form, lambda: page("frontoffice/form.html", form=form, cancel=SERIES), work)


@needs("property.set_up")
def begin_series(code: str) -> Response:
    """Chooses the number a series begins with."""
    with reading(db.session) as session:
        form = BeginForm(held=held_fields(), number=get_series(session, code).next_number)

    def work(session: Session, _authority: str | None) -> Done:
        invoice_series.set_next_number(session, code, form.number.data or 0, operator())
        return Done(SERIES, _("Series {series} begins with {number}.", series=code, number=form.number.data))

    shown = {"form": form, "title": _("First number of series {series}", series=code), "cancel": SERIES}
    return answer(form, lambda: page("frontoffice/form.html", **shown), work)


@needs("property.set_up")
def switch_series_on(code: str) -> Response:
    """Lets numbers be taken from a series again."""
    return _switch(code, True, _("Switch series {series} on", series=code), _("Series {series} is on.", series=code))


@needs("property.set_up")
def switch_series_off(code: str) -> Response:
    """Lets no more numbers be taken from a series; what was issued stays."""
    return _switch(code, False, _("Switch series {series} off", series=code), _("Series {series} is off.", series=code))


def _switch(code: str, active: bool, title: str, told: str) -> Response:
    form = SeriesSwitchForm(held=held_fields())
    with reading(db.session) as session:
        get_series(session, code)

    def work(session: Session, _authority: str | None) -> Done:
        invoice_series.switch_series(session, code, active, operator())
        return Done(SERIES, told)

    return answer(form, lambda: page("frontoffice/form.html", form=form, title=title, cancel=SERIES), work)
