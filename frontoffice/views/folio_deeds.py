"""The deeds of a folio's page: each a panel beside the lines, at its own address, that does one thing.

With `at=check-out` in the address the panel stands on the stay's check-out page, and the deed leads back there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from folios import folios
from folios.charges import charge as post_charge
from folios.codes import catalogue
from folios.db import reading
from folios.errors import AmountNotPositive, FolioUnknown, TenderMissing
from folios.lines import standing_lines
from folios.money import Money
from folios.payments import is_money
from frontoffice import cashiering, disputes, folio_deeds, windows
from frontoffice.app import db
from frontoffice.companies import credit_left, find_company
from frontoffice.folio_deeds import NEW_WINDOW, Targets, stay_of
from frontoffice.forms import folios as forms
from frontoffice.forms.base import Amount, Form
from frontoffice.language import amount as told_amount
from frontoffice.language import gettext as _
from frontoffice.submissions import Done
from frontoffice.views.access import needs, operator
from frontoffice.views.check_out import check_out_page, leaving
from frontoffice.views.folios import beside, ticked_lines
from frontoffice.views.sending import Work, answer, held_fields
from frontoffice.views.stays import refuse_unusual_limit


@needs("folio.charge")
def charge(folio_id: int) -> Response:
    """Posts a charge; beyond the house limit somebody lets it pass."""
    with reading(db.session) as session:
        folios.get_folio(session, folio_id)
        form = forms.ChargeForm(held=held_fields(), persons=folio_deeds.payer_of(session, folio_id).persons)
        form.code.offer(_codes(session, "charge"))

    def work(session: Session, authority: str | None) -> Done:
        asked = form.charge(folio_id, authority)
        posted = post_charge(session, asked, cashiering.origin(session, operator(), _key(form)))
        return _done(folio_id, _("{amount} was posted.", amount=_money(session, posted.total_minor)))

    return _panel(folio_id, "charge", form, work)


@needs("folio.pay")
def pay(folio_id: int) -> Response:
    """Takes a payment, of the balance unless another amount is typed; a company's credit limit holds."""
    with reading(db.session) as session:
        folio = folios.get_folio(session, folio_id)
        owed_minor, payer = folio.balance_minor, folio_deeds.payer_of(session, folio_id)
        form = forms.PayForm(
            held=held_fields(), balance=str(owed_minor), amount=max(owed_minor, 0) or None, company=payer.company
        )
        form.code.offer(_tenders(session, payer.method))
        form.company.hint = _credit(session, payer.company)

    def work(session: Session, authority: str | None) -> Done:
        taken, company_id = _given(form.amount), _company(session, form)
        facts = {"reference": form.reference.data, "remark": form.remark.data, "key": _key(form)}
        folio_deeds.pay_shown(
            session,
            folio_id,
            str(form.code.data),
            taken,
            form.shown_minor,
            operator(),
            company_id=company_id,
            over_limit_by=authority,
            **facts,
        )
        left = Money(folios.get_folio(session, folio_id).balance_minor, taken.currency)
        return _done(
            folio_id, _("{amount} was paid. The balance is {left}.", amount=told_amount(taken), left=told_amount(left))
        )

    return _panel(folio_id, "pay", form, work, lambda: form.show_balance(owed_minor))


@needs("folio.pay")
def refund(folio_id: int) -> Response:
    """Gives money back; who may not refund has somebody approve it."""
    with reading(db.session) as session:
        folio = folios.get_folio(session, folio_id)
        payer, credit_minor = folio_deeds.payer_of(session, folio_id), max(-folio.balance_minor, 0)
        form = forms.RefundForm(held=held_fields(), amount=credit_minor or None, company=payer.company)
        form.code.offer(_tenders(session, payer.method))
        form.payment.offer(_payments(session, folio_id))

    def work(session: Session, authority: str | None) -> Done:
        given = _given(form.amount)
        of_voucher = None if form.payment.data is None else int(form.payment.data)
        cashiering.give_refund(
            session,
            folio_id,
            str(form.code.data),
            given,
            str(form.reason.data),
            operator(),
            of_voucher_id=of_voucher,
            company_id=_company(session, form),
            authorised_by=authority,
            reference=form.reference.data,
            key=_key(form),
        )
        return _done(folio_id, _("{amount} was given back.", amount=told_amount(given)))

    return _panel(folio_id, "refund", form, work)


