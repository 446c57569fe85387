"""The forms of the panels beside a folio's lines. Each carries the lines that were ticked when its panel was opened."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from wtforms import HiddenField

from folios.amounts import read_amount
from folios.charges import Charge, ChargeLine
from folios.errors import N_, HouseLimitExceeded, PostingUnknown, Refusal
from folios.texts import read_number
from frontoffice.companies import CreditLimitExceeded
from frontoffice.folio_deeds import SharesTooLarge
from frontoffice.forms.base import (
    Amount,
    Approval,
    ApprovedForm,
    Choice,
    EditForm,
    Form,
    Text,
    Ticked,
    Whole,
    ticked_ids,
)
from frontoffice.forms.stays import UNUSUAL_LIMIT
from frontoffice.language import gettext as _
from frontoffice.language import locale
from frontoffice.models.guests import CODE_LENGTH

OVER_LIMIT = Approval("folio.over_limit", (HouseLimitExceeded, CreditLimitExceeded))
NOT_CHOSEN = "–"
SETTLEMENTS = {
    "allow": N_("Allowance: the hotel gives in"),
    "move": N_("Move to a company, to follow up"),
    "uphold": N_("Upheld: the guest pays"),
    "agree": N_("Settled otherwise, in words"),
}
WAYS = {"pieces": N_("Pieces"), "percent": N_("Percent"), "amount": N_("Amount")}


class ShareInvalid(Refusal):
    code = "share.invalid"
    message = N_("{typed} is no share. Write a number such as 2 or 33.5.")


def posting_ids(texts: Sequence[str]) -> list[int]:
    """The postings an address or a form names. Refuses (`PostingUnknown`) what no posting has as its id."""
    return ticked_ids(texts, lambda typed: PostingUnknown(posting=typed))


class ChargeForm(ApprovedForm):
    """A charge by the desk: one code, its price unless another is given."""

    title = N_("Post a charge")
    submit = N_("Post")
    approval = OVER_LIMIT
    PLACES: ClassVar = {
        "tax.persons_missing": "persons",
        "amount.not_positive": "price",
        "amount.too_large": "price",
        "price.missing": "price",
        "quantity.invalid": "quantity",
    }

    code = Choice(N_("Code"), needed=True, none=NOT_CHOSEN)
    price = Amount(N_("Price each"), hint=N_("Empty: the price of the code."))
    quantity = Whole(N_("Quantity"), default=1)
    article = Text(N_("Article"), most=40)
    text = Text(N_("Text"))
    check_number = Text(N_("Check number"), most=32)
    reference = Text(N_("Reference"), most=100)
    persons = Whole(N_("Persons"), hint=N_("For a tax that is charged by persons and nights."))
    remark = Text(N_("Remark"), most=500)

    def charge(self, folio_id: int, over_limit_by: str | None) -> Charge:
        """What was typed, as the ledger takes it."""
        line = ChargeLine(
            code=str(self.code.data),
            price=self.price.data,
            quantity=1 if self.quantity.data is None else self.quantity.data,
            article=self.article.data,
            text=self.text.data,
            persons=self.persons.data,
        )
        return Charge(
            folio_id=folio_id,
            lines=(line,),
            check_number=self.check_number.data,
            reference=self.reference.data,
            remark=self.remark.data,
            over_limit_by=over_limit_by,
        )


class PayForm(ApprovedForm):
    """A payment. `balance` is what the page showed: who pays more than is owed by now is told first."""

    title = N_("Take a payment")
    submit = N_("Take the payment")
    approval = OVER_LIMIT
    PLACES: ClassVar = {
        "payment.tender_missing": "company",
        "payment.balance_changed": "amount",
        "company.credit_limit": "amount",
        "company.unknown": "company",
        "folio.wrong_type": "code",
    }

    balance = HiddenField()
    code = Choice(N_("Paid with"), needed=True)
    amount = Amount(N_("Amount"), needed=True)
    company = Text(N_("Company code, for a direct bill"), most=CODE_LENGTH)
    reference = Text(N_("Reference"), most=100)
    remark = Text(N_("Remark"), most=500)

    @property
    def shown_minor(self) -> int:
        """The balance that was on the screen, in minor units; 0 when somebody took it out."""
        text = str(self.balance.data or "")
        minor = read_number(text.removeprefix("-")) or 0
        return -minor if text.startswith("-") else minor

    def show_balance(self, minor: int) -> None:
        """From here on the reader sees this balance."""
        self.balance.data = str(minor)
        self.balance.raw_data = None


REFUND = Approval("folio.refund")


class RefundForm(ApprovedForm):
    """Money given back the way it came."""

    title = N_("Refund")
    submit = N_("Give back")
    approval = REFUND
    PLACES: ClassVar = {
        "payment.tender_missing": "company",
        "refund.too_high": "amount",
        "refund.elsewhere": "code",
        "voucher.unknown": "payment",
        "folio.wrong_type": "code",
    }

    code = Choice(N_("Given back by"), needed=True)
    amount = Amount(N_("Amount"), needed=True)
    reason = Text(N_("Reason"), needed=True, most=500)
    payment = Choice(N_("Payment it gives back"), none=N_("what the folio has too much"))
    company = Text(N_("Company code, for a direct bill"), most=CODE_LENGTH)
    reference = Text(N_("Reference"), most=100)


class PayOutForm(ApprovedForm):
    """Cash handed out of the drawer for the guest, who owes it."""

    title = N_("Pay out for the guest")
    submit = N_("Pay out")
    approval = Approval("folio.pay_out")
    PLACES: ClassVar = {"folio.house_limit": "amount"}

    code = Choice(N_("Code"), needed=True)
    amount = Amount(N_("Amount"), needed=True)
    text = Text(N_("Text"))
    reference = Text(N_("Reference"), most=100)


class CorrectForm(ApprovedForm):
    """Lines of the open day taken back, or a part of one. A payment among them needs somebody who may refund."""

    title = N_("Correct")
    submit = N_("Correct")
    PLACES: ClassVar = {"posting.nothing_left": "amount", "line.one_only": "amount"}

    line = Ticked(posting_ids)
    reason = Text(N_("Reason"), needed=True, most=500)
    amount = Amount(N_("Part of the line"), hint=N_("Empty: the whole. Taxes included."))

    takes_payment = False

    @property
    def approval(self) -> Approval | None:  # type: ignore[override] # other forms always ask, or never
        """Who may refund, when a payment is taken back: its money leaves the house as a refund's does."""
        return REFUND if self.takes_payment else None


