"""A folio's page: its head, the windows of its stay side by side, its lines, and what can be done with them; vouchers.

The deeds themselves, each a panel beside the lines at an address of its own, stand in `folio_deeds.py`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from flask import request
from sqlalchemy.orm import Session
from wtforms import Form as PlainForm

from folios.business_day import open_date
from folios.db import reading
from folios.errors import N_, WORDS, PostingNotHere, RefundTooHigh, Refusal, VoucherEmpty
from folios.folios import get_folio
from folios.models import Folio
from folios.texts import search_text
from frontoffice import language
from frontoffice.allowed import Answers, folio_actions_and_refund, line_actions, stay_actions
from frontoffice.app import db
from frontoffice.charge_cards import ACCOUNTS
from frontoffice.control_folios import counted_blind
from frontoffice.disputes import disputed_minor, disputes_of
from frontoffice.folio_deeds import NothingToRefund, stay_of
from frontoffice.folio_lines import BUSY, Asked, FolioLine, FolioLines, pages_of_folios
from frontoffice.forms.base import Day, Form
from frontoffice.forms.folios import posting_ids
from frontoffice.language import gettext as _
from frontoffice.rights import NotAllowed
from frontoffice.stay_head import StayHead, stay_head
from frontoffice.views import charging_blocks
from frontoffice.views.access import needs, operator, visitor
from frontoffice.views.pages import money, page
from frontoffice.vouchers import get_voucher

ONE_DAY = timedelta(days=1)
LINES_SHOWN = 50  # a page of the chosen window, each line with what it generated
CHOSEN_SHOWN = 12  # of the lines that are ticked, in a panel; then how many more
MOST_SKIPPED = 10**6
BESIDE_MOST = 12  # lines of a window that is not the chosen one


@dataclass(frozen=True, slots=True)
class Deed:
    """A button of the page: its panel's address below the folio, its key, the right it needs and the rule it asks.

    `of_lines`: what is ticked goes along.
    """

    name: str
    label: str
    key: str
    right: str
    rule: str
    of_lines: bool = False


DEEDS = (
    Deed("charge", N_("Post a charge"), "p", "folio.charge", "charge"),
    Deed("pay", N_("Payment"), "y", "folio.pay", "pay"),
    Deed("correct", N_("Correct"), "c", "folio.correct", "correct", of_lines=True),
    Deed("allow", N_("Allowance"), "a", "folio.correct", "allow", of_lines=True),
    Deed("transfer", N_("Transfer"), "t", "folio.transfer", "transfer", of_lines=True),
    Deed("split", N_("Split"), "s", "folio.transfer", "split", of_lines=True),
    Deed("dispute", N_("Dispute"), "d", "dispute.open", "transfer", of_lines=True),
    Deed("refund", N_("Refund"), "r", "folio.pay", "refund"),
    Deed("pay-out", N_("Pay out"), "u", "folio.pay", "pay_out"),
    Deed("limit", N_("House limit"), "l", "folio.charge", "set_limit"),
    Deed("window", N_("New window"), "w", "folio.open", "open_window"),
    Deed("stop", N_("Stop outlets"), "n", "folio.stop", "stop"),
    Deed("card", N_("Give a card"), "v", "card.give", "give_card"),
    Deed("close", N_("Close"), "x", "folio.open", "close"),
    Deed("reopen", N_("Reopen"), "x", "folio.open", "reopen"),
)
SETTLEMENTS = {
    "allowed": N_("allowed"),
    "moved": N_("moved to be followed up"),
    "upheld": N_("upheld"),
    "agreed": N_("settled otherwise"),
}
RULES = {deed.name: deed.rule for deed in DEEDS}


@dataclass(frozen=True, slots=True)
class Button:
    """A deed as this reader finds it now; grey with its reason when there is one."""

    deed: Deed
    reason: Refusal | None


@dataclass(frozen=True, slots=True)
class Chosen:
    """A line that is ticked, as the open panel shows it; with the reason when its deed is not for this line."""

    line: FolioLine
    reason: Refusal | None

    @property
    def left_minor(self) -> int:
        """What of the line, with all that it generated, is still on the folio."""
        signed = -1 if self.line.amount_minor < 0 else 1
        return signed * sum(each.left_minor for each in (self.line, *self.line.generated))


class Period(PlainForm):  # type: ignore[misc]
    """From when to when lines are shown."""

    first = Day(N_("From"))
    last = Day(N_("To"))


@needs("folio.read")
def show(folio_id: int) -> str:
    """A folio with everything on it."""
    return beside(folio_id)


@needs("folio.read")
def voucher(voucher_id: int) -> str:
    """A voucher: who, when, why, what it moved between which folios, what it corrects and what corrects it."""
    with reading(db.session) as session:
        return page("frontoffice/folios/voucher.html", voucher=get_voucher(session, voucher_id), words=WORDS)


def beside(folio_id: int, name: str | None = None, form: Form | None = None, **facts: Any) -> str:
    """The folio's page, with the panel of a deed beside its lines when there is a `form`."""
    with reading(db.session) as session:
        carried = form.line.data if form is not None and "line" in form else None
        ticked = posting_ids(request.args.getlist("line")) if carried is None else carried
        shown = screen(session, folio_id, ticked)
        shown |= {"panel": name, "form": form, "facts": facts, "chosen": [], "chosen_shown": CHOSEN_SHOWN}
        shown |= _ticks(shown["lines"], ticked if carried is not None or not request.args.get(ALL) else None)
        if carried is not None:
            shown["chosen"] = _chosen(session, shown["lines"], ticked, RULES.get(name or "", name or ""))
        return page("frontoffice/folios/show.html", **shown, address=Address(folio_id))