@needs("folio.pay")
def pay_out(folio_id: int) -> Response:
    """Hands cash out of the drawer for the guest; who may not has somebody approve it."""
    with reading(db.session) as session:
        folios.get_folio(session, folio_id)
        form = forms.PayOutForm(held=held_fields())
        form.code.offer(_codes(session, "paid_out"))

    def work(session: Session, authority: str | None) -> Done:
        given = _given(form.amount)
        facts = {"text": form.text.data, "reference": form.reference.data, "authorised_by": authority}
        cashiering.pay_out(session, str(form.code.data), given, operator(), folio_id=folio_id, key=_key(form), **facts)
        return _done(folio_id, _("{amount} was paid out.", amount=told_amount(given)))

    return _panel(folio_id, "pay-out", form, work)


@needs("folio.correct")
def correct(folio_id: int) -> Response:
    """Takes the ticked lines back, or a part of one; for a payment who may not refund has somebody approve it."""
    form = forms.CorrectForm(held=held_fields(), line=ticked_lines(folio_id))
    with reading(db.session) as session:
        form.takes_payment = folio_deeds.takes_payment(session, form.line.data)

    def work(session: Session, authority: str | None) -> Done:
        posted = folio_deeds.correct_lines(
            session,
            folio_id,
            form.line.data,
            str(form.reason.data),
            operator(),
            authority,
            part_minor=form.amount.minor,
            key=_key(form),
        )
        total_minor = sum(each.total_minor for each in posted)
        return _done(folio_id, _("{amount} was taken back.", amount=_money(session, total_minor)))

    return _panel(folio_id, "correct", form, work)


@needs("folio.correct")
def allow(folio_id: int) -> Response:
    """Posts an allowance on the ticked lines; who may not has somebody approve it."""
    form = forms.AllowForm(held=held_fields(), line=ticked_lines(folio_id))

    def work(session: Session, authority: str | None) -> Done:
        posted = folio_deeds.allow_lines(
            session,
            folio_id,
            form.line.data,
            str(form.reason.data),
            operator(),
            authority,
            part_minor=form.amount.minor,
            key=_key(form),
        )
        total_minor = sum(each.total_minor for each in posted)
        return _done(folio_id, _("{amount} was allowed.", amount=_money(session, total_minor)))

    return _panel(folio_id, "allow", form, work)


@needs("folio.transfer")
def transfer(folio_id: int) -> Response:
    """Moves the ticked lines, or everything, to a window, a room, a folio or the group's master."""
    ticked = ticked_lines(folio_id)
    with reading(db.session) as session:
        folios.get_folio(session, folio_id)
        form = forms.TransferForm(held=held_fields(), line=ticked)
        form.to.offer(_places(folio_deeds.targets(session, folio_id)))

    def work(session: Session, authority: str | None) -> Done:
        named = {"to": form.to.data, "room": form.room.data, "number": form.folio.data}
        target_id = folio_deeds.target_folio(session, folio_id, operator(), **named)
        posted = folio_deeds.transfer_lines(
            session,
            folio_id,
            target_id,
            form.line.data,
            operator(),
            part_minor=form.amount.minor,
            reason=form.reason.data,
            over_limit_by=authority,
            key=_key(form),
        )
        told = {"amount": _money(session, posted.total_minor), "folio": folios.get_folio(session, target_id).number}
        return _done(folio_id, _("{amount} was moved to folio {folio}.", **told))

    return _panel(folio_id, "transfer", form, work)


@needs("folio.transfer")
def split(folio_id: int) -> Response:
    """Splits the ticked line over the windows of the stay."""
    ticked = ticked_lines(folio_id)
    with reading(db.session) as session:
        folio = folios.get_folio(session, folio_id)
        currency, places = folio.currency, _places(folio_deeds.targets(session, folio_id))
        form = forms.split_form([(f"part_{to}", label) for to, label in places], held=held_fields(), line=ticked)

    def work(session: Session, authority: str | None) -> Done:
        weights = {_part(session, folio_id, name): share for name, share in form.shares(currency).items()}
        posted = folio_deeds.split_line(
            session,
            folio_id,
            form.line.data,
            weights,
            operator(),
            by_amount=form.way.data == "amount",
            reason=form.reason.data,
            over_limit_by=authority,
            key=_key(form),
        )
        return _done(folio_id, _("{amount} was moved.", amount=_money(session, posted.total_minor)))

    return _panel(folio_id, "split", form, work)


def _part(session: Session, folio_id: int, name: str) -> int:
    """The folio of a share, by the name of its field; a new window is opened."""
    if name == forms.HERE:
        return folio_id
    return folio_deeds.chosen_folio(session, folio_id, name.removeprefix("part_"), operator())