class AllowForm(ApprovedForm):
    """A rebate on lines, or on a part of one."""

    title = N_("Allowance")
    submit = N_("Post the allowance")
    approval = Approval("folio.allow")
    PLACES: ClassVar = {"posting.nothing_left": "amount", "line.one_only": "amount"}

    line = Ticked(posting_ids)
    reason = Text(N_("Reason"), needed=True, most=500)
    amount = Amount(N_("Part of the line"), hint=N_("Empty: the whole. Taxes included."))


class TransferForm(ApprovedForm):
    """Lines, or everything, moved to another folio. `to` offers the folios at hand; else a room or a folio's number."""

    title = N_("Transfer")
    submit = N_("Transfer")
    approval = OVER_LIMIT
    PLACES: ClassVar = {
        "posting.nothing_left": "amount",
        "line.one_only": "amount",
        "transfer.target_missing": "to",
        "transfer.same_folio": "to",
        "room.vacant": "room",
        "folio.unknown": "folio",
    }

    line = Ticked(posting_ids)
    to = Choice(N_("Where to"), none=N_("a room or folio, below"))
    room = Text(N_("Room"), most=16)
    folio = Text(N_("Folio number"), most=32)
    amount = Amount(N_("Part of the line"), hint=N_("Empty: the whole. Taxes included."))
    reason = Text(N_("Reason"), most=500)


