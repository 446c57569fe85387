"""What the bridge asks before a day is closed: Z-totals against the books, suspense, unprinted slips."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from folios.errors import N_
from folios.ledger import currency
from folios.models import Voucher
from folios.money import Money
from frontoffice import night_checks
from frontoffice.night_checks import BLOCK, Check, Row
from pos_bridge import suspense
from pos_bridge.models.messages import ZReport
from pos_bridge.models.outlets import Outlet
from pos_bridge.models.printing import PrintJob


def z_totals(session: Session, day: date) -> list[Row]:
    """Each till's last Z-report of the day, where it is not what the books have, check by check or in all."""
    last = (
        sa.select(sa.func.max(ZReport.id))
        .where(ZReport.business_date == day)
        .group_by(ZReport.terminal, ZReport.outlet)
    )
    kept_in = currency(session)
    found = session.scalars(sa.select(ZReport).where(ZReport.id.in_(last)).order_by(ZReport.outlet, ZReport.terminal))
    return [
        Row(
            f"{each.outlet} · {each.terminal} · {each.number} · "
            f"{Money(each.till_minor, kept_in).decimal} / {Money(each.books_minor, kept_in).decimal} {kept_in}",
            "/outlets",
        )
        for each in found
        if each.differences or each.till_minor != each.books_minor
    ]


def missing_z(session: Session, day: date) -> list[Row]:
    """Outlets that charged on the day and sent no Z-report of it."""
    charged = sa.exists().where(
        Voucher.business_date == day, Voucher.outlet == Outlet.code, Voucher.terminal.is_not(None)
    )
    told = sa.exists().where(ZReport.business_date == day, ZReport.outlet == Outlet.code)
    found = session.scalars(sa.select(Outlet.code).where(Outlet.active, charged, ~told).order_by(Outlet.code))
    return [Row(code, "/outlets") for code in found]


def in_suspense(session: Session, _day: date) -> list[Row]:
    """Charges that nobody has placed."""
    kept_in = currency(session)

    def told(each: suspense.Suspended) -> str:
        facts = (str(each.voucher_id), each.outlet, each.place, f"{Money(each.left_minor, kept_in).decimal} {kept_in}")
        return " · ".join(fact for fact in facts if fact)

    return [Row(told(each), f"/suspense/{each.voucher_id}/place") for each in suspense.suspended(session)]


def unprinted(session: Session, _day: date) -> list[Row]:
    """Slips that wait or failed."""
    over = ("printed", "cancelled")
    found = session.execute(
        sa.select(PrintJob.id, PrintJob.kind, PrintJob.status).where(PrintJob.status.not_in(over)).order_by(PrintJob.id)
    )
    return [Row(f"{each.id} · {each.kind} · {each.status}", f"/print-queue/{each.id}") for each in found]


CHECKS = (
    Check("z_totals", N_("Z-totals that are not what the books have"), z_totals, address="/outlets"),
    Check("missing_z", N_("Outlets that charged and sent no Z-report"), missing_z, address="/outlets"),
    Check("suspense", N_("Charges in suspense: place each where it belongs"), in_suspense, BLOCK, address="/suspense"),
    Check("slips", N_("Slips that were not printed"), unprinted, address="/print-queue"),
)


def join() -> None:
    """Adds them to the checklist; again: nothing."""
    night_checks.add(*CHECKS)
