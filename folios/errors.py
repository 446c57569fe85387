"""The ways the house says no: one `Refusal` subclass per reason, each with a stable code.

What is not here: how a refusal is shown. A door translates it once, to a page, to JSON, to a terminal
or to a line's answer status. Refusals of the upper floors live with their nouns and derive from `Refusal`.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any, ClassVar

from babel.dates import format_date

from folios.money import Money, format_amount


def N_(message: str) -> str:
    """Marks a message for translation where it is defined; it is translated where it is shown."""
    return message


# The words people use for what the tables store. Only the parameters named here are looked up: others may hold what a
# guest or a cashier wrote.
WORD_PARAMS = frozenset({"type", "kind", "status"})
WORDS = {
    "individual": N_("individual"),
    "master": N_("master"),
    "non_guest": N_("non-guest"),
    "staff": N_("staff"),
    "control": N_("control"),
    "semi_permanent": N_("semi-permanent"),
    "permanent": N_("permanent"),
    "deposit": N_("deposit"),
    "guest": N_("guest"),
    "city": N_("city"),
    "charge": N_("charge"),
    "payment": N_("payment"),
    "paid_out": N_("paid-out"),
    "transfer": N_("transfer"),
    "correction": N_("correction"),
    "allowance": N_("allowance"),
    "opening": N_("opening"),
    "refund": N_("refund"),
    "tax": N_("tax"),
    "cash": N_("cash"),
    "card": N_("card"),
    "direct_bill": N_("direct bill"),
    "open": N_("open"),
    "auditing": N_("being audited"),
    "closed": N_("closed"),
    "to_come": N_("still to come"),
    "before_first": N_("before the first day of the ledger"),
}


# What kind of no a refusal is: a door makes its status of that (`frontoffice/views/answers.py`).
UNKNOWN, INVALID, FOREIGN, DELAYED, STANDING = "unknown", "invalid", "foreign", "delayed", "standing"
SORT_BY_LAST_WORD = {
    "unknown": UNKNOWN,
    "foreign": FOREIGN,
    "delayed": DELAYED,
    **dict.fromkeys(
        ("invalid", "missing", "empty", "mismatch", "positive", "short", "long", "large", "type", "kind", "high"),
        INVALID,
    ),
}


_sorts: dict[str, str] = {}


def sort_of(code: str) -> str:
    """The sort of a refusal of which only the code is left, since it was stored, maybe by an older program."""
    return _sorts.get(code) or _sort_by_last_word(code)


def _sort_by_last_word(code: str) -> str:
    return SORT_BY_LAST_WORD.get(code.replace(".", "_").rsplit("_", 1)[-1], STANDING)


class Refusal(Exception):
    """Something that may not be done, with the reason a cashier understands.

    `code` is stable and meant for machines; `message` is a template in English whose `{names}` are filled from
    `params`. Money, dates and the trade's words (`WORDS`) among them are written in the reader's language.

    `sort` is what kind of no it is: there is no such thing (`UNKNOWN`), what was typed can never be (`INVALID`), it
    does not come from here (`FOREIGN`), it has to wait (`DELAYED`), or it cannot be as things stand (`STANDING`). A
    class says so itself; one that does not is of the sort that the last word of its code means, else `STANDING`.
    """

    code: ClassVar[str] = "refused"
    message: ClassVar[str] = N_("This cannot be done.")
    sort: ClassVar[str] = STANDING

    def __init_subclass__(cls, **more: Any) -> None:
        super().__init_subclass__(**more)
        if "sort" not in cls.__dict__ and "code" in cls.__dict__:
            cls.sort = _sort_by_last_word(cls.code)
        if cls.sort not in (UNKNOWN, INVALID, FOREIGN, DELAYED, STANDING):
            raise TypeError(f"{cls.__name__} is of no sort of refusal: {cls.sort!r}")
        _sorts[cls.code] = cls.sort

    def __init__(self, **params: Any) -> None:
        self.params = params
        super().__init__(self.code, params)

    def text(self, translate: Callable[[str], str] = lambda message: message, locale: str = "en") -> str:
        """The sentence for a person; `translate` turns English into the reader's language."""
        told = {name: shown(value, locale) for name, value in self.params.items()}
        for name in WORD_PARAMS & self.params.keys():
            told[name] = translate(WORDS.get(self.params[name], told[name]))
        return translate(self.message).format(**told)

    def __str__(self) -> str:
        return self.text()