@needs("dispute.open")
def dispute(folio_id: int) -> Response:
    """Marks the ticked lines as disputed."""
    form = forms.DisputeForm(held=held_fields(), line=ticked_lines(folio_id))

    def work(session: Session, _authority: str | None) -> Done:
        if not form.line.data:
            raise folio_deeds.LineMissing
        for posting_id in form.line.data:
            disputes.open_dispute(session, folio_id, posting_id, str(form.reason.data), operator())
        return _done(folio_id, _("Marked as disputed. The rest can be settled."))

    return _panel(folio_id, "dispute", form, work)


@needs("dispute.open")
def settle(dispute_id: int) -> Response:
    """Ends a dispute by an allowance, on a company's folio, for the hotel, or in words; who may not asks somebody."""
    with reading(db.session) as session:
        found = disputes.get_dispute(session, dispute_id)
        folio_id = found.folio_id
        payer = folio_deeds.payer_of(session, folio_id)
        form = forms.SettleForm(held=held_fields(), how="allow", company=payer.company)
        form.how.offer([(how, _(label)) for how, label in forms.SETTLEMENTS.items()])
        form.company.hint = _credit(session, payer.company)
        told = next(each for each in disputes.disputes_of(session, [folio_id])[folio_id] if each.dispute.id == found.id)

    def work(session: Session, authority: str | None) -> Done:
        _settle(session, dispute_id, form, authority)
        return _done(folio_id, _("The dispute is settled."))

    return _panel(folio_id, "settle", form, work, disputed=told)


def _settle(session: Session, dispute_id: int, form: forms.SettleForm, authority: str | None) -> None:
    """One of the four ways in which a dispute ends."""
    why, how = form.outcome.data or "", form.how.data
    if how == "uphold":
        disputes.uphold_dispute(session, dispute_id, operator(), why, authority)
    elif how == "agree":
        disputes.settle_dispute(session, dispute_id, why, operator(), authority)
    else:
        origin = cashiering.origin(session, operator(), _key(form))
        if how == "allow":
            disputes.allow_disputed(session, dispute_id, origin, why, authority, form.amount.minor)
        else:
            company_id = find_company(session, form.company.data or "").id
            disputes.move_disputed(
                session, dispute_id, origin, company_id=company_id, reason=why, authorised_by=authority
            )


@needs("folio.charge")
def limit(folio_id: int) -> Response:
    """Sets the house limit; who may not has somebody approve it."""
    with reading(db.session) as session:
        form = forms.LimitForm(held=held_fields(), obj=folios.get_folio(session, folio_id))

    def work(session: Session, authority: str | None) -> Done:
        changes = {"house_limit_minor": form.house_limit_minor.minor}
        folios.amend_folio(session, folio_id, form.seen_version, changes, operator(), authority)
        return _done(folio_id, _("The house limit was set."))

    return _panel(folio_id, "limit", form, work)


@needs("folio.open")
def window(folio_id: int) -> Response:
    """Opens the next window of the stay; a limit above the usual one needs who may set limits."""
    with reading(db.session) as session:
        folios.get_folio(session, folio_id)
    form = forms.WindowForm(held=held_fields())

    def work(session: Session, authority: str | None) -> Done:
        stay_id = stay_of(session, folio_id)
        if stay_id is None:
            raise folio_deeds.NoStayHere(folio=folio_id)
        opened = windows.open_window(session, stay_id, operator(), name=form.name.data)
        if form.limit.data is not None:
            usual_minor = folios.get_folio(session, opened.folio_id).house_limit_minor
            refuse_unusual_limit(usual_minor, form.limit.data, authority)
            folios.set_house_limit(session, opened.folio_id, form.limit.data.minor, operator(), authority)
        return _done(opened.folio_id, _("Window {window} was opened.", window=opened.window))

    return _panel(folio_id, "window", form, work)


@needs("folio.open")
def close(folio_id: int) -> Response:
    """Closes a folio that stands at zero."""
    form = forms.CloseForm(held=held_fields())

    def work(session: Session, _authority: str | None) -> Done:
        folios.close_folio(session, folio_id, operator())
        return _done(folio_id, _("The folio was closed."))

    return _panel(folio_id, "close", form, work)


@needs("folio.open")
def reopen(folio_id: int) -> Response:
    """Opens a closed folio again; who may not has somebody approve it."""
    form = forms.ReopenForm(held=held_fields())

    def work(session: Session, authority: str | None) -> Done:
        folios.reopen_folio(session, folio_id, operator(), authority)
        return _done(folio_id, _("The folio is open again."))

    return _panel(folio_id, "reopen", form, work)


# --- the panel and where it leads -------------------------------------------------------------------------------