class SplitForm(ApprovedForm):
    """One line over several windows. Made for the windows at hand by `split_form`."""

    title = N_("Split")
    submit = N_("Split")
    approval = OVER_LIMIT
    PLACES: ClassVar = {"share.too_large": "way", "transfer.same_folio": "way", "amount.not_positive": "way"}
    targets: ClassVar[tuple[tuple[str, str], ...]] = ()

    line = Ticked(posting_ids)
    way = Choice(N_("Split by"), needed=True, default="pieces")
    here = Text(N_("Stays here"), most=20, default="1", hint=N_("For pieces. Of percent and amounts the rest stays."))

    def shares(self, currency: str) -> dict[str, int]:
        """What each target was given, by name: minor units when it is split by amount, else weights, with what stays
        under "here". Refuses (`ShareInvalid`, `SharesTooLarge`) what is no share, and more than all of it.
        """
        given = {name: str(self[name].data) for name, _label in self.targets if self[name].data}
        if self.way.data == "amount":
            return {name: read_amount(text, currency, str(locale())).minor for name, text in given.items()}
        weights = {name: _scaled(text) for name, text in given.items()}
        if self.way.data == "pieces":
            return weights | {HERE: _scaled(str(self.here.data or "0"))}
        rest = 100 * SCALE - sum(weights.values())
        if rest < 0:
            raise SharesTooLarge
        return weights | {HERE: rest}


HERE = "here"
SCALE = 1000  # shares are kept with three decimals


def _scaled(text: str) -> int:
    try:
        share = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise ShareInvalid(typed=text) from None
    if not share.is_finite() or not 0 <= share <= 1_000_000:
        raise ShareInvalid(typed=text)
    return int(share * SCALE)


def split_form(targets: Sequence[tuple[str, str]], **values: Any) -> SplitForm:
    """The form of a split with a field for each target: (name, label) with names such as `part_12`, `part_new`."""
    parts = {name: Text(label, most=20) for name, label in targets}
    parts["reason"] = Text(N_("Reason"), most=500)
    form: SplitForm = type("SplitForm", (SplitForm,), {"targets": tuple(targets), **parts})(**values)
    form.way.offer([(way, _(label)) for way, label in WAYS.items()])
    return form


class DisputeForm(Form):
    """Lines a guest contests."""

    title = N_("Mark as disputed")
    submit = N_("Mark as disputed")

    line = Ticked(posting_ids)
    reason = Text(N_("What the guest says"), needed=True, most=500)


class SettleForm(ApprovedForm):
    """How a dispute ends. Who ends it by an allowance may post allowances as well, or has somebody sign who may."""

    title = N_("Settle the dispute")
    submit = N_("Settle")
    PLACES: ClassVar = {
        "posting.nothing_left": "amount",
        "company.unknown": "company",
        "company.credit_limit": "company",
        "reason.missing": "outcome",
    }

    how = Choice(N_("How it ends"), needed=True)
    outcome = Text(N_("Reason or outcome"), most=500)
    amount = Amount(N_("Part of the line"), hint=N_("For an allowance. Empty: what is left of it."))
    company = Text(N_("Company code, to move it to"), most=CODE_LENGTH)

    @property
    def approval(self) -> Approval | None:  # type: ignore[override] # of other forms it is always the same
        """Who may settle disputes, and post allowances where that is how it ends."""
        return Approval("dispute.settle", also=("folio.allow",) if self.how.data == "allow" else ())


class LimitForm(ApprovedForm, EditForm):
    """The house limit of a folio."""

    title = N_("House limit")
    submit = N_("Set the limit")
    approval = Approval("folio.limit")
    PLACES: ClassVar = {"amount.not_positive": "house_limit_minor", "amount.too_large": "house_limit_minor"}

    house_limit_minor = Amount(N_("House limit"), hint=N_("Empty: no limit."))


class WindowForm(ApprovedForm):
    """The next window of a stay."""

    title = N_("New window")
    submit = N_("Open the window")
    approval = UNUSUAL_LIMIT
    PLACES: ClassVar = {"house_limit.unapproved": "limit", "amount.not_positive": "limit", "amount.too_large": "limit"}

    name = Text(N_("Whom the bill is for"), hint=N_("Empty: the guest."))
    limit = Amount(N_("House limit"), hint=N_("Empty: the limit of the guest's method of payment."))


class CloseForm(Form):
    """Asks once more before a folio is closed."""

    title = N_("Close the folio")
    submit = N_("Close")


class ReopenForm(ApprovedForm):
    """A closed folio opened again, for a late charge."""

    title = N_("Reopen the folio")
    submit = N_("Reopen")
    approval = Approval("folio.reopen")