def shown(value: Any, locale: str) -> str:
    """A param of a refusal as its sentence has it."""
    if isinstance(value, Money):
        return format_amount(value, locale)
    if isinstance(value, date):
        return _written(value, locale)
    if isinstance(value, list | tuple):
        return ", ".join(shown(each, locale) for each in value)
    return str(value)


@lru_cache(maxsize=2_048)
def _written(day: date, locale: str) -> str:
    """A list of reasons names the same few days over and over."""
    return format_date(day, "medium", locale=locale)


# --- folios -------------------------------------------------------------------------------------------------


class FolioUnknown(Refusal):
    code = "folio.unknown"
    message = N_("There is no folio {folio}. Check the number.")


class FolioClosed(Refusal):
    code = "folio.closed"
    message = N_("Folio {folio} is closed. Reopen it first, or choose another folio.")


class FolioNotOpenable(Refusal):
    code = "folio.not_reopenable"
    message = N_("Folio {folio} is open already.")


class FolioNotAtZero(Refusal):
    code = "folio.not_at_zero"
    message = N_("Folio {folio} still has a balance of {balance}. Settle it before it is closed.")


class FolioNeverCloses(Refusal):
    code = "folio.never_closes"
    message = N_("Folio {folio} is a {type} folio and is never closed.")


class FolioNumberTaken(Refusal):
    code = "folio.number_taken"
    message = N_("Folio number {folio} is in use already. Choose another.")


class ControlFolioByHand(Refusal):
    code = "folio.control_by_hand"
    message = N_("Folio {folio} is a control folio: only the system posts to it, as the other side of a voucher.")


class WrongFolioType(Refusal):
    code = "folio.wrong_type"
    message = N_("A {kind} cannot go to folio {folio}, which is a {type} folio.")


class FolioHasNoLimit(Refusal):
    code = "folio.no_limit"
    message = N_("Folio {folio} is a {type} folio and has no house limit.")


class HouseLimitExceeded(Refusal):
    code = "folio.house_limit"
    message = N_("House limit {limit}, balance {balance}, requested {requested}.")


# --- vouchers and postings ----------------------------------------------------------------------------------


class AmountNotPositive(Refusal):
    code = "amount.not_positive"
    message = N_("The amount must be more than zero. To take something back, correct it or post an allowance.")


class AmountTooLarge(Refusal):
    code = "amount.too_large"
    message = N_("The amount {amount} is larger than the ledger takes. Check the figures.")


class QuantityInvalid(Refusal):
    code = "quantity.invalid"
    message = N_("The quantity must be a whole number from 1 to {most}.")


class CurrencyMismatch(Refusal):
    code = "currency.mismatch"
    message = N_("Amounts here are in {expected}; this one is in {given}.")


class PriceMissing(Refusal):
    code = "price.missing"
    message = N_("Code {transaction_code} has no default price. Enter one.")


class VoucherEmpty(Refusal):
    code = "voucher.empty"
    message = N_("There is nothing to post. Choose at least one line.")


class VoucherUnknown(Refusal):
    code = "voucher.unknown"
    message = N_("There is no voucher {voucher}. Check the number.")


class PostingUnknown(Refusal):
    code = "posting.unknown"
    message = N_("There is no posting {posting} on this folio.")


class PostingNotHere(Refusal):
    code = "posting.not_here"
    message = N_("Posting {posting} is not among these lines. Look where it stands, and act there.")


class GeneratedLine(Refusal):
    code = "posting.generated"
    message = N_("Posting {posting} is a tax or service line. Choose the line it belongs to; it follows.")


class NothingLeft(Refusal):
    code = "posting.nothing_left"
    message = N_("Of posting {posting} only {left} is left to move or take back; {requested} was asked.")


class NothingLeftOfVoucher(Refusal):
    code = "voucher.nothing_left"
    message = N_("Nothing of voucher {voucher} stands on this folio any more.")


class CorrectionTooLate(Refusal):
    code = "voucher.day_closed"
    message = N_("Voucher {voucher} belongs to {day}, which is over. Post an allowance instead of a correction.")


class NotCorrectable(Refusal):
    code = "voucher.not_correctable"
    message = N_("A {kind} cannot be taken back this way.")


class ReasonMissing(Refusal):
    code = "reason.missing"
    message = N_("Say why: a reason is needed.")


class TextInvalid(Refusal):
    code = "text.invalid"
    message = N_("{field} holds a character that cannot be stored. Remove it.")


class TextTooLong(Refusal):
    code = "text.too_long"
    message = N_("{field} is {length} characters long; at most {most} fit.")


