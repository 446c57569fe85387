"""The series of numbers that invoices and credit notes take, without gaps and never twice.

A number is taken under its row's lock, which is the last lock of the unit of work; what rolls back gives it back. Once
a number was taken the series only counts on, so its next number can be chosen only before that.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from folios.errors import N_, Refusal
from folios.events import record
from folios.texts import clean_text
from frontoffice.fields import needed_text
from frontoffice.models.invoices import INVOICE_KINDS, InvoiceSeries

# Made at need, so that a hotel can issue its first invoice without setting anything up.
STARTER_SERIES = {"invoice": ("INV", N_("Invoices")), "credit_note": ("CN", N_("Credit notes"))}
MOST_NUMBER = 1_000_000_000


class SeriesUnknown(Refusal):
    code = "invoice_series.unknown"
    message = N_("There is no series of invoices {series}.")


class SeriesTaken(Refusal):
    code = "invoice_series.taken"
    message = N_("Series {series} exists already. Choose another code.")


class SeriesPrefixTaken(Refusal):
    code = "invoice_series.prefix_taken"
    message = N_("Numbers with {prefix} could be those of series {series}. Choose a prefix that cannot be confused.")


class SeriesClosed(Refusal):
    code = "invoice_series.closed"
    message = N_("Series {series} is switched off. Choose another, or switch it on.")


class SeriesWrongKind(Refusal):
    code = "invoice_series.wrong_kind"
    message = N_("Series {series} cannot be used here: invoices and credit notes have series of their own.")


class SeriesToChoose(Refusal):
    code = "invoice_series.missing"
    message = N_("There are several series. Choose one of {series}.")


class SeriesStarted(Refusal):
    code = "invoice_series.started"
    message = N_("Series {series} has given out numbers already; the next is {number}. Begin a new series instead.")


class SeriesNumberInvalid(Refusal):
    code = "invoice_series.number_invalid"
    message = N_("The first number must be a whole number from 1 to {most}.")


def list_series(session: Session) -> list[InvoiceSeries]:
    """All series by code, those switched off too."""
    return list(session.scalars(sa.select(InvoiceSeries).order_by(InvoiceSeries.code)))


def get_series(session: Session, code: str) -> InvoiceSeries:
    """The series of this code. Refuses `SeriesUnknown`."""
    row = session.get(InvoiceSeries, code) if code.isprintable() else None
    if row is None:
        raise SeriesUnknown(series=code)
    return row


def add_series(
    session: Session, *, code: str, name: str, kind: str, prefix: str, operator: str, first_number: int = 1
) -> InvoiceSeries:
    """Adds a series of `invoice` or `credit_note` numbers, each the prefix and a number that counts from the first.

    Refuses a code that is taken, a prefix with which two series could give the same number, a missing code or name, a
    kind that is none, and a first number out of range.
    """
    known = needed_text("code", code, 16).upper()
    row = InvoiceSeries(
        code=known,
        name=needed_text("name", name, 100),
        kind=kind,
        prefix=clean_text("prefix", prefix, 16) or "",
        first_number=_number(first_number),
        next_number=first_number,
        active=True,
    )
    if kind not in INVOICE_KINDS:
        raise SeriesWrongKind(series=known)
    for other in list_series(session):
        if other.code == known:
            raise SeriesTaken(series=known)
        if _may_clash(other.prefix, row.prefix):
            raise SeriesPrefixTaken(prefix=row.prefix or "-", series=other.code)
    if not _insert(session, row, operator):
        raise SeriesTaken(series=known)
    return session.get_one(InvoiceSeries, known)


def switch_series(session: Session, code: str, active: bool, operator: str) -> None:
    """Switches a series off, so that no number is taken from it any more, or on again. Refuses an unknown one."""
    row = _lock(session, code)
    if row.active != active:
        row.active = active
        session.flush()
        action = "invoice_series.switched_on" if active else "invoice_series.switched_off"
        record(session, action, f"invoice_series:{code}", operator)


def set_next_number(session: Session, code: str, number: int, operator: str) -> None:
    """Chooses the number a series begins with. Refuses (`SeriesStarted`) once one was taken, and what is no number."""
    row = _lock(session, code)
    if row.next_number != row.first_number:
        raise SeriesStarted(series=code, number=row.next_number)
    before = {"first_number": row.first_number}
    row.first_number = row.next_number = _number(number)
    session.flush()
    record(session, "invoice_series.begun_at", f"invoice_series:{code}", operator, before, {"first_number": number})


def choose_series(session: Session, kind: str, asked: str | None, operator: str) -> str:
    """The code of the series to take a number from: the one asked for, else the only one, else the starter series.

    Makes the starter series where there is none of the kind. Refuses one that is unknown, closed or of the other kind,
    and none where there are several to choose from (`SeriesToChoose`).
    """
    if asked is not None:
        _check(session, kind, asked)
        return asked
    starter, name = STARTER_SERIES[kind]
    known = [each for each in list_series(session) if each.kind == kind]
    active = [each.code for each in known if each.active]
    if not known:
        _insert(session, _starter(kind, starter, name), operator)
        return starter
    if not active:
        raise SeriesClosed(series=known[0].code)
    if starter in active or len(active) == 1:
        return starter if starter in active else active[0]
    raise SeriesToChoose(series=active)


def take_number(session: Session, kind: str, code: str) -> tuple[int, str]:
    """The next number of a series, alone and as it is written. Take it last: others wait until the unit of work ends.

    Refuses a series that was switched off meanwhile.
    """
    taken = session.execute(
        sa.update(InvoiceSeries)
        .where(InvoiceSeries.code == code, InvoiceSeries.kind == kind, InvoiceSeries.active)
        .values(next_number=InvoiceSeries.next_number + 1)
        .returning(InvoiceSeries.next_number - 1, InvoiceSeries.prefix)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    if taken is None:
        _check(session, kind, code)
        raise SeriesClosed(series=code)
    sequence, prefix = taken
    return sequence, f"{prefix}{sequence}"


def _check(session: Session, kind: str, code: str) -> None:
    row = session.get(InvoiceSeries, code, populate_existing=True)
    if row is None:
        raise SeriesUnknown(series=code)
    if row.kind != kind:
        raise SeriesWrongKind(series=code)
    if not row.active:
        raise SeriesClosed(series=code)


def _starter(kind: str, code: str, name: str) -> InvoiceSeries:
    return InvoiceSeries(code=code, name=name, kind=kind, prefix=code, first_number=1, next_number=1, active=True)


def _insert(session: Session, row: InvoiceSeries, operator: str) -> bool:
    """Writes a series; false when somebody else did at the same instant."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    values = {column.key: getattr(row, column.key) for column in sa.inspect(InvoiceSeries).column_attrs}
    added = session.execute(
        insert(InvoiceSeries).values(values).on_conflict_do_nothing().returning(InvoiceSeries.code)
    ).one_or_none()
    if added is not None:
        after = {"name": row.name, "kind": row.kind, "prefix": row.prefix, "first_number": row.first_number}
        record(session, "invoice_series.added", f"invoice_series:{row.code}", operator, None, after)
    return added is not None


def _lock(session: Session, code: str) -> InvoiceSeries:
    row = session.get(InvoiceSeries, code, with_for_update={"key_share": True}, populate_existing=True)
    if row is None:
        raise SeriesUnknown(series=code)
    return row


def _may_clash(one: str, other: str) -> bool:
    """Whether a number behind one prefix can be written like a number behind the other."""
    short, long = sorted((one, other), key=len)
    rest = long.removeprefix(short)
    return long.startswith(short) and (not rest or rest.isdigit())


def _number(number: int) -> int:
    if type(number) is not int or not 1 <= number <= MOST_NUMBER:
        raise SeriesNumberInvalid(most=MOST_NUMBER)
    return number