def _ticks(lines: FolioLines, ticked: Collection[int] | None) -> dict[str, Any]:
    """Which boxes are ticked (None: all), and which of the lines that are ticked stand on other pages."""
    everything = bool(request.args.get(ALL))
    here = {each.posting_id for each in lines.lines}
    elsewhere = [] if everything else [each.posting_id for each in lines.picked if each.posting_id not in here]
    chosen = frozenset(lines.standing_ids if ticked is None else ticked)
    return {"ticked": chosen, "all_ticked": everything, "elsewhere": elsewhere}


def ticked_lines(folio_id: int) -> list[int]:
    """The lines that an address names: those ticked, or every one that stands and is not hidden by the filters."""
    if not request.args.get(ALL):
        return posting_ids(request.args.getlist("line"))
    with reading(db.session) as session:
        asked = _asked(session, get_folio(session, folio_id), Period(request.args))
        ticked = list(pages_of_folios(session, {folio_id: asked})[folio_id].standing_ids)
    if not ticked:  # no line at all would mean everything on the folio
        raise VoucherEmpty
    return ticked


def _asked(session: Session, folio: Folio, period: Period, picked: Collection[int] = ()) -> Asked:
    """Which lines of a folio an address asks for: the page, and the filters that are set."""
    valid = period.validate()
    first, last = (period.first.data, period.last.data) if valid else (None, None)
    if folio.type in BUSY and first is None and last is None:
        first = last = period.first.data = period.last.data = open_date(session)
    return Asked(
        code=search_text(request.args.get("code"), 16) or None,
        operator=search_text(request.args.get("cashier"), 32) or None,
        first=first,
        last=last,
        most=LINES_SHOWN,
        skip=min(max(request.args.get("newer", 0, type=int), 0), MOST_SKIPPED),
        picked=picked,
    )


@dataclass(frozen=True, slots=True)
class Address:
    """Where a folio's pages are, with the filters that are set now."""

    folio_id: int

    def of(self, panel: str = "", lines: Iterable[int] = (), **changes: str | None) -> str:
        """The folio's page, or a panel's; `changes` to the filters, None taking one away."""
        query = self._kept(changes) + [("line", str(line)) for line in lines]
        path = f"/folios/{self.folio_id}" + (f"/{panel}" if panel else "")
        return f"{path}?{urlencode(query)}" if query else path

    @property
    def here(self) -> str:
        """Where the form of the panel that is open is sent: its own address, without what is ticked."""
        query = self._kept({})
        return f"{request.path}?{urlencode(query)}" if query else request.path

    def _kept(self, changes: Mapping[str, str | None]) -> list[tuple[str, str]]:
        kept: dict[str, str | None] = {name: request.args[name] for name in FILTERS if request.args.get(name)}
        kept |= changes
        return [(name, value) for name, value in kept.items() if value]


FILTERS = ("first", "last", "code", "cashier", "newer")
ALL = "all"  # every line is ticked, on this page and the others