class KeyReused(Refusal):
    code = "key.reused"
    message = N_("Key {key} was used before for something else (voucher {voucher}). Use a new key.")


class SameFolio(Refusal):
    code = "transfer.same_folio"
    message = N_("A transfer needs another folio to go to.")


class TenderMissing(Refusal):
    code = "payment.tender_missing"
    message = N_("Payment code {transaction_code} needs the drawer or the account that takes the money.")


class NoDrawer(Refusal):
    code = "payment.no_drawer"
    message = N_("Folio {folio} is no cash drawer. Choose the drawer the cash lies in.")


class RefundElsewhere(Refusal):
    code = "refund.elsewhere"
    message = N_("This was paid with {paid}; give it back the same way, not with {transaction_code}.")


class RefundTooHigh(Refusal):
    code = "refund.too_high"
    message = N_("At most {most} can be refunded here; {requested} was asked.")


# --- codes and taxes ----------------------------------------------------------------------------------------


class CodeUnknown(Refusal):
    code = "code.unknown"
    message = N_("There is no transaction code {transaction_code}.")


class CodeInactive(Refusal):
    code = "code.inactive"
    message = N_("Transaction code {transaction_code} is switched off.")


class CodeWrongKind(Refusal):
    code = "code.wrong_kind"
    message = N_("Transaction code {transaction_code} is a {kind} code and cannot be used here.")


class CodeTaken(Refusal):
    code = "code.taken"
    message = N_("Transaction code {transaction_code} exists already.")


class TaxRateMissing(Refusal):
    code = "tax.no_rate"
    message = N_("Tax {tax} has no rate on {day}. Enter one that is valid from that day or earlier.")


class TaxImpossible(Refusal):
    code = "tax.impossible"
    message = N_(
        "Tax {tax} cannot be levied like this: a rate is between 0 and 1,000 %, an amount per person is not below zero "
        "and is never contained in the price."
    )


class PersonsMissing(Refusal):
    code = "tax.persons_missing"
    message = N_("Tax {tax} is charged per person and night. Say how many persons.")


# --- business day -------------------------------------------------------------------------------------------


class NoOpenDay(Refusal):
    code = "day.none_open"
    message = N_("No business day is open. The database has not been set up, or the night audit has not finished.")


class DayClosed(Refusal):
    code = "day.closed"
    message = N_("Business day {day} is closed; nothing can be posted into it.")


class DayNotReady(Refusal):
    code = "day.not_ready"
    message = N_("Business day {day} is {status}; this cannot be done with it now.")


class ChangedMeanwhile(Refusal):
    """`theirs`: the fields that are another's now, by name; `version`: the version that was found; where known."""

    code = "record.changed"
    message = N_("{record} was changed by someone else meanwhile ({changed}). Look at it again, then save.")


class SavedMeanwhile(Refusal):
    """Two saved the first record of its kind at the same instant; what is taken was not named by the rule."""

    code = "record.taken"
    message = N_("Somebody saved the same at this very moment. Nothing of yours was saved; look, then save again.")


# --- the database -------------------------------------------------------------------------------------------


class DatabaseRefusal(Refusal):
    """The database, not a rule, said no. Nothing was written."""

    code = "database.failed"
    message = N_("The database could not do this. Nothing was saved.")


class DatabaseBusy(DatabaseRefusal):
    code = "database.busy"
    message = N_("The database is busy with another change. Nothing was saved; try again.")


class DatabaseGone(DatabaseRefusal):
    code = "database.gone"
    message = N_("The database cannot be reached. Try again in a moment.")


class CommitUnknown(DatabaseRefusal):
    code = "database.outcome_unknown"
    message = N_("The line to the database was lost while saving. Look whether it was saved before trying again.")


class DatabaseReadOnly(DatabaseRefusal):
    code = "database.read_only"
    message = N_("The database is read-only. Nothing was saved; ask the administrator.")


class DatabaseFull(DatabaseRefusal):
    code = "database.full"
    message = N_("The disk of the database is full. Nothing was saved; ask the administrator.")


class SchemaMissing(DatabaseRefusal):
    code = "database.not_set_up"
    message = N_("This database has not been set up. Run: frontoffice init")


class SchemaOlder(DatabaseRefusal):
    code = "database.older"
    message = N_("This database is of version {found}; the program needs {needed}. Run: frontoffice init")


class SchemaNewer(DatabaseRefusal):
    code = "database.newer"
    message = N_("This database was written by a newer program (version {found}). Install that one, or a newer.")