def _panel(
    folio_id: int, name: str, form: Form, work: Work, refresh: Callable[[], None] | None = None, **facts: Any
) -> Response:
    """Answers a deed within its page. `refresh` brings what a refused form knew of the folio up to date."""

    def shown() -> str:
        if form.refused and refresh is not None:
            refresh()
        stay_id = leaving()
        if stay_id is not None:
            return check_out_page(stay_id, folio_id, name, form, **facts)
        return beside(folio_id, name, form, **facts)

    if request.method == "POST":
        _refuse_elsewhere(folio_id)
    return answer(form, shown, work)


def _refuse_elsewhere(folio_id: int) -> None:
    """Refuses (`FolioUnknown`) a deed that is sent from the check-out page of a stay whose folio it is not."""
    stay_id = leaving()
    if stay_id is None:
        return
    with reading(db.session) as session:
        if stay_of(session, folio_id) != stay_id:
            raise FolioUnknown(folio=folio_id)


def _done(folio_id: int, message: str) -> Done:
    stay_id = leaving()
    return Done(f"/folios/{folio_id}" if stay_id is None else f"/stays/{stay_id}/check-out", message)


def _key(form: Form) -> str:
    """The key of the form, for the ledger."""
    return str(form.key.data)


def _given(field: Amount) -> Money:
    """The amount that was typed; a form without one is not valid."""
    if field.data is None:
        raise AmountNotPositive
    return field.data


def _money(session: Session, minor: int) -> str:
    return told_amount(Money(minor, catalogue(session, fresh=False).currency))


# --- what can be chosen -------------------------------------------------------------------------------------------


def _codes(session: Session, kind: str) -> list[tuple[str, str]]:
    """The codes of a kind that are switched on, with their price."""
    found = catalogue(session)
    active = sorted((each for each in found.codes.values() if each.kind == kind and each.active), key=lambda e: e.name)
    prices = {
        each.code: "" if each.price_minor is None else " · " + told_amount(Money(each.price_minor, found.currency))
        for each in active
    }
    return [(each.code, f"{each.name} ({each.code}){prices[each.code]}") for each in active]


def _tenders(session: Session, method: str | None) -> list[tuple[str, str]]:
    """The payment codes, those of the guest's method of payment first, then cash."""
    order = {method: 0, "cash": 1}
    active = [each for each in catalogue(session).codes.values() if each.kind == "payment" and each.active]
    active.sort(key=lambda each: (order.get(each.tender, 2), each.name))
    return [(each.code, each.name) for each in active]


def _places(found: Targets) -> list[tuple[str, str]]:
    """Where lines can go without typing a number, by the value of the choice."""
    places = [
        (
            str(each.folio_id),
            _("Group {name} ({number})", name=each.name, number=each.number)
            if each.window is None
            else _("Window {window}: {name} ({number})", window=each.window, name=each.name, number=each.number),
        )
        for each in found.folios
    ]
    return places if found.stay_id is None else [*places, (NEW_WINDOW, _("New window"))]


def _payments(session: Session, folio_id: int) -> list[tuple[str, str]]:
    """The payments of which something stands on the folio, by voucher."""
    left: dict[int, tuple[str, int, str]] = {}
    for line in standing_lines(session, [folio_id])[folio_id]:
        if is_money(line) and line.origin_kind == "payment":
            before = left.get(line.origin_voucher_id, ("", 0, ""))[1]
            left[line.origin_voucher_id] = (line.code, before + line.left_minor, line.currency)
    return [
        (str(voucher_id), f"{code} {told_amount(Money(minor, currency))} ({voucher_id})")
        for voucher_id, (code, minor, currency) in left.items()
    ]


def _credit(session: Session, code: str | None) -> str:
    """How much more the company that pays may owe, for the form it is named on."""
    if code is None:
        return ""
    company = find_company(session, code)
    left = credit_left(session, company.id)
    if left is None or company.credit_limit_minor is None:
        return _("{company} has no credit limit.", company=code)
    limit = Money(company.credit_limit_minor, left.currency)
    return _(
        "{company}: credit left {left} of {limit}.", company=code, left=told_amount(left), limit=told_amount(limit)
    )


def _company(session: Session, form: forms.PayForm | forms.RefundForm) -> int | None:
    """The company that was named, when the tender is a direct bill."""
    codes = catalogue(session).codes
    code = str(form.code.data)
    if code not in codes or codes[code].tender != "direct_bill":
        return None
    if not form.company.data:
        raise TenderMissing(transaction_code=code)
    return find_company(session, form.company.data).id