def screen(session: Session, folio_id: int, ticked: Collection[int] = ()) -> dict[str, Any]:
    """Everything the folio's page shows, in a constant number of statements. Refuses `FolioUnknown`."""
    folio = get_folio(session, folio_id)
    stay_id = stay_of(session, folio_id)
    head = stay_head(session, stay_id) if stay_id is not None else None
    period = Period(request.args)
    asked = _asked(session, folio, period, frozenset(ticked))
    beside = replace(asked, most=BESIDE_MOST, skip=0, picked=())
    wanted = dict.fromkeys([each.folio_id for each in head.windows] if head else (), beside)
    found = pages_of_folios(session, wanted | {folio_id: asked})
    return {
        "folio": folio,
        "stay": head,
        "period": period,
        "lines": found[folio_id],
        "windows": found,
        "blind": folio.type == "control" and _blind(session, folio_id),
        "days": _days(folio, asked.first, asked.last),
        "balance_minor": found[folio_id].closing_minor if folio.type == "control" else folio.balance_minor,
        "buttons": [] if folio.type == "control" else buttons(session, folio, head),
        "disputed_minor": disputed_minor(session, [folio_id])[folio_id],
        "charging": charging_blocks.of_folio(session, folio),
        "disputes": disputes_of(session, [folio_id])[folio_id],
        "lines_shown": LINES_SHOWN,
        "limit_percent": _limit_percent(folio),
        "words": WORDS,
        "settlements": SETTLEMENTS,
        "marks": marks,
        "whys": whys,
        "standing": standing,
    }


def buttons(session: Session, folio: Folio, head: StayHead | None) -> list[Button]:
    """The deeds of a folio for this reader, each with its reason when it cannot be done now."""
    answers: Answers
    answers, gives_back = folio_actions_and_refund(session, folio.id)
    if head is not None:
        answers |= stay_actions(session, [head.stay], ("open_window",))[head.stay.id]
    answers["refund"] = _refund_reason(answers["refund"], gives_back)
    shown = []
    for deed in DEEDS:
        if deed.name == "card" and folio.type not in ACCOUNTS:
            continue
        if deed.rule not in answers or (deed.name == ("reopen" if folio.status == "open" else "close")):
            continue
        missing = None if visitor().may(deed.right) else NotAllowed(right=deed.right, who=visitor().code)
        shown.append(Button(deed, missing or answers[deed.rule]))
    return shown


def marks(line: FolioLine) -> list[str]:
    """What became of a line, in words; with the amount where it is a part."""
    became = (
        (line.moved_minor, _("moved"), _("moved: {amount}")),
        (line.corrected_minor, _("corrected"), _("corrected: {amount}")),
        (line.allowed_minor, _("allowed"), _("allowed: {amount}")),
        (line.refunded_minor, _("given back"), _("given back: {amount}")),
    )
    told = [_("disputed")] if line.disputed else []
    for minor, whole, part in became:
        if minor:
            told.append(whole if minor == abs(line.amount_minor) else part.format(amount=money(minor)))
    return told


def whys(grey: Iterable[Button]) -> list[tuple[str, str]]:
    """The reasons of grey buttons, each once, with the buttons it is for."""
    found: dict[str, list[str]] = {}
    for button in grey:
        if button.reason is not None:
            found.setdefault(language.show(button.reason), []).append(_(button.deed.label))
    return [(reason, ", ".join(labels)) for reason, labels in found.items()]


def standing(line: FolioLine) -> bool:
    """Whether something of a line, or of what it generated, is still on the folio."""
    return any(each.left_minor for each in (line, *line.generated))


def _limit_percent(folio: Folio) -> int | None:
    if not folio.house_limit_minor:
        return None if folio.house_limit_minor is None else 100
    return max(folio.balance_minor, 0) * 100 // folio.house_limit_minor


def _blind(session: Session, folio_id: int) -> bool:
    """Whether a drawer is kept from this reader until it is counted."""
    return counted_blind(session, folio_id, operator(), all_shifts=visitor().may("shift.read"))


def _refund_reason(of_credit: Refusal | None, of_payment: bool) -> Refusal | None:
    """Why nothing can be given back: neither what the folio has too much, nor a single payment."""
    if of_credit is None or of_payment:
        return None
    return NothingToRefund() if isinstance(of_credit, RefundTooHigh) else of_credit


def _days(folio: Folio, first: date | None, last: date | None) -> tuple[date, date] | None:
    """The days before and after, where a folio is leafed through day by day."""
    if folio.type not in BUSY or first is None or first != last or not date.min < first < date.max:
        return None
    return first - ONE_DAY, first + ONE_DAY


def _chosen(session: Session, shown: FolioLines, ticked: Sequence[int], rule: str) -> list[Chosen]:
    """The lines that are ticked, in the order of the books. Refuses (`PostingNotHere`) lines of another folio."""
    lines: Mapping[int, FolioLine] = {each.posting_id: each for each in shown.picked}
    if request.method == "GET":
        for posting_id in ticked:
            if posting_id not in lines:
                raise PostingNotHere(posting=posting_id)
    answers = line_actions(session, shown.folio_id) if ticked else {}
    return [
        Chosen(lines[posting_id], answers.get(posting_id, {}).get(rule))
        for posting_id in sorted(ticked)
        if posting_id in lines
    ]
